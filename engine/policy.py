"""Bounds and rules of a connection, frozen: ``connector`` makes them, the doors take them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from engine.paths import Path

CLASSES: Final = (
    "auth", "throttled", "transient", "validation", "duplicate", "stale", "period_closed", "not_found", "unsupported",
)  # fmt: skip
"""What an error of a target means to the engine; a connector's rules map answers to these."""

OF_CONNECTION: Final = frozenset({"auth", "throttled", "transient"})
"""Classes that are the connection's failure, not the record's: the run stops and spends no record."""


DURATION: Final = r"^[0-9]+(\.[0-9]+)?(ms|[smhd])$"
LONGEST: Final = 32 * 86400.0
"""Seconds; no limit of a vendor counts for longer than a month, and no number of an answer takes it further."""
_UNITS: Final = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}


def seconds(text: str) -> float:
    """Return a duration such as ``2s``, ``0.2s``, ``15m`` or ``1d``, which matches ``DURATION``, in seconds."""
    number = text.rstrip("dhms")
    return float(number) * _UNITS[text[len(number) :]]


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
        backoff: The longest first pause in seconds; each next one may be twice as long.
        longest: All pauses together, in seconds.
    """

    attempts: int
    backoff: float = 2.0
    longest: float = 300.0


OnRevision = Literal["", "update", "reissue", "skip", "park"]
"""What becomes of an effect whose record changed; empty: park."""
Place = Literal["", "header", "query", "body"]


@dataclass(frozen=True, slots=True)
class Lookup:
    """How an effect whose answer was lost is looked up at its target.

    Attributes:
        field: Field of the written document that carries the effect key.
        operation: The list operation that finds it.
        given: Its parameters; the text ``$key`` stands for the effect key.
        at: Where a found record carries the key: the target may have ignored the filter.
        settles_after: Seconds after the last send from which *not found* counts.
    """

    field: str
    operation: str
    given: Mapping[str, Any]
    at: Path
    settles_after: float

    def asked(self, key: str) -> dict[str, Any]:
        """Return the parameters that ask for *key*."""
        return {name: key if value == "$key" else value for name, value in self.given.items()}


@dataclass(frozen=True, slots=True)
class Idempotency:
    """What makes a repeat of a write safe: a native key that the target knows again, a lookup, or both.

    Attributes:
        place: Where the native key goes; empty where the target has none.
        name: Name of the header, the query parameter or the body's field.
        lifetime: Seconds for which the target remembers requests by their key; None where it keeps the key with the
            document, for ever.
        find: How an effect is looked up, or None.
    """

    place: Place = ""
    name: str = ""
    lifetime: float | None = None
    find: Lookup | None = None

    @property
    def remembers(self) -> bool:
        """Whether the target remembers requests, and so a refusal too: what is sent anew needs another key."""
        return bool(self.place) and self.lifetime is not None


NO_IDEMPOTENCY: Final = Idempotency()
"""A target that does not know what it has seen."""


@dataclass(frozen=True, slots=True)
class Limit:
    """What a vendor lets an account ask for.

    Attributes:
        name: As messages call it.
        kind, settings: How it is counted.
        operations: Those that it covers; none for all.
        costs: What a request of an operation takes, where that is not 1.
        each_operation: Whether each operation has a budget of its own.
        pause: Seconds for which nothing is sent after a refusal that does not say for how long.
    """

    name: str
    kind: str
    settings: Mapping[str, Any]
    operations: frozenset[str] = frozenset()
    costs: Mapping[str, float] = field(default_factory=dict)
    each_operation: bool = False
    pause: float = 0.0


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
