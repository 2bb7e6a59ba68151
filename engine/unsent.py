"""Values that only an unsent write could give: what stands in their place, and how a recipe goes on with them.

``late`` returns a recipe in which each value of its actions first looks whether it reads such a result. One that does
is not guessed: it is shown as it is written, ``<steps.invoice.id>``, and where something definite is needed, as by a
condition or a key, ``DecidedLater`` says what is missing. No filter or operator sees what stands in place of a value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, cast

from engine import pointer
from engine.errors import RecordError
from engine.exponents import Chain
from engine.flaws import Flaw
from engine.money import shorten
from engine.paths import MISSING
from engine.pipes import Pipe
from engine.recipe import Call, ForEach, Recipe, rebuilt
from engine.scope import Scope
from engine.values import VALUES, Condition, Each, Leaf, Value, When

BLOCK: Final = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
NAMED: Final = re.compile(r"\s*[A-Za-z_]\w*(?:\.\w+|\[(?:-?\d+|'[^']*'|\"[^\"]*\")\])*\s*")
"""An expression that only names a value."""
LONGEST: Final = 60
OF_KEYS: Final = frozenset(
    {"additionalProperties", "required", "dependentRequired", "propertyNames", "x-beside"}
)
"""Rules that a mapping's keys break, whatever their values are."""


class Later(str):
    """What is shown for a value that is not known yet."""

    __slots__ = ()


class Outcome(dict[str, Any]):
    """The result of a write that was not sent; what it does not hold is not known yet.

    Args:
        name: How it is read: ``steps.invoice``.
        known: What is known of it all the same, such as the id of a document that is only changed.
    """

    def __init__(self, name: str, known: Mapping[str, Any] | None = None) -> None:
        super().__init__(known or {})
        self.name = name

    def get(self, key: str, default: Any = None) -> Any:
        return self[key] if key in self else Later(f"<{self.name}.{key}>")


class DecidedLater(Exception):
    """Something definite is needed that is not known yet.

    Attributes:
        on: What it hangs on.
    """

    def __init__(self, on: str) -> None:
        super().__init__(on)
        self.on = on


def laters(value: Any, at: str = "") -> Iterator[tuple[str, str]]:
    """Yield each place in *value* where something is not known yet, with what is shown for it."""
    if isinstance(value, Later):
        yield at, value
    elif isinstance(value, Outcome):
        yield at, f"<{value.name}>"
    elif isinstance(value, dict):
        for name, entry in value.items():
            yield from laters(entry, pointer.join(at, name))
    elif isinstance(value, list):
        for index, entry in enumerate(value):
            yield from laters(entry, pointer.join(at, index))


def named(value: Any) -> Any:
    """Return a copy of *value* in which a whole result that is not known is one value that is not."""
    if isinstance(value, Outcome):
        return Later(f"<{value.name}>")
    if isinstance(value, dict):
        return {name: named(entry) for name, entry in value.items()}
    return [named(entry) for entry in value] if isinstance(value, list) else value


def shown(value: Any) -> Any:
    """Return a copy of *value* as plain JSON data, with what is shown for that which is not known."""
    if isinstance(value, Later):
        return str(value)
    if isinstance(value, Outcome):
        return f"<{value.name}>"
    if isinstance(value, dict):
        return {name: shown(entry) for name, entry in value.items()}
    return [shown(entry) for entry in value] if isinstance(value, list) else value


def sure(flaws: Iterable[Flaw], value: Any) -> list[Flaw]:
    """Return those of *flaws* that *value* has whatever it is that is not known yet."""
    places = [at for at, _ in laters(value)]
    return [
        flaw
        for flaw in flaws
        if flaw.rule in OF_KEYS or not any(f"{at}/".startswith(f"{flaw.pointer}/") for at in places)
    ]


def late(recipe: Recipe) -> Recipe:
    """Return *recipe* with actions that can go on without knowing every value."""
    own = {each.name: getattr(recipe, each.name) for each in fields(recipe)}
    acts = rebuilt(recipe.actions, _changed, _called)
    return Recipe(**{**own, "actions": acts, "on_error": rebuilt(recipe.on_error, _changed, _called)})


def _called(recipe: Recipe) -> Recipe:
    return rebuilt(recipe, _changed, _called)


@dataclass(frozen=True, slots=True)
class _Leaf(Leaf):
    """A pipe or template that may read what is not known yet."""

    def evaluate(self, scope: Scope) -> Any:
        if not self.is_open(scope):
            return Leaf.evaluate(self, scope)
        if self._names_only(scope):
            try:
                value = Leaf.evaluate(self, scope)
            except RecordError:  # a name below one that is not known
                value = MISSING
            if value is not MISSING:
                return Later(value) if isinstance(value, str) else value
        return self.later()

    def is_open(self, scope: Scope) -> bool:
        return any(_is_open(chain, scope.roots) for chain in self.uses)

    def later(self) -> Later:
        """Return what is shown for this value: what is written."""
        return Later(f"<{shorten(' '.join(_written(self.of).split()), LONGEST)}>")

    def _names_only(self, scope: Scope) -> bool:
        """Tell whether nothing is done with what is not known, but to name it or put it into text."""
        if isinstance(self.of, Pipe):
            return not self.of.calls and self.of.path.is_single
        opened = {chain[0] for chain in self.uses if _is_open(chain, scope.roots)}
        blocks = BLOCK.findall(self.of.text)
        return "{%" not in self.of.text and all(
            NAMED.fullmatch(block) or not opened.intersection(re.findall(r"\w+", block)) for block in blocks
        )


@dataclass(frozen=True, slots=True)
class _Definite(_Leaf):
    """One that something cannot go on without: a key, the list that actions go through."""

    def evaluate(self, scope: Scope) -> Any:
        if self.is_open(scope):
            raise DecidedLater(self.later())
        return Leaf.evaluate(self, scope)


@dataclass(frozen=True, slots=True)
class _Condition(Condition):
    """One that may not be decided yet."""

    def evaluate(self, scope: Scope) -> bool:
        if isinstance(self.of, _Leaf) and self.of.is_open(scope):
            raise DecidedLater(self.of.later())
        return Condition.evaluate(self, scope)


@dataclass(frozen=True, slots=True)
class _When(When):
    """One of which may not be known yet whether it gives a value."""

    def evaluate(self, scope: Scope) -> Any:
        try:
            return When.evaluate(self, scope)
        except DecidedLater as later:
            return Later(later.on)


@dataclass(frozen=True, slots=True)
class _Each(Each):
    """One of which may not be known yet how many entries it gives."""

    def evaluate(self, scope: Scope) -> list[Any]:
        try:
            return Each.evaluate(self, scope)
        except DecidedLater as later:
            return [Later(later.on)]


_LATE: Final[Mapping[type, type]] = {Condition: _Condition, When: _When, Each: _Each}
_NEEDED: Final = frozenset({(Call, "key"), (ForEach, "over"), (ForEach, "key"), (Each, "over")})
"""What must be definite: the kind of what holds a value, and the field."""


def _changed(value: Value, holder: Any, field: str) -> Value:
    """Return *value*, and what stands in it, as one that goes on without knowing every value."""
    return cast("Value", _late(value, needed=(type(holder), field) in _NEEDED))


def _late(value: Any, *, needed: bool = False) -> Any:
    if isinstance(value, Leaf):
        kind = _Definite if needed else _Leaf
        return kind(*(getattr(value, each.name) for each in fields(Leaf)))
    if isinstance(value, tuple):
        return tuple(_late(each, needed=needed) for each in value)
    if not isinstance(value, VALUES):
        return value
    made = {
        each.name: _late(getattr(value, each.name), needed=needed or (type(value), each.name) in _NEEDED)
        for each in fields(value)
    }
    return _LATE.get(type(value), type(value))(**made)


def _is_open(chain: Chain, roots: Mapping[str, Any]) -> bool:
    """Tell whether what *chain* reads is, lies below, or holds something that is not known yet."""
    value: Any = roots
    for name in chain:
        if isinstance(value, Later) or (isinstance(value, Outcome) and name not in value):
            return True
        if not isinstance(value, dict):
            break
        value = dict.get(value, name)
    return next(laters(value), None) is not None


def _written(of: Any) -> str:
    """Return a pipe or template as it is written, without what marks it as one."""
    if not isinstance(of, Pipe):
        single = BLOCK.fullmatch(of.text.strip()) if of.is_value else None
        return single.group(1) if single else str(of.text)
    path = of.path.text.removeprefix("$").removeprefix(".").removesuffix("?")
    return " | ".join([path, *(call.filter.declared.name for call in of.calls)])
