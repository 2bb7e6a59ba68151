"""Lines of Python and the names in them; of a recipe only literals get in here, and those quoted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

INDENT: Final = "    "
LARGEST: Final = 10**20
"""What a number that is written into the code stays below; Python refuses to write thousands of digits."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of Python.

    Attributes:
        depth: How many blocks it stands in.
        place: Pointer of the recipe's value that it computes.
    """

    text: str
    depth: int
    place: str


@dataclass(slots=True)
class Writer:
    """Writes functions into one module.

    Attributes:
        lines: What is written.
        constants: What the code reads that no literal of Python gives, by name.
        place: Pointer of the value that is written now.
    """

    lines: list[Line] = field(default_factory=list)
    constants: dict[str, Any] = field(default_factory=dict)
    place: str = ""
    _depth: int = 0
    _count: int = 0

    def line(self, text: str) -> None:
        """Write a line."""
        self.lines.append(Line(text, self._depth, self.place))

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """Write *head*; what is written meanwhile stands inside it."""
        self.line(head)
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1

    @contextmanager
    def apart(self) -> Iterator[list[Line]]:
        """Collect what is written meanwhile in place of writing it; ``add`` writes it."""
        before, self.lines = self.lines, []
        try:
            yield self.lines
        finally:
            self.lines = before

    @contextmanager
    def inside(self) -> Iterator[list[Line]]:
        """As ``apart``, for what will stand in a block."""
        self._depth += 1
        try:
            with self.apart() as lines:
                yield lines
        finally:
            self._depth -= 1

    def add(self, lines: list[Line]) -> None:
        """Write what was collected."""
        self.lines += lines

    def name(self, prefix: str = "v") -> str:
        """Return a name that nothing has yet."""
        self._count += 1
        return f"{prefix}{self._count}"

    def let(self, text: str) -> str:
        """Give the value of *text* a name, and return that; a name stays itself."""
        if text.isidentifier():
            return text
        name = self.name()
        self.line(f"{name} = {text}")
        return name

    def literal(self, value: Any) -> str:
        """Return Python for *value*: a literal that is all ASCII, else the name of a constant."""
        if value is None or value is True or value is False:
            return repr(value)
        if type(value) is str:
            return ascii(value)
        if type(value) is int and -LARGEST < value < LARGEST:
            return repr(value) if value >= 0 else f"({value!r})"
        return self.constant(value)

    def constant(self, value: Any, prefix: str = "k") -> str:
        """Return the name of a constant that is *value*."""
        known = next((name for name, each in self.constants.items() if each is value), None)
        if known is None:
            known = self.name(prefix)
            self.constants[known] = value
        return known

    def text(self) -> str:
        """Return everything as the text of a module."""
        return text_of(self.lines)


def text_of(lines: Iterable[Line]) -> str:
    """Return *lines* as text."""
    return "".join(f"{INDENT * line.depth}{line.text}\n" for line in lines)


def is_python(lines: Iterable[Line]) -> bool:
    """Tell whether Python takes *lines*: it bounds how many loops and parentheses stand in each other."""
    try:
        compile(text_of(lines), "<lines>", "exec")
    except (SyntaxError, RecursionError, MemoryError):
        return False
    return True
