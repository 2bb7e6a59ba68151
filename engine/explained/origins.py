"""Where what a value reads comes from, and what is said of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from engine.explained.rows import Input, Kind
from engine.types import Type, described

Chain = tuple[str, ...]
"""The way to a value from its root on; ``EACH`` for the entries of a list."""
EACH: Final = "[]"


@dataclass(frozen=True, slots=True)
class Loop:
    """What a ``for_each`` goes through.

    Attributes:
        path: The path of one element, or empty where no one path leads to it.
        chain: The way to one element, or None.
    """

    path: str
    chain: Chain | None
    kind: Kind
    origin: str


Loops = Mapping[str, Loop]


@dataclass(frozen=True, slots=True)
class Origins:
    """Where what a recipe reads comes from.

    Attributes:
        record: What gives its records.
        steps: What gives the result of each read and action, by id.
        lookups: Its tables.
    """

    record: str
    steps: Mapping[str, str]
    lookups: Mapping[str, Mapping[str, Any]]

    def of(self, root: str, first: str, loops: Loops) -> tuple[Kind, str]:
        """Return kind and name of the origin of what is read at *root*, where *first* is the name behind it."""
        if root in loops:
            return loops[root].kind, loops[root].origin
        match root:
            case "steps":
                return "step", self.steps.get(first, first)
            case "vars":
                return "variable", f"vars.{first}" if first else "vars"
            case "run":
                return "run", "the run"
            case "mapped":
                return "document", "the mapping"
            case "error":
                return "failure", "the failure"
        return "record", self.record


@dataclass(frozen=True, slots=True)
class Seen:
    """One thing that is read.

    Attributes:
        chain: The way to it, or None where none is known.
    """

    input: Input
    chain: Chain | None


def input_of(kind: Kind, written: str, path: str, origin: str, type: Type) -> Input:
    """Return what is read of *type*, as it is *written* and at *path* from its root on."""
    about = type.note or (type.element.note if type.list is not None and not type.is_any else "")
    may_be_null = type.null and not type.is_any
    return Input(kind, written, path, origin, words(type), may_be_null, type.lack is not None, about)


def words(type: Type) -> str:
    """Return *type* in words, with what a list holds; empty where nothing is known of it."""
    if type.is_any:
        return ""
    told = described(type.without("null")) if type.kinds != {"null"} else "null"
    if type.list is not None and not type.element.is_any and type.element.kinds:
        told = told.replace("a list", f"a list, each {described(type.element)}")
    return told


def stands_in(name: str, given: Mapping[str, str]) -> Iterator[str]:
    """Yield what a call of the filter *name* puts in the place of what is missing, by its arguments as written."""
    if name == "default":
        empty = ", or empty" if given.get("empty") == "true" else ""
        yield f"default {given.get('other', '')} where absent or null{empty}"
    elif name == "lookup" and "default" in given:
        yield f"default {given['default']} where the lookup has no such key"
