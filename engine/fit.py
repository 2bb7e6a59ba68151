"""Holds a compiled mapping against its target's schema as far as that is known before a record comes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from engine import pointer
from engine.diagnostics import Diagnostic, nearest, suggest
from engine.flaws import TYPES, missing_cure
from engine.inference.assign import Wanted, misfit
from engine.money import kind
from engine.pipes import Pipe
from engine.references import resolve
from engine.schema import part
from engine.values import Constant, Each, Entries, Fields, Leaf, Value, When

NAMING: Final = frozenset({"title", "description", "default", "examples"})
"""Keywords that tell people of a schema, and refuse nothing."""
STAND_IN: Final = "give it | default(…), or leave out where it is null: under when"


def unfit(value: Value, schema: Mapping[str, Any], taker: str) -> list[Diagnostic]:
    """Return what cannot be right about *value* for any record.

    Unknown fields, required ones that nothing writes, fields that only the engine sets, constants that the schema
    refuses, and values whose type it does not take.

    Args:
        taker: What takes the value, as messages name it: ``accounting/invoice``, ``shop.orders.list``.
    """
    return list(_Fit(schema, taker).unfit(value, schema))


class _Fit:
    """Walks a value beside its schema."""

    def __init__(self, root: Mapping[str, Any], taker: str) -> None:
        self.root, self.taker = root, taker

    def unfit(self, value: Value, schema: Any, *, is_needed: bool = False) -> Iterator[Diagnostic]:
        schema = resolve(schema, self.root)
        if not isinstance(schema, dict):
            return
        if isinstance(value, (Fields, Entries, Each)):
            schema = self.meant(schema, "object" if isinstance(value, Fields) else "array")
        match value:
            case When():
                yield from self.unfit(value.then, schema)
            case Leaf():
                if told := misfit(value.type, Wanted(schema, self.root, self.taker)):
                    is_bare = isinstance(value.of, Pipe) and not value.of.calls
                    may_go = told.code != "R312" or (is_bare and not is_needed)
                    yield Diagnostic(
                        told.code, value.pointer, told.message, told.help if may_go else STAND_IN
                    )
            case Constant():
                validator = part(schema, self.root)
                for flaw in validator.flaws(validator.written(value.value)):
                    yield Diagnostic("R304", value.pointer + flaw.pointer, flaw.message, flaw.help, flaw.at)
            case Fields() if self.takes(schema, "object"):
                yield from self.fields(value, schema)
            case Entries() | Each() if self.takes(schema, "array"):
                for entry in value.entries if isinstance(value, Entries) else [value]:
                    one = entry.then if isinstance(entry, Each) else entry
                    yield from self.unfit(one, schema.get("items", True))
            case Fields() | Entries() | Each():
                found = kind({} if isinstance(value, Fields) else [])
                message = f"expected {_wanted(schema)}, found {found}"
                yield Diagnostic("R304", value.pointer, message, str(schema.get("description", "")))

    def meant(self, schema: Mapping[str, Any], type: str) -> Mapping[str, Any]:
        """Return the only one of the alternatives that make up *schema* that takes *type*, such as beside null."""
        if len(schema.keys() - NAMING) != 1 or not (ways := schema.get("anyOf") or schema.get("oneOf")):
            return schema
        each = [resolve(way, self.root) for way in ways]
        found = [way for way in each if way is True or (isinstance(way, dict) and self.takes(way, type))]
        return self.meant(found[0], type) if len(found) == 1 and isinstance(found[0], dict) else schema

    @staticmethod
    def takes(schema: Mapping[str, Any], type: str) -> bool:
        types = schema.get("type", type)
        return type in types if isinstance(types, list) else type == types

    def fields(self, value: Fields, schema: Mapping[str, Any]) -> Iterator[Diagnostic]:
        known = {name: resolve(each, self.root) for name, each in schema.get("properties", {}).items()}
        own = [name for name, each in known.items() if not (isinstance(each, dict) and each.get("readOnly"))]
        written = {name for name, _ in value.entries}
        missing = [name for name in _required(schema, written) if name not in written and name in own]
        for name, entry in value.entries:
            place = _place(value, name)
            if name in own:
                yield from self.unfit(entry, known[name], is_needed=name in schema.get("required", ()))
                yield from self.lacking(entry, name, schema)
            elif name in known:
                cure = "remove it: the engine sets it from the effect's key"
                yield Diagnostic("R302", message=f"a recipe does not set {name!r}", help=cure, **place)
            elif schema.get("additionalProperties", True) is False:
                meant = nearest(name, missing)
                if meant:
                    missing.remove(meant)
                cure = suggest(name, [meant] if meant else own) or f"it has {', '.join(own) or 'none'}"
                message = f"{self.taker} has no field {name!r}"
                yield Diagnostic("R302", message=message, help=cure, **place)
            else:
                yield from self.unfit(entry, schema.get("additionalProperties", True))
        for name in missing:
            message = f"{self.taker} needs {name!r}, which nothing writes"
            yield Diagnostic("R304", value.pointer, message, missing_cure(name, known[name]), "key")

    def lacking(self, entry: Value, name: str, schema: Mapping[str, Any]) -> Iterator[Diagnostic]:
        """Report a field that has to be there and is left out of some records."""
        lack = entry.type.lack if isinstance(entry, Leaf) else None
        if lack is not None and lack.stated and name in schema.get("required", ()):
            message = f"{self.taker} needs {name!r}, and {lack.why}"
            cure = "give it a value for then: | default(…) in place of the ?"
            yield Diagnostic("R312", entry.pointer, message, cure)


def _place(value: Fields, name: str) -> dict[str, Any]:
    """Return the place of the name of a field: a key, or part of a text that names it."""
    if name in value.named:
        return {"pointer": value.named[name].pointer, "inner": value.named[name].inner}
    return {"pointer": pointer.join(value.pointer, name), "at": "key"}


def _required(schema: Mapping[str, Any], written: set[str]) -> list[str]:
    """Return the fields that must be there, with those of an ``else`` whose ``if`` asks for one that nothing writes."""
    names = list(schema.get("required", ()))
    asked = schema.get("if", {})
    if set(asked) == {"required"} and not written.issuperset(asked["required"]):
        names += schema.get("else", {}).get("required", ())
    return names


def _wanted(schema: Mapping[str, Any]) -> str:
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return " or ".join(TYPES.get(str(name), str(name)) for name in types)
