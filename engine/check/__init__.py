"""The check: from a recipe's text to a frozen ``Recipe``, or to every finding about it. No network, no secrets.

The shape is judged first, by JSON Schema; what has a flaw of shape is left out, and everything else is looked at: so
all findings come at once, and none follows from another.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from engine import pointer
from engine.check import former, header, values
from engine.check.chain import Around, chain, on_error
from engine.check.counts import counts_of, untaken
from engine.check.document import mapping
from engine.check.draft import Beside, Draft, Way
from engine.check.sources import gives, note_unknown
from engine.check.trigger import trigger
from engine.check.unused import unused
from engine.diagnostics import Diagnostic
from engine.errors import RecipeInvalid
from engine.policy import OnRevision
from engine.recipe import Call, Check, OnError, Read, Recipe, Step, Trigger, walk
from engine.registry import Registry
from engine.schema import misshapen
from engine.source import Source
from engine.values import Names

__all__ = ["Beside", "check"]
VERSION: Final = 1
"""Version of the language that this check knows."""


def check(
    source: Source,
    registry: Registry,
    connectors: Mapping[str, str] | None = None,
    beside: Beside | None = None,
) -> Recipe:
    """Return the recipe in *source*.

    Args:
        connectors: The connector of each connection that ``connections.yaml`` has.
        beside: What lies beside the recipe's file: tables, schemas, other recipes.

    Raises:
        RecipeInvalid: the recipe has findings; carries them all, sorted by place.
    """
    return _Check(registry, connectors or {}).recipe(source, beside or Beside(), Way())


class _Check:
    """Checks a recipe and those that it calls."""

    def __init__(self, registry: Registry, connectors: Mapping[str, str]) -> None:
        self.registry, self.connectors = registry, connectors

    def recipe(self, source: Source, beside: Beside, way: Way) -> Recipe:
        """Return the recipe in *source*, to which *way* leads."""
        found = list(source.found)
        if source.data is None or not found:
            found += _of_another_version(source)
            if found:
                raise RecipeInvalid(_sorted(found, source), source)
        # What YAML itself has a finding about has no shape to speak of.
        known = tuple(each.pointer for each in found)
        shape = misshapen(source, self.registry.judge("recipe"))
        found += [each for each in shape if not any(_is_at(each.pointer, at) for at in known)]
        # An unknown key leaves the rest as it should be.
        flaws = [each for each in found if each.code != "R103"]
        recipe = None
        if isinstance(source.data, dict):
            draft = Draft(source, self.registry, self.connectors, beside, found, self.recipe, flaws)
            draft.calling, draft.given, draft.record, draft.renamed = (
                way.calling,
                way.given,
                way.record,
                way.renamed,
            )
            recipe = _recipe(draft, way.path)
        errors = [each for each in found if each.severity == "error"]
        if errors or recipe is None:
            raise RecipeInvalid(_sorted(errors, source), source)
        return recipe


def _is_at(place: str, at: str) -> bool:
    return place == at or place.startswith(at + "/") or at.startswith(place + "/")


def _of_another_version(source: Source) -> list[Diagnostic]:
    """Return the one finding about a recipe of another version of the language: this one does not judge its words."""
    version = source.data.get("version") if isinstance(source.data, dict) else None
    if not isinstance(version, int) or isinstance(version, bool) or version < 0 or version == VERSION:
        return []
    what = f"this recipe is written in version {version} of the language"
    if version > VERSION:
        cure = f"write it in version {VERSION}, or install an engine that knows version {version}"
        return [Diagnostic("R102", "/version", f"{what}, which this engine does not know yet", cure)]
    return [Diagnostic("R102", "/version", what, f"run: recipe migrate {shlex.quote(source.path)}")]


def _recipe(draft: Draft, path: tuple[str, ...]) -> Recipe | None:
    variables = header.declared_variables(draft)
    constants = header.constants(draft)
    header.resolve_connections(draft)
    was = former.names(draft)
    on_revision = _on_revision(draft)
    start, before = trigger(draft)
    reads, names = _reads(draft, before)
    document, names = mapping(draft, names)
    checks, names = _checks(draft, names)
    actions, behind = chain(draft, draft.get("actions", []), "/actions", Around(names, path))
    handler = OnError()
    if handled := draft.get("on_error", None):
        # It may have failed anywhere: what checks and actions rule out is not known here.
        known = replace(behind.known, narrowed=before.known.narrowed)
        failed = Around(replace(behind, known=known), path)
        handler = on_error(draft, handled, "/on_error", failed, at_action=False)
    data = draft.source.data
    returns = draft.compiler.value(data["returns"], "/returns", behind) if "returns" in data else None
    _keyed(draft, start, (*actions, *handler.steps))
    former.hold(draft)
    note_unknown(draft, reads)
    untaken(draft)
    if start is None or any(each.severity == "error" for each in draft.found):
        return None
    return Recipe(
        name=data["recipe"],
        summary=data.get("summary", ""),
        source=draft.source,
        connections={draft.renamed.get(name, name): each for name, each in draft.connectors.items()},
        constants=constants,
        trigger=replace(start, retry=handler.retry),
        reads=reads,
        mapping=document,
        checks=checks,
        actions=actions,
        variables=variables,
        on_error=handler,
        concurrency=draft.get("settings", {}).get("concurrency", 0),
        on_revision=on_revision,
        returns=returns,
        returned=counts_of(returns, behind),
        untaken=tuple(draft.compiler.untaken),
        warnings=tuple(_sorted([*draft.found, *unused(draft)], draft.source)),
        was=was,
    )


def _on_revision(draft: Draft) -> OnRevision:
    """Return what becomes of records that changed, which stands at the recipe or at its trigger."""
    places = {"/on_revision": draft.source.data, "/trigger/on_revision": draft.get("trigger", {}) or {}}
    given = {
        at: data["on_revision"]
        for at, data in places.items()
        if "on_revision" in data and at not in draft.flawed
    }
    if len(given) > 1:
        draft.report(
            "R220", "/on_revision", "on_revision stands at the trigger too", "remove one of them", at_key=True
        )
    chosen: OnRevision = next(iter(given.values()), "")
    return chosen


def _keyed(draft: Draft, start: Trigger | None, steps: tuple[Step, ...]) -> None:
    """Report a recipe that writes without knowing its records by a key."""
    writes = any(isinstance(step, Call) and step.use.writes for step in walk(steps))
    if writes and start is not None and start.key is None and not draft.calling:
        cure = "add key: with the path that tells records apart, such as $.id"
        draft.report("R211", "/trigger", "this recipe writes, but its records have no key", cure, at_key=True)


def _reads(draft: Draft, names: Names) -> tuple[tuple[Read, ...], Names]:
    made: list[Read] = []
    for at, entry in _units(draft, "reads"):
        use = draft.use(entry["uses"], f"{at}/uses")
        if use is not None and use.writes:
            draft.report(
                "R208", f"{at}/uses", f"{use.text} writes; reads only read", "move it to the actions"
            )
            use = None
        given = values.given(draft, entry.get("with", {}), f"{at}/with", names, use)
        draft.new_id(entry["id"], f"{at}/id")
        exponents = use.connector.exponents if use is not None else None
        names = names.step(entry["id"], exponents=exponents, type=gives(draft, use))
        if use is not None:
            made.append(Read(entry["id"], use, given, at))
    flawed = [entry for at, entry in _all(draft, "reads") if at in draft.flawed and isinstance(entry, dict)]
    return tuple(made), names.step(*(entry["id"] for entry in flawed if isinstance(entry.get("id"), str)))


def _checks(draft: Draft, names: Names) -> tuple[tuple[Check, ...], Names]:
    """Return the checks, and what is known where they all hold."""
    checks = []
    for at, entry in _units(draft, "checks"):
        that = draft.compiler.condition(entry["that"], f"{at}/that", names)
        failed = names.where(that, holds=False)
        reason = draft.compiler.value(entry["otherwise"], f"{at}/otherwise", failed)
        checks.append(Check(that, entry["otherwise"], at, reason))
        names = names.where(that)  # the first that does not hold ends the record
    return tuple(checks), names


def _units(draft: Draft, name: str) -> list[tuple[str, Mapping[str, str]]]:
    return [unit for unit in _all(draft, name) if unit[0] not in draft.flawed]


def _all(draft: Draft, name: str) -> list[tuple[str, Mapping[str, str]]]:
    return [(pointer.build((name, index)), entry) for index, entry in enumerate(draft.get(name, []))]


def _sorted(found: list[Diagnostic], source: Source) -> list[Diagnostic]:
    def place(each: Diagnostic) -> tuple[str, ...]:
        file, own = source.home(each)
        span = file.locate(own)
        return ("" if file is source else file.path, *(f"{part:09}" for part in span))

    return sorted(dict.fromkeys(found), key=place)
