"""A write that is ready to be sent, and its row in the ledger."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from engine import canonical
from engine.actions.request import build
from engine.keys import EffectKey
from engine.ledger import EffectRow, EffectState
from engine.policy import OnRevision, Retry
from engine.recipe import Call, Use
from engine.revisions import Origin
from engine.wire import Request


@dataclass(frozen=True)
class Write:
    """A write that is ready to be sent.

    Attributes:
        use: The operation of *call*.
        base_url: Where the target's paths start from.
        given: What ``operation.valid`` returned.
        origin: The record.
        run: The run's id.
        on_revision: What becomes of the effect where its record changed.
        remaps: Whether what an earlier form of the recipe made is brought to what the recipe says now.
        settles: Whether a person has brought what stands to what the record asks for.
        wanted: The digest of what stands at the target afterwards, where that is not this request's own.
        longest: Seconds that may be waited for the target's budgets.
    """

    call: Call
    use: Use
    key: EffectKey
    base_url: str
    given: Any
    origin: Origin
    run: str
    on_revision: OnRevision = ""
    remaps: bool = False
    settles: bool = False
    wanted: str = ""
    longest: float = Retry(1).longest

    def known_as(self, row: EffectRow) -> Write:
        """Return it as the target knows it by *row*: it may have been sent before recipe or action got their names."""
        key = self.key.known_as(row.external_id)
        return self if key is self.key else replace(self, key=key)

    def request(self, generation: int = 1) -> Request:
        """Return the request, with the native key of *generation* where the target takes one."""
        return self._first if generation == 1 else self._built(generation)

    @cached_property
    def _first(self) -> Request:
        return self._built(1)

    def _built(self, generation: int) -> Request:
        return build(self.use.operation, self.base_url, self.given, self.key, generation)

    @property
    def is_shared(self) -> bool:
        """Whether the action has a key of its own, which several records may have: a customer of many orders."""
        return self.call.key is not None

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
            record=self.origin.record,
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
            source=self.origin.source,
            record_revision=self.origin.revision,
            record_digest=self.origin.digest,
        )
        return row, request


def stored(row: EffectRow) -> Request:
    """Return the request as it was sent, byte for byte."""
    headers = tuple((name, value) for name, value in canonical.decode(row.headers))
    return Request(row.method, row.url, headers, row.body or None)
