"""The value of a BibTeX field comes in; its text goes out, with the few signs of format that CSL knows."""

from __future__ import annotations

import re
import unicodedata

_ACCENTS = {
    "`": "\u0300",
    "'": "\u0301",
    "^": "\u0302",
    "~": "\u0303",
    "=": "\u0304",
    "u": "\u0306",
    ".": "\u0307",
    '"': "\u0308",
    "r": "\u030a",
    "H": "\u030b",
    "v": "\u030c",
    "d": "\u0323",
    "c": "\u0327",
    "k": "\u0328",
    "b": "\u0331",
}
_SIGNS = {
    "ss": "ß", "o": "ø", "O": "Ø", "l": "ł", "L": "Ł", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ", "aa": "å", "AA": "Å",
    "i": "i", "j": "j", "dh": "ð", "DH": "Ð", "th": "þ", "TH": "Þ", "ng": "ŋ", "NG": "Ŋ", "dj": "đ", "DJ": "Đ",
    "S": "§", "P": "¶", "pounds": "£", "euro": "€", "texteuro": "€", "copyright": "©", "dag": "†", "ddag": "‡",
    "dots": "…", "ldots": "…", "textellipsis": "…", "textendash": "–", "textemdash": "—", "textquoteleft": "‘",
    "textquoteright": "’", "textquotedblleft": "“", "textquotedblright": "”", "guillemotleft": "«",
    "guillemotright": "»", "textbackslash": "\\", "textasciitilde": "~", "textasciicircum": "^", "LaTeX": "LaTeX",
    "TeX": "TeX", "textdegree": "°", "textnumero": "№", "textregistered": "®", "texttrademark": "™", "newblock": "",
    "relax": "", "slash": "/", "textbar": "|", "textless": "<", "textgreater": ">", "quad": " ", "qquad": " ",
}  # fmt: skip
_FORMATS = {
    "emph": ("<i>", "</i>"),
    "textit": ("<i>", "</i>"),
    "mkbibemph": ("<i>", "</i>"),
    "it": ("<i>", "</i>"),
    "em": ("<i>", "</i>"),
    "textbf": ("<b>", "</b>"),
    "mkbibbold": ("<b>", "</b>"),
    "bf": ("<b>", "</b>"),
    "textsc": ("<sc>", "</sc>"),
    "textsuperscript": ("<sup>", "</sup>"),
    "textsubscript": ("<sub>", "</sub>"),
    "mkbibquote": ("“", "”"),
    "enquote": ("“", "”"),
    "textrm": ("", ""),
    "text": ("", ""),
    "texttt": ("", ""),
    "textnormal": ("", ""),
    "url": ("", ""),
    "mbox": ("", ""),
    "uppercase": ("", ""),
}
_NOCASE = ('<span class="nocase">', "</span>")
_COMMAND = re.compile(r"\\([A-Za-z]+\*?|.)\s*", re.DOTALL)
_LITERAL = "&%_$#{} -/,;"
DEEPEST = 40


class _Tex:
    def __init__(self, text: str, protect: bool) -> None:
        self.text = text
        self.at = 0
        self.protect = protect
        self.unknown: list[str] = []

    def argument(self, depth: int) -> str:
        """Read what a command takes: a group, or one sign."""
        if self.at >= len(self.text):
            return ""
        if depth < DEEPEST and self.text[self.at] == "{":
            self.at += 1
            return self.run(depth + 1, inside=True, quiet=True)
        if depth < DEEPEST and self.text[self.at] == "\\":
            return self.command(depth + 1)
        self.at += 1
        return self.text[self.at - 1]

    def command(self, depth: int) -> str:
        found = _COMMAND.match(self.text, self.at)
        if found is None:
            self.at += 1
            return "\\"
        name = found[1].rstrip("*")
        letters = name.isalpha()
        self.at = found.end() if letters else found.start(1) + 1
        if name in _ACCENTS and (
            not letters or self.text[self.at : self.at + 1] == "{" or found[0] != found[0].rstrip()
        ):
            base = self.argument(depth)
            return unicodedata.normalize("NFC", base[:1] + _ACCENTS[name] + base[1:]) if base else _ACCENTS[name]
        if name in _SIGNS:
            if self.text.startswith("{}", self.at):
                self.at += 2
            return _SIGNS[name]
        if name in _FORMATS:
            before, after = _FORMATS[name]
            if self.text[self.at : self.at + 1] == "{":
                inside = self.argument(depth)
            elif depth < DEEPEST:  # {\it words}: to the end of the group
                inside = self.run(depth + 1, inside=True, quiet=True, keep=True)
            else:
                inside = ""
            return f"{before}{inside}{after}"
        if name in ("href",):
            self.argument(depth)
            return self.argument(depth)
        if not letters and name in _LITERAL:
            return {"-": "", "/": "", ",": "\u202f", ";": " ", " ": " "}.get(name, name)
        if name == "\\":
            return " "
        self.unknown.append(f"\\{name}")
        return f"\\{name}"

    def run(self, depth: int, *, inside: bool, quiet: bool = False, keep: bool = False) -> str:
        """Read to the end of a group; `quiet` ones do not protect their letters, `keep` leaves its closing brace."""
        out: list[str] = []
        text = self.text
        while self.at < len(text):
            sign = text[self.at]
            if sign == "}" and inside:
                if not keep:
                    self.at += 1
                break
            if sign == "{" and depth < DEEPEST:
                self.at += 1
                command = text[self.at : self.at + 1] == "\\"
                inner = self.run(depth + 1, inside=True)
                guard = self.protect and not quiet and depth == 0 and not command and any(map(str.isalpha, inner))
                out.append(f"{_NOCASE[0]}{inner}{_NOCASE[1]}" if guard else inner)
            elif sign == "\\":
                out.append(self.command(depth))
            elif sign == "~":
                out.append("\u00a0")
                self.at += 1
            elif text.startswith("---", self.at):
                out.append("—")
                self.at += 3
            elif text.startswith("--", self.at):
                out.append("–")
                self.at += 2
            elif text.startswith("``", self.at):
                out.append("“")
                self.at += 2
            elif text.startswith("''", self.at):
                out.append("”")
                self.at += 2
            elif sign == "$" or sign in "{}":
                self.at += 1
            else:
                out.append(sign)
                self.at += 1
        return "".join(out)


def tex_text(text: str, *, protect: bool = False) -> tuple[str, tuple[str, ...]]:
    r"""Return the text of a field, and the commands in it that are not known (they stay as they stand).

    `protect` keeps the letters in braces from any change of case, as in titles.

    >>> tex_text(r'{\"U}ber \emph{den} Flu{\ss} --- A \& B')
    ('Über <i>den</i> Fluß — A & B', ())
    """
    reader = _Tex(text, protect)
    out = reader.run(0, inside=False)
    return " ".join(out.split(" ")).strip(), tuple(reader.unknown)


def split_top(text: str, pattern: str) -> list[str]:
    """Split a value where a pattern stands outside of all braces.

    >>> split_top("A and {B and C} and D", r"\\s+and\\s+")
    ['A', '{B and C}', 'D']
    """
    cut = re.compile(rf"[{{}}]|\\.|{pattern}", re.DOTALL)
    parts, depth, start = [], 0, 0
    for found in cut.finditer(text):
        sign = found[0]
        if sign == "{":
            depth += 1
        elif sign == "}":
            depth = max(0, depth - 1)
        elif sign[0] != "\\" and depth == 0:
            parts.append(text[start : found.start()])
            start = found.end()
    parts.append(text[start:])
    return parts
