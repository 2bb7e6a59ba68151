"""A run that is killed at each of its commits and sends: the next one ends with the same books, and nothing twice."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest

DRIVER = Path(__file__).with_name("driver.py")


def drive(points: Any, engine: str = "as it is", concurrency: int = 1) -> str:
    """Return what the driver found."""
    wish = json.dumps({"points": points, "engine": engine, "concurrency": concurrency})
    done = subprocess.run(
        [sys.executable, str(DRIVER)], input=wish, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("concurrency", [1, 4])
def test_a_run_killed_at_any_point_is_finished_by_the_next_and_nothing_is_made_twice(
    concurrency: int,
) -> None:
    driven = partial(drive, concurrency=concurrency)
    points = json.loads(driven("which"))
    # Three commits begin and two end the run, one moves the cursor behind the last record; each record has one, each
    # write an intent and an outcome.
    assert sum(point[:2] == ["commit", "after"] for point in points) == 3 + 12 + 2 * (12 + 13) + 1 + 2
    assert sum(point[:2] == ["send", "after"] for point in points) == 12 + 13
    # Nothing lasting happens between the end of one and the beginning of the next: each end is a state of its own.
    ends = [point for point in points if point[1] == "after" or point == ["commit", "before", 1]]
    # All records go the same way: the points of the first and last ones, and a few others, unless all are due.
    some = ends[:10] + random.sample(ends[10:-6], 6) + ends[-6:]
    chosen = ends if os.environ.get("FAULTS") == "all" else some
    with ThreadPoolExecutor(2) as pool:
        assert "".join(pool.map(driven, (chosen[::2], chosen[1::2]))) == ""


def test_an_engine_that_sends_before_its_intent_is_durable_would_be_seen() -> None:
    assert drive([["send", "after", 3]], "sends first") == (
        "['send', 'after', 3]: intents of what was being sent: 0 in place of 1\n"
    )


def test_an_engine_that_sends_again_under_another_key_would_be_seen() -> None:
    found = drive([["send", "after", 2]], "sends anew")
    assert "documents: {'invoice': 12, 'payment': 14} in place of {'invoice': 12, 'payment': 13}" in found
