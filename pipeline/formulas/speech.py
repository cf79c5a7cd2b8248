"""A formula comes in; the words in which somebody would read it aloud go out, in the language of the book.

They stand as the alternative text of the drawing in a PDF and of the MathML in an EPUB, for listeners whose
programs do not read MathML themselves. A language that is not known here has no words for formulas: there the
source in TeX stands for them, which is exact, and what mathematicians write to one another.
"""

from __future__ import annotations

import unicodedata
from xml.etree.ElementTree import Element

from pipeline.formulas.mathml import Setting

_WORDS: dict[str, dict[str, str]] = {
    "en": {
        "under": "{} underlined",
        "+": "plus", "−": "minus", "-": "minus", "±": "plus or minus", "∓": "minus or plus", "×": "times", "·": "times",
        "⋅": "times", "∗": "star", "÷": "divided by", "/": "over", "=": "equals", "≠": "is not equal to", "<": "is less than",
        ">": "is greater than", "≤": "is less than or equal to", "≥": "is greater than or equal to",
        "≈": "is approximately equal to", "≡": "is equivalent to", "∼": "is similar to", "∝": "is proportional to",
        "∈": "is in", "∉": "is not in", "⊂": "is a subset of", "⊆": "is a subset of or equal to", "∪": "union",
        "∩": "intersection", "∖": "without", "∅": "the empty set", "∞": "infinity", "∂": "partial", "∇": "nabla",
        "→": "to", "⟶": "to", "⇒": "implies", "⟺": "if and only if", "⇔": "if and only if", "∀": "for all",
        "∃": "there exists", "¬": "not", "∧": "and", "∨": "or", "!": "factorial", "…": "and so on", "⋯": "and so on",
        "%": "per cent", "(": "open bracket", ")": "close bracket", "[": "open square bracket",
        "]": "close square bracket", "{": "open brace", "}": "close brace", "|": "bar", "‖": "double bar",
        "⟨": "open angle bracket", "⟩": "close angle bracket", "′": "prime", "″": "double prime", "°": "degrees",
        "∑": "the sum", "∏": "the product", "∫": "the integral", "∬": "the double integral", "∮": "the contour integral",
        "from": "from", "to": "to", "over": "over", "of": "of", "sub": "sub", "squared": "squared", "cubed": "cubed",
        "power": "to the power of {}", "fraction": "the fraction {} over {}, end of fraction",
        "simple": "{} over {}", "choose": "{} choose {}", "root": "the square root of {}", "roots": "the square root of {}, end of root",
        "nth": "the root of order {} of {}, end of root", "above": "{} with {} above", "below": "{} with {} below",
        "bar": "{} bar", "hat": "{} hat", "tilde": "{} tilde", "vector": "vector {}", "dot": "{} dot",
        "double dot": "{} double dot", "table": "a table of {} rows", "row": "row {}: {}", "boxed": "boxed: {}",
        "capital": "capital {}", "exponent": "to the power of {}, end of exponent",
    },
    "de": {
        "under": "{} unterstrichen",
        "+": "plus", "−": "minus", "-": "minus", "±": "plus oder minus", "∓": "minus oder plus", "×": "mal", "·": "mal",
        "⋅": "mal", "∗": "Stern", "÷": "geteilt durch", "/": "durch", "=": "gleich", "≠": "ungleich", "<": "kleiner als",
        ">": "größer als", "≤": "kleiner oder gleich", "≥": "größer oder gleich", "≈": "ungefähr gleich",
        "≡": "äquivalent zu", "∼": "ähnlich", "∝": "proportional zu", "∈": "Element von", "∉": "nicht Element von",
        "⊂": "Teilmenge von", "⊆": "Teilmenge von oder gleich", "∪": "vereinigt mit", "∩": "geschnitten mit", "∖": "ohne",
        "∅": "die leere Menge", "∞": "unendlich", "∂": "partiell", "∇": "Nabla", "→": "nach", "⟶": "nach",
        "⇒": "daraus folgt", "⟺": "genau dann, wenn", "⇔": "genau dann, wenn", "∀": "für alle", "∃": "es gibt",
        "¬": "nicht", "∧": "und", "∨": "oder", "!": "Fakultät", "…": "und so weiter", "⋯": "und so weiter",
        "%": "Prozent", "(": "Klammer auf", ")": "Klammer zu", "[": "eckige Klammer auf", "]": "eckige Klammer zu",
        "{": "geschweifte Klammer auf", "}": "geschweifte Klammer zu", "|": "Strich", "‖": "Doppelstrich",
        "⟨": "spitze Klammer auf", "⟩": "spitze Klammer zu", "′": "Strich", "″": "zwei Strich", "°": "Grad",
        "∑": "die Summe", "∏": "das Produkt", "∫": "das Integral", "∬": "das Doppelintegral", "∮": "das Ringintegral",
        "from": "von", "to": "bis", "over": "über", "of": "von", "sub": "Index", "squared": "hoch zwei",
        "cubed": "hoch drei", "power": "hoch {}", "fraction": "der Bruch {} durch {}, Bruch Ende",
        "simple": "{} durch {}", "choose": "{} über {}", "root": "die Wurzel aus {}",
        "roots": "die Wurzel aus {}, Wurzel Ende", "nth": "die Wurzel vom Grad {} aus {}, Wurzel Ende",
        "above": "{} mit {} darüber", "below": "{} mit {} darunter", "bar": "{} quer", "hat": "{} Dach",
        "tilde": "{} Tilde", "vector": "Vektor {}", "dot": "{} Punkt", "double dot": "{} zwei Punkte",
        "table": "eine Tabelle mit {} Zeilen", "row": "Zeile {}: {}", "boxed": "im Kasten: {}", "capital": "groß {}",
        "exponent": "hoch {}, Exponent Ende",
    },
    "fr": {
        "under": "{} souligné",
        "+": "plus", "−": "moins", "-": "moins", "±": "plus ou moins", "∓": "moins ou plus", "×": "fois", "·": "fois",
        "⋅": "fois", "∗": "étoile", "÷": "divisé par", "/": "sur", "=": "égale", "≠": "est différent de",
        "<": "est inférieur à", ">": "est supérieur à", "≤": "est inférieur ou égal à", "≥": "est supérieur ou égal à",
        "≈": "est environ égal à", "≡": "est équivalent à", "∼": "est semblable à", "∝": "est proportionnel à",
        "∈": "appartient à", "∉": "n’appartient pas à", "⊂": "est inclus dans", "⊆": "est inclus ou égal à", "∪": "union",
        "∩": "inter", "∖": "privé de", "∅": "l’ensemble vide", "∞": "l’infini", "∂": "d rond", "∇": "nabla", "→": "vers",
        "⟶": "vers", "⇒": "implique", "⟺": "si et seulement si", "⇔": "si et seulement si", "∀": "pour tout",
        "∃": "il existe", "¬": "non", "∧": "et", "∨": "ou", "!": "factorielle", "…": "et ainsi de suite",
        "⋯": "et ainsi de suite", "%": "pour cent", "(": "ouvrir la parenthèse", ")": "fermer la parenthèse",
        "[": "ouvrir le crochet", "]": "fermer le crochet", "{": "ouvrir l’accolade", "}": "fermer l’accolade",
        "|": "barre", "‖": "double barre", "⟨": "ouvrir le chevron", "⟩": "fermer le chevron", "′": "prime",
        "″": "seconde", "°": "degrés", "∑": "la somme", "∏": "le produit", "∫": "l’intégrale",
        "∬": "l’intégrale double", "∮": "l’intégrale curviligne", "from": "de", "to": "à", "over": "sur", "of": "de",
        "sub": "indice", "squared": "au carré", "cubed": "au cube", "power": "puissance {}",
        "fraction": "la fraction {} sur {}, fin de fraction", "simple": "{} sur {}", "choose": "{} parmi {}",
        "root": "racine carrée de {}", "roots": "racine carrée de {}, fin de racine",
        "nth": "racine d’ordre {} de {}, fin de racine", "above": "{} surmonté de {}", "below": "{} avec {} dessous",
        "bar": "{} barre", "hat": "{} chapeau", "tilde": "{} tilde", "vector": "vecteur {}", "dot": "{} point",
        "double dot": "{} deux points", "table": "un tableau de {} lignes", "row": "ligne {} : {}",
        "boxed": "encadré : {}", "capital": "{} majuscule", "exponent": "puissance {}, fin d’exposant",
    },
    "es": {
        "under": "{} subrayado",
        "+": "más", "−": "menos", "-": "menos", "±": "más o menos", "∓": "menos o más", "×": "por", "·": "por", "⋅": "por",
        "∗": "asterisco", "÷": "dividido por", "/": "sobre", "=": "es igual a", "≠": "es distinto de", "<": "es menor que",
        ">": "es mayor que", "≤": "es menor o igual que", "≥": "es mayor o igual que", "≈": "es aproximadamente igual a",
        "≡": "es equivalente a", "∼": "es semejante a", "∝": "es proporcional a", "∈": "pertenece a",
        "∉": "no pertenece a", "⊂": "está incluido en", "⊆": "está incluido o es igual a", "∪": "unión",
        "∩": "intersección", "∖": "menos", "∅": "el conjunto vacío", "∞": "infinito", "∂": "parcial", "∇": "nabla",
        "→": "a", "⟶": "a", "⇒": "implica", "⟺": "si y solo si", "⇔": "si y solo si", "∀": "para todo", "∃": "existe",
        "¬": "no", "∧": "y", "∨": "o", "!": "factorial", "…": "etcétera", "⋯": "etcétera", "%": "por ciento",
        "(": "abrir paréntesis", ")": "cerrar paréntesis", "[": "abrir corchete", "]": "cerrar corchete",
        "{": "abrir llave", "}": "cerrar llave", "|": "barra", "‖": "doble barra", "⟨": "abrir ángulo",
        "⟩": "cerrar ángulo", "′": "prima", "″": "segunda", "°": "grados", "∑": "la suma", "∏": "el producto",
        "∫": "la integral", "∬": "la integral doble", "∮": "la integral de línea", "from": "desde", "to": "hasta",
        "over": "sobre", "of": "de", "sub": "sub", "squared": "al cuadrado", "cubed": "al cubo", "power": "elevado a {}",
        "fraction": "la fracción {} sobre {}, fin de fracción", "simple": "{} sobre {}", "choose": "{} sobre {}",
        "root": "la raíz cuadrada de {}", "roots": "la raíz cuadrada de {}, fin de raíz",
        "nth": "la raíz de orden {} de {}, fin de raíz", "above": "{} con {} encima", "below": "{} con {} debajo",
        "bar": "{} barra", "hat": "{} sombrero", "tilde": "{} tilde", "vector": "vector {}", "dot": "{} punto",
        "double dot": "{} dos puntos", "table": "una tabla de {} filas", "row": "fila {}: {}",
        "boxed": "en un recuadro: {}", "capital": "{} mayúscula", "exponent": "elevado a {}, fin de exponente",
    },
    "it": {
        "under": "{} sottolineato",
        "+": "più", "−": "meno", "-": "meno", "±": "più o meno", "∓": "meno o più", "×": "per", "·": "per", "⋅": "per",
        "∗": "asterisco", "÷": "diviso", "/": "fratto", "=": "uguale a", "≠": "diverso da", "<": "minore di",
        ">": "maggiore di", "≤": "minore o uguale a", "≥": "maggiore o uguale a", "≈": "circa uguale a",
        "≡": "equivalente a", "∼": "simile a", "∝": "proporzionale a", "∈": "appartiene a", "∉": "non appartiene a",
        "⊂": "è contenuto in", "⊆": "è contenuto o uguale a", "∪": "unione", "∩": "intersezione", "∖": "meno",
        "∅": "l’insieme vuoto", "∞": "infinito", "∂": "parziale", "∇": "nabla", "→": "tende a", "⟶": "tende a",
        "⇒": "implica", "⟺": "se e solo se", "⇔": "se e solo se", "∀": "per ogni", "∃": "esiste", "¬": "non", "∧": "e",
        "∨": "o", "!": "fattoriale", "…": "e così via", "⋯": "e così via", "%": "per cento", "(": "aperta parentesi",
        ")": "chiusa parentesi", "[": "aperta quadra", "]": "chiusa quadra", "{": "aperta graffa",
        "}": "chiusa graffa", "|": "barra", "‖": "doppia barra", "⟨": "aperta angolare", "⟩": "chiusa angolare",
        "′": "primo", "″": "secondo", "°": "gradi", "∑": "la somma", "∏": "il prodotto", "∫": "l’integrale",
        "∬": "l’integrale doppio", "∮": "l’integrale di linea", "from": "da", "to": "a", "over": "su", "of": "di",
        "sub": "con", "squared": "al quadrato", "cubed": "al cubo", "power": "alla {}",
        "fraction": "la frazione {} fratto {}, fine frazione", "simple": "{} fratto {}", "choose": "{} su {}",
        "root": "radice quadrata di {}", "roots": "radice quadrata di {}, fine radice",
        "nth": "radice di ordine {} di {}, fine radice", "above": "{} con sopra {}", "below": "{} con sotto {}",
        "bar": "{} segnato", "hat": "{} cappello", "tilde": "{} tilde", "vector": "vettore {}", "dot": "{} punto",
        "double dot": "{} due punti", "table": "una tabella di {} righe", "row": "riga {}: {}",
        "boxed": "nel riquadro: {}", "capital": "{} maiuscola", "exponent": "alla {}, fine esponente",
    },
    "ru": {
        "under": "{} с чертой снизу",
        "+": "плюс", "−": "минус", "-": "минус", "±": "плюс-минус", "∓": "минус-плюс", "×": "умножить на",
        "·": "умножить на", "⋅": "умножить на", "∗": "звёздочка", "÷": "разделить на", "/": "делённое на", "=": "равно",
        "≠": "не равно", "<": "меньше", ">": "больше", "≤": "меньше или равно", "≥": "больше или равно",
        "≈": "приблизительно равно", "≡": "тождественно равно", "∼": "подобно", "∝": "пропорционально",
        "∈": "принадлежит", "∉": "не принадлежит", "⊂": "является подмножеством",
        "⊆": "является подмножеством или равно", "∪": "объединение", "∩": "пересечение", "∖": "без",
        "∅": "пустое множество", "∞": "бесконечность", "∂": "частная", "∇": "набла", "→": "стремится к",
        "⟶": "стремится к", "⇒": "следует", "⟺": "тогда и только тогда, когда", "⇔": "тогда и только тогда, когда",
        "∀": "для всех", "∃": "существует", "¬": "не", "∧": "и", "∨": "или", "!": "факториал", "…": "и так далее",
        "⋯": "и так далее", "%": "процентов", "(": "скобка открывается", ")": "скобка закрывается",
        "[": "квадратная скобка открывается", "]": "квадратная скобка закрывается",
        "{": "фигурная скобка открывается", "}": "фигурная скобка закрывается", "|": "черта", "‖": "двойная черта",
        "⟨": "угловая скобка открывается", "⟩": "угловая скобка закрывается", "′": "штрих", "″": "два штриха",
        "°": "градусов", "∑": "сумма", "∏": "произведение", "∫": "интеграл", "∬": "двойной интеграл",
        "∮": "контурный интеграл", "from": "от", "to": "до", "over": "по", "of": "от", "sub": "с индексом",
        "squared": "в квадрате", "cubed": "в кубе", "power": "в степени {}",
        "fraction": "дробь {} делить на {}, конец дроби", "simple": "{} делить на {}", "choose": "число сочетаний из {} по {}",
        "root": "корень из {}", "roots": "корень из {}, конец корня", "nth": "корень степени {} из {}, конец корня",
        "above": "{}, сверху {}", "below": "{}, снизу {}", "bar": "{} с чертой", "hat": "{} с крышкой",
        "tilde": "{} с тильдой", "vector": "вектор {}", "dot": "{} с точкой", "double dot": "{} с двумя точками",
        "table": "таблица, строк: {}", "row": "строка {}: {}", "boxed": "в рамке: {}", "capital": "{} большое",
        "exponent": "в степени {}, конец степени",
    },
}  # fmt: skip

LANGUAGES = tuple(_WORDS)
_LARGE = frozenset("∑∏∫∬∭∮⋃⋂⨁⨂")
_ACCENTS = {"\u203e": "bar", "¯": "bar", "ˆ": "hat", "̂": "hat", "^": "hat", "˜": "tilde", "~": "tilde", "→": "vector",
            "˙": "dot", "¨": "double dot"}  # fmt: skip
_BRACES = frozenset("\u23de\u23df\u23b4\u23b5")
_UNSAID = frozenset("\u2061\u2062\u2063\u2064")


def spoken(setting: Setting, language: str) -> str:
    """Return a formula as it is read aloud in a language; its source where we know no words of that language.

    >>> from pipeline.formulas.mathml import set_formula
    >>> spoken(set_formula("E = mc^2", False), "en-GB")
    'capital E equals m c squared'
    """
    words = _WORDS.get(language.partition("-")[0].lower())
    if words is None:
        return setting.tex
    said = _Voice(words, english=words is _WORDS["en"]).row(list(setting.tree()))
    return " ".join(said.split()).strip(",; ").replace(" ,", ",").replace(" .", ".").replace(",,", ",")


class _Voice:
    def __init__(self, words: dict[str, str], *, english: bool) -> None:
        self.words = words
        self.english = english

    def say(self, element: Element) -> str:
        kids = list(element)
        match element.tag:
            case "mi" | "mn" | "mo" | "mtext":
                return self.sign(element.text or "", element.tag)
            case "mfrac":
                bare = element.get("linethickness") == "0"
                one, two = self.say(kids[0]), self.say(kids[1])
                key = "choose" if bare else "simple" if _short(kids[0]) and _short(kids[1]) else "fraction"
                return self.words[key].format(one, two)
            case "msqrt":
                inner = self.row(kids)
                return self.words["root" if len(kids) == 1 and _short(kids[0]) else "roots"].format(inner)
            case "mroot":
                return self.words["nth"].format(self.say(kids[1]), self.say(kids[0]))
            case "msup":
                return f"{self.say(kids[0])} {self.power(kids[1])}"
            case "msub":
                return self.below(kids[0], kids[1])
            case "msubsup":
                if _text(kids[0]) in _LARGE:
                    return self.ranged(kids)
                return f"{self.below(kids[0], kids[1])} {self.power(kids[2])}"
            case "munderover":
                if _text(kids[0]) in _LARGE:
                    return self.ranged(kids)
                inner = self.words["below"].format(self.say(kids[0]), self.say(kids[1]))
                return self.words["above"].format(inner, self.say(kids[2]))
            case "munder":
                if _text(kids[1]) in _BRACES:
                    return self.say(kids[0])
                if _text(kids[1]) == "_":
                    return self.words["under"].format(self.say(kids[0]))
                return self.below(kids[0], kids[1], stacked=True)
            case "mover":
                if _text(kids[1]) in _BRACES:
                    return self.say(kids[0])
                accent = _ACCENTS.get(_text(kids[1]))
                if accent:
                    return self.words[accent].format(self.say(kids[0]))
                return self.words["above"].format(self.say(kids[0]), self.say(kids[1]))
            case "mtable" if element.get("displaystyle"):  # lines one below the other
                return "; ".join(self.row([part for cell in row for part in cell]) for row in kids)
            case "mtable":
                rows = [", ".join(filter(None, map(self.cell, row))) for row in kids]
                said = "; ".join(self.words["row"].format(number, row) for number, row in enumerate(rows, start=1))
                return f", {self.words['table'].format(len(rows))}; {said};"
            case "menclose":
                return self.words["boxed"].format(self.row(kids))
            case "mspace":
                return ""
            case _:
                return self.row(kids)

    def cell(self, cell: Element) -> str:
        return " ".join(self.row(list(cell)).split())

    def row(self, kids: list[Element]) -> str:
        return " ".join(filter(None, map(self.say, kids)))

    def sign(self, text: str, tag: str) -> str:
        text = "".join(sign for sign in text if sign not in _UNSAID).strip()
        if text in self.words and not text.isalpha():
            return self.words[text]
        if tag in ("mn", "mtext") or len(text) != 1:
            return text.replace("\u00a0", " ")
        plain = unicodedata.normalize("NFKC", text)
        if plain.isalpha():
            if self.english and (name := unicodedata.name(plain, "")).startswith("GREEK "):
                said = name.rpartition(" LETTER ")[2].partition(" WITH ")[0].lower().replace("lamda", "lambda")
                return self.words["capital"].format(said) if " CAPITAL " in name else said
            return self.words["capital"].format(plain) if plain.isupper() else plain
        if text.isascii() or not self.english:
            return text
        return unicodedata.name(text, text).lower()

    def power(self, exponent: Element) -> str:
        text = _text(exponent)
        if text in ("2", "3"):
            return self.words["squared" if text == "2" else "cubed"]
        if text and all(sign in "′″‴*∗°" for sign in text):
            return " ".join(self.words.get(sign, sign) for sign in text)
        return self.words["power" if _short(exponent) else "exponent"].format(self.say(exponent))

    def below(self, base: Element, under: Element, *, stacked: bool = False) -> str:
        if _text(base) in _LARGE:
            return f"{self.say(base)} {self.words['over']} {self.say(under)} {self.words['of']}"
        if stacked and base.tag != "mi":
            return self.words["below"].format(self.say(base), self.say(under))
        return f"{self.say(base)} {self.words['sub']} {self.say(under)}"

    def ranged(self, kids: list[Element]) -> str:
        words = self.words
        return (
            f"{self.say(kids[0])} {words['from']} {self.say(kids[1])} {words['to']} {self.say(kids[2])} {words['of']}"
        )


def _text(element: Element) -> str:
    return "".join("".join(element.itertext()).split())


def _short(element: Element) -> bool:
    """Say whether a part is one sign or number, so that nobody must be told where it ends."""
    while element.tag in ("mrow", "mstyle") and len(element) == 1:
        element = element[0]
    return element.tag in ("mi", "mn", "mo", "mtext")
