"""One record through a recipe: reads, mapping, checks, then its actions. THE loop.

Two walks over the actions. The first looks at every request that needs no action's answer: builds and validates it.
Only when all of them are right does the second one act. So a record whose third request is wrong has not made its
first document. Kinds of steps are told by their class; each has a way to look at it and a way to act it.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

from engine import actions
from engine.actions import Context, How, operation
from engine.actions.patience import Patience
from engine.actions.revision import Parked
from engine.errors import RecordError, RunStopped
from engine.keys import BusinessKey, EffectKey
from engine.made import Made
from engine.mapping import apply
from engine.paths import MISSING, RECORD
from engine.recipe import (
    BuiltIn,
    Call,
    DocumentMapping,
    End,
    ForEach,
    OnError,
    Parallel,
    Read,
    Recipe,
    Step,
    SubRecipe,
    Switch,
    Use,
)
from engine.revisions import Origin
from engine.scope import Scope
from engine.steps import Inside, Skipped, case_of, elements_of, end, ends, hold, is_its, own_key, stops
from engine.world import World


@dataclass(slots=True)
class _Walk:
    """One record on its way.

    Attributes:
        key: The record's business key.
        origin: The record, as effects remember what they were made from.
        checked: What ``with`` gave in the first walk and the defaults that stood in for it, by effect key.
        seen: Effect keys of what was looked at, to find two writes that would be one; ``made`` has those of what acted.
        failed: Why called recipes could not begin, where the recipe says to go on.
        begun: Scopes of called recipes that the first walk has been through, by the call's ids and key.
    """

    key: BusinessKey
    origin: Origin
    run: str
    made: Made
    checked: dict[str, tuple[Any, Counter[str]]] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    failed: dict[tuple[tuple[str, ...], BusinessKey], RecordError] = field(default_factory=dict)
    begun: dict[tuple[tuple[str, ...], BusinessKey], Scope | None] = field(default_factory=dict)


class Interpreter:
    """Runs the records of one recipe.

    Args:
        recipe: Checked, so nothing here looks for mistakes of its writer.
        world: The outside.
        run: The run's id.
        remaps: Whether what an earlier form of the recipe made is brought to what the recipe says now.
        settles: Whether a person has brought what stands to what the records ask for.
    """

    def __init__(
        self, recipe: Recipe, world: World, run: str, *, remaps: bool = False, settles: bool = False
    ) -> None:
        self.recipe, self.world, self.run = recipe, world, run
        self.remaps, self.settles = remaps, settles
        self.patience = Patience(recipe.on_error.retry, world.sleep, world.chance)

    async def record(self, scope: Scope, key: BusinessKey, origin: Origin, made: Made) -> None:
        """Take one record through reads, mapping, checks and actions.

        Args:
            scope: Its roots are ``record``, ``run`` and ``vars``; it gets ``steps`` and ``mapped``.
            origin: The record itself.
            made: Learns each effect as it stands, also where a later one fails.

        Raises:
            RecordError: it cannot go on; what it made before stays recorded.
            Skipped: the recipe finishes it early.
            RunStopped, ConnectionFailed, LedgerError: the run must stop.
        """
        walk = _Walk(key, origin, self.run, made)
        await self._begun(self.recipe, scope, key, walk)
        try:
            await self._act(self.recipe.actions, scope, key, walk)
        except RecordError as error:
            await self._handle(self.recipe.on_error, error, scope, key, walk)
            raise

    # What reaches outside: a rehearsal of a recipe has answers of its own for the first two. A plan, in which not every
    # value is known, has its own for all

    async def read(self, step: Read, given: Any) -> Any:
        """Return what a read before the mapping gives; raises as ``operation.read``."""
        target = self.world.targets[step.use.connection]
        return await operation.read(step.use, target, given, step.pointer, self.patience)

    async def perform(self, given: Any, context: Context) -> tuple[Any, How]:
        """Carry out the action of *context*; returns and raises as ``actions.perform``."""
        return await actions.perform(given, context)

    async def step(self, step: Step, scope: Scope, key: BusinessKey, walk: _Walk) -> None:
        """Act *step*, if its ``when`` holds."""
        if step.when is None or step.when.evaluate(scope):
            await self._do(step, scope, key, walk)
        else:
            await self.left_out(step, scope, key, walk)

    def valid(self, use: Use | BuiltIn, given: Any, pointer: str) -> Any:
        """Return what ``with`` gave as *use* takes it; raises as ``actions.valid``."""
        return actions.valid(use, given, pointer, self.world)

    def mapped(self, mapping: DocumentMapping, scope: Scope) -> Any:
        """Return the document of the scope's record; raises as ``mapping.apply``."""
        return apply(mapping, scope)

    async def _begin(self, recipe: Recipe, scope: Scope, key: BusinessKey, walk: _Walk) -> bool:
        """Do what comes before a recipe's first action: reads, mapping, checks, a look at every request.

        Returns:
            Whether the recipe is sure to come to its end.
        """
        scope.roots["steps"] = {}
        for step in recipe.reads:
            given = step.given.evaluate(scope)
            scope.roots["steps"][step.id] = await self.read(step, given)
        if recipe.mapping is not None:
            scope.roots["mapped"] = self.mapped(recipe.mapping, scope)
        for check in recipe.checks:
            hold(check, scope)
        return await self._look(recipe.actions, scope.apart(), key, walk)

    # The first walk

    async def _look(self, steps: tuple[Step, ...], scope: Scope, key: BusinessKey, walk: _Walk) -> bool:
        """Look at *steps*; tells whether what stands behind them is sure to be reached."""
        for step in steps:
            if not step.early:
                if ends(step):
                    return False  # what stands behind may never be reached
                continue
            try:
                if step.when is not None and not step.when.evaluate(scope):
                    continue
                if not await self._look_at(step, scope, key, walk):
                    return False
            except RecordError as error:
                if step.on_error is None or step.on_error.then != "continue":
                    await self._handle(step.on_error, error, scope, key, walk)
                    raise
                if isinstance(step, SubRecipe):
                    walk.failed[step.path, key] = error
        return True

    async def _look_at(self, step: Step, scope: Scope, key: BusinessKey, walk: _Walk) -> bool:
        match step:
            case Call():
                apart = scope.apart()
                given = self.valid(step.use, step.given.evaluate(apart), step.pointer)
                if step.use.writes:
                    own = self._key(step, scope, key, walk.seen)
                    walk.checked[own.text] = (given, apart.defaults)
            case ForEach():
                for inner, longer in elements_of(step, scope, key):
                    if not await self._look(step.steps, inner, longer, walk):
                        return False
            case Switch():
                return await self._look(case_of(step, scope), scope, key, walk)
            case Parallel():
                # Each branch on its own: one that ends the record keeps none of the others from acting.
                return all([await self._look((each,), scope, key, walk) for each in step.steps])
            case SubRecipe():
                inner, reached = self._called(step, scope), True
                with Inside(step, inner):
                    if is_its(step.recipe, inner):
                        reached = await self._begun(step.recipe, inner, own_key(step, scope, key), walk)
                # Elements that no key tells apart have one place here: none of them is gone on with.
                walk.begun[step.path, key] = None if (step.path, key) in walk.begun else inner
                return reached or not stops(step.recipe)
            case End():
                return False
        return True

    # The second walk

    async def _act(self, steps: tuple[Step, ...], scope: Scope, key: BusinessKey, walk: _Walk) -> None:
        for step in steps:
            try:
                await self.step(step, scope, key, walk)
            except RecordError as error:
                if step.on_error is None or step.on_error.then != "continue" or isinstance(error, Parked):
                    await self._handle(step.on_error, error, scope, key, walk)
                    raise
                walk.made.continued += 1
                self._tell("action.failed", step.on_error, error, walk)
                if step.on_error.alert and not error.is_handled:
                    self._tell("alert", step.on_error, error, walk)

    async def _do(self, step: Step, scope: Scope, key: BusinessKey, walk: _Walk) -> None:
        match step:
            case Call():
                scope.roots["steps"][step.id] = await self._call(step, scope, key, walk)
            case ForEach():
                for inner, longer in elements_of(step, scope, key):
                    inner.roots["steps"] = dict(scope.roots["steps"])
                    await self._act(step.steps, inner, longer, walk)
            case Switch():
                await self._act(case_of(step, scope), scope, key, walk)
            case Parallel():
                await self._at_once(step, scope, key, walk)
            case SubRecipe():
                await self._sub(step, scope, key, walk)
            case End():
                end(step, scope)

    async def _call(self, step: Call, scope: Scope, key: BusinessKey, walk: _Walk) -> Any:
        own = self._key(step, scope, key, walk.made.asked) if step.use.writes else None
        checked = walk.checked.get(own.text) if own is not None else None
        if checked is None:
            given = self.valid(step.use, step.given.evaluate(scope), step.pointer)
        else:
            given, defaults = checked
            if defaults:
                scope.defaults.update(defaults)
        result, how = await self.perform(given, self._context(step, own, walk))
        if step.use.writes:
            walk.made.count(how, actions.counted_as(step.use))
        return result

    async def left_out(self, step: Step, scope: Scope, key: BusinessKey, walk: _Walk) -> None:
        """Settle what *step*, whose ``when`` does not hold, asked for before, where nobody knows if that came.

        What a record reads may show it what its own lost request made, so that it asks for it no more.
        """
        if not isinstance(step, Call) or not isinstance(step.use, Use) or step.key is not None:
            return  # a key of its own makes an effect that other records may ask for
        if step.use.operation.effect in ("read", "notify"):
            return
        own = self._key(step, scope, key, set())
        if actions.is_in_doubt(own, walk.origin, self.world):
            await actions.settle(self._context(step, own, walk))

    def _context(self, step: Call, own: EffectKey | None, walk: _Walk) -> Context:
        retry = step.on_error.retry if step.on_error is not None else None
        patience = self.patience if retry is None else replace(self.patience, retry=retry)
        by, world = self.recipe.on_revision, self.world
        return Context(world, walk.run, walk.origin, step, own, patience, by, self.remaps, self.settles)

    async def _at_once(self, step: Parallel, scope: Scope, key: BusinessKey, walk: _Walk) -> None:
        scopes = [scope.bind("steps", dict(scope.roots["steps"])) for _ in step.steps]
        # None is cancelled for another's failure: a request that is out must have its outcome written.
        made = await asyncio.gather(
            *(self._act((each,), inner, key, walk) for each, inner in zip(step.steps, scopes, strict=True)),
            return_exceptions=True,
        )
        for inner in scopes:
            scope.roots["steps"].update(inner.roots["steps"])
        failures = [each for each in made if isinstance(each, BaseException)]
        # What stops the run goes before what fails the record, and that before what finishes it.
        failures.sort(key=lambda each: (isinstance(each, Skipped), isinstance(each, RecordError)))
        for other in failures[1:]:
            if isinstance(other, RecordError):
                self._tell("action.failed", step.on_error or self.recipe.on_error, other, walk)
        if failures:
            raise failures[0]

    async def _sub(self, step: SubRecipe, scope: Scope, key: BusinessKey, walk: _Walk) -> None:
        if failed := walk.failed.get((step.path, key)):
            raise failed  # it could not begin, and its on_error has seen that
        begun = walk.begun.get((step.path, key))
        key = own_key(step, scope, key)
        inner = begun or self._called(step, scope)
        recipe = step.recipe
        with Inside(step, inner, scope):
            if not is_its(recipe, inner):
                return
            if begun is None:  # what it writes was looked at before, and is no second write now
                await self._begun(recipe, inner, key, replace(walk, seen=set()))
            try:
                await self._act(recipe.actions, inner, key, walk)
            except Skipped as skipped:
                self.world.log.event("call.skipped", run=walk.run, recipe=recipe.name, why=str(skipped))
                return
            except RecordError as error:
                await self._handle(recipe.on_error, error, inner, key, walk)
                raise
            result = recipe.returns.evaluate(inner) if recipe.returns is not None else MISSING
        if result is not MISSING:
            scope.roots["steps"][step.id] = result

    async def _begun(self, recipe: Recipe, scope: Scope, key: BusinessKey, walk: _Walk) -> bool:
        """Begin a recipe, with its own ``on_error``; tells whether it is sure to come to its end."""
        try:
            return await self._begin(recipe, scope, key, walk)
        except RecordError as error:
            await self._handle(recipe.on_error, error, scope, key, walk)
            raise

    def _called(self, step: SubRecipe, scope: Scope) -> Scope:
        variables = {name: each.default for name, each in step.recipe.variables.items()}
        given = step.given.evaluate(scope)
        if step.use is not None:
            given = self.valid(step.use, given, step.pointer)
            settings = self.world.targets[step.use.connection].settings
            variables |= {name: settings[name] for name in variables if name in settings}
        roots = {RECORD: given, "run": scope.roots["run"], "vars": variables}
        return Scope(roots, step.recipe.constants, Counter())

    # Failures

    async def _handle(
        self, handler: OnError | None, error: RecordError, scope: Scope, key: BusinessKey, walk: _Walk
    ) -> None:
        """Do what *handler* says about *error*, unless a handler further inside has."""
        if handler is None or error.is_handled:
            return
        error.is_handled = True
        if handler.alert:
            self._tell("alert", handler, error, walk)
        if handler.steps:
            told = {
                "code": error.code,
                "message": error.message,
                "help": error.help,
                "pointer": error.pointer,
            }
            try:
                await self._act(handler.steps, scope.bind("error", told), key, walk)
            except RecordError as further:
                error.message += f"; and what on_error says failed too: {further.message}"
            except RunStopped as stop:
                raise RunStopped(stop.message, help=stop.help, failed=error) from stop
        if handler.then == "stop":
            raise RunStopped(f"stopped by on_error: {error.message}", help=error.help, failed=error)

    def _tell(self, event: str, handler: OnError, error: RecordError, walk: _Walk) -> None:
        self.world.log.event(
            event,
            run=walk.run,
            recipe=self.recipe.name,
            key=walk.origin.record,
            channel=handler.alert,
            code=error.code,
            message=error.message,
            pointer=error.pointer,
        )

    def _key(self, step: Call, scope: Scope, key: BusinessKey, seen: set[str]) -> EffectKey:
        business = own_key(step, scope, key)
        if isinstance(step.use, Use):
            target = self.world.targets[step.use.connection].identity.text
        else:
            target = step.use.name.partition(".")[0]
        own = EffectKey(target, self.recipe.name, step.path, business)
        if own.text in seen:
            raise RecordError(
                "X108",
                f"two elements have the key {' / '.join(business)}: their {step.use.text} would be one",
                pointer=step.pointer,
                help="choose a key that is different for each element",
            )
        seen.add(own.text)
        return own
