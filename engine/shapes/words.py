"""The words that the shapes of files are built from: objects, lists, names and texts as JSON Schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from engine.registry import Registry

Schema = dict[str, Any]
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
TEXT: Final[Schema] = {"type": "string", "minLength": 1}
ACTION_ID: Final = "^[a-z][a-z0-9_]*$"
NAME: Final = "^[a-z][a-z0-9-]*$"


def kinds(
    registry: Registry,
    kind: str,
    description: str,
    common: Mapping[str, Schema] = MappingProxyType({}),
    required: Sequence[str] = (),
) -> Schema:
    """Return the schema of a tagged mapping: an enum of names, and if/then per name, so errors blame the right one.

    Args:
        common: Properties that each has, whatever its kind; *required* are those that it must have.
    """
    names = registry.names(kind)
    branches = []
    for name in names:
        declared = registry.declaration(kind, name)
        own = own_properties(declared.params.model_json_schema())
        properties = {"kind": {"const": name, "description": declared.summary}, **common, **own["properties"]}
        branch = object_of(declared.summary, properties, [*required, "kind", *own.get("required", [])])
        branches.append(
            {"if": {"properties": {"kind": {"const": name}}, "required": ["kind"]}, "then": branch}
        )
    return {
        "type": "object",
        "description": description,
        "properties": {"kind": {"enum": names, "description": description}},
        "required": [*required, "kind"],
        "allOf": branches,
    }


def own_properties(schema: Mapping[str, Any]) -> Schema:
    """Return *schema*, which pydantic made, without the titles, the nulls and the references that it adds."""
    defined = schema.get("$defs", {})
    properties = {name: _own(entry, defined) for name, entry in schema.get("properties", {}).items()}
    return {**{key: value for key, value in schema.items() if key != "$defs"}, "properties": properties}


def _own(entry: Mapping[str, Any], defined: Mapping[str, Any]) -> Schema:
    # A field that may be left out is a model or null to pydantic; absent means default here, and null is none.
    inner = next((each for each in entry.get("anyOf", ()) if "$ref" in each), None)
    reference = entry.get("$ref") or (inner or {}).get("$ref")
    if reference is None:
        return {key: value for key, value in entry.items() if key != "title"}
    model = own_properties({**defined[reference.rpartition("/")[2]], "$defs": defined})
    described = entry.get("description") or model.get("description", "")
    return object_of(described, model["properties"], model.get("required"))


def file_of(name: str, description: str, properties: Schema, required: list[str]) -> Schema:
    return {"$schema": DIALECT, "title": name, **object_of(description, properties, required)}


def object_of(description: str, properties: Schema, required: list[str] | None = None) -> Schema:
    schema: Schema = {"type": "object", "description": description, "properties": properties}
    return schema | {"additionalProperties": False} | ({"required": required} if required else {})


def named(description: str, entry: Schema, names: str) -> Schema:
    return {
        "type": "object",
        "description": description,
        "propertyNames": {"pattern": names},
        "additionalProperties": entry,
    }


def list_of(description: str, entry: Schema) -> Schema:
    return {"type": "array", "description": description, "items": entry}


def uses(description: str) -> Schema:
    return text(
        f"{description} CONNECTION.OPERATION.", r"^[a-z][a-z0-9-]*\.[a-z][a-z0-9_.]*$", "shop.orders.list"
    )


def text(description: str, pattern: str = "", example: str = "") -> Schema:
    schema: Schema = {**TEXT, "description": description}
    return schema | ({"pattern": pattern} if pattern else {}) | ({"examples": [example]} if example else {})


def one_or_more(description: str, pattern: str, example: str) -> Schema:
    """Return the schema of a text, or of a list of such texts."""
    each = text(description, pattern, example)
    several = list_of(description, each) | {"minItems": 1}
    return {
        "description": description,
        "examples": [example],
        "if": {"type": "array"},
        "then": several,
        "else": each,
    }


def by_key(description: str, branches: Mapping[str, Schema], *, last: str) -> Schema:
    """Return the schema of a mapping whose kind is told by a key: the branch of the first key that is there.

    ``x-instead`` in the last branch names the keys of the other kinds, so that a misspelt one is told from an unknown
    one. ``x-kind`` and ``x-beside`` let a second kind be named as what it is.
    """
    told = {
        name: {**branch, "x-kind": name, "x-beside": [other for other in branches if other != name]}
        for name, branch in branches.items()
    }
    schema = {**told[last], "x-instead": [name for name in branches if name != last]}
    for name in reversed([name for name in branches if name != last]):
        schema = {"if": {"required": [name]}, "then": told[name], "else": schema}
    return {"type": "object", "description": description, **schema} if "if" in schema else schema
