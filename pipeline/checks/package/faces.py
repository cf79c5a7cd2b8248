"""Every sign of every run is in the face in which it is set."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Iterator, Mapping

from fontTools.ttLib import TTFont, TTLibError
from lxml import etree

from pipeline.checks.package.parts import Parts, place_of
from pipeline.checks.package.styles import sheets_of
from pipeline.edition.places import Places
from pipeline.epub.documents import MATHML, SVG, XHTML, local, resolve, within
from pipeline.epub.fonts import ASSURED, Cut, characters, choose
from pipeline.epub.sheet import GENERIC, Sheet
from pipeline.source import Problem


def check_faces(parts: Parts, places: Places) -> Iterator[Problem]:
    """Every sign of every run is in the face in which the style sheet sets it, and faces have the names they go by."""
    for name, css in sheets_of(parts).items():
        sheet = Sheet(css)
        families: dict[str, list[Cut]] = {}
        for face in sheet.faces:
            target = resolve(name, face.source)
            data = parts.members.get(target[0]) if target is not None else None
            if data is None:
                yield Problem("epub-face", f"the font `{face.source}` is not in the package, in `{name}`")
                continue
            try:
                families.setdefault(face.family, []).append(Cut(face, data, characters(data)))
                known = _family(data)
            except (TTLibError, OSError, ValueError, KeyError, AssertionError) as error:
                yield Problem("epub-face", f"the font `{face.source}` cannot be read: {error}")
                continue
            if known != face.family:
                yield Problem(
                    "epub-face",
                    f"the font `{face.source}` names itself `{known}`, the style sheet calls it `{face.family}`",
                )
        for document, tree in parts.trees.items():
            if tree.tag == f"{{{XHTML}}}html":
                yield from _uncovered(document, tree, sheet, families, places)


def _family(data: bytes) -> str:
    with TTFont(io.BytesIO(data), lazy=True) as font:
        return str(font["name"].getBestFamilyName() or "")


def _uncovered(
    document: str, tree: etree._Element, sheet: Sheet, families: Mapping[str, list[Cut]], places: Places
) -> Iterator[Problem]:
    hidden: set[etree._Element] = set()
    seen: set[str] = set()
    for element, letter in sheet.letters(tree):
        parent = element.getparent()
        if parent in hidden or within(element, SVG, MATHML) or local(element) == "head":
            hidden.add(element)
            continue
        text = (element.text or "") + "".join(child.tail or "" for child in element)
        bundled = letter.families and letter.families[0] not in GENERIC and letter.families[0] in families
        if not text or (not bundled and ASSURED.issuperset(text)):
            continue
        cuts = [choose(families[family], letter) for family in letter.families if family in families]
        for character in sorted(set(unicodedata.normalize("NFC", text)) | set(text)):
            if character.isspace() or unicodedata.category(character) in ("Cf", "Mn", "Mc", "Me") or character in seen:
                continue
            if any(cut.has(character) for cut in cuts):
                continue
            # Our sans and the fallback have every letter, figure and point that readers can be trusted to have.
            if character in ASSURED and not (bundled and unicodedata.category(character)[0] in "LNP"):
                continue
            seen.add(character)
            face = letter.families[0] if letter.families else "the reader’s own"
            yield Problem(
                "epub-face",
                f"`{character}` (U+{ord(character):04X}) is not in the face in which it is set, {face}, in `{document}`",
                place_of(element, places),
            )
