"""Draw the pictures and write the rows of the book `plates`; run it again after a change: `python tests/draw_plates.py`."""

from __future__ import annotations

import math
from pathlib import Path

HERE = Path(__file__).parent / "books" / "plates"
NAMES = "Gannet Tern Fulmar Petrel Kittiwake Razorbill Guillemot Shag Dunlin Eider".split()
KINDS = ("fixed white", "flashing white every 5 seconds", "occulting red", "group flashing (3) white every 15 seconds")
STATES = (
    "", "Lens cleaned twice.", "Oil ran short, relief came by boat on the third day.", "Fog; the horn was sounded for nine hours.",
    "Glass cracked by a stone that the sea threw.", "", "A new wick.", "Keeper ill; his daughter kept the light.",
)  # fmt: skip


def svg(folder: Path, name: str, width: int, height: int, *parts: str) -> None:
    body = "".join(parts)
    (folder / "images" / f"{name}.svg").write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
        f'<rect width="{width}" height="{height}" fill="#fff"/>{body}</svg>\n',
        "utf-8",
    )


def tower(x: float, foot: float, high: float) -> str:
    wide = high / 6
    stripes = "".join(
        f'<path d="M{x - wide * (1 - n / 14):.1f} {foot - high * n / 7:.1f}H{x + wide * (1 - n / 14):.1f}'
        f'L{x + wide * (1 - (n + 1) / 14):.1f} {foot - high * (n + 1) / 7:.1f}H{x - wide * (1 - (n + 1) / 14):.1f}Z" '
        f'fill="{"#222" if n % 2 else "#ddd"}"/>'
        for n in range(6)
    )
    lamp = foot - high
    return f'{stripes}<path d="M{x - wide / 2:.1f} {lamp + high / 7:.1f}h{wide:.1f}v-{high / 9:.1f}l-{wide / 2:.1f} -{high / 12:.1f}l-{wide / 2:.1f} {high / 12:.1f}Z" fill="#555"/>'


def sea(width: int, top: int, bottom: int, step: int = 14) -> str:
    lines = []
    for row, y in enumerate(range(top, bottom, step)):
        points = " ".join(f"{x} {y + 4 * math.sin((x + 37 * row) / (16 + row)):.1f}" for x in range(0, width + 1, 6))
        lines.append(f'<polyline points="{points}" fill="none" stroke="#444" stroke-width="{0.6 + row * 0.08:.2f}"/>')
    return "".join(lines)


def draw(folder: Path = HERE) -> None:
    """Write all files of the book that are no words of its own."""
    svg(folder, "tower", 300, 340, tower(150, 300, 260), sea(300, 302, 338, 9))
    svg(folder, "sound", 420, 200, sea(420, 60, 190), *(tower(40 + 38 * n, 70 + 9 * (n % 3), 44) for n in range(10)))
    beam = "".join(f'<path d="M60 90L400 {20 + 28 * n}v16Z" fill="#{"ccc" if n % 2 else "eee"}"/>' for n in range(6))
    svg(folder, "beam", 420, 200, beam, tower(60, 180, 120))
    rings = "".join(f'<circle cx="200" cy="280" r="{18 * n}" fill="none" stroke="#333"/>' for n in range(1, 11))
    rays = "".join(
        f'<path d="M200 280L{200 + 185 * math.cos(n * math.pi / 18):.1f} {280 + 185 * math.sin(n * math.pi / 18):.1f}" '
        'stroke="#999" stroke-width="0.7"/>' for n in range(36)
    )  # fmt: skip
    svg(folder, "lens", 400, 560, rays, rings, '<path d="M200 60v440M60 280h280" stroke="#000" stroke-width="2"/>')
    svg(
        folder,
        "storm",
        600,
        900,
        '<rect width="600" height="900" fill="#d8d8d8"/>',
        sea(600, 420, 900, 18),
        tower(300, 560, 420),
    )
    svg(folder, "chart", 640, 400, sea(640, 30, 380, 40), *(
        f'<circle cx="{60 + 58 * n}" cy="{200 + 120 * math.sin(n):.0f}" r="5"/>'
        f'<path d="M{60 + 58 * n} {200 + 120 * math.sin(n):.0f}l18 -26" stroke="#000"/>' for n in range(10)
    ))  # fmt: skip
    svg(
        folder,
        "boat",
        360,
        240,
        '<path d="M60 150h240l-40 50H100Z" fill="#333"/><path d="M180 40v110M180 46l80 90h-80Z" stroke="#000" fill="#ccc"/>',
        sea(360, 190, 236, 10),
    )
    svg(
        folder,
        "keeper",
        300,
        420,
        '<circle cx="150" cy="110" r="48" fill="#bbb"/><path d="M70 400q10 -220 80 -220t80 220Z" fill="#444"/><path d="M96 92h108l-14 -44h-80Z" fill="#222"/>',
    )
    svg(folder, "lamp", 24, 30, '<path d="M4 26h16v-3H4ZM7 21h10l2 -12H5ZM12 1l5 6H7Z"/>')
    rows = ["Year,Light,Character,Hours lit,Nights of fog,What the log says"]
    for n in range(56):
        year, name = 1861 + n // 5, NAMES[n * 7 % 10]
        said = STATES[n * 5 % 8]
        rows.append(f'{year},{name} Rock,"{KINDS[n * 3 % 4]}","{3600 + n * 37 % 800:,}",{n * 11 % 60},"{said}"')
    (folder / "data" / "log.csv").write_text("\n".join(rows) + "\n", "utf-8")


if __name__ == "__main__":
    draw()
