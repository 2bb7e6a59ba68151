"""Reads the ``limits`` of a ``connector.yaml``, whose shape is right, into frozen values, with every finding."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableSequence
from typing import Any, Final, Literal

from engine import dates, pointer
from engine.diagnostics import Diagnostic, suggest
from engine.patterns import BadPattern, compile_pattern
from engine.policy import LONGEST, Limit, seconds

COMMON: Final = ("name", "kind", "operations", "costs", "each_operation", "pause")
"""What every limit has; the rest are settings of its kind."""
Place = tuple[str | int, ...]


def limits(
    data: Mapping[str, Any], found: MutableSequence[Diagnostic], single: Callable[[str, Place], Any]
) -> tuple[Limit, ...]:
    """Return what a connector lets an account ask for.

    Args:
        data: The whole connector.
        found: Takes what is wrong.
        single: Compiles a path of one value, and reports one that is wrong at its place.
    """
    given = data.get("limits", ())
    if given and data.get("transport") == "books":
        told = "the books are no vendor, and have no limits"
        found.append(Diagnostic("R412", "/limits", told, "remove limits", "key"))
        return ()
    names: set[str] = set()
    made = []
    for index, entry in enumerate(given):
        at = ("limits", index)
        if entry["name"] in names:
            told = f"there are two limits with the name {entry['name']!r}"
            found.append(_slip((*at, "name"), told, "give each a name of its own"))
        names.add(entry["name"])
        found += [*_operations(entry, data["operations"], at), *_zone(entry, at), *_rate(entry, at)]
        for name, reading in entry.get("answers", {}).items():
            found += _reading(reading, (*at, "answers", name))
            if "at" in reading:
                single(reading["at"], (*at, "answers", name, "at"))
        if {"remaining", "used"} <= entry.get("answers", {}).keys():
            told = "what is used up is what is not left, and one of them is enough"
            found.append(_slip((*at, "answers", "used"), told, "remove used or remaining"))
        made.append(_limit(entry))
    return tuple(made)


def _limit(entry: Mapping[str, Any]) -> Limit:
    return Limit(
        entry["name"],
        entry["kind"],
        {key: value for key, value in entry.items() if key not in COMMON},
        frozenset(entry.get("operations", ())),
        {name: float(cost) for name, cost in entry.get("costs", {}).items()},
        entry.get("each_operation", False),
        seconds(entry["pause"]) if "pause" in entry else 0.0,
    )


def _operations(entry: Mapping[str, Any], operations: Mapping[str, Any], at: Place) -> Iterator[Diagnostic]:
    covered = entry.get("operations", list(operations))
    for index, name in enumerate(entry.get("operations", ())):
        if name not in operations:
            cure = suggest(name, operations) or f"there are {', '.join(operations)}"
            yield _slip((*at, "operations", index), f"{name} is no operation of this connector", cure)
    for name in entry.get("costs", {}):
        if name not in operations:
            cure = suggest(name, operations) or f"there are {', '.join(operations)}"
            yield _slip((*at, "costs", name), f"{name} is no operation of this connector", cure, "key")
        elif name not in covered:
            cure = f"add {name} to operations"
            yield _slip((*at, "costs", name), f"this limit does not cover {name}", cure, "key")


def _zone(entry: Mapping[str, Any], at: Place) -> Iterator[Diagnostic]:
    try:
        dates.zone(entry.get("zone", "UTC"))
    except dates.NotDate as error:
        yield _slip(
            (*at, "zone"), str(error), "write a name of the IANA time zones, such as America/Los_Angeles"
        )


def _rate(entry: Mapping[str, Any], at: Place) -> Iterator[Diagnostic]:
    # Not a division: the rate may be so small that there is no such number.
    if entry["kind"] == "bucket" and entry["limit"] > float(entry["rate"]) * LONGEST:
        told = f"this bucket, which holds {entry['limit']}, would take longer than a month to fill"
        cure = "write how much comes back each second, or kind: quota for so many an hour, a day or a month"
        yield _slip((*at, "rate"), told, cure)


def _reading(reading: Mapping[str, Any], at: Place) -> Iterator[Diagnostic]:
    if ("header" in reading) == ("at" in reading):
        what = "two are given" if "at" in reading else "none is given"
        yield _slip(at, f"a number is read from one place, and {what}", "write either header or at")
    if "pattern" not in reading:
        return
    try:
        groups = compile_pattern(reading["pattern"]).groups
    except BadPattern as error:
        yield _slip((*at, "pattern"), str(error), "see the syntax of RE2")
        return
    if groups != 1:
        told = f"this pattern has {groups or 'no'} groups, and its one group is the number"
        yield _slip((*at, "pattern"), told, "put the number in parentheses, such as ^([0-9]+)/")


def _slip(at: Place, message: str, help: str, what: Literal["key", "value"] = "value") -> Diagnostic:
    return Diagnostic("R412", pointer.build(at), message, help, what)
