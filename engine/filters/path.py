"""``path``: a JSONPath applied to a value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.declare import Declaration
from engine.filters import Filter, fault
from engine.filters import query as compiled
from engine.paths import RECORD, PathFailed
from engine.quick import LOOKS_OF_LIST, Fixed, Form, Slow, short
from engine.scope import Budget, Scope
from engine.signatures import Given
from engine.types import ANY, Type


def path(value: Any, scope: Scope, query: Any) -> Any:
    """Return what *query* selects in *value*: a value, a list, or ``MISSING``."""
    return compiled(query, "query of path").select({RECORD: value}, scope.budget)


def _refused(given: Mapping[str, Any]) -> str:
    return fault(lambda: compiled(given["query"], "query of path")) if "query" in given else ""


def _quick(filter: Filter, fixed: Fixed) -> Form | None:
    if fixed.given:
        return None
    query = compiled(fixed.args["query"], "query of path")

    def form(value: Any) -> Any:
        try:
            return short(query.select({RECORD: short(value)}, Budget(looks=LOOKS_OF_LIST)), LOOKS_OF_LIST)
        except PathFailed as error:
            raise Slow from error

    return form


def _types(type: Type, given: Given) -> Type:
    written = given.values.get("query")
    if given.reads is None or not isinstance(written, str):
        return ANY
    return given.reads(compiled(written, "query of path"), type)


FILTER = Filter(
    Declaration(
        "path",
        "Applies a JSONPath to a value, whose start is $: names and indexes alone give one value, any other path a "
        "list. Where nothing is found it is an error, unless default follows.",
        path,
        examples=(
            (
                (
                    [{"type": "sale", "net": 5}, {"type": "payout", "net": -5}],
                    "path(\"$[?@.type != 'payout'].net\") | sum",
                ),
                5,
            ),
            (({"a": [1, 2]}, "path('$.a[0]')"), 1),
            (({"a": [1, 2]}, "path('$.b') | default(0)"), 0),
        ),
        group="Lists",
    ),
    takes="any",
    checked=_refused,
    quick=_quick,
    finds_nothing=True,
    types=_types,
)
