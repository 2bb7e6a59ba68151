"""What filters say of types: which they take, and what they make of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from engine import dates
from engine.diagnostics import suggest
from engine.paths import RECORD, Path
from engine.scope import Constants, Scope
from engine.types import (
    ANY,
    FORMATS,
    KINDS,
    NUMBER,
    Number,
    Text,
    Type,
    described,
    every,
    join,
    of_values,
    quoted,
)

ENTRY: Final = "an entry of this list"
NOT_AMOUNTS: Final = frozenset(FORMATS) - {"money"}
"""Formats of text that is never an amount."""


class Mistyped(ValueError):
    """A value of this type is not taken, or not always.

    Attributes:
        help: The cure, or an empty text.
    """

    def __init__(self, message: str, help: str = "") -> None:
        super().__init__(message)
        self.help = help


@dataclass(frozen=True, slots=True)
class Given:
    """The arguments of a filter's call, by the names of its parameters.

    Attributes:
        values: Those that are written out.
        types: The types of all of them.
        tables: The recipe's lookups by name, or None where they are not known.
        asked: Gets the keys that are looked up in a table, by its name; None where they may be any.
        reads: Gives the type of what a path reads in a value of a type, and tells what is wrong with it; or None.
        is_zoned: Whether the recipe has a zone, or that is not known.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    types: Mapping[str, Type] = field(default_factory=dict)
    tables: Mapping[str, Mapping[str, Any]] | None = None
    asked: dict[str, list[frozenset[str] | None]] = field(default_factory=dict)
    reads: Callable[[Path, Type], Type] | None = None
    is_zoned: bool = True

    @property
    def is_written(self) -> bool:
        """Whether all of them are written out."""
        return self.types.keys() <= self.values.keys()

    def whole(self, name: str) -> int | None:
        """Return the whole number that is written for *name*, or None."""
        found = self.values.get(name)
        return found if isinstance(found, int) and not isinstance(found, bool) else None


Signature = Callable[[Type, Given], Type]
"""The type of what a filter gives for a value of a type, which is there and not null where it takes one value.

Raises ``Mistyped`` where the value cannot be taken, or not always.
"""


def unknown(type: Type, given: Given) -> Type:
    """Return ``ANY``: the signature of a filter that gives anything."""
    return ANY


# What is taken


def taken(type: Type, name: str, *kinds: str, help: str = "", what: str = "this") -> Type:
    """Return *type* as far as it is of *kinds*, all that the filter *name* takes; raises ``Mistyped``.

    Args:
        what: What a message calls the value.
    """
    if type.is_any:
        # Of several kinds nothing says that it may be each of them, so that nothing that takes one is wrong.
        return replace(type.only(*kinds), is_any=len(kinds) > 1)
    strange = type.only(*(kind for kind in KINDS if kind not in kinds))
    if strange.kinds:
        may = "may be" if type.kinds - strange.kinds else "is"
        wanted = described(every().only(*kinds))
        help = help or ("name the field of it that is meant" if strange.mapping else "")
        raise Mistyped(f"{name} takes {wanted}, and {what} {may} {described(strange)}", help)
    return type.only(*kinds)


def text_in(type: Type, name: str) -> Text:
    """Return what is known of the text that *type* is, all that the filter *name* takes; raises ``Mistyped``."""
    cure = "name the field that holds the text" if type.mapping else "put text before it"
    return taken(type, name, "text", help=cure).text or Text()


def number_in(type: Type, name: str) -> Number:
    """Return what is known of the number that *type* is, all that the filter *name* takes; raises ``Mistyped``."""
    cure = f"put money before {name}" if type.text is not None else ""
    return taken(type, name, "number", help=cure).number or Number()


def refuse(type: Type, name: str, formats: frozenset[str], wanted: str, help: str = "") -> None:
    """Raise ``Mistyped`` where the text of *type* has one of *formats*: the filter *name* takes *wanted*."""
    if type.text is not None and type.text.format in formats:
        may = "may be" if len(type.kinds) > 1 else "is"
        raise Mistyped(f"{name} takes {wanted}, and this {may} {described(Type(text=type.text))}", help)


# What is made

PLACE: Final = Scope({}, Constants(dates.zone("UTC")))
"""Where a filter is asked what it makes of one text: it takes nothing from there but a zone."""
NOWHERE: Final = Scope({}, Constants())
"""The same where the recipe has no zone."""


def made_of(type: Type, given: Given, name: str, run: Callable[..., Any]) -> list[Any] | None:
    """Return what *run*, the function of the filter *name*, makes of each text that *type* can be.

    None where these or the arguments are not known. Raises ``Mistyped`` where one of them is not taken.
    """
    if type.is_any or type.text is None or type.text.values is None or not given.is_written:
        return None
    made: list[Any] = []
    refused: dict[str, ValueError] = {}
    place = PLACE if given.is_zoned else NOWHERE
    for value in sorted(type.text.values):
        try:
            made.append(run(value, place, **given.values))
        except ValueError as error:
            refused[value] = error
    if refused:
        may = "may be" if made or len(type.kinds) > 1 else "is"
        first = next(iter(refused.values()))
        why = getattr(first, "what", str(first))
        what = f"{name} does not take {quoted(refused)}, which this {may}: {why}"
        raise Mistyped(what, getattr(first, "cure", ""))
    return made


def from_text(name: str, run: Callable[..., Any], gives: Callable[[Text, Given], Type]) -> Signature:
    """Return the signature of the filter *name*, which takes text: what *gives* says, or *run* makes of known texts."""

    def types(type: Type, given: Given) -> Type:
        text = text_in(type, name)
        made = made_of(type, given, name, run)
        return gives(text, given) if made is None else of_values(made)

    return types


def from_amount(name: str, run: Callable[..., Any], wanted: str, gives: Type | None = None) -> Signature:
    """Return the signature of the filter *name*, which takes a number, or text that is *wanted*.

    Args:
        gives: What it gives; None for a number, which stays whole where it is.
    """

    def types(type: Type, given: Given) -> Type:
        found = taken(type, name, "text", "number")
        parts = [] if found.number is None else [gives or Type(number=found.number)]
        if found.text is not None:
            refuse(type, name, NOT_AMOUNTS, wanted, "read the field that holds the amount")
            made = made_of(type, given, name, run)
            parts.append(gives or (NUMBER if made is None else of_values(made)))
        return replace(join(parts), currency=type.currency)

    return types


# Lists


def key_of(type: Type, path: Path, name: str) -> Type:
    """Return the type of what *path* reads in an entry of the list *type*; raises ``Mistyped`` where it is no such.

    Args:
        path: The key of the filter *name*, which selects one value.
    """
    found = type.element.may_lack(None)
    if path.rest:
        return ANY
    for step in path.steps:
        if found.is_any or not found.kinds:
            return ANY
        if isinstance(step, int):
            taken(found, f"[{step}] of {name}", "list", what=ENTRY)
            found = found.element
            continue
        taken(found, f"the key {step!r} of {name}", "mapping", what=ENTRY)
        fields = [shape.field(step) for shape in found.mapping]
        known = [each for each in fields if each is not None]
        names = {each: None for shape in found.mapping for each in shape.names}
        near = suggest(step, names)
        if not known and (near or all(shape.is_closed for shape in found.mapping)):
            raise Mistyped(f"{name} finds no field {step!r} in {ENTRY}", near or f"it has {', '.join(names)}")
        if len(known) < len(fields):
            return ANY
        found = join(known)
    return found


def shown(chain: tuple[str, ...]) -> str:
    """Return *chain* as a path is written: ``$.currency``."""
    root, *names = chain
    return ".".join(["$" if root == RECORD else f"${root}", *names])
