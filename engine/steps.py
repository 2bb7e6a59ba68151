"""What steps mean for one record, as far as nothing outside is asked: cases, elements, keys, checks, ends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final, NoReturn

from engine.errors import RecordError, RunStopped
from engine.filters import BadValue
from engine.generated import interpreted
from engine.generated.projection import have_whole
from engine.keys import BadKey, BusinessKey, business_key
from engine.operators import as_text
from engine.recipe import BuiltIn, Call, Check, End, ForEach, Recipe, Step, SubRecipe, Switch, inside, walk
from engine.scope import Scope
from engine.values import Condition, Entries, Leaf, Value, elements

KEYLESS: Final = "every record needs a key; leave records that have none out by when"
TOGETHER: Final = 256
"""Records that are taken at once where their effects can be made together."""


class Skipped(Exception):
    """The recipe finishes the record here; the text says why."""


class Inside:
    """Puts errors of a called recipe, and with an *outer* scope its defaults too, at their place below the call."""

    def __init__(self, step: SubRecipe, inner: Scope, outer: Scope | None = None) -> None:
        self.at, self.outer, self.inner = step.at, outer, inner
        self.is_its_own = step.use is not None  # what stands in there is the connector's affair

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, RecordError):
            error.pointer = self.at + error.pointer
        if self.outer is not None and not self.is_its_own:
            defaults = {self.at + place: count for place, count in self.inner.defaults.items()}
            self.outer.defaults.update(defaults)
            self.inner.defaults.clear()


def key_of(value: Value, scope: Scope) -> BusinessKey:
    """Return the business key that *value* gives.

    Raises:
        RecordError: it is missing, null, empty or of another type.
    """
    try:
        key = business_key(value.evaluate(scope))
        # A list that data gives has any length. Where it ends must be told, or the keys ["a"] and ["b", "c"] of a
        # record and its element would be those of ["a", "b"] and ["c"]. No other part of a key is empty.
        return key if len(key) == 1 or isinstance(interpreted(value), Entries) else (*key, "")
    except BadKey as error:
        raise RecordError("X108", str(error), pointer=value.pointer, help=KEYLESS) from error
    except RecordError as error:
        if error.code == "X101":  # a key is never optional: what helps elsewhere is refused here
            error.help = KEYLESS
        raise


def own_key(step: Call | SubRecipe, scope: Scope, key: BusinessKey) -> BusinessKey:
    """Return the business key of what *step* does: its own, or *key* where it has none."""
    return key if step.key is None else key_of(step.key, scope)


def ends(step: Step) -> bool:
    """Tell whether *step* may end its record or the run, so that what stands behind it may never be reached."""
    if isinstance(step, SubRecipe):
        return stops(step.recipe)
    chains = inside(replace(step, on_error=None))
    return isinstance(step, End) or any(ends(each) for chain in chains for each in chain)


def at_once(recipe: Recipe) -> int:
    """Return how many records of *recipe* are taken at once.

    Where the recipe does not say it, that is one. What it says spares those outside who are asked; where nobody is,
    and each record does one thing at most that can be made together with others', as many are taken as pays: they come
    in their order all the same, also into a file. Whoever says one gets one.
    """
    stated = recipe.concurrency or 1
    if recipe.concurrency == 1 or recipe.reads or recipe.on_error.then == "stop" or recipe.on_error.steps:
        return stated
    most = _most(recipe.actions)
    return TOGETHER if most is not None and most <= 1 else stated


def _most(steps: tuple[Step, ...]) -> int | None:
    """Return how many actions of *steps* one record does at most; None where it cannot do them beside others."""
    most = 0
    for step in steps:
        if step.on_error is not None:
            return None
        match step:
            case Call() if isinstance(step.use, BuiltIn) and step.use.declared.together:
                most += 1
            case Switch():
                cases = [_most(steps) for _, steps in step.cases]
                if None in cases:
                    return None
                most += max(case or 0 for case in cases)
            case End() if step.what == "skip":
                pass
            case _:
                return None
    return most


def stops(recipe: Recipe) -> bool:
    """Tell whether *recipe*, called by another, may end the run; its ``skip`` ends itself alone."""
    steps = walk(recipe.actions)
    return any(isinstance(step, End) and step.what == "stop" for step in steps)


def is_its(recipe: Recipe, scope: Scope) -> bool:
    """Tell whether the record that *recipe* was called with is one of its own, as its trigger's ``when`` says."""
    when = recipe.trigger.when
    return when is None or when.evaluate(scope)


def case_of(step: Switch, scope: Scope) -> tuple[Step, ...]:
    """Return the actions of the first case that holds; raises ``RecordError`` where none does and there is no else."""
    for when, steps in step.cases:
        if when is None or when.evaluate(scope):
            return steps
    raise RecordError(
        "X111",
        f"no case of {step.id} holds, and it has no else",
        pointer=step.pointer,
        help="add else: with what happens then, such as {skip: why}",
    )


def end(step: End, scope: Scope) -> NoReturn:
    """Raise ``Skipped`` or ``RunStopped``, as the recipe says."""
    why = step.why.evaluate(scope)
    try:
        text = as_text(why)
    except BadValue as error:
        raise RecordError(error.code, str(error), pointer=step.why.pointer) from error
    if step.what == "stop":
        raise RunStopped(
            f"the recipe says stop: {text}", help="run again when that is settled: it goes on here"
        )
    raise Skipped(text)


def elements_of(step: ForEach, scope: Scope, key: BusinessKey) -> Iterator[tuple[Scope, BusinessKey]]:
    """Yield for each element the scope in which it has its name, and *key* with its own key behind."""
    for number, element in enumerate(elements(step.over, scope), 1):
        inner = scope.bind(step.name, element)
        try:
            yield inner, key + key_of(step.key, inner) if step.key is not None else key
        except RecordError as error:
            error.message += f" (element {number} of {step.id})"
            raise


def hold(check: Check, scope: Scope) -> None:
    """Raise ``RecordError`` where *check* does not hold; the message tells both sides of a comparison."""
    if check.that.evaluate(scope):
        return
    have_whole(scope)
    that = interpreted(check.that)
    value = that.of if isinstance(that, Condition) else that
    why = value.explain(scope) if isinstance(value, Leaf) else ""
    raise RecordError("X106", _told(check, scope) + (f": {why}" if why else ""), pointer=check.pointer)


def _told(check: Check, scope: Scope) -> str:
    """Return what a failed check says of the record; what fails while it is said hides nothing: its words stand."""
    try:
        return as_text(check.told.evaluate(scope.apart()))
    except (RecordError, BadValue):
        return check.otherwise
