"""The types that pipes give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from engine.filters import Filter
from engine.inference import Known, Slip, paths
from engine.paths import RECORD, Path, missing_help
from engine.pipes import Call, Pipe
from engine.signatures import Given, Mistyped
from engine.types import ANY, NEVER, Lack, Type, described, join, list_of, of_values

SELECTED: Final = "as in $.lines[?@.sku && @.sku != null].sku"
BEFORE: Final = "put | default(…) before the other filters, or leave such records out: when"
DEEPEST: Final = 8
"""Lists in lists that are looked at: a schema may hold itself."""


def read(pipe: Pipe, known: Known, in_path: list[Slip], in_calls: list[Slip]) -> Type:
    """Return the type of what *pipe* gives, which may lack where its path is optional.

    Args:
        in_path, in_calls: Get what cannot be right about the path, and about the filters behind it; places are those
            in the text of each.
    """
    text = pipe.path.text
    type, whole = paths.read(pipe.path, known, in_path), (0, len(text))
    if pipe.path.optional:
        lack = type.lack or (Lack(f"{text[:-1]} may be null") if type.null and not type.is_any else None)
        return type.without("null").may_lack(lack)
    for call in pipe.calls:
        if type.lack is not None and not call.filter.takes_missing:
            in_path += lacking(type.lack, cure(pipe, type.lack), whole)
            type = type.may_lack(None)
        type = called(call, type, known, in_calls)
    if type.lack is not None:
        in_path += lacking(type.lack, cure(pipe, type.lack), whole)
    return type.may_lack(None)


def cure(pipe: Pipe, lack: Lack) -> str:
    """Return what to do about what *pipe* reads, which may be absent for *lack*."""
    if paths.is_of_entries(pipe.path, lack):
        # Of a list that lacks in one entry ? and default would drop all the others without a word.
        return f"select the entries that have it, {SELECTED}, or go through them with for_each"
    return BEFORE if pipe.calls else missing_help(pipe.path)


def lacking(lack: Lack, help: str, inner: tuple[int, int]) -> list[Slip]:
    """Return what is said of a value that may be absent, where nothing stands in for it."""
    if lack.stated:
        return [Slip("R312", f"{lack.why}, and nothing stands in for it", help, inner)]
    return [Slip("R312", lack.why, help, inner, "note")] if lack.of else []


def called(call: Call, type: Type, known: Known, told: list[Slip]) -> Type:
    """Return the type of what a filter's call gives for *type*."""
    inner = (call.offset, len(call.filter.declared.name))
    types: dict[str, Type] = {}
    values: dict[str, Any] = {}
    for name, arg in arguments(call.filter, call.args, call.named):
        if isinstance(arg, Path):
            found: list[Slip] = []
            types[name] = paths.read(arg, known, found)
            told += [Slip(each.code, each.message, each.help, inner, each.severity) for each in found]
        else:
            values[name], types[name] = arg, of_values([arg])
    given = Given(values, types, known.tables, known.asked, is_zoned=known.is_zoned)
    return applied(call.filter, type, given, told, inner)


def arguments(filter: Filter, args: Sequence[Any], named: Sequence[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """Return the arguments of a call with the names of the filter's parameters."""
    return [*zip(filter.signature.parameters, args, strict=False), *named]


def applied(filter: Filter, type: Type, given: Given, told: list[Slip], inner: tuple[int, int]) -> Type:
    """Return the type of what *filter* gives for *type*; a type that it does not take is a slip at *inner*."""

    def reads(path: Path, within: Type) -> Type:
        found: list[Slip] = []
        read = paths.read(path, Known({RECORD: within}), found)
        told.extend(Slip(each.code, each.message, each.help, inner, each.severity) for each in found)
        return ANY if any(each.severity == "error" for each in found) else read

    try:
        return _applied(filter, type, replace(given, reads=reads))
    except Mistyped as error:
        told.append(Slip("R311", str(error), error.help, inner))
        return ANY


def _applied(filter: Filter, type: Type, given: Given, depth: int = 0) -> Type:
    name = filter.declared.name
    if filter.takes == "list" and not type.is_any and type.without("list").kinds:
        may = "may be" if type.list is not None else "is"
        cure = "give it a path that selects several values, such as $.lines[*].amount"
        raise Mistyped(f"{name} takes a list, and this {may} {described(type.without('list'))}", cure)
    if filter.takes != "one":
        return filter.types(type, given)
    # Each element of a list by itself, and null stays null.
    single = type.without("list", "null")
    made = [filter.types(single, given)] if single.kinds else []
    if type.is_any and (type.list is not None or type.null):
        return ANY  # it may be a list, which stays one, or null
    if type.list is not None and depth == DEEPEST:
        return ANY
    if type.list is not None:
        # A filter that finds nothing in an element fails, so that none is absent.
        made.append(list_of(_applied(filter, type.element, given, depth + 1).may_lack(None)))
    if type.null:
        made.append(type.only("null"))
    return join(made) if made else NEVER
