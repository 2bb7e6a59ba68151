"""A project whose connection ``desk`` is the loopback target, for the benchmarks that run recipes on it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

DOCUMENT: Final = {
    "type": "object",
    "additionalProperties": False,
    "required": ["number", "date", "total", "currency", "customer"],
    "properties": {
        "number": {"type": "string", "minLength": 1},
        "date": {"type": "string", "format": "date"},
        "total": {"type": "string", "format": "money"},
        "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
        "customer": {
            "type": "object",
            "additionalProperties": False,
            "required": ["name"],
            "properties": {"name": {"type": "string"}, "email": {"type": "string"}},
        },
        "memo": {"type": "string"},
    },
}
DESK: Final = """\
actions:
  - id: note
    uses: desk.notes.create
    with:
      number: $.name
      date: $.processed_at | date
      total: $.total_price | money
      currency: $.currency
      customer: {name: $.customer.name, email: $.customer.email?}
      memo: $.note?
"""
"""What a recipe does with each order."""


def connector(address: str) -> dict[str, Any]:
    """Return the target's connector, as it is written in YAML, of which JSON is a part."""
    note = {
        "effect": "create",
        "summary": "Add a note.",
        "method": "POST",
        "path": "/notes",
        "body": "./note.schema.json",
        "record": "$",
        "idempotency": {"header": "Idempotency-Key", "lifetime": "24h"},
    }
    records = {
        "effect": "read",
        "summary": "Orders.",
        "path": "/records",
        "query": {"limit": 250},
        "records": "$.records",
        "paging": {"kind": "cursor", "cursor": "$.next", "to": "after", "in": "query", "size": "limit"},
    }
    return {
        "connector": "desk",
        "version": 1,
        "summary": "The loopback target.",
        "base_url": address,
        "settings": {"name": {"type": "string", "example": "one", "description": "Which desk."}},
        "identity": ["name"],
        "operations": {"notes.create": note, "records.list": records},
    }


def write_project(folder: Path, address: str, recipe: str, state: dict[str, str] | None = None) -> Path:
    """Write a project whose ``desk`` is the target at *address* into *folder*, and return the recipe's file.

    Args:
        state: Where the ledger is kept, as ``connections.yaml`` has it; None for a file.
    """
    place = folder / "connectors" / "desk"
    place.mkdir(parents=True)
    (place / "connector.yaml").write_text(json.dumps(connector(address)), "utf-8")
    (place / "note.schema.json").write_text(json.dumps(DOCUMENT), "utf-8")
    connections: dict[str, Any] = {"connections": {"desk": {"connector": "desk", "name": "one"}}}
    if state:
        connections["state"] = state
    (folder / "connections.yaml").write_text(json.dumps(connections), "utf-8")
    file = folder / "recipe.yaml"
    file.write_text(recipe, "utf-8")
    return file
