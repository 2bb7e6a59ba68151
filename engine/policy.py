"""Bounds and rules of a connection, frozen: ``connector`` makes them, the doors take them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from engine.paths import Path

CLASSES: Final = (
    "auth", "throttled", "transient", "validation", "duplicate", "stale", "period_closed", "not_found", "unsupported",
)  # fmt: skip
"""What an error of a target means to the engine; a connector's rules map answers to these."""

OF_CONNECTION: Final = frozenset({"auth", "throttled", "transient"})
"""Classes that are the connection's failure, not the record's: the run stops and spends no record."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one request may take.

    Attributes:
        seconds: Total time from the first byte sent to the last byte read.
        connect_seconds: Time to a connection, TLS included.
        answer_bytes: Size of an answer, as sent and after decompression.
        redirects: How many a read follows; a write follows none.
    """

    seconds: float = 60.0
    connect_seconds: float = 10.0
    answer_bytes: int = 32 * 1024 * 1024
    redirects: int = 5


@dataclass(frozen=True, slots=True)
class Retry:
    """How often a request is repeated, where a repeat is safe.

    Attributes:
        attempts: In all, the first one included.
        backoff: The first pause in seconds; each next one is twice as long.
        longest: The longest pause in seconds.
    """

    attempts: int
    backoff: float = 2.0
    longest: float = 300.0


@dataclass(frozen=True, slots=True)
class ErrorRule:
    """One rule of a connector: an answer that fits is an error of this class. The first that fits counts.

    Attributes:
        is_class: One of ``CLASSES``.
        status: The exact status, or None for any.
        at: What must be there in the answer's JSON, or None; where it selects several values, one is enough.
        equals: The text that *at*, or one of its values, must be equal to, or None where being there is enough.
        message: Where the answer says what is wrong.
    """

    is_class: str
    status: int | None = None
    at: Path | None = None
    equals: str | None = None
    message: Path | None = None
