"""A connector: what a vendor's API looks like, as data. ``connector_file`` reads it, its shape is in ``shapes``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from engine.graphql import Query
from engine.paths import Path as JsonPath
from engine.policy import NO_IDEMPOTENCY, ErrorRule, Idempotency, Limit
from engine.references import resolve
from engine.registry import Registry
from engine.sameness import Same
from engine.stamps import Stamp
from engine.statement import Statement

Effect = Literal["read", "create", "update", "upsert", "delete", "notify"]


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of a connection.

    Attributes:
        schema: The JSON Schema of its value.
        secret: Whether it must be a reference such as ``${env:NAME}``.
        default: Text used when it is not given, or None.
        example: What ``--sample`` uses.
    """

    name: str
    schema: Mapping[str, Any]
    secret: bool = False
    default: str | None = None
    example: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter of an operation: where it goes, and the JSON Schema of its value.

    Attributes:
        place: Where it goes: a mapping in ``query`` or ``headers`` gives each of its entries; ``body`` is all of it.
        sent: What it is called in the query, where that is not *name*.
        segments: Whether it is several segments of the path, with slashes between them.
    """

    name: str
    place: Literal["path", "query", "variables", "statement", "headers", "body"]
    schema: Mapping[str, Any]
    required: bool = False
    default: Any = None
    sent: str = ""
    segments: bool = False


@dataclass(frozen=True, slots=True)
class Incremental:
    """How a list is read from where the last run ended.

    Attributes:
        field: The instant of a record that it goes by.
        start, end: Names of the parameters that bound it, both inclusive; *end* is empty where there is none.
        ascending: Whether pages come sorted by it, oldest first.
        stamp: How it is written, in records and in the parameters.
        overlap: Seconds before the cursor from which the next run reads.
        lag: Seconds after which nothing earlier turns up any more.
    """

    field: JsonPath
    start: str
    end: str = ""
    ascending: bool = False
    stamp: Stamp = "instant"
    overlap: float = 0.0
    lag: float = 0.0


@dataclass(frozen=True, slots=True)
class Webhooks:
    """How what a vendor sends by itself is told from what others send.

    Attributes:
        verify: Kind and settings of the proof.
        pings: Fields of the form that is an unsigned ping; empty where the vendor sends none.
    """

    verify: tuple[str, Mapping[str, Any]]
    pings: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Operation:
    """One thing a connector can do.

    Attributes:
        name: ``noun.verb``, or a verb alone.
        effect: ``read`` changes nothing at the target; only such operations run in a dry run.
        path: Address below the connection's base, with slots for path parameters.
        query: Fixed query parameters.
        body: Name of the document schema that ``with`` must meet, or empty.
        is_form: Whether the document is sent as a form, not as JSON.
        returns: Name of the schema of one record that it gives, or empty; :meth:`Connector.returned` reads it.
        record: Where the answer's one result stands.
        records: Where the answer's list stands, or None.
        paging: Kind and settings, or None.
        id: What a record of the list, or what a write made, is known by; None where nothing says it.
        by: File of the recipe that carries it out, or empty; then it has no request of its own.
        idempotency: What makes a repeat of a write safe.
        update: The operation that changes what this one made, and its parameter that takes the target's id; or None.
        void: Likewise the one that takes it back.
        sample_match: The sample record's field, or its path, by the path parameter or variable that it must equal.
        graphql: The query that is sent, or None.
        statement: The query in the vendor's own language that the address carries, or None.
        truncated: Paths in a record that are true where one of its lists was cut short.
        incremental: How it is read from where the last run ended, or None.
    """

    name: str
    effect: Effect
    summary: str
    method: str
    path: str
    params: Mapping[str, Param] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    is_form: bool = False
    returns: str = ""
    record: JsonPath | None = None
    records: JsonPath | None = None
    paging: tuple[str, Mapping[str, Any]] | None = None
    idempotency: Idempotency = NO_IDEMPOTENCY
    update: tuple[str, str] | None = None
    void: tuple[str, str] | None = None
    sample_match: Mapping[str, str] = field(default_factory=dict)
    graphql: Query | None = None
    truncated: tuple[JsonPath, ...] = ()
    incremental: Incremental | None = None
    id: JsonPath | None = None
    by: str = ""
    statement: Statement | None = None

    @property
    def writes(self) -> bool:
        """Whether it changes something at the target."""
        return self.effect != "read"

    @property
    def id_name(self) -> str:
        """The field of what a write gives that holds the target's id."""
        return str(self.id.names[-1]) if self.id is not None else "id"

    @cached_property
    def params_schema(self) -> Mapping[str, Any]:
        """The JSON Schema of a read's ``with``."""
        return {
            "type": "object",
            "additionalProperties": False,
            "properties": {name: dict(param.schema) for name, param in self.params.items()},
            "required": [name for name, param in self.params.items() if param.required],
        }


@dataclass(frozen=True)
class Connector:
    """One vendor's API.

    Attributes:
        folder: Where its file and its samples lie.
        docs: Where the vendor documents the API, or empty.
        judged: What judged it that is not ours; none where it is unproven.
        implements: The interface it serves, or empty.
        identity: The settings that make an account.
        auth: Kind and settings, or None.
        headers: What every request carries, with slots for settings that are no secrets.
        exponents: Minor digits by currency where the vendor counts otherwise than ISO 4217.
        limits: What it lets an account ask for.
        seconds: What one request may take in all.
        webhooks: How deliveries are proved, or None where the vendor sends none that this connector knows.
    """

    name: str
    folder: Path
    summary: str
    transport: str
    docs: str = ""
    judged: tuple[str, ...] = ()
    implements: str = ""
    base_url: str = ""
    settings: Mapping[str, Setting] = field(default_factory=dict)
    identity: tuple[str, ...] = ()
    auth: tuple[str, Mapping[str, Any]] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    operations: Mapping[str, Operation] = field(default_factory=dict)
    errors: tuple[ErrorRule, ...] = ()
    exponents: Mapping[str, int] = field(default_factory=dict)
    limits: tuple[Limit, ...] = ()
    seconds: float = 60.0
    webhooks: Webhooks | None = None

    @property
    def samples(self) -> list[str]:
        """The names of its recorded payloads."""
        folder = self.folder / "samples"
        return sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []

    def taken(self, operation: Operation, registry: Registry) -> Mapping[str, Any]:
        """Return the JSON Schema of an operation's ``with``: its parameters, and beside them the fields of its body."""
        made: Mapping[str, Any] = registry.once(
            lambda: self._taken(operation, registry), "taken", Same(self), operation.name
        )
        return made

    def _taken(self, operation: Operation, registry: Registry) -> Mapping[str, Any]:
        params = operation.params_schema
        if not operation.body:
            return params
        body: Mapping[str, Any] = self.document(operation.body, registry)
        if not operation.params:
            return body
        return {
            **body,
            "properties": {**body.get("properties", {}), **params["properties"]},
            "required": [*body.get("required", ()), *params["required"]],
        }

    def returned(self, operation: Operation, registry: Registry) -> Mapping[str, Any] | None:
        """Return the JSON Schema of one record that *operation* gives, or None where nothing states it.

        With ``records`` that is each entry of the list, else the one result. A result that ``record`` picks out of a
        list is null where the list is empty, and its schema says so.
        """
        if not operation.returns:
            return None
        made: Mapping[str, Any] = registry.once(
            lambda: self._returned(operation, registry), "returned", Same(self), operation.name
        )
        return made

    def _returned(self, operation: Operation, registry: Registry) -> Mapping[str, Any]:
        schema: Mapping[str, Any] = self.document(operation.returns, registry)
        picked = operation.record is not None and len(operation.record.names) < len(operation.record.steps)
        return or_null(schema) if picked and operation.records is None else schema

    def document(self, name: str, registry: Registry) -> Any:
        """Return the JSON Schema *name*: one of the engine's, or with ``./`` a file of this connector's folder."""
        if not name.startswith("./"):
            return registry.document(name)
        registry.look(self.folder / name)
        return json.loads((self.folder / name).read_bytes(), parse_float=Decimal)


def or_null(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return *schema*, which is right, so that it takes null too; one that states no type does so already."""
    top = resolve(schema, schema)
    if top is not schema:  # what it names stands in its place, with everything that may be named in turn
        schema = {**{word: each for word, each in schema.items() if word != "$ref"}, **top}
    stated = schema.get("type", ())
    types = [stated] if isinstance(stated, str) else list(stated)
    return {**schema, "type": [*types, "null"]} if types and "null" not in types else schema
