"""What a reader of messages sees: decoded text, places, windows and carets."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.source import Position, Problem, Severity, Source, Span, decode, describe, in_order, printable


def shown(text: str, start: int, end: int) -> list[str]:
    """Return the two lines of the window: the words, and the carets below them."""
    source = Source("a.md", text)
    return describe(Problem("x", "wrong", source.span(start, end)), {"a.md": source}).splitlines()[2:4]


def test_a_message_has_place_window_caret_and_hint() -> None:
    source = Source("a.md", "one\n> on and on[^nope] here.\n")
    problem = Problem("note-missing", "note `nope` is never written", source.span(15, 22), "notes written: `terms`")
    assert describe(problem, {"a.md": source}) == (
        "a.md:2:12: error: note `nope` is never written [note-missing]\n"
        "  |\n"
        "2 | > on and on[^nope] here.\n"
        "  |            ^^^^^^^\n"
        "  = hint: notes written: `terms`"
    )


def test_other_places_are_named_and_a_missing_source_leaves_the_path() -> None:
    source = Source("a.md", "one\ntwo")
    problem = Problem("x", "twice", Span("b.md", 3, 4), also=((source.span(4, 7), "first here"),))
    assert describe(problem, {"a.md": source}) == "b.md: error: twice [x]\n  = a.md:2:1: first here"
    assert describe(Problem("x", "bad", severity=Severity.WARNING, hint="mend it"), {}) == (
        "warning: bad [x]\n  = hint: mend it"
    )


@pytest.mark.parametrize(
    ("text", "start", "end", "words", "carets"),
    [
        ("日本語 wrong", 4, 9, "1 | 日本語 wrong", "  |        ^^^^^"),
        ("日本語", 1, 2, "1 | 日本語", "  |   ^^"),
        ("e\u0301te\u0301 bad", 6, 9, "1 | e\u0301te\u0301 bad", "  |     ^^^"),
        ("e\u0301", 1, 2, "1 | e\u0301", "  | ^"),
        ("\tbad", 1, 4, "1 |  bad", "  |  ^^^"),
        ("می\u200cروم بد", 7, 9, "1 | می\u200cروم بد", "  |       ^^"),
        ("a\u202eb bad", 4, 7, "1 | a\ufffdb bad", "  |     ^^^"),
        ("", 0, 0, "1 | ", "  | ^"),
        ("end", 3, 3, "1 | end", "  |    ^"),
        ("two\nlines", 1, 8, "1 | two", "  |  ^^"),
    ],
)
def test_carets_stand_under_the_words(text: str, start: int, end: int, words: str, carets: str) -> None:
    assert shown(text, start, end) == [words, carets]


def test_a_long_paragraph_is_shown_through_a_window_around_the_place() -> None:
    words, carets = shown("word " * 200 + "HERE" + " more" * 200, 1000, 1004)
    assert words == "1 | …ord word word word word HERE" + " more" * 8 + " mor…"
    assert words[carets.index("^") : carets.rindex("^") + 1] == "HERE"
    assert len(words) <= 4 + 72 + 2


def test_a_window_of_wide_letters_is_no_wider() -> None:
    words, carets = shown("語" * 500, 250, 252)
    assert 70 <= sum(2 if character == "語" else 1 for character in words) - 4 <= 74
    assert carets.endswith("^^^^")
    before = words[4 : 4 + 1 + 12]
    assert before == "…" + "語" * 12
    assert carets.index("^") == 4 + 1 + 24


def test_marks_piled_on_a_letter_cost_no_time() -> None:
    text = "a" + "\u0301" * 1_000_000 + " end"
    begin = time.process_time()
    shown(text, 500_000, 500_001)
    assert time.process_time() - begin < 2


@pytest.mark.hostile
@given(st.text(), st.text(), st.integers(0, 40), st.integers(0, 40))
def test_no_message_holds_what_a_terminal_would_obey(text: str, path: str, start: int, length: int) -> None:
    source = Source(path, text)
    problem = Problem("x", text, Span(path, start, start + length), text, also=((Span(path, start, start), text),))
    for line in describe(problem, {path: source}).split("\n"):
        for character in line:
            allowed = character in "\u200c\u200d"
            assert allowed or unicodedata.category(character) not in ("Cc", "Cf", "Zl", "Zp", "Cs"), line


def test_escapes_in_the_name_of_a_file_are_shown_and_not_obeyed() -> None:
    assert describe(Problem("x", "m", Span("\x1b]0;own\x07.md", 0, 0)), {}) == "\ufffd]0;own\ufffd.md: error: m [x]"
    assert printable("\u202etxt") == "\ufffdtxt"


# Decoding -----------------------------------------------------------------------------------


def test_byte_order_mark_and_line_ends_leave_no_trace() -> None:
    assert decode("a.md", b"\xef\xbb\xbfone\r\ntwo\rthree\n") == (Source("a.md", "one\ntwo\nthree\n"), ())


def test_a_wrong_byte_is_shown_at_its_place_also_after_crlf_and_a_real_replacement_character() -> None:
    data = "\ufeff\ufffd one\r\n\r\ncaf".encode() + b"\xe9 au lait"
    source, problems = decode("a.md", data)
    [problem] = problems
    assert problem.span is not None
    assert problem.code == "encoding-invalid"
    assert source.position(problem.span.start) == Position(3, 4)
    assert "`é`" in problem.hint
    assert source.text == "\ufffd one\n\ncaf\ufffd au lait"


def test_utf_16_is_named() -> None:
    for encoding in ("utf-16", "utf-16-le", "utf-16-be"):
        source, problems = decode("a.md", "# Loomings\n\nCall me Ishmaël.\n".encode(encoding))
        assert [problem.code for problem in problems] == ["encoding-invalid"]
        assert "UTF-16" in problems[0].message
        assert source.text == "# Loomings\n\nCall me Ishmaël.\n"


def test_control_characters_are_reported_and_replaced() -> None:
    source, problems = decode("a.md", b"a\x00b\tc\n\x9b")
    assert [problem.code for problem in problems] == ["encoding-invalid", "control-character"]
    source, problems = decode("a.md", "a\0b\tc\n\x9b\uffff".encode())
    assert source.text == "a\ufffdb\tc\n\ufffd\ufffd"
    assert [(problem.code, problem.span) for problem in problems] == [
        ("control-character", Span("a.md", offset, offset + 1)) for offset in (1, 6, 7)
    ]


@pytest.mark.hostile
def test_a_file_of_nothing_but_control_characters_gives_few_messages() -> None:
    _, problems = decode("a.md", b"\0" * 1_000_000)
    assert len(problems) == 20
    assert problems[-1].message.endswith("nor can 999,980 more after it")


def test_a_file_of_more_than_8_mb_is_refused_and_one_of_8_mb_is_read() -> None:
    source, problems = decode("a.md", b"a" * 8_000_001)
    assert source.text == ""
    assert [problem.code for problem in problems] == ["source-too-large"]
    assert decode("a.md", b"a" * 8_000_000)[1] == ()


# Places -------------------------------------------------------------------------------------


@given(st.text(alphabet="ab\n\u2028é日"), st.integers(-5, 50))
def test_line_and_column_are_those_of_an_editor(text: str, offset: int) -> None:
    source = Source("a.md", text)
    position = source.position(offset)
    within = max(0, min(offset, len(text)))
    assert position.line == text[:within].count("\n") + 1
    assert position.column == within - (text[:within].rfind("\n") + 1) + 1
    assert source.line(position.line) == text.split("\n")[position.line - 1]
    assert source.line_start(position.line) + position.column - 1 == within
    assert source.lines == text.count("\n") + 1


def test_problems_are_sorted_by_place_and_said_once() -> None:
    late, early = Problem("a", "late", Span("b.md", 5, 6)), Problem("b", "early", Span("b.md", 1, 2))
    other, nowhere = Problem("c", "other file", Span("a.md", 9, 9)), Problem("d", "nowhere")
    assert in_order([late, early, late, other, nowhere]) == (nowhere, other, early, late)
