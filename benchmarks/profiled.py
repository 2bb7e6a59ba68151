"""Where the time of a polled record goes: the engine's part of ``poll.py``, by what it does.

    python benchmarks/profiled.py                  20,000 records
    python benchmarks/profiled.py --records 5000

One run in this process, looked at each millisecond of its CPU. Each look counts for the innermost part of the engine
that was at work; what all share, such as JSON, counts for who asked for it. There is no goal: it says what the figures
of ``poll.py`` are made of.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import Final

import job
import poll
from measuring import at_least, machine
from pages import Pages

EVERY: Final = 0.001
"""Seconds of CPU between two looks."""
PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "pages over HTTP, split into records": ("http/", "paging/", "actions/operation.", "budgets/", "actions/patience."),
    "decoding, and the digest of the bytes": ("triggers/", "generated/projection."),
    "taking in: when, key, revision": ("intake.", "keys.", "revisions."),
    "mapping, and judging the document": ("<recipe", "mapping.", "schema.", "filters/"),
    "the walk through the actions": ("interpreter.", "steps.", "actions/__init__.", "mapping."),
    "rows for the file": ("actions/", "tables/"),
    "the ledger, asked and told": ("ledger/",),
    "the run, its report, its tasks": ("runner.", "report.", "cursor.", "stream.", "group.", "log.", "clock."),
}  # fmt: skip
"""Each part by how its modules' names begin; of those that fit, the first counts."""
WAITS: Final = "waiting, beside the ledger's writer"
LOOP: Final = "the event loop"


def part_of(frame: FrameType | None) -> str:
    """Return the part of the engine that was at work in *frame*."""
    if frame is not None and frame.f_code.co_filename.endswith("selectors.py"):
        return WAITS
    while frame is not None:
        name = frame.f_code.co_filename.rpartition("/engine/")[2]
        for part, beginnings in PARTS.items():
            if name.startswith(beginnings):
                return part
        frame = frame.f_back
    return LOOP


def looked_at(folder: Path, address: str) -> tuple[Counter[str], float]:
    """Run the engine on what *address* serves, and return the looks by part, and seconds of CPU."""
    from engine.commands.progress import Progress
    from engine.garbage import unhurried
    from engine.launch import Wish, launch, prepare

    poll.engine(address, folder)
    os.chdir(folder)
    plan = prepare(Wish("recipe.yaml", begin="new"), folder)
    told = Progress(plan.recipe.source, plan.mask, quiet=True)
    looks: Counter[str] = Counter()
    signal.signal(signal.SIGPROF, lambda _, frame: looks.update([part_of(frame)]))
    begun = time.process_time()
    signal.setitimer(signal.ITIMER_PROF, EVERY, EVERY)
    try:
        with unhurried(20_000):
            report = asyncio.run(launch(plan, told, os.environ))
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    seconds = time.process_time() - begun
    if report.outcome != "done":
        raise SystemExit(f"the run ended as {report.outcome}")
    return looks, seconds


def main() -> int:
    """Measure, and return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--records", type=at_least(job.PAGE), default=20_000, help="that are polled")
    wishes = parser.parse_args()
    print(machine("msgspec", "jsonschema-rs"))
    with tempfile.TemporaryDirectory() as made, Pages(wishes.records, None) as pages:
        looks, seconds = looked_at(Path(made), pages.address)
        os.chdir("/")
    each = seconds / wishes.records * 1e6
    print(
        f"{wishes.records:,} records, {each:,.0f} us of CPU each, {wishes.records / seconds:,.0f} records/s"
    )
    for part, count in looks.most_common():
        share = count / looks.total()
        print(f"{share:6.1%} {share * each:5.0f} us  {part}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
