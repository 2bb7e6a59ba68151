"""``$ref`` in a JSON Schema: what it leads to, and which ones are not followed.

A schema is one file and its references stay in it. Nothing is fetched, and nothing goes in a circle without reading a
part of the value on the way: that would never end.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

from engine import pointer

NAMED: Final = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"})
"""Keywords that hold schemas by name."""
SEVERAL: Final = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
ONE: Final = frozenset({
    "not", "if", "then", "else", "items", "contains", "additionalProperties", "propertyNames", "unevaluatedItems",
    "unevaluatedProperties", "contentSchema",
})  # fmt: skip
IN_PLACE: Final = frozenset({"allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas"})
"""Keywords whose schemas judge the same value again."""
REFERENCES: Final = ("$ref", "$dynamicRef")
WHOLE: Final = "whole"
PLAIN_PLACES: Final = frozenset({"", "properties", "items", "additionalProperties", "$defs", "definitions"})
"""Where a schema judges a field or an entry, and nothing depends on what it says."""
JUDGING: Final = (NAMED | SEVERAL | ONE | {"format"}) - {"$defs", "definitions"}
"""Keywords by which a schema has more to say of formats than what it refers to."""
UNSEEN: Final = frozenset({"$dynamicRef", "dependencies"})
"""Keywords that the judge follows, and ``parts`` does not."""


@dataclass(frozen=True, slots=True)
class Part:
    """A schema inside another.

    Attributes:
        above: The pointer of the schema that holds it; its own for the outermost.
        keyword: What it stands under there, or empty.
    """

    pointer: str
    schema: Mapping[str, Any]
    above: str = ""
    keyword: str = ""


def parts(schema: Any, at: str = "") -> Iterator[Part]:
    """Yield *schema*, which stands at the pointer *at*, and each schema inside it; only those that are mappings."""
    waiting: list[tuple[str, Any, str, str]] = [(at, schema, at, "")]
    while waiting:
        place, found, above, keyword = waiting.pop()
        if not isinstance(found, dict):
            continue
        yield Part(place, found, above, keyword)
        for word, below in found.items():
            inside = pointer.join(place, word)
            if word in ONE:
                waiting.append((inside, below, place, word))
            elif word in NAMED | SEVERAL:
                named = below.items() if isinstance(below, dict) else enumerate(below)
                waiting += [(pointer.join(inside, name), each, place, word) for name, each in named]


def target(reference: str, root: Any) -> tuple[str, Any]:
    """Return pointer and schema that the local *reference* leads to in *root*.

    Raises:
        LookupError: it leads nowhere.

    Source: RFC 6901, section 6 (a pointer in a URI fragment is percent-encoded); JSON Schema 2020-12, 8.2.2.
    """
    fragment = unquote(reference[1:])
    if fragment and not fragment.startswith("/"):
        for each in parts(root):
            if fragment in (each.schema.get("$anchor"), each.schema.get("$dynamicAnchor")):
                return each.pointer, each.schema
        raise LookupError(reference)
    found = root
    for key in pointer.split(fragment):
        if isinstance(found, list) and key.isascii() and key.isdecimal():
            found = found[int(key)]
        elif isinstance(found, dict):
            found = found[key]
        else:
            raise LookupError(reference)
    return fragment, found


def resolve(schema: Any, root: Any) -> Any:
    """Return *schema*, or what its local ``$ref`` leads to in *root*, whose references are right."""
    while isinstance(schema, dict) and isinstance(schema.get("$ref"), str) and schema["$ref"].startswith("#"):
        _, schema = target(schema["$ref"], root)
    return schema


def is_plain(root: Mapping[str, Any], formats: Collection[str]) -> bool:
    """Tell whether *formats* stand in *root* only where they judge a field or an entry, by the schema that it names."""
    found = {each.pointer: each.schema for each in parts(root)}
    choosing = [each.pointer for each in parts(root) if each.keyword not in PLAIN_PLACES]
    for at, schema in found.items():
        leads = "$ref" in schema
        if UNSEEN & schema.keys() or (leads and _is_more(schema, root, found)):
            return False
        is_inside = any(f"{at}/".startswith(f"{place}/") for place in choosing)
        if is_inside and (leads or schema.get("format") in formats):
            return False
    return True


def _is_more(schema: Mapping[str, Any], root: Any, known: Collection[str]) -> bool:
    """Tell whether more holds for a value of *schema*, a reference, than what *known* has where it leads."""
    place, led = target(schema["$ref"], root)
    return bool(JUDGING & schema.keys()) or (isinstance(led, dict) and place not in known)


def misled(root: Mapping[str, Any]) -> str:
    """Return what is wrong with a reference in *root* and where it stands, or an empty text."""
    again: dict[str, list[str]] = {}
    seen: set[str] = set()
    waiting: list[tuple[str, Any]] = [("", root)]
    while waiting:  # a reference may lead to where no keyword has a schema, and on from there
        at, found = waiting.pop()
        for part in parts(found, at):
            if part.pointer in seen:
                continue
            seen.add(part.pointer)
            if part.pointer and "$id" in part.schema:
                place = pointer.join(part.pointer, "$id")
                return f"at {place}: only the whole schema has an $id here; remove it"
            if part.keyword in IN_PLACE:
                again.setdefault(part.above, []).append(part.pointer)
            for word in REFERENCES:
                reference = part.schema.get(word)
                if not isinstance(reference, str):
                    continue
                if told := _wrong(reference, root):
                    return f"at {pointer.join(part.pointer, word)}: {told}"
                waiting.append(target(reference, root))
                again.setdefault(part.pointer, []).append(waiting[-1][0])
    circle = _circle(again)
    return f"at {circle or 'its top'}: the references go in a circle" if circle is not None else ""


def _wrong(reference: str, root: Any) -> str:
    if not reference.startswith("#"):
        return f"{reference} leads out of this file; copy what it names under $defs"
    try:
        target(reference, root)
    except (LookupError, ValueError):
        return f"{reference} leads nowhere in this file"
    return ""


def _circle(again: Mapping[str, list[str]]) -> str | None:
    """Return a place from which *again*, the places that judge the same value, leads back to it, or None."""
    done: set[str] = set()
    for start in again:
        way: dict[str, Iterator[str]] = {start: iter(again[start])}
        while way:
            place = next(reversed(way))
            further = next(way[place], None)
            if further is None:
                done.add(place)
                del way[place]
            elif further in way:
                return further
            elif further not in done:
                way[further] = iter(again.get(further, ()))
    return None


def alone(schema: Mapping[str, Any], root: Mapping[str, Any]) -> dict[str, Any]:
    """Return *schema*, a part of *root*, as a schema of its own whose references lead where they did."""
    if all(word not in part.schema for part in parts(schema) for word in REFERENCES):
        return dict(schema)
    whole = {name: each for name, each in _moved(root).items() if name not in ("$id", "$schema")}
    anchors = ("$anchor", "$dynamicAnchor")
    return {**_moved(schema, without=("$id", *anchors)), "$defs": {WHOLE: whole}}


def _moved(schema: Any, without: tuple[str, ...] = ()) -> Any:
    """Return *schema* with each reference led into ``$defs/whole``, where the anchors are, and *without* some words."""
    if not isinstance(schema, dict):
        return schema
    made: dict[str, Any] = {}
    for word, below in schema.items():
        if word in without:
            continue
        if word in NAMED and isinstance(below, dict):
            made[word] = {name: _moved(each, without) for name, each in below.items()}
        elif word in SEVERAL and isinstance(below, list):
            made[word] = [_moved(each, without) for each in below]
        elif word in ONE:
            made[word] = _moved(below, without)
        elif word in REFERENCES and isinstance(below, str) and (below == "#" or below.startswith("#/")):
            made[word] = f"#/$defs/{WHOLE}{below[1:]}"
        else:
            made[word] = below
    return made
