"""A run of every kind of action, stopped at any commit or write: the next one ends with each effect once."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def drive(points: Any, engine: str = "as it is") -> str:
    """Return what the driver found."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.boundaries"],
        input=json.dumps({"points": points, "engine": engine}),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_a_run_of_every_kind_of_action_stopped_anywhere_is_finished_by_the_next() -> None:
    points = json.loads(drive("which"))
    # Of a record: four notes, invoice, line, message, two parts, the case, two at once, the called one, the last.
    assert sum(point[::2] == ["write", "before"] for point in points) == 3 * 14
    # Behind each commit and behind each answer is a state of its own; and before the first commit, and within a write.
    ends = [
        point for point in points if point[2] in ("after", "half", "sent") or point == ["commit", 1, "before"]
    ]
    chosen = ends if os.environ.get("FAULTS") == "all" else random.sample(ends, 12)
    with ThreadPoolExecutor(2) as pool:
        assert "".join(pool.map(drive, (chosen[::2], chosen[1::2]))) == ""


def test_an_engine_whose_intent_comes_behind_the_send_would_be_seen_at_a_boundary() -> None:
    found = drive([["write", 4, "sent"], ["write", 14, "sent"]], "sends first")
    assert "['write', 4, 'sent']: at the target too often" in found
    assert "['write', 14, 'sent']: at the target too often" in found
