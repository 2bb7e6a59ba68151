"""How generated code reads a record: the roots and loops of one function."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from engine.generated.writer import Writer
from engine.paths import RECORD
from engine.quick import FEW, MOST
from engine.scope import Constants

ROOTS: Final = frozenset({RECORD, "mapped", "steps", "vars", "run", "error"})
"""Roots that have their own names in the code, too: no recipe chooses them."""


@dataclass(slots=True)
class Reading:
    """What the function that is written now reads.

    Attributes:
        constants: The recipe's.
        locals: The Python names of the roots that are read, by root; those of loops too.
        mappings: Those Python names that stand for mappings: of anything else the interpreter takes the record.
        uses_defaults: Whether a default may stand in.
        cost: What the value that is written now looks at, at most.
        exponents: How the connector of what the value reads counts minor units.
        taken: As exponents, of the connector whose operation takes the value.
    """

    writer: Writer
    constants: Constants
    locals: dict[str, str] = field(default_factory=dict)
    mappings: set[str] = field(default_factory=set)
    uses_defaults: bool = False
    cost: int = 0
    exponents: Mapping[str, int] = field(default_factory=dict)
    taken: Mapping[str, int] = field(default_factory=dict)

    def root(self, name: str) -> str:
        """Return the Python name of a root."""
        if name not in self.locals:
            self.locals[name] = name if name in ROOTS else self.writer.name("r")
        return self.locals[name]

    def sure(self, root: str, steps: Sequence[str | int]) -> str:
        """Return code that fails where nothing is."""
        if not steps:
            return f"present({self.root(root)})"
        return self.below(self.root(root), steps)

    def below(self, text: str, steps: Sequence[str | int]) -> str:
        """Return code that fails where nothing is, from the value of *text* on."""
        for step in steps:
            if isinstance(step, str):
                text = f"{text}[{self.writer.literal(step)}]"
            else:
                text = f"at({text}, {step})"
        return text

    def maybe(self, root: str, steps: Sequence[str | int], absent: Literal["None", "MISSING"]) -> str:
        """Return code that gives *absent* where nothing is: ``None`` where null means the same."""
        text = self.root(root)
        if not steps and absent == "None":
            return f"(None if {text} is MISSING else {text})"
        for number, step in enumerate(steps):
            written = self.writer.literal(step)
            if number == 0 and isinstance(step, str):
                self.mappings.add(text)
                text = f"{text}.get({written})" if absent == "None" else f"{text}.get({written}, MISSING)"
            else:
                text = self._found(self.writer.let(text), step, absent)
        return text

    def _found(self, name: str, step: str | int, absent: str) -> str:
        """Return code of one step of a path on the value *name*."""
        written = self.writer.literal(step)
        if isinstance(step, int):
            return f"{'seek' if absent == 'None' else 'child'}({name}, {written})"
        get = f"{name}.get({written})" if absent == "None" else f"{name}.get({written}, MISSING)"
        return f"({get} if type({name}) is dict else {absent})"

    def inner(self, text: str, step: str | int) -> str:
        """Return code of one step of an expression: ``MISSING`` where nothing is, an error below what has no steps."""
        return f"inner({text}, {self.writer.literal(step)})"

    def rows(self, text: str, depth: int = 0) -> str:
        """Return code of the list *text*, all of which is looked at; it fails where that is none.

        Args:
            depth: How many lists this one stands in; one inside others is to be shorter.
        """
        self.looked(3, depth)
        return f"few({text})" if depth else f"rows({text})"

    def looked(self, count: int, depth: int = 0) -> None:
        """Take note that *count* more looks are taken at each value of a list."""
        self.cost += count * MOST * (FEW if depth else 1)

    def used(self) -> str:
        """Return the name of the list in which defaults that stand in are noted."""
        self.uses_defaults = True
        return "used"
