"""One write, exactly once: what is durable before it leaves, what is sent again, and what is left to a person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.actions.context import How
from engine.actions.revision import Parked
from engine.errors import ConnectionFailed, LedgerError, RecordError, Refused
from engine.ledger import EffectState
from engine.ledger.sqlite import SqliteLedger
from engine.policy import NO_IDEMPOTENCY
from engine.wire import Answer, NoAnswer
from tests.unit.actions.writes import KEYED, MADE, Account, do, state

KEYLESS = replace(KEYED, idempotency=NO_IDEMPOTENCY)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    made = SqliteLedger(tmp_path / "ledger.db")
    yield made
    made.close()


def test_the_exact_request_is_durable_before_it_leaves(ledger: SqliteLedger) -> None:
    account = Account(ledger, MADE)
    assert do(account) == ({"id": "inv-1"}, How.MADE)
    held = account.held[0]
    assert held is not None
    assert (held.state, held.method, held.url, held.body) == (
        EffectState.SENDING, "POST", "https://books.example/invoices", b'{"a":1}',
    )  # fmt: skip


def test_what_is_done_is_not_sent_again(ledger: SqliteLedger) -> None:
    account = Account(ledger, MADE)
    do(account)
    assert do(account) == ({"id": "inv-1"}, How.STOOD)
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
        do(account, 1)
    assert state(account) is EffectState.UNCERTAIN
    with pytest.raises(Parked, match="the record changed"):
        do(account, 2)
    assert [each.body for each in account.sent] == [b'{"a":1}', b'{"a":1}']
    assert state(account) is EffectState.DONE


def test_a_lost_answer_of_a_target_that_knows_no_keys_is_left_to_a_person_and_never_sent_again(
    ledger: SqliteLedger,
) -> None:
    account = Account(ledger, NoAnswer("lost", left=True))
    with pytest.raises(ConnectionFailed):
        do(account, operation=KEYLESS)
    for _ in range(2):
        with pytest.raises(Parked, match="the answer was lost"):
            do(account, operation=KEYLESS)
    assert len(account.sent) == 1
    assert state(account) is EffectState.PARKED


def test_a_message_whose_answer_was_lost_is_not_sent_again_and_holds_up_nothing(ledger: SqliteLedger) -> None:
    account = Account(ledger, NoAnswer("lost", left=True))
    message = replace(KEYLESS, effect="notify")
    with pytest.raises(ConnectionFailed):
        do(account, operation=message)
    for _ in range(2):
        assert do(account, operation=message) == (None, How.STOOD)
    assert len(account.sent) == 1
    assert state(account) is EffectState.UNCERTAIN


@pytest.mark.parametrize(
    "clear",
    [NoAnswer("refused", left=False), Refused("not allowed"), Answer(422, {}, b"{}"), Answer(401)],
    ids=["not left", "not allowed", "invalid", "no access"],
)
def test_what_surely_was_not_done_is_sent_anew(clear: Answer | Exception, ledger: SqliteLedger) -> None:
    account = Account(ledger, clear, MADE)
    with pytest.raises((ConnectionFailed, RecordError, Refused)):
        do(account, 1, KEYLESS)
    assert state(account) is EffectState.FAILED
    assert do(account, 2, KEYLESS) == ({"id": "inv-1"}, How.MADE)
    assert account.sent[1].body == b'{"a":2}'


def test_nothing_is_sent_when_the_intent_cannot_be_written(ledger: SqliteLedger) -> None:
    account = Account(ledger, MADE)
    ledger._connection.execute("PRAGMA query_only = ON")
    with pytest.raises(LedgerError):
        do(account)
    assert account.sent == []


def test_an_edited_record_does_not_change_what_stands(ledger: SqliteLedger) -> None:
    account = Account(ledger, MADE)
    do(account, 1)
    with pytest.raises(Parked, match="the record changed after"):
        do(account, 2)
    assert len(account.sent) == 1
