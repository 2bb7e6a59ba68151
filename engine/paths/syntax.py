"""What a query of RFC 9535 consists of, as frozen nodes, and what is raised where a path is none or has no value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


class BadPath(ValueError):
    """A path is no JSONPath.

    Attributes:
        offset: Where in the path's text it goes wrong.
        help: The cure, or an empty text.
    """

    def __init__(self, message: str, offset: int, help: str = "") -> None:
        super().__init__(message)
        self.offset, self.help = offset, help


class PathFailed(ValueError):
    """A path is well formed but cannot be evaluated on this data: too many values, or no record for its ``$``."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A value that is written in a filter: text, an int or Decimal, true, false or null."""

    value: Any


@dataclass(frozen=True, slots=True, eq=False)
class Query:
    """A query inside a filter.

    Attributes:
        from_root: Whether it begins with ``$``, else with ``@``.
    """

    from_root: bool
    segments: tuple[Segment, ...]

    @property
    def is_single(self) -> bool:
        """Whether it names one value: the only query that is compared."""
        return all(segment.single is not None for segment in self.segments)


@dataclass(frozen=True, slots=True)
class Call:
    """A function of a filter: ``length``, ``count``, ``value``, ``match`` or ``search``."""

    name: str
    args: tuple[Side, ...]


Side = Literal | Query | Call
"""What is compared, or given to a function."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """``left operator right``; the operator is one of ``== != < <= > >=``.

    Attributes:
        text: As written.
        offset: Where it begins in the text of the whole query.
    """

    left: Side
    operator: str
    right: Side
    text: str = field(default="", compare=False)
    offset: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    """``!test``."""

    test: Test


@dataclass(frozen=True, slots=True)
class Both:
    """Tests joined by ``&&``."""

    tests: tuple[Test, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """Tests joined by ``||``."""

    tests: tuple[Test, ...]


Test = Comparison | Query | Call | Not | Both | Either
"""What holds or not: a query where it selects anything, a call of ``match`` or ``search``."""


@dataclass(frozen=True, slots=True)
class Filter:
    """``?test``."""

    test: Test


@dataclass(frozen=True, slots=True)
class Every:
    """``*``."""


Selector = str | int | slice | Every | Filter
"""A name, an index, a slice, ``*`` or a filter."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One step of a query.

    Attributes:
        selectors: At least one.
        descends: Whether it is a ``..``.
        offset: Where it begins in the query's text.
    """

    selectors: tuple[Selector, ...]
    descends: bool
    offset: int

    @property
    def single(self) -> str | int | None:
        """The one name or index that it selects, or None where it may select several values."""
        if self.descends or len(self.selectors) != 1:
            return None
        selector = self.selectors[0]
        return selector if isinstance(selector, (str, int)) else None
