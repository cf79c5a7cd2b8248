"""The bytes of a picture come in; a picture that every edition can show goes out, or the reason why not.

What a picture is, is told by its content. It must be whole (it is decoded to the last dot), of a
size that a page can use, and it says nothing of who took it, where and with what: EXIF, XMP, IPTC and
comments are cut out without touching a dot. An SVG is written anew from what is known to be harmless.
"""

from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from io import BytesIO

from PIL import Image, ImageFile

from pipeline.build.drawing import Fault, clean_drawing
from pipeline.source import Problem, Severity, Span

PIXELS = 50_000_000
SIZE = 64_000_000
SVG_SIZE = 2_000_000
SCANS = 100
"""Scans of a JPEG: each goes over all of its dots, and cameras make about ten."""

MEDIA_TYPES = {
    "PNG": "image/png",
    "JPEG": "image/jpeg",
    "GIF": "image/gif",
    "WebP": "image/webp",
    "SVG": "image/svg+xml",
}
ENDINGS = {
    "PNG": (".png",),
    "JPEG": (".jpg", ".jpeg"),
    "GIF": (".gif",),
    "WebP": (".webp",),
    "SVG": (".svg",),
}


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture fit for editions. `width` and `height` are in dots; 0 for an SVG, which has none."""

    path: str
    media_type: str
    data: bytes
    width: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True)
class _Parts:
    """What a format's reader found: the picture without what it says of its maker, and its size."""

    data: bytes
    width: int
    height: int
    told: tuple[str, ...]


class _Cut(Exception):
    """The picture ends before it should."""


class _Broken(Exception):
    """The picture contradicts itself; says how."""


def check_image(path: str, data: bytes, span: Span | None = None) -> tuple[Picture | None, tuple[Problem, ...]]:
    """Return the picture as editions may carry it, and what is wrong with it at the place that shows it.

    The picture is None when an error was found. Metadata that was cut out is only told of.
    """
    form = _form(data)
    problem = _wrong_type(path, data, form, span) or _too_large(path, data, form, span)
    if problem is not None:
        return None, (problem,)
    if form == "SVG":
        return _check_drawing(path, data, span)
    try:
        parts = _READERS[form](data)
        if parts.width * parts.height > PIXELS:
            return None, (_too_many_dots(path, parts, span),)
        inks = _decode(form, parts)
        if inks:
            parts = replace(parts, data=_in_light(parts.data))
    except _Cut:
        return None, (
            Problem(
                "image-truncated",
                f"the picture `{path}` is not whole: its last part is missing",
                span,
                "copy or download it again",
            ),
        )
    except _Broken as error:
        return None, (
            Problem("image-broken", f"the picture `{path}` cannot be read: {error}", span, "open it and save it again"),
        )
    picture = Picture(path, MEDIA_TYPES[form], parts.data, parts.width, parts.height)
    found = _metadata(path, parts.told, span)
    return picture, (*found, _inks(path, span)) if inks else found


def _inks(path: str, span: Span | None) -> Problem:
    return Problem(
        "image-inks",
        f"the picture `{path}` is given in printing inks (CMYK); editions carry it in the colours of a screen",
        span,
        "save it in RGB yourself if you want to see its colours first",
        Severity.INFO,
    )


def _metadata(path: str, told: tuple[str, ...], span: Span | None) -> tuple[Problem, ...]:
    if not told:
        return ()
    listed = ", ".join(dict.fromkeys(told))
    return (
        Problem(
            "image-metadata",
            f"the picture `{path}` tells more than it shows: {listed}; editions leave that out",
            span,
            severity=Severity.INFO,
        ),
    )


# Kinds --------------------------------------------------------------------------------------

_FOREIGN = (
    (b"II*\0", "a TIFF picture"),
    (b"MM\0*", "a TIFF picture"),
    (b"BM", "a BMP picture"),
    (b"%PDF", "a PDF"),
    (b"%!PS", "a PostScript drawing"),
    (b"\xc5\xd0\xd3\xc6", "a PostScript drawing"),
    (b"8BPS", "a Photoshop picture"),
    (b"\x1f\x8b", "a compressed file (SVGZ?)"),
    (b"\0\0\1\0", "an icon"),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000 picture"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"PK\3\4", "a ZIP archive"),
)


def _form(data: bytes) -> str:
    """Return the format of a picture by its content, or ""."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "WebP"
    head = data[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    if head.startswith(b"<") and (b"<svg" in data[:65_536] or b":svg" in data[:65_536]):
        return "SVG"
    return ""


def _foreign(data: bytes) -> str:
    if data[4:8] == b"ftyp":
        return "an AVIF or HEIC picture"
    for sign, name in _FOREIGN:
        if data.startswith(sign):
            return name
    return "no picture" if data else "empty"


def _wrong_type(path: str, data: bytes, form: str, span: Span | None) -> Problem | None:
    if not form:
        return Problem(
            "image-type",
            f"`{path}` is {_foreign(data)}, and editions carry PNG, JPEG, GIF, WebP and SVG",
            span,
            "save it as PNG (drawings, writing) or JPEG (photographs)",
        )
    if not path.lower().endswith(ENDINGS[form]):
        return Problem(
            "image-type",
            f"`{path}` is a {form} picture, which its name does not say",
            span,
            f"let its name end in `{ENDINGS[form][0]}`, here and on disk",
        )
    return None


def _too_large(path: str, data: bytes, form: str, span: Span | None) -> Problem | None:
    limit = SVG_SIZE if form == "SVG" else SIZE
    if len(data) <= limit:
        return None
    return Problem(
        "image-too-large",
        f"the picture `{path}` has {len(data):,} bytes, more than the {limit:,} allowed",
        span,
        "save it smaller; no page needs more than 300 dots an inch",
    )


def _too_many_dots(path: str, parts: _Parts, span: Span | None) -> Problem:
    return Problem(
        "image-too-large",
        f"the picture `{path}` has {parts.width:,} × {parts.height:,} dots, more than the {PIXELS:,} allowed",
        span,
        "save it smaller; no page needs more than 300 dots an inch",
    )


# Decoding -----------------------------------------------------------------------------------


@contextmanager
def _strict() -> Iterator[None]:
    """Let Pillow refuse what is not whole: WeasyPrint 70 tells it, for the whole process, to put up with it."""
    before = ImageFile.LOAD_TRUNCATED_IMAGES
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = before


def _decode(form: str, parts: _Parts) -> bool:
    """Decode every dot of (the first frame of) a picture, and say whether it is given in printing inks.

    What had been told was cut out before.
    """
    try:
        with _strict(), Image.open(BytesIO(parts.data), formats=[form.upper()]) as image:
            if image.size != (parts.width, parts.height):
                raise _Broken("its size is not what it says")
            image.load()
            return image.mode == "CMYK"
    except (_Broken, _Cut):
        raise
    except Exception as error:
        # Pillow raises a dozen kinds, from struct.error to SyntaxError.
        words = str(error).lower()
        if "truncated" in words or "not enough" in words or "premature" in words or "incomplete" in words:
            raise _Cut from error
        raise _Broken("its dots make no sense") from error
    except MemoryError as error:
        raise _Broken("it needs more memory than there is") from error


def _in_light(data: bytes) -> bytes:
    """Return a JPEG in inks as one in red, green and blue, by its own profile where it has one.

    PDF/A takes inks only where the file names a printing condition (ISO 19005-2, 6.2.4.3), and readers of EPUB show them
    wrong, or not at all.
    """
    target = BytesIO()
    with Image.open(BytesIO(data), formats=["JPEG"]) as image:
        seen = image.convert("RGB")
        if profile := image.info.get("icc_profile"):
            from PIL import ImageCms  # noqa: PLC0415 few pictures need it

            with suppress(ImageCms.PyCMSError):
                light = ImageCms.createProfile("sRGB")
                seen = ImageCms.profileToProfile(image, BytesIO(profile), light, outputMode="RGB") or seen
        exif = image.info.get("exif", b"")
        seen.save(target, "JPEG", quality=95, subsampling=0, icc_profile=None, **({"exif": exif} if exif else {}))
    return target.getvalue()


def _turn(exif: bytes) -> tuple[int, str]:
    """Return how a picture is to be turned (1 to 8, as EXIF counts), and what its EXIF tells."""
    found = Image.Exif()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found.load(exif)
            turn = found.get(0x0112, 1)
            told = "EXIF with the place where it was taken" if 0x8825 in found else "EXIF"
    except Exception:  # noqa: BLE001 whatever is wrong with it, it is cut out
        return 1, "EXIF"
    return (turn if isinstance(turn, int) and 1 <= turn <= 8 else 1), told


def _only_turn(turn: int) -> bytes:
    """Return an EXIF block (TIFF, little-endian) that says nothing but how to turn the picture."""
    return b"II*\0" + struct.pack("<IHHHIHHI", 8, 1, 0x0112, 3, 1, turn, 0, 0)


# PNG (W3C PNG, third edition) -----------------------------------------------------------------

_PNG_KEPT = frozenset(
    b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP sBIT bKGD hIST pHYs sPLT cICP mDCV cLLI acTL fcTL fdAT".split()
)
_PNG_TOLD = {b"tEXt": "text", b"zTXt": "text", b"iTXt": "text or XMP", b"caBX": "content credentials"}


def _read_png(data: bytes) -> _Parts:
    kept = [data[:8]]
    told: list[str] = []
    at = 8
    width = height = 0
    first = True
    while True:
        if at + 12 > len(data):
            raise _Cut
        (length,) = struct.unpack_from(">I", data, at)
        kind = data[at + 4 : at + 8]
        end = at + 12 + length
        if end > len(data):
            raise _Cut
        body = data[at + 8 : end - 4]
        if zlib.crc32(data[at + 4 : end - 4]) != struct.unpack_from(">I", data, end - 4)[0]:
            raise _Broken("a part of it does not match its checksum")
        if first:
            if kind != b"IHDR" or length != 13:
                raise _Broken("it has no header")
            width, height = struct.unpack_from(">II", body)
            first = False
        if kind == b"eXIf":
            turn, words = _turn(body)
            told.append(words)
            if turn != 1:
                kept.append(_png_chunk(b"eXIf", _only_turn(turn)))
        elif kind in _PNG_KEPT or not kind[0] & 0x20:
            kept.append(data[at:end])  # a critical part that nobody knows is for the decoder to refuse
        elif kind in _PNG_TOLD:
            told.append("XMP" if body.startswith(b"XML:com.adobe.xmp") else _PNG_TOLD[kind])
        if kind == b"IEND":
            return _Parts(b"".join(kept), width, height, tuple(told))
        at = end


def _png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


# JPEG (ITU-T T.81, T.872) ---------------------------------------------------------------------

_JPEG_FRAMES = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})
_JPEG_TABLES = frozenset({0xC4, 0xCC, 0xDB, 0xDD, 0xDC, 0xDE, 0xDF})
SOI, EOI, SOS, COM = 0xD8, 0xD9, 0xDA, 0xFE


def _read_jpeg(data: bytes) -> _Parts:
    kept = [data[:2]]
    told: list[str] = []
    at = 2
    width = height = scans = 0
    while True:
        while at < len(data) and data[at] != 0xFF:
            at += 1  # dirt between parts, which decoders pass over
        while at < len(data) and data[at] == 0xFF:
            at += 1
        if at >= len(data):
            raise _Cut
        marker = data[at]
        at += 1
        if marker == EOI:
            kept.append(b"\xff\xd9")
            break
        if marker == 0 or marker == SOI or 0xD0 <= marker <= 0xD7 or marker == 1:
            continue
        if at + 2 > len(data):
            raise _Cut
        (length,) = struct.unpack_from(">H", data, at)
        end = at + length
        if length < 2:
            raise _Broken("a part of it has no length")
        if end > len(data):
            raise _Cut
        body = data[at + 2 : end]
        segment = b"\xff" + bytes([marker]) + data[at:end]
        if marker in _JPEG_FRAMES:
            if len(body) < 6 or width:
                raise _Broken("it has no clear size")
            height, width = struct.unpack_from(">HH", body, 1)
            if not (width and height):
                raise _Broken("it has no size")
        if marker == SOS:
            scans += 1
            if scans > SCANS:
                raise _Broken(f"it is written in more than {SCANS} layers")
            end = _end_of_scan(data, end)
            kept.append(segment + data[at + length : end])
        elif marker in _JPEG_FRAMES or marker in _JPEG_TABLES:
            kept.append(segment)
        else:
            kept.extend(_jpeg_extra(marker, body, segment, told))
        at = end
    if not scans or not width:
        raise _Broken("it holds no picture")
    return _Parts(b"".join(kept), width, height, tuple(told))


def _jpeg_extra(marker: int, body: bytes, segment: bytes, told: list[str]) -> Iterator[bytes]:
    """Give what colours need of the parts that applications add, and note what the others tell."""
    if marker == 0xE0 and body.startswith(b"JFIF\0"):
        # Its thumbnail goes too: it may show what was cut off later.
        yield b"\xff\xe0\0\x10" + body[:12] + b"\0\0" if len(body) >= 14 else segment
    elif (marker == 0xE2 and body.startswith(b"ICC_PROFILE\0")) or (marker == 0xEE and body.startswith(b"Adobe")):
        yield segment
    elif marker == 0xE1 and body.startswith(b"Exif\0"):
        turn, words = _turn(body)
        told.append(words)
        if turn != 1:
            exif = b"Exif\0\0" + _only_turn(turn)
            yield b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif
    elif marker == 0xE1 and body.startswith(b"http://ns.adobe.com/"):
        told.append("XMP")
    elif marker == 0xED:
        told.append("IPTC")
    elif marker == COM:
        told.append("a comment")
    elif 0xE0 <= marker <= 0xEF and not body.startswith((b"JFXX\0", b"MPF\0", b"Ducky")):
        told.append("notes of an application")


def _end_of_scan(data: bytes, at: int) -> int:
    """Return where the next marker stands after the coded dots that begin here."""
    while True:
        at = data.find(b"\xff", at)
        if at < 0 or at + 1 >= len(data):
            raise _Cut
        if data[at + 1] != 0 and not 0xD0 <= data[at + 1] <= 0xD7 and data[at + 1] != 0xFF:
            return at
        at += 1 if data[at + 1] == 0xFF else 2


# GIF (89a) ------------------------------------------------------------------------------------


def _read_gif(data: bytes) -> _Parts:
    if len(data) < 13:
        raise _Cut
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    if not (width and height):
        raise _Broken("it has no size")
    at = 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
    kept = [data[:at]]
    told: list[str] = []
    frames = 0
    while True:
        if at >= len(data):
            raise _Cut
        start, sign = at, data[at]
        if sign == 0x3B:
            break
        if sign == 0x21:
            if at + 2 > len(data):
                raise _Cut
            label = data[at + 1]
            name = data[at + 3 : at + 14]
            at = _end_of_blocks(data, at + 2)
            if label == 0xFE:
                told.append("a comment")
            elif label == 0xFF and name not in (b"NETSCAPE2.0", b"ANIMEXTS1.0", b"ICCRGBG1012"):
                told.append("XMP" if name.startswith(b"XMP Data") else "notes of an application")
            else:
                kept.append(data[start:at])
        elif sign == 0x2C:
            if at + 11 > len(data):
                raise _Cut
            flags = data[at + 9]
            at = _end_of_blocks(data, at + 11 + (3 << (flags & 7) + 1 if flags & 0x80 else 0))
            kept.append(data[start:at])
            frames += 1
        else:
            raise _Broken("a part of it has no meaning")
    if not frames:
        raise _Broken("it holds no picture")
    return _Parts(b"".join(kept) + b";", width, height, tuple(told))


def _end_of_blocks(data: bytes, at: int) -> int:
    while True:
        if at >= len(data):
            raise _Cut
        size = data[at]
        at += 1 + size
        if size == 0:
            return at


# WebP (RFC 9649) ------------------------------------------------------------------------------

_VP8X_ICC, _VP8X_EXIF, _VP8X_XMP = 0x20, 0x08, 0x04


def _read_webp(data: bytes) -> _Parts:
    (size,) = struct.unpack_from("<I", data, 4)
    if size + 8 > len(data):
        raise _Cut
    chunks: list[tuple[bytes, bytes]] = []
    told: list[str] = []
    at, turn = 12, 1
    while at + 8 <= size + 8:
        kind = data[at : at + 4]
        (length,) = struct.unpack_from("<I", data, at + 4)
        if at + 8 + length > size + 8:
            raise _Cut
        body = data[at + 8 : at + 8 + length]
        at += 8 + length + (length & 1)
        if kind == b"EXIF":
            turn, words = _turn(body)
            told.append(words)
            if turn != 1:
                chunks.append((kind, _only_turn(turn)))
        elif kind == b"XMP ":
            told.append("XMP")
        elif kind in (b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"):
            chunks.append((kind, body))
        else:
            told.append("notes of an application")
    if not chunks:
        raise _Broken("it holds no picture")
    kind, body = chunks[0]
    if kind == b"VP8X" and len(body) >= 10:
        flags = body[0] & ~_VP8X_XMP & (0xFF if turn != 1 else ~_VP8X_EXIF)
        chunks[0] = (kind, bytes([flags]) + body[1:])
        width, height = (1 + int.from_bytes(body[start : start + 3], "little") for start in (4, 7))
    elif kind == b"VP8 " and body[3:6] == b"\x9d\x01\x2a" and len(body) >= 10:
        width, height = (value & 0x3FFF for value in struct.unpack_from("<HH", body, 6))
    elif kind == b"VP8L" and body[:1] == b"\x2f" and len(body) >= 5:
        (bits,) = struct.unpack_from("<I", body, 1)
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    else:
        raise _Broken("it has no header")
    inside = b"".join(kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) & 1) for kind, body in chunks)
    return _Parts(b"RIFF" + struct.pack("<I", len(inside) + 4) + b"WEBP" + inside, width, height, tuple(told))


_READERS: dict[str, Callable[[bytes], _Parts]] = {
    "PNG": _read_png,
    "JPEG": _read_jpeg,
    "GIF": _read_gif,
    "WebP": _read_webp,
}


# SVG ------------------------------------------------------------------------------------------


def _check_drawing(path: str, data: bytes, span: Span | None) -> tuple[Picture | None, tuple[Problem, ...]]:
    cleaned, faults, told = clean_drawing(data)
    codes = {
        Fault.BROKEN: ("image-broken", "open it in a drawing program and save it again", Severity.ERROR),
        Fault.UNSAFE: ("svg-unsafe", "save it as plain SVG, without scripts, links and linked files", Severity.ERROR),
        Fault.UNSUPPORTED: ("svg-unsupported", "turn it into plain shapes in a drawing program", Severity.ERROR),
        Fault.WORDS: ("svg-text", "turn its words into outlines (paths) in a drawing program", Severity.ERROR),
        Fault.IGNORED: ("svg-unsupported", "take it out, or see whether the picture looks right", Severity.WARNING),
    }
    problems: list[Problem] = []
    for fault, words in dict.fromkeys(faults):
        code, hint, severity = codes[fault]
        problems.append(Problem(code, f"the drawing `{path}` {words}", span, hint, severity))
    if cleaned is None:
        return None, tuple(problems)
    return Picture(path, MEDIA_TYPES["SVG"], cleaned), (*problems, *_metadata(path, told, span))
