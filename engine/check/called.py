"""Recipes that a recipe calls, and those that carry out an operation of a connector."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from engine import source
from engine.check.draft import Beside, Draft, Way
from engine.diagnostics import Diagnostic
from engine.errors import RecipeInvalid
from engine.exponents import Counts
from engine.inference import schemas
from engine.recipe import Recipe, Use
from engine.source import Source
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
    if _is_endless(draft, name, at):
        return None
    there = draft.beside.find(name)
    if there is None:
        cure = f"a called recipe lies beside this one, as {name}.yaml, or in recipes/"
        draft.report("R217", at, f"there is no recipe {name!r}", cure)
        return None
    caller = f"{draft.source.path}:{draft.source.values[at].line}"
    found = _led_to(draft, name, there, at, Way((), path, given, record, draft.renamed), caller)
    if found is None:
        return None
    _join(draft, found, at)
    required = [each.name for each in found.variables.values() if each.required]
    if required:
        message = f"its variable {required[0]!r} has no default, and a call gives none"
        draft.report("R217", at, message, "give it a default, or put it into the record: with")
    return found


def carried(draft: Draft, use: Use, at: str, path: tuple[str, ...]) -> Recipe | None:
    """Return the recipe by which *use*, named at the pointer *at*, is carried out; None after reporting what is wrong.

    Its record is what the operation takes, its variables are settings of the connection, and the one connection that it
    names is that of *use*.

    Args:
        path: Ids of the actions that lead to it; its own go on from there.
    """
    connector = use.connector
    there = _beside(draft, connector.folder, use.operation.by)
    if there is None:
        draft.report("R217", at, f"{use.operation.by} of {connector.name} cannot be read", "restore the file")
        return None
    made, _ = there
    data = made.data if isinstance(made.data, dict) else {}
    connections = data.get("connections")
    renamed = dict.fromkeys(connections, use.connection) if isinstance(connections, Mapping) else {}
    record = schemas.type_of(use.validator.schema)
    way = Way((), path, {}, record, renamed)
    name = str(data.get("recipe", ""))
    if _is_endless(draft, name, at):
        return None
    found = _led_to(draft, name, there, at, way)
    if found is None:
        return None
    for message, cure in _unfit(found, use, renamed):
        draft.report("R217", at, message, cure)
    _join(draft, found, at)
    return found


def _beside(draft: Draft, folder: Path, name: str) -> tuple[Source, Beside] | None:
    """Return a recipe of a connector's *folder*, and what lies beside it: those that it calls lie there too."""
    file = folder / name
    draft.registry.look(file)
    try:
        made = source.read(file.read_text(encoding="utf-8-sig"), draft.beside.show(file))
    except (OSError, UnicodeDecodeError):
        return None
    look = draft.registry.look
    return made, Beside(
        folder, lambda other: _beside(draft, folder, f"{other}.yaml"), draft.beside.show, look
    )


def _unfit(found: Recipe, use: Use, renamed: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return why *found* cannot carry out *use*, each with its cure."""
    connector, wrong = use.connector, []
    if len(renamed) != 1 or found.connections[use.connection].name != connector.name:
        told = f"{found.name} carries out {use.text}, and needs {connector.name} as its one connection"
        wrong.append((told, f"write there: connections: {{here: {connector.name}}}"))
    for each in found.variables.values():
        setting = connector.settings.get(each.name)
        if setting is None or setting.secret or each.type != "text":
            told = f"the variable {each.name!r} of {found.name} is no setting of {connector.name} that is open text"
            wrong.append((told, "name it as a setting that is no secret, with type: text"))
    if found.returns is None:
        wrong.append(
            (
                f"{found.name} carries out {use.text}, and returns nothing",
                "add returns with the id of what it made",
            )
        )
    return wrong


def _calling(draft: Draft) -> tuple[str, ...]:
    return (*draft.calling, draft.source.data.get("recipe", ""))


def _is_endless(draft: Draft, name: str, at: str) -> bool:
    """Tell whether the recipe *name* leads to this one, or too many do, after reporting it."""
    calling = _calling(draft)
    if name in calling:
        chain = " → ".join((*calling[calling.index(name) :], name))
        draft.report("R217", at, f"this recipe would call itself: {chain}", "break the circle")
        return True
    if len(calling) > DEEPEST:
        draft.report("R217", at, f"more than {DEEPEST} recipes call each other in a row", "call fewer")
        return True
    return False


def _led_to(
    draft: Draft, name: str, there: tuple[Source, Beside], at: str, way: Way, caller: str = ""
) -> Recipe | None:
    """Return the recipe *name*, which *way* leads to; None after reporting what is wrong.

    Args:
        caller: Where its record is given; empty where a schema says all that is known of it.
    """
    made, beside = there
    draft.source.mounts[at] = made
    try:
        found = draft.check(made, beside, replace(way, calling=_calling(draft)))
    except RecipeInvalid as error:
        draft.found += [_told(each, at, caller) for each in error.diagnostics]
        return None
    if found.trigger.kind != "manual":
        cure = "give it trigger: {manual: …}, and a recipe of its own for the other trigger"
        draft.report(
            "R217", at, f"{name} has a trigger of its own, {found.trigger.kind}, so it is not called", cure
        )
        return None
    return found


def _told(found: Diagnostic, at: str, caller: str) -> Diagnostic:
    """Return *found*, of a recipe that is called at the pointer *at*: what it reads is what the *caller* gives."""
    help = found.help
    if found.code in BY_TYPE and caller:
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
