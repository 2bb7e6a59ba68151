"""A spreadsheet kept as CSV: cells hold values and formulas, as any spreadsheet program opens and computes them.

Numbers are exact fractions. It knows what the sheets in ``expected/`` need: ``+ - * /``, parentheses, cells, and the
functions SUM, SUMIF (equal to a cell or a text) and ROUND (a half goes away from zero). Nothing of the engine is used.
"""

from __future__ import annotations

import csv
import re
from fractions import Fraction
from pathlib import Path
from typing import Final

Value = Fraction | str

NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?")
TOKEN: Final = re.compile(r'\s*(?:([0-9]+(?:\.[0-9]+)?)|"([^"]*)"|([A-Z]+[0-9]+)|([A-Z]+)|([-+*/(),:]))')


class Sheet:
    """One file of a spreadsheet; the first line names the columns, the first column names the rows."""

    def __init__(self, text: str) -> None:
        self.lines = list(csv.reader(text.splitlines()))
        self._open: list[str] = []

    @classmethod
    def read(cls, path: Path) -> Sheet:
        """Return the sheet in a file."""
        return cls(path.read_text("utf-8"))

    @property
    def rows(self) -> list[dict[str, Value]]:
        """Every line behind the first, computed, by column."""
        names = self.lines[0]
        return [
            {name: self.cell(f"{chr(65 + column)}{line}") for column, name in enumerate(names)}
            for line in range(2, len(self.lines) + 1)
        ]

    def row(self, name: str) -> dict[str, Value]:
        """Return the one line whose first cell reads *name*, computed, by column."""
        (found,) = [number for number, line in enumerate(self.lines) if line[0] == name]
        return self.rows[found - 1]

    def cell(self, place: str) -> Value:
        """Return what a cell such as ``B7`` comes to; an empty one is empty text."""
        column, line = ord(place[0]) - 65, int(place[1:]) - 1
        text = self.lines[line][column] if column < len(self.lines[line]) else ""
        if not text.startswith("="):
            return Fraction(text) if NUMBER.fullmatch(text) else text
        if place in self._open:
            raise ValueError(f"{place} needs itself: {' → '.join(self._open)}")
        self._open.append(place)
        found = _Formula(text[1:], self).value()
        self._open.pop()
        return found

    def block(self, start: str, end: str) -> list[Value]:
        """Return the cells from one corner to the other, line by line."""
        columns = [chr(code) for code in range(ord(start[0]), ord(end[0]) + 1)]
        lines = range(int(start[1:]), int(end[1:]) + 1)
        return [self.cell(f"{column}{line}") for line in lines for column in columns]


class _Formula:
    """One formula, read from left to right."""

    def __init__(self, text: str, sheet: Sheet) -> None:
        self.sheet, self.tokens, at = sheet, list[tuple[str | None, ...]](), 0
        while at < len(text):
            match = TOKEN.match(text, at)
            if match is None:
                raise ValueError(f"={text}: not understood from {text[at:]!r} on")
            self.tokens.append(match.groups())
            at = match.end()

    def value(self) -> Value:
        found = self._sum()
        if self.tokens:
            raise ValueError(f"something stands behind the formula: {self.tokens[0]}")
        return found

    def _sum(self) -> Value:
        found = self._product()
        while sign := self._take("+", "-"):
            other = _number(self._product())
            found = _number(found) + (other if sign == "+" else -other)
        return found

    def _product(self) -> Value:
        found = self._one()
        while sign := self._take("*", "/"):
            other = _number(self._one())
            found = _number(found) * other if sign == "*" else _number(found) / other
        return found

    def _one(self) -> Value:
        if self._take("-"):
            return -_number(self._one())
        if self._take("("):
            found = self._sum()
            self._must(")")
            return found
        number, text, cell, name, _ = self.tokens.pop(0)
        if name is not None:
            return self._call(name)
        if number is not None:
            return Fraction(number)
        return text if text is not None else self.sheet.cell(str(cell))

    def _call(self, name: str) -> Fraction:
        self._must("(")
        given = [self._argument()]
        while self._take(","):
            given.append(self._argument())
        self._must(")")
        if name == "SUM":
            return sum((_number(each) for part in given for each in part if each != ""), Fraction(0))
        if name == "SUMIF":
            where, (wanted,), what = given
            return sum((_number(b) for a, b in zip(where, what, strict=True) if a == wanted), Fraction(0))
        if name == "ROUND":
            (value,), (places,) = given
            return _rounded(_number(value), _number(places))
        raise ValueError(f"there is no function {name} here")

    def _argument(self) -> list[Value]:
        if len(self.tokens) > 1 and self.tokens[1][4] == ":":
            start, end = str(self.tokens[0][2]), str(self.tokens[2][2])
            del self.tokens[:3]
            return self.sheet.block(start, end)
        return [self._sum()]

    def _take(self, *signs: str) -> str:
        return str(self.tokens.pop(0)[4]) if self.tokens and self.tokens[0][4] in signs else ""

    def _must(self, sign: str) -> None:
        if not self._take(sign):
            raise ValueError(f"{sign} is missing")


def _number(value: Value) -> Fraction:
    if isinstance(value, str):
        raise ValueError(f"{value!r} is no number")
    return value


def _rounded(value: Fraction, places: Fraction) -> Fraction:
    scale = Fraction("1" + "0" * int(places))
    scaled = abs(value) * scale
    whole = Fraction((2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator))
    return (whole if value >= 0 else -whole) / scale
