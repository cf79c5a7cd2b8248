"""What a listener hears of a unit: every word once, in order, with its structure."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from xml.etree import ElementTree as ET

import pikepdf
import pypdfium2
import pytest

from pipeline.html import Resource
from pipeline.pdf.workers import Crew
from tests.listener import Said, hear
from tests.pressroom import FONTS, job, page, picture, set_one, words


@pytest.fixture(scope="module")
def crew(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crew]:
    with Crew(FONTS, str(tmp_path_factory.mktemp("scratch")), 1) as crew:
        yield crew


def said(crew: Crew, body: str, css: str = "") -> Said:
    result = set_one(crew, job(body, css=css))
    assert result.problems == ()
    heard, faults = hear(result.pdf)
    assert faults == []
    return heard


def outline(node: Said, depth: int = 9) -> str:
    """Write a tree as `P("text", Link("words"))`."""
    inner = ", ".join(f'"{kid}"' if isinstance(kid, str) else outline(kid, depth - 1) for kid in node.kids)
    return f"{node.role}({inner})" if depth else node.role


def signs(text: str) -> str:
    return "".join(text.split()).replace("\u00ad", "")


# Structure -------------------------------------------------------------------------------------


def test_a_paragraph_over_pages_is_one_element(crew: Crew) -> None:
    heard = said(crew, f"<p>{words(1, 900)}</p>")
    (paragraph,) = heard.all("P")
    assert signs(paragraph.text) == signs(words(1, 900))


def test_lists(crew: Crew) -> None:
    heard = said(
        crew,
        '<ol type="a"><li><p>One</p><ul><li><p>In</p></li></ul></li><li><p>Two</p></li></ol>',
        "ul { list-style: disc }",
    )
    (outer, inner) = heard.all("L")
    assert (
        outline(outer)
        == 'L(LI(Lbl("a. "), LBody(P("One"), L(LI(Lbl("• "), LBody(P("In")))))), LI(Lbl("b. "), LBody(P("Two"))))'
    )
    assert (outer.attributes["/ListNumbering"], inner.attributes["/ListNumbering"]) == ("/LowerAlpha", "/Disc")


def test_terms_and_what_is_said_of_them(crew: Crew) -> None:
    heard = said(crew, "<dl><dt>T</dt><dd><p>a</p></dd><dd><p>b</p></dd><dt>U</dt><dd><p>c</p></dd></dl>")
    assert outline(heard.all("L")[0]) == 'L(LI(Lbl("T"), LBody(P("a"), P("b"))), LI(Lbl("U"), LBody(P("c"))))'


def test_a_table_over_pages_is_one_table_with_one_head(crew: Crew) -> None:
    rows = "".join(f'<tr><th scope="row">r{n}</th><td>{words(n, 8)}</td></tr>' for n in range(60))
    head = '<thead><tr><th scope="col">One</th><th scope="col">Two</th></tr></thead>'
    heard = said(crew, f"<table><caption>About</caption>{head}<tbody>{rows}</tbody></table>")
    (table,) = heard.all("Table")
    assert [kid.role for kid in table.kids if isinstance(kid, Said)] == ["Caption", "THead", "TBody"]
    assert len(table.all("TR")) == 61
    assert [cell.attributes["/Scope"] for cell in table.all("TH")] == ["/Column", "/Column", *["/Row"] * 60]
    assert heard.text.count("One") == 1


def test_cells_that_reach_over_others(crew: Crew) -> None:
    body = '<table><tbody><tr><td colspan="2">a</td><td rowspan="2">b</td></tr><tr><td/><td>c</td></tr></tbody></table>'
    cells = said(crew, body).all("TD")
    assert [(cell.attributes.get("/ColSpan"), cell.attributes.get("/RowSpan")) for cell in cells] == [
        ("2", None),
        (None, "2"),
        (None, None),
        (None, None),
    ]
    assert [cell.text for cell in cells] == ["a", "b", "", "c"]


def test_cells_of_a_row_that_is_broken_keep_their_order(crew: Crew) -> None:
    note = f'<aside class="note" id="n" data-mark="1" data-call="c"><p>{words(5, 30)}</p></aside>'
    for lead in range(250, 330, 20):
        row = f"<tr><td>{words(1, 3)}{note} {words(2, 40)}</td><td>{words(3, 80)}</td></tr>"
        heard = said(crew, f"<p>{words(4, lead)}</p><table><tbody>{row}</tbody></table>")
        first, second = heard.all("TD")
        assert signs(first.text).endswith(signs(words(2, 40)))
        assert signs(second.text) == signs(words(3, 80))


def test_text_in_a_grouping_element_gets_a_paragraph(crew: Crew) -> None:
    heard = said(crew, "<blockquote>Said <em>so</em><p>Then.</p>After.</blockquote>")
    assert outline(heard.all("BlockQuote")[0]) == 'BlockQuote(P("Said ", "so"), P("Then."), P("After."))'


def test_contents_are_a_contents_list(crew: Crew) -> None:
    body = (
        '<nav class="contents"><h1>Contents</h1><ol>'
        '<li><a href="#p" data-page-of="p" data-page="12"><span class="number">1</span> <span>First</span></a></li>'
        '</ol></nav><p id="p">x</p>'
    )
    css = '.contents a { display: block } .contents a::after { content: leader(" . ") attr(data-page) } li { list-style: none }'
    heard = said(crew, body, css)
    (contents,) = heard.all("TOC")
    assert outline(contents) == 'TOC(TOCI(Reference(Link("1", "First", "12"))))'


PICTURES = (Resource("images/a.png", "image/png", picture()),)


def test_pictures_have_their_words_and_their_place(crew: Crew) -> None:
    body = '<figure><img src="images/a.png" alt="A red square"/><figcaption>Red.</figcaption></figure>'
    result = set_one(crew, job(body + '<p>x<img src="images/a.png" alt=""/></p>', resources=PICTURES))
    heard, faults = hear(result.pdf)
    assert (result.problems, faults) == ((), [])
    (figure,) = heard.all("Figure")
    assert figure.alt == "A red square"
    left, bottom, right, top = figure.box
    assert (round(right - left, 1), round(top - bottom, 1)) == (56.7, 56.7)
    assert 0 < left < right < 419
    assert 300 < bottom < top < 595
    assert [caption.text for caption in heard.all("Caption")] == ["Red."]


def test_a_picture_without_words_is_an_error(crew: Crew) -> None:
    result = set_one(crew, job('<p><img src="images/a.png"/></p>', resources=PICTURES))
    assert [problem.code for problem in result.problems] == ["alt-missing"]


def test_words_in_other_languages_say_so(crew: Crew) -> None:
    heard = said(
        crew, '<p>One <span lang="de">zwei</span> <em>three</em></p><blockquote lang="fr"><p>quatre</p></blockquote>'
    )
    assert [(span.lang, span.text) for span in heard.all("Span")] == [("de", "zwei")]
    assert heard.all("BlockQuote")[0].lang == "fr"


def test_links_hold_their_annotations_and_say_their_words(crew: Crew) -> None:
    body = f'<p>See <a href="https://example.org/">a <em>long</em> {words(1, 12)} link</a> and <a href="#p2">here</a>.</p><p id="p2">x</p>'
    heard = said(crew, body)
    outer, inner = heard.all("Link")
    assert signs(outer.text) == signs(f"a long {words(1, 12)} link")
    assert outer.said == [f"a long {words(1, 12)} link"] * 2, "one annotation a line"
    assert (inner.text, inner.said) == ("here", ["here"])


def test_a_call_and_its_note_lead_to_each_other(crew: Crew) -> None:
    note = '<aside class="note" id="n" data-mark="3" data-call="c"><p>Words.</p></aside>'
    heard = said(crew, f'<p>Text{note} and <a class="call" id="c2" href="#n">3</a>.</p>')
    assert outline(heard.all("P")[0]) == (
        'P("Text", Reference(Link("3")), Note(Lbl(Link("3")), P("Words.")), " and ", Reference(Link("3")), ".")'
    )
    (node,) = heard.all("Note")
    assert node.id == "u-note-n"
    assert [link.targets for link in heard.all("Link")] == [["n"], ["c"], ["n"]]


def test_a_note_called_in_a_note_stands_beside_its_reference(crew: Crew) -> None:
    outer = '<aside class="note" id="n" data-mark="1" data-call="c"><ul><li>An item<a class="call" id="d" href="#m">2</a>.</li></ul></aside>'
    inner = '<aside class="note inner" id="m" data-mark="2" data-call="d"><p>Inner.</p></aside>'
    heard = said(crew, f"<p>Text{outer}{inner} goes on.</p>")
    (body,) = heard.all("LBody")
    assert 'Reference(Link("2")), Note(Lbl(Link("2")), P("Inner."))' in outline(body)
    assert len(heard.all("Reference")) == len(heard.all("Note")) == 2


def test_ornaments_leaders_and_generated_signs_are_not_heard(crew: Crew) -> None:
    css = 'hr { border: 0 } hr::before { content: "* * *" } p.x::before { content: "§ " } .r[data-page]::after { content: ", page " attr(data-page) }'
    heard = said(
        crew,
        '<p>One</p><hr/><p class="x">Two</p><p>see <a class="r" href="#e" data-page="7">there</a></p><p id="e">.</p>',
        css,
    )
    assert heard.text == "OneTwosee there, page 7."


# Words -----------------------------------------------------------------------------------------


def test_a_word_divided_at_a_line_end_reads_with_a_soft_hyphen(crew: Crew) -> None:
    result = set_one(crew, job(f"<p>{words(1, 120)} well-known Nagorno-Karabakh</p>"))
    heard, faults = hear(result.pdf)
    assert faults == []
    assert heard.text.count("\u00ad") > 2
    assert signs(heard.text) == signs(f"{words(1, 120)} well-known Nagorno-Karabakh")
    raw = pypdfium2.PdfDocument(result.pdf)[0].get_textpage().get_text_range()
    assert raw.count("-") <= 2, "other readers tell them from hyphens too"


@pytest.mark.parametrize(
    "text",
    [
        "Small Capitals And CAPITALS",
        "non\u2010breaking hyphens\u2011of every-kind",
        "office \ufb01rst ﬂuff",
        "10² and x³ and H₂O, ½",
        "apostrophe’s ʼmodifier “quoted” ‘single’ … – — −",
        "e\u0301tude and étude",
        "Ω \u2126 μ \u00b5",
    ],
)
def test_every_sign_reads_back_as_itself(crew: Crew, text: str) -> None:
    for css in ("", "p { font-variant-caps: small-caps }", "p { font-variant-caps: all-small-caps }"):
        assert said(crew, f"<p>{text}</p>", css).text == text


def test_right_to_left_words_read_in_their_order(crew: Crew) -> None:
    text = "שלום עולם"
    heard = said(crew, f'<p>One <span lang="he" dir="rtl">{text}</span> two</p>')
    assert heard.text == f"One {text} two"


def test_the_same_glyph_has_one_name_in_every_unit(crew: Crew) -> None:
    maps: dict[str, dict[str, str]] = {}
    for text in ("a-b", "a\u2010b", "a\u2011b", "’", "ʼ", "ﬁ", "fi"):
        result = set_one(crew, job(f"<p>{text}</p>"))
        with pikepdf.open(BytesIO(result.pdf)) as pdf:
            for name, font in pdf.pages[0].obj.Resources.Font.items():
                stream = font.ToUnicode.read_bytes().decode("latin-1")
                for line in stream.splitlines():
                    if line.startswith("<") and line.count("<") == 2:
                        code, value = line.split()[:2]
                        assert maps.setdefault(name, {}).setdefault(code, value) == value


def test_a_whole_chapter_is_heard_in_order(crew: Crew) -> None:
    body = (
        '<header class="opener"><p class="number generated">Chapter 1</p><h1 id="h">A <em>head</em></h1></header>'
        f'<p>{words(1, 200)} <span class="supplied"><span class="generated">[</span>so<span class="generated">]</span></span></p>'
        '<div class="verse"><div class="stanza"><p class="line">One line</p><p class="line">and another</p></div></div>'
        '<aside class="editorial-matter"><p class="label generated">Editorial</p><p>Words.</p></aside>'
        f"<pre><code>code  with   spaces\n    indented</code></pre><p>{words(2, 300)}</p>"
    )
    heard = said(crew, body)
    tree = ET.fromstring(page(body)).find("body")
    assert tree is not None
    assert signs(heard.text) == signs("".join(tree.itertext()))
    assert [node.role for node in heard.walk()][:6] == ["Document", "Sect", "Div", "P", "H1", "P"]
