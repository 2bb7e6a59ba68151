"""What an answer means: the connector's rules on every status, in their order, then the status itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.actions.operation import judge
from engine.connector import Connector
from engine.paths import compile_path
from engine.policy import ErrorRule
from engine.wire import Answer

RULES = (
    ErrorRule(
        "throttled", at=compile_path("$.error.code"), equals="slow_down", message=compile_path("$.error.text")
    ),
    ErrorRule("duplicate", status=409, message=compile_path("$.error")),
    ErrorRule("validation", at=compile_path("$.error"), message=compile_path("$.error.text")),
    ErrorRule("auth", status=200, at=compile_path("$.login")),
    ErrorRule("auth", status=502, at=compile_path("$.login")),
)
CONNECTOR = Connector("shop", Path(), "", "http", errors=RULES)


def judged(status: int, body: bytes) -> tuple[str, str]:
    found = judge(CONNECTOR, Answer(status, {}, body))
    return found.is_class, found.message


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, b'{"id": 1}', ("", "")),
        (204, b"", ("", "")),
        (200, b'{"error": null}', ("validation", "answered 200")),
        (200, b'{"error": {"text": "no"}}', ("validation", "no")),
        (200, b'{"error": {"code": "slow_down", "text": "wait"}}', ("throttled", "wait")),
        (200, b'{"login": ""}', ("auth", "answered 200")),
        (201, b'{"login": ""}', ("", "")),
        (409, b'{"error": {"code": "slow_down"}}', ("throttled", "answered 409")),
        (409, b'{"error": {"of": [1.50]}}', ("duplicate", '{"of":[1.50]}')),
        (409, b"<html>", ("duplicate", "answered 409")),
        (200, b"<html>", ("transient", "answered 200 with something that is no JSON")),
        (200, b'{"a": 1', ("transient", "answered 200 with something that is no JSON")),
        (304, b"", ("unsupported", "answered 304")),
        (400, b"{}", ("validation", "answered 400")),
        (401, b"", ("auth", "answered 401")),
        (403, b"<html>", ("auth", "answered 403")),
        (404, b"{}", ("not_found", "answered 404")),
        (408, b"", ("transient", "answered 408")),
        (418, b"", ("validation", "answered 418")),
        (425, b"", ("transient", "answered 425")),
        (429, b"", ("throttled", "answered 429")),
        (500, b"oops", ("transient", "answered 500")),
        (503, b"", ("transient", "answered 503")),
        (500, b'{"error": {"text": "no"}}', ("transient", "answered 500")),
        (503, b'{"error": {"code": "slow_down", "text": "wait"}}', ("transient", "answered 503")),
        (502, b'{"login": ""}', ("auth", "answered 502")),
    ],
)
def test_an_answer_means(status: int, body: bytes, expected: tuple[str, str]) -> None:
    assert judged(status, body) == expected


def test_a_long_explanation_is_cut() -> None:
    assert len(judged(200, b'{"error": {"text": "' + b"x" * 10_000 + b'"}}')[1]) <= 301


def test_an_answer_nested_without_end_is_no_json() -> None:
    assert judged(200, b"[" * 100_000)[0] == "transient"


@pytest.mark.parametrize(
    ("stated", "seconds"),
    [
        ("0", 0),
        ("2", 2),
        ("2.0", 2),
        ("0.75", 0.75),
        ("1.0004", 1.001),
        ("999999999.000000001", 999999999.001),
        ("", None),
        ("-1", None),
        ("+1", None),
        (".5", None),
        ("2.", None),
        ("2,5", None),
        ("2e3", None),
        (" 2", None),
        ("1.0000000001", None),
        ("9999999999", None),
        ("inf", None),
        ("٢", None),
        ("Sun, 01 Nov 2026 06:00:00 GMT", None),
    ],
)
def test_a_stated_pause_is_read_with_decimals_and_never_shortened(stated: str, seconds: float | None) -> None:
    assert judge(CONNECTOR, Answer(429, {"retry-after": stated}, b"")).after == seconds


@pytest.mark.parametrize(
    ("until", "now", "seconds"),
    [
        ("Sun, 01 Nov 2026 06:00:30 GMT", "Sun, 01 Nov 2026 06:00:00 GMT", 30.0),
        ("Sun, 01 Nov 2026 06:00:00 GMT", "Sun, 01 Nov 2026 06:00:30 GMT", 0.0),
        ("Sun, 01 Nov 2026 06:00:30 GMT", "tomorrow", None),
        ("Sun, 01 Nov 2026 06:00:30 GMT", "Sun, 01 Nov 2026 06:00:00 -0000", None),
        ("Sun, 99 Nov 2026 06:00:30 GMT", "Sun, 01 Nov 2026 06:00:00 GMT", None),
    ],
)
def test_a_pause_until_an_instant_is_measured_by_the_targets_own_clock(
    until: str, now: str, seconds: float | None
) -> None:
    assert judge(CONNECTOR, Answer(429, {"retry-after": until, "date": now}, b"")).after == seconds
