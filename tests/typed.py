"""Types and the values that are of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from hypothesis import strategies as st

from engine import dates, money
from engine.paths import MISSING
from engine.types import (
    ANY,
    FORMATS,
    KINDS,
    Lack,
    Number,
    Shape,
    Text,
    Type,
    join,
    list_of,
    mapping_of,
)

SAMPLES: Final = {
    "date": ("2026-11-22", "2026-01-02"),
    "date-time": ("2026-11-22T21:15:00-05:00", "2026-01-02T00:00:00Z", "2026-01-02T00:00:00.25+00:00"),
    "money": ("12.50", "-3", "1763847300"),
    "email": ("ann@example.com", "Bob@Example.ORG"),
    "uri": ("https://example.com/a?b=1", "urn:x"),
    "time": ("09:30:00Z", "21:15:00.5-05:00"),
    "": (
        "", "a", "A b", "ß", "İ", "12", "12.50", "true", "Y", "n/a", "paid", "USD", "  x  ", "a,b,c", "a@b", "aaaa",
        "xa", "2026-11-22", "2026-11-22T21:15:00Z", "22.11.2026", "22.11.2026 09:30:00", "2026-11-22 09:30 +0100",
    ),
}  # fmt: skip
"""Texts of each format, and some of none."""
ANYTHING: Final[tuple[Any, ...]] = (
    "A b",
    "12",
    5,
    True,
    None,
    ["a", None],
    ["2026-11-22"],
    [1, [2]],
    {"k": 1},
    [{"k": "x"}],
    [],
)
FORMS: Final = {
    "email": re.compile(r"[^@\s]+@[^@\s]+"),
    "uri": re.compile(r"[a-z]+:\S+"),
    "time": re.compile(r"\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"),
    "money": money.PLAIN,
}


def has_format(text: str, format: str) -> bool:
    """Tell whether *text* has the JSON Schema format *format*, or none is asked for."""
    if not format:
        return True
    if format in ("date", "date-time"):
        try:
            found = dates.read(text)
        except dates.NotDate:
            return False
        return not found.has_time if format == "date" else found.has_time and found.at.tzinfo is not None
    return FORMS[format].fullmatch(text) is not None


def is_of(value: Any, type: Type) -> bool:
    """Tell whether *value*, plain JSON data or ``MISSING``, is of *type*."""
    if type.is_any:
        return True
    match value:
        case _ if value is MISSING:
            return type.lack is not None
        case None:
            return type.null
        case bool():
            return value in type.boolean
        case int() | Decimal():
            return type.number is not None and (not type.number.whole or value == int(value))
        case str():
            return type.text is not None and _is_text(value, type.text)
        case list():
            return type.list is not None and all(is_of(each, type.element) for each in value)
        case dict():
            return any(_fits(value, shape) for shape in type.mapping)
    return False


def _is_text(value: str, text: Text) -> bool:
    is_one = text.values is None or value in text.values
    return is_one and (text.longest is None or len(value) <= text.longest) and has_format(value, text.format)


def _fits(value: dict[str, Any], shape: Shape) -> bool:
    if shape.is_closed and not value.keys() <= set(shape.names):
        return False
    fields = {name: shape.field(name) for name in {*shape.names, *value}}
    return all(is_of(value.get(name, MISSING), type) for name, type in fields.items() if type is not None)


def witnesses(type: Type) -> Iterator[Any]:
    """Yield values of *type*, of each kind that it can be: each text of a closed list, lists of each entry."""
    if type.is_any:
        yield from ANYTHING
        return
    if type.text is not None:
        known = type.text.values
        texts = SAMPLES[type.text.format] if known is None else sorted(known)
        yield from (each for each in texts if _is_text(each, type.text))
    if type.number is not None:
        yield from (1, 0, -1763847300)
        yield from () if type.number.whole else (Decimal("12.50"), Decimal("0.001"))
    yield from sorted(type.boolean)
    if type.null:
        yield None
    if type.list is not None:
        entries = list(witnesses(type.element))
        yield []
        yield from ([each] for each in entries)
        yield entries[:3]
    for shape in type.mapping:
        yield from _mappings(shape)


def _mappings(shape: Shape) -> Iterator[dict[str, Any]]:
    fields = {name: shape.field(name) or ANY for name in shape.names}
    choices = {name: list(witnesses(field)) for name, field in fields.items()}
    first = {name: values[0] for name, values in choices.items() if values}
    yield first
    for name, values in choices.items():
        if getattr(shape.field(name), "lack", None) is not None:
            yield {other: value for other, value in first.items() if other != name}
        yield from ({**first, name: value} for value in values[1:])


# Strategies

TEXTS: Final = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8)
KNOWN_TEXTS: Final = st.one_of(st.sampled_from([text for texts in SAMPLES.values() for text in texts]), TEXTS)


def _texts() -> st.SearchStrategy[Text]:
    closed = st.frozensets(KNOWN_TEXTS, min_size=1, max_size=3)
    return st.one_of(
        st.sampled_from([Text(), *(Text(format) for format in FORMATS)]),
        st.builds(lambda longest: Text(longest=longest), st.integers(0, 10)),
        closed.map(lambda values: Text(values=values, longest=max(map(len, values)))),
    )


SINGLE: Final = st.one_of(
    _texts().map(lambda text: Type(text=text)),
    st.booleans().map(lambda whole: Type(number=Number(whole))),
    st.frozensets(st.booleans(), min_size=1).map(lambda values: Type(boolean=values)),
    st.just(Type(null=True)),
)


def mappings(entry: st.SearchStrategy[Type]) -> st.SearchStrategy[Type]:
    """Return mappings with a field ``k`` of *entry* type, and perhaps others."""
    lack = st.sampled_from([None, Lack("it may have no k")])
    fields = st.builds(lambda found, lack: {"k": found.may_lack(lack)}, entry, lack)
    return st.builds(lambda fields, closed: mapping_of(fields, is_closed=closed), fields, st.booleans())


def unions(one: st.SearchStrategy[Type]) -> st.SearchStrategy[Type]:
    """Return types that are of one or several of *one*."""
    return one | st.lists(one, min_size=2, max_size=3).map(join)


TYPES: Final = st.one_of(
    _texts().map(lambda text: Type(text=text)),
    SINGLE.map(list_of),
    mappings(SINGLE).map(list_of),
    unions(st.recursive(SINGLE, lambda inner: unions(inner).map(list_of) | mappings(inner), max_leaves=4)),
    unions(SINGLE | st.just(ANY)),
)
"""Those that filters take more often, and any other."""


@st.composite
def values(draw: st.DrawFn, type: Type) -> Any:
    """Draw a value of *type*."""
    if type.is_any:
        return draw(st.sampled_from(ANYTHING))
    kind = draw(st.sampled_from([kind for kind in KINDS if kind in type.kinds]))
    if kind == "text":
        assert type.text is not None
        known, longest = type.text.values, type.text.longest
        if known is not None:
            return draw(st.sampled_from(sorted(known)))
        samples = [each for each in SAMPLES[type.text.format] if longest is None or len(each) <= longest]
        free = st.text(max_size=min(8, 8 if longest is None else longest))
        return draw(st.sampled_from(samples) if type.text.format else st.sampled_from(samples) | free)
    if kind == "number":
        whole = st.integers(-(10**15), 10**15)
        assert type.number is not None
        decimals = st.decimals(-(10**9), 10**9, allow_nan=False, allow_infinity=False, places=2)
        return draw(whole | whole.map(Decimal) if type.number.whole else whole | decimals)
    if kind == "boolean":
        return draw(st.sampled_from(sorted(type.boolean)))
    if kind == "null":
        return None
    if kind == "list":
        return draw(st.lists(values(type.element), max_size=3)) if type.element.kinds else []
    return draw(_mapping(draw(st.sampled_from(type.mapping))))


@st.composite
def _mapping(draw: st.DrawFn, shape: Shape) -> dict[str, Any]:
    made = {}
    for name in shape.names:
        field = shape.field(name)
        if field is not None and field.kinds and not (field.lack is not None and draw(st.booleans())):
            made[name] = draw(values(field))
    if not shape.is_closed and draw(st.booleans()):
        made["other"] = draw(TEXTS)
    return made
