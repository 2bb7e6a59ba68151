"""What a filter's signature says of types holds for the values of these types."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.filters import BadValue
from engine.inference import Slip, pipes
from engine.paths import MISSING
from engine.signatures import Given, unknown
from engine.types import (
    ANY,
    BOOLEAN,
    FORMATS,
    NEVER,
    NULL,
    NUMBER,
    TEXT,
    Text,
    Type,
    list_of,
    mapping_of,
    of_values,
    one_of,
)
from tests.piping import FILTERS, LOOKUPS, scope
from tests.typed import SAMPLES, TYPES, is_of, values, witnesses

SIGNS = st.sampled_from(["", "-", ",", "a", "xyz", "ß"])
CURRENCY = {"currency": st.sampled_from(["USD", "jpy", "KWD"])}
PATTERN = st.sampled_from(["[0-9]+", "^a", "^[a-z]*$", "(x)?", "@"])
ZONE = st.sampled_from(["UTC", "Europe/Berlin"])
BY = st.sampled_from(["k", "$.k", "$", "$.k[0]", "other"])
WORD = st.sampled_from(["true", "Y", "n/a", "0"])
MOMENT = [
    {}, {"zone": ZONE}, {"unit": st.sampled_from(["s", "ms"])},
    {"format": st.sampled_from(["%d.%m.%Y %H:%M:%S", "%Y-%m-%d %H:%M %z"]), "zone": ZONE},
]  # fmt: skip
ARGUMENTS: dict[str, list[dict[str, st.SearchStrategy[Any]]]] = {
    "abs": [{}],
    "boolean": [{}, {"true": st.just("Y"), "false": st.just("n/a")}],
    "count": [{}],
    "date": [*MOMENT, {"format": st.sampled_from(["%Y-%m-%d", "%d.%m.%Y"])}],
    "datetime": MOMENT,
    "default": [{"other": st.none() | SIGNS | st.integers()}, {"other": SIGNS, "empty": st.booleans()}],
    "first": [{}],
    "group": [{"by": BY}],
    "hash": [{}, {"algorithm": st.sampled_from(["md5", "sha512"])}],
    "integer": [{}],
    "invoice_total": [{}],
    "join": [{"sep": SIGNS}],
    "last": [{}],
    "length": [{}],
    "lookup": [
        {"table": st.sampled_from(sorted(LOOKUPS))},
        {"table": st.sampled_from(sorted(LOOKUPS)), "default": st.none() | SIGNS | st.integers()},
    ],
    "lower": [{}],
    "matches": [{"pattern": PATTERN}],
    "minor": [CURRENCY],
    "money": [{}, {"decimal": st.just(","), "thousands": st.sampled_from(["", ".", " "])}],
    "number": [{}],
    "only": [{}],
    "pad": [{"width": st.integers(0, 9), "fill": st.sampled_from("0ß"), "side": st.sampled_from(["left", "right"])}],
    "path": [{"query": st.sampled_from(["$", "$.k", "$[*]"])}],
    "regex": [{"pattern": PATTERN}, {"pattern": st.just("(x)?([a-z])"), "group": st.integers(0, 2)}],
    "replace": [{"old": SIGNS.filter(bool), "new": SIGNS}],
    "round_money": [CURRENCY],
    "slice": [{"start": st.integers(-4, 9)}, {"start": st.integers(-4, 9), "end": st.integers(-4, 9)}],
    "slug": [{}],
    "sort": [{}, {"by": BY}],
    "split": [{"sep": SIGNS.filter(bool)}],
    "sum": [{}],
    "text": [{}],
    "to_minor": [CURRENCY],
    "trim": [{}],
    "unique": [{}],
    "upper": [{}],
}  # fmt: skip


def test_every_filter_has_a_signature_and_is_held_to_it() -> None:
    assert ARGUMENTS.keys() == FILTERS.keys()
    assert [name for name, filter in FILTERS.items() if filter.types is unknown] == []


def fails(name: str, value: Any, arguments: dict[str, Any]) -> bool:
    """Tell whether the filter fails; a path that finds nothing is an error where no default follows."""
    try:
        return FILTERS[name].apply(value, scope(), [], arguments) is MISSING and name == "path"
    except BadValue:
        return True


@pytest.mark.parametrize("name", FILTERS)
@given(data=st.data())
def test_a_filter_gives_what_its_signature_says_and_fails_where_that_refuses(name: str, data: Any) -> None:
    filter = FILTERS[name]
    arguments = data.draw(st.sampled_from(ARGUMENTS[name]).flatmap(st.fixed_dictionaries), "arguments")
    type = data.draw(TYPES.map(list_of) | TYPES, "type")
    is_written = data.draw(st.booleans(), "is written")
    types = {key: of_values([value]) for key, value in arguments.items()}
    call = Given(arguments if is_written else {}, types if is_written else dict.fromkeys(types, ANY), LOOKUPS)
    told: list[Slip] = []
    made = pipes.applied(filter, type, call, told, (0, 0))
    if told:
        assert any(fails(name, value, arguments) for value in witnesses(type)), told[0].message
        return
    given = data.draw(values(type), "value")
    for value in (given, *witnesses(type)):
        try:
            result = filter.apply(value, scope(), [], arguments)
        except BadValue:
            continue
        if name == "path" and type.is_any and result is MISSING:
            continue  # of what may be anything nothing is said, also not that it may be missing
        assert is_of(result, made), f"{value!r} gives {result!r}, which is not {made!r}"


EVERY = [
    TEXT, NUMBER, BOOLEAN, NULL, list_of(TEXT), list_of(NUMBER), list_of(BOOLEAN), list_of(NULL), list_of(NEVER),
    list_of(list_of(NUMBER)), list_of(mapping_of({})), mapping_of({}), mapping_of({"lines": TEXT}),
    *map(one_of, SAMPLES[""]),
]  # fmt: skip
"""Each kind of a value and of an entry, and texts that are known."""
READ = ("date", "datetime", "integer", "minor", "money", "number")
"""Filters that read a notation."""


@pytest.mark.parametrize("name", [name for name in FILTERS if name != "path"])
@given(data=st.data())
@settings(max_examples=3)
def test_what_a_filter_never_takes_its_signature_refuses(name: str, data: Any) -> None:
    arguments = data.draw(st.fixed_dictionaries(ARGUMENTS[name][0]), "arguments")
    call = Given(arguments, {key: of_values([value]) for key, value in arguments.items()}, LOOKUPS)
    for type in [*EVERY, *(Type(text=Text(format)) for format in FORMATS if name in READ)]:
        told: list[Slip] = []
        pipes.applied(FILTERS[name], type, call, told, (0, 0))
        # An empty list is taken by every filter that takes one: it holds nothing that could be wrong.
        taken = [value for value in witnesses(type) if not fails(name, value, arguments) and value != []]
        assert told or taken or type.element == NEVER, f"{name} takes no value of {type!r}"
