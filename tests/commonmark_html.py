"""A leaf as the HTML that CommonMark's examples show: for comparing the parser with others, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from markdown_it.common.normalize_url import normalizeLink

from pipeline import manuscript as m


def html(blocks: Sequence[m.Block], tight: bool = False) -> str:
    """Write blocks as CommonMark's reference renderer does."""
    parts: list[str] = []
    for block in blocks:
        match block:
            case m.Paragraph() if tight:
                parts.append(_inlines(block.inlines))
            case m.Paragraph():
                parts.append(f"<p>{_inlines(block.inlines)}</p>\n")
            case m.Heading():
                parts.append(f"<h{block.level}>{_inlines(block.inlines)}</h{block.level}>\n")
            case m.Quotation():
                parts.append(f"<blockquote>\n{html(block.blocks)}</blockquote>\n")
            case m.ItemList():
                parts.append(_list(block))
            case m.CodeBlock():
                language = f' class="language-{escape(block.language)}"' if block.language else ""
                text = escape(block.text) + "\n" if block.text or "\n" in block.text else ""
                parts.append(f"<pre><code{language}>{text}</code></pre>\n")
            case m.Break():
                parts.append("<hr />\n")
            case m.Figure():
                parts.append(f"<p>{_inlines([block.image])}</p>\n")
            case _:
                parts.append(f"<{type(block).__name__}>\n")
        if tight and not parts[-1].endswith("\n") and len(parts) < len(blocks):
            parts.append("\n")
    return "".join(parts)


def _list(block: m.ItemList) -> str:
    name = "ul" if block.start is None else "ol"
    start = f' start="{block.start}"' if block.start not in (None, 1) else ""
    items: list[str] = []
    for item in block.items:
        inner = html(item.blocks, block.tight)
        line = "\n" if item.blocks and not (block.tight and isinstance(item.blocks[0], m.Paragraph)) else ""
        items.append(f"<li>{line}{inner}</li>\n")
    return f"<{name}{start}>\n{''.join(items)}</{name}>\n"


_MARKS = {
    m.Emphasis: "em",
    m.Strong: "strong",
    m.Strikeout: "del",
    m.Superscript: "sup",
    m.Subscript: "sub",
}


def _inlines(inlines: Sequence[m.Inline]) -> str:
    parts: list[str] = []
    for inline in inlines:
        match inline:
            case m.Text():
                parts.append(escape(inline.text, quote=False).replace('"', "&quot;"))
            case m.SoftBreak():
                parts.append("\n")
            case m.LineBreak():
                parts.append("<br />\n")
            case m.Code():
                parts.append(f"<code>{escape(inline.text, quote=False).replace(chr(34), '&quot;')}</code>")
            case m.Formula():
                parts.append(escape("$$" + inline.text + "$$" if inline.display else f"${inline.text}$", quote=False))
            case m.Link():
                title = f' title="{escape(inline.title)}"' if inline.title else ""
                target = escape(normalizeLink(inline.target))
                parts.append(f'<a href="{target}"{title}>{_inlines(inline.inlines)}</a>')
            case m.Image():
                title = f' title="{escape(inline.title)}"' if inline.title else ""
                target = escape(normalizeLink(inline.target))
                parts.append(f'<img src="{target}" alt="{escape(inline.alt)}"{title} />')
            case m.CrossRef():
                parts.append(f'<a href="#{escape(inline.target)}">{_inlines(inline.inlines)}</a>')
            case m.CiteCall():
                parts.append(escape(inline.source))
            case m.NoteCall():
                parts.append(f"<{inline.key}>")
            case _ if type(inline) in _MARKS:
                name = _MARKS[type(inline)]
                parts.append(f"<{name}>{_inlines(inline.inlines)}</{name}>")
            case _:
                parts.append(f"<{type(inline).__name__}>")
    return "".join(parts)
