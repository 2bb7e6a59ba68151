"""Kills runs against a target that misbehaves, again and again until they end, and says what came of it.

``python -m tests.faults.matrix`` does the whole matrix and prints a table; with ``--cell`` and JSON one cell of it, as
``cell`` there is, and prints its ``Outcome`` as JSON. A program of its own: it forks, many times.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import pytest

from engine.errors import LedgerError
from engine.launch import Prepared, Wish, prepare
from engine.ledger import EffectState, RecordState
from tests.faults.driver import MEMORY, Hung
from tests.faults.kinds import LEDGERS, address, named
from tests.faults.runs import ENDS, Runs
from tests.faults.seams import WITHIN, Kill
from tests.faults.strategies import STRATEGIES, Left, judge, rules
from tests.faults.target import Target
from tests.faults.wrong import ENGINES

ROOT: Final = Path(__file__).resolve().parents[2]
PATIENCE: Final = 1200.0
"""Seconds after which the runs of a cell must have come to their end."""


@dataclass(frozen=True)
class Cell:
    """One cell of the matrix.

    Attributes:
        rate: The probability of each fault at each request; 0 for a faithful target.
        late: Seconds by which what is late at the target is late: far less than what the engine waits.
        engine: A name of ``wrong.ENGINES``.
        armed: Rules in place of the strategy's own, or None.
        server: The address of a server, for a ledger that needs one.
    """

    strategy: str
    records: int
    kills: int
    seed: int
    ledger: str = "sqlite"
    rate: float = 0.01
    late: float = 0.03
    engine: str = "as it is"
    armed: list[dict[str, Any]] | None = None
    server: str = ""


@dataclass
class Outcome:
    """What came of a cell.

    Attributes:
        out: Kills that fell while a request was out.
        faulted: Requests that met a fault.
        in_doubt: Effects that are parked or uncertain.
        findings: What is not as it must be.
    """

    runs: int = 0
    kills: int = 0
    out: int = 0
    faulted: int = 0
    effects: int = 0
    in_doubt: int = 0
    seconds: float = 0.0
    findings: list[str] = field(default_factory=list)


def records(count: int, revision: int = 0) -> list[dict[str, str]]:
    """Return so many records, no two of one amount, at this revision."""
    return [
        {
            "id": f"r{number:04d}",
            "amount": f"{revision * 10000 + number}.{number * 37 % 100:02d}",
            "updated_at": f"2026-04-{1 + revision:02d}T12:00:00Z",
        }
        for number in range(1, count + 1)
    ]


def kills(cell: Cell) -> Iterator[Kill]:
    """Yield the kills: three of five within a request, the others between requests and at any time.

    Together they fall before all is done, whatever is drawn; but those from outside may come late, and are the last.
    """
    dice = random.Random(cell.seed)
    strategy = STRATEGIES[cell.strategy]
    most = max(1, cell.records * (strategy.writes or strategy.made) * 9 // (10 * cell.kills))
    kinds = ("within", "within", "within", "commit", "time", "within", "before", "within", "within", "time")
    order = [kinds[number % len(kinds)] for number in range(cell.kills)]
    dice.shuffle(order)
    order.sort(key=lambda kind: kind == "time")
    for kind in order:
        number, share = dice.randint(1, most), dice.random()
        if kind == "time":
            yield Kill("time", number, share=share)
        elif kind == "commit":
            yield Kill("commit", dice.randint(1, 4 + 2 * most), dice.choice(("before", "after")))
        else:
            yield Kill("write", number, "before" if kind == "before" else dice.choice(WITHIN), share)


class Trial:
    """The runs of one cell, in one project against one target."""

    def __init__(self, cell: Cell, target: Target, folder: Path) -> None:
        self.cell, self.target, self.folder = cell, target, folder
        self.strategy = STRATEGIES[cell.strategy]
        self.runs, self.outcome, self.at_kills = Runs(named(cell.ledger, cell.server)), Outcome(), set[str]()
        self.records = [records(cell.records, number) for number in range(self.strategy.revisions)]

    def plan(self, name: str) -> Prepared:
        """Return the run of a project of its own in the folder *name*."""
        self.strategy.write(self.folder / name, self.target, self.runs.kind)
        return prepare(Wish("matrix", begin="new"), self.folder / name)

    def whole(self) -> Outcome:
        """Run undisturbed, then killed, and compare."""
        cell, target = self.cell, self.target
        target.reset()
        ENGINES["as it is"]()
        alone = self.plan("alone")
        for each in self.records:
            target.records(each)
            if (ended := self.runs.run(alone)) != "done":
                self.outcome.findings.append(f"an undisturbed run ended {ended}: {self.runs.why(alone)}")
                return self.outcome
        should = self.strategy.stands(self.folder / "alone", target)
        sums = self.strategy.sums(target)
        began = time.monotonic()
        target.reset()
        target.arm(
            *(rules(self.strategy, cell.rate, cell.late, cell.seed) if cell.armed is None else cell.armed)
        )
        ENGINES[cell.engine]()
        plan = self.plan("killed")
        if self._all_revisions(plan):
            self._close(plan)
            self._compare(should, sums)
        self.outcome.seconds = round(time.monotonic() - began, 1)
        return self.outcome

    def _all_revisions(self, plan: Prepared) -> bool:
        """Kill runs on one revision of the records after another; tells whether all came to their end.

        The first and the last one are run to their end; of those between, the next one finds what a kill has left.
        """
        cell, count, last = self.cell, len(self.records), len(self.records) - 1
        for number, each in enumerate(self.records):
            self.target.records(each)
            share = cell.kills * (number + 1) // count - cell.kills * number // count
            planned = list(kills(replace(cell, kills=share, seed=cell.seed + number))) if share else []
            if not self._to_the_end(plan, planned, leaves=0 < number < last):
                return False
        return True

    def _to_the_end(self, plan: Prepared, planned: list[Kill], *, leaves: bool) -> bool:
        """Kill runs until all kills are spent, and where it *leaves* not that, until one ends by itself."""
        outcome = self.outcome
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            kill = planned[0] if planned else None
            ended = self.runs.run(plan, kill)
            outcome.runs += 1
            if not ended:
                planned.pop(0)
                outcome.kills += 1
                outcome.out += self.runs.marks.is_out
                self._note(plan)
                if leaves and not planned:
                    return True
            elif ended == "crashed":
                outcome.findings.append("a run ended with a traceback")
                return False
            elif ended in ENDS:
                if planned and planned[0].seam != "time":
                    outcome.findings.append(f"all was done after {outcome.kills} of {self.cell.kills} kills")
                return True
            elif kill is not None:  # its connection failed: the next run goes on counting
                past = self.runs.marks.commits if kill.seam == "commit" else self.runs.marks.writes
                planned[0] = replace(kill, number=max(1, kill.number - past))
        outcome.findings.append(f"no run came to its end in {PATIENCE:g} s")
        return False

    def _note(self, plan: Prepared) -> None:
        """Remember what a killed run was sending."""
        with suppress(LedgerError):  # it died before it had a ledger
            sending = [row for row in self.left(plan).effects if row.state is EffectState.SENDING]
            self.at_kills |= {json.loads(row.record)[0] for row in sending}

    def _close(self, plan: Prepared) -> None:
        """Let the target be faithful and finish what failed; then nothing is left to do."""
        self.target.settle()
        log = self.target.log()
        self.outcome.faulted = sum(entry["did"] != "plain" for entry in log)
        self.at_kills |= {
            entry["key"] or entry["path"]
            for entry in log
            if entry["method"] != "GET" and entry["did"] != "plain"
        }
        self.target.arm()
        findings = self.outcome.findings
        if (ended := self.runs.run(plan)) not in ENDS:
            findings.append(f"the closing run ended {ended}: {self.runs.why(plan)}")
        if (ended := self.runs.run(plan)) not in ENDS or self.runs.marks.writes:
            findings.append(
                f"a run behind it ended {ended} and wrote {self.runs.marks.writes} times: {self.runs.why(plan)}"
            )

    def left(self, plan: Prepared) -> Left:
        """Return what stands now."""
        ledger = self.runs.kind.opened(plan.place.root)
        try:
            effects, rows = list(ledger.effects()), list(ledger.records(states=list(RecordState)))
        finally:
            ledger.close()
        amounts = {each["id"]: each["amount"] for each in self.records[-1]}
        return Left(plan.place.root, self.target, amounts, effects, rows, self.at_kills)

    def _compare(self, should: Any, sums: Any) -> None:
        outcome, left = self.outcome, self.left(self.plan("killed"))
        in_doubt = left.of(EffectState.PARKED, EffectState.UNCERTAIN)
        outcome.effects, outcome.in_doubt = len(left.effects), len(in_doubt)
        outcome.findings += judge(left, self.strategy)
        if self.strategy.stands(left.folder, self.target) != should:
            outcome.findings.append("what stands is not what an undisturbed run leaves")
        if not in_doubt and (found := self.strategy.sums(self.target)) != sums:
            outcome.findings.append(f"the sums are {found} in place of {sums}")
        if self.cell.rate and self.strategy.sends and not outcome.faulted:
            outcome.findings.append("the target served all faithfully")
        if self.cell.kills and outcome.out * 2 < outcome.kills:
            outcome.findings.append(
                f"only {outcome.out} of {outcome.kills} kills fell while a request was out"
            )


def one(cell: Cell) -> Outcome:
    """Do one cell."""
    with Target() as target, tempfile.TemporaryDirectory(dir=MEMORY) as name:
        trial = Trial(cell, target, Path(name))
        try:
            return trial.whole()
        except Hung as hung:
            trial.outcome.findings.append(str(hung))
            return trial.outcome


def drive(cell: Cell) -> Outcome:
    """Do one cell in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.matrix", "--cell", json.dumps(asdict(cell))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=4 * PATIENCE,
        check=False,
    )
    if done.returncode:
        raise AssertionError(done.stderr)
    outcome = Outcome(**json.loads(done.stdout))
    outcome.findings += done.stderr.splitlines()
    return outcome


TITLES: Final = "strategy ledger records kills out runs faulted effects in-doubt seconds".split()


def table(done: Sequence[tuple[Cell, Outcome]]) -> str:
    """Return what was done as lines of columns."""
    lines = [TITLES]
    for cell, got in done:
        found = (
            cell.strategy,
            cell.ledger,
            cell.records,
            got.kills,
            got.out,
            got.runs,
            got.faulted,
            got.effects,
        )
        lines.append([str(each) for each in (*found, got.in_doubt, got.seconds)])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(map(str.rjust, line, widths)) for line in lines)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.matrix", description=__doc__)
    parser.add_argument("--records", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--rate", type=float, default=Cell.rate, help="of each fault at each request")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--only", nargs="*", default=list(STRATEGIES), choices=STRATEGIES, metavar="STRATEGY")
    parser.add_argument("--ledger", default="both", choices=(*LEDGERS, "both"))
    parser.add_argument(
        "--server", default="", help="the address of a PostgreSQL; else one is begun for this"
    )
    parser.add_argument("--jobs", type=int, default=min(4, os.cpu_count() or 1))
    parser.add_argument("--cell", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.cell is not None:
        print(json.dumps(asdict(one(Cell(**json.loads(asked.cell))))))
        return 0
    ledgers = LEDGERS if asked.ledger == "both" else (asked.ledger,)
    try:
        with address(ledgers, asked.server) as server:
            cells = [
                Cell(strategy, asked.records, asked.kills, asked.seed, ledger, asked.rate, server=server)
                for strategy in asked.only
                for ledger in ledgers
            ]
            return all_of(cells, asked.jobs)
    except pytest.skip.Exception as absent:
        print(f"{absent}; --ledger sqlite does without")
        return 2


def all_of(cells: Sequence[Cell], jobs: int) -> int:
    """Do all *cells*, print the table and what is not as it must be, and return the exit code."""
    print(f"seed {cells[0].seed}", flush=True)
    began = time.monotonic()
    done = []
    with ThreadPoolExecutor(jobs) as pool:
        for cell, got in zip(cells, pool.map(drive, cells), strict=True):
            done.append((cell, got))
            print(f"{cell.strategy}, {cell.ledger}: {got.seconds:g} s", file=sys.stderr, flush=True)
    print(table(done))
    kills, out = (sum(getattr(got, name) for _, got in done) for name in ("kills", "out"))
    print(f"{kills} kills, {out} of them while a request was out; {time.monotonic() - began:.0f} seconds")
    for cell, got in done:
        for finding in got.findings:
            print(f"{cell.strategy}, {cell.ledger}: {finding}")
    return int(any(got.findings for _, got in done))


if __name__ == "__main__":
    sys.exit(main())
