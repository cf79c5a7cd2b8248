"""Members come in, the bytes of a zip go out: the same everywhere, for the same members in the same order.

Every header is written here, byte by byte. The stream of a member is zlib's, which differs from one build of
zlib to the next; for a release it is zopfli's, which comes with its own code and is the same on every machine.
Across machines with other zlibs `content_digest` is the same.
"""

from __future__ import annotations

import hashlib
import io
import struct
import zipfile
import zlib
from datetime import UTC, datetime

from zopfli.zopfli import compress as zopfli

EARLIEST = 315_532_800
"""1980-01-01: a zip knows no earlier time."""
LATEST = 4_354_819_198
"""2107-12-31 23:59:58: a zip knows no later time."""

LARGEST = 0xFFFF_FFFE
"""Bytes that a member and the whole may have, and more than any reading system opens: no zip64 is written."""

_STORED = frozenset({"jpg", "jpeg", "png", "gif", "webp", "woff", "woff2", "mp3", "mp4"})
_MADE_ON_UNIX = 3 << 8 | 20
_MODE = 0o100644 << 16
_UTF8 = 0x800
_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")


def moment(epoch: int) -> datetime:
    """Return the time that a package carries: UTC, within what a zip can say, in even seconds."""
    seconds = min(max(epoch, EARLIEST), LATEST)
    return datetime.fromtimestamp(seconds - seconds % 2, UTC)


class Archive:
    """A zip whose bytes depend on nothing but its members and `epoch`; a name used twice raises.

    It has the method of `zipfile.ZipFile` that EbookLib's writer calls. `release` takes zopfli: about a hundred
    times as long, a few per cent smaller.
    """

    def __init__(self, epoch: int, release: bool = False) -> None:
        self._body = io.BytesIO()
        self._directory = io.BytesIO()
        self._names: set[bytes] = set()
        self._release = release
        time = moment(epoch)
        self._date = (time.year - 1980) << 9 | time.month << 5 | time.day
        self._time = time.hour << 11 | time.minute << 5 | time.second // 2

    def writestr(self, name: str, data: bytes | str) -> None:
        """Add a member; what is already compressed, and `mimetype`, is stored."""
        path = name.encode()
        if path in self._names:
            raise ValueError(f"two members of the package have the name {name!r}")
        self._names.add(path)
        content = data.encode() if isinstance(data, str) else data
        stored = name == "mimetype" or name.rpartition(".")[2].lower() in _STORED
        packed = content if stored else self._deflated(content)
        start = self._body.tell()
        if max(len(content), len(packed), start) > LARGEST or len(self._names) > 0xFFFE:
            raise ValueError("the package is larger than a reading system can open")
        fields = (
            20,
            0 if name.isascii() else _UTF8,
            zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED,
            self._time,
            self._date,
            zlib.crc32(content),
            len(packed),
            len(content),
            len(path),
            0,
        )
        self._body.write(_LOCAL.pack(b"PK\3\4", *fields) + path + packed)
        self._directory.write(_CENTRAL.pack(b"PK\1\2", _MADE_ON_UNIX, *fields, 0, 0, 0, _MODE, start) + path)

    def _deflated(self, content: bytes) -> bytes:
        if self._release:
            return bytes(zopfli(content, numiterations=1)[2:-4])  # without what makes the stream a zlib one
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        return packer.compress(content) + packer.flush()

    def close(self) -> bytes:
        """Finish the zip and return its bytes."""
        start, directory = self._body.tell(), self._directory.getvalue()
        count = len(self._names)
        self._body.write(directory + _END.pack(b"PK\5\6", 0, 0, count, count, len(directory), start, 0))
        return self._body.getvalue()


def content_digest(epub: bytes) -> str:
    """Return what is the same for the same content, whoever packed it: SHA-256 over all names and contents.

    Raises `zipfile.BadZipFile` when the bytes are no zip.
    """
    digest = hashlib.sha256()
    with zipfile.ZipFile(io.BytesIO(epub)) as archive:
        for info in sorted(archive.infolist(), key=lambda info: info.filename):
            digest.update(f"{hashlib.sha256(archive.read(info)).hexdigest()}  {info.filename}\n".encode())
    return digest.hexdigest()
