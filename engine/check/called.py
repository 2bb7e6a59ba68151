"""Recipes that a recipe calls."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from engine.check.draft import Draft, Way
from engine.diagnostics import Diagnostic
from engine.errors import RecipeInvalid
from engine.exponents import Counts
from engine.recipe import Recipe
from engine.types import Type

BY_TYPE: Final = frozenset({"R310", "R311", "R312", "R313", "R314"})
"""Codes of findings that hang on what is known of the record."""
DEEPEST: Final = 8
"""How many recipes may call each other in a row."""


def recipe(
    draft: Draft, name: str, at: str, path: tuple[str, ...], given: Counts, record: Type
) -> Recipe | None:
    """Return the recipe *name*, called at the pointer *at*; None after reporting what keeps it from being called.

    Args:
        path: Ids of the actions that lead to the call; those of the called recipe go on from there.
        given: How connectors count the minor units of its record.
        record: What is known of that record.
    """
    calling = (*draft.calling, draft.source.data.get("recipe", ""))
    if name in calling:
        chain = " → ".join((*calling[calling.index(name) :], name))
        draft.report("R217", at, f"this recipe would call itself: {chain}", "break the circle")
        return None
    if len(calling) > DEEPEST:
        draft.report("R217", at, f"more than {DEEPEST} recipes call each other in a row", "call fewer")
        return None
    there = draft.beside.find(name)
    if there is None:
        cure = f"a called recipe lies beside this one, as {name}.yaml, or in recipes/"
        draft.report("R217", at, f"there is no recipe {name!r}", cure)
        return None
    source, beside = there
    draft.source.mounts[at] = source
    try:
        found = draft.check(source, beside, Way(calling, path, given, record))
    except RecipeInvalid as error:
        line = draft.source.values[at].line
        draft.found += [_told(each, at, f"{draft.source.path}:{line}") for each in error.diagnostics]
        return None
    if found.trigger.kind != "manual":
        cure = "give it trigger: {manual: …}, and a recipe of its own for the other trigger"
        draft.report(
            "R217", at, f"{name} has a trigger of its own, {found.trigger.kind}, so it is not called", cure
        )
        return None
    _join(draft, found, at)
    return found


def _told(found: Diagnostic, at: str, caller: str) -> Diagnostic:
    """Return *found*, of a recipe that is called at the pointer *at*: what it reads is what the *caller* gives."""
    help = found.help
    if found.code in BY_TYPE:
        help = (
            f"{help}; {caller} calls it, and with gives its record"
            if help
            else f"see with in {caller}, which calls it"
        )
    return replace(found, pointer=at + found.pointer, help=help)


def _join(draft: Draft, found: Recipe, at: str) -> None:
    """Take over the connections of *found*; one name is one connection."""
    for name, connector in found.connections.items():
        own = draft.connectors.setdefault(name, connector)
        if own.name != connector.name:
            message = f"its connection {name!r} is {connector.name}, here it is {own.name}"
            draft.report("R217", at, message, "give one of the two another name")
    draft.compiler.untaken += [
        (replace(finding, pointer=at + finding.pointer), currency) for finding, currency in found.untaken
    ]
    required = [each.name for each in found.variables.values() if each.required]
    if required:
        message = f"its variable {required[0]!r} has no default, and a call gives none"
        draft.report("R217", at, message, "give it a default, or put it into the record: with")
