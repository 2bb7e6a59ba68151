"""Accounting dates: days and instants in a stated zone. Nothing about a date is guessed.

A text is a day, an instant (with its offset), or naive (a local time that does not say where). A naive text needs a
zone, an epoch its unit, any other notation its format.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
INSTANT: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.([0-9]{1,9}))?)?)"
    r"(Z|z|[+-][0-9]{2}:?[0-9]{2})?",
    re.ASCII,
)
PARTS: Final = re.compile(
    r"([0-9-]{10})[Tt ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})[.0-9]*)?(?:[+-]([0-9]{2}):?([0-9]{2}))?", re.ASCII
)
"""The numbers of what ``INSTANT`` matches."""
EPOCH: Final = re.compile(r"-?[0-9]{1,15}", re.ASCII)
UNITS: Final = {"s": 1, "ms": 1000}
"""Units of an epoch, how many make a second."""

MONTHS: Final = (
    "January February March April May June July August September October November December".split()
)
WEEKDAYS: Final = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
TWO: Final = "[0-9]{1,2}"
DIRECTIVES: Final = {
    "Y": ("year", "[0-9]{4}"), "y": ("year", "[0-9]{2}"),
    "m": ("month", TWO), "b": ("month", "|".join(name[:3] for name in MONTHS)), "B": ("month", "|".join(MONTHS)),
    "d": ("day", TWO), "a": ("weekday", "|".join(name[:3] for name in WEEKDAYS)), "A": ("weekday", "|".join(WEEKDAYS)),
    "H": ("hour", TWO), "I": ("hour", TWO), "p": ("half", "AM|PM"), "M": ("minute", TWO), "S": ("second", TWO),
    "f": ("fraction", "[0-9]{1,9}"), "z": ("offset", "Z|[+-][0-9]{2}:?[0-9]{2}"),
}  # fmt: skip
"""What may stand behind a % in a format: what it gives, and the text that it takes."""
NEEDS: Final = {
    "half": "hour", "minute": "hour", "second": "minute", "fraction": "second", "offset": "hour",
}  # fmt: skip
MAX_FORMAT: Final = 100
"""Characters of a format."""


class NotDate(ValueError):
    """A value is no date; the message says what was found and what is needed."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A day with or without a time.

    Attributes:
        at: The time, aware where the notation says its offset; midnight for a day alone. Without its fraction.
        has_time: Whether it is more than a day.
        fraction: The digits of its second's fraction, as written.
    """

    at: datetime
    has_time: bool = True
    fraction: str = ""


@dataclass(frozen=True, slots=True)
class Notation:
    """A compiled format.

    Attributes:
        text: As written.
        has_time: Whether it is more than a day.
    """

    text: str
    has_time: bool
    _pattern: re.Pattern[str]

    def read(self, text: str) -> Moment:
        """Return what *text* says in this notation; raises ``NotDate``."""
        match = self._pattern.fullmatch(text)
        if match is None:
            raise NotDate(f"{text!r} is not written as {self.text!r} says")
        part = {name: value for name, value in match.groupdict().items() if value is not None}
        written = f"{_year(part)}-{_month(part):02d}-{int(part['d']):02d}"
        if self.has_time:
            written += f"T{_hour(part, text)}:{part.get('M', '0'):0>2}:{part.get('S', '0'):0>2}"
            written += (f".{part['f']}" if "f" in part else "") + part.get("z", "")
        try:
            moment = read(written)
        except NotDate as error:
            raise NotDate(f"{text!r}, read as {self.text!r}, does not exist") from error
        weekday = part.get("a") or part.get("A")
        if weekday and not WEEKDAYS[moment.at.weekday()].lower().startswith(weekday.lower()):
            raise NotDate(f"{text!r} contradicts itself: that day is a {WEEKDAYS[moment.at.weekday()]}")
        return moment


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
        _exists(text, text)
        return text
    return day_of(Moment(instant(text)), text, where)


def instant(text: str) -> datetime:
    """Return *text* (RFC 3339 with an offset) as an aware instant.

    Raises:
        NotDate: another notation, no offset, or an instant that does not exist.
    """
    match = INSTANT.fullmatch(text)
    if match is None:
        raise NotDate(f"{text!r} is no date; expected 2026-11-22 or 2026-11-22T21:15:00-05:00")
    if match.group(3) is None:
        raise NotDate(f"{text!r} has no offset such as Z or -05:00, so its day is not known")
    return _existing(text, text)


def read(text: str) -> Moment:
    """Return *text*, a day, an instant or a naive time in the notation of RFC 3339.

    Raises:
        NotDate: another notation, or a day or time that does not exist.
    """
    if DAY.fullmatch(text):
        _exists(text, text)
        return Moment(datetime.fromisoformat(text), has_time=False)
    match = INSTANT.fullmatch(text)
    if match is None:
        expected = "expected 2026-11-22 or 2026-11-22T21:15:00-05:00; for another notation write format='…'"
        epoch = ", for an epoch unit='s' or unit='ms'" if EPOCH.fullmatch(text) else ""
        raise NotDate(f"{text!r} is no date; {expected}{epoch}")
    body, fraction, offset = match.groups()
    whole = body.removesuffix(f".{fraction}") if fraction else body
    return Moment(_existing(whole + (offset or ""), text), True, fraction or "")


def _existing(written: str, text: str) -> datetime:
    """Return *written*, which has the form of an instant, as one; raises ``NotDate``, which says *text*."""
    found = PARTS.match(written)
    if found is None:
        raise NotDate(f"{text!r} is no date")
    day, hour, minute, second, offset_hour, offset_minute = found.groups(default="0")
    try:
        _exists(day, text)
    except NotDate as error:
        raise NotDate(f"{text!r} does not exist: the calendar has no such day") from error
    wrong = next(
        (
            f"{name} go from 00 to {most}"
            for name, value, most in (
                ("hours", hour, 23),
                ("minutes", minute, 59),
                ("seconds", second, 59),
                ("hours of an offset", offset_hour, 23),
                ("minutes of an offset", offset_minute, 59),
            )
            if int(value) > most
        ),
        "",
    )
    if wrong:
        raise NotDate(f"{text!r} does not exist: {wrong}")
    return datetime.fromisoformat(written.upper())


@lru_cache(maxsize=256)
def notation(format: str) -> Notation:
    """Return *format* as a compiled notation.

    Args:
        format: Directives from ``DIRECTIVES``, each at most once, and other signs that stand for themselves. A number
            of two digits may be written with one, except beside another directive. Names are English, in any case.
            Two digits of a year from 69 up are in the 1900s, below that in the 2000s.

    Raises:
        NotDate: another directive, one that contradicts or needs another, or no year, month or day.
    """
    if len(format) > MAX_FORMAT:
        raise NotDate(f"a format has at most {MAX_FORMAT} characters")
    pieces = re.findall(r"%.|[^%]+|%", format, re.DOTALL)
    found: dict[str, str] = {}
    pattern = ""
    for index, piece in enumerate(pieces):
        letter = piece[1:]
        if not piece.startswith("%") or piece == "%%":
            pattern += re.escape("%" if piece == "%%" else piece)
            continue
        if letter not in DIRECTIVES:
            known = " ".join(f"%{each}" for each in DIRECTIVES)
            raise NotDate(f"the format {format!r} has {piece}, which is none of {known} %%")
        field, takes = DIRECTIVES[letter]
        if field in found:
            raise NotDate(f"the format {format!r} says the {field} twice: {found[field]} and {piece}")
        found[field] = piece
        beside = [pieces[at] for at in (index - 1, index + 1) if 0 <= at < len(pieces)]
        tight = takes == TWO and any(each.startswith("%") and each != "%%" for each in beside)
        pattern += f"(?P<{letter}>(?i:{'[0-9]{2}' if tight else takes}))"
    _complete(format, found)
    return Notation(format, "hour" in found, re.compile(pattern, re.ASCII))


def _complete(format: str, found: dict[str, str]) -> None:
    for field in ("year", "month", "day"):
        if field not in found:
            raise NotDate(f"the format {format!r} has no {field}; a date has year, month and day")
    for field, other in NEEDS.items():
        if field in found and other not in found:
            raise NotDate(f"the format {format!r} has {found[field]} without the {other}")
    if (found.get("hour") == "%I") != ("half" in found):
        raise NotDate(f"in the format {format!r} %I and %p go together; an hour from 0 to 23 is %H")


def _year(part: dict[str, str]) -> str:
    short = part.get("y")
    return part["Y"] if short is None else f"{'19' if int(short) >= 69 else '20'}{short}"


def _month(part: dict[str, str]) -> int:
    if "m" in part:
        return int(part["m"])
    name = (part.get("b") or part["B"]).lower()
    return next(number for number, month in enumerate(MONTHS, 1) if month.lower().startswith(name))


def _hour(part: dict[str, str], text: str) -> str:
    if "H" in part:
        return f"{part['H']:0>2}"
    hour = int(part["I"])
    if not 1 <= hour <= 12:
        raise NotDate(f"{text!r} has the hour {hour}, beside AM or PM it is from 1 to 12")
    return f"{hour % 12 + (12 if part['p'].upper() == 'PM' else 0):02d}"


def epoch(value: int | str, unit: str) -> Moment:
    """Return the instant that lies *value* seconds (*unit* ``s``) or milliseconds (``ms``) after 1970 began in UTC.

    Raises:
        NotDate: *value* is text of anything but digits, or lies outside the calendar.
    """
    text = str(value)
    if not EPOCH.fullmatch(text):
        raise NotDate(
            f"{text!r} is no epoch; with unit='{unit}' a whole number such as 1763847300 is expected"
        )
    seconds, rest = divmod(int(text), UNITS[unit])
    try:
        return Moment(
            datetime.fromtimestamp(0, UTC) + timedelta(seconds=seconds),
            fraction=f"{rest:03d}" if unit == "ms" else "",
        )
    except OverflowError as error:
        raise NotDate(f"{text} lies outside the calendar; is its unit really '{unit}'?") from error


def day_of(moment: Moment, text: str, where: ZoneInfo | None) -> str:
    """Return the accounting day of *moment*, written *text*, as ``YYYY-MM-DD``.

    Args:
        where: The zone whose day is asked for. A naive time is local time there, so that its day is the one written.

    Raises:
        NotDate: an instant without a zone to put it in, or it lies outside the calendar.
    """
    if not moment.has_time or moment.at.tzinfo is None:
        return moment.at.date().isoformat()
    if where is None:
        raise NotDate(f"{text!r} is an instant: its day depends on a zone; set settings.timezone or zone='…'")
    try:
        return moment.at.astimezone(where).date().isoformat()
    except OverflowError as error:
        raise NotDate(f"{text!r} lies outside the calendar") from error


def instant_of(moment: Moment, text: str, where: ZoneInfo) -> str:
    """Return *moment*, written *text*, as RFC 3339 with the offset it has in *where*; a naive time is local there.

    Raises:
        NotDate: it is a day alone, lies outside the calendar, or is a local time that clocks skipped or showed twice.
    """
    if not moment.has_time:
        raise NotDate(f"{text!r} is a day without a time, so it is no instant; for the day write date")
    try:
        local = moment.at.astimezone(where) if moment.at.tzinfo else _local(moment.at, text, where)
    except OverflowError as error:
        raise NotDate(f"{text!r} lies outside the calendar") from error
    if (local.utcoffset() or timedelta(0)).total_seconds() % 60:
        raise NotDate(f"{text!r} had in {where.key} an offset with seconds, which RFC 3339 cannot write")
    written = local.isoformat(timespec="seconds")
    return f"{written[:19]}{f'.{moment.fraction}' if moment.fraction else ''}{written[19:]}"


def _local(naive: datetime, text: str, where: ZoneInfo) -> datetime:
    early, late = naive.replace(tzinfo=where), naive.replace(tzinfo=where, fold=1)
    before, after = early.utcoffset() or timedelta(0), late.utcoffset() or timedelta(0)
    if before < after:
        raise NotDate(f"{text!r} does not exist in {where.key}: clocks were put forward over it")
    if before > after:
        cure = "only a notation with its offset says which"
        raise NotDate(f"{text!r} happened twice in {where.key}, when clocks were put back; {cure}")
    return early


def _exists(day: str, text: str) -> None:
    """Raise ``NotDate``, which says *text*, unless *day*, written as YYYY-MM-DD, is in the calendar."""
    try:
        date.fromisoformat(day)
    except ValueError as error:
        raise NotDate(f"{text!r} is no day of the calendar") from error
