"""Members come in, the bytes of a zip go out: the same everywhere, for the same members in the same order."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime

EARLIEST = 315_532_800
"""1980-01-01: a zip knows no earlier time."""
LATEST = 4_354_819_198
"""2107-12-31 23:59:58: a zip knows no later time."""

_STORED = frozenset({"jpg", "jpeg", "png", "gif", "webp", "woff", "woff2", "mp3", "mp4"})


def moment(epoch: int) -> datetime:
    """Return the time that a package carries: UTC, within what a zip can say, in even seconds."""
    seconds = min(max(epoch, EARLIEST), LATEST)
    return datetime.fromtimestamp(seconds - seconds % 2, UTC)


class Archive:
    """A zip whose bytes depend on nothing but its members and `epoch`; a name used twice raises.

    It has the two methods of `zipfile.ZipFile` that EbookLib's writer calls.
    """

    def __init__(self, epoch: int) -> None:
        self._buffer = io.BytesIO()
        self._zip = zipfile.ZipFile(self._buffer, "w", allowZip64=True)
        time = moment(epoch)
        self._time = (time.year, time.month, time.day, time.hour, time.minute, time.second)

    def writestr(self, name: str, data: bytes | str) -> None:
        """Add a member; what is already compressed, and `mimetype`, is stored."""
        if name in self._zip.NameToInfo:
            raise ValueError(f"two members of the package have the name {name!r}")
        member = zipfile.ZipInfo(name, self._time)
        member.create_system = 3  # Unix, wherever it is built
        member.external_attr = 0o100644 << 16
        stored = name == "mimetype" or name.rpartition(".")[2].lower() in _STORED
        member.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
        content = data.encode() if isinstance(data, str) else data
        self._zip.writestr(member, content, compresslevel=None if stored else 9)

    def close(self) -> bytes:
        """Finish the zip and return its bytes."""
        self._zip.close()
        return self._buffer.getvalue()
