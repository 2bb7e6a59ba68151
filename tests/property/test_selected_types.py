"""What the filter of a path says of the elements that it selects holds for them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.inference import Known, Slip, paths
from engine.paths import compile_path
from engine.types import ANY, BOOLEAN, NULL, NUMBER, TEXT, Lack, Type, join, list_of, mapping_of
from tests.typed import SINGLE, is_of, mappings, unions, values, witnesses

K = join([TEXT, NUMBER, BOOLEAN, NULL]).may_lack(Lack("it may have no k"))
DEEP = join([mapping_of({"k": K}), NULL]).may_lack(Lack("it may have no k"))
FIXED = [mapping_of({"k": K}), mapping_of({"k": DEEP}), join([mapping_of({"k": K}), NULL, TEXT]), ANY]
SIDES = ["@.k", "@", "@.k.k", "@.other"]
SIGNS = ["==", "!=", "<", "<=", ">", ">="]
VALUES = ["null", "'a'", "12", "true"]
ALONE = [
    *("@.k", "@.k.k", "@", "search(@.k, '[a-z]')", "match(@.k.k, 'a')", "length(@.k) == 1"),
    *(f"{side} {sign} {value}" for side in SIDES for sign in SIGNS for value in VALUES),
    *(f"{value} {sign} {side}" for side in SIDES for sign in SIGNS for value in VALUES),
]
TESTS = st.recursive(
    st.sampled_from(ALONE),
    lambda inner: st.one_of(
        st.builds("({} && {})".format, inner, inner),
        st.builds("({} || {})".format, inner, inner),
        inner.map("!({})".format),
    ),
    max_leaves=3,
)


def held(entry: Type, test: str, others: list[Any]) -> None:
    told: list[Slip] = []
    path = compile_path(f"$.v[?{test}]")
    made = paths.read(path, Known({"record": mapping_of({"v": list_of(entry)})}), told)
    for value in path.select({"record": {"v": [*others, *witnesses(entry)]}}):
        assert is_of(value, made.element), f"{value!r} is not {made.element!r}"


@pytest.mark.parametrize("entry", FIXED)
def test_what_one_test_selects_is_of_the_type_that_is_inferred(entry: Type) -> None:
    for test in ALONE:
        held(entry, test, [])


@given(
    st.sampled_from(FIXED) | st.deferred(lambda: unions(mappings(unions(SINGLE)) | SINGLE)), TESTS, st.data()
)
def test_what_a_path_selects_is_of_the_type_that_is_inferred(entry: Type, test: str, data: Any) -> None:
    held(entry, test, data.draw(st.lists(values(entry), max_size=3)) if entry.kinds else [])
