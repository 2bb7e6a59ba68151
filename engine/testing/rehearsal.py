"""Runs one case: the real run of one record, in a world where steps are answered by the case and nothing is sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from engine.actions import Context, How, operation
from engine.errors import Crashed, EngineError, LedgerError, RecordError, UsageError
from engine.interpreter import Interpreter
from engine.keys import BusinessKey, Identity
from engine.ledger.sqlite import SqliteLedger
from engine.made import Made
from engine.paths import MISSING
from engine.recipe import BuiltIn, Call, Read, Recipe, Trigger
from engine.report import Failure, Report
from engine.revisions import Origin
from engine.runner import Runner
from engine.scope import Scope
from engine.testing.case import Case
from engine.triggers import Incoming
from engine.wire import Answer, Request
from engine.world import Target, World


@dataclass(frozen=True, slots=True)
class Sent:
    """One write that a run would have made.

    Attributes:
        given: What is sent, amounts as text.
        key: The business key of its effect.
    """

    call: Call
    given: Any
    key: BusinessKey


@dataclass(slots=True)
class Came:
    """What came of a case.

    Attributes:
        end: ``done``, ``fails``, ``skips``, ``stops`` or ``ignored``; ``unanswered`` where the case lacks an answer.
        failure: The record's failure, or None.
        text: Why it ended so, and ``help`` what to do about it.
        step: What lacks an answer.
        mapped: The document; ``MISSING`` where none was made.
    """

    end: str = "done"
    failure: Failure | None = None
    text: str = ""
    help: str = ""
    step: Read | Call | None = None
    mapped: Any = MISSING
    sent: list[Sent] = field(default_factory=list)


class Unanswered(EngineError):
    """A case says nothing of what *step* gives."""

    def __init__(self, message: str, *, help: str, step: Read | Call) -> None:
        super().__init__(message, help=help)
        self.step = step


def rehearse(case: Case, recipe: Recipe, folder: Path) -> Came:
    """Run *case*.

    Args:
        folder: The project's folder. Nothing is written there: the ledger and the files that the recipe writes lie in
            a temporary folder.

    Raises:
        LedgerError: the temporary folder cannot be used.
        Crashed: the engine itself failed.
    """
    with TemporaryDirectory(prefix="recipe-test-") as made:
        ledger = SqliteLedger(Path(made) / "ledger.db")
        try:
            targets = {
                name: Target(
                    _Nowhere(), Identity(connector.name, (("connection", name),), "test"), "test:", {}
                )
                for name, connector in recipe.connections.items()
            }
            output = Path(made) / "files"
            output.mkdir()
            outside = World(_Still(case.now), ledger, _Log(), targets, folder, sleep=_no_pause, output=output)
            return asyncio.run(_run(case, recipe, outside))
        finally:
            ledger.close()


async def _run(case: Case, recipe: Recipe, world: World) -> Came:
    async def trigger(_trigger: Trigger, _world: World, _scope: Scope) -> AsyncIterator[list[Incoming]]:
        yield [Incoming(case.record)]

    runner = Runner(recipe, world, _Silent(), trigger, case.variables, window=None)
    rehearsal = _Rehearsal(recipe, world, runner.report.run, case)
    runner.interpreter = rehearsal
    came = _came(await runner.run())
    came.sent = rehearsal.sent
    if rehearsal.scope is not None:
        came.mapped = rehearsal.scope.roots.get("mapped", MISSING)
    return came


def _came(report: Report) -> Came:
    """Return how the one record of *report* ended."""
    stopped = report.stopped_by
    if isinstance(stopped, Unanswered):
        return Came("unanswered", text=stopped.message, help=stopped.help, step=stopped.step)
    if isinstance(stopped, LedgerError):
        raise stopped
    if report.failures:
        failure = report.failures[0]
        return Came("fails", failure, failure.message, failure.help)
    if stopped is not None:
        return Came("stops", text=stopped.message)
    if report.skipped_by:
        return Came("skips", text=next(iter(report.skipped_by)))
    return Came("ignored" if report.ignored else "done")


class _Rehearsal(Interpreter):
    """An interpreter whose reads and writes are answered by a case.

    Attributes:
        scope: The record's, once it is on its way.
        sent: Writes in their order, refused ones too: a refused request has been sent.
    """

    def __init__(self, recipe: Recipe, world: World, run: str, case: Case) -> None:
        super().__init__(recipe, world, run)
        self.case = case
        self.scope: Scope | None = None
        self.sent: list[Sent] = []

    async def record(self, scope: Scope, key: BusinessKey, origin: Origin, made: Made) -> None:
        self.scope = scope
        await super().record(scope, key, origin, made)

    async def read(self, step: Read, given: Any) -> Any:
        operation.valid(step.use, given, step.pointer)
        return self._answer(step)

    async def perform(self, given: Any, context: Context) -> tuple[Any, How]:
        call = context.call
        if context.key is None:
            return self._answer(call), How.STOOD
        self.sent.append(Sent(call, given, context.key.business))
        if call.id in self.case.refuses:
            message = f"{call.use.text}: {self.case.refuses[call.id]}"
            raise RecordError(operation.CODES["validation"], message, pointer=call.pointer)
        if call.id in self.case.steps:
            return self.case.steps[call.id], How.MADE
        if isinstance(call.use, BuiltIn):
            return await super().perform(given, context)  # into the temporary folder, or the silent log
        return {"id": f"<steps.{call.id}.id>"}, How.MADE

    def _answer(self, step: Read | Call) -> Any:
        if step.id in self.case.steps:
            return self.case.steps[step.id]
        is_list = isinstance(step.use, BuiltIn) or step.use.operation.records is not None
        entry = f"add to its steps: {step.id}: {'[]' if is_list else '{}'}"
        raise Unanswered(
            f"the recipe reads {step.use.text}, and this case does not say what {step.id or 'it'} gives",
            help=entry if step.id else "give the action an id, and the case an answer under it",
            step=step,
        )


@dataclass(frozen=True, slots=True)
class _Still:
    """A clock that stands."""

    instant: datetime

    def now(self) -> datetime:
        return self.instant


class _Log:
    """Takes events and keeps none; a mistake of the engine is no mistake of the recipe."""

    def event(self, name: str, **fields: Any) -> None:
        if name == "record.crashed":
            raise Crashed(str(fields["trace"]), "record")


class _Silent:
    """An observer that says nothing."""

    def progress(self, report: Report) -> None: ...

    def failure(self, failure: Failure) -> None: ...

    def waits(self, text: str) -> None: ...


class _Nowhere:
    """A transport that is never asked: every step is answered before."""

    async def send(self, request: Request) -> Answer:
        raise UsageError(f"a test sends nothing, and this would be sent: {request.method} {request.url}")


async def _no_pause(_seconds: float) -> None:
    return None
