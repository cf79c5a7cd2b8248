"""Where Stet has no words in the language of a book, its English ones say in the EPUB that they are English."""

from __future__ import annotations

import pytest
from lxml import etree

from pipeline.checks.package import check_package
from tests.test_older_print import made
from tests.test_package import members, swap, zipped

XHTML = "{http://www.w3.org/1999/xhtml}"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
ORDER = 'chapters = ["chapters/one.md"]\nnumbered = true\n'
VOICE = '\n[notes.voices.translator]\nlabel = "Nota do editor"\n'
TEXT = """\
# {title} {{#head}}

![{title}](images/map.svg){{#fig-map alt="{title}"}}

[](#fig-map) [Figure](#fig-map) {title}[^a] {title}[^b]

[^a](editor): {title}

[^b](translator): {title}
"""


def english(tree: etree._Element) -> list[str]:
    return [
        " ".join((e.get("aria-label") or e.get("title") or "".join(e.itertext())).split())
        for e in tree.iter(f"{XHTML}*")
        if e.get("lang") == "en"
    ]


@pytest.mark.parametrize(
    ("language", "title"), [("hy", "Գլուխ"), ("he", "פרק"), ("sr-Latn", "Glava"), ("pt", "Capítulo")]
)
def test_english_words_of_ours_say_that_they_are_english(language: str, title: str) -> None:
    book = made(TEXT.format(title=title), epub="", language=language, order=ORDER, more=VOICE)
    assert [problem.code for problem in book.problems if problem.code not in ("language-words", "alt-missing")] == []
    page = book.tree("text/one.xhtml")
    back = "Back to the text (note {})"
    label = "Editor’s note"
    assert english(page) == ["Chapter 1", "Figure 1", "Figure 1", "Notes", back.format(1), label, back.format(2)]
    assert english(book.tree("nav.xhtml"))[:3] == ["Contents", "Contents", "Chapter 1"]
    assert "Landmarks" in english(book.tree("nav.xhtml"))
    for element in page.iter(f"{XHTML}*"):
        assert element.get("lang") == element.get(XML_LANG)
        if element.get("lang") == "en":
            assert element.get("dir") == ("ltr" if language == "he" else None)
        if element.tag in (f"{XHTML}p", f"{XHTML}h1", f"{XHTML}h2") and language == "he":
            assert element.get("dir") is None  # the block stays on the side of its language
    titles = book.tree("nav.xhtml").findall(f".//{XHTML}li")
    assert not any(item.get("lang") for item in titles)


@pytest.mark.parametrize("language", ["en-GB", "de", "ru"])
def test_words_in_the_language_of_the_book_say_nothing(language: str) -> None:
    book = made(TEXT.format(title="One"), epub="", language=language)
    assert english(book.tree("text/one.xhtml")) == english(book.tree("nav.xhtml")) == []


@pytest.mark.parametrize(
    ("name", "words"),
    [("EPUB/text/one.xhtml", "Editor’s note"), ("EPUB/text/one.xhtml", "Figure 1"), ("EPUB/nav.xhtml", "Contents")],
)
def test_english_words_that_do_not_say_so_are_found(name: str, words: str) -> None:
    book = made(TEXT.format(title="Գլուխ"), epub="", language="hy")
    said = check_package(zipped(members(book.data)), book.edition)
    assert [problem.code for problem in said if problem.code == "epub-language"] == []
    mute = swap(name, f' lang="en" xml:lang="en">{words}<', f">{words}<")(members(book.data))
    found = [p for p in check_package(zipped(mute), book.edition) if p.code == "epub-language"]
    assert len(found) == 1
    assert f"`{words}` is English in a book in `hy`" in found[0].message
