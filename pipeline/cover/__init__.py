"""The words of a cover and the faces of the house come in; the cover goes out, measured: a `Sheet` of lines and areas.

    edition → words → front, or back + spine + front → Sheet → PNG, SVG (here), PDF (room `pdf`)

Every line is shaped with HarfBuzz once, here; whatever paints a sheet uses these very glyphs at these very places. So
what was measured to fit does fit, in each medium and on every machine.
"""

from pipeline.cover.barcode import Bars, ean_13
from pipeline.cover.faces import Faces, Setter, faces_of
from pipeline.cover.front import front
from pipeline.cover.picture import png, svg
from pipeline.cover.sheet import Area, Picture, Sheet, TypeLine
from pipeline.cover.words import CoverWords, cover_words
from pipeline.cover.wrap import Binding, wrap

__all__ = [
    "Area", "Bars", "Binding", "CoverWords", "Faces", "Picture", "Setter", "Sheet", "TypeLine", "cover_words",
    "ean_13", "faces_of", "front", "png", "svg", "wrap",
]  # fmt: skip
