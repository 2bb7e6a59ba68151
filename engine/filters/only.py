"""``only``: the one element of a list."""

from __future__ import annotations

from typing import Any

from engine.declare import Declaration
from engine.filters import BadValue, Filter
from engine.scope import Scope


def only(values: list[Any], scope: Scope) -> Any:
    """Return the element of a list that has exactly one."""
    if len(values) != 1:
        cure = "narrow the path down to one, or say which: first or last"
        raise BadValue(f"only takes a list of exactly one element, this one has {len(values):,}; {cure}")
    return values[0]


FILTER = Filter(
    Declaration(
        "only",
        "Gives the element of a list that has exactly one; any other list is an error.",
        only,
        examples=(((["tax"], "only"), "tax"), (([["a", "b"]], "only"), ["a", "b"])),
        group="Lists",
    ),
    takes="list",
    types=lambda values, given: values.element.may_lack(None),
)
