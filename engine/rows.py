"""Mapping rows: a table of from, to and transform as values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engine.compile import ValueCompiler
from engine.values import Broken, Names, Value


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Attributes:
        pointer: Its place; ``from``, ``to`` and ``transform`` lie below it.
        source: What is read: a path, or a constant.
        to: The path of the field.
        transform: Filters as in a pipe, or empty.
    """

    pointer: str
    source: Any
    to: str
    transform: str


def compile_rows(rows: Sequence[Row], at: str, compiler: ValueCompiler, names: Names) -> Value:
    """Return *rows* as one value."""
    return Broken(at)
