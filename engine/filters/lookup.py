"""``lookup``: a value through one of the recipe's tables."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from engine import money
from engine.declare import Declaration
from engine.filters import BadValue, Filter
from engine.paths import MISSING
from engine.scope import Scope


def look_up(value: Any, scope: Scope, table: Any, default: Any = MISSING) -> Any:
    """Return what *table* has for *value*; keys compare as text."""
    rows = scope.constants.lookups.get(table) if isinstance(table, str) else None
    if rows is None:
        raise BadValue("lookup takes the name of one of the recipe's lookups")
    key = _key(value)
    if key in rows:
        return rows[key]
    if default is MISSING:
        known = ", ".join(sorted(rows)[:8])
        what = f"the lookup {table!r} has no key {money.shorten(key)!r} (it has {known})"
        raise BadValue(what, "X103", f"add the key there, or write lookup({table!r}, default=…)")
    scope.defaults[scope.place] += 1
    return default


def _key(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, Decimal)):
        return money.text(value)
    if isinstance(value, str):
        return value
    raise BadValue(f"lookup takes text or a number, found {money.kind(value)}")


FILTER = Filter(
    Declaration(
        "lookup",
        "Looks the value up in one of the recipe's lookups; keys compare as text. Without default a miss is an error.",
        look_up,
        examples=(
            (("paid", "lookup('status')"), "open"),
            (("odd", "lookup('status', default='draft')"), "draft"),
        ),
        group="Tables and what is absent",
    )
)
