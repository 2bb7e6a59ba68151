"""One name or index of a value whose type is known: what it gives, and what is wrong with it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final, Protocol

from engine.diagnostics import nearest
from engine.types import ANY, Lack, Type, described, join

FEW: Final = 8
"""Fields that a message names."""
NEAR: Final = 0.8
"""How much a name has to be like a known one to be a slip of it, and not a field that the schema does not list."""


DIGITS: Final = re.compile("[0-9]")


class Tell(Protocol):
    """Takes what is wrong; *is_sure* is false where the schema may only not list a field."""

    def __call__(self, code: str, message: str, help: str = "", is_sure: bool = True) -> None:
        """Take it."""
        ...


@dataclass(frozen=True, slots=True)
class Step:
    """One name or index.

    Attributes:
        key: The name, or the index.
        before: What it is read of, as written.
        part: The name or index as written, with its dot or brackets.
        source: Where *before* comes from, as messages name it, or an empty text.
    """

    key: str | int
    before: str
    part: str
    source: str = ""


def stepped(type: Type, step: Step, tell: Tell) -> Type:
    """Return the type of what *step* reads of *type*, which may lack."""
    if type.is_any:
        return ANY.may_lack(type.lack)
    if type.kinds == {"null"}:
        return ANY.may_lack(type.lack or Lack(f"{step.before} is null"))
    if isinstance(step.key, int):
        element = listed(type, step.before, step.part, tell)
        return ANY if type.list is None else element.may_lack(type.lack or lacking(type, "list", step.before))
    if not type.mapping:
        if type.kinds:
            message = f"{step.before} is {described(type)}, and {step.part} wants a mapping"
            tell("R311", message, _meant(type, step))
        return ANY
    fields = [shape.field(step.key) for shape in type.mapping]
    known = [field for field in fields if field is not None]
    if not known:
        _unknown(type, step, step.key, tell)
        return ANY.may_lack(type.lack)
    found = join(known)
    if not found.kinds and not found.is_any and slip_of(step.key, type):
        _unknown(type, step, step.key, tell)  # never written, and most likely another is meant
        return ANY.may_lack(type.lack)
    lack = type.lack or lacking(type, "mapping", step.before) or _explained(found, step)
    return found.may_lack(lack)


def listed(type: Type, before: str, part: str, tell: Tell) -> Type:
    """Return the type of an element of *type*, which has to be a list."""
    if type.is_any:
        return ANY
    if type.list is None:
        if type.kinds:
            help = "name the field of it that is meant" if type.mapping else f"remove {part}: it is one value"
            tell("R311", f"{before} is {described(type)}, and {part} wants a list", help)
        return ANY
    return type.element


def lacking(type: Type, kind: str, before: str) -> Lack | None:
    """Return why what is read of *type*, which may be of *kind*, may be missing; None where nothing says so."""
    if type.is_any or type.kinds <= {kind}:
        return None
    return Lack(f"{before} may be {described(type.without(kind))}")


def _meant(type: Type, step: Step) -> str:
    """Return the cure for a name that is asked of what is no mapping."""
    if type.list is None:
        return f"remove {step.part}: it is one value, which has no fields"
    if type.element.mapping:
        return f"say which entry: {step.before}[0]{step.part}, or all of them: {step.before}[*]{step.part}"
    return f"say which entry is meant: {step.before}[0]"


def _explained(found: Type, step: Step) -> Lack | None:
    lack = found.lack
    if lack is None:
        return None
    if lack.stated:
        return Lack(f"{step.before} {'may have' if found.kinds else 'has'} no {step.key}")
    why = f"{step.before} has {step.key} in {lack.present} of {lack.of} samples"
    return Lack(why, False, lack.present, lack.of)


def _unknown(type: Type, step: Step, name: str, tell: Tell) -> None:
    """Report a field that the source's schema does not list."""
    names = list(dict.fromkeys(name for shape in type.mapping for name in shape.names))
    is_closed = all(shape.is_closed for shape in type.mapping)
    if not names and not is_closed:
        return
    near, slip = nearest(name, names), slip_of(name, type)
    shown = ", ".join([*names[:FEW], *(["…"] if len(names) > FEW else [])])
    help = f"did you mean {near!r}?" if near else f"it has {shown or 'none'}"
    tell("R310", f"{step.source or step.before} has no field {name!r}", help, is_sure=is_closed or bool(slip))


def slip_of(name: str, type: Type) -> str:
    """Return the known field of which *name* is most likely a slip, or an empty text."""
    names = [each for shape in type.mapping for each in shape.names]
    near = "" if name in names else nearest(name, names)
    if DIGITS.sub("", name) == DIGITS.sub("", near):
        return ""  # address2 beside address1 is most likely another field
    is_like = sorted(name) == sorted(near) or SequenceMatcher(None, name, near).ratio() >= NEAR
    return near if is_like else ""
