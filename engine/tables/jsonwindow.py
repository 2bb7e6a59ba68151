"""Goes through a JSON text of any size with no more of it in memory than a block and the value at hand.

Where a value ends is all that is decided here; whether it is right, and what it means, the engine's one decoder says of
its bytes alone. Two scanners find the ends: the standard library's, one value after the other; and, where the values
of a list resemble each other, the decoder's own, many at once. That one is given only a stretch that is a list in
itself and is followed by a comma, so that both give the same values.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import BinaryIO, Final

from engine import canonical

BLOCK: Final = 1 << 18
"""Bytes that are read at once."""
MOST: Final = 16_000_000
"""Bytes of one value."""
_SPACE: Final = re.compile(rb"[ \t\r\n]*")
_BETWEEN: Final = re.compile(rb"[ \t\r\n]*,?[ \t\r\n]*")
_SCAN: Final = json.JSONDecoder(parse_int=str, parse_float=str).raw_decode
_ENDS: Final = frozenset(" \t\r\n,]}:")
_FIRST: Final = 4096
"""Bytes in which the end of the first value is looked for."""
_SIGN: Final = 64
"""Bytes at most of a value's end and of the next one's beginning by which such a place is found again."""
_WORD: Final = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.+ "
_TRIALS: Final = 4
_PATIENCE: Final = 16
"""Values that are scanned one by one before the ends of many are looked for again."""
_WALKS: Final = 4
"""How many objects deep what nobody asked for is gone through in parts."""
_PARTIAL: Final = re.compile(rb"[\xc0-\xff][\x80-\xbf]{0,3}\Z")
"""A character that was read in part, or the last one."""
_BOM: Final = b"\xef\xbb\xbf"


class Fault(ValueError):
    """The text is not as it should be.

    Attributes:
        reason: What is wrong, without its place.
        line, column: Where, from 1.
    """

    def __init__(self, reason: str, place: tuple[int, int]) -> None:
        self.line, self.column = place
        super().__init__(f"{reason} (line {self.line}, column {self.column})")
        self.reason = reason

    @property
    def is_early(self) -> bool:
        """Whether nothing is wrong but that the text ends here."""
        return self.reason == canonical.EARLY


class Repeated(Fault):
    """A key stands twice in one object, of which a decoder would keep the last without a word."""


class TooLarge(Fault):
    """One value has more bytes than a value may have; nothing of it is taken."""


class Window:
    """A JSON text that is gone through once, from its beginning to its end.

    Args:
        file: Read from where it stands; it stays the caller's, who closes it. A byte order mark does not count.
        block: Bytes that are read at once.
        most: Bytes of one value.
    """

    def __init__(self, file: BinaryIO, block: int = BLOCK, most: int = MOST) -> None:
        self._file, self._block, self._most = file, block, most
        self._buffer, self._at, self._has_ended = b"", 0, False
        self._here = 1, 1
        self._before, self._stretch, self._values = self._here, b"", [b""]
        self._index, self._size = 0, _FIRST
        self._read = 0  # bytes before those in the buffer
        while not self._has_ended and len(self._buffer) < len(_BOM):
            self._fill()
        self._buffer = self._buffer.removeprefix(_BOM)

    @property
    def place(self) -> tuple[int, int]:
        """Line and column where the value begins that was given last."""
        at = 0
        for value in self._values[: self._index]:
            at = _end(_SPACE, self._stretch, at) + len(value)
            at = _end(_BETWEEN, self._stretch, at)
        return _moved(self._before, self._stretch[: _end(_SPACE, self._stretch, at)])

    def peek(self) -> bytes:
        """Go on behind white space, and return the byte that stands there; none at the end of the text."""
        while True:
            end = _end(_SPACE, self._buffer, self._at)
            self._move(end)
            if end < len(self._buffer) or self._has_ended:
                return self._buffer[end : end + 1]
            self._fill()

    def value(self) -> bytes:
        """Return the bytes of the value that begins here.

        Raises:
            Fault: none does, or it is damaged so that its end cannot be told.
            TooLarge: it has more bytes than a value may have.
        """
        self.peek()
        while (size := self._length()) is None:
            if self._has_ended or len(self._buffer) - self._at > self._most:
                fault = self.fault(b"[")
                raise self._too_large() if fault.is_early and not self._has_ended else fault
            self._fill()
        if size > self._most:
            raise self._too_large()
        value = self._buffer[self._at : self._at + size]
        self._before, self._stretch, self._values, self._index = self._here, value, [value], 0
        self._move(self._at + size)
        return value

    def elements(self) -> Iterator[bytes]:
        """Yield the bytes of each value of the list that begins here, and go behind its end.

        Raises:
            Fault: the list is damaged there, or does not end; what was before has been given.
        """
        self.peek()
        self._take()
        if self.peek() == b"]":
            return self._take()
        likeness = _Likeness()
        while True:
            if likeness.is_known and (many := self._many(likeness)):
                self._values = many
                for self._index, value in enumerate(many):
                    yield value
                likeness.found(many[-1])
            else:
                yield likeness.found(self.value())
            behind = self._read + self._at
            sign = self.peek()
            if sign == b"]":
                return self._take()
            if sign != b",":
                raise self.fault(b"[0 ")
            self._take()
            if self.peek() == b"]":
                raise self.fault(b"[0,")
            if behind >= self._read:
                likeness.between(self._buffer[behind - self._read : self._at])

    def members(self) -> Iterator[str]:
        """Yield the key of each member of the object that begins here, and go behind its end.

        Whoever asks takes the member's value before the next key.

        Raises:
            Fault: the object is damaged there, or does not end, or a key stands twice.
        """
        seen: set[str] = set()
        self.peek()
        self._take()
        if self.peek() == b"}":
            return self._take()
        while True:
            if self.peek() != b'"':
                raise self.fault(b'{"":0,' if seen else b"{")
            key = str(self.checked(self.value()))
            if key in seen:
                raise Repeated(str(canonical.RepeatedKey(key)), self.place)
            seen.add(key)
            if self.peek() != b":":
                raise self.fault(b'{"" ')
            self._take()
            self.peek()
            yield key
            sign = self.peek()
            if sign == b"}":
                return self._take()
            if sign != b",":
                raise self.fault(b'{"":0 ')
            self._take()

    def skip(self, depth: int = 0) -> None:
        """Go behind the value that begins here, once it is known to be right; a large one in its parts."""
        sign = self.peek()
        if sign == b"[":
            for value in self.elements():
                self.checked(value)
        elif sign == b"{" and depth < _WALKS:
            for _ in self.members():
                self.skip(depth + 1)
        else:
            self.checked(self.value())

    def end(self) -> None:
        """Refuse what stands behind the text's value."""
        if self.peek():
            raise Fault("something stands behind the end of the JSON", self._here)

    def checked(self, value: bytes) -> object:
        """Return what *value* is, which was given last.

        Raises:
            Fault: the decoder refuses it; with the place where it does, or of the value.
        """
        try:
            return canonical.decode_once(value)
        except canonical.NotJson as error:
            place = _further(self.place, error) if error.line else self.place
            raise Fault(said(error), place) from error
        except canonical.RepeatedKey as error:
            raise Repeated(str(error), self.place) from error

    def fault(self, before: bytes) -> Fault:
        """Return what is wrong here in the decoder's words.

        Args:
            before: The least text that may stand before what comes here.
        """
        rest = self._buffer[self._at :]
        if not self._has_ended:
            rest = _PARTIAL.sub(b"", rest)
        try:
            canonical.decode_once(before + rest)
        except canonical.NotJson as error:
            line, column = self._here
            back = len(before) if error.line == 1 else 0
            return Fault(said(error), _further((line, column - back), error) if error.line else self._here)
        except canonical.RepeatedKey as error:
            return Repeated(str(error), self._here)
        return Fault("no value of JSON begins like this", self._here)

    def _many(self, likeness: _Likeness) -> list[bytes]:
        """Take as many values at once as lie between here and a comma that surely follows one; none where none does."""
        if len(self._buffer) - self._at < self._block // 2 and not self._has_ended:
            self._fill()
        end = len(self._buffer)
        for _ in range(_TRIALS):
            at = self._buffer.rfind(likeness.sign, self._at, end)
            if at < 0:
                break
            end = at + likeness.ends
            stretch = self._buffer[self._at : end]
            values = canonical.entries(b"[" + stretch + b"]")
            if values:
                if max(map(len, values)) > self._most:
                    break  # it is told of one by one
                self._before, self._stretch = self._here, stretch
                self._move(end)
                return values
        likeness.forget()
        return []

    def _length(self) -> int | None:
        """Return how many bytes the value here has; None where its end is not in what was read."""
        left = len(self._buffer) - self._at
        size = self._size
        while True:
            text = self._buffer[self._at : self._at + size].decode("utf-8", "surrogateescape")
            try:
                end = _SCAN(text)[1]
            except RecursionError:
                raise Fault(canonical.DEEP, self._here) from None
            except ValueError:
                end = len(text) + 1
            # A number goes on where it seems to end, as -0 of -0.5 does, unless what stands behind ends it.
            is_all = size >= left
            is_last = end == len(text) and is_all and self._has_ended
            if is_last or text[end : end + 1] in _ENDS:
                self._size = max(_FIRST, 2 * end)
                return end if text.isascii() else len(text[:end].encode("utf-8", "surrogateescape"))
            if is_all:
                return None
            size *= 2

    def _too_large(self) -> TooLarge:
        return TooLarge(f"a value is larger than {self._most / 1_000_000:g} MB", self._here)

    def _take(self) -> None:
        self._move(self._at + 1)

    def _move(self, end: int) -> None:
        if end > self._at:
            self._here = _moved(self._here, self._buffer[self._at : end])
            self._at = end

    def _fill(self) -> None:
        """Read a block more, or as much as there is in hand: so often scanning it anew costs little."""
        rest = self._buffer[self._at :]
        more = self._file.read(max(self._block, len(rest)))
        self._read += self._at
        self._buffer, self._at, self._has_ended = rest + more, 0, not more


class _Likeness:
    """What the place between two values of a list looks like, once two of them have shown it.

    Attributes:
        sign: The end of a value, what stands between, and the beginning of the next.
        ends: How many bytes of that are the value's.
    """

    def __init__(self) -> None:
        self.sign, self.ends = b"", 0
        self._last: Sequence[bytes] = ()
        self._pause = 0

    @property
    def is_known(self) -> bool:
        return bool(self.sign)

    def found(self, value: bytes) -> bytes:
        """Take note of the next value, and return it."""
        if not self.sign:
            self._pause = max(0, self._pause - 1)
            self._last = (*self._last[-1:], value)
        return value

    def between(self, gap: bytes) -> None:
        """Take note of the comma, and the white space round it, behind the value that was found last."""
        if self.sign or self._pause or len(self._last) < 2 or len(gap) > _SIGN:
            return
        first, second = self._last
        # Digits and words that these two share by chance, the next ones do not.
        end = _shared(first[: -_SIGN - 1 : -1], second[: -_SIGN - 1 : -1])[::-1].lstrip(_WORD)
        begin = _shared(first[:_SIGN], second[:_SIGN]).rstrip(_WORD)
        self.sign, self.ends = end + gap + begin, len(end)

    def forget(self) -> None:
        """Forget it: it was not found where values end."""
        self.sign, self._last, self._pause = b"", (), _PATIENCE


def _shared(one: bytes, other: bytes) -> bytes:
    """Return the bytes with which both begin."""
    differs = (at for at, (left, right) in enumerate(zip(one, other, strict=False)) if left != right)
    return one[: next(differs, min(len(one), len(other)))]


def _end(pattern: re.Pattern[bytes], text: bytes, at: int) -> int:
    """Return where *pattern*, which takes nothing too, ends in *text*."""
    found = pattern.match(text, at)
    return found.end() if found else at


def _moved(place: tuple[int, int], over: bytes) -> tuple[int, int]:
    """Return line and column behind *over*, which begins at *place*."""
    line, column = place
    lines = over.count(b"\n")
    last = over[over.rfind(b"\n") + 1 :] if lines else over
    length = len(last) if last.isascii() else len(last.decode("utf-8", "replace"))
    return line + lines, length + (1 if lines else column)


def _further(place: tuple[int, int], error: canonical.NotJson) -> tuple[int, int]:
    """Return where *error* is in a text of which its data begins at *place*."""
    line, column = place
    return line + error.line - 1, error.column + (column - 1 if error.line == 1 else 0)


def said(error: canonical.NotJson) -> str:
    """Return what is wrong, with what stands there."""
    return f"{error.sign} is no JSON: {error.reason}" if error.sign else error.reason
