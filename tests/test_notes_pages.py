"""Notes at the foot of pages: none is lost, each begins where it is called, long ones run on."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from xml.etree import ElementTree as ET

import pypdfium2
import pytest

from pipeline.pagelines import LineKind
from pipeline.pdf.facts import UnitResult
from pipeline.pdf.workers import Crew
from pipeline.source import Severity
from tests.listener import Said, hear
from tests.pressroom import FONTS, STYLES, codes, job, page, set_one, words


@pytest.fixture(scope="module")
def crew(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crew]:
    with Crew(FONTS, str(tmp_path_factory.mktemp("scratch")), 1) as crew:
        yield crew


def note(key: int, body: str) -> str:
    if not body.startswith("<"):
        body = f'<p id="u-fn-{key}-1">{body}</p>'
    return f'<aside class="note" id="u-fn-{key}" data-mark="{key}" data-call="u-ref-{key}">{body}</aside>'


def long_note(key: int, count: int) -> str:
    """A note of which every word can be told from all others."""
    return note(key, " ".join(f"n{key}w{n}" for n in range(count)))


def printed(result: UnitResult) -> str:
    document = pypdfium2.PdfDocument(result.pdf)
    return " ".join(document[n].get_textpage().get_text_range() for n in range(len(document)))


def signs(text: str) -> str:
    return "".join(text.split()).replace("\u00ad", "")


def told(root: ET.Element) -> str:
    """The text of a page as a listener must hear it: each note after its call, its mark first."""
    inner = {e.get("data-call"): e for e in root.iter("aside") if "inner" in (e.get("class") or "").split()}
    out: list[str] = []

    def say(element: ET.Element) -> None:
        is_note = element.tag == "aside" and "note" in (element.get("class") or "").split()
        if is_note and element in inner.values():
            return
        if is_note:
            out.append(element.get("data-mark") or "")
            speak(element)
            return
        out.append(element.text or "")
        for child in element:
            say(child)
            out.append(child.tail or "")
        if element.tag == "a" and element.get("id") in inner:
            speak(inner[element.get("id")])

    def speak(element: ET.Element) -> None:
        out.append(element.get("data-mark") or "")
        out.append(element.text or "")
        for child in element:
            say(child)
            out.append(child.tail or "")

    body = root.find("body")
    assert body is not None
    say(body)
    return signs("".join(out))


def heard(result: UnitResult) -> Said:
    said, faults = hear(result.pdf)
    assert faults == []
    return said


def book(seed: int, notes: int, shortest: int = 5, longest: int = 120) -> str:
    """A chapter with notes in paragraphs, heads, lists, cells, captions and quotations."""
    chance = random.Random(seed)
    blocks: list[str] = []
    called = 0

    def text(count: int) -> str:
        nonlocal called
        parts = words(chance.randrange(10**6), count).split()
        for _ in range(chance.choice((0, 1, 1, 2))):
            if called < notes:
                called += 1
                body = words(chance.randrange(10**6), chance.randint(shortest, longest))
                parts[chance.randrange(len(parts))] += note(called, body)
        return " ".join(parts)

    while called < notes:
        match chance.choice(("p", "p", "p", "p", "h2", "ul", "table", "figure", "blockquote")):
            case "h2":
                blocks.append(f"<h2>{text(5)}</h2>")
            case "ul":
                blocks.append("<ul>" + "".join(f"<li><p>{text(20)}</p></li>" for _ in range(3)) + "</ul>")
            case "table":
                rows = "".join(f"<tr><td>{text(6)}</td><td>{text(9)}</td></tr>" for _ in range(5))
                blocks.append(f"<table><caption>{text(6)}</caption><tbody>{rows}</tbody></table>")
            case "figure":
                blocks.append(f"<figure><figcaption>{text(9)}</figcaption></figure>")
            case "blockquote":
                blocks.append(f"<blockquote><p>{text(80)}</p></blockquote>")
            case _:
                blocks.append(f"<p>{text(chance.randint(20, 160))}</p>")
    return "".join(f"{block}" for block in blocks)


UNBULLETED = "ul { list-style-type: none }"


@pytest.mark.parametrize("seed", [1, 2])
def test_no_note_of_a_book_is_lost_or_displaced(crew: Crew, seed: int) -> None:
    body = book(seed, 40)
    result = set_one(crew, job(body, css=UNBULLETED))
    assert result.problems == ()
    assert result.facts.counts["notes"] == 40
    assert all(place.text[0] == place.call for place in result.facts.notes.values())
    assert signs(heard(result).text) == told(ET.fromstring(page(body)))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 125))
def test_no_note_of_many_books_is_lost(crew: Crew, seed: int) -> None:
    """Book 106 has a row of a table whose four notes are higher than a page has room: one must wait, and is told."""
    body = book(seed, 70)
    result = set_one(crew, job(body, css=UNBULLETED + ".note { margin-bottom: 3pt }" * (seed % 2)))
    assert codes(result) == ["note-displaced"] * (seed == 106)
    displaced = [id for id, place in result.facts.notes.items() if place.text[0] != place.call]
    assert len(displaced) == (seed == 106)
    assert signs(heard(result).text) == told(ET.fromstring(page(body)))


def test_a_paragraph_gives_a_line_so_that_a_note_begins_on_the_page_of_its_call(crew: Crew) -> None:
    """In a paragraph of the page before the call; set line after line, the call must move with its lines."""
    css = UNBULLETED + ".note { break-inside: avoid; footnote-policy: auto }"
    fine = set_one(crew, replace(job(book(221, 14), css=css), composition="fine"))
    assert "note-displaced" not in codes(fine)
    assert any("line" in repair.remedy for repair in fine.facts.repairs)
    draft = set_one(crew, job(book(221, 14), css=css))
    assert not any("line" in repair.remedy for repair in draft.facts.repairs)


def test_notes_longer_than_pages_are_printed_whole(crew: Crew) -> None:
    """WeasyPrint alone prints 1,423 of these 2,400 words, without a message."""
    paragraphs = [words(n, 100) for n in range(22)]
    alone = set_one(crew, job("".join(f"<p>{text}</p>" for text in paragraphs)))
    for key, place, count in ((1, 3, 1500), (2, 8, 450), (3, 12, 450)):
        paragraphs[place] += long_note(key, count)
    result = set_one(crew, job("".join(f"<p>{text}</p>" for text in paragraphs)))
    text = printed(result)
    for key, count in ((1, 1500), (2, 450), (3, 450)):
        found = re.findall(rf"n{key}w\d+", text)
        assert found == [f"n{key}w{n}" for n in range(count)]
    spread = {page for place in result.facts.notes.values() for page in place.text}
    room = sum(len(place.text) for place in result.facts.notes.values())
    assert len(spread) > 6
    assert result.facts.pages <= alone.facts.pages + room
    assert all(place.text == tuple(range(place.text[0], place.text[-1] + 1)) for place in result.facts.notes.values())
    assert len(heard(result).all("Note")) == 3


def test_the_lines_of_a_broken_note_are_those_of_the_whole_note(crew: Crew) -> None:
    """A piece that ends in the middle of a paragraph fills its last line like the others."""
    body = f"<p>{words(1, 240)}</p><p>{words(2, 30)}{note(1, words(3, 400))} {words(4, 60)}</p>"
    result = set_one(crew, job(body))
    document = pypdfium2.PdfDocument(result.pdf)
    ends: list[float] = []
    for number in result.facts.notes["u-fn-1"].text:
        text = document[number].get_textpage()
        rights: dict[int, list[float]] = {}
        for rect in range(text.count_rects()):
            left, bottom, right, _ = text.get_rect(rect)
            rights.setdefault(round(bottom / 11), []).extend((left, right))
        # The text of the page has margins at both sides, its notes have none; a hyphen is a rectangle of its own.
        ends.extend(max(line) for line in rights.values() if min(line) < 52)
    assert len(result.facts.notes["u-fn-1"].text) > 1
    assert len(ends) > 30
    assert [end for end in ends[:-1] if end < max(ends) - 4] == []


def test_a_note_with_lists_quotations_verse_and_code_runs_over_pages(crew: Crew) -> None:
    items = "".join(f"<li><p>{words(n, 40)}</p></li>" for n in range(4))
    code = "for x in y:\n" + "".join(f"{' ' * (n % 5)}step{n}\n" for n in range(16))
    body = (
        f'<p id="u-fn-1-1">{words(20, 90)}</p><ol start="3">{items}</ol>'
        f"<blockquote><p>{words(21, 70)}</p><p><em>{words(22, 40)}</em></p></blockquote>"
        "<div class='verse'><div class='stanza'><p class='line'>Of man’s first disobedience</p>"
        f"<p class='line'>and the fruit</p></div></div><pre><code>{code}</code></pre><p>The tail.</p>"
    )
    unit = job(f"<p>{words(1, 330)}{note(1, body)} {words(2, 200)}</p>")
    result = set_one(crew, unit)
    said = heard(result)
    assert result.problems == ()
    assert len(result.facts.notes["u-fn-1"].text) > 1
    (whole,) = said.all("Note")
    assert [label.text.strip() for label in whole.all("Lbl")] == ["1", "3.", "4.", "5.", "6."]
    assert len(whole.all("L")) == 1
    assert [len(quotation.all("P")) for quotation in whole.all("BlockQuote")] == [2]
    numbers = "".join(label.text for label in whole.all("L")[0].all("Lbl"))
    assert signs(whole.text).replace(signs(numbers), "") or numbers
    for mark in ("3.", "4.", "5.", "6."):
        assert printed(result).count(mark) == 1
    assert "    step4" in whole.text, "the indentation of code is kept at every cut"


def test_a_short_table_in_a_note_is_kept_together(crew: Crew) -> None:
    rows = "".join(f"<tr><td>r{n}</td><td>{words(n, 4)}</td></tr>" for n in range(8))
    body = f"<p>{words(1, 120)}</p><table><tbody>{rows}</tbody></table><p>{words(2, 70)}</p>"
    result = set_one(crew, job(f"<p>{words(3, 300)}{note(1, body)} {words(4, 100)}</p>"))
    assert result.problems == ()
    assert len(heard(result).all("Table")) == 1


def test_a_table_taller_than_the_room_for_notes_is_an_error(crew: Crew) -> None:
    rows = "".join(f"<tr><td>r{n}</td></tr>" for n in range(70))
    result = set_one(crew, job(f"<p>x{note(1, f'<table><tbody>{rows}</tbody></table>')}</p>"))
    assert codes(result) == ["note-too-tall"]
    assert "`u-fn-1`" in result.problems[0].message


PLACES = {
    "head": "<h2>{}</h2>",
    "list": "<ul><li><p>{}</p></li></ul>",
    "cell": "<table><tbody><tr><td>{}</td><td>x</td></tr></tbody></table>",
    "table head": "<table><thead><tr><th>{}</th></tr></thead><tbody><tr><td>x</td></tr></tbody></table>",
    "caption": "<table><caption>{}</caption><tbody><tr><td>x</td></tr></tbody></table>",
    "figure": "<figure><figcaption>{}</figcaption></figure>",
    "quotation": "<blockquote><p>{}</p></blockquote>",
    "verse": "<div class='verse'><div class='stanza'><p class='line'>{}</p></div></div>",
    "definition": "<dl><dt>T</dt><dd><p>{}</p></dd></dl>",
    "code": "<pre>{}</pre>",
    "emphasis": "<p><em>{}</em></p>",
    "float": "<div style='float: right; width: 50%'><p>{}</p></div>",
}


def test_a_note_may_be_called_anywhere(crew: Crew) -> None:
    parts = []
    for number, form in enumerate(PLACES.values(), start=1):
        parts.append(f"<p>{words(number, 60)}</p>")
        parts.append(form.format(f"here{note(number, f'note{number} speaks')}"))
    result = set_one(crew, job("".join(parts), css=UNBULLETED))
    assert result.problems == ()
    assert [place.text for place in result.facts.notes.values()] == [
        (place.call,) for place in result.facts.notes.values()
    ]
    text = printed(result)
    assert [text.count(f"note{number} speaks") for number in range(1, len(PLACES) + 1)] == [1] * len(PLACES)


def test_a_note_where_none_can_be_set_is_named(crew: Crew) -> None:
    result = set_one(crew, job(f"<div style='position: absolute'><p>x{note(1, 'Words.')}</p></div>"))
    assert codes(result) == ["note-lost"]
    assert "`u-fn-1`" in result.problems[0].message


def test_many_notes_in_one_sentence(crew: Crew) -> None:
    sentence = " ".join(f"word{n}{note(n, words(n, 15))}" for n in range(1, 21))
    result = set_one(crew, job(f"<p>{words(50, 300)}</p><p>{sentence}</p><p>{words(51, 80)}</p>"))
    assert result.problems == ()
    assert [place.call for place in result.facts.notes.values()] == [
        place.text[0] for place in result.facts.notes.values()
    ]


def test_a_note_held_back_by_a_long_one_is_told(crew: Crew) -> None:
    body = f"<p>{words(1, 250)} one{long_note(1, 500)} two{note(2, 'Short.')} {words(2, 100)}</p>"
    result = set_one(crew, job(body))
    assert [(p.code, p.severity) for p in result.problems] == [("note-displaced", Severity.WARNING)]
    assert "after the long note `u-fn-1`" in result.problems[0].message
    places = result.facts.notes
    assert places["u-fn-2"].text[0] == places["u-fn-1"].text[-1] > places["u-fn-2"].call


def test_pages_beside_a_long_note_stay_full_where_other_notes_must_wait_for_it(crew: Crew) -> None:
    """A line whose note has to wait in any case does not leave its page."""
    others = f"two{note(2, words(2, 450))} {words(5, 200)} three{note(3, words(3, 450))}"
    body = f"<p>{words(1, 250)} one{long_note(1, 2000)} {words(4, 120)} {others} {words(2, 900)}</p>"
    result = set_one(crew, job(body))
    assert codes(result) == ["note-displaced"] * 2
    last = result.facts.notes["u-fn-1"].text[-1]
    assert last > 4
    lines = [
        sum(line.page == page and not line.kind & (LineKind.HEAD | LineKind.NOTE) for line in result.facts.lines)
        for page in range(last)
    ]
    assert max(lines[1:]) - min(lines[1:]) <= 1, "no page ends early"


def test_a_small_table_with_a_long_note_begins_on_the_page_that_has_room_for_it(crew: Crew) -> None:
    """The note goes on overleaf; the table is whole."""
    rows = f"<tr><td>x{long_note(1, 900)}</td><td>y</td></tr><tr><td>z</td><td>w</td></tr>"
    table = f'<table id="t"><thead><tr><th>A</th><th>B</th></tr></thead><tbody>{rows}</tbody></table>'
    body = f"<p>{words(1, 100)}</p>{table}<p>{words(2, 900)}</p>"
    result = set_one(crew, job(body, css="table, tr { break-inside: avoid } td, th { padding: 2pt }"))
    assert result.problems == ()
    assert {line.page for line in result.facts.lines if line.block == "t"} == {0}
    assert result.facts.notes["u-fn-1"].text == (0, 1, 2, 3)
    assert signs(heard(result).text) == told(ET.fromstring(page(body))), "and is read after its call"


def test_no_head_stands_alone_because_its_first_paragraph_has_long_notes(crew: Crew) -> None:
    calls = " ".join(f"w{n}{note(n, words(n, 120))}" for n in range(1, 6))
    body = f'<header class="opener"><h1 id="h">Alone</h1></header><p id="p">One two. {calls}</p><p>{words(9, 400)}</p>'
    result = set_one(crew, job(body, css="h1 { margin: 0 0 200pt }"))
    assert set(codes(result)) == {"note-displaced"}
    first = [
        line.block for line in result.facts.lines if line.page == 0 and not line.kind & (LineKind.HEAD | LineKind.NOTE)
    ]
    assert "p" in first
    places = result.facts.notes
    assert places["u-fn-1"].text[0] == places["u-fn-1"].call == 0
    assert all(place.text[0] - place.call <= 1 for place in places.values())


FIRST = {
    "table": "<table><thead><tr><th>A</th><th>B</th></tr></thead><tbody><tr><td>x{a} y{b}</td><td>z</td></tr></tbody></table>",
    "list": "<ul><li>One {a} of the words of an item, so many of them that they take a line and a second, and then {b}</li></ul>",
    "quotation": "<blockquote><p>One {a} two {b}</p></blockquote>",
    "paragraph": "<p>One {a} two.</p>",
    "nested": "<p>One {nested} two.</p>",
}


@pytest.mark.parametrize("first", FIRST)
def test_no_head_stands_alone_whatever_comes_first_and_calls_long_notes(crew: Crew, first: str) -> None:
    """Notes leave an opening room for some lines, as the style sheet of the house says; what does not fit goes on overleaf."""
    inner = nested(words(1, 380) + " here{} and on.", words(2, 120))
    block = FIRST[first].format(a=note(1, words(3, 430)), b=note(2, words(4, 120)), nested=inner)
    body = f'<header class="opener"><h1 id="h">Alone</h1></header>{block}<p>{words(9, 400)}</p>'
    css = "h1 { margin: 0 0 110pt } @page { @footnote { max-height: 70% } } " + OPENING
    result = set_one(crew, job(body, css=css))
    assert set(codes(result)) <= {"note-displaced"}
    text = [line for line in result.facts.lines if not line.kind & (LineKind.HEAD | LineKind.NOTE)]
    assert text[0].page == 0


OPENING = re.search(r"@page :first \{.*?\}\s*\}", (STYLES / "book.css").read_text("utf-8"), re.S)[0]  # type: ignore[index]


def nested(outer: str, inner: str) -> str:
    call = '<a class="call" id="u-ref-2" href="#u-fn-2">2</a>'
    first = note(1, outer.format(call))
    second = note(2, inner).replace('class="note"', 'class="note inner"')
    return first + second


@pytest.mark.parametrize("count", [5, 120])
def test_a_note_called_in_a_note_is_read_there_and_printed_after_it(crew: Crew, count: int) -> None:
    body = f"<p>Text{nested(words(1, count) + ' here{} and on.', 'The inner note.')} goes on.</p>"
    result = set_one(crew, job(body))
    said = heard(result)
    assert result.problems == ()
    assert signs(said.text) == told(ET.fromstring(page(body)))
    outer, inner = said.all("Note")
    assert inner in list(outer.walk())
    raw = printed(result)
    assert raw.index("and on") < raw.index("The inner note")


def test_line_feeds_of_the_manuscript_do_not_break_the_lines_of_notes(crew: Crew) -> None:
    """WeasyPrint alone keeps them, and two spaces as well."""
    text = words(3, 60)
    plain = set_one(crew, job(f"<p>x{note(1, text)}</p>"))
    broken = set_one(crew, job(f"<p>x{note(1, text.replace(' the ', chr(10) + 'the  '))}</p>"))
    assert broken.facts.counts["lines"] == plain.facts.counts["lines"]
    assert printed(broken).split() == printed(plain).split()


def test_marks_are_those_of_the_edition(crew: Crew) -> None:
    body = note(1, "By the editor.").replace('data-mark="1"', 'data-mark="*"')
    result = set_one(crew, job(f"<p>Text{body} on.</p>"))
    assert [label.text for label in heard(result).all("Lbl")] == ["*"]
    assert printed(result).count("*") == 2


def test_notes_with_margins_stand_inside_their_area(crew: Crew) -> None:
    style = ".note { margin: 2pt 0 5pt; padding-bottom: 1pt } .note p + p { margin-top: 4pt } @page { @footnote { margin-top: 9pt } }"
    parts = [f"<p>{words(n, 45)}{note(n, f'<p>{words(n, 12)}</p><p>{words(n, 9)}</p>')}</p>" for n in range(1, 30)]
    result = set_one(crew, job("".join(parts), css=style))
    assert result.problems == ()
    assert all(place.text == (place.call,) for place in result.facts.notes.values())


def kinds(results: Sequence[UnitResult]) -> list[str]:
    return [problem.code for result in results for problem in result.problems]


def test_a_paragraph_of_many_pages_keeps_its_notes(crew: Crew) -> None:
    text = " ".join(f"{words(n, 30)}{note(n, words(n, 25))}" for n in range(1, 60))
    result = set_one(crew, job(f"<p>{text}</p>"))
    assert kinds([result]) == []
    assert all(place.text[0] == place.call for place in result.facts.notes.values())
