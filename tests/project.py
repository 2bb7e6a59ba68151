"""A project of a test's own: one recipe over the records of a JSON Lines file, run in this process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.launch import Wish, launch, prepare
from engine.ledger import EffectRow, RecordState
from engine.ledger.sqlite import SqliteLedger
from engine.registry import Registry
from engine.report import Report, failure_of

HEAD = """\
recipe: {name}
version: 1
summary: Records become what the test says.
connections: {{}}
settings: {{concurrency: {concurrency}}}
trigger: {{file: {name}.jsonl, format: jsonl, key: $.id}}
actions:
"""


class Silent:
    """An observer that says nothing."""

    def progress(self, report: Report) -> None: ...

    def failure(self, failure: Any) -> None: ...

    def waits(self, text: str) -> None: ...


@dataclass
class Project:
    """A folder with recipes, their records and their state; *concurrency* of the records are taken at once."""

    folder: Path
    concurrency: int = 1

    def recipe(self, actions: str, name: str = "rows") -> None:
        """Write the recipe *name* with these actions."""
        (self.folder / "connections.yaml").write_text("connections: {}\n", "utf-8")
        (self.folder / "recipes").mkdir(exist_ok=True)
        head = HEAD.format(name=name, concurrency=self.concurrency)
        (self.folder / "recipes" / f"{name}.yaml").write_text(head + actions, "utf-8")

    def run(self, *records: Any, name: str = "rows", stop_after: int = 0) -> Report:
        """Run *name* on *records*; with *stop_after* its user stops it after so many."""
        lines = "".join(json.dumps(record) + "\n" for record in records)
        (self.folder / f"{name}.jsonl").write_text(lines, "utf-8")
        asked = iter(range(1_000_000))
        plan = prepare(Wish(name), self.folder, Registry())
        stopping = (lambda: next(asked) >= stop_after) if stop_after else (lambda: False)
        return asyncio.run(launch(plan, Silent(), {}, stopping))

    def text(self, name: str) -> str:
        """Return what stands in a file."""
        return (self.folder / name).read_bytes().decode()

    def effects(self) -> list[EffectRow]:
        """Return the effects in the ledger, in their order."""
        ledger = SqliteLedger(self.folder / ".recipe" / "ledger.db")
        try:
            return list(ledger.effects())
        finally:
            ledger.close()

    def failures(self) -> Iterable[str]:
        """Return the messages of the records that failed or were parked."""
        ledger = SqliteLedger(self.folder / ".recipe" / "ledger.db")
        try:
            rows = list(ledger.records(states=[RecordState.DEAD, RecordState.PARKED]))
        finally:
            ledger.close()
        return [f"{failure.code} {failure.message}" for failure in map(failure_of, rows)]
