"""The bytes of a raw text come in; the files of a manuscript go out, with an audit of all that was done to it.

Nothing is corrected and nothing vanishes: the manuscript is read back as a build reads it and held against the
source before anything is written. What cannot be known is not invented; it is a doubt for a person, who decides
in `decisions.toml`.
"""

from __future__ import annotations

from pipeline.intake.folder import Outcome, import_text
from pipeline.intake.take import take_in
from pipeline.intake.values import Entry, Intake

__all__ = ["Entry", "Intake", "Outcome", "import_text", "take_in"]
