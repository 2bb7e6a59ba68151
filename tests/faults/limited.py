"""A run as a program of its own that begins when it is told to, so that several begin together.

``python -m tests.faults.limited PROJECT RECIPE HOLD`` says ``ready``, begins at a line of its input, and prints the
report as JSON; HOLD is for how long what it has in hand is believed without a word of it.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import engine.budgets
from engine.files import registry_of
from engine.launch import Wish, launch, prepare
from engine.ledger import sqlite  # noqa: F401  # imported before it begins
from engine.ledger.budgets import SqliteRows  # noqa: F401
from tests.project import Silent


def main(project: Path, recipe: str, hold: str) -> None:
    """Run *recipe* of *project*."""
    engine.budgets.HOLD = float(hold)  # type: ignore[misc]  # for tests that wait for its end
    plan = prepare(Wish(recipe, begin="new"), project, registry_of(project))
    print("ready", flush=True)
    sys.stdin.readline()
    report = asyncio.run(launch(plan, Silent(), {}))
    print(json.dumps(report.as_data()), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
