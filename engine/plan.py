"""What the next run of a recipe would write, as far as it can be known without writing.

No way to write is opened: targets are ``ReadOnly``, the ledger is read and what would be written to it stays in memory,
the log keeps nothing, and no run lock is taken, so that a run may go on meanwhile. See ``planner`` for one record.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from engine.clock import SystemClock
from engine.errors import EngineError, UsageError
from engine.intake import Hand
from engine.launch import Prepared, begin, recognise, world_of
from engine.ledger import RecordRow, RecordState
from engine.ledger.aside import Aside
from engine.ledger.store import store
from engine.planned import End, Planned, PlannedRecord, State
from engine.planner import RECORD, Planner
from engine.renamed import earlier, expect_bound, former
from engine.report import Failure, Report, failure_of
from engine.runner import Runner, number_of
from engine.targets import Opening, opened
from engine.world import World

ENDS: Final[Mapping[RecordState, End]] = {
    RecordState.DONE: "done",
    RecordState.SKIPPED: "skipped",
    RecordState.PARKED: "parked",
    RecordState.DEAD: "fails",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """How a plan is made.

    Attributes:
        limit: How many records are planned at most, those not counted that are finished or left to others; 0 for all.
        looks_up: Whether what the ledger does not know is looked for at targets that can be asked.
    """

    limit: int = 0
    looks_up: bool = True


async def plan(
    prepared: Prepared,
    environ: Mapping[str, str],
    tell: Callable[[PlannedRecord], None],
    asked: Asked = Asked(),  # frozen
) -> Planned:
    """Plan a run of *prepared*; nothing is made, sent or remembered.

    Args:
        environ: The process's environment, for ``${env:…}``.
        tell: Is told each record, in the order in which they came.

    Raises:
        EngineError: it could not begin, as a run could not: a secret or sample is missing, the state is not usable.
    """
    clock = SystemClock()
    where = store(prepared.state, prepared.kept, environ, prepared.mask)
    with where.reading() as known:
        ledger, notes = Aside(known, earlier(prepared.recipe)), []
        try:
            await begin(prepared, ledger)
        except UsageError as error:
            notes.append(f"a run would ask first: {error.message}; {error.help}")
        expect_bound(former(prepared.recipe), prepared.place, ledger, where)
        opening = Opening(
            prepared.registry,
            prepared.state,
            environ,
            clock,
            prepared.mask,
            only_reads=True,
            kept=prepared.kept,
        )
        async with opened(prepared.chosen, prepared.sample, opening) as targets:
            recognise(targets, ledger)
            world = world_of(prepared, clock, ledger, _Silent(), targets)
            runner = _Runner(prepared, world, tell, asked)
            try:
                report = await runner.run()
            except asyncio.CancelledError:  # what was planned before stands, and is told whole
                report = runner.report
                notes.append("the plan was interrupted here; more records may follow")
            return Planned(report, runner.effects, runner.is_cut, notes)


class _Runner(Runner):
    """A run that is only planned."""

    def __init__(
        self,
        prepared: Prepared,
        world: World,
        tell: Callable[[PlannedRecord], None],
        asked: Asked,
    ) -> None:
        recipe = prepared.recipe
        if asked.limit:
            recipe = replace(recipe, concurrency=1)  # so that no more are begun than are asked for
        trigger = prepared.registry.declaration("triggers", recipe.trigger.kind).run
        super().__init__(
            recipe,
            world,
            _Silent(),
            trigger,
            prepared.variables,
            self._is_over,
            prepared.window,
            remaps=prepared.again is not None,
        )
        self.interpreter = Planner(
            recipe, world, self.report.run, looks_up=asked.looks_up, remaps=self.remaps
        )
        self.tell, self.limit = tell, asked.limit
        self.effects: Counter[State] = Counter()
        self.is_cut = False
        self._listed = self._begun = self._told = 0
        self._through: dict[int, PlannedRecord] = {}

    def _is_over(self) -> bool:
        self.is_cut = bool(self.limit) and self._listed >= self.limit
        return self.is_cut

    async def _record(self, hand: Hand) -> None:
        number, self._begun = self._begun, self._begun + 1
        record = PlannedRecord(hand.row.key, place=hand.place)
        token = RECORD.set(record)
        try:
            await super()._record(hand)
        except EngineError as error:
            record.end, record.why = "stops", error.message
            self._is_through(hand, number, record)
            raise
        else:  # one that was in hand when the plan was interrupted is not told
            self._is_through(hand, number, record)
        finally:
            RECORD.reset(token)

    def _is_through(self, hand: Hand, number: int, record: PlannedRecord) -> None:
        record.number = number_of(hand.scope)
        self._listed += record.end not in ("known", "ignored")
        self.effects.update(effect.state for effect in record.effects)
        self._through[number] = record
        while self._told in self._through:  # records taken at once come through in any order
            self.tell(self._through.pop(self._told))
            self._told += 1

    async def _final(self, hand: Hand, *rows: RecordRow) -> None:
        record = RECORD.get()
        if rows:
            record.end = ENDS[rows[0].state]
            record.why = rows[0].error if record.end == "skipped" else ""
        elif record.failure is None:
            record.end = "known" if hand.is_ours else "ignored"
        await super()._final(hand, *rows)

    def _tell(self, row: RecordRow) -> None:
        record = RECORD.get()
        record.failure = failure_of(row)
        record.end, record.key = ENDS[row.state], row.key
        super()._tell(row)

    async def _finish(self) -> None:
        # Not what a run does at its end: what is kept for a workbook, and what a killed run left, is written then.
        if self.cursor is not None:
            self.report.notes = self.cursor.notes
        self.report.waiting = self._waiting()


class _Silent:
    """A log that keeps nothing, and an observer that says nothing."""

    def event(self, name: str, **fields: Any) -> None: ...

    def progress(self, report: Report) -> None: ...

    def failure(self, failure: Failure) -> None: ...

    def waits(self, text: str) -> None: ...
