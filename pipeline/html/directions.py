"""A rendered page comes in; the same page goes out, in which words that run to the right say so within words that run to the left."""

from __future__ import annotations

import re

from pipeline.book import right_to_left

_TAG = re.compile(r"<(/?)([A-Za-z][\w:-]*)((?:[^<>\"]|\"[^\"]*\")*)>")
_LANGUAGE = re.compile(r"\slang=\"([^\"]+)\"")
_DIRECTION = re.compile(r"\sdir=\"([^\"]+)\"")


def directed(page: str) -> str:
    """Return a page in which a passage inherits no direction that is not its own.

    A passage that runs to the left says so always (`dir="rtl"`); one that runs to the right only needs to within such a one.

    >>> directed('<p lang="he" dir="rtl">x <i lang="en">y <b lang="de">z</b></i></p>')
    '<p lang="he" dir="rtl">x <i lang="en" dir="ltr">y <b lang="de">z</b></i></p>'
    """
    if 'dir="rtl"' not in page:
        return page
    stack = ["ltr"]
    out: list[str] = []
    end = 0
    for tag in _TAG.finditer(page):
        closing, _, attributes = tag.groups()
        if closing:
            if len(stack) > 1:
                stack.pop()
            continue
        around = stack[-1]
        stated = _DIRECTION.search(attributes)
        language = _LANGUAGE.search(attributes)
        runs = stated[1] if stated else around
        if not stated and language and around == "rtl" and not right_to_left(language[1]):
            runs = "ltr"
            at = tag.start(3) + language.end()
            out += [page[end:at], ' dir="ltr"']
            end = at
        if not attributes.endswith("/"):
            stack.append(runs)
    out.append(page[end:])
    return "".join(out)
