"""What the styles of the house ask of a reference: the fields of CSL in, the same fields sorted by what they mean out.

CSL asks whether a field is there, not what it says. So what depends on the court, on a symbol or on a year is told here,
by the field that a fact stands in; the styles of citationstyles.org get references as they are.
"""

from __future__ import annotations

import re

Fields = dict[str, object]

OWN = "Stet: "
"""How the titles of the styles of the house begin."""

_STRASBOURG = (
    "ecthr",
    "echr",
    "eurcthr",
    "eurcourthr",
    "europeancourtofhumanrights",
    "europeancommissionofhumanrights",
    "ecomhr",
    "ecommhr",
    "coureuropéennedesdroitsdelhomme",
    "courédh",
    "coureur",
    "cedh",
    "egmr",
    "europäischergerichtshoffürmenschenrechte",
    "европейскийсудпоправамчеловека",
    "еспч",
    "avropainsanhüquqlarıməhkəməsi",
    "մարդուիրավունքներիեվրոպականդատարան",
    "միեդ",
)
"""Courts whose cases go by the number of the application, in letters only."""
_BODIES = re.compile(
    r"(?:un)?(?:hrc|humanrightscommittee|hrcommittee|ccpr|cat|committeeagainsttorture|cedaw|cerd|crc|cescr|crpd|ced|cmw"
    r"|committeeonthe(?:elimination|rightsofthechild|rightsofpersons).*|committeeoneconomic.*|committeeonenforced.*)"
)
_SYMBOL = re.compile(r"(?:A|E|S|T|ST|HRI|CCPR|CAT|CEDAW|CERD|CRC|CRPD|CMW|CED|DP|TD|UNEP|HS)/[\w./()\[\]-]+")
_ORGANS = {
    "unga": "General Assembly",
    "ungeneralassembly": "General Assembly",
    "unsc": "Security Council",
    "unsecuritycouncil": "Security Council",
    "unhrc": "Human Rights Council",
    "unhumanrightscouncil": "Human Rights Council",
    "ecosoc": "Economic and Social Council",
    "unecosoc": "Economic and Social Council",
}


def without_year(fields: Fields) -> Fields:
    """Return the fields of an Act without a year that its title ends with: styles of notes print both.

    >>> without_year({"type": "legislation", "title": "Human Rights Act 1998", "issued": {"date-parts": [["1998"]]}})
    {'type': 'legislation', 'title': 'Human Rights Act 1998'}
    """
    issued = re.findall(r"\d+", str(fields.get("issued", "")))
    if fields.get("type") not in ("legislation", "bill", "regulation") or len(issued) != 1:
        return fields
    if not re.search(rf"\b{issued[0]}$", str(fields.get("title", ""))):
        return fields
    return {name: value for name, value in fields.items() if name != "issued"}


def _letters(value: object) -> str:
    return re.sub(r"[\W\d_]+", "", value).casefold() if isinstance(value, str) else ""


def sorted_out(fields: Fields, title: str, *, undotted: bool = False) -> Fields:
    """Return the fields of a reference as a style of the house wants them; `title` is the style's.

    >>> case = {"type": "legal_case", "authority": "ECtHR", "number": "13216/05"}
    >>> sorted_out(case, OWN) == case
    True
    >>> sorted_out({"type": "legal_case", "authority": "HRC", "number": "829/1998"}, OWN)["call-number"]
    'communication No. 829/1998'
    """
    out = dict(fields)
    kind = out.get("type")
    if kind in ("legal_case", "hearing"):
        if not title.endswith("United Nations"):
            _reported(out)
        _case(out, undotted=undotted)
    elif kind in ("legislation", "bill", "regulation"):
        years = re.findall(r"\d{4}", str(out.get("issued", "")))
        if years and re.search(rf"\b{years[0]}\b", str(out.get("title", ""))):
            del out["issued"]  # the year is in the name of the Act
    elif kind in ("report", "document") and _SYMBOL.fullmatch(str(out.get("number", ""))) and "call-number" not in out:
        out["call-number"] = out.pop("number")
    if kind == "document" and not title.endswith("United Nations"):
        _document(out)
    authors = out.get("author")
    names = (
        {_letters(one.get("literal")) for one in authors if isinstance(one, dict)}
        if isinstance(authors, list)
        else set()
    )
    for field in ("publisher", "container-title"):
        if _letters(out.get(field)) and _letters(out.get(field)) in names:
            del out[field]  # who wrote it has published it
    if title.endswith("United Nations"):
        organ = _ORGANS.get(_letters(out.get("authority")))
        if organ:
            out["authority"] = organ
    return out


def _document(out: Fields) -> None:
    """Give a resolution known by its symbol its number; the body that issued another document stands as its author.

    >>> fields: Fields = {"title": "General Comment No 36", "authority": "UN Human Rights Committee"}
    >>> _document(fields)
    >>> fields
    {'title': 'General Comment No 36', 'author': [{'literal': 'UN Human Rights Committee'}], 'type': 'report'}
    """
    body = out.get("authority")
    if not isinstance(body, str) or "number" in out:
        return
    resolution = re.search(r"/RES/(?:\d+/)?(\S+)", str(out.get("call-number", "")))
    if resolution is not None:
        out["number"] = resolution[1]
    elif "title" in out and "author" not in out:
        out["author"], out["type"] = [{"literal": out.pop("authority")}], "report"


def _reported(out: Fields) -> None:
    """Leave out a court whose name its reports bear: `[1949] ICJ Rep 4`."""
    reports, court = out.get("container-title"), out.get("authority")
    if isinstance(reports, str) and isinstance(court, str) and reports.startswith(f"{court} "):
        del out["authority"]


def _case(out: Fields, *, undotted: bool) -> None:
    """Leave the number of an application where it is, and put that of any other court where it prints as it stands."""
    court = _letters(out.get("authority") or out.get("publisher"))
    number = out.get("number")
    if not isinstance(number, str) or court.startswith(_STRASBOURG):
        return
    del out["number"]
    if _BODIES.fullmatch(court) and re.fullmatch(r"\d+/\d{4}", number):
        number = f"communication No{'' if undotted else '.'} {number}"
    known = out.get("call-number")
    out["call-number"] = f"{number}, {known}" if isinstance(known, str) and known else number
