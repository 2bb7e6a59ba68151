"""A recipe as its own tests see it: what a connector does by recipes of its folder is one action there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine.recipe import Call, ForEach, OnError, Parallel, Recipe, Step, SubRecipe, Switch


def whole(recipe: Recipe) -> Recipe:
    """Return *recipe* with one action in place of each recipe that carries out an operation.

    So a test of the recipe says what is given to the interface, and holds for each connector that serves it.
    """
    return replace(recipe, actions=_steps(recipe.actions), on_error=_handler(recipe.on_error))


def _steps(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    return tuple(_step(each) for each in steps)


def _handler(handler: OnError) -> OnError:
    return replace(handler, steps=_steps(handler.steps))


def _step(step: Step) -> Step:
    own: dict[str, Any] = {} if step.on_error is None else {"on_error": _handler(step.on_error)}
    match step:
        case SubRecipe(use=None):
            return replace(step, recipe=whole(step.recipe), **own)
        case SubRecipe():
            kept = ("id", "path", "pointer", "early", "was", "when", "on_error", "given", "use", "key")
            return Call(**{name: getattr(step, name) for name in kept} | own)
        case ForEach() | Parallel():
            return replace(step, steps=_steps(step.steps), **own)
        case Switch():
            return replace(step, cases=tuple((when, _steps(inner)) for when, inner in step.cases), **own)
    return replace(step, **own)
