"""The shape of an action, by kind, and of what happens when it fails."""

from __future__ import annotations

from typing import Final

from engine.registry import Registry
from engine.shapes.words import (
    ACTION_ID,
    NAME,
    Schema,
    by_key,
    list_of,
    object_of,
    one_or_more,
    own_properties,
    text,
    uses,
)

DURATION: Final = "^[1-9][0-9]*(ms|[smhd])$"
ACTION_LIST: Final[Schema] = {"$ref": "#/$defs/action"}
CHAIN: Final[Schema] = list_of("Actions, in their order.", ACTION_LIST) | {"minItems": 1}
ID: Final = text("Name of its result, $steps.ID; part of the effect key.", ACTION_ID, "invoice")
WHEN: Final = text("Whether it runs: one path or one {{ }} that gives true or false.")
WHY: Final = text("Why; stands in the report.", example="a test order")
KEY: Final[Schema] = {"description": "Its business key, in place of the record's; in for_each part of it."}
WAS: Final = one_or_more("The id that it had, or those: its effects stay its own.", ACTION_ID, "old_id")
COMMON: Final[Schema] = {"id": ID, "was": WAS, "when": WHEN, "on_error": {"$ref": "#/$defs/on_error"}}


def action(registry: Registry) -> Schema:
    """Return the schema of an action; its kind is told by the key that is there."""
    branches = {
        "for_each": _for_each(),
        "switch": object_of(
            "The first case that holds; none and no else is an error.",
            COMMON | {"switch": list_of("The cases.", _case()) | {"minItems": 1}},
            ["id", "switch"],
        ),
        "parallel": object_of(
            "Actions at the same time, which cannot read each other.",
            COMMON | {"parallel": CHAIN},
            ["id", "parallel"],
        ),
        "call": _call(),
        "skip": _end("skip", "Finishes the record here."),
        "stop": _end("stop", "Ends the run before this record."),
        "wait": object_of(
            "Waits for a time or an approval. Comes with serve.",
            {"id": ID, "when": WHEN, "wait": text("How long, or approval.", rf"{DURATION}|^approval$", "2d")},
            ["id", "wait"],
        ),
        "uses": _uses(registry),
    }
    return by_key("One action.", branches, last="uses")


def on_error() -> Schema:
    """Return the schema of ``on_error``."""
    then: Schema = {
        "description": "Where the record goes; or actions that see $error and run before it goes there.",
        "if": {"type": "array"},
        "then": list_of("Actions that see $error.", ACTION_LIST) | {"minItems": 1},
        "else": {
            "enum": ["dead_letter", "stop", "continue"],
            "description": "dead_letter, stop (the run), or at an action continue (with the next one).",
        },
    }
    retry = object_of(
        "How often a request is repeated that is safe to repeat.",
        {
            "attempts": {"type": "integer", "minimum": 1, "maximum": 20, "description": "Attempts in all."},
            "backoff": text(
                "The longest first pause, which chance shortens; each next one may be twice as long.",
                DURATION,
                "2s",
            ),
            "max": text("All pauses together.", DURATION, "5m"),
        },
        ["attempts"],
    )
    alert = text("The channel that is told; without one the log.", NAME, "finance")
    parts = {"retry": retry, "then": then, "alert": alert}
    return object_of(
        "What happens when it fails, as {then: stop} or, at a single action, {then: continue}.", parts
    ) | {"minProperties": 1}


def _for_each() -> Schema:
    own = {
        "for_each": text("A path that selects a list.", example="$.refunds[*]"),
        "as": text("Name of one element.", ACTION_ID, "refund"),
        "key": KEY,
        "do": CHAIN,
    }
    return object_of("Actions for each element of a list.", COMMON | own, ["id", "for_each", "do"])


def _case() -> Schema:
    return {
        "type": "object",
        "description": "One case: when and do, or else.",
        "if": {"required": ["else"]},
        "then": object_of("What happens where no case holds.", {"else": CHAIN}, ["else"])
        | {"x-kind": "else", "x-beside": ["when", "do"]},
        "else": object_of("A case.", {"when": WHEN, "do": CHAIN}, ["when", "do"]) | {"x-instead": ["else"]},
    }


def _call() -> Schema:
    own = {
        "call": text("The name of a recipe whose trigger is manual.", NAME, "book-order"),
        "with": {"description": "The record that it gets."},
    }
    return object_of("Another recipe on a record of this one.", COMMON | own, ["id", "call", "with"])


def _end(word: str, description: str) -> Schema:
    return object_of(description, {"id": ID, "when": WHEN, word: WHY}, [word])


def _uses(registry: Registry) -> Schema:
    own = {
        "uses": uses("The operation."),
        "with": {"description": "Its parameters or document: a mapping, or $mapped."},
        "key": KEY,
    }
    shape = object_of("One operation, or one of the engine's own actions.", COMMON | own, ["id", "uses"])
    return shape | {"allOf": [_hint(registry, name) for name in registry.actions]}


def _hint(registry: Registry, name: str) -> Schema:
    """Return what an editor shows about ``with`` of an action of the engine's own; its values may be expressions."""
    declared = registry.action(name)
    own = own_properties(declared.params.model_json_schema(by_alias=True))
    shown = {
        field: {word: entry[word] for word in ("description", "examples") if word in entry}
        for field, entry in own["properties"].items()
    }
    return {
        "if": {"properties": {"uses": {"const": name}}, "required": ["uses"]},
        "then": {"properties": {"with": {"properties": shown, "description": declared.summary}}},
    }
