"""Points of a bucket that fills again: how long to wait before the next request of the same cost."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from engine.paths import MISSING
from engine.throttle.cost import CostThrottle, Params

THROTTLE = CostThrottle(Params(requested="$.cost", available="$.left", restore="$.rate"))


@pytest.mark.parametrize(
    ("cost", "left", "rate", "seconds"),
    [
        (500, 100, 50, 8.0),
        (Decimal("500.0"), Decimal("100.0"), Decimal("50.0"), 8.0),
        (101, 100, 3, 0.334),  # 0.333… would be too early
        (100, 100, 50, 0.0),
        (100, 2000, 50, 0.0),
        (100, -20, 50, 2.4),
        (500, 100, Decimal("0.0000001"), 1_000_000.0),
    ],
)
def test_the_wait_is_what_is_lacking_by_what_comes_back_each_second(
    cost: Any, left: Any, rate: Any, seconds: float
) -> None:
    assert THROTTLE.wait({"cost": cost, "left": left, "rate": rate}) == seconds


@pytest.mark.parametrize(
    "data",
    [
        MISSING, None, [], {}, {"cost": 500, "left": 100}, {"cost": 500, "left": None, "rate": 50},
        {"cost": "500", "left": 100, "rate": 50}, {"cost": 500, "left": 100, "rate": 0},
        {"cost": True, "left": 0, "rate": 1}, {"cost": 500, "left": 100, "rate": -1},
    ],
)  # fmt: skip
def test_an_answer_without_the_numbers_says_nothing(data: Any) -> None:
    assert THROTTLE.wait(data) is None
