"""What all tests share: `pytest --rewrite` (see `literate.py`), and the rule that no warning may be logged."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--rewrite",
        action="store_true",
        help="write what comes out into tests/cases/*.md; read the diff before you commit it",
    )


@pytest.fixture(autouse=True)
def _no_warning_is_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail a test during which anybody logs a warning; a test that expects one clears it with `caplog.clear()`."""
    yield
    logged = [record for record in caplog.get_records("call") if record.levelno >= logging.WARNING]
    if logged:
        pytest.fail("logged: " + "; ".join(f"{record.name}: {record.getMessage()}" for record in logged))
