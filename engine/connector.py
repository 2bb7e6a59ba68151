"""A connector: what a vendor's API looks like, as data. This is the frozen model; the file's shape is in ``shapes``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from engine import pointer, source
from engine.diagnostics import Diagnostic
from engine.errors import RecipeInvalid
from engine.paths import BadPath, compile_path
from engine.paths import Path as JsonPath
from engine.policy import ErrorRule
from engine.registry import Registry
from engine.schema import misjudged, misshapen

Effect = Literal["read", "create", "update", "upsert", "delete", "notify"]
PARAM_WORDS = ("in", "required", "default")


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
    """One parameter of an operation: where it goes, and the JSON Schema of its value."""

    name: str
    place: Literal["path", "query"]
    schema: Mapping[str, Any]
    required: bool = False
    default: Any = None


@dataclass(frozen=True)
class Operation:
    """One thing a connector can do.

    Attributes:
        name: ``noun.verb``.
        effect: ``read`` changes nothing at the target; only such operations run in a dry run.
        path: Address below the connection's base, with slots for path parameters.
        query: Fixed query parameters.
        body: Name of the document schema that ``with`` must meet, or empty.
        record: Where the answer's one result stands.
        records: Where the answer's list stands, or None.
        paging: Kind and settings, or None.
        key_in_body: The body's field that carries the effect key: the target refuses or repeats what it has seen.
        sample_match: Path parameter by the name of the sample record's field that it must equal.
    """

    name: str
    effect: Effect
    summary: str
    method: str
    path: str
    params: Mapping[str, Param] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    record: JsonPath | None = None
    records: JsonPath | None = None
    paging: tuple[str, Mapping[str, Any]] | None = None
    key_in_body: str = ""
    sample_match: Mapping[str, str] = field(default_factory=dict)

    @property
    def writes(self) -> bool:
        """Whether it changes something at the target."""
        return self.effect != "read"

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
        implements: The interface it serves, or empty.
        identity: The settings that make an account.
        auth: Kind and settings, or None.
        exponents: Minor digits by currency where the vendor counts otherwise than ISO 4217.
    """

    name: str
    folder: Path
    summary: str
    transport: str
    implements: str = ""
    base_url: str = ""
    settings: Mapping[str, Setting] = field(default_factory=dict)
    identity: tuple[str, ...] = ()
    auth: tuple[str, Mapping[str, Any]] | None = None
    operations: Mapping[str, Operation] = field(default_factory=dict)
    errors: tuple[ErrorRule, ...] = ()
    exponents: Mapping[str, int] = field(default_factory=dict)

    @property
    def samples(self) -> list[str]:
        """The names of its recorded payloads."""
        folder = self.folder / "samples"
        return sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []

    def taken(self, operation: Operation, registry: Registry) -> Mapping[str, Any]:
        """Return the JSON Schema of an operation's ``with``: its parameters, and beside them the fields of its body."""
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

    def document(self, name: str, registry: Registry) -> Any:
        """Return the JSON Schema *name*: one of the engine's, or with ``./`` a file of this connector's folder."""
        return (
            json.loads((self.folder / name).read_bytes(), parse_float=Decimal)
            if name.startswith("./")
            else registry.document(name)
        )


def load(name: str, registry: Registry) -> Connector:
    """Return connector *name*.

    Raises:
        KeyError: there is none of that name.
        RecipeInvalid: its file has findings; carries them all.
    """
    path = registry.connector_file(name)
    if path is None:
        raise KeyError(name)
    text = source.read(_text(path), str(path))
    found = list(text.found)
    if not found:
        found += misshapen(text, registry.shape("connector"))
    reader = _Reader(path.parent, found)
    connector = reader.connector(text.data) if not found else None
    found += _bodies(connector, registry) if connector is not None else ()
    if connector is not None and connector.name != name:
        found.append(
            Diagnostic(
                "R401",
                "/connector",
                f"this file lies in the folder {name!r}; both names must agree",
                "rename the one or the other",
            )
        )
    if found or connector is None:
        raise RecipeInvalid(found, text)
    return connector


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        found = Diagnostic("R001", "", f"this is no UTF-8 text (byte {error.start})", "save it as UTF-8")
        raise RecipeInvalid([found], source.Source(str(path), "")) from error


class _Reader:
    """Turns a connector's data, whose shape is right, into the model."""

    def __init__(self, folder: Path, found: list[Diagnostic]) -> None:
        self.folder, self.found = folder, found

    def connector(self, data: Mapping[str, Any]) -> Connector:
        settings = {name: self.setting(name, entry) for name, entry in data.get("settings", {}).items()}
        plain = [name for name, setting in settings.items() if not setting.secret]
        for index, name in enumerate(data.get("identity", ())):
            if name not in settings or settings[name].secret:
                place = pointer.build(("identity", index))
                self.found.append(
                    Diagnostic(
                        "R402",
                        place,
                        f"{name!r} is no setting that may identify an account",
                        f"name one of {', '.join(plain) or 'the settings'}; a secret may change",
                    )
                )
        return Connector(
            name=data["connector"],
            folder=self.folder,
            summary=data["summary"],
            transport=data.get("transport", "http"),
            implements=data.get("implements", ""),
            base_url=data.get("base_url", ""),
            settings=settings,
            identity=tuple(data.get("identity", ())),
            auth=_kind(data.get("auth")),
            exponents=data.get("exponents", {}),
            operations={name: self.operation(name, entry) for name, entry in data["operations"].items()},
            errors=tuple(
                self.rule(entry, ("errors", index)) for index, entry in enumerate(data.get("errors", ()))
            ),
        )

    @staticmethod
    def setting(name: str, entry: Mapping[str, Any]) -> Setting:
        own = ("secret", "default", "example", "description")
        schema = {key: value for key, value in entry.items() if key not in own}
        return Setting(name, schema, **{key: entry[key] for key in own if key in entry})

    def operation(self, name: str, entry: Mapping[str, Any]) -> Operation:
        at = ("operations", name)
        return Operation(
            name=name,
            effect=entry["effect"],
            summary=entry["summary"],
            method=entry.get("method", "GET"),
            path=entry["path"],
            params={key: _param(key, value) for key, value in entry.get("params", {}).items()},
            query={key: str(value) for key, value in entry.get("query", {}).items()},
            body=entry.get("body", ""),
            record=self.path(entry.get("record"), (*at, "record")),
            records=self.path(entry.get("records"), (*at, "records")),
            paging=_kind(entry.get("paging")),
            key_in_body=entry.get("idempotency", {}).get("body", ""),
            sample_match=entry.get("sample", {}).get("match", {}),
        )

    def rule(self, entry: Mapping[str, Any], at: tuple[str | int, ...]) -> ErrorRule:
        return ErrorRule(
            entry["is"],
            entry.get("status"),
            self.path(entry.get("at"), (*at, "at")),
            entry.get("equals"),
            self.path(entry.get("message"), (*at, "message")),
        )

    def path(self, text: str | None, at: tuple[str | int, ...]) -> JsonPath | None:
        if text is None:
            return None
        try:
            return compile_path(text)
        except BadPath as error:
            place = pointer.build(at)
            self.found.append(Diagnostic("R301", place, str(error), error.help, inner=(error.offset, 1)))
            return None


def _bodies(connector: Connector, registry: Registry) -> Iterator[Diagnostic]:
    """Yield what keeps the schema of an operation's body from being read."""
    judged: dict[str, str] = {}  # several operations take the same body
    for name, operation in connector.operations.items():
        place, body = pointer.build(("operations", name, "body")), operation.body
        if not body:
            continue
        try:
            schema = connector.document(body, registry)
        except OSError as error:
            message, cure = f"{body} cannot be read: {error.strerror}", "write its path from this folder"
        except ValueError as error:
            message, cure = f"{body} is no JSON: {error}", "a schema is written in JSON"
        else:
            if isinstance(schema, dict):
                if body not in judged:
                    judged[body] = misjudged(schema)
                wrong = judged[body]
                message, cure = f"{body} is no JSON Schema: {wrong}", "see json-schema.org, draft 2020-12"
                if wrong:
                    yield Diagnostic("R403", place, message, cure)
                continue
            message = f"there is no schema {body!r}"
            cure = f"there are {', '.join(registry.documents)}, or a file of this folder: ./NAME.schema.json"
        yield Diagnostic("R403", place, message, cure)


def _param(name: str, entry: Mapping[str, Any]) -> Param:
    schema = {key: value for key, value in entry.items() if key not in PARAM_WORDS}
    return Param(name, entry["in"], schema, entry.get("required", False), entry.get("default"))


def _kind(entry: Mapping[str, Any] | None) -> tuple[str, Mapping[str, Any]] | None:
    if entry is None:
        return None
    return entry["kind"], {key: value for key, value in entry.items() if key != "kind"}
