"""How a vendor writes an instant: as RFC 3339, in UTC without saying so, or as seconds since 1970."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from engine import dates

Stamp = Literal["instant", "utc", "epoch"]
STAMPS: Final[tuple[Stamp, ...]] = ("instant", "utc", "epoch")
TYPES: Final[dict[Stamp, str]] = {"instant": "string", "utc": "string", "epoch": "integer"}
"""The JSON type of each."""
BEGIN: Final = datetime(1970, 1, 1, tzinfo=UTC)


def read(value: Any, stamp: Stamp) -> datetime:
    """Return the instant that *value* is, in UTC.

    Raises:
        NotDate: it is written otherwise, or lies outside the calendar.
    """
    try:
        if stamp == "epoch":
            if not isinstance(value, int) or isinstance(value, bool):
                raise dates.NotDate(f"{value!r} is no whole number of seconds")
            return BEGIN + timedelta(seconds=value)
        if not isinstance(value, str):
            raise dates.NotDate(f"{value!r} is no text")
        if stamp == "instant":
            return dates.instant(value).astimezone(UTC)
        moment = dates.read(value)
        if not moment.has_time or moment.at.tzinfo is not None:
            raise dates.NotDate(f"{value!r} is no time without an offset")
        return moment.at.replace(tzinfo=UTC)
    except OverflowError as error:
        raise dates.NotDate(f"{value!r} lies outside the calendar") from error


def written(instant: datetime, stamp: Stamp) -> str | int:
    """Return *instant* as it is asked for: to the second, which every API takes, and never later than it is."""
    whole = instant.astimezone(UTC).replace(microsecond=0)
    if stamp == "epoch":
        return (whole - BEGIN) // timedelta(seconds=1)
    text = whole.replace(tzinfo=None).isoformat()
    return text if stamp == "utc" else f"{text}Z"
