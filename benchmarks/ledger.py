"""How large the ledger grows and how fast it commits, in a file and on a server.

    python benchmarks/ledger.py                                   SQLite, half a minute
    python benchmarks/ledger.py --server postgresql://me@host/db  PostgreSQL too, in a schema that is dropped at the end
    python benchmarks/ledger.py --folder /mnt/x                   where the file lies

An effect is one of the shipped Shopify recipe: its intent with the exact request, then its outcome with the answer. A
record is one that is finished, so that its bytes are not kept. Sizes are those of the whole database, indexes included,
by the number of rows; of PostgreSQL after the pages that updates left behind were given back.
"""

from __future__ import annotations

import argparse
import asyncio
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from statistics import median

from engine import canonical
from engine.keys import EffectKey
from engine.ledger import EffectRow, EffectState, RecordRow, RecordState, Row
from engine.ledger.sqlite import SqliteLedger
from engine.ledger.stored import StoredLedger

ROWS = 20_000
ALONE = 400
CONCURRENT = 16
SCHEMA = "recipe_benchmark"


def effect(number: int) -> EffectRow:
    """Return the intent of an invoice; no two are alike."""
    key = EffectKey(
        "books?company=main", "shopify-to-invoice", ("invoice",), (str(5_000_000_000_000 + number),)
    )
    line = {"description": "Blue mug", "quantity": 2, "unit_price": "12.50", "tax": "2.22"}
    document = {
        "external_id": key.external_id,
        "number": f"#{number}",
        "date": "2026-11-20",
        "currency": "USD",
        "customer": {"name": f"Customer {number}", "email": f"c{number}@shop.example"},
        "lines": [line, {**line, "description": "Teapot"}, {**line, "description": "Shipping"}],
    }
    return EffectRow(
        key=key.text,
        target=key.target,
        recipe=key.recipe,
        path="invoice",
        record=f'["{5_000_000_000_000 + number}"]',
        external_id=key.external_id,
        operation="books.invoices.create",
        state=EffectState.SENDING,
        method="POST",
        url="books:/invoices",
        headers='[["Content-Type","application/json"]]',
        body=canonical.encode(document),
        request_digest=f"1:{sha256(str(number).encode()).hexdigest()}",
        run="20261120-211500-123-1f4",
        sent_at="2026-11-20T21:15:00.123+00:00",
    )


def done(row: EffectRow, number: int) -> EffectRow:
    """Return the outcome of an intent."""
    answer = canonical.encode(
        {"id": f"inv-{number}", "number": f"#{number}", "total": "79.44", "status": "open"}
    )
    finished = "2026-11-20T21:15:00.456+00:00"
    return replace(
        row, state=EffectState.DONE, remote_id=f"inv-{number}", answer=answer, finished_at=finished
    )


def record(number: int) -> RecordRow:
    """Return a record that is finished."""
    return RecordRow(
        "shopify-to-invoice",
        "shopify?store=acme",
        "books?company=main",
        f'["{5_000_000_000_000 + number}"]',
        "2026-11-20T21:10:00Z",
        f"1:{sha256(str(-number).encode()).hexdigest()}",
        RecordState.DONE,
        "20261120-211500-123-1f4",
        "2026-11-20T21:15:00.789+00:00",
    )


async def alone(ledger: StoredLedger) -> float:
    """Return how long a commit takes that nothing else waits for, in seconds."""
    took = []
    for number in range(ALONE):
        row = effect(10_000_000 + number)
        begun = time.perf_counter()
        await ledger.commit([row])
        took.append(time.perf_counter() - begun)
    return median(took)


async def concurrent(ledger: StoredLedger, first: int, count: int) -> float:
    """Return how many effects stand after a second, intent and outcome each with a commit of its own."""
    numbers = iter(range(first, first + count))

    async def work() -> None:
        for number in numbers:
            intent = effect(number)
            await ledger.commit([intent])
            await ledger.commit([done(intent, number)])

    begun = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(CONCURRENT)))
    return count / (time.perf_counter() - begun)


async def fill(ledger: StoredLedger, make: Callable[[int], Row]) -> None:
    for start in range(0, ROWS, 200):
        await ledger.commit([make(number) for number in range(start, start + 200)])


def measure(name: str, ledger: StoredLedger, size: Callable[[], int]) -> list[str]:
    """Return what is to be said about *ledger*."""
    empty = size()
    asyncio.run(fill(ledger, record))
    records = size()
    rate = asyncio.run(concurrent(ledger, 0, ROWS))
    effects = size()
    lone = asyncio.run(alone(ledger))
    return [
        f"{name}: {(records - empty) / ROWS:,.0f} bytes a record, {(effects - records) / ROWS:,.0f} bytes an effect"
        f" ({len(effect(1).body)} of them the request's body)",
        f"{name}: a lone commit takes {lone * 1000:.2f} ms; {rate:,.0f} effects/s at concurrency {CONCURRENT}",
    ]


def in_file(folder: Path) -> list[str]:
    file = folder / "ledger.db"

    def size() -> int:
        with closing(sqlite3.connect(file)) as other:
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return file.stat().st_size

    with closing(SqliteLedger(file)) as ledger:
        return measure("SQLite", ledger, size)


def on_server(address: str) -> list[str]:
    import psycopg

    from engine.ledger.postgres import PostgresLedger

    with psycopg.connect(address, autocommit=True) as other:

        def size() -> int:
            asked = "SELECT tablename FROM pg_tables WHERE schemaname = %s"
            tables = [name for (name,) in other.execute(asked, [SCHEMA])]
            total = 0
            for table in tables:
                other.execute(f"VACUUM FULL {SCHEMA}.{table}".encode())
                found = other.execute(
                    "SELECT pg_total_relation_size(%s::regclass)", [f"{SCHEMA}.{table}"]
                ).fetchone()
                total += found[0] if found else 0
            return total

        try:
            with closing(PostgresLedger(address, SCHEMA)) as ledger:
                return measure("PostgreSQL", ledger, size)
        finally:
            other.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE".encode())


def main(arguments: Sequence[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--server", metavar="ADDRESS", help="of a PostgreSQL database")
    parser.add_argument("--folder", type=Path, help="where the file lies; else a temporary folder")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(dir=given.folder) as made:
        told = in_file(Path(made))
    told += on_server(given.server) if given.server else []
    print("\n".join(told))


if __name__ == "__main__":
    main(sys.argv[1:])
