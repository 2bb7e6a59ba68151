"""The types that a JSON Schema states.

What a schema says of presence is said by ``required``: where an object lists it, the names in it are always there and
the others may be absent; without ``required`` nothing is known. ``x-seen`` says in how many of the records that were
looked at a field was there, ``x-currency`` which field of the record names an amount's currency. Words that judge a
value by others (``if``, ``not``, ``dependentRequired``) say nothing about its type here: the judge knows them when
the record comes. The description goes along as the note of the type.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from engine.references import resolve
from engine.types import ANY, NEVER, Items, Lack, Number, Text, Type, every, join, meet, of_values

Chain = tuple[str, ...]
KINDS: Final[Mapping[str, str]] = {
    "string": "text", "number": "number", "integer": "number", "boolean": "boolean", "null": "null",
    "array": "list", "object": "mapping",
}  # fmt: skip
"""The kind of each type of JSON Schema."""
SAYS: Final = frozenset({"type", "enum", "const", "properties", "items", "allOf", "anyOf", "oneOf", "format"})
"""Words that say something about a type."""


def type_of(schema: Any, root: Any = None, at: Chain = ()) -> Type:
    """Return the type of a value that meets *schema*.

    Args:
        schema: A JSON Schema (2020-12) that is right, or part of one.
        root: The whole of which it is part, in which references lead; itself when not given.
        at: The chain by which the value is read, from its root on: where an amount's currency is looked for.
    """
    root = schema if root is None else root
    written, schema = schema, resolve(schema, root)
    if schema is False:
        return NEVER
    note = next((str(each["description"]) for each in (written, schema) if _is_told(each)), "")
    if not isinstance(schema, Mapping) or SAYS.isdisjoint(schema):
        return replace(ANY, note=note) if note else ANY
    made = _own(schema, root, at)
    for part in schema.get("allOf", ()):
        made = meet(made, type_of(part, root, at))
    for word in ("anyOf", "oneOf"):
        if word in schema:
            made = meet(made, join([type_of(part, root, at) for part in schema[word]]))
    return replace(made, note=note) if note else made


def _is_told(schema: Any) -> bool:
    return isinstance(schema, Mapping) and bool(schema.get("description"))


def _own(schema: Mapping[str, Any], root: Any, at: Chain) -> Type:
    """Return what *schema* says without the schemas that it is composed of."""
    if "const" in schema:
        return of_values([schema["const"]])
    if "enum" in schema:
        return of_values(schema["enum"])
    if SAYS - {"allOf", "anyOf", "oneOf"} and {"type", "properties", "items", "format"}.isdisjoint(schema):
        return ANY
    named = schema.get("type", list(KINDS))
    named = [named] if isinstance(named, str) else named
    kinds = {KINDS[name] for name in named if name in KINDS}
    found = every()
    return Type(
        Text(schema.get("format", ""), None, schema.get("maxLength")) if "text" in kinds else None,
        Number("number" not in named) if "number" in kinds else None,
        found.boolean if "boolean" in kinds else frozenset(),
        "null" in kinds,
        Items(lambda: type_of(schema.get("items", True), root, at)) if "list" in kinds else None,
        (Object(schema, root, at),) if "mapping" in kinds else (),
        currency=_currency(schema, at),
    )


def _currency(schema: Mapping[str, Any], at: Chain) -> frozenset[Chain]:
    """Return the chain of the record's field that ``x-currency`` names.

    A field beside each amount says nothing here: two amounts may well be of one currency, and then they add up.
    """
    named = schema.get("x-currency")
    is_known = isinstance(named, str) and named.startswith("$.") and bool(at)
    return frozenset({(at[0], *str(named)[2:].split("."))}) if is_known else frozenset()


@dataclass(frozen=True, eq=False)
class Object:
    """The shape of an object that a schema describes; fields are looked at when they are asked for."""

    schema: Mapping[str, Any]
    root: Any
    at: Chain = ()
    known: dict[str, Type | None] = field(default_factory=dict)

    @property
    def names(self) -> Iterable[str]:
        """The names that the schema lists."""
        return [*self.schema.get("properties", {})]

    @property
    def is_closed(self) -> bool:
        """Whether the schema refuses other names."""
        return self.schema.get("additionalProperties", True) is False and not self.schema.get(
            "patternProperties"
        )

    def field(self, name: str) -> Type | None:
        """Return the type of the field *name*, or None where the schema does not know it."""
        if name not in self.known:
            self.known[name] = self._field(name)
        return self.known[name]

    def _field(self, name: str) -> Type | None:
        properties = self.schema.get("properties", {})
        others = self.schema.get("additionalProperties", True)
        if name not in properties:
            # A mapping whose names are data: each has the type that is said of all.
            return type_of(others, self.root, (*self.at, name)) if isinstance(others, Mapping) else None
        found = type_of(properties[name], self.root, (*self.at, name))
        return replace(found, lack=self._lack(name, properties[name]))

    def _lack(self, name: str, schema: Any) -> Lack | None:
        required = self.schema.get("required")
        if isinstance(required, list):
            return None if name in required else Lack()
        seen = schema.get("x-seen") if isinstance(schema, Mapping) else None
        if not isinstance(seen, Mapping) or seen["present"] >= seen["of"]:
            return None
        return Lack(stated=False, present=seen["present"], of=seen["of"])
