"""Limit kinds: how a vendor counts what an account may ask for, and what its answers say of that.

A kind keeps no state and asks no clock: what an account has spent stands in a :class:`State`, which processes share.
What is in hand, asked for and not yet answered, counts beside it until its answer is there: nobody knows when a request
is counted between its sending and its answer, so it is taken as in hand before, and as spent at the answer.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any, Final, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from engine.paths import RECORD, Path, compile_path
from engine.patterns import BadPattern, Pattern, compile_pattern
from engine.policy import LONGEST as LONGEST

DAY: Final = 86400.0
"""Seconds for which the word of an answer closes a budget at most.

No vendor turns an account away for longer at once; after it the target is asked again, which costs one refusal where it
meant it, and frees every recipe of the account where the number was absurd.
"""


@dataclass(slots=True)
class State:
    """What is known of one budget. Instants are seconds since 1970 by one clock that all who share it read.

    Attributes:
        at: When it was last looked at.
        closed: Nothing goes before; the target said so.
        held: What is in hand by holder, and when that is given up: a holder that died does not come back.
        back: What was spent and when each part comes back, the earliest first.
        drawn: How much a bucket lacks of being full, at ``at``.
        limit, rate: What answers said in place of what is declared, or None.
        costs: What a request of an operation costs, as answers said.
        takes: How often something was taken into hand.
    """

    at: float = 0.0
    closed: float = 0.0
    held: dict[str, tuple[float, float]] = field(default_factory=dict)
    back: list[tuple[float, float]] = field(default_factory=list)
    drawn: float = 0.0
    limit: float | None = None
    rate: float | None = None
    costs: dict[str, float] = field(default_factory=dict)
    takes: int = 0

    @property
    def in_hand(self) -> float:
        """What is in hand by all holders."""
        return sum(cost for cost, _ in self.held.values())

    def move(self, seconds: float) -> None:
        """Move every instant: the clock was set."""
        self.at += seconds
        self.closed += seconds
        self.held = {name: (cost, until + seconds) for name, (cost, until) in self.held.items()}
        self.back = [(when + seconds, cost) for when, cost in self.back]


class Limiter(Protocol):
    """One way of counting.

    Attributes:
        limit: How much is allowed, as declared.
        readings: What answers say.
    """

    limit: float
    readings: Readings

    def used(self, state: State, now: float) -> float:
        """Return what is spent and has not come back; brings *state* to *now*, never back."""
        ...

    def spend(self, state: State, cost: float, now: float, resets: float | None = None) -> None:
        """Note that *cost* is spent.

        Args:
            resets: Seconds after which the target counts anew, where it says so.
        """
        ...

    def forgive(self, state: State, cost: float) -> None:
        """Note that so much of what is spent is there again, as the target says."""
        ...

    def comes_back(self, state: State, lacking: float, now: float) -> float | None:
        """Return the seconds until *lacking* of what is spent has come back; None where that is not all spent yet."""
        ...


class Reading(BaseModel):
    """Where an answer says a number: in a header, or at a path of its JSON."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    header: str = Field(
        default="",
        pattern="^[A-Za-z0-9-]+$",
        description="The header that says it.",
        examples=["X-RateLimit-Remaining"],
    )
    at: str = Field(
        default="",
        pattern="^[$]",
        description="Path of it in the answer's JSON.",
        examples=["$.extensions.cost.throttleStatus.currentlyAvailable"],
    )
    pattern: str = Field(
        default="",
        min_length=1,
        description="Regular expression whose one group is the number, where more stands there.",
        examples=["^([0-9]+)/"],
    )


class Reset(Reading):
    """Where an answer says when the target counts anew."""

    form: Literal["seconds", "epoch", "date"] = Field(
        default="seconds",
        alias="as",
        description="Whether it is in seconds from now, seconds since 1970, or an HTTP date; seconds by default.",
    )


class Counted(BaseModel):
    """What answers may say of requests that are counted."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    remaining: Reading | None = Field(default=None, description="What is left.")
    used: Reading | None = Field(default=None, description="What is used up, in place of what is left.")
    limit: Reading | None = Field(default=None, description="How much is allowed in all.")
    resets: Reset | None = Field(default=None, description="When it is counted anew.")


@dataclass(frozen=True, slots=True)
class _Read:
    header: str
    path: Path | None
    pattern: Pattern | None

    def number(self, headers: Mapping[str, str], data: Any) -> float | None:
        """Return the number that an answer says, which is not below 0; None where it says none."""
        value: Any = headers.get(self.header) if self.path is None else self.path.select({RECORD: data})
        if isinstance(value, str) and (self.path is None or self.pattern is not None):
            return _number(self._part(value))
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            return _number(str(value))
        return None

    def text(self, headers: Mapping[str, str], data: Any) -> str:
        """Return the text that an answer says, or an empty one."""
        value = headers.get(self.header) if self.path is None else self.path.select({RECORD: data})
        return self._part(value) if isinstance(value, str) else ""

    def _part(self, text: str) -> str:
        if self.pattern is None:
            return text
        try:
            found = self.pattern.search(text)
        except BadPattern:  # longer than what is searched
            return ""
        return (found[1] or "") if found is not None else ""


class Readings:
    """What the answers of a target say of one budget.

    Args:
        answers: A model whose fields are readings or None; None for a vendor whose answers say nothing.
    """

    def __init__(self, answers: BaseModel | None = None) -> None:
        given = {name: getattr(answers, name) for name in type(answers).model_fields} if answers else {}
        self._reads = {name: _read(each) for name, each in given.items() if each is not None}
        resets = given.get("resets")
        self._form = resets.form if isinstance(resets, Reset) else "seconds"

    def told(self, headers: Mapping[str, str], data: Any, now: float) -> dict[str, float]:
        """Return what an answer says by the names of the readings; ``resets`` in seconds from now.

        Args:
            headers: Names in lower case.
            data: The answer's JSON, or ``MISSING``.
            now: The present instant, for an answer without a date of its own.
        """
        found = {}
        for name, read in self._reads.items():
            if name == "resets" and self._form != "seconds":
                number = self._until(read, headers, data, now)
            else:
                number = read.number(headers, data)
            if number is not None:
                found[name] = min(number, LONGEST) if name == "resets" else number
        return found

    def _until(self, read: _Read, headers: Mapping[str, str], data: Any, now: float) -> float | None:
        # By the target's own clock, as its date says it.
        here = _instant(headers.get("date", ""))
        here = now if here is None else here
        then = read.number(headers, data) if self._form == "epoch" else _instant(read.text(headers, data))
        return None if then is None else max(then - here, 0.0)


def _read(reading: Reading) -> _Read:
    path = compile_path(reading.at) if reading.at else None
    pattern = compile_pattern(reading.pattern) if reading.pattern else None
    return _Read(reading.header.lower(), path, pattern)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _instant(text: str) -> float | None:
    try:
        found: datetime = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def come_back(state: State, now: float) -> float:
    """Take out of *state* what has come back by *now*, and return what has not."""
    state.back = [(when, cost) for when, cost in state.back if when > now]
    return sum(cost for _, cost in state.back)


def put(state: State, when: float, cost: float) -> None:
    """Note that *cost* comes back at *when*."""
    for index, (other, already) in enumerate(state.back):
        if other == when:
            state.back[index] = (when, already + cost)
            return
    state.back = sorted([*state.back, (when, cost)])


def drop(state: State, cost: float) -> None:
    """Take *cost* out of what comes back, the earliest first."""
    kept = []
    for when, much in state.back:
        gone = min(much, cost)
        cost -= gone
        if much > gone:
            kept.append((when, much - gone))
    state.back = kept


def after(state: State, lacking: float, now: float) -> float | None:
    """Return the seconds until *lacking* has come back; None where less than that is to come back."""
    for when, cost in state.back:
        lacking -= cost
        if lacking <= 0:
            return max(when - now, 0.0)
    return None
