"""Evaluates queries of RFC 9535.

Evaluated here and not by the library because ``$`` inside a filter is the record wherever the path itself begins, JSON
values are equal by JSON's own rules (``[1]`` is not ``[true]``), and how many values are looked at is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, assert_never

from engine.paths.syntax import (
    Both,
    Call,
    Comparison,
    Either,
    Every,
    Filter,
    Literal,
    Not,
    PathFailed,
    Query,
    Segment,
    Selector,
    Side,
    Test,
)
from engine.patterns import BadPattern, Pattern, compile_pattern
from engine.scope import MAX_LOOKS, Budget, size

I_REGEXP: Final = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]|\.", re.DOTALL)
"""The parts of an I-Regexp among which a point stands for itself or for any character."""
NOTHING: Final = object()
"""What a filter compares where its query selects nothing; equal to itself alone."""


class Selection:
    """One evaluation of a query.

    Args:
        root: What ``$`` is inside filters; ``NOTHING`` where there is none. Not changed.
        budget: What it may still look at.
    """

    __slots__ = ("budget", "known", "root")

    def __init__(self, root: Any, budget: Budget) -> None:
        self.root, self.budget = root, budget
        self.known: dict[int, list[Any]] = {}

    def step(self, segment: Segment, values: list[Any]) -> list[Any]:
        """Return what *segment* selects in each of *values*, in the order of RFC 9535; raises ``PathFailed``."""
        if segment.descends:
            values = [inner for value in values for inner in self._within(value)]
        found: list[Any] = []
        for value in values:
            for selector in segment.selectors:
                found += self._select(selector, value)
        return found

    def look(self, count: int = 1) -> None:
        """Count *count* values that are looked at; raises ``PathFailed`` when there were too many."""
        if not self.budget.look(count):
            raise PathFailed(
                f"the path looks at more than {MAX_LOOKS:,} values; name more of the way to them"
            )

    def _within(self, value: Any) -> Iterator[Any]:
        """Yield *value* and all below it that have children, each before its children."""
        ahead = [value]
        while ahead:
            value = ahead.pop()
            self.look()
            yield value
            ahead += [inner for inner in reversed(_children(value)) if isinstance(inner, (list, dict))]

    def _select(self, selector: Selector, value: Any) -> list[Any]:
        found: list[Any] = []
        match selector:
            case str():
                found = [value[selector]] if isinstance(value, dict) and selector in value else []
            case int():
                inside = isinstance(value, list) and -len(value) <= selector < len(value)
                found = [value[selector]] if inside else []
            case slice():
                found = value[selector] if isinstance(value, list) and selector.step != 0 else []
            case Every():
                found = _children(value)
            case Filter():
                return [inner for inner in _children(value) if self._holds(selector.test, inner)]
            case _:
                assert_never(selector)
        self.look(len(found) + 1)
        return found

    def _holds(self, test: Test, current: Any) -> bool:
        self.look()
        match test:
            case Comparison():
                left, right = self._value(test.left, current), self._value(test.right, current)
                return self._compare(left, test.operator, right)
            case Query():
                return bool(self._nodes(test, current))
            case Call():
                return self._call(test, current) is True
            case Not():
                return not self._holds(test.test, current)
            case Both():
                return all(self._holds(each, current) for each in test.tests)
            case Either():
                return any(self._holds(each, current) for each in test.tests)
            case _:
                assert_never(test)

    def _nodes(self, query: Query, current: Any) -> list[Any]:
        """Return what a query inside a filter selects; one from ``$`` is evaluated once for all elements."""
        if query.from_root and id(query) in self.known:
            return self.known[id(query)]
        if query.from_root and self.root is NOTHING:
            raise PathFailed("$ inside a filter is the record, and there is no record here")
        found = [self.root if query.from_root else current]
        for segment in query.segments:
            found = self.step(segment, found)
        if query.from_root:
            self.known[id(query)] = found
        return found

    def _value(self, side: Side, current: Any) -> Any:
        match side:
            case Literal():
                return side.value
            case Query():
                found = self._nodes(side, current)
                return found[0] if found else NOTHING
            case Call():
                return self._call(side, current)
            case _:
                assert_never(side)

    def _call(self, call: Call, current: Any) -> Any:
        first = call.args[0]
        if call.name in ("count", "value"):
            if not isinstance(first, Query):
                raise TypeError(f"{call.name} of {first}")
            found = self._nodes(first, current)
            if call.name == "count":
                return len(found)
            return found[0] if len(found) == 1 else NOTHING
        given = [self._value(arg, current) for arg in call.args]
        if call.name == "length":
            return len(given[0]) if isinstance(given[0], (str, list, dict)) else NOTHING
        self.look(size(given[0]))
        return _matches(given[0], given[1], whole=call.name == "match")

    def _compare(self, left: Any, operator: str, right: Any) -> bool:
        if operator in ("==", "!="):
            return self._equal(left, right) is (operator == "==")
        low, high = (left, right) if operator in ("<", "<=") else (right, left)
        return _less(low, high) or (operator in ("<=", ">=") and self._equal(left, right))

    def _equal(self, left: Any, right: Any) -> bool:
        """Tell whether two JSON values are equal: true is not 1, also inside lists and mappings."""
        ahead = [(left, right)]
        while ahead:
            a, b = ahead.pop()
            self.look()
            if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
                ahead += zip(a, b, strict=True)
            elif isinstance(a, dict) and isinstance(b, dict) and a.keys() == b.keys():
                ahead += [(value, b[name]) for name, value in a.items()]
            elif isinstance(a, (list, dict)) or not _alike(a, b) or a != b:
                return False
        return True


def _matches(text: Any, pattern: Any, *, whole: bool) -> bool:
    """Tell whether an I-Regexp (RFC 9485) is found in *text*, or is the *whole* of it; what is no text has no match."""
    if not isinstance(text, str) or not isinstance(pattern, str):
        return False
    try:
        found = _compiled(pattern, whole)
    except BadPattern:
        return False  # RFC 9535, 2.4.6: what is no I-Regexp matches nothing
    try:
        return found.search(text) is not None
    except BadPattern as error:
        raise PathFailed(str(error)) from error


@lru_cache(maxsize=256)
def _compiled(pattern: str, whole: bool) -> Pattern:
    # In an I-Regexp a point stands for anything but \n and \r, in RE2 for anything but \n.
    written = I_REGEXP.sub(lambda part: r"[^\n\r]" if part.group() == "." else part.group(), pattern)
    return compile_pattern(rf"\A(?:{written})\z" if whole else written)


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _alike(left: Any, right: Any) -> bool:
    numbers = _is_number(left), _is_number(right)
    return all(numbers) or (not any(numbers) and type(left) is type(right))


def _less(left: Any, right: Any) -> bool:
    """RFC 9535 orders numbers and text, each among themselves, and nothing else."""
    if (_is_number(left) and _is_number(right)) or (isinstance(left, str) and isinstance(right, str)):
        return bool(left < right)
    return False


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, Decimal)) and not isinstance(value, bool)
