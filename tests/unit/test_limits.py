"""Limit kinds: what is spent, when it comes back, and what an answer says of it."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from engine.limits import Counted, Limiter, Readings, State
from engine.limits.bucket import Bucket
from engine.limits.bucket import Params as BucketParams
from engine.limits.concurrency import Concurrency
from engine.limits.concurrency import Params as ConcurrencyParams
from engine.limits.quota import Params as QuotaParams
from engine.limits.quota import Quota
from engine.limits.window import PARTS, Window
from engine.limits.window import Params as WindowParams
from engine.paths import MISSING
from engine.registry import Registry

MINUTE = Window(WindowParams(limit=60, per="60s"))


def moment(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def readings(**answers: Any) -> Readings:
    return Readings(Counted.model_validate(answers))


def test_what_a_window_counts_comes_back_after_its_length_and_never_sooner() -> None:
    state = State()
    for at in (100.0, 101.0, 130.0):
        MINUTE.spend(state, 1, at)
    assert MINUTE.used(state, 159.9) == 3
    soonest = MINUTE.comes_back(state, 1, 130.0)
    assert soonest is not None
    assert 30.0 <= soonest <= 30.0 + 60 / PARTS
    assert MINUTE.used(state, 190.0 + 60 / PARTS) == 0


def test_a_window_takes_as_little_room_however_much_it_counts() -> None:
    state = State()
    for each in range(10_000):
        MINUTE.spend(state, 1, each / 100)
        MINUTE.used(state, each / 100)
    assert len(state.back) <= PARTS + 2
    assert sum(cost for _, cost in state.back) >= 6_000


def test_a_window_of_which_the_answer_says_when_it_ends_comes_back_then() -> None:
    state = State()
    MINUTE.spend(state, 40, 1000.0, resets=9.0)
    wait = MINUTE.comes_back(state, 40, 1000.0)
    assert wait is not None
    assert 9.0 <= wait <= 9.0 + 60 / PARTS


@pytest.mark.parametrize(
    ("every", "zone", "now", "end"),
    [
        ("day", "UTC", "2026-11-23T10:15", "2026-11-24T00:00"),
        ("day", "America/Los_Angeles", "2026-11-23T10:15", "2026-11-24T08:00"),
        ("day", "America/Los_Angeles", "2026-11-23T07:59", "2026-11-23T08:00"),
        ("day", "Europe/Berlin", "2026-10-25T00:30", "2026-10-25T23:00"),  # that day has 25 hours
        ("month", "UTC", "2026-12-31T23:59", "2027-01-01T00:00"),
        ("month", "America/New_York", "2026-11-01T03:59", "2026-11-01T04:00"),
        ("hour", "UTC", "2026-11-23T10:15", "2026-11-23T11:00"),
        ("hour", "Asia/Kolkata", "2026-11-23T10:15", "2026-11-23T10:30"),
        ("hour", "Europe/Berlin", "2026-10-25T01:10", "2026-10-25T02:00"),  # the second one from 2 to 3
    ],
)
def test_a_quota_is_counted_anew_at_the_end_of_the_calendars_own(
    every: Any, zone: str, now: str, end: str
) -> None:
    quota, state = Quota(QuotaParams(limit=10, every=every, zone=zone)), State()
    quota.spend(state, 10, moment(now))
    assert state.back == [(moment(end), 10)]
    assert quota.used(state, moment(end) - 1) == 10
    assert quota.used(state, moment(end)) == 0


def test_a_quota_of_which_each_answer_says_its_end_anew_takes_little_room() -> None:
    quota, state = Quota(QuotaParams(limit=1000, every="day")), State()
    for each in range(600):
        quota.spend(state, 1, 1000.0 + each, resets=5000.0 - each + (each % 3) / 10)
    assert len(state.back) <= 2
    assert quota.used(state, 5999.0) == 600


def test_a_bucket_fills_at_its_rate_and_not_beyond_full() -> None:
    bucket, state = Bucket(BucketParams(limit=40, rate=2)), State()
    bucket.spend(state, 40, 0.0)
    assert bucket.comes_back(state, 5, 0.0) == 2.5
    assert bucket.used(state, 10.0) == 20
    state.at = 10.0
    assert bucket.used(state, 1000.0) == 0


def test_a_bucket_that_is_larger_than_declared_fills_faster_in_proportion() -> None:
    bucket, state = Bucket(BucketParams(limit=40, rate=2)), State(limit=400.0)
    bucket.spend(state, 100, 0.0)
    assert bucket.comes_back(state, 100, 0.0) == 5.0
    state.rate = 50.0
    assert bucket.comes_back(state, 100, 0.0) == 2.0


def test_of_what_is_in_hand_nobody_can_say_when_it_comes_back() -> None:
    every: list[Limiter] = [
        MINUTE,
        Quota(QuotaParams(limit=1, every="day")),
        Bucket(BucketParams(limit=1, rate=1)),
        Concurrency(ConcurrencyParams(limit=1)),
    ]
    assert [each.comes_back(State(), 1, 0.0) for each in every] == [None] * 4


HEADERS = {
    "x-left": "12", "x-call-limit": "32/40", "limit-info": "api-usage=45/15000, per-app-api-usage=7/250",
    "x-words": "many", "x-below": "-1", "x-nan": "nan", "x-huge": "inf", "x-float": "1.5", "retry": "30",
    "date": "Mon, 23 Nov 2026 10:00:00 GMT", "x-then": "Mon, 23 Nov 2026 10:00:40 GMT", "x-epoch": "1795428025",
}  # fmt: skip


@pytest.mark.parametrize(
    ("reading", "found"),
    [
        ({"header": "X-Left"}, 12.0),
        ({"header": "x-float"}, 1.5),
        ({"header": "X-Call-Limit", "pattern": "^([0-9]+)/"}, 32.0),
        ({"header": "X-Call-Limit", "pattern": "/([0-9]+)$"}, 40.0),
        ({"header": "Limit-Info", "pattern": "^api-usage=([0-9]+)/"}, 45.0),
        ({"header": "X-Call-Limit"}, None),
        ({"header": "X-Words"}, None),
        ({"header": "X-Below"}, None),
        ({"header": "X-NaN"}, None),
        ({"header": "X-Huge"}, None),
        ({"header": "X-Absent"}, None),
        ({"header": "X-Left", "pattern": "a(b)"}, None),
        ({"at": "$.left"}, 3.0),
        ({"at": "$.exact"}, 2.5),
        ({"at": "$.text"}, None),
        ({"at": "$.text", "pattern": "([0-9]+)"}, 7.0),
        ({"at": "$.true"}, None),
        ({"at": "$.absent"}, None),
    ],
)
def test_an_answer_says_a_number_in_a_header_or_its_json_or_it_says_nothing(reading: Any, found: Any) -> None:
    data = {"left": 3, "exact": Decimal("2.5"), "text": "7", "true": True}
    told = readings(remaining=reading).told(HEADERS, data, 0.0)
    assert told == ({} if found is None else {"remaining": found})


@pytest.mark.parametrize(
    ("reading", "seconds"),
    [
        ({"header": "Retry"}, 30.0),
        ({"header": "Retry", "as": "seconds"}, 30.0),
        ({"header": "X-Then", "as": "date"}, 40.0),
        ({"header": "X-Epoch", "as": "epoch"}, 25.0),
        ({"header": "Date", "as": "date"}, 0.0),
        ({"header": "X-Words", "as": "date"}, None),
        ({"header": "X-Left", "as": "epoch"}, 0.0),  # long ago
    ],
)
def test_when_it_is_counted_anew_is_measured_by_the_targets_own_clock(reading: Any, seconds: Any) -> None:
    told = readings(resets=reading).told(HEADERS, MISSING, 0.0)
    assert told == ({} if seconds is None else {"resets": seconds})


def test_no_answer_closes_anything_for_longer_than_a_month() -> None:
    assert readings(resets={"header": "a"}).told({"a": "1e12"}, MISSING, 0.0) == {"resets": 32 * 86400.0}


def test_every_kind_says_what_it_is() -> None:
    registry = Registry()
    assert registry.names("limits") == ["bucket", "concurrency", "quota", "window"]
    for name in registry.names("limits"):
        declared = registry.declaration("limits", name)
        assert (declared.name, bool(declared.summary)) == (name, True)
