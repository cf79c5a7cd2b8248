"""A book that cites is built: from its files to what its editions print."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from lxml import etree

from pipeline.bibliography.library import read_library
from pipeline.build import build, check
from pipeline.build.references import import_references
from pipeline.source import Severity, Source

STYLE = """<style xmlns="http://purl.org/net/xbiblio/csl" version="1.0" class="note">
<info><title>t</title><id>t</id><updated>2026-01-01T00:00:00Z</updated></info>
<citation><layout delimiter="; " suffix="."><text variable="title"/>{}</layout></citation></style>"""


def book(folder: Path, settings: str, files: dict[str, str]) -> Path:
    """Write the folder of a small book."""
    head = 'title = "T"\nlanguage = "en-GB"\n[editions.epub]\n'
    for name, text in {"book.toml": head + settings, **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def codes(folder: Path) -> list[str]:
    """Return the errors of a book."""
    return sorted({p.code for p in check(folder).problems if p.severity is Severity.ERROR} - {"edition-missing"})


def test_a_style_of_the_books_own_goes_before_all_others(tmp_path: Path) -> None:
    folder = book(
        tmp_path,
        '[citations]\nstyle = "oscola"\n',
        {
            "chapters/a.md": "# A\n\nWords [@a].\n",
            "references.yaml": "- {id: a, type: book, title: Own Style Title, issued: 2001}\n",
            "styles/csl/oscola.csl": STYLE.format(""),
        },
    )
    done = build(folder)
    assert [p.code for p in done.problems] == []
    assert len(done.written) == 1


@pytest.mark.parametrize(
    ("settings", "files", "code"),
    [
        ('style = "no-such-style"\n', {}, "style-missing"),
        ('style = "../../etc/passwd"\n', {}, "style-missing"),
        ('style = "own"\n', {"styles/csl/own.csl": STYLE.format('<text variabel="x"/>')}, "style-fault"),
        ('style = "own"\n', {"styles/csl/own.csl": "no xml"}, "style-fault"),
        ('references = "nope.yaml"\n', {}, "references-missing"),
        ('references = "../r.yaml"\n', {}, "path-outside"),
        ('references = "chapters/a.md"\n', {}, "book-value"),
        ('ibid = "no"\n', {}, "book-value"),
        ('reset = "section"\n', {}, "book-value"),
        ('stile = "x"\n', {}, "book-key-unknown"),
    ],
)
def test_settings_that_cannot_be_used_are_told(tmp_path: Path, settings: str, files: dict[str, str], code: str) -> None:
    files = {
        "chapters/a.md": "# A\n\nWords [@a].\n",
        "references.yaml": "- {id: a, type: book, title: T}\n",
        **files,
    }
    assert code in codes(book(tmp_path, f"[citations]\n{settings}", files))


def test_a_citation_without_references_is_told(tmp_path: Path) -> None:
    assert codes(book(tmp_path, "", {"chapters/a.md": "# A\n\nWords [@a].\n"})) == ["cite-no-references"]


@pytest.mark.parametrize(("language", "said"), [("hy", []), ("no", []), ("ka", ["style-language"])])
def test_a_book_cites_in_a_language_without_words_for_citations(tmp_path: Path, language: str, said: list[str]) -> None:
    files = {
        "chapters/a.md": "# A\n\nWords [@a, 3].\n",
        "references.yaml": "- {id: a, type: book, title: T, issued: 2001}\n",
    }
    folder = book(tmp_path, "", files)
    settings = (folder / "book.toml").read_text("utf-8")
    (folder / "book.toml").write_text(settings.replace('language = "en-GB"', f'language = "{language}"'), "utf-8")
    found = build(folder).problems
    assert [p.code for p in found if p.code.startswith("style")] == said
    assert {p.code for p in found if p.severity is Severity.ERROR} == set()


@pytest.mark.parametrize(
    "custom", ["protected: true", "protected: yes", "Protected: True", "protectd: 1", "protected: 'true '"]
)
def test_a_protected_witness_is_named_in_no_part_of_an_edition(tmp_path: Path, custom: str) -> None:
    witness = f"- {{id: w, type: interview, author: [{{family: Abdullayeva, given: Anna}}], custom: {{{custom}, pseudonym: A. B.}}}}\n"
    files = {
        "chapters/a.md": "# A\n\nWords [@w] and more [@x].\n",
        "references.yaml": "- {id: x, type: book, title: Another Book, issued: 2001}\n",
        "witnesses.yaml": witness,
    }
    folder = book(tmp_path, '[editions.screen]\nattach = "sources"\n', files)
    settings = (folder / "book.toml").read_text("utf-8")
    listed = '[citations]\nreferences = ["references.yaml", "witnesses.yaml"]\n'
    (folder / "book.toml").write_text(settings + listed, "utf-8")
    done = build(folder)
    assert {p.code for p in done.problems if p.severity is Severity.ERROR} == set()
    assert "sources-withheld" in {p.code for p in done.problems}
    (screen,) = (path for path in done.written if path.suffix == ".pdf")
    with pikepdf.open(screen) as pdf:
        assert "references.yaml" in pdf.attachments
        held = b"".join(pdf.attachments[name].get_file().read_bytes() for name in pdf.attachments)
    with zipfile.ZipFile(next(path for path in done.written if path.suffix == ".epub")) as archive:
        held += b"".join(archive.read(name) for name in archive.namelist())
    text = "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(screen))
    assert "A. B." in text
    assert "Abdullayeva" not in text
    assert b"Abdullayeva" not in held


def test_words_that_a_style_does_not_print_are_told(tmp_path: Path) -> None:
    files = {
        "chapters/a.md": "# A\n\nWords[see above @a]{.nocite}.\n\n::: {.refs scope=section}\n:::\n",
        "references.yaml": "- {id: a, type: book, title: T}\n",
    }
    assert codes(book(tmp_path, "", files)) == ["cite-words-lost", "list-scope"]


def test_a_fault_in_the_references_is_told_once_and_not_at_each_citation(tmp_path: Path) -> None:
    files = {
        "chapters/a.md": "# A\n\nWords [@a; @b].\n",
        "references.bib": "@book{a title = {T}}\n@book{b, title={B}}\n",
    }
    assert codes(book(tmp_path, "", files)) == ["ref-syntax"]


def test_a_pandoc_folder_cites_by_author_and_date(tmp_path: Path) -> None:
    (tmp_path / "chapters").mkdir()
    (tmp_path / "metadata.yaml").write_text("title: T\nauthor: A\nlang: en\nbibliography: refs.bib\n", "utf-8")
    (tmp_path / "refs.bib").write_text("@book{a, title = {T}, author = {Roe, Anna}, year = 1999}\n", "utf-8")
    (tmp_path / "chapters" / "a.md").write_text("# A\n\nWords [@a, p. 3].\n\n::: {#refs}\n:::\n", "utf-8")
    done = build(tmp_path, editions=("epub",))
    assert not [p for p in done.problems if p.severity is Severity.ERROR]


def test_an_empty_file_of_references_harms_nobody(tmp_path: Path) -> None:
    files = {"chapters/a.md": "# A\n\nWords.\n", "refs.bib": "\n"}
    assert codes(book(tmp_path, "", files)) == []


RIS = """TY  - JOUR
AU  - Roe, Anna
TI  - On the border: "notes", yes # no
JO  - Journal of Things
SP  - 12
EP  - 40
PY  - 1999/06/18
ER  -
TY  - BOOK
AU  - de Waal, Thomas
AU  - The Press, [of] {it}
TI  - no
PY  - 2003
UR  - https://example.org/a?b=c
ER  -
"""


def test_references_of_a_database_become_yaml_that_says_the_same(tmp_path: Path) -> None:
    (tmp_path / "x.ris").write_text(RIS, "utf-8")
    made = import_references(tmp_path / "x.ris", tmp_path / "book")
    assert made.path is not None
    assert made.works == 2
    before, _ = read_library([Source("x.ris", RIS)])
    after, problems = read_library([Source("references.yaml", made.path.read_text("utf-8"))])
    assert problems == ()
    assert [work.csl() for work in after.references.values()] == [work.csl() for work in before.references.values()]
    again = import_references(tmp_path / "x.ris", tmp_path / "book")
    assert [problem.code for problem in again.problems] == ["intake-occupied"]


def test_of_a_database_with_a_fault_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "x.ris").write_text("TY  - BOOK\nTI  - One\nTY  - BOOK\nTI  - Two\nER  -\n", "utf-8")
    made = import_references(tmp_path / "x.ris", tmp_path / "book")
    assert made.path is None
    assert [problem.code for problem in made.problems] == ["ref-unclosed-record"]
    assert not (tmp_path / "book").exists()


def test_the_list_that_an_author_forgot_stands_in_the_contents_and_leads_to_the_works(tmp_path: Path) -> None:
    files = {
        "chapters/a.md": "# A\n\nWords [@a, 3].\n",
        "references.yaml": "- {id: a, type: book, title: A Book, author: [{family: Roe, given: Anna}], issued: 2001}\n",
    }
    folder = book(tmp_path, '[editions.screen]\n[citations]\nstyle = "apa"\n', files)
    done = build(folder)
    assert [p.code for p in done.problems if p.severity is Severity.ERROR] == []
    with zipfile.ZipFile(next(path for path in done.written if path.suffix == ".epub")) as archive:
        pages = {name.rpartition("/")[2]: archive.read(name).decode() for name in archive.namelist() if "html" in name}
    assert 'role="doc-bibliography"' in pages["works.xhtml"]
    assert '<h1 id="works-h" class="generated">Works Cited</h1>' in pages["works.xhtml"]
    assert "works.xhtml#works-h" in pages["nav.xhtml"]
    assert 'href="works.xhtml#refs-work"' in pages["a.xhtml"]
    screen = next(path for path in done.written if path.suffix == ".pdf")
    text = " ".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(screen))
    assert "Roe, A. (2001)" in " ".join(text.split())


def test_a_pandoc_folder_says_how_its_works_are_listed(tmp_path: Path) -> None:
    (tmp_path / "chapters").mkdir()
    head = (
        'title: T\nauthor: A\nlang: en\nbibliography: refs.bib\nnocite: "@b, @{c}"\nreference-section-title: Sources\n'
    )
    (tmp_path / "metadata.yaml").write_text(head, "utf-8")
    works = "".join(f"@book{{{key}, title = {{T{key}}}, author = {{Roe, Anna}}, year = 1999}}\n" for key in "abcd")
    (tmp_path / "refs.bib").write_text(works, "utf-8")
    (tmp_path / "chapters" / "a.md").write_text("# A\n\nWords [@a, p. 3].\n", "utf-8")
    done = build(tmp_path, editions=("epub",))
    assert [p.code for p in done.problems] == ["ref-uncited"]
    with zipfile.ZipFile(done.written[0]) as archive:
        page = next(archive.read(name).decode() for name in archive.namelist() if name.endswith("works.xhtml"))
    assert ">Sources</h1>" in page
    assert [title in page for title in ("Ta", "Tb", "Tc", "Td")] == [True, True, True, False]


def test_no_link_stands_in_a_link_and_contents_say_what_heads_cite(tmp_path: Path) -> None:
    text = (
        "# About @a\n\nA [link with a note[^n]](https://example.org), [link *with[^m] more* words](#b).\n"
        "[See [@a, p. 4] here](https://example.org), [@a](https://example.org).\n\n## Beside @a {#b}\n\nWords.\n\n"
        "[^n]: N.\n\n[^m]: In [a link [@a] too](https://example.org).\n"
    )
    work = "- {id: a, type: book, title: A Book, author: [{family: Roe, given: Anna}], issued: 2001}\n"
    folder = book(tmp_path, '[citations]\nstyle = "apa"\n', {"chapters/a.md": text, "references.yaml": work})
    done = build(folder)
    assert [p.code for p in done.problems] == []
    with zipfile.ZipFile(done.written[0]) as archive:
        names = {name.rpartition("/")[2]: name for name in archive.namelist()}
        page = etree.fromstring(archive.read(names["a.xhtml"]))
        contents = " ".join("".join(etree.fromstring(archive.read(names["nav.xhtml"])).itertext()).split())
    links = list(page.iter("{*}a"))
    assert not [link for link in links if any(True for _ in link.iterdescendants("{*}a"))]
    shown = [("".join(link.itertext()), link.get("href")) for link in links if link.get("class") is None]
    assert shown == [
        ("link with a note", "https://example.org"),
        ("See (Roe, 2001, p. 4) here", "https://example.org"),
        ("Roe (2001)", "https://example.org"),
        ("a link (Roe, 2001) too", "https://example.org"),
    ]
    references = ["".join(link.itertext()) for link in links if link.get("href") == "#b"]
    assert references == ["link with", " more words"]
    assert "About Roe (2001)" in contents
    assert "Beside Roe (2001)" in contents
