"""Accounting dates: the day in a stated zone; nothing is guessed."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest

from engine import dates
from engine.dates import NotDate

NEW_YORK = dates.zone("America/New_York")
BERLIN = dates.zone("Europe/Berlin")


@pytest.mark.parametrize("text", ["2026-11-22", "2024-02-29", "0001-01-01", "9999-12-31"])
def test_a_day_is_that_day_in_any_zone_and_in_none(text: str) -> None:
    assert dates.day(text, None) == text
    assert dates.day(text, NEW_YORK) == text


@pytest.mark.parametrize(
    "text", ["2026-02-29", "2026-13-01", "2026-00-10", "2026-04-31", "2026-01-00", "0000-01-01"]
)
def test_a_day_that_is_not_in_the_calendar_is_refused(text: str) -> None:
    with pytest.raises(NotDate, match="no day of the calendar"):
        dates.day(text, NEW_YORK)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-11-22T23:30:00-05:00", "2026-11-22"),
        ("2026-11-23T04:30:00Z", "2026-11-22"),
        ("2026-11-23T05:00:00Z", "2026-11-23"),
        ("2026-11-23T04:59:59.999999999Z", "2026-11-22"),
        ("2026-12-31T23:30:00-05:00", "2026-12-31"),
        ("2027-01-01T04:59:00+00:00", "2026-12-31"),
        # Clocks go back on 2026-11-01 at 06:00Z: midnight is still on summer time, the next one is not.
        ("2026-11-01T03:59:59Z", "2026-10-31"),
        ("2026-11-01T04:00:00Z", "2026-11-01"),
        ("2026-11-02T04:59:59Z", "2026-11-01"),
        ("2026-11-02T05:00:00Z", "2026-11-02"),
        # And forward on 2026-03-08 at 07:00Z.
        ("2026-03-08T04:59:59Z", "2026-03-07"),
        ("2026-03-09T03:59:59Z", "2026-03-08"),
        ("2026-03-09T04:00:00Z", "2026-03-09"),
        ("2026-11-22t12:00z", "2026-11-22"),
        ("2026-11-22 12:00:00+0000", "2026-11-22"),
        ("2026-11-22T12:00:00.5-00:00", "2026-11-22"),
        ("2026-11-22T12:00:00+14:00", "2026-11-21"),
    ],
)
def test_an_instant_is_its_day_in_the_zone(text: str, day: str) -> None:
    assert dates.day(text, NEW_YORK) == day


def test_two_zones_may_put_one_instant_on_two_days() -> None:
    assert dates.day("2026-11-22T23:30:00Z", BERLIN) == "2026-11-23"
    assert dates.day("2026-11-22T23:30:00Z", NEW_YORK) == "2026-11-22"


@pytest.mark.parametrize("text", ["2026-11-22T21:15:00", "2026-11-22 21:15", "2026-11-22T21:15:00.123"])
def test_an_instant_without_offset_is_refused(text: str) -> None:
    with pytest.raises(NotDate, match="no offset"):
        dates.day(text, NEW_YORK)


def test_an_instant_without_a_zone_to_put_it_in_is_refused() -> None:
    with pytest.raises(NotDate, match=r"settings\.timezone"):
        dates.day("2026-11-22T21:15:00Z", None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "today",
        "22.11.2026",
        "11/22/2026",
        "2026-11",
        "20261122",
        "2026-W47-1",
        "2026-326",
        " 2026-11-22",
        "2026-11-22 ",
        "2026-11-22\n",
        "1763847300",
        "2026-1-2",
        "٢٠٢٦-١١-٢٢",
        "2026-11-22T21Z",
        "2026-11-22T2115Z",
        "2026-11-22T21:15:00,5Z",
        "2026-11-22T21:15:00 Z",
        "2026-11-22T21:15:00EST",
        "2026-11-22T21:15:00+5",
        "2026-11-22T21:15:00Z\n",
    ],
)
def test_another_notation_is_refused(text: str) -> None:
    with pytest.raises(NotDate, match="is no date"):
        dates.day(text, NEW_YORK)


@pytest.mark.parametrize("read", [dates.read, dates.instant])
@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2026-02-30T00:00:00Z", "the calendar has no such day"),
        ("0000-01-01T00:00:00Z", "the calendar has no such day"),
        ("2026-11-22T25:00:00Z", "hours go from 00 to 23"),
        ("2026-11-22T24:00:00Z", "hours go from 00 to 23"),
        ("2026-11-22T12:60:00Z", "minutes go from 00 to 59"),
        ("2026-11-22T12:00:60Z", "seconds go from 00 to 59"),
        ("2026-11-22T12:00:60.5Z", "seconds go from 00 to 59"),
        ("2026-11-22T12:00:00+25:00", "hours of an offset go from 00 to 23"),
        ("2026-11-22T12:00-2400", "hours of an offset go from 00 to 23"),
        ("2026-11-22T12:00:00+12:99", "minutes of an offset go from 00 to 59"),
    ],
)
def test_an_instant_that_does_not_exist_is_refused_with_what_is_wrong(
    text: str, why: str, read: Callable[[str], object]
) -> None:
    with pytest.raises(NotDate) as refused:
        read(text)
    assert str(refused.value) == f"{text!r} does not exist: {why}"


@pytest.mark.parametrize(
    ("text", "where"), [("0001-01-01T00:00:00Z", NEW_YORK), ("9999-12-31T23:59:59Z", BERLIN)]
)
def test_a_day_outside_the_calendar_is_refused(text: str, where: ZoneInfo) -> None:
    with pytest.raises(NotDate, match="outside the calendar"):
        dates.day(text, where)


@pytest.mark.parametrize(
    "name",
    ["", "Mars/Base", "EST5", "../etc/passwd", "/etc/passwd", "America", "America/New York", "UTC+1", "\x00"],
)
def test_a_zone_that_does_not_exist_is_refused(name: str) -> None:
    with pytest.raises(NotDate, match="there is no time zone"):
        dates.zone(name)
