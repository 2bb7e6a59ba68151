"""A document as a form: nested by brackets, and nothing in it that a form would lose."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.form import encoded, uncarried


@pytest.mark.parametrize(
    ("document", "sent"),
    [
        ({"name": "Una & Söhne"}, b"name=Una+%26+S%C3%B6hne"),
        ({"address": {"city": "Bern"}}, b"address%5Bcity%5D=Bern"),
        ({"items": [{"price": 700}, {"price": 5}]}, b"items%5B0%5D%5Bprice%5D=700&items%5B1%5D%5Bprice%5D=5"),
        ({"live": True, "test": False}, b"live=true&test=false"),
        ({"rate": Decimal("0.10")}, b"rate=0.10"),
        ({"metadata[effect]": "r/1"}, b"metadata%5Beffect%5D=r%2F1"),
        ({"note": ""}, b"note="),
        ({}, b""),
    ],
)
def test_a_document_is_sent_as_fields(document: dict[str, Any], sent: bytes) -> None:
    assert uncarried(document) is None
    assert encoded(document) == sent


@pytest.mark.parametrize(
    ("document", "found"),
    [
        ({"email": None}, ("email", "null")),
        ({"address": {"city": None}}, ("address[city]", "null")),
        ({"items": []}, ("items", "an empty list")),
        ({"items": [{"tags": []}]}, ("items[0][tags]", "an empty list")),
        ({"metadata": {}}, ("metadata", "an empty mapping")),
    ],
)
def test_what_a_form_would_lose_is_told(document: dict[str, Any], found: tuple[str, str]) -> None:
    assert uncarried(document) == found


LEAVES = st.text(max_size=5) | st.booleans() | st.integers()
NAMES = st.text("abc_", min_size=1, max_size=3)
TREES = st.dictionaries(
    NAMES,
    st.recursive(
        LEAVES,
        lambda inner: (
            st.lists(inner, min_size=1, max_size=3) | st.dictionaries(NAMES, inner, min_size=1, max_size=3)
        ),
        max_leaves=8,
    ),
    max_size=4,
)


def leaves(value: Any) -> int:
    if isinstance(value, dict):
        return sum(leaves(each) for each in value.values())
    return sum(leaves(each) for each in value) if isinstance(value, list) else 1


@given(TREES)
def test_every_value_is_one_field_of_a_name_of_its_own(document: dict[str, Any]) -> None:
    fields = parse_qsl(encoded(document).decode(), keep_blank_values=True, encoding="utf-8")
    assert uncarried(document) is None
    assert len(fields) == len({name for name, _ in fields}) == leaves(document)
