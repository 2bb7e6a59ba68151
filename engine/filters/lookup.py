"""``lookup``: a value through one of the recipe's tables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from decimal import Decimal
from typing import Any, Final

from engine import money
from engine.declare import Declaration
from engine.diagnostics import nearest
from engine.filters import BadValue, Filter
from engine.paths import MISSING
from engine.quick import FEW_LOOKS, LONGEST, SHORT, Fixed, Form, Slow, through_table
from engine.scope import Scope, size
from engine.signatures import Given, Mistyped, taken
from engine.types import ANY, Type, join, of_values, quoted

NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)
"""A key that a number can find."""


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


def _quick(filter: Filter, fixed: Fixed) -> Form | None:
    table = fixed.args.get("table")
    rows = fixed.constants.lookups.get(table) if isinstance(table, str) else None
    if rows is None or any(len(key) > SHORT or size(row) > FEW_LOOKS for key, row in rows.items()):
        return None

    def form(value: Any) -> Any:
        if value is None:
            return None
        if type(value) is list or (type(value) is str and len(value) > LONGEST):
            raise Slow
        found = rows.get(value if type(value) is str else _key(value), MISSING)
        if found is MISSING and not fixed.stands_in:
            raise Slow
        return found

    return form if fixed.stands_in else through_table(form, rows)


def _types(type: Type, given: Given) -> Type:
    found = taken(type, "lookup", "text", "number", "boolean")
    table = given.values.get("table")
    rows = given.tables.get(table) if given.tables is not None and isinstance(table, str) else None
    if rows is None:
        return ANY
    keys = {_key(each) for each in found.boolean}
    keys |= (found.text.values if found.text is not None else None) or frozenset()
    is_closed = found.number is None and (found.text is None or found.text.values is not None)
    is_all = is_closed and not type.is_any and not (found.text is not None and found.text.is_part)
    given.asked.setdefault(str(table), []).append(frozenset(keys) if is_all else None)
    missing = keys - rows.keys()
    if "default" not in given.types and not type.is_any:
        _refuse(table, rows, missing, type)
    hit = [rows[key] for key in keys & rows.keys()] if is_closed else rows.values()
    parts = [of_values(hit)]
    if "default" in given.types and (missing or not is_closed):
        parts.append(given.types["default"].may_lack(None))
    return join(parts)


def _refuse(table: Any, rows: Mapping[str, Any], missing: AbstractSet[str], type: Type) -> None:
    """Raise ``Mistyped`` where a key that the lookup does not have, or none that it has, comes."""
    cure = f"add the key there, or write lookup({table!r}, default=…)"
    if missing:
        near = nearest(next(iter(missing)), rows) if len(missing) == 1 else ""
        known = f"its nearest is {near!r}" if near else f"it has {quoted(rows)}"
        raise Mistyped(f"the lookup {table!r} has no key {quoted(missing)} ({known})", cure)
    if type.number is not None and not any(NUMBER.fullmatch(key) for key in rows):
        raise Mistyped(f"the lookup {table!r} has no key that is a number (it has {quoted(rows)})", cure)
    if not rows:
        raise Mistyped(f"the lookup {table!r} has no keys", cure)


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
    ),
    types=_types,
    quick=_quick,
    stand_in="default",
)
