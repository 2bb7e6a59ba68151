"""Code of the segments of a path that select several values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from engine.generated.made import Unfit
from engine.generated.reading import Reading, Spot
from engine.paths import MISSING
from engine.paths.syntax import (
    Both,
    Comparison,
    Either,
    Every,
    Filter,
    Literal,
    Not,
    Query,
    Segment,
    Side,
    Test,
)

COMPARED: Final[Mapping[str, Callable[[str, str], str]]] = {
    "==": lambda left, right: f"alike({left}, {right})",
    "!=": lambda left, right: f"not alike({left}, {right})",
    "<": lambda left, right: f"before({left}, {right})",
    ">": lambda left, right: f"before({right}, {left})",
    "<=": lambda left, right: f"(before({left}, {right}) or alike({left}, {right}))",
    ">=": lambda left, right: f"(before({right}, {left}) or alike({left}, {right}))",
}

PLAIN: Final = {"==": "is", "!=": "is not"}
"""Operators that compare for equality, and how Python tells true, false and null from all else."""


def selected(spot: Spot, segments: Sequence[Segment], reading: Reading) -> tuple[Spot, str]:
    """Return an element of what *segments* select in *spot*, and the code of the loop behind it.

    The code fails where something is missing.

    Raises:
        Unfit: a segment is a slice, a union or a descent, or a filter looks at the record as a whole.
    """
    clauses = ""
    depth = 0
    before = reading.unsure
    for segment in segments:
        if segment.single is not None:
            spot = reading.below(spot, [segment.single])
            reading.looked(2, depth - 1)
            continue
        if segment.descends or len(segment.selectors) != 1 or depth == 2:
            raise Unfit
        selector = segment.selectors[0]
        one = reading.writer.name("e")
        clauses += f" for {one} in {reading.rows(spot.text, depth)}"
        spot = reading.element(one, spot)
        if isinstance(selector, Filter):
            clauses += f" if {_Test(spot, depth, reading).of(selector.test)}"
            reading.unsure += 1
        elif not isinstance(selector, Every):
            raise Unfit
        depth += 1
    reading.unsure = before
    return spot, clauses


def depth_of(segments: Sequence[Segment]) -> int:
    """Return how many lists those stand in whose elements *segments* select."""
    return sum(segment.single is None for segment in segments) - 1


@dataclass(frozen=True, slots=True)
class _Test:
    """Writes the test of a filter.

    Attributes:
        one: The value that is tested.
        depth: How many lists that one stands in, but for the first.
    """

    one: Spot
    depth: int
    reading: Reading

    def of(self, test: Test) -> str:
        """Return the code of *test*; raises ``Unfit``."""
        self.reading.looked(1, self.depth)
        match test:
            case Comparison():
                return self.comparison(test)
            case Query():
                return f"{self.query(test)} is not MISSING"
            case Not():
                return f"not ({self.of(test.test)})"
            case Both() | Either():
                word = " and " if isinstance(test, Both) else " or "
                return word.join(f"({self.of(each)})" for each in test.tests)
        raise Unfit

    def comparison(self, test: Comparison) -> str:
        """Return the code of a comparison; with text, true, false or null it is Python's own."""
        self.reading.looked(3, self.depth)
        left, right = self.side(test.left), self.side(test.right)
        values = [side.value for side in (test.left, test.right) if isinstance(side, Literal)]
        value = values[0] if len(values) == 1 else MISSING
        if test.operator in PLAIN and isinstance(value, str):
            return f"{left} {test.operator} {right}"
        if test.operator in PLAIN and (value is None or isinstance(value, bool)):
            return f"{left} {PLAIN[test.operator]} {right}"
        return COMPARED[test.operator](left, right)

    def side(self, side: Side) -> str:
        if isinstance(side, Literal):
            return self.reading.writer.literal(side.value)
        if isinstance(side, Query):
            return self.query(side)
        raise Unfit

    def query(self, query: Query) -> str:
        """Return the code of a query that names one value."""
        if query.from_root or not query.is_single:
            raise Unfit
        spot = self.one
        for segment in query.segments:
            if segment.single is not None:
                spot = self.reading.child(spot, segment.single)
            self.reading.looked(3, self.depth)
        return self.reading.used(spot)
