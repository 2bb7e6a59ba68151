"""The shape of a ``connector.yaml``."""

from __future__ import annotations

from typing import Final

from engine.policy import CLASSES, DURATION
from engine.registry import Registry
from engine.shapes.words import NAME, TEXT, Schema, file_of, kinds, list_of, named, object_of, text
from engine.stamps import STAMPS
from engine.wire import HEADER

_JUDGED: Final = (
    "const", "format", "pattern", "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum",
    "exclusiveMaximum", "multipleOf", "items", "minItems", "maxItems", "uniqueItems", "examples", "anyOf", "oneOf",
    "allOf", "not", "additionalProperties", "propertyNames",
)  # fmt: skip
"""What else a parameter's schema may say."""
OPERATION: Final = r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$"
"""The name of an operation: a verb alone where the connection itself is the noun, as in ``mail.send``."""


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
            "judged": list_of(
                "What judged the connector that is not ours, and what of it; it is unproven where nothing has.",
                TEXT,
            ),
            "transport": {
                "enum": ["http", "smtp", "books"],
                "description": "How it is reached; http by default.",
            },
            "implements": text("The interface it serves.", NAME, "accounting"),
            "base_url": text("Address that paths start from; {name} stands for a setting."),
            "settings": named("What a connection must say.", _setting(), "^[a-z][a-z0-9_]*$"),
            "identity": list_of("Settings that make an account.", TEXT) | {"minItems": 1},
            "auth": kinds(registry, "auth", "How requests are authorised."),
            "headers": named(
                "Headers that every request carries; {name} stands for a setting that is no secret.",
                text("Its value.", example="{api_version}"),
                HEADER,
            ),
            "bodies": {
                "enum": ["json", "form"],
                "description": "How the documents of writes are sent; form nests by brackets; json by default.",
            },
            "exponents": named(
                "Minor digits by currency, where the vendor counts otherwise than ISO 4217.",
                {"type": "integer", "minimum": 0, "maximum": 8},
                "^[A-Z]{3}$",
            ),
            "operations": named("What it can do.", _operation(registry), OPERATION) | {"minProperties": 1},
            "errors": list_of("What its error answers mean.", _rule()),
            "limits": list_of("What it lets an account ask for.", _limit(registry)),
            "webhooks": _webhooks(registry),
            "timeout": text("What one request may take in all; 60s by default.", DURATION, "30s"),
        },
        ["connector", "version", "summary", "identity", "operations"],
    )


def _webhooks(registry: Registry) -> Schema:
    return object_of(
        "How what the vendor sends by itself is told from what others send.",
        {
            "verify": kinds(registry, "verification", "What proves that a delivery is the vendor's."),
            "pings": list_of(
                "Fields of the form that the vendor sends unsigned to see whether anybody is there: it is answered, "
                "and nothing else is done.",
                TEXT,
            )
            | {"minItems": 1},
        },
        ["verify"],
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


def _limit(registry: Registry) -> Schema:
    common = {
        "name": text("What messages call it.", NAME, "minute"),
        "operations": list_of("The operations that it covers; all where it names none.", TEXT)
        | {"minItems": 1},
        "each_operation": {
            "type": "boolean",
            "description": "Whether each operation has a budget of its own; false by default.",
        },
        "costs": named(
            "What a request of an operation takes; 1 where nothing is said.",
            {"type": "number", "exclusiveMinimum": 0},
            OPERATION,
        ),
        "pause": text(
            "How long nothing is sent after a request was refused for being too many, where the answer does not say.",
            DURATION,
            "60s",
        ),
    }
    return kinds(registry, "limits", "One limit, by how it is counted.", common, ["name"])


def _param() -> Schema:
    return {
        "type": "object",
        "description": "A parameter: where it goes, and the JSON Schema of its value.",
        "properties": {
            "in": {
                "enum": ["path", "query", "variables", "statement", "headers", "body"],
                "description": "Where it goes; variables: where graphql.variables names it; statement: where "
                "statement.where does. A mapping in the query or the headers gives each of its entries; body is the "
                "whole JSON that is sent.",
            },
            "name": text(
                "What it is called in the query, where that is no lower-case word.", example="created[gte]"
            ),
            "segments": {
                "type": "boolean",
                "description": "Whether it is several segments of the path: a text with slashes, or a list in which an "
                "entry's slash is its own; false by default.",
            },
            "required": {"type": "boolean", "description": "Whether it must be given."},
            "default": {"description": "Its value when it is not given."},
            "type": {
                "description": "Type of its value: string, integer, number or boolean; a list of several."
            },
            "enum": {"type": "array", "minItems": 1, "description": "The values it may have."},
            "description": text("What it is."),
            **{word: {"description": "As in JSON Schema."} for word in _JUDGED},
        },
        "required": ["in"],
        "additionalProperties": False,
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
            "by": text("Recipe of this folder that carries it out.", r"^\./", "./invoices.create.yaml"),
            "path": text("Address below base_url; {name} stands for a path parameter.", "^/"),
            "params": named("What a recipe gives in with.", _param(), "^[a-z][a-z0-9_]*$"),
            "query": _query(),
            "body": text("Name of the schema that the document in with must meet."),
            "returns": text(
                "Name of the schema of one record that it gives, or with ./ a file of the connector's folder.",
                example="./order.schema.json",
            ),
            "graphql": _graphql(),
            "statement": _statement(),
            "record": text("Path of the one result in the answer."),
            "records": text("Path of the list in the answer."),
            "paging": kinds(registry, "paging", "How the list goes on."),
            "id": text(
                "Path in a record of what it is known by: of one that comes twice while a list is read as a whole, the "
                "later one counts.",
                "^[$]",
                "$.id",
            ),
            "incremental": _incremental(),
            "truncated": list_of(
                "Paths in each record that are true where the vendor cut one of its lists short; such a record fails.",
                TEXT,
            ),
            "idempotency": _idempotency(),
            "update": _successor("The operation that changes what this one made, where its record changed."),
            "void": _successor("The operation that takes back what this one made."),
            "sample": _sample(),
        },
        ["effect", "summary"],
    ) | {"if": {"not": {"required": ["by"]}}, "then": {"required": ["path"]}}


def _query() -> Schema:
    return {
        "type": "object",
        "description": "Fixed query parameters.",
        "additionalProperties": {
            "type": ["string", "number", "boolean"],
            "description": "Its value; true and false are sent as these words.",
        },
    }


def _statement() -> Schema:
    return object_of(
        "A query in the vendor's own language, which a parameter of the address carries.",
        {
            "to": text("The query parameter that carries it.", example="query"),
            "select": text("How it begins.", example="select * from Customer"),
            "where": list_of(
                "Conditions, of which all must hold; {name} stands for the literal of a parameter, with its quotes. "
                "One whose parameter is not given is left out.",
                text("One condition.", example="DisplayName = {name}"),
            ),
            "order": text("How it ends.", example="orderby Id STARTPOSITION 1 MAXRESULTS 1000"),
        },
        ["to", "select"],
    )


def _sample() -> Schema:
    match = {
        "type": "object",
        "additionalProperties": {"type": "string", "description": "The field, or its path."},
        "description": "Field of a sample record, or its path, by the path parameter or variable it equals.",
    }
    return object_of("How samples are served.", {"match": match})


def _successor(description: str) -> Schema:
    return object_of(
        description,
        {
            "uses": text("An operation of this connector that writes.", example="invoices.update"),
            "id": text("Its parameter that takes the target's id.", example="id"),
        },
        ["uses", "id"],
    )


def _idempotency() -> Schema:
    described = "What makes a repeat of this write safe; none where nothing does."
    find = object_of(
        "How an effect whose answer was lost is looked up.",
        {
            "field": text("Field of the body that carries the effect key.", example="reference"),
            "uses": text("The list operation of this connector that finds it.", example="orders.list"),
            "with": {
                "type": "object",
                "minProperties": 1,
                "description": "Its parameters; $key stands for the effect key.",
            },
            "at": text(
                "Path in a found record where it carries the key; that of field by default.",
                "^[$]",
                "$.meta.key",
            ),
            "settles_after": text(
                "How long after the last send a record may still turn up; not found counts only then.",
                DURATION,
                "60s",
            ),
        },
        ["field", "uses", "with", "settles_after"],
    )
    native = {
        "header": text("Header that carries a native key.", "^[A-Za-z0-9-]+$", "Idempotency-Key"),
        "query": text("Query parameter that carries a native key.", example="requestid"),
        "body": text("Field of the body that carries the effect key.", example="external_id"),
        "lifetime": text(
            "How long the target remembers a request by its key; for ever where it is kept with the document.",
            DURATION,
            "24h",
        ),
        "find": find,
    }
    return {
        "description": described,
        "if": {"type": "string"},
        "then": {"enum": ["none"], "description": described},
        "else": object_of(described, native) | {"minProperties": 1},
    }


def _incremental() -> Schema:
    return object_of(
        "How the list is read from where the last run ended.",
        {
            "field": text(
                "Path of the instant in each record that says when it changed.", "^[$]", "$.updated_at"
            ),
            "from": text("Parameter that bounds it from below, inclusive.", example="updated_at_min"),
            "to": text("Parameter that bounds it from above, inclusive.", example="updated_at_max"),
            "ascending": {
                "type": "boolean",
                "description": "Whether pages come sorted by it, oldest first; false by default.",
            },
            "as": {
                "enum": list(STAMPS),
                "description": "How it is written, in records and in the parameters: instant is RFC 3339, utc the same "
                "in UTC without saying so, epoch whole seconds since 1970; instant by default.",
            },
            "overlap": text(
                "How far before the last run's end the next one begins; 0s by default.", DURATION, "2m"
            ),
            "lag": text("After how long nothing earlier turns up any more; 0s by default.", DURATION, "10s"),
        },
        ["field", "from"],
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
