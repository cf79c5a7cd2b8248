"""The signs of mathematics: which are operators, what room TeX leaves beside them, and what MathML leaves by itself.

A renderer of MathML gives an `mo` the room that the operator dictionary of MathML Core (appendix B, compact form)
has for its sign and its form. TeX decides by the class of the sign and by its neighbours (The TeXbook, chapter 18).
Both are known here, so that an attribute is written only where they differ.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cache


class Kind(Enum):
    """The classes of atoms in TeX."""

    ORDINARY = "ordinary"
    LARGE = "large"
    BINARY = "binary"
    RELATION = "relation"
    OPENING = "opening"
    CLOSING = "closing"
    PUNCTUATION = "punctuation"
    DOTS = "dots"


class Form(Enum):
    """How an operator stands to what it belongs to."""

    PREFIX = "prefix"
    INFIX = "infix"
    POSTFIX = "postfix"


@dataclass(frozen=True, slots=True)
class Entry:
    """What a renderer does with an operator by itself: room before and after it in eighteenths of an em; whether it grows."""

    before: int
    after: int
    stretchy: bool = False


# One stretch of code points each, in hexadecimal. MathML Core, editor's draft of 2024, table "operator-dictionary-category".
_CATEGORIES: tuple[tuple[Form, Entry, str], ...] = (
    (
        Form.INFIX,
        Entry(5, 5, stretchy=True),
        (
            "2190-2195 219A-21AE 21B0-21B5 21B9 21BC-21D5 21DA-21F0 21F3-21FF 2794 2799 279B-27A1 27A5-27A6 27A8-27AF 27B1 27B3 "
            "27B5 27B8 27BA-27BE 27F0-27F1 27F4-27FF 2900-2920 2934-2937 2942-2975 297C-297F 2B04-2B07 2B0C-2B11 2B30-2B3E "
            "2B40-2B4C 2B60-2B65 2B6A-2B6D 2B70-2B73 2B7A-2B7D 2B80-2B87 2B95 2BA0-2BAF 2BB8"
        ),
    ),
    (
        Form.INFIX,
        Entry(4, 4),
        (
            "2B 2D 2F B1 F7 322 2044 2212-2216 2227-222A 2236 2238 228C-228E 2293-2296 2298 229D-229F 22BB-22BD 22CE-22CF "
            "22D2-22D3 2795-2797 29B8 29BC 29C4-29C5 29F5-29FB 2A1F-2A2E 2A38-2A3A 2A3E 2A40-2A4F 2A51-2A63 2ADB 2AF6 2AFB 2AFD"
        ),
    ),
    (
        Form.INFIX,
        Entry(3, 3),
        (
            "25 2A 2E 3F-40 5E B7 D7 323 32E 2022 2043 2217-2219 2240 2297 2299-229B 22A0-22A1 22BA 22C4-22C7 22C9-22CC 2305-2306 "
            "27CB 27CD 29C6-29C8 29D4-29D7 29E2 2A1D-2A1E 2A2F-2A37 2A3B-2A3D 2A3F 2A50 2A64-2A65 2ADC-2ADD 2AFE"
        ),
    ),
    (
        Form.PREFIX,
        Entry(0, 0),
        (
            "21 2B 2D AC B1 331 2018 201C 2200-2201 2203-2204 2207 2212-2213 221F-2222 2234-2235 223C 22BE-22BF 2310 2319 "
            "2795-2796 27C0 299B-29AF 2AEC-2AED"
        ),
    ),
    (
        Form.POSTFIX,
        Entry(0, 0),
        (
            "21-22 25-27 60 A8 B0 B2-B4 B8-B9 2CA-2CB 2D8-2DA 2DD 311 320 325 327 331 2019-201B 201D-201F 2032-2037 2057 20DB-20DC "
            "23CD"
        ),
    ),
    (
        Form.PREFIX,
        Entry(0, 0, stretchy=True),
        (
            "28 5B 7B 7C 2016 2308 230A 2329 2772 27E6 27E8 27EA 27EC 27EE 2980 2983 2985 2987 2989 298B 298D 298F 2991 2993 2995 "
            "2997 2999 29D8 29DA 29FC"
        ),
    ),
    (
        Form.POSTFIX,
        Entry(0, 0, stretchy=True),
        (
            "29 5D 7C 7D 2016 2309 230B 232A 2773 27E7 27E9 27EB 27ED 27EF 2980 2984 2986 2988 298A 298C 298E 2990 2992 2994 2996 "
            "2998 2999 29D9 29DB 29FD"
        ),
    ),
    (Form.PREFIX, Entry(3, 3), "222B-2233 2A0B-2A1C 220F-2211 22C0-22C3 2A00-2A0A 2A1D-2A1E 2AFC 2AFF"),
    (
        Form.POSTFIX,
        Entry(0, 0, stretchy=True),
        "5E-5F 7E AF 2C6-2C7 2C9 2CD 2DC 2F7 302 203E 2322-2323 23B4-23B5 23DC-23E1",
    ),
    (Form.INFIX, Entry(0, 0), "5C 5F 2061-2064 2206"),
    (Form.PREFIX, Entry(0, 3), "2145-2146 2202 221A-221C"),
    (Form.INFIX, Entry(0, 3), "2C 3A 3B"),
)
_DEFAULT = Entry(5, 5)
"""What the dictionary says of a sign that it does not list."""
_LARGE = "220F-2211 222B-2233 22C0-22C3 2A00-2A1E 2AFC 2AFF"


def _signs(ranges: str) -> Iterator[str]:
    for stretch in ranges.split():
        first, _, last = stretch.partition("-")
        yield from map(chr, range(int(first, 16), int(last or first, 16) + 1))


@cache
def _dictionary() -> dict[str, dict[Form, Entry]]:
    found: dict[str, dict[Form, Entry]] = {}
    for form, entry, ranges in _CATEGORIES:
        for sign in _signs(ranges):
            found.setdefault(sign, {})[form] = entry
    return found


def entry_of(sign: str, form: Form) -> Entry:
    """Return what a renderer does with a sign in a form: of a form that is not listed it takes another (B.1, step 5)."""
    listed = _dictionary().get(sign, {})
    for each in (form, Form.INFIX, Form.POSTFIX, Form.PREFIX):
        if each in listed:
            return listed[each]
    return _DEFAULT


# What the dictionary cannot tell, since it lists none of these: Unicode Technical Report 25, classes R and B.
_RELATIONS = (
    "3A 3C-3E 204F-2050 2196-2199 21AF 21B6-21B7 21BA-21BB 21D6-21D9 21F1-21F2 2208-220D 221D 2223-2226 2234-2237 2239-223D "
    "2241-228B 228F-2292 22A2-22A3 22A6-22B8 22C8 22CD 22D0-22D1 22D4-22ED 22F2-22FF 2322-2323 233F 237C 27C2-27CA "
    "27D2-27D4 27DA-27DF 27F2-27F3 2921-2933 2938-2941 2976-297B 29CE-29D5 29DF 29E1 29E3-29E6 29F4 2A59 2A66-2A70 "
    "2A73-2AE0 2AE2-2AEB 2AEE-2AF0 2AF2-2AF3 2AF7-2AFA 2B00-2B03 2B08-2B0B 2B3F"
)
_BINARIES = (
    "2020-2021 2040 204E 223E 229C 22B9 233D 25B7 25BD 25C1 25C5 25CB 25E6 25EB-25EC 25EF 25F8-25FF 27D1 27E0-27E5 29B6-29B7 "
    "29B9 29C0-29C1 29FE-29FF 2A71-2A72 2AF4-2AF5"
)
_DOTS = "\u2026\u22ee\u22ef\u22f0\u22f1"
_ORDINARY = frozenset('%@&^_~"`?.\u2206\\\u221a\u221b\u221c')
"""Signs with an entry of which TeX makes no binary operator."""
_LETTERLIKE = frozenset("&@%^_~\"`'\u2206\u2145\u2146")
"""Signs with an entry that are names or units in a formula, not operators."""
_OPENING, _CLOSING = frozenset("\u231c\u231e\u23b0"), frozenset("\u231d\u231f\u23b1!?")
_UPRIGHT = frozenset(
    _signs("2191 2193 2195 219F 21A1 21A5 21A7 21BE-21BF 21C2-21C3 21C5 21C8 21CA 21D1 21D3 21D5 21DE-21DF 21E1 21E3 21E7 "
           "21E9-21EB 21F3 21F5 27F0-27F1 290A-290B 2912-2913")
)  # fmt: skip
"""Arrows that would grow to the height of their row."""


@cache
def _kinds() -> dict[str, Kind]:
    found: dict[str, Kind] = {}
    for sign, forms in _dictionary().items():
        if sign.isalnum() or sign in _LETTERLIKE or unicodedata.combining(sign):
            continue
        fences = {form for form, entry in forms.items() if entry.stretchy and form is not Form.INFIX}
        if fences == {Form.POSTFIX} and unicodedata.category(sign) != "Pe":
            fences = set()  # what stands over or under something
        if len(fences) == 2:
            found[sign] = Kind.ORDINARY  # bars: neither opening nor closing
        elif fences:
            found[sign] = Kind.OPENING if Form.PREFIX in fences else Kind.CLOSING
        elif sign in _ORDINARY or Form.INFIX not in forms:
            found[sign] = Kind.ORDINARY
        else:
            room = forms[Form.INFIX].before, forms[Form.INFIX].after
            fitting = {(5, 5): Kind.RELATION, (0, 3): Kind.PUNCTUATION, (0, 0): Kind.ORDINARY}
            found[sign] = fitting.get(room, Kind.BINARY)
    for ranges, kind in ((_RELATIONS, Kind.RELATION), (_BINARIES, Kind.BINARY), (_LARGE, Kind.LARGE)):
        found.update(dict.fromkeys(_signs(ranges), kind))
    for signs, kind in ((_DOTS, Kind.DOTS), (_OPENING, Kind.OPENING), (_CLOSING, Kind.CLOSING)):
        found.update(dict.fromkeys(signs, kind))
    return found


def kind_of(sign: str) -> Kind | None:
    """Return the class of a sign that is an operator; None for one that is a name, a number or a picture.

    >>> kind_of("±"), kind_of("⊂"), kind_of("∞"), kind_of("x")
    (<Kind.BINARY: 'binary'>, <Kind.RELATION: 'relation'>, None, None)
    """
    return _kinds().get(sign)


def grows(sign: str) -> bool:
    """Say whether an operator would grow to the height of its row, which in TeX it does only after `\\left` or `\\right`."""
    forms = _dictionary().get(sign, {})
    return sign in _UPRIGHT or any(entry.stretchy and form is not Form.INFIX for form, entry in forms.items())
