"""Slips in a connector's file: each of its keys left out, misspelt or given another type, one at a time."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from engine import pointer, source

Place = tuple[str | int, ...]

NAMED: Final = (
    "settings",
    "operations",
    "params",
    "query",
    "headers",
    "exponents",
    "variables",
    "costs",
    "match",
)
"""Mappings whose keys are names of the connector's own, which no reader knows beforehand."""
OF_ANY_TYPE: Final = ("enum", "examples", "default")
"""Lists and values that may be of any type."""


@dataclass(frozen=True)
class Slip:
    """One slip, and the file as it is with it.

    Attributes:
        way: ``drop``, ``rename`` or ``retype``.
        at: What was left out, misspelt or given another type.
    """

    way: str
    at: Place
    text: str

    @property
    def pointer(self) -> str:
        return pointer.build(self.at)

    @property
    def is_seen_at_once(self) -> bool:
        """Whether the shape of the file alone tells that this is wrong."""
        parents = [each for each in self.at[:-1] if isinstance(each, str)]
        if any(each in OF_ANY_TYPE for each in parents) or (
            self.way == "retype" and self.at[-1] == "default"
        ):
            return False
        return self.way == "retype" or (self.way == "rename" and not is_name(self.at))


def is_name(at: Place) -> bool:
    """Tell whether the key at *at* is a name of the connector's own."""
    return len(at) > 1 and at[-2] in NAMED and (at[-2] != "settings" or len(at) == 2)


def slips(file: Path, way: str) -> Iterator[Slip]:
    """Yield the connector in *file* with each slip of a *way*: always the same ones."""
    data = source.read(file.read_text("utf-8"), file.name).data
    for at in places(data):
        changed = with_slip(data, at, way)
        if changed is not None:
            # What is JSON is YAML, and says in which line each key stands.
            yield Slip(way, at, json.dumps(changed, ensure_ascii=False, indent=1, default=str))


def places(data: Any, at: Place = ()) -> Iterator[Place]:
    """Yield the place of everything in *data*."""
    entries: Sequence[tuple[Any, Any]] = ()
    if isinstance(data, dict):
        entries = list(data.items())
    elif isinstance(data, list):
        entries = list(enumerate(data))
    for key, value in entries:
        yield (*at, key)
        yield from places(value, (*at, key))


def with_slip(data: Any, at: Place, way: str) -> Any:
    """Return a copy of *data* with one slip; None where there can be none."""
    data = copy.deepcopy(data)
    holder = data
    for step in at[:-1]:
        holder = holder[step]
    key = at[-1]
    if way == "drop":
        del holder[key]
    elif way == "retype":
        holder[key] = {"a": holder[key]} if not isinstance(holder[key], dict) else [holder[key]]
    elif isinstance(holder, list):
        return None
    else:
        entries = [(f"{name}_x" if name == key else name, value) for name, value in holder.items()]
        holder.clear()
        holder.update(entries)
    return data
