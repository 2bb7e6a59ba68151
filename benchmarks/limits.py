"""What the budget of a request costs: its way in and out, in the file beside a ledger.

    python benchmarks/limits.py                  SQLite, a few seconds
    python benchmarks/limits.py --folder /mnt/x  where the file lies

One process asks for a window of a minute, one request after the other, by a clock that goes on by a tenth of a second
each, so that the row holds as much as it does in a busy run. Processor time is told beside what passed: other work
on the machine adds to the second alone.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

from engine.budgets import Around, Budget, Budgets, Said
from engine.ledger.budgets import SqliteRows
from engine.limits.window import Params, Window
from engine.paths import MISSING
from engine.policy import Limit

REQUESTS = 5000
BEFORE = 700
"""Requests until the window holds a whole minute of them."""


async def measure(folder: Path) -> None:
    """Tell the milliseconds of one request."""
    now = 1_000_000.0
    rows = SqliteRows(folder, lambda: now, lambda name, **fields: print(name, fields))
    window = Budget(Limit("minute", "window", {}), Window(Params(limit=10_000, per="60s")))
    budgets = Budgets("shop", [window], rows, Around(lambda: now))
    for index in range(BEFORE + REQUESTS):
        if index == BEFORE:
            busy, passed = time.process_time(), time.perf_counter()
        now += 0.1
        async with budgets.admitted("orders.list", 0.0) as admission:
            await admission.answered(Said({}, MISSING))
    busy, passed = time.process_time() - busy, time.perf_counter() - passed
    print(
        f"{busy / REQUESTS * 1000:.2f} ms of a processor, {passed / REQUESTS * 1000:.2f} ms in all a request"
    )
    await budgets.close()
    rows.close()


def main() -> None:
    """Measure in a folder that is gone at the end."""
    given = argparse.ArgumentParser()
    given.add_argument("--folder", type=Path)
    with tempfile.TemporaryDirectory(dir=given.parse_args().folder) as folder:
        asyncio.run(measure(Path(folder)))


if __name__ == "__main__":
    main()
