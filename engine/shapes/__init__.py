"""The JSON Schemas of the files users write, generated from what is declared.

``schemas/*.schema.json`` holds what these functions return; a test keeps them fresh. Editors and the check read the
files, so that checking a good recipe imports none of the models they come from.
"""

from __future__ import annotations

from typing import Any, Final

from engine.connector_file import load
from engine.registry import Registry
from engine.shapes.case import cases_shape
from engine.shapes.connector import connector_shape
from engine.shapes.recipe import recipe_shape
from engine.shapes.words import NAME, Schema, file_of, named


def connections_shape(registry: Registry) -> Schema:
    """Return the schema of ``connections.yaml``."""
    entry = {
        "type": "object",
        "description": "The connector and its settings; secrets are references such as ${env:NAME}.",
        "properties": {
            "connector": {"enum": list(registry.connectors), "description": "The connector's name."}
        },
        "required": ["connector"],
        "allOf": [_settings(name, registry) for name in registry.connectors],
    }
    return file_of(
        "connections",
        "What the connections of the recipes are.",
        {"connections": named("Connections by the name that recipes use.", entry, NAME)},
        ["connections"],
    )


def _settings(name: str, registry: Registry) -> Schema:
    """Return what an editor shows about the settings of connector *name*; the check judges them by the connector."""
    another = "Another address than the vendor's, which makes another account."
    about: dict[str, Any] = {"base_url": {"description": another}}
    for setting in load(name, registry).settings.values():
        shown = f"${{env:{name.upper()}_{setting.name.upper()}}}" if setting.secret else setting.example
        about[setting.name] = {"description": setting.description, "examples": [shown]}
    chosen = {"properties": {"connector": {"const": name}}, "required": ["connector"]}
    return {"if": chosen, "then": {"properties": about}}


SHAPES: Final = {
    "recipe": recipe_shape,
    "connections": connections_shape,
    "connector": connector_shape,
    "test": cases_shape,
}
