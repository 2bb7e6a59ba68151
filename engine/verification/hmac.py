"""``hmac``: a header carries a code over the body that only who knows the secret can make (RFC 2104)."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from collections.abc import Mapping
from hmac import compare_digest
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from engine.declare import Declaration
from engine.fill import SLOT, fill
from engine.policy import DURATION, seconds
from engine.secret import Secret, mac
from engine.verification import Delivery, Unverified

NAME: Final = "^[A-Za-z0-9-]+$"
PART: Final = "^[A-Za-z0-9_]+$"
SLOTS: Final = ("body", "url", "timestamp")
TIME: Final = re.compile("[0-9]{1,12}")
HEX: Final = re.compile("(?:[0-9a-fA-F]{2})+")
MOST: Final = 20
"""Parts that a header may have; a vendor sends one, or two while a secret is changed."""


class Timestamp(BaseModel):
    """Where the moment of the delivery stands, in seconds since 1970."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    part: str = Field(
        default="", pattern=PART, description="The part of the signature's header.", examples=["t"]
    )
    header: str = Field(
        default="",
        pattern=NAME,
        description="A header of its own, where it is no part.",
        examples=["X-Request-Timestamp"],
    )


class Params(BaseModel):
    """Settings of ``verify: {kind: hmac}``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    header: str = Field(
        pattern=NAME, description="Header that carries the code.", examples=["X-Shopify-Hmac-Sha256"]
    )
    secret: str = Field(
        description="The secret; {name} stands for a secret setting.", examples=["{webhook_secret}"]
    )
    over: str = Field(
        default="{body}",
        description="What the code is made of: {body}, {url} and {timestamp} in their order.",
        examples=["{timestamp}.{body}"],
    )
    encoding: Literal["base64", "hex"] = Field(default="base64", description="How the code is written.")
    algorithm: Literal["sha256", "sha512", "sha1"] = Field(
        default="sha256", description="The hash that it is made with."
    )
    prefix: str = Field(
        default="", description="Text that stands before the code in the header.", examples=["sha256="]
    )
    part: str = Field(
        default="",
        pattern=PART,
        description="The part of a header of name=value pairs that carries the code; it may come several times.",
        examples=["v1"],
    )
    timestamp: Timestamp | None = Field(
        default=None, description="Where the moment of the delivery stands.", examples=[{"part": "t"}]
    )
    tolerance: str = Field(
        default="5m",
        pattern=DURATION,
        description="How far that moment may lie from now, on either side.",
        examples=["5m"],
    )


class HmacVerification:
    """Makes the code anew and compares."""

    def __init__(self, params: Params, settings: Mapping[str, str | Secret]) -> None:
        self._params = params
        self._secret = fill(params.secret, settings)
        self._tolerance = seconds(params.tolerance)

    def is_signed(self, delivery: Delivery) -> bool:
        return self._params.header.lower() in delivery.headers

    def prove(self, delivery: Delivery, now: float) -> None:
        if not isinstance(self._secret, Secret) or self._secret.matches(""):
            raise Unverified("the connection has no secret for webhooks, so none can be proved")
        if not self.is_signed(delivery):
            raise Unverified(f"the header {self._params.header} is missing")
        said = delivery.headers[self._params.header.lower()]
        pairs = self._pairs(said) if self._params.part else []
        given = [value for name, value in pairs if name == self._params.part] if self._params.part else [said]
        codes = [self._code(each.strip()) for each in given]
        if not codes:
            raise Unverified(f"the header {self._params.header} has no part {self._params.part}")
        moment = self._moment(delivery, pairs)
        expected = mac(self._secret, self._message(delivery, moment), self._params.algorithm)
        # All are compared, whichever fits: the time that it takes says nothing.
        fits = [compare_digest(expected, code) for code in codes]
        if not any(fits):
            raise Unverified("the code does not fit: another secret, or a body that was changed on its way")
        # Only who knows the secret learns what the time is here.
        if moment and abs(now - int(moment)) > self._tolerance:
            raise Unverified(f"it was sent at {moment} and comes at {now:.0f}, out of tolerance")

    def _pairs(self, said: str) -> list[tuple[str, str]]:
        parts = said.split(",")
        if len(parts) > MOST:
            raise Unverified(f"the header {self._params.header} has more than {MOST} parts")
        split = [part.strip().partition("=") for part in parts]
        return [(name, value) for name, _, value in split]

    def _code(self, text: str) -> bytes:
        """Return the bytes of a code; what is none fits nothing."""
        if not text.startswith(self._params.prefix):
            return b""
        text = text.removeprefix(self._params.prefix)
        if self._params.encoding == "hex":
            return bytes.fromhex(text) if HEX.fullmatch(text) else b""
        try:
            return b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            return b""

    def _moment(self, delivery: Delivery, pairs: list[tuple[str, str]]) -> str:
        """Return the moment of *delivery* as its sender wrote it; empty where none is asked for."""
        where = self._params.timestamp
        if where is None:
            return ""
        found = [value for name, value in pairs if name == where.part] if where.part else []
        if where.header and where.header.lower() in delivery.headers:
            found.append(delivery.headers[where.header.lower()].strip())
        if len(found) != 1 or not TIME.fullmatch(found[0]):
            raise Unverified("it does not say when it was sent, or not once")
        return found[0]

    def _message(self, delivery: Delivery, moment: str) -> bytes:
        held = {"body": delivery.body, "url": delivery.url.encode(), "timestamp": moment.encode()}
        pieces = SLOT.split(self._params.over)
        return b"".join(held[piece] if index % 2 else piece.encode() for index, piece in enumerate(pieces))


DECLARATION = Declaration(
    "hmac",
    "A header carries a code over the body, which only who knows the secret can make (RFC 2104).",
    HmacVerification,
    Params,
)
