"""A checked recipe: frozen, whole and valid. Above this floor nothing looks at YAML again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.connector import Connector, Operation
from engine.schema import Validator
from engine.scope import Constants
from engine.source import Source
from engine.values import Condition, Value


@dataclass(frozen=True, slots=True)
class Use:
    """``uses: CONNECTION.OPERATION``, resolved."""

    connection: str
    connector: Connector
    operation: Operation
    validator: Validator

    @property
    def text(self) -> str:
        """As written."""
        return f"{self.connection}.{self.operation.name}"


@dataclass(frozen=True, slots=True)
class Trigger:
    """Where records come from: a list operation that is read page by page."""

    use: Use
    given: Value
    key: Value
    when: Condition | None = None
    revision: Value | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """A read before the mapping; its result is ``$steps.ID``."""

    id: str
    use: Use
    given: Value
    pointer: str


@dataclass(frozen=True, slots=True)
class DocumentMapping:
    """The mapping: from record to document."""

    target: str
    fields: Value
    validator: Validator
    pointer: str


@dataclass(frozen=True, slots=True)
class Check:
    """A condition after the mapping, before the first write."""

    that: Condition
    otherwise: str
    pointer: str


@dataclass(frozen=True, slots=True)
class Call:
    """One operation as an action.

    Attributes:
        path: Ids from the outermost action to this one; part of the effect key.
        key: Replaces the record's business key, or None.
        early: Whether its request needs no action's answer, so that it is built before the record's first write.
    """

    id: str
    path: tuple[str, ...]
    use: Use
    given: Value
    pointer: str
    early: bool
    when: Condition | None = None
    key: Value | None = None


@dataclass(frozen=True, slots=True)
class ForEach:
    """Actions for each element of a list.

    Attributes:
        key: Business key of an element, following the record's; required where the body writes.
        early: Whether list, condition and key need no action's answer.
    """

    id: str
    path: tuple[str, ...]
    over: Value
    name: str
    steps: tuple[Step, ...]
    pointer: str
    early: bool
    when: Condition | None = None
    key: Value | None = None


Step = Call | ForEach


@dataclass(frozen=True, slots=True)
class Recipe:
    """A recipe without findings.

    Attributes:
        source: Its text and places, for errors at run time.
        connections: The connector of each connection it needs.
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

    @property
    def written(self) -> frozenset[str]:
        """The names of the connections that actions write to."""
        return frozenset(_written(self.actions))


def _written(steps: tuple[Step, ...]) -> Iterator[str]:
    for step in steps:
        if isinstance(step, ForEach):
            yield from _written(step.steps)
        elif step.use.operation.writes:
            yield step.use.connection
