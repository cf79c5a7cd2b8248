"""Faults are seeded into a clean EPUB, one at a time: the table says which judge finds which, and each is found by one.

`FAULTS` of `test_package.py` are those that our own lint finds. Here stand those for the other judges, and what EPUBCheck
5.3 and Ace 1.4.6 say of all of them. A judge that learns something, or forgets it, fails a test, and the table is
brought up to date. `words` is the proof that no word is lost (`check_words`, `check_notes`), which runs with the lint.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.checks import check_editions
from pipeline.html import render
from tests.test_package import CHAPTER, CSS, FAULTS, NAV, OPF, Members, made, members, swap, zipped
from tests.validators import ace, epubcheck_many, needs_browser, needs_epubcheck

Fault = Callable[[Members], Members]

MORE: dict[str, tuple[str, Fault]] = {
    # what the words gate finds
    "paragraph deleted": ("word-lost", swap(CHAPTER, '<p id="the-crossing-8"[^>]*>.*?</p>', "")),
    "word changed": ("word-changed", swap(CHAPTER, "three weeks", "three days")),
    "word twice": ("word-added", swap(CHAPTER, "No one who watched", "No one one who watched")),
    "sign changed": ("word-changed", swap(CHAPTER, "1–88", "1-88")),
    "note deleted": ("note-lost", swap(CHAPTER, '<div id="the-crossing-fn-5".*?</div>\n', "")),
    "notes swapped": (
        "word-changed",
        lambda parts: swap(CHAPTER, "@@", "Now part of the container port")(
            swap(CHAPTER, "Now part of the container port", "The author gives no source for the ration")(
                swap(CHAPTER, "The author gives no source for the ration", "@@")(parts)
            )
        ),
    ),
    "note in the look of another voice": ("note-voice", swap(CHAPTER, "note note-editor", "note note-author")),
    "label of an editor's note deleted": ("word-lost", swap(CHAPTER, '<span class="label generated">Editor’s note</span> ', "")),
    "signature deleted": ("word-lost", swap(CHAPTER, ' <span class="signature generated">.*?</span>', "")),
    "cell emptied": ("word-lost", swap(CHAPTER, ">112<", "><")),
    "caption without its number": ("word-lost", swap(CHAPTER, '<span class="label generated">Table 1</span> ', "")),
    "text hidden": ("word-lost", swap(CHAPTER, "<blockquote ", '<blockquote hidden="hidden" ')),
    "description of a picture changed": ("alt-changed", swap(CHAPTER, ' alt="A line', ' alt="A dot')),
    "description of a picture emptied": ("alt-changed", swap(CHAPTER, ' alt="A line[^"]*"', ' alt=""')),
    "number of a chapter changed in the contents": ("word-changed", swap(NAV, ">Chapter 2<", ">Chapter 3<")),
    "way back hidden": ("word-lost", swap(CHAPTER, '<span class="returns generated">', '<span hidden="hidden" class="returns generated">')),
    "figure hidden": ("word-lost", swap(CHAPTER, "<figure ", '<figure hidden="hidden" ')),
    "note called another voice's": ("word-changed", swap(CHAPTER, ">Editor’s note<", ">Translator’s note<")),
    # claims and pointers
    "a claim nobody made": (
        "epub-claim",
        swap(
            OPF,
            "</metadata>",
            '<meta id="c" property="dcterms:conformsTo">EPUB Accessibility 1.1 - WCAG 2.2 Level AA</meta>'
            '<meta refines="#c" property="a11y:certifiedBy">Nobody</meta></metadata>',
        ),
    ),
    "a claim in other words": (
        "epub-claim",
        swap(
            OPF,
            "</metadata>",
            '<meta id="c" property="dcterms:conformsTo">WCAG AA</meta>'
            '<meta refines="#c" property="a11y:certifiedBy">Nobody</meta></metadata>',
        ),
    ),
    "descriptions claimed that nobody has read": ("epub-claim", swap(OPF, ">readingOrder<", ">alternativeText<")),
    "formulas claimed": ("epub-claim", swap(OPF, ">readingOrder<", ">MathML<")),
    "long descriptions claimed": ("epub-claim", swap(OPF, ">readingOrder<", ">longDescription<")),
    "no page source": ("epub-claim", swap(OPF, '<dc:source.*?</dc:source>|<meta refines="#page-source".*?</meta>', "", 2)),
    "no pageBreakSource": ("epub-claim", swap(OPF, '<meta property="pageBreakSource">.*?</meta>', "")),
    "section named by an id that is not there": ("epub-markup", swap(CHAPTER, 'aria-labelledby="the-crossing-h"', 'aria-labelledby="the-crossing-k"')),
    # what only the others find
    "low contrast": ("", swap(CSS, r"body \{", "strong { color: #ccc; } body {")),
    "figure with an unknown role": ("", swap(CHAPTER, "<figure ", '<figure role="picture" ')),
    "list that is no list": ("", swap(CHAPTER, "<li><p ", '<li role="heading"><p ')),
    "table head that heads nothing": ("epub-markup", swap(CHAPTER, ' scope="col"', ' scope="page"')),
    "unknown element": ("epub-style", swap(CHAPTER, "<blockquote([^>]*)>(.*?)</blockquote>", r"<quote\1>\2</quote>")),
    "attribute that XHTML has not": ("", swap(CHAPTER, "<figure ", '<figure align="left" ')),
    "doc-endnote on a note": ("epub-markup", swap(CHAPTER, 'role="doc-footnote"', 'role="doc-endnote"')),
    "spine item twice": ("word-added", swap(OPF, '(<itemref idref="unit-imprint"/>)', r"\1\1")),
    "wrong media type": ("", swap(OPF, '(href="images/cover.png"[^>]*media-type=")image/png', r"\1image/gif")),
}  # fmt: skip

ALL: dict[str, tuple[str, Fault]] = {**FAULTS, **MORE}

EPUBCHECK: dict[str, str] = {
    "mimetype with a newline": "PKG-007",
    "mimetype not first": "OPF-003 PKG-006",
    "stray file": "OPF-003",
    "font missing": "RSC-001",
    "picture missing": "RSC-001",
    "wrong ISBN check digit": "NCX-001",
    "code of a subject lost": "RSC-005",
    "no dcterms:modified": "RSC-005",
    "other identifier in the NCX": "NCX-001",
    "lang is not xml:lang": "RSC-005",
    "empty title": "RSC-005",
    "duplicate id": "RSC-005",
    "not well-formed": "RSC-016",
    "contents in another order": "NAV-011",
    "contents line leads nowhere": "RSC-012",
    "something else than a link in the contents": "RSC-005",
    "call to a missing id": "RSC-012",
    "CSS syntax error": "CSS-008",
    "font from outside": "OPF-014 RSC-006",
    "remote image": "OPF-014 OPF-097 RSC-006",
    "dead link": "RSC-012",
    "note deleted": "RSC-012",
    "section named by an id that is not there": "RSC-005",
    "figure with an unknown role": "RSC-005",
    "list that is no list": "RSC-005",
    "table head that heads nothing": "RSC-005",
    "unknown element": "RSC-005",
    "attribute that XHTML has not": "RSC-005",
    "doc-endnote on a note": "RSC-017",
    "spine item twice": "RSC-005",
    "wrong media type": "OPF-029",
    "roles in another scheme": "OPF-027",
    "fixed layout": "HTM-046",
    "one page in a layout of its own": "HTM-046",
    "NCX that leads elsewhere": "RSC-005",
    "NCX without pages": "RSC-005",
    "words from the right": "CSS-001",
    "NCX that the spine does not name": "CHK-008 OPF-050 OPF-097 RSC-005",
}

ACE: dict[str, str] = {
    "no accessMode": "metadata-accessmode",
    "no accessModeSufficient": "metadata-accessmodesufficient",
    "no accessibilityFeature": "metadata-accessibilityfeature",
    "empty title": "document-title",
    "h1 then h3": "heading-order",
    "image without alt": "image-alt",
    "inline style": "color-contrast",
    "not well-formed": "broken",
    "noteref without role": "epub-type-has-matching-role",
    "note without role": "epub-type-has-matching-role",
    "page break without role": "aria-prohibited-attr epub-type-has-matching-role",
    "contents in another order": "epub-toc-order",
    "contents line leads nowhere": "epub-toc-order",
    "page-list entry missing": "epub-pagelist-missing-pagebreak",
    "page break without a label": "pagebreak-label",
    "low contrast": "color-contrast",
    "figure with an unknown role": "aria-roles",
    "list that is no list": "aria-allowed-role aria-required-attr list",
    "table head that heads nothing": "scope-attr-valid",
    "doc-endnote on a note": "aria-deprecated-role epub-type-has-matching-role",
    "backlink on words": "aria-allowed-role",
    "order of keys": "tabindex",
    "document in a frame": "frame-title",
    "document that sends the reader away": "meta-refresh",
}


def mutant(name: str) -> bytes:
    return zipped(ALL[name][1](members(made()[2])))


def written(folder: Path, names: list[str]) -> dict[str, Path]:
    folder.mkdir(parents=True, exist_ok=True)
    paths = {name: folder / f"{number}.epub" for number, name in enumerate(names)}
    for name, path in paths.items():
        path.write_bytes(made()[2] if name == "clean" else mutant(name))
    return paths


def test_a_hundred_faults_and_more_are_seeded_and_each_is_found_by_somebody() -> None:
    assert len(ALL) >= 160
    assert not set(FAULTS) & set(MORE)
    unseen = [name for name, (code, _) in ALL.items() if not code and name not in EPUBCHECK and name not in ACE]
    assert unseen == []
    assert set(EPUBCHECK) | set(ACE) <= set(ALL)


@pytest.mark.parametrize("name", MORE)
def test_our_own_checks_find_what_the_table_says(name: str) -> None:
    book, pages, _ = made()
    found = {problem.code for problem in check_editions(book, "vigilant.epub", mutant(name), render(book), pages)}
    wanted = MORE[name][0]
    assert (wanted in found) if wanted else (found == set()), found


@pytest.mark.slow
@needs_epubcheck
def test_epubcheck_finds_what_the_table_says(tmp_path: Path) -> None:
    paths = written(tmp_path / "mutants", ["clean", *ALL])
    said = epubcheck_many(list(paths.values()), tmp_path / "home")
    found = {name: " ".join(sorted({code for _, code, _ in said[path]})) for name, path in paths.items()}
    assert {name: codes for name, codes in found.items() if codes} == EPUBCHECK


@pytest.mark.slow
@needs_browser
def test_ace_finds_what_the_table_says(tmp_path: Path) -> None:
    """Only what the table says that it finds is tried: a book takes it seconds."""
    paths = written(tmp_path / "mutants", ["clean", *ACE])
    said = ace(list(paths.values()), tmp_path / "home")
    found = {name: " ".join(sorted({rule for _, rule, _ in said[path]})) for name, path in paths.items()}
    assert {name: rules for name, rules in found.items() if rules} == ACE


def test_a_pattern_of_a_fault_that_is_not_there_is_told() -> None:
    with pytest.raises(AssertionError, match=re.escape("is not in")):
        swap(NAV, "no such words", "")(members(made()[2]))
