"""How large the ledger is for each record, before and after ``recipe runs prune``.

    python benchmarks/prune.py                                   SQLite, a quarter of a minute
    python benchmarks/prune.py --server postgresql://me@host/db  PostgreSQL too, in a schema that is dropped at the end

The records are those of a sample run of a shipped recipe, with all that it writes for them: its rows are taken as they
are, again and again under other keys, until there are enough. Sizes are those of the whole database, indexes included.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from engine import canonical
from engine.ledger import EffectRow, RecordRow, Row
from engine.ledger.sqlite import SqliteLedger
from engine.ledger.stored import StoredLedger
from engine.prune import prune

RECIPE = "shopify-to-invoice.yaml"
RECORDS = 20_000
SCHEMA = "recipe_benchmark"
COMMAND = (sys.executable, "-c", "from engine.commands import main; main()")


def sample(folder: Path) -> tuple[list[RecordRow], list[EffectRow]]:
    """Return what a sample run of the recipe leaves in its ledger."""
    run = [*COMMAND, "run", RECIPE, "--sample", "--quiet", "--state", str(folder)]
    subprocess.run(run, check=True, stdout=subprocess.DEVNULL, cwd=folder.parent)  # noqa: S603  # ours
    with closing(SqliteLedger(folder / "sample" / "ledger.db")) as ledger:
        return list(ledger.records()), list(ledger.effects())


def again(number: int, records: Sequence[RecordRow], effects: Sequence[EffectRow]) -> list[Row]:
    """Return the rows under other keys of the same length, such as those of other orders have."""
    made: list[Row] = [
        replace(row, key=_other(row.key, number * len(records) + n)) for n, row in enumerate(records)
    ]
    for own, row in enumerate(effects, number * len(effects)):
        made.append(
            replace(
                row,
                key=_other(row.key, own),
                record=_other(row.record, own),
                external_id=f"{row.external_id[:-5]}{own:05}",
                remote_id=f"{row.remote_id[:-5]}{own:05}",
            )
        )
    return made


def _other(key: str, number: int) -> str:
    parts = canonical.decode(key.encode())
    last = parts[-1] if isinstance(parts[-1], list) else parts
    last[-1] = f"{last[-1][:-5]}{number:05}"
    return canonical.encode(parts).decode()


async def measure(name: str, ledger: StoredLedger, folder: Path) -> str:
    """Return what is to be said about *ledger*."""
    records, effects = sample(folder)
    empty = ledger.size()
    copies = RECORDS // len(records)
    for number in range(copies):
        await ledger.commit(again(number, records, effects))
    ledger.compact()
    full = ledger.size() - empty
    done = await prune(ledger, folder / "none", datetime.now(UTC), tell=lambda effects: None)
    count, left = copies * len(records), done.left - empty
    asked, said = (
        sum(len(getattr(row, part)) for row in effects) / len(records) for part in ("body", "answer")
    )
    return (
        f"{name}: {full / count:,.0f} bytes a record before, {left / count:,.0f} after; a record is"
        f" {len(effects) / len(records):.1f} effects with {asked:,.0f} bytes of requests and {said:,.0f} of answers"
    )


def in_file(folder: Path) -> str:
    with closing(SqliteLedger(folder / "ledger.db")) as ledger:
        return asyncio.run(measure("SQLite", ledger, folder / "state"))


def on_server(address: str, folder: Path) -> str:
    import psycopg

    from engine.ledger.postgres import PostgresLedger

    class Dense(PostgresLedger):
        """Gives the room back to the disk, so that it can be measured."""

        def _compact(self) -> None:
            super()._compact()
            for table in ("effect", "record", "run"):
                self._connection.execute(f"VACUUM FULL {table}".encode())

    try:
        with closing(Dense(address, SCHEMA)) as ledger:
            return asyncio.run(measure("PostgreSQL", ledger, folder / "state"))
    finally:
        with psycopg.connect(address, autocommit=True) as other:
            other.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE".encode())


def main(arguments: Sequence[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--server", metavar="ADDRESS", help="of a PostgreSQL database")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as made:
        print(in_file(Path(made)))
    if given.server:
        with tempfile.TemporaryDirectory() as made:
            print(on_server(given.server, Path(made)))


if __name__ == "__main__":
    main(sys.argv[1:])
