"""Faults of a package that no official judge sees: in its metadata, NCX, landmarks, languages, names and ways back.

Each is a name, the code of the problem by which our own lint finds it, and what is changed in the clean specimen.
"""

from __future__ import annotations

import io
from collections.abc import Callable

from PIL import Image

Members = list[tuple[str, bytes]]
Fault = Callable[[Members], Members]
Swap = Callable[..., Fault]

OPF, NAV, NCX, CHAPTER = "EPUB/content.opf", "EPUB/nav.xhtml", "EPUB/toc.ncx", "EPUB/text/the-crossing.xhtml"
CSS = "EPUB/css/book.css"
PART, COVER, INQUIRY = "EPUB/text/part-the-sea.xhtml", "EPUB/text/cover.xhtml", "EPUB/text/the-inquiry.xhtml"


def flashing() -> bytes:
    """Return a picture that turns from black to white ten times in a second."""
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("black", "white")]
    buffer = io.BytesIO()
    frames[0].save(buffer, "PNG", save_all=True, append_images=frames[1:], duration=100, loop=0)
    return buffer.getvalue()


def put(name: str, data: bytes) -> Fault:
    """Return a fault: one member has other bytes."""
    return lambda parts: [(member, data if member == name else old) for member, old in parts]


def faults(swap: Swap) -> dict[str, tuple[str, Fault]]:
    """Return the faults; `swap` makes one of a member, a pattern and what takes its place."""

    def meta(pattern: str, new: str = "", count: int = 1) -> Fault:
        return swap(OPF, rf"<meta [^>]*{pattern}</meta>", new, count)

    def both(first: Fault, second: Fault) -> Fault:
        return lambda parts: second(first(parts))

    return {
        # who made it, what it is called, where it belongs
        "author said to be the editor": ("epub-metadata", swap(OPF, ">aut<", ">edt<")),
        "editor with a role nobody knows": ("epub-metadata", swap(OPF, ">edt<", ">xyz<")),
        "translator without a role": ("epub-metadata", meta(">trl")),
        "roles in another scheme": ("epub-metadata", swap(OPF, 'scheme="marc:relators">aut', 'scheme="house">aut')),
        "author filed under the first name": ("epub-metadata", swap(OPF, ">Marek, Josefa<", ">Josefa Marek<")),
        "translator not filed": ("epub-metadata", meta("file-as\">Hale, Jan")),
        "author among the contributors": (
            "epub-metadata",
            swap(OPF, '<dc:creator id="creator-1">(.*?)</dc:creator>', r'<dc:contributor id="creator-1">\1</dc:contributor>'),
        ),
        "contributors in another order": (
            "epub-metadata",
            both(
                swap(OPF, '(#contributor-2" property="display-seq">)2', r"\g<1>3"),
                swap(OPF, '(#contributor-3" property="display-seq">)3', r"\g<1>2"),
            ),
        ),
        "subtitle said to be the title": ("epub-metadata", swap(OPF, ">subtitle<", ">main<")),
        "title without its kind": ("epub-metadata", meta('#title" property="title-type">main')),
        "subtitle shown first": ("epub-metadata", swap(OPF, '(#subtitle" property="display-seq">)2', r"\g<1>1")),
        "subtitle lost": ("epub-metadata", swap(OPF, '<dc:title id="subtitle".*?</dc:title>|<meta refines="#subtitle".*?</meta>', "", 3)),
        "series lost": ("epub-metadata", both(meta("belongs-to-collection\" id=\"series\">Lost Ships"), meta("#series.*?", "", 2))),
        "series of another name": ("epub-metadata", swap(OPF, ">Lost Ships<", ">Lost Sheep<")),
        "number in the series lost": ("epub-metadata", meta("group-position\">3")),
        "series said to be a set": ("epub-metadata", swap(OPF, ">series<", ">set<")),
        "publisher lost": ("epub-metadata", swap(OPF, "<dc:publisher>.*?</dc:publisher>", "")),
        "date of another year": ("epub-metadata", swap(OPF, "<dc:date>2026", "<dc:date>2025")),
        "rights of somebody else": ("epub-metadata", swap(OPF, "© 2026 Harbour Press", "© 2026 Another Press")),
        "code of a subject lost": (
            "epub-metadata",
            swap(OPF, '<meta refines="#subject-1" property="term">WGG</meta>', ""),
        ),
        "subject lost": ("epub-metadata", swap(OPF, "<dc:subject>Inquiries</dc:subject>", "")),
        "description cut": ("epub-metadata", swap(OPF, "; thirty-eight were counted", "")),
        "ISBN that is not said to be one": ("epub-metadata", meta("identifier-type.*?")),
        "cover that shops do not find": ("epub-metadata", swap(OPF, 'content="cover-image"', 'content="image-1"')),
        # what it claims
        "pages of another ISBN": ("epub-claim", swap(OPF, "urn:isbn:9780306406157", "urn:isbn:9780140439007", 2)),
        "pageBreakSource of another ISBN": (
            "epub-claim",
            swap(OPF, "(pageBreakSource\">urn:isbn:)9780306406157", r"\g<1>9780140439007"),
        ),
        "source of something else than pages": ("epub-claim", meta("source-of\">pagination")),
        "a picture that flashes": ("epub-claim", put("EPUB/images/cover.png", flashing())),
        "hazards that are not there": ("epub-claim", swap(OPF, '(accessibilityHazard">)none', r"\1flashing")),
        "hazards unknown where nothing moves": ("epub-claim", swap(OPF, '(accessibilityHazard">)none', r"\1unknown")),
        "text said to be enough": ("epub-claim", swap(OPF, ">textual,visual<", ">textual<")),
        "pictures not said": ("epub-claim", meta("accessMode\">visual")),
        # how it is read
        "package in another language": ("epub-container", swap(OPF, 'xml:lang="en-GB"', 'xml:lang="de"')),
        "imprint left out of the reading": ("epub-container", swap(OPF, 'idref="unit-imprint"', 'idref="unit-imprint" linear="no"')),
        "fixed layout": (
            "epub-container",
            swap(OPF, "</metadata>", '<meta property="rendition:layout">pre-paginated</meta></metadata>'),
        ),
        "one page in a layout of its own": (
            "epub-container",
            swap(OPF, 'idref="unit-imprint"', 'idref="unit-imprint" properties="rendition:layout-pre-paginated"'),
        ),
        "guide that leads elsewhere": (
            "epub-container",
            swap(OPF, "</package>", '<guide><reference type="text" title="Text" href="text/afterword.xhtml"/></guide></package>'),
        ),
        "pages from right to left": ("epub-container", swap(OPF, '<spine ', '<spine page-progression-direction="rtl" ')),
        # the NCX
        "NCX with other words": ("epub-ncx", swap(NCX, "Chapter 2 The Inquiry", "Chapter 2 The Enquiry")),
        "NCX that leads elsewhere": ("epub-ncx", swap(NCX, "the-inquiry.xhtml#the-inquiry-h", "afterword.xhtml#afterword-h")),
        "NCX in another order": ("epub-ncx", both(swap(NCX, 'playOrder="10"', 'playOrder="@"'), both(swap(NCX, 'playOrder="11"', 'playOrder="10"'), swap(NCX, 'playOrder="@"', 'playOrder="11"')))),
        "NCX without a line": ("epub-ncx", swap(NCX, '<navPoint id="point-5".*?</navPoint>', "")),
        "NCX of another book": ("epub-ncx", swap(NCX, "(<docTitle>\\s*<text>)[^<]*", r"\1Moby-Dick")),
        "NCX of another author": ("epub-ncx", swap(NCX, "Josefa Marek", "Ada Ost")),
        "NCX in another language": ("epub-ncx", swap(NCX, 'xml:lang="en-GB"', 'xml:lang="en-US"')),
        "NCX with another depth": ("epub-ncx", swap(NCX, '(dtb:depth" content=")3', r"\g<1>1")),
        "NCX with fewer pages": ("epub-ncx", swap(NCX, '(dtb:totalPageCount" content=")6', r"\g<1>5")),
        "NCX with another last page": ("epub-ncx", swap(NCX, '(dtb:maxPageNumber" content=")4', r"\g<1>9")),
        "NCX with another page": ("epub-ncx", swap(NCX, "<text>3</text>", "<text>5</text>")),
        "NCX with an arabic page among the roman ones": ("epub-ncx", swap(NCX, 'type="normal" value="3"', 'type="front" value="3"')),
        "NCX without pages": ("epub-ncx", swap(NCX, "<pageList.*</pageList>", "")),
        "NCX that the spine does not name": ("epub-ncx", swap(OPF, '<spine toc="ncx"', '<spine toc="css"')),
        # landmarks and names
        "landmark to the wrong section": ("epub-landmarks", swap(NAV, "text/the-crossing.xhtml#footnotes", "text/the-crossing.xhtml#first-night")),
        "landmark to another document": ("epub-landmarks", swap(NAV, "text/imprint.xhtml#imprint", "text/colophon.xhtml#colophon")),
        "book that begins with its second chapter": (
            "epub-landmarks",
            swap(NAV, 'bodymatter" href="text/part-the-sea.xhtml#part-the-sea"', 'bodymatter" href="text/the-inquiry.xhtml#the-inquiry"'),
        ),
        "landmarks that everybody sees": ("epub-landmarks", swap(NAV, ' hidden="hidden"', "")),
        "contents that nobody sees": ("epub-landmarks", swap(NAV, 'id="contents"', 'id="contents" hidden="hidden"')),
        "list of pages without a name": ("epub-landmarks", swap(NAV, ' aria-label="Pages"', "")),
        "chapter named by another head": ("epub-markup", swap(CHAPTER, 'aria-labelledby="the-crossing-h"', 'aria-labelledby="the-crossing-notes"')),
        "chapter without a name": ("epub-markup", swap(CHAPTER, ' aria-labelledby="the-crossing-h"', "")),
        "words that are not read aloud": ("epub-markup", swap(CHAPTER, "<blockquote ", '<blockquote aria-hidden="true" ')),
        "head of a column that says nothing": ("epub-markup", swap(CHAPTER, ' scope="col"', "")),
        "head of a column that is a cell": ("epub-markup", swap(CHAPTER, '<th class="left" scope="col">(.*?)</th>', r'<td class="left">\1</td>')),
        "backlink on words": ("epub-markup", swap(CHAPTER, '<span class="label generated">', '<span role="doc-backlink" class="label generated">')),
        # languages
        "document in another language": ("epub-language", swap(CHAPTER, '<html([^>]*) lang="en-GB" xml:lang="en-GB"', r'<html\1 lang="fr" xml:lang="fr"')),
        "foreign words without their language": ("epub-language", swap(CHAPTER, ' lang="he" xml:lang="he" dir="rtl"', "")),
        "foreign words in another language": ("epub-language", swap(CHAPTER, 'lang="cs" xml:lang="cs"', 'lang="pl" xml:lang="pl"')),
        "xml:lang lost": ("epub-language", swap(CHAPTER, ' xml:lang="he"', "")),
        "Hebrew from left to right": ("epub-language", swap(CHAPTER, ' dir="rtl"', "")),
        "document from right to left": ("epub-language", swap(INQUIRY, "<html ", '<html dir="rtl" ')),
        # what only structure tells
        "head that is a paragraph": ("epub-structure", swap(CHAPTER, '<h2 id="first-night">(.*?)</h2>', r'<p id="first-night">\1</p>')),
        "stressed words that are plain": ("epub-structure", swap(CHAPTER, "<em>(.*?)</em>", r"<span>\1</span>")),
        "list that counts from seven": ("epub-structure", swap(CHAPTER, "<ol ", '<ol start="7" ')),
        "list that counts downwards": ("epub-structure", swap(CHAPTER, "<ol ", '<ol reversed="reversed" ')),
        "cell over two columns": ("epub-structure", swap(CHAPTER, "<td", '<td colspan="2"')),
        "reference to something else": (
            "epub-structure",
            swap(CHAPTER, '(class="ref" href=")[^"]*', r"\1#the-crossing-8"),
        ),
        "link to another site": ("epub-structure", swap(CHAPTER, 'href="https://[^"]*"', 'href="https://example.com/"')),
        "call by another name": ("epub-structure", swap(CHAPTER, ' role="doc-noteref"', ' role="doc-noteref" aria-label="9"')),
        "note by another name": ("epub-structure", swap(CHAPTER, ' role="doc-footnote"', ' role="doc-footnote" aria-label="Note 9"')),
        "table that is none for those who listen": ("epub-structure", swap(CHAPTER, "<table ", '<table role="presentation" ')),
        "order of keys": ("epub-structure", swap(CHAPTER, '<p id="the-crossing-8"', '<p tabindex="5" id="the-crossing-8"')),
        "document called after another": ("epub-structure", swap(CHAPTER, "<title>.*?</title>", "<title>The Inquiry</title>")),
        "text said to be back matter": ("epub-structure", swap(CHAPTER, 'epub:type="bodymatter"', 'epub:type="backmatter"')),
        "chapter said to be a part": (
            "epub-structure",
            swap(CHAPTER, 'epub:type="chapter" role="doc-chapter"', 'epub:type="part" role="doc-part"'),
        ),
        "document in a frame": ("epub-structure", swap(CHAPTER, "<blockquote ", '<iframe src="the-inquiry.xhtml"></iframe><blockquote ')),
        "document that sends the reader away": (
            "epub-structure",
            swap(CHAPTER, '<meta charset="utf-8"/>', '<meta charset="utf-8"/><meta http-equiv="refresh" content="9"/>'),
        ),
        "two languages": ("epub-metadata", swap(OPF, "</metadata>", "<dc:language>fr</dc:language></metadata>")),
        "way back called after another note": ("epub-note", swap(CHAPTER, r"\(note 1\)", "(note 2)")),
        "box lower than its words": ("epub-style", swap(CSS, r"body \{", "section { height: 5em; overflow: hidden } body {")),
        "sections from below": ("epub-style", swap(CSS, r"body \{", "section { display: flex; flex-direction: column-reverse } body {")),
        "words from the right": ("epub-style", swap(CSS, r"body \{", "p { direction: rtl; unicode-bidi: bidi-override } body {")),
        # ways back
        "second call without a way back": (
            "epub-note",
            swap(CHAPTER, '<a role="doc-backlink" href="#the-crossing-ref-2-2"[^>]*>↑2</a>', ""),
        ),
        "two ways back of one name": ("epub-note", swap(CHAPTER, r'(aria-label="Back to the text \(note [^)]*\)), 2"', r'\1, 1"')),
    }  # fmt: skip
