"""One record through a recipe: reads, mapping, checks, then its actions. THE loop.

Two walks over the actions. The first builds and validates every request that needs no write's answer; only when all of
them are right does the second one write. So a record whose third request is wrong has not made its first document.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from engine import canonical
from engine.actions import effect
from engine.actions.operation import read, valid
from engine.errors import RecordError
from engine.keys import BadKey, BusinessKey, EffectKey, business_key
from engine.mapping import apply
from engine.paths import RECORD
from engine.recipe import Call, Check, ForEach, Recipe, Step
from engine.scope import Scope
from engine.templates import Template
from engine.values import Leaf, Value, elements
from engine.world import World


@dataclass(slots=True)
class Made:
    """What one record's actions did.

    Attributes:
        now: Operations whose effect was made, in order.
        before: Operations whose effect stood already.
    """

    now: list[str] = field(default_factory=list)
    before: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Walk:
    """One record on its way.

    Attributes:
        key: The record's business key.
        checked: What ``with`` gave in the first walk, by effect key or place.
        keys: Effect keys of this record, to find two writes that would be one.
    """

    key: BusinessKey
    run: str
    made: Made
    checked: dict[str, Any] = field(default_factory=dict)
    keys: set[str] = field(default_factory=set)

    @property
    def record(self) -> str:
        return canonical.encode(list(self.key)).decode()


class Interpreter:
    """Runs the records of one recipe.

    Args:
        recipe: Checked, so nothing here looks for mistakes of its writer.
        world: The outside.
        run: The run's id.
    """

    def __init__(self, recipe: Recipe, world: World, run: str) -> None:
        self.recipe, self.world, self.run = recipe, world, run

    async def record(self, scope: Scope, key: BusinessKey, made: Made) -> None:
        """Take one record through reads, mapping, checks and actions.

        Args:
            scope: Its roots are ``record`` and ``run``; it gets ``steps`` and ``mapped``.
            made: Learns each effect as it stands, also where a later one fails.

        Raises:
            RecordError: it cannot go on; what it made before stays recorded.
            ConnectionFailed, LedgerError: the run must stop.
        """
        scope.roots["steps"] = {}
        for step in self.recipe.reads:
            given = step.given.evaluate(scope)
            target = self.world.targets[step.use.connection]
            scope.roots["steps"][step.id] = await read(step.use, target, given, step.pointer)
        if self.recipe.mapping is not None:
            scope.roots["mapped"] = apply(self.recipe.mapping, scope)
        for check in self.recipe.checks:
            _hold(check, scope)
        walk = _Walk(key, self.run, made)
        self._check_requests(self.recipe.actions, scope, key, walk)
        walk.keys.clear()
        await self._act(self.recipe.actions, scope, key, walk)

    def _check_requests(self, steps: tuple[Step, ...], scope: Scope, key: BusinessKey, walk: _Walk) -> None:
        for step in steps:
            if not step.early or (step.when is not None and not step.when.evaluate(scope)):
                continue
            if isinstance(step, ForEach):
                for inner, longer in _elements(step, scope, key):
                    self._check_requests(step.steps, inner, longer, walk)
                continue
            given = valid(step.use, step.given.evaluate(scope), step.pointer)
            if step.use.operation.writes:
                walk.checked[self._key(step, scope, key, walk).text] = given

    async def _act(self, steps: tuple[Step, ...], scope: Scope, key: BusinessKey, walk: _Walk) -> None:
        for step in steps:
            if step.when is not None and not step.when.evaluate(scope):
                continue
            if isinstance(step, ForEach):
                for inner, longer in _elements(step, scope, key):
                    inner.roots["steps"] = dict(scope.roots["steps"])
                    await self._act(step.steps, inner, longer, walk)
                continue
            scope.roots["steps"][step.id] = await self._call(step, scope, key, walk)

    async def _call(self, step: Call, scope: Scope, key: BusinessKey, walk: _Walk) -> Any:
        target = self.world.targets[step.use.connection]
        if not step.use.operation.writes:
            given = valid(step.use, step.given.evaluate(scope), step.pointer)
            return await read(step.use, target, given, step.pointer)
        own = self._key(step, scope, key, walk)
        given = walk.checked.get(own.text)
        if given is None:
            given = valid(step.use, step.given.evaluate(scope), step.pointer)
        result, now = await effect.perform(
            effect.prepare(step, target, given, own, walk.record, walk.run), self.world
        )
        (walk.made.now if now else walk.made.before).append(step.use.operation.name)
        return result

    def _key(self, step: Call, scope: Scope, key: BusinessKey, walk: _Walk) -> EffectKey:
        business = key if step.key is None else key_of(step.key, scope)
        target = self.world.targets[step.use.connection]
        own = EffectKey(target.identity.text, self.recipe.name, step.path, business)
        if own.text in walk.keys:
            raise RecordError(
                "X108",
                f"two elements have the key {' / '.join(business)}: their {step.use.text} would be one",
                pointer=step.pointer,
                help="choose a key that is different for each element",
            )
        walk.keys.add(own.text)
        return own


def key_of(value: Value, scope: Scope) -> BusinessKey:
    """Return the business key that *value* gives.

    Raises:
        RecordError: it is null, empty or of another type.
    """
    try:
        return business_key(value.evaluate(scope))
    except BadKey as error:
        raise RecordError("X108", str(error), pointer=value.pointer) from error


def new_scope(recipe: Recipe, record: Any, run: dict[str, Any], defaults: Any) -> Scope:
    """Return the scope that one record starts with."""
    return Scope({RECORD: record, "run": run}, recipe.constants, defaults)


def _elements(step: ForEach, scope: Scope, key: BusinessKey) -> Iterator[tuple[Scope, BusinessKey]]:
    for number, element in enumerate(elements(step.over, scope), 1):
        inner = scope.bind(step.name, element)
        try:
            yield inner, key + key_of(step.key, inner) if step.key is not None else key
        except RecordError as error:
            error.message += f" (element {number} of {step.id})"
            raise


def _hold(check: Check, scope: Scope) -> None:
    if check.that.evaluate(scope):
        return
    value = check.that.of
    why = value.of.explain(scope) if isinstance(value, Leaf) and isinstance(value.of, Template) else ""
    raise RecordError("X106", check.otherwise + (f": {why}" if why else ""), pointer=check.pointer)
