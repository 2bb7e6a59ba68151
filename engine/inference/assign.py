"""Whether a value of one type can stand where a schema wants another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple

from engine.inference.schemas import stated
from engine.references import resolve
from engine.schema import part
from engine.types import FORMATS, Shape, Text, Type, described, quoted

FEW: Final = 4
DEEPEST: Final = 8
"""Lists in lists that are looked at: a schema may hold itself."""


class Misfit(NamedTuple):
    """Why a value cannot stand there for every record, or for some."""

    code: str
    message: str
    help: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a field takes.

    Attributes:
        schema: Its own.
        root: The whole of which that is part.
        taker: What takes it, as messages name it.
        held: What was held against each other already: shapes, and schemas by identity. Both may hold themselves.
        depth: How many lists it stands in.
    """

    schema: Any
    root: Mapping[str, Any]
    taker: str
    held: set[tuple[Shape, int]] = field(default_factory=set)
    depth: int = 0


def misfit(type: Type, wanted: Wanted) -> Misfit | None:
    """Return why a value of *type* does not meet what is *wanted*, or not always; None where nothing says so."""
    schema = resolve(wanted.schema, wanted.root)
    target = stated(schema, wanted.root)
    if type.is_any or target.is_any or not type.kinds:
        return None
    if isinstance(schema, dict) and schema.get("format") == "money":
        type = type.without("number")  # is written as text: the one conversion
    found = _kinds(type, target, wanted)
    if found is None and type.text is not None and target.text is not None:
        found = _text(type.text, target.text, schema, wanted)
    if found is not None:
        return found
    if (
        type.number is not None
        and target.number is not None
        and target.number.whole
        and not (type.number.whole or type.number.is_open)
    ):
        message = f"{wanted.taker} takes a whole number, and this may have decimals"
        return Misfit("R311", message, "put | integer behind it, which refuses decimals")
    if type.list is not None and target.list is not None and wanted.depth < DEEPEST:
        items = schema.get("items", True) if isinstance(schema, dict) else True
        found = misfit(type.element, replace(wanted, schema=items, depth=wanted.depth + 1))
        if found is not None and found.code == "R312":
            found = found._replace(help="leave null out, as in $.lines[?@.sku != null].sku")
        return _inside(found, "each entry")
    if len(type.mapping) == 1 and target.mapping and isinstance(schema, dict):
        return _mapping(type.mapping[0], schema, wanted)
    return None


def no_list(type: Type) -> Misfit | None:
    """Return why a ``for_each`` cannot go through a value of *type*, or not always; None where nothing says so."""
    strange = type.without("list")
    if type.is_any or not strange.kinds:
        return None
    if strange.kinds == {"null"} and type.list is not None:
        cure = "write a ? behind the path: then there are no entries"
        return Misfit("R312", "for_each takes a list, and this may be null", cure)
    may = "is" if type.list is None else "may be"
    cure = "write a path that selects several values, such as $.lines[*]"
    return Misfit("R311", f"for_each takes a list, and this {may} {described(strange)}", cure)


def no_key(type: Type) -> Misfit | None:
    """Return why a value of *type* tells nothing apart, or not always; None where nothing says so."""
    strange = type.without("text", "number", "list")
    if type.is_any or not strange.kinds:
        return None
    if strange.kinds == {"null"} and type.kinds != strange.kinds:
        cure = "read a field that is always there, or leave such records out: when"
        return Misfit("R312", "a key is text or a whole number, and this may be null", cure)
    may = "is" if strange.kinds == type.kinds else "may be"
    cure = (
        "read the field of it that tells them apart"
        if strange.mapping
        else "read another field, such as the id"
    )
    return Misfit("R311", f"a key is text or a whole number, and this {may} {described(strange)}", cure)


def _kinds(type: Type, target: Type, wanted: Wanted) -> Misfit | None:
    strange = type.kinds - target.kinds
    if not strange:
        return None
    takes = f"{wanted.taker} takes {described(target)}"
    if strange == {"null"} and type.kinds != strange:
        cure = "write a ? behind the path to leave it out then, or give it | default(…)"
        return Misfit("R312", f"{takes}, and this may be null", cure)
    found = type.only(*strange)
    is_sure = strange == type.kinds
    return Misfit(
        "R311", f"{takes}, and this {'is' if is_sure else 'may be'} {described(found)}", _cure(found, target)
    )


def _cure(found: Type, target: Type) -> str:
    """Return what turns a value of the type *found* into one of *target*."""
    if found.list is not None and target.list is None:
        return "take one of its entries: | only or | first; or make one value of them: | sum, | join(', ')"
    if target.list is not None:
        return "write a list: each entry behind a '- ', or for_each over a path that selects several"
    if (found.number is not None or found.boolean) and target.text is not None:
        return "make it text: put | text behind it"
    if found.text is not None and target.number is not None:
        return "make it a number: put | money, | number or | integer behind it"
    if found.text is not None and target.boolean:
        return "compare it, as in {{ record.status == 'paid' }}, or put | boolean behind it"
    if found.number is not None and target.boolean:
        return "compare it, as in {{ record.count > 0 }}"
    if target.mapping:
        return "write a mapping: each of its fields with its value"
    return "read the field of it that is meant" if found.mapping else "read the field that is meant"


def _text(found: Text, target: Text, schema: Any, wanted: Wanted) -> Misfit | None:
    if found.values is not None:
        return _values(found.values, schema, wanted)
    takes = f"{wanted.taker} takes {FORMATS.get(target.format, 'text')}"
    if found.format in FORMATS and target.format in FORMATS and found.format != target.format:
        cure = f"read the field that holds {FORMATS[target.format]}"
        if target.format == "date" and found.format == "date-time":
            cure = "put | date behind it: the day in settings.timezone"
        elif target.format == "date-time" and found.format == "date":
            cure = "read the field that holds the instant: a day has no time"
        return Misfit("R311", f"{takes}, and this is {FORMATS[found.format]}", cure)
    if found.longest is not None and target.longest is not None and found.longest > target.longest:
        message = (
            f"{wanted.taker} takes at most {target.longest} characters, and this may have {found.longest}"
        )
        return Misfit("R311", message, f"cut it where that is right: | slice(0, {target.longest})")
    return None


def _values(values: frozenset[str], schema: Any, wanted: Wanted) -> Misfit | None:
    """Judge each of the texts that a value can be."""
    validator = part(schema, wanted.root)
    flawed = {value: flaws[0] for value in sorted(values) if (flaws := validator.flaws(value, computed=True))}
    if not flawed:
        return None
    may = "may be" if len(flawed) < len(values) else "is"
    first = next(iter(flawed.values()))
    expected = first.message.partition(", found ")[0]
    message = f"{wanted.taker}: {expected}, and this {may} {quoted(flawed)}"
    return Misfit("R311", message, first.help or "turn it into what is taken: | lookup('…')")


def _mapping(shape: Shape, schema: Mapping[str, Any], wanted: Wanted) -> Misfit | None:
    """Hold the fields of a mapping that is handed over whole against those that are taken."""
    if (shape, id(schema)) in wanted.held:
        return None
    wanted.held.add((shape, id(schema)))
    properties: Mapping[str, Any] = schema.get("properties", {})
    names = list(shape.names)
    strange = [name for name in names if name not in properties]
    if strange and schema.get("additionalProperties", True) is False:
        more = ", …" if len(strange) > FEW else ""
        message = (
            f"{wanted.taker} has no field {', '.join(map(repr, strange[:FEW]))}{more}, and this hands it over"
        )
        return Misfit("R311", message, "write the fields one by one, each with its value")
    for name in schema.get("required", ()):
        found = shape.field(name)
        if (found is None and shape.is_closed) or (
            found is not None and found.lack is not None and found.lack.stated
        ):
            return Misfit("R312", f"{wanted.taker} needs {name!r}, which this has not, or not always")
    for name, each in properties.items():
        found = shape.field(name)
        if found is not None and (told := misfit(found, replace(wanted, schema=each, depth=0))):
            return _inside(told, name)
    return None


def _inside(found: Misfit | None, where: str) -> Misfit | None:
    return None if found is None else found._replace(message=f"{where}: {found.message}")
