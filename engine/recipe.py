"""A checked recipe: frozen, whole and valid. Above this floor nothing looks at YAML again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any, Final, Literal, TypeVar, cast

from engine.connector import Connector, Incremental, Operation
from engine.declare import Declaration
from engine.diagnostics import Diagnostic
from engine.exponents import Counts
from engine.policy import OnRevision, Retry
from engine.schema import Validator
from engine.scope import Constants
from engine.source import Source
from engine.values import VALUES, Condition, Value
from engine.variables import Variable


@dataclass(frozen=True, slots=True)
class Use:
    """``uses: CONNECTION.OPERATION``, resolved.

    Attributes:
        lookup: The read that looks for an effect of a write whose answer was lost, or None.
        updates: The write that changes what this one made, or None.
        voids: The write that takes it back, or None.
    """

    connection: str
    connector: Connector
    operation: Operation
    validator: Validator
    lookup: Use | None = None
    updates: Use | None = None
    voids: Use | None = None

    @property
    def text(self) -> str:
        """As written."""
        return f"{self.connection}.{self.operation.name}"

    @property
    def writes(self) -> bool:
        """Whether it changes something at its target."""
        return self.operation.writes

    @property
    def is_repeatable(self) -> bool:
        """Whether the same request twice has the effect of one."""
        idempotency = self.operation.idempotency
        return not self.writes or bool(idempotency.place) or idempotency.find is not None


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """``uses: file.write`` and the like: an action of the engine itself.

    Attributes:
        name: As written.
        declared: Its declaration; ``run`` carries it out.
        writes: Whether it leaves something behind that must not be there twice.
    """

    name: str
    declared: Declaration
    validator: Validator
    writes: bool

    @property
    def text(self) -> str:
        """As written."""
        return self.name

    @property
    def is_repeatable(self) -> bool:
        """Whether carrying it out twice has the effect of once; the engine sees to that itself."""
        return True


@dataclass(frozen=True, slots=True)
class Trigger:
    """Where records come from.

    Attributes:
        kind: ``poll``, ``file`` or ``manual``.
        settings: What the kind is told, as written: the file's format, the delimiter.
        given: What is computed once for a run: parameters of the list operation, the name of the file.
        use: The list operation that is read page by page; None for other kinds.
        key: Business key of a record; None where nothing is written.
        counts: Whether records of one file that share a key are numbered.
        retry: How often a page is asked for again, as the recipe's ``on_error`` says.
        incremental: How the list is read from where the last run ended; None where it cannot be, or where ``with``
            bounds it already.
        asked: What is read: operation, field and ``with`` as written.
        bounds: What a run adds to what is given: instants by the names of parameters.
    """

    kind: str
    settings: Mapping[str, Any]
    given: Value
    use: Use | None = None
    key: Value | None = None
    when: Condition | None = None
    revision: Value | None = None
    counts: bool = False
    retry: Retry | None = None
    incremental: Incremental | None = None
    asked: Mapping[str, Any] = field(default_factory=dict)
    bounds: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Read:
    """A read before the mapping; its result is ``$steps.ID``."""

    id: str
    use: Use
    given: Value
    pointer: str


@dataclass(frozen=True, slots=True)
class DocumentMapping:
    """The mapping: from record to document.

    Attributes:
        target: Name of the document's schema, as messages say it.
    """

    target: str
    fields: Value
    validator: Validator
    pointer: str


@dataclass(frozen=True, slots=True)
class Check:
    """A condition after the mapping, before the first write.

    Attributes:
        otherwise: What is wrong when it does not hold, as written.
        told: The same as text of the record.
    """

    that: Condition
    otherwise: str
    pointer: str
    told: Value


@dataclass(frozen=True, slots=True)
class OnError:
    """What happens when an action, or the record as a whole, fails.

    Attributes:
        then: Where the record goes; ``continue`` stands at an action only.
        steps: Actions that see ``$error`` and run first.
        retry: How often a request is repeated where that is safe; None for never.
        alert: The channel that is told, or empty.
    """

    then: Literal["dead_letter", "stop", "continue"] = "dead_letter"
    steps: tuple[Step, ...] = ()
    retry: Retry | None = None
    alert: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """What every action has.

    Attributes:
        id: Empty for an action that gives nothing and writes nothing.
        path: Ids from the outermost action to this one; part of the effect key.
        early: Whether it needs no action's answer, so that it is looked at before the record's first write.
        was: The ids that it had.
    """

    id: str
    path: tuple[str, ...]
    pointer: str
    early: bool
    was: tuple[str, ...] = ()
    when: Condition | None = None
    on_error: OnError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(_Step):
    """One operation, or one of the engine's own actions.

    Attributes:
        key: Replaces the record's business key, or None.
    """

    use: Use | BuiltIn
    given: Value
    key: Value | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ForEach(_Step):
    """Actions for each element of a list.

    Attributes:
        key: Business key of an element, following the record's; required where the body writes.
    """

    over: Value
    name: str
    steps: tuple[Step, ...]
    key: Value | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch(_Step):
    """The first case whose condition holds; a case without one is ``else``, and stands last."""

    cases: tuple[tuple[Condition | None, tuple[Step, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parallel(_Step):
    """Actions that run at the same time and cannot read each other."""

    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubRecipe(_Step):
    """Another recipe on a record of this one; its ``returns`` is the result.

    Attributes:
        use: The operation that it carries out, or None where it is called by its name; key as that of a ``Call``.
    """

    recipe: Recipe
    given: Value
    use: Use | None = None
    key: Value | None = None

    @property
    def at(self) -> str:
        """The pointer of what names it; places in it are below."""
        return f"{self.pointer}/{'uses' if self.use else 'call'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class End(_Step):
    """``skip`` finishes the record, ``stop`` ends the run."""

    what: Literal["skip", "stop"]
    why: Value


Step = Call | ForEach | Switch | Parallel | SubRecipe | End


@dataclass(frozen=True)
class Recipe:
    """A recipe without errors.

    Attributes:
        source: Its text and places, for errors at run time.
        connections: The connector of each connection it needs, and those of the recipes it calls.
        constants: What holds for every record: zone and lookups.
        variables: Its parameters.
        on_revision: What becomes of what was made of a record that changed.
        returns: What a recipe that calls this one gets, or None.
        concurrency: How many records are taken at once; 0 where the recipe does not say it, see ``steps.at_once``.
        returned: How connectors count the minor units of what ``returns`` gives.
        untaken: Findings that hold where a recipe that calls this one has a connector that counts the currency
            otherwise than ISO 4217.
        warnings: Findings that do not keep it from running.
        was: The names that it had.
    """

    name: str
    summary: str
    source: Source
    connections: Mapping[str, Connector]
    constants: Constants
    trigger: Trigger
    reads: tuple[Read, ...]
    mapping: DocumentMapping | None
    checks: tuple[Check, ...]
    actions: tuple[Step, ...]
    variables: Mapping[str, Variable] = field(default_factory=dict)
    on_error: OnError = field(default_factory=OnError)
    concurrency: int = 0
    on_revision: OnRevision = ""
    returns: Value | None = None
    returned: Counts = field(default_factory=dict)
    untaken: tuple[tuple[Diagnostic, str], ...] = ()
    warnings: tuple[Diagnostic, ...] = ()
    was: tuple[str, ...] = ()

    @property
    def steps(self) -> Iterator[Step]:
        """Every action at any depth, those of called recipes and of ``on_error`` too."""
        yield from walk(self.actions)
        yield from walk(self.on_error.steps)

    @cached_property
    def written(self) -> frozenset[str]:
        """The names of the connections that actions write to."""
        calls = (step.use for step in self.steps if isinstance(step, Call))
        return frozenset(use.connection for use in calls if isinstance(use, Use) and use.writes)

    @property
    def built_in(self) -> Mapping[str, BuiltIn]:
        """The engine's own actions that are used, by name."""
        uses = (step.use for step in self.steps if isinstance(step, Call))
        return {use.name: use for use in uses if isinstance(use, BuiltIn)}

    def source_account(self, identity: Callable[[str], str]) -> str:
        """Return the text of the account that records come from, or the trigger's kind; see ``accounts``."""
        use = self.trigger.use
        return self.trigger.kind if use is None else identity(use.connection)

    def written_accounts(self, identity: Callable[[str], str]) -> list[str]:
        """Return the texts of what actions write to, sorted: accounts, and the engine's own targets such as ``file``.

        Args:
            identity: Gives the text of the account behind a connection.
        """
        names = {name.partition(".")[0] for name, use in self.built_in.items() if use.writes}
        return sorted(names | {identity(name) for name in self.written})

    def accounts(self, identity: Callable[[str], str]) -> str:
        """Return what actions write to as one text; see ``written_accounts``."""
        return ", ".join(self.written_accounts(identity))


def walk(steps: tuple[Step, ...]) -> Iterator[Step]:
    """Yield *steps* and what stands inside them."""
    for step in steps:
        yield step
        for inner in inside(step):
            yield from walk(inner)


def inside(step: Step) -> Iterator[tuple[Step, ...]]:
    """Yield the chains of actions that stand in *step*."""
    match step:
        case ForEach() | Parallel():
            yield step.steps
        case Switch():
            yield from (steps for _, steps in step.cases)
        case SubRecipe():
            yield step.recipe.actions
            yield step.recipe.on_error.steps
    if step.on_error is not None:
        yield step.on_error.steps


Part = TypeVar("Part")
Change = Callable[[Value, Any, str], Value]
"""Makes another of a value, which stands in a field of a part of a recipe."""


def rebuilt(part: Part, change: Change, called: Callable[[Recipe], Recipe]) -> Part:
    """Return *part* of a recipe, or a chain of parts, with other values.

    Args:
        change: Makes them.
        called: Makes another of each recipe that is called.
    """
    return cast("Part", _rebuilt(part, change, called))


def _rebuilt(part: Any, change: Change, called: Callable[[Recipe], Recipe]) -> Any:
    if isinstance(part, tuple):
        return tuple(_rebuilt(each, change, called) for each in part)
    if not isinstance(part, PARTS):
        return part
    made: dict[str, Any] = {}
    for each in fields(part):
        value = getattr(part, each.name)
        if isinstance(value, VALUES) or hasattr(value, "evaluate"):  # or code in the place of one
            made[each.name] = change(value, part, each.name)
        elif isinstance(value, Recipe):
            made[each.name] = called(value)
        elif each.name == "cases":
            made[each.name] = tuple(
                (when and change(when, part, each.name), _rebuilt(steps, change, called))
                for when, steps in value
            )
        else:
            made[each.name] = _rebuilt(value, change, called)
    return type(part)(**made)


PARTS: Final[tuple[Any, ...]] = (
    Recipe, Trigger, Read, DocumentMapping, Check, OnError, Call, ForEach, Switch, Parallel, SubRecipe, End,
)  # fmt: skip
"""What values stand in."""
