"""A write that is ready to be sent, and its row in the ledger."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from engine import canonical
from engine.actions.operation import build
from engine.keys import EffectKey
from engine.ledger import EffectRow, EffectState
from engine.policy import OnRevision
from engine.recipe import Call, Use
from engine.wire import Request


@dataclass(frozen=True)
class Write:
    """A write that is ready to be sent.

    Attributes:
        use: The operation of *call*.
        base_url: Where the target's paths start from.
        given: What ``operation.valid`` returned.
        record: The record's business key as canonical JSON.
        run: The run's id.
        on_revision: What becomes of the effect where its record changed.
        wanted: The digest of what stands at the target afterwards, where that is not this request's own.
    """

    call: Call
    use: Use
    key: EffectKey
    base_url: str
    given: Any
    record: str
    run: str
    on_revision: OnRevision = ""
    wanted: str = ""

    def known_as(self, row: EffectRow) -> Write:
        """Return it as the target knows it by *row*: it may have been sent before recipe or action got their names."""
        key = self.key.known_as(row.external_id)
        return self if key is self.key else replace(self, key=key)

    def request(self, generation: int = 1) -> Request:
        """Return the request, with the native key of *generation* where the target takes one."""
        return build(self.use.operation, self.base_url, self.given, self.key, generation)

    @cached_property
    def digest(self) -> str:
        """Digest over method, address and body of what is asked for, whichever generation asks for it."""
        if self.wanted:
            return self.wanted
        request = self.request()
        body = request.body or b""
        return canonical.digest(canonical.encode([request.method, request.url, body.decode()]))

    def intent(self, before: EffectRow | None, now: str) -> tuple[EffectRow, Request]:
        """Return the row and the request of a first send, or of one after the refusal in *before*."""
        key, generation = self.key, 1
        if before is not None:
            generation = before.generation + self.use.operation.idempotency.remembers
        request = self.request(generation)
        row = EffectRow(
            key=key.text,
            target=key.target,
            recipe=key.recipe,
            path=".".join(key.path),
            record=self.record,
            external_id=key.external_id,
            operation=self.use.text,
            state=EffectState.SENDING,
            method=request.method,
            url=request.url,
            # Secrets are not headers yet: the door's auth adds them as the request leaves.
            headers=canonical.encode([[name, str(value)] for name, value in request.headers]).decode(),
            body=request.body or b"",
            request_digest=self.digest,
            run=self.run,
            sent_at=now,
            attempts=1 if before is None else before.attempts + 1,
            generation=generation,
        )
        return row, request


def stored(row: EffectRow) -> Request:
    """Return the request as it was sent, byte for byte."""
    headers = tuple((name, value) for name, value in canonical.decode(row.headers))
    return Request(row.method, row.url, headers, row.body or None)
