"""Where the characters of a YAML scalar stand in its file: the value is not what is written.

Lines are folded, escapes are resolved, the indentation of a block is left out. The writing is read anew here, with the
place of each character; where that does not give the value that the parser gave, no place is told rather than a wrong
one. Source: YAML 1.2.2, sections 5.7 (escapes), 6.5 (folding), 7.3 (flow scalars) and 8.1 (block scalars).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import accumulate
from typing import Final

from engine.diagnostics import Span

BREAK: Final = re.compile(r"\r\n|\r|\n")
PROPERTY: Final = re.compile(r"(?:!<[^>\s]*>|[!&][^\s,\[\]{}]*)(?=\s|$)")
BETWEEN: Final = re.compile(r"(?:\s|(?<=\s)#[^\r\n]*)*")
"""What stands between the properties of a node and its content: white space and comments."""
HEADER: Final = re.compile(r"[|>](?:([1-9])?([+-])?|([+-])([1-9]))[ \t]*(?:#[^\r\n]*)?(?:\r\n|\r|\n|$)")
ESCAPES: Final = {
    "0": "\0", "a": "\a", "b": "\b", "t": "\t", "\t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r", "e": "\x1b",
    " ": " ", '"': '"', "/": "/", "\\": "\\", "N": "\x85", "_": "\xa0", "L": "\u2028", "P": "\u2029",
}  # fmt: skip
NUMBERED: Final = {"x": 2, "u": 4, "U": 8}
MOST: Final = 200_000
"""Characters of a scalar whose places are looked for; a longer one is no text that anybody reads."""

LONGEST: Final = 200
"""Characters before a node's anchor in which its tag is looked for."""
BEFORE: Final = re.compile(
    r"(?<![^\s\[{,])(?:!<[^>\s]*>|![^\s,\[\]{}]*)(?=\s+(?:#[^\r\n]*[\r\n]+[ \t\r\n]*)*\Z)"
)
"""The tag behind which a text ends, but for white space and comments."""

Placed = tuple[str, int]
"""A character of the value, and where what makes it begins."""


class Placing:
    """Places of a text's characters, as lines and columns from 1."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def _starts(self) -> list[int]:
        """The index at which each line begins."""
        starts = list(accumulate((len(line) for line in self._text.splitlines(keepends=True)), initial=0))
        return starts if self._text.endswith(("\r", "\n")) else starts[:-1] or [0]

    def place(self, index: int) -> tuple[int, int]:
        """Return line and column of the character at *index*."""
        line = bisect_right(self._starts, index) - 1
        return line + 1, index - self._starts[line] + 1

    def part(self, span: Span, value: str, offset: int, length: int) -> Span | None:
        """Return where *length* characters of *value*, a scalar written in *span*, stand; None where nobody knows."""
        whole = self._whole(span)
        placed = places(self._text, content(self._text, whole.start, whole.stop), whole.stop, value)
        # What is missing at the end is missing before the line ends there: behind them stands the next value.
        return None if placed is None else self._shown(placed, min(offset, len(value.rstrip("\n"))), length)

    def direct(self, span: Span, offset: int, length: int) -> Span:
        """Return the same of a value that is written as it is."""
        whole = self._whole(span)
        return self._shown(range(whole.start, whole.stop + 1), offset, length)

    def _whole(self, span: Span) -> range:
        return range(
            self._starts[span.line - 1] + span.column - 1,
            self._starts[span.end_line - 1] + span.end_column - 1,
        )

    def _shown(self, placed: Sequence[int], offset: int, length: int) -> Span:
        """Return the characters on the line of the first; what is missing at the end stands behind the last one."""
        line, column = self.place(placed[min(offset, len(placed) - 1)])
        last, behind = self.place(placed[min(offset + length, len(placed) - 1)])
        if last > line:
            text = self._text[self._starts[line - 1] : self._starts[line]] if line < len(self._starts) else ""
            behind = len(text.rstrip("\r\n")) + 1
        return Span(line, column, line, max(column + 1, behind))


def content(text: str, start: int, end: int) -> int:
    """Return where the content of the node from *start* to *end* begins, behind its tag and its anchor."""
    return _behind(text, _behind(text, start, end), end)


def places(text: str, start: int, end: int, value: str) -> list[int] | None:
    """Return where each character of *value* stands in *text*, and behind them where its writing ends.

    Args:
        start, end: Where the scalar is written, without tag and anchor.

    Returns:
        One index more than *value* has characters; None where the writing is none that gives it.
    """
    if end - start > MOST:
        return None
    first = text[start : start + 1]
    if first in ("|", ">"):
        readings: Iterator[list[Placed]] = _block(text, start, end)
    elif first == '"':
        readings = iter([_folded(text, start + 1, end - 1, _escaped)])
    elif first == "'":
        readings = iter([_folded(text, start + 1, end - 1, _doubled)])
    else:
        readings = iter([_folded(text, start, end, _bare)])
    for made in readings:
        if "".join(char for char, _ in made) == value:
            last = end - 1 if first in ("'", '"') else end
            if first in ("|", ">"):
                last = made[-1][1] + 1 if made else start + 1
            return [at for _, at in made] + [last]
    return None


def properties(text: str, start: int) -> int:
    """Return where the properties of a node begin, which is told to begin at *start*, the first or the second one."""
    return (
        tag(text, start, len(text))[0]
        if text[start : start + 1] == "&" and not _is_second(text, start)
        else start
    )


def _is_second(text: str, start: int) -> bool:
    """Tell whether a tag stands behind the anchor at *start*."""
    return text[_behind(text, start, len(text)) :].startswith("!")


def tag(text: str, start: int, end: int) -> tuple[int, int]:
    """Return where the tag of the node at *start*, which has one, begins and ends."""
    if text[start : start + 1] == "&":
        if _is_second(text, start):
            start = _behind(text, start, end)
        elif found := BEFORE.search(text[max(0, start - LONGEST) : start]):
            start += found.start() - min(start, LONGEST)
    found = PROPERTY.match(text, start, end)
    return start, found.end() if found is not None else start + 1


def _behind(text: str, start: int, end: int) -> int:
    """Return where what follows the property at *start* begins."""
    found = PROPERTY.match(text, start, end)
    between = BETWEEN.match(text, found.end(), end) if found is not None else None
    return between.end() if between is not None else start


Sign = Callable[[str, int], tuple[str, int]]
"""Gives the text that stands for one sign of a flow scalar at an index, and the index behind it."""


def _bare(text: str, at: int) -> tuple[str, int]:
    return text[at], at + 1


def _doubled(text: str, at: int) -> tuple[str, int]:
    return text[at], at + (2 if text.startswith("''", at) else 1)


def _escaped(text: str, at: int) -> tuple[str, int]:
    if text[at] != "\\":
        return text[at], at + 1
    sign = text[at + 1 : at + 2]
    if sign in NUMBERED:
        behind = at + 2 + NUMBERED[sign]
        try:
            return chr(int(text[at + 2 : behind], 16)), behind
        except (ValueError, OverflowError):
            return "\\", at + 1
    return ESCAPES.get(sign, "\\"), at + 2


def _folded(text: str, start: int, end: int, sign: Sign) -> list[Placed]:
    """Return the characters of a flow scalar: a break is a space, each further one in a row a line end."""
    made: list[Placed] = []
    at, blank = start, 0  # how many of the last characters are blanks as they stand, which a break swallows
    while at < end:
        # Behind a backslash a break is nothing, and swallows nothing.
        is_escaped = sign is _escaped and text[at] == "\\" and BREAK.match(text, at + 1, end) is not None
        if is_escaped or BREAK.match(text, at, end):
            breaks, at = _breaks(text, at + is_escaped, end)
            if not is_escaped:
                del made[len(made) - blank :]
            is_space = len(breaks) == 1 and not is_escaped
            made += [(" ", breaks[0])] if is_space else [("\n", each) for each in breaks[1:]]
            blank = 0
            continue
        made_of, behind = sign(text, at)
        blank = blank + 1 if text[at] in " \t" else 0
        if made and _are_halves(made[-1][0], made_of):
            made[-1] = (_joined(made[-1][0], made_of), made[-1][1])
        else:
            made.append((made_of, at))
        at = behind
    return made


def _breaks(text: str, at: int, end: int) -> tuple[list[int], int]:
    """Return where the breaks stand that begin at *at*, with nothing but blanks between, and where text goes on."""
    found, breaks = BREAK.match(text, at, end), []
    while found is not None:
        breaks.append(found.start())
        at = found.end()
        while at < end and text[at] in " \t":
            at += 1
        found = BREAK.match(text, at, end)
    return breaks, at


def _are_halves(first: str, second: str) -> bool:
    return "\ud800" <= first <= "\udbff" and "\udc00" <= second <= "\udfff"


def _joined(first: str, second: str) -> str:
    return (first + second).encode("utf-16-le", "surrogatepass").decode("utf-16-le")


def _block(text: str, start: int, end: int) -> Iterator[list[Placed]]:
    """Yield the characters of a block scalar, by each indentation that its header may mean."""
    header = HEADER.match(text, start)
    if header is None:
        return
    given, chomp = header.group(1) or header.group(4), header.group(2) or header.group(3) or ""
    written = list(_lines(text, header.end(), end))
    indents = [_indent(text[first:last]) for first, last in written if text[first:last].strip(" ")]
    if given:
        candidates: Iterator[int] = iter(range(int(given), (min(indents) if indents else 64) + 1))
    else:
        candidates = iter(indents[:1] or [max((last - first for first, last in written), default=0)])
    for indent in candidates:
        inside = []
        for first, last in written:
            line = text[first:last]
            if line.strip(" ") and _indent(line) < indent:
                break  # a comment behind the block, or what comes next
            inside.append((min(first + indent, last), last))
        yield _chomped(text, inside, chomp, folds=text[start] == ">")


def _lines(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield where each line begins and where its break stands."""
    at = start
    while at < end:
        found = BREAK.search(text, at, end)
        yield at, found.start() if found else end
        if found is None:
            return
        at = found.end()


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _chomped(text: str, lines: list[tuple[int, int]], chomp: str, *, folds: bool) -> list[Placed]:
    filled = [number for number, (first, last) in enumerate(lines) if last > first]
    made: list[Placed] = []
    if not filled:
        return [("\n", last) for _, last in lines] if chomp == "+" else []
    for number in range(filled[-1] + 1):
        first, last = lines[number]
        made += [(text[at], at) for at in range(first, last)]
        if number == filled[-1]:
            break
        made.append(("\n", last))
    if folds:
        made = _joined_lines(text, lines, filled)
    closing = lines[filled[-1] :]
    ends = [("\n", last) for _, last in closing if last < len(text)]
    return made + (ends if chomp == "+" else ends[:1] if chomp == "" else [])


def _joined_lines(text: str, lines: list[tuple[int, int]], filled: list[int]) -> list[Placed]:
    """Return the characters of a folded block up to the last line that has some."""
    made: list[Placed] = [("\n", lines[number][1]) for number in range(filled[0])]
    for before, number in zip([None, *filled], filled, strict=False):
        first, last = lines[number]
        if before is not None:
            breaks = [lines[each][1] for each in range(before, number)]
            apart = text[lines[before][0]] in " \t" or text[first] in " \t"
            if apart:
                made += [("\n", each) for each in breaks]
            else:
                made += [(" ", breaks[0])] if len(breaks) == 1 else [("\n", each) for each in breaks[1:]]
        made += [(text[at], at) for at in range(first, last)]
    return made
