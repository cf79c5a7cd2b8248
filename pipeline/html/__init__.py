"""`Edition → pages of XHTML`, one page a unit, through Jinja2 macros: one a node kind."""

from pipeline.html.render import COVER_OF_TYPE, MissingMacroError, ThemeMacroError, picture_name, render
from pipeline.html.values import Page, Resource

__all__ = ["COVER_OF_TYPE", "MissingMacroError", "Page", "Resource", "ThemeMacroError", "picture_name", "render"]
