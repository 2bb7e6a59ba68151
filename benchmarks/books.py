"""How fast the embedded books take invoices, and whether that stays so as they grow.

    python benchmarks/books.py                    10,000 to 1,000,000 invoices, some minutes
    python benchmarks/books.py --documents 100000
    python benchmarks/books.py --folder /mnt/x    where the file lies

Each invoice has three lines, two of them taxed, one of 5,000 customers and a key as the engine makes them; requests are
made beforehand and go in as groups of 500, each group one synced transaction. Whether the rate stays is told from
100,000 on, where there are two to compare. Beside it, where it is installed,
beancount loads the same documents from the journal that the books export. Ends with one line a goal; the exit code is 1
when one is short.
"""

from __future__ import annotations

import argparse
import gc
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from statistics import median
from typing import Final

from measuring import goal

from engine import canonical
from engine.books import Books
from engine.books.export import export
from engine.clock import SystemClock
from engine.wire import Request

SIZES: Final = (10_000, 100_000, 300_000, 1_000_000)
"""Documents in the books where a rate is taken."""
GROUP: Final = 500
SAMPLE: Final = 10_000
"""Invoices over which a rate is taken."""
SAMPLES: Final = 3
"""Samples of which the best counts."""
JOURNAL: Final = 10_000
"""Invoices that beancount loads."""
WANTED: Final = 5_000
FLAT: Final = 1.25
"""How many times as long an invoice may take in the largest books as in the smallest."""


def invoice(number: int) -> bytes:
    """Return the body of one invoice; no two are alike."""
    key = sha256(str(number).encode()).hexdigest()[:32]
    cents = number % 90 + 10
    return canonical.encode(
        {
            "external_id": f"1:{key}",
            "number": f"#{number}",
            "date": f"2026-{number % 12 + 1:02d}-{number % 28 + 1:02d}",
            "currency": "USD",
            "customer": {"name": f"Customer {number % 5000}", "email": f"c{number % 5000}@shop.example"},
            "lines": [
                {"description": "Blue mug", "quantity": 2, "unit_price": f"12.{cents}", "tax": "2.22"},
                {
                    "description": "Teapot",
                    "quantity": 1,
                    "unit_price": "40.00",
                    "discount": "4.00",
                    "tax": "3.20",
                },
                {
                    "description": "Standard shipping",
                    "quantity": 1,
                    "unit_price": "5.00",
                    "category": "shipping",
                },
            ],
        }
    )


def groups(first: int, count: int) -> Iterator[list[Request]]:
    """Yield *count* invoices from number *first* on, in groups."""
    for start in range(first, first + count, GROUP):
        bodies = [invoice(number) for number in range(start, min(start + GROUP, first + count))]
        yield [Request("POST", "books:/invoices", body=body) for body in bodies]


def write(books: Books, first: int, count: int) -> float:
    """Write *count* invoices and return the seconds that the books took."""
    seconds = 0.0
    for requests in groups(first, count):
        start = time.perf_counter()
        answers = books.commit(requests)
        seconds += time.perf_counter() - start
        refused = [answer for answer in answers if answer.status != 201]
        if refused:
            raise SystemExit(f"refused: {refused[0].body.decode()}")
    return seconds


def rate(books: Books, first: int) -> float:
    """Return invoices per second: the best of some samples, each the median of ten parts.

    Other programs on the machine can only slow it down; for half a minute they may slow every part of one sample.
    """
    part = SAMPLE // 10
    return max(
        median(part / write(books, start, part) for start in range(sample, sample + SAMPLE, part))
        for sample in range(first, first + SAMPLES * SAMPLE, SAMPLE)
    )


def beancount(journal: Path) -> float | None:
    """Return the seconds in which ``bean-check`` loads *journal*, or None where it is not installed."""
    program = shutil.which("bean-check")
    if program is None:
        return None
    start = time.perf_counter()
    subprocess.run([program, "--no-cache", str(journal)], check=True)  # noqa: S603
    return time.perf_counter() - start


def main() -> int:
    """Measure, and return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--documents", type=int, default=1_000_000, help="how large the books become")
    parser.add_argument("--folder", help="where the file lies; else the system's temporary folder")
    wishes = parser.parse_args()
    if wishes.documents < SIZES[0]:
        parser.error(
            f"--documents is {SIZES[0]:,} or more: rates are taken in books of that size and larger ones"
        )
    with (
        tempfile.TemporaryDirectory(dir=wishes.folder) as folder,
        Books.open(Path(folder) / "books.db", SystemClock()) as books,
    ):
        write(books, 0, JOURNAL)
        gc.freeze()
        compare(books, Path(folder))
        return 0 if all(list(grown(books, wishes.documents))) else 1


def compare(books: Books, folder: Path) -> None:
    """Print how long beancount takes for what the books hold."""
    journal = folder / "books.beancount"
    journal.write_text(export(books, "beancount"), "utf-8")
    seconds = beancount(journal)
    if seconds is None:
        print("beancount is not installed here (bean-check): no comparison")
    else:
        print(
            f"beancount loads the same {JOURNAL:,} invoices in {seconds:.2f} s: {JOURNAL / seconds:,.0f} a second"
        )


def grown(books: Books, largest: int) -> Iterator[bool]:
    """Grow the books, print the rate at each size, and yield whether each goal is met."""
    rates: dict[int, float] = {}
    held = JOURNAL
    for size in SIZES:
        if size > largest:
            break
        write(books, held, size - held)
        rates[size] = rate(books, size)
        held = size + SAMPLES * SAMPLE
        print(
            f"{size:>9,} documents: {rates[size]:>8,.0f} invoices/s, {1e6 / rates[size]:.0f} us each",
            flush=True,
        )
    first, last = rates[min(rates)], rates[max(rates)]
    yield goal("books grouped", min(rates.values()), "invoices/s", WANTED)
    if len(rates) > 1:
        yield goal("books flat", first / last, f"x the time at {max(rates):,} documents", FLAT, most=True)


if __name__ == "__main__":
    sys.exit(main())
