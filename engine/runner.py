"""One run: records from the trigger through the interpreter into the ledger, and the report.

A record's failure is that record's: it goes to dead letters and the run goes on. A connection's failure stops the run
and spends no record.
"""

from __future__ import annotations

import asyncio
import os
import traceback
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from engine import canonical
from engine.actions.revision import Parked
from engine.cursor import WHAT_IS_NEW, Cursor, Window, begin
from engine.errors import EngineError, RecordError, RunStopped
from engine.generated import left_to_interpreter
from engine.generated.projection import Reader
from engine.intake import REVISION, Hand, Intake, Records
from engine.interpreter import Interpreter
from engine.ledger import EffectState, RecordRow, RecordState, Row, RunRow
from engine.leftover import has_broken_off, leftovers, lost, note_broken_off
from engine.recipe import Recipe
from engine.report import Observer, Report, failure_of, shown_key
from engine.revisions import BadRevision, Origin, is_newer
from engine.scope import Scope
from engine.steps import TOGETHER, Skipped, at_once
from engine.stream import Stream
from engine.world import World


class Runner:
    """Runs one recipe once.

    Args:
        recipe: Checked.
        world: The outside; the caller holds the run lock.
        observer: Is told how it goes.
        trigger: Gives the records, as the trigger's kind declares.
        variables: The values of ``$vars``.
        stopping: Asked before each record; once true, the run ends after those in hand.
        window: What is read in place of what is new; None where no cursor goes by what is read.
        remaps: Whether records that are finished are taken again, to bring what an earlier form of the recipe made of
            them to what it says now.
        settles: Whether a person has brought what stands to what the records ask for.
        only: Keys of records, as they are shown; all others are passed by. Empty for all.
        reader: Decodes records for what *recipe* reads of them, as ``generated.projection`` has it; or None.

    Raises:
        UsageError: it cannot be told from where to read.
    """

    def __init__(
        self,
        recipe: Recipe,
        world: World,
        observer: Observer,
        trigger: Records,
        variables: Mapping[str, Any],
        stopping: Callable[[], bool] = lambda: False,
        window: Window | None = WHAT_IS_NEW,
        *,
        remaps: bool = False,
        settles: bool = False,
        only: Collection[str] = (),
        reader: Reader | None = None,
    ) -> None:
        self.recipe, self.world, self.observer, self.stopping = recipe, world, observer, stopping
        self.started = world.clock.now()
        # The process's number tells apart two runs that begin in one millisecond.
        stamp = self.started.strftime("%Y%m%d-%H%M%S-") + f"{self.started.microsecond // 1000:03d}"
        self.report = Report(f"{stamp}-{os.getpid():x}", recipe.name)
        self.source = recipe.source_account(lambda name: world.targets[name].identity.text)
        self.target = recipe.accounts(lambda name: world.targets[name].identity.text)
        self.variables = variables
        known_as = self.source, self.target
        self.cursor: Cursor | None = None
        self.begun: list[Row] = []
        if window is not None:
            self.cursor, self.begun = begin(recipe, known_as, variables, world, window, self.report.run)
        self.reader = reader
        self.intake = Intake(
            recipe, world, trigger, self.report, known_as, self._roots(), self.cursor, reader
        )
        self.interpreter = Interpreter(recipe, world, self.report.run, remaps=remaps, settles=settles)
        self.remaps, self.only = remaps, only
        self.unmet = set(only)
        self.follows_broken = has_broken_off(recipe.name, world.ledger)

    async def run(self) -> Report:
        """Run to the end of what the trigger gives, and return the report; it is in the ledger too."""
        await self.world.ledger.commit([self._row("running"), *self.begun])
        self.world.log.event("run.started", run=self.report.run, recipe=self.recipe.name)
        try:
            await note_broken_off(self.recipe.name, self.target, self.world)
            await self._records()
        except EngineError as error:
            self.report.stopped_by = error
        except asyncio.CancelledError:
            self.report.interrupted = True
            await self._finish()
            raise
        # A clock that was set back meanwhile measures nothing.
        self.report.seconds = max((self.world.clock.now() - self.started).total_seconds(), 0.0)
        self.report.calls = sum(target.calls() for target in self.world.targets.values())
        self.report.interpreted = left_to_interpreter(self.recipe)
        self.report.whole = self.reader.whole[0] if self.reader is not None else 0
        await self._finish()
        return self.report

    async def _finish(self) -> None:
        if self.cursor is not None:
            self.report.cursor = self.cursor.position
            self.report.notes += self.cursor.notes
        waits = (each.budgets.notes() for each in self.world.targets.values() if each.budgets is not None)
        self.report.notes += dict.fromkeys(note for notes in waits for note in notes)
        self.report.notes += [f"no record with the key {key} came" for key in sorted(self.unmet)]
        for use in self.recipe.built_in.values():
            try:
                if use.declared.finish is not None:
                    await use.declared.finish(self.world, self.recipe.name)
            except EngineError as error:
                self.report.stopped_by = self.report.stopped_by or error
        try:
            self.report.waiting = self._waiting()
            if waiting := lost(self.recipe, self.target, self.world.ledger):
                self.report.notes.append(
                    f"{waiting} × a request whose answer was lost is not settled: recipe replay lists it"
                )
            await self.world.ledger.commit([self._row(self.report.outcome)])
            self.world.log.event("run.finished", **self.report.as_data())
        except EngineError as error:
            self.report.stopped_by = self.report.stopped_by or error

    def _waiting(self) -> int:
        """Return how many records of these accounts failed or were parked in earlier runs, and still are."""
        mine = (self.recipe.name, self.source, self.target)
        found = self.world.ledger.records(states=[RecordState.DEAD, RecordState.PARKED])
        return sum(
            (row.recipe, row.source, row.target) == mine and row.run != self.report.run for row in found
        )

    async def _records(self) -> None:
        many = at_once(self.recipe)
        stream = Stream(
            many,
            lambda hand: hand.lane,
            self._taken,
            self.stopping,
            weight=lambda hand: len(hand.raw),
            in_order=many == TOGETHER,
        )
        try:
            if not await stream.carry(self.intake.pages()):
                self.report.interrupted = True
            elif self.cursor is not None:
                await self.cursor.finish()
        finally:
            self.intake.close()

    async def _taken(self, hand: Hand) -> None:
        try:
            await self._record(hand)
        except EngineError as error:  # the first one ends the run, and is the one that is told
            event = {"run": self.report.run, "key": hand.row.key, "message": error.message}
            self.world.log.event("record.stopped", **event)
            raise
        self.observer.progress(self.report)

    async def _record(self, hand: Hand) -> None:
        self.report.read += 1
        try:
            if not await self._carry(hand):
                await self._final(hand, *self._superseded(hand))
                return
        except RecordError as error:
            await self._fail(hand, error)
        except Skipped as skipped:
            self.report.add_skip(str(skipped))
            self._tell_leftovers(hand)
            row = replace(hand.row, state=RecordState.SKIPPED, error=str(skipped))
            await self._final(hand, row)
        except RunStopped as stop:
            if stop.failed is not None:
                # It waits in the dead letters, and the cursor stays before it: the next run takes it up again.
                hand.page = None
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
            self._tell_leftovers(hand)
            await self._final(hand, replace(hand.row, state=RecordState.DONE))
        finally:
            self.report.created.update(hand.made.now)
            self.report.stood.update(hand.made.before)
            self.report.changed.update(hand.made.changed)
            self.report.kept.update(hand.made.kept)
            self.report.continued += hand.made.continued

    def _content(self, hand: Hand) -> str:
        """Return the digest of a record's content, whatever its row has."""
        return hand.row.digest if self.reader is None else canonical.digest_of_content(hand.raw)

    def _waits(self, hand: Hand) -> bool:
        """Tell whether a record is taken again under the very row under which it waited."""
        return hand.letter is not None and hand.letter.key == hand.row.key

    def _superseded(self, hand: Hand) -> tuple[RecordRow, ...]:
        """Return the row of a letter whose record was done since under the key that it has now, closed."""
        letter = hand.letter
        if letter is None or not hand.is_ours or self._waits(hand):
            return ()
        return (replace(letter, state=RecordState.SKIPPED, raw=b"", error=f"done since as {hand.row.key}"),)

    async def _final(self, hand: Hand, *rows: RecordRow) -> None:
        """Commit what became of a record, if there is anything to remember, and the cursor where that moves it."""
        if rows and rows[0].key == hand.row.key:  # what waited under another key waits no more
            rows = (*rows, *self._superseded(hand))
        if self.cursor is not None:
            await self.cursor.final(hand.page, *rows)
        elif rows:
            await self.world.ledger.commit(rows)

    async def _carry(self, hand: Hand) -> bool:
        """Take a record through the recipe; tells whether it was this recipe's and new."""
        if hand.unread is not None:
            raise hand.unread
        if not hand.is_ours or not self._is_wanted(hand.row):
            self.report.ignored += 1
            return False
        hand.known = self._known(hand.row)
        if not self._waits(hand) and hand.known is not None and self._is_done(hand, hand.known):
            return False
        if hand.flaw is not None:
            raise hand.flaw
        await self.interpreter.record(hand.scope, hand.key, self._origin(hand), hand.made)
        return True

    def _is_wanted(self, row: RecordRow) -> bool:
        if not self.only:
            return True
        key = shown_key(row.key)
        self.unmet.discard(key)
        return key in self.only

    def _origin(self, hand: Hand) -> Origin:
        """Return a record as effects remember what they were made from; a file is no account that tells keys apart."""
        account, row = self.source if self.recipe.trigger.use is not None else "", hand.row
        return Origin(row.key, account, row.revision, row.digest, hand.raw)

    def _known(self, row: RecordRow) -> RecordRow | None:
        return self.world.ledger.record(row.recipe, row.source, row.target, row.key)

    def _is_done(self, hand: Hand, known: RecordRow) -> bool:
        """Tell whether this record is finished at this revision (without revisions: with this content)."""
        row, letter = hand.row, hand.letter
        if known.state is RecordState.DEAD or self.remaps:
            return self._is_older(row, known)
        if row.revision and known.revision:
            try:
                if is_newer(row.revision, known.revision):
                    return False
            except BadRevision as error:
                raise RecordError("X109", str(error), pointer="/trigger/revision", help=REVISION) from error
        elif not canonical.is_known(known.digest, row.digest, hand.raw) and not (
            letter is not None and known.at > letter.at
        ):
            return False  # without revisions the one that came later is the newer one
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

    async def _fail(self, hand: Hand, error: RecordError) -> None:
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
            "number": number_of(hand.scope),
            "place": hand.place,
        }
        # A record whose key cannot be read is remembered by its content.
        key = hand.row.key or (hand.letter.key if hand.letter is not None else self._content(hand))
        row = replace(hand.row, key=key, state=state, raw=hand.raw, error=canonical.encode(told).decode())
        known = self._known(row)
        if known is not None and not row.revision:
            # An older revision that comes late must still be seen as one.
            row = replace(row, revision=known.revision)
        await self._final(hand, row)
        self.world.log.event(
            "record.failed", run=self.report.run, key=row.key, code=error.code, pointer=error.pointer
        )
        self._tell(row)

    def _tell(self, row: RecordRow) -> None:
        failure = failure_of(row)
        self.report.add_failure(failure)
        self.observer.failure(failure)

    def _tell_leftovers(self, hand: Hand) -> None:
        """Tell what was made of an earlier revision of the record and is not asked for any more."""
        # A new record was begun before only where the run before this one broke off.
        if hand.known is None and not self.follows_broken:
            return
        for effect in leftovers(self.recipe, hand.row, hand.made.asked, self.world.ledger):
            made = f"{effect.operation} {effect.remote_id}".rstrip()
            stands = "still stands" if effect.state is EffectState.DONE else "may stand"
            note = f"record {shown_key(hand.row.key)} does not ask for {made} any more, which {stands} there"
            self.report.add_leftover(note)
            self.world.log.event(
                "effect.left", run=self.report.run, key=hand.row.key, effect=effect.id, made=made
            )

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


def number_of(scope: Scope) -> str:
    """Return the number of the document that the mapping made, as people know the record; or an empty text."""
    document = scope.roots.get("mapped")
    number = document.get("number") if isinstance(document, dict) else None
    return number if isinstance(number, str) else ""
