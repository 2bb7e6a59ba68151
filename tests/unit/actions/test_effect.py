"""One write, exactly once: what is durable before it leaves, what is sent again, and what is left to a person."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from engine.actions.effect import Parked, Write, perform
from engine.clock import SystemClock
from engine.connector import Connector, Operation
from engine.errors import ConnectionFailed, LedgerError, RecordError, Refused
from engine.keys import EffectKey
from engine.ledger import EffectRow, EffectState
from engine.ledger.sqlite import SqliteLedger
from engine.wire import Answer, NoAnswer, Request

KEY = EffectKey("books", "orders", ("invoice",), ("1",))
KEYED = Operation(
    "invoices.create", "create", "", "POST", "/invoices", body="invoice", key_in_body="external_id"
)
KEYLESS = replace(KEYED, key_in_body="")


class Account:
    """A target that answers as the test says, and notes what the ledger held at that moment."""

    def __init__(self, ledger: SqliteLedger, *answers: Answer | Exception) -> None:
        self.ledger, self.answers = ledger, list(answers)
        self.sent: list[Request] = []
        self.held: list[EffectRow | None] = []

    async def send(self, request: Request) -> Answer:
        self.sent.append(request)
        self.held.append(self.ledger.effect(KEY.text))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


MADE = Answer(201, {}, b'{"id":"inv-1"}')


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    made = SqliteLedger(tmp_path / "ledger.db")
    yield made
    made.close()


def do(ledger: SqliteLedger, account: Account, body: bytes = b'{"a":1}', operation: Operation = KEYED) -> Any:
    connector = Connector("books", Path(), "", "http")
    use: Any = SimpleNamespace(
        connection="books", connector=connector, operation=operation, text="books.invoices.create"
    )
    call: Any = SimpleNamespace(use=use, pointer="/actions/0")
    world: Any = SimpleNamespace(
        ledger=ledger, clock=SystemClock(), targets={"books": SimpleNamespace(transport=account)}
    )
    request = Request("POST", "https://books.example/invoices", (("Content-Type", "application/json"),), body)
    return asyncio.run(perform(Write(call, use, KEY, request, '["1"]', "r1"), world))


def state(ledger: SqliteLedger) -> EffectState:
    row = ledger.effect(KEY.text)
    assert row is not None
    return row.state


def test_the_exact_request_is_durable_before_it_leaves(ledger: SqliteLedger) -> None:
    account = Account(ledger, MADE)
    assert do(ledger, account) == ({"id": "inv-1"}, True)
    held = account.held[0]
    assert held is not None
    assert (held.state, held.method, held.url, held.body) == (
        EffectState.SENDING, "POST", "https://books.example/invoices", b'{"a":1}',
    )  # fmt: skip


def test_what_is_done_is_not_sent_again(ledger: SqliteLedger) -> None:
    account = Account(ledger, MADE)
    do(ledger, account)
    assert do(ledger, account) == ({"id": "inv-1"}, False)
    assert len(account.sent) == 1


@pytest.mark.parametrize(
    "lost",
    [NoAnswer("lost", left=True), Refused("too large", left=True), Answer(500), Answer(200, {}, b"<html>")],
    ids=["no answer", "refused", "broken", "no JSON"],
)
def test_a_lost_answer_is_uncertain_and_the_same_bytes_are_sent_again_under_the_same_key(
    lost: Answer | Exception, ledger: SqliteLedger
) -> None:
    account = Account(ledger, lost, MADE)
    with pytest.raises((ConnectionFailed, RecordError, Refused)):
        do(ledger, account, b'{"a":1}')
    assert state(ledger) is EffectState.UNCERTAIN
    with pytest.raises(Parked, match="the record changed"):
        do(ledger, account, b'{"a":2}')
    assert [each.body for each in account.sent] == [b'{"a":1}', b'{"a":1}']
    assert state(ledger) is EffectState.DONE


def test_a_lost_answer_of_a_target_that_knows_no_keys_is_left_to_a_person_and_never_sent_again(
    ledger: SqliteLedger,
) -> None:
    account = Account(ledger, NoAnswer("lost", left=True))
    with pytest.raises(ConnectionFailed):
        do(ledger, account, operation=KEYLESS)
    for _ in range(2):
        with pytest.raises(Parked, match="the answer was lost"):
            do(ledger, account, operation=KEYLESS)
    assert len(account.sent) == 1
    assert state(ledger) is EffectState.PARKED


def test_a_message_whose_answer_was_lost_is_not_sent_again_and_holds_up_nothing(ledger: SqliteLedger) -> None:
    account = Account(ledger, NoAnswer("lost", left=True))
    message = replace(KEYLESS, effect="notify")
    with pytest.raises(ConnectionFailed):
        do(ledger, account, operation=message)
    for _ in range(2):
        assert do(ledger, account, operation=message) == (None, False)
    assert len(account.sent) == 1
    assert state(ledger) is EffectState.UNCERTAIN


@pytest.mark.parametrize(
    "clear",
    [NoAnswer("refused", left=False), Refused("not allowed"), Answer(422, {}, b"{}"), Answer(401)],
    ids=["not left", "not allowed", "invalid", "no access"],
)
def test_what_surely_was_not_done_is_sent_anew(clear: Answer | Exception, ledger: SqliteLedger) -> None:
    account = Account(ledger, clear, MADE)
    with pytest.raises((ConnectionFailed, RecordError, Refused)):
        do(ledger, account, b'{"a":1}', KEYLESS)
    assert state(ledger) is EffectState.FAILED
    assert do(ledger, account, b'{"a":2}', KEYLESS) == ({"id": "inv-1"}, True)
    assert account.sent[1].body == b'{"a":2}'


def test_nothing_is_sent_when_the_intent_cannot_be_written(ledger: SqliteLedger) -> None:
    account = Account(ledger, MADE)
    ledger._connection.execute("PRAGMA query_only = ON")
    with pytest.raises(LedgerError):
        do(ledger, account)
    assert account.sent == []


def test_an_edited_record_does_not_change_what_stands(ledger: SqliteLedger) -> None:
    account = Account(ledger, MADE)
    do(ledger, account, b'{"a":1}')
    with pytest.raises(Parked, match="the record changed after"):
        do(ledger, account, b'{"a":2}')
    assert len(account.sent) == 1
