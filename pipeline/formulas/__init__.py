"""A formula as an author wrote it in TeX comes in; its MathML, its words for listeners and its drawing go out."""

from pipeline.formulas.drawing import Drawing, draw
from pipeline.formulas.mathml import FormulaError, Setting, linear, set_formula, shape_of, source_of
from pipeline.formulas.speech import LANGUAGES, Speech, speak
from pipeline.formulas.tex import LENGTH, Fault, find_fault

__all__ = [
    "LANGUAGES",
    "LENGTH",
    "Drawing",
    "Fault",
    "FormulaError",
    "Setting",
    "Speech",
    "draw",
    "find_fault",
    "linear",
    "set_formula",
    "shape_of",
    "source_of",
    "speak",
]
