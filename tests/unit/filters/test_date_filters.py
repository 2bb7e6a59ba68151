"""``date`` and ``datetime``: what each notation needs to be said, in books that are kept in New York."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from engine.filters import BadValue
from engine.scope import Constants, Scope
from tests.piping import FILTERS, scope, through

MIDNIGHT = 1795132800
"""2026-11-20T00:00:00Z."""


def test_half_past_eleven_at_night_is_still_that_day() -> None:
    assert through("2026-11-22T23:30:00-05:00", "date") == "2026-11-22"
    assert through("2026-11-23T04:30:00Z", "date") == "2026-11-22"
    assert through("2026-11-22T23:30:00", "date(zone='America/New_York')") == "2026-11-22"
    assert through("2026-11-22T23:30:00", "date(zone='Europe/Berlin')") == "2026-11-22"


def test_a_day_dressed_as_an_instant_is_the_day_before_unless_its_zone_is_said() -> None:
    assert through(MIDNIGHT, "date(unit='s')") == "2026-11-19"
    assert through(MIDNIGHT, "date(unit='s', zone='UTC')") == "2026-11-20"
    assert through("2026-11-20T00:00:00Z", "date") == "2026-11-19"
    assert through("2026-11-20T00:00:00Z", "date(zone='UTC')") == "2026-11-20"


@pytest.mark.parametrize(
    ("value", "call", "day"),
    [
        (0, "date(unit='s', zone='UTC')", "1970-01-01"),
        (-1, "date(unit='s', zone='UTC')", "1969-12-31"),
        ("-1", "date(unit='ms', zone='UTC')", "1969-12-31"),
        (str(MIDNIGHT), "date(unit='s', zone='UTC')", "2026-11-20"),
        (MIDNIGHT * 1000 - 1, "date(unit='ms', zone='UTC')", "2026-11-19"),
        ([MIDNIGHT, None], "date(unit='s', zone='UTC')", ["2026-11-20", None]),
    ],
)
def test_an_epoch_has_its_unit(value: Any, call: str, day: Any) -> None:
    assert through(value, call) == day


@pytest.mark.parametrize(
    ("value", "call"),
    [
        (MIDNIGHT, "date"),
        (str(MIDNIGHT), "date"),
        (str(MIDNIGHT), "datetime"),
        (MIDNIGHT, "datetime"),
    ],
)
def test_an_epoch_without_its_unit_is_told_to_name_it(value: Any, call: str) -> None:
    with pytest.raises(BadValue, match="unit='s' or unit='ms'"):
        through(value, call)


@pytest.mark.parametrize(
    "value",
    ["1.5", Decimal("1.5"), Decimal(5), True, {}, "٣", " 5", "", "2026-11-20", 10**15, -(10**14), "9" * 400],
)
def test_an_epoch_is_a_whole_number_within_the_calendar(value: Any) -> None:
    with pytest.raises(BadValue):
        through(value, "date(unit='s', zone='UTC')")


@pytest.mark.parametrize("call", ["date", "datetime"])
@pytest.mark.parametrize("value", ["2026-11-22T21:15:00", "2026-11-22 21:15"])
def test_local_time_needs_its_zone_whatever_zone_the_books_have(call: str, value: str) -> None:
    with pytest.raises(BadValue, match=r"no offset.*say where: zone="):
        through(value, call)


@pytest.mark.parametrize(
    ("value", "call"), [(0, "date(unit='s')"), ("2026-11-22T21:15:00Z", "date"), (0, "datetime")]
)
def test_an_instant_needs_a_zone_to_be_put_in(value: Any, call: str) -> None:
    name, named = call.partition("(")[0], {"unit": "s"} if value == 0 else {}
    with pytest.raises(BadValue, match=r"settings\.timezone"):
        FILTERS[name].apply(value, Scope({}, Constants()), [], named)


@pytest.mark.parametrize("call", ["date", "datetime"])
def test_a_zone_that_a_record_leaves_null_is_not_taken_for_the_books(call: str) -> None:
    with pytest.raises(BadValue, match="zone takes a name"):
        FILTERS[call].apply("2026-11-22T21:15:00Z", scope(), [], {"zone": None})


@pytest.mark.parametrize(
    ("text", "format", "day"),
    [
        ("22.11.2026", "%d.%m.%Y", "2026-11-22"),
        ("2.1.2026", "%d.%m.%Y", "2026-01-02"),
        ("11/22/26", "%m/%d/%y", "2026-11-22"),
        ("20261122", "%Y%m%d", "2026-11-22"),
        ("Nov 2, 2026", "%b %d, %Y", "2026-11-02"),
        ("02-NOV-26", "%d-%b-%y", "2026-11-02"),
        ("2 november 2026", "%d %B %Y", "2026-11-02"),
        ("Sun, 22 Nov 2026", "%a, %d %b %Y", "2026-11-22"),
        ("Sunday 22.11.2026", "%A %d.%m.%Y", "2026-11-22"),
        ("100% 2026-11-22", "100%% %Y-%m-%d", "2026-11-22"),
        ("01.01.69", "%d.%m.%y", "1969-01-01"),
        ("01.01.68", "%d.%m.%y", "2068-01-01"),
        ("Sun, 22 Nov 2026 23:30:00 -0500", "%a, %d %b %Y %H:%M:%S %z", "2026-11-22"),
        ("23.11.2026 04:30Z", "%d.%m.%Y %H:%M%z", "2026-11-22"),
    ],
)
def test_another_notation_is_read_as_its_format_says(text: str, format: str, day: str) -> None:
    assert FILTERS["date"].apply(text, scope(), [], {"format": format}) == day


@pytest.mark.parametrize(
    ("text", "format"),
    [
        ("22.11.2026 ", "%d.%m.%Y"),
        (" 22.11.2026", "%d.%m.%Y"),
        ("22.11.26", "%d.%m.%Y"),
        ("22.11.2026\n", "%d.%m.%Y"),
        ("٢٢.١١.٢٠٢٦", "%d.%m.%Y"),
        ("31.11.2026", "%d.%m.%Y"),
        ("11.22.2026", "%d.%m.%Y"),
        ("0.11.2026", "%d.%m.%Y"),
        ("2026112", "%Y%m%d"),
        ("Okt 2, 2026", "%b %d, %Y"),
        ("ſep 2, 2026", "%b %d, %Y"),
        ("Mon, 22 Nov 2026", "%a, %d %b %Y"),
        ("22.11.2026 24:00 Z", "%d.%m.%Y %H:%M %z"),
        ("22.11.2026 12:60 Z", "%d.%m.%Y %H:%M %z"),
        ("22.11.2026 0:00 PM Z", "%d.%m.%Y %I:%M %p %z"),
        ("22.11.2026 13:00 PM Z", "%d.%m.%Y %I:%M %p %z"),
        ("22.11.2026 12:00 +25:00", "%d.%m.%Y %H:%M %z"),
        ("22.11.2026 12:00 EST", "%d.%m.%Y %H:%M %z"),
        ("22.11.2026 12:00", "%d.%m.%Y %H:%M"),
    ],
)
def test_a_text_that_is_not_as_its_format_says_is_refused(text: str, format: str) -> None:
    with pytest.raises(BadValue):
        FILTERS["date"].apply(text, scope(), [], {"format": format})


@pytest.mark.parametrize(
    ("value", "named", "instant"),
    [
        ("2026-11-23T04:30:00Z", {}, "2026-11-22T23:30:00-05:00"),
        ("2026-07-01T00:00:00Z", {}, "2026-06-30T20:00:00-04:00"),
        ("2026-11-22T12:00:00.123456789+01:00", {}, "2026-11-22T06:00:00.123456789-05:00"),
        ("2026-11-22t12:00z", {"zone": "UTC"}, "2026-11-22T12:00:00+00:00"),
        ("2026-11-22 23:30", {"zone": "Asia/Kolkata"}, "2026-11-22T23:30:00+05:30"),
        (1, {"unit": "ms"}, "1969-12-31T19:00:00.001-05:00"),
        (-1, {"unit": "ms", "zone": "UTC"}, "1969-12-31T23:59:59.999+00:00"),
        ("22.11.2026 12:05 AM", {"format": "%d.%m.%Y %I:%M %p", "zone": "UTC"}, "2026-11-22T00:05:00+00:00"),
        ("22.11.2026 12:05 pm", {"format": "%d.%m.%Y %I:%M %p", "zone": "UTC"}, "2026-11-22T12:05:00+00:00"),
        ("22.11.2026 7", {"format": "%d.%m.%Y %H", "zone": "UTC"}, "2026-11-22T07:00:00+00:00"),
        (
            "2026-11-22 12:00:00.5 +0100",
            {"format": "%Y-%m-%d %H:%M:%S.%f %z", "zone": "UTC"},
            "2026-11-22T11:00:00.5+00:00",
        ),
        ("2026-11-01T01:30:00-04:00", {}, "2026-11-01T01:30:00-04:00"),
        ("2026-11-01T01:30:00-05:00", {}, "2026-11-01T01:30:00-05:00"),
    ],
)
def test_an_instant_is_written_with_its_offset_in_the_books_zone(
    value: Any, named: dict[str, Any], instant: str
) -> None:
    assert FILTERS["datetime"].apply(value, scope(), [], named) == instant


def test_a_day_alone_is_no_instant() -> None:
    with pytest.raises(BadValue, match="a day without a time"):
        through("2026-11-22", "datetime")


@pytest.mark.parametrize(
    ("text", "said"), [("2026-03-08T02:30:00", "does not exist"), ("2026-11-01T01:30:00", "happened twice")]
)
def test_a_local_time_that_clocks_skipped_or_showed_twice_is_no_instant_but_has_its_day(
    text: str, said: str
) -> None:
    with pytest.raises(BadValue, match=f"{said} in America/New_York"):
        through(text, "datetime(zone='America/New_York')")
    assert through(text, "date(zone='America/New_York')") == text[:10]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1880-01-01T00:00:00Z", "offset with seconds"),
        ("0001-01-01T00:00:00Z", "outside the calendar"),
        ("2026-11-31T00:00:00Z", "does not exist"),
        ("noon", "is no date"),
        ("noon" * 100, "at most 200 characters"),
    ],
)
def test_what_has_no_instant_to_write_is_refused(text: str, said: str) -> None:
    with pytest.raises(BadValue, match=said):
        through(text, "datetime")
