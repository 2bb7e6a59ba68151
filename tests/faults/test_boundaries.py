"""A run of every kind of action, stopped at any commit or write: the next one ends with each effect once."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.faults.kinds import LEDGERS

ROOT = Path(__file__).resolve().parents[2]
ALL = os.environ.get("FAULTS") == "all"


def drive(points: Any, program: str = "boundaries", engine: str = "as it is", **wish: str) -> str:
    """Return what the driver found."""
    done = subprocess.run(
        [sys.executable, "-m", f"tests.faults.{program}"],
        input=json.dumps({"points": points, "engine": engine, **wish}),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def some(points: list[Any], count: int) -> list[Any]:
    """Return so many of *points* by chance, or where all are due all, of which each end is a state of its own."""
    # Behind each commit and behind each answer is one; and before the first commit, and within a write.
    ends = [
        point for point in points if point[2] in ("after", "half", "sent") or point == ["commit", 1, "before"]
    ]
    return ends if ALL else random.sample(ends, count)


def all_of(points: list[Any], driven: Callable[[list[Any]], str]) -> str:
    """Return what is found at *points*; many are shared by two programs."""
    with ThreadPoolExecutor(2) as pool:
        return "".join(pool.map(driven, (points[::2], points[1::2]) if ALL else (points,)))


def writes(points: list[Any]) -> int:
    return sum(point[::2] == ["write", "before"] for point in points)


def test_a_run_of_every_kind_of_action_stopped_anywhere_is_finished_by_the_next(
    ledger: dict[str, str],
) -> None:
    def driven(points: Any) -> str:
        return drive(points, **ledger)

    points = json.loads(driven("which"))
    # Of a record: four notes, invoice, line, message, two parts, the case, two at once, the called one, the last.
    assert writes(points) == 3 * 14
    assert all_of(some(points, 6), driven) == ""


@pytest.mark.parametrize(
    ("on_revision", "each"),
    # Three notes and an invoice; what is made anew is taken back first.
    [("update", 4), ("reissue", 8)],
)
def test_a_run_that_changes_documents_stopped_anywhere_leaves_one_with_the_last_revision(
    on_revision: str, each: int, server_of: Callable[[str], str]
) -> None:
    for ledger in LEDGERS if ALL else [random.choice(LEDGERS)]:
        print(ledger)
        driven = partial(
            drive, program="changes", on_revision=on_revision, ledger=ledger, server=server_of(ledger)
        )
        points = json.loads(driven("which"))
        assert writes(points) == 3 * each
        assert all_of(some(points, 4), driven) == ""


def test_an_engine_whose_intent_comes_behind_the_send_would_be_seen_at_a_boundary(
    ledger: dict[str, str],
) -> None:
    found = drive([["write", 4, "sent"], ["write", 14, "sent"]], engine="sends first", **ledger)
    assert "['write', 4, 'sent']: at the target too often" in found
    assert "['write', 14, 'sent']: at the target too often" in found


def test_an_engine_whose_intent_comes_behind_the_send_of_a_change_would_be_seen(
    one_ledger: dict[str, str],
) -> None:
    # The last note of the first record is made anew; the write before it takes the old one back.
    found = drive(
        [["write", 8, "sent"]], program="changes", engine="sends first", on_revision="reissue", **one_ledger
    )
    assert "by none stand" in found
