"""Composed pages: the words as they were, lines that meet the edges, marks that hang, and what is left to WeasyPrint."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pikepdf
import pypdfium2
import pypdfium2.raw as raw
import pytest

from pipeline.html import Resource
from pipeline.pagelines import LineKind
from pipeline.pdf.facts import Job, UnitResult
from pipeline.pdf.workers import Crew
from tests.pressroom import FONTS, WORDS, codes, job, picture, set_one, words

MEASURE = (17 * 72 / 25.4 + 6, (148 - 17) * 72 / 25.4 - 6)
"""Left and right edge of the text in points."""


@pytest.fixture(scope="module")
def crew(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crew]:
    with Crew(FONTS, str(tmp_path_factory.mktemp("scratch")), 1) as crew:
        yield crew


def fine(body: str, css: str = "") -> Job:
    return replace(job(body, css=css), composition="fine")


def painted(result: UnitResult) -> list[list[tuple[str, float, float]]]:
    """The signs of each line of a PDF, from top to bottom, as they were painted: (sign, left, right)."""
    found: list[list[tuple[str, float, float]]] = []
    for page in pypdfium2.PdfDocument(faced(result)):
        text = page.get_textpage()
        rows: dict[float, list[tuple[str, float, float]]] = {}
        for index in range(text.count_chars()):
            sign = chr(raw.FPDFText_GetUnicode(text, index))
            sign = "-" if sign in "\x02\xad" else sign  # PDFium's sign for a hyphen that divides a word
            if sign.strip():
                left, bottom, right, top = text.get_charbox(index, loose=True)
                rows.setdefault(round((bottom + top) / 2), []).append((sign, left, right))
        found.extend(sorted(rows[y], key=lambda each: each[1]) for y in sorted(rows, reverse=True))
    return found


def faced(result: UnitResult) -> bytes:
    """The file of a unit with its faces, which are embedded when it is bound: whole here, as the foundry made them."""
    target = BytesIO()
    with pikepdf.open(BytesIO(result.pdf)) as pdf:
        for item in pdf.objects:
            if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/Font" and "/DescendantFonts" in item:
                cut = str(item.BaseFont).rpartition("+")[2].removeprefix("/")
                file = {"Bold": "Bold", "Italic": "It"}.get(cut.rpartition("-")[2], "Regular")
                name = next(font for font in FONTS if font.name == f"fonts/SourceSerif4-{file}.ttf")
                item.DescendantFonts[0].FontDescriptor.FontFile2 = pdf.make_stream(name.data)
        pdf.save(target)
    return target.getvalue()


SMALL = "and of the to in it was on with as he for had they".split()


def prose(seed: int, count: int, long: float = 0.45) -> str:
    """Words long and short, as sentences have them."""
    chance = random.Random(seed)
    return " ".join(chance.choice(WORDS if chance.random() < long else SMALL) for _ in range(count))


def mixed(seed: int, count: int) -> str:
    """A paragraph with inline mark-up of every kind, notes and odd signs."""
    chance = random.Random(seed)
    out = []
    for number in range(count):
        word = chance.choice(WORDS)
        match chance.randrange(24):
            case 0:
                out.append(f"<em>{word} {chance.choice(WORDS)}</em>,")
            case 1:
                out.append(f'<a href="https://example.org/{number}">{word} {chance.choice(WORDS)}</a>')
            case 2:
                note = f'<aside class="note" id="n{seed}-{number}" data-mark="{number}" data-call="c{seed}-{number}"><p>{words(number, 9)}</p></aside>'
                out.append(f"{word}.{note}")
            case 3:
                out.append(f"“{word}”—{word}")
            case 4:
                out.append(f"self-{word}")
            case 5:
                out.append(f'<span id="s{seed}-{number}"></span>{word}<em><strong>{word}</strong></em>{word}')
            case 6:
                out.append(f"E.\u00a0{word.title()};")
            case 7:
                out.append(f"{word}<br/>{word}" if chance.random() < 0.2 else f"1990–{number}")
            case 8:
                out.append(f"con\u00adsid\u00ader\u00ada\u00adtion <em> </em>{word}")
            case _:
                out.append(word)
    return " ".join(out)


@pytest.mark.parametrize("seed", range(6))
def test_no_word_is_lost_or_doubled(crew: Crew, seed: int) -> None:
    body = "".join(f'<p id="p{number}">{mixed(100 * seed + number, 90)}</p>' for number in range(8))
    result = set_one(crew, fine(body))
    assert [code for code in codes(result) if code != "note-displaced"] == []  # the layout compares every sign
    assert result.facts.greedy == ()


def test_lines_meet_the_edges_as_they_are_painted(crew: Crew) -> None:
    unit = fine(f'<p id="p">{mixed(7, 300).replace("<br/>", " ")}</p>', css=".note { display: none }")
    found = painted(
        set_one(crew, replace(unit, tags=False))
    )  # in a tagged file PDFium shows no hyphens that were put in
    assert len(found) > 20
    for line in found[:-1]:
        sign, _, right = line[-1]
        hang = {".": 0.7, ",": 0.7, "-": 0.6, "”": 0.5, ";": 0.4, "—": 0.3, "–": 0.3}.get(sign, 0) * (
            right - line[-1][1]
        )
        slack = 0.9 if sign == "f" else 0.35  # an f is wider than its room
        assert right == pytest.approx(MEASURE[1] + hang, abs=slack), "".join(each[0] for each in line)
    assert found[-1][-1][2] <= MEASURE[1] + 0.6


def test_letters_stand_a_little_nearer_or_wider_before_spaces_change(crew: Crew) -> None:
    result = set_one(crew, fine(f'<p id="p">{prose(4, 600)}</p>'))
    assert result.problems == ()
    with pikepdf.open(BytesIO(result.pdf)) as pdf:
        fits = [
            float(each.operands[0])
            for page in pdf.pages
            for each in pikepdf.parse_content_stream(page)
            if str(each.operator) == "Tc"
        ]
    size = 10 / 0.75
    assert min(fits) < -0.001 * size
    assert max(fits) > 0.001 * size
    assert all(abs(fit) < 0.0085 * size for fit in fits), "a hundredth of the width of letters"
    natural = [line for line in result.facts.lines if abs(line.space) < 0.0005]
    assert len(natural) > 0.15 * len(result.facts.lines), "lines whose spaces stay as the face has them"


def test_spaces_are_more_even_and_fewer_words_divided(crew: Crew) -> None:
    body = "".join(f'<p id="p{number}">{prose(number, 160)}</p>' for number in range(10))
    fits = {}
    for composition in ("draft", "fine"):
        result = set_one(crew, replace(job(body), composition=composition))
        assert result.problems == ()
        lines = [line for line in result.facts.lines if not line.kind & LineKind.LAST]
        fits[composition] = (
            sum(abs(line.space) for line in lines) / len(lines),
            sum(line.space > 0.22 for line in lines),
            sum(bool(line.kind & LineKind.DIVIDED) for line in lines),
        )
    assert fits["fine"][0] < 0.75 * fits["draft"][0]
    assert fits["fine"][1] < 0.5 * fits["draft"][1]
    assert fits["fine"][2] <= fits["draft"][2]


def test_a_quotation_mark_hangs_at_the_left_edge(crew: Crew) -> None:
    body = f'<p id="p">{" ".join(f"“{word}" for word in words(3, 60).split())}</p>'
    found = painted(set_one(crew, fine(body)))
    quoted = [line for line in found[1:] if line[0][0] == "“"]
    assert len(quoted) > 3
    assert all(line[0][1] < MEASURE[0] - 1 for line in quoted)
    assert all(line[0][1] > MEASURE[0] - 0.2 for line in found if line not in quoted)


def test_what_is_not_known_is_broken_by_weasyprint_and_named(crew: Crew) -> None:
    body = (
        f'<p id="plain">{words(1, 40)}</p>'
        f'<p id="hebrew">{words(4, 20)} שלום {words(5, 20)}</p>'
        f'<p id="box">{words(6, 20)} <span style="display: inline-block">X</span> {words(7, 20)}</p>'
        f'<p id="kept" style="white-space: pre-wrap">{words(8, 40)}</p>'
        f'<p id="ragged" style="text-align: left">{words(9, 40)}</p>'
        f'<p id="float">{words(2, 20)}<span style="float: right; height: 60mm">X</span>{words(3, 20)}</p>'
        f'<p id="beside">{words(3, 20)}</p>'
    )
    result = set_one(crew, fine(body))
    assert [code for code in codes(result) if code != "missing-glyph"] == []
    assert result.facts.greedy == (
        ("hebrew", "words run from right to left"),
        ("box", "a box stands in it"),
        ("float", "something floats in it"),
        ("beside", "it runs beside something that floats"),
    )


def test_lines_beside_a_float_are_left_alone(crew: Crew) -> None:
    body = f'<div style="float: left; width: 30mm; height: 40mm">X</div><p id="p">{words(1, 150)}</p>'
    assert set_one(crew, fine(body)).problems == ()


CAPITAL = ".drop { float: left; width: 12mm; height: 39pt; font: 30pt/39pt serif } p { text-indent: 0 }"


@pytest.mark.parametrize("count", [60, 12])
def test_lines_beside_a_capital_are_composed_and_those_after_it_have_the_whole_measure(crew: Crew, count: int) -> None:
    """A paragraph of one line leaves the rest of the room beside the letter to the next."""
    body = f'<p id="p"><span class="drop">T</span>{prose(1, count)}</p><p id="q">{prose(2, 90)}</p><p id="r">{prose(3, 60)}</p>'
    result = set_one(crew, fine(body, css=CAPITAL))
    assert codes(result) == []
    assert result.facts.greedy == ()
    lines = [line for line in result.facts.lines if line.opens != "T"]
    inner = [line for line in lines if not line.kind & LineKind.LAST]
    assert all(abs(line.right - line.edge) < 3.5 for line in inner), "they meet the right edge"
    assert all(abs(line.space) < 0.35 for line in inner), [line.space for line in inner]
    rows = [row for row in painted(result) if len(row) > 1]
    beside = MEASURE[0] + 12 * 72 / 25.4
    lefts = [next(left for sign, left, _ in row if not (sign == "T" and left < beside - 20)) for row in rows]
    assert [round(left - beside) for left in lefts[:3]] == [0, 0, 0]
    assert {round(left - MEASURE[0]) for left in lefts[3:]} == {0}


def test_a_word_longer_than_the_line_is_left_to_weasyprint(crew: Crew) -> None:
    result = set_one(crew, fine(f'<p id="p">{words(1, 30)} {"x" * 90} {words(2, 30)}</p>'))
    assert result.facts.greedy == (("p", "no even lines are possible"),)


def test_no_line_begins_with_a_space(crew: Crew) -> None:
    body = f'<h1 id="h">What each kind<br/> of source can show</h1><p id="p">{words(1, 30)}<br/> {words(2, 30)}</p>'
    result = set_one(crew, fine(body, css="p { text-indent: 0 } h1 { text-align: left }"))
    assert result.problems == ()
    found = painted(result)
    assert len(found) > 6
    assert {round(line[0][1]) for line in found if len(line) > 1} == {round(MEASURE[0])}


def test_ragged_lines_are_chosen_together(crew: Crew) -> None:
    body = "".join(f'<p id="p{number}">{prose(number, 90)} so it was</p>' for number in range(20))
    css = "p { text-align: left; text-indent: 0 } html { hyphens: manual }"
    rags, runts = {}, {}
    for composition in ("draft", "fine"):
        result = set_one(crew, replace(job(body, css=css), composition=composition))
        assert result.problems == ()
        assert result.facts.greedy == ()
        lines = result.facts.lines
        inner = [line for line in lines if not line.kind & LineKind.LAST]
        assert all(line.space == 0 for line in lines), "ragged lines keep their spaces"
        assert all(line.right <= line.edge + 0.1 for line in lines)
        rags[composition] = max(line.edge - line.right for line in inner)
        runts[composition] = sum(line.length < 12 for line in lines if line.kind & LineKind.LAST)
    assert rags["fine"] < rags["draft"]
    assert runts["fine"] <= runts["draft"]


def test_no_word_is_divided_in_few_ragged_characters(crew: Crew) -> None:
    divided = {}
    for measure in (150, 320):
        css = f"p {{ text-align: left; text-indent: 0; width: {measure}pt; }} body {{ width: 400pt }}"
        result = set_one(crew, fine("".join(f'<p id="p{n}">{words(n, 200)}</p>' for n in range(4)), css=css))
        assert result.problems == ()
        divided[measure] = sum(bool(line.kind & LineKind.DIVIDED) for line in result.facts.lines)
    assert divided[150] == 0, "45 characters and fewer"
    assert divided[320] > 0


def test_never_three_lines_running_end_in_a_hyphen_whosever_it_is(crew: Crew) -> None:
    chance = random.Random(1)
    text = " ".join(f"{chance.choice(WORDS)}-{chance.choice(WORDS)}" for _ in range(400))
    lines = set_one(crew, fine(f'<p id="p">{text}</p>')).facts.lines
    running = longest = 0
    for line in lines:
        running = running + 1 if line.closes[-1:] == "-" else 0
        longest = max(longest, running)
    assert len(lines) > 60
    assert longest == 2


def test_a_box_before_the_words_stands_where_it_stood(crew: Crew) -> None:
    css = (
        "p { text-align: left; text-indent: 0 } .number { display: inline-block; width: 60pt } i { position: absolute }"
    )
    body = "".join(
        f'<p id="p{n}"><a href="#x"><span class="number">Chapter {n}</span>{space}<span>{words(n, 30)}</span></a></p>'
        for n, space in enumerate(("", " ", "\n"))
    )
    body += f'<p id="n"><i>7</i>{words(4, 30)}</p><p id="m"> <b id="x"></b> {words(4, 30)}</p>'
    lefts = {}
    for composition in ("draft", "fine"):
        result = set_one(crew, replace(job(body, css=css), composition=composition))
        assert result.problems == ()
        found = painted(result)
        lefts[composition] = [[round(each[1], 1) for each in line[:12]] for line in found if line[0][0] == "C"]
        lefts[composition].append([round(each[1], 1) for line in found for each in line if each[0] == "7"])
    assert lefts["fine"] == lefts["draft"]
    assert len(lefts["fine"]) == 4


def test_draft_composes_nothing(crew: Crew) -> None:
    body = f'<p id="p">{words(2, 200)}</p>'
    assert set_one(crew, job(body)).pdf != set_one(crew, fine(body)).pdf


def test_the_same_job_gives_the_same_bytes_whatever_was_set_before(crew: Crew, tmp_path: Path) -> None:
    unit = fine(f'<p id="p">{mixed(3, 200)}</p><p id="q">{mixed(4, 200)}</p>')
    set_one(crew, fine(f'<p id="p">{mixed(5, 200)}</p>'))
    first = set_one(crew, unit)
    with Crew(FONTS, str(tmp_path), 1) as other:
        assert set_one(other, unit) == first


def test_a_paragraph_goes_on_over_pages(crew: Crew) -> None:
    result = set_one(crew, fine(f'<p id="p">{words(1, 1500)}</p>'))
    assert result.problems == ()
    assert result.facts.pages > 2
    assert [start.block for start in result.facts.page_starts] == ["p"] * result.facts.pages


def test_formulas_are_composed_with_the_words_around_them(crew: Crew) -> None:
    """The width of a drawing is known; a line may end beside it, but not between it and what clings to it."""
    parts = [f"{prose(number, 3)} ({FORMULA}), {prose(number + 90, 2)} {FORMULA}-th" for number in range(14)]
    result = set_one(crew, fine(f'<p id="p">{" ".join(parts)}.</p>'))
    assert codes(result) == []
    assert result.facts.greedy == ()
    lines = result.facts.lines
    assert len(lines) > 8
    for line in lines[:-1]:
        assert abs(line.right - line.edge) < 3.5, line  # what hangs stands out
    for row in painted(result):  # the drawing itself is no sign: it stands in the room beside those that cling to it
        (first, left, _), (last, _, right) = row[0], row[-1]
        assert first not in "),-" or left > MEASURE[0] + 20
        assert last != "(" or right < MEASURE[1] - 20


def test_pictures_in_a_line_are_composed_with_the_words_around_them(crew: Crew) -> None:
    files = (Resource("images/a.png", "image/png", picture()),)
    drawn = '<img src="images/a.png" alt="" style="width: 3mm; height: 3mm"/>'
    text = " ".join(f"{prose(number, 7)} {drawn}" for number in range(20))
    result = set_one(
        crew, replace(job(f'<p id="p">{text}</p><p id="q">{drawn} {text}</p>', resources=files), composition="fine")
    )
    assert codes(result) == []
    assert result.facts.greedy == ()
    assert len(result.facts.lines) > 20
    assert all(abs(line.right - line.edge) < 3.5 for line in result.facts.lines if not line.kind & LineKind.LAST)


@pytest.mark.parametrize("style", ["", "text-align: left"])
@pytest.mark.parametrize("composition", ["fine", "draft"])
def test_a_paragraph_may_end_in_a_line_that_is_a_formula(crew: Crew, composition: str, style: str) -> None:
    body = f'<p id="p" style="{style}">{prose(1, 30)}<br/>{FORMULA}</p><p id="q">{prose(2, 40)} {FORMULA}</p>'
    result = set_one(crew, replace(job(body), composition=composition))
    assert codes(result) == []
    assert [line.block for line in result.facts.lines].count("p") > 3


FORMULA = (
    '<svg xmlns="http://www.w3.org/2000/svg" class="formula" alt="x" data-tex="x" viewBox="0 -700 3000 1000" '
    'style="width:3em;height:1em;vertical-align:-0.3em"><path d="M0 0H3000V-700H0Z"/></svg>'
)

LABELLED = """section.f p { text-indent: 0; text-align: left; padding-left: 3em }
.label { display: inline-block; min-width: 2.5em; margin-left: -3em; margin-right: 0.26em } #after { text-indent: 0 }"""


@pytest.mark.parametrize("seed", range(8))
def test_lines_that_begin_with_a_box_and_a_space_are_composed_and_as_high_as_their_flex_box(
    crew: Crew, seed: int
) -> None:
    """The label of an imprint: a box, a space, words; the box around them is as high as the lines that are set in it."""
    lay = ("column", "row", "column; justify-content: space-between", "column; min-height: 20mm")[seed % 4]
    css = f"section.f {{ display: flex; flex-direction: {lay}; width: {44 + 7 * seed}mm }} {LABELLED}"
    counts = (14,) if lay == "row" else (3, 9, 14, 24)
    items = "".join(
        f'<p id="p{n}"><span class="label">{n}</span> {words(9 * seed + n, count)}</p>'
        for n, count in enumerate(counts)
    )
    result = set_one(crew, fine(f'<section class="f" id="f">{items}</section><p id="after">After.</p>', css))
    assert codes(result) == []
    inside = [line for line in result.facts.lines if line.block != "after"]
    assert all(line.kind & LineKind.COMPOSED for line in inside if not line.opens.isdecimal())
    (after,) = [line for line in result.facts.lines if line.block == "after"]
    assert after.baseline - max(line.baseline for line in inside) == pytest.approx(13, abs=0.01)
    assert all(line.right <= line.edge + 0.6 for line in inside)


def test_a_sign_of_another_face_leaves_the_lines_on_the_grid(crew: Crew) -> None:
    body = f'<p id="p">{words(3, 30)} <span lang="he">עומד</span> {words(4, 30)}</p><p id="q">{words(5, 20)}</p>'
    lines = set_one(crew, fine(body)).facts.lines
    assert {round((line.baseline - lines[0].baseline) % 13, 1) for line in lines} <= {0.0, 13.0}
