"""How vendors write instants: each form is read as what it is, and nothing else as any of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.dates import NotDate
from engine.stamps import STAMPS, TYPES, Stamp, read, written

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("stamp", "value"),
    [
        ("instant", "2026-11-22T12:00:00Z"),
        ("instant", "2026-11-22T07:00:00-05:00"),
        ("utc", "2026-11-22T12:00:00"),
        ("epoch", 1795348800),
    ],
)
def test_each_form_is_read_as_the_instant_that_it_is(stamp: Stamp, value: Any) -> None:
    assert read(value, stamp) == NOON


@pytest.mark.parametrize(
    ("stamp", "value"),
    [
        ("instant", "2026-11-22T12:00:00"), ("instant", 1795348800), ("instant", None), ("instant", "2026-11-22"),
        ("utc", "2026-11-22T12:00:00Z"), ("utc", "2026-11-22T12:00:00+00:00"), ("utc", "2026-11-22"), ("utc", ""),
        ("utc", 1795348800), ("epoch", "1795348800"), ("epoch", 1795348800.5), ("epoch", True), ("epoch", 10**15),
        ("epoch", None), ("instant", "0001-01-01T00:00:00+14:00"),
    ],
)  # fmt: skip
def test_another_form_is_none(stamp: Stamp, value: Any) -> None:
    with pytest.raises(NotDate):
        read(value, stamp)


@pytest.mark.parametrize(
    ("stamp", "expected"),
    [("instant", "2026-11-22T12:00:00Z"), ("utc", "2026-11-22T12:00:00"), ("epoch", 1795348800)],
)
def test_an_instant_is_asked_for_as_the_vendor_writes_it(stamp: Stamp, expected: Any) -> None:
    inside = NOON.astimezone(timezone(timedelta(hours=-5))) + timedelta(microseconds=999_999)
    assert written(inside, stamp) == expected


@given(st.integers(-62_000_000_000_000_000, 253_000_000_000_000_000), st.sampled_from(STAMPS))
def test_what_is_written_is_read_again_and_never_later_than_it_is(microseconds: int, stamp: Stamp) -> None:
    instant = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
    value = written(instant, stamp)
    assert {"string": str, "integer": int}[TYPES[stamp]] is type(value)
    assert timedelta(0) <= instant - read(value, stamp) < timedelta(seconds=1)
