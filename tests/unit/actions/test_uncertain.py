"""What becomes of a write whose answer was lost: there is never a second one without proof that there is no first."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from engine.actions.context import How
from engine.actions.effect import perform
from engine.actions.revision import Parked
from engine.connector import Operation
from engine.errors import ConnectionFailed, RecordError
from engine.ledger import EffectState
from engine.ledger.sqlite import SqliteLedger
from engine.policy import Idempotency
from engine.wire import Answer, NoAnswer
from tests.unit.actions.writes import FIND, KEY, KEYED, MADE, Account, do, row, state, world, write

DAY: Final = 86_400.0
TIME_LIMIT: Final = 30.0
REMEMBERED: Final = replace(KEYED, idempotency=Idempotency("header", "Idempotency-Key", DAY))
FOUND: Final = replace(KEYED, idempotency=Idempotency(find=FIND))
BOTH: Final = replace(KEYED, idempotency=Idempotency("header", "Idempotency-Key", DAY, FIND))
LOST: Final = NoAnswer("lost", left=True)
NOT_LEFT: Final = NoAnswer("refused", left=False)
OURS: Final = {"id": "inv-7", "reference": KEY.external_id}


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    made = SqliteLedger(tmp_path / "ledger.db")
    yield made
    made.close()


@pytest.fixture
def lost(ledger: SqliteLedger) -> Account:
    """An account whose first answer is lost, whatever is sent."""
    return Account(ledger, LOST)


def send_and_lose(account: Account, operation: Operation) -> None:
    with pytest.raises(ConnectionFailed):
        do(account, operation=operation)
    assert state(account) is EffectState.UNCERTAIN


# ---- a native key ----


@pytest.mark.parametrize("age", [0.0, DAY - TIME_LIMIT - 1])
def test_within_its_lifetime_the_same_request_is_sent_again_under_its_key(age: float, lost: Account) -> None:
    send_and_lose(lost, REMEMBERED)
    lost.clock.pass_by(age)
    lost.answers.append(MADE)
    assert do(lost, operation=REMEMBERED) == ({"id": "inv-1"}, How.MADE)
    assert lost.sent[0] == lost.sent[1]
    assert lost.keys[0] == KEY.native()


@pytest.mark.parametrize("age", [DAY - TIME_LIMIT, DAY, -61.0], ids=["too near", "over", "clock set back"])
def test_a_key_that_the_target_may_have_forgotten_is_left_to_a_person(age: float, lost: Account) -> None:
    send_and_lose(lost, REMEMBERED)
    lost.clock.pass_by(age)
    for _ in range(2):
        with pytest.raises(Parked, match="cannot say any more if it came"):
            do(lost, operation=REMEMBERED)
    assert len(lost.sent) == 1


def test_a_key_that_the_target_may_have_forgotten_is_looked_up_where_that_can_be_done(lost: Account) -> None:
    send_and_lose(lost, BOTH)
    lost.clock.pass_by(DAY)
    lost.holds.append((None, OURS))
    assert do(lost, operation=BOTH) == (OURS, How.MADE)
    assert len(lost.sent) == 1


def test_what_is_sent_anew_after_a_refusal_has_a_key_of_its_own_where_the_target_remembers_refusals(
    ledger: SqliteLedger,
) -> None:
    account = Account(ledger, Answer(422, {}, b"{}"), LOST, MADE)
    with pytest.raises(RecordError):
        do(account, 1, REMEMBERED)
    with pytest.raises(ConnectionFailed):
        do(account, 2, REMEMBERED)
    assert do(account, 2, REMEMBERED) == ({"id": "inv-1"}, How.MADE)
    assert account.keys == [KEY.native(), KEY.native(2), KEY.native(2)]
    assert row(account).attempts == 3


def test_a_key_that_is_kept_with_the_document_stays_the_same_after_a_refusal(ledger: SqliteLedger) -> None:
    account = Account(ledger, Answer(422, {}, b"{}"), MADE)
    with pytest.raises(RecordError):
        do(account, 1)
    do(account, 2)
    assert account.keys == [KEY.native(), KEY.native()]


@pytest.mark.parametrize("turned_away", [NOT_LEFT, Answer(429), Answer(401)], ids=["not left", "429", "401"])
def test_a_repeat_that_did_not_get_through_says_nothing_about_the_request_before(
    turned_away: Answer | Exception, lost: Account
) -> None:
    send_and_lose(lost, REMEMBERED)
    lost.answers += [turned_away, MADE]
    send_and_lose(lost, REMEMBERED)
    do(lost, 1, REMEMBERED)
    assert {*lost.keys} == {KEY.native()}


# ---- a lookup ----


def test_a_record_that_carries_the_key_is_the_effect(lost: Account) -> None:
    send_and_lose(lost, FOUND)
    lost.holds.append((None, OURS))
    assert do(lost, operation=FOUND) == (OURS, How.MADE)
    assert do(lost, operation=FOUND) == (OURS, How.STOOD)
    assert lost.asked == [{"reference": [KEY.external_id]}]
    assert (len(lost.sent), lost.clock.slept, row(lost).remote_id) == (1, [], "inv-7")


def test_what_turns_up_late_is_waited_for_and_not_sent_again(lost: Account) -> None:
    send_and_lose(lost, FOUND)
    lost.holds.append((lost.clock.at + timedelta(seconds=59), OURS))
    assert do(lost, operation=FOUND) == (OURS, How.MADE)
    assert (len(lost.sent), lost.clock.slept) == (1, [60.0])


def test_not_found_counts_once_the_target_has_settled_and_the_same_request_is_sent_again(
    lost: Account,
) -> None:
    send_and_lose(lost, FOUND)
    lost.clock.pass_by(20)
    lost.answers.append(MADE)
    assert do(lost, operation=FOUND) == ({"id": "inv-1"}, How.MADE)
    assert lost.clock.slept == [40.0]
    assert lost.sent[0] == lost.sent[1]


def test_settling_is_counted_from_the_last_send(lost: Account) -> None:
    send_and_lose(lost, FOUND)
    lost.clock.pass_by(60)
    lost.answers += [LOST, MADE]
    send_and_lose(lost, FOUND)
    assert lost.clock.slept == []
    do(lost, operation=FOUND)
    assert lost.clock.slept == [60.0]


def test_a_target_settles_no_sooner_than_a_request_may_take(lost: Account) -> None:
    at_once = replace(KEYED, idempotency=Idempotency(find=replace(FIND, settles_after=0.0)))
    send_and_lose(lost, at_once)
    lost.answers.append(MADE)
    do(lost, operation=at_once)
    assert lost.clock.slept == [TIME_LIMIT]


def test_a_clock_that_was_set_back_does_not_make_it_wait_for_ever(lost: Account) -> None:
    send_and_lose(lost, FOUND)
    lost.clock.pass_by(-3600)
    lost.answers.append(MADE)
    do(lost, operation=FOUND)
    assert lost.clock.slept == [60.0]


def test_another_record_is_never_taken_for_it_where_the_target_ignores_the_filter(lost: Account) -> None:
    send_and_lose(lost, FOUND)
    lost.holds += [(None, {"id": "inv-8", "reference": "orders/invoice/2"}), (None, {"id": "inv-9"})]
    lost.answers.append(MADE)
    assert do(lost, operation=FOUND) == ({"id": "inv-1"}, How.MADE)


def test_while_the_target_cannot_be_asked_nothing_is_sent(lost: Account) -> None:
    send_and_lose(lost, FOUND)
    lost.is_away = True
    send_and_lose(lost, FOUND)
    assert len(lost.sent) == 1


# ---- the target says that it has it already ----


def test_a_duplicate_at_the_first_send_is_another_document_and_the_record_fails(ledger: SqliteLedger) -> None:
    account = Account(ledger, Answer(409))
    with pytest.raises(RecordError) as error:
        do(account)
    assert (error.value.code, state(account)) == ("X202", EffectState.FAILED)


def test_a_duplicate_that_carries_the_key_is_the_effect(ledger: SqliteLedger) -> None:
    account = Account(ledger, Answer(409))
    account.holds.append((None, OURS))
    assert do(account, operation=FOUND) == (OURS, How.MADE)


def test_a_duplicate_after_a_lost_answer_is_left_to_a_person_where_nothing_can_be_looked_up(
    lost: Account,
) -> None:
    send_and_lose(lost, REMEMBERED)
    lost.answers.append(Answer(409))
    with pytest.raises(Parked, match="the target has it already"):
        do(lost, operation=REMEMBERED)


# ---- two at once ----


def test_two_records_that_share_an_effect_make_it_once_though_they_come_at_the_same_time(
    ledger: SqliteLedger,
) -> None:
    account = Account(ledger, MADE)
    outside = world(account)

    async def both() -> Any:
        return await asyncio.gather(*(perform(write(1, KEYED), outside) for _ in range(2)))

    assert asyncio.run(both()) == [({"id": "inv-1"}, How.MADE), ({"id": "inv-1"}, How.STOOD)]
    assert len(account.sent) == 1
