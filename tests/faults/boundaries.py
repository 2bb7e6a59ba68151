"""Stops a run of every kind of action at each of its commits and writes, runs again and says what came of it.

Reads ``{"points": […], "engine": "as it is", "ledger": "sqlite", "server": ""}``, or an engine of ``wrong.ENGINES``,
and prints one finding a line; for ``"which"`` in place of the points it prints all there are. A program of its own: it
forks, many times.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from engine.books import Books
from engine.books.audit import check as audit
from engine.clock import SystemClock
from engine.launch import Prepared, Wish, launch, prepare
from engine.ledger import EffectState, RecordState
from engine.tables import form_of, rows
from tests.faults.driver import MEMORY, Silent, points
from tests.faults.kinds import Kind, named
from tests.faults.runs import Runs
from tests.faults.seams import Kill, Marks, Seams
from tests.faults.strategies import documents
from tests.faults.target import Target, connectors
from tests.faults.wrong import ENGINES

RECORDS: Final = [
    {
        "id": key,
        "amount": f"{number}.07",
        "parts": [{"id": f"{key}1", "amount": f"{number}.11"}, {"id": f"{key}2", "amount": f"{number}.12"}],
    }
    for number, key in enumerate("abc", 1)
]
NOTE: Final = "with: {text: $.id, amount: $.amount}"
RECIPE: Final = f"""\
recipe: whole
version: 1
summary: Records become effects of every kind.
connections: {{CONNECTIONS, books: books}}
trigger: {{poll: header.records.list, key: $.id}}
on_error: {{retry: {{attempts: 3, backoff: 20ms}}, then: dead_letter}}
actions:
  - {{id: by_header, uses: header.notes.create, {NOTE}}}
  - {{id: by_query, uses: query.notes.create, {NOTE}}}
  - {{id: by_body, uses: body.notes.create, {NOTE}}}
  - {{id: by_find, uses: find.notes.create, {NOTE}}}
  - id: invoice
    uses: books.invoices.create
    with:
      number: $.id
      date: '2026-03-31'
      currency: USD
      customer: {{name: Ada}}
      lines: [{{description: Tea, quantity: 1, unit_price: $.amount | money}}]
  - {{id: line, uses: file.write, with: {{file: out/rows.csv, row: {{id: $.id, invoice: $steps.invoice.id}}}}}}
  - {{id: sheet, uses: file.write, with: {{file: out/rows.xlsx, row: {{id: $.id, note: $steps.by_find.id}}}}}}
  - {{id: logged, uses: log.write, with: {{message: "{{{{ record.id }}}}"}}}}
  - {{id: alerted, uses: alert.send, with: {{message: "{{{{ record.id }}}}"}}}}
  - {{id: told, uses: notify.messages.send, with: {{text: $.id, amount: '0', reference: "told {{{{ record.id }}}}"}}}}
  - id: parts
    for_each: $.parts[*]
    as: part
    key: $part.id
    do:
      - {{id: note, uses: header.notes.create, with: {{text: $part.id, amount: $part.amount}}}}
  - id: which
    switch:
      - {{when: "{{{{ record.id == 'b' }}}}", do: [{{id: one, uses: query.notes.create, {NOTE}}}]}}
      - {{else: [{{id: other, uses: body.notes.create, {NOTE}}}]}}
  - id: both
    parallel:
      - {{id: left, uses: header.notes.create, {NOTE}}}
      - {{id: right, uses: find.notes.create, {NOTE}}}
  - {{id: called, call: inner, with: {{order: $}}}}
  - {{id: last, uses: none.notes.create, with: {{text: $.id, amount: $.amount, reference: "last {{{{ record.id }}}}"}}}}
"""
INNER: Final = """\
recipe: inner
version: 1
summary: What another recipe calls.
connections: {query: target-query}
trigger: {manual: an order, key: $.order.id}
actions:
  - {id: note, uses: query.notes.create, with: {text: $.order.id, amount: $.order.amount}}
"""
DOUBTFUL: Final = {
    "log.write": EffectState.UNCERTAIN,
    "alert.send": EffectState.UNCERTAIN,
    "notify.messages.send": EffectState.UNCERTAIN,
    "none.notes.create": EffectState.PARKED,
}
"""What stands in the ledger of an effect that was out, where nobody can tell if it came; by operation."""
FILES: Final = ("out/rows.csv", "out/rows.xlsx")


@dataclass
class Stand:
    """What stands in the end.

    Attributes:
        states: Of the effects, by key.
        doubtful: Operations of the effects that are not done, with state.
        at_target: Ids do not count: they are given in the order of commits.
        said: Lines of the log and alerts, by record.
    """

    states: dict[str, str]
    doubtful: Counter[tuple[str, str]]
    records: Counter[str]
    at_target: dict[str, list[tuple[str, str]]]
    documents: Any
    flaws: list[str]
    rows: dict[str, list[str]]
    said: Counter[tuple[str, str]] = field(default_factory=Counter)


class Whole:
    """A project with the recipe, and its target; each trial begins with neither effects nor state."""

    def __init__(self, folder: Path, target: Target, kind: Kind) -> None:
        self.folder, self.target, self.kind = folder, target, kind
        self.runs = Runs(self.kind)
        made = connectors.write(folder, target.address, "2s")
        (folder / "connections.yaml").write_text(
            json.dumps({"connections": made, **kind.configured(folder)}), "utf-8"
        )
        (folder / "recipes").mkdir()
        names = ", ".join(f"{name}: {each['connector']}" for name, each in made.items())
        (folder / "recipes" / "whole.yaml").write_text(RECIPE.replace("CONNECTIONS", names), "utf-8")
        (folder / "recipes" / "inner.yaml").write_text(INNER, "utf-8")
        self.plan: Prepared = prepare(Wish("whole", begin="new"), folder)
        self.clear()

    def clear(self) -> None:
        """Take away what a trial left."""
        for name in (".recipe", "out"):
            with suppress(FileNotFoundError):
                shutil.rmtree(self.folder / name)
        self.kind.cleared(self.folder)
        self.target.reset()
        self.target.records(RECORDS)

    def stand(self) -> Stand:
        """Return what stands now."""
        self.target.settle()
        ledger = self.kind.opened(self.folder)
        try:
            effects, records = list(ledger.effects()), list(ledger.records(states=list(RecordState)))
        finally:
            ledger.close()
        with Books.open(self.folder / ".recipe" / "books.db", SystemClock()) as books:
            flaws = list(audit(books))
        effects_there = self.target.effects().items()
        return Stand(
            {row.key: row.state for row in effects},
            Counter((row.operation, row.state) for row in effects if row.state is not EffectState.DONE),
            Counter(row.state for row in records),
            {key: [(each["amount"], each["strategy"]) for each in made] for key, made in effects_there},
            documents(self.folder),
            flaws,
            {file: [row.record["id"] for row in rows(path, form_of(path))] for file, path in self.files()},
            self.said(),
        )

    def files(self) -> Iterator[tuple[str, Path]]:
        """Yield the files that were written."""
        return ((file, self.folder / file) for file in FILES if (self.folder / file).exists())

    def said(self) -> Counter[tuple[str, str]]:
        """Return how often the log says and the alert tells of each record."""
        lines = map(json.loads, (self.folder / ".recipe" / "log.jsonl").read_text("utf-8").splitlines())
        return Counter(
            (line["event"], line["key"]) for line in lines if line["event"] in ("message", "alert")
        )

    def undisturbed(self) -> Stand:
        """Return what a run leaves that nobody kills."""
        if (ended := self.runs.run(self.plan)) != "done":
            raise SystemExit(f"the undisturbed run ended {ended}: {self.runs.why(self.plan)}")
        return self.stand()

    def findings(self, point: list[Any], should: Stand) -> Iterator[str]:
        """Kill a run at *point*, run again, and yield what is not as it should be."""
        self.clear()
        seam, number, stage = point
        if killed := self.runs.run(self.plan, Kill(seam, number, stage, 0.5)):
            yield f"the run ended {killed}, and was to be killed"
            return
        second = self.runs.run(self.plan)
        stand = self.stand()
        in_doubt = sum(stand.doubtful.values())
        parked = stand.doubtful["none.notes.create", EffectState.PARKED]
        yield from _differences(
            {
                "the second run": (second, "failed" if parked else "done"),
                "effects in doubt": (in_doubt, min(in_doubt, 1)),
                "effects in doubt that could be told": (
                    [each for each in stand.doubtful if DOUBTFUL.get(each[0]) != each[1]],
                    [],
                ),
                "effects": (stand.states.keys(), should.states.keys()),
                "records": (dict(stand.records), dict(Counter(parked=parked) + Counter(done=3 - parked))),
                "what the audit says": (stand.flaws, []),
                "documents": (stand.documents, should.documents),
                "rows": (stand.rows, should.rows),
            }
        )
        lost = Counter(should.said) - stand.said
        absent = {key: made for key, made in should.at_target.items() if stand.at_target.get(key) != made}
        twice = {
            key: made for key, made in stand.at_target.items() if len(made) > 1 or key not in should.at_target
        }
        yield from _differences(
            {
                "what was said twice": (dict(stand.said - should.said), {}),
                "at the target too often": (twice, {}),
                # What is in doubt may stand or not.
                "not at the target, or not said": ((absent, lost), ({}, {})) if not in_doubt else (0, 0),
                "how much of that is more than what is in doubt": (
                    len(absent) + lost.total() > in_doubt,
                    False,
                ),
            }
        )
        third = self.runs.run(self.plan)
        for each in _differences({"the third run": ((third, self.runs.marks.writes), (second, 0))}):
            yield f"{each}: {self.runs.why(self.plan)}"


def _differences(must: dict[str, tuple[Any, Any]]) -> Iterator[str]:
    for what, (found, right) in must.items():
        if found != right:
            yield f"{what}: {found} in place of {right}"


def which(whole: Whole) -> list[list[Any]]:
    """Return all points of a run."""

    def watch(seen: Any) -> None:
        Seams(Marks(), told=seen).install(whole.kind)

    return points(watch, lambda folder: asyncio.run(launch(whole.plan, Silent(), {})))


def main() -> None:
    wish = json.loads(sys.stdin.read())
    with Target() as target, tempfile.TemporaryDirectory(dir=MEMORY) as name:
        whole = Whole(Path(name), target, named(wish["ledger"], wish["server"]))
        if wish["points"] == "which":
            print(json.dumps(which(whole)))
            return
        should = whole.undisturbed()
        ENGINES[wish["engine"]]()
        for point in wish["points"]:
            for found in whole.findings(point, should):
                print(f"{point}: {found}", flush=True)


if __name__ == "__main__":
    main()
