"""What a sample's server remembers of what was written to it, for as long as it is served."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from engine import canonical
from engine.connector import Connector, Operation


@dataclass(slots=True)
class Written:
    """The documents that were made, by the schema of what the operations give that made them.

    Attributes:
        ids: The field that holds an id, likewise.
        records: In their order.
        answers: What was answered, by the key of the request: the same one is made once.
    """

    ids: dict[str, str]
    records: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)
    alone: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def to(cls, connector: Connector) -> Written:
        """Return what is empty yet, of all that can be made by *connector*."""
        made = (each for each in connector.operations.values() if each.effect == "create" and each.returns)
        return cls({each.returns: each.id_name for each in made})

    def of(self, operation: Operation) -> list[Mapping[str, Any]]:
        """Return what was made of that which *operation* gives."""
        with self.alone:
            return list(self.records.get(operation.returns, ()))

    def one(self, operation: Operation, id: str) -> Mapping[str, Any] | None:
        """Return what was made and has this *id*, or None."""
        name = self.ids.get(operation.returns, "")
        return next((each for each in self.of(operation) if each.get(name) == id), None)

    def make(self, operation: Operation, url: str, headers: Mapping[str, str], body: bytes) -> Any:
        """Return the document that *operation* makes of what it is sent: with an id, and made once."""
        key = _key(operation, url, headers, body)
        with self.alone:
            if key in self.answers:
                return self.answers[key]
            document = dict(parse_qsl(body.decode())) if operation.is_form else canonical.decode(body)
            # Of the key, so that another run makes others; a number, as most vendors have it.
            made = {**document, operation.id_name: str(int(key[:12], 16))}
            self.records.setdefault(operation.returns, []).append(made)
            self.answers[key] = made
            return made


def _key(operation: Operation, url: str, headers: Mapping[str, str], body: bytes) -> str:
    """Return what a request is known by: its own key where the vendor knows one, else all of it."""
    given = operation.idempotency
    named = {name.lower(): value for name, value in headers.items()}
    sent = {
        "header": named.get(given.name.lower()),
        "query": dict(parse_qsl(urlsplit(url).query)).get(given.name),
    }
    own = sent.get(given.place)
    return sha256(own.encode() if own else url.encode() + body).hexdigest()
