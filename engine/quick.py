"""Quick forms of filters, for generated code: what a filter makes of what comes most often, without its bookkeeping.

A quick form gives exactly what its filter gives, or raises. ``Slow`` says that the value may be right, but is not what
the form was made for: longer, of another type. Then the interpreter takes the record. As no quick form looks at more
than ``LONGEST`` characters or ``MOST`` elements, what generated code looks at is bounded before it runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Any, Final, Protocol

from engine.declare import Declaration
from engine.paths import MISSING
from engine.scope import TEXT_PER_LOOK, Constants, Scope

LONGEST: Final = 10_000
"""Characters of a text that a quick form takes or makes."""
MOST: Final = 1_000
"""Elements of a list that a quick form takes."""
FEW: Final = 20
"""Elements of a list that stands in another."""
SHORT: Final = 100
"""Characters of a text in a list of which each element goes through a quick form."""
FEW_LOOKS: Final = SHORT // TEXT_PER_LOOK + 1
"""What such a text costs that is gone through once."""
LOOKS: Final = 2 * (LONGEST // TEXT_PER_LOOK + 2)
"""What a filter looks at, at most, for one value that its quick form takes and that is no list."""
LOOKS_OF_LIST: Final = 2 * MOST * (FEW_LOOKS + 1)
"""The same for a list."""
ENTRIES: Final = LONGEST // TEXT_PER_LOOK
"""Entries of what a quick form makes of one value."""


ENTERED: Final = frozenset({list, dict})


class Slow(Exception):
    """Generated code leaves the record to the interpreter."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """What holds for every record where a filter stands.

    Attributes:
        args: The arguments that are written there, by name.
        given: The names of those that only a record gives, in the order in which the quick form gets them.
        stands_in: Whether something is written that stands in where the filter finds nothing.
        constants: The recipe's.
        exponents: How the connector of what is read counts minor units, as ``Scope`` has it.
        taken: As exponents, of the connector whose operation takes the value.
    """

    args: Mapping[str, Any]
    given: tuple[str, ...]
    stands_in: bool
    constants: Constants
    exponents: Mapping[str, int]
    taken: Mapping[str, int]

    def scope(self) -> Scope:
        """Return a scope in which a filter finds the same, and no record."""
        return Scope({}, self.constants, exponents=self.exponents, taken=self.taken)


Form = Callable[..., Any]
"""Gives what the filter gives for a value, followed by what ``Fixed.given`` names; raises ``Slow`` or anything else.

Of a filter whose stand-in is written (``lookup('status', default='open')``) it gives ``MISSING`` where that stands in.
"""


class Strict(Protocol):
    """A filter, as its quick form is made from it: see ``engine.filters.Filter``."""

    @property
    def declared(self) -> Declaration: ...

    @property
    def takes_fraction(self) -> bool: ...

    def refuse(self, args: Sequence[Any], named: Mapping[str, Any]) -> str: ...


Quick = Callable[[Any, Fixed], Form | None]
"""Makes a filter's quick form for one place, or None where it has none there; the filter is a ``Strict``."""


def never(filter: Strict, fixed: Fixed) -> None:
    """Return no quick form."""


def of_one(filter: Strict, fixed: Fixed) -> Form:
    """Return the quick form of a filter of one value: what it does itself, for text, numbers, true, false and null."""
    plain = {str, int, Decimal, bool, *([Fraction] if filter.takes_fraction else [])}
    run = _run(filter, fixed)

    def form(value: Any, *given: Any) -> Any:
        if type(value) not in plain or (type(value) is str and len(value) > LONGEST):
            if value is None and not given:
                return None
            raise Slow
        return short(run(value, *given), ENTRIES)

    return form


def of_list(filter: Strict, fixed: Fixed) -> Form:
    """Return the quick form of a filter of a list: what it does itself, for lists that are not long."""
    run = _run(filter, fixed)

    def form(values: Any, *given: Any) -> Any:
        if type(values) is not list or len(values) > MOST:
            raise Slow
        return short(run(values, *given), MOST)

    return form


class Memo(dict[str, Any]):
    """What *make* gives for texts, kept for those that come again; of *most* texts at once.

    Reading one that is not known makes it. What is given must be immutable; what *make* raises is raised.
    """

    def __init__(self, make: Form, most: int = 10_000) -> None:
        super().__init__()
        self._make, self._most = make, most

    def __missing__(self, text: str) -> Any:
        made = self._make(text)
        if len(self) >= self._most:
            self.clear()
        self[text] = made
        return made


def through_table(form: Form, table: Mapping[str, Any]) -> Form:
    """Mark *form* as one that finds in *table* what it gives for a text, which is never long.

    Code reads the table for each text, and calls the form for all else.
    """
    form.table = table  # type: ignore[attr-defined]  # a mark of our own
    return form


def table_of(form: Form) -> Mapping[str, Any] | None:
    """Return the table in which *form* finds what it gives for a text, or None."""
    return getattr(form, "table", None)


def elements(form: Form, values: Any) -> list[Any]:
    """Return what *form* makes of each of *values*, a list; raises ``Slow`` or what *form* raises."""
    if type(values) is not list or len(values) > MOST:
        raise Slow
    for value in values:
        if type(value) is str and len(value) > SHORT:
            raise Slow
    made = [form(value) for value in values]
    for value in made:
        if value is MISSING or (type(value) is str and len(value) > SHORT) or type(value) in ENTERED:
            raise Slow
    return made


def _run(filter: Strict, fixed: Fixed) -> Form:
    """Return what *filter* does with a value; arguments that only a record gives are judged each time."""
    run, scope, args = filter.declared.run, fixed.scope(), dict(fixed.args)

    def judged(value: Any, *given: Any) -> Any:
        every = args | dict(zip(fixed.given, given, strict=True))
        if filter.refuse((), every):
            raise Slow
        return run(value, scope, **every)

    return judged if fixed.given else partial(run, scope=scope, **args)


def short(value: Any, most: int = MOST) -> Any:
    """Return *value*; raises ``Slow`` where it is a text that is long, or has more than *most* entries."""
    kind = type(value)
    if (kind is str and len(value) > LONGEST) or (kind in ENTERED and len(value) > most):
        raise Slow
    return value
