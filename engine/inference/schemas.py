"""The types that a JSON Schema states.

What a schema says of presence is said by ``required``: where an object lists it, the names in it are always there and
the others may be absent; without ``required`` nothing is known. ``x-seen`` says in how many of the records that were
looked at a field was there, ``x-currency`` which field of the record names an amount's currency. Words that judge a
value by others (``if``, ``not``, ``dependentRequired``) say nothing about its type here: the judge knows them when
the record comes; of a name that they ask for nothing is known either. A schema without ``type`` is about what its
words are about: ``properties`` about mappings. The description goes along as the note of the type.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache, reduce
from typing import Any, Final

from engine.patterns import BadPattern, compile_pattern
from engine.references import resolve
from engine.sameness import Same
from engine.types import ANY, NEVER, Items, Lack, Number, Text, Type, every, join, meet, of_values

Chain = tuple[str, ...]
KINDS: Final[Mapping[str, str]] = {
    "string": "text", "number": "number", "integer": "number", "boolean": "boolean", "null": "null",
    "array": "list", "object": "mapping",
}  # fmt: skip
"""The kind of each type of JSON Schema."""
ABOUT: Final[Mapping[str, str]] = {
    "properties": "mapping", "required": "mapping", "patternProperties": "mapping", "items": "list",
    "prefixItems": "list", "format": "text",
}  # fmt: skip
"""Words that say something about values of one kind, and nothing about others."""
SAYS: Final = frozenset({"type", "enum", "const", "allOf", "anyOf", "oneOf", *ABOUT})
"""Words that say something about a type."""


def type_of(schema: Any, root: Any = None, at: Chain = ()) -> Type:
    """Return the type of a value that meets *schema*.

    Args:
        schema: A JSON Schema (2020-12) that is right, or part of one.
        root: The whole of which it is part, in which references lead; itself when not given.
        at: The chain by which the value is read, from its root on: where an amount's currency is looked for.
    """
    return _type_of(Same(schema), Same(schema if root is None else root), at)


# Recipes share their connectors, and these their schemas: what one recipe asked of them another does not ask again.
@lru_cache(maxsize=4096)
def _type_of(own: Same, whole: Same, at: Chain) -> Type:
    schema, root = own.it, whole.it
    found = stated(schema, root, at)
    if found.is_any or found.kinds != frozenset(KINDS.values()):
        return found
    words = {word for part in _parts(schema, root) for word in part}
    about = {ABOUT[word] for word in words & ABOUT.keys()}
    return found.only(*about) if about and "type" not in words else found


def _parts(schema: Any, root: Any) -> Iterable[Mapping[str, Any]]:
    """Return *schema* and those that hold beside it."""
    own = [each for each in (schema, resolve(schema, root)) if isinstance(each, Mapping)]
    return [*own, *(inner for each in own for part in each.get("allOf", ()) for inner in _parts(part, root))]


def stated(schema: Any, root: Any, at: Chain = ()) -> Type:
    """Return the type of what *schema* does not refuse: without ``type`` a value of any kind; else as ``type_of``."""
    return _stated(Same(schema), Same(root), at)


@lru_cache(maxsize=4096)
def _stated(own: Same, whole: Same, at: Chain) -> Type:
    schema, root = own.it, whole.it
    written, schema = schema, resolve(schema, root)
    if schema is False:
        return NEVER
    note = next((str(each["description"]) for each in (written, schema) if _is_told(each)), "")
    if not isinstance(schema, Mapping) or SAYS.isdisjoint({**written, **schema}):
        return replace(ANY, note=note) if note else ANY
    made = _said(schema, root, at)
    if written is not schema and not SAYS.isdisjoint(written):  # what stands beside $ref holds too
        made = meet(made, _said(written, root, at))
    return replace(made, note=note) if note else made


def _said(schema: Mapping[str, Any], root: Any, at: Chain) -> Type:
    """Return what *schema* says with the schemas that it is composed of, and without what its ``$ref`` leads to."""
    made = _own(schema, root, at)
    for part in schema.get("allOf", ()):
        made = meet(made, stated(part, root, at))
    for word in ("anyOf", "oneOf"):
        if word in schema:
            made = meet(made, join([stated(part, root, at) for part in schema[word]]))
    return made


def _is_told(schema: Any) -> bool:
    return isinstance(schema, Mapping) and bool(schema.get("description"))


def _own(schema: Mapping[str, Any], root: Any, at: Chain) -> Type:
    """Return what *schema* says without the schemas that it is composed of."""
    named = schema.get("type", list(KINDS))
    named = [named] if isinstance(named, str) else named
    kinds = {KINDS[name] for name in named if name in KINDS}
    if "const" in schema or "enum" in schema:
        return of_values([schema["const"]] if "const" in schema else schema["enum"]).only(*kinds)
    if SAYS.isdisjoint(schema) or SAYS.intersection(schema) <= {"allOf", "anyOf", "oneOf"}:
        return ANY
    steps = schema.get("multipleOf")
    is_whole = "number" not in named or (steps is not None and steps % 1 == 0)
    found = every()
    return Type(
        Text(schema.get("format", ""), None, schema.get("maxLength")) if "text" in kinds else None,
        Number(is_whole) if "number" in kinds else None,
        found.boolean if "boolean" in kinds else frozenset(),
        "null" in kinds,
        Items(lambda: _element(schema, root, at)) if "list" in kinds else None,
        (Object(schema, root, at),) if "mapping" in kinds else (),
        currency=_currency(schema, at),
    )


def _element(schema: Mapping[str, Any], root: Any, at: Chain) -> Type:
    """Return the type of an entry, at any place of a list."""
    return ANY if "prefixItems" in schema else type_of(schema.get("items", True), root, at)


def _currency(schema: Mapping[str, Any], at: Chain) -> frozenset[Chain]:
    """Return the chain of the record's field that ``x-currency`` names.

    A field beside each amount says nothing here: two amounts may well be of one currency, and then they add up.
    """
    named = schema.get("x-currency")
    is_known = isinstance(named, str) and named.startswith("$.") and bool(at)
    return frozenset({(at[0], *str(named)[2:].split("."))}) if is_known else frozenset()


@dataclass(frozen=True, eq=False)
class Object:
    """The shape of an object that a schema describes; fields are looked at when they are asked for.

    Two of one schema are one shape, however they are reached: a schema may hold itself, and several alternatives.
    """

    schema: Mapping[str, Any]
    root: Any
    at: Chain = ()
    known: dict[str, Type | None] = field(default_factory=dict)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Object) and self._mark == other._mark

    def __hash__(self) -> int:
        return hash(self._mark)

    @property
    def _mark(self) -> tuple[int, Chain]:
        return id(self.schema), self.at[:1]  # of the chain a currency takes the root alone

    @property
    def names(self) -> Iterable[str]:
        """The names that the schema lists."""
        return dict.fromkeys([*self.schema.get("properties", {}), *self.schema.get("required", ())])

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
        if name not in properties:
            others = [*self._patterned(name)] or [self.schema.get("additionalProperties", True)]
            # A mapping whose names are data: each has the type that is said of all.
            said = [
                type_of(each, self.root, (*self.at, name)) for each in others if isinstance(each, Mapping)
            ]
            return reduce(meet, said) if said else ANY if name in self.schema.get("required", ()) else None
        found = type_of(properties[name], self.root, (*self.at, name))
        return replace(found, lack=self._lack(name, properties[name]))

    def _patterned(self, name: str) -> Iterable[Any]:
        """Yield the schemas whose pattern *name* has; one that cannot be compiled here may say anything of it."""
        for pattern, schema in self.schema.get("patternProperties", {}).items():
            try:
                if compile_pattern(pattern).search(name):
                    yield schema if isinstance(schema, Mapping) else {}
            except BadPattern:
                yield {}

    def _lack(self, name: str, schema: Any) -> Lack | None:
        required = self.schema.get("required")
        if isinstance(required, list):
            return None if name in required or name in self._asked else Lack()
        seen = schema.get("x-seen") if isinstance(schema, Mapping) else None
        match seen:
            case {"present": int(present), "of": int(of)} if present < of:
                return Lack(stated=False, present=present, of=of)
        return None

    @cached_property
    def _asked(self) -> frozenset[str]:
        """The names that have to be there where others are, or have some value."""
        judged = [self.schema.get(word) for word in ("then", "else")]
        judged += self.schema.get("dependentSchemas", {}).values()
        named = [part.get("required", ()) for each in judged for part in _parts(each, self.root)]
        return frozenset().union(*named, *self.schema.get("dependentRequired", {}).values())
