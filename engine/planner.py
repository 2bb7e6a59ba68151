"""Takes a record through its recipe without writing: the run's own interpreter, where not every value is known.

What becomes of an effect is found out by the code that makes it in a run, in a world that holds nothing to write with:
targets are ``ReadOnly``, the ledger is ``Aside``. In front of the one target that an action writes to stands
``Catching``, which keeps its request and answers in the target's place.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import replace
from typing import Any, Final
from urllib.parse import quote, quote_plus

from engine import canonical
from engine.actions import Context, How, operation
from engine.actions.revision import Parked
from engine.actions.write import Write
from engine.errors import RecordError
from engine.interpreter import Interpreter
from engine.keys import BusinessKey, EffectKey
from engine.ledger import EffectRow, EffectState, Ledger
from engine.ledger.aside import Aside
from engine.made import Made
from engine.mapping import refused
from engine.paths import MISSING
from engine.paths import RECORD as RECORD_ROOT
from engine.planned import Change, PlannedEffect, PlannedRecord, State, changes
from engine.read_only import ReadOnly
from engine.recipe import (
    BuiltIn,
    Call,
    DocumentMapping,
    End,
    ForEach,
    Parallel,
    Read,
    Recipe,
    Step,
    SubRecipe,
    Use,
    walk,
)
from engine.report import shown_key
from engine.revisions import Origin
from engine.scope import Scope
from engine.steps import ends
from engine.unsent import DecidedLater, Outcome, late, laters, named, shown, sure
from engine.wire import Answer, Request
from engine.world import World

RECORD: ContextVar[PlannedRecord] = ContextVar("planned record")
"""The record on whose behalf something is planned now."""
BEHIND: ContextVar[tuple[str, ...]] = ContextVar("behind", default=())
"""What it hangs on whether this place of the record is reached."""
UNTOLD: Final = "it could not be found out"
LOST: Final = (EffectState.SENDING, EffectState.UNCERTAIN)
UNKNOWN: Final = "the ledger does not know it: a run would make it again, one with --adopt takes it over"
KEPT: Final = "it is kept as it was made, since its record did not change: recipe replay --remap changes it"
AGAIN: Final = "it was sent before, and its answer is not known: the same request goes out again"


class Catching:
    """A transport for one write: reads go through, the write is kept and answered as if it had been made.

    Attributes:
        caught: What would have been sent, in order.
    """

    def __init__(self, reader: ReadOnly, answer: bytes) -> None:
        self._reader, self._answer = reader, answer
        self.caught: list[Request] = []

    async def send(self, request: Request) -> Answer:
        if self._reader.reads(request):
            return await self._reader.send(request)
        self.caught.append(request)
        return Answer(200, {}, self._answer, request.url)


class Planner(Interpreter):
    """Plans the records of one recipe.

    Args:
        world: Its targets are ``ReadOnly``, its ledger is ``Aside``, and its log keeps nothing.
        looks_up: Whether what the ledger does not know is looked for at targets that can be asked.
    """

    def __init__(
        self, recipe: Recipe, world: World, run: str, *, looks_up: bool, remaps: bool = False
    ) -> None:
        super().__init__(late(recipe), world, run, remaps=remaps)
        self.looks_up = looks_up
        self._made: dict[str, str] = {}
        self._stops: tuple[str, ...] = ()  # what it hangs on whether the run comes to the next record

    async def record(self, scope: Scope, key: BusinessKey, origin: Origin, made: Made) -> None:
        BEHIND.set(self._stops)
        await super().record(scope, key, origin, made)

    async def step(self, step: Step, scope: Scope, key: BusinessKey, walk: Any) -> None:
        try:
            await super().step(step, scope, key, walk)
        except DecidedLater as later:
            why = "; ".join([f"it depends on {later.on}", *_only_if()])
            RECORD.get().effects.append(PlannedEffect(".".join(step.path), _named(step), "later", why=why))
            if ends(step):
                self._may_end(step, later.on)
            if step.id:
                scope.roots["steps"][step.id] = Outcome(f"steps.{step.id}")

    def _may_end(self, step: Step, on: str) -> None:
        """Note that what follows *step* is reached only where it does not end the record, or the run."""
        may_stop = any(isinstance(each, End) and each.what == "stop" for each in walk((step,)))
        condition = f"only if it is not {'stopped' if may_stop else 'skipped'}: it depends on {on}"
        if may_stop:
            self._stops += (condition,)
        RECORD.get().conditions.append(condition)
        BEHIND.set((*BEHIND.get(), condition))

    async def _at_once(self, step: Parallel, scope: Scope, key: BusinessKey, walk: Any) -> None:
        # A branch that may end the record keeps none of the others from acting, but all that stands behind them.
        conditions = RECORD.get().conditions
        before = len(conditions)
        try:
            await super()._at_once(step, scope, key, walk)
        finally:
            BEHIND.set((*BEHIND.get(), *conditions[before:]))

    async def _sub(self, step: SubRecipe, scope: Scope, key: BusinessKey, walk: Any) -> None:
        before, stops = BEHIND.get(), len(self._stops)
        try:
            await super()._sub(step, scope, key, walk)
        finally:
            BEHIND.set((*before, *self._stops[stops:]))  # its skip ends itself alone

    async def left_out(self, step: Step, scope: Scope, key: BusinessKey, walk: Any) -> None:
        """A plan sends nothing, so that nothing is settled either."""

    async def read(self, step: Read, given: Any) -> Any:
        _expect_known(given)
        return await super().read(step, given)

    def valid(self, use: Use | BuiltIn, given: Any, pointer: str) -> Any:
        if next(laters(given), None) is None:
            return super().valid(use, given, pointer)
        written = use.validator.written(named(given))
        if flaws := sure(use.validator.flaws(shown(written), computed=True), written):
            raise operation.unfit(use, flaws, pointer)
        return written

    def mapped(self, mapping: DocumentMapping, scope: Scope) -> Any:
        if next(laters(scope.roots[RECORD_ROOT]), None) is None:
            return super().mapped(mapping, scope)
        written = mapping.validator.written(named(mapping.fields.evaluate(scope)))
        if flaws := sure(mapping.validator.flaws(shown(written), computed=True), written):
            raise refused(mapping, flaws)
        return written

    async def perform(self, given: Any, context: Context) -> tuple[Any, How]:
        call, key = context.call, context.key
        if key is None:
            _expect_known(given)
            return await super().perform(given, context)
        known = context.world.ledger.effect(key.text)
        effect = PlannedEffect(
            ".".join(key.path),
            call.use.text,
            "later",
            key.business,
            key.target,
            key.external_id,
            known.remote_id if known is not None else "",
            given=shown(given),
            later={at: str(value) for at, value in laters(given)},
            why=UNTOLD,  # a look-up that fails leaves it so: nothing is claimed that is not known
        )
        RECORD.get().effects.append(effect)
        try:
            if isinstance(call.use, BuiltIn):
                return await self._built_in(call.use, effect, context)
            return await self._write(call.use, key, known, effect, context)
        except Parked as parked:
            effect.state, effect.why = "parked", parked.message
            raise
        except RecordError as error:
            effect.state, effect.why = "fails", error.message
            raise
        finally:
            if effect.state != "stands":
                effect.why = "; ".join([*([effect.why] if effect.why else []), *_only_if()])

    async def _built_in(self, use: BuiltIn, effect: PlannedEffect, context: Context) -> tuple[Any, How]:
        if use.declared.plan is None:
            raise AssertionError(f"{use.name} leaves something behind and does not say how it is planned")
        told, made = await use.declared.plan(effect.given, context)
        effect.state, effect.why = ("new" if made else "stands"), ""
        return told, How.MADE if made else How.STOOD

    async def _write(
        self, use: Use, key: EffectKey, known: EffectRow | None, effect: PlannedEffect, context: Context
    ) -> tuple[Any, How]:
        name = f"steps.{context.call.id}"
        there = await self._found(use, effect, context) if known is None else None
        known = self.world.ledger.effect(key.text)  # meanwhile another record of this plan may have made it
        effect.changes, effect.is_pruned = self._changes(use, context, known, effect.given)
        catching = self._catching(use, f"<{name}.id>")
        try:
            inner = _within(context, use, catching, self.world.ledger, is_sent=False)
            result, how = await super().perform(effect.given, inner)
        finally:
            effect.requests = [_readable(each, effect) for each in catching.caught]
        first = self._made.get(key.text)
        after = self.world.ledger.effect(key.text)
        effect.state, effect.why = _state(effect, known, after, how, first)
        if there is not None and catching.caught:
            effect.state, effect.remote_id, effect.why = "there", there.remote_id, UNKNOWN
        elif not first and not catching.caught and after is not None:
            effect.remote_id = after.remote_id
        if not catching.caught:
            return (Outcome(name) if first else result), how
        self._made.setdefault(key.text, shown_key(context.origin.record))
        stays = how is How.CHANGED and context.on_revision != "reissue"
        return Outcome(name, _id_of(use, known) if stays and known is not None else None), how

    async def _found(self, use: Use, effect: PlannedEffect, context: Context) -> EffectRow | None:
        """Return what stands at the target where the ledger does not know it, found as a run with ``--adopt`` would."""
        idempotency, key = use.operation.idempotency, context.key
        if key is None or not self.looks_up or idempotency.find is None or use.operation.effect == "notify":
            return None
        if key.target in self.world.adopted:
            return None
        catching, ledger = self._catching(use, ""), Aside(self.world.ledger)
        probe = _within(context, use, catching, ledger, is_sent=True)
        world = replace(probe.world, adopted=frozenset({key.target}))
        await super().perform(effect.given, replace(probe, world=world))
        return None if catching.caught else ledger.effect(key.text)

    def _catching(self, use: Use, id: str) -> Catching:
        reader = self.world.targets[use.connection].transport
        if not isinstance(reader, ReadOnly):
            raise AssertionError("a plan has targets that are only read")
        return Catching(reader, canonical.encode(_answer(use, id)))

    def _changes(
        self, use: Use, context: Context, known: EffectRow | None, given: Any
    ) -> tuple[list[Change], bool]:
        """Return what differs from the request that made the document what it is now, and whether that is forgotten."""
        key = context.key
        if key is None or known is None or known.state is not EffectState.DONE:
            return [], False
        last = self.world.ledger.effect(key.revised(known.revisions).text) if known.revisions else known
        base_url = self.world.targets[use.connection].base_url
        write = Write(context.call, use, key, base_url, given, context.origin, context.run)
        asked = write.request()
        if not asked.body:
            return [], False
        if last is None or not last.body:
            return [], bool(known.request_digest) and known.request_digest != write.digest
        idempotency = use.operation.idempotency
        carry = {idempotency.name} if idempotency.place == "body" else set()
        carry |= {idempotency.find.field} if idempotency.find is not None else set()
        return changes(last.body, asked.body, frozenset(carry)), False


def _state(
    effect: PlannedEffect, known: EffectRow | None, after: EffectRow | None, how: How, first: str | None
) -> tuple[State, str]:
    """Return where an effect stands, and what is to be said about that.

    Args:
        known, after: Its row before and after.
        first: The record for which it was planned before, or None.
    """
    is_caught = bool(effect.requests)
    if first and not is_caught:
        return "stands", f"made by record {first} of this plan"
    if known is None or known.state is EffectState.FAILED:
        if is_caught:
            return "new", f"it was refused before: {known.error}" if known and known.error else ""
        told = after is not None and after.state is EffectState.UNCERTAIN
        return "stands", (after.error if after and told else "found at the target, and taken over")
    if known.state in LOST:
        if is_caught:
            return "again", AGAIN
        found = after is not None and after.state is EffectState.DONE
        return (
            "stands",
            f"its answer was lost; {'it was found at the target' if found else 'it is not sent again'}",
        )
    if how is How.CHANGED:
        return "changed", ""
    if how is How.KEPT:
        return "stands", KEPT
    return "stands", "it changed, and stays as it is" if effect.changes or effect.is_pruned else ""


def _within(context: Context, use: Use, catching: Catching, ledger: Ledger, *, is_sent: bool) -> Context:
    """Return *context* in a world in which *catching* stands before the target of *use*, and nobody waits.

    Args:
        is_sent: Whether what is asked for counts to the account's budgets: what is caught never leaves.
    """
    world = context.world
    target = world.targets[use.connection]
    target = replace(target, transport=catching, budgets=target.budgets if is_sent else None)
    targets = {**world.targets, use.connection: target}
    return replace(context, world=replace(world, ledger=ledger, targets=targets, sleep=_no_pause))


def _readable(request: Request, effect: PlannedEffect) -> Request:
    """Return *request* with what stands in place of values in its address as it is written."""
    url = request.url
    for value in effect.later.values():
        url = url.replace(quote(value, safe=""), value).replace(quote_plus(value), value)
    return replace(request, url=url)


def _answer(use: Use, id: str) -> dict[str, Any]:
    """Return what a target may answer to *use* and its changes, as far as the engine looks at it."""
    answer: dict[str, Any] = {}
    for each in (use, use.updates, use.voids):
        if each is None:
            continue
        path, made = each.operation.record, {each.operation.id_name: id}
        answer |= made
        inner = answer
        for step in [step for step in path.steps if isinstance(step, str)] if path is not None else []:
            inner = inner.setdefault(step, made)
    return answer


def _id_of(use: Use, known: EffectRow) -> dict[str, Any]:
    """Return the id of a document that is changed, as its answer gave it: that stays."""
    data = canonical.decode(known.answer) if known.answer else MISSING
    made = data if known.looked_up else operation.result(use.operation, data)
    name = use.operation.id_name
    if isinstance(made, dict) and name in made:
        return {name: made[name]}
    return {name: known.remote_id} if known.remote_id else {}


def _named(step: Step) -> str:
    """Return what a step is, as a plan names it."""
    match step:
        case Call():
            return step.use.text
        case ForEach():
            return "for_each"
        case Parallel():
            return "parallel"
        case SubRecipe():
            return step.use.text if step.use is not None else f"call {step.recipe.name}"
        case End():
            return step.what
    return "switch"


def _only_if() -> tuple[str, ...]:
    """Return on which conditions this place of the record is reached, those that are told already left out."""
    return tuple(dict.fromkeys(BEHIND.get()))


def _expect_known(given: Any) -> None:
    """Raise ``DecidedLater`` where something in *given* is not known yet."""
    for _, on in laters(given):
        raise DecidedLater(on)


async def _no_pause(_seconds: float) -> None:
    return None
