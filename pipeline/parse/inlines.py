"""The content of one block becomes inline nodes, each with its exact place.

The rules are those of CommonMark 0.31 (delimiter runs, brackets, code before emphasis before
links) with Pandoc's extensions. One pass from left to right: every character is looked at a
bounded number of times, so that hostile text costs no more than honest text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html.entities import html5
from typing import TypeAlias
from urllib.parse import unquote

from markdown_it.common.utils import isPunctChar, isWhiteSpace, normalizeReference
from markdown_it.helpers import parseLinkDestination, parseLinkTitle

from pipeline.formulas import find_fault
from pipeline.manuscript import (
    NO_ATTRIBUTES,
    Attributes,
    CiteCall,
    Code,
    CrossRef,
    Emphasis,
    Foreign,
    Formula,
    Image,
    Inline,
    LineBreak,
    Link,
    NoteCall,
    NoteText,
    Paragraph,
    Phrase,
    SmallCaps,
    SoftBreak,
    Strikeout,
    Strong,
    Subscript,
    Superscript,
    Supplied,
    Text,
)
from pipeline.parse import limits
from pipeline.parse.attributes import Fault, Reading, composed, looks_meant, read_attributes
from pipeline.parse.content import Content
from pipeline.parse.known import Bearer, faults
from pipeline.parse.record import COMMENT, VALUE, Record
from pipeline.source import Severity, Source, Span

_SPECIAL = re.compile(r"[\n\\`*_~^\[\]<&@$]|!(?=\[(?!\^[^\s\[\]]+\]))|-(?=@)")
_TICKS = re.compile(r"`+")
_ESCAPABLE = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
_ENTITY = re.compile(r"&(?:#[xX]([0-9a-fA-F]{1,6})|#([0-9]{1,7})|([a-zA-Z][a-zA-Z0-9]{0,31}));")
NOTE_CALL = re.compile(r"\[\^([^\s\[\]]+)\]")
_NOTE_VOICE = re.compile(r"\(([^\s()\[\]{}]+)\)")
_ALMOST_CALL = re.compile(r"\[\^[^\W_][^\s\[\]^]*+(?!\^)(?:[^\[\]^\n]*\])?")
_ALMOST_NOTE = re.compile(r"[ \t]*\([\w-]+\)?[ \t]*:|[ \t]+:")
_ALMOST_TARGET = re.compile(r"\((?:#[^\W\d_]|(?:https?|mailto|tel):\S)")
_LABEL = re.compile(r"\[((?:[^\\\[\]]|\\.){0,999})\]", re.DOTALL)
_AUTOLINK = re.compile(r"<([A-Za-z][A-Za-z0-9+.\-]{1,31}):([^\s<>\x00-\x20]*)>")
_AUTOMAIL = re.compile(
    r"<([a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
    r"(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*)>"
)
_TAG = re.compile(
    r"<(?:([A-Za-z][A-Za-z0-9-]*)"
    r"(?:\s+[a-zA-Z_:][a-zA-Z0-9:._-]*(?:\s*=\s*(?:[^\s\"'=<>`]+|'[^']*'|\"[^\"]*\"))?)*\s*/?>"
    r"|/([A-Za-z][A-Za-z0-9-]*)\s*>)"
)
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):")
_SCHEMES = frozenset(("https", "http", "mailto", "tel"))
_KEY = r"(?:\{[^{}\s]+\}|\w(?:\w|[:.#$%&\-+?<>~/](?=\w))*)"
_CITE = re.compile(rf"-?@{_KEY}")
_BRACED = re.compile(r"(?<!@)\{[^{}]*\}")
_FORMS = ("full", "short", "author", "nocite")
_CITED = re.compile(rf"(?:^|(?<=\W)|(?<=_))-?@{_KEY}")
_PLACE = re.compile(r"(?:fig|tbl|sec|eq)[-:]\S+")
_LOCATOR = re.compile(r"[ \n]?\[(?!\^)[^\[\]]{1,500}\](?![\[({])")
# scripts that are written without spaces may break anywhere: Thai to Tibetan and Burmese, Khmer, Chinese, Japanese, Korean
_LONG_WORD = re.compile(
    rf"[^\s\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u2e80-\ua4cf\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef"
    rf"\U00020000-\U0003ffff]{{{limits.WORD + 1},}}"
)
_TEX = re.compile(r"\\[a-zA-Z]{2,}(?:[{\[][^{}\[\]\n]*[}\]]?|[ \t]*(?=\n|$))")
_FORMULA = re.compile(r"\$(?![\s$])((?:[^\\$]|\\.)+)(?:(?<!\s)|(?<=\\\s))\$(?!\d)", re.DOTALL)
_DISPLAY = re.compile(r"\$\$((?:[^\\$]|\\.|\$(?!\$))+)\$\$", re.DOTALL)
_PROSE = re.compile(r"(?<![\\\w])[^\W\d_]{2,}\s+[^\W\d_]{2,}(?!\w)|(?<=\s)(?:and|or|if|for|und|oder|et|ou|и|или)(?=\s)")
_TEXTUAL = re.compile(r"\\(?:text\w*|mbox|operatorname\*?|mathrm|mathit|mathbf|mathsf|begin|end)\s*\{[^{}]*\}")
_RAW = re.compile(r"\{=([a-z0-9]+)\}")
_WHITE = " \t\n"
_SMALL = ("smallcaps", "small-caps")

_MARKUP = {
    "br": "end the line with a backslash",
    "b": "write `**words**`",
    "strong": "write `**words**`",
    "i": "write `*words*`",
    "em": "write `*words*`",
    "sup": "write `^words^`",
    "sub": "write `~words~`",
    "s": "write `~~words~~`",
    "del": "write `~~words~~`",
    "u": "write `[words]{.underline}`",
    "span": "write `[words]{.class}`",
    "div": "write `::: name` before and `:::` after the stretch",
    "a": "write `[words](https://…)`, or `[](#id)` for a place in the book",
    "img": "write `![what is to be seen](images/name.png)`",
    "table": "write a pipe table or a grid table",
    "hr": "write `* * *`",
    "p": "leave a blank line between paragraphs",
    "code": "write the words between backticks",
    "blockquote": "begin each line with `>`",
    "cite": "write `*words*`",
}


def _is_form(attributes: Attributes) -> bool:
    """Say whether attributes name the form of a citation: `[@key]{.full}`."""
    return (
        len(attributes.classes) == 1 and attributes.classes[0] in _FORMS and not attributes.id and not attributes.pairs
    )


@dataclass(frozen=True, slots=True)
class LinkDefinition:
    """What `[label]: target "title"` says."""

    label: str
    target: str
    title: str
    attributes: Attributes
    span: Span


@dataclass(frozen=True, slots=True)
class Called:
    """A call met on the way: the key, its place, and the key of the note in whose words it stands."""

    key: str
    span: Span
    owner: str


@dataclass(slots=True)
class Finds:
    """What the inline rules need of the whole file, and what they find for it."""

    definitions: Mapping[str, LinkDefinition]
    used: set[str] = field(default_factory=set)
    calls: list[Called] = field(default_factory=list)
    notes: list[NoteText] = field(default_factory=list)
    botched: set[str] = field(default_factory=set)
    """keys of notes whose beginning cannot be read: that they are not written is told there"""
    descriptions: dict[Span, tuple[tuple[Inline, ...], bool]] = field(default_factory=dict)
    """the description of each picture, and whether its `alt` says something else"""


@dataclass(slots=True)
class _Run:
    """A run of delimiters, or what pairing has left of it."""

    sign: str
    start: int
    end: int
    length: int
    opens: bool
    closes: bool
    spaces: int
    order: int


@dataclass(slots=True)
class _Bracket:
    """An opening bracket that waits for its end."""

    kind: str
    start: int
    inner: int
    index: int
    serial: int
    at_signs: int
    calls: int
    notes: int
    nested: bool = False


_Sized: TypeAlias = tuple[Inline, int]
"""A node and how deep it nests."""

_Item: TypeAlias = _Sized | _Run


def plain(inlines: Iterable[Inline]) -> str:
    """Return the words of inlines without their form; calls have none."""
    parts: list[str] = []
    for inline in inlines:
        match inline:
            case Text(text=text) | Code(text=text) | Formula(text=text):
                parts.append(text)
            case SoftBreak() | LineBreak():
                parts.append(" ")
            case Image(alt=alt):
                parts.append(alt)
            case NoteCall() | CiteCall():
                pass
            case _:
                parts.append(plain(inline.inlines))
    return "".join(parts)


def read_inlines(content: Content, record: Record, finds: Finds, owner: str = "") -> tuple[Inline, ...]:
    """Return the inline nodes of one block; `owner` is the key of the note it belongs to."""
    text = content.text
    if text and len(text) <= limits.WORD and not _SPECIAL.search(text):
        return (Text(text, Span(record.source.path, content.place(0), content.place_end(len(text)))),)
    return _Reader(content, record, finds, owner).read()


class _Reader:
    def __init__(self, content: Content, record: Record, finds: Finds, owner: str) -> None:
        self.content = content
        self.text = content.text
        self.record = record
        self.source: Source = record.source
        self.finds = finds
        self.owner = owner
        self.items: list[_Item] = []
        self.brackets: list[_Bracket] = []
        self.parts: list[str] = []
        self.text_start = 0
        self.text_end = 0
        self.spaces = 0
        self.at_signs = 0
        self.serial = 0
        self.linked = 0
        self.buried = 0
        self.order = 0
        self.deep = False
        self.ticks: dict[int, list[int]] | None = None
        self.missing: dict[str, int] = {}

    # Places and text ------------------------------------------------------------------------

    def span(self, start: int, end: int) -> Span:
        return Span(self.source.path, self.content.place(start), self.content.place_end(end))

    def mark(self, start: int, end: int, mark: int = 1) -> None:
        self.record.mark(self.content.place(start), self.content.place_end(end), mark)

    def report(
        self,
        code: str,
        message: str,
        start: int,
        end: int,
        hint: str = "",
        severity: Severity = Severity.ERROR,
    ) -> None:
        self.record.report(code, message, self.content.place(start), self.content.place_end(end), hint, severity)

    def faults(self, faults: Iterable[Fault]) -> None:
        for fault in faults:
            self.report(fault.code, fault.message, fault.start, fault.end, fault.hint, fault.severity)

    def say(self, text: str, start: int, end: int) -> None:
        """Add characters to the words that are being gathered."""
        if not text:
            return
        if not self.parts:
            self.text_start = start
        elif start != self.text_end:
            self.flush()
            self.text_start = start
        self.parts.append(text)
        self.text_end = end

    def replace(self, text: str, start: int, end: int) -> None:
        self.record.replace(self.content.place(start), self.content.place_end(end), text)
        self.say(text, start, end)

    def flush(self) -> None:
        if self.parts:
            words = "".join(self.parts)
            self.parts = []
            self.items.append((Text(words, self.span(self.text_start, self.text_end)), 0))

    def add(self, node: Inline, depth: int = 0) -> None:
        self.flush()
        self.items.append((node, depth))

    # The pass -------------------------------------------------------------------------------

    def read(self) -> tuple[Inline, ...]:
        text = self.text
        if len(text) > limits.WORD:
            for word in _LONG_WORD.finditer(text):
                self.report(
                    "word-too-long",
                    f"a word of {word.end() - word.start():,} characters stands here, more than {limits.WORD:,}",
                    word.start(),
                    word.end(),
                    "put spaces where the text may break, or make it a file of its own",
                )
        position = 0
        search = _SPECIAL.search
        while True:
            found = search(text, position)
            stop = found.start() if found else len(text)
            if stop > position:
                chunk = text[position:stop]
                if found and text[stop] == "\n":
                    trimmed = chunk.rstrip(" ")
                    self.say(trimmed, position, position + len(trimmed))
                    if " " in trimmed or "\t" in trimmed:
                        self.spaces += 1
                    self.newline(stop, len(chunk) - len(trimmed) >= 2)
                    position = stop + 1
                    continue
                if " " in chunk or "\t" in chunk:
                    self.spaces += 1
                self.say(chunk, position, stop)
            if not found:
                break
            position = self.special(text[stop], stop)
        self.flush()
        for bracket in self.brackets:
            if bracket.kind == "note":
                self.unclosed_note(bracket)
        nodes = tuple(node for node, _ in self.pair(self.items))
        if "}" in text:
            self.look_after_forms(nodes)
        return nodes

    def look_after_forms(self, nodes: Sequence[Inline]) -> None:
        """Report attributes that were meant for emphasis and its kin: they stand in the text."""
        for node in nodes:
            if not isinstance(node, Emphasis | Strong | Strikeout | Superscript | Subscript | Link | Foreign | Phrase):
                continue
            self.look_after_forms(node.inlines)
            at = node.span.end
            whole = self.source.text
            if isinstance(node, Link | Foreign | Phrase) or not whole.startswith("{", at):
                continue
            line = whole.find("\n", at)
            reading = read_attributes(whole, at, len(whole) if line < 0 else line)
            if reading is None or reading.attributes == NO_ATTRIBUTES:
                continue
            chooses = any(key in ("only", "not") for key, _ in reading.attributes.pairs)
            braces = whole[at : reading.end]
            self.record.report(
                "attributes-unused",
                f"`{braces}` stands in the text: emphasis and its kin have no attributes",
                at,
                reading.end,
                f"put a span around it, `[words]{braces}`; or escape the brace",
                Severity.ERROR if chooses else Severity.WARNING,
            )

    def special(self, sign: str, at: int) -> int:
        match sign:
            case "\n":
                self.newline(at, hard=False)
                return at + 1
            case "\\":
                return self.backslash(at)
            case "`":
                return self.code(at)
            case "$":
                return self.dollar(at)
            case "*" | "_" | "~":
                return self.run(sign, at)
            case "^":
                if self.text.startswith("^[", at) and not self.raised():
                    return self.open("note", at, 2)
                return self.run(sign, at)
            case "[":
                return self.bracket(at)
            case "]":
                return self.close(at)
            case "!":
                return self.open("image", at, 2)
            case "<":
                return self.angle(at)
            case "&":
                return self.entity(at)
            case _:
                return self.at_sign(at)

    def raised(self) -> bool:
        """Say whether a superscript is open here: its end comes before a bracket, as in `10^7^[^key]`."""
        first = max(self.brackets[-1].index if self.brackets else 0, len(self.items) - limits.RAISED)
        runs = 0
        for index in range(len(self.items) - 1, first - 1, -1):
            item = self.items[index]
            if isinstance(item, _Run) and item.sign == "^":
                if item.spaces != self.spaces:
                    break
                runs += 1
        return runs % 2 == 1

    def newline(self, at: int, hard: bool) -> None:
        self.flush()
        self.spaces += 1
        place = self.content.place(at)
        span = self.source.span(place, place + 1)
        self.add(LineBreak(span) if hard else SoftBreak(span))

    def backslash(self, at: int) -> int:
        text = self.text
        following = text[at + 1 : at + 2]
        if following == "\n":
            self.flush()
            self.spaces += 1
            self.mark(at, at + 1)
            place = self.content.place(at)
            self.add(LineBreak(self.source.span(place, place + 1)))
            return at + 2
        if following == " ":
            self.replace("\u00a0", at, at + 2)
            return at + 2
        if following and following in _ESCAPABLE:
            self.replace(following, at, at + 2)
            return at + 2
        command = _TEX.match(text, at)
        if command:
            end = min(command.end(), at + 40)
            self.report(
                "tex-raw",
                f"`{text[at:end].rstrip()}` looks like a command of TeX; it stands in the text as it is",
                at,
                end,
                "take it out; or write `\\\\` when a backslash is meant",
                Severity.WARNING,
            )
        self.say("\\", at, at + 1)
        return at + 1

    def code(self, at: int) -> int:
        text = self.text
        if self.ticks is None:
            self.ticks = {}
            for run in _TICKS.finditer(text):
                self.ticks.setdefault(run.end() - run.start(), []).append(run.start())
        opening = _TICKS.match(text, at)
        assert opening is not None
        inner = opening.end()
        length = inner - at
        places = self.ticks.get(length, [])
        index = bisect_right(places, at)
        if index >= len(places):
            self.say(opening[0], at, inner)
            return inner
        close = places[index]
        end = close + length
        words = text[inner:close].replace("\n", " ")
        if len(words) > 1 and words[0] == words[-1] == " " and words.strip(" "):
            words = words[1:-1]
        self.mark(at, inner)
        self.mark(close, end)
        attributes, after = self.attributes(end, Bearer.CODE)
        raw = _RAW.match(text, end)
        if raw and after == end:
            self.report(
                "html-raw",
                f"raw `{raw[1]}` would stand in some editions only",
                end,
                raw.end(),
                "write it in the manuscript's own syntax, so that it stands in every edition",
            )
        self.add(Code(words, self.span(at, after), attributes))
        return after

    def dollar(self, at: int) -> int:
        """Read a formula, where Pandoc's rules see one; a dollar that begins none is a dollar."""
        text = self.text
        double = text.startswith("$$", at)
        found = (_DISPLAY if double else _FORMULA).match(text, at)
        if at and text[at - 1].isalpha() and text[at + 1 : at + 2].isdigit():
            found = None  # US$5: the letters name a currency
        if found is None or (double and not found[1].strip()):
            end = at + 1 + double
            if double and (at == 0 or text[at - 1] == "\n") and (end == len(text) or text[end] == "\n"):
                self.report(
                    "math-unreadable",
                    "a formula begins here and never ends",
                    at,
                    end,
                    r"close it with `$$` before the paragraph ends, without blank lines in it; or write `\$\$`",
                )
            self.say(text[at:end], at, end)
            return end
        start, close, end = found.start(1), found.end(1), found.end()
        self.mark(at, start)
        self.mark(close, end)
        tex = found[1]
        fault = find_fault(tex)
        if fault is not None:
            self.report("math-unreadable", fault.message, start + fault.start, start + fault.end, fault.hint)
        else:
            prose = _PROSE.search(_TEXTUAL.sub(lambda each: "{" * len(each[0]), tex))
            if prose:
                self.report(
                    "math-words",
                    f"`{' '.join(prose[0].split())}` would be set as a product of letters, without spaces",
                    start + prose.start(),
                    start + prose.end(),
                    r"write words in a formula as `\text{…}`; a dollar that is no formula as `\$`",
                    Severity.WARNING,
                )
        after = end
        while double and text[after : after + 1] in (" ", "\t"):
            after += 1
        attributes = NO_ATTRIBUTES
        if text.startswith("{", after) and read_attributes(text, after) is not None:
            attributes, end = self.attributes(after, Bearer.FORMULA)
        self.add(Formula(tex, double, self.span(at, end), attributes))
        return end

    def attributes(self, at: int, bearer: Bearer | None) -> tuple[Attributes, int]:
        """Read attributes that may stand at an offset; return them and the offset after them."""
        if not self.text.startswith("{", at):
            return NO_ATTRIBUTES, at
        reading = read_attributes(self.text, at)
        if reading is None:
            self.misread(at)
            return NO_ATTRIBUTES, at
        self.take(reading, at, bearer)
        return reading.attributes, reading.end

    def take(self, reading: Reading, at: int, bearer: Bearer | None) -> None:
        """Mark attributes, and keep their faults; without a bearer those of their keys are told elsewhere."""
        self.faults(reading.faults)
        if bearer is not None:
            self.faults(faults(bearer, reading, self.record.told))
        self.mark(at, reading.end, VALUE)

    def misread(self, at: int) -> None:
        end = looks_meant(self.text, at)
        if end:
            self.report(
                "attributes-malformed",
                f"`{self.text[at:end]}` cannot be read as attributes, so it stands in the text",
                at,
                end,
                "write `{#id .class key=value}`, values with spaces in quotation marks; or escape the brace",
            )

    # Emphasis and its kin -------------------------------------------------------------------

    def run(self, sign: str, at: int) -> int:
        text = self.text
        end = at + 1
        while end < len(text) and text[end] == sign:
            end += 1
        if sign == "^" and end - at == 2 and text.startswith("[", end) and self.raised():
            end -= 1  # the second sign begins a note: 5^th^^[a note]
        before = text[at - 1] if at else "\n"
        after = text[end] if end < len(text) else "\n"
        white_before, white_after = isWhiteSpace(ord(before)), isWhiteSpace(ord(after))
        length = end - at
        if sign in "~^":
            wanted = 2 if sign == "~" else 1
            if length > wanted:
                self.say(text[at:end], at, end)
                return end
            opens, closes = not white_after, not white_before
        else:
            punctuation_before, punctuation_after = isPunctChar(before), isPunctChar(after)
            left = not white_after and (not punctuation_after or white_before or punctuation_before)
            right = not white_before and (not punctuation_before or white_after or punctuation_after)
            if sign == "_":
                opens = left and (not right or punctuation_before)
                closes = right and (not left or punctuation_after)
            else:
                opens, closes = left, right
        if not (opens or closes):
            self.say(text[at:end], at, end)
            return end
        self.flush()
        self.order += 1
        self.items.append(_Run(sign, at, end, length, opens, closes, self.spaces, self.order))
        return end

    def pair(self, items: list[_Item]) -> list[_Sized]:
        """Pair the delimiter runs of a stretch and return its nodes; what finds no partner is text."""
        out: list[_Item] = []
        openers: list[tuple[int, _Run]] = []
        bottoms: dict[tuple[str, bool, int], int] = {}
        for item in items:
            if not isinstance(item, _Run):
                out.append(item)
                continue
            closer = item
            emphatic = closer.sign in "*_"
            key = (closer.sign, closer.opens, closer.length % 3 if emphatic else closer.length)
            while closer.closes and closer.start < closer.end:
                found = self.opener(openers, closer, bottoms.get(key, -1))
                if found < 0:
                    bottoms[key] = closer.order - 1
                    break
                index, opener = openers[found]
                if emphatic:
                    width = 2 if min(opener.end - opener.start, closer.end - closer.start) >= 2 else 1
                else:
                    width = closer.length
                inner = self.settle(out[index + 1 :])
                depth = 1 + max((size for _, size in inner), default=0)
                if depth > limits.NESTING:
                    self.too_deep(opener.start, closer.end)
                    openers.clear()
                    break
                del out[index + 1 :]
                del openers[found + 1 :]
                start, end = opener.end - width, closer.start + width
                self.mark(start, opener.end)
                self.mark(closer.start, end)
                node = self.marked(closer.sign, width, tuple(node for node, _ in inner), self.span(start, end))
                opener.end = start
                closer.start = end
                if opener.start == opener.end:
                    out.pop()
                    openers.pop()
                out.append((node, depth))
            if closer.start < closer.end:
                if closer.opens:
                    openers.append((len(out), closer))
                out.append(closer)
        return self.settle(out)

    @staticmethod
    def opener(openers: list[tuple[int, _Run]], closer: _Run, bottom: int) -> int:
        for index in range(len(openers) - 1, -1, -1):
            opener = openers[index][1]
            if opener.order <= bottom:
                return -1
            if opener.sign != closer.sign:
                continue
            if closer.sign in "*_":
                if (
                    (opener.closes or closer.opens)
                    and (opener.length + closer.length) % 3 == 0
                    and not (opener.length % 3 == 0 and closer.length % 3 == 0)
                ):
                    continue
                return index
            if opener.length != closer.length:
                continue
            if closer.length == 1 and opener.spaces != closer.spaces:
                # a sub- or superscript holds no space; earlier openers hold more
                return -1
            return index
        return -1

    @staticmethod
    def marked(sign: str, width: int, inlines: tuple[Inline, ...], span: Span) -> Inline:
        if sign == "^":
            return Superscript(inlines, span)
        if sign == "~":
            return Strikeout(inlines, span) if width == 2 else Subscript(inlines, span)
        return Strong(inlines, span) if width == 2 else Emphasis(inlines, span)

    def settle(self, items: Iterable[_Item]) -> list[_Sized]:
        """Turn runs that stayed alone into text, and join texts that touch."""
        settled: list[_Sized] = []
        touching: list[Text] = []

        def join() -> None:
            if len(touching) == 1:
                settled.append((touching[0], 0))
            elif touching:
                span = Span(self.source.path, touching[0].span.start, touching[-1].span.end)
                settled.append((Text("".join(text.text for text in touching), span), 0))
            touching.clear()

        for item in items:
            if isinstance(item, _Run):
                node: Inline = Text(item.sign * (item.end - item.start), self.span(item.start, item.end))
                depth = 0
            else:
                node, depth = item
            if isinstance(node, Text):
                if touching and touching[-1].span.end != node.span.start:
                    join()
                touching.append(node)
            else:
                join()
                settled.append((node, depth))
        join()
        return settled

    def too_deep(self, start: int, end: int) -> None:
        if not self.deep:
            self.deep = True
            self.report(
                "nesting-too-deep",
                f"forms are nested here more than {limits.NESTING} deep",
                start,
                min(end, start + 1),
                "take the outer ones away; the signs stand in the text as they are",
            )

    # Brackets -------------------------------------------------------------------------------

    def open(self, kind: str, at: int, width: int) -> int:
        self.flush()
        if self.brackets:
            self.brackets[-1].nested = True
        self.serial += 1
        self.brackets.append(
            _Bracket(
                kind,
                at,
                at + width,
                len(self.items),
                self.serial,
                self.at_signs,
                len(self.finds.calls),
                len(self.finds.notes),
            )
        )
        self.items.append((Text(self.text[at : at + width], self.span(at, at + width)), 0))
        return at + width

    def bracket(self, at: int) -> int:
        call = NOTE_CALL.match(self.text, at)
        if call is None:
            almost = _ALMOST_CALL.match(self.text, at)
            if almost:
                self.malformed_note(
                    "this call of a note cannot be read", at, almost.end(), "write `[^key]`, a key without spaces"
                )
            return self.open("link", at, 1)
        if self.brackets:
            self.brackets[-1].nested = True
        span = self.span(at, call.end())
        self.mark(at, call.end())
        key = composed(call[1])
        self.finds.calls.append(Called(key, span, self.owner))
        self.add(NoteCall(key, span))
        self.look_after_call(key, at, call.end())
        return call.end()

    def look_after_call(self, key: str, at: int, end: int) -> None:
        """Report what was meant as the beginning of a note, and a voice that stands at a call."""
        braces = read_attributes(self.text, end) if self.text.startswith("{", end) else None
        if braces is not None:
            self.report(
                "attributes-unused",
                f"`{self.text[end : braces.end]}` stands in the text: the call of a note has no attributes",
                end,
                braces.end,
                f"write `[^{key}]{self.text[end : braces.end]}: words` where the note is written",
                Severity.WARNING,
            )
        voice = _NOTE_VOICE.match(self.text, end)
        begins = at == 0 or self.text[at - 1] == "\n"
        almost = _ALMOST_NOTE.match(self.text, end) if begins else None
        if almost or (begins and voice):
            self.finds.botched.add(key)
            after = (almost or voice).end()  # type: ignore[union-attr]
            self.malformed_note(
                f"this is no beginning of note `{key}`",
                at,
                after,
                f"write `[^{key}]: words` or `[^{key}](voice): words`",
            )
        elif voice:
            self.malformed_note(
                f"`{voice[0]}` stands in the text: a voice is named where note `{key}` is written",
                end,
                voice.end(),
                f"write `[^{key}]` here and `[^{key}]{voice[0]}: words` below, or put a space before the bracket",
                Severity.WARNING,
            )

    def malformed_note(
        self, message: str, start: int, end: int, hint: str, severity: Severity = Severity.ERROR
    ) -> None:
        self.report("note-malformed", message, start, end, hint, severity)

    def close(self, at: int) -> int:
        if not self.brackets:
            self.say("]", at, at + 1)
            return at + 1
        self.flush()
        bracket = self.brackets.pop()
        if self.brackets and bracket.nested:
            self.brackets[-1].nested = True
        if bracket.serial <= self.buried:
            end = 0
        elif bracket.kind == "note":
            end = self.inline_note(bracket, at)
        else:
            end = self.bracketed(bracket, at)
        if end:
            return end
        self.say("]", at, at + 1)
        return at + 1

    def inside(self, bracket: _Bracket) -> tuple[list[_Sized], int]:
        """Pair what stands in a bracket; return it and how deep the node around it nests."""
        inner = self.pair(self.items[bracket.index + 1 :])
        return inner, 1 + max((size for _, size in inner), default=0)

    def is_plain(self, bracket: _Bracket) -> bool:
        """Say whether a bracket holds words alone, perhaps in brackets of their own: no note, link, picture or span."""
        if not bracket.nested:
            return True
        return all(
            isinstance(item, _Run) or isinstance(item[0], Text | SoftBreak | CiteCall)
            for item in self.items[bracket.index + 1 :]
        )

    def fits(self, bracket: _Bracket, depth: int) -> bool:
        if depth <= limits.NESTING:
            return True
        self.too_deep(bracket.start, bracket.inner)
        self.buried = bracket.serial
        return False

    def bracketed(self, bracket: _Bracket, at: int) -> int:
        """Make a link, a picture, a span or a citation that ends with the bracket at `at`; 0 when it is none."""
        text = self.text
        after = at + 1
        sign = text[after : after + 1]
        alive = bracket.kind == "image" or bracket.serial > self.linked
        if bracket.kind == "link" and sign == "{":
            reading = read_attributes(text, after)
            if reading is not None and _is_form(reading.attributes) and self.at_signs > bracket.at_signs:
                end = self.citation(bracket, at, reading) if self.is_plain(bracket) else 0
                if end:
                    return end
            if reading is not None:
                return self.spanned(bracket, at, reading)
            self.misread(after)
        if sign == "(" and alive:
            target = self.target(after)
            if target is not None:
                return self.link(bracket, at, *target)
            self.misread_target(bracket, after)
        if alive:
            reference = self.reference(bracket, at)
            if reference is not None:
                definition, end = reference
                self.finds.used.add(definition.label)
                return self.link(bracket, at, definition.target, definition.title, end, definition.attributes)
        if bracket.kind == "link" and self.at_signs > bracket.at_signs and self.is_plain(bracket):
            return self.citation(bracket, at)
        return 0

    def misread_target(self, bracket: _Bracket, at: int) -> None:
        """Report a target that cannot be read: any after the words of a picture, else what begins like one."""
        if bracket.kind == "image" or _ALMOST_TARGET.match(self.text, at):
            what = "picture" if bracket.kind == "image" else "link"
            self.report(
                "link-malformed",
                f"the target of this {what} cannot be read, so all of it stands in the text",
                bracket.start,
                at + 1,
                "close it with `)`, put a target with spaces between `<` and `>`; or escape the bracket: `\\[`",
            )

    def target(self, at: int) -> tuple[str, str, int] | None:
        """Read `(target "title")`; return both and the offset after it."""
        text = self.text
        size = len(text)
        position = self.skip(at + 1)
        if text.startswith(")", position):
            return "", "", position + 1
        destination = parseLinkDestination(text, position, size)
        if not destination.ok:
            return None
        title = ""
        position = self.skip(destination.pos)
        if position > destination.pos and position < size and text[position] in "\"'(":
            found = parseLinkTitle(text, position, size)
            if not found.ok:
                return None
            title = found.str
            position = self.skip(found.pos)
        if not text.startswith(")", position):
            return None
        return destination.str, title, position + 1

    def skip(self, position: int) -> int:
        text = self.text
        while position < len(text) and text[position] in _WHITE:
            position += 1
        return position

    def reference(self, bracket: _Bracket, at: int) -> tuple[LinkDefinition, int] | None:
        if not self.finds.definitions:
            return None
        text = self.text
        label = _LABEL.match(text, at + 1)
        if label and label[1].strip(_WHITE):
            definition = self.finds.definitions.get(normalizeReference(label[1]))
            return (definition, label.end()) if definition else None
        if bracket.nested or at - bracket.inner > 999:
            return None
        definition = self.finds.definitions.get(normalizeReference(text[bracket.inner : at]))
        if definition is None:
            return None
        return definition, at + 3 if text.startswith("[]", at + 1) else at + 1

    def link(
        self,
        bracket: _Bracket,
        at: int,
        target: str,
        title: str,
        end: int,
        attributes: Attributes = NO_ATTRIBUTES,
    ) -> int:
        inner, depth = self.inside(bracket)
        if not self.fits(bracket, depth):
            return 0
        after = end
        inward = bracket.kind != "image" and target.startswith("#") and len(target) > 1
        own, end = self.attributes(
            after, Bearer.PICTURE if bracket.kind == "image" else None if inward else Bearer.LINK
        )
        if own != NO_ATTRIBUTES:
            attributes = own
        self.mark(bracket.start, bracket.inner)
        self.mark(at, at + 1)
        self.mark(at + 1, after, VALUE)
        del self.items[bracket.index :]
        inlines = tuple(node for node, _ in inner)
        span = self.span(bracket.start, end)
        if bracket.kind == "image":
            if "alt" in dict(attributes.pairs) or "fig-alt" in dict(attributes.pairs):
                alt = attributes.get("alt") or attributes.get("fig-alt")
                kept = tuple(pair for pair in attributes.pairs if pair[0] not in ("alt", "fig-alt"))
                attributes = Attributes(attributes.id, attributes.classes, kept)
            else:
                alt = plain(inlines)
            words = plain(inlines)
            self.finds.descriptions[span] = inlines, bool(words.strip()) and words != alt
            self.add(Image(target, alt, title, span, attributes))
            return end
        self.linked = self.serial
        if target.startswith("#") and len(target) > 1:
            self.add(self.cross_reference(target, inlines, title, attributes, span, at + 1, end), depth)
            return end
        if self.leads_out(target, bracket.start, end):
            self.add(Link(target, inlines, title, span, attributes), depth)
        else:
            self.items.extend(inner)
        return end

    def leads_out(self, target: str, start: int, end: int) -> bool:
        """Say whether a link leads somewhere outside the book; if not, report it."""
        scheme = _SCHEME.match(target)
        if scheme and scheme[1].lower() in _SCHEMES:
            return True
        if scheme:
            message = f"a link with `{scheme[1].lower()}:` leads nowhere in a book"
        elif target in ("", "#"):
            message = "this link has no target"
        else:
            message = f"the link to `{target}` leads to a file, not to a place in the book"
        self.report(
            "link-scheme",
            message,
            start,
            end,
            "write `https:`, `http:`, `mailto:` or `tel:`, or `#id` for a place in the book",
        )
        return False

    def cross_reference(
        self,
        target: str,
        inlines: tuple[Inline, ...],
        title: str,
        attributes: Attributes,
        span: Span,
        start: int,
        end: int,
    ) -> CrossRef:
        page = "page" in attributes.classes
        rest = Attributes(attributes.id, tuple(n for n in attributes.classes if n != "page"), attributes.pairs)
        if title or rest != NO_ATTRIBUTES:
            what = "the title" if title else "these attributes"
            self.report(
                "attributes-unused",
                f"{what} of a reference to a place in the book would show in no edition",
                start,
                end,
                "only `.page` is known here; put words with attributes in a span around the reference",
            )
        return CrossRef(composed(unquote(target[1:])), inlines, page, span)

    def spanned(self, bracket: _Bracket, at: int, reading: Reading) -> int:
        """Make the kind that the attributes of a span name."""
        inner, depth = self.inside(bracket)
        attributes = reading.attributes
        classes = attributes.classes
        language = attributes.get("lang")
        small = any(name in _SMALL for name in classes)
        supplied = "supplied" in classes
        left = Attributes(
            attributes.id,
            tuple(name for name in classes if name not in _SMALL and name != "supplied"),
            tuple(pair for pair in attributes.pairs if pair[0] != "lang"),
        )
        depth += small + supplied + bool(language or left != NO_ATTRIBUTES) - 1
        if not self.fits(bracket, depth):
            return 0
        self.take(reading, at + 1, Bearer.SPAN)
        self.mark(bracket.start, bracket.inner)
        self.mark(at, at + 1)
        span = self.span(bracket.start, reading.end)
        inlines = tuple(node for node, _ in inner)
        if not inlines:
            self.report(
                "span-empty",
                "these attributes stand on no words",
                bracket.start,
                reading.end,
                "put words in the brackets",
            )
        del self.items[bracket.index :]
        if small:
            inlines = (SmallCaps(inlines, span),)
        if supplied:
            inlines = (Supplied(inlines, span),)
        if language:
            inlines = (Foreign(language, inlines, span, left),)
        elif left != NO_ATTRIBUTES:
            inlines = (Phrase(inlines, span, left),)
        for node in inlines:
            self.add(node, depth)
        return reading.end

    def citation(self, bracket: _Bracket, at: int, form: Reading | None = None) -> int:
        end = form.end if form is not None else at + 1
        text = self.text[bracket.start : end]
        inner = self.text[bracket.start + 1 : at]
        only = _CITE.fullmatch(inner)
        if only and form is None and _PLACE.fullmatch(inner.lstrip("-")[1:]):
            node: Inline = CrossRef(composed(inner.lstrip("-")[1:]), (), False, self.span(bracket.start, at + 1))
        else:
            parts = _BRACED.sub(lambda found: "_" * len(found[0]), inner).split(";")
            if not any(map(_CITED.search, parts)):
                return 0
            node = CiteCall(text, self.span(bracket.start, end))
        if form is not None:
            self.take(form, at + 1, None)
        self.mark(bracket.start, end, VALUE)
        del self.items[bracket.index :]
        self.add(node)
        return end

    def at_sign(self, at: int) -> int:
        text = self.text
        self.at_signs += 1
        cite = None if at and text[at - 1].isalnum() else _CITE.match(text, at)
        if cite is None:
            self.say(text[at], at, at + 1)
            return at + 1
        end = cite.end()
        key = cite[0].lstrip("-")[1:]
        node: Inline
        if _PLACE.fullmatch(key):
            node = CrossRef(composed(key), (), False, self.span(at, end))
        else:
            locator = _LOCATOR.match(text, end)
            if locator:
                end = locator.end()
            node = CiteCall(text[at:end], self.span(at, end))
        self.mark(at, end, VALUE)
        self.add(node)
        return end

    def inline_note(self, bracket: _Bracket, at: int) -> int:
        inner, depth = self.inside(bracket)
        if not self.fits(bracket, depth):
            return 0
        end = at + 1
        voice = _NOTE_VOICE.match(self.text, end)
        if voice:
            end = voice.end()
            self.mark(at, end, VALUE)
        attributes, end = self.attributes(end, Bearer.NOTE)
        self.mark(bracket.start, bracket.inner)
        self.mark(at, at + 1)
        del self.items[bracket.index :]
        span = self.span(bracket.start, end)
        key = f"inline-{span.start}"
        inlines = tuple(node for node, _ in inner)
        body = self.span(bracket.inner, at) if at > bracket.inner else span
        blocks = (Paragraph(inlines, body),) if inlines else ()
        if not blocks:
            self.report("note-empty", "this note has no words", bracket.start, end, "write its words in the brackets")
        calls = self.finds.calls
        for index in range(bracket.calls, len(calls)):
            if calls[index].owner == self.owner:
                calls[index] = Called(calls[index].key, calls[index].span, key)
        calls.append(Called(key, span, self.owner))
        note = NoteText(key, voice[1] if voice else "author", blocks, span, attributes)
        self.finds.notes.insert(bracket.notes, note)
        self.add(NoteCall(key, span), depth)
        return end

    def unclosed_note(self, bracket: _Bracket) -> None:
        self.report(
            "note-unclosed",
            "a note begins here and has no closing bracket",
            bracket.start,
            bracket.inner,
            "close it with `]`, or write `\\^[` for the signs themselves",
        )

    # Angles and entities --------------------------------------------------------------------

    def angle(self, at: int) -> int:
        text = self.text
        link = _AUTOLINK.match(text, at)
        mail = None if link else _AUTOMAIL.match(text, at)
        found = link or mail
        if found:
            end = found.end()
            words = Text(text[at + 1 : end - 1], self.span(at + 1, end - 1))
            self.mark(at, at + 1)
            self.mark(end - 1, end)
            target = words.text if link else f"mailto:{words.text}"
            if self.leads_out(target, at, end):
                self.linked = self.serial
                self.add(Link(target, (words,), "", self.span(at, end)), 1)
            else:
                self.add(words)
            return end
        if text.startswith("<!--", at):
            return self.comment(at)
        end = self.tag(at)
        if end:
            tag = _TAG.match(text, at)
            name = ((tag[1] or tag[2]) if tag else "").lower()
            self.report(
                "html-raw",
                f"raw HTML is not read: `{text[at:end]}` stands in the text as it is",
                at,
                end,
                _MARKUP.get(name, "write it in the manuscript's own syntax, or escape it: `\\<`"),
            )
            while "\n" in text[at:end]:
                line = text.index("\n", at)
                self.say(text[at:line], at, line)
                self.newline(line, hard=False)
                at = line + 1
            self.say(text[at:end], at, end)
            return end
        self.say("<", at, at + 1)
        return at + 1

    def comment(self, at: int) -> int:
        close = self.find("-->", at + 2)
        if close < 0:
            self.report(
                "comment-unclosed",
                "a comment begins here and never ends",
                at,
                at + 4,
                "end it with `-->` before the paragraph ends",
            )
            self.say("<!--", at, at + 4)
            return at + 4
        end = close + 3
        self.flush()
        self.mark(at, end, COMMENT)
        return end

    def find(self, sign: str, start: int) -> int:
        """Find a sign; when it was once not found, it is not looked for again."""
        if self.missing.get(sign, len(self.text) + 1) <= start:
            return -1
        found = self.text.find(sign, start)
        if found < 0:
            self.missing[sign] = start
        return found

    def tag(self, at: int) -> int:
        """Return where a tag, a declaration or an instruction ends, or 0."""
        text = self.text
        found = _TAG.match(text, at)
        if found:
            return found.end()
        for opening, closing in (("<?", "?>"), ("<![CDATA[", "]]>"), ("<!", ">")):
            if text.startswith(opening, at):
                if opening == "<!" and not text[at + 2 : at + 3].isalpha():
                    return 0
                close = self.find(closing, at + len(opening))
                return close + len(closing) if close >= 0 else 0
        return 0

    def entity(self, at: int) -> int:
        text = self.text
        found = _ENTITY.match(text, at)
        if found is None:
            self.say("&", at, at + 1)
            return at + 1
        end = found.end()
        if found[3]:
            value = html5.get(found[3] + ";")
            if value is None:
                self.report(
                    "entity-unknown",
                    f"no sign is called `{found[0]}`, so it stands in the text as it is",
                    at,
                    end,
                    "write the sign itself, or `\\&` when the characters are meant",
                    Severity.WARNING,
                )
                self.say(found[0], at, end)
            else:
                self.replace(value, at, end)
            return end
        number = int(found[1], 16) if found[1] else int(found[2])
        if _speakable(number):
            self.replace(chr(number), at, end)
        else:
            self.report(
                "entity-invalid", f"`{found[0]}` is no character that can be set", at, end, "write the sign itself"
            )
            self.replace("\ufffd", at, end)
        return end


def _speakable(number: int) -> bool:
    if number > 0x10FFFF or 0xD800 <= number <= 0xDFFF or 0xFDD0 <= number <= 0xFDEF or number & 0xFFFE == 0xFFFE:
        return False
    return number in (9, 10) or not (number < 0x20 or 0x7F <= number <= 0x9F)


def read_definition(text: str, at: int) -> tuple[str, str, str, Attributes, int] | None:
    """Read `[label]: target "title"` at an offset that begins a line.

    Returns label (normalised), target, title, attributes and the offset of the end of its line.
    """
    label = _LABEL.match(text, at)
    if label is None or not label[1].strip(_WHITE) or label[1].startswith("^"):
        return None
    if not text.startswith(":", label.end()):
        return None
    position = _one_line(text, label.end() + 1)
    destination = parseLinkDestination(text, position, len(text))
    if not destination.ok:
        return None
    position = destination.pos
    plain_end = _line_end(text, position)
    title, attributes, end = "", NO_ATTRIBUTES, plain_end
    after = _one_line(text, position)
    if after > position and text[after : after + 1] in ('"', "'", "("):
        found = parseLinkTitle(text, after, len(text))
        if found.ok:
            tail = _with_attributes(text, found.pos)
            if tail is not None:
                title, (attributes, end) = found.str, tail
                return normalizeReference(label[1]), destination.str, title, attributes, end
    if plain_end < 0:
        tail = _with_attributes(text, position)
        if tail is None:
            return None
        attributes, end = tail
    return normalizeReference(label[1]), destination.str, title, attributes, end


def _with_attributes(text: str, at: int) -> tuple[Attributes, int] | None:
    end = _line_end(text, at)
    if end >= 0:
        return NO_ATTRIBUTES, end
    position = at
    while position < len(text) and text[position] in " \t":
        position += 1
    reading = read_attributes(text, position)
    if reading is None:
        return None
    end = _line_end(text, reading.end)
    return (reading.attributes, end) if end >= 0 else None


def _one_line(text: str, position: int) -> int:
    """Skip white space with at most one line feed."""
    lines = 0
    while position < len(text) and text[position] in _WHITE:
        if text[position] == "\n":
            lines += 1
            if lines > 1:
                break
        position += 1
    return position


def _line_end(text: str, position: int) -> int:
    """Return the end of the line when nothing but white space is left on it, else -1."""
    while position < len(text) and text[position] in " \t":
        position += 1
    return position if position >= len(text) or text[position] == "\n" else -1


__all__ = ["Called", "Finds", "LinkDefinition", "plain", "read_definition", "read_inlines"]
