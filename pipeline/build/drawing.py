"""The bytes of an SVG come in; the same drawing, written anew from what is known to be harmless, goes out.

No DOCTYPE, no entity, no script, nothing from outside the file. What drawing programs note beside the
drawing (names, paths, settings) is left out. What a drawing would unfold to is counted before anybody
draws it: a file of a few lines can ask for a thousand million shapes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"
XML = "http://www.w3.org/XML/1998/namespace"

DEPTH = 96
ATTRIBUTES = 100
UNFOLDED = 50_000
"""Elements that a drawing may have once every `use`, pattern, mask and marker is unfolded."""


class Fault(Enum):
    """How bad it is."""

    BROKEN = "broken"
    UNSAFE = "unsafe"
    UNSUPPORTED = "unsupported"
    IGNORED = "ignored"
    WORDS = "words"


Said = tuple[Fault, str]

_SHAPES = frozenset("path rect circle ellipse line polyline polygon text tspan textPath use".split())
_ELEMENTS = _SHAPES | frozenset(
    "svg g defs symbol title desc linearGradient radialGradient stop clipPath mask pattern marker style switch".split()
)
_LETTERED = frozenset(("text", "tspan", "textPath"))
_NOTES = frozenset({"metadata"})
_UNSAFE = frozenset(
    "script foreignObject iframe object embed audio video canvas animate animateColor animateMotion animateTransform set "
    "discard handler listener a image feImage cursor font-face-uri".split()
)
_GRADIENTS = frozenset({"linearGradient", "radialGradient"})

_ATTRIBUTES = frozenset(
    """
    id class style lang role version viewBox preserveAspectRatio width height x y x1 y1 x2 y2 cx cy r rx ry fx fy fr dx dy
    d points pathLength transform rotate textLength lengthAdjust startOffset method spacing side offset gradientUnits
    gradientTransform spreadMethod patternUnits patternContentUnits patternTransform clipPathUnits maskUnits
    maskContentUnits mask-type markerUnits markerWidth markerHeight refX refY orient href media type
    alignment-baseline baseline-shift clip clip-path clip-rule color color-interpolation color-rendering cursor direction
    display dominant-baseline fill fill-opacity fill-rule font font-family font-size font-size-adjust font-stretch
    font-style font-variant font-weight glyph-orientation-horizontal glyph-orientation-vertical image-rendering isolation
    kerning letter-spacing marker marker-end marker-mid marker-start mask mix-blend-mode opacity overflow paint-order
    pointer-events shape-rendering stop-color stop-opacity stroke stroke-dasharray stroke-dashoffset stroke-linecap
    stroke-linejoin stroke-miterlimit stroke-opacity stroke-width text-anchor text-decoration text-rendering
    unicode-bidi vector-effect visibility white-space word-spacing writing-mode
    """.split()
)
_NOTHING_LOST = frozenset(
    "baseProfile contentScriptType contentStyleType enable-background zoomAndPan xmlns tabindex focusable "
    "requiredFeatures requiredExtensions systemLanguage color-profile".split()
)
"""Attributes that no edition needs; they are left out without a word."""

_URL = re.compile(r"url\(\s*(?:\"([^\"]*)\"|'([^']*)'|([^)\"']*))\s*\)", re.IGNORECASE)
_FORBIDDEN_CSS = re.compile(
    r"\\|@(?!media\b)|expression\s*\(|(?:image|image-set|src|attr|element|paint)\s*\(|-moz-binding|behavior\s*:",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_NUMBER = re.compile(r"-?[0-9.]+(?:[eE][-+]?[0-9]+)?")


@dataclass(slots=True)
class _Element:
    """One element, as far as counting needs it."""

    name: str
    id: str = ""
    children: list[_Element] = field(default_factory=list)
    refers: list[tuple[str, int]] = field(default_factory=list)
    """ids that it draws with, and how many times each"""


class _Stop(Exception):
    """Nothing after this can be believed."""

    def __init__(self, fault: Fault, words: str) -> None:
        super().__init__(words)
        self.said: Said = (fault, words)


def clean_drawing(data: bytes) -> tuple[bytes | None, tuple[Said, ...], tuple[str, ...]]:
    """Return the drawing written anew (or None), what is wrong with it, and what else it told.

    What is wrong reads as the end of a sentence: "the drawing … holds a script".
    """
    reader = _Reader()
    try:
        reader.read(data)
        _count(reader.roots, reader.ids, reader.style_refers)
    except _Stop as stop:
        reader.faults.append(stop.said)
    except expat.ExpatError as error:
        reason = expat.errors.messages.get(error.code, "")
        words = f"is not well-formed XML: line {error.lineno}, column {error.offset + 1}"
        reader.faults.append((Fault.BROKEN, f"{words}: {reason}" if reason else words))
    except (UnicodeError, ValueError, LookupError):
        reader.faults.append((Fault.BROKEN, "is not written in UTF-8"))
    fine = all(fault is Fault.IGNORED for fault, _ in reader.faults)
    text = "".join(reader.written)
    return (text.encode() + b"\n" if fine else None), tuple(reader.faults), tuple(reader.told)


class _Reader:
    """Reads an SVG once, event by event, and writes it anew."""

    def __init__(self) -> None:
        self.written: list[str] = ['<?xml version="1.0" encoding="UTF-8"?>\n']
        self.faults: list[Said] = []
        self.told: list[str] = []
        self.roots: list[_Element] = []
        self.ids: dict[str, _Element] = {}
        self.style_refers: list[str] = []
        self._open: list[_Element] = []
        self._skipped = 0
        self._style: list[str] = []
        self._lettered = False

    def read(self, data: bytes) -> None:
        parser = expat.ParserCreate("utf-8" if data.startswith(b"\xef\xbb\xbf") else None, " ")
        parser.ordered_attributes = True
        parser.buffer_text = True
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        parser.StartDoctypeDeclHandler = self._doctype
        parser.EntityDeclHandler = self._entity
        parser.SkippedEntityHandler = self._entity_used
        parser.ProcessingInstructionHandler = self._instruction
        parser.XmlDeclHandler = self._declaration
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.Parse(data, True)

    def _doctype(self, name: str, system: str | None, public: str | None, subset: bool) -> None:
        if subset:
            raise _Stop(Fault.UNSAFE, "has a DOCTYPE that declares things of its own")
        if name != "svg" or not (public or "").startswith("-//W3C//DTD SVG"):
            raise _Stop(Fault.UNSAFE, "has a DOCTYPE that is not SVG's own")

    def _entity(self, *_: object) -> None:
        raise _Stop(Fault.UNSAFE, "declares entities")

    def _entity_used(self, name: str, parameter: bool) -> None:
        raise _Stop(Fault.UNSAFE, f"uses `&{name};`, which it does not explain")

    def _instruction(self, target: str, words: str) -> None:
        if target.lower().startswith("xml-"):
            raise _Stop(Fault.UNSAFE, f"calls for something outside it with `<?{target}`")
        self._tell("notes of a drawing program")

    def _declaration(self, version: str, encoding: str | None, standalone: int) -> None:
        if encoding is not None and encoding.lower() not in ("utf-8", "utf8", "us-ascii", "ascii"):
            raise _Stop(Fault.BROKEN, f"is written in {encoding!r}, not in UTF-8")

    def _tell(self, words: str) -> None:
        if words not in self.told:
            self.told.append(words)

    def _fault(self, fault: Fault, words: str) -> None:
        if len(self.faults) < 20 and (fault, words) not in self.faults:
            self.faults.append((fault, words))

    def _start(self, full: str, attributes: list[str]) -> None:
        if self._skipped:
            self._skipped += 1
            return
        space, _, name = full.rpartition(" ")
        if not self._open and (space, name) != (SVG, "svg"):
            raise _Stop(
                Fault.BROKEN,
                "has no namespace" if name == "svg" and not space else f"begins with `<{name}>`, not `<svg>`",
            )
        if space != SVG or name in _NOTES:
            self._tell("notes of a drawing program")
            self._skipped = 1
            return
        if name not in _ELEMENTS:
            if name in _UNSAFE:
                self._fault(Fault.UNSAFE, f"holds `<{name}>`")
            else:
                self._fault(Fault.UNSUPPORTED, f"holds `<{name}>`, which not every edition can show")
            self._skipped = 1
            return
        if len(self._open) >= DEPTH:
            raise _Stop(Fault.UNSAFE, f"is nested more than {DEPTH} levels deep")
        if len(attributes) > 2 * ATTRIBUTES:
            raise _Stop(Fault.UNSAFE, f"has an element with more than {ATTRIBUTES} attributes")
        self._write_start(name, dict(zip(attributes[::2], attributes[1::2], strict=True)))

    def _write_start(self, name: str, attributes: Mapping[str, str]) -> None:
        element = _Element(name)
        parts = [f"<{name}"]
        if not self._open:
            parts.append(f' xmlns="{SVG}" xmlns:xlink="{XLINK}"')
        kept = dict(self._attributes(name, attributes))
        for key, value in kept.items():
            parts.append(f" {key}={quoteattr(value, {chr(10): '&#10;', chr(9): '&#9;', chr(13): '&#13;'})}")
        self.written.append("".join(parts) + ">")
        element.id = kept.get("id", "")
        if element.id:
            self.ids.setdefault(element.id, element)
        element.refers = list(_refers(name, kept))
        (self._open[-1].children if self._open else self.roots).append(element)
        self._open.append(element)

    def _attributes(self, element: str, attributes: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        for full, value in attributes.items():
            space, _, name = full.rpartition(" ")
            key = name
            if space == XML:
                if name == "base":
                    self._fault(Fault.UNSAFE, "changes where its paths lead with `xml:base`")
                    continue
                if name not in ("lang", "space"):
                    continue
                key = f"xml:{name}"
            elif space == XLINK:
                if name != "href":
                    continue
                key = "xlink:href"
            elif space:
                self._tell("notes of a drawing program")
                continue
            elif name.lower().startswith("on"):
                self._fault(Fault.UNSAFE, f"holds the script `{name}`")
                continue
            elif name.startswith("data-"):
                self._tell("notes of a drawing program")
                continue
            elif name not in _ATTRIBUTES and not name.startswith("aria-"):
                if name not in _NOTHING_LOST:
                    self._fault(Fault.IGNORED, f"has `{name}` on `<{element}>`, which editions leave out")
                continue
            if self._harmless(element, name, value):
                yield key, value

    def _harmless(self, element: str, name: str, value: str) -> bool:
        if name == "href":
            if not value.strip().startswith("#"):
                self._fault(Fault.UNSAFE, f"leads out of itself on `<{element}>`: `{value[:60]}`")
                return False
            return True
        if name == "type" and element == "style" and value.strip().lower() not in ("", "text/css"):
            self._fault(Fault.UNSUPPORTED, "has a style sheet that is not CSS")
            return False
        if name == "spreadMethod" and value.strip() not in ("", "pad"):
            # Thousands of bands may hide in it: WeasyPrint 70 did not end on one of a hundred-thousandth.
            self._fault(Fault.UNSUPPORTED, "repeats a gradient")
            return False
        return self._harmless_css(value)

    def _harmless_css(self, text: str) -> bool:
        if found := _FORBIDDEN_CSS.search(text):
            self._fault(Fault.UNSAFE, f"holds `{found[0].strip()}` in its styles")
            return False
        lower = text.lower()
        if "var(" in lower or "calc(" in lower:
            self._fault(Fault.UNSUPPORTED, "computes in its styles, which not every edition can")
            return False
        if lower.count("url(") != sum(1 for _ in _URL.finditer(text)):
            self._fault(Fault.UNSAFE, "holds a `url(` that is not closed")
            return False
        for target in _urls(text):
            if not target.startswith("#"):
                self._fault(Fault.UNSAFE, f"leads out of itself: `url({target[:60]})`")
                return False
        return True

    def _end(self, full: str) -> None:
        if self._skipped:
            self._skipped -= 1
            return
        element = self._open.pop()
        if element.name == "style":
            # Comments go first: one could stand in the middle of a word.
            css = _COMMENT.sub(" ", "".join(self._style))
            self._style.clear()
            if "/*" in css:
                self._fault(Fault.BROKEN, "has a comment in its styles that is not closed")
            if not self._harmless_css(css):
                css = ""
            self.style_refers.extend(target[1:] for target in _urls(css))
            self.written.append(escape(css))
        self.written.append(f"</{element.name}>")

    def _text(self, text: str) -> None:
        if self._skipped or not self._open:
            return
        if self._open[-1].name == "style":
            self._style.append(text)
        else:
            if self._open[-1].name in _LETTERED and text.strip() and not self._lettered:
                self._lettered = True
                words = " ".join(text.split())
                shown = words if len(words) <= 40 else f"{words[:40]}…"
                self._fault(Fault.WORDS, f"has words in it (“{shown}”) that no font of the book sets")
            self.written.append(escape(text, {"\r": "&#13;"}))


def _urls(text: str) -> Iterator[str]:
    for found in _URL.finditer(text):
        yield (found[1] or found[2] or found[3] or "").strip()


def _refers(name: str, attributes: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    """Give the ids that an element draws with, and how many times each is drawn."""
    for key in ("href", "xlink:href"):
        if key in attributes:
            yield attributes[key].strip()[1:], 1
    points = 1
    if name in ("path", "polyline", "polygon", "line"):
        written = attributes.get("d", "") + attributes.get("points", "")
        points = 2 + sum(1 for _ in _NUMBER.finditer(written))
    for key, value in attributes.items():
        for target in _urls(value):
            marker = key.startswith("marker") or (key == "style" and "marker" in value)
            yield target[1:], points if marker else 1


def _count(roots: list[_Element], ids: Mapping[str, _Element], style_refers: list[str]) -> None:
    """Raise _Stop where the drawing refers to itself, or unfolds to more than anybody should draw."""
    sizes: dict[int, int] = {}
    inside: set[int] = set()
    by_style = [ids[target] for target in style_refers if target in ids and ids[target].name not in _GRADIENTS]

    # A stack of our own: references may be chained further than Python may call.
    for root in roots:
        stack: list[tuple[_Element, bool]] = [(root, False)]
        while stack:
            element, ready = stack.pop()
            number = id(element)
            if number in sizes:
                continue
            needed = [*element.children, *(ids[target] for target, _ in element.refers if target in ids)]
            if not ready:
                if number in inside:
                    raise _Stop(Fault.UNSAFE, f"draws `#{element.id}` inside itself")
                inside.add(number)
                stack.append((element, True))
                for each in needed:
                    if id(each) in inside:
                        raise _Stop(Fault.UNSAFE, f"draws `#{each.id}` inside itself")
                    if id(each) not in sizes:
                        stack.append((each, False))
                continue
            size = 1 + sum(sizes[id(each)] for each in element.children)
            for target, times in element.refers:
                if target in ids and ids[target].name not in _GRADIENTS:
                    size += times * sizes[id(ids[target])]
            inside.discard(number)
            sizes[number] = size
            if size > UNFOLDED:
                raise _too_much()
    total = sum(sizes[id(root)] for root in roots)
    if by_style and total * sum(sizes.get(id(each), 1) for each in by_style) > UNFOLDED * 10:
        raise _too_much()


def _too_much() -> _Stop:
    return _Stop(Fault.UNSAFE, f"unfolds to more than {UNFOLDED:,} shapes")
