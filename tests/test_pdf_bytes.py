"""Same manuscript, same bytes: whatever the hash seed, the place, the clock, the order or the cache."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.pdf import typeset
from pipeline.pdf.facts import Facts, Job, UnitResult
from tests.test_join import ABOUT, RESOURCES, Shop, book, made, run, styles

ALONE = (
    "import hashlib, sys; sys.path.insert(0, sys.argv[1]); from tests.test_join import made; "
    "print(hashlib.sha256(made().pdf).hexdigest())"
)


@pytest.mark.parametrize(
    "surroundings",
    [
        {"PYTHONHASHSEED": "0"},
        {"PYTHONHASHSEED": "7", "TZ": "Asia/Baku", "LC_ALL": "C", "SOURCE_DATE_EPOCH": "1"},
    ],
)
def test_another_process_makes_the_same_bytes(surroundings: dict[str, str], tmp_path: Path) -> None:
    root = Path(__file__).parent.parent
    said = subprocess.run(
        [sys.executable, "-c", ALONE, str(root)],
        env={**os.environ, "TMPDIR": str(tmp_path), **surroundings},
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    )
    assert said.stdout.strip() == hashlib.sha256(made().pdf).hexdigest()


def test_the_order_in_which_units_are_laid_out_does_not_show() -> None:
    def backwards(jobs: Sequence[Job]) -> list[UnitResult]:
        return list(reversed([run([job])[0] for job in reversed(jobs)]))

    assert typeset(book(), styles(), RESOURCES, ABOUT, backwards).pdf == made().pdf


def test_the_order_of_facts_and_resources_does_not_show() -> None:
    """Facts that were kept come back sorted, those of a fresh layout in the order of the page."""

    def shuffled(jobs: Sequence[Job]) -> list[UnitResult]:
        return [replace(result, facts=Facts.from_json(result.facts.to_json())) for result in run(jobs)]

    done = typeset(book(), styles(), tuple(reversed(RESOURCES)), ABOUT, shuffled)
    assert done.pdf == made().pdf
    assert done.page_map == made().page_map


def test_a_book_half_of_which_was_kept_has_the_same_bytes() -> None:
    shop = Shop()
    typeset(book(), styles(), RESOURCES, ABOUT, shop.run, shop)
    shop.kept = dict(sorted(shop.kept.items())[::2])
    assert typeset(book(), styles(), RESOURCES, ABOUT, shop.run, shop).pdf == made().pdf


def test_a_later_date_changes_the_file() -> None:
    later = typeset(book(), styles(), RESOURCES, replace(ABOUT, epoch=ABOUT.epoch + 1), run)
    assert later.pdf != made().pdf
    assert len(later.pdf) == pytest.approx(len(made().pdf), abs=99)
