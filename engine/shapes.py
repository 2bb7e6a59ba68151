"""The JSON Schemas of the files users write, generated from what is declared.

``schemas/*.schema.json`` holds what these functions return; a test keeps them fresh. Editors and the check read the
files, so that checking a good recipe imports none of the models they come from.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from engine.policy import CLASSES
from engine.registry import Registry

Schema = dict[str, Any]
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
TEXT: Final[Schema] = {"type": "string", "minLength": 1}
ACTION_ID: Final = "^[a-z][a-z0-9_]*$"
NAME: Final = "^[a-z][a-z0-9-]*$"


def recipe_shape(registry: Registry) -> Schema:
    """Return the schema of a recipe file."""
    action = _action()
    return _file(
        "recipe",
        "A recipe: a trigger, a mapping and a chain of actions.",
        {
            "recipe": _text("The recipe's identity, part of every effect key.", NAME, "shopify-to-invoice"),
            "version": {"const": 1, "description": "Version of the recipe language."},
            "summary": _text("What the recipe does, in one sentence."),
            "connections": _named("Connector or interface of each connection the recipe needs.", TEXT, NAME),
            "settings": _object(
                "What holds for the whole recipe.",
                {"timezone": _text("The zone of accounting dates.", example="America/New_York")},
            ),
            "lookups": _named(
                "Tables for the filter lookup; keys compare as text.", {"type": "object"}, ACTION_ID
            ),
            "trigger": _trigger(),
            "reads": _list(
                "Read operations before the mapping; results are $steps.ID.", {"$ref": "#/$defs/read"}
            ),
            "mapping": _object(
                "Turns a record into a document, which is checked against the target's schema.",
                {
                    "target": {
                        "enum": list(registry.documents),
                        "description": "The document's schema.",
                        "examples": ["accounting/invoice"],
                    },
                    "fields": {"type": "object", "description": "The document's fields.", "minProperties": 1},
                },
                ["target", "fields"],
            ),
            "checks": _list(
                "Conditions after the mapping, before the first write.", {"$ref": "#/$defs/check"}
            ),
            "actions": _list("What happens with the document.", {"$ref": "#/$defs/action"}) | {"minItems": 1},
        },
        ["recipe", "version", "trigger", "actions"],
    ) | {"$defs": {"read": _read(), "check": _check(), "action": action}}


def connections_shape(registry: Registry) -> Schema:
    """Return the schema of ``connections.yaml``."""
    entry = {
        "type": "object",
        "description": "The connector and its settings; secrets are references such as ${env:NAME}.",
        "properties": {
            "connector": {"enum": list(registry.connectors), "description": "The connector's name."}
        },
        "required": ["connector"],
    }
    return _file(
        "connections",
        "What the connections of the recipes are.",
        {"connections": _named("Connections by the name that recipes use.", entry, NAME)},
        ["connections"],
    )


def connector_shape(registry: Registry) -> Schema:
    """Return the schema of a ``connector.yaml``."""
    setting = _object(
        "One setting of a connection.",
        {
            "type": {"enum": ["string", "integer", "boolean"], "description": "Type of its value."},
            "pattern": _text("Regular expression that the value must match."),
            "enum": {"type": "array", "description": "The values it may have."},
            "secret": {
                "type": "boolean",
                "description": "Whether it must be a reference such as ${env:NAME}.",
            },
            "default": {"type": "string", "description": "Its value when it is not given."},
            "example": {"type": "string", "description": "Its value in samples."},
            "description": _text("What it is and where to find it."),
        },
        ["type", "description"],
    )
    rule = _object(
        "One rule over answers; the first that fits counts.",
        {
            "status": {"type": "integer", "minimum": 100, "maximum": 599, "description": "HTTP status."},
            "at": _text("Path of something that must be there in the answer."),
            "equals": {"type": "string", "description": "The text it must be equal to."},
            "is": {"enum": list(CLASSES), "description": "What the error means."},
            "message": _text("Path of the answer's own explanation."),
        },
        ["is"],
    )
    return _file(
        "connector",
        "What a vendor's API looks like.",
        {
            "connector": _text("The connector's name, that of its folder.", NAME),
            "version": {"const": 1, "description": "Version of the connector dialect."},
            "summary": _text("What it connects."),
            "docs": _text("Where the vendor documents the API."),
            "transport": {"enum": ["http", "books"], "description": "How it is reached; http by default."},
            "implements": _text("The interface it serves.", NAME, "accounting"),
            "base_url": _text("Address that paths start from; {name} stands for a setting."),
            "settings": _named("What a connection must say.", setting, "^[a-z][a-z0-9_]*$"),
            "identity": _list("Settings that make an account.", TEXT) | {"minItems": 1},
            "auth": _kinds(registry, "auth", "How requests are authorised."),
            "operations": _named(
                "What it can do.", _operation(registry), r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$"
            ),
            "errors": _list("What its error answers mean.", rule),
        },
        ["connector", "version", "summary", "identity", "operations"],
    )


SHAPES: Final = {"recipe": recipe_shape, "connections": connections_shape, "connector": connector_shape}


def _trigger() -> Schema:
    return _object(
        "Where records come from.",
        {
            "poll": _uses("The list operation that is read."),
            "every": _text("How often serve polls.", "^[1-9][0-9]*[smhd]$", "15m"),
            "with": {"type": "object", "description": "The operation's parameters."},
            "when": _text("Which records are this recipe's: one path or one {{ }} that gives true or false."),
            "key": {"description": "Business key of one record: the same key twice is one effect."},
            "revision": _text("An instant or number that grows with each edit of a record."),
        },
        ["poll", "key"],
    )


def _read() -> Schema:
    return _object(
        "A read operation.",
        {
            "id": _text("Name of its result, $steps.ID.", ACTION_ID),
            "uses": _uses("The operation."),
            "with": {"type": "object", "description": "Its parameters."},
        },
        ["id", "uses"],
    )


def _check() -> Schema:
    return _object(
        "A condition that must hold before the first write.",
        {
            "that": _text("One path or one {{ }} that gives true or false."),
            "otherwise": _text("What is wrong when it is false; stands in the report."),
        },
        ["that", "otherwise"],
    )


def _action() -> Schema:
    common: Schema = {
        "id": _text("Name of its result, $steps.ID; part of the effect key.", ACTION_ID),
        "when": _text("Whether it runs: one path or one {{ }} that gives true or false."),
        "key": {"description": "Its business key, in place of the record's or as part of it in for_each."},
    }
    call = common | {
        "uses": _uses("The operation."),
        "with": {"description": "Its parameters or document: a mapping, or $mapped."},
    }
    each = common | {
        "for_each": _text("A path that selects a list."),
        "as": _text("Name of one element.", ACTION_ID),
        "do": _list("Actions for each element.", {"$ref": "#/$defs/action"}) | {"minItems": 1},
    }
    return {
        "type": "object",
        "description": "One action.",
        "if": {"type": "object", "required": ["for_each"]},
        "then": _object("Actions for each element of a list.", each, ["id", "for_each", "do"]),
        "else": _object("One operation.", call, ["id", "uses"]),
    }


def _operation(registry: Registry) -> Schema:
    param: Schema = {
        "type": "object",
        "description": "A parameter: where it goes, and the JSON Schema of its value.",
        "properties": {
            "in": {"enum": ["path", "query"], "description": "Where it goes."},
            "required": {"type": "boolean", "description": "Whether it must be given."},
            "default": {"description": "Its value when it is not given."},
        },
        "required": ["in"],
    }
    return _object(
        "One operation.",
        {
            "effect": {
                "enum": ["read", "create", "update", "upsert", "delete", "notify"],
                "description": "What it does at the target; read changes nothing.",
            },
            "summary": _text("What it does, in one sentence."),
            "method": {
                "enum": ["GET", "POST", "PUT", "PATCH", "DELETE"],
                "description": "HTTP method; GET by default.",
            },
            "path": _text("Address below base_url; {name} stands for a path parameter.", "^/"),
            "params": _named("What a recipe gives in with.", param, "^[a-z][a-z0-9_]*$"),
            "query": {"type": "object", "description": "Fixed query parameters."},
            "body": _text("Name of the schema that the document in with must meet."),
            "record": _text("Path of the one result in the answer."),
            "records": _text("Path of the list in the answer."),
            "paging": _kinds(registry, "paging", "How the list goes on."),
            "idempotency": _object(
                "What makes a repeat safe.", {"body": _text("Field of the body that carries the effect key.")}
            ),
            "sample": _object(
                "How samples are served.",
                {
                    "match": {
                        "type": "object",
                        "description": "Field of a sample record by the path parameter it equals.",
                    }
                },
            ),
        },
        ["effect", "summary", "path"],
    )


def _kinds(registry: Registry, kind: str, description: str) -> Schema:
    """Return the schema of a tagged mapping: an enum of names, and if/then per name, so errors blame the right one."""
    names = registry.names(kind)
    branches = []
    for name in names:
        declared = registry.declaration(kind, name)
        own = _plain(declared.params.model_json_schema())
        properties = {"kind": {"const": name, "description": declared.summary}, **own["properties"]}
        branch = _object(declared.summary, properties, ["kind", *own.get("required", [])])
        branches.append(
            {"if": {"properties": {"kind": {"const": name}}, "required": ["kind"]}, "then": branch}
        )
    return {
        "type": "object",
        "description": description,
        "properties": {"kind": {"enum": names, "description": description}},
        "required": ["kind"],
        "allOf": branches,
    }


def _plain(schema: Mapping[str, Any]) -> Schema:
    """Drop what pydantic adds for its own sake."""
    properties = {
        name: {key: value for key, value in entry.items() if key != "title"}
        for name, entry in schema.get("properties", {}).items()
    }
    return {**schema, "properties": properties}


def _file(name: str, description: str, properties: Schema, required: list[str]) -> Schema:
    return {"$schema": DIALECT, "title": name, **_object(description, properties, required)}


def _object(description: str, properties: Schema, required: list[str] | None = None) -> Schema:
    schema: Schema = {"type": "object", "description": description, "properties": properties}
    return schema | {"additionalProperties": False} | ({"required": required} if required else {})


def _named(description: str, entry: Schema, names: str) -> Schema:
    return {
        "type": "object",
        "description": description,
        "propertyNames": {"pattern": names},
        "additionalProperties": entry,
    }


def _list(description: str, entry: Schema) -> Schema:
    return {"type": "array", "description": description, "items": entry}


def _uses(description: str) -> Schema:
    return _text(
        f"{description} CONNECTION.OPERATION.", r"^[a-z][a-z0-9-]*\.[a-z][a-z0-9_.]*$", "shop.orders.list"
    )


def _text(description: str, pattern: str = "", example: str = "") -> Schema:
    schema: Schema = {**TEXT, "description": description}
    return schema | ({"pattern": pattern} if pattern else {}) | ({"examples": [example]} if example else {})
