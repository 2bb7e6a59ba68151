"""As ``boundaries``, of a run whose records changed after their documents were made: each is changed, or made anew.

``"on_revision"`` of what it reads is ``update`` or ``reissue``. Behind every second point the records have changed once
more when the next run begins.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from engine.books import Books
from engine.books.audit import check as audit
from engine.clock import SystemClock
from engine.launch import Prepared, Wish, launch, prepare
from engine.ledger import EffectState
from tests.faults.driver import MEMORY, Silent, points
from tests.faults.kinds import Kind, named
from tests.faults.runs import Runs
from tests.faults.seams import Kill, Marks, Seams
from tests.faults.strategies import documents
from tests.faults.target import Target, connectors
from tests.faults.wrong import ENGINES

RECIPE: Final = """\
recipe: changed
version: 1
summary: Records become documents, which follow them.
connections: {header: target-header, find: target-find, none: target-none, books: books}
trigger: {poll: header.records.list, key: $.id, revision: $.updated_at, on_revision: ON_REVISION}
on_error: {retry: {attempts: 3, backoff: 20ms}, then: dead_letter}
actions:
  - {id: by_header, uses: header.notes.create, with: {text: $.id, amount: $.amount}}
  - id: invoice
    uses: books.invoices.create
    with:
      number: "{{ record.id }} {{ record.amount }}"
      date: '2026-03-31'
      currency: USD
      customer: {name: Ada}
      lines: [{description: Tea, quantity: 1, unit_price: $.amount | money}]
  - {id: by_find, uses: find.notes.create, with: {text: $.id, amount: $.amount}}
  - {id: last, uses: none.notes.create, with: {text: $.id, amount: $.amount, reference: $.amount}}
"""
WRITTEN: Final = ("header", "find", "none")
DOUBTFUL: Final = ("find.notes.void", "none.notes.change", "none.notes.void", "none.notes.create")
"""What nothing makes safe to repeat; such stands behind all else of its record."""


def records(revision: int) -> list[dict[str, str]]:
    """Return the records at this revision."""
    return [
        {"id": key, "amount": f"{revision}{number}.07", "updated_at": f"2026-04-{revision:02d}T12:00:00Z"}
        for number, key in enumerate("abc", 1)
    ]


class Changed:
    """A project with the recipe, and its target; each trial begins with the documents of the first revision."""

    def __init__(self, folder: Path, target: Target, kind: Kind, on_revision: str) -> None:
        self.folder, self.target, self.kind, self.runs = folder, target, kind, Runs(kind)
        made = connectors.write(folder, target.address, "1s")
        needed = {name: made[name] for name in WRITTEN}
        (folder / "connections.yaml").write_text(
            json.dumps({"connections": needed, **kind.configured(folder)}), "utf-8"
        )
        (folder / "recipes").mkdir()
        text = RECIPE.replace("ON_REVISION", on_revision)
        (folder / "recipes" / "changed.yaml").write_text(text, "utf-8")
        self.plan: Prepared = prepare(Wish("changed", begin="new"), folder)

    def begin(self) -> None:
        """Make the documents of the first revision, and let the records change."""
        with suppress(FileNotFoundError):
            shutil.rmtree(self.folder / ".recipe")
        self.kind.cleared(self.folder)
        self.target.reset()
        self.target.records(records(1))
        if (ended := self.runs.run(self.plan)) != "done":
            raise SystemExit(f"the first run ended {ended}: {self.runs.why(self.plan)}")
        self.target.records(records(2))

    def findings(self, point: Sequence[Any], *, again: bool) -> Iterator[str]:
        """Kill a run at *point*, run again, and yield what is not as it should be.

        Args:
            again: The records change once more before that.
        """
        self.begin()
        seam, number, stage = point
        if killed := self.runs.run(self.plan, Kill(seam, number, stage, 0.5)):
            yield f"the run ended {killed}, and was to be killed"
            return
        revision = 3 if again else 2
        self.target.records(records(revision))
        second = self.runs.run(self.plan)
        self.target.settle()
        ledger = self.kind.opened(self.folder)
        try:
            in_doubt = [row for row in ledger.effects() if row.state is not EffectState.DONE]
        finally:
            ledger.close()
        if told := [row for row in in_doubt if row.operation not in DOUBTFUL or not row.error]:
            yield f"in doubt, though it could be told: {[(row.key, row.state) for row in told]}"
        if second != ("failed" if in_doubt else "done") or len(in_doubt) > 1:
            yield f"the second run ended {second} with {len(in_doubt)} in doubt: {self.runs.why(self.plan)}"
        yield from self._stands(revision, {json.loads(row.record)[0] for row in in_doubt})
        third = self.runs.run(self.plan)
        if (third, self.runs.marks.writes) != (second, 0):
            yield f"the third run ended {third} and wrote {self.runs.marks.writes} times"

    def _stands(self, revision: int, doubtful: set[str]) -> Iterator[str]:
        right = {each["id"]: each["amount"] for each in records(revision)}
        for name in WRITTEN:
            left = doubtful if name != "header" else set()
            found = sorted((each["text"], each["amount"]) for each in self.target.documents(name))
            sure = {text: amount for text, amount in right.items() if text not in left}
            if [each for each in found if each[0] in sure] != list(sure.items()):
                yield f"by {name} stand {found} in place of {sure}"
            if any(sum(text == each for text, _ in found) > 1 for each in left):
                yield f"by {name} stand {found}: more than one of {left}"
        for key, effects in self.target.effects().items():
            if key and len(effects) > 1:
                yield f"{key}: {len(effects)} effects in place of one"
        standing = [
            (number, total)
            for _, _, number, state, _, _, total, *_ in documents(self.folder)
            if state != "void"
        ]
        if sorted(standing) != [
            (f"{key} {amount}", int(amount.replace(".", ""))) for key, amount in right.items()
        ]:
            yield f"the books hold {standing} in place of {right}"
        with Books.open(self.folder / ".recipe" / "books.db", SystemClock()) as books:
            yield from audit(books)


def which(changed: Changed) -> list[list[Any]]:
    """Return all points of a run that changes documents."""

    def watch(seen: Any) -> None:
        Seams(Marks(), told=seen).install(changed.kind)

    changed.begin()
    return points(watch, lambda folder: asyncio.run(launch(changed.plan, Silent(), {})))


def main() -> None:
    wish = json.loads(sys.stdin.read())
    with Target() as target, tempfile.TemporaryDirectory(dir=MEMORY) as name:
        kind = named(wish["ledger"], wish["server"])
        changed = Changed(Path(name), target, kind, wish["on_revision"])
        if wish["points"] == "which":
            print(json.dumps(which(changed)))
            return
        ENGINES[wish["engine"]]()
        for number, point in enumerate(wish["points"]):
            for found in changed.findings(point, again=number % 2 == 1):
                print(f"{point}: {found}", flush=True)


if __name__ == "__main__":
    main()
