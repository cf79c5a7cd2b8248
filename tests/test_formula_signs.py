"""Every command of the table is held against what Unicode says of its sign, and every room against TeX's rules."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import latex2mathml.symbols_parser as symbols
import pytest

from pipeline.formulas import FormulaError, draw, set_formula
from pipeline.formulas.operators import Form, Kind, entry_of, kind_of
from pipeline.formulas.tex import BARE, FUNCTIONS, _symbols

ELEMENTS = {"N": "mi", "A": "mi", "B": "mo", "C": "mo", "F": "mo", "L": "mo", "O": "mo", "P": "mo", "R": "mo", "U": "mo",
            "V": "mo"}  # fmt: skip
KINDS = {
    "B": {Kind.BINARY}, "V": {Kind.BINARY}, "R": {Kind.RELATION}, "O": {Kind.OPENING}, "C": {Kind.CLOSING},
    "L": {Kind.LARGE}, "P": {Kind.PUNCTUATION}, "F": {Kind.ORDINARY}, "U": {Kind.ORDINARY},
}  # fmt: skip

# Where The TeXbook, plain TeX or AMS-TeX set a sign otherwise than Unicode's class of it says.
NAMES = frozenset("★☆◊⧫▲▴▼▾△▵▿▶▸◀◂▹◃►◄⊥∆⦂⦚")  # \bigstar, \lozenge, \triangle, \bot are ordinary, as letters are
OTHERWISE = {
    **dict.fromkeys("…⋮⋯⋰⋱", Kind.DOTS),
    **dict.fromkeys("†‡*◯⦼", Kind.BINARY),
    **dict.fromkeys("!?", Kind.CLOSING),
    **dict.fromkeys("\\.√∛∜", Kind.ORDINARY),  # \backslash, the decimal point, roots over nothing
    **dict.fromkeys("⧸⧹", Kind.BINARY),
    **dict.fromkeys("⫬⫭", Kind.ORDINARY),  # double strokes of a negation
    **dict.fromkeys(":", Kind.RELATION),
    "⎰": Kind.OPENING, "⎱": Kind.CLOSING,
}  # fmt: skip


def _classes() -> dict[str, str]:
    found: dict[str, str] = {}
    for line in Path(symbols.SYMBOLS_FILE).read_text("utf-8").splitlines():
        fields = line.split("^")
        if not line.startswith("#") and len(fields) > 4 and fields[4]:
            found.setdefault(chr(int(fields[0], 16)), fields[4])
    return found


def _parts(tex: str) -> list[ET.Element]:
    root = set_formula(tex, False).tree()
    return list(root[0] if len(root) == 1 and root[0].tag == "mrow" else root)


def _commands() -> Iterator[tuple[str, str]]:
    return ((name, chr(int(symbols.SYMBOLS[name], 16))) for name in sorted(_symbols()))


def test_every_command_of_the_table_is_an_operator_or_a_name_as_unicode_says() -> None:
    classes = _classes()
    wrong = []
    count = 0
    for name, sign in _commands():
        wanted = ELEMENTS.get(classes.get(sign, ""))
        if wanted is None or sign in "⟌⟕⟖⟗⟘⟙⅀":  # joins of tables, and no TeX that anybody writes
            continue
        if sign in OTHERWISE:
            wanted = "mo"
        elif sign in NAMES:
            wanted = "mi"
        elif wanted == "mi" and sign.isdecimal():
            wanted = "mn"
        elif wanted == "mi" and not sign.isalnum() and kind_of(sign) is Kind.ORDINARY:
            wanted = "mo"  # the dictionary of MathML has it before or after what it belongs to
        part = next(part for part in _parts(f"a {name} b")[1:] if part.tag != "mspace")
        while part.tag == "mrow":
            part = part[0]
        count += 1
        if part.tag in ("mover", "munder", "msqrt"):
            continue  # an accent, here on a name that follows
        if part.tag != wanted:
            wrong.append(f"{name} {sign} U+{ord(sign):04X} is {part.tag}, not {wanted}")
    assert not wrong, "\n".join(wrong)
    assert count > 2_500


def test_every_operator_of_the_table_is_of_the_kind_that_unicode_says() -> None:
    wrong = []
    for sign, letter in _classes().items():
        kind = kind_of(sign)
        if (
            letter not in KINDS
            or (unicodedata.category(sign) in ("Pd", "Po", "Cf") and not sign.isascii())
            or sign in NAMES
            or sign in "⟌⟕⟖⟗⟘⟙⨝⨞⨟⨠⨡⅀؆؇"
            or unicodedata.combining(sign)
        ):
            continue
        wanted = {OTHERWISE[sign]} if sign in OTHERWISE else KINDS[letter]
        if kind not in wanted:
            wrong.append(f"{sign} U+{ord(sign):04X} of class {letter} is {kind}")
    assert not wrong, "\n".join(wrong)


ROOM = {Kind.BINARY: 4, Kind.RELATION: 5, Kind.OPENING: 0, Kind.CLOSING: 0, Kind.DOTS: 3}


def test_every_operator_of_the_table_has_the_room_of_its_kind_between_two_names() -> None:
    wrong = []
    for name, sign in _commands():
        kind = kind_of(sign)
        parts = _parts(f"a {name} b")
        if kind is None or kind not in ROOM or len(parts) != 3 or parts[1].tag != "mo":
            continue
        found = tuple(
            round(float(given.removesuffix("em")) * 18)
            if (given := parts[1].get(key)) is not None
            else getattr(entry_of(sign, Form.INFIX), side)
            for key, side in (("lspace", "before"), ("rspace", "after"))
        )
        if found != (ROOM[kind], ROOM[kind]):
            wrong.append(f"{name} {sign}: {found}")
        if parts[1].get("stretchy") != "false" and sign in "⌊⌋⌈⌉⟨⟩↑↓↕⇑⇓⇕":
            wrong.append(f"{name} {sign} would grow with its row")
    assert not wrong, "\n".join(wrong)


def test_functions_are_names_and_words_are_text() -> None:
    for name in FUNCTIONS | (BARE & {r"\bmod"}):
        assert [part.tag for part in _parts(rf"{name} x") if part.tag != "mspace"] == ["mi", "mi"], name
    assert [part.tag for part in _parts(r"\operatorname{grad} x")] == ["mi", "mspace", "mi"]
    assert [part.tag for part in _parts(r"x \text{ if } y")] == ["mi", "mtext", "mi"]


@pytest.mark.parametrize(
    ("tex", "wanted"),
    [
        ("a-b", "<mi>a</mi><mo>−</mo><mi>b</mi>"),
        ("a=-b", '<mi>a</mi><mo>=</mo><mo form="prefix">−</mo><mi>b</mi>'),
        ("(-b)", '<mo stretchy="false">(</mo><mo form="prefix">−</mo><mi>b</mi><mo stretchy="false">)</mo>'),
        ("2\\cdot-b", '<mn>2</mn><mo lspace="0.222em" rspace="0.222em">·</mo><mo form="prefix">−</mo><mi>b</mi>'),
        ("a:=b", '<mi>a</mi><mo lspace="0.278em" rspace="0">:</mo><mo lspace="0">=</mo><mi>b</mi>'),
        ("a{=}b", '<mi>a</mi><mrow><mo lspace="0" rspace="0">=</mo></mrow><mi>b</mi>'),
        ("x^{i=1}", '<msup><mi>x</mi><mrow><mi>i</mi><mo lspace="0" rspace="0">=</mo><mn>1</mn></mrow></msup>'),
        ("1,\\ldots,n", '<mn>1</mn><mo>,</mo><mo lspace="0" rspace="0">…</mo><mo>,</mo><mi>n</mi>'),
        ("2\\sin x", '<mn>2</mn><mspace width="0.167em" /><mi>sin</mi><mspace width="0.167em" /><mi>x</mi>'),
        ("f\\colon A", '<mi>f</mi><mrow><mo rspace="0">:</mo></mrow><mspace width="0.167em" /><mi>A</mi>'),
        ("A\\bigm|B", '<mi>A</mi><mspace width="0.278em" /><mo minsize="1.2em" maxsize="1.2em" lspace="0" rspace="0">|</mo>'),
        ("a\\mathrel{R}b", '<mi>a</mi><mspace width="0.278em" /><mi>R</mi><mspace width="0.278em" /><mi>b</mi>'),
        ("\\lvert x\\rvert", '<mo stretchy="false">|</mo><mi>x</mi><mo stretchy="false">|</mo>'),
        ("a\\overset{!}{=}b", "<mi>a</mi><mover><mrow><mo>=</mo></mrow>"),
        ("\\begin{pmatrix}-1\\end{pmatrix}", "<mo>(</mo><mtable><mtr><mtd><mo>−</mo><mn>1</mn>"),
    ],
)  # fmt: skip
def test_operators_have_the_room_of_tex(tex: str, wanted: str) -> None:
    inner = set_formula(tex, False).inner
    assert inner.removeprefix("<mrow>").removesuffix("</mrow>").startswith(wanted), inner


@pytest.mark.parametrize(("tex", "bare"), [(r"a\pm b", "ab"), (r"A\setminus B", "AB"), (r"A\subseteqq B", "AB")])
def test_the_drawing_leaves_the_same_room(tex: str, bare: str) -> None:
    sign = _parts(tex)[1].text or ""
    room = 8 if kind_of(sign) is Kind.BINARY else 10
    with_room = draw(set_formula(tex, False)).width - draw(set_formula(bare, False)).width
    alone = draw(set_formula(tex.removeprefix(bare[0]).removesuffix(bare[1]), False)).width
    assert with_room == pytest.approx(alone + room / 18, abs=0.08)


@pytest.mark.slow
def test_all_signs_of_the_table_can_be_drawn_or_say_why_not() -> None:
    lost: set[str | bool] = set()
    for name, sign in _commands():
        try:
            draw(set_formula(f"a {name} b", False))
        except FormulaError as error:
            lost.add(f"U+{ord(sign):04X}" in str(error) and name)
    assert False not in lost
    assert len(lost) < 10
