"""A formula in TeX comes in; its MathML, put right and compared with the source, goes out.

latex2mathml converts. What it writes is then made to read alike in every renderer: letters of other
faces are signs of their own (MathML Core knows no `mathvariant`), names of functions stand off from
what they are of, and accents are the signs that stretch.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

from pipeline.formulas.room import give_room, tell_operators
from pipeline.formulas.tex import find_fault, rewrite

MATHML = "http://www.w3.org/1998/Math/MathML"
ELEMENTS = frozenset(
    "math mrow mi mn mo mtext mspace mfrac msqrt mroot msub msup msubsup munder mover munderover mtable mtr mtd mstyle "
    "menclose mpadded".split()
)
_VARIANTS = {
    "double-struck": "DOUBLE-STRUCK", "bold": "BOLD", "bold-italic": "BOLD ITALIC", "script": "SCRIPT",
    "fraktur": "FRAKTUR", "sans-serif": "SANS-SERIF", "monospace": "MONOSPACE", "italic": "ITALIC",
}  # fmt: skip
_HOLES = {  # letters of these faces that had their place in Unicode before the others
    "SCRIPT": dict(zip("BEFHILMRego", "ℬℰℱℋℐℒℳℛℯℊℴ", strict=True)),
    "FRAKTUR": dict(zip("CHIRZ", "ℭℌℑℜℨ", strict=True)),
    "DOUBLE-STRUCK": dict(zip("CHNPQRZ", "ℂℍℕℙℚℝℤ", strict=True)),
    "ITALIC": {"h": "ℎ"},
}
_DIGITS = "ZERO ONE TWO THREE FOUR FIVE SIX SEVEN EIGHT NINE".split()
_OVER = {"\u2015": "\u203e", "^": "\u02c6", "~": "\u02dc"}
_UNDER = {"\u2015": "_"}
THIN = "0.167em"


class FormulaError(Exception):
    """A formula that was read cannot be set without a loss; its words say why."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A formula as MathML without its `math` element: `inner` is markup; `display` says how it stands."""

    tex: str
    inner: str
    display: bool

    @property
    def signs(self) -> str:
        """Return the signs that the formula shows, in the order of its MathML."""
        return shown(self.tree())

    @property
    def whole(self) -> str:
        """Return the markup as one element, as `semantics` wants it."""
        return self.inner if len(self.tree()) == 1 else f"<mrow>{self.inner}</mrow>"

    @property
    def shape(self) -> str:
        """Return the tree of the markup as `shape_of` writes it."""
        return shape_of(ET.fromstring(self.whole))  # noqa: S314  # written by this module

    def tree(self) -> Element:
        """Return the `math` element, without a namespace."""
        return ET.fromstring(f"<math>{self.inner}</math>")  # noqa: S314  # written by this module


def source_of(tex: str) -> str:
    """Return a formula's source as editions hold it: every stretch of white space one space."""
    return " ".join(tex.split())


def shape_of(element: Any) -> str:
    """Return a tree of MathML as text, whatever its namespace and white space: names, attributes, signs.

    `element` is of ElementTree or lxml.

    >>> shape_of(ET.fromstring('<msup><mi>x</mi><mn mathvariant="normal">2</mn></msup>'))
    'msup(mi"x",mn mathvariant=normal"2")'
    """
    name = str(element.tag).rpartition("}")[2]
    said = "".join(f" {key}={value}" for key, value in sorted(element.attrib.items()))
    text = (element.text or "").strip(" \t\n")
    inner = ",".join(shape_of(child) for child in element)
    return f"{name}{said}" + (f'"{text}"' if text else "") + (f"({inner})" if inner else "")


def shown(root: Element) -> str:
    """Return the signs of a tree of MathML."""
    return "".join("".join(root.itertext()).split())


@lru_cache(4096)
def set_formula(tex: str, display: bool) -> Setting:
    """Return a formula as MathML; raises FormulaError when something of it would be lost."""
    import latex2mathml.converter  # noqa: PLC0415  # reads a table of 2,400 signs: only for formulas

    rewritten = rewrite(tex)
    try:
        written = latex2mathml.converter.convert(rewritten, display="block" if display else "inline")
        root = ET.fromstring(written)  # noqa: S314  # no more than 4,000 characters, and no DTD
    except Exception as error:  # its exceptions have no common kind
        raise FormulaError(f"the converter to MathML stops at it ({type(error).__name__})") from error
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        if element.tag not in ELEMENTS:
            raise FormulaError(f"it would need `{element.tag}` of MathML, which not every reading system shows")
    tell_operators(root)
    _mend(root, display)
    give_room(root, display=display)
    _prove(tex, root)
    inner = "".join(ET.tostring(child, "unicode") for child in root)
    return Setting(source_of(tex), inner, display)


# Mending ---------------------------------------------------------------------------------------


def _mend(element: Element, display: bool) -> None:
    for child in element:
        _mend(child, display)
    text = element.text or ""
    match element.tag:
        case "mi" | "mn" | "mo" | "mtext":
            variant = element.attrib.pop("mathvariant", "")
            if variant == "normal" or (element.tag == "mi" and len(text) == 1 and not text.isalpha()):
                variant = "" if len(text) != 1 or not text.isalpha() else "normal"
            if variant in _VARIANTS and element.tag != "mtext":
                element.text = "".join(_lettered(sign, _VARIANTS[variant]) for sign in text)
            elif variant == "normal" and element.tag == "mi":
                element.set("mathvariant", "normal")
            elif variant in ("bold", "italic"):
                element.set("mathvariant", variant)
            if element.tag == "mo" and len(text) > 1 and "".join(text.split()).isalpha():
                element.tag = "mi"
                element.attrib.clear()
        case "mover" | "munder" if len(element) == 2:
            accent = element[1]
            signs = _OVER if element.tag == "mover" else _UNDER
            if accent.tag == "mo" and accent.text in signs:
                accent.text = signs[accent.text]
                accent.attrib.pop("accent", None)
                element.set("accent" if element.tag == "mover" else "accentunder", "true")
        case "msub" if display and " ".join((element[0].text or "").split()) in LIMITS:
            element.tag = "munder"
        case "mtable":
            if element.get("columnspacing"):
                element.set("columnspacing", element.get("columnspacing", "").replace("2em", "1em"))
            element.attrib.pop("rowspacing", None)
        case "mspace":
            if element.get("width") == "negativethinmathspace":
                element.set("width", f"-{THIN}")
        case "mstyle":
            if element.get("scriptlevel") == "0":
                element.attrib.pop("scriptlevel")
    _join_numbers(element)
    _unwrap(element)
    _part_names(element)


LIMITS = frozenset(("lim", "max", "min", "sup", "inf", "lim sup", "lim inf", "Pr", "det", "gcd", "argmax", "argmin"))


def _lettered(sign: str, face: str) -> str:
    """Return a letter or figure in a face of its own.

    >>> _lettered("R", "DOUBLE-STRUCK"), _lettered("b", "BOLD"), _lettered("+", "BOLD")
    ('ℝ', '𝐛', '+')
    """
    if sign in _HOLES.get(face, {}):
        return _HOLES[face][sign]
    name = unicodedata.name(sign, "")
    if sign.isascii() and sign.isalpha():
        kind = f"{'CAPITAL' if sign.isupper() else 'SMALL'} {sign.upper()}"
    elif sign.isascii() and sign.isdigit():
        kind = f"DIGIT {_DIGITS[int(sign)]}"
    elif name.startswith("GREEK ") and " LETTER " in name and " WITH " not in name:
        kind = name.removeprefix("GREEK ").replace(" LETTER", "")
    else:
        return sign
    for wanted in (f"MATHEMATICAL {face} {kind}",):
        try:
            return unicodedata.lookup(wanted)
        except KeyError:
            continue
    return sign


def _unwrap(element: Element) -> None:
    """Take away groups of one member; a sign alone in a group is no operator, and stays so."""
    for at, child in enumerate(element):
        if child.tag == "mrow" and len(child) == 1 and not child.attrib and child[0].tag != "mo":
            element[at] = child[0]


def _join_numbers(element: Element) -> None:
    """Make one number of figures that a comma in braces parts: `1{,}000`."""
    at = 0
    while at + 2 < len(element):
        first, comma, last = element[at], element[at + 1], element[at + 2]
        inner = comma[0] if comma.tag == "mrow" and len(comma) == 1 else None
        if first.tag == last.tag == "mn" and inner is not None and inner.tag == "mo" and inner.text == ",":
            first.text = f"{first.text},{last.text}"
            element.remove(comma)
            element.remove(last)
        else:
            at += 1


def _part_names(element: Element) -> None:
    """Put room between the name of a function and what it is of, as TeX does."""
    at = 0
    while at + 1 < len(element) and element.tag in ("mrow", "math", "mtd", "mstyle", "msqrt"):
        name, after = element[at], element[at + 1]
        named = name[0] if name.tag in ("msub", "msup", "msubsup", "munder", "munderover") else name
        if named.tag == "mi" and len(named.text or "") > 1 and after.tag != "mspace":
            bracket = after.text or ("".join(after.itertext())[:1] if after.tag in ("mrow", "msup", "msub") else "")
            if not (bracket and bracket[0] in "([{|,;)]}") and not (
                after.tag == "mo" and bracket not in ("−", "∑", "∫")
            ):
                element.insert(at + 1, Element("mspace", {"width": THIN}))
                at += 1
        at += 1


# Proving ---------------------------------------------------------------------------------------

_COMMAND = re.compile(r"\\(?:begin|end)\s*\{[^}]*\}(?:\s*\{[lcr|]+\})?|\\[a-zA-Z]+\*?|\\.")


def _prove(tex: str, root: Element) -> None:
    """Prove that every letter and figure of the source stands in the MathML, as often as there."""
    ours = Counter(sign for sign in unicodedata.normalize("NFKC", _COMMAND.sub(" ", tex)) if sign.isalnum())
    theirs = Counter(sign for sign in unicodedata.normalize("NFKC", shown(root)) if sign.isalnum())
    lost = ours - theirs
    if lost:
        raise FormulaError(f"`{next(iter(lost))}` would be lost on the way to MathML")


# One line ---------------------------------------------------------------------------------------

_RAISED = dict(zip("0123456789+−=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱ", strict=True))
_LOWERED = dict(zip("0123456789+−=()aeijoruvx", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑᵢⱼₒᵣᵤᵥₓ", strict=True))


def linear(tex: str, display: bool) -> str:
    """Return a formula as plain text, for running heads, contents and the names of files; its source when it must be.

    >>> linear("E = mc^2", False), linear(r"\\frac{1}{x_i+1}", False)
    ('E=mc²', '1/(xᵢ+1)')
    """
    if find_fault(tex) is not None:
        return source_of(tex)
    try:
        line = _line(set_formula(tex, display).tree())
    except (FormulaError, KeyError, IndexError):
        return source_of(tex)
    return "".join(map(_plain_letter, line))


def _plain_letter(sign: str) -> str:
    """Return a letter of a face of its own as the letter itself, which every face has.

    >>> "".join(map(_plain_letter, "ℝⁿ𝐱½"))
    'Rⁿx½'
    """
    folded = unicodedata.normalize("NFKC", sign)
    name = unicodedata.name(sign, "")
    lettered = name.startswith(("MATHEMATICAL ", "DOUBLE-STRUCK ", "SCRIPT ", "BLACK-LETTER "))
    return folded if lettered and len(folded) == 1 else sign


def _line(element: Element) -> str:
    kids = list(element)
    match element.tag:
        case "mi" | "mn" | "mo" | "mtext":
            return (element.text or "").replace("\u00a0", " ")
        case "mspace":
            return " "
        case "mfrac":
            return f"{_grouped(kids[0])}/{_grouped(kids[1])}"
        case "msqrt":
            inner = "".join(map(_line, kids))
            return f"√{inner}" if len(inner) == 1 else f"√({inner})"
        case "mroot":
            return f"√[{_line(kids[1])}]({_line(kids[0])})"
        case "msup" | "mover":
            return _line(kids[0]) + _moved(kids[1], _RAISED, "^")
        case "msub" | "munder":
            return _line(kids[0]) + _moved(kids[1], _LOWERED, "_")
        case "msubsup" | "munderover":
            return _line(kids[0]) + _moved(kids[1], _LOWERED, "_") + _moved(kids[2], _RAISED, "^")
        case "mtable":
            return "; ".join(", ".join("".join(map(_line, cell)) for cell in row) for row in kids)
        case _:
            return "".join(map(_line, kids))


def _grouped(element: Element) -> str:
    text = _line(element)
    return text if len(text) == 1 or text.isalnum() else f"({text})"


def _moved(element: Element, signs: dict[str, str], mark: str) -> str:
    text = _line(element)
    if text and all(sign in signs for sign in text):
        return "".join(signs[sign] for sign in text)
    if text and all(sign in "′″‴" for sign in text):
        return text
    return f"{mark}{text}" if len(text) == 1 else f"{mark}({text})"
