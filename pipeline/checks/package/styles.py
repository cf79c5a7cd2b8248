"""The reader's own colours and sizes win, no style makes or hides words, and every rule is there for something."""

from __future__ import annotations

import re
from collections.abc import Iterator

import tinycss2

from pipeline.checks.package.parts import Parts
from pipeline.epub.documents import XHTML, resolve
from pipeline.epub.sheet import Sheet
from pipeline.source import Problem, Severity

_FIXED = re.compile(r"(?:^|[\s,>+~])(?:html|body|p|div|section|span)\s*$")

_COLOURS = ("color", "background", "background-color")

_FREE = ("inherit", "transparent", "currentcolor", "none")


def sheets_of(parts: Parts) -> dict[str, str]:
    return {
        name: parts.members[name].decode("utf-8", "replace")
        for name, item in parts.items.items()
        if item.get("media-type") == "text/css" and name in parts.members
    }


def check_styles(parts: Parts) -> Iterator[Problem]:
    """The reader's own colours and sizes win, and every rule is there for something."""
    for name, css in sheets_of(parts).items():
        sheet = Sheet(css)
        yield from (Problem("epub-style", f"{fault}, in `{name}`") for fault in sheet.faults)
        for tree in parts.trees.values():
            if tree.tag == f"{{{XHTML}}}html":
                sheet.letters(tree)
        for selector in sheet.unused():
            yield Problem("epub-style", f"nothing in the book is `{selector}`, in `{name}`", severity=Severity.WARNING)
        for selector in _cut(css):
            yield Problem("epub-style", f"`{selector}` is lower than its words, and hides the rest, in `{name}`")
        for selector, declaration in _declarations(css):
            value = tinycss2.serialize(declaration.value).strip().lower()
            property = declaration.lower_name
            fixed = property in _COLOURS and value not in _FREE
            if fixed and any(_FIXED.search(part.strip()) for part in selector.split(",")):
                yield Problem(
                    "epub-style",
                    f"`{selector}` fixes a colour (`{property}: {value}`): night mode cannot turn it, in `{name}`",
                )
            if property in ("font-size", "font") and re.search(r"\d(?:px|pt|pc|cm|mm|in)\b", value):
                yield Problem(
                    "epub-style",
                    f"`{selector}` fixes a size (`{property}: {value}`): readers cannot change it, in `{name}`",
                )
            if selector not in _UNSEEN and _hides(property, value):
                yield Problem("epub-style", f"`{selector}` hides words (`{property}: {value}`), in `{name}`")
            if property == "content" and re.search(r"\w", re.sub(r"\b(?:none|normal)\b", "", value)):
                yield Problem("epub-style", f"`{selector}` makes words (`{property}: {value}`), in `{name}`")
            for token in declaration.value:
                if token.type == "url" and resolve(name, token.value) is None:
                    yield Problem(
                        "epub-style", f"`{selector}` fetches `{token.value}` from outside the book, in `{name}`"
                    )


_UNSEEN = ("nav.unseen", "annotation")
"""The lists of places and pages, which reading systems show in their own way, and the source of a formula that is seen."""

_ZERO = re.compile(r"0+(?:\.0*)?(?:[a-z]+|%)?|\.0+(?:[a-z]+|%)?")


def _cut(css: str) -> Iterator[str]:
    """Yield the selectors of boxes that have a height and hide what is below it; a picture has nothing to hide."""
    said: dict[str, dict[str, str]] = {}
    for selector, declaration in _declarations(css):
        said.setdefault(selector, {})[declaration.lower_name] = tinycss2.serialize(declaration.value).strip().lower()
    for selector, all_of in said.items():
        hides = any(all_of.get(name, "") in ("hidden", "clip") for name in ("overflow", "overflow-y", "overflow-block"))
        low = any(all_of.get(name, "auto") not in ("auto", "none") for name in ("height", "max-height", "block-size"))
        if hides and low and not selector.endswith("img"):
            yield selector


def _hides(property: str, value: str) -> bool:
    """Say whether a declaration takes words from the page: what is in the file must be seen."""
    match property:
        case "display":
            return value == "none"
        case "visibility" | "content-visibility":
            return value in ("hidden", "collapse")
        case "opacity" | "font-size":
            return _ZERO.fullmatch(value) is not None
        case "flex-direction" | "flex-flow":
            return "reverse" in value
        case "direction" | "unicode-bidi" | "order" | "line-clamp" | "-webkit-line-clamp":
            return value not in ("initial", "inherit", "unset", "normal", "none", "isolate", "0")
        case "clip" | "clip-path":
            return value not in ("auto", "none", "inherit", "initial", "unset")
        case "text-indent" | "left" | "right" | "top" | "bottom" | "margin-left" | "margin-right" | "margin-top":
            found = re.fullmatch(r"-(\d+)(?:\.\d*)?[a-z%]+", value)
            return found is not None and int(found.group(1)) >= 100
        case _:
            return False


def _declarations(css: str) -> Iterator[tuple[str, tinycss2.ast.Declaration]]:
    stack = list(tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True))
    while stack:
        rule = stack.pop(0)
        if rule.type == "at-rule" and rule.lower_at_keyword in ("media", "supports") and rule.content:
            stack += tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
        elif rule.type == "qualified-rule" or (rule.type == "at-rule" and rule.content):
            selector = (
                tinycss2.serialize(rule.prelude).strip() if rule.type == "qualified-rule" else f"@{rule.at_keyword}"
            )
            for each in tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True):
                if each.type == "declaration":
                    yield selector, each
