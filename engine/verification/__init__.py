"""Kinds of proof that a webhook comes from the vendor: each judges one delivery, without I/O.

What fails is told in words that help whoever set the webhook up and that no sender must see: who answers tells the
sender the status alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol
from urllib.parse import parse_qsl

FORM: Final = "application/x-www-form-urlencoded"


class Unverified(Exception):
    """The delivery is not proved to be the vendor's; the text says why."""


class Received(StrEnum):
    """What a delivery is."""

    EVENT = "event"
    PING = "ping"
    """Unsigned, says nothing, and is answered like an event: the vendor asks whether anybody is there."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One webhook as it came.

    Attributes:
        url: The address that it was sent to, as the vendor was given it.
        headers: By their names in small letters.
        body: Byte for byte.
    """

    url: str
    headers: Mapping[str, str]
    body: bytes


class Verification(Protocol):
    """One way to prove where a webhook comes from."""

    def is_signed(self, delivery: Delivery) -> bool:
        """Tell whether *delivery* claims to be proved."""
        ...

    def prove(self, delivery: Delivery, now: float) -> None:
        """Return where *delivery* is proved.

        Args:
            now: Seconds since 1970.

        Raises:
            Unverified: it is not.
        """
        ...


def received(delivery: Delivery, verification: Verification, pings: frozenset[str], now: float) -> Received:
    """Return what *delivery* is.

    Args:
        pings: The names of fields of a form, of which an unsigned delivery that holds nothing else is a ping.
        now: Seconds since 1970.

    Raises:
        Unverified: it is not proved to be the vendor's, and no ping.
    """
    if pings and not verification.is_signed(delivery) and _fields(delivery) == pings:
        return Received.PING
    verification.prove(delivery, now)
    return Received.EVENT


def _fields(delivery: Delivery) -> frozenset[str]:
    kind = delivery.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != FORM or len(delivery.body) > 1000:
        return frozenset()
    try:
        return frozenset(name for name, _ in parse_qsl(delivery.body.decode("ascii"), max_num_fields=20))
    except ValueError:
        return frozenset()
