"""The shape of a recipe file. What is told by the key that is there (a trigger's kind, an action's) is if/then."""

from __future__ import annotations

from typing import Final

from engine.registry import Registry
from engine.shapes.action import ACTION_LIST, action, on_error
from engine.shapes.words import (
    ACTION_ID,
    NAME,
    Schema,
    by_key,
    file_of,
    list_of,
    named,
    object_of,
    one_or_more,
    own_properties,
    text,
    uses,
)
from engine.variables import TYPES

TABLE: Final = r"\.[A-Za-z]{3,5}$"
"""The end of a file's name, as tables have it."""
WITH_SERVE: Final = {
    "webhook": "The operation whose events start it. CONNECTION.OPERATION.",
    "schedule": "When it starts, as a cron line.",
}
"""Triggers that need a process which waits; the check says that they come with serve."""

ON_REVISION: Final[Schema] = {
    "enum": ["update", "reissue", "skip", "park"],
    "description": "What becomes of what was made of a record that changed; park where nothing is said.",
}


def recipe_shape(registry: Registry) -> Schema:
    """Return the schema of a recipe file."""
    properties: Schema = {
        "recipe": text("The recipe's identity, part of every effect key.", NAME, "shopify-to-invoice"),
        "was": one_or_more("The name that the recipe had, or those: its history goes on.", NAME, "old-name"),
        "version": {"const": 1, "description": "Version of the recipe language."},
        "summary": text("What the recipe does, in one sentence."),
        "connections": named(
            "Connector or interface of each connection the recipe needs.",
            text("A connector, or an interface that several connectors serve.", example="accounting"),
            NAME,
        ),
        "settings": _settings(),
        "vars": named(
            "Parameters, $vars.NAME; --var NAME=VALUE gives one for a run.", _variable(), ACTION_ID
        ),
        "lookups": named("Tables for the filter lookup; keys compare as text.", _lookup(), ACTION_ID),
        "trigger": {"$ref": "#/$defs/trigger"},
        "reads": list_of(
            "Read operations before the mapping; results are $steps.ID.", {"$ref": "#/$defs/read"}
        ),
        "mapping": _mapping(),
        "checks": list_of("Conditions after the mapping, before the first write.", {"$ref": "#/$defs/check"}),
        "actions": list_of("What happens with the document.", ACTION_LIST) | {"minItems": 1},
        "on_revision": ON_REVISION,
        "on_error": {"$ref": "#/$defs/on_error"},
        "returns": {"description": "What a recipe that calls this one gets as the action's result."},
    }
    shape = file_of(
        "recipe",
        "A recipe: a trigger, a mapping and a chain of actions.",
        properties,
        ["recipe", "version", "trigger", "actions"],
    )
    defs = {
        "trigger": _trigger(registry),
        "read": _read(),
        "check": _check(),
        "action": action(registry),
        "on_error": on_error(),
    }
    return shape | {"$defs": defs}


def _settings() -> Schema:
    return object_of(
        "What holds for the whole recipe.",
        {
            "timezone": text("The zone of accounting dates.", example="America/New_York"),
            "concurrency": {
                "type": "integer",
                "minimum": 1,
                "maximum": 64,
                "description": "How many records are taken at once; 1 by default, more where all add rows to a file.",
                "examples": [8],
            },
        },
    )


def _variable() -> Schema:
    return object_of(
        "One parameter.",
        {
            "type": {"enum": list(TYPES), "description": "Type of its value.", "examples": ["date"]},
            "default": {"description": "Its value when none is given; without one it must be given."},
            "description": text("What it is for."),
        },
        ["type"],
    )


def _lookup() -> Schema:
    file = object_of(
        "A table kept in a file beside the recipe.",
        {
            "file": text("The CSV or Excel file, relative to the recipe.", example="codes.csv"),
            "key": text("The column that is looked up.", example="code"),
            "value": text("The column that the lookup gives.", example="account"),
            **_file_form(),
        },
        ["file", "key", "value"],
    )
    return {
        "type": "object",
        "description": "Values by key; or file, key and value: columns of a CSV or Excel file.",
        # A table whose file is named, but not both of its columns, is no table of its own with two entries.
        "if": {
            "anyOf": [
                {"required": ["file", "key"]},
                {"required": ["file", "value"]},
                {"required": ["file"], "properties": {"file": {"pattern": TABLE}}},
            ]
        },
        "then": file,
    }


def _file_form() -> Schema:
    """Return how a table beside the recipe is written."""
    return {
        "format": {
            "enum": ["csv", "excel"],
            "description": "What is in the file; else its name tells.",
            "examples": ["csv"],
        },
        "sheet": text("The sheet (Excel); else the only one that holds anything."),
        "delimiter": text("What stands between cells (CSV).") | {"maxLength": 1},
        "quote": {
            "type": "string",
            "maxLength": 1,
            "description": "What stands around cells (CSV); '' for nothing.",
        },
        "encoding": text("How the text is written (CSV).", example="cp1252"),
        "header": {
            "type": "integer",
            "minimum": 1,
            "maximum": 1000,
            "description": "The line or row with the columns' names.",
        },
    }


def _trigger(registry: Registry) -> Schema:
    common: Schema = {
        "when": text("Which records are this recipe's: one path or one {{ }} that gives true or false."),
        "key": {"description": "Business key of one record: the same key twice is one effect."},
        "revision": text("An instant or number that grows with each edit of a record."),
        "on_revision": ON_REVISION,
        "schema": text(
            "A file with the JSON Schema of one record, by which what reads it is checked.",
            r"^\.\.?/",
            "./orders.schema.json",
        ),
    }
    branches: dict[str, Schema] = {}
    for name in registry.names("triggers"):
        declared = registry.declaration("triggers", name)
        own = own_properties(declared.params.model_json_schema(by_alias=True))
        branches[name] = object_of(declared.summary, {**own["properties"], **common}, [name])
    for name, about in WITH_SERVE.items():
        given = {"with": {"type": "object", "description": "Its parameters."}}
        branches[name] = object_of(
            f"{about} Comes with serve.", {name: text(about), **given, **common}, [name]
        )
    return by_key("Where records come from.", branches, last="poll")


def _mapping() -> Schema:
    target = text(
        "The document's schema: one under schemas/, or a file such as ./my.schema.json; without it that of the"
        " operation which gets $mapped.",
        example="accounting/invoice",
    )
    fields = {"type": "object", "description": "The document's fields.", "minProperties": 1}
    row = object_of(
        "One line of the table.",
        {
            "from": {
                "description": "A path of the record; for each element behind [*].",
                "examples": ["$.email"],
            },
            "to": text("The path of the field.", example="$.customer.email"),
            "transform": text("Filters, as in a pipe.", example="money | sum"),
            "note": text("For people."),
        },
        ["from", "to"],
    )
    rows: Schema = {
        "description": "The mapping as a table: from, to, transform; a list, or a CSV or Excel file.",
        "if": {"type": "string"},
        "then": text("The file, relative to the recipe.", example="mapping.csv"),
        "else": list_of("Lines of the table.", row) | {"minItems": 1},
    }
    return {
        "type": "object",
        "description": "Turns a record into a document, which is checked against the target's schema.",
        "if": {"required": ["rows"]},
        "then": object_of("A mapping as a table.", {"target": target, "rows": rows, **_file_form()}, ["rows"])
        | {"x-kind": "rows", "x-beside": ["fields"]},
        "else": object_of("A mapping by field.", {"target": target, "fields": fields}, ["fields"])
        | {"x-instead": ["rows"], "x-kind": "fields"},
    }


def _read() -> Schema:
    return object_of(
        "A read operation.",
        {
            "id": text("Name of its result, $steps.ID.", ACTION_ID, "payments"),
            "uses": uses("The operation."),
            "with": {"type": "object", "description": "Its parameters."},
        },
        ["id", "uses"],
    )


def _check() -> Schema:
    return object_of(
        "A condition that must hold before the first write.",
        {
            "that": text("One path or one {{ }} that gives true or false."),
            "otherwise": text("What is wrong when it is false; stands in the report."),
        },
        ["that", "otherwise"],
    )
