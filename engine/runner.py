"""One run: records from the trigger through the interpreter into the ledger, and the report.

A record's failure is that record's: it goes to dead letters and the run goes on. A connection's failure stops the run
and spends no record.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import traceback
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain, count
from typing import Any, Final

from engine import canonical
from engine.actions.revision import Parked
from engine.errors import EngineError, RecordError, RunStopped
from engine.interpreter import Interpreter, Made
from engine.keys import BusinessKey
from engine.ledger import RecordRow, RecordState, RunRow
from engine.paths import RECORD
from engine.recipe import Recipe, Trigger
from engine.report import Observer, Report, failure_of
from engine.revisions import BadRevision, as_revision, is_newer
from engine.scope import Scope
from engine.steps import Skipped, key_of
from engine.triggers import Incoming
from engine.world import World

Records = Callable[[Trigger, World, Scope], AsyncIterator[list[Incoming]]]
"""What a kind of trigger declares: gives records page by page."""
REVISION: Final = (
    "read as trigger.revision what grows with each change, such as $.updated_at: an instant, or a number"
)


@dataclass(slots=True)
class _Hand:
    """The record in hand.

    Attributes:
        row: What the ledger will hold of it, as far as it is known.
        raw: Its bytes.
        place: Where it stands, as ``Incoming`` has it.
    """

    row: RecordRow
    raw: bytes
    scope: Scope
    place: str
    made: Made = field(default_factory=Made)


class Runner:
    """Runs one recipe once.

    Args:
        recipe: Checked.
        world: The outside; the caller holds the run lock.
        observer: Is told how it goes.
        trigger: Gives the records, as the trigger's kind declares.
        variables: The values of ``$vars``.
        stopping: Asked between records; once true, the run ends after the record in hand.
    """

    def __init__(
        self,
        recipe: Recipe,
        world: World,
        observer: Observer,
        trigger: Records,
        variables: Mapping[str, Any],
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self.recipe, self.world, self.observer, self.stopping = recipe, world, observer, stopping
        self.trigger = trigger
        self.started = world.clock.now()
        # The process's number tells apart two runs that begin in one millisecond.
        stamp = self.started.strftime("%Y%m%d-%H%M%S-") + f"{self.started.microsecond // 1000:03d}"
        self.report = Report(f"{stamp}-{os.getpid():x}", recipe.name)
        self.source = recipe.source_account(lambda name: world.targets[name].identity.text)
        self.target = recipe.accounts(lambda name: world.targets[name].identity.text)
        self.variables = variables
        self.seen: Counter[tuple[str, BusinessKey]] = Counter()
        self.interpreter = Interpreter(recipe, world, self.report.run)

    async def run(self) -> Report:
        """Run to the end of what the trigger gives, and return the report; it is in the ledger too."""
        await self.world.ledger.commit([self._row("running")])
        self.world.log.event("run.started", run=self.report.run, recipe=self.recipe.name)
        try:
            await self._records()
        except EngineError as error:
            self.report.stopped_by = error
        except asyncio.CancelledError:
            self.report.interrupted = True
            await self._finish()
            raise
        self.report.seconds = (self.world.clock.now() - self.started).total_seconds()
        self.report.calls = sum(target.calls() for target in self.world.targets.values())
        await self._finish()
        return self.report

    async def _finish(self) -> None:
        for use in self.recipe.built_in.values():
            try:
                if use.declared.finish is not None:
                    await use.declared.finish(self.world, self.recipe.name)
            except EngineError as error:
                self.report.stopped_by = self.report.stopped_by or error
        try:
            await self.world.ledger.commit([self._row(self.report.outcome)])
            self.world.log.event("run.finished", **self.report.as_data())
        except EngineError as error:
            self.report.stopped_by = self.report.stopped_by or error

    async def _records(self) -> None:
        scope = Scope(self._roots(), self.recipe.constants, self.report.defaults)
        batch: list[Incoming] = []
        async for page in self.trigger(self.recipe.trigger, self.world, scope):
            if not self.recipe.trigger.counts:
                if not await self._page(page, [1] * len(page)):
                    return
                continue
            for incoming in page:  # numbers are given to the rows of a whole file
                if batch and incoming.batch != batch[0].batch:
                    if not await self._page(batch, self._numbers(batch)):
                        return
                    batch = []
                batch.append(incoming)
        await self._page(batch, self._numbers(batch))

    async def _page(self, page: list[Incoming], numbers: list[int]) -> bool:
        """Take records one after the other; tells whether the run may go on."""
        for incoming, number in zip(page, numbers, strict=True):
            if self.stopping():
                self.report.interrupted = True
                return False
            await self._record(incoming, number)
            self.observer.progress(self.report)
        return True

    def _numbers(self, batch: list[Incoming]) -> list[int]:
        """Return the number of each record among those of *batch* with its key.

        A row keeps the number under which its content is known already, wherever it stands; what is left over of the
        known numbers are rows that changed, and what is left over of the rows is new.
        """
        numbers = [1] * len(batch)
        rows: dict[BusinessKey, list[tuple[int, RecordRow]]] = {}
        for index, incoming in enumerate(batch):
            hand = self._in_hand(incoming)
            hand.scope = hand.scope.apart()
            with contextlib.suppress(RecordError):  # told when the record itself is taken
                when = self.recipe.trigger.when
                if incoming.flaw is None and (when is None or when.evaluate(hand.scope)):
                    key = key_of(self.recipe.trigger.key, hand.scope) if self.recipe.trigger.key else ()
                    rows.setdefault(key, []).append((index, hand.row))
        for key, found in rows.items():
            for index, number in self._numbered(key, found).items():
                numbers[index] = number
        return numbers

    def _numbered(self, key: BusinessKey, found: list[tuple[int, RecordRow]]) -> dict[int, int]:
        known: dict[int, str] = {}
        row = found[0][1]
        while held := self.world.ledger.record(
            row.recipe, row.source, row.target, _text(key, len(known) + 1)
        ):
            known[len(known) + 1] = held.digest
        numbers: dict[int, int] = {}
        for index, row in found:
            same = next((number for number, digest in known.items() if digest == row.digest), None)
            if same is not None:
                numbers[index] = same
                del known[same]
        free = chain(known, count(max([*known, *numbers.values()], default=0) + 1))
        return numbers | {index: next(free) for index, _ in found if index not in numbers}

    async def _record(self, incoming: Incoming, number: int) -> None:
        self.report.read += 1
        hand = self._in_hand(incoming)
        try:
            if not await self._carry(incoming, hand, number):
                return
        except RecordError as error:
            await self._fail(hand, error)
        except Skipped as skipped:
            self.report.skipped_by[str(skipped)] += 1
            row = replace(hand.row, state=RecordState.SKIPPED, error=str(skipped))
            await self.world.ledger.commit([row])
        except RunStopped as stop:
            if stop.failed is not None:
                await self._fail(hand, stop.failed)
            raise
        except EngineError:
            raise
        except Exception as error:  # noqa: BLE001  # logged and counted, see below
            # The last resort for one record: a mistake of the engine must not lose the records behind it.
            trace = traceback.format_exc()
            self.world.log.event("record.crashed", run=self.report.run, key=hand.row.key, trace=trace)
            message = (
                f"the engine itself failed on this record ({type(error).__name__}); the log has the details"
            )
            await self._fail(hand, RecordError("X901", message, help="report it with the log's last lines"))
        else:
            self.report.done += 1
            await self.world.ledger.commit([replace(hand.row, state=RecordState.DONE)])
        finally:
            self.report.created.update(hand.made.now)
            self.report.stood.update(hand.made.before)
            self.report.changed.update(hand.made.changed)
            self.report.continued += hand.made.continued

    def _in_hand(self, incoming: Incoming) -> _Hand:
        raw = incoming.raw or canonical.encode(incoming.record)
        row = RecordRow(
            recipe=self.recipe.name,
            source=self.source,
            target=self.target,
            key="",
            revision="",
            digest=canonical.digest(raw),
            state=RecordState.DEAD,
            run=self.report.run,
            at=self._now(),
        )
        roots = self._roots() | {RECORD: incoming.record}
        return _Hand(row, raw, Scope(roots, self.recipe.constants, self.report.defaults), incoming.place)

    async def _carry(self, incoming: Incoming, hand: _Hand, number: int) -> bool:
        """Take a record through the recipe; tells whether it was this recipe's and new."""
        if incoming.flaw is not None and incoming.record is None:
            raise incoming.flaw
        when = self.recipe.trigger.when
        if when is not None and not when.evaluate(hand.scope):
            self.report.ignored += 1
            return False
        key = self._key(incoming, hand, number)
        hand.row = replace(hand.row, key=_text(key, 1))
        hand.row = replace(hand.row, revision=self._revision(hand.scope))
        if self._is_known(hand.row):
            return False
        if incoming.flaw is not None:
            raise incoming.flaw
        await self.interpreter.record(hand.scope, key, hand.made)
        return True

    def _key(self, incoming: Incoming, hand: _Hand, number: int) -> BusinessKey:
        """Return the record's business key; where nothing is written a record is known by its content."""
        trigger = self.recipe.trigger
        if trigger.key is None:
            return (hand.row.digest,)
        key = key_of(trigger.key, hand.scope)
        if trigger.counts:
            return _with_number(key, number)
        place = (incoming.batch, key)
        self.seen[place] += 1
        if not incoming.batch or self.seen[place] == 1:
            return key
        also = ", or write repeats: count if both are meant" if trigger.kind == "file" else ""
        raise RecordError(
            "X112",
            f"the key {' / '.join(key)} stands in this file already",
            pointer=trigger.key.pointer,
            help=f"choose a key that tells them apart{also}",
        )

    def _revision(self, scope: Scope) -> str:
        value = self.recipe.trigger.revision
        if value is None:
            return ""
        try:
            return as_revision(value.evaluate(scope))
        except BadRevision as error:
            raise RecordError("X109", str(error), pointer=value.pointer, help=REVISION) from error

    def _is_known(self, row: RecordRow) -> bool:
        """Tell whether this record is finished at this revision (without revisions: with this content)."""
        known = self.world.ledger.record(row.recipe, row.source, row.target, row.key)
        if known is None:
            return False
        if known.state is RecordState.DEAD:
            return self._is_older(row, known)
        if row.revision and known.revision:
            try:
                if is_newer(row.revision, known.revision):
                    return False
            except BadRevision as error:
                raise RecordError("X109", str(error), pointer="/trigger/revision", help=REVISION) from error
        elif known.digest != row.digest:
            return False
        if known.state is RecordState.PARKED:
            self.report.parked += 1
            self._tell(known)
        else:
            self.report.skipped += 1
        return True

    def _is_older(self, row: RecordRow, failed: RecordRow) -> bool:
        """Tell whether *row* is an older revision than the one that *failed*: it arrives late, and is skipped."""
        if not row.revision or not failed.revision:
            return False
        try:
            older = is_newer(failed.revision, row.revision)
        except BadRevision as error:
            raise RecordError("X109", str(error), pointer="/trigger/revision", help=REVISION) from error
        self.report.skipped += older
        return older

    async def _fail(self, hand: _Hand, error: RecordError) -> None:
        state = RecordState.PARKED if isinstance(error, Parked) else RecordState.DEAD
        if state is RecordState.PARKED:
            self.report.parked += 1
        else:
            self.report.failed += 1
        told = {
            "code": error.code,
            "message": error.message,
            "help": error.help,
            "pointer": error.pointer,
            "number": _number(hand.scope),
            "place": hand.place,
        }
        # A record whose key cannot be read is remembered by its content.
        key = hand.row.key or hand.row.digest
        row = replace(hand.row, key=key, state=state, raw=hand.raw, error=canonical.encode(told).decode())
        await self.world.ledger.commit([row])
        self.world.log.event(
            "record.failed", run=self.report.run, key=row.key, code=error.code, pointer=error.pointer
        )
        self._tell(row)

    def _tell(self, row: RecordRow) -> None:
        failure = failure_of(row)
        self.report.add_failure(failure)
        self.observer.failure(failure)

    def _row(self, outcome: str) -> RunRow:
        finished = "" if outcome == "running" else self._now()
        counts = "{}" if outcome == "running" else self.report.as_text()
        return RunRow(
            id=self.report.run,
            recipe=self.recipe.name,
            source=self.source,
            target=self.target,
            started_at=self._stamp(),
            finished_at=finished,
            outcome=outcome,
            counts=counts,
        )

    def _roots(self) -> dict[str, Any]:
        return {"run": {"id": self.report.run, "started_at": self._stamp()}, "vars": self.variables}

    def _stamp(self) -> str:
        return self.started.isoformat(timespec="milliseconds")

    def _now(self) -> str:
        return self.world.clock.now().isoformat(timespec="milliseconds")


def _number(scope: Scope) -> str:
    document = scope.roots.get("mapped")
    number = document.get("number") if isinstance(document, dict) else None
    return number if isinstance(number, str) else ""


def _with_number(key: BusinessKey, number: int) -> BusinessKey:
    """Return the key of the *number*-th record with *key*; the first keeps it. No part that data gives is empty."""
    return key if number == 1 else (*key, "", str(number))


def _text(key: BusinessKey, number: int) -> str:
    return canonical.encode(list(_with_number(key, number))).decode()
