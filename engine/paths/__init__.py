"""Reading paths: RFC 9535 with the recipe's roots, optional marks and its word on what is missing.

``$.a.b[0]`` names one value; a path with a wildcard, slice, filter or descent selects a list. Absent is ``MISSING``,
never null: JSON null is a value of its own. A plain dotted path is walked here without the library, which is most
paths of most recipes; ``engine.paths.queries`` reads the rest (all 703 cases of the compliance suite, and our own
of what it leaves open).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from engine.money import kind
from engine.paths import cures
from engine.paths.queries import segments
from engine.paths.query import NOTHING, Selection
from engine.paths.syntax import BadPath as BadPath
from engine.paths.syntax import PathFailed as PathFailed
from engine.paths.syntax import Segment
from engine.scope import Budget

OPENS: Final = re.compile(r"\$(?:\Z|[.\[A-Za-z])")
HEAD: Final = re.compile(r"\$([A-Za-z][A-Za-z0-9_]*)?")
PLAIN: Final = re.compile(r"(?:\.[A-Za-z_][A-Za-z0-9_]*|\[(?:0|[1-9][0-9]{0,9})\])*")
STEP: Final = re.compile(r"\.([A-Za-z_][A-Za-z0-9_]*)|\[([0-9]+)\]")
EACH: Final = re.compile(r"\[\s*\*\s*\]")
PLAIN_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
RECORD: Final = "record"
"""The name of the root that ``$`` alone stands for."""
MAX_PATH: Final = 2_000


class Missing:
    """The type of ``MISSING``: what a path found where nothing is. It is neither true nor false."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        raise TypeError("missing is neither true nor false")


MISSING: Final = Missing()


@dataclass(frozen=True, slots=True)
class Path:
    """A compiled path.

    Attributes:
        text: As written.
        root: The root's name; ``record`` for a bare ``$``.
        optional: Whether it ends with ``?``.
        steps: The names and indexes before the first segment that selects several values.
        rest: The segments from there on; empty for a path that names one value.
    """

    text: str
    root: str
    optional: bool
    steps: tuple[str | int, ...]
    rest: tuple[Segment, ...] = ()

    @property
    def is_single(self) -> bool:
        """Whether the path names one value; otherwise it selects a list."""
        return not self.rest

    @property
    def names(self) -> tuple[str, ...]:
        """The names behind the root, up to the first index."""
        ends = (at for at, step in enumerate(self.steps) if not isinstance(step, str))
        return tuple(str(step) for step in self.steps[: next(ends, len(self.steps))])

    def select(self, roots: Mapping[str, Any], budget: Budget | None = None) -> Any:
        """Return what the path selects.

        Args:
            roots: Plain JSON data by root name; ``$`` inside a filter is ``record``. Not changed.
            budget: What it may still look at; without one it has its own.

        Returns:
            The value itself (not a copy), a new list for a path that selects several, or ``MISSING``.

        Raises:
            PathFailed: it looks at too many values, or a filter reads ``$`` where there is no record.

        Source: RFC 9535; what is missing in a list: ``docs/language.md``. Cases: ``tests/conformance/paths.json``.
        """
        value = roots.get(self.root, MISSING)
        for step in self.steps:
            value = _child(value, step)
            if value is MISSING:
                return MISSING
        if not self.rest or value is MISSING:
            return value
        selection = Selection(roots.get(RECORD, NOTHING), budget or Budget())
        values = [value]
        for segment in self.rest:
            if any(True for _ in _gaps(segment, values)):
                return MISSING
            values = selection.step(segment, values)
        return list(values)

    def nodes(self, roots: Mapping[str, Any]) -> list[Any]:
        """Return every value that the path selects; what lacks a name on the way is left out, as in RFC 9535."""
        value = roots.get(self.root, MISSING)
        for step in self.steps:
            value = _child(value, step)
        values = [] if value is MISSING else [value]
        selection = Selection(roots.get(RECORD, NOTHING), Budget())
        for segment in self.rest:
            values = selection.step(segment, values)
        return values

    def why_missing(self, roots: Mapping[str, Any]) -> str:
        """Return which part of the path is missing in *roots*: ``$.customer is null``. For a path that is."""
        at = "$" if self.root == RECORD else f"${self.root}"
        value = roots.get(self.root, MISSING)
        if value is MISSING:
            return f"there is no {at} here"
        for step in self.steps:
            inner = _child(value, step)
            if inner is MISSING:
                return _lacks(at, value, step)
            value, at = inner, at + _written(step)
        selection = Selection(roots.get(RECORD, NOTHING), Budget())
        values = [value]
        for index, segment in enumerate(self.rest):
            for number, gap in _gaps(segment, values):
                place = at if index == 0 else f"entry {number} of {self._before(index)}"
                step_or_none = segment.single
                if step_or_none is None:
                    return f"{place} is {kind(gap)}, and {self._part(index)} wants a list"
                return _lacks(place, gap, step_or_none)
            values = selection.step(segment, values)
        return f"{at} holds nothing"

    def _before(self, index: int) -> str:
        return self.text[: self._start(index)].rstrip()

    def _part(self, index: int) -> str:
        """Return the segment *index* of the rest as it is written."""
        end = self._start(index + 1) if index + 1 < len(self.rest) else len(self.text)
        return self.text[self._start(index) : end].removesuffix("?").strip()

    def _start(self, index: int) -> int:
        root = HEAD.match(self.text)
        return self.rest[index].offset + (root.end() if root else 1) - 1


@lru_cache(maxsize=4096)
def compile_path(text: str) -> Path:
    """Return *text* as a compiled path.

    Args:
        text: ``$``, ``$.a[0]``, ``$item.price``, ``$.a?`` …

    Raises:
        BadPath: it is no RFC 9535 path behind its root; carries the offset in *text*.
    """
    if len(text) > MAX_PATH:
        raise BadPath(f"a path has at most {MAX_PATH:,} characters", 0, "write it shorter")
    head = HEAD.match(text)
    if head is None:
        raise BadPath("a path begins with $", 0, "write $.name")
    body = text[head.end() :]
    optional = body.endswith("?")
    body = body[:-1] if optional else body
    root = head.group(1) or RECORD
    if PLAIN.fullmatch(body):
        steps = tuple(name or int(index) for name, index in STEP.findall(body))
        return Path(text, root, optional, steps)
    try:
        steps, rest = _parse(body, head.end())
    except BadPath as error:
        if computing := cures.computing(text, error.offset):
            raise BadPath(*computing) from error
        raise
    return Path(text, root, optional, steps, rest)


def select_nodes(text: str, document: Any) -> list[Any]:
    """Return the values that the RFC 9535 query *text* selects in *document*, as a list (its nodelist).

    Raises:
        BadPath: the query is invalid.
        PathFailed: it looks at too many values.
    """
    selection = Selection(document, Budget())
    values = [document]
    for segment in segments(text, 0):
        values = selection.step(segment, values)
    return list(values)


def cut(path: Path) -> tuple[Path, Path] | None:
    """Return *path* up to its first ``[*]``, and what lies behind it as a path on one element.

    Returns:
        The list's path, never optional, and the element's: its root is named by the text before it without ``$``
        (``.line_items[*]``), which no written path can have. None where the first segment that selects several values
        is no ``[*]``, or there is none.
    """
    head = HEAD.match(path.text)
    if head is None or not path.rest:
        return None
    found = EACH.match(path.text, path.rest[0].offset + head.end() - 1)
    if found is None:
        return None
    behind = [segment.single for segment in path.rest[1:]]
    count = behind.index(None) if None in behind else len(behind)
    steps = tuple(step for step in behind[:count] if step is not None)
    before = Path(path.text[: found.end()], path.root, False, path.steps, path.rest[:1])
    root = path.text[1 : found.end()]
    return before, Path(path.text, root, path.optional, steps, path.rest[count + 1 :])


def opens_path(text: str) -> bool:
    """Tell whether *text* is read as a path: ``$`` followed by nothing, ``.``, ``[`` or a letter."""
    return OPENS.match(text) is not None


def missing_help(path: Path) -> str:
    """Return the cure for a missing *path*."""
    return f"write {path.text}? if it may be absent, or give it | default(…)"


def _parse(body: str, offset: int) -> tuple[tuple[str | int, ...], tuple[Segment, ...]]:
    found = segments("$" + body, offset - 1)
    steps: list[str | int] = []
    for index, segment in enumerate(found):
        step = segment.single
        if step is None:
            return tuple(steps), found[index:]
        steps.append(step)
    return tuple(steps), ()


def _gaps(segment: Segment, values: list[Any]) -> Iterator[tuple[int, Any]]:
    """Yield, with its number from 1 on, each of *values* in which *segment* finds nothing where something must be."""
    step = segment.single
    if step is None and segment.descends:
        return
    for number, value in enumerate(values, 1):
        if not isinstance(value, list) if step is None else _child(value, step) is MISSING:
            yield number, value


def _child(value: Any, step: str | int) -> Any:
    if isinstance(step, str):
        return value.get(step, MISSING) if isinstance(value, dict) else MISSING
    if isinstance(value, list) and -len(value) <= step < len(value):
        return value[step]
    return MISSING


def _lacks(place: str, value: Any, step: str | int) -> str:
    """Return why *value*, which stands at *place*, has no *step*."""
    if isinstance(step, str) and isinstance(value, dict):
        return f"{place} has no {_written(step)}"
    if isinstance(step, int) and isinstance(value, list):
        return f"{place} has no {_written(step)}, only {len(value)} entries"
    if value is None:
        return f"{place} is null"
    return f"{place} is {kind(value)}, and {_written(step)} wants a {'mapping' if isinstance(step, str) else 'list'}"


def _written(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if PLAIN_NAME.fullmatch(step) else f"['{step}']"
