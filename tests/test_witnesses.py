"""A protected witness is named nowhere: not in the book, not in its files, not in what a build says of them."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pikepdf
import pytest
from click.testing import CliRunner

from pipeline.__main__ import stet
from pipeline.bibliography import Library, Person
from pipeline.bibliography.library import read_library
from pipeline.bibliography.named import name_witnesses
from pipeline.bibliography.watch import Watch
from pipeline.build import build, check
from pipeline.checks.witnesses import check_witnesses
from pipeline.manuscript import Manuscript
from pipeline.parse import parse
from pipeline.source import Problem, Severity, Source

ROE = "{family: Roe, given: Anna}"
LONG = "{family: Abdullayeva, given: Günel}"


def library(author: str, more: str = "", custom: str = "protected: true, pseudonym: Witness A") -> Library:
    record = f"- {{id: w, type: interview, author: [{author}], custom: {{{custom}}}}}\n"
    found, problems = read_library([Source("references.yaml", record + more)])
    assert problems == ()
    return found


def told(text: str, author: str = ROE, more: str = "", custom: str = "protected: true") -> list[Problem]:
    leaf, _ = parse(Source("a.md", text))
    return list(name_witnesses(Manuscript((leaf,)), library(author, more, custom), "en"))


@pytest.mark.parametrize(
    "text",
    [
        "It was Anna Roe who came.",
        "It was *Anna* Roe.",
        "It was **An**na *Ro*e.",
        "It was Anna\nRoe.",
        "It was [Anna]{.smallcaps} [Roe]{.smallcaps}.",
        "Roe, Anna",
        "ROE Anna",
        "ANNA ROE",
        "anna roe",
        "Anna\u00a0Roe",
        "Anna&nbsp;Roe",
        "An\u00adna Ro\u00ade",
        "A&#110;na R&#111;e",
        "Anna\u200bRoe",
        "Anna\u200b Roe\u200b",
        "Ánna Roé",
        "A\u0301nna Roe\u0301",
        "Аnna Rое",  # some letters are Cyrillic
        "Anna-Roe",
        "Anna Roe’s words",
        "Anna Roe's words",
        "Anna Roes words",
        "Anna Petrovna Roe",
        "Anna P. Roe",
        "Anna (Roe)",
        "Anna[^n] Roe\n\n[^n]: Words.",
        "A. Roe",
        "A.Roe",
        "A.\u202fP. Roe",
        "Roe, A.",
        "Roe A. P.",
        "*A.* Roe",
        "| given | family |\n|---|---|\n| Anna | Roe |",
        "![A face: Anna Roe](a.png)",
        "![A&#110;na Roe](a.png)",
        "![A face](anna-roe.png)",
        "![A face](portraits/AnnaRoe.png)",
        "[words](https://example.org/anna_roe)",
        "An[^n]na Roe\n\n[^n]: Words.",
        "A n n a R o e",
        "A-n-n-a R-o-e",
        "[A]{.initial}nna Roe",
        "Anna\\\nRoe",
        "Anna~a~ Roe",
        "> Anna\n>\n> Roe",
        "# One {#anna-roe}",
        "[words]{.annaroe}",
        "Words[^anna-roe].\n\n[^anna-roe]: Words.",
        "`Anna Roe`",
        "```\nAnna Roe\n```",
        "<!-- Anna Roe -->",
        "$\\text{Anna Roe}$",
        "Words [see Anna Roe, @w].",
        "Words [@w, 3, as Anna Roe says].",
        '::: {.letter from="Anna Roe"}\nWords.\n:::',
    ],
)
def test_a_name_is_found_in_whatever_dress(text: str) -> None:
    assert {(p.code, p.severity) for p in told(text)} == {("witness-named", Severity.ERROR)}


@pytest.mark.parametrize(
    ("author", "text"),
    [
        ("{family: Абдуллаева, given: Анна}", "Это сказано Анне Абдуллаевой."),
        ("{family: Абдуллаева, given: Анна}", "Со слов А. Абдуллаевой"),
        (LONG, "Günelin Abdullayevanın sözləri"),
        (LONG, "Gu\u0308nel Abdullayeva"),
        (LONG, "Gunel Abdullayeva"),
        (LONG, "abdullayevagunel1992"),
        (LONG, "Günel Abdul-\nlayeva"),
        (LONG, "G.\u00a0Abdul-\nlayeva"),
        (LONG, "Gü-\nnel Abdullayeva"),
        (LONG, "<gunel.abdullayeva@example.org>"),
        ("{family: Roe, given: Anna Maria}", "Maria Roe"),
        ("{family: García Márquez, given: Ana}", "Ana Garcia"),
        ("{family: García Márquez, given: Ana}", "A. García-Márquez"),
        ("{family: O’Brien, given: Kate}", "Kate O'Brien"),
        ("{family: O’Brien, given: Kate}", "Kate OʼBrien"),
        ("{family: Hassan, given: Layla, non-dropping-particle: al}", "Layla al-Hassan"),
        ("{family: al-Hassan, given: Layla}", "Layla Hassan"),
        ("{family: Stone-Roe, given: Anna}", "Anna Roe"),
        ("{family: Li, given: Na}", "said Li Na"),
        ("{family: 李, given: 娜}", "他们看见李娜在那里"),
        ("{family: حسن, given: ليلى}", "قالت ليلى حسن"),
        ("{family: Սարգսյան, given: Անահիտ}", "Անահիտ Սարգսյանի"),
        ("Anna Roe", "Roe, Anna"),
        ("{literal: Anna Roe}", "A. Roe"),
        ("Zeynab", "as Zeynab said"),
        ("{given: Zeynab}", "as Zeynab said"),
    ],
)
def test_names_of_all_sorts_are_found(author: str, text: str) -> None:
    assert {(p.code, p.severity) for p in told(text, author)} == {("witness-named", Severity.ERROR)}


@pytest.mark.parametrize(
    ("author", "text"),
    [
        (ROE, "Anna came. A road led there, and Rowe and Anne Rowland went."),
        (ROE, "Joanna Roedean"),
        (ROE, "A. B. Roberts"),
        ("{family: Brown, given: Rose}", "The roses browned in the sun."),
        ("{family: Li, given: Na}", "In China the list names nobody."),
        (LONG, "The abdomen was hit."),
    ],
)
def test_other_words_are_left_alone(author: str, text: str) -> None:
    assert told(text, author) == []


@pytest.mark.parametrize(
    ("author", "text", "more", "severity"),
    [
        (LONG, "as Abdullayeva says, and Abdullayeva’s son", "", Severity.ERROR),
        (LONG, "as Abdullayevanın", "", Severity.ERROR),
        (LONG, "![A face](portraits/abdullayeva.jpg)", "", Severity.ERROR),
        (LONG, "Words [@abdullayeva92].", "", Severity.ERROR),
        (LONG, "[words](https://example.org/abdullayeva/)", "", Severity.ERROR),
        ("{family: Martin, given: Anna}", "as Martinez says", "", Severity.WARNING),
        ("{family: Brown, given: Rose}", "The house of Brown, brown as it is.", "", Severity.WARNING),
        (ROE, "A Roe came", "", Severity.ERROR),
        (
            ROE,
            "The law of Roe",
            "- {id: x, type: book, title: T, author: [{family: Roe, given: Peter}]}\n",
            Severity.WARNING,
        ),
        (ROE, "a roe deer", "", Severity.WARNING),
    ],
)
def test_a_family_name_alone_is_a_doubt(author: str, text: str, more: str, severity: Severity) -> None:
    found = told(text, author, more)
    assert {problem.code for problem in found} == {"witness-doubt"}
    assert severity in {problem.severity for problem in found}
    if severity is Severity.WARNING:
        assert {problem.severity for problem in found} == {severity}


def test_somebody_else_of_the_name_may_be_named() -> None:
    other = "- {id: x, type: book, title: T, author: [{family: Roe, given: Peter}]}\n"
    assert told("So says Peter Roe, as cited.", ROE, other) == []


def test_a_million_words_are_looked_through_in_time_that_grows_with_them() -> None:
    watch = Watch(library(ROE))
    words = "the roe deer of Anna and Roe came by the river, as the old people said " * 2_000
    found = watch.find(words)
    assert len(found) == 4_000
    assert [hit.start for hit in found] == sorted(hit.start for hit in found)


# References -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "more",
    [
        "- {id: x, type: book, title: T, author: [{family: Roe, given: Anna}]}",
        "- {id: x, type: book, title: T, author: [{family: Roe, given: A.}]}",
        "- {id: x, type: book, title: T, author: [Anna Roe]}",
        "- {id: x, type: book, title: T, translator: [{family: ROE, given: Anna P.}]}",
        "- {id: x, type: personal_communication, recipient: [{family: Roe, given: Anna}]}",
        "- {id: x, type: interview, interviewer: [{literal: 'Roe, Anna'}]}",
        "- {id: x, type: book, title: The Life of <i>Anna</i> Roe}",
        "- {id: x, type: book, title: T, note: told by Anna Roe}",
        "- {id: x, type: book, title: T, annote: told by Anna Roe}",
        "- {id: x, type: book, title: T, abstract: told by Anna Roe}",
        "- {id: x, type: book, title: T, keyword: [Khojaly, Anna Roe]}",
        "- {id: x, type: book, title: T, custom: {source: Anna Roe}}",
        "- {id: annaroe1992, type: book, title: T}",
        "- {id: x, type: webpage, title: T, URL: 'https://example.org/anna-roe'}",
        "- {id: x, type: interview, title: T, author: [B], custom: {protected: yes, pseudonym: Anna Roe}}",
    ],
)
def test_no_other_record_names_the_witness(more: str) -> None:
    found = name_witnesses(Manuscript(), library(ROE, more + "\n"), "en")
    assert [problem.code for problem in found] == ["witness-named"]


@pytest.mark.parametrize(
    "fields",
    ["id: roe1992, author: [{family: Roe, given: Anna}]", "id: w, author: [{family: Roe, given: Anna}], title: Talk with Roe",
     "id: w, author: [{family: Roe, given: Anna}], interviewer: [{family: Roe, given: A.}]"],
)  # fmt: skip
def test_the_record_of_the_witness_names_nobody_elsewhere(fields: str) -> None:
    found, _ = read_library([Source("r.yaml", f"- {{{fields}, type: interview, custom: {{protected: true}}}}")])
    assert [problem.code for problem in name_witnesses(Manuscript(), found, "en")] == ["witness-named"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("r.yaml", "- {id: w, type: interview, author: [Anna Roe], custom: {protected: [yes]}}"),
        ("r.yaml", "- {id: w, type: interview, author: [Anna Roe], custom: {protected: {}}}\n- {id: w, type: book, title: x}"),
        ("r.yaml", "- {id: w, type: interview, author: [Anna Roe], custom: {pseudonym: W}}"),
        ("r.yaml", "- {id: w, type: interview, author: [Anna Roe], custom: protected}"),
        ("r.yaml", "- {id: w, type: interview, author: [Anna Roe], protected: true}"),
        ("r.yaml", '- {id: w, type: interview, author: [Anna Roe], note: "protected: yes"}'),
        ("r.yaml", "- {id: w, type: interview, author: [Anna Roe], keyword: [war, Protected]}"),
        ("r.yaml", "- {id: w, type: interviw, author: [Anna Roe], custom: {protected: true}}"),
        ("r.yaml", "- {id: w, type: book, title: T}\n- {id: w, type: interview, author: [Anna Roe], custom: {protected: true}}"),
        ("r.json", '[{"id": "w", "type": "interview", "author": [{"literal": "Anna Roe"}], "custom": {"protected": true}}]'),
        ("r.bib", "@interview{w, author = {Roe, Anna}, protected = {yes}}"),
        ("r.bib", "@interview{w, author = {Roe, Anna}, keywords = {war, protected}}"),
        ("r.bib", "@interview{w, author = {Roe, Anna}, pseudonym = {Witness A}}"),
        ("r.bib", "@interview{w, author = {Roe, Anna}, note = {protected: yes}}"),
        ("r.bib", "@interview{w, author = {Roe, Anna}, protected = true, date = {no date}}"),
        ("r.ris", "TY  - PCOMM\nID  - w\nAU  - Roe, Anna\nKW  - protected\nER  - \n"),
        ("r.ris", "TY  - PCOMM\nID  - w\nAU  - Roe, Anna\nC1  - protected: yes\nC2  - pseudonym: Witness A\nER  - \n"),
        ("r.ris", "TY  - PCOMM\nID  - w\nAU  - Roe, Anna\nKW  - protected\nPY  - x\nER  - \n"),
    ],
)  # fmt: skip
def test_protection_is_said_in_every_format(name: str, text: str) -> None:
    found, _ = read_library([Source(name, text)])
    leaf, _ = parse(Source("a.md", "It was Anna Roe."))
    codes = [problem.code for problem in name_witnesses(Manuscript((leaf,)), found, "en")]
    assert codes == ["witness-named"]


def test_a_plain_no_protects_nobody() -> None:
    assert told("Anna Roe", custom="protected: no") == []


def test_other_spellings_and_other_people_of_a_record_can_be_protected() -> None:
    assert [p.code for p in told("Анна Роу", custom="protected: true, also-named: 'Анна Роу; Anya Row'")] == [
        "witness-named"
    ]
    letter = (
        "- {id: l, type: personal_communication, author: [B], recipient: [Carl Doe], custom: {protected: recipient}}"
    )
    found, _ = read_library([Source("r.yaml", letter)])
    leaf, _ = parse(Source("a.md", "Carl Doe has it."))
    assert [p.code for p in name_witnesses(Manuscript((leaf,)), found, "en")] == ["witness-named"]
    assert Watch(found).witnesses[0].reference.people("author") == (Person(literal="B"),)


# Books ----------------------------------------------------------------------------------------

WITNESS = "- {id: w, type: interview, author: [{family: Abdullayeva, given: Günel}], event-date: 1992-03-13, custom: {protected: true}}\n"
NAMES = ("Abdullayeva", "abdullayeva", "Günel", "G\u00fcnel")


def book(folder: Path, files: dict[str, str], settings: str = "", editions: str = "[editions.epub]\n") -> Path:
    head = 'title = "T"\nlanguage = "en-GB"\n'
    base = {
        "book.toml": head + settings + editions,
        "references.yaml": WITNESS,
        "chapters/a.md": "# A\n\nWords [@w].\n",
    }
    for name, text in {**base, **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def errors(folder: Path) -> list[str]:
    return [p.code for p in build(folder).problems if p.severity is Severity.ERROR]


@pytest.mark.parametrize(
    ("settings", "files"),
    [
        ('subtitle = "For Günel Abdullayeva"\n', {}),
        ('description = "For Günel Abdullayeva"\n', {}),
        ('dedication = "For Günel Abdullayeva"\n', {}),
        ('rights = "Abdullayeva, Günel"\n', {}),
        ('slug = "gunel-abdullayeva"\n', {}),
        ('[[contributors]]\nname = "G. Abdullayeva"\nrole = "author"\n', {}),
        ("# Günel Abdullayeva\n", {}),
        ("", {"chapters/gunel-abdullayeva.md": "# B\n\nWords.\n"}),
        ("", {"chapters/abdullayeva.md": "# B\n\nWords.\n"}),
        ("", {"chapters/t.csv": "a,b\nGünel,Abdullayeva\n", "chapters/a.md": '# A\n\nWords [@w].\n\n::: {.table src="t.csv" header=1}\n:::\n'}),
        ("", {"more.yaml": "# from Günel Abdullayeva\n- {id: x, type: book, title: T}\n"}),
        ("", {"chapters/a.md": "---\nauthor: Günel Abdullayeva\n---\n\n# A\n\nWords [@w].\n"}),
    ],
)  # fmt: skip
def test_no_file_of_a_book_names_the_witness(tmp_path: Path, settings: str, files: dict[str, str]) -> None:
    if "more.yaml" in files:
        settings += '[citations]\nreferences = ["references.yaml", "more.yaml"]\n'
    assert {"witness-named", "witness-doubt"} & set(errors(book(tmp_path, files, settings)))
    assert not (tmp_path / "dist").exists()


def test_a_witness_without_pseudonym_is_never_an_empty_note(tmp_path: Path) -> None:
    for style in ("rights-chicago", "rights-oscola", "un", "apa"):
        folder = book(
            tmp_path / style, {"chapters/a.md": "# A\n\nWords [@w]. More [@w].\n"}, f'[citations]\nstyle = "{style}"\n'
        )
        done = build(folder)
        assert not done.failed, style
        with zipfile.ZipFile(done.written[0]) as archive:
            pages = [archive.read(name).decode() for name in archive.namelist() if name.endswith(".xhtml")]
        assert sum(page.count("Protected Witness") for page in pages) >= 1, style
        assert not any(name in page for page in pages for name in NAMES)


@pytest.mark.parametrize("form", ["text", "github", "json"])
@pytest.mark.parametrize(
    "files",
    [
        {"chapters/a.md": "# A\n\nWords of Günel Abdullayeva [@w; @nope].\n"},
        {"chapters/gunel-abdullayeva.md": "# B\n\nWords [@nope].\n"},
        {"references.yaml": WITNESS + "- {id: x, type: boook, title: With Günel Abdullayeva, author: [Abdullayeva]}\n"},
        {"references.yaml": WITNESS.replace("id: w", "id: abdullayeva92"), "chapters/a.md": "# A\n\nWords [@abdullayeva29].\n"},
        {"references.yaml": WITNESS.replace("event-date", "event_date")},
        {"references.yaml": WITNESS.replace("1992-03-13", "'13 March'")},
        {"references.yaml": WITNESS + "- {id: : x}\n"},
        {"references.yaml": WITNESS, "book.toml": 'title = "T"\nlanguage = "en-GB"\nsubtitel = "Günel Abdullayeva"\n[editions.epub]\n'},
        {"references.yaml": WITNESS, "chapters/a.md": "# A\n\nWords.\n"},
    ],
)  # fmt: skip
def test_no_message_says_the_name(tmp_path: Path, form: str, files: dict[str, str]) -> None:
    folder = book(tmp_path, files)
    for command in ("check", "build"):
        said = CliRunner().invoke(stet, [command, str(folder), "--format", form])
        out = said.output
        assert "witness" in out or "ref-" in out or "book-key" in out, out
        for text in (out, *(json.dumps(json.loads(line)) for line in out.splitlines() if line.startswith("{"))):
            assert not any(name in text.replace("\\u00fc", "ü") for name in NAMES), out
    again = CliRunner().invoke(stet, ["build", str(folder), "--format", form])
    assert not any(name in again.output for name in NAMES)


def test_a_message_does_not_say_how_long_the_name_is(tmp_path: Path) -> None:
    outputs = []
    for number, name in enumerate(("Günel Abdullayeva", "Li Na")):
        family = name.split()[1]
        witness = WITNESS.replace("Abdullayeva", family).replace("Günel", name.split()[0])
        folder = book(
            tmp_path / str(number), {"references.yaml": witness, "chapters/a.md": f"# A\n\nWords of {name} here.\n"}
        )
        said = CliRunner().invoke(stet, ["check", str(folder), "--format", "text"])
        outputs.append(said.output.replace(str(folder), ""))
    assert outputs[0] == outputs[1]
    assert "3 | Words of ███ here." in outputs[0]
    assert "^^^\n" in outputs[0]


def test_an_allowance_does_not_let_a_name_stand(tmp_path: Path) -> None:
    files = {"chapters/a.md": "# A\n\nWords of Günel Abdullayeva [@w].\n"}
    general = '[[allow]]\ncode = "witness-named"\nreason = "it is known"\n'
    assert sorted(errors(book(tmp_path, files, editions="[editions.epub]\n" + general))) == [
        "allowance-witness",
        "witness-named",
    ]
    other = (
        '[[allow]]\ncode = "witness-named"\nfile = "chapters/a.md"\nwords = "Words of somebody else here"\n'
        'reason = "a namesake"\nby = "M. Petrova"\n'
    )
    assert errors(book(tmp_path, files, editions="[editions.epub]\n" + other)) == ["witness-named"]


def test_a_namesake_stands_where_a_person_answers_for_it(tmp_path: Path) -> None:
    files = {"chapters/a.md": "# A\n\nThe minister Günel Abdullayeva signed it [@w].\n"}
    allowance = (
        '[[allow]]\ncode = "witness-named"\nfile = "chapters/a.md"\nwords = "The minister Günel Abdullayeva signed"\n'
        'reason = "the minister of 1992, no witness"\nby = "M. Petrova"\n'
    )
    folder = book(tmp_path, files, editions="[editions.epub]\n" + allowance)
    done = build(folder)
    assert not done.failed
    (said,) = [problem for problem in done.problems if problem.code == "witness-allowed"]
    assert "M. Petrova: the minister of 1992" in said.message
    (folder / "chapters" / "a.md").write_text("# A\n\nThe minister Günel Abdullayeva signed it, and Günel Abdullayeva saw it [@w].\n", "utf-8")  # fmt: skip
    assert errors(folder) == ["witness-named"]


_ALLOWED = (
    '[[allow]]\ncode = "witness-named"\nfile = "chapters/a.md"\nwords = "The minister *Günel* Abdullayeva signed"\n'
    'reason = "the minister of 1992, no witness"\nby = "M. Petrova"\n'
)
_BOTH = '[editions.epub]\n[editions.print]\ntrim = "6x9"\n'


def test_a_namesake_in_a_heading_stands_in_contents_ids_and_running_heads(tmp_path: Path) -> None:
    text = "# The minister *Günel* Abdullayeva signed it\n\n" + "She signed, and others with her.[@w] " * 700 + "\n"
    done = build(book(tmp_path, {"chapters/a.md": text}, editions=_BOTH + _ALLOWED))
    assert [problem for problem in done.problems if problem.severity is Severity.ERROR] == []


def test_a_namesake_is_known_wherever_its_line_falls(tmp_path: Path) -> None:
    text = "# A\n\n" + "Words and words. " * 130 + "The minister *Günel* Abdullayeva signed it.[@w]\n"
    done = build(book(tmp_path, {"chapters/a.md": text}, editions=_BOTH + _ALLOWED))
    assert [problem for problem in done.problems if problem.severity is Severity.ERROR] == []


@pytest.mark.parametrize(
    "printed", ["Günel Abdullayeva", "Abdullayeva, Günel, the minister", "As Günel Abdullayeva signed"]
)
def test_a_namesake_does_not_open_the_gate_for_the_witness(tmp_path: Path, printed: str) -> None:
    style = f"""<style xmlns="http://purl.org/net/xbiblio/csl" version="1.0" class="note">
<info><title>t</title><id>t</id><updated>2026-01-01T00:00:00Z</updated></info>
<citation><layout suffix="."><text value="{printed}"/></layout></citation></style>"""
    files = {
        "chapters/a.md": "# A\n\nThe minister *Günel* Abdullayeva signed it. And it was seen.[@w]\n",
        "styles/csl/own.csl": style,
    }
    done = build(book(tmp_path, files, '[citations]\nstyle = "own"\n', _BOTH + _ALLOWED))
    assert len([problem for problem in done.problems if problem.code == "witness-named"]) == 2
    assert not list((tmp_path / "dist").glob("*"))


@pytest.mark.parametrize(
    "rule",
    [
        '.x::after { content: "G\\fcnel Abdullayev\\61 "; }',
        '.x::after { content: "G\\00fc nel \\41 bdullayeva"; }',
        '.x::after { content: "Günel Abdul" "layeva"; }',
        ".x::after { content: 'Günel Abdul\\\nlayeva'; }",
        "/* Günel Abdullayeva */",
    ],
)
def test_a_name_in_the_escapes_of_a_sheet_is_found(rule: str) -> None:
    (found,) = check_witnesses(Watch(library(LONG)), "book.css", rule.encode())
    assert found.code == "witness-named"
    drawn = f"<svg xmlns='http://www.w3.org/2000/svg'><style>{rule}</style></svg>"
    assert check_witnesses(Watch(library(LONG)), "a.svg", drawn.encode())


def test_a_name_in_the_escapes_of_json_is_found() -> None:
    data = json.dumps({"title": "Günel Abdullayeva"}).encode()
    assert check_witnesses(Watch(library(LONG)), "edition.json", data)
    assert not check_witnesses(Watch(library(LONG)), "edition.json", b'{"title": "G\\u00fcnel"}')


def test_a_name_that_comes_from_a_style_stops_at_the_gate(tmp_path: Path) -> None:
    style = """<style xmlns="http://purl.org/net/xbiblio/csl" version="1.0" class="note">
<info><title>t</title><id>t</id><updated>2026-01-01T00:00:00Z</updated></info>
<citation><layout suffix="."><text value="Günel "/><text value="Abdullayeva"/></layout></citation></style>"""
    folder = book(tmp_path, {"styles/csl/own.csl": style}, '[citations]\nstyle = "own"\n', '[editions.epub]\n[editions.print]\ntrim = "6x9"\n')  # fmt: skip
    done = build(folder)
    found = [problem.message for problem in done.problems if problem.code == "witness-named"]
    assert len(found) == 2
    assert any("on page" in message for message in found)
    assert not list((tmp_path / "dist").glob("*"))
    kept = b"".join(path.read_bytes() for path in (tmp_path / ".cache").rglob("*") if path.is_file())
    assert b"Abdullayeva" not in kept


def test_what_was_made_before_a_witness_was_protected_is_told_and_forgotten(tmp_path: Path) -> None:
    files = {
        "references.yaml": WITNESS.replace(", custom: {protected: true}", ""),
        "chapters/a.md": "# A\n\nWords [@w].\n",
    }
    editions = '[editions.epub]\n[editions.small]\nmedium = "epub"\n'
    folder = book(tmp_path, files, editions=editions)
    assert not build(folder).failed
    book(tmp_path, {"references.yaml": WITNESS}, editions=editions)
    assert "witness-named" in {problem.code for problem in check(folder).problems}
    assert [p.code for p in build(folder, editions=("epub",)).problems if p.severity is Severity.ERROR] == [
        "witness-named"
    ]
    assert not build(folder).failed
    assert "witness-named" not in {problem.code for problem in check(folder).problems}
    for path in (tmp_path / ".cache").rglob("*"):
        assert not path.is_file() or b"Abdullayeva" not in path.read_bytes()


def test_a_pseudonym_that_holds_the_given_name_is_a_doubt() -> None:
    found = name_witnesses(Manuscript(), library(ROE, custom="protected: true, pseudonym: Anna R."), "en")
    assert [(problem.code, problem.severity) for problem in found] == [("witness-doubt", Severity.WARNING)]


def test_a_file_that_cannot_be_read_and_may_protect_somebody_is_never_allowed(tmp_path: Path) -> None:
    files = {"references.yaml": WITNESS + "- {id: : x\n", "chapters/a.md": "# A\n\nGünel Abdullayeva.\n"}
    allowance = '[[allow]]\ncode = "ref-syntax"\nreason = "later"\n'
    assert errors(book(tmp_path, files, editions="[editions.epub]\n" + allowance)) == ["ref-syntax"]


def test_what_an_import_says_of_references_has_no_names(tmp_path: Path) -> None:
    (tmp_path / "x.ris").write_text("TY  - PCOMM\nAU  - Abdullayeva, Günel\nKW  - protected\nPY  - x Günel Abdullayeva\nER  - \n", "utf-8")  # fmt: skip
    said = CliRunner().invoke(stet, ["import", str(tmp_path / "x.ris"), "--into", str(tmp_path / "b")])
    assert "ref-date" in said.output, said.output
    assert not any(name in said.output for name in NAMES)


def test_keys_made_of_a_database_do_not_say_who_is_protected() -> None:
    found, _ = read_library(
        [Source("r.ris", "TY  - PCOMM\nAU  - Abdullayeva, Günel\nKW  - protected\nPY  - 1992\nER  - \n")]
    )
    assert list(found.references) == ["witness1992"]


def test_pictures_are_attached_without_what_they_say_of_their_makers(tmp_path: Path) -> None:
    from PIL import Image, PngImagePlugin

    about = PngImagePlugin.PngInfo()
    about.add_text("Author", "Günel Abdullayeva", zip=False)
    folder = book(
        tmp_path,
        {"chapters/a.md": "# A\n\nWords [@w].\n\n![A house](house.png)\n"},
        editions='[editions.screen]\nattach = "sources"\n',
    )
    Image.new("RGB", (300, 300), "white").save(folder / "house.png", pnginfo=about)
    done = build(folder)
    assert not done.failed, done.problems
    with pikepdf.open(next(path for path in done.written if path.suffix == ".pdf")) as pdf:
        held = {name: pdf.attachments[name].get_file().read_bytes() for name in pdf.attachments}
    assert "house.png" in held
    assert "references.yaml" not in held
    assert not any(b"Abdullayeva" in data for data in held.values())
