"""The data map of a checked recipe: each field that it writes, with source, type and transformation.

Pure: from a frozen ``Recipe`` to frozen rows, without a record, a connection or a secret. Of connections only names are
told, never a setting.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

from engine.explained import document
from engine.explained.document import Spot, Writer
from engine.explained.origins import EACH, Chain, Origins
from engine.explained.rows import Explained, Input, Row, Section, Unread
from engine.paths import RECORD
from engine.recipe import (
    Call,
    End,
    ForEach,
    Parallel,
    Recipe,
    Step,
    SubRecipe,
    Switch,
    Trigger,
)
from engine.types import Type
from engine.values import Constant, Leaf, Value

__all__ = ["Explained", "Input", "Row", "Section", "Unread", "explained"]
RETURNS: Final = "returns"
TOP: Final = Spot()
"""Around what is done for every record."""


def explained(recipe: Recipe) -> list[Explained]:
    """Return the data map of *recipe*, then that of each recipe that it calls, each time that it does."""
    return list(_Recipe(recipe).maps())


@dataclass(slots=True)
class _Recipe:
    """Explains one recipe.

    Attributes:
        caller: The name of the recipe that calls it; empty for none.
        action: The id of the action there.
    """

    recipe: Recipe
    caller: str = ""
    action: str = ""
    writer: Writer = field(init=False)
    sections: list[Section] = field(default_factory=list)
    called: list[_Recipe] = field(default_factory=list)
    origins: Origins = field(init=False)

    def __post_init__(self) -> None:
        recipe = self.recipe
        records = f"{self.caller}, action {self.action}" if self.caller else _records(recipe.trigger)
        self.origins = Origins(records, dict(_steps(recipe)), recipe.constants.lookups)
        self.writer = Writer(recipe.source, self.origins)

    def maps(self) -> Iterator[Explained]:
        recipe = self.recipe
        self.trigger()
        for read in recipe.reads:
            self.given(f"reads.{read.id}", read.use.text, read.given, read.use.validator.schema)
        if recipe.mapping is not None:
            schema = recipe.mapping.validator.schema
            self.given("mapping", recipe.mapping.target, recipe.mapping.fields, schema)
        for number, check in enumerate(recipe.checks):
            self.writer.rule(f"checks[{number}].that", check.that, TOP)
            self.writer.rule(f"checks[{number}].otherwise", check.told, TOP)
        self.steps(recipe.actions, "actions", TOP)
        self.steps(recipe.on_error.steps, "on_error", TOP)
        if recipe.returns is not None:
            self.given(RETURNS, "what the caller gets" if self.caller else RETURNS, recipe.returns, None)
        yield Explained(
            recipe.name,
            recipe.summary,
            recipe.source.path,
            self.caller,
            self.action,
            self.origins.record,
            tuple(self.sections),
            tuple(self.writer.rules),
            tuple(self.unread()),
        )
        for each in self.called:
            yield from each.maps()

    def given(self, place: str, target: str, value: Value, schema: Any, around: Spot = TOP) -> None:
        """Add what *value* gives *target*, where it gives anything."""
        made = self.writer.section(place, target, value, schema, around)
        if value.uses or not _is_nothing(value):
            self.sections.append(made)

    def trigger(self) -> None:
        trigger = self.recipe.trigger
        if trigger.use is not None:
            self.given("trigger", trigger.use.text, trigger.given, trigger.use.validator.schema)
        elif isinstance(trigger.given, Leaf):
            self.writer.rule(f"trigger.{trigger.kind}", trigger.given, TOP)
        self.writer.rule("trigger.when", trigger.when, TOP)
        self.writer.rule("trigger.key", trigger.key, TOP)
        self.writer.rule("trigger.revision", trigger.revision, TOP)

    def steps(self, steps: tuple[Step, ...], word: str, around: Spot) -> None:
        for step in steps:
            self.step(step, word, around)

    def step(self, step: Step, word: str, around: Spot) -> None:
        """Add what *step* reads and is given, and what stands inside it."""
        name = f"{word}.{step.id}" if step.id else word
        rule = self.writer.rule
        rule(f"{name}.when", step.when, around)
        around = document.under(around, step.when)
        match step:
            case Call():
                rule(f"{name}.key", step.key, around)
                self.given(name, step.use.text, step.given, step.use.validator.schema, around)
            case ForEach():
                loop = self.writer.loop(f"{name}.for_each", step.over, step.name, around)
                inner = document.inside(around, step.name, step.over, loop)
                rule(f"{name}.key", step.key, inner)
                self.steps(step.steps, word, inner)
            case Switch():
                self.cases(step, name, word, around)
            case Parallel():
                self.steps(step.steps, word, around)
            case SubRecipe():
                self.given(name, f"the record of {step.recipe.name}", step.given, None, around)
                self.called.append(_Recipe(step.recipe, self.recipe.name, step.id))
            case End():
                rule(f"{name}.{step.what}", step.why, around)
        if step.on_error is not None:
            self.steps(
                step.on_error.steps, word, replace(around, under=(*around.under, f"when {name} fails"))
            )

    def cases(self, step: Switch, name: str, word: str, around: Spot) -> None:
        for number, (when, steps) in enumerate(step.cases):
            rule = f"{name}.switch[{number}]"
            self.writer.rule(f"{rule}.when", when, around)
            otherwise = replace(around, under=(*around.under, f"when no case of {name} holds"))
            self.steps(steps, word, otherwise if when is None else document.under(around, when))

    def unread(self) -> Iterator[Unread]:
        """Yield how much of the record, and of the result of each read, nothing reads, where their fields are known."""
        roots: dict[Chain, tuple[str, Type]] = {}
        for leaf in self.writer.leaves:
            if RECORD in leaf.known.roots:
                roots.setdefault((RECORD,), (self.origins.record, leaf.known.roots[RECORD]))
            for read in self.recipe.reads:
                type = leaf.known.result(read.id)
                if not type.is_any:
                    roots.setdefault(("steps", read.id), (read.use.text, type))
        for chain, (origin, type) in roots.items():
            fields = list(_fields(type, chain, ()))
            if fields != [chain]:
                unread = [
                    each for each in fields if not any(_covers(way, each) for way in self.writer.touched)
                ]
                yield Unread(origin, len(fields), len(unread))


def _records(trigger: Trigger) -> str:
    if trigger.use is not None:
        return trigger.use.text
    named = trigger.given.value if isinstance(trigger.given, Constant) else ""
    if trigger.kind == "manual":
        return f"{named} (handed in)" if isinstance(named, str) and named else "what is handed in"
    return str(named) or "the file that trigger.file names"


def _steps(recipe: Recipe) -> Iterator[tuple[str, str]]:
    """Yield the id of each read and action with what gives its result."""
    yield from ((read.id, read.use.text) for read in recipe.reads)
    for step in recipe.steps:
        if isinstance(step, Call):
            yield step.id, step.use.text
        elif isinstance(step, SubRecipe):
            yield step.id, step.recipe.name


def _is_nothing(value: Value) -> bool:
    entries = getattr(value, "entries", None)
    return entries is not None and not entries


def _fields(type: Type, at: Chain, above: tuple[int, ...]) -> Iterator[Chain]:
    """Yield the ways to the fields of *type* that hold no others; one that holds itself ends at its second time."""
    known = [(shape, name) for shape in type.mapping for name in shape.names] if not type.is_any else []
    marks = tuple(id(getattr(shape, "schema", shape)) for shape in type.mapping)
    if type.list is not None and not type.is_any and (type.element.mapping or type.element.list):
        yield from _fields(type.element, (*at, EACH), above)
    elif not known or any(mark in above for mark in marks):
        yield at
    else:
        for shape, name in known:
            found = shape.field(name)
            if found is not None:
                yield from _fields(found, (*at, name), (*above, *marks))


def _covers(way: Chain, field: Chain) -> bool:
    """Tell whether *way*, which is read, is *field*, holds it or lies in it."""
    return all(a in (b, EACH) for a, b in zip(way, field, strict=False))
