"""All note styles of the package, beside the reference processor citeproc-js (`make validators` brings it).

`make compare-csl` prints the figure of each style, and what differs most often.
"""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml

from pipeline.csl.engine import compile_style, parent
from pipeline.csl.values import Cite, Cluster
from tests.csl_adapter import NOTHING, locale_folder, style_folder, to_html
from tests.validators import HOME

CITEPROC = HOME / "citeproc"
RUNNER = Path(__file__).parent / "citeproc" / "cite.js"
IS_HERE = (CITEPROC / "node_modules" / "citeproc").is_dir() and shutil.which("node") is not None

WORKS = """
waal: {type: book, title: "Black Garden: Armenia and Azerbaijan through Peace and War", title-short: Black Garden, author: [{family: Waal, given: Thomas, non-dropping-particle: de}], publisher: New York University Press, publisher-place: New York, issued: {date-parts: [[2003]]}, ISBN: 978-0-8147-1944-8}
cass: {type: book, title: International Law, author: [{family: Cassese, given: Antonio}], edition: "2", publisher: Oxford University Press, publisher-place: Oxford, issued: {date-parts: [[2005]]}}
cass2: {type: book, title: International Criminal Law, author: [{family: Cassese, given: Antonio}, {family: Gaeta, given: Paola}], edition: "3", publisher: Oxford University Press, publisher-place: Oxford, issued: {date-parts: [[2013]]}}
udhr: {type: treaty, title: Universal Declaration of Human Rights, title-short: UDHR, number: 217 A(III), issued: {date-parts: [[1948, 12, 10]]}}
iccpr: {type: treaty, title: International Covenant on Civil and Political Rights, title-short: ICCPR, container-title: United Nations Treaty Series, volume: "999", page: "171", issued: {date-parts: [[1966, 12, 16]]}}
chir: {type: legal_case, title: Chiragov and Others v. Armenia, title-short: Chiragov, authority: European Court of Human Rights, number: 13216/05, issued: {date-parts: [[2015, 6, 16]]}}
hrw: {type: report, title: "Bloodshed in the Caucasus: Escalation of the Armed Conflict", author: [{literal: Helsinki Watch}], publisher: Human Rights Watch, publisher-place: New York, issued: {date-parts: [[1992, 9]]}}
news: {type: article-newspaper, title: A Report from the Road, container-title: Nezavisimaya Gazeta, publisher-place: Moscow, issued: {date-parts: [[1992, 6, 18]]}, page: "4"}
mem: {type: chapter, title: What the Observers Saw, author: [{family: Roe, given: Anna}], container-title: Papers on the Border, editor: [{family: Brown, given: Carl}, {family: Doe, given: Jane}], publisher: Ithaca Press, publisher-place: London, page: 81-102, issued: {date-parts: [[2014]]}}
int: {type: interview, title: Interview with a nurse, author: [{family: Aliyeva, given: Leyla}], interviewer: [{family: Roe, given: Anna}], issued: {date-parts: [[1992, 3, 13]]}}
web: {type: webpage, title: The Medical Train, URL: "https://example.org/train", author: [{literal: Memorial Human Rights Center}], accessed: {date-parts: [[2026, 1, 2]]}, issued: {date-parts: [[2019, 5, 4]]}}
thesis: {type: thesis, title: Notes on Evidence, author: [{family: Hakobyan, given: Aram}], genre: PhD thesis, publisher: Yerevan State University, issued: {date-parts: [[2011]]}}
leg: {type: legislation, title: Human Rights Act 1998, issued: {date-parts: [[1998]]}, container-title: UKPGA, chapter-number: "42"}
conf: {type: paper-conference, title: How to Count the Dead, author: [{family: Ball, given: Patrick}], container-title: Proceedings on Data, page: 11-20, issued: {date-parts: [[2008]]}}
many: {type: article-journal, title: "Counting what remains: a study", author: [{family: Aal, given: Ada}, {family: Bell, given: Ben}, {family: Cole, given: Cy}, {family: Dorn, given: Di}], container-title: Journal of Human Rights, volume: "12", issue: "3", page: 101-118, issued: {date-parts: [[2013, 7]]}, DOI: 10.1000/182}
"""
NOTES = """
waal | udhr art 3 | chir para 120-122; cass | waal p 12 | waal p 12 | waal p 14-16 | cass2; iccpr art 7 | cass2 p 402
| hrw; news | mem p 90-91 | mem ch 4 | int | web; thesis | leg s 6 | cass p 33 | conf; many | many p 101 | chir para 3 | many; waal
"""
LABELS = {"p": "page", "art": "article-locator", "para": "paragraph", "ch": "chapter", "s": "section"}


def items() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load(WORKS)
    return {key: {**value, "id": key} for key, value in found.items()}


def clusters() -> list[list[dict[str, str]]]:
    out = []
    for note in NOTES.split("|"):
        cites = []
        for cite in note.split(";"):
            key, *place = cite.split()
            cites.append({"id": key, **({"locator": place[1], "label": LABELS[place[0]]} if place else {})})
        out.append(cites)
    return out


def _read_locale(tag: str) -> bytes | None:
    """Return a locale of the package, which the reference reads too, without the words that ours add."""
    path = locale_folder() / f"locales-{tag}.xml"
    return path.read_bytes() if path.is_file() else None


def ours(style: bytes) -> list[str]:
    compiled, faults = compile_style(style, _read_locale)
    assert compiled is not None, faults
    notes = [
        Cluster(str(number), tuple(Cite(c["id"], c.get("locator", ""), c.get("label", "")) for c in cites), number)
        for number, cites in enumerate(clusters(), 1)
    ]
    register, _ = compiled.register(items(), notes)
    return [to_html(citation.runs) or NOTHING for citation in register.citations()]


def theirs(styles: list[Path], folder: Path) -> dict[str, Any]:
    notes = [{"id": f"c{n}", "note": n, "cites": cites} for n, cites in enumerate(clusters(), 1)]
    job = {"locales": str(locale_folder()), "items": items(), "clusters": notes, "styles": list(map(str, styles))}
    (folder / "job.json").write_text(json.dumps(job), "utf-8")
    subprocess.run(
        ["node", RUNNER, CITEPROC, folder / "job.json", folder / "out.json"], check=True, stdout=subprocess.DEVNULL
    )
    found: dict[str, Any] = json.loads((folder / "out.json").read_text("utf-8"))
    return found


def comparable(text: str) -> str:
    """Leave out what no reader would call a difference: tags, kinds of blank and quote, the last stop, the first capital."""
    text = html.unescape(re.sub(r"<[^<>]*>", "", text)).replace("’", "'")
    text = " ".join(re.sub(r"[\u00a0\u202f]", " ", text).split()).rstrip(".")
    return text[:1].lower() + text[1:]


def note_styles() -> list[Path]:
    return [
        path
        for path in sorted(style_folder().glob("*.csl"))
        if b'class="note"' in (data := path.read_bytes()) and not parent(data)[0]
    ]


def compared(styles: list[Path], folder: Path) -> dict[str, list[tuple[str, str]]]:
    """Return for each style what we print and what the reference prints, note by note."""
    reference = theirs(styles, folder)
    return {
        path.stem: list(
            zip(map(comparable, ours(path.read_bytes())), map(comparable, reference[str(path)]), strict=True)
        )
        for path in styles
        if isinstance(reference[str(path)], list)
    }


@pytest.mark.slow
@pytest.mark.skipif(not IS_HERE, reason="SKIPPED LOUDLY: citeproc-js is not here; `make validators` installs it")
def test_note_styles_print_what_the_reference_processor_prints(tmp_path: Path) -> None:
    found = compared(note_styles()[::3], tmp_path)  # `make compare-csl` takes all of them
    assert len(found) > 170
    pairs = [pair for notes in found.values() for pair in notes]
    same = sum(one == other for one, other in pairs)
    assert same / len(pairs) >= 0.97, f"{same} of {len(pairs)}"


def main() -> None:
    """Print the figure of each style that differs, the worst last, and some of the differences."""
    if not IS_HERE:
        sys.exit("citeproc-js is not here; `make validators` installs it")
    with TemporaryDirectory() as folder:
        found = compared(note_styles(), Path(folder))
    rows = sorted(((sum(a == b for a, b in notes) / len(notes), name) for name, notes in found.items()), reverse=True)
    for share, name in rows:
        if share < 1:
            print(f"{share:6.1%}  {name}")
            for one, other in [pair for pair in found[name] if pair[0] != pair[1]][:2]:
                print(f"        ours  {one[:150]}\n        theirs {other[:150]}")
    pairs = [pair for notes in found.values() for pair in notes]
    whole = Counter(share == 1 for share, _ in rows)[True]
    same = sum(a == b for a, b in pairs)
    print(f"{same} of {len(pairs)} notes ({same / len(pairs):.2%}), {whole} of {len(rows)} styles whole")


if __name__ == "__main__":
    main()
