"""Every key and value of `book.toml` is known by its exact place, and no text can harm its reader."""

from __future__ import annotations

import time
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.book import read_book
from pipeline.book.setting import Setting
from pipeline.book.toml import read_toml
from pipeline.source import Source

EVERY_FORM = r'''
# a comment with [brackets] and "quotes
bare-key_1 = "basic \" \\ \u00e9 # no comment" # comment
"quoted . key" = 'literal \ " #'
'literal key' = """
several "lines" \
   and ""two"" quotes"""""
'' = \'''
it's ''two'' ''\'''
numbers = [ 1_000, 0x1F, 0o17, 0b1, 1.5, -2e-3, +inf, nan, 6.26e1 ]   # floats hold dots
dates = [ 1979-05-27T07:32:00.999-07:00, 1979-05-27 07:32:00Z, 1979-05-27, 07:32:00.5 ]
a . "b" . 'c' = true
a.d = { x = 1, y.z = [ { w = "deep" }, [], {} ], "#" = '#' }
nested = [
  [ 1, 2 ], # one
  [ "]", '}', """]""" ],
]
[ table ]
x = 1
[ table . sub ]
y = 2
[[people]]
name = "one"
[people.address]
street = "a"
[[people.phones]]
n = 1
[[people.phones]]
n = 2
[[people]]
name = "two"
[[people.phones]]
n = 3
[z.y.x.w]
end = false
[z]
begin = "日本語"
'''.replace("\\'''", "'''")


def below(setting: Setting, key: str = "") -> Iterator[tuple[str, Setting]]:
    """Return all settings below one, each with its key; items of a list have the key of the list."""
    inner = [*setting.table.items()]
    if isinstance(setting.value, tuple):
        inner = [(key, item) for item in setting.value]
    for name, child in inner:
        yield name, child
        yield from below(child, name)


def plain(setting: Setting) -> Any:
    """Return a tree as `tomllib` gives it."""
    if isinstance(setting.value, dict):
        return {key: plain(child) for key, child in setting.value.items()}
    if isinstance(setting.value, tuple):
        return [plain(child) for child in setting.value]
    return setting.value


def check(text: str) -> None:
    """What stands at a value's place is TOML for that value, and the same for its key."""
    tree, problems = read_toml(Source("book.toml", text))
    assert problems == ()
    assert tree is not None
    assert repr(plain(tree)) == repr(tomllib.loads(text))
    for key, setting in below(tree):
        written = text[setting.span.start : setting.span.end]
        name = text[setting.key.start : setting.key.end]
        if written.startswith(("{", "[")) or not isinstance(setting.value, dict | tuple):
            try:
                same = repr(tomllib.loads(f"x = {written}")["x"]) == repr(plain(setting))
            except tomllib.TOMLDecodeError:
                same = False
        else:  # a table that is only named on the way to another
            same = list(tomllib.loads(f"{written} = 0")) == [key]
        if not same:  # a table, or a list of tables, is known by its header
            assert isinstance(setting.value, dict | tuple), (setting, written)
            assert key in all_keys(tomllib.loads(written)), (setting, written)
        if name != written:
            assert list(tomllib.loads(f"{name} = 0")) == [key], (setting, name)


def all_keys(data: Any) -> Iterator[str]:
    """Return all keys in what `tomllib` has read."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield key
            yield from all_keys(value)
    elif isinstance(data, list):
        for value in data:
            yield from all_keys(value)


def test_every_form_of_toml_has_its_places() -> None:
    check(EVERY_FORM)


def test_places_are_those_of_the_value_and_not_of_its_first_look_alike() -> None:
    text = 'title = "date"\ndate = "title"\n[a]\ntitle = "title"\n'
    tree, _ = read_toml(Source("book.toml", text))
    assert tree is not None
    inner = tree.table["a"].table["title"]
    assert (inner.key.start, inner.span.start) == (text.rindex("title ="), text.rindex('"title"'))


# Random TOML --------------------------------------------------------------------------------

bare = st.text("abcxyz019-_", min_size=1, max_size=4)
inside = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\"'\\"), max_size=6)
keys = st.one_of(bare, inside.map(lambda s: f'"{s}"'), inside.map(lambda s: f"'{s}'"))
dotted = st.lists(keys, min_size=1, max_size=3).map(" . ".join)
scalars = st.one_of(
    inside.map(lambda s: f'"{s}\\n\\""'),
    inside.map(lambda s: f"'{s}'"),
    inside.map(lambda s: f'"""{s}\n"q" \\"""x"""'),
    inside.map(lambda s: f"'''\n{s}'' '''"),
    st.sampled_from(
        ["1", "-1_0", "1.5", "0xff", "1e5", "inf", "true", "1979-05-27", "07:32:00", "1979-05-27 07:32:00"]
    ),
)
gap = st.sampled_from(["", " ", "\n", ' # [c] "\n', "\n\n\t"])


def _containers(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    arrays = st.tuples(gap, st.lists(st.tuples(values, gap), max_size=3), st.booleans()).map(
        lambda t: "[" + t[0] + ",".join(v + g for v, g in t[1]) + ("," if t[1] and t[2] else "") + "]"
    )
    tables = st.lists(st.tuples(dotted, values), max_size=3).map(
        lambda pairs: "{ " + ", ".join(f"{k} = {v}" for k, v in pairs) + " }"
    )
    return arrays | tables


values = st.recursive(scalars, _containers, max_leaves=6)
pairs = st.tuples(dotted, values).map(lambda t: f"{t[0]}={t[1]}")
headers = dotted.map(lambda k: f"[{k}]") | dotted.map(lambda k: f"[[ {k} ]]")
documents = st.lists(pairs | headers | st.just("# [[x]] = ' \""), max_size=8).map("\n".join)


def readable(text: str) -> bool:
    """Say whether `tomllib` reads a text."""
    try:
        tomllib.loads(text)
    except ValueError:
        return False
    return True


@given(documents.filter(readable))
def test_all_readable_toml_has_its_places(text: str) -> None:
    check(text)


@pytest.mark.hostile
@given(st.one_of(documents, st.text("[]{}=.,'\"#\\\n a1é-:_"), st.text()))
@example("a = 1\r\nb = 2")
@example('"""')
@example("x = '''")
@example('a = """""""""')
@example("[[]]")
def test_no_text_makes_the_reader_fail(text: str) -> None:
    source = Source("book.toml", text)
    if "\r" in text:  # no source holds one: `decode` turns it into a line feed
        return
    book, problems = read_book(source, [])
    assert book is not None or problems
    assert (book is not None) == readable(text)
    for problem in problems:
        assert problem.span is not None
        assert 0 <= problem.span.start <= problem.span.end <= len(text)


# Bombs --------------------------------------------------------------------------------------

BOMBS = {
    "dotted key": (".".join(["a"] * 20_000) + " = 1", "book-too-deep"),
    "dotted header": ("[" + " . ".join(["'a'"] * 10_000) + "]", "book-too-deep"),
    "dotted key in a table": ("x = {" + ".".join(["a"] * 20_000) + " = 1}", "book-too-deep"),
    "nested lists": ("a = " + "[" * 5_000 + "]" * 5_000, "book-too-deep"),
    "nested tables": ("a = " + "{a=" * 5_000 + "1" + "}" * 5_000, "book-too-deep"),
    "nested lists after a comment": ("# '''\na = " + "[" * 5_000, "book-too-deep"),
    "nested lists after a text": ("b = '#'\na = " + "[\n" * 5_000, "book-too-deep"),
    "size": ("#" * 64_001, "book-too-large"),
    "size in bytes": ("# " + "é" * 32_000, "book-too-large"),
    "digits": ("a = " + "9" * 50_000, "book-syntax"),
}


@pytest.mark.hostile
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_at_once(name: str) -> None:
    text, code = BOMBS[name]
    begin = time.process_time()
    book, problems = read_book(Source("book.toml", text), [])
    assert time.process_time() - begin < 2
    assert book is None
    assert [problem.code for problem in problems] == [code]


@pytest.mark.hostile
@pytest.mark.parametrize(
    "text",
    [
        "\n".join(f"k{number} = 1" for number in range(5_500)),
        "\n".join(f"[{'a.' * 15}k{number}]" for number in range(1_500)),
        "\n".join(f"{'a.' * 15}k{number} = 1" for number in range(1_400)),
        "[[allow]]\n" * 6_000,
        "[[a.b.c]]\n" * 6_000,
        "a = [" + "{}," * 20_000 + "]",
        "chapters = [" + '"x.md",' * 8_000 + "]",
        "\n".join(f"[editions.e{number}]" for number in range(3_500)),
        "\n".join(f"[notes.voices.v{number}]" for number in range(2_800)),
        'title = "' + "a" * 63_000 + '"',
        'slug = "' + "é" * 30_000 + '"',
        'language = "' + "en-" * 20_000 + '"',
        'language = "en' + "-abcdef" * 9_000 + '"',
        'url = "https://' + "a/" * 30_000 + ' "',
    ],
    ids=lambda text: text[:24],
)
def test_what_fits_into_64_kb_is_read_in_seconds(text: str) -> None:
    begin = time.process_time()
    book, problems = read_book(Source("book.toml", text), [f"chapters/{number}.md" for number in range(1_000)])
    assert time.process_time() - begin < 5
    assert book is not None
    assert problems


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ('title = "x"\nlanguage = en\n', 2, 12, "this is no value"),
        ('title = "x\n', 1, 11, "quotation mark"),
        ("title\n", 1, 6, "`=` is missing"),
        ('a = 1\na = "x"\n', 2, 8, "second time"),
        ("[a]\n[a]\n", 2, 3, "second time"),
        ("a = [1, 2\nb = 3", 2, 1, "`]` is missing"),
        ('a = "C:\\dir"', 1, 8, "backslash"),
        ("a = 2026-02-30", 1, 5, "date"),
    ],
)
def test_a_fault_of_syntax_is_said_in_plain_words_at_its_place(text: str, line: int, column: int, words: str) -> None:
    source = Source("book.toml", text)
    book, [problem] = read_book(source, [])
    assert book is None
    assert problem.span is not None
    position = source.position(problem.span.start)
    assert (problem.code, position.line, position.column) == ("book-syntax", line, column), problem
    assert words in problem.message
