"""A recipe while it is checked: its text, what it may use, and what was found so far."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from engine import pointer
from engine.compile import ValueCompiler
from engine.connector import Connector, Operation
from engine.connector_file import load
from engine.diagnostics import Diagnostic, suggest
from engine.exponents import Chain, Counts
from engine.inference import Known
from engine.recipe import DocumentMapping, Recipe, Use
from engine.registry import Registry
from engine.source import Source
from engine.types import ANY, INSTANT, TEXT, Type, mapping_of
from engine.values import Names

UNIT: Final = re.compile(
    r"/(?:reads|checks)/\d+|/(?:connections|lookups|vars)/[^/]+"
    r"|/(?:actions|on_error/then)/\d+(?:/(?:do|parallel|switch/\d+/do|switch/\d+/else|on_error/then)/\d+)*|/[^/]+"
)
"""The parts that are looked at one by one: a flaw of shape in one says nothing about the others."""
RUN: Final = mapping_of({"id": TEXT, "started_at": INSTANT})
OWN: Final = ("alert", "file", "links", "log")
"""The engine's own actions begin with these names, so no connection can have them."""

DEFAULTS: Final[Mapping[str, str]] = {"accounting": "books"}
"""The connector that serves an interface, all of it, where ``connections.yaml`` has no entry."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What lies beside a recipe.

    Attributes:
        folder: The folder of its file; None where it has none, so that it cannot name files.
        find: Gives another recipe by its name, and what lies beside that one; or None.
        show: Gives how messages name a file.
        look: Is told of a file before it is read.
    """

    folder: Path | None = None
    find: Callable[[str], tuple[Source, Beside] | None] = lambda name: None
    show: Callable[[Path], str] = str
    look: Callable[[Path], object] = lambda path: None


@dataclass(frozen=True, slots=True)
class Way:
    """How another recipe leads to the one that is checked.

    Attributes:
        calling: Names of the recipes that lead to it, outermost first.
        path: Ids of the actions that lead to it; its own go on from there.
        given: How connectors count the minor units of the record that it is given.
        record: What is known of that record.
        renamed: The connections that its own names stand for, where another recipe's have these names.
    """

    calling: tuple[str, ...] = ()
    path: tuple[str, ...] = ()
    given: Counts = field(default_factory=dict)
    record: Type = ANY
    renamed: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Draft:
    """A recipe on its way through the check.

    Attributes:
        configured: The connector of each connection that ``connections.yaml`` has.
        calling: Names of the recipes that lead to this one, outermost first.
        flaws: Places where the shape is wrong, other than misspelt keys.
        connectors: The connector of each connection, where there is one.
        ids: Where each id was given.
        acted: Ids of actions, whose results are there only once they ran.
        paths: Where each action's id was given, by the ids that lead to it and its own.
        former: The ids that lead to an action and one that it had, by the place of that one.
        used: Connections that something uses.
        target: The mapping, once it is compiled.
        check: Checks another recipe: its source, what lies beside it, and the way there.
        given: How connectors count the minor units of the record, where another recipe gives it.
        record: What is known of that record, or ``ANY``.
        renamed: The connections that its own names stand for; a name that is not among them stands for itself.
        declared: The types of the recipe's variables.
        tables: The recipe's lookups, once they are read and where they are right.
        asked: The keys that are looked up in each, as far as they are known; None where they may be any.
    """

    source: Source
    registry: Registry
    configured: Mapping[str, str]
    beside: Beside
    found: list[Diagnostic]
    check: Callable[[Source, Beside, Way], Recipe]
    flaws: Sequence[Diagnostic] = ()
    calling: tuple[str, ...] = ()
    given: Counts = field(default_factory=dict)
    connectors: dict[str, Connector] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    acted: set[str] = field(default_factory=set)
    paths: dict[tuple[str, ...], str] = field(default_factory=dict)
    former: dict[str, tuple[str, ...]] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    undeclared: set[str] = field(default_factory=set)
    target: DocumentMapping | None = None
    record: Type = ANY
    renamed: Mapping[str, str] = field(default_factory=dict)
    declared: Type = ANY
    tables: Mapping[str, Mapping[str, Any]] | None = None
    asked: dict[str, list[frozenset[str] | None]] = field(default_factory=dict)
    compiler: ValueCompiler = field(init=False)
    flawed: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self.compiler = ValueCompiler(self.source, self.registry.filters, {}, self.found)
        self.flawed = frozenset(match.group() for each in self.flaws if (match := UNIT.match(each.pointer)))

    @property
    def report(self) -> Callable[..., None]:
        """Adds a finding: code, pointer, message, help, and where inside the value."""
        return self.compiler.report

    @property
    def errors(self) -> int:
        """How many findings there are so far that keep the recipe from running."""
        return sum(each.severity == "error" for each in self.found)

    def get(self, name: str, default: Any) -> Any:
        """Return the recipe's part *name*, or *default* where it is not there or has no shape to go on with."""
        return default if f"/{name}" in self.flawed else self.source.data.get(name, default)

    def entries(self, name: str) -> list[tuple[str, str, Any]]:
        """Return pointer, name and value of the right entries of a part that is a mapping."""
        part = self.get(name, {})
        made = ((pointer.build((name, key)), key, value) for key, value in part.items())
        return [entry for entry in made if entry[0] not in self.flawed]

    def use(self, text: str, at: str, *, acts: bool = False) -> Use | None:
        """Resolve CONNECTION.OPERATION, or report why it cannot be; ``CONNECTION.`` only looks for the connection.

        Args:
            acts: Whether it stands at an action, so that a recipe may carry it out.
        """
        connection, _, name = text.partition(".")
        declared = self.get("connections", {})
        if connection in OWN and connection not in declared:
            message = f"{text} is one of the engine's own actions; here stands an operation that reads"
            self.report("R208", at, message, "move it to the actions")
            return None
        if connection not in declared:
            self._undeclared(connection, declared, at)
            return None
        self.used.add(connection)
        connector = self.connectors.get(connection)
        if connector is None:
            return None
        operation = connector.operations.get(name)
        if operation is None and name:
            told, help = self._lacks(connector, name)
            self.report("R207", at, told, help, (len(connection) + 1, len(name)))
        if operation is None:
            return None
        if operation.by and not acts:
            message = f"{text} is carried out by a recipe; here stands an operation that reads"
            self.report("R208", at, message, "move it to the actions")
            return None
        connection = self.renamed.get(connection, connection)
        use = self._use(connection, connector, operation)
        # What sets a thing to what is given sets it again where that changed; what makes a thing names what changes it.
        own = use if operation.effect in ("update", "upsert") else None
        updates, voids = (
            None if each is None else self._use(connection, connector, connector.operations[each[0]])
            for each in (operation.update, operation.void)
        )
        return replace(use, updates=updates or own, voids=voids)

    def _lacks(self, connector: Connector, name: str) -> tuple[str, str]:
        """Return that *connector* has no operation *name*, and what to do: its interface may have it."""
        whole = DEFAULTS.get(connector.implements)
        served = load(whole, self.registry).operations if whole not in (None, connector.name) else {}
        if name in served:
            takes = ", ".join(each for each in connector.operations if each in served)
            told = f"{connector.name} does not take {name}, which the interface {connector.implements} has"
            return told, f"it takes {takes}; leave the recipe with {whole}, or book these by hand"
        help = suggest(name, connector.operations) or f"it has {', '.join(connector.operations)}"
        return f"{connector.name} has no operation {name!r}", help

    def _use(self, connection: str, connector: Connector, operation: Operation) -> Use:
        find, lookup = operation.idempotency.find, None
        if find is not None:
            reads = connector.operations[find.operation]
            lookup = Use(connection, connector, reads, self.registry.validator(reads.params_schema))
        validator = self.registry.validator(connector.taken(operation, self.registry))
        return Use(connection, connector, operation, validator, lookup)

    def _undeclared(self, connection: str, declared: Mapping[str, Any], at: str) -> None:
        if "/connections" in self.flawed:
            return
        near = suggest(connection, declared)
        if near or connection not in self.undeclared:  # one line is missing, however often it is used
            help = near or f"add it under connections: {connection}: …"
            message = f"there is no connection {connection!r} in this recipe"
            self.report("R201", at, message, help, (0, len(connection)))
        self.undeclared.add(connection)

    def new_id(self, name: str, at: str) -> None:
        """Note the id at the pointer *at*; every id of a recipe is its own."""
        if name in self.ids:
            line = self.source.values[self.ids[name]].line
            help = "give it another: every id of a recipe is its own"
            self.report("R204", at, f"the id {name!r} is taken already (line {line})", help)
        self.ids.setdefault(name, at)

    def is_early(self, uses: frozenset[Chain]) -> bool:
        """Tell whether what *uses* reads is there before the record's first action."""
        return not any(chain[0] == "steps" and (len(chain) < 2 or chain[1] in self.acted) for chain in uses)

    def names(self) -> Names:
        """Return what can be read before anything of the recipe ran."""
        variables = frozenset(self.get("vars", {}))
        roots = {"run"} | ({"vars"} if variables or "/vars" in self.flawed else set())
        roots |= {"steps"} if "/reads" in self.flawed else set()
        is_open = not self.flawed.isdisjoint({"/vars", "/reads"})
        constants = self.compiler.constants  # where they have a finding, so has what needs a zone
        is_zoned = constants is None or constants.zone is not None
        roots_known = {"run": RUN, "vars": self.declared}
        known = Known(roots_known, tables=self.tables, asked=self.asked, is_zoned=is_zoned)
        return Names(frozenset(roots), variables=variables, is_open=is_open, known=known)


def entries_of(entries: Any) -> list[Mapping[str, Any]]:
    """Return the actions in *entries* at any depth."""
    found: list[Mapping[str, Any]] = []
    for entry in entries if isinstance(entries, list) else []:
        if isinstance(entry, dict):
            found += [entry, *entries_of(entry.get("do")), *entries_of(entry.get("else"))]
            found += [*entries_of(entry.get("parallel")), *entries_of(entry.get("switch"))]
    return found
