"""A run that writes files and is killed at any point: the next one ends with each row once, in the order of effects."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
FIRST_LINE = len("id,amount\na,1.50\n")


def drive(points: Any, engine: str = "as it is", concurrency: int = 1, files: tuple[str, ...] = ()) -> str:
    """Return what the driver found."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.files_driver"],
        input=json.dumps({"points": points, "engine": engine, "concurrency": concurrency, "files": files}),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("concurrency", [1, 4])
def test_a_run_killed_at_any_commit_leaves_each_row_once(concurrency: int) -> None:
    driven = partial(drive, concurrency=concurrency)
    points = json.loads(driven("which"))
    # Three commits begin and one ends the run, two write the workbook; each record has one, and its row of the workbook
    # one. Lines have an intent and an outcome: each of its own, or those that records bring at once together.
    groups = 3 if concurrency == 1 else 1
    assert sum(point[1] == "after" for point in points) == 3 + 3 * (1 + 1) + groups * 2 * 2 + 2 + 2
    with ThreadPoolExecutor(2) as pool:
        assert "".join(pool.map(driven, (points[::2], points[1::2]))) == ""


def test_a_run_that_takes_records_at_once_and_is_killed_within_an_append_leaves_each_row_once() -> None:
    lengths = (0, 3, FIRST_LINE - 1, FIRST_LINE, FIRST_LINE + 3)
    assert drive([["append", number, length] for number in (1, 2) for length in lengths], concurrency=4) == ""


@pytest.mark.parametrize("file", ["out/rows.csv", "out/rows.jsonl"])
def test_a_run_all_of_whose_records_go_together_and_is_killed_anywhere_leaves_each_row_once(
    file: str,
) -> None:
    driven = partial(drive, concurrency=2, files=(file,))
    points = json.loads(driven("which"))
    # Three commits begin and two end the run; the rows have one intent and one outcome, each record one of its own.
    assert sum(point[1] == "after" for point in points) == 3 + 2 + 3 + 2
    points += [["append", 1, length] for length in range(0, 3 * FIRST_LINE, 4)]
    with ThreadPoolExecutor(2) as pool:
        assert "".join(pool.map(driven, (points[::2], points[1::2]))) == ""


def test_a_run_killed_within_an_append_leaves_each_row_once_however_much_was_written() -> None:
    lengths = [["append", 1, length] for length in range(FIRST_LINE + 1)]
    later = [["append", number, length] for number in (2, 3, 6) for length in (0, 1, 5)]
    with ThreadPoolExecutor(2) as pool:
        assert "".join(pool.map(drive, (lengths, later))) == ""


def test_an_engine_that_appends_before_its_intent_is_durable_would_be_seen() -> None:
    which = json.loads(drive("which", "appends first"))
    found = drive([point for point in which if point[1] == "before"], "appends first")
    assert "the second run's outcome: stopped in place of done" in found


def test_an_engine_that_commits_the_length_behind_the_row_would_be_seen() -> None:
    which = json.loads(drive("which", "forgets the length"))
    found = drive([point for point in which if point[1] == "before"], "forgets the length")
    assert "the second run's outcome: stopped in place of done" in found
