"""Accounting dates: days in a stated zone. Nothing about a date is guessed."""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
INSTANT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?(Z|z|[+-][0-9]{2}:?[0-9]{2})?",
    re.ASCII,
)


class NotDate(ValueError):
    """A value is no date; the message says what was found and what is needed."""


@lru_cache(maxsize=256)
def zone(name: str) -> ZoneInfo:
    """Return the time zone *name*, such as ``America/New_York``.

    Raises:
        NotDate: no such zone in the IANA data.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise NotDate(
            f"there is no time zone {name!r}; expected a name such as 'America/New_York'"
        ) from error


def day(text: str, where: ZoneInfo | None) -> str:
    """Return the accounting day of *text* as ``YYYY-MM-DD``.

    Args:
        text: A day, which is that day; or an instant with its offset, which is the day it falls on in *where*.
        where: The books' zone.

    Raises:
        NotDate: another notation, a day that does not exist, an instant without offset or without a zone to put it in.
    """
    if DAY.fullmatch(text):
        _exists(text)
        return text
    moment = instant(text)
    if where is None:
        raise NotDate(f"{text!r} is an instant: its day depends on a zone; set settings.timezone or zone='…'")
    try:
        return moment.astimezone(where).date().isoformat()
    except OverflowError as error:
        raise NotDate(f"{text!r} lies outside the calendar") from error


def instant(text: str) -> datetime:
    """Return *text* (RFC 3339 with an offset) as an aware instant.

    Raises:
        NotDate: another notation, no offset, or an instant that does not exist.
    """
    match = INSTANT.fullmatch(text)
    if match is None:
        raise NotDate(f"{text!r} is no date; expected 2026-11-22 or 2026-11-22T21:15:00-05:00")
    if match.group(1) is None:
        raise NotDate(f"{text!r} has no offset such as Z or -05:00, so its day is not known")
    try:
        return datetime.fromisoformat(text.upper())
    except ValueError as error:
        raise NotDate(f"{text!r} does not exist: {error}") from error


def _exists(text: str) -> None:
    try:
        date.fromisoformat(text)
    except ValueError as error:
        raise NotDate(f"{text!r} is no day of the calendar") from error
