"""Type inference: what a path, pipe, expression or value of a recipe gives, before a record comes.

What the schema of a source states goes in, and each place where the value cannot be right comes out as a ``Slip``.
Where nothing is known nothing is said: ``ANY`` goes through everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from engine.types import ANY, NEVER, Shape, Type, mapping_of, meet

Chain = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Slip:
    """What cannot be right.

    Attributes:
        code: That of the finding.
        message: What is wrong, and what was expected.
        help: The cure, or an empty text.
        inner: Offset and length in the text; None where all of it is meant.
    """

    code: str
    message: str
    help: str = ""
    inner: tuple[int, int] | None = None
    severity: Literal["error", "warning", "note"] = "error"

    def behind(self, offset: int) -> Slip:
        """Return this slip as seen from a text in which its own begins at *offset*."""
        return self if self.inner is None else replace(self, inner=(self.inner[0] + offset, self.inner[1]))


@dataclass(frozen=True, slots=True)
class Known:
    """What is known where a value stands.

    Attributes:
        roots: The types of what paths may start from; ``ANY`` where one is not there.
        narrowed: What conditions say of what is read by a chain of names, from its root on.
        sources: Where roots come from, as messages name it: ``shop.orders.list``.
        tables: The recipe's lookups, or None where they are not known.
        asked: Gets the keys that are looked up in a table, by its name; None where they may be any.
        is_zoned: Whether the recipe has a zone, or that is not known.
    """

    roots: Mapping[str, Type] = field(default_factory=dict)
    narrowed: Mapping[Chain, Type] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    tables: Mapping[str, Mapping[str, object]] | None = None
    asked: dict[str, list[frozenset[str] | None]] = field(default_factory=dict)
    is_zoned: bool = True

    def root(self, name: str) -> Type:
        """Return the type of the root *name*."""
        return self.seen((name,), self.roots.get(name, ANY))

    def seen(self, chain: Chain, type: Type) -> Type:
        """Return *type*, of what *chain* reads, as conditions narrow it."""
        return meet(type, self.narrowed[chain]) if chain in self.narrowed else type

    def bind(self, name: str, type: Type, source: str = "") -> Known:
        """Return what is known where *name* is a root of its own."""
        narrowed = {chain: found for chain, found in self.narrowed.items() if chain[0] != name}
        sources = {**self.sources, name: source} if source else self.sources
        return replace(self, roots={**self.roots, name: type}, narrowed=narrowed, sources=sources)

    def step(self, types: Mapping[str, Type]) -> Known:
        """Return what is known where steps of these ids have run too."""
        before = self.roots.get("steps", NEVER)
        fields = {
            name: found for shape in before.mapping for name in shape.names if (found := shape.field(name))
        }
        steps = mapping_of({**fields, **types}, others=ANY)  # one that is not there has a finding of its own
        return replace(self, roots={**self.roots, "steps": steps})

    def result(self, id: str) -> Type:
        """Return the type of what the step *id* gives."""
        found = [shape.field(id) for shape in self.roots.get("steps", ANY).mapping]
        return next((each for each in found if each is not None), ANY)

    def where(self, facts: Mapping[Chain, Type]) -> Known:
        """Return what is known where *facts* hold too."""
        both = {chain: meet(self.narrowed.get(chain, ANY), type) for chain, type in facts.items()}
        return replace(self, narrowed={**self.narrowed, **both}) if facts else self


@dataclass(frozen=True, eq=False)
class Derived:
    """The shape of a mapping that has the names of another: who derives from this says what their types are."""

    shape: Shape

    @property
    def names(self) -> Iterable[str]:
        """The names that are known."""
        return self.shape.names

    @property
    def is_closed(self) -> bool:
        """Whether it has no other names."""
        return self.shape.is_closed
