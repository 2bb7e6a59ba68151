"""However a JSON text is cut into blocks, its values are those that the decoder sees in the whole of it."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine import canonical
from engine.tables.jsonwindow import Fault, Window

SPACE = st.text(" \t\r\n", max_size=2)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=5) | st.sampled_from(
    ["},{", '"', '\\"},{"a":1', "[", "]", ",", "\\", "\u00e9\U0001f600"]
)
LEAVES = st.none() | st.booleans() | st.integers() | st.decimals(-(10**9), 10**9).map(str) | TEXT
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=6
)
ALIKE = st.builds(
    lambda count, value, last: [{"id": number, "v": value, "last": last} for number in range(count)],
    st.integers(0, 12),
    VALUES,
    LEAVES,
)


@st.composite
def written(draw: st.DrawFn, values: st.SearchStrategy[list[Any]]) -> bytes:
    """A list of *values* as JSON, with white space anywhere, and text escaped or not."""
    parts = draw(st.sampled_from([(",", ":"), (", ", ": "), (" ,\n", " : ")]))
    ascii = draw(st.booleans())
    texts = [json.dumps(each, ensure_ascii=ascii, separators=parts) for each in draw(values)]
    space = draw(SPACE)
    text = f"{space}[{draw(SPACE)}" + f"{space},{draw(SPACE)}".join(texts) + f"{space}]{draw(SPACE)}"
    return draw(st.sampled_from([b"", b"\xef\xbb\xbf"])) + text.encode()


def through(data: bytes, block: int) -> list[tuple[Any, tuple[int, int]]]:
    """Return each value of the list *data* with its place, read so many bytes at once."""
    window = Window(io.BytesIO(data), block)
    found = [(window.checked(value), window.place) for value in window.elements()]
    window.end()
    return found


def outcome(data: bytes, block: int) -> tuple[list[Any], str]:
    """Return the values before the first fault, and what is said of it."""
    window = Window(io.BytesIO(data), block)
    found: list[Any] = []
    try:
        found.extend(map(window.checked, window.elements()))
        window.end()
    except Fault as fault:
        return found, str(fault)
    return found, ""


@given(data=written(st.lists(VALUES, max_size=8) | ALIKE))
@example(b"[-0.5,1e3,-0.5,1e3,12,12,true,true]")
@example(b'[{"a":"},{"},{"a":"},{"},{"a":"},{"},{"a":"},{"}]')
def test_at_every_cut_the_values_are_those_of_the_whole_and_stand_where_they_stood(data: bytes) -> None:
    whole = canonical.decode(data.removeprefix(b"\xef\xbb\xbf"))
    first = through(data, len(data) + 1)
    assert [value for value, _ in first] == whole
    for block in range(1, min(len(data), 80)):
        assert through(data, block) == first


@given(data=written(st.lists(VALUES, max_size=4) | ALIKE), at=st.floats(0, 1), sign=st.binary(max_size=2))
def test_a_damaged_list_gives_no_value_that_the_whole_does_not_have_and_one_fault_at_every_cut(
    data: bytes, at: float, sign: bytes
) -> None:
    place = int(at * len(data))
    damaged = data[:place] + sign + data[place + 1 :]
    text = damaged.removeprefix(b"\xef\xbb\xbf")
    try:
        whole = canonical.decode_once(text)
    except ValueError:
        whole = None
    for block in (1, 2, 3, 7, 64, len(data) + 3):
        found, said = outcome(damaged, block)
        if isinstance(whole, list):
            assert (found, said) == (whole, "")
        elif text.lstrip()[:1] == b"[":
            assert said


@pytest.mark.parametrize("block", [1, 5, 1 << 18])
def test_what_nobody_asked_for_is_gone_through_and_held_to_the_same_rules(block: int) -> None:
    nested = b'{"a": {"b": {"c": {"d": {"e": [1, {"f": 2}]}}}}, "g": [[1, 2], {"h": null}], "i": "\xc3\xa9"}'
    window = Window(io.BytesIO(nested), block)
    window.skip()
    window.end()
    for bad in (b'"e": [1, 2', b'"e": [1, {"f": 2, "f": 3}]', b'"e": [01]', b'"e": 1 "x"', b'"e": nul'):
        window = Window(io.BytesIO(nested.replace(b'"e": [1, {"f": 2}]', bad)), block)
        with pytest.raises(Fault):
            window.skip()
