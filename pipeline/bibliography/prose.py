"""What a text says beside its citations comes in; what is doubtful in it goes out, with what to write.

Articles without an instrument, instruments that no reference holds, long quotations without a source, dates and titles that
are not those of the work cited. All are doubts: a person decides, and may allow a code with a reason.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher

from pipeline.bibliography.calls import Cite
from pipeline.bibliography.instruments import Instrument, instruments_in
from pipeline.bibliography.passages import CALL, Context, Near, Passage, sentences
from pipeline.bibliography.plain import plain
from pipeline.bibliography.values import Library, Reference
from pipeline.bibliography.witnesses import is_protected
from pipeline.book.setting import brief
from pipeline.source import Problem, Severity, Span

QUOTED = 25
"""Words that may be quoted without saying from where."""


def _warning(code: str, message: str, span: Span, hint: str = "", also: tuple[tuple[Span, str], ...] = ()) -> Problem:
    return Problem(code, message, span, hint, Severity.WARNING, also)


def read_prose(contexts: Sequence[Context], library: Library, language: str) -> Iterator[Problem]:
    """Yield what is doubtful in the words of a book that has references."""
    tongue = language.lower().partition("-")[0]
    works = _Works(library)
    yield from _articles(contexts, works, tongue)
    yield from _unlisted(contexts, works)
    yield from _which_geneva(contexts, library)
    yield from _quotations(contexts, library)
    yield from _dates(contexts, works, tongue)
    yield from _authors(contexts, library)
    yield from _forms(contexts, works)
    yield from _resolutions(contexts)
    yield from _by_hand(contexts)


class _Works:
    """The works of a library by what they are called."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.known: dict[str, str] = {}
        """plain names to keys"""
        self.spelled: dict[str, str] = {}
        """names as they are written to keys"""
        for key, reference in library.references.items():
            for name in names_of(reference):
                self.known.setdefault(plain(name), key)
                if name.count(" ") or name.isupper():
                    self.spelled.setdefault(name, key)
        parts = (re.escape(name).replace(r"\ ", r"\s+") for name in sorted(self.spelled, key=len, reverse=True))
        joined = "|".join(parts)
        self.pattern = re.compile(rf"(?<!\w)(?:{joined})(?!\w)") if joined else None

    def named(self, words: str) -> Iterator[tuple[int, int, str]]:
        """Yield the works that words name: where, and their keys."""
        if self.pattern is not None:
            for found in self.pattern.finditer(words):
                yield found.start(), found.end(), self.spelled[" ".join(found[0].split())]
        for start, end, instrument in instruments_in(words):
            key = self.key_of(instrument)
            if key:
                yield start, end, key

    def key_of(self, instrument: Instrument) -> str:
        """Return the key of an instrument in these references, or ""."""
        found = next((self.known[name] for name in map(plain, instrument.names) if name in self.known), "")
        if not found and instrument.key in self.library.references:
            return instrument.key
        return found


def names_of(reference: Reference) -> Iterator[str]:
    """Yield the title of a work, the title without what follows a colon, and the short one."""
    title = " ".join(re.sub(r"<[^<>]*>", "", reference.text("title")).split())
    for name in (title, title.partition(":")[0].strip(), reference.text("title-short")):
        if name:
            yield name


def _own(contexts: Sequence[Context]) -> Iterator[tuple[Context, Passage]]:
    """Yield the passages in which the authors of the book speak themselves."""
    for context in contexts:
        for passage in context.passages:
            if not passage.quoted:
                yield context, passage


# Articles ---------------------------------------------------------------------------------------

_ARTICLE = {
    "en": r"[Aa]rticles?|[Aa]rts?\.",
    "de": r"Artikeln?|Art\.",
    "fr": r"[Aa]rticles?|[Aa]rt\.",
    "es": r"[Aa]rtículos?|[Aa]rts?\.",
    "it": r"[Aa]rticol[oi]|[Aa]rtt?\.",
    "ru": r"[Сс]тать(?:я|и|е|ю|ей|ям|ях|ями)|[Сс]т\.",
}
_INSTRUMENT = re.compile(
    r"(?i:convention|covenant|charter|declaration|protocol|statute|constitution|treaty|regulation|directive|agreement|\bcode\b"
    r"|\blaws?\b|konvention|\bpakt|erklärung|verfassung|gesetz|abkommen|vertrag|\bpacte|déclaration|\bcode\b|\bloi\b|traité|accord"
    r"|convenio|convención|declaración|constitución|\bley\b|código|tratado|convenzione|dichiarazione|costituzione|\blegge\b|codice"
    r"|конвенц|\bпакт|деклараци|конституци|кодекс|\bзакон|договор|протокол|устав|статут)"
    r"|\bActs?\b|\b[Cc]ommon\s+$|\bGG\b|\bBGB\b|\bStGB\b"
)
_OF_A_NAME = re.compile(
    r"(?:\s*\([0-9a-z]+\))*(?:(?:,| and| or|–|-)\s*\d+[a-z]?)*,?\s+(?:of|der|des|du|de la|del|della|ihrer)\s+(?:the\s+|its\s+|that\s+)?[A-ZÀ-ÞА-Я]"
)


def _articles(contexts: Sequence[Context], works: _Works, tongue: str) -> Iterator[Problem]:
    """Tell `Article 3` where nothing says of what."""
    word = "|".join(dict.fromkeys((_ARTICLE["en"], _ARTICLE.get(tongue, _ARTICLE["en"]))))
    pattern = re.compile(rf"(?<![\w.])(?:{word})[\s\u00a0]+(\d+[a-z]?(?:\(\d+\))?)(?![\w])")
    last = ""
    for context, passage in _own(contexts):
        around = context.around(passage)
        shared = passage.level > 0 or len(around.cites) > len(context.near(passage).cites)
        for start, end in sentences(passage.words):
            said = passage.words[start:end]
            here = context.near(passage, start, end)
            found = pattern.search(said)
            if found is not None and not here.cites and not (shared and around.cites):
                key = next((key for _, _, key in works.named(said)), "")
                named = _INSTRUMENT.search(said[: found.start()]) or _INSTRUMENT.search(said[found.end() :])
                if key and not around.cites:
                    message = f"`{brief(found[0])}` of `{brief(key)}` stands here without a citation"
                elif key or named is not None or _OF_A_NAME.match(said, found.end()) or any(instruments_in(said)):
                    message = ""
                else:
                    key = last
                    message = f"nothing says of which instrument `{brief(found[0])}` is"
                if message:
                    yield _warning(
                        "article-bare",
                        message,
                        passage.place(start + found.start(), start + found.end()),
                        f"write `[@{brief(key)}, art. {found[1]}]` after it"
                        if key
                        else "name the instrument, or cite it: `[@key, art. 3]`",
                    )
            for cite in here.cites:
                reference = works.library.references.get(cite.key)
                if reference is not None and reference.kind in ("treaty", "legislation", "document"):
                    last = cite.key


# Instruments ------------------------------------------------------------------------------------


def _unlisted(contexts: Sequence[Context], works: _Works) -> Iterator[Problem]:
    places: dict[str, list[Span]] = defaultdict(list)
    found: dict[str, Instrument] = {}
    for _, passage in _own(contexts):
        for start, end, instrument in instruments_in(passage.words):
            if not works.key_of(instrument):
                places[instrument.key].append(passage.place(start, end))
                found[instrument.key] = instrument
    for key, instrument in found.items():
        times = f" ({len(places[key])} times in the book)" if len(places[key]) > 1 else ""
        yield _warning(
            "instrument-unlisted",
            f"the {brief(instrument.name)} is named here{times}, but no reference holds it",
            places[key][0],
            f"cite it; its entry would be `{instrument.proposal}`",
        )


_GENEVA = re.compile(
    r"Geneva\s+Convention(?!s|\w|\s+\(?(?:I{1,3}|IV|No\.?)\b|\s+(?:relative|relating|for\s+the|on)\b|\s+of\s+(?:28\s+July\s+)?1951)"
    r"|Genfer\s+Konvention(?!en|\w|\s+I)|Convention\s+de\s+Genève(?!\s+I|\s+relative)|Convenio\s+de\s+Ginebra(?!\s+I|\s+relativo)"
    r"|Convenzione\s+di\s+Ginevra(?!\s+I)|Женевск(?:ая|ой|ую)\s+конвенци(?:я|и|ю|ей)(?!\w|\s+об?\b|\s+I)"
)
_ORDINAL = re.compile(
    r"(?:\b(?:[Ff]irst|[Ss]econd|[Tt]hird|[Ff]ourth|I{1,3}|IV|[1-4](?:st|nd|rd|th|e|re|\.|-я|-й)|(?:[Ee]rste|[Zz]weite|[Dd]ritte|[Vv]ierte)[nrs]?"
    r"|[Pp]remière|[Dd]euxième|[Tt]roisième|[Qq]uatrième|[Pp]rimer|[Ss]egundo|[Tt]ercer|[Cc]uarto|[Pp]rima|[Ss]econda|[Tt]erza|[Qq]uarta"
    r"|1864|1906|1929|[Пп]ерв\w+|[Вв]тор\w+|[Тт]рет\w+|[Чч]етв\w+))\s+$"
)


def _which_geneva(contexts: Sequence[Context], library: Library) -> Iterator[Problem]:
    """Tell `the Geneva Convention` where nothing beside it says which of the four."""
    for context, passage in _own(contexts):
        for start, end in sentences(passage.words):
            for found in _GENEVA.finditer(passage.words, start, end):
                if _ORDINAL.search(passage.words, start, found.start()):
                    continue
                near = context.around(passage) if passage.level else context.near(passage, start, end)
                if any(_is_geneva(cite, library) for cite in near.cites):
                    continue
                yield _warning(
                    "geneva-which",
                    f"there are four Geneva Conventions: which one is `{brief(found[0])}`?",
                    passage.place(found.start(), found.end()),
                    "write its number, or cite what is meant; where a source leaves it open, cite all four in a note",
                )


def _is_geneva(cite: Cite, library: Library) -> bool:
    reference = library.references.get(cite.key)
    return reference is not None and reference.kind == "treaty" and "Gen" in reference.text("title") + cite.key.title()


_RESOLUTION = re.compile(
    r"(?:[Rr]esolutions?|[Rr]es\.?|резолюци\w+|[Rr]ésolutions?|[Rr]esolución|[Rr]isoluzione)[\s\u00a0]+(?:[Nn]o\.?[\s\u00a0]+|№\s*)?"
    r"(?:[A-Z]+/RES/)?(\d{1,4}(?:/\d{1,4})?(?:[\s\u00a0]*[A-F])?(?:[\s\u00a0]*\([A-Z-]+\))?)(?![\d/])"
)
_YEAR = re.compile(r"(?<![\d/])(?:1[89]|20)\d\d(?![\d/])")


def _resolutions(contexts: Sequence[Context]) -> Iterator[Problem]:
    """Tell numbers of resolutions that nowhere have a year: the Council and the Assembly both count from one."""
    dated: set[str] = set()
    bare: dict[str, tuple[Span, str]] = {}
    for context, passage in _own(contexts):
        for start, end in sentences(passage.words):
            said = passage.words[start:end]
            for found in _RESOLUTION.finditer(said):
                number = "".join(found[1].split())
                rest = said[: found.start()] + said[found.end() :]
                near = context.around(passage) if passage.level else context.near(passage, start, end)
                if near.cites or _YEAR.search(rest) is not None:
                    dated.add(number)
                else:
                    place = passage.place(start + found.start(), start + found.end())
                    bare.setdefault(number, (place, found[0]))
    for number, (place, words) in bare.items():
        if number not in dated:
            yield _warning(
                "resolution-undated",
                f"`{brief(words)}` has no year here or elsewhere",
                place,
                "write the year after the number, `822 (1993)`, or cite it",
            )


# Back references -------------------------------------------------------------------------------

_COUNTED = r"[\s\u00a0]*(?:\d+|[*†‡])"
_BY_HAND = re.compile(
    r"(?<![^\W_])(?:[Ii]b(?:id|\.)(?:em)?(?![^\W_])\.?|ibíd(?:em)?\.?|[Ii]d\.(?=,?\s+(?:at|p|art)\b)|[Ii]dem(?=,\s+(?:p|at|art|op)\b)"
    r"|(?:[Oo]p|[Ll]oc|[Aa]rt|[Oo]b)\.[\s\u00a0]?cit\b\.?|(?:[Ss]upra|[Ii]nfra),?[\s\u00a0]+(?:note|n\.?|fn\.?|nota|Anm\.)"
    + _COUNTED
    + r"|(?:above|below),?\s+(?:note|n|fn)\.?"
    + _COUNTED
    + r"|(?:[Nn]ote|[Ff]ootnote|fn|n)\.?"
    + _COUNTED
    + r",?\s+(?:above|below|supra|infra)\b"
    r"|[Ee]bd\.|[Ee]benda\b|[Aa]\.[\s\u00a0]?[Aa]\.[\s\u00a0]?O\.|[Тт]ам\s+же(?=[.,;:]|$)|[Уу]каз\.[\s\u00a0]?соч\.?|[Цц]ит\.[\s\u00a0]?соч\.?)"
)
"""What writers type for a work that was cited before, in the languages of the house."""


def _by_hand(contexts: Sequence[Context]) -> Iterator[Problem]:
    """Tell references to earlier ones that nobody counts, in notes and in the text."""
    for _, passage in _own(contexts):
        for found in _BY_HAND.finditer(passage.words):
            yield _warning(
                "ibid-by-hand",
                f"`{found[0]}` is typed, and will be wrong when a note is put before it",
                passage.place(found.start(), found.end()),
                "cite the work: `[@key, p. 3]` becomes *ibid* or the short form by itself",
            )


# Quotations -------------------------------------------------------------------------------------

_QUOTES = re.compile(r"“[^“”]*”|«[^«»]*»|„[^„“”]*[“”]|\"[^\"]*\"|(?<!\w)‘(?:[^‘’]|(?<=\w)’(?=\w))*’(?!\w)")
_WORD = re.compile(r"[^\W_]+(?:[’'-][^\W_]+)*")
_PAGED = frozenset(
    ("book", "chapter", "article-journal", "article-magazine", "report", "thesis", "treaty", "legal_case")
)
"""What is too long to look for words in without a page, article or paragraph."""


def _quotations(contexts: Sequence[Context], library: Library) -> Iterator[Problem]:
    for context in contexts:
        done: set[int] = set()
        for at, passage in enumerate(context.passages):
            if passage.block and passage.block not in done:
                done.add(passage.block)
                yield from _block_quotation(context, at, library)
            elif not passage.quoted and not passage.level:
                yield from _quoted_within(context, passage, library)


def _quoted_within(context: Context, passage: Passage, library: Library) -> Iterator[Problem]:
    for found in _QUOTES.finditer(passage.words):
        count = len(_WORD.findall(found[0]))
        if count <= QUOTED:
            continue
        first = max((start for start, _ in sentences(passage.words) if start <= found.start()), default=0)
        near = context.near(passage, first)
        shared = context.around(passage)
        yield from _sourced(near if near.cites or near.called else shared, count, passage.place(*found.span()), library)


def _block_quotation(context: Context, at: int, library: Library) -> Iterator[Problem]:
    all_ = context.passages
    block = all_[at].block
    end = next((n for n in range(at, len(all_)) if all_[n].block != block), len(all_))
    count = sum(len(_WORD.findall(passage.words)) for passage in all_[at:end])
    if count <= QUOTED:
        return
    near = Near()
    for passage in all_[at:end]:
        near |= context.near(passage)
    if at and all_[at - 1].note == all_[at].note:
        before = all_[at - 1]
        last = max((start for start, _ in sentences(before.words)), default=0)
        near |= context.near(before, last)
    if end < len(all_) and all_[end].note == all_[at].note and not all_[end].level:
        near |= context.near(all_[end], 0, next((stop for _, stop in sentences(all_[end].words)), 0))
    yield from _sourced(near, count, all_[at].span, library)


def _sourced(near: Near, count: int, place: Span, library: Library) -> Iterator[Problem]:
    """Tell a quotation without a source, or with one that does not say where in the work the words stand."""
    if not near.cites:
        if not near.called:
            yield _warning(
                "quotation-uncited",
                f"{count} words are quoted, and no citation or note says from where",
                place,
                "cite the work with its page, `[@key, p. 3]`, after the quotation or in the sentence that leads to it",
            )
        return
    works = [library.references[cite.key] for cite in near.cites if cite.key in library.references]
    if any(cite.locator or cite.suffix for cite in near.cites) or not works or near.called:
        return
    if all(work.kind in _PAGED and not _is_one_page(work) for work in works):
        yield _warning(
            "quotation-uncited",
            f"{count} words are quoted from `{brief(works[-1].key)}`, and nothing says where they stand in it",
            place,
            f"write the page or paragraph: `[@{brief(works[-1].key)}, p. 3]`",
        )


def _is_one_page(work: Reference) -> bool:
    return work.kind != "treaty" and re.fullmatch(r"[0-9]+", work.text("page") or "-") is not None


# Dates ------------------------------------------------------------------------------------------

_MONTHS: Mapping[str, str] = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
}
_SAID = (
    r"(?:adopted|proclaimed|signed|concluded|opened\s+for\s+signature|dated|published|issued|printed|appeared|delivered|promulgated"
    r"|angenommen|verabschiedet|unterzeichnet|veröffentlicht|adoptée?|proclamée?|signée?|publiée?|adoptad[oa]|proclamad[oa]|publicad[oa]"
    r"|adottat[oa]|proclamat[oa]|pubblicat[oa]|принят\w*|провозглашен\w*|подписан\w*|опубликован\w*)"
)
_IN_FORCE = r"(?:enter(?:ed|ing)\s+into\s+force|came\s+into\s+force|in\s+force\s+since|in\s+Kraft|entrée?\s+en\s+vigueur|вступи\w+\s+в\s+силу)"
_DATED = frozenset(
    "treaty document legislation bill legal_case article-newspaper personal_communication report speech hearing regulation "
    "press-release patent article-magazine standard".split()
)


def _date_pattern(tongue: str) -> tuple[str, dict[str, int]]:
    months = {
        name.casefold(): number
        for names in dict.fromkeys((_MONTHS["en"], _MONTHS.get(tongue, _MONTHS["en"])))
        for number, name in enumerate(names.split(), 1)
    }
    month = "|".join(sorted(months, key=len, reverse=True))
    pattern = (
        rf"(?:(?P<d>\d{{1,2}})(?:st|nd|rd|th|er|\.|º)?\s+(?:of\s+|de\s+)?(?P<m>(?i:{month}))\s+(?:de\s+)?(?P<y>\d{{4}})"
        rf"|(?P<m2>(?i:{month}))\s+(?P<d2>\d{{1,2}}),?\s+(?P<y2>\d{{4}})"
        rf"|(?P<y5>(?:1[89]|20)\d\d)-(?P<m5>\d\d)-(?P<d5>\d\d)|(?P<d6>\d{{1,2}})[./](?P<m6>\d{{1,2}})[./](?P<y6>(?:1[89]|20)\d\d)"
        rf"|(?P<m3>(?i:{month}))\s+(?P<y3>\d{{4}})|(?P<y4>(?:1[89]|20)\d\d)(?![-./]\d))(?!\w)"
    )
    return pattern, months


def _dates(contexts: Sequence[Context], works: _Works, tongue: str) -> Iterator[Problem]:
    """Tell dates beside a work that are not the dates of that work in the references."""
    date, months = _date_pattern(tongue)
    of = re.compile(rf"[\s,]*\(?(?:of|from|dated|vom|von|du|del|di|от)?\s*(?:the\s+)?{date}", re.IGNORECASE)
    said = re.compile(rf"\b{_SAID}\b[^.;:()]{{0,40}}?(?<!\w){date}", re.IGNORECASE)
    in_force = re.compile(rf"\b{_IN_FORCE}\b[^.;:()]{{0,25}}?(?<!\w){date}", re.IGNORECASE)
    published = re.compile(
        rf"\b(?:(?:first\s+)?published|issued|printed|appeared|came\s+out|erschien(?:en)?|paru|publié|вышл?а?)\b[^.;:()]{{0,30}}?(?<!\w){date}",
        re.IGNORECASE,
    )
    library = works.library
    for context, passage in _own(contexts):
        words = passage.words.replace(CALL, " ")
        for start, end in _clauses(passage.words):
            near = context.near(passage, start, end)
            keys = list(dict.fromkeys(cite.key for cite in near.cites if cite.key in library.references))
            told: set[int] = set()
            for last, key in _named_with_papers(words[start:end], works, keys):
                found = of.match(words, start + last, end)
                if found is not None and (found.start("y4") < 0 or _is_of_the_year(words, found)):
                    told.add(found.end())
                    yield from _differs(passage, found, library.references[key], "issued", months)
            if len(keys) != 1:
                continue
            only = library.references[keys[0]]
            for found in _dated_authors(words[start:end], only):
                yield from _differs(passage, found, only, "issued", months, start)
            if only.kind not in _DATED:
                for found in published.finditer(words, start, end) if only.kind in _PUBLISHED else ():
                    if found.end() not in told:
                        told.add(found.end())
                        yield from _differs(passage, found, only, "issued", months)
                continue
            for pattern, name in ((in_force, "available-date"), (said, "issued")):
                for found in pattern.finditer(words, start, end):
                    if found.end() not in told:
                        told.add(found.end())
                        yield from _differs(passage, found, library.references[keys[0]], name, months)


_PUBLISHED = frozenset(
    "book chapter article-journal thesis pamphlet paper-conference entry-encyclopedia dataset".split()
)


def _is_of_the_year(words: str, found: re.Match[str]) -> bool:
    """Say whether a year after the name of a work is the year of that work: *(1948)*, *of 1948*."""
    before, after = words[: found.start("y4")], words[found.end("y4") : found.end("y4") + 1]
    return (before.endswith("(") and after == ")") or re.search(r"\b(?:of|von|de|del|di)\s+$", before) is not None


def _dated_authors(words: str, reference: Reference) -> Iterator[re.Match[str]]:
    """Yield years in brackets after an author of the work that is cited: *de Waal (2004)*."""
    for person in reference.people("author")[:3]:
        name = person.family or person.literal
        if len(name) > 2:
            yield from re.finditer(rf"(?<!\w){re.escape(name)}(?:[’']s)?\s+\((?P<y4>(?:1[89]|20)\d\d)[a-z]?\)", words)


def _clauses(words: str) -> Iterator[tuple[int, int]]:
    """Yield where what stands between stops and semicolons begins and ends."""
    for start, end in sentences(words):
        for found in re.finditer(r"[^;]+;?", words[start:end]):
            yield start + found.start(), start + found.end()


def _named_with_papers(words: str, works: _Works, cited: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Yield where the names of works end, and of newspapers from which an article is cited in the same sentence."""
    yield from ((end, key) for _, end, key in works.named(words))
    for key in cited:
        reference = works.library.references[key]
        paper = reference.text("container-title")
        if reference.kind == "article-newspaper" and paper:
            for found in re.finditer(rf"(?<!\w){re.escape(paper)}(?!\w)", words):
                yield found.end(), key


def _differs(
    passage: Passage, found: re.Match[str], reference: Reference, name: str, months: Mapping[str, int], offset: int = 0
) -> Iterator[Problem]:
    when = reference.when(name)
    if when is None or when.literal or "/" in when.text:
        return
    theirs = [int(part) for part in re.findall(r"\d+", when.text)]
    said = {each: text for each, text in found.groupdict().items() if text}
    year, month, day = (next((text for each, text in said.items() if each[0] == part), "") for part in "ymd")
    count = int(month) if month.isdecimal() else months[month.casefold()] if month else 0
    ours = [int(year), *([count] if month else ()), *([int(day)] if day else ())]
    if all(one == other for one, other in zip(ours, theirs, strict=False)):
        return
    begun, ended = offset + min(found.start(each) for each in said), offset + max(found.end(each) for each in said)
    yield _warning(
        "date-differs",
        f"the date of `{brief(reference.key)}` is {when.text} in the references",
        passage.place(begun, ended),
        "one of the two is mistaken, or the date belongs to something else: then say to what",
        also=((reference.fields[name].span, "it stands here"),),
    )


# Authors ----------------------------------------------------------------------------------------

_SAYS = (
    r"(?:says|said|writes|wrote|argues|argued|notes|noted|claims|claimed|holds|held|shows|showed|describes|described|reports|reported"
    r"|suggests|suggested|observes|observed|concludes|concluded|points\s+out|recalls|recalled|explains|explained)"
)


def _authors(contexts: Sequence[Context], library: Library) -> Iterator[Problem]:
    """Tell authors who are spoken of in a paragraph that cites none of their works; each once."""
    people: dict[str, set[str]] = defaultdict(set)
    wholes: dict[str, str] = {}
    for key, reference in library.references.items():
        if reference.kind in ("interview", "personal_communication"):
            continue
        for person in reference.people("author"):
            if len(person.family) < 3 or not person.given or is_protected(reference):
                continue
            family = " ".join(filter(None, (person.dropping, person.non_dropping, person.family)))
            initials = "".join(rf"{re.escape(part[0])}\.\s*" for part in person.given.split())
            given = rf"(?:{re.escape(person.given)}|{re.escape(person.given.split()[0])}|{initials})"
            name = re.escape(family)
            pattern = rf"{given}\s+{name}|{name}(?=\s+{_SAYS}\b|[’']s\s+(?:account|argument|book|work|view|study|article|claim|thesis)\b|\s+\(\d{{4}})"
            people[pattern].add(key)
            wholes[pattern] = f"{person.given} {family}"
    if not people:
        return
    patterns = list(people)
    any_ = re.compile(
        "|".join(rf"(?P<n{number}>(?<!\w)(?:{pattern})(?!\w))" for number, pattern in enumerate(patterns))
    )
    places: dict[int, list[Span]] = defaultdict(list)
    for context, passage in _own(contexts):
        if passage.level:
            continue
        cited: set[str] | None = None
        for found in any_.finditer(passage.words):
            number = int((found.lastgroup or "n0")[1:])
            if cited is None:
                cited = {cite.key for cite in context.around(passage).cites}
            if not cited & people[patterns[number]]:
                places[number].append(passage.place(found.start(), found.end()))
    for number, spans in places.items():
        keys = sorted(people[patterns[number]])
        more = f" ({len(spans)} times in the book)" if len(spans) > 1 else ""
        yield _warning(
            "author-uncited",
            f"{brief(wholes[patterns[number]])} is spoken of here{more}, and no work of theirs is cited in the paragraph",
            spans[0],
            f"cite it: `[@{brief(keys[0])}, …]`, or write `@{brief(keys[0])}` for the name",
        )


# Titles -----------------------------------------------------------------------------------------

_LITTLE = frozenset(
    "the a an of on in and to for with from by at as its der die das und von zu le la les de du des et el los y".split()
)


def _weight(name: str) -> frozenset[str]:
    return frozenset(word for word in plain(name).split() if word not in _LITTLE)


def _forms(contexts: Sequence[Context], works: _Works) -> Iterator[Problem]:
    """Tell works whose titles are typed in several forms: in italics or quotes, or an instrument by several names.

    A title and one short name of it are one form.
    """
    titles = _Titles(works.library)
    typed: dict[str, dict[str, tuple[str, Span]]] = defaultdict(dict)  # key, plain name: the name, its first place
    for _, passage in _own(contexts):
        for start, end, instrument in instruments_in(passage.words):
            key = works.key_of(instrument)
            if key:
                name = " ".join(passage.words[start:end].split())
                typed[key].setdefault(plain(name), (name, passage.place(start, end)))
        for start, end in (*passage.titles, *(found.span() for found in _QUOTES.finditer(passage.words))):
            name = " ".join(passage.words[start:end].strip("“”‘’«»„\"',. ").split())
            key = titles.meant(name)
            if key:
                typed[key].setdefault(plain(name), (name, passage.place(start, end)))
    for key, forms in typed.items():
        reference = works.library.references[key]
        full = {plain(reference.text("title")), plain(reference.text("title").partition(":")[0])}
        weight = _weight(reference.text("title"))
        short: list[tuple[str, Span]] = []
        variant: list[tuple[str, Span]] = []
        for form, (name, place) in forms.items():
            if form in full:
                continue
            is_short = name.isupper() or form == plain(reference.text("title-short")) or _weight(name) <= weight
            (short if is_short else variant).append((name, place))
        odd = variant[:1] if len(forms) > 1 else []
        for name, place in odd or short[1:2]:
            other, there = next(each for each in (forms.values() if odd else short) if each[0] != name)
            yield _warning(
                "work-many-forms",
                f"`{brief(key)}` is called `{brief(name)}` here and `{brief(other)}` elsewhere",
                place,
                f"its title is `{brief(reference.text('title'))}`; one short name of it is enough",
                also=((there, "it stands here"),),
            )


class _Titles:
    """Titles of three words and more, by their words."""

    def __init__(self, library: Library) -> None:
        self.titles: list[tuple[str, frozenset[str]]] = []
        self.by_word: dict[str, list[int]] = defaultdict(list)
        for key, reference in library.references.items():
            for weight in {_weight(name) for name in names_of(reference)}:
                if len(weight) >= 3:
                    for word in weight:
                        self.by_word[word].append(len(self.titles))
                    self.titles.append((key, weight))

    def meant(self, name: str) -> str:
        """Return the key of the title that a name is, but for one word left out, added or misspelt; or ""."""
        words = _weight(name)
        if len(words) < 3:
            return ""
        counts = Counter(number for word in sorted(words) for number in self.by_word.get(word, ()))
        for number, count in counts.most_common(3):
            key, weight = self.titles[number]
            ours, theirs = sorted(words - weight), sorted(weight - words)
            alike = not ours or not theirs or SequenceMatcher(None, ours[0], theirs[0]).ratio() >= 0.6
            if count >= 2 and len(ours) <= 1 and len(theirs) <= 1 and alike:
                return key
        return ""
