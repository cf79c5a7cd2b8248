"""What a book says of itself (`About`) becomes XMP and the Info dictionary, which say the same.

XMP is written by hand and stays uncompressed: PDF/A readers look for it in the raw file, and the
PDF/A extension schema that PDF/UA needs is not in the reach of pikepdf's own editor.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape
from uuid import NAMESPACE_URL, uuid5

PRODUCER = "Stet, with WeasyPrint 70.0"


@dataclass(frozen=True, slots=True)
class About:
    """What the metadata of a PDF says. `epoch` are the seconds that SOURCE_DATE_EPOCH gives.

    `edition` is the name of the edition and `identifier` its own ISBN, or ""; `identifiers` are
    all that name this file, as URNs or URLs, the edition's first. `note` and `back` are words of
    the book's language for a note and for the way back from it ("note", "back to text"): links
    that show a bare mark are read aloud with them.
    """

    title: str
    language: str
    authors: tuple[str, ...] = ()
    epoch: int = 0
    description: str = ""
    subjects: tuple[str, ...] = ()
    publisher: str = ""
    rights: str = ""
    identifiers: tuple[str, ...] = ()
    edition: str = ""
    identifier: str = ""
    note: str = ""
    back: str = ""
    producer: str = PRODUCER


@dataclass(frozen=True, slots=True)
class Conformance:
    """Which standards the file says it keeps: PDF/A `part` and level ("" for none), PDF/UA-1, and PDF/X (`exchange`)."""

    part: int = 0
    level: str = ""
    universal: bool = False
    exchange: str = ""


def _moment(epoch: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=epoch)


def info_entries(about: About) -> dict[str, str]:
    """Return the Info dictionary; every entry stands in the XMP too, and with the same words."""
    date = _moment(about.epoch).strftime("D:%Y%m%d%H%M%S+00'00'")
    entries = {
        "Title": about.title,
        "Author": ", ".join(about.authors),
        "Subject": about.description,
        "Keywords": ", ".join(about.subjects),
        "Creator": "Stet",
        "Producer": about.producer,
        "CreationDate": date,
        "ModDate": date,
    }
    return {key: _clean(value) for key, value in entries.items() if value}


def xmp(about: About, conformance: Conformance) -> bytes:
    """Return the XMP packet, in UTF-8, not compressed, ending in a line feed."""
    date = _moment(about.epoch).strftime("%Y-%m-%dT%H:%M:%S+00:00")
    lines = [
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>',
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">',
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">',
        '<rdf:Description rdf:about=""',
        '  xmlns:dc="http://purl.org/dc/elements/1.1/"',
        '  xmlns:xmp="http://ns.adobe.com/xap/1.0/"',
        '  xmlns:pdf="http://ns.adobe.com/pdf/1.3/"',
        '  xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"',
        '  xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">',
    ]
    if conformance.part:
        lines.append(f"<pdfaid:part>{conformance.part}</pdfaid:part>")
        lines.append(f"<pdfaid:conformance>{conformance.level}</pdfaid:conformance>")
    if conformance.universal:
        lines.append("<pdfuaid:part>1</pdfuaid:part>")
    if conformance.exchange == "PDF/X-4":
        # the file has one version only, so that its identity is that of its contents (ISO 15930-7, 6.2)
        name = uuid5(NAMESPACE_URL, "\0".join((about.title, about.edition, *about.identifiers, date)))
        lines += [
            '<pdfxid:GTS_PDFXVersion xmlns:pdfxid="http://www.npes.org/pdfx/ns/id/">PDF/X-4</pdfxid:GTS_PDFXVersion>',
            f'<xmpMM:DocumentID xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/">uuid:{name}</xmpMM:DocumentID>',
            '<xmpMM:VersionID xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/">1</xmpMM:VersionID>',
            '<xmpMM:RenditionClass xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/">default</xmpMM:RenditionClass>',
        ]
    if conformance.exchange:
        lines.append("<pdf:Trapped>False</pdf:Trapped>")
    lines.append(_alternatives("dc:title", about.title))
    # one string in the Info dictionary, so one name in XMP (ISO 19005-2, 6.6.3 lets them differ in number)
    lines.append(_list("dc:creator", "Seq", about.authors))
    if about.description:
        lines.append(_alternatives("dc:description", about.description))
    lines.append(_list("dc:subject", "Bag", about.subjects))
    lines.append(_list("dc:publisher", "Bag", (about.publisher,) if about.publisher else ()))
    lines.append(_list("dc:language", "Bag", (about.language,)))
    if about.rights:
        lines.append(_alternatives("dc:rights", about.rights))
    if about.identifiers:
        lines.append(f"<dc:identifier>{_text(about.identifiers[0])}</dc:identifier>")
    lines.append("<dc:format>application/pdf</dc:format>")
    if about.subjects:
        lines.append(f"<pdf:Keywords>{_text(', '.join(about.subjects))}</pdf:Keywords>")
    lines.append(f"<pdf:Producer>{_text(about.producer)}</pdf:Producer>")
    lines.append("<xmp:CreatorTool>Stet</xmp:CreatorTool>")
    lines.append(f"<xmp:CreateDate>{date}</xmp:CreateDate>")
    lines.append(f"<xmp:ModifyDate>{date}</xmp:ModifyDate>")
    lines.append(f"<xmp:MetadataDate>{date}</xmp:MetadataDate>")
    lines.append("</rdf:Description>")
    if conformance.part and conformance.universal:
        lines.append(EXTENSION)
    lines += ["</rdf:RDF>", "</x:xmpmeta>", '<?xpacket end="w"?>', ""]
    return "\n".join(line for line in lines if line or line is lines[-1]).encode()


def _clean(text: str) -> str:
    """Drop the control characters that XML 1.0 forbids and make one line of many."""
    return " ".join("".join(c for c in text if c >= " " or c in "\t\n").split())


def _text(text: str) -> str:
    return escape(_clean(text), quote=False)


def _alternatives(name: str, text: str) -> str:
    return f'<{name}><rdf:Alt><rdf:li xml:lang="x-default">{_text(text)}</rdf:li></rdf:Alt></{name}>'


def _list(name: str, kind: str, texts: tuple[str, ...]) -> str:
    items = "".join(f"<rdf:li>{_text(text)}</rdf:li>" for text in texts)
    return f"<{name}><rdf:{kind}>{items}</rdf:{kind}></{name}>" if items else ""


EXTENSION = """<rdf:Description rdf:about=""
  xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
  xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"
  xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name>
<pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of ISO 14289 that the file follows</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas>
</rdf:Description>"""
"""Says what `pdfuaid:part` is: PDF/A allows a property of another standard only where it is described."""
