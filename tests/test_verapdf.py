"""Finished PDFs before veraPDF, the arbiter of PDF/UA-1."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from tests.finished import finished, pdf_of
from tests.validators import HOME

JAR = next((HOME / "verapdf").glob("greenfield-apps-*.jar"), None)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        JAR is None or shutil.which("java") is None,
        reason="veraPDF (Java, one jar) is not here; `make validators` installs it",
    ),
]


@pytest.mark.parametrize("name", ["default", "specimen"])
def test_the_print_edition_is_pdf_ua(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = pdf_of(finished(name, tmp_path_factory.getbasetemp()))
    command = [
        "java",
        "-cp",
        str(JAR),
        "org.verapdf.apps.GreenfieldCliWrapper",
        "-f",
        "ua1",
        "--format",
        "text",
        "-v",
    ]
    done = subprocess.run([*command, str(path)], capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert done.stdout.startswith("PASS")
