"""A settings tree and the paths in a book's folder come in; a checked `Book` goes out.

Every wrong key and value is said at its place, all in one run. What cannot be used is left
out, so that later rooms can go on and find the rest.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from pipeline.book.fields import (
    SHARED_SERIES,
    STANDARD_EDITIONS,
    VOICE_MARKS,
    Shelf,
    cover,
    day,
    identifier,
    isbn,
    jacket_picture,
    language,
    needed,
    no_chapters,
    path_in_folder,
    read_jacket,
    references,
    relator,
    roman,
    shelf,
    standard_notes,
    unknown_edition,
    usual_chapters,
    usual_references,
    usual_voice,
)
from pipeline.book.matter import read_matter
from pipeline.book.press import read_press
from pipeline.book.printers import PRINTERS
from pipeline.book.rules import is_slug, isbn_digits, slug_from, sort_name
from pipeline.book.setting import Desk, Setting, brief, names, nearest
from pipeline.book.subjects import read_subjects
from pipeline.book.theme import Opening, Theme
from pipeline.book.toml import read_toml
from pipeline.book.trims import TRIMS
from pipeline.book.values import (
    NO_LABEL,
    Accessibility,
    Allowance,
    Book,
    CitationPolicy,
    Composition,
    Contributor,
    EditionSettings,
    Entry,
    Hazards,
    Medium,
    NotePlace,
    NotePolicy,
    PageSource,
    Part,
    Place,
    Profile,
    Restart,
    Selection,
    TextPolicy,
    TypographyRule,
    Voice,
)
from pipeline.source import Problem, Severity, Source, Span

TOP = (
    "title",
    "subtitle",
    "short",
    "language",
    "slug",
    "date",
    "corrected",
    "publisher",
    "place",
    "rights",
    "description",
    "subjects",
    "series",
    "series_number",
    "url",
    "identifier",
    "cover",
    "theme",
    "pages",
    "fonts",
    "names",
    "text",
    "without",
    "imprint",
    "colophon",
    "editorial_label",
    "numbered",
    "numbered_parts",
    "front",
    "chapters",
    "appendices",
    "back",
    "parts",
    "contributors",
    "identifiers",
    "notes",
    "citations",
    "editions",
    "accessibility",
    "allow",
)

_MEANT = {
    "abstract": "write `description`",
    "author": 'write `[[contributors]]` with `name = "…"` below the other settings',
    "authors": 'write `[[contributors]]` with `name = "…"` below the other settings',
    "chapter": "write `chapters`, a list",
    "contributor": "write `[[contributors]]`",
    "copyright": "write `rights`",
    "cover_image": "write `cover`",
    "cover-image": "write `cover`",
    "edition": "write `[editions.NAME]`",
    "isbn": 'write `[identifiers]` with one ISBN an edition: print = "978-…"',
    "keywords": "write `subjects`",
    "lang": "write `language`",
    "license": "write `rights`",
    "note": "write `[notes]`",
    "part": "write `[[parts]]`",
    "editor": 'write `[[contributors]]` with `role = "editor"`',
    "translator": 'write `[[contributors]]` with `role = "translator"`',
    "year": "write `date`",
}

ENTRY = ("file", "title", "short", "authors", "numbered", "only", "not")
PART = ("title", "number", "short", "chapters", "only", "not")
CONTRIBUTOR = ("name", "sort", "role", "roles")
VOICE = ("label", "marks", "series", "signed", "placement")
CITATIONS = ("style", "references", "ibid", "reset", "bibliography", "bibliography_title", "nocite")
EDITION = (
    "medium",
    "trim",
    "recto",
    "composition",
    "cover",
    "notes",
    "attach",
    "printer",
    "paper",
    "ink_profile",
    "profile",
    "pages",
    "page_source",
    "ibid",
)
ACCESSIBILITY = (
    "conforms_to",
    "certified_by",
    "credential",
    "report",
    "alternative_text_reviewed_by",
    "summary",
    "hazards",
)
_CLAIMED = {
    "conformsTo": "write `conforms_to`",
    "certifiedBy": "write `certified_by`",
    "certifierCredential": "write `credential`",
    "certifierReport": "write `report`",
    "accessibilitySummary": "write `summary`",
    "accessibilityHazard": "write `hazards`",
}
CLAIMS = tuple(
    f"EPUB Accessibility 1.1 - WCAG 2.{minor} Level {level}" for minor in (0, 1, 2) for level in ("A", "AA", "AAA")
)
"""What EPUB Accessibility 1.1 lets a publication say of itself, letter for letter."""
ENOUGH = 4
"""Words that an allowance for the name of a protected witness must quote, so that it holds at one place."""

ALLOWANCE = ("code", "reason", "file", "words", "by")

EVERYWHERE = Selection()

MARKS = ("decimal", "lower-alpha", "upper-alpha", "lower-roman", "upper-roman", "symbols")


def read_book(source: Source, files: Collection[str]) -> tuple[Book | None, tuple[Problem, ...]]:
    """Read `book.toml`; `files` are the paths of the book's folder, with `/` and relative to it.

    The book is None only when the text is no TOML at all. After other problems it holds what
    could be used: an empty title, the language `und`, the chapters that exist.
    """
    tree, problems = read_toml(source)
    if tree is None:
        return None, problems
    desk = Desk(whole=TOP)
    book = _Reader(desk, tree, source, shelf(files)).book()
    return book, tuple(desk.problems)


NOTE_PLACES = tuple(each for each in NotePlace if each is not NotePlace.UNDER)
"""Where all notes of a book, an edition or a voice may stand."""


@dataclass(slots=True)
class _Reader:
    """The parts of a book, taken one by one from its settings."""

    desk: Desk
    tree: Setting
    source: Source
    folder: Shelf
    numbered: bool = False

    def book(self) -> Book:
        desk, tree = self.desk, self.tree
        desk.keys(tree, TOP, _MEANT)
        title = needed(desk, tree, "title", 'write `title = "…"` at the top')
        self.numbered = desk.truth(tree, "numbered", False)
        editions = self._editions()
        known = [edition.name for edition in editions]
        people = self._contributors()
        entries, parts = self._order(known, people)
        return Book(
            title=title,
            language=language(desk, tree, "language", 'write `language = "en-GB"` at the top'),
            slug=self._slug(title),
            settings=self.source.path,
            subtitle=desk.text(tree, "subtitle"),
            short=desk.text(tree, "short"),
            contributors=people,
            date=day(desk, tree.get("date")),
            corrected=day(desk, tree.get("corrected")),
            publisher=desk.text(tree, "publisher"),
            place=desk.text(tree, "place"),
            rights=desk.text(tree, "rights"),
            description=desk.text(tree, "description"),
            subjects=read_subjects(desk, tree.get("subjects")),
            series=desk.text(tree, "series"),
            series_number=self._series_number(),
            url=self._url(),
            identifier=identifier(desk, tree.get("identifier")),
            imprint=desk.texts(tree, "imprint"),
            colophon=desk.texts(tree, "colophon"),
            names=desk.texts(tree, "names"),
            text=TextPolicy(desk.choice(tree, "text", tuple(TextPolicy), TextPolicy.FAITHFUL)),
            without=self._without(),
            notes=self._notes(),
            editorial_label=desk.text(tree, "editorial_label", filled=True),
            entries=entries,
            parts=parts,
            editions=editions,
            allowances=self._allowances(),
            matter=read_matter(desk, tree.get("pages")),
            press=read_press(desk, tree.get("fonts")),
            theme=self._theme(),
            cover=cover(desk, jacket_picture(tree.get("cover")), self.folder),
            jacket=read_jacket(desk, tree.get("cover")),
            accessibility=self._accessibility(),
            citations=self._citations(),
        )

    # The book itself ------------------------------------------------------------------------

    def _without(self) -> tuple[TypographyRule, ...]:
        """Return the rules of typography that the book does without."""
        desk, setting = self.desk, self.tree.get("without")
        found = []
        for item in desk.items(setting):
            name = desk.string(item)
            if name in tuple(TypographyRule):
                found.append(TypographyRule(name))
            elif name:
                near = nearest(name, tuple(TypographyRule))
                known = ", ".join(f"`{each}`" for each in TypographyRule)
                desk.say(
                    "book-value",
                    f"no rule of typography is called `{brief(name)}`",
                    item.span,
                    f"did you mean `{near}`?" if near else f"the rules are {known}",
                )
        return tuple(found)

    def _slug(self, title: str) -> str:
        setting = self.tree.get("slug")
        text = self.desk.text(self.tree, "slug", filled=True)
        if setting is not None and text:
            if is_slug(text):
                return text
            near = slug_from(text)
            self.desk.say(
                "slug-invalid",
                f"`{brief(text)}` cannot begin the names of files",
                setting.span,
                "use the letters a to z, digits, `-`, `_` and `.`" + (f", such as `{near}`" if near else ""),
            )
        return slug_from(title) or "book"

    def _series_number(self) -> str:
        setting = self.tree.get("series_number")
        if setting is not None and isinstance(setting.value, int) and not isinstance(setting.value, bool):
            text = str(setting.value)
        else:
            text = self.desk.text(self.tree, "series_number", filled=True)
        if setting is not None and text and self.tree.get("series") is None:
            self.desk.say(
                "book-value",
                "a `series_number` without a `series`",
                setting.key,
                "name the series, or delete the number",
            )
        return text

    def _url(self) -> str:
        setting = self.tree.get("url")
        text = self.desk.text(self.tree, "url", filled=True)
        if setting is not None and text and re.fullmatch(r"https?://[^\s/?#]+\S*", text) is None:
            self.desk.say(
                "book-value",
                f"`{brief(text)}` is no address on the web",
                setting.span,
                "write it in full: https://example.org/book",
            )
            return ""
        return text

    def _theme(self) -> Theme:
        """Return the theme by its name: one of the house, or a folder in the book's own."""
        setting = self.tree.get("theme")
        name = self.desk.text(self.tree, "theme", filled=True)
        if setting is None or not name:
            return Theme()
        if "/" in name:
            name = path_in_folder(self.desk, setting)
            return Theme(name.rstrip("/"), setting.span) if name else Theme()
        return Theme(name, setting.span)

    # People ---------------------------------------------------------------------------------

    def _contributors(self) -> tuple[Contributor, ...]:
        found = []
        for item in self.desk.items(self.tree.get("contributors")):
            if isinstance(item.value, str):
                self.desk.wrong(item, "a table", f'write {{ name = "{brief(item.value)}" }}')
                continue
            person = self._person(item, "aut")
            if person is not None:
                found.append(person)
        return tuple(found)

    def _person(self, item: Setting, role: str) -> Contributor | None:
        if not self.desk.is_table(item):
            return None
        self.desk.keys(item, CONTRIBUTOR)
        name = self.desk.text(item, "name", filled=True)
        if item.get("name") is None:
            self.desk.say("book-value", f"`{brief(item.name)}` has no `name`", item.span, 'write `name = "…"`')
        roles: list[str] = []
        one, many = item.get("role"), item.get("roles")
        if one is not None and many is not None:
            self.desk.say(
                "book-value",
                f"`{brief(item.name)}` has both `role` and `roles`",
                many.key,
                "write one of them",
                also=((one.key, "the other one"),),
            )
        asked = ([one] if one is not None else []) + list(self.desk.items(many))
        for setting in asked:
            code = relator(self.desk, setting)
            if code in roles:
                self.desk.say("book-value", f"the role `{code}` is given twice", setting.span, "delete one")
            elif code:
                roles.append(code)
        if not name:
            return None
        sort = self.desk.text(item, "sort", filled=True) or sort_name(name)
        return Contributor(name, sort, tuple(roles) or (role,))

    def _authors(self, entry: Setting, people: Sequence[Contributor]) -> tuple[Contributor, ...]:
        """Return the authors of one chapter; a name alone may be that of somebody the book names."""
        found = []
        for item in self.desk.items(entry.get("authors")):
            person: Contributor | None
            if isinstance(item.value, str):
                name = self.desk.string(item)
                person = next((one for one in people if one.name == name), None)
                if person is None and name:
                    person = Contributor(name, sort_name(name), ("aut",))
            else:
                person = self._person(item, "aut")
            if person is not None:
                found.append(person)
        return tuple(found)

    # Editions -------------------------------------------------------------------------------

    def _editions(self) -> tuple[EditionSettings, ...]:
        desk, setting = self.desk, self.tree.get("editions")
        found: list[EditionSettings] = []
        if setting is not None and desk.is_table(setting):
            for name, item in setting.table.items():
                edition = self._edition(name, item)
                if edition is not None:
                    found.append(edition)
        editions = tuple(found) or STANDARD_EDITIONS
        return self._identified(editions)

    def _edition(self, name: str, item: Setting) -> EditionSettings | None:
        desk = self.desk
        if not is_slug(name):
            desk.say(
                "slug-invalid",
                f"an edition cannot be named `{brief(name)}`: files get this name",
                item.key,
                "use the letters a to z, digits, `-`, `_` and `.`",
            )
            return None
        if not desk.is_table(item):
            return None
        desk.keys(item, EDITION)
        usual = Medium.EPUB if "epub" in name else Medium.PDF
        medium = Medium(desk.choice(item, "medium", tuple(Medium), usual))
        if medium is Medium.EPUB:
            for key in ("trim", "recto", "composition", "notes", "attach", "cover", "printer", "paper", "ink_profile"):
                extra = item.get(key)
                if extra is not None:
                    desk.say(
                        "book-value",
                        f"`{brief(extra.name)}` says something about pages, but an EPUB has none",
                        extra.key,
                        "delete it" if "epub" in name else f'delete it, or write `medium = "{Medium.PDF}"`',
                    )
            return replace(self._reflowing(name, item), ibid=self._ibid(item))
        for key in ("profile", "pages", "page_source"):
            extra = item.get(key)
            if extra is not None:
                desk.say("book-value", f"`{brief(extra.name)}` is for EPUBs only", extra.key, "delete it")
        trim = self._trim(item, "a4-screen" if "screen" in name else "a4-large" if "large" in name else "6x9")
        composition = Composition(desk.choice(item, "composition", tuple(Composition), Composition.FINE))
        recto = desk.truth(item, "recto", TRIMS[trim].two_sided)
        opening = None if item.get("recto") is None else Opening.RECTO if recto else Opening.EITHER
        asked = desk.choice(item, "notes", NOTE_PLACES, "")
        if asked == NotePlace.BESIDE and not TRIMS[trim].note_column:
            wide = names([each.name for each in TRIMS.values() if each.note_column])
            desk.say(
                "book-value",
                f"`{trim}` has no room for notes beside the text",
                item.table["notes"].span,
                f"choose a trim with a column for them: {wide}",
            )
        settings = EditionSettings(
            name, medium, trim, recto=recto, span=item.key, composition=composition, opening=opening
        )
        settings = replace(settings, notes=NotePlace(asked) if asked else None, ibid=self._ibid(item))
        return self._pressed(settings, item)

    def _ibid(self, item: Setting) -> bool | None:
        """Return whether a work cited twice in a row is so called; None where nothing is said."""
        return None if item.get("ibid") is None else self.desk.truth(item, "ibid", True)

    def _listed(self, item: Setting) -> bool | None:
        """Return whether the works are listed at the end of the book; None where nothing is said."""
        return None if item.get("bibliography") is None else self.desk.truth(item, "bibliography", True)

    def _pressed(self, settings: EditionSettings, item: Setting) -> EditionSettings:
        """Return a paginated edition with what it says of printers and attachments."""
        desk = self.desk
        attach = desk.choice(item, "attach", ("sources",), "")
        name = desk.choice(item, "printer", tuple(PRINTERS), "")
        settings = replace(settings, cover=self._cover(item, bool(name)))
        if not name:
            for key in ("paper", "ink_profile"):
                extra = item.get(key)
                if extra is not None:
                    desk.say(
                        "book-value",
                        f"`{brief(extra.name)}` is for printers only",
                        extra.key,
                        f"delete it, or write `printer`: {names(PRINTERS)}",
                    )
            return replace(settings, attach=attach)
        printer = PRINTERS[name]
        if attach:
            asked = item.get("attach")
            desk.say(
                "book-value",
                "a printer’s file carries no attachments",
                asked.key if asked is not None else item.key,
                "delete it, and make another edition to be kept",
            )
        if not TRIMS[settings.trim].two_sided:
            desk.say(
                "book-value",
                f"`{settings.trim}` has pages of one side; {printer.title} binds leaves of two",
                item.key,
                f"choose another trim: {names([trim.name for trim in TRIMS.values() if trim.two_sided])}",
            )
        paper = desk.choice(item, "paper", tuple(printer.papers), next(iter(printer.papers)))
        profile = item.get("ink_profile")
        path = path_in_folder(desk, profile) if profile is not None else ""
        if profile is not None and path:
            found = self.folder.find(path)
            if not found:
                desk.say("file-missing", f"there is no file `{brief(path)}` in the folder of the book", profile.span)
            path = found
        return replace(settings, printer=name, paper=paper, ink_profile=path)

    def _cover(self, item: Setting, pressed: bool) -> str:
        """Return what cover an edition asks for: "wrap" or "front" for a printer, "page" as the first of its pages."""
        asked = item.get("cover")
        if asked is None or asked.value is False:
            return ""
        if asked.value is True:
            return "wrap" if pressed else "page"
        choices = ("wrap", "front") if pressed else ("page",)
        return self.desk.choice(item, "cover", choices, "")

    def _reflowing(self, name: str, item: Setting) -> EditionSettings:
        """Return the settings of an EPUB."""
        desk = self.desk
        profile = Profile(desk.choice(item, "profile", tuple(Profile), Profile.STANDARD))
        pages = PageSource(desk.choice(item, "pages", tuple(PageSource), PageSource.PRINT))
        source = item.get("page_source")
        text = desk.text(item, "page_source", filled=True)
        if pages is PageSource.PRINT and source is not None:
            desk.say(
                "book-value",
                f"`{brief(source.name)}` names an older print, but the pages are those of the book’s own",
                source.key,
                'delete it, or write `pages = "manuscript"`',
            )
            text = ""
        elif pages is PageSource.MANUSCRIPT and source is None:
            asked = item.get("pages")
            desk.say(
                "book-value",
                f"`{brief(item.name)}` lists the pages of an older print and does not say of which",
                asked.key if asked is not None else item.key,
                'write `page_source = "…"`: its ISBN, or its place, publisher and year',
            )
        elif source is not None and text[:4].lower() in ("978-", "9789", "9798", "979-", "isbn", "urn:"):
            before = len(desk.problems)
            text = isbn(desk, source)
            text = f"urn:isbn:{isbn_digits(text)}" if len(desk.problems) == before else ""
        return EditionSettings(name, Medium.EPUB, span=item.key, profile=profile, pages=pages, page_source=text)

    def _trim(self, item: Setting, default: str) -> str:
        setting = item.get("trim")
        if setting is None:
            return default
        before = len(self.desk.problems)
        text = self.desk.string(setting)
        if len(self.desk.problems) > before:
            return default
        plain = text.lower().replace("×", "x").replace(" ", "").removesuffix("in")
        if plain in TRIMS:
            return plain
        near = self.desk.near(plain, TRIMS)
        self.desk.say(
            "trim-unknown",
            f"the house has no page called `{brief(text)}`",
            setting.span,
            (f"did you mean `{near}`? " if near else "") + f"it has {names(TRIMS)}",
        )
        return default

    def _identified(self, editions: tuple[EditionSettings, ...]) -> tuple[EditionSettings, ...]:
        """Give the editions their own book numbers; no two may share one."""
        desk, table = self.desk, self.tree.get("identifiers")
        if table is None or not desk.is_table(table):
            return editions
        known = [edition.name for edition in editions]
        numbers: dict[str, str] = {}
        first: dict[str, Setting] = {}
        for name, setting in table.table.items():
            if name not in known:
                unknown_edition(desk, name, setting.key, known)
            number = isbn(desk, setting)
            digits = isbn_digits(number)
            if not digits:
                continue
            if digits in first:
                other = first[digits]
                desk.say(
                    "isbn-shared",
                    f"`{brief(name)}` has the same ISBN as `{brief(other.name.rpartition('.')[2])}`",
                    setting.span,
                    "each edition needs a number of its own (ISO 2108)",
                    also=((other.span, "first given here"),),
                )
                continue
            first[digits] = setting
            numbers[name] = number
        return tuple(replace(edition, identifier=numbers.get(edition.name, "")) for edition in editions)

    # Notes ----------------------------------------------------------------------------------

    def _notes(self) -> NotePolicy:
        desk, notes = self.desk, self.tree.get("notes")
        if notes is None or not desk.is_table(notes):
            return standard_notes()
        desk.keys(notes, ("series", "restart", "placement", "voices"))
        place = NotePlace(desk.choice(notes, "placement", NOTE_PLACES, NotePlace.FOOT))
        single = desk.choice(notes, "series", ("single", "by-voice"), "single") == "single"
        restart = Restart(desk.choice(notes, "restart", tuple(Restart), Restart.CHAPTER))
        table = notes.get("voices")
        own = table.table if table is not None and desk.is_table(table) else {}
        voices = []
        wanted: dict[str, Setting] = {}
        for name in (*VOICE_MARKS, *(name for name in own if name not in VOICE_MARKS)):
            item = own.get(name)
            if item is not None and not desk.is_table(item):
                item = None
            voice = self._voice(name, item, single)
            if voice is None:
                continue
            voices.append(voice)
            if item is not None:
                wanted[name] = item
        made, alike = self._series(voices, wanted)
        return NotePolicy(made, restart, place, alike)

    def _voice(self, name: str, item: Setting | None, single: bool) -> Voice | None:
        """Return a voice; its marks are those it asks for, or the usual ones."""
        standard = name in VOICE_MARKS
        usual = usual_voice(name, single=single)
        if item is None:
            return usual if standard else None
        desk = self.desk
        if re.fullmatch(r"[a-z][a-z0-9-]*", name) is None:
            desk.say(
                "book-value",
                f"a voice cannot be named `{brief(name)}`",
                item.key,
                "use the letters a to z, digits and `-`, as in `[^1](censor): …`",
            )
            return None
        desk.keys(item, VOICE)
        label = desk.text(item, "label")
        written = item.get("label")
        if not standard and not label:
            near = desk.near(name, VOICE_MARKS)
            desk.say(
                "book-value",
                f"the voice `{brief(name)}` has no `label`, so readers could not tell whose words its notes are",
                written.span if written is not None else item.key,
                (f"did you mean the voice `{near}`? or " if near else "") + 'write `label = "…"`',
            )
        if written is not None and not label:
            label = NO_LABEL
        marks = desk.choice(item, "marks", MARKS, usual.marks)
        series = desk.text(item, "series", filled=True)
        if series and re.fullmatch(r"[a-z][a-z0-9-]*", series) is None:
            asked = item.table["series"]
            desk.say(
                "book-value", f"a series cannot be named `{brief(series)}`", asked.span, "use a to z, digits and `-`"
            )
            series = ""
        if not series:
            # A voice that counts in its own way cannot stand in the common series.
            series = name if marks != usual.marks else usual.series
        signed = desk.text(item, "signed", filled=True)
        if standard and label == NO_LABEL and not signed and name != "author" and series == SHARED_SERIES:
            desk.say(
                "book-value",
                f"the notes of `{brief(name)}` would look like the author’s: no label, no signature, the same series",
                written.span if written is not None else item.key,
                "write a `label`, or say whose words they are with `signed`",
            )
        placement = desk.choice(item, "placement", NOTE_PLACES, "")
        return Voice(name, label, marks, series, signed, NotePlace(placement) if placement else None)

    def _series(
        self, voices: Sequence[Voice], wanted: Mapping[str, Setting]
    ) -> tuple[tuple[Voice, ...], tuple[tuple[str, str, Problem], ...]]:
        """Let the voices of one series count in one way, and find series that count in the same."""
        marks: dict[str, str] = {}
        given: dict[str, Setting] = {}
        for voice in voices:
            item = wanted.get(voice.name)
            asked = item.get("marks") if item is not None else None
            if asked is None:
                marks.setdefault(voice.series, voice.marks)
            elif voice.series not in given:
                given[voice.series] = asked
                marks[voice.series] = voice.marks
            elif voice.marks != marks[voice.series]:
                first, second = sorted((given[voice.series], asked), key=lambda each: each.span)
                self.desk.say(
                    "book-value",
                    f"the series `{brief(voice.series)}` cannot count in `{first.value}` and in `{second.value}`",
                    second.span,
                    "give both voices the same `marks`, or each its own `series`",
                    also=((first.span, "other marks are given here"),),
                )
        alike: list[tuple[str, str, Problem]] = []
        free = names(mark for mark in MARKS if mark not in marks.values())
        for (one, mark), (other, same) in combinations(marks.items(), 2):
            if mark != same:
                continue
            item = next((wanted[v.name] for v in voices if v.name in wanted and v.series in (one, other)), None)
            problem = Problem(
                "series-alike",
                f"the series `{brief(one)}` and `{brief(other)}` both count in `{mark}`, so readers cannot tell "
                "their calls apart",
                item.key if item is not None else None,
                f"choose other `marks`: {free}"
                if free
                else "all kinds of marks are in use: let two voices share a `series`, so that their notes are counted together",
            )
            alike.append((one, other, problem))
        return tuple(replace(voice, marks=marks[voice.series]) for voice in voices), tuple(alike)

    # The order of the book ------------------------------------------------------------------

    def _order(
        self, editions: Sequence[str], people: Sequence[Contributor]
    ) -> tuple[tuple[Entry, ...], tuple[Part, ...]]:
        desk, tree = self.desk, self.tree
        parts, body = self._parts(editions, people)
        entries = [
            *self._list(tree, "front", Place.FRONT, editions, people),
            *self._list(tree, "chapters", Place.BODY, editions, people),
            *body,
            *self._list(tree, "appendices", Place.APPENDIX, editions, people),
            *self._list(tree, "back", Place.BACK, editions, people),
        ]
        entries = self._once(entries)
        if tree.get("chapters") is None and tree.get("parts") is None:
            listed = {entry.path for entry in entries}
            usual = [
                Entry(path, Place.BODY, None, numbered=self.numbered)
                for path in usual_chapters(self.folder)
                if path not in listed
            ]
            after = next((n for n, entry in enumerate(entries) if entry.place is not Place.FRONT), len(entries))
            entries[after:after] = usual
            if not usual:
                no_chapters(desk, self.source)
        else:
            if not any(entry.place is Place.BODY for entry in entries) and not desk.problems:
                no_chapters(desk, self.source)
            self._unlisted(entries)
        return tuple(entries), parts

    def _list(
        self,
        table: Setting,
        key: str,
        place: Place,
        editions: Sequence[str],
        people: Sequence[Contributor],
        part: int | None = None,
        within: Selection = EVERYWHERE,
    ) -> list[Entry]:
        found = []
        for item in self.desk.items(table.get(key)):
            entry = self._entry(item, place, editions, people, part, within)
            if entry is not None:
                found.append(entry)
        return found

    def _parts(self, editions: Sequence[str], people: Sequence[Contributor]) -> tuple[tuple[Part, ...], list[Entry]]:
        desk, tree = self.desk, self.tree
        numbered = desk.truth(tree, "numbered_parts", False)
        found: list[Part] = []
        entries: list[Entry] = []
        count = 0
        for item in desk.items(tree.get("parts")):
            if not desk.is_table(item):
                continue
            desk.keys(item, PART)
            title = desk.text(item, "title", filled=True)
            if item.get("title") is None:
                desk.say("book-value", f"`{brief(item.name)}` has no `title`", item.span, 'write `title = "…"`')
            number = desk.text(item, "number")
            # a number of its own counts as one; `number = ""` says that there is none
            count += 1 if number or item.get("number") is None else 0
            if item.get("number") is None and numbered:
                number = roman(count)
            selection = self._selection(item, editions)
            heading = item.get("title")
            span = heading.span if heading is not None else item.span
            found.append(Part(title, number, span, desk.text(item, "short", filled=True), selection))
            chapters = item.get("chapters")
            if chapters is None or chapters.value == ():
                desk.say(
                    "book-value",
                    f"the part `{brief(title)}` has no chapters",
                    chapters.span if chapters is not None else item.span,
                    'write `chapters = ["…"]`',
                )
            entries += self._list(item, "chapters", Place.BODY, editions, people, len(found) - 1, selection)
        return tuple(found), entries

    def _entry(
        self,
        item: Setting,
        place: Place,
        editions: Sequence[str],
        people: Sequence[Contributor],
        part: int | None,
        within: Selection,
    ) -> Entry | None:
        desk = self.desk
        counts = place in (Place.BODY, Place.APPENDIX)
        numbered = self.numbered and counts
        if isinstance(item.value, str):
            path = self._chapter(item)
            return Entry(path, place, item.span, numbered=numbered, part=part, selection=within) if path else None
        if not isinstance(item.value, Mapping):
            desk.wrong(item, "a path or a table", 'write "one.md", or { file = "one.md", short = "One" }')
            return None
        desk.keys(item, ENTRY)
        file = item.get("file")
        path = self._chapter(file) if file is not None else ""
        if file is None:
            desk.say("book-value", f"`{brief(item.name)}` names no `file`", item.span, 'write `file = "….md"`')
        asked = item.get("numbered")
        number = desk.truth(item, "numbered", numbered)
        if asked is not None and number and not counts:
            desk.say(
                "book-value", f"`{brief(item.name)}` cannot be numbered: only chapters and appendices are", asked.key
            )
            number = False
        selection = self._selection(item, editions, within)
        title = desk.text(item, "title", filled=True)
        short = desk.text(item, "short", filled=True)
        authors = self._authors(item, people)
        if not path or file is None:
            return None
        return Entry(path, place, file.span, title, short, authors, number, part, selection)

    def _chapter(self, setting: Setting) -> str:
        """Return the path of a chapter that exists, or "" after a problem."""
        desk = self.desk
        path = path_in_folder(desk, setting)
        if not path:
            return ""
        if not path.lower().endswith(".md"):
            desk.say(
                "book-value",
                f"`{brief(path)}` is no chapter",
                setting.span,
                "chapters are Markdown; their names end in `.md`",
            )
            return ""
        found = self.folder.find(path)
        if not found:
            near = desk.near(path, self.folder.markdown)
            desk.say(
                "chapter-missing",
                f"the book has no file `{brief(path)}`",
                setting.span,
                f"did you mean `{near}`?" if near else "paths are relative to the folder of the book",
            )
        return found

    def _selection(self, item: Setting, editions: Sequence[str], within: Selection | None = None) -> Selection:
        """Return where something stands, never outside of what it stands `within`."""
        desk = self.desk
        lists: dict[str, tuple[str, ...]] = {}
        for key in ("only", "not"):
            chosen = []
            for one in desk.items(item.get(key)):
                name = desk.string(one)
                if name in editions:
                    chosen.append(name)
                elif name:
                    unknown_edition(desk, name, one.span, editions)
            lists[key] = tuple(dict.fromkeys(chosen))
        only, excluded = lists["only"], lists["not"]
        if within is not None:
            excluded = tuple(dict.fromkeys((*within.excluded, *excluded)))
            if within.only:
                only = tuple(name for name in only or within.only if name in within.only)
                excluded = excluded if only else tuple(editions)
        selection = Selection(only, excluded)
        asked = item.get("only") or item.get("not")
        nowhere = not any(selection.includes(name) for name in editions)
        if asked is not None and (nowhere or asked.value == ()):
            desk.say(
                "book-value",
                f"`{brief(item.name)}` would stand in no edition at all",
                asked.span,
                f"name some of the editions: {names(editions)}",
            )
        return selection

    def _once(self, entries: Sequence[Entry]) -> list[Entry]:
        """Return the entries without those that name a file again."""
        first: dict[str, Entry] = {}
        for entry in entries:
            other = first.setdefault(entry.path, entry)
            if other is not entry and other.span is not None:
                self.desk.say(
                    "chapter-twice",
                    f"`{brief(entry.path)}` is already in the book",
                    entry.span,
                    "delete one of them",
                    also=((other.span, "first named here"),),
                )
        return list(first.values())

    def _unlisted(self, entries: Sequence[Entry]) -> None:
        """Warn of chapters that lie beside those of the book, but that no list names."""
        listed = {entry.path for entry in entries}
        folders = {path.rpartition("/")[0] for path in listed} | {"", "chapters"}
        place = self.tree.get("chapters") or self.tree.get("parts")
        also = ((place.key, "the chapters are named here"),) if place is not None else ()
        for path in self.folder.chapters:
            if path not in listed and path.rpartition("/")[0] in folders:
                self.desk.say(
                    "chapter-unlisted",
                    f"no list in `{self.source.path}` names this file, so no edition has its words",
                    Span(path, 0, 0),
                    f'add "{brief(path)}" to `chapters`, or move the file out of the way',
                    Severity.WARNING,
                    also,
                )

    # Citations ------------------------------------------------------------------------------

    def _citations(self) -> CitationPolicy:
        desk, table = self.desk, self.tree.get("citations")
        if table is None or not desk.is_table(table):
            return CitationPolicy(references=usual_references(self.folder))
        desk.keys(table, CITATIONS)
        given = table.get("references")
        one = given is not None and isinstance(given.value, str)
        files = (given,) if one and given is not None else desk.items(given)
        found = tuple(filter(None, (references(desk, setting, self.folder) for setting in files)))
        asked = table.get("reset")
        reset = None
        if asked is not None:
            word = desk.choice(table, "reset", ("never", "part", "chapter"), "chapter")
            reset = Restart.BOOK if word == "never" else Restart(word)
        return CitationPolicy(
            style=desk.text(table, "style", filled=True).removesuffix(".csl"),
            references=found if given is not None else usual_references(self.folder),
            ibid=self._ibid(table),
            reset=reset,
            listed=self._listed(table),
            title=desk.text(table, "bibliography_title", filled=True),
            uncited=tuple(key.removeprefix("@") for key in desk.texts(table, "nocite")),
            span=(table.get("style") or table).key,
        )

    # Claims ---------------------------------------------------------------------------------

    def _accessibility(self) -> Accessibility:
        """Return what people answer for; a claim that nobody signs is refused."""
        desk, table = self.desk, self.tree.get("accessibility")
        if table is None or not desk.is_table(table):
            return Accessibility()
        desk.keys(table, ACCESSIBILITY, _CLAIMED)
        claim, certifier = table.get("conforms_to"), table.get("certified_by")
        conforms = desk.choice(table, "conforms_to", CLAIMS, "")
        certified = desk.text(table, "certified_by", filled=True)
        if claim is not None and certifier is None:
            desk.say(
                "claim-unsigned",
                "conformance is claimed, and nobody is named who vouches for it",
                claim.span,
                'write `certified_by = "…"`: the person or the organisation that tested the book',
            )
            conforms = ""
        for key in ("certified_by", "credential", "report"):
            extra = table.get(key)
            if extra is not None and claim is None:
                desk.say(
                    "book-value",
                    f"`{brief(extra.name)}` without a claim",
                    extra.key,
                    f'delete it, or write `conforms_to = "{CLAIMS[-2]}"`',
                )
        report = table.get("report")
        address = desk.text(table, "report", filled=True)
        if report is not None and address and re.fullmatch(r"https?://[^\s/?#]+\S*", address) is None:
            desk.say(
                "book-value",
                f"`{brief(address)}` is no address on the web",
                report.span,
                "write it in full: https://example.org/report",
            )
            address = ""
        return Accessibility(
            conforms,
            certified if conforms else "",
            desk.text(table, "credential", filled=True) if conforms else "",
            address if conforms else "",
            desk.text(table, "alternative_text_reviewed_by", filled=True),
            desk.text(table, "summary", filled=True),
            table.key,
            Hazards(desk.choice(table, "hazards", [each.value for each in Hazards if each.value], "")),
        )

    # Allowances -----------------------------------------------------------------------------

    def _allowances(self) -> tuple[Allowance, ...]:
        desk = self.desk
        found: list[Allowance] = []
        first: dict[tuple[str, str, str], Setting] = {}
        for item in desk.items(self.tree.get("allow")):
            if not desk.is_table(item):
                continue
            desk.keys(item, ALLOWANCE)
            code = desk.text(item, "code", filled=True)
            if item.get("code") is None:
                desk.say("book-value", f"`{brief(item.name)}` names no `code`", item.span, 'write `code = "…"`')
            why = desk.text(item, "reason")
            if not why:
                reason = item.get("reason")
                if reason is None or isinstance(reason.value, str):
                    desk.say(
                        "allowance-reason",
                        f"`{brief(code)}` is allowed without a reason",
                        reason.span if reason is not None else item.span,
                        'write `reason = "…"`: who reads this in a year will ask why',
                    )
            file = item.get("file")
            path = path_in_folder(desk, file) if file is not None else ""
            if file is not None and path:
                path = self.folder.find(path)
                if not path:
                    near = desk.near(str(file.value), self.folder.names)
                    desk.say(
                        "book-value",
                        f"the book has no file `{brief(str(file.value))}`",
                        file.span,
                        f"did you mean `{near}`?" if near else "paths are relative to the folder of the book",
                    )
            if not code or (file is not None and not path):
                continue
            words, by = desk.text(item, "words").strip(), desk.text(item, "by").strip()
            if code == "witness-named" and not (why and path and by and len(words.split()) >= ENOUGH):
                desk.say(
                    "allowance-witness",
                    "the name of a protected witness is not allowed in general",
                    item.span,
                    f"for a namesake write `file`, `words` (at least {ENOUGH}, as they stand there), `reason`, and `by`: who answers for it",
                )
                continue
            if (code, path, words) in first:
                desk.say(
                    "allowance-twice",
                    f"`{brief(code)}` is already allowed" + (f" in `{brief(path)}`" if path else ""),
                    item.span,
                    "delete one of them",
                    also=((first[code, path, words].span, "first allowed here"),),
                )
                continue
            first[code, path, words] = item
            said = item.get("words")
            place = said.span if said is not None else None
            found.append(Allowance(code, why, item.table["code"].span, path, words, by, place))
        return tuple(found)
