"""Canonical JSON and digests: one text for one value, whatever the order of its keys.

A digest carries its algorithm's version (``1:…``), so that a later change of form never takes an old record for an
edited one.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from typing import Any, Final

import msgspec

MAX_EXPONENT: Final = 400
"""A number beyond a double's 308 is not interoperable (RFC 8259, section 6), and 1E+999999999 is a gigabyte of text."""


def number(text: str) -> Decimal:
    """Return a number with a point or exponent, as JSON has it; raises ``ValueError`` where it is out of range."""
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise ValueError("a number is out of range") from error
    if abs(number.adjusted()) > MAX_EXPONENT:
        raise ValueError("a number is out of range")
    return number


_ENCODER: Final = msgspec.json.Encoder(decimal_format="number", order="sorted")
_AS_IT_STANDS: Final = msgspec.json.Encoder(decimal_format="number")
_DECODER: Final = msgspec.json.Decoder(float_hook=number)
_ENTRIES: Final = msgspec.json.Decoder(list[msgspec.Raw])
_MEMBERS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


def encode(value: Any) -> bytes:
    """Return *value* (plain JSON data, numbers int or Decimal) as canonical JSON: sorted keys, no white space."""
    return _ENCODER.encode(value)


def indented(value: Any) -> str:
    """Return *value* as canonical JSON in lines, for people."""
    return msgspec.json.format(encode(value), indent=2).decode()


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


def entries(data: bytes) -> list[bytes] | None:
    """Return the bytes of each value of the list that *data* is; None where it is none.

    The list is known to be closed and parted by commas, and each value to end where it does; whether a value is right
    is for ``decode`` to say of its bytes alone.
    """
    try:
        return [bytes(value) for value in _ENTRIES.decode(data)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def members(data: bytes) -> dict[str, bytes] | None:
    """Return the bytes of each value by its key where *data* is an object, as ``entries`` does; None where it is none.

    Of a key that stands twice the last value counts, as ``decode`` has it.
    """
    try:
        return {key: bytes(value) for key, value in _MEMBERS.decode(data).items()}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


class NotJson(ValueError):
    """Data that people may have written is no JSON.

    Attributes:
        reason: What is wrong, without its place.
        line: The line where it goes wrong, from 1; 0 where that is not known.
        column: The character in it, from 1; 0 where that is not known.
        sign: The letter or digit that stands there in quotes, or an empty text.
    """

    def __init__(self, reason: str, data: bytes, offset: int | None, sign: str = "") -> None:
        self.reason, self.sign, self.line, self.column = reason, sign, 0, 0
        if offset is not None:
            start = data.rfind(b"\n", 0, offset) + 1
            self.line = data.count(b"\n", 0, offset) + 1
            self.column = len(data[start:offset].decode("utf-8", "replace")) + 1
        super().__init__(f"{reason} (line {self.line}, column {self.column})" if self.line else reason)


EARLY: Final = "the JSON ends too early: a bracket or quote is not closed"
DEEP: Final = "the JSON is nested too deeply"
HALF: Final = "half of a character (a lone surrogate) is no text"
WORDS: Final = {
    "object keys must be strings": "a key must be text in double quotes",
    "trailing comma in array": "a comma stands before the closing bracket",
    "trailing comma in object": "a comma stands before the closing brace",
    "expected ':'": "a colon is missing behind the key",
    "expected ',' or '}'": "a comma or a closing brace is missing",
    "expected ',' or ']'": "a comma or a closing bracket is missing",
    "invalid utf-16 surrogate pair": HALF,
    "invalid escape character in string": 'a backslash in text stands before one of " \\ / b f n r t u',
    "invalid character in unicode escape": "\\u takes four hexadecimal digits",
    "invalid number": "a number is written as 12, -0.5 or 1e3",
    "trailing characters": "something stands behind the value",
}
"""The decoder's words, and ours."""
_AT: Final = re.compile(r"JSON is malformed: (.+) \(byte ([0-9]+)\)")
_ESCAPE: Final = re.compile(rb"\\(?:u([0-9A-Fa-f]{4})|.)", re.DOTALL)
_SECOND: Final = re.compile(rb"\\u[dD][c-fC-F]")


def _said(message: str, data: bytes) -> NotJson:
    """Return the decoder's *message* about *data* in our words."""
    if not data.strip():
        return NotJson("it is empty", data, None)
    found = _AT.fullmatch(message)
    offset = int(found[2]) if found else len(data)
    try:
        data[:offset].decode()
    except UnicodeDecodeError as error:
        return NotJson("this byte is not UTF-8 text, as JSON is", data, error.start)
    if "truncated" in message:
        half = _half(data)
        return NotJson(EARLY, data, len(data)) if half is None else NotJson(HALF, data, half)
    if found:
        sign = data[offset : offset + 1]
        if found[1] not in WORDS and b"" < sign < b" ":
            return NotJson("a line end or tab in text is written \\n or \\t", data, offset)
        shown = repr(sign.decode()) if sign.isascii() and sign.isalnum() else ""
        return NotJson(WORDS.get(found[1], "no value of JSON begins like this"), data, offset, shown)
    if "out of range" in message:
        return NotJson("a number is out of range", data, None)
    return NotJson(DEEP, data, None)


def _half(data: bytes) -> int | None:
    """Return where *data* has the first half of a surrogate pair without the second, which the decoder runs past."""
    for found in _ESCAPE.finditer(data):
        code = int(found[1] or b"0", 16)
        if 0xD800 <= code <= 0xDBFF and found.end() < len(data) and not _SECOND.match(data, found.end()):
            return found.start()
    return None


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
        NotJson: where ``decode`` raises.
    """
    raw = data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass")
    try:
        value = decode(raw)
    except ValueError as error:
        raise _said(str(error), raw) from error
    if _stands_as_written(raw, value):
        return value
    try:
        json.loads(data, object_pairs_hook=_once, parse_int=str, parse_float=str)
    except RecursionError as error:
        raise _said("", raw) from error
    return value


def _stands_as_written(data: bytes, value: Any) -> bool:
    """Return whether *value*, written again, is *data* but for white space: then no key stands twice in it.

    That takes a sixth of the time of looking at each key, and most data of machines is written so.
    """
    try:
        return msgspec.json.format(data, indent=-1) == _AS_IT_STANDS.encode(value)
    except RecursionError:
        return False


def _once(pairs: list[tuple[str, Any]]) -> None:
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            raise RepeatedKey(key)
        seen.add(key)


def digest(data: bytes) -> str:
    """Return the versioned SHA-256 digest of canonical *data*."""
    return "1:" + sha256(data).hexdigest()


def digest_as_it_came(data: bytes) -> str:
    """Return the versioned SHA-256 digest of *data* as a source wrote it: other white space gives another one."""
    return "2:" + sha256(data).hexdigest()


def digest_of_content(data: bytes) -> str:
    """Return the digest of the JSON *data* in its canonical form; of what is no JSON, of its bytes."""
    try:
        return digest(encode(decode(data)))
    except ValueError:
        return digest(data)


def is_known(known: str, own: str, data: bytes) -> bool:
    """Return whether *known* is the digest of *data*, whose *own* digest may be one of the other kind."""
    if own == known or own[:2] == known[:2] or not data:
        return own == known
    return known == (digest_as_it_came(data) if known.startswith("2:") else digest_of_content(data))
