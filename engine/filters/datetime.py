"""``datetime``: an instant in the books' zone, as RFC 3339 has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine import dates
from engine.declare import Declaration
from engine.filters import BadValue, Filter
from engine.filters import date as days
from engine.scope import Scope
from engine.types import INSTANT


def as_instant(value: Any, scope: Scope, zone: Any = None, unit: Any = None, format: Any = None) -> str:
    """Return the instant *value* with the offset it has in *zone*, else in the recipe's ``settings.timezone``."""
    try:
        moment = days.moment_of(value, "datetime", zone, unit, format)
        place = days.where(zone, scope)
        if place is None:
            raise BadValue("datetime writes an instant in a zone; set settings.timezone or zone='…'")
        return dates.instant_of(moment, str(value), place)
    except dates.NotDate as error:
        raise BadValue(str(error)) from error


def _refused(given: Mapping[str, Any]) -> str:
    if wrong := days.refused(given):
        return wrong
    if "format" in given and not dates.notation(given["format"]).has_time:
        return f"the format {given['format']!r} has no time, so it gives no instant; for the day write date"
    return ""


FILTER = Filter(
    Declaration(
        "datetime",
        "Gives an instant as RFC 3339 text, with the offset it has in zone, else in settings.timezone. Text without "
        "an offset needs zone, and is local time there: one that clocks skipped, or showed twice, is an error.",
        as_instant,
        examples=(
            (("2026-11-23T04:30:00Z", "datetime"), "2026-11-22T23:30:00-05:00"),
            (("2026-11-22T23:30:00", "datetime(zone='Europe/Berlin')"), "2026-11-22T23:30:00+01:00"),
            ((1795132800123, "datetime(unit='ms', zone='UTC')"), "2026-11-20T00:00:00.123+00:00"),
            (
                ("11/22/2026 9:15 PM", "datetime(format='%m/%d/%Y %I:%M %p', zone='America/Chicago')"),
                "2026-11-22T21:15:00-06:00",
            ),
        ),
        group="Dates",
    ),
    checked=_refused,
    types=days.types_of("datetime", as_instant, INSTANT, days.NO_DAYS | {"date"}),
)
