"""The fonts of the house are the files that the lock names, and may be embedded."""

from __future__ import annotations

import hashlib
import re
import tomllib
import warnings
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from fontTools.ttLib import TTFont

STYLES = Path(__file__).resolve().parents[1] / "styles"
FONTS = STYLES / "fonts"
LOCK: dict[str, Any] = tomllib.loads((FONTS / "fonts.lock").read_text("utf-8"))
FACES: list[dict[str, Any]] = LOCK["font"]

RESTRICTED, BITMAP_ONLY = 0x0002, 0x0200
"""Bits of OS/2 fsType that forbid embedding outlines (OpenType specification, OS/2)."""


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_lock_and_folder_hold_the_same_fonts() -> None:
    assert sorted(face["file"] for face in FACES) == sorted(path.name for path in FONTS.glob("*.*tf"))


def test_every_origin_has_its_licence_beside_the_fonts() -> None:
    for origin in LOCK["origin"].values():
        licence = FONTS / origin["license"]
        assert sha256(licence) == origin["license-sha256"]
        assert "SIL Open Font License" in licence.read_text("utf-8")
    assert {face["origin"] for face in FACES} == set(LOCK["origin"])


@pytest.mark.parametrize("face", FACES, ids=lambda face: str(face["file"]))
def test_font_is_the_locked_static_truetype_and_may_be_embedded(face: dict[str, Any]) -> None:
    data = (FONTS / face["file"]).read_bytes()
    assert hashlib.sha256(data).hexdigest() == face["sha256"]
    font = TTFont(BytesIO(data), checkChecksums=2)
    for tag in sorted(font.reader.tables):
        assert font.reader[tag], tag  # raises where the checksum of the table is wrong
    assert "glyf" in font
    assert "CFF " not in font
    assert "CFF2" not in font
    assert "fvar" not in font
    assert "GSUB" in font
    assert "GPOS" in font
    os2 = font["OS/2"]
    assert os2.fsType & (RESTRICTED | BITMAP_ONLY) == 0
    assert os2.usWeightClass == face["weight"]
    assert bool(os2.fsSelection & 1) == (face["style"] == "italic")


def test_style_sheet_offers_every_locked_face_under_its_own_name() -> None:
    css = (STYLES / "fonts.css").read_text("utf-8")
    rules = re.findall(
        r'@font-face \{\s*font-family: "([^"]+)";\s*src: url\(fonts/([^)]+)\);'
        r"\s*font-style: (\w+);\s*font-weight: (\d+);\s*\}",
        css,
    )
    assert css.count("@font-face") == len(rules)
    assert [(family, file, style, int(weight)) for family, file, style, weight in rules] == [
        (face["family"], face["file"], face["style"], face["weight"]) for face in FACES
    ]


def test_no_two_faces_answer_to_one_description() -> None:
    seen = [(face["family"], face["style"], face["weight"]) for face in FACES]
    assert len(set(seen)) == len(seen)


@pytest.mark.parametrize(
    ("family", "characters"),
    [
        ("Edition Serif", "əƏğışçİ“”‘’«»–—…№§¹²³аяґЖαωΩ"),
        ("Edition Sans", "əƏğışçİ“”‘’«»–—…№§аяЖ"),
        ("Edition Fallback", "ǰṙḳṘἀᾧəƏ"),
        ("Edition Armenian", "ԱՖաևֆ՞"),
        ("Edition Georgian", "აჰ"),
        ("Edition Hebrew", "אתְםּ"),
    ],
)
def test_family_has_the_letters_it_is_there_for(family: str, characters: str) -> None:
    for face in FACES:
        if face["family"] == family:
            cmap = TTFont(FONTS / face["file"]).getBestCmap()
            missing = [character for character in characters if ord(character) not in cmap]
            assert not missing, face["file"]


def test_the_face_for_mathematics_is_the_locked_one_and_free() -> None:
    """It comes with ziamath, whose drawings are its outlines."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import ziamath

    lock = LOCK["mathematics"]
    data = (Path(ziamath.__file__).parent / lock["file"]).read_bytes()
    assert hashlib.sha256(data).hexdigest() == lock["sha256"]
    font = TTFont(BytesIO(data))
    assert "SIL Open Font License, Version 1.1" in str(font["name"].getDebugName(13))
    assert font["OS/2"].fsType & (RESTRICTED | BITMAP_ONLY) == 0
    assert "MATH" in font
    licence = FONTS / lock["license"]
    assert sha256(licence) == lock["license-sha256"]
    assert "SIL Open Font License" in licence.read_text("utf-8")
