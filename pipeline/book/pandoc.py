"""The `metadata.yaml` of a folder made for Pandoc comes in; a checked `Book` goes out.

YAML is read as texts only: no aliases, no tags, no equal keys, and `lang: no` is Norwegian.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

import yaml

from pipeline.book.fields import (
    STANDARD_EDITIONS,
    Shelf,
    cover,
    day,
    identifier,
    isbn,
    language,
    needed,
    no_chapters,
    path_in_folder,
    references,
    relator,
    shelf,
    standard_notes,
    usual_chapters,
    usual_references,
)
from pipeline.book.rules import is_slug, isbn_digits, slug_from, sort_name
from pipeline.book.setting import Desk, Setting, Value, brief
from pipeline.book.toml import DEPTH_LIMIT, too_large
from pipeline.book.values import Book, CitationPolicy, Contributor, EditionSettings, Entry, Medium, Place, Subject
from pipeline.source import Problem, Severity, Source, Span

KEYS = (
    "title",
    "subtitle",
    "author",
    "creator",
    "contributor",
    "date",
    "lang",
    "language",
    "rights",
    "publisher",
    "identifier",
    "cover-image",
    "abstract",
    "description",
    "subject",
    "keywords",
    "belongs-to-collection",
    "group-position",
    "slug",
    "numbersections",
    "number-sections",
    "bibliography",
    "nocite",
    "reference-section-title",
    "suppress-bibliography",
    "csl",
)

_PANDOC_KEYS = (
    "abstract-title biblio-style biblio-title block-headings classoption colorlinks css "
    "documentclass dir fontfamily fontsize format geometry header-includes highlight-style include-after "
    "include-before indent institute lang-title linestretch link-bibliography link-citations linkcolor links-as-notes "
    "list-of-figures list-of-tables lof lot mainfont margin-left margin-right monofont notes-after-punctuation "
    "numbersections-depth output page-progression-direction pagestyle papersize sansfont "
    "secnumdepth section-titles shorttitle stylesheet template thanks toc toc-depth toc-title "
    "toccolor top-level-division urlcolor version"
)
OF_PANDOC = frozenset(_PANDOC_KEYS.split())
"""Settings of Pandoc and its templates that say how things are made; they have no words of the book."""

PERSON = ("name", "text", "role", "sort", "file-as", "type", "given", "family", "affiliation", "email", "orcid", "url")


def read_metadata(source: Source, files: Collection[str]) -> tuple[Book | None, tuple[Problem, ...]]:
    """Read `metadata.yaml`; `files` are the paths of the book's folder, with `/` and relative to it.

    The chapters are `chapters/*.md` (else `*.md`) in name order. The book is None only when the
    text is no YAML at all.
    """
    tree, problems = read_yaml(source)
    if tree is None:
        return None, problems
    desk = Desk(unknown=Severity.WARNING)
    desk.keys(Setting("", tree.key, tree.span, {k: v for k, v in tree.table.items() if k not in OF_PANDOC}), KEYS)
    title, subtitle = _titles(desk, tree)
    own, number = _identifier(desk, tree.get("identifier"))
    numbered = any(_flag(tree.get(key)) for key in ("numbersections", "number-sections"))
    folder = shelf(files)
    body = usual_chapters(folder)
    if not body:
        no_chapters(desk, source)
    text = next((key for key in ("description", "abstract") if tree.get(key) is not None), "description")
    lang = "language" if tree.get("lang") is None and tree.get("language") is not None else "lang"
    editions: tuple[EditionSettings, ...] = STANDARD_EDITIONS
    if number:
        editions = tuple(
            replace(edition, identifier=number) if edition.medium is Medium.EPUB else edition for edition in editions
        )
    book = Book(
        title=title,
        language=language(desk, tree, lang, "write `lang: en-GB`"),
        slug=_slug(desk, tree, title),
        settings=source.path,
        subtitle=subtitle,
        contributors=_people(desk, tree),
        date=day(desk, _filled(tree.get("date"))),
        publisher=_one(desk, tree.get("publisher")),
        rights=_rights(desk, tree.get("rights")),
        description=_unmarked(desk.text(tree, text)),
        subjects=tuple(map(Subject, (*_many(desk, tree.get("subject")), *_many(desk, tree.get("keywords"))))),
        series=desk.text(tree, "belongs-to-collection"),
        series_number=desk.text(tree, "group-position"),
        identifier=own,
        notes=standard_notes(),
        entries=tuple(Entry(path, Place.BODY, None, numbered=numbered) for path in body),
        editions=editions,
        cover=cover(desk, _filled(tree.get("cover-image")), folder),
        citations=_citations(desk, tree, folder),
    )
    return book, tuple(desk.problems)


# What stands in it --------------------------------------------------------------------------


def _citations(desk: Desk, tree: Setting, folder: Shelf) -> CitationPolicy:
    """Return how works are cited; without `csl` as Pandoc does, by author and date in Chicago style."""
    given, style = _filled(tree.get("bibliography")), _filled(tree.get("csl"))
    if given is None:
        files = usual_references(folder)
    else:
        items = given.value if isinstance(given.value, tuple) else (given,)
        files = tuple(filter(None, (references(desk, item, folder) for item in items)))
    name = path_in_folder(desk, style).rpartition("/")[2].removesuffix(".csl") if style is not None else ""
    span = style.span if style is not None else None
    return CitationPolicy(
        name or "chicago-author-date",
        files,
        listed=not _flag(tree.get("suppress-bibliography")),
        title=desk.text(tree, "reference-section-title"),
        uncited=_keys(tree.get("nocite")),
        span=span,
    )


def _keys(setting: Setting | None) -> tuple[str, ...]:
    """Return the keys of works that are listed though not cited: `@a, @{b c}` or a list of such; `@*` is all."""
    values = setting.value if setting is not None else ""
    texts = [each.value for each in values] if isinstance(values, tuple) else [values]
    found = (re.findall(r"@(\{[^{}]+\}|\*|[\w:.#$%&+?<>~/-]*\w)", text) for text in texts if isinstance(text, str))
    return tuple(key.strip("{}") for keys in found for key in keys)


def _filled(setting: Setting | None) -> Setting | None:
    """Return a setting, or None for `key:` with nothing after it."""
    return None if setting is None or setting.value == "" else setting


def _flag(setting: Setting | None) -> bool:
    return setting is not None and isinstance(setting.value, str) and setting.value.lower() in ("true", "yes", "on")


def _slug(desk: Desk, tree: Setting, title: str) -> str:
    setting = _filled(tree.get("slug"))
    text = desk.string(setting)
    if setting is not None and text:
        if is_slug(text):
            return text
        desk.say(
            "slug-invalid",
            f"`{brief(text)}` cannot begin the names of files",
            setting.span,
            "use the letters a to z, digits, `-`, `_` and `.`",
        )
    return slug_from(title) or "book"


def _titles(desk: Desk, tree: Setting) -> tuple[str, str]:
    """Return title and subtitle; Pandoc also takes a list of titles with their types."""
    setting = tree.get("title")
    if setting is None or isinstance(setting.value, str):
        return needed(desk, tree, "title", "write `title: …`"), _one(desk, tree.get("subtitle"))
    title, subtitle = "", _one(desk, tree.get("subtitle"))
    for item in desk.items(setting):
        text = _worded(desk, item)
        kind = item.get("type")
        if kind is not None and kind.value == "subtitle":
            subtitle = subtitle or text
        elif not title:
            title = text
        elif text:
            desk.say("book-value", f"`{brief(text)}` is a second title", item.span, "give it `type: subtitle`")
    if not title:
        desk.say("book-value", "the book has no `title`", setting.span, "write `title: …`")
    return title, subtitle


def _worded(desk: Desk, item: Setting) -> str:
    """Return a text, or the `text` of a mapping."""
    if not isinstance(item.value, dict):
        return desk.string(item)
    text = item.get("text")
    if text is None:
        desk.say("book-value", f"`{brief(item.name)}` has no `text`", item.span, "write `text: …`")
    return desk.string(text)


def _one(desk: Desk, setting: Setting | None) -> str:
    """Return one text; several are a problem."""
    if setting is not None and isinstance(setting.value, tuple) and len(setting.value) == 1:
        return desk.string(setting.value[0])
    return desk.string(setting)


def _rights(desk: Desk, setting: Setting | None) -> str:
    if setting is not None and isinstance(setting.value, dict):
        return _worded(desk, setting)
    return _one(desk, setting)


def _many(desk: Desk, setting: Setting | None) -> tuple[str, ...]:
    """Return the texts of a list, or of a single text with commas."""
    if setting is None:
        return ()
    if isinstance(setting.value, str):
        return tuple(word for word in (part.strip() for part in desk.string(setting).split(",")) if word)
    return tuple(text for text in (_worded(desk, item) for item in desk.items(setting)) if text)


def _people(desk: Desk, tree: Setting) -> tuple[Contributor, ...]:
    found: list[Contributor] = []
    for key, role in (("author", "aut"), ("creator", "aut"), ("contributor", "ctb")):
        setting = _filled(tree.get(key))
        if setting is None:
            continue
        items = setting.value if isinstance(setting.value, tuple) else (setting,)
        for item in items:
            person = _person(desk, item, role)
            if person is not None and person not in found:
                found.append(person)
    return tuple(found)


def _person(desk: Desk, item: Setting, usual: str) -> Contributor | None:
    if not isinstance(item.value, dict):
        name = desk.string(item)
        return Contributor(name, sort_name(name), (usual,)) if name else None
    desk.keys(item, PERSON)
    given, family = desk.text(item, "given"), desk.text(item, "family")
    name = desk.text(item, "name") or desk.text(item, "text") or " ".join(word for word in (given, family) if word)
    if not name:
        desk.say("book-value", f"`{brief(item.name)}` has no `name`", item.span, "write `name: …`")
        return None
    sort = desk.text(item, "sort") or desk.text(item, "file-as")
    if not sort:
        sort = f"{family}, {given}" if given and family else sort_name(name)
    asked = _filled(item.get("role"))
    roles: list[str] = []
    if asked is not None:
        for one in asked.value if isinstance(asked.value, tuple) else (asked,):
            code = relator(desk, one)
            if code and code not in roles:
                roles.append(code)
    return Contributor(name, sort, tuple(roles) or (usual,))


def _identifier(desk: Desk, setting: Setting | None) -> tuple[str, str]:
    """Return the book's identifier and the ISBN of its EPUB, each "" when there is none."""
    setting = _filled(setting)
    if setting is None:
        return "", ""
    own = number = other = ""
    for item in setting.value if isinstance(setting.value, tuple) else (setting,):
        worded = item.get("text") if isinstance(item.value, dict) else item
        if worded is None:
            desk.say("book-value", f"`{brief(item.name)}` has no `text`", item.span, "write `text: …`")
            continue
        scheme = item.get("scheme")
        is_isbn = scheme is not None and isinstance(scheme.value, str) and scheme.value.upper().startswith("ISBN")
        text = isbn(desk, worded) if is_isbn else identifier(desk, worded)
        if text and isbn_digits(text):
            number = number or text
        else:
            other = other or text
        own = own or text
    return other or own, number  # an ISBN names an edition, a DOI or URN the book


_EMPHASIS = re.compile(r"(?<![\w\\])(\*{1,3}|_{1,3}|`+)(?=\S)(.+?)(?<=\S)\1(?!\w)", re.DOTALL)


def _unmarked(text: str) -> str:
    """Return a description without the signs of emphasis and code: catalogues show it as it is.

    >>> _unmarked("A *captain* hunts a **whale**; 2 * 3 * 4, snake_case_name")
    'A captain hunts a whale; 2 * 3 * 4, snake_case_name'
    """
    return _EMPHASIS.sub(r"\2", text)


# YAML as texts ------------------------------------------------------------------------------


class _Texts(yaml.SafeLoader):
    """Composes YAML into nodes without resolving anything: every scalar is a text.

    What a settings file has no use for (aliases, anchors, tags, deep nesting) is refused
    before anything is made of it; an alias bomb of a few lines can fill any memory.
    """

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 PyYAML 6 keeps it on the class

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call] # types-PyYAML leaves it out
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise _RefusedError(
                "book-syntax", "aliases (`*name`, `&name`) are not read", event, "write the value itself"
            )
        tag = getattr(event, "tag", None)
        if tag not in (None, "!"):
            raise _RefusedError("book-syntax", f"the tag `{tag}` is not read", event, "write the value without it")
        self.depth += 1
        if self.depth > DEPTH_LIMIT:
            raise _RefusedError(
                "book-too-deep",
                f"more than {DEPTH_LIMIT} lists or mappings stand in one another",
                event,
                "no setting of a book needs so many",
            )
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


class _RefusedError(Exception):
    """Something in YAML that is not read, with its event."""

    def __init__(self, code: str, message: str, event: yaml.Event, hint: str) -> None:
        super().__init__(message)
        self.code, self.message, self.event, self.hint = code, message, event, hint


def read_yaml(source: Source) -> tuple[Setting | None, tuple[Problem, ...]]:
    """Read YAML into a tree with places; None when it cannot be read or is no mapping.

    >>> tree, _ = read_yaml(Source("metadata.yaml", "lang: no"))
    >>> tree.get("lang").value, tree.get("lang").span.start
    ('no', 6)
    """
    large = too_large(source)
    if large is not None:
        return None, (large,)
    nothing = source.span(0, 0)
    tree, problems = read_texts(source)
    if tree is None or problems:
        return None, problems
    if tree.value == "":
        return replace(tree, span=nothing, value={}), ()
    if not isinstance(tree.value, Mapping):
        return None, (
            Problem("book-syntax", "the file holds no settings", tree.span, "write lines such as `title: …`"),
        )
    return replace(tree, span=nothing), ()


def read_texts(source: Source) -> tuple[Setting | None, tuple[Problem, ...]]:
    """Read YAML of any shape into a tree with places, in which every scalar is a text; "" when there is nothing.

    The tree is None when it cannot be read. A name that stands twice is a problem; the first one counts.
    """
    nothing = source.span(0, 0)
    try:
        loader = _Texts(source.text)
        nodes: list[yaml.Node] = []
        while loader.check_node():
            node = loader.get_node()
            if node is not None:
                nodes.append(node)
    except _RefusedError as refused:
        span = _between(source, refused.event.start_mark, refused.event.end_mark)
        return None, (Problem(refused.code, refused.message, span, refused.hint),)
    except yaml.reader.ReaderError as error:
        at = min(int(error.position), len(source.text))
        message = f"the character U+{ord(source.text[at]):04X} cannot stand in YAML" if at < len(source.text) else ""
        return None, (Problem("book-syntax", message or "this is no YAML", source.span(at, at + 1), "delete it"),)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = min(mark.index, len(source.text)) if mark is not None else 0
        words = str(error.problem or "this is no YAML")
        hint = "quote the value" if "mapping values are not allowed" in words else ""
        begun = error.context_mark
        also: tuple[tuple[Span, str], ...] = ()
        if begun is not None and mark is not None and begun.line != mark.line:
            start = min(begun.index, len(source.text))
            also = ((source.span(start, min(start + 1, len(source.text))), "what is not ended begins here"),)
        span = source.span(at, min(at + 1, len(source.text)))
        return None, (Problem("book-syntax", words, span, hint, also=also),)
    # `---` at the end opens a second document that holds nothing.
    nodes = [node for node in nodes if not (isinstance(node, yaml.ScalarNode) and node.value == "")]
    if not nodes:
        return Setting("", nothing, nothing, ""), ()
    if len(nodes) > 1:
        span = _span(source, nodes[1])
        return None, (Problem("book-syntax", "a second document begins here", span, "keep one, and delete `---`"),)
    problems: list[Problem] = []
    return _setting(source, nodes[0], "", nothing, problems), tuple(problems)


def _span(source: Source, node: yaml.Node) -> Span:
    return _between(source, node.start_mark, node.end_mark)


def _between(source: Source, start: Any, end: Any) -> Span:
    """Return the place between two marks of PyYAML, without the blanks that it counts in at the end."""
    last = int(end.index)
    while last > start.index and source.text[last - 1 : last].isspace():
        last -= 1
    return source.span(start.index, last)


def _setting(source: Source, node: yaml.Node, name: str, key: Span, problems: list[Problem]) -> Setting:
    span = _span(source, node)
    value: Value
    if isinstance(node, yaml.MappingNode):
        table: dict[str, Setting] = {}
        for name_node, value_node in node.value:
            place = _span(source, name_node)
            if not isinstance(name_node, yaml.ScalarNode):
                problems.append(Problem("book-syntax", "a name must be a word", place, "write `name: value`"))
                continue
            word = str(name_node.value)
            if word in table:
                problems.append(
                    Problem(
                        "book-syntax",
                        f"`{brief(word)}` is given a second time",
                        place,
                        "keep one of them",
                        also=((table[word].key, "first given here"),),
                    )
                )
                continue
            table[word] = _setting(source, value_node, f"{name}.{word}" if name else word, place, problems)
        value = table
    elif isinstance(node, yaml.SequenceNode):
        value = tuple(
            _setting(source, item, f"{name}[{number}]", _span(source, item), problems)
            for number, item in enumerate(node.value, start=1)
        )
    else:
        plain = getattr(node, "style", None) is None and node.value.lower() in ("~", "null")
        value = "" if plain else str(node.value)
    return Setting(name, key, span, value)
