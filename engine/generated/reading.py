"""How generated code reads a record: the roots and loops of one function."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, Literal

from engine.generated.shape import Shape
from engine.generated.writer import Writer
from engine.paths import RECORD
from engine.quick import FEW, MOST
from engine.scope import Constants

ROOTS: Final = frozenset({RECORD, "mapped", "steps", "vars", "run", "error"})
"""Roots that have their own names in the code, too: no recipe chooses them."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A value on the way to one that is read.

    Attributes:
        text: Its code, evaluated once at most.
        shape: What is read of it, where its record is decoded for what is read; None for plain data.
    """

    text: str
    shape: Shape | None = None


@dataclass(slots=True)
class Reading:
    """What the function that is written now reads.

    Attributes:
        constants: The recipe's.
        record: What is read of the record, where it is decoded for that; None where records are plain data.
        is_final: Whether *record* is complete; else it is being found out, and what is written is thrown away.
        locals: The Python names of the roots that are read, by root; those of loops too.
        shapes: What is read of those Python names that stand for parts of such a record.
        mappings: Those Python names that stand for mappings: of anything else the interpreter takes the record.
        unsure: How many conditions stand around what is written now.
        uses_defaults: Whether a default may stand in.
        cost: What the value that is written now looks at, at most.
        exponents: How the connector of what the value reads counts minor units.
        taken: As exponents, of the connector whose operation takes the value.
    """

    writer: Writer
    constants: Constants
    record: Shape | None = None
    is_final: bool = True
    locals: dict[str, str] = field(default_factory=dict)
    shapes: dict[str, Shape] = field(default_factory=dict)
    mappings: set[str] = field(default_factory=set)
    unsure: int = 0
    uses_defaults: bool = False
    cost: int = 0
    exponents: Mapping[str, int] = field(default_factory=dict)
    taken: Mapping[str, int] = field(default_factory=dict)

    @contextmanager
    def perhaps(self) -> Iterator[None]:
        """What is read meanwhile is read of some records alone."""
        self.unsure += 1
        try:
            yield
        finally:
            self.unsure -= 1

    def root(self, name: str) -> Spot:
        """Return a root."""
        if name not in self.locals:
            self.locals[name] = name if name in ROOTS else self.writer.name("r")
            if name == RECORD and self.record is not None:
                self.shapes[self.locals[name]] = self.record
        text = self.locals[name]
        return Spot(text, self.shapes.get(text))

    def used(self, spot: Spot) -> str:
        """Return the code of *spot*, which is used as it is."""
        if spot.shape is not None:
            spot.shape.is_used = True
        return spot.text

    def sure(self, root: str, steps: Sequence[str | int]) -> Spot:
        """Return what fails where nothing is."""
        spot = self.root(root)
        if not steps:
            return Spot(f"present({spot.text})", spot.shape)
        return self.below(spot, steps)

    def below(self, spot: Spot, steps: Sequence[str | int]) -> Spot:
        """Return what fails where nothing is, from *spot* on."""
        for step in steps:
            spot = self._step(spot, step)
        return spot

    def _step(self, spot: Spot, step: str | int) -> Spot:
        shape = self._shape(spot)
        if shape is None:
            literal = self.writer.literal(step)
            return Spot(f"{spot.text}[{literal}]" if isinstance(step, str) else f"at({spot.text}, {step})")
        inner = shape.at(step)
        if isinstance(step, int):
            return Spot(f"at({spot.text}, {step})", inner)
        if not self.unsure and not self.is_final:
            inner.is_sure = True
        text = f"{spot.text}.{shape.attribute(step)}"
        return Spot(text if inner.is_sure else f"present({text})", inner)

    def _shape(self, spot: Spot) -> Shape | None:
        """Return what is read of *spot*; None where it is decoded as it stands."""
        if spot.shape is None or (self.is_final and spot.shape.is_whole):
            return None
        return spot.shape

    def maybe(self, root: str, steps: Sequence[str | int], absent: Literal["None", "MISSING"]) -> Spot:
        """Return what is *absent* where nothing is: ``None`` where null means the same."""
        spot = self.root(root)
        for step in steps:
            spot = self._found(spot, step, absent)
        if absent == "MISSING" or (steps and spot.shape is None):
            return spot
        name = self.writer.let(spot.text)
        return Spot(f"(None if {name} is MISSING else {name})", spot.shape)

    def _found(self, spot: Spot, step: str | int, absent: str) -> Spot:
        """Return one step of a path on from *spot*; of a shape it is ``MISSING`` where nothing is."""
        shape, literal = self._shape(spot), self.writer.literal(step)
        is_local = spot.text in self.locals.values()
        if shape is None:
            if isinstance(step, int):
                find = "seek" if absent == "None" else "child"
                return Spot(f"{find}({spot.text}, {literal})")
            get = f"({literal})" if absent == "None" else f"({literal}, MISSING)"
            if is_local:
                self.mappings.add(spot.text)
                return Spot(f"{spot.text}.get{get}")
            name = self.writer.let(spot.text)
            return Spot(f"({name}.get{get} if type({name}) is dict else {absent})")
        inner = shape.at(step)
        if isinstance(step, int):
            return Spot(f"child({spot.text}, {literal})", inner)
        if is_local and shape is self.record:
            return Spot(f"{spot.text}.{shape.attribute(step)}", inner)
        return Spot(f"part({spot.text}, {self.writer.literal(shape.attribute(step))})", inner)

    def child(self, spot: Spot, step: str | int) -> Spot:
        """Return one step of a query inside a filter: ``MISSING`` where nothing is. It is no statement."""
        shape, literal = self._shape(spot), self.writer.literal(step)
        if shape is None or isinstance(step, int):
            return Spot(f"child({spot.text}, {literal})", None if shape is None else shape.at(step))
        inner = shape.at(step)
        return Spot(f"part({spot.text}, {self.writer.literal(shape.attribute(step))})", inner)

    def inner(self, spot: Spot, step: str | int) -> Spot:
        """Return one step of an expression: ``MISSING`` where nothing is, an error below what has no steps."""
        shape, literal = self._shape(spot), self.writer.literal(step)
        if shape is None or isinstance(step, int):
            return Spot(f"inner({spot.text}, {literal})", None if shape is None else shape.at(step))
        inner = shape.at(step)
        return Spot(f"part({spot.text}, {self.writer.literal(shape.attribute(step))})", inner)

    def element(self, local: str, rows: Spot) -> Spot:
        """Return an entry of *rows*, which from now on has the name *local*."""
        shape = self._shape(rows)
        if shape is None:
            self.shapes.pop(local, None)
            return Spot(local)
        self.shapes[local] = shape.entries()
        return Spot(local, self.shapes[local])

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

    def noted(self) -> str:
        """Return the name of the list in which defaults that stand in are noted."""
        self.uses_defaults = True
        return "used"
