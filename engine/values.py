"""Values: what a recipe's YAML means for one record, as frozen nodes.

The form decides, never the content: a path, a pipe, an expression, text, ``for_each``/``map``, ``when``/``map``,
``literal``, or itself. Every node knows its pointer, so an error names the place in the recipe.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol

from engine.errors import RecordError
from engine.exponents import Chain, Counts, Exponents, Ways, distinct, ways_of
from engine.filters import BadValue
from engine.inference import Known, expressions
from engine.money import ISO, kind
from engine.paths import MISSING, RECORD
from engine.pipes import Pipe
from engine.scope import Scope, Work
from engine.templates import Template
from engine.types import ANY, Type


class Value(Protocol):
    """A compiled value."""

    @property
    def pointer(self) -> str:
        """Its place in the recipe."""
        ...

    @property
    def uses(self) -> frozenset[Chain]:
        """What it reads."""
        ...

    def evaluate(self, scope: Scope) -> Any:
        """Return the value for one record, or ``MISSING`` where it is left out.

        Raises:
            RecordError: it has no value in this record; carries the pointer.
        """
        ...


@dataclass(frozen=True, slots=True)
class Constant:
    """Itself."""

    pointer: str
    value: Any
    uses: frozenset[Chain] = frozenset()

    def evaluate(self, scope: Scope) -> Any:
        return self.value


@dataclass(frozen=True, slots=True)
class Broken:
    """Stands where a value has a finding, so that no other follows from it; such a recipe never runs."""

    pointer: str
    uses: frozenset[Chain] = frozenset()

    def evaluate(self, scope: Scope) -> Any:
        return MISSING


@dataclass(frozen=True, slots=True)
class Leaf:
    """A pipe or a template.

    Attributes:
        exponents: How the connector of what it reads counts minor units, where otherwise than ISO 4217.
        taken: How the connector counts them whose operation takes it.
        type: What is known of what it gives.
        known: What is known of what it reads.
        text: As written; in a table the filters alone.
    """

    pointer: str
    of: Pipe | Template
    uses: frozenset[Chain]
    exponents: Exponents = field(default_factory=dict)
    taken: Exponents = field(default_factory=dict)
    type: Type = field(default=ANY, compare=False, repr=False)
    known: Known = field(default_factory=Known, compare=False, repr=False)
    text: str = field(default="", compare=False, repr=False)

    def evaluate(self, scope: Scope) -> Any:
        scope.place, scope.exponents, scope.taken = self.pointer, self.exponents, self.taken
        try:
            value = self.of.evaluate(scope)
            if scope.work is not None:
                spend(scope.work, 1 + scope.budget.used, self.pointer)
        except BadValue as error:
            raise RecordError(error.code, error.what, pointer=self.pointer, help=error.cure) from error
        if value is MISSING and isinstance(self.of, Template):
            raise RecordError(
                "X101",
                "the expression gives nothing: what it reads is missing in this record",
                pointer=self.pointer,
                help="put | default(…) behind what may be absent",
            )
        return value

    def explain(self, scope: Scope) -> str:
        """Return what ``Template.explain`` says where it is a comparison that does not hold, or an empty text."""
        if not isinstance(self.of, Template):
            return ""
        scope.place, scope.exponents, scope.taken = self.pointer, self.exponents, self.taken
        return self.of.explain(scope)


@dataclass(frozen=True, slots=True)
class Named:
    """Where the name of a field is written: a pointer, with offset and length inside the text there."""

    pointer: str
    inner: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Fields:
    """A mapping; entries without a value are left out.

    Attributes:
        named: Where a name is written that is no key of the recipe.
    """

    pointer: str
    entries: tuple[tuple[str, Value], ...]
    uses: frozenset[Chain]
    named: Mapping[str, Named] = field(default_factory=dict)

    def evaluate(self, scope: Scope) -> dict[str, Any]:
        made = ((name, value.evaluate(scope)) for name, value in self.entries)
        return {name: value for name, value in made if value is not MISSING}


@dataclass(frozen=True, slots=True)
class Entries:
    """A list; the entries of a ``for_each`` are spliced in, those without a value left out."""

    pointer: str
    entries: tuple[Value, ...]
    uses: frozenset[Chain]

    def evaluate(self, scope: Scope) -> list[Any]:
        made: list[Any] = []
        for entry in self.entries:
            value = entry.evaluate(scope)
            if isinstance(entry, Each):
                made += value
            elif value is not MISSING:
                made.append(value)
        return made


ENTRY_COST: Final = 20
"""What an entry of a ``for_each`` takes of its work: so at most 1,000,000 of one record's."""
ABSENT: Final = "put | default(…) behind what may be absent, such as | default(false)"
COMPARE: Final = "compare it, as in {{ record.status == 'paid' }}, or make it true or false with | boolean"


@dataclass(frozen=True, slots=True)
class Condition:
    """One path or one expression that gives true or false; anything else is an error, never truthy."""

    pointer: str
    of: Value
    uses: frozenset[Chain]

    def narrow(self, known: Known, *, holds: bool = True) -> Known:
        """Return what is known where it holds, or where it does not."""
        if not isinstance(self.of, Leaf):
            return known
        if isinstance(self.of.of, Template):
            return expressions.narrowed(self.of.of, known, outcome=holds)
        path = self.of.of.path
        chain = (path.root, *path.names)
        is_chain = path.is_single and len(chain) == len(path.steps) + 1
        return known.where({chain: Type(boolean=frozenset({holds}))}) if is_chain else known

    def evaluate(self, scope: Scope) -> bool:
        try:
            value = self.of.evaluate(scope)
        except RecordError as error:
            if error.code == "X101":  # a ? would only change what is wrong: nothing is neither true nor false
                error.help = ABSENT
            raise
        if value is True or value is False:
            return bool(value)
        found, help = ("nothing", ABSENT) if value is MISSING else (kind(value), COMPARE)
        message = f"a condition must be true or false, found {found}"
        raise RecordError("X104", message, pointer=self.pointer, help=help)


@dataclass(frozen=True, slots=True)
class When:
    """``when`` and ``map``: the value, or nothing."""

    pointer: str
    when: Condition
    then: Value
    uses: frozenset[Chain]

    def evaluate(self, scope: Scope) -> Any:
        return self.then.evaluate(scope) if self.when.evaluate(scope) else MISSING


@dataclass(frozen=True, slots=True)
class Each:
    """``for_each`` and ``map``: one entry per element for which ``when`` holds."""

    pointer: str
    over: Value
    name: str
    then: Value
    uses: frozenset[Chain]
    when: Condition | None = None

    def evaluate(self, scope: Scope) -> list[Any]:
        made = []
        work = scope.work or Work()
        for number, element in enumerate(elements(self.over, scope), 1):
            spend(work, ENTRY_COST, self.pointer)
            inner = scope.bind(self.name, element)
            inner.work = work
            try:
                if self.when is None or self.when.evaluate(inner):
                    made.append(self.then.evaluate(inner))
            except RecordError as error:
                error.message += f" (entry {number} of the list)"
                raise
        return [entry for entry in made if entry is not MISSING]


VALUES: Final = (Constant, Broken, Leaf, Fields, Entries, Condition, When, Each)
"""Every kind of value."""


def spend(work: Work, cost: int, at: str) -> None:
    """Take *cost* from *work*; raises ``RecordError`` where a mapping's ``for_each`` does too much."""
    work.left -= cost
    if work.left < 0:
        what = "this for_each, with those inside it, makes too many entries or looks at too many values"
        help = "read the element ($item.…) instead of the whole record, or go through fewer levels"
        raise RecordError("X102", what, pointer=at, help=help)


def elements(over: Value, scope: Scope) -> list[Any]:
    """Return the list that a ``for_each`` goes through; an optional path that finds nothing has no elements."""
    value = over.evaluate(scope)
    if value is MISSING:
        return []
    if not isinstance(value, list):
        raise RecordError(
            "X105",
            f"for_each needs a list, found {kind(value)}",
            pointer=over.pointer,
            help="write a path that selects several values, such as $.lines[*]",
        )
    return value


def uses_of(values: Iterable[Value | None]) -> frozenset[Chain]:
    """Return everything that *values* read."""
    return frozenset(chain for value in values if value is not None for chain in value.uses)


@dataclass(frozen=True, slots=True)
class Names:
    """What can be read at a place in the recipe.

    Attributes:
        roots: The roots that paths may start from.
        steps: The ids of reads and earlier actions, ``$steps.ID``.
        loops: Names bound by the enclosing ``for_each``, outermost first.
        places: The pointer of the ``for_each`` that binds a name, where the recipe's text has one.
        is_unnamed: Whether an enclosing ``for_each`` has a finding about its name, so that any may be meant for it.
        variables: The names of ``$vars``.
        is_open: Whether names may exist that are not known, because what declares them has a finding of its own.
        counts: How the connectors count minor units that roots, steps and parts of them come from; without an entry
            ISO 4217 holds.
        taken: How the connector counts them whose operation takes what stands here; None where none does.
        known: What is known of what can be read.
    """

    roots: frozenset[str]
    steps: frozenset[str] = field(default_factory=frozenset)
    loops: tuple[str, ...] = ()
    places: Mapping[str, str] = field(default_factory=dict)
    is_unnamed: bool = False
    variables: frozenset[str] = field(default_factory=frozenset)
    is_open: bool = False
    counts: Counts = field(default_factory=dict)
    taken: Exponents | None = None
    known: Known = field(default_factory=Known)

    def bind(self, name: str, uses: frozenset[Chain] = frozenset(), at: str = "", type: Type = ANY) -> Names:
        """Return these names and *name*, an element of what *uses* reads, as a root.

        Args:
            at: The pointer of its ``for_each``.
            type: What is known of an element.
        """
        own = {**self.counts, (name,): self.counted(uses)}
        roots, loops, places = self.roots | {name}, (*self.loops, name), {**self.places, name: at}
        known = self.known.bind(name, type)
        return replace(self, roots=roots, loops=loops, places=places, counts=own, known=known)

    def step(self, *ids: str, exponents: Exponents | None = None, type: Type = ANY) -> Names:
        """Return these names and *ids* as steps, which came from a connector that counts by *exponents*."""
        made: Counts = {("steps", id): (exponents or ISO,) for id in ids}
        known = self.known.step(dict.fromkeys(ids, type))
        roots, steps = self.roots | {"steps"}, self.steps | set(ids)
        return replace(self, roots=roots, steps=steps, counts={**self.counts, **made}, known=known)

    def root(self, name: str, type: Type = ANY, source: str = "") -> Names:
        """Return these names and *name* as a root that is no loop's, which comes from *source*."""
        return replace(self, roots=self.roots | {name}, known=self.known.bind(name, type, source))

    def where(self, condition: Condition | None, *, holds: bool = True) -> Names:
        """Return these names where *condition* holds, or where it does not."""
        return self if condition is None else replace(self, known=condition.narrow(self.known, holds=holds))

    def counting(self, counts: Counts, *at: str) -> Names:
        """Return these names, where what can be read at the chain *at* counts minor units by *counts*."""
        apart = {chain: ways for chain, ways in self.counts.items() if chain[: len(at)] != at}
        below: Counts = {(*at, *chain): ways for chain, ways in counts.items()}
        return replace(self, counts={**apart, **below})

    def counted(self, uses: frozenset[Chain]) -> Ways:
        """Return the different ways in which the connectors of what *uses* reads count minor units."""
        known = (*self.loops, RECORD, "mapped", "steps")
        return distinct(
            way for chain in sorted(uses) if chain[0] in known for way in ways_of(self.counts, chain)
        )
