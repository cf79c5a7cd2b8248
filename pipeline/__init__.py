"""Stet: a manuscript kept as text becomes a paginated PDF and an EPUB, with no word lost."""

__version__ = "0.1.0"
