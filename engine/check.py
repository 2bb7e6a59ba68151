"""The check: from a recipe's text to a frozen ``Recipe``, or to every finding about it. No network, no secrets."""

from __future__ import annotations

import shlex
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from engine import dates, pointer
from engine.compile import ValueCompiler
from engine.connector import Connector, load
from engine.diagnostics import Diagnostic, nearest, suggest
from engine.errors import RecipeInvalid
from engine.fit import unfit
from engine.paths import RECORD
from engine.pipes import Pipe
from engine.recipe import Call, Check, DocumentMapping, ForEach, Read, Recipe, Step, Trigger, Use
from engine.registry import Registry
from engine.schema import Validator, misshapen
from engine.scope import Constants
from engine.source import Source
from engine.values import Broken, Chain, Entries, Fields, Leaf, Names, Value, uses_of

DEFAULTS: Mapping[str, str] = {"accounting": "books"}
"""The connector that serves an interface where ``connections.yaml`` has no entry."""
VERSION: Final = 1
"""The version of the recipe language that this engine takes."""


def check(source: Source, registry: Registry, connectors: Mapping[str, str] | None = None) -> Recipe:
    """Return the recipe in *source*.

    Args:
        connectors: The connector of each connection that ``connections.yaml`` has.

    Raises:
        RecipeInvalid: the recipe has findings; carries them all, sorted by place.
    """
    found = list(source.found) or _of_another_version(source)
    if not found:
        found += misshapen(source, registry.shape("recipe"))
    recipe = None
    # An unknown key leaves the rest as it should be; any other flaw of shape would give findings that follow from it.
    if not any(finding.code != "R103" for finding in found):
        recipe = _Checker(source, registry, connectors or {}, found).recipe()
    if found or recipe is None:
        raise RecipeInvalid(sorted(dict.fromkeys(found), key=source.locate), source)
    return recipe


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


@dataclass(frozen=True, slots=True)
class _Around:
    """Where a chain of actions stands.

    Attributes:
        names: What its actions can read.
        path: Ids of the enclosing actions.
        keyless: The innermost enclosing for_each whose elements no business key tells apart, or empty.
        early: Whether none of the enclosing actions needs a write's answer.
    """

    names: Names
    path: tuple[str, ...] = ()
    keyless: str = ""
    early: bool = True


class _Checker:
    """Walks a recipe whose shape is right."""

    def __init__(
        self, source: Source, registry: Registry, connectors: Mapping[str, str], found: list[Diagnostic]
    ) -> None:
        self.source, self.registry, self.configured, self.found = source, registry, connectors, found
        self.data = source.data
        self.lookups = self.data.get("lookups", {})
        self.compiler = ValueCompiler(source, registry.filters, self.lookups, found)
        self.report = self.compiler.report
        self.connectors: dict[str, Connector] = {}
        self.ids: dict[str, str] = {}
        self.called: set[str] = set()
        self.undeclared: set[str] = set()
        self.target: DocumentMapping | None = None

    def recipe(self) -> Recipe | None:
        constants = self.constants()
        self.resolve_connections()
        before = Names(frozenset({RECORD, "run"}))
        trigger = self.trigger(before)
        reads, names = self.reads(before)
        mapping = self.target = self.mapping(names)
        if mapping is not None:
            names = names.root("mapped")
        checks = tuple(
            self.check(entry, pointer.build(("checks", i)), names) for i, entry in self.each("checks")
        )
        actions = self.actions(self.data["actions"], "/actions", _Around(names))
        if self.found or trigger is None:
            return None
        name, summary = self.data["recipe"], self.data.get("summary", "")
        return Recipe(
            name, summary, self.source, self.connectors, constants, trigger, reads, mapping, checks, actions
        )

    def each(self, key: str) -> list[tuple[int, Any]]:
        return list(enumerate(self.data.get(key, ())))

    def constants(self) -> Constants:
        name = self.data.get("settings", {}).get("timezone")
        zone = None
        if name is not None:
            try:
                zone = dates.zone(name)
            except dates.NotDate as error:
                near = nearest(name, zoneinfo.available_timezones()) if "/" in name else ""
                help = f"did you mean {near!r}?" if near else "zones are named by a city: Europe/Berlin, UTC"
                self.report("R206", "/settings/timezone", str(error).partition(";")[0], help)
        return Constants(zone, self.lookups)

    def resolve_connections(self) -> None:
        for name, word in self.data.get("connections", {}).items():
            at = pointer.build(("connections", name))
            connector = self.configured.get(name) or DEFAULTS.get(word, word)
            try:
                loaded = load(connector, self.registry)
            except KeyError:
                known = [*self.registry.connectors, *DEFAULTS]
                help = suggest(word, known) or f"there are {', '.join(sorted(known))}"
                self.report("R201", at, f"there is no connector or interface {word!r}", help)
                continue
            if word not in (loaded.name, loaded.implements):
                message = (
                    f"connections.yaml gives {name!r} the connector {loaded.name!r}, which serves no {word!r}"
                )
                self.report("R201", at, message, "change the connector there, or the word here")
                continue
            self.connectors[name] = loaded

    def use(self, text: str, at: str) -> Use | None:
        """Resolve CONNECTION.OPERATION."""
        connection, _, name = text.partition(".")
        declared = self.data.get("connections", {})
        if connection not in declared:
            near = suggest(connection, declared)
            if near or connection not in self.undeclared:  # one line is missing, however often it is used
                help = near or f"add it under connections: {connection}: …"
                message = f"there is no connection {connection!r} in this recipe"
                self.report("R201", at, message, help, (0, len(connection)))
            self.undeclared.add(connection)
            return None
        connector = self.connectors.get(connection)
        if connector is None:
            return None
        operation = connector.operations.get(name)
        if operation is None:
            help = suggest(name, connector.operations) or f"it has {', '.join(connector.operations)}"
            inner = (len(connection) + 1, len(name))
            self.report("R207", at, f"{connector.name} has no operation {name!r}", help, inner)
            return None
        schema = self.registry.document(operation.body) if operation.body else operation.params_schema
        return Use(connection, connector, operation, Validator(schema))

    def trigger(self, names: Names) -> Trigger | None:
        data = self.data["trigger"]
        use = self.use(data["poll"], "/trigger/poll")
        if use is not None and (use.operation.writes or use.operation.records is None):
            lists = [
                name for name, each in use.connector.operations.items() if each.records and not each.writes
            ]
            help = f"lists of {use.connector.name}: {', '.join(lists) or 'none'}"
            self.report("R208", "/trigger/poll", f"{use.text} is no operation that lists records", help)
            use = None
        given = self.given(data.get("with", {}), "/trigger/with", Names(frozenset({"run"})), use)
        when = self.compiler.condition(data["when"], "/trigger/when", names) if "when" in data else None
        key = self.key(data["key"], "/trigger/key", names)
        revision = (
            self.compiler.value(data["revision"], "/trigger/revision", names) if "revision" in data else None
        )
        return None if use is None else Trigger(use, given, key, when, revision)

    def reads(self, names: Names) -> tuple[tuple[Read, ...], Names]:
        made: list[Read] = []
        for index, entry in self.each("reads"):
            at = pointer.build(("reads", index))
            use = self.use(entry["uses"], f"{at}/uses")
            if use is not None and use.operation.writes:
                help = "move it to the actions"
                self.report("R208", f"{at}/uses", f"{use.text} writes; reads only read", help)
                use = None
            given = self.given(entry.get("with", {}), f"{at}/with", names, use)
            self.new_id(entry["id"], f"{at}/id")
            names = names.step(entry["id"])
            if use is not None:
                made.append(Read(entry["id"], use, given, at))
        return tuple(made), names

    def mapping(self, names: Names) -> DocumentMapping | None:
        data = self.data.get("mapping")
        if data is None:
            return None
        fields = self.compiler.value(data["fields"], "/mapping/fields", names)
        validator = Validator(self.registry.document(data["target"]))
        self.found += unfit(fields, validator.schema, data["target"])
        return DocumentMapping(data["target"], fields, validator, "/mapping")

    def check(self, entry: Mapping[str, Any], at: str, names: Names) -> Check:
        return Check(self.compiler.condition(entry["that"], f"{at}/that", names), entry["otherwise"], at)

    def actions(self, entries: list[Any], at: str, around: _Around) -> tuple[Step, ...]:
        made: list[Step] = []
        for index, entry in enumerate(entries):
            place = pointer.join(at, index)
            self.new_id(entry["id"], f"{place}/id")
            here = replace(around, path=(*around.path, entry["id"]))
            if "for_each" in entry:
                made.append(self.for_each(entry, place, here))
                continue
            if (call := self.call(entry, place, here)) is not None:
                made.append(call)
            around = replace(around, names=around.names.step(entry["id"]))
        return tuple(made)

    def for_each(self, entry: Mapping[str, Any], at: str, around: _Around) -> ForEach:
        over = self.compiler.value(entry["for_each"], f"{at}/for_each", around.names)
        when = self.compiler.condition(entry["when"], f"{at}/when", around.names) if "when" in entry else None
        name = self.compiler.loop_name(entry, at, around.names)
        names = around.names.bind(name)
        key = self.key(entry["key"], f"{at}/key", names) if "key" in entry else None
        early = around.early and self.is_early(uses_of((over, when, key)))
        inside = _Around(names, around.path, around.keyless if key is not None else at, early)
        steps = self.actions(entry["do"], f"{at}/do", inside)
        return ForEach(entry["id"], around.path, over, name, steps, at, early, when, key)

    def call(self, entry: Mapping[str, Any], at: str, around: _Around) -> Call | None:
        names = around.names
        use = self.use(entry["uses"], f"{at}/uses")
        given = self.given(entry.get("with", {}), f"{at}/with", names, use)
        when = self.compiler.condition(entry["when"], f"{at}/when", names) if "when" in entry else None
        key = self.key(entry["key"], f"{at}/key", names) if "key" in entry else None
        early = around.early and self.is_early(uses_of((given, when, key)))
        self.called.add(entry["id"])
        if use is not None and use.operation.writes and around.keyless and key is None:
            cure = f"add key: with the path that tells the elements apart, such as ${names.loops[-1]}.id"
            message = "this for_each writes for each element, but has no key"
            self.report("R209", pointer.join(around.keyless, "for_each"), message, cure, at_key=True)
        return None if use is None else Call(entry["id"], around.path, use, given, at, early, when, key)

    def given(self, node: Any, at: str, names: Names, use: Use | None) -> Value:
        """Compile a ``with`` and hold it against what the operation takes."""
        value = self.compiler.value(node, at, names)
        if use is None:
            return value
        if isinstance(value, Leaf) and isinstance(value.of, Pipe) and value.of.path.text == "$mapped":
            if self.target is not None and use.operation.body != self.target.target:
                takes = use.operation.body or "parameters"
                message = f"{use.text} takes {takes}, but the mapping makes {self.target.target}"
                cure = "use the operation for it, change mapping.target, or write the fields under with"
                self.report("R306", at, message, cure)
        elif isinstance(value, Fields):
            self.found += unfit(value, use.validator.schema, use.text)
        elif not isinstance(value, Broken):
            cure = "write the fields under with, each with its value"
            self.report("R306", at, "with takes a mapping, or $mapped", cure)
        return value

    def key(self, node: Any, at: str, names: Names) -> Value:
        value = self.compiler.value(node, at, names)
        for part in value.entries if isinstance(value, Entries) else (value,):
            if isinstance(part, Leaf) and isinstance(part.of, Pipe) and part.of.path.optional:
                help = "remove the ?: without a key a record cannot be told apart"
                self.report("R307", part.pointer, "a key is never optional", help)
        return value

    def is_early(self, uses: frozenset[Chain]) -> bool:
        return not any(chain[0] == "steps" and (len(chain) < 2 or chain[1] in self.called) for chain in uses)

    def new_id(self, name: str, at: str) -> None:
        if name in self.ids:
            line = self.source.values[self.ids[name]].line
            self.report(
                "R204",
                at,
                f"the id {name!r} is taken already (line {line})",
                "give it another: every id of a recipe is its own",
            )
        self.ids.setdefault(name, at)
