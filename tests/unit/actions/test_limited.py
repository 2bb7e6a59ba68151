"""A write and the budgets of its target: it waits before its intent is noted, and holds nothing while it looks up."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from engine.actions.effect import perform
from engine.actions.revision import Parked
from engine.budgets import Alone, Around, Budget, Budgets
from engine.connector import Operation
from engine.errors import ConnectionFailed
from engine.ledger import EffectState
from engine.ledger.sqlite import SqliteLedger
from engine.limits.concurrency import Concurrency
from engine.limits.concurrency import Params as ConcurrencyParams
from engine.limits.window import Params, Window
from engine.policy import Idempotency, Limit
from engine.wire import Answer, NoAnswer
from tests.unit.actions.writes import FIND, KEY, KEYED, MADE, Account, row, world, write

LOST: Final = NoAnswer("lost", left=True)
OURS: Final = {"id": "inv-7", "reference": KEY.external_id}
HOUR: Final = Budget(Limit("hour", "window", {}), Window(Params(limit=1, per="1h")))
AT_ONCE: Final = Budget(Limit("at-once", "concurrency", {}), Concurrency(ConcurrencyParams(limit=1)))


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    made = SqliteLedger(tmp_path / "ledger.db")
    yield made
    made.close()


class Limited:
    """An account with one budget, and what the ledger held while it was waited for."""

    def __init__(self, account: Account, budget: Budget) -> None:
        self.account, self.seen = account, list[Any]()
        self.rows = Alone(lambda: account.clock.at.timestamp())
        self.budget = budget

    async def _sleep(self, seconds: float) -> None:
        self.seen.append(self.account.ledger.effect(KEY.text))
        self.account.clock.pass_by(60.0)

    def do(self, operation: Operation = KEYED, longest: float = 1e6) -> Any:
        async def work() -> Any:
            around = Around(lambda: self.account.clock.at.timestamp(), sleep=self._sleep)
            budgets = Budgets("books", [self.budget], self.rows, around, 30.0)
            plain = world(self.account)
            target = replace(plain.targets["books"], budgets=budgets)
            try:
                given = replace(write(1, operation), longest=longest)
                return await perform(given, replace(plain, targets={"books": target}))
            finally:
                await budgets.close()

        return asyncio.run(asyncio.wait_for(work(), 30))

    def spend(self) -> None:
        """Let somebody else spend the hour."""

        async def work() -> None:
            budgets = Budgets("books", [self.budget], self.rows, Around(lambda: 0.0), 30.0)
            async with budgets.admitted("other.list", 0):
                pass
            await budgets.close()

        asyncio.run(work())


def test_a_write_that_waits_leaves_nothing_in_doubt_and_its_times_are_when_it_was_sent(
    ledger: SqliteLedger,
) -> None:
    account = Account(ledger, MADE)
    began = account.clock.at
    limited = Limited(account, HOUR)
    limited.spend()
    limited.do()
    assert len(limited.seen) >= 59
    assert {each is None for each in limited.seen} == {True}
    assert datetime.fromisoformat(row(account).sent_at) >= began + timedelta(hours=1)


def test_a_write_whose_budget_is_spent_for_too_long_is_not_begun(ledger: SqliteLedger) -> None:
    account = Account(ledger)
    limited = Limited(account, HOUR)
    limited.spend()
    with pytest.raises(ConnectionFailed, match="the limit 'hour' of books is spent until 2026-04-01T13"):
        limited.do(longest=300.0)
    assert (account.ledger.effect(KEY.text), account.sent) == (None, [])


REMEMBERED: Final = replace(KEYED, idempotency=Idempotency("header", "Idempotency-Key", 1800.0))
BOTH: Final = replace(KEYED, idempotency=Idempotency("header", "Idempotency-Key", 1800.0, FIND))


def test_a_repeat_that_waits_beyond_the_lifetime_of_its_key_is_not_sent(ledger: SqliteLedger) -> None:
    limited = Limited(Account(ledger, LOST), HOUR)
    with pytest.raises(ConnectionFailed):
        limited.do(REMEMBERED)
    with pytest.raises(Parked, match="cannot say any more if it came"):
        limited.do(REMEMBERED)
    assert len(limited.account.sent) == 1


def test_a_repeat_that_waits_within_the_lifetime_of_its_key_is_sent_and_says_when(
    ledger: SqliteLedger,
) -> None:
    limited = Limited(Account(ledger, LOST, MADE), HOUR)
    long = replace(KEYED, idempotency=Idempotency("header", "Idempotency-Key", 86_400.0))
    began = limited.account.clock.at
    with pytest.raises(ConnectionFailed):
        limited.do(long)
    limited.do(long)
    found = row(limited.account)
    assert datetime.fromisoformat(found.sent_at) == began.astimezone(UTC)
    assert datetime.fromisoformat(found.last_sent_at) >= began + timedelta(hours=1)
    assert len(limited.account.sent) == 2


@pytest.mark.parametrize("operation", [BOTH, replace(KEYED, idempotency=Idempotency(find=FIND))])
def test_what_looks_up_a_lost_write_holds_nothing_that_the_look_up_needs(
    operation: Operation, ledger: SqliteLedger
) -> None:
    account = Account(ledger, LOST)
    limited = Limited(account, AT_ONCE)
    with pytest.raises(ConnectionFailed):
        limited.do(operation)
    account.clock.pass_by(3600)
    account.holds.append((None, OURS))
    limited.do(operation)
    assert (row(account).state, len(account.sent)) == (EffectState.DONE, 1)


def test_nor_does_what_is_told_that_there_is_one_already(ledger: SqliteLedger) -> None:
    account = Account(ledger, Answer(409, {}, b"{}"))
    account.holds.append((None, OURS))
    Limited(account, AT_ONCE).do(replace(KEYED, idempotency=Idempotency(find=FIND)))
    assert row(account).state is EffectState.DONE
