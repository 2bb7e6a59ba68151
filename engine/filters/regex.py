"""``regex``: the part of a text that a regular expression finds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine import patterns
from engine.declare import Declaration
from engine.filters import BadValue, Filter, only_text, text_argument
from engine.money import kind
from engine.paths import MISSING
from engine.scope import Scope
from engine.signatures import Given, made_of, text_in
from engine.types import Lack, Text, Type, of_values, quoted


def regex(value: Any, scope: Scope, pattern: Any, group: Any = 0) -> Any:
    """Return the first match of *pattern* in *value*, or its *group*; ``MISSING`` where there is none."""
    compiled = patterns.compile_pattern(pattern)
    try:
        found = compiled.search(only_text(value, "regex"))
    except patterns.BadPattern as error:
        raise BadValue(str(error)) from error
    part = None if found is None else found[_number(compiled, group)]
    return MISSING if part is None else part


def refused(given: Mapping[str, Any]) -> str:
    """Return what is wrong with ``pattern``, as ``checked`` does."""
    if "pattern" not in given:
        return ""
    if wrong := text_argument(given, "pattern", "'INV-([0-9]+)'", empty=False):
        return wrong
    try:
        patterns.compile_pattern(given["pattern"])
    except patterns.BadPattern as error:
        return str(error)
    return ""


def _refused(given: Mapping[str, Any]) -> str:
    if wrong := refused(given):
        return wrong
    group = given.get("group", 0)
    if isinstance(group, bool) or not isinstance(group, int | str):
        return f"group takes a number such as 1, or a name in quotes, found {kind(group)}"
    if "pattern" not in given:
        return ""
    compiled = patterns.compile_pattern(given["pattern"])
    if isinstance(group, int) and not 0 <= group <= compiled.groups:
        return f"the pattern has {compiled.groups} groups, so there is no group {group}"
    if isinstance(group, str) and group not in compiled.names:
        return f"the pattern has no group {group!r}; a named group is written (?P<name>…)"
    return ""


def _number(compiled: patterns.Pattern, group: Any) -> int:
    return compiled.names[group] if isinstance(group, str) else int(group)


def _types(type: Type, given: Given) -> Type:
    text = text_in(type, "regex")
    made = made_of(type, given, "regex", regex)
    if made is None:
        lack = Lack("regex finds nothing where the pattern does not match", stated=False)
        return Type(text=Text(longest=text.longest), lack=lack)
    without = [each for each, part in zip(sorted(text.values or ()), made, strict=True) if part is MISSING]
    lacks = Lack(f"regex finds nothing in {quoted(without)}") if without else None
    return of_values(part for part in made if part is not MISSING).may_lack(lacks)


FILTER = Filter(
    Declaration(
        "regex",
        "Gives the first part of a text that a regular expression (in RE2's syntax) finds, or one group of it, by "
        "number or name. Where nothing is found it is an error, unless default follows.",
        regex,
        examples=(
            (("Order INV-204 paid", "regex('INV-[0-9]+')"), "INV-204"),
            (("Order INV-204 paid", "regex('INV-([0-9]+)', group=1)"), "204"),
            (("Order INV-204 paid", "regex('INV-(?P<no>[0-9]+)', group='no')"), "204"),
            (("no number", "regex('[0-9]+') | default('none')"), "none"),
        ),
        group="Text",
    ),
    checked=_refused,
    patterns=("pattern",),
    finds_nothing=True,
    types=_types,
)
