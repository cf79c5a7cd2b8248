"""TeX mathematics as an author wrote it comes in; the same in the words of the converter goes out, or where it fails.

latex2mathml is kind: it passes over what it does not know, and some of it would stand in no edition. So every
command, group and argument is read here first, with its place, and what is left over is a fault. What is read is
said again in forms that the converter and the drawing understand alike.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache

LENGTH = 4_000
"""Characters that a formula may have."""
DEPTH = 24
"""Groups within groups."""
ROWS = 200
"""Rows of a matrix, and cells in one."""

_TOKEN = re.compile(r"\\[a-zA-Z]+|\\.|\d+(?:\.\d+)?|\s+|.", re.DOTALL)
_UNITS = re.compile(r"\s*(?:in|mm|cm|pt|em|ex|pc|bp|dd|cc|sp|mu)")
_COLUMNS = re.compile(r"[lcr]+")

SPACES = frozenset((r"\,", r"\:", r"\;", r"\!", r"\>", "\\ ", r"\quad", r"\qquad", r"\space", r"\thinspace",
                    r"\medspace", r"\thickspace", r"\enspace"))  # fmt: skip
SIGNS = frozenset((r"\{", r"\}", r"\%", r"\$", r"\#", r"\&", r"\_", r"\|"))
ACCENTS = frozenset(
    r"\hat \bar \vec \dot \ddot \dddot \tilde \acute \grave \breve \check \mathring \widehat \widetilde \overline "
    r"\underline \overbrace \underbrace \overrightarrow \overleftarrow \overleftrightarrow".split()
)
FACES = frozenset(
    r"\mathbb \mathbf \mathcal \mathfrak \mathit \mathrm \mathsf \mathtt \mathscr \mathnormal \boldsymbol \bm".split()
)
ONE = ACCENTS | FACES | {r"\boxed", r"\pmod", r"\mathop", r"\mathbin", r"\mathrel", r"\mathord", r"\substack"}
TWO = frozenset(r"\frac \dfrac \tfrac \cfrac \binom \dbinom \tbinom \overset \underset \stackrel".split())
WORDS = frozenset(r"\text \textrm \textit \textbf \textnormal \mbox".split())
ARROWS = frozenset(r"\xrightarrow \xleftarrow".split())
SIZES = frozenset(
    r"\big \Big \bigg \Bigg \bigl \Bigl \biggl \Biggl \bigr \Bigr \biggr \Biggr \bigm \Bigm \biggm \Biggm".split()
)
STYLES = frozenset(r"\displaystyle \textstyle \scriptstyle \scriptscriptstyle".split())
BARE = STYLES | {r"\limits", r"\nolimits", r"\bmod"}
FUNCTIONS = frozenset(
    r"\arccos \arcsin \arctan \arg \cos \cosh \cot \coth \csc \deg \det \dim \exp \gcd \hom \inf \ker \lg \lim \liminf "
    r"\limsup \ln \log \max \min \Pr \sec \sin \sinh \sup \tan \tanh".split()
)
NEGATED = {
    "=": r"\neq", "<": r"\nless", ">": r"\ngtr", r"\in": r"\notin", r"\ni": r"\nni", r"\leq": r"\nleq", r"\le": r"\nleq",
    r"\geq": r"\ngeq", r"\ge": r"\ngeq", r"\subset": r"\nsubset", r"\supset": r"\nsupset", r"\subseteq": r"\nsubseteq",
    r"\supseteq": r"\nsupseteq", r"\equiv": r"\nequiv", r"\sim": r"\nsim", r"\approx": r"\napprox", r"\mid": r"\nmid",
    r"\parallel": r"\nparallel", r"\exists": r"\nexists",
}  # fmt: skip
DELIMITERS = frozenset("( ) [ ] | / < > . \\{ \\} \\| \\langle \\rangle \\lfloor \\rfloor \\lceil \\rceil \\vert \\Vert "
                       "\\lvert \\rvert \\lVert \\rVert \\uparrow \\downarrow \\updownarrow \\backslash".split())  # fmt: skip
ENVIRONMENTS = {
    "matrix": "matrix", "pmatrix": "pmatrix", "bmatrix": "bmatrix", "Bmatrix": "Bmatrix", "vmatrix": "vmatrix",
    "Vmatrix": "Vmatrix", "smallmatrix": "matrix", "array": "array", "cases": "cases", "aligned": "align*",
    "align": "align*", "align*": "align*", "split": "align*", "gathered": "matrix", "gather": "matrix",
    "gather*": "matrix",
}  # fmt: skip
"""The environments that are known, and what stands for each where it is converted."""

INSTEAD = {
    r"\label": "give the formula an id after its dollars: `$$…$$ {#eq-name}`",
    r"\tag": "give the formula an id after its dollars, and the edition numbers it: `$$…$$ {#eq-name}`",
    r"\over": r"write `\frac{…}{…}`",
    r"\choose": r"write `\binom{…}{…}`",
    r"\atop": r"write `\substack{…\\…}`, or `\binom{…}{…}`",
    r"\rm": r"write `\mathrm{…}`",
    r"\bf": r"write `\mathbf{…}`",
    r"\it": r"write `\mathit{…}`",
    r"\cal": r"write `\mathcal{…}`",
    r"\ref": "write `[](#eq-name)` in the text",
    r"\eqref": "write `[](#eq-name)` in the text",
    r"\color": "editions are set in one colour: take it out",
    r"\textcolor": "editions are set in one colour: take it out",
    r"\hspace": r"write `\,`, `\;`, `\quad` or `\qquad`",
    r"\nonumber": "only a formula with an id has a number: take it out",
    r"\notag": "only a formula with an id has a number: take it out",
    r"\newcommand": "write out what it stands for",
    r"\def": "write out what it stands for",
    r"\DeclareMathOperator": r"write `\operatorname{…}` where it is used",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """What cannot be read in a formula: from `start` to `end` in its source."""

    message: str
    start: int
    end: int
    hint: str = ""


class _Unreadable(Exception):
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


def find_fault(tex: str) -> Fault | None:
    """Return the first place of a formula that cannot be read, or None.

    >>> find_fault(r"a + \\foo")
    Fault(message='no command of mathematics is called `\\\\foo`', start=4, end=8, hint='')
    """
    try:
        rewrite(tex)
    except _Unreadable as unreadable:
        return unreadable.fault
    return None


def rewrite(tex: str) -> str:
    """Return a formula as the converter shall get it; raises for one with a fault (`find_fault` says which)."""
    if len(tex) > LENGTH:
        raise _Unreadable(
            Fault(f"a formula of {len(tex):,} characters stands here, more than {LENGTH:,}", 0, 1, "divide it")
        )
    if not tex.strip():
        raise _Unreadable(Fault("this formula is empty", 0, len(tex), r"write it, or `\$` for the signs themselves"))
    return _Scanner(tex).all()


@cache
def _symbols() -> frozenset[str]:
    """Return the commands that stand for one sign."""
    from latex2mathml.symbols_parser import SYMBOLS  # noqa: PLC0415  # reads a table of 2,400 signs: only for formulas

    return frozenset(
        name
        for name, point in SYMBOLS.items()
        if re.fullmatch(r"\\[a-zA-Z]+", name) and unicodedata.category(chr(int(point, 16)))[0] not in "MCZ"
    )


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    start: int
    end: int


class _Scanner:
    """Reads a formula once, from left to right."""

    def __init__(self, tex: str) -> None:
        self.tex = tex
        self.tokens = [_Token(m[0], m.start(), m.end()) for m in _TOKEN.finditer(tex)]
        self.at = 0
        self.depth = 0

    def fail(self, message: str, start: int, end: int, hint: str) -> _Unreadable:
        return _Unreadable(Fault(message, start, max(end, start + 1) if start < len(self.tex) else end, hint))

    # Tokens ---------------------------------------------------------------------------------

    def peek(self) -> _Token | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def blank(self) -> bool:
        """Pass over white space, and say whether there was any."""
        token = self.peek()
        if token is None or not token.text.isspace():
            return False
        self.at += 1
        return True

    def take(self) -> _Token | None:
        token = self.peek()
        self.at += token is not None
        return token

    # The formula ----------------------------------------------------------------------------

    def all(self) -> str:
        out = self.run(frozenset())
        token = self.peek()
        if token is not None:
            if token.text == "}":
                raise self.fail(
                    "a group ends here that never began", token.start, token.end, r"write `\}` for the sign"
                )
            if token.text == r"\right":
                raise self.fail(r"`\right` stands here without `\left`", token.start, token.end,
                                r"write `\left( … \right)`, or the bracket alone")  # fmt: skip
            raise self.fail(f"`{token.text}` stands here outside of a table", token.start, token.end,
                            r"put the lines into `\begin{aligned} … \end{aligned}`; write `\&` for the sign")  # fmt: skip
        return out

    def run(self, ends: frozenset[str]) -> str:
        """Read until a token that ends the stretch, which is left."""
        parts: list[str] = []
        scripts = ""
        while True:
            self.blank()
            token = self.peek()
            if token is None or token.text in ends or token.text in ("}", r"\right", r"\\", "&", r"\end", r"\cr"):
                return " ".join(parts)
            if token.text in "^_" or token.text == "'":
                self.at += 1
                sign = token.text
                primed = sign == "'" and scripts.endswith("'")
                if (sign in scripts and not primed) or (sign == "'" and "^" in scripts):
                    what = "subscripts" if sign == "_" else "superscripts"
                    raise self.fail(f"two {what} stand on one sign", token.start, token.end,
                                    "put the first into braces with its sign: `{x^2}^3`")  # fmt: skip
                scripts += sign
                if token.text == "'":
                    parts.append("'")
                    continue
                if not parts:
                    parts.append("{}")
                parts.append(sign + self.argument(token, f"`{sign}`"))
                continue
            if token.text not in (r"\limits", r"\nolimits"):
                scripts = ""
            parts.append(self.item())

    def item(self) -> str:
        token = self.take()
        assert token is not None
        text = token.text
        if text == "{":
            return self.group(token)
        if text[0].isdigit():
            after = _UNITS.match(self.tex, token.end)
            return f"{{{text}}}" if after else text
        if text[0] == "\\":
            return self.command(token)
        match text:
            case "%":
                raise self.fail("`%` begins a comment in TeX", token.start, token.end, r"write `\%` for the sign")
            case "#":
                raise self.fail("`#` names an argument in TeX", token.start, token.end, r"write `\#` for the sign")
            case "~":
                return "~"
            case "<":
                return r"\lt"
            case ">":
                return r"\gt"
        return text

    def group(self, opening: _Token) -> str:
        """Read a group after its brace."""
        self.depth += 1
        if self.depth > DEPTH:
            raise self.fail(f"groups are nested over {DEPTH} deep", opening.start, opening.end, "divide the formula")
        inner = self.run(frozenset())
        closing = self.take()
        if closing is None or closing.text != "}":
            raise self.fail("this group never ends", opening.start, opening.end, "close it with `}`")
        self.depth -= 1
        return f"{{{inner}}}"

    def argument(self, owner: _Token, name: str) -> str:
        """Read what a command is about: a group, or one sign."""
        self.blank()
        token = self.peek()
        if token is None or token.text in ("}", "&", r"\\", "^", "_", r"\right", r"\end"):
            raise self.fail(f"{name} has nothing that it could stand on", owner.start, owner.end,
                            "write it in braces: `{…}`")  # fmt: skip
        if token.text == "{":
            self.at += 1
            return self.group(token)
        if token.text[0].isdigit():  # of a number TeX takes the first figure
            self.tokens[self.at : self.at + 1] = [
                _Token(token.text[0], token.start, token.start + 1),
                *([_Token(token.text[1:], token.start + 1, token.end)] if len(token.text) > 1 else []),
            ]
        self.depth += 1
        if self.depth > DEPTH:
            raise self.fail(f"groups are nested over {DEPTH} deep", token.start, token.end, "divide the formula")
        found = f"{{{self.item()}}}"
        self.depth -= 1
        return found

    def option(self) -> str:
        """Read an argument in brackets that may be there."""
        self.blank()
        token = self.peek()
        if token is None or token.text != "[":
            return ""
        self.at += 1
        inner = self.run(frozenset("]"))
        closing = self.take()
        if closing is None or closing.text != "]":
            raise self.fail("this bracket never ends", token.start, token.end, "close it with `]`")
        return inner

    def words(self, owner: _Token) -> str:
        """Read words in braces, which are no mathematics."""
        self.blank()
        opening = self.take()
        if opening is None or opening.text != "{":
            raise self.fail(f"`{owner.text}` has no words", owner.start, owner.end, "write them in braces: `{…}`")
        close = self.tex.find("}", opening.end)
        if close < 0:
            raise self.fail("this group never ends", opening.start, opening.end, "close it with `}`")
        words = self.tex[opening.end : close]
        wrong = re.search(r"[\\{$%#&_^~<>]", words)
        if wrong:
            at = opening.end + wrong.start()
            raise self.fail(f"`{wrong[0]}` cannot stand within `{owner.text}`", at, at + 1,
                            "end the words before it, and begin others after it")  # fmt: skip
        while (token := self.peek()) is not None and token.start <= close:
            self.at += 1
        return words

    def delimiter(self, owner: _Token) -> str:
        self.blank()
        token = self.take()
        if token is None or token.text not in DELIMITERS:
            found = self.tex[token.start : token.end] if token is not None else ""
            raise self.fail(f"`{owner.text}` must be followed by a bracket" + (f", not by `{found}`" if found else ""),
                            owner.start, owner.end, r"brackets are `( ) [ ] \{ \} | \| \langle \rangle`, or `.` for none")  # fmt: skip
        return {"<": r"\langle", ">": r"\rangle", r"\lvert": "|", r"\rvert": "|", r"\vert": "|"}.get(
            token.text, token.text
        )

    # Commands -------------------------------------------------------------------------------

    def command(self, token: _Token) -> str:
        name = token.text
        if name[1:].isspace():
            return "\\ "  # TeX takes the end of a line after a backslash for a blank, too
        if name in SPACES:
            return {r"\space": "\\ ", r"\thinspace": r"\,", r"\medspace": r"\:", r"\thickspace": r"\;"}.get(name, name)
        if name in SIGNS:
            return name
        if name in TWO:
            first, second = self.argument(token, f"`{name}`"), self.argument(token, f"`{name}`")
            return _pair(name, first, second)
        if name == r"\substack":
            return self.stack(token)
        if name in ONE:
            gap = " " if name in FACES else ""  # the converter drops the face of a lone letter without it
            argument = self.argument(token, f"`{name}`")
            room = _CLASSES.get(name, "")
            return f"{room}{_ONE.get(name, name)}{gap}{argument}{room}"
        if name in WORDS:
            return f"{_WORDS.get(name, name)}{{{self.words(token)}}}"
        if name == r"\operatorname":
            star = self.peek()
            starred = star is not None and star.text == "*"
            self.at += starred
            words = self.words(token)
            if not re.fullmatch(r"[a-zA-Z ]+", words):
                raise self.fail(rf"`{words}` cannot be the name of an operator", token.start, token.end,
                                r"it may have letters from a to z; write others in `\text{…}`")  # fmt: skip
            return rf"\operatorname{'*' if starred else ''}{{{words}}}"
        if name == r"\sqrt":
            degree = self.option()
            radicand = self.argument(token, f"`{name}`")
            return rf"\sqrt[{{{degree}}}]{radicand}" if degree else rf"\sqrt{radicand}"
        if name in ARROWS:
            below = self.option()
            above = self.argument(token, f"`{name}`")
            arrow = r"\underset" if below else ""
            over = rf"\overset{above}{{{_ARROWS[name]}}}"
            return f"{arrow}{{{below}}}{{{over}}}" if below else over
        if name in SIZES:
            sized = f"{name.rstrip('lrm') if name.endswith(('l', 'r', 'm')) else name}{self.delimiter(token)}"
            return rf"\;{sized}\;" if name.endswith("m") else sized
        if name == r"\left":
            return self.fenced(token)
        if name == r"\middle":
            raise self.fail(r"`\middle` stands here outside of `\left` and `\right`", token.start, token.end,
                            r"write `\left( … \middle| … \right)`, or the bracket alone")  # fmt: skip
        if name == r"\begin":
            return self.environment(token)
        if name == r"\not":
            self.blank()
            after = self.take()
            if after is None or after.text not in NEGATED:
                raise self.fail(r"`\not` does not know the sign that follows", token.start, token.end,
                                r"write the sign itself: `\neq`, `\notin`, `\nsubseteq`")  # fmt: skip
            return NEGATED[after.text]
        if name == r"\colon":
            return "{:} \\,"  # a mark after a name, where `:` is a relation
        if name in _ROOMY:
            return _ROOMY[name]
        if name in _BARS:
            return _BARS[name]
        if name in BARE or name in FUNCTIONS:
            return name
        if name in INSTEAD:
            raise self.fail(f"`{name}` is not known in a formula here", token.start, token.end, INSTEAD[name])
        if name in _symbols():
            return name
        near = get_close_matches(name, [*sorted(_symbols() | FUNCTIONS | TWO | ONE | WORDS | BARE), r"\sqrt"], 1, 0.75)
        raise self.fail(f"no command of mathematics is called `{name}`", token.start, token.end,
                        f"did you mean `{near[0]}`?" if near else "the handbook lists the commands; write words in `\\text{…}`")  # fmt: skip

    def fenced(self, token: _Token) -> str:
        self.depth += 1
        if self.depth > DEPTH:
            raise self.fail(f"groups are nested over {DEPTH} deep", token.start, token.end, "divide the formula")
        left = self.delimiter(token)
        parts = [rf"\left{left} ", self.run(frozenset((r"\middle",)))]
        while (middle := self.peek()) is not None and middle.text == r"\middle":
            self.at += 1
            parts.append(rf" \middle{self.delimiter(middle)} ")
            parts.append(self.run(frozenset((r"\middle",))))
        closing = self.take()
        if closing is None or closing.text != r"\right":
            raise self.fail(r"this `\left` has no `\right`", token.start, token.end,
                            r"close it with `\right`, and `.` where no bracket shall stand")  # fmt: skip
        self.depth -= 1
        return "".join((*parts, rf" \right{self.delimiter(closing)}"))

    def rows(self) -> str:
        """Read the rows of a table, up to its end."""
        out = []
        count = 0
        while True:
            out.append(self.run(frozenset()))
            token = self.peek()
            if token is None or token.text not in ("&", r"\\"):
                return " ".join(out)
            count += 1
            if count > ROWS:
                raise self.fail(f"this table has over {ROWS} cells", token.start, token.end, "divide it")
            self.at += 1
            out.append(token.text)
            if token.text == r"\\" and re.match(r"\[\s*-?[\d.]+\s*[a-z]{2}\s*\]", self.tex[token.end :]):
                raise self.fail(r"`\\[…]` asks for room that editions decide themselves", token.start, token.end + 1,
                                r"write `\\`")  # fmt: skip

    def stack(self, token: _Token) -> str:
        self.blank()
        opening = self.take()
        if opening is None or opening.text != "{":
            raise self.fail(r"`\substack` has no lines", token.start, token.end, r"write `\substack{…\\…}`")
        inner = self.rows()
        closing = self.take()
        if closing is None or closing.text != "}":
            raise self.fail("this group never ends", opening.start, opening.end, "close it with `}`")
        return rf"\substack{{{inner}}}"

    def name(self, token: _Token) -> tuple[str, int]:
        found = re.match(r"\s*\{([a-zA-Z]+\*?)\}", self.tex[token.end : token.end + 40])
        if found is None:
            raise self.fail(f"`{token.text}` names no environment", token.start, token.end,
                            r"write `\begin{aligned} … \end{aligned}`")  # fmt: skip
        end = token.end + found.end()
        while (next_ := self.peek()) is not None and next_.start < end:
            self.at += 1
        return found[1], end

    def environment(self, token: _Token) -> str:
        name, end = self.name(token)
        if name not in ENVIRONMENTS:
            near = get_close_matches(name, ENVIRONMENTS, 1)
            raise self.fail(f"no environment of mathematics is called `{name}`", token.start, end,
                            f"did you mean `{near[0]}`?" if near else
                            "known are " + ", ".join(f"`{each}`" for each in ENVIRONMENTS if "*" not in each))  # fmt: skip
        self.depth += 1
        if self.depth > DEPTH:
            raise self.fail(f"groups are nested over {DEPTH} deep", token.start, token.end, "divide the formula")
        columns = ""
        if name == "array":
            self.blank()
            opening = self.peek()
            written = self.words(token) if opening is not None and opening.text == "{" else ""
            if not _COLUMNS.fullmatch(written):
                raise self.fail("an `array` must say how its columns stand", token.start, end,
                                r"write `\begin{array}{lcr}`: left, centred, right; no rules are drawn")  # fmt: skip
            columns = f"{{{written}}}"
        inner = self.rows()
        closing = self.take()
        if closing is None or closing.text != r"\end":
            raise self.fail(f"`{name}` begins here and never ends", token.start, end, rf"write `\end{{{name}}}`")
        ended, stop = self.name(closing)
        if ended != name:
            raise self.fail(f"`{ended}` ends here, but `{name}` began", closing.start, stop, rf"write `\end{{{name}}}`")
        self.depth -= 1
        inner = re.sub(r"\\\\\s*$", "", inner)
        if inner.startswith("["):
            inner = "{}" + inner
        known = ENVIRONMENTS[name]
        return rf"\begin{{{known}}}{columns} {inner} \end{{{known}}}"


_ARROWS = {r"\xrightarrow": r"\longrightarrow", r"\xleftarrow": r"\longleftarrow"}
_BARS = {
    r"\lvert": "|", r"\rvert": "|", r"\vert": "|", r"\lVert": r"\|", r"\rVert": r"\|", r"\Vert": r"\|",
    r"\lbrace": r"\{", r"\rbrace": r"\}", r"\lbrack": "[", r"\rbrack": "]",
}  # fmt: skip
"""Names of brackets that the converter would let grow."""
_ROOMY = {r"\bmod": r"\; \bmod \;", r"\bigtriangleup": r"\: \bigtriangleup \:"}
_CLASSES = {r"\mathrel": r"\;", r"\mathbin": r"\:"}
"""What stands on both sides of signs that an author makes a relation, or a binary operator."""
_WORDS = {r"\textrm": r"\text", r"\textnormal": r"\text", r"\mbox": r"\text"}
_ONE = {
    r"\bm": r"\boldsymbol",
    r"\mathnormal": r"\mathit",
    r"\mathop": "",
    r"\mathbin": "",
    r"\mathrel": "",
    r"\mathord": "",
}


def _pair(name: str, first: str, second: str) -> str:
    match name:
        case r"\cfrac":
            return rf"{{\displaystyle \frac{{\displaystyle {first}}}{{\displaystyle {second}}}}}"
        case r"\binom" | r"\dbinom" | r"\tbinom":
            inner = rf"\left( {{{first} \atop {second}}} \right)"
            style = {r"\dbinom": r"\displaystyle ", r"\tbinom": r"\textstyle "}.get(name, "")
            return f"{{{style}{inner}}}" if style else inner
        case r"\stackrel":
            return rf"\overset{first}{second}"
        case _:
            return f"{name}{first}{second}"
