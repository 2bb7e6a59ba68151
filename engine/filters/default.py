"""``default``: a stand-in for what is absent or null."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine.declare import Declaration
from engine.filters import Filter
from engine.money import kind
from engine.paths import MISSING
from engine.scope import Scope
from engine.signatures import Given
from engine.types import ANY, Type, join


def or_default(value: Any, scope: Scope, other: Any, empty: Any = False) -> Any:
    """Return *value*, or *other* where it is absent or null (with *empty* also for empty text). Each use is counted."""
    if value is MISSING or value is None or (empty and value == ""):
        scope.defaults[scope.place] += 1
        return other
    return value


def _wrong(empty: Any) -> str:
    return "" if isinstance(empty, bool) else f"empty is true or false, found {kind(empty)}"


def _types(type: Type, given: Given) -> Type:
    stays = type.without("null").may_lack(None)
    if given.values.get("empty") is True and stays.text is not None and stays.text.values is not None:
        left = stays.text.values - {""}
        stays = replace(stays, text=replace(stays.text, values=left) if left else None)
    other = given.types.get("other", ANY)
    if type.lack is None and not type.null:
        other = other.may_lack(None)  # nothing says that it ever stands in
    return join([stays, other])


FILTER = Filter(
    Declaration(
        "default",
        'Stands in for a value that is absent or null; with empty=true also for "". The report counts each use.',
        or_default,
        examples=(
            (("a", "default('b')"), "a"),
            ((None, "default('b')"), "b"),
            (("", "default('b', empty=true)"), "b"),
        ),
        group="Tables and what is absent",
    ),
    takes="any",
    takes_missing=True,
    stand_in="other",
    takes_fraction=True,
    checked=lambda given: _wrong(given.get("empty", False)),
    types=_types,
)
