"""From an operation and what it is given to the request that leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from engine import canonical, form, money
from engine.connector import Operation
from engine.fill import fill_url, several
from engine.keys import EffectKey
from engine.paths import MISSING
from engine.wire import Request


def build(
    operation: Operation,
    base_url: str,
    given: Mapping[str, Any],
    key: EffectKey | None = None,
    generation: int = 1,
) -> Request:
    """Return the request of *operation*.

    Args:
        given: What ``valid`` returned: parameters, and beside them the fields of the body.
        key: The effect's key, for a write.
        generation: Which request under this key, from 1; see ``EffectKey.native``.
    """
    placed = _placed(operation, given)
    document, query, headers = placed.document, placed.query, placed.headers
    idempotency = operation.idempotency
    if key is not None:
        if idempotency.find is not None:
            document[idempotency.find.field] = key.external_id
        if idempotency.place == "body":
            document[idempotency.name] = key.native(generation) if idempotency.remembers else key.external_id
        elif idempotency.place == "query":
            query[idempotency.name] = key.native(generation)
        elif idempotency.place == "header":
            headers.append((idempotency.name, key.native(generation)))
    if operation.statement is not None:
        query[operation.statement.to] = operation.statement.filled(placed.statement)
    path = fill_url(operation.path, placed.path)
    address = base_url + path + (f"?{urlencode(query)}" if query else "")
    kind, body = "application/json", document
    if operation.graphql is not None:
        body = {"query": operation.graphql.text, "variables": operation.graphql.filled(placed.variables)}
    elif placed.body is not MISSING:
        body = placed.body
    elif not operation.body:
        return Request(operation.method, address, tuple(headers))
    elif operation.is_form:
        kind = form.TYPE
    data = form.encoded(document) if operation.is_form else canonical.encode(body)
    return Request(operation.method, address, (("Content-Type", kind), *headers), data)


@dataclass(slots=True)
class _Placed:
    """What an operation is given, by where it goes; *body* is a whole one, *document* what is left for one."""

    document: dict[str, Any]
    query: dict[str, str]
    path: dict[str, str] = field(default_factory=dict)
    variables: dict[str, Any] = field(default_factory=dict)
    statement: dict[str, Any] = field(default_factory=dict)
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: Any = MISSING


def _placed(operation: Operation, given: Mapping[str, Any]) -> _Placed:
    placed = _Placed(dict(given), dict(operation.query))
    for name, param in operation.params.items():
        value = placed.document.pop(name, param.default)
        if value is None and param.place != "body":
            continue
        match param.place:
            case "variables":
                placed.variables[name] = value
            case "statement":
                placed.statement[name] = value
            case "body":
                placed.body = value
            case "headers":
                placed.headers += [(word, _text(each)) for word, each in value.items()]
            case "path":
                placed.path[name] = (
                    _text(value)
                    if not param.segments
                    else several(value if isinstance(value, str) else [_text(each) for each in value])
                )
            case "query" if isinstance(value, Mapping):
                placed.query |= {word: _text(each) for word, each in value.items()}
            case "query":
                placed.query[param.sent or name] = _text(value)
    return placed


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else money.text(value)
