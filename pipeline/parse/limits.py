"""How much a manuscript file may hold; more is a problem with its place, never a crash."""

from __future__ import annotations

NESTING = 32
"""levels of blocks in blocks, and of inlines in inlines"""

RAISED = 32
"""nodes in one superscript"""

PARAGRAPH = 1_000_000
"""characters of one paragraph"""

WORD = 2_000
"""characters without a space between them"""

COLUMNS = 100
ROWS = 5_000
CELLS = 50_000
"""cells of one table in all"""

NOTES = 5_000
"""notes of one file"""

ATTRIBUTES = 32
"""attributes in one pair of braces"""

GRID = 4_000_000
"""characters of the drawing of one grid table"""
