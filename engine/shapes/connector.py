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
            "at": text("Path of something that must be there in the answer."),
            "equals": {"type": "string", "description": "The text it must be equal to."},
            "is": {"enum": list(CLASSES), "description": "What the error means."},
            "message": text("Path of the answer's own explanation."),
        },
        ["is"],
    )


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
            "params": named("What a recipe gives in with.", param, "^[a-z][a-z0-9_]*$"),
            "query": {"type": "object", "description": "Fixed query parameters."},
            "body": text("Name of the schema that the document in with must meet."),
            "record": text("Path of the one result in the answer."),
            "records": text("Path of the list in the answer."),
            "paging": kinds(registry, "paging", "How the list goes on."),
            "idempotency": object_of(
                "What makes a repeat safe.", {"body": text("Field of the body that carries the effect key.")}
            ),
            "sample": object_of(
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
