"""How connectors count the minor units of what a recipe hands over: a record to a called one, a result, a document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from engine.check.draft import Draft
from engine.exponents import Chain, Counts, Exponents, Ways, differ, distinct
from engine.filters.minor import UNITS
from engine.money import ISO
from engine.paths import Path
from engine.pipes import Pipe
from engine.values import Constant, Each, Entries, Fields, Leaf, Names, Value, When

AMOUNTS: Final = ("minor", "money")
"""Filters that give an amount, which is no minor units any more."""


def counts_of(value: Value | None, names: Names) -> Counts:
    """Return the ways in which the parts of *value* may count minor units, by their chain inside it."""
    found: dict[Chain, Ways] = {}
    for chain, ways in _parts(value, names, ()):
        found[chain] = distinct((*found.get(chain, ()), *ways))
    return found


def _parts(value: Value | None, names: Names, at: Chain) -> Iterator[tuple[Chain, Ways]]:
    match value:
        case Fields():
            for name, entry in value.entries:
                yield from _parts(entry, names, (*at, name))
        case Entries():
            for entry in value.entries:  # a chain ends before an index, so all entries are one
                yield from ((at, ways) for _, ways in _parts(entry, names, at))
        case Each():
            inner = names.bind(value.name, value.over.uses)
            yield from ((at, ways) for _, ways in _parts(value.then, inner, at))
        case When():
            yield from _parts(value.then, names, at)
        case Constant():
            if _may_be_units(value.value):
                yield at, (ISO,)
        case Leaf():
            yield from _read(value, names, at)


def _read(leaf: Leaf, names: Names, at: Chain) -> Iterator[tuple[Chain, Ways]]:
    """Yield the ways of what *leaf* reads; a path alone hands over whatever lies below it, each part as it counts."""
    if isinstance(leaf.of, Pipe):
        path = leaf.of.path
        if not leaf.of.calls and path.is_single and all(isinstance(step, str) for step in path.steps):
            yield from _whole(path, names, at)
            return
        if any(call.filter.declared.name in AMOUNTS for call in leaf.of.calls):
            return
    yield at, names.counted(leaf.uses) or (ISO,)


def _whole(path: Path, names: Names, at: Chain) -> Iterator[tuple[Chain, Ways]]:
    chain = (path.root, *(str(step) for step in path.steps))
    inside = {place: ways for place, ways in names.counts.items() if place[: len(chain)] == chain}
    if chain not in inside:
        yield at, names.counted(frozenset({chain})) or (ISO,)
    for place, ways in inside.items():
        yield (*at, *place[len(chain) :]), ways


def _may_be_units(constant: Any) -> bool:
    """Tell whether *constant* may be minor units that somebody wrote; zero is zero by every count."""
    if isinstance(constant, (dict, list)):
        return True
    if isinstance(constant, str):
        return UNITS.fullmatch(constant) is not None and int(constant) != 0
    return isinstance(constant, int) and not isinstance(constant, bool) and constant != 0


def untaken(draft: Draft) -> None:
    """Report each ``to_minor`` that no operation takes, where a connector counts its currency otherwise than ISO 4217.

    Asked last, when the connectors of called recipes are known; those of a recipe that calls this one ask again.
    """
    ways: list[Exponents] = [ISO, *(each.exponents for each in draft.connectors.values())]
    for finding, currency in draft.compiler.untaken:
        if differ(ways, currency):
            draft.found.append(finding)
