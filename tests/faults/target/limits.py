"""What the target lets its clients ask for: so many requests in any stretch of time, in all, and at once."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from tests.faults.target.faults import BadRule, error_answer
from tests.faults.target.wire import Answer


@dataclass
class Meter:
    """Counts requests, and refuses those beyond what it was told; by itself it refuses none.

    Attributes:
        window: How many requests in any *seconds*, or None.
        total: How many in all, or None; what is left of them is told in each answer as ``X-Left``.
        at_once: How many at once, or None.
        most: The most that were there at once.
        refused: How many were refused, which are counted as nothing else.
    """

    window: int | None = None
    seconds: float = 1.0
    total: int | None = None
    at_once: int | None = None
    most: int = 0
    refused: int = 0
    _seen: deque[float] = field(default_factory=deque)
    _count: int = 0
    _here: int = 0

    def enter(self, now: float) -> Answer | None:
        """Count a request; returns its refusal, or None where it may be served."""
        while self._seen and self._seen[0] <= now - self.seconds:
            self._seen.popleft()
        for counted, allowed in (
            (len(self._seen), self.window),
            (self._count, self.total),
            (self._here, self.at_once),
        ):
            if allowed is not None and counted >= allowed:
                self.refused += 1
                return error_answer(429, "throttled", "more than is allowed")
        self._seen.append(now)
        self._count += 1
        self._here += 1
        self.most = max(self.most, self._here)
        return None

    def leave(self) -> None:
        """Note that a request which was served is over."""
        self._here -= 1

    def told(self, answer: Answer) -> Answer:
        """Return *answer* with what is left."""
        if self.total is None:
            return answer
        left = ("X-Left", str(self.total - self._count))
        return answer._replace(headers=(*answer.headers, left))


def meter(data: Any) -> Meter:
    """Return a meter as *data* says: any of ``window`` with ``seconds``, ``total``, ``at_once``.

    Raises:
        BadRule: it says something else.
    """
    known = {"window", "seconds", "total", "at_once"}
    if not isinstance(data, dict) or not data.keys() <= known:
        raise BadRule(f"limits is an object of {', '.join(sorted(known))}")
    if not all(type(value) in (int, float) and value >= 0 for value in data.values()):
        raise BadRule("a limit is a number from 0")
    return Meter(**data)
