"""The private parts of WeasyPrint that the layout leans on are those of the version it was made for."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
import weasyprint
import weasyprint.document
import weasyprint.pdf
from weasyprint.css import StyleFor
from weasyprint.document import Document, Page
from weasyprint.formatting_structure import boxes, build
from weasyprint.layout import LayoutContext, absolute, background, block, inline
from weasyprint.layout import page as page_layout
from weasyprint.layout.absolute import AbsolutePlaceholder
from weasyprint.pdf.fonts import Font
from weasyprint.pdf.stream import Stream

from pipeline.pdf.layout import engine

NAMES: tuple[tuple[Any, str, str], ...] = (
    (
        weasyprint.document,
        "build_formatting_structure",
        "(element_tree, style_for, get_image_from_uri, base_url, target_collector, counter_style, footnotes)",
    ),
    (weasyprint.document, "layout_document", "(html, root_box, context, max_loops=8)"),
    (absolute, "absolute_layout", "(context, placeholder, containing_block, fixed_boxes, bottom_space, skip_stack)"),
    (
        background,
        "layout_box_backgrounds",
        "(page, box, get_image_from_uri, layout_children=True, style=None)",
    ),
    (boxes.Box, "process_text_transform", "(self)"),
    (boxes.Box, "process_whitespace", "(self, following_collapsible_space=False)"),
    (weasyprint.pdf, "build_fonts_dictionary", "(pdf, fonts, compress, subset, options)"),
    (weasyprint.pdf, "add_links", "(links_and_anchors, matrix, pdf, page, names, tags)"),
    (LayoutContext, "layout_footnote", "(self, footnote)"),
    (page_layout, "make_margin_boxes", "(context, page, state)"),
    (Font, "clean", "(self, to_unicode, hinting)"),
    (LayoutContext, "unlayout_footnote", "(self, footnote)"),
    (LayoutContext, "report_footnote", "(self, footnote)"),
    (build, "create_anonymous_boxes", "(box)"),
    (Stream, "marked", "(self, box, tag)"),
    (Font, "__init__", "(self, pango_font, description, font_size)"),
    (boxes.Box, "hit_area", "(self)"),
    (boxes.Box, "descendants", "(self, placeholders=False)"),
    (boxes.ParentBox, "copy_with_children", "(self, new_children)"),
    (inline, "split_text_box", "(context, box, available_width, skip, is_line_start=True)"),
)


def test_the_version_is_the_one_that_the_layout_was_made_for() -> None:
    assert weasyprint.__version__ == engine.VERSION


@pytest.mark.parametrize(("owner", "name", "signature"), NAMES)
def test_private_names_have_their_signatures(owner: Any, name: str, signature: str) -> None:
    assert str(inspect.signature(getattr(owner, name))) == signature


def test_the_layout_of_lines_takes_and_gives_what_the_cure_expects() -> None:
    function = inspect.unwrap(block._linebox_layout)
    source = inspect.getsource(block.block_container_layout)
    if function.__module__ == block.__name__:  # no unit was set in this process
        assert list(inspect.signature(function).parameters)[:5] == ["context", "box", "index", "child", "new_children"]
        assert "while report and context.current_page_footnotes:" in inspect.getsource(function)
    assert "context, box, index, child, new_children, page_is_empty, absolute_boxes," in source


def test_the_text_of_notes_is_still_forgotten_without_the_cure() -> None:
    source = inspect.getsource(build.build_formatting_structure)
    assert "box.process_whitespace()" in source
    assert "footnotes:" not in source, "WeasyPrint treats white space in notes itself: take the cure out"


def test_the_area_of_notes_is_kept_where_the_cure_looks_for_it() -> None:
    source = inspect.getsource(page_layout.make_page)
    assert "context.current_footnote_area = footnote_area" in source
    assert "resolve_percentages(footnote_area, page)" in source
    assert "page.children = [root_box, footnote_area, note_area]" in source


def test_every_box_in_the_margins_is_known() -> None:
    source = inspect.getsource(inspect.unwrap(page_layout.make_margin_boxes))
    assert "(page_type, pseudo_type), {})" in inspect.getsource(StyleFor.add_page_declarations)
    assert "style = context.style_for(page.page_type, at_keyword)" in source
    for place in engine.MARGINS:
        side, _, rest = place.removeprefix("@").partition("-")
        assert (rest in ("left-corner", "right-corner") and place in source) or (
            f"'{side}'" in source and rest in source
        )


def test_attributes_that_are_only_set_in_methods() -> None:
    assert "self._page_box = page_box" in inspect.getsource(Page.__init__)
    assert "self._tags = tags" in inspect.getsource(Stream.__init__)
    assert "self._box = box" in inspect.getsource(AbsolutePlaceholder.__init__) or "'_box', box" in inspect.getsource(
        AbsolutePlaceholder.__init__
    )
    assert "add_tags(pdf, document, options['pdf_version'], page_streams)" in inspect.getsource(
        weasyprint.pdf.generate_pdf
    )
    assert "to_unicode" in inspect.getsource(Font.__init__)
    assert "self.fonts = {}" in inspect.getsource(Document.__init__)


def test_common_characters_name_a_shared_glyph() -> None:
    def order(characters: str) -> list[str]:
        return [chr(c) for c in sorted(map(ord, characters), key=engine._rarity)]

    assert order("\u2011\u2010-\u00ad")[0] == "-"
    assert order("\u00a0 ")[0] == " "
    assert order("\u02bc\u2019")[0] == "\u2019"
    assert order("\u2126\u03a9")[0] == "\u03a9"
