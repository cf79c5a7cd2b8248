"""Blocks and notes become the Markdown of the manuscript, with every sign of the source as it was typed.

A paragraph is one line. Signs that Markdown would obey are escaped, and no others.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import assert_never

from pipeline.intake.ledger import Ledger
from pipeline.intake.values import (
    Block,
    Fate,
    Grid,
    Head,
    Labels,
    Listing,
    Mark,
    Note,
    Paragraph,
    Pause,
    Quote,
    Verses,
    Words,
)

_SPECIAL = re.compile(r"[\\`*\[\]<~^{}|$]|_|&(?=#?\w+;|#?\w*$)|@")
_STARTS = re.compile(
    r"(?P<sign>#|>|[-+](?=[\s\-+=:]|$)|:(?=[\s:]|$)|=+\s*$|%)|(?P<marker>\(?(?:\d{1,9}|[A-Za-z]|[ivxlcdmIVXLCDM]{1,9}))(?=[.)](?:\s|$))"
)
_CAPTION = re.compile(r"[Tt]able(?=:[ \t])")
_SPACES = re.compile(r"\s+")


class Writer:
    """Writes the blocks of one chapter."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.parts: list[str] = []
        self.marks = sorted(ledger.marks, key=lambda mark: (mark.start, mark.end, mark.kind))
        self.starts = [mark.start for mark in self.marks]
        self.listed = ""

    def write(self, title: str, blocks: Sequence[Block], notes: Sequence[Note]) -> str:
        """Return a chapter of blocks and notes; `title` is Markdown, "" when the settings have it."""
        if title:
            self.say(f"# {title}\n\n")
        for block in blocks:
            self.block(block)
        for note in notes:
            voice = "" if note.voice == "author" else f"({note.voice})"
            self.say(f"[^{note.key}]{voice}: ")
            for number, words in enumerate(note.words):
                if number:
                    self.say("    ")
                self.paragraph(words)
                self.say("\n\n")
        return "".join(self.parts).rstrip("\n") + "\n"

    def say(self, text: str) -> None:
        self.parts.append(text)

    def block(self, block: Block) -> None:
        listed, self.listed = self.listed, ""
        match block:
            case Words():
                self.paragraph(block.words, after_list=bool(listed))
                self.say("\n\n")
            case Head():
                self.say("#" * block.level + " ")
                self.paragraph(block.words, head=True)
                self.say(" {.run-in}\n\n" if block.run_in else "\n\n")
            case Pause():
                if block.title:
                    self.say(f"{'#' * block.level} [{escape(block.title)}]{{.supplied}}\n\n")
                else:
                    self.say("[* * *]{.supplied}\n\n" if block.supplied else "* * *\n\n")
            case Quote():
                for number, words in enumerate(block.words):
                    self.say(">\n> " if number else "> ")
                    self.paragraph(words)
                    self.say("\n")
                self.say("\n")
            case Listing():
                if listed:
                    self.say("<!-- another list -->\n\n")
                self.listed = "list"
                for words, mark in zip(block.items, block.marks, strict=True):
                    decimal = mark[:-1].isdigit()
                    self.say(mark + (" " if mark == "-" or decimal else "  "))
                    self.paragraph(words)
                    self.say("\n" if block.close else "\n\n")
                if block.close:
                    self.say("\n")
            case Labels():
                for label, words in block.entries:
                    self.paragraph(label)
                    self.say("\n:   ")
                    self.paragraph(words)
                    self.say("\n\n")
            case Grid():
                self.grid(block)
            case Verses():
                for line in block.lines:
                    self.say("| ")
                    if line is not None:
                        self.say(" " * min(line[0], 20))
                        self.paragraph(line[1])
                        if self.parts[-1].endswith("\\|"):  # a bar at the end of a line would draw a table
                            self.parts[-1] = self.parts[-1][:-2] + "&#124;"
                    self.say("\n")
                self.say("\n")
            case _:
                assert_never(block)

    def grid(self, block: Grid) -> None:
        columns = len(block.aligns)
        rows = list(block.rows)
        if not block.head:
            rows.insert(0, (None,) * columns)
        for number, row in enumerate(rows):
            for cell in row:
                self.say("| ")
                if cell is not None:
                    self.paragraph(cell, start=False)
                self.say(" ")
            self.say("|\n")
            if not number:
                self.say("".join("|---:" if align == "right" else "|---" for align in block.aligns) + "|\n")
        self.say("\n")

    # Words ----------------------------------------------------------------------------------

    def paragraph(self, words: Paragraph, *, head: bool = False, start: bool = True, after_list: bool = False) -> None:
        """Write the words of a paragraph in one line."""
        pieces: list[tuple[str, int]] = []  # Markdown, and the source offset of its first sign (-1: none)
        for number, piece in enumerate(words.pieces):
            if piece.spaced and number:
                pieces.append((" ", -1))
            self._piece(piece.start, piece.end, pieces)
        supplied = [mark.value for mark in self._marks_at(words.end) if mark.kind == "supplied"]
        pieces += [(f" [{escape(value)}]{{.supplied}}", -1) for value in supplied]
        _close_up(pieces)
        if head:
            pieces = [(re.sub(r"#", r"\\#", text) if at >= 0 else text, at) for text, at in pieces]
        if start:
            _guard(pieces, after_list)
        for text, _ in pieces:
            self.say(text)

    def _marks_at(self, offset: int) -> list[Mark]:
        low, high = bisect_left(self.starts, offset), bisect_right(self.starts, offset)
        return self.marks[low:high]

    def _piece(self, start: int, end: int, pieces: list[tuple[str, int]]) -> None:
        at = start
        index = bisect_left(self.starts, start)
        while index < len(self.marks) and self.marks[index].start < end:
            mark = self.marks[index]
            index += 1
            if mark.kind == "supplied" or mark.start < at:
                continue
            self._words(at, mark.start, pieces)
            if mark.kind == "stand-in":
                pieces.append((f"[{mark.value}]{{.supplied}}", -1))
            elif mark.kind == "call":
                pieces.append((f"[^{mark.value}]", mark.start))
            else:
                pieces.append(("*", -1))
                self._words(mark.start, mark.end, pieces)
                pieces.append(("*", -1))
            at = mark.end
        self._words(at, end, pieces)

    def _words(self, start: int, end: int, pieces: list[tuple[str, int]]) -> None:
        """Write the words between two offsets, without what was set aside."""
        text, fates = self.ledger.text, self.ledger.fates
        at = start
        while at < end:
            gone = fates.find(Fate.ASIDE, at, end)
            stop = gone if gone >= 0 else end
            if stop > at:
                before = text[at - 1] if at > start else ""
                pieces.append((escape(text[at:stop], before), at))
            at = stop
            while at < end and fates[at] == Fate.ASIDE:
                at += 1


def escape(words: str, before: str = "") -> str:
    """Return words as Markdown that reads just like them; `before` is the sign in front of them.

    >>> escape("a*b_c <d> [e] f@g @h")
    'a\\\\*b_c \\\\<d> \\\\[e\\\\] f@g \\\\@h'
    """

    def guard(found: re.Match[str]) -> str:
        sign, at = found.group(), found.start()
        left = words[at - 1] if at else before
        if sign == "_" and left.isalnum() and words[at + 1 : at + 2].isalnum():
            return sign
        if sign == "@" and left.isalnum():
            return sign
        return "\\" + sign

    return _SPECIAL.sub(guard, words)


def _close_up(pieces: list[tuple[str, int]]) -> None:
    """Make white space what Markdown takes it for, and let calls stand close to the word before them."""
    for number, (text, at) in enumerate(pieces):
        if at < 0 or text.startswith("[^"):
            if text == " " and number + 1 < len(pieces) and _is_call(pieces[number + 1]):
                pieces[number] = ("", at)  # a line end before a call, which stands close to the word above it
            continue
        before = pieces[number - 1][0] if number else ""
        after = pieces[number + 1][0] if number + 1 < len(pieces) else ""
        edges = (before == "*" or before.startswith("[^"), after == "*")

        def space(found: re.Match[str], text: str = text, edges: tuple[bool, bool] = edges) -> str:
            run = found.group()
            if len(run) > 1:
                return " " * len(run)
            edge = (found.start() == 0 and edges[0]) or (found.end() == len(text) and edges[1])
            return " " if edge or run in "\t\x0b\x0c\x1c\x1d\x1e\x1f\x85\u1680\u2028\u2029\u3000\n" else run

        text = _SPACES.sub(space, text)
        if number + 1 < len(pieces) and _is_call(pieces[number + 1]) and (number or text.strip()):
            text = text.rstrip()
        pieces[number] = (text, at)


def _is_call(piece: tuple[str, int]) -> bool:
    return piece[0].startswith("[^") and piece[1] >= 0


def _guard(pieces: list[tuple[str, int]], after_list: bool) -> None:
    """Escape what would begin another block at the start of a line."""
    for number, (text, at) in enumerate(pieces):
        if at < 0:
            if text != " ":
                return
            continue
        if not text:
            continue
        whole = "".join(part for part, _ in pieces[number : number + 6])
        caption = _CAPTION.match(whole)
        if caption:
            pieces[number] = (text[: caption.end()] + "\\" + text[caption.end() :], at)
            return
        found = _STARTS.match(whole)
        if found is None:
            return
        if found["sign"]:
            pieces[number] = ("\\" + text, at)
            return
        token = found["marker"].lstrip("(")
        if (
            not found["marker"].startswith("(")
            and len(token) == 1
            and token.isupper()
            and whole[found.end()] == "."
            and not after_list
            and re.match(r"\. \S", whole[found.end() :])
        ):
            return  # an initial: "I. Newton"
        end = found.end()
        if end <= len(text):
            pieces[number] = (text[:end] + "\\" + text[end:], at)
        else:
            pieces[number] = ("\\" + text if text.startswith("(") else text, at)
        return
