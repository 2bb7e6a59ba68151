"""Whether the memory of a run stays the same, however many records it reads.

    python benchmarks/memory.py                          runs of 10,000 and 100,000 records, some minutes
    python benchmarks/memory.py --records 1000000        the larger run
    python benchmarks/memory.py --folder /mnt/x          where the state lies
    python benchmarks/memory.py --only file

A run is the command `recipe run` as people give it, in a process of its own, with one write a record to a target on
this machine: of a file of JSON Lines, and of pages over HTTP. What counts is the most memory that its process held, as
the system tells it. `--only books` writes a file into the embedded books, which keep up to 64 MB of their own pages in
memory: that fills as they grow, and is told without a goal. Ends with one line a goal; the exit code is 1 when one is
short.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from desk import DESK, write_project
from loopback import Loopback, order
from measuring import at_least, goal, machine

SMALL: Final = 10_000
MORE: Final = 1.1
"""How many times the memory of the small run the large one may take."""
MEASURED: Final = """
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from engine.commands import main
try:
    main()
finally:
    # What `getrusage` tells begins with what the parent held, where the system tells the process's own.
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.is_file() else ()
    own = [int(line.split()[1]) for line in lines if line.startswith("VmHWM:")]
    Path("peak").write_text(str(max(own, default=getrusage(RUSAGE_SELF).ru_maxrss)))
"""
PROGRAM: Final = (sys.executable, "-c", MEASURED)
INTO_BOOKS: Final = """
recipe: memory-books
version: 1
connections: {books: accounting}
settings: {concurrency: 16, timezone: UTC}
trigger: {file: orders.jsonl, key: $.id}
actions:
  - id: invoice
    uses: books.invoices.create
    with:
      number: $.name
      date: $.processed_at | date
      currency: $.currency
      customer: {name: $.customer.name, email: $.customer.email}
      lines: [{description: Goods, quantity: 1, unit_price: $.total_price | money, tax: "0.00"}]
"""
FROM_PAGES: Final = f"""
recipe: memory-pages
version: 1
connections: {{desk: desk}}
settings: {{concurrency: 16, timezone: UTC}}
trigger: {{poll: desk.records.list, every: 15m, key: $.id}}
{DESK}"""
FROM_FILE: Final = f"""
recipe: memory-file
version: 1
connections: {{desk: desk}}
settings: {{concurrency: 16, timezone: UTC}}
trigger: {{file: orders.jsonl, key: $.id}}
{DESK}"""
RECIPES: Final = {"file": FROM_FILE, "pages": FROM_PAGES, "books": INTO_BOOKS}
GOALS: Final = ("file", "pages")


@contextmanager
def project(way: str, records: int, folder: Path) -> Iterator[Path]:
    """Make a project that reads so many records in the *way*, and give the recipe's file."""
    with Loopback(records) as target:
        file = write_project(folder, target.address, RECIPES[way])
        if way != "pages":
            with (folder / "orders.jsonl").open("w", encoding="utf-8") as lines:
                lines.writelines(json.dumps(order(number)) + "\n" for number in range(1, records + 1))
        yield file


def peak(way: str, records: int, folder: Path | None) -> float:
    """Return the most memory that a run of so many records held, in MB of 1,000,000 bytes."""
    with (
        tempfile.TemporaryDirectory(dir=folder) as made,
        project(way, records, Path(made)) as file,
    ):
        begun = time.perf_counter()
        program = [*PROGRAM, "run", str(file), "--quiet", "--format", "json", "--new-ledger"]
        run = subprocess.run(program, cwd=made, stdout=subprocess.PIPE, check=False)  # noqa: S603  # our own
        seconds = time.perf_counter() - begun
        held = int((Path(made) / "peak").read_text("utf-8"))
    done = json.loads(run.stdout)["done"] if run.stdout else 0
    if run.returncode or done != records:
        raise SystemExit(f"{done:,} of {records:,} records were done: {run.stdout.decode()}")
    size = held * (1 if sys.platform == "darwin" else 1024) / 1e6
    print(f"{way}: {records:>9,} records: {size:6.1f} MB, {records / seconds:,.0f} records/s", flush=True)
    return size


def main() -> int:
    """Measure, and return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--records", type=at_least(2), default=10 * SMALL, help="of the larger run")
    parser.add_argument("--small", type=at_least(1), default=SMALL, help="records of the smaller run")
    parser.add_argument("--only", choices=list(RECIPES), help="one way alone")
    parser.add_argument("--folder", type=Path, help="where the state lies; else a temporary folder")
    wishes = parser.parse_args()
    if wishes.small >= wishes.records:
        parser.error(f"--records is more than the {wishes.small:,} of the smaller run")
    print(machine("httpx2", "msgspec"))
    ways = [wishes.only] if wishes.only else GOALS
    met = [judged(way, wishes.small, wishes.records, wishes.folder) for way in ways]
    return 0 if all(met) else 1


def judged(way: str, small: int, large: int, folder: Path | None) -> bool:
    """Run both sizes, print the goal's line, and return whether it is met; without a goal it is."""
    first, last = (peak(way, records, folder) for records in (small, large))
    if way not in GOALS:
        return True
    return goal(f"memory {way}", last / first, f"x the memory at {large:,} records", MORE, most=True)


if __name__ == "__main__":
    sys.exit(main())
