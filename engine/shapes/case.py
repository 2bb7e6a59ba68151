"""The shape of a test file: cases of a recipe, each a record, what its reads give, and what is expected."""

from __future__ import annotations

from typing import Final

from engine.registry import Registry
from engine.shapes.words import ACTION_ID, Schema, by_key, file_of, list_of, named, object_of, text, uses

INSTANT: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2})$"


def cases_shape(_registry: Registry) -> Schema:
    """Return the schema of a test file, ``NAME.test.yaml``."""
    properties: Schema = {
        "recipe_test": text(
            "The recipe: its name, or its file from this one's folder.", example="shopify-to-invoice"
        ),
        "version": {"const": 1, "description": "Version of the form of test files."},
        "cases": list_of("The cases, one record each.", {"$ref": "#/$defs/case"}) | {"minItems": 1},
    }
    shape = file_of("test", "Tests of a recipe: nothing is sent.", properties, list(properties))
    return shape | {"$defs": {"case": _case(), "expect": _expect(), "send": _send()}}


def _case() -> Schema:
    name = {"name": text("What it shows, as a sentence.", example="a paid order becomes an invoice")}
    common: Schema = {
        "changes": {
            "type": "object",
            "description": "What is otherwise than in the record, by JSON pointer.",
            "examples": [{"/line_items/0/price": "12.50"}],
        },
        "vars": {
            "type": "object",
            "description": "Values of the recipe's variables, by name.",
            "examples": [{"month": "2026-11-01"}],
        },
        "now": text(
            "When it runs; 2026-01-01T12:00:00Z where nothing is said.", INSTANT, "2026-11-01T09:00:00Z"
        ),
        "steps": named(
            "What reads give, and actions whose result later ones need, by id.",
            {"description": "The result as $steps.ID, each time the step runs."},
            ACTION_ID,
        ),
        "refuses": named(
            "Actions that their target refuses, by id.", text("What the target says of it."), ACTION_ID
        ),
        "expect": {"$ref": "#/$defs/expect"},
    }
    file = text("A JSON file with the record, from this file's folder.", example="orders/1001.json")
    record: Schema = {"description": "The record, as the trigger gives it."}
    branches = {
        "file": object_of(
            "One record of a file.", name | {"file": file} | common, ["name", "file", "expect"]
        ),
        "record": object_of("One record.", name | {"record": record} | common, ["name", "record", "expect"]),
    }
    return by_key("One record and what is expected of it.", branches, last="record")


def _expect() -> Schema:
    mapped: Schema = {
        "mapped": {
            "type": "object",
            "description": "Fields of the document that the mapping makes; others are not looked at.",
            "examples": [{"number": "#1001", "total": "37.50"}],
        }
    }
    sends: Schema = {
        "sends": list_of("All that is written, in its order; [] for nothing.", {"$ref": "#/$defs/send"})
    }
    fails = object_of(
        "The error.",
        {
            "code": text("Its code.", "^X[0-9]{3}$", "X106"),
            "message": text("A part of its message.", example="do not add up"),
        },
    ) | {"minProperties": 1}
    ends: dict[str, tuple[str, Schema]] = {
        "fails": ("The record fails.", fails),
        "skips": (
            "The recipe skips the record.",
            text("Why, or a part of it.", example="a test order"),
        ),
        "stops": (
            "The recipe ends the run before the record.",
            text("Why, or a part of it.", example="the period is closed"),
        ),
    }
    branches = {
        word: object_of(about, {word: shape} | mapped | sends, [word])
        for word, (about, shape) in ends.items()
    }
    ignored = {"const": True, "description": "The trigger's when leaves the record to others."}
    branches["ignored"] = object_of("The record is not this recipe's.", {"ignored": ignored}, ["ignored"])
    branches["mapped"] = object_of(
        "The record goes through: mapped or sends; or fails, skips, stops or ignored.", mapped | sends
    ) | {"minProperties": 1}
    return by_key("What comes of it.", branches, last="mapped")


def _send() -> Schema:
    return object_of(
        "One write.",
        {
            "uses": uses("The operation."),
            "with": {
                "type": "object",
                "description": "Fields of what is sent; others are not looked at.",
                "examples": [{"number": "#1001"}],
            },
            "key": {"description": "The business key of its effect.", "examples": [["1001"]]},
        },
        ["uses"],
    )
