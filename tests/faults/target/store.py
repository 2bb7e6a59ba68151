"""What the target holds: what was committed, whatever was answered, and what it knows of keys."""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import msgspec

from tests.faults.target.faults import Plan
from tests.faults.target.wire import Answer, Request

AMOUNT: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Strategy:
    """How the key of an effect arrives, and what the target does with it.

    Attributes:
        key: Finds the key in a request and its body; empty where there is none.
        native: Whether a key that was seen creates nothing again.
        forgets: Whether keys have a lifetime.
        things: What is created under its path.
    """

    name: str
    key: Callable[[Request, Mapping[str, Any]], str]
    native: bool = False
    forgets: bool = False
    things: str = "notes"


def _in_body(name: str) -> Callable[[Request, Mapping[str, Any]], str]:
    return lambda request, body: str(body.get(name, ""))


def _unseen(request: Request, body: Mapping[str, Any]) -> str:
    """Where the count finds a key that the target does not look at."""
    return request.headers.get("x-effect-key") or str(body.get("reference", ""))


STRATEGIES: Final = {
    strategy.name: strategy
    for strategy in (
        Strategy(
            "header",
            lambda request, body: request.headers.get("idempotency-key", ""),
            native=True,
            forgets=True,
        ),
        Strategy(
            "query", lambda request, body: request.query.get("requestid", ""), native=True, forgets=True
        ),
        Strategy("body", _in_body("external_id"), native=True),
        Strategy("find", _in_body("reference")),
        Strategy("none", _unseen),
        Strategy("notify", _unseen, things="messages"),
    )
}


class Call(NamedTuple):
    """A request to a strategy.

    Attributes:
        data: Its body as JSON, or why it is none.
    """

    strategy: Strategy
    request: Request
    parts: tuple[str, ...]
    data: Mapping[str, Any] | str
    key: str

    @property
    def creates(self) -> bool:
        """Whether it asks for something new."""
        return self.request.method == "POST" and self.parts == (self.strategy.things,)

    @property
    def changes(self) -> bool:
        """Whether it puts a document in the place of one that stands."""
        return self.request.method == "PUT" and self.parts[:-1] == (self.strategy.things,)

    @property
    def voids(self) -> bool:
        """Whether it takes a document back."""
        named = self.parts[:1] + self.parts[2:]
        return self.request.method == "POST" and named == (self.strategy.things, "void")

    @property
    def writes(self) -> bool:
        """Whether it does any of that."""
        return self.creates or self.changes or self.voids

    @property
    def mark(self) -> tuple[str, str] | None:
        """What the target knows its key by, or None."""
        return (self.strategy.name, self.key) if self.strategy.native and self.key and self.writes else None


class Effect(NamedTuple):
    """Something that was committed, also a change; *amount* is decimal text."""

    id: str
    amount: str
    strategy: str


class Known(NamedTuple):
    """What a key was used for: the bytes that came with it, and what they were answered."""

    body: bytes
    answer: Answer


def error(status: int, code: str, message: str, *headers: tuple[str, str]) -> Answer:
    """Return a refusal."""
    return Answer(status, encode({"error": {"code": code, "message": message}}), "application/json", headers)


encode: Final = msgspec.json.Encoder(decimal_format="number").encode


@dataclass
class Store:
    """Everything the target has; each reset makes another, so what is late never reaches what comes after it."""

    effects: dict[str, list[Effect]] = field(default_factory=lambda: defaultdict(list))
    notes: dict[str, dict[str, bytes]] = field(default_factory=lambda: defaultdict(dict))
    known: dict[tuple[str, str], Known] = field(default_factory=dict)
    working: set[tuple[str, str]] = field(default_factory=set)
    unseen: set[str] = field(default_factory=set)
    by_reference: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    records: list[msgspec.Raw] = field(default_factory=list)
    log: list[dict[str, Any]] = field(default_factory=list)
    late: int = 0
    waiting: list[Callable[[], None]] = field(default_factory=list)
    count: int = 0

    def later(self, seconds: float, work: Callable[[], object]) -> None:
        """Do *work* after *seconds*, whether or not its client is still there."""
        self.late += 1

        def done() -> None:
            work()
            self.late -= 1
            if not self.late:
                self.told()

        asyncio.get_running_loop().call_later(seconds, done)

    def told(self) -> None:
        """Tell those who wait that nothing is late any more."""
        waiting, self.waiting = self.waiting, []
        for each in waiting:
            each()

    def forget(self, strategy: str) -> None:
        """End the lifetime of the keys of *strategy*."""
        for mark in [mark for mark in self.known if mark[0] == strategy]:
            del self.known[mark]

    def write(self, call: Call, plan: Plan) -> tuple[Answer, str]:
        """Commit what *call* asks for.

        Returns:
            What to answer, and the id of what was made or changed now, or empty.
        """
        data = call.data
        if isinstance(data, str):
            return error(400, "bad_json", data), ""
        if not call.voids and (flaw := _flaw(call.strategy, data)):
            return error(422, "validation", flaw), ""
        if call.mark is not None and (known := self.known.get(call.mark)) is not None:
            if plan.duplicate:
                return error(409, "duplicate", f"there is one with the key {call.key}"), ""
            if known.body != call.request.body:
                return error(409, "key_reused", "this key came with another body"), ""
            return known.answer, ""
        name = call.strategy.name
        if call.creates:
            self.count += 1
            made = f"n{self.count}"
        elif (made := call.parts[1]) not in self.notes[name]:
            return error(404, "not_found", f"there is no {call.request.path}"), ""
        body = encode({"id": made, **data})
        answer = Answer(201 if call.creates else 200, body)
        self.effects[call.key].append(Effect(made, data.get("amount", "0"), name))
        if call.mark is not None:
            self.known[call.mark] = Known(call.request.body, answer)
        if call.voids:
            del self.notes[name][made]
            return answer, made
        self.notes[name][made] = body
        if name == "find":
            self._refer(call.key, made, plan)
        return answer, made

    def _refer(self, reference: str, made: str, plan: Plan) -> None:
        """Let *made* be found by this reference, and by no other one."""
        for known in self.by_reference.values():
            with suppress(ValueError):
                known.remove(made)
        self.by_reference[reference].append(made)
        if plan.visible_after:
            self.unseen.add(made)
            self.later(plan.visible_after, lambda: self.unseen.discard(made))

    def find(self, reference: str | None) -> Answer:
        """Return the notes of the strategy ``find`` that carry *reference*, or with None all."""
        notes = self.notes["find"]
        ids = list(notes) if reference is None else self.by_reference.get(reference, [])
        seen = (notes[id] for id in ids if id in notes and id not in self.unseen)
        return Answer(200, b'{"notes":[%s]}' % b",".join(seen))

    def page(self, after: str, limit: str) -> Answer:
        """Return a page of the records, byte for byte as they were given."""
        if not (after.isdecimal() and limit.isdecimal() and int(limit)):
            return error(422, "validation", "after and limit are whole numbers, limit above 0")
        start, over = int(after), int(after) + int(limit)
        more = over if over < len(self.records) else None
        return Answer(200, encode({"records": self.records[start:over], "next": more}))


def _flaw(strategy: Strategy, data: Mapping[str, Any]) -> str:
    """Return what is wrong with a note or a message, or an empty text."""
    if not isinstance(data.get("text"), str):
        return "text must be text"
    amount = data.get("amount", "0" if strategy.things == "messages" else None)
    if not isinstance(amount, str) or not AMOUNT.fullmatch(amount):
        return "amount must be decimal text"
    for name in ("reference", "external_id"):
        if not isinstance(data.get(name, ""), str):
            return f"{name} must be text"
    return ""
