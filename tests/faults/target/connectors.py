"""The target as connectors of a project, one for each strategy: ``target-header``, ``target-query`` and so on."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from engine.shipped import shipped

MONEY: Final = {"type": "string", "format": "money", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}
NOTE: Final[Mapping[str, Any]] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Note",
    "type": "object",
    "additionalProperties": False,
    "required": ["text", "amount"],
    "properties": {"text": {"type": "string"}, "amount": MONEY, "reference": {"type": "string"}},
}
MESSAGE: Final[Mapping[str, Any]] = {**NOTE, "title": "Message", "required": ["text"]}

IDEMPOTENCY: Final[Mapping[str, Any]] = {
    "header": {"header": "Idempotency-Key", "lifetime": "24h"},
    "query": {"query": "requestid", "lifetime": "24h"},
    "body": {"body": "external_id"},
    "find": {
        "find": {
            "field": "reference",
            "uses": "notes.list",
            "with": {"reference": "$key"},
            "at": "$.reference",
            "settles_after": "0.2s",
        }
    },
    "none": "none",
    "notify": "none",
}
"""What each strategy declares of its writes."""

CODE: Final = {"at": "$.error.code", "message": "$.error.message"}
ERRORS: Final[list[dict[str, Any]]] = [
    {"status": 409, "equals": "in_progress", "is": "transient", **CODE},
    {"status": 409, "equals": "duplicate", "is": "duplicate", **CODE},
    {"status": 409, "equals": "key_reused", "is": "validation", **CODE},
    {"status": 200, "equals": "validation", "is": "validation", **CODE},
    {"status": 422, "is": "validation", "message": "$.error.message"},
    {"status": 404, "is": "not_found", "message": "$.error.message"},
    {"status": 429, "is": "throttled", "message": "$.error.message"},
]


def write(
    project: Path, address: str, timeout: str = "0.2s", limits: Sequence[Mapping[str, Any]] = ()
) -> dict[str, dict[str, str]]:
    """Write the connectors into ``connectors/`` of *project*.

    Args:
        address: Where the target is, ``Target.address``.
        timeout: The time that a request may take, as the connectors state it.
        limits: What they state that an account may ask for.

    Returns:
        A connection to each for ``connections.yaml``, under its strategy's name.
    """
    for strategy in IDEMPOTENCY:
        folder = project / "connectors" / f"target-{strategy}"
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in (
            (
                "connector.yaml",
                connector(strategy, address, timeout) | ({"limits": limits} if limits else {}),
            ),
            ("note.schema.json", NOTE),
            ("message.schema.json", MESSAGE),
        ):
            (folder / name).write_text(json.dumps(content, indent=2) + "\n", "utf-8")
    made = {strategy: {"connector": f"target-{strategy}", "account": "main"} for strategy in IDEMPOTENCY}
    (project / "vendor.key").write_text("of_a_vendor_made_up_0123456789", "utf-8")
    return made | {name: _shipped(project, address, timeout, name) for name in SHIPPED}


SHIPPED: Final[Mapping[str, Mapping[str, str]]] = {
    "stripe": {"account": "acct_1", "key": "${file:vendor.key}"},
    "quickbooks": {"realm": "1", "client_id": "app", "client_secret": "${file:vendor.key}"},
}
"""What a connection to a connector that ships says."""
SIGNING_IN: Final = re.compile(r"^auth:\n  kind: authorization_code\n(?:  .*\n)*", re.MULTILINE)
PLAIN: Final = 'auth: {kind: header, header: Authorization, value: "{client_secret}"}\n'


def _shipped(project: Path, address: str, timeout: str, name: str) -> dict[str, str]:
    """Write the connector *name* as it ships, but for its limits, the time that a request may take and signing in.

    Returns:
        A connection to it.
    """
    folder = project / "connectors" / name
    shutil.copytree(shipped("connectors") / name, folder, dirs_exist_ok=True)
    whole = (folder / "connector.yaml").read_text("utf-8")
    kept = SIGNING_IN.sub(PLAIN, whole[: whole.index("\nlimits:")])
    (folder / "connector.yaml").write_text(f"{kept}\ntimeout: {timeout}\n", "utf-8")
    return {"connector": name, **SHIPPED[name], "base_url": f"{address}/{name}"}


def connector(strategy: str, address: str, timeout: str = "0.2s") -> dict[str, Any]:
    """Return the connector of *strategy* as it is written in YAML, of which JSON is a part."""
    return {
        "connector": f"target-{strategy}",
        "version": 1,
        "summary": f"The target of effects by the strategy {strategy}.",
        "base_url": address,
        "timeout": timeout,
        "settings": {
            "account": {"type": "string", "example": "main", "description": "Whose notes they are."}
        },
        "identity": ["account"],
        "operations": {**_reads(strategy), **_writes(strategy)},
        "errors": ERRORS,
    }


def _writes(strategy: str) -> dict[str, Any]:
    told = strategy == "notify"
    made: dict[str, Any] = {
        "effect": "notify" if told else "create",
        "summary": "Send a message." if told else "Add a note.",
        "method": "POST",
        "path": f"/{strategy}/{'messages' if told else 'notes'}",
        "body": "./message.schema.json" if told else "./note.schema.json",
        "record": "$",
        "idempotency": IDEMPOTENCY[strategy],
    }
    if told:
        return {"messages.send": made}
    successors = {"update": {"uses": "notes.change", "id": "id"}, "void": {"uses": "notes.void", "id": "id"}}
    return {"notes.create": {**made, **successors}, **_changes(strategy, made)}


def _changes(strategy: str, made: dict[str, Any]) -> dict[str, Any]:
    id = {"in": "path", "type": "string", "required": True, "description": "Its id."}
    change = {
        **made,
        "effect": "update",
        "summary": "Put another note in its place.",
        "method": "PUT",
        "path": f"/{strategy}/notes/{{id}}",
        "params": {"id": id},
    }
    void = {**change, "summary": "Take it back.", "method": "POST", "path": f"/{strategy}/notes/{{id}}/void"}
    del void["body"]  # and with it what carries a key in there
    if strategy not in ("header", "query"):
        void["idempotency"] = "none"
    return {"notes.change": change, "notes.void": void}


def _reads(strategy: str) -> dict[str, Any]:
    things = "messages" if strategy == "notify" else "notes"
    reads: dict[str, Any] = {
        f"{things}.get": {
            "effect": "read",
            "summary": "One of them by its id.",
            "path": f"/{strategy}/{things}/{{id}}",
            "params": {"id": {"in": "path", "type": "string", "required": True, "description": "Its id."}},
            "record": "$",
        },
        "records.list": {
            "effect": "read",
            "summary": "The records that the target was given, all pages.",
            "path": f"/{strategy}/records",
            "query": {"limit": 100},
            "records": "$.records",
            "paging": {"kind": "cursor", "cursor": "$.next", "to": "after", "in": "query", "size": "limit"},
        },
    }
    if strategy == "find":
        reads["notes.list"] = {
            "effect": "read",
            "summary": "The notes that carry a reference.",
            "path": "/find/notes",
            "params": {"reference": {"in": "query", "type": "string", "description": "The reference."}},
            "records": "$.notes",
        }
    return reads
