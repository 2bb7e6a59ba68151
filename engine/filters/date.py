"""``date``: an instant, a day, an epoch or another notation to an accounting day."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from engine import dates
from engine.declare import Declaration
from engine.filters import BadValue, Filter, fault
from engine.money import kind
from engine.quick import Fixed, Form, of_one
from engine.scope import Scope
from engine.signatures import NOT_AMOUNTS, Given, Mistyped, Signature, made_of, refuse, taken
from engine.types import DATE, FORMATS, Type

MAX_INPUT: Final = 200
"""Characters of a text that is read as a date."""
PLAINEST: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:Z|[+-][0-9]{2}:[0-5][0-9])", re.ASCII
)
"""An instant as most of them are written."""
NO_DAYS: Final = frozenset(FORMATS) - {"date", "date-time"}
"""Formats of text that has no day as RFC 3339 writes it."""


def as_date(value: Any, scope: Scope, zone: Any = None, unit: Any = None, format: Any = None) -> str:
    """Return the day of *value* in *zone*, else in the recipe's ``settings.timezone``."""
    try:
        moment = moment_of(value, "date", zone, unit, format)
        return dates.day_of(moment, str(value), where(zone, scope))
    except dates.NotDate as error:
        raise BadValue(str(error)) from error


def moment_of(value: Any, name: str, zone: Any, unit: Any, format: Any) -> dates.Moment:
    """Return *value* as a moment, naive only where *zone* says whose time it is.

    Raises:
        BadValue: it is of a kind that *name*, the filter, does not take.
        NotDate: it is in another notation, or naive without a zone.
    """
    whole = isinstance(value, int) and not isinstance(value, bool)
    if isinstance(value, str) and len(value) > MAX_INPUT:
        raise BadValue(f"{name} takes text of at most {MAX_INPUT} characters, this one has {len(value):,}")
    if unit is not None and (whole or isinstance(value, str)):
        return dates.epoch(value, unit)
    if not isinstance(value, str):
        cure = "; for an epoch write unit='s' or unit='ms'" if whole and unit is None else ""
        expected = (
            "a whole number of seconds or milliseconds" if unit else "text such as 2026-11-22T21:15:00-05:00"
        )
        decimals = " with decimals" if isinstance(value, Decimal) else ""
        raise BadValue(f"{name} takes {expected}, found {kind(value)}{decimals}{cure}")
    moment = dates.notation(format).read(value) if format is not None else dates.read(value)
    if moment.has_time and moment.at.tzinfo is None and zone is None:
        cure = "if it is local time, say where: zone='America/New_York'"
        raise dates.NotDate(f"{value!r} has no offset such as Z or -05:00; {cure}")
    return moment


def where(zone: Any, scope: Scope) -> ZoneInfo | None:
    """Return the zone that is asked for, else the recipe's ``settings.timezone``."""
    return dates.zone(zone) if zone is not None else scope.constants.zone


def refused(given: Mapping[str, Any]) -> str:
    """Return what is wrong with ``zone``, ``unit`` and ``format``, as ``checked`` does."""
    zone, unit, format = (given.get(name, "") for name in ("zone", "unit", "format"))
    if not isinstance(zone, str):
        return f"zone takes a name such as 'America/New_York', found {kind(zone)}"
    if "unit" in given and (not isinstance(unit, str) or unit not in dates.UNITS):
        return f"unit is 's' or 'ms', found {repr(unit) if isinstance(unit, str) else kind(unit)}"
    if not isinstance(format, str):
        return f"format takes text such as '%d.%m.%Y', found {kind(format)}"
    if "unit" in given and "format" in given:
        return "unit is for an epoch and format for text: write one of them"
    wrong = fault(lambda: dates.zone(zone)) if "zone" in given else ""
    return wrong or (fault(lambda: dates.notation(format)) if "format" in given else "")


def types_of(name: str, run: Callable[..., str], gives: Type, strange: frozenset[str]) -> Signature:
    """Return the signature of the filter *name*, which gives *gives* and reads no text of a format in *strange*."""

    def types(type: Type, given: Given) -> Type:
        if "unit" in given.types:
            taken(type, name, "text", "number")
            refuse(type, name, NOT_AMOUNTS, "an epoch", "leave unit out")
        else:
            cure = "for an epoch write unit='s' or unit='ms'" if type.number is not None else ""
            taken(type, name, "text", help=cure)
            if "format" not in given.types:
                _plain(type, name, strange)
        _placed(type, name, given)
        made_of(type, given, name, run)
        return gives

    return types


def _plain(type: Type, name: str, strange: frozenset[str]) -> None:
    """Raise ``Mistyped`` where text is never a day or instant as RFC 3339 writes it."""
    wanted = "an instant" if name == "datetime" else "a day or an instant"
    is_day = type.text is not None and type.text.format == "date"
    cure = "for the day write date" if is_day else "for another notation write format='…'"
    refuse(type, name, strange, wanted, cure)
    longest = type.text.longest if type.text is not None and type.text.values is None else None
    if longest is not None and longest < len("2026-11-22T21:15" if name == "datetime" else "2026-11-22"):
        raise Mistyped(f"{name} takes {wanted}, and this has at most {longest} characters", cure)


def _placed(type: Type, name: str, given: Given) -> None:
    """Raise ``Mistyped`` where what is known to be an instant, or local time, is in no zone."""
    if "zone" in given.types or type.is_any:
        return
    text, format = type.text, given.values.get("format")
    is_local = isinstance(format, str) and dates.notation(format).has_time and "%z" not in format
    if is_local and text is not None:
        why = f"{name} reads local time here, and nothing says where that is"
        raise Mistyped(why, "say where: zone='America/New_York'")
    is_instant = "unit" in given.types or (isinstance(format, str) and "%z" in format)
    is_instant = is_instant or (
        text is not None and text.format == "date-time" and "format" not in given.types
    )
    is_written = name == "datetime" and text is not None
    if not given.is_zoned and (is_instant or is_written):
        does = (
            "datetime writes an instant in a zone"
            if name == "datetime"
            else "the day of an instant depends on a zone"
        )
        raise Mistyped(f"{does}, and none is set", "set settings.timezone or zone='…'")


def _quick(filter: Filter, fixed: Fixed) -> Form:
    plain = of_one(filter, fixed)
    zone = fixed.args.get("zone")
    where_ = where(zone, fixed.scope()) if zone is None or isinstance(zone, str) else None
    if fixed.given or set(fixed.args) - {"zone"} or where_ is None:
        return plain

    def form(value: Any) -> Any:
        if type(value) is not str or not PLAINEST.fullmatch(value):
            return plain(value)
        return datetime.fromisoformat(value).astimezone(where_).date().isoformat()

    return form


FILTER = Filter(
    Declaration(
        "date",
        "Gives the accounting day. A day stays itself; an instant with its offset, or an epoch with its unit ('s' or "
        "'ms'), is its day in zone, else in settings.timezone. Text without an offset needs zone, and is local time "
        "there. Any other notation needs its format.",
        as_date,
        examples=(
            (("2026-11-22", "date"), "2026-11-22"),
            (("2026-11-01T03:30:00Z", "date"), "2026-10-31"),
            (("2026-11-01T03:30:00Z", "date(zone='UTC')"), "2026-11-01"),
            (("2026-11-22T23:30:00", "date(zone='America/New_York')"), "2026-11-22"),
            ((1794891600, "date(unit='s')"), "2026-11-17"),
            ((1795132800, "date(unit='s', zone='UTC')"), "2026-11-20"),
            (("22.11.2026", "date(format='%d.%m.%Y')"), "2026-11-22"),
            (("11/2/26", "date(format='%m/%d/%y')"), "2026-11-02"),
        ),
        group="Dates",
    ),
    checked=refused,
    quick=_quick,
    types=types_of("date", as_date, DATE, NO_DAYS),
)
