"""What the tests of effects share: an account that answers as a test says, a clock that sleeping moves, one write."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from engine.actions.effect import perform
from engine.actions.write import Write
from engine.connector import Connector, Operation, Param
from engine.keys import EffectKey, Identity
from engine.ledger import EffectRow, EffectState
from engine.ledger.sqlite import SqliteLedger
from engine.paths import compile_path
from engine.policy import ErrorRule, Idempotency, Lookup, OnRevision
from engine.recipe import Call, Use
from engine.revisions import Origin
from engine.schema import Validator
from engine.values import Constant
from engine.wire import Answer, NoAnswer, Request
from engine.world import Target, World

KEY: Final = EffectKey("books", "orders", ("invoice",), ("1",))
MADE: Final = Answer(201, {}, b'{"id":"inv-1"}')
BASE: Final = "https://books.example"
KEYED: Final = Operation(
    "invoices.create", "create", "", "POST", "/invoices", body="invoice",
    idempotency=Idempotency("header", "Idempotency-Key"),
)  # fmt: skip
LIST: Final = Operation(
    "invoices.list", "read", "", "GET", "/invoices", records=compile_path("$.invoices"),
    params={"reference": Param("reference", "query", {"type": "string"})},
)  # fmt: skip
_ID: Final = {"id": Param("id", "path", {"type": "string"}, required=True)}
UPDATE: Final = replace(
    KEYED, name="invoices.update", effect="update", method="PUT", path="/invoices/{id}", params=_ID
)
VOID: Final = replace(KEYED, name="invoices.void", effect="update", path="/invoices/{id}/void", params=_ID)
FIND: Final = Lookup("reference", "invoices.list", {"reference": "$key"}, compile_path("$.reference"), 60.0)
DUPLICATE: Final = ErrorRule("duplicate", status=409)


class _Quiet:
    def event(self, name: str, **fields: Any) -> None: ...


class Clock:
    """Stands until somebody sleeps."""

    def __init__(self) -> None:
        self.at = datetime(2026, 4, 1, 12, 0, tzinfo=UTC)
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.pass_by(seconds)

    def pass_by(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class Account:
    """A target that answers as the test says, and notes what the ledger held at that moment.

    Attributes:
        answers: To what is written, in this order; an exception is raised.
        holds: Records by the instant from which the target shows them; None: from the beginning.
        asked: Queries of what was read.
        is_away: Whether it cannot be reached.
        is_adopted: Whether an earlier ledger, which is lost, may have written to it.
    """

    def __init__(
        self, ledger: SqliteLedger, *answers: Answer | Exception, clock: Clock | None = None
    ) -> None:
        self.ledger, self.answers, self.clock = ledger, list(answers), clock or Clock()
        self.sent: list[Request] = []
        self.held: list[EffectRow | None] = []
        self.holds: list[tuple[datetime | None, dict[str, Any]]] = []
        self.asked: list[dict[str, list[str]]] = []
        self.is_away = False
        self.is_adopted = False

    async def send(self, request: Request) -> Answer:
        if self.is_away:
            raise NoAnswer("refused", left=False)
        if request.method == "GET":
            self.asked.append(parse_qs(urlsplit(request.url).query))
            shown = [record for since, record in self.holds if since is None or since <= self.clock.at]
            return Answer(200, {}, json.dumps({"invoices": shown}).encode())
        self.sent.append(request)
        self.held.append(self.ledger.effect(KEY.text))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def put(self, found: EffectRow) -> None:
        """Let the ledger hold this row of the effect."""
        asyncio.run(self.ledger.commit([found]))

    @property
    def asks(self) -> list[str]:
        """What was sent: method, path and the body's amount."""
        return [
            f"{each.method} {each.url.removeprefix(BASE)} {json.loads(each.body or b'{}').get('a', '')}".strip()
            for each in self.sent
        ]

    @property
    def keys(self) -> list[str]:
        """The native keys of what was sent."""
        return [str(dict(each.headers).get("Idempotency-Key", "")) for each in self.sent]


def do(account: Account, amount: int = 1, operation: Operation = KEYED, **changes: Any) -> Any:
    """Make the effect of one write stand; returns and raises as ``effect.perform``."""
    return asyncio.run(perform(write(amount, operation, **changes), world(account)))


def world(account: Account) -> World:
    target = Target(account, Identity("books"), BASE, {})
    adopted = frozenset({KEY.target}) if account.is_adopted else frozenset[str]()
    return World(
        account.clock, account.ledger, _Quiet(), {"books": target}, sleep=account.clock.sleep, adopted=adopted
    )


def write(
    amount: int,
    operation: Operation,
    *,
    update: Operation | None = None,
    void: Operation | None = None,
    on_revision: OnRevision = "",
    is_own: bool = False,
    source: str = "",
    revision: str = "",
    digest: str = "",
    record: str = '["1"]',
    is_shared: bool = False,
    remaps: bool = False,
    settles: bool = False,
) -> Write:
    """Return the write of a document with this *amount*; *is_own*: what made it changes it too.

    Args:
        digest: Of its record; else another one for each revision, or without one for each amount.
    """
    connector = Connector("books", Path(), "", "http", errors=(DUPLICATE,), seconds=30.0)
    lookup = Use("books", connector, LIST, Validator({})) if operation.idempotency.find is not None else None
    updates, voids = (
        None if each is None else Use("books", connector, each, Validator({})) for each in (update, void)
    )
    operation = replace(
        operation,
        update=None if update is None else (update.name, "id"),
        void=None if void is None else (void.name, "id"),
    )
    use = Use("books", connector, operation, Validator({}), lookup, updates, voids)
    use = replace(use, updates=use) if is_own else use
    call = Call(
        id="invoice",
        path=("invoice",),
        pointer="/actions/0",
        early=True,
        use=use,
        given=Constant("", {}),
        key=Constant("", "shared") if is_shared else None,
    )
    origin = Origin(record, source, revision, digest or revision or str(amount))
    return Write(call, use, KEY, BASE, {"a": amount}, origin, "r1", on_revision, remaps, settles)


def row(account: Account) -> EffectRow:
    found = account.ledger.effect(KEY.text)
    assert found is not None
    return found


def state(account: Account) -> EffectState:
    return row(account).state
