"""The records of a connector's samples, and what in them its schemas do not know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine import canonical
from engine.connector import Connector, Operation
from engine.paths import RECORD
from engine.references import resolve

Json = Any


def samples(connector: Connector, operation: Operation) -> Iterator[tuple[str, Json]]:
    """Yield each record of the samples, or the one result, with the name of its set."""
    files = [f"*/{operation.name}.json", f"*/{operation.name}@*.json"]
    for path in sorted(path for name in files for path in (connector.folder / "samples").glob(name)):
        answer = canonical.decode(path.read_bytes())
        records = [answer] if operation.records is None else operation.records.select({RECORD: answer})
        for record in records:
            yield path.parent.name, record


def forms(below: Any, root: Any) -> Iterator[Mapping[str, Any]]:
    """Yield what a schema says, behind references and the alternatives of what may be null."""
    below = resolve(below, root)
    yield below
    for each in below.get("anyOf", ()):
        yield from forms(each, root)


def unknown(value: Json, below: Any, root: Any, at: str) -> Iterator[str]:
    """Yield the place of each field of *value* that its schema does not know."""
    said = list(forms(below, root))
    for name, entry in value.items() if isinstance(value, dict) else ():
        known = [each["properties"][name] for each in said if name in each.get("properties", {})]
        if not known:
            yield f"{at}/{name}"
        for each in known:
            yield from unknown(entry, each, root, f"{at}/{name}")
    for entry in value if isinstance(value, list) else ():
        items = [each["items"] for each in said if "items" in each]
        if not items:
            yield f"{at}/*"
        for each in items:
            yield from unknown(entry, each, root, f"{at}/*")
