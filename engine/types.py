"""Types: what is known of a value before it comes.

A type says of which kinds of JSON a value can be, and of each kind what else is known: the form and the values of a
text, what a list holds, the fields of a mapping. Of ``ANY`` nothing is known, so nothing is said about it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product
from typing import Any, Final, Protocol

KINDS: Final = ("text", "number", "boolean", "null", "list", "mapping")
FORMATS: Final = {
    "date": "a date", "date-time": "an instant", "money": "an amount as text", "email": "an e-mail address",
    "uri": "an address", "time": "a time of day",
}  # fmt: skip
"""What text of a format is called."""
_KINDS: Final[Mapping[tuple[bool, ...], frozenset[str]]] = {
    told: frozenset(kind for kind, known in zip(KINDS, told, strict=True) if known)
    for told in product((False, True), repeat=len(KINDS))
}
MOST: Final = 500
"""Shapes of a mapping that are told apart: alternatives beside alternatives multiply. Of more nothing is known."""
SHOWN: Final = 6
"""Values of a closed list that a message names."""


@dataclass(frozen=True, slots=True)
class Text:
    """What is known of text.

    Attributes:
        format: The JSON Schema format that it has, or empty where that is not known.
        values: The only texts that it can be, or None.
        longest: Characters that it has at most, or None.
        is_part: Whether others than these values may come too, from another caller: no comparison with them is settled.
    """

    format: str = ""
    values: frozenset[str] | None = None
    longest: int | None = None
    is_part: bool = False


@dataclass(frozen=True, slots=True)
class Number:
    """What is known of a number.

    Attributes:
        whole: Whether it is whole.
        is_open: Whether nothing says that it may have decimals; of one that is whole it says nothing.
    """

    whole: bool = False
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Lack:
    """That a value may be absent.

    Attributes:
        why: How a message says it: ``$.customer may be null``.
        stated: Whether a schema says so; else it was only seen so.
        present, of: In how many of the records that were looked at it was there; 0 of 0 where none were.
    """

    why: str = ""
    stated: bool = True
    present: int = 0
    of: int = 0


class Shape(Protocol):
    """The fields of a mapping."""

    @property
    def names(self) -> Iterable[str]:
        """The names that are known."""
        ...

    @property
    def is_closed(self) -> bool:
        """Whether it has no other names."""
        ...

    def field(self, name: str) -> Type | None:
        """Return the type of a field, which may lack; None where the name is not known."""
        ...


@dataclass(frozen=True)
class Items:
    """What a list holds.

    Attributes:
        of: Gives the type of an element; asked when it is needed, since a schema may hold itself.
    """

    of: Callable[[], Type]

    @cached_property
    def type(self) -> Type:
        """The type of an element."""
        return self.of()


@dataclass(frozen=True, slots=True)
class Type:
    """What a value can be; each of the first six attributes is a kind of JSON, empty where it cannot be of that.

    Attributes:
        boolean: Which of true and false it can be.
        mapping: The shapes that it can have.
        lack: Why it may be absent, or None where nothing says that it may.
        currency: The fields that may name the currency of the amount, as chains; empty where none is known.
        is_any: Whether nothing is known.
        note: What a schema calls it, for people; empty where it is made of several.
    """

    text: Text | None = None
    number: Number | None = None
    boolean: frozenset[bool] = frozenset()
    null: bool = False
    list: Items | None = None
    mapping: tuple[Shape, ...] = ()
    lack: Lack | None = None
    currency: frozenset[tuple[str, ...]] = frozenset()
    is_any: bool = False
    note: str = field(default="", compare=False)

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of JSON that it can be, by their names in ``KINDS``."""
        # A check asks for them a thousand times a recipe.
        told = self.text is not None, self.number is not None, bool(self.boolean), self.null
        return _KINDS[(*told, self.list is not None, bool(self.mapping))]

    def only(self, *kinds: str) -> Type:
        """Return this type as far as it is of *kinds*; of ``ANY`` these are known then."""
        kept = {kind: getattr(self, kind) for kind in kinds}
        return Type(**kept, lack=self.lack, currency=self.currency, note=self.note)

    def without(self, *kinds: str) -> Type:
        """Return this type without *kinds*."""
        kept = {kind: getattr(self, kind) for kind in KINDS if kind not in kinds}
        return Type(**kept, lack=self.lack, currency=self.currency, is_any=self.is_any, note=self.note)

    def may_lack(self, lack: Lack | None) -> Type:
        """Return this type of a value that may be absent for *lack*, or is there where that is None."""
        if lack is self.lack:
            return self
        return Type(
            self.text, self.number, self.boolean, self.null, self.list, self.mapping, lack, self.currency,
            self.is_any, self.note,
        )  # fmt: skip

    @property
    def element(self) -> Type:
        """The type of an element of the list that it is; ``ANY`` where it is none."""
        return self.list.type if self.list is not None and not self.is_any else ANY

    def __str__(self) -> str:
        return described(self)


@dataclass(frozen=True, slots=True, eq=False)
class Fields:
    """The shape of a mapping whose fields are known one by one.

    Attributes:
        others: The type of any other field, or None where a name that is not known is strange.
    """

    fields: Mapping[str, Type]
    is_closed: bool = True
    others: Type | None = None

    @property
    def names(self) -> Iterable[str]:
        """The names that are known."""
        return self.fields

    def field(self, name: str) -> Type | None:
        """Return the type of a field, or None."""
        return self.fields.get(name, self.others)


@dataclass(frozen=True, slots=True)
class Both:
    """The shape of a mapping of which two things are known."""

    one: Shape
    two: Shape

    @property
    def names(self) -> Iterable[str]:
        """The names that are known of either."""
        return dict.fromkeys([*self.one.names, *self.two.names])

    @property
    def is_closed(self) -> bool:
        """Whether it has no other names."""
        return self.one.is_closed or self.two.is_closed

    def field(self, name: str) -> Type | None:
        """Return what both say of a field."""
        a, b = self.one.field(name), self.two.field(name)
        return meet(a, b) if a is not None and b is not None else a if b is None else b


def every() -> Type:
    """Return the type of a value that can be of every kind."""
    open = Fields({}, is_closed=False)
    number = Number(is_open=True)
    return Type(Text(), number, frozenset((True, False)), True, Items(lambda: ANY), (open,))


ANY: Final = replace(every(), is_any=True)
TEXT: Final = Type(text=Text())
NUMBER: Final = Type(number=Number())
WHOLE: Final = Type(number=Number(whole=True))
BOOLEAN: Final = Type(boolean=frozenset((True, False)))
TRUE: Final = Type(boolean=frozenset((True,)))
NULL: Final = Type(null=True)
NEVER: Final = Type()
DATE: Final = Type(text=Text("date", longest=10))
INSTANT: Final = Type(text=Text("date-time"))


def one_of(*values: str) -> Type:
    """Return the type of text that is one of *values*."""
    return Type(text=Text(values=frozenset(values), longest=max(map(len, values), default=0)))


def of_values(values: Iterable[Any]) -> Type:
    """Return the type of a value that is one of *values*, plain JSON data."""
    return join([_of_value(each) for each in values])


def _of_value(value: Any) -> Type:
    if value is None:
        return Type(null=True)
    if isinstance(value, bool):
        return Type(boolean=frozenset({value}))
    if isinstance(value, str):
        return Type(text=Text(values=frozenset({value}), longest=len(value)))
    if isinstance(value, list):
        return Type(list=Items(lambda: of_values(value)))
    if isinstance(value, Mapping):
        return every().only("mapping")
    return Type(number=Number(whole=isinstance(value, int)))


def list_of(type: Type) -> Type:
    """Return the type of a list of *type*."""
    return Type(list=Items(lambda: type))


def mapping_of(fields: Mapping[str, Type], *, is_closed: bool = True, others: Type | None = None) -> Type:
    """Return the type of a mapping with *fields*, and others of which all have the type *others*."""
    return Type(mapping=(Fields(fields, is_closed and others is None, others),))


def join(types: Iterable[Type]) -> Type:
    """Return the type of a value that is of one of *types*; of none it is ``NEVER``."""
    found = list(types)
    if len(found) == 1:
        return found[0]
    texts = [each.text for each in found if each.text is not None]
    numbers = [each.number for each in found if each.number is not None]
    lists = [each.list for each in found if each.list is not None]
    lacks = sorted((each.lack for each in found if each.lack is not None), key=lambda lack: not lack.stated)
    return Type(
        _either(texts) if texts else None,
        _number(numbers) if numbers else None,
        frozenset().union(*(each.boolean for each in found)),
        any(each.null for each in found),
        Items(lambda: join([each.type for each in lists])) if lists else None,
        tuple(dict.fromkeys(shape for each in found for shape in each.mapping)),
        lacks[0] if lacks else None,
        frozenset().union(*(each.currency for each in found)),
        any(each.is_any for each in found),
        _note({each.note for each in found}),
    )


def _number(numbers: list[Number]) -> Number:
    is_whole = all(each.whole for each in numbers)
    return Number(is_whole, not is_whole and all(each.whole or each.is_open for each in numbers))


def _note(notes: set[str]) -> str:
    return notes.pop() if len(notes) == 1 else ""


def _either(texts: list[Text]) -> Text:
    formats = {each.format for each in texts}
    known = [each.values for each in texts if each.values is not None]
    sizes = [each.longest for each in texts if each.longest is not None]
    return Text(
        formats.pop() if len(formats) == 1 else "",
        frozenset().union(*known) if len(known) == len(texts) else None,
        max(sizes) if len(sizes) == len(texts) else None,
        any(each.is_part for each in texts),
    )


def meet(one: Type, two: Type) -> Type:
    """Return the type of a value that is of both types; what only one of them knows holds."""
    for known, other in ((one, two), (two, one)):
        if other is ANY and len(known.mapping) <= MOST:  # most often nothing is known of one of them
            return known.may_lack(None)
    a, b = one.list, two.list
    return Type(
        _same(one.text, two.text) if one.text is not None and two.text is not None else None,
        Number(one.number.whole or two.number.whole, one.number.is_open and two.number.is_open)
        if one.number is not None and two.number is not None
        else None,
        one.boolean & two.boolean,
        one.null and two.null,
        Items(lambda: meet(a.type, b.type)) if a is not None and b is not None else None,
        _shapes(one.mapping, two.mapping),
        one.lack and two.lack,
        one.currency | two.currency,
        one.is_any and two.is_any,
        _note({one.note, two.note} - {""}),
    )


def _shapes(one: tuple[Shape, ...], two: tuple[Shape, ...]) -> tuple[Shape, ...]:
    if len(one) * len(two) > MOST:
        return (Fields({}, is_closed=False),)
    return tuple(dict.fromkeys(_both(x, y) for x in one for y in two))


def _same(one: Text, two: Text) -> Text | None:
    values = one.values if two.values is None else two.values
    if one.values is not None and two.values is not None:
        values = one.values & two.values
        if not values:
            return None
    sizes = [each.longest for each in (one, two) if each.longest is not None]
    return Text(one.format or two.format, values, min(sizes) if sizes else None, one.is_part or two.is_part)


def _both(one: Shape, two: Shape) -> Shape:
    if one is two:
        return one
    if isinstance(one, Fields) and not one.fields and not one.is_closed:
        return two
    return one if isinstance(two, Fields) and not two.fields and not two.is_closed else Both(one, two)


def of_boolean(type: Type) -> bool | None:
    """Return whether a value of *type* is true, or None where it may be either or something else."""
    is_one = not type.is_any and type.lack is None and type.kinds == {"boolean"} and len(type.boolean) == 1
    return True in type.boolean if is_one else None


def described(type: Type) -> str:
    """Return what messages call a value of *type*: ``an instant or null``."""
    if type.is_any:
        return "anything"
    told = []
    if type.text is not None:
        told.append(_text(type.text))
    if type.number is not None:
        told.append("a whole number" if type.number.whole else "a number")
    if type.boolean:
        told.append(
            "true or false" if len(type.boolean) == 2 else "true" if True in type.boolean else "false"
        )
    if type.list is not None:
        told.append("a list")
    if type.mapping:
        told.append("a mapping")
    if type.null:
        told.append("null")
    return " or ".join(told) or "nothing"


def _text(text: Text) -> str:
    if text.values is None:
        return FORMATS.get(text.format, f"text of the format {text.format}") if text.format else "text"
    return quoted(text.values)


def quoted(values: Iterable[str]) -> str:
    """Return *values* as a message names them, at most six."""
    shown = sorted(values)
    more = [f"{len(shown) - SHOWN} more"] if len(shown) > SHOWN else []
    return " or ".join([*(f"{each!r}" for each in shown[:SHOWN]), *more]) or "nothing"
