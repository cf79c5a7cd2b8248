"""A formula comes in; the words in which somebody would read it aloud go out, in the language of the book.

They stand as the alternative text of the drawing in a PDF and of the MathML in an EPUB, for listeners whose
programs do not read MathML themselves. A language that is not known here has no words for formulas: there the
source in TeX stands for them, which is exact, and what mathematicians write to one another; `Speech` says so.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from pipeline.formulas.mathml import LIMITS, Setting
from pipeline.formulas.names import functions, greek, signs

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
    "pt": {
        "under": "{} sublinhado",
        "+": "mais", "−": "menos", "-": "menos", "±": "mais ou menos", "∓": "menos ou mais", "×": "vezes", "·": "vezes",
        "⋅": "vezes", "∗": "asterisco", "÷": "dividido por", "/": "sobre", "=": "é igual a", "≠": "é diferente de",
        "<": "é menor que", ">": "é maior que", "≤": "é menor ou igual a", "≥": "é maior ou igual a",
        "≈": "é aproximadamente igual a", "≡": "é equivalente a", "∼": "é semelhante a", "∝": "é proporcional a",
        "∈": "pertence a", "∉": "não pertence a", "⊂": "está contido em", "⊆": "está contido ou é igual a", "∪": "união",
        "∩": "interseção", "∖": "menos", "∅": "o conjunto vazio", "∞": "infinito", "∂": "derivada parcial", "∇": "nabla",
        "→": "tende para", "⟶": "tende para", "⇒": "implica", "⟺": "se e somente se", "⇔": "se e somente se",
        "∀": "para todo", "∃": "existe", "¬": "não", "∧": "e", "∨": "ou", "!": "fatorial", "…": "e assim por diante",
        "⋯": "e assim por diante", "%": "por cento", "(": "abre parêntese", ")": "fecha parêntese", "[": "abre colchete",
        "]": "fecha colchete", "{": "abre chave", "}": "fecha chave", "|": "barra", "‖": "barra dupla",
        "⟨": "abre parêntese angular", "⟩": "fecha parêntese angular", "′": "linha", "″": "duas linhas", "°": "graus",
        "∑": "a soma", "∏": "o produto", "∫": "a integral", "∬": "a integral dupla", "∮": "a integral de linha",
        "from": "de", "to": "até", "over": "sobre", "of": "de", "sub": "índice", "squared": "ao quadrado",
        "cubed": "ao cubo", "power": "elevado a {}", "fraction": "a fração {} sobre {}, fim da fração",
        "simple": "{} sobre {}", "choose": "combinação de {} em {}", "root": "a raiz quadrada de {}",
        "roots": "a raiz quadrada de {}, fim da raiz", "nth": "a raiz de ordem {} de {}, fim da raiz",
        "above": "{} com {} acima", "below": "{} com {} abaixo", "bar": "{} barra", "hat": "{} chapéu", "tilde": "{} til",
        "vector": "vetor {}", "dot": "{} ponto", "double dot": "{} dois pontos", "table": "uma tabela de {} linhas",
        "row": "linha {}: {}", "boxed": "em uma caixa: {}", "capital": "{} maiúsculo",
        "exponent": "elevado a {}, fim do expoente",
    },
    "nl": {
        "under": "{} onderstreept",
        "+": "plus", "−": "min", "-": "min", "±": "plus of min", "∓": "min of plus", "×": "maal", "·": "maal", "⋅": "maal",
        "∗": "ster", "÷": "gedeeld door", "/": "gedeeld door", "=": "is gelijk aan", "≠": "is ongelijk aan",
        "<": "is kleiner dan", ">": "is groter dan", "≤": "is kleiner dan of gelijk aan",
        "≥": "is groter dan of gelijk aan", "≈": "is ongeveer gelijk aan", "≡": "is equivalent met",
        "∼": "is gelijkvormig met", "∝": "is evenredig met", "∈": "is een element van", "∉": "is geen element van",
        "⊂": "is een deelverzameling van", "⊆": "is een deelverzameling van of gelijk aan", "∪": "verenigd met",
        "∩": "doorsneden met", "∖": "zonder", "∅": "de lege verzameling", "∞": "oneindig", "∂": "partieel", "∇": "nabla",
        "→": "naar", "⟶": "naar", "⇒": "hieruit volgt", "⟺": "dan en slechts dan als", "⇔": "dan en slechts dan als",
        "∀": "voor alle", "∃": "er bestaat", "¬": "niet", "∧": "en", "∨": "of", "!": "faculteit", "…": "enzovoort",
        "⋯": "enzovoort", "%": "procent", "(": "haakje openen", ")": "haakje sluiten", "[": "vierkant haakje openen",
        "]": "vierkant haakje sluiten", "{": "accolade openen", "}": "accolade sluiten", "|": "streep",
        "‖": "dubbele streep", "⟨": "punthaak openen", "⟩": "punthaak sluiten", "′": "accent", "″": "dubbelaccent",
        "°": "graden", "∑": "de som", "∏": "het product", "∫": "de integraal", "∬": "de dubbele integraal",
        "∮": "de kringintegraal", "from": "van", "to": "tot", "over": "over", "of": "van", "sub": "index",
        "squared": "kwadraat", "cubed": "tot de derde", "power": "tot de macht {}",
        "fraction": "de breuk {} gedeeld door {}, einde breuk", "simple": "{} gedeeld door {}", "choose": "{} boven {}",
        "root": "de wortel uit {}", "roots": "de wortel uit {}, einde wortel",
        "nth": "de wortel van graad {} uit {}, einde wortel", "above": "{} met {} erboven", "below": "{} met {} eronder",
        "bar": "{} streep", "hat": "{} dakje", "tilde": "{} tilde", "vector": "vector {}", "dot": "{} punt",
        "double dot": "{} dubbele punt", "table": "een tabel van {} rijen", "row": "rij {}: {}", "boxed": "omkaderd: {}",
        "capital": "hoofdletter {}", "exponent": "tot de macht {}, einde exponent",
    },
    "sv": {
        "under": "{} understruket",
        "+": "plus", "−": "minus", "-": "minus", "±": "plus eller minus", "∓": "minus eller plus", "×": "gånger",
        "·": "gånger", "⋅": "gånger", "∗": "asterisk", "÷": "delat med", "/": "delat med", "=": "är lika med",
        "≠": "är skilt från", "<": "är mindre än", ">": "är större än", "≤": "är mindre än eller lika med",
        "≥": "är större än eller lika med", "≈": "är ungefär lika med", "≡": "är ekvivalent med", "∼": "är likformig med",
        "∝": "är proportionell mot", "∈": "tillhör", "∉": "tillhör inte", "⊂": "är en delmängd av",
        "⊆": "är en delmängd av eller lika med", "∪": "union", "∩": "snitt", "∖": "utom", "∅": "tomma mängden",
        "∞": "oändligheten", "∂": "partiell", "∇": "nabla", "→": "går mot", "⟶": "går mot", "⇒": "medför",
        "⟺": "om och endast om", "⇔": "om och endast om", "∀": "för alla", "∃": "det finns", "¬": "icke", "∧": "och",
        "∨": "eller", "!": "fakultet", "…": "och så vidare", "⋯": "och så vidare", "%": "procent",
        "(": "parentes börjar", ")": "parentes slutar", "[": "hakparentes börjar", "]": "hakparentes slutar",
        "{": "klammer börjar", "}": "klammer slutar", "|": "streck", "‖": "dubbelstreck", "⟨": "vinkelparentes börjar",
        "⟩": "vinkelparentes slutar", "′": "prim", "″": "bis", "°": "grader", "∑": "summan", "∏": "produkten",
        "∫": "integralen", "∬": "dubbelintegralen", "∮": "kurvintegralen", "from": "från", "to": "till", "over": "över",
        "of": "av", "sub": "index", "squared": "i kvadrat", "cubed": "i kubik", "power": "upphöjt till {}",
        "fraction": "bråket {} delat med {}, slut på bråk", "simple": "{} delat med {}", "choose": "{} över {}",
        "root": "roten ur {}", "roots": "roten ur {}, slut på rot", "nth": "roten av grad {} ur {}, slut på rot",
        "above": "{} med {} över", "below": "{} med {} under", "bar": "{} streck", "hat": "{} hatt", "tilde": "{} tilde",
        "vector": "vektorn {}", "dot": "{} prick", "double dot": "{} två prickar", "table": "en tabell med {} rader",
        "row": "rad {}: {}", "boxed": "inramat: {}", "capital": "stora {}",
        "exponent": "upphöjt till {}, slut på exponent",
    },
    "pl": {
        "under": "{} podkreślone",
        "+": "plus", "−": "minus", "-": "minus", "±": "plus minus", "∓": "minus plus", "×": "razy", "·": "razy",
        "⋅": "razy", "∗": "gwiazdka", "÷": "podzielić przez", "/": "przez", "=": "równa się", "≠": "nie równa się",
        "<": "jest mniejsze od", ">": "jest większe od", "≤": "jest mniejsze lub równe", "≥": "jest większe lub równe",
        "≈": "w przybliżeniu równa się", "≡": "jest równoważne z", "∼": "jest podobne do", "∝": "jest proporcjonalne do",
        "∈": "należy do", "∉": "nie należy do", "⊂": "zawiera się w", "⊆": "zawiera się w lub jest równe", "∪": "suma z",
        "∩": "iloczyn z", "∖": "bez", "∅": "zbiór pusty", "∞": "nieskończoność", "∂": "pochodna cząstkowa", "∇": "nabla",
        "→": "dąży do", "⟶": "dąży do", "⇒": "pociąga za sobą", "⟺": "wtedy i tylko wtedy, gdy",
        "⇔": "wtedy i tylko wtedy, gdy", "∀": "dla każdego", "∃": "istnieje", "¬": "nie", "∧": "i", "∨": "lub",
        "!": "silnia", "…": "i tak dalej", "⋯": "i tak dalej", "%": "procent", "(": "otworzyć nawias",
        ")": "zamknąć nawias", "[": "otworzyć nawias kwadratowy", "]": "zamknąć nawias kwadratowy",
        "{": "otworzyć klamrę", "}": "zamknąć klamrę", "|": "kreska", "‖": "podwójna kreska",
        "⟨": "otworzyć nawias kątowy", "⟩": "zamknąć nawias kątowy", "′": "prim", "″": "bis", "°": "stopni", "∑": "suma",
        "∏": "iloczyn", "∫": "całka", "∬": "całka podwójna", "∮": "całka krzywoliniowa", "from": "od", "to": "do",
        "over": "po", "of": "z", "sub": "indeks", "squared": "do kwadratu", "cubed": "do sześcianu",
        "power": "do potęgi {}", "fraction": "ułamek {} przez {}, koniec ułamka", "simple": "{} przez {}",
        "choose": "{} po {}", "root": "pierwiastek z {}", "roots": "pierwiastek z {}, koniec pierwiastka",
        "nth": "pierwiastek stopnia {} z {}, koniec pierwiastka", "above": "{}, nad tym {}", "below": "{}, pod tym {}",
        "bar": "{} z kreską", "hat": "{} z daszkiem", "tilde": "{} z tyldą", "vector": "wektor {}", "dot": "{} z kropką",
        "double dot": "{} z dwiema kropkami", "table": "tabela, wierszy: {}", "row": "wiersz {}: {}",
        "boxed": "w ramce: {}", "capital": "wielkie {}", "exponent": "do potęgi {}, koniec wykładnika",
    },
}  # fmt: skip

LANGUAGES = tuple(_WORDS)
_LARGE = frozenset("∑∏∫∬∭∮⋃⋂⨁⨂")
_ACCENTS = {"\u203e": "bar", "¯": "bar", "ˆ": "hat", "̂": "hat", "^": "hat", "˜": "tilde", "~": "tilde", "→": "vector",
            "˙": "dot", "¨": "double dot"}  # fmt: skip
_BRACES = frozenset("\u23de\u23df\u23b4\u23b5")
_UNSAID = frozenset("\u2061\u2062\u2063\u2064")


@dataclass(frozen=True, slots=True)
class Speech:
    """What is said of a formula: `unsaid` are signs for which the language has no word here, which stand for themselves.

    Without `known` nothing can be said in the language, and `words` are the source in TeX.
    """

    words: str
    known: bool = True
    unsaid: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Say whether these are words, all of them: what may be called a description of the formula."""
        return self.known and not self.unsaid


def speak(setting: Setting, language: str) -> Speech:
    """Return how a formula is read aloud in a language, and what of it nobody can say there.

    >>> from pipeline.formulas.mathml import set_formula
    >>> speak(set_formula("E = mc^2", False), "en-GB").words
    'capital E equals m c squared'
    """
    tongue = language.partition("-")[0].lower()
    if tongue not in _WORDS:
        return Speech(setting.tex, known=False)
    voice = _Voice(tongue)
    said = voice.row(list(setting.tree()))
    words = " ".join(said.split()).strip(",; ").replace(" ,", ",").replace(" .", ".").replace(",,", ",")
    return Speech(words or setting.tex, unsaid=tuple(voice.unsaid))


class _Voice:
    def __init__(self, language: str) -> None:
        self.words = {**signs(language), **_WORDS[language]}
        self.greek = greek(language)
        self.functions = functions(language)
        self.english = language == "en"
        self.unsaid: dict[str, None] = {}

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
        if tag == "mi" and text in self.functions:
            return self.functions[text]
        if tag in ("mn", "mtext") or len(text) != 1:
            return unicodedata.normalize("NFKC", text) if tag == "mn" else text.replace("\u00a0", " ")
        plain = unicodedata.normalize("NFKC", text)
        if plain.isalpha():
            small = plain.lower()
            said = self.greek.get(small, small if plain.isupper() and small in self.greek else plain)
            return self.words["capital"].format(said) if plain.isupper() else said
        return self.named(plain if len(plain) == 1 else text)

    def named(self, sign: str) -> str:
        """Return what is said of a sign that has no letter."""
        if sign in self.words:
            return self.words[sign]
        base, _, stroke = unicodedata.normalize("NFD", sign).partition("\u0338")
        if base != sign and not stroke and base in self.words:  # a sign struck through says that it is not so
            said = self.words[base]
            return f"is not {said.removeprefix('is ')}" if self.english else f"{self.words['¬']}: {said}"
        if self.english:
            return unicodedata.name(sign, sign).lower().removesuffix(" sign").removesuffix(" operator")
        if sign:
            self.unsaid[sign] = None
        return sign

    def power(self, exponent: Element) -> str:
        text = _text(exponent)
        if text in ("2", "3"):
            return self.words["squared" if text == "2" else "cubed"]
        if text and all(sign in "′″‴*∗°" for sign in text):
            return " ".join(self.words.get(sign, sign) for sign in text)
        return self.words["power" if _short(exponent) else "exponent"].format(self.say(exponent))

    def below(self, base: Element, under: Element, *, stacked: bool = False) -> str:
        if _text(base) in _LARGE or (base.tag == "mi" and " ".join((base.text or "").split()) in LIMITS):
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
