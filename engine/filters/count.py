"""``count``: how many elements a list has."""

from __future__ import annotations

from typing import Any

from engine.declare import Declaration
from engine.filters import Filter
from engine.scope import Scope
from engine.types import WHOLE


def count(values: list[Any], scope: Scope) -> int:
    """Return how many elements there are, nulls among them."""
    return len(values)


FILTER = Filter(
    Declaration(
        "count",
        "Counts the elements of a list, nulls too. The characters of a text are counted by length.",
        count,
        examples=(((["a", None], "count"), 2), (([], "count"), 0)),
        group="Lists",
    ),
    takes="list",
    types=lambda values, given: WHOLE,
)
