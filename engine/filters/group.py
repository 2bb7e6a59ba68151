"""``group``: the elements of a list by what they have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from engine.declare import Declaration
from engine.filters import BadValue, Filter, fault, field_of
from engine.money import kind
from engine.paths import MISSING, RECORD
from engine.scope import Scope
from engine.signatures import ENTRY, Given, key_of, taken
from engine.types import Number, Type, every, list_of, mapping_of

CURE: Final = (
    "a key is text, a whole number, true or false; select the elements that have one: $.lines[?@.tax != null]"
)


def group(values: list[Any], scope: Scope, by: Any) -> list[dict[str, Any]]:
    """Return a mapping of ``key`` and ``items`` for each key, in the order in which the keys first appear."""
    path = field_of(by, "group")
    groups: dict[tuple[type, Any], list[Any]] = {}
    for index, value in enumerate(values, 1):
        key = path.select({RECORD: value})
        if isinstance(key, bool | int | str):
            groups.setdefault((type(key), key), []).append(value)  # the type too: 1 and true are two keys
            continue
        raise BadValue(f"group finds {_found(key)} as {by!r} in entry {index} of the list; {CURE}")
    return [{"key": key, "items": items} for (_, key), items in groups.items()]


def _found(key: Any) -> str:
    if key is MISSING:
        return "nothing"
    return "a number with decimals" if isinstance(key, Decimal) else kind(key)


def _refused(given: Mapping[str, Any]) -> str:
    return fault(lambda: field_of(given["by"], "group")) if "by" in given else ""


def _types(type: Type, given: Given) -> Type:
    key = replace(every(), is_any=True)
    if given.is_written:
        by = given.values["by"]
        found = key_of(type, field_of(by, "group"), "group")
        key = taken(found, "group", "text", "number", "boolean", help=CURE, what=f"{by!r} in {ENTRY}")
    whole = Number(whole=True) if key.number is not None else None
    key = replace(key.only("text", "boolean"), number=whole, lack=None, is_any=key.is_any)
    return list_of(mapping_of({"key": key, "items": type.only("list").may_lack(None)}))


FILTER = Filter(
    Declaration(
        "group",
        "Puts the elements with the same key together, as a list of mappings with key and items, in the order in which "
        "the keys first appear. The key is a field's name or a path in each element: text, a whole number, true or "
        "false. Different types are different keys; an element without a key is an error.",
        group,
        examples=(
            (
                ([{"tax": "7", "net": 1}, {"tax": "19", "net": 2}, {"tax": "7", "net": 3}], "group('tax')"),
                [
                    {"key": "7", "items": [{"tax": "7", "net": 1}, {"tax": "7", "net": 3}]},
                    {"key": "19", "items": [{"tax": "19", "net": 2}]},
                ],
            ),
            (([{"a": {"b": 1}}], "group(by='$.a.b')"), [{"key": 1, "items": [{"a": {"b": 1}}]}]),
        ),
        group="Lists",
    ),
    takes="list",
    checked=_refused,
    types=_types,
)
