"""A picture is whole, of a kind and size that every edition can show, and tells nothing of who made it."""

from __future__ import annotations

import base64
import re
import struct
import warnings
import zlib
from io import BytesIO
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile, PngImagePlugin

from pipeline.build.images import PIXELS, check_image
from pipeline.source import Problem, Severity, Span

SPAN = Span("chapters/one.md", 10, 40)
SECRET = b"Anna Secretary, Canon 5D no 12345"


def colours(width: int = 64, height: int = 48, mode: str = "RGB") -> Image.Image:
    """A picture in which neighbours differ, so that compression cannot hide a fault."""
    image = Image.effect_noise((width, height), 80).convert("RGB")
    image.putdata([((x * 7 + y * 13) % 256, (x * 3) % 256, (y * 5) % 256) for y in range(height) for x in range(width)])
    return image.convert(mode)


def written(form: str, image: Image.Image | None = None, **options: object) -> bytes:
    out = BytesIO()
    (image or colours()).save(out, form, **options)
    return out.getvalue()


ENDING = {"PNG": "png", "JPEG": "jpg", "GIF": "gif", "WEBP": "webp"}
FORMS = list(ENDING)


def name(form: str) -> str:
    return f"images/map.{ENDING[form]}"


def dots(data: bytes) -> tuple[tuple[int, int], bytes]:
    with Image.open(BytesIO(data)) as image:
        return image.size, image.convert("RGBA").tobytes()


def codes(problems: tuple[Problem, ...]) -> list[str]:
    return [problem.code for problem in problems]


def fault(path: str, data: bytes) -> Problem:
    picture, problems = check_image(path, data, SPAN)
    assert picture is None
    assert {problem.span for problem in problems} == {SPAN}
    assert f"`{path}`" in problems[0].message
    errors = [problem for problem in problems if problem.severity is Severity.ERROR]
    assert errors
    return errors[0]


# Whole pictures -----------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
def test_a_plain_picture_passes_unchanged(form: str) -> None:
    data = written(form)
    picture, problems = check_image(name(form), data, SPAN)
    assert problems == ()
    assert picture is not None
    assert picture.media_type == f"image/{form.lower()}"
    assert (picture.width, picture.height) == (64, 48)
    assert picture.data == data


@pytest.mark.parametrize(
    ("form", "options"),
    [
        ("PNG", {"image": colours(mode="P"), "dpi": (300, 300), "icc_profile": b"i" * 200}),
        ("PNG", {"image": colours(mode="RGBA")}),
        ("PNG", {"image": colours(mode="L").convert("I;16")}),
        ("PNG", {"save_all": True, "append_images": [colours().rotate(9)]}),
        ("JPEG", {"progressive": True, "dpi": (300, 300), "icc_profile": b"i" * 70_000}),
        ("JPEG", {"image": colours(mode="L"), "restart_marker_rows": 1}),
        ("GIF", {"save_all": True, "append_images": [colours().rotate(9)], "loop": 0, "duration": 90}),
        ("WEBP", {"lossless": True, "image": colours(mode="RGBA")}),
        ("WEBP", {"save_all": True, "append_images": [colours().rotate(9)], "icc_profile": b"i" * 201}),
    ],
)
def test_what_colours_and_sizes_need_stays(form: str, options: dict[str, object]) -> None:
    image = options.pop("image", None)
    assert image is None or isinstance(image, Image.Image)
    data = written(form, image, **options)
    picture, problems = check_image(name(form), data, SPAN)
    assert (picture is not None, problems) == (True, ())
    assert picture is not None
    assert dots(picture.data) == dots(data)
    with Image.open(BytesIO(data)) as before, Image.open(BytesIO(picture.data)) as after:
        for key in ("dpi", "icc_profile", "duration", "loop", "transparency"):
            assert after.info.get(key) == before.info.get(key), key
        assert getattr(after, "n_frames", 1) == getattr(before, "n_frames", 1)


# Metadata -----------------------------------------------------------------------------------


def exif(turn: int = 1) -> Image.Exif:
    found = Image.Exif()
    found[0x010E] = SECRET.decode()
    found[0x0112] = turn
    found[0x8825] = {1: "N", 2: (39.0, 54.0, 0.0)}
    return found


XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + SECRET + b"</x:xmpmeta>"


def telling(form: str, turn: int = 1) -> bytes:
    """A picture that tells its maker in every way that its format has."""
    if form == "PNG":
        info = PngImagePlugin.PngInfo()
        info.add_text("Author", SECRET.decode())
        info.add_text("Comment", SECRET.decode(), zip=True)
        info.add_itxt("XML:com.adobe.xmp", XMP.decode())
        data = written("PNG", exif=exif(turn), pnginfo=info)
        kind = b"prVt" + SECRET
        private = struct.pack(">I", len(SECRET)) + kind + struct.pack(">I", zlib.crc32(kind))
        return data[:33] + private + data[33:] + SECRET
    if form == "JPEG":
        data = written("JPEG", exif=exif(turn), xmp=XMP, comment=SECRET)
        iptc = b"Photoshop 3.0\0" + SECRET
        extra = b"\xff\xed" + struct.pack(">H", len(iptc) + 2) + iptc
        extra += b"\xff\xe5" + struct.pack(">H", len(SECRET) + 2) + SECRET
        return data[:20] + extra + data[20:] + SECRET
    if form == "GIF":
        data = written("GIF", comment=SECRET)
        xmp = b"!\xff\x0bXMP DataXMP" + XMP + b"\x01" + bytes(range(255, -1, -1)) + b"\0"
        return data[:-1] + xmp + data[-1:] + SECRET
    return written("WEBP", exif=exif(turn), xmp=XMP) + SECRET


@pytest.mark.parametrize("form", FORMS)
def test_who_took_it_and_where_is_cut_out_without_touching_a_dot(form: str) -> None:
    data = telling(form)
    assert SECRET in data
    picture, problems = check_image(name(form), data, SPAN)
    assert picture is not None
    for secret in (SECRET, b"Secretary", b"Exif", b"xmp", b"EXIF", b"Photoshop", b"GPS"):
        assert secret not in picture.data, secret
    assert dots(picture.data) == dots(data)
    (problem,) = problems
    assert (problem.code, problem.severity, problem.span) == ("image-metadata", Severity.INFO, SPAN)
    for word in {
        "PNG": ["place", "XMP", "text"],
        "JPEG": ["place", "XMP", "IPTC", "comment"],
        "GIF": ["XMP", "comment"],
    }.get(form, ["place", "XMP"]):
        assert word in problem.message
    again, none = check_image(name(form), picture.data, SPAN)
    assert (again, none) == (picture, ())


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("turn", [2, 6, 8])
def test_a_picture_taken_sideways_stays_upright(form: str, turn: int) -> None:
    picture, _ = check_image(name(form), telling(form, turn), SPAN)
    assert picture is not None
    assert SECRET not in picture.data
    with Image.open(BytesIO(picture.data)) as image:
        assert dict(image.getexif()) == {0x0112: turn}
    assert check_image(name(form), picture.data, SPAN)[0] == picture


def test_a_picture_in_printing_inks_is_shown_in_light() -> None:
    """PDF/A takes no inks without a printing condition, and readers of EPUB show them wrong."""
    target = BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = Image.new("RGB", (60, 40), (200, 30, 20))
    picture.convert("CMYK").save(target, "JPEG", quality=90, exif=exif)
    found, problems = check_image("a.jpg", target.getvalue(), Span("1.md", 0, 1))
    assert found is not None
    assert {problem.code: problem.severity for problem in problems}["image-inks"] is Severity.INFO
    with Image.open(BytesIO(found.data)) as shown:
        assert (shown.format, shown.mode, shown.size) == ("JPEG", "RGB", (60, 40))
        assert shown.getexif()[0x0112] == 6
        seen = shown.getpixel((30, 20))
        assert isinstance(seen, tuple)
        assert all(abs(a - b) < 12 for a, b in zip(seen, (200, 30, 20), strict=True))
    assert check_image("a.jpg", target.getvalue())[0] == found


def test_a_thumbnail_goes_too() -> None:
    """It may show what somebody cut off."""
    data = written("JPEG")
    assert data[2:4] == b"\xff\xe0"
    thumbnail = bytes([2, 2]) + b"SECRETSECRET"
    jfif = data[6:18] + thumbnail
    data = data[:2] + b"\xff\xe0" + struct.pack(">H", len(jfif) + 2) + jfif + data[20:]
    picture, _ = check_image("a.jpg", data, SPAN)
    assert picture is not None
    assert b"SECRET" not in picture.data
    assert dots(picture.data) == dots(data)


@given(st.binary(max_size=300))
def test_no_exif_however_odd_gets_through_or_stops_the_picture(odd: bytes) -> None:
    data = written("JPEG")
    block = b"Exif\0\0" + odd
    data = data[:2] + b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block + data[2:]
    picture, problems = check_image("a.jpg", data, SPAN)
    assert picture is not None
    assert codes(problems) == ["image-metadata"]
    assert picture.data.count(b"Exif") <= 1


# What is not whole, and what is no picture --------------------------------------------------


@pytest.mark.hostile
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("part", [0.2, 0.34, 0.6, 0.9, 0.999])
def test_a_truncated_picture_is_named(form: str, part: float) -> None:
    data = written(form, colours(200, 150))
    assert fault(name(form), data[: int(len(data) * part)]).code == "image-truncated"


@pytest.mark.hostile
@pytest.mark.parametrize("form", ["PNG", "GIF"])
def test_a_picture_whose_dots_end_early_is_named(form: str) -> None:
    """The file is whole, but not what is in it; WeasyPrint would print the rest white."""
    data = written(form, colours(200, 150))
    if form == "PNG":
        at = data.index(b"IDAT") - 4
        (length,) = struct.unpack_from(">I", data, at)
        body = b"IDAT" + data[at + 8 : at + 8 + length // 2]
        short = struct.pack(">I", length // 2) + body + struct.pack(">I", zlib.crc32(body))
        cut = data[:at] + short + data[-12:]
    else:
        at = data.index(b",\0\0\0\0") + 11
        cut = data[: at + 1 + data[at]] + b"\0;"
    problem = fault(name(form), cut)
    assert problem.code in ("image-truncated", "image-broken")


def test_a_process_that_puts_up_with_truncated_pictures_does_not_soften_this() -> None:
    """WeasyPrint 70 switches Pillow's check off for the whole process when it is imported."""
    data = written("PNG", colours(200, 150))
    before = ImageFile.LOAD_TRUNCATED_IMAGES
    try:
        ImageFile.LOAD_TRUNCATED_IMAGES = True
        assert fault("a.png", data[: len(data) // 3]).code == "image-truncated"
        assert ImageFile.LOAD_TRUNCATED_IMAGES
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = before


@pytest.mark.parametrize(
    ("path", "data", "words"),
    [
        ("a.png", b"just words", "no picture"),
        ("a.png", b"", "empty"),
        ("a.png", b"<html><body>404</body></html>", "no picture"),
        ("a.tif", b"II*\0" + bytes(20), "TIFF"),
        ("a.png", b"%PDF-1.7", "PDF"),
        ("a.eps", b"%!PS-Adobe-3.0 EPSF-3.0\n/a { loop } def a", "PostScript"),
        ("a.bmp", b"BM" + bytes(50), "BMP"),
        ("a.heic", b"\0\0\0\x18ftypheic" + bytes(9), "HEIC"),
        ("a.svg", b"\x1f\x8b\x08" + bytes(9), "compressed"),
        ("a.jpg", b"RIFF\0\0\0\0WAVEfmt ", "no picture"),
    ],
)
def test_what_is_no_picture_of_ours_is_named_by_its_content(path: str, data: bytes, words: str) -> None:
    problem = fault(path, data)
    assert problem.code == "image-type"
    assert words in problem.message


@pytest.mark.parametrize(("path", "form"), [("a.jpg", "PNG"), ("a.png", "JPEG"), ("a", "GIF"), ("a.png.txt", "PNG")])
def test_a_name_that_says_another_kind_is_named(path: str, form: str) -> None:
    assert fault(path, written(form)).code == "image-type"


def test_capitals_in_an_ending_are_fine() -> None:
    assert check_image("SCAN.JPEG", written("JPEG"))[0] is not None


# Size ---------------------------------------------------------------------------------------


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few kilobytes that is a great many dots when it is unpacked."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    row = b"\0" + bytes((width + 7) // 8)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(row * height, 9))
        + chunk(b"IEND", b"")
    )


@pytest.mark.hostile
def test_a_picture_may_have_fifty_million_dots_and_not_one_row_more() -> None:
    assert PIXELS == 50_000_000
    picture, problems = check_image("a.png", bomb(10_000, 5_000), SPAN)
    assert picture is not None
    assert problems == ()
    problem = fault("a.png", bomb(10_000, 5_001))
    assert problem.code == "image-too-large"
    assert "10,000 × 5,001" in problem.message


@pytest.mark.hostile
def test_a_header_alone_is_enough_to_refuse_a_bomb() -> None:
    """Nothing is unpacked: the dots are not even there."""
    png = written("PNG")
    huge = b"IHDR" + struct.pack(">II", 60_000, 60_000) + png[24:29]
    assert fault("a.png", png[:12] + huge + struct.pack(">I", zlib.crc32(huge)) + png[33:]).code == "image-too-large"
    jpeg = bytearray(written("JPEG"))
    at = jpeg.index(b"\xff\xc0")
    jpeg[at + 5 : at + 9] = struct.pack(">HH", 65_000, 65_000)
    assert fault("a.jpg", bytes(jpeg)).code == "image-too-large"
    gif = written("GIF")
    assert fault("a.gif", gif[:6] + struct.pack("<HH", 65_000, 65_000) + gif[10:]).code == "image-too-large"
    webp = bytearray(written("WEBP", exif=exif()))
    webp[24:30] = b"\xff\x3f\0\xff\x3f\0"
    assert fault("a.webp", bytes(webp)).code == "image-too-large"


@pytest.mark.hostile
def test_a_jpeg_in_thousands_of_layers_is_refused() -> None:
    data = written("JPEG", progressive=True)
    at = data.rindex(b"\xff\xda")
    last = data[at:-2]
    assert fault("a.jpg", data[:at] + last * 200 + b"\xff\xd9").code == "image-broken"


def test_a_file_has_a_size_limit() -> None:
    assert fault("a.png", written("PNG") + bytes(64_000_000)).code == "image-too-large"
    assert fault("a.svg", drawing("<!--" + "x" * 2_000_000 + "-->")).code == "image-too-large"


@pytest.mark.hostile
@settings(deadline=None)
@given(st.sampled_from(FORMS), st.data())
def test_a_mutated_picture_is_whole_or_named_and_never_an_accident(form: str, data: st.DataObject) -> None:
    picture = bytearray(written(form))
    for _ in range(data.draw(st.integers(1, 6))):
        kind = data.draw(st.sampled_from(["flip", "cut", "insert"]))
        at = data.draw(st.integers(4, len(picture) - 1))
        if kind == "flip":
            picture[at] = data.draw(st.integers(0, 255))
        elif kind == "cut":
            del picture[at:]
            break
        else:
            picture[at:at] = data.draw(st.binary(max_size=9))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found, problems = check_image(name(form), bytes(picture), SPAN)
    assert (found is None) == any(problem.severity is Severity.ERROR for problem in problems)
    if found is not None:
        assert check_image(name(form), found.data, SPAN)[0] == found
        dots(found.data)


# Drawings -----------------------------------------------------------------------------------

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 10 10"'


def drawing(inside: str, before: str = "", attributes: str = "") -> bytes:
    return f"{before}{HEAD} {attributes}>{inside}</svg>".encode()


def cleaned(data: bytes) -> str:
    picture, problems = check_image("a.svg", data, SPAN)
    assert [problem for problem in problems if problem.severity is not Severity.INFO] == []
    assert picture is not None
    assert picture.media_type == "image/svg+xml"
    return picture.data.decode()


def test_a_drawing_keeps_all_that_is_drawn() -> None:
    inside = """<title>Map &amp; key</title><desc>Two “roads”</desc>
    <defs><linearGradient id="g"><stop offset="0" stop-color="#fff"/><stop offset="1"/></linearGradient>
    <clipPath id="c"><rect width="4" height="4"/></clipPath><marker id="m"><path d="M0 0L1 1"/></marker></defs>
    <style>.road &gt; path { fill: none; stroke: black } /* note */ @media print { .road { opacity: 1 } }</style>
    <g class="road" clip-path="url(#c)" transform="rotate(3)"><path d="M0 0 L9 9" marker-end="url( '#m' )"/></g>
    <text x="1" y="2" xml:space="preserve" lang="hy">  <tspan dy="1"/></text>
    <use xlink:href="#m" x="3"/><use href="#m"/><circle r="2" fill="url(#g)" style="fill:url(&quot;#g&quot;);opacity:.5"/>"""
    before = ET.fromstring(drawing(inside))
    after = ET.fromstring(cleaned(drawing(inside)))

    def shape(element: ET.Element) -> object:
        text = re.sub(r"/\*.*?\*/", " ", element.text or "") if element.tag.endswith("style") else element.text
        return element.tag, dict(element.attrib), text, element.tail, [shape(child) for child in element]

    assert shape(after) == shape(before)
    assert cleaned(cleaned(drawing(inside)).encode()) == cleaned(drawing(inside))


def test_a_drawing_of_usual_programs_passes_without_what_they_note() -> None:
    data = f"""<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<!-- Created by {SECRET.decode()} with Inkscape -->
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
<svg xmlns="http://www.w3.org/2000/svg" xmlns:sodipodi="http://sodipodi.example/" xmlns:inkscape="http://inkscape.example/"
 xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" width="10mm" height="10mm" viewBox="0 0 10 10" version="1.1"
 sodipodi:docname="/home/anna/{SECRET.decode()}.svg" inkscape:export-filename="/home/anna/x.png" enable-background="new">
 <sodipodi:namedview id="base"><inkscape:page/></sodipodi:namedview>
 <metadata><rdf:RDF><rdf:li>{SECRET.decode()}</rdf:li></rdf:RDF></metadata>
 <g inkscape:label="Layer 1" data-name="{SECRET.decode()}"><rect width="3" height="3"/></g>
</svg>""".encode()
    picture, problems = check_image("a.svg", data, SPAN)
    assert codes(problems) == ["image-metadata"]
    assert picture is not None
    for secret in (SECRET, b"anna", b"inkscape", b"DOCTYPE", b"metadata", b"rdf", b"data-name"):
        assert secret not in picture.data
    assert b'<rect width="3" height="3">' in picture.data


LAUGHS = '<!DOCTYPE svg [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
UNSAFE = {
    "entity": drawing("<text>&b;</text>", LAUGHS),
    "external entity": drawing("<text>&x;</text>", '<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
    "parameter entity": drawing("", '<!DOCTYPE svg [<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;]>'),
    "foreign doctype": drawing("", '<!DOCTYPE svg SYSTEM "file:///etc/passwd">'),
    "unknown entity": drawing(
        "<title>a&nbsp;b</title>", '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/svg11.dtd">'
    ),
    "stylesheet": drawing("", '<?xml-stylesheet href="file:///etc/passwd"?>'),
    "script": drawing("<script>alert(1)</script>"),
    "handler": drawing('<rect onclick="alert(1)"/>'),
    "handler in capitals": drawing('<rect ONLOAD="alert(1)"/>'),
    "foreign object": drawing("<foreignObject><p xmlns='http://www.w3.org/1999/xhtml'>x</p></foreignObject>"),
    "animation": drawing('<rect><animate attributeName="x"/></rect>'),
    "image of a file": drawing('<image xlink:href="file:///etc/passwd"/>'),
    "image of an address": drawing('<image href="https://book.invalid/x.png"/>'),
    "image inside": drawing('<image href="data:image/png;base64,AAAA"/>'),
    "use of a file": drawing('<use xlink:href="../secret.svg#a"/>'),
    "use of an address": drawing('<use href="https://book.invalid/x.svg#a"/>'),
    "use of data": drawing('<use href="data:image/svg+xml,x#a"/>'),
    "link": drawing('<a href="javascript:alert(1)"><rect/></a>'),
    "gradient of a file": drawing('<linearGradient href="file:///etc/passwd#a"/>'),
    "fill of an address": drawing('<rect fill="url(https://book.invalid/x#a)"/>'),
    "fill with quotes": drawing("<rect fill=\"url( 'file:///etc/passwd' )\"/>"),
    "url without an end": drawing('<rect fill="url(file:///etc/passwd"/>'),
    "style of an address": drawing('<rect style="fill:url(//book.invalid/x)"/>'),
    "style with an escape": drawing(r'<rect style="fill:\75rl(file:///etc/passwd)"/>'),
    "style element": drawing("<style>rect { fill: url(https://book.invalid/x) }</style>"),
    "style element, CDATA": drawing("<style><![CDATA[@import 'file:///etc/passwd';]]></style>"),
    "style element, comment": drawing(
        "<style>rect { fill: ur/**/l(file:///etc/passwd); x: u/* */rl(y) } @im/**/port 'x';</style>"
    ),
    "style element, import in capitals": drawing("<style>@IMPORT 'x';</style>"),
    "font": drawing("<style>@font-face { font-family: x; src: url(x.ttf) }</style>"),
    "image-set": drawing("<style>rect { fill: image-set('x.png' 1x) }</style>"),
    "base": drawing('<use href="#a"/>', attributes='xml:base="file:///etc/"'),
    "itself": drawing('<g id="a"><use href="#a"/></g>'),
    "itself by two": drawing('<g id="a"><use href="#b"/></g><g id="b"><use xlink:href="#a"/></g>'),
    "itself by a gradient": drawing('<linearGradient id="a" href="#b"/><linearGradient id="b" href="#a"/>'),
    "itself by a pattern": drawing('<pattern id="a"><rect fill="url(#a)"/></pattern><rect fill="url(#a)"/>'),
    "doubling": drawing(
        '<rect id="a0"/>'
        + "".join(f'<g id="a{n}"><use href="#a{n - 1}"/><use href="#a{n - 1}"/></g>' for n in range(1, 25))
    ),
    "patterns in patterns": drawing(
        '<pattern id="p0"><rect/></pattern>'
        + "".join(f'<pattern id="p{n}">' + f'<rect fill="url(#p{n - 1})"/>' * 10 + "</pattern>" for n in range(1, 9))
        + '<rect fill="url(#p8)"/>'
    ),
    "markers on every point": drawing(
        f'<marker id="m">{"<rect/>" * 500}</marker><path marker-mid="url(#m)" d="M{" 1 1" * 5000}"/>'
    ),
    "nesting": drawing("<g>" * 5000 + "</g>" * 5000),
    "attributes": drawing("<rect " + " ".join(f'data-a{n}="x"' for n in range(20_000)) + "/>"),
}


@pytest.mark.hostile
@pytest.mark.parametrize("data", UNSAFE.values(), ids=UNSAFE.keys())
def test_a_drawing_that_could_do_harm_is_refused(data: bytes) -> None:
    problem = fault("a.svg", data)
    assert problem.code == "svg-unsafe", problem.message
    assert b"passwd" not in data or "root:" not in problem.message


@pytest.mark.hostile
@pytest.mark.parametrize(
    "inside",
    [
        '<filter id="f"><feGaussianBlur stdDeviation="3"/></filter>',
        '<linearGradient id="g" spreadMethod="repeat" x2="0.00001"/>',
        '<rect style="--a: 1; width: calc(3px)"/>',
        '<rect style="fill: var(--a)"/>',
        "<unheardOf/>",
        '<style type="text/less">a</style>',
    ],
)
def test_what_not_every_edition_can_show_is_named(inside: str) -> None:
    assert fault("a.svg", drawing(inside)).code == "svg-unsupported"


def test_a_drawing_with_words_is_one_error_that_names_it() -> None:
    inside = "<title>Chart</title><desc>All</desc><g><text>1992</text><text>Արցախ <tspan>1 &lt; 2</tspan></text></g>"
    picture, problems = check_image("a.svg", drawing(inside), SPAN)
    assert picture is None
    assert [(p.code, p.severity, p.span) for p in problems] == [("svg-text", Severity.ERROR, SPAN)]
    assert "`a.svg`" in problems[0].message
    assert "“1992”" in problems[0].message
    assert fault("a.svg", drawing('<path id="p"/><text><textPath href="#p">round</textPath></text>')).code == "svg-text"


def test_an_attribute_that_editions_leave_out_is_a_warning() -> None:
    picture, problems = check_image("a.svg", drawing('<rect width="3" speed="9"/>'), SPAN)
    assert picture is not None
    assert b"speed" not in picture.data
    assert [(p.code, p.severity) for p in problems] == [("svg-unsupported", Severity.WARNING)]
    assert "`speed`" in problems[0].message


@pytest.mark.parametrize(
    "data",
    [
        drawing("<g>"),
        drawing("")[:-3],
        b"<svg viewBox='0 0 1 1'><rect/></svg>",
        drawing("<text>\xe9</text>").replace("é".encode(), b"\xe9"),
        b'<?xml version="1.0" encoding="ISO-8859-1"?>' + drawing(""),
        b'<?xml version="1.0" encoding="nothing"?>' + drawing(""),
        b"<html><svg></svg></html>",
        drawing("\0"),
        drawing("&undeclared;"),
        drawing("&#xD800;"),
        drawing("<style>a { fill: red } /* open</style>"),
    ],
    ids=[
        "open",
        "cut",
        "no namespace",
        "latin-1",
        "says latin-1",
        "says nothing",
        "html",
        "nul",
        "undeclared",
        "surrogate",
        "comment",
    ],
)
def test_a_drawing_that_is_not_xml_is_named(data: bytes) -> None:
    assert fault("a.svg", data).code == "image-broken"


def test_a_large_but_honest_drawing_passes() -> None:
    roads = "".join(f'<path class="r" d="M{n} 0L{n} 9" fill="url(#g{n % 50})"/>' for n in range(12_000))
    gradients = "".join(f'<linearGradient id="g{n}"><stop offset="0"/></linearGradient>' for n in range(50))
    assert cleaned(drawing(f"{gradients}{roads}")).count("<path") == 12_000


@pytest.mark.hostile
@settings(deadline=None)
@given(st.binary(max_size=400))
def test_whatever_stands_in_a_drawing_it_is_clean_or_named(junk: bytes) -> None:
    data = HEAD.encode() + b">" + junk + b"</svg>"
    picture, problems = check_image("a.svg", data, SPAN)
    assert (picture is None) == any(problem.severity is Severity.ERROR for problem in problems)
    if picture is not None:
        ET.fromstring(picture.data)
        assert check_image("a.svg", picture.data, SPAN)[0] == picture


PIECES = (
    "<g> </g> <use\u00a0href='#a'/> <g\u00a0id='a'> <script> </script> <!-- --> <![CDATA[ ]]> <style> </style> url( #a) \\ @import "
    "/* */ &amp; &lt; <rect\u00a0fill='url(#a)'/> x <image\u00a0href='x'/> <?xml-a?> expression( ' \""
).split(" ")
PIECES = [piece.replace("\u00a0", " ") for piece in PIECES]


@pytest.mark.hostile
@settings(deadline=None, max_examples=200)
@given(st.lists(st.sampled_from(PIECES), max_size=14))
def test_nothing_that_leads_outside_survives(parts: list[str]) -> None:
    picture, _ = check_image("a.svg", drawing("".join(parts)), SPAN)
    if picture is not None:
        root = ET.fromstring(picture.data)
        for element in root.iter():
            assert element.tag.rpartition("}")[2] in ("svg", "g", "use", "style", "rect")
            styled = (element.text or "") if element.tag.endswith("}style") else ""
            assert not re.search(r"@import|\\|/\*|expression\(|url\((?!#a\))", styled)
            assert all(value.startswith("#") for key, value in element.attrib.items() if key.endswith("href"))


def test_the_same_drawing_gives_the_same_bytes() -> None:
    assert cleaned(drawing("<g/>")) == cleaned(drawing("<g></g>"))
    assert base64.b16encode(cleaned(drawing("<g/>")).encode()).isascii()
