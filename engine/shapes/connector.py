"""The shape of a ``connector.yaml``."""

from __future__ import annotations

from engine.policy import CLASSES
from engine.registry import Registry
from engine.shapes.words import NAME, TEXT, Schema, file_of, kinds, list_of, named, object_of, text


def connector_shape(registry: Registry) -> Schema:
    """Return the schema of a ``connector.yaml``."""
    return file_of(
        "connector",
        "What a vendor's API looks like.",
        {
            "connector": text("The connector's name, that of its folder.", NAME),
            "version": {"const": 1, "description": "Version of the connector dialect."},
            "summary": text("What it connects."),
            "docs": text("Where the vendor documents the API."),
            "transport": {"enum": ["http", "books"], "description": "How it is reached; http by default."},
            "implements": text("The interface it serves.", NAME, "accounting"),
            "base_url": text("Address that paths start from; {name} stands for a setting."),
            "settings": named("What a connection must say.", _setting(), "^[a-z][a-z0-9_]*$"),
            "identity": list_of("Settings that make an account.", TEXT) | {"minItems": 1},
            "auth": kinds(registry, "auth", "How requests are authorised."),
            "exponents": named(
                "Minor digits by currency, where the vendor counts otherwise than ISO 4217.",
                {"type": "integer", "minimum": 0, "maximum": 8},
                "^[A-Z]{3}$",
            ),
            "operations": named(
                "What it can do.", _operation(registry), r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$"
            ),
            "errors": list_of("What its error answers mean.", _rule()),
            "throttle": kinds(registry, "throttle", "How its answers say how long to wait."),
        },
        ["connector", "version", "summary", "identity", "operations"],
    )


def _setting() -> Schema:
    return object_of(
        "One setting of a connection.",
        {
            "type": {"enum": ["string", "integer", "boolean"], "description": "Type of its value."},
            "pattern": text("Regular expression that the value must match."),
            "enum": {"type": "array", "description": "The values it may have."},
            "secret": {
                "type": "boolean",
                "description": "Whether it must be a reference such as ${env:NAME}.",
            },
            "default": {"type": "string", "description": "Its value when it is not given."},
            "example": {"type": "string", "description": "Its value in samples."},
            "description": text("What it is and where to find it."),
        },
        ["type", "description"],
    )


def _rule() -> Schema:
    return object_of(
        "One rule over answers; the first that fits counts.",
        {
            "status": {"type": "integer", "minimum": 100, "maximum": 599, "description": "HTTP status."},
            "at": text("Path of something that must be there in the answer; of a list, one entry is enough."),
            "equals": {"type": "string", "description": "The text it, or one entry, must be equal to."},
            "is": {"enum": list(CLASSES), "description": "What the error means."},
            "message": text("Path of the answer's own explanation."),
        },
        ["is"],
    )


def _param() -> Schema:
    return {
        "type": "object",
        "description": "A parameter: where it goes, and the JSON Schema of its value.",
        "properties": {
            "in": {
                "enum": ["path", "query", "variables"],
                "description": "Where it goes; variables: where graphql.variables names it.",
            },
            "required": {"type": "boolean", "description": "Whether it must be given."},
            "default": {"description": "Its value when it is not given."},
        },
        "required": ["in"],
    }


def _operation(registry: Registry) -> Schema:
    return object_of(
        "One operation.",
        {
            "effect": {
                "enum": ["read", "create", "update", "upsert", "delete", "notify"],
                "description": "What it does at the target; read changes nothing.",
            },
            "summary": text("What it does, in one sentence."),
            "method": {
                "enum": ["GET", "POST", "PUT", "PATCH", "DELETE"],
                "description": "HTTP method; GET by default.",
            },
            "path": text("Address below base_url; {name} stands for a path parameter.", "^/"),
            "params": named("What a recipe gives in with.", _param(), "^[a-z][a-z0-9_]*$"),
            "query": {"type": "object", "description": "Fixed query parameters."},
            "body": text("Name of the schema that the document in with must meet."),
            "graphql": _graphql(),
            "record": text("Path of the one result in the answer."),
            "records": text("Path of the list in the answer."),
            "paging": kinds(registry, "paging", "How the list goes on."),
            "truncated": list_of(
                "Paths in each record that are true where the vendor cut one of its lists short; such a record fails.",
                TEXT,
            ),
            "idempotency": object_of(
                "What makes a repeat safe.", {"body": text("Field of the body that carries the effect key.")}
            ),
            "sample": object_of(
                "How samples are served.",
                {
                    "match": {
                        "type": "object",
                        "description": "Field of a sample record, or its path, by the path parameter or variable it "
                        "equals.",
                    }
                },
            ),
        },
        ["effect", "summary", "path"],
    )


def _graphql() -> Schema:
    return object_of(
        "A GraphQL query, which is sent as a POST; it is a read, and repeated like one.",
        {
            "query": text("The query, or with ./ a file of the connector's folder.", "", "./orders.graphql"),
            "variables": {
                "type": "object",
                "description": "What the query's variables are: constants, or texts in which {name} stands for a "
                "parameter with in: variables; without the parameter the variable is left out.",
                "additionalProperties": {
                    "type": ["string", "integer", "boolean"],
                    "description": "Write a list or an object into the query itself.",
                },
            },
        },
        ["query"],
    )
