"""What tests of the layout share: fonts, styles, words, and units set in child processes."""

from __future__ import annotations

import random
import zlib
from pathlib import Path

from pipeline.html import Resource
from pipeline.pdf.facts import Job, UnitResult
from pipeline.pdf.workers import Crew

ROOT = Path(__file__).parent.parent
STYLES = ROOT / "styles"
FONTS = tuple(
    Resource(f"fonts/{path.name}", "font/ttf", path.read_bytes())
    for path in sorted((STYLES / "fonts").glob("*.ttf"))
    if path.name.startswith(("SourceSerif4-", "NotoSerifHebrew", "NotoSerifArmenian"))
)
FACES = """
@font-face { font-family: "Test Serif"; src: url(fonts/SourceSerif4-Regular.ttf) }
@font-face { font-family: "Test Serif"; src: url(fonts/SourceSerif4-It.ttf); font-style: italic }
@font-face { font-family: "Test Serif"; src: url(fonts/SourceSerif4-Bold.ttf); font-weight: 700 }
@font-face { font-family: "Test Hebrew"; src: url(fonts/NotoSerifHebrew-Regular.ttf) }
"""
LOOK = """
@page { size: 148mm 210mm; margin: 18mm 17mm 20mm; @footnote { padding-top: 3pt; margin-top: 6pt } }
html { font: 10pt/13pt "Test Serif", "Test Hebrew"; text-align: justify; hyphens: auto; orphans: 2; widows: 2 }
body { margin: 0 6pt } p { margin: 0; text-indent: 1em } h1, h2 { break-after: avoid } img { width: 20mm }
.note { font-size: 8.5pt; line-height: 11pt; text-align: justify } .note p { text-indent: 0 }
"""
CSS = (FACES, (STYLES / "mechanics.css").read_text(encoding="utf-8"), LOOK)
WORDS = (
    "the whale of a ship under captain harpoon considerable philosophical weather melancholy circumference deep".split()
)


def words(seed: int, count: int) -> str:
    chance = random.Random(seed)
    return " ".join(chance.choice(WORDS) for _ in range(count))


def page(body: str) -> str:
    return f'<html lang="en"><head><title>T</title></head><body><section id="u">{body}</section></body></html>'


def job(body: str, name: str = "u", css: str = "", resources: tuple[Resource, ...] = ()) -> Job:
    return Job(name, page(body), (*CSS, css), resources, "en", "T", f"{name}-", path="manuscript/u.md")


def set_one(crew: Crew, unit: Job) -> UnitResult:
    (result,) = crew.set_units([unit])
    return result


def codes(result: UnitResult) -> list[str]:
    return [problem.code for problem in result.problems]


def picture(width: int = 8, height: int = 8) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x02\0\0\0"
    rows = b"".join(b"\0" + b"\xff\0\0" * width for _ in range(height))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
