"""Budgets: what an account may be asked for, shared by every recipe and process that asks it.

Before a request is sent it takes what it costs from each budget that covers its operation, all or nothing, and waits
where one of them lacks it. What it takes is in hand until its answer; then it is spent, and the answer's own words
correct the budget. What a process that died had in hand is given up after a while, by itself: each holder's part has an
instant until which it is believed, which is renewed while a request takes its time.

The state of an account is one row: in ``limits.db`` beside the ledger, or in a table of the server that keeps the
ledger. It may be lost: it begins anew then, which costs a few refusals. Nothing stops a run for its sake.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import secrets
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, NamedTuple, Self, TypeVar
from weakref import WeakValueDictionary

from engine.budgets.budget import ENOUGH, Budget, Said, learn
from engine.budgets.rows import Alone, Lost, Rows, States
from engine.errors import ConnectionFailed
from engine.limits import DAY, LONGEST

__all__ = ["FREE", "Admission", "Alone", "Around", "Budget", "Budgets", "Lost", "Rows", "Said"]

T = TypeVar("T")
HOLD: Final = 10.0
"""Seconds for which a holder's part is believed without a word of it; a request that takes longer renews it."""
SOON: Final = 0.02
"""Seconds after which is looked again, where only the end of what others have in hand helps."""
AGAIN: Final = 10.0
"""Seconds after which shared rows that were lost are tried again; one try may wait for a lock or a server."""
SLICE: Final = 0.2
"""Seconds of waiting after which is asked whether the run is to stop."""
WORTH_SAYING: Final = 5.0
"""Seconds of a wait that is told as it begins."""
WORTH_NOTING: Final = 1.0
"""Seconds of all waits for one limit that the report tells."""


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around budgets.

    Attributes:
        now: The present instant in seconds since 1970, for rows of this process alone.
        event: Writes an event to the log.
        sleep: Waits for so many seconds.
        stopping: Whether the run was asked to stop.
        say: Tells the user that the run waits.
    """

    now: Callable[[], float]
    event: Callable[..., None] = lambda name, **fields: None
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    stopping: Callable[[], bool] = lambda: False
    say: Callable[[str], None] = lambda text: None


@dataclass(frozen=True, slots=True)
class _Short:
    """A budget that lacks what is asked for, and for how long; None where nobody can say."""

    budget: Budget
    wait: float | None


class _Taken(NamedTuple):
    """What a request has in hand of one budget.

    Attributes:
        alone: Its number, where nothing else was in hand as it was taken; else 0.
        holder: Under which name.
    """

    cost: float
    alone: int
    holder: str


class Budgets:
    """The budgets of one account, as one connection of a run uses them.

    Args:
        account: The text of the account's identity.
        rows: Shared with whoever else asks this account.
        timeout: Seconds that one request may take.
    """

    def __init__(
        self, account: str, budgets: Sequence[Budget], rows: Rows, around: Around, timeout: float = 60.0
    ) -> None:
        self.account = account
        self._budgets, self._around = budgets, around
        self._shared, self._lost_at = rows, 0.0
        self._use(rows)
        self._hold = min(HOLD, timeout + 1.0)
        self._turns: WeakValueDictionary[tuple[str, ...], asyncio.Lock] = WeakValueDictionary()
        self._freed = asyncio.Event()
        self._in_hand = 0
        self._renewal: asyncio.Task[None] | None = None
        self._waited: defaultdict[str, float] = defaultdict(float)

    def admitted(self, operation: str, longest: float) -> Admission:
        """Return what is entered before a request by *operation* is sent, and left behind its answer.

        Args:
            longest: Seconds that may be waited.
        """
        return Admission(self, operation, longest)

    def notes(self) -> list[str]:
        """Return what a person should know of the waits."""
        return [
            f"waited {round(seconds)} s for the limit {name!r} of {self.account}"
            for name, seconds in self._waited.items()
            if seconds >= WORTH_NOTING
        ]

    def covering(self, operation: str) -> list[Budget]:
        return [each for each in self._budgets if each.covers(operation)]

    async def take(self, operation: str, longest: float) -> tuple[dict[str, _Taken], bool]:
        """Take what a request costs, and return that by budget, and whether it was waited for.

        Raises:
            ConnectionFailed: it is not there for longer than *longest*, or the run is to stop.
        """
        covering = self.covering(operation)
        names = tuple(each.name(operation) for each in covering)
        turn = self._turns.get(names)
        if turn is None:
            turn = self._turns[names] = asyncio.Lock()
        waited, has_waited = 0.0, turn.locked()
        async with turn:  # who came first here goes first, and only one of them looks
            queued = False
            while True:
                self._freed.clear()
                found = await self._change(lambda states, now: self._try(states, now, covering, operation))
                if not isinstance(found, _Short):
                    break
                if waited + (found.wait or 0.0) > longest:
                    raise self._spent(found, operation)
                waited += await self._pause(found, said=queued)
                queued = True
        self._begin()
        return found, has_waited or waited > 0

    async def settle(self, operation: str, taken: Mapping[str, _Taken], said: Said | None) -> float | None:
        """Note that a request is over, and what its answer said, or None where none came.

        Returns:
            Seconds after which a request that was turned away would find what it costs, where the answer says so.
        """
        self._in_hand -= 1
        covering = self.covering(operation)
        after = await self._change(
            lambda states, now: self._over(states, now, covering, operation, taken, said)
        )
        self._freed.set()
        return after

    async def close(self) -> None:
        """End what still runs."""
        if self._renewal is not None:
            self._renewal.cancel()
            await asyncio.wait({self._renewal})

    def _try(
        self, states: States, now: float, covering: Sequence[Budget], operation: str
    ) -> dict[str, _Taken] | _Short:
        me, short = self._me, None
        for budget in covering:
            state = states.of(budget, operation, now)
            wait = budget.wait(state, operation)
            if wait == 0 or (short is not None and short.wait is not None and (wait or 0) <= short.wait):
                continue
            short = _Short(budget, wait)
        if short is not None:
            return short
        taken = {}
        for budget in covering:
            state, name = states.of(budget, operation, now), budget.name(operation)
            state.takes += 1
            mine = _Taken(budget.cost(state, operation), 0 if state.held else state.takes, me)
            cost, _ = state.held.get(me, (0.0, 0.0))
            state.held[me] = (cost + mine.cost, state.at + self._hold)
            taken[name] = mine
        return taken

    def _over(
        self,
        states: States,
        now: float,
        covering: Sequence[Budget],
        operation: str,
        taken: Mapping[str, _Taken],
        said: Said | None,
    ) -> float | None:
        after = 0.0
        for budget in covering:
            state = states.of(budget, operation, now)
            cost, alone, holder = taken[budget.name(operation)]
            alone = alone if holder in state.held else 0  # it was taken in other rows, or given up
            mine, until = state.held.pop(holder, (0.0, 0.0))
            if mine - cost > ENOUGH:
                state.held[holder] = (mine - cost, until)
            told = {} if said is None else budget.kind.readings.told(said.headers, said.data, state.at)
            throttled = said is not None and said.throttled
            learn(budget, state, operation, cost, told, throttled=throttled, alone=alone == state.takes)
            if said is not None and throttled:
                pause = min(budget.limit.pause, LONGEST) if said.after is None else min(said.after, DAY)
                state.closed = max(state.closed, state.at + pause)
                if told or budget.limit.pause:
                    after = max(after, budget.wait(state, operation) or 0.0)
        return math.ceil(after * 1000 - ENOUGH) / 1000 if after > 0 else None

    async def _pause(self, short: _Short, *, said: bool) -> float:
        """Wait for a while, and return how long that was; raises where the run is to stop."""
        name, around = short.budget.limit.name, self._around
        if around.stopping():
            raise ConnectionFailed(
                f"asked to stop while it waited for the limit {name!r} of {self.account}",
                help="run again to go on",
            )
        if short.wait is None:
            began = asyncio.get_running_loop().time()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._freed.wait(), SOON)
            seconds = asyncio.get_running_loop().time() - began
        else:
            if short.wait >= WORTH_SAYING and not said:
                around.say(f"waiting {math.ceil(short.wait)} s for the limit {name!r} of {self.account}")
            seconds = min(short.wait, SLICE)
            await around.sleep(seconds)
        self._waited[name] += seconds
        return seconds

    def _spent(self, short: _Short, operation: str) -> ConnectionFailed:
        what = f"{operation}: the limit {short.budget.limit.name!r} of {self.account}"
        allow = "or let a run wait longer by max under on_error.retry"
        if self._rows.cure:
            allow += f"; where the target allows more already, {self._rows.cure}"
        if short.wait is None:
            return ConnectionFailed(
                f"{what} is in use by other requests",
                help=f"run again later: no record was spent; {allow}",
                may_pass=True,
            )
        until = datetime.fromtimestamp(math.ceil(self._around.now() + short.wait), UTC).isoformat()
        return ConnectionFailed(
            f"{what} is spent until {until}",
            help=f"run again then: no record was spent; {allow}",
            may_pass=True,
            after=math.ceil(short.wait * 1000) / 1000,
        )

    async def _change(self, work: Callable[[States, float], T]) -> T:
        def changed(text: str, now: float) -> tuple[str, T]:
            states = States(text, self._around.event)
            found = work(states, now)
            return states.text(), found

        await self._look_again()
        while True:
            rows = self._rows
            try:
                return await rows.change(self.account, changed)
            except Lost as error:
                # The run goes on with budgets of its own: the target itself says where that is too much.
                self._lost_at = self._around.now()
                if self._rows is rows:
                    self._around.event("limits.alone", account=self.account, reason=str(error))
                    self._use(Alone(self._around.now))

    async def _look_again(self) -> None:
        """Go back to the shared rows, where they were lost a while ago and can be used again."""
        # A clock that was set back is no reason to go on alone.
        if self._rows is self._shared or abs(self._around.now() - self._lost_at) < AGAIN:
            return
        self._lost_at = self._around.now()  # whoever comes meanwhile goes on alone
        with contextlib.suppress(Lost):
            await self._shared.change(self.account, lambda text, now: (text, None))
            self._around.event("limits.shared", account=self.account)
            self._use(self._shared)

    def _use(self, rows: Rows) -> None:
        """Use *rows* from now on, under a new name: what is in hand in others is given up there by itself."""
        self._rows, self._me = rows, f"{os.getpid():x}-{secrets.token_hex(4)}"

    def _begin(self) -> None:
        self._in_hand += 1
        if self._renewal is None or self._renewal.done():
            self._renewal = asyncio.create_task(self._renew())

    async def _renew(self) -> None:
        """Renew what is in hand here while anything is."""
        while True:
            await asyncio.sleep(self._hold / 3)
            if not self._in_hand:
                return
            await self._change(self._renewed)

    def _renewed(self, states: States, now: float) -> None:
        for state in states.known.values():
            if self._me in state.held:
                state.held[self._me] = (state.held[self._me][0], max(now, state.at) + self._hold)


class Admission:
    """One request's way past the budgets: entered before it is sent, left when it is over.

    Attributes:
        has_waited: Whether it had to wait.
    """

    has_waited = False

    def __init__(self, budgets: Budgets | None, operation: str = "", longest: float = 0.0) -> None:
        self._budgets, self._operation, self._longest = budgets, operation, longest
        self._taken: dict[str, _Taken] | None = None

    async def __aenter__(self) -> Self:
        if self._budgets is not None and self._budgets.covering(self._operation):
            self._taken, self.has_waited = await self._budgets.take(self._operation, self._longest)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # What no answer came to may have been counted.
        await self.answered(None)

    async def answered(self, said: Said | None) -> float | None:
        """Note the answer, or that none came, once; returns as ``Budgets.settle``."""
        if self._budgets is None or self._taken is None:
            return None
        taken, self._taken = self._taken, None
        return await self._budgets.settle(self._operation, taken, said)


FREE: Final = Admission(None)
"""The way to a target without budgets."""
