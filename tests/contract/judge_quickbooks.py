"""Judges requests to QuickBooks Online by the XML schemas that Intuit publishes; runs in an environment of its own.

    python judge_quickbooks.py FOLDER < REQUESTS

The JSON of the API has the names, the nesting and the types of its XML: a document is written as XML, in the order
that the schema wants, and must be valid. The fields that a statement asks about, and those that the connector reads,
must be of the entity. A write carries a request id of at most 50 characters.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

Json = dict[str, Any]
STATEMENT = re.compile(
    r"select \* from (\w+)(?: where (.+?))?(?: orderby (\w+))? STARTPOSITION \d+ MAXRESULTS \d+"
)
TEXT = re.compile(r"'(?:[^'\\]|\\.)*'")
FIELD = re.compile(r"([A-Z][A-Za-z.]*) (?:=|>=|in) ")


class Unknown(Exception):
    """A field is none of the schema's."""


def flaws(schema: Any, asked: Json) -> Iterator[str]:
    """Yield what is wrong with a request."""
    query = dict(asked["query"])
    if query.get("minorversion") != "75":
        yield "no minorversion=75"
    entity = asked["path"].strip("/").partition("/")[0].capitalize()
    if asked["path"] == "/query":
        read = STATEMENT.fullmatch(query["query"])
        if read is None:
            yield f"no statement: {query['query']}"
            return
        entity = read[1]
        for name in [*FIELD.findall(TEXT.sub("''", read[2] or "")), *([read[3]] if read[3] else [])]:
            if not _has(schema.elements[entity].type, name.split(".")):
                yield f"{entity} has no {name}"
    if asked["body"]:
        yield from _document(schema, schema.elements[entity], asked)
    for name in asked["reads"]:
        if not _has(schema.elements[entity].type, name.split(".")):
            yield f"{entity} has no {name}, which the connector reads"


def _document(schema: Any, element: Any, asked: Json) -> Iterator[str]:
    if not 0 < len(dict(asked["query"]).get("requestid", "")) <= 50:
        yield "no requestid of at most 50 characters"
    try:
        made = _written(element, json.loads(asked["body"]))
    except Unknown as unknown:
        yield str(unknown)
        return
    yield from (f"document: {each.path}: {each.reason}" for each in schema.iter_errors(made))


def _written(element: Any, value: Any) -> Any:
    """Return *value* as an XML element; raises ``Unknown``."""
    made = ElementTree.Element(element.name)
    kind = element.type
    if kind.is_simple():
        made.text = str(value).lower() if isinstance(value, bool) else str(value)
    elif kind.has_simple_content():
        made.text = value["value"]
        made.attrib.update({name: each for name, each in value.items() if name != "value"})
    else:
        known = {each.local_name: each for each in _children(kind)}
        if others := value.keys() - known.keys():
            raise Unknown(f"document: {element.local_name} has no {', '.join(sorted(others))}")
        for name, inner in known.items():
            given = value.get(name, [])
            for each in given if isinstance(given, list) else [given]:
                made.append(_written(inner, each))
    return made


def _children(kind: Any) -> list[Any]:
    return [each for each in kind.content.iter_elements() if each.name is not None]


def _has(kind: Any, names: list[str]) -> bool:
    """Tell whether *kind* has the field that *names* lead to."""
    if not names:
        return True
    if kind.is_simple():
        return False
    if kind.has_simple_content():
        return names == ["value"] or names[0] in kind.attributes
    inner = {each.local_name: each for each in _children(kind)}.get(names[0])
    return inner is not None and _has(inner.type, names[1:])


def main() -> int:
    """Judge, print a line for each operation, and return the exit code."""
    schema = _Named(import_module("xmlschema").XMLSchema(str(Path(sys.argv[1]) / "IntuitRestServiceDef.xsd")))
    wrong = False
    for asked in json.load(sys.stdin)["quickbooks"]:
        found = list(flaws(schema, asked))
        wrong = wrong or bool(found)
        print(f"{'wrong' if found else 'right'}  quickbooks {asked['operation']}, by Intuit's XML schemas")
        print("".join(f"       {each}\n" for each in found), end="")
    return int(wrong)


class _Named:
    """A schema whose elements are found by their names alone."""

    def __init__(self, schema: Any) -> None:
        self.iter_errors = schema.iter_errors
        self.elements = {each.local_name: each for each in schema.maps.elements.values()}


if __name__ == "__main__":
    sys.exit(main())
