"""The structure of a PDF read back with pikepdf alone, as a screen reader would."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import pikepdf


@dataclass
class Said:
    """One structure element as it was read: its role, its words and what stands in it, in order."""

    role: str
    lang: str = ""
    alt: str = ""
    id: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    kids: list[Said | str] = field(default_factory=list)
    box: tuple[float, ...] = ()
    said: list[str] = field(default_factory=list)
    """the words of the annotations"""
    targets: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(kid if isinstance(kid, str) else kid.text for kid in self.kids)

    def all(self, role: str) -> list[Said]:
        return [node for node in self.walk() if node.role == role]

    def walk(self) -> Iterator[Said]:
        yield self
        for kid in self.kids:
            if isinstance(kid, Said):
                yield from kid.walk()


def names_of(font: pikepdf.Object) -> dict[int, str]:
    found = re.findall(rb"<([0-9a-fA-F]{4})>\s*<([0-9a-fA-F]+)>", font.ToUnicode.read_bytes())
    return {int(code, 16): bytes.fromhex(text.decode()).decode("utf-16-be") for code, text in found}


def texts_of(page: pikepdf.Page, unmarked: list[str]) -> dict[int, str]:
    """Return the text of each marked content; what paints outside of any goes to `unmarked`."""
    fonts = {name[1:]: names_of(font) for name, font in page.obj.Resources.get("/Font", {}).items()}
    stack: list[tuple[int | None, str | None, list[str]]] = []
    texts: dict[int, str] = {}
    names: dict[int, str] = {}
    for instruction in pikepdf.parse_content_stream(page):
        operands: Any = instruction.operands
        operator = instruction.operator
        match str(operator):
            case "BDC" | "BMC":
                properties = operands[1] if len(operands) > 1 else {}
                mcid = properties.get("/MCID") if len(operands) > 1 else None
                actual = properties.get("/ActualText") if len(operands) > 1 else None
                kind = -1 if str(operands[0]) == "/Artifact" else None if mcid is None else int(mcid)
                stack.append((kind, None if actual is None else str(actual), []))
            case "EMC":
                mcid, actual, shown = stack.pop()
                text = "".join(shown) if actual is None else actual
                if mcid is not None and mcid >= 0:
                    texts[mcid] = text
                elif mcid is None and stack:
                    stack[-1][2].append(text)
            case "Tf":
                names = fonts[str(operands[0])[1:]]
            case "TJ" if stack:
                for part in operands[0]:
                    if isinstance(part, pikepdf.String):
                        code = bytes(part)
                        stack[-1][2].append(
                            "".join(names[code[at] * 256 + code[at + 1]] for at in range(0, len(code), 2))
                        )
            case "TJ" | "Tj" | "S" | "f" | "f*" | "B" | "Do" | "sh" if not stack:
                unmarked.append(str(operator))
            case _:
                pass
    return texts


def hear(data: bytes) -> tuple[Said, list[str]]:
    """Read the structure tree of a PDF; the second value lists its faults."""
    pdf = pikepdf.open(BytesIO(data))
    faults: list[str] = []
    texts = {page.obj.objgen: texts_of(page, faults) for page in pdf.pages}
    owners: dict[tuple[Any, int], Any] = {}
    root = pdf.Root.StructTreeRoot
    nums = list(root.ParentTree.Nums)
    entries = {int(nums[at]): nums[at + 1] for at in range(0, len(nums), 2)}
    heard: set[tuple[Any, int]] = set()
    for page in pdf.pages:
        for mcid, owner in enumerate(entries[int(page.obj.StructParents)]):
            owners[page.obj.objgen, mcid] = owner

    def read(element: Any, parent: Any) -> Said:
        said = Said(
            str(element.S)[1:],
            lang=str(element.get("/Lang", "")),
            alt=str(element.get("/Alt", "")),
            id=str(element.get("/ID", "")),
            attributes={key: str(value) for key, value in element.get("/A", {}).items()},
        )
        if "/BBox" in element.get("/A", {}):
            said.box = tuple(float(n) for n in element.A.BBox)
        if element.P.objgen != parent.objgen:
            faults.append(f"wrong parent of {said.role}")
        for kid in element.K:
            if isinstance(kid, int):
                key = (element.Pg.objgen, kid)
            elif kid.get("/Type") == "/MCR":
                key = (kid.Pg.objgen, int(kid.MCID))
            elif kid.get("/Type") == "/OBJR":
                said.said.append(str(kid.Obj.Contents))
                said.targets.append(str(kid.Obj.get("/Dest", "")))
                if entries[int(kid.Obj.StructParent)].objgen != element.objgen:
                    faults.append("an annotation leads elsewhere")
                continue
            else:
                said.kids.append(read(kid, element))
                continue
            if key in heard:
                faults.append(f"heard twice: {texts[key[0]][key[1]]}")
            heard.add(key)
            if owners[key].objgen != element.objgen:
                faults.append(f"the parent tree leads elsewhere for {key}")
            said.kids.append(texts[key[0]][key[1]])
        if "/ActualText" in element:
            said.kids = [str(element.ActualText)]
        return said

    document = read(root.K[0], root)
    for page in pdf.pages:
        for mcid, text in texts[page.obj.objgen].items():
            if (page.obj.objgen, mcid) not in heard:
                faults.append(f"never heard: {text}")
    return document, faults
