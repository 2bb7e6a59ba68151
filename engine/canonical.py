"""Canonical JSON and digests: one text for one value, whatever the order of its keys.

A digest carries its algorithm's version (``1:…``), so that a later change of form never takes an old record for an
edited one.
"""

from __future__ import annotations

from decimal import Decimal
from hashlib import sha256
from typing import Any, Final

import msgspec

_ENCODER: Final = msgspec.json.Encoder(decimal_format="number", order="sorted")
_DECODER: Final = msgspec.json.Decoder(float_hook=Decimal)


def encode(value: Any) -> bytes:
    """Return *value* (plain JSON data, numbers int or Decimal) as canonical JSON: sorted keys, no white space."""
    return _ENCODER.encode(value)


def decode(data: bytes | str) -> Any:
    """Return JSON *data* as plain data: every number with a point or exponent is a Decimal.

    Raises:
        ValueError: the data is no JSON, not UTF-8, or nested too deeply (about 1,000 levels).
    """
    try:
        return _DECODER.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(str(error)) from error


def digest(data: bytes) -> str:
    """Return the versioned SHA-256 digest of canonical *data*."""
    return "1:" + sha256(data).hexdigest()
