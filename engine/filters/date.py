"""``date``: an instant or a day to an accounting date."""

from __future__ import annotations

from typing import Any

from engine import dates
from engine.declare import Declaration
from engine.filters import BadValue, Filter
from engine.money import kind
from engine.scope import Scope


def as_date(value: Any, scope: Scope, zone: Any = None) -> str:
    """Return the day of *value* in *zone*, else in the recipe's ``settings.timezone``."""
    if zone is not None and not isinstance(zone, str):
        raise BadValue(f"zone takes a name such as 'America/New_York', found {kind(zone)}")
    if not isinstance(value, str):
        raise BadValue(f"date takes text such as 2026-11-22T21:15:00-05:00, found {kind(value)}")
    try:
        return dates.day(value, dates.zone(zone) if zone is not None else scope.constants.zone)
    except dates.NotDate as error:
        raise BadValue(str(error)) from error


FILTER = Filter(
    Declaration(
        "date",
        "Gives the accounting day: a day stays itself, an instant with offset is its day in settings.timezone.",
        as_date,
        examples=(
            (("2026-11-22", "date"), "2026-11-22"),
            (("2026-11-01T03:30:00Z", "date(zone='America/New_York')"), "2026-10-31"),
        ),
    )
)
