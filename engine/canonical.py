"""Canonical JSON and digests: one text for one value, whatever the order of its keys.

A digest carries its algorithm's version (``1:…``), so that a later change of form never takes an old record for an
edited one.
"""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from typing import Any, Final

import msgspec

MAX_EXPONENT: Final = 400
"""A number beyond a double's 308 is not interoperable (RFC 8259, section 6), and 1E+999999999 is a gigabyte of text."""


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise ValueError("a number is out of range") from error
    if abs(number.adjusted()) > MAX_EXPONENT:
        raise ValueError("a number is out of range")
    return number


_ENCODER: Final = msgspec.json.Encoder(decimal_format="number", order="sorted")
_DECODER: Final = msgspec.json.Decoder(float_hook=_number)


def encode(value: Any) -> bytes:
    """Return *value* (plain JSON data, numbers int or Decimal) as canonical JSON: sorted keys, no white space."""
    return _ENCODER.encode(value)


def decode(data: bytes | str) -> Any:
    """Return JSON *data* as plain data: every number with a point or exponent is a Decimal.

    Raises:
        ValueError: the data is no JSON, not UTF-8, or nested too deeply (about 1,000 levels), or a
            number is out of range (an exponent beyond ±400, more than 4,300 digits).
    """
    try:
        return _DECODER.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(str(error)) from error


class RepeatedKey(ValueError):
    """A key stands twice in one object, of which a decoder would keep the last without a word.

    Attributes:
        key: The key.
    """

    def __init__(self, key: str) -> None:
        super().__init__(f"the key {key!r} stands twice in one object")
        self.key = key


def decode_once(data: bytes | str) -> Any:
    """Return JSON *data* that people may have written, as ``decode`` does.

    Raises:
        RepeatedKey: a key stands twice in one object.
        ValueError: as ``decode``.
    """
    value = decode(data)
    try:
        json.loads(data, object_pairs_hook=_once, parse_int=str, parse_float=str)
    except RecursionError as error:
        raise ValueError(str(error)) from error
    return value


def _once(pairs: list[tuple[str, Any]]) -> None:
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            raise RepeatedKey(key)
        seen.add(key)


def digest(data: bytes) -> str:
    """Return the versioned SHA-256 digest of canonical *data*."""
    return "1:" + sha256(data).hexdigest()
