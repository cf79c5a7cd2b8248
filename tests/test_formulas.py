"""Mathematics: formulas in, what every reader meets of them out."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from lxml import etree

from pipeline.book import read_book
from pipeline.build import build, check
from pipeline.checks.epub_reader import read_epub
from pipeline.checks.pdf_reader import read_pdf
from pipeline.checks.words import check_words
from pipeline.edition import Edition, resolve
from pipeline.formulas import LANGUAGES, FormulaError, draw, find_fault, linear, names, set_formula, speak, speech
from pipeline.formulas.drawing import draw as drawn
from pipeline.formulas.tex import ONE, _symbols
from pipeline.manuscript import Manuscript
from pipeline.parse import parse
from pipeline.source import Problem, Severity, Source, Span, describe

MATHML = "{http://www.w3.org/1998/Math/MathML}"


# One formula -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tex", "wanted"),
    [
        (r"x^2", "<msup><mi>x</mi><mn>2</mn></msup>"),
        (r"\mathbb{R}", "<mi>ℝ</mi>"),
        (r"\mathbf{AB}", "<mi>𝐀</mi><mi>𝐁</mi>"),
        (r"\mathrm{d}x", '<mi mathvariant="normal">d</mi><mi>x</mi>'),
        (r"1{,}000", "<mn>1,000</mn>"),
        (r"5mm", "<mn>5</mn><mi>m</mi><mi>m</mi>"),
        (r"\sin x", '<mi>sin</mi><mspace width="0.167em" /><mi>x</mi>'),
        (r"\sin(x)", '<mi>sin</mi><mo stretchy="false">(</mo><mi>x</mi><mo stretchy="false">)</mo>'),
        (r"a < b", "<mi>a</mi><mo>&lt;</mo><mi>b</mi>"),
        (r"f'(x)", "<msup><mi>f</mi><mo>′</mo></msup>"),
        (r"\frac12", "<mfrac><mn>1</mn><mn>2</mn></mfrac>"),
        (r"\overline{x}", '<mover accent="true"><mi>x</mi><mo>‾</mo></mover>'),
    ],
)  # fmt: skip
def test_a_formula_becomes_mathml_that_every_renderer_reads_alike(tex: str, wanted: str) -> None:
    inner = set_formula(tex, False).inner
    assert inner.removeprefix("<mrow>").removesuffix("</mrow>").startswith(wanted), inner


def test_the_limits_of_a_name_stand_below_it_only_in_the_larger_form() -> None:
    assert "<munder>" in set_formula(r"\lim_{x\to 0} f", True).inner
    assert "<msub>" in set_formula(r"\lim_{x\to 0} f", False).inner


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en-GB", "x equals the fraction minus b plus or minus the square root of b squared minus 4 a c, end of root over 2 a, end of fraction"),
        ("de", "x gleich der Bruch minus b plus oder minus die Wurzel aus b hoch zwei minus 4 a c, Wurzel Ende durch 2 a, Bruch Ende"),
        ("fr", "x égale la fraction moins b plus ou moins racine carrée de b au carré moins 4 a c, fin de racine sur 2 a, fin de fraction"),
        ("es", "x es igual a la fracción menos b más o menos la raíz cuadrada de b al cuadrado menos 4 a c, fin de raíz sobre 2 a, fin de fracción"),
        ("it", "x uguale a la frazione meno b più o meno radice quadrata di b al quadrato meno 4 a c, fine radice fratto 2 a, fine frazione"),
        ("ru", "x равно дробь минус b плюс-минус корень из b в квадрате минус 4 a c, конец корня делить на 2 a, конец дроби"),
        ("hy", r"x = \frac{-b \pm \sqrt{b^2-4ac}}{2a}"),
    ],
)  # fmt: skip
def test_a_formula_is_read_aloud_in_the_language_of_the_book(language: str, words: str) -> None:
    assert speak(set_formula(r"x = \frac{-b \pm \sqrt{b^2-4ac}}{2a}", True), language).words == words


@pytest.mark.parametrize(
    ("tex", "words"),
    [
        (r"\sum_{i=1}^{n} x_i", "the sum from i equals 1 to n of x sub i"),
        (r"\int_0^\infty f(x)\,dx", "the integral from 0 to infinity of f open bracket x close bracket d x"),
        (r"\Gamma \ne \gamma", "capital gamma is not equal to gamma"),
        (r"\overline{z} \in \mathbb{C}", "z bar is in capital C"),
        (r"\begin{pmatrix}a&b\\c&d\end{pmatrix}", "open bracket, a table of 2 rows; row 1: a, b; row 2: c, d; close bracket"),
        (r"e^{i\pi}", "e to the power of i pi, end of exponent"),
        (r"\binom{n}{k}", "open bracket n choose k close bracket"),
    ],
)  # fmt: skip
def test_signs_have_words(tex: str, words: str) -> None:
    assert speak(set_formula(tex, True), "en").words == words


def test_every_language_has_the_same_words_and_patterns() -> None:
    english = speech._WORDS["en"]
    for language in LANGUAGES:
        words = speech._WORDS[language]
        assert words.keys() == english.keys(), language
        assert [words[key].count("{}") for key in english] == [english[key].count("{}") for key in english], language
        for table in (names.signs(language), names.greek(language), names.functions(language)):
            assert all(table.values()), language
        assert names.signs("de").keys() <= names.signs(language).keys() | english.keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_common_signs_have_words_in_every_language(language: str) -> None:
    for tex in (
        r"\alpha\ne\Omega\not<\varphi", r"\lim_{x\to0}\frac{\sin x}{x}", r"A\subseteq B\supset C\cup D\cap E\setminus\emptyset",
        r"\forall x\in X\,\exists y\colon x\mapsto y\Leftarrow z", r"\lfloor x\rfloor+\lceil y\rceil\ll 5\%", r"p\wedge\neg q\vee r",
        r"\bigcup_i A_i\oplus B\otimes C\circ D", r"\hbar\nabla^2\partial_t\ell\dagger", r"\begin{pmatrix}1&\cdots\\\vdots&\ddots\end{pmatrix}",
    ):  # fmt: skip
        said = speak(set_formula(tex, True), language)
        assert said.whole, (tex, said)
        assert not re.search(r"[^\w\s,;:.’′-]", said.words), said.words


def test_every_sign_of_the_table_has_a_word_in_english() -> None:
    silent = [
        name
        for name in sorted(
            _symbols()
            - ONE
            - {
                r"\sqrt",
                r"\period",
                r"\comma",
                r"\ldotp",
                r"\colon",
                r"\mathcolon",
                r"\semicolon",
                r"\overbracket",
                r"\underbracket",
            }
        )
        if len(speak(set_formula(f"a {name} b", False), "en").words.split()) < 3
        or not speak(set_formula(f"a {name} b", False), "en").whole
    ]
    assert not silent


def test_what_nobody_can_say_is_told_once_with_its_place() -> None:
    leaf, _ = parse(Source("one.md", '# One\n\n$a \\bowtie b$, $c \\bowtie d$, ${x \\bowtie y}${alt="x mit y"}.\n'))
    for language, message in (("de", "`⋈`"), ("hy", "TeX"), ("en", "")):
        settings = SETTINGS.replace("en-GB", language)
        book, _ = read_book(Source("book.toml", settings), ("one.md",))
        assert book is not None
        edition, problems = resolve(Manuscript((leaf,)), book, book.editions[0], ())
        told = [problem for problem in problems if problem.code == "math-unspoken"]
        assert len(told) == bool(message)
        assert [each.spoken for each in edition.formulas.values()] == [not message, not message, True]
        for problem in told:
            assert message in problem.message
            assert problem.severity is Severity.WARNING
            assert problem.span is not None
            assert problem.span.start == 7


def test_a_formula_in_a_running_head_is_one_line_that_every_face_has() -> None:
    assert linear(r"\mathbb{R}^n", False) == "Rⁿ"
    assert linear(r"\frac{a+b}{c_1}", False) == "(a+b)/c₁"
    assert linear(r"x^{a_b}", False) == "x^(a_b)"


def test_what_the_face_lacks_or_the_page_cannot_hold_is_refused_and_not_left_out() -> None:
    with pytest.raises(FormulaError, match="U\\+0561"):
        draw(set_formula(r"\text{ա}", False))
    with pytest.raises(FormulaError, match="em wide"):
        draw(set_formula("x+" * 400 + "x", False))


def test_a_drawing_depends_on_its_formula_alone() -> None:
    """ziamath changes its face while it sets words; what is drawn later must not show it."""
    setting = set_formula(r"x'^2 + \alpha_{ij}", False)
    first = drawn.__wrapped__(setting)
    drawn.__wrapped__(set_formula(r"\text{if } x_i'", True))
    assert drawn.__wrapped__(setting) == first


def test_the_depth_and_height_of_a_drawing_are_those_of_its_signs() -> None:
    line = draw(set_formula("x", False))
    low = draw(set_formula("x_i", False))
    high = draw(set_formula("x^2", False))
    fraction = draw(set_formula(r"\frac{a}{b}", True))
    assert -0.05 < line.depth < 0.05
    assert line.depth < low.depth < 0.4
    assert line.height < high.height < 1.0
    assert fraction.height > 0.9
    assert fraction.depth > 0.5


@pytest.mark.hostile
@pytest.mark.parametrize(
    "tex",
    [
        "{" * 10_000 + "}" * 10_000,
        "{" * 1_500 + "}" * 1_500,
        r"\sqrt" * 700 + "x",
        r"\left(" * 600,
        r"x^{" * 900,
        r"\begin{matrix}" * 250,
        r"\begin{matrix}" + "&" * 3_000 + r"\end{matrix}",
        r"\frac" * 700,
        "x'" * 1_900 + "^",
        "\\",
        "_" * 3_000,
    ],
)
def test_no_formula_takes_long_or_breaks_the_reading(tex: str) -> None:
    assert find_fault(tex) is not None


@pytest.mark.hostile
def test_dollars_without_end_cost_no_more_than_other_signs() -> None:
    for text in ("$a " * 30_000, "$$ " * 30_000, "$" * 100_001, "\\$" * 50_000, "$$a\n" * 20_000, "$a\\" * 30_000):
        leaf, _ = parse(Source("a.md", text))
        assert leaf.blocks


# A book ----------------------------------------------------------------------------------------

SETTINGS = """\
title = "Formulas"
language = "en-GB"
chapters = ["one.md"]

[[contributors]]
name = "Ada Example"

[editions.print]
trim = "a5"

[editions.screen]
medium = "pdf"
trim = "a4-screen"

[editions.epub]
"""
CHAPTER = r"""# On $\mathbb{R}^n$ {#top}

The relation $E = mc^2$ costs $20 or $30, and $\frac{a+b}{c}$ is in [](#eq-roots) on a line of its own; \$x\$ is none. Many
more words follow $x_1$, so that lines are made of them, and some end near $\sqrt{1+x^2}$, as chance will have it.[^n]

A paragraph goes on around
$$
x_{1,2} = \frac{-b \pm \sqrt{b^2 - 4ac}}{2a}
$$ {#eq-roots}
its formula.

| Sign | Meaning |
|------|---------|
| $\alpha$ | the first letter |

: Signs such as $\omega$. {#tbl-signs}

> Quoted: $a \le b$.

- Item $x$, and $$y = x$$
- $x_{57}^2$ `burned` letters

$a_0$ *begins* and $b_0$ $c_0$ **ends** it with\
$z_{99}$

## With $e^{i\pi}$

*Emphasis with $z$*, [a link with $q$](https://example.org/), and no more.

[^n]: A note with $\frac{1}{2}$ and $$a = b$$ in it.
"""


def _folder(folder: Path, chapter: str, settings: str = SETTINGS) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "book.toml").write_text(settings, "utf-8")
    (folder / "one.md").write_text(chapter, "utf-8")
    return folder


def _edition(chapter: str, name: str) -> Edition:
    book, faults = read_book(Source("book.toml", SETTINGS), ("one.md",))
    assert book is not None
    assert not faults
    leaf, _ = parse(Source("one.md", chapter))
    settings = next(edition for edition in book.editions if edition.name == name)
    return resolve(Manuscript((leaf,)), book, settings, ())[0]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = _folder(tmp_path_factory.mktemp("formulas"), CHAPTER)
    outcome = build(folder)
    assert not outcome.problems, "\n".join(describe(problem, outcome.sources) for problem in outcome.problems)
    files = {path.name.partition(".")[0].rpartition("-")[2] + path.suffix: path for path in (folder / "dist").iterdir()}
    return {name: path.read_bytes() for name, path in files.items() if path.suffix in (".pdf", ".epub")}


TEXT = CHAPTER
COUNT = len(
    re.findall(r"\$\$[^$]+\$\$|(?<!\\)\$[A-Za-z\\][^$\n]*?\$", TEXT.replace(r"\$x\$", "").replace("$20 or $30", ""))
)


def _formulas(data: bytes) -> list[tuple[str, str, bool]]:
    """Return source, words, and whether a place is given, of every formula of a PDF."""
    with pikepdf.open(BytesIO(data)) as pdf:
        return [
            (str(each["/T"]), str(each["/Alt"]), "/BBox" in each["/A"])
            for each in pdf.objects
            if isinstance(each, pikepdf.Dictionary) and each.get("/S") == "/Formula"
        ]


def test_every_formula_is_tagged_with_its_words_and_its_source(made: dict[str, bytes]) -> None:
    found = _formulas(made["print.pdf"])
    sources = {source: words for source, words, _ in found}
    assert sources["E = mc^2"] == "capital E equals m c squared"
    assert sources[r"\frac{a+b}{c}"] == "the fraction a plus b over c, end of fraction"
    # the formula of each head stands in the contents too
    assert len(found) == COUNT + 2
    assert all(placed for _, _, placed in found)


def test_every_formula_is_mathml_with_words_and_source_in_the_epub(made: dict[str, bytes]) -> None:
    with zipfile.ZipFile(BytesIO(made["formulas.epub"])) as package:
        tree = etree.fromstring(package.read("EPUB/text/one.xhtml"))
        opf = package.read("EPUB/content.opf").decode()
        ncx = package.read("EPUB/toc.ncx").decode()
    found = list(tree.iter(f"{MATHML}math"))
    assert len(found) == COUNT
    assert all(math.get("alttext") for math in found)
    assert [math.get("display") for math in found].count("block") == 3
    assert "mathml" in next(line for line in opf.splitlines() if "text/one.xhtml" in line)
    features = re.findall(r'accessibilityFeature">(\w+)<', opf)
    assert {"MathML", "describedMath"} <= set(features)
    assert "On Rⁿ" in ncx


def test_prices_and_escaped_dollars_stay_text(made: dict[str, bytes]) -> None:
    for name in ("print.pdf", "screen.pdf"):
        words = "".join(piece.text for piece in read_pdf(name, made[name]).pieces)
        assert "costs $20 or $30" in " ".join(words.replace("\x1f", " ").split())
        assert "$x$" in words


def test_an_equation_has_its_number_after_it_and_references_to_it(made: dict[str, bytes]) -> None:
    reading = read_epub("formulas.epub", made["formulas.epub"])
    text = " ".join("".join(piece.text for piece in reading.pieces).split())
    assert "is in equation (1) on" in text
    assert r"{2a} (1) its formula." in text


@pytest.mark.slow
def test_the_same_bytes_come_out_of_another_folder_and_pass_every_check(made: dict[str, bytes], tmp_path: Path) -> None:
    folder = _folder(tmp_path / "elsewhere", TEXT)
    build(folder, editions=("print", "epub"), jobs=1)
    assert not check(folder, editions=("print", "epub")).problems
    again = {path.suffix: path.read_bytes() for path in (folder / "dist").iterdir()}
    assert again[".pdf"] == made["print.pdf"]
    assert again[".epub"] == made["formulas.epub"]


# Mutants ---------------------------------------------------------------------------------------


def _altered(data: bytes, alter: Callable[[pikepdf.Pdf], None]) -> bytes:
    with pikepdf.open(BytesIO(data)) as pdf:
        alter(pdf)
        out = BytesIO()
        pdf.save(out)
    return out.getvalue()


def _of(pdf: pikepdf.Pdf, source: str) -> Any:
    for each in pdf.objects:
        if isinstance(each, pikepdf.Dictionary) and each.get("/S") == "/Formula" and str(each.get("/T")) == source:
            return each
    raise AssertionError(source)


def _undrawn(pdf: pikepdf.Pdf) -> None:
    """Take the outlines of E = mc² away, and leave its tag."""
    formula = _of(pdf, "E = mc^2")
    page = pikepdf.Page(formula["/Pg"])
    kids = formula["/K"]
    number = int(kids[0] if isinstance(kids, pikepdf.Array) else kids)
    out = []
    inside = 0
    for instruction in pikepdf.parse_content_stream(page):
        operands, operator = list(instruction.operands), instruction.operator
        name = str(operator)
        if name == "BDC" and len(operands) > 1 and operands[1].get("/MCID") == number:
            inside = 1
        elif inside and name == "EMC":
            inside = 0
        elif inside and name in ("m", "l", "c", "h", "f", "f*"):
            continue
        out.append((operands, operator))
    page.obj["/Contents"] = pdf.make_stream(pikepdf.unparse_content_stream(out))


def _untagged(pdf: pikepdf.Pdf) -> None:
    formula = _of(pdf, "E = mc^2")
    parent = formula["/P"]
    parent["/K"] = pikepdf.Array(
        [kid for kid in parent["/K"] if not (isinstance(kid, pikepdf.Dictionary) and kid.get("/T") == "E = mc^2")]
    )


def _other_source(pdf: pikepdf.Pdf) -> None:
    _of(pdf, "E = mc^2")["/T"] = pikepdf.String("E = mc^3")


def _other_words(pdf: pikepdf.Pdf) -> None:
    _of(pdf, "E = mc^2")["/Alt"] = pikepdf.String("capital E equals m c cubed")


def _place(problem: Problem, text: str) -> str:
    span = problem.span
    assert isinstance(span, Span)
    return text[span.start : span.end]


@pytest.mark.parametrize(
    ("alter", "code"),
    [(_undrawn, "math-changed"), (_untagged, "word-lost"), (_other_source, "word-changed"), (_other_words, "alt-changed")],
)  # fmt: skip
def test_a_formula_that_is_lost_from_the_pdf_is_told_with_its_place(
    made: dict[str, bytes], alter: Callable[[pikepdf.Pdf], None], code: str
) -> None:
    edition = _edition(TEXT, "print")
    problems = check_words(edition, read_pdf("print.pdf", _altered(made["print.pdf"], alter)))
    found = next(problem for problem in problems if problem.code == code)
    assert "E = mc^2" in _place(found, TEXT), found


def _in_epub(data: bytes, change: Callable[[str], str]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as package, zipfile.ZipFile(out, "w") as new:
        for info in package.infolist():
            text = package.read(info)
            if info.filename == "EPUB/text/one.xhtml":
                changed = change(text.decode())
                assert changed != text.decode()
                text = changed.encode()
            new.writestr(info, text)
    return out.getvalue()


@pytest.mark.parametrize(
    ("pattern", "instead", "code"),
    [
        (r"<math[^>]*alttext=\"capital E equals.*?</math>", "", "word-lost"),
        (r"<mi>m</mi>", "", "math-changed"),
        (r"<mi>m</mi>", "<mi>n</mi>", "math-changed"),
        (r"E = mc\^2", "E = mc^3", "word-changed"),
        (r"alttext=\"capital E equals m c squared\"", 'alttext=""', "alt-changed"),
    ],
)
def test_a_formula_that_is_lost_from_the_epub_is_told_with_its_place(
    made: dict[str, bytes], pattern: str, instead: str, code: str
) -> None:
    edition = _edition(TEXT, "epub")
    data = _in_epub(made["formulas.epub"], lambda text: re.sub(pattern, instead, text, count=1, flags=re.DOTALL))
    problems = check_words(edition, read_epub("formulas.epub", data))
    found = next(problem for problem in problems if problem.code == code)
    assert "E = mc^2" in _place(found, TEXT), found


def test_a_formula_wider_than_its_column_is_told_and_never_cut(tmp_path: Path) -> None:
    wide = "a+" * 30 + "b"
    folder = _folder(tmp_path, f"# One\n\nWords.\n\n$${wide}$$ {{#eq-wide}}\n\n- An item\n    $${wide}$$\n")
    outcome = build(folder, editions=("print",))
    told = [problem for problem in outcome.problems if problem.code == "math-too-wide"]
    assert len(told) == 2
    assert all(problem.severity is Severity.ERROR and problem.span is not None for problem in told)
    assert not (folder / "dist").exists() or not list((folder / "dist").glob("*.pdf"))


def test_a_formula_that_cannot_be_set_fails_the_build_at_its_place(tmp_path: Path) -> None:
    text = "# One\n\nWords and $\\foo{x}$ more, $\\text{ա}$.\n"
    outcome = build(_folder(tmp_path, text))
    told = {_place(problem, text) for problem in outcome.problems if problem.code == "math-unreadable"}
    assert told == {"\\foo", "$\\text{ա}$"}
