"""What generated code calls: the language's operations for what comes most often; the rest is the interpreter's.

Each gives what the interpreter gives, or raises: ``Slow`` where the interpreter may well go on, anything else where the
record fails. Why it fails the interpreter says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from types import NoneType
from typing import Any, Final

from engine import money, schema
from engine.filters import MAX_TEXT
from engine.filters.money import is_plain
from engine.money import EXACT
from engine.operators import COMPARE, as_text, calculate, negative, positive, settled, truth
from engine.paths import MISSING
from engine.quick import FEW, LONGEST, MOST, Memo, Slow, elements
from engine.scope import Budget

SCALARS: Final = frozenset({str, int, Decimal, bool, NoneType})
PLAIN: Final = SCALARS | {type(MISSING)}
NUMBERS: Final = frozenset({int, Decimal})
ORDERED: Final = frozenset({str, int, Decimal})


class Absent(Exception):
    """What must be there is missing."""


def at(value: Any, index: int) -> Any:
    """Return the entry *index* of a list."""
    if not isinstance(value, list):
        raise Absent
    return value[index]


def child(value: Any, step: str | int) -> Any:
    """Return what a path finds one step on, or ``MISSING``."""
    if isinstance(step, str):
        return value.get(step, MISSING) if isinstance(value, dict) else MISSING
    return value[step] if isinstance(value, list) and -len(value) <= step < len(value) else MISSING


def seek(value: Any, step: str | int) -> Any:
    """Return what a path finds one step on, or null."""
    if isinstance(step, str):
        return value.get(step) if isinstance(value, dict) else None
    return value[step] if isinstance(value, list) and -len(value) <= step < len(value) else None


def part(value: Any, name: str) -> Any:
    """Return the field *name* of a value that was decoded for what is read; nothing below null and below nothing."""
    return MISSING if value is None or value is MISSING else getattr(value, name)


def inner(value: Any, step: str | int) -> Any:
    """Return what an expression finds one step on: nothing below null, and an error below what has no such steps."""
    if value is MISSING or value is None:
        return MISSING
    if not isinstance(value, dict if isinstance(step, str) else list):
        raise Absent
    return child(value, step)


def present(value: Any) -> Any:
    """Return *value*, which must be there."""
    if value is MISSING:
        raise Absent
    return value


def rows(value: Any) -> list[Any]:
    """Return *value*, which must be a list."""
    if not isinstance(value, list):
        raise Absent
    if len(value) > MOST:
        raise Slow
    return value


def few(value: Any) -> list[Any]:
    """Return *value*, which must be a list and stands in another."""
    if len(rows(value)) > FEW:
        raise Slow
    return value  # type: ignore[no-any-return]  # it is a list


def alike(left: Any, right: Any) -> bool:
    """Tell whether a path's filter takes two values for equal; ``MISSING`` equals itself."""
    kind, other = type(left), type(right)
    if kind not in PLAIN or other not in PLAIN:
        raise Slow
    if kind is other:
        return bool(left == right)
    return kind in NUMBERS and other in NUMBERS and left == right


def before(left: Any, right: Any) -> bool:
    """Tell whether a path's filter puts *left* before *right*: numbers and texts, each among themselves."""
    kind, other = type(left), type(right)
    if kind in NUMBERS and other in NUMBERS:
        return bool(left < right)
    return kind is str and other is str and left < right


def rows_of(value: Any, absent: Any) -> list[Any]:
    """Return the list that a ``for_each`` goes through; where it is *absent* there is nothing to go through."""
    if value is absent:
        return []
    if not isinstance(value, list):
        raise Absent
    return value


def equal(left: Any, right: Any) -> bool:
    """Tell whether two values are equal; lists and mappings are left to the interpreter."""
    kind = type(left)
    if kind is type(right) and kind in SCALARS:
        return bool(left == right)
    if left is None or right is None:
        return left is right
    if kind not in SCALARS or type(right) not in SCALARS:
        raise Slow
    return COMPARE["eq"](left, right, Budget())


def _order(name: str, test: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    compare = COMPARE[name]

    def ordered(left: Any, right: Any) -> bool:
        kind = type(left)
        if kind is type(right) and kind in ORDERED:
            return test(left, right)
        return compare(left, right, Budget())

    return ordered


def within(left: Any, right: Any) -> bool:
    """Tell whether *left* is an entry of the list *right*, a part of the text, or a name in the mapping."""
    if type(right) is list:
        if len(right) > MOST:
            raise Slow
        return any(equal(left, entry) for entry in right)
    if (
        type(left) is str
        and isinstance(right, (str, dict))
        and len(right) <= (LONGEST if isinstance(right, str) else MOST)
    ):
        return left in right
    raise Slow


def joined(*parts: str) -> str:
    """Return *parts* as one text."""
    made = "".join(parts)
    if len(made) > MAX_TEXT:
        raise Slow
    return made


def written(value: Any) -> Any:
    """Return *value* as it stands in a field of ``format: money``."""
    kind = type(value)
    return money.text(value) if kind is Decimal or kind is int else value


def written_number(value: Any) -> str | None:
    """Return the number *value*, or null, as it stands in a field of ``format: money``, which it then surely meets."""
    if value is None:
        return None
    made = str(value)
    if len(made) > money.MAX_EXPONENT or not made[0].isdigit() or "E" in made:
        made = money.text(value)
        if len(made) > money.MAX_EXPONENT or not made[-1].isdigit():
            raise Slow
    return made


def money_text(value: Any) -> Any:
    """Return what ``money`` makes of *value*, as it stands in a field of ``format: money``."""
    if type(value) is str:
        if is_plain(value) and (value[0] != "0" or value[1:2] in ("", ".")):
            return value
    elif value is None:
        return None
    elif type(value) is list:
        raise Slow
    return money.text(money.amount(value))


NAMES: Final[Mapping[str, Any]] = {
    "MISSING": MISSING, "Slow": Slow, "type": type, "str": str, "dict": dict, "list": list, "len": len,
    "at": at, "child": child, "seek": seek, "part": part, "inner": inner, "present": present,
    "rows": rows, "few": few, "rows_of": rows_of, "elements": elements, "alike": alike, "before": before,
    "equal": equal, "within": within,
    "less": _order("lt", lambda a, b: a < b), "at_most": _order("lteq", lambda a, b: a <= b),
    "more": _order("gt", lambda a, b: a > b), "at_least": _order("gteq", lambda a, b: a >= b),
    "truth": truth, "as_text": as_text, "joined": joined, "settled": settled, "calculate": calculate,
    "negative": negative, "positive": positive,
    "add": EXACT.add, "subtract": EXACT.subtract, "multiply": EXACT.multiply,
    "written": written, "written_number": written_number, "written_as": schema.written, "money_text": money_text,
    "money_texts": Memo(money_text),
}  # fmt: skip
"""Everything that generated code can name, beside its own constants."""
