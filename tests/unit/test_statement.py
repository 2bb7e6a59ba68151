"""Statements in a vendor's own language: conditions that are given, and literals that nothing leads out of."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.statement import Statement, literal

WHERE = ("Name = {name}", "Id in {ids}", "At >= {since} and At <= {until}")
FIND = Statement("query", "select * from Item", WHERE, "orderby Id")
LITERAL = re.compile(r"'((?:[^'\\]|\\.)*)'", re.DOTALL)


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ({}, "select * from Item orderby Id"),
        ({"name": None}, "select * from Item orderby Id"),
        ({"name": "Tea"}, "select * from Item where Name = 'Tea' orderby Id"),
        ({"ids": ["7", "8"]}, "select * from Item where Id in ('7', '8') orderby Id"),
        ({"since": "2026-11-01"}, "select * from Item orderby Id"),
        (
            {"name": "{ids}", "ids": ["{name}"]},
            "select * from Item where Name = '{ids}' and Id in ('{name}') orderby Id",
        ),
    ],
)
def test_a_condition_stands_where_all_that_it_names_is_given(asked: dict[str, Any], text: str) -> None:
    assert FIND.filled(asked) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(7, "7"), (Decimal("1.50"), "1.50"), (True, "true"), (False, "false"), ("", "''"), ("7", "'7'"),
     ([1, "a"], "(1, 'a')"), ("O'Brien", r"'O\'Brien'"), ("C:\\", r"'C:\\'"), ("\\'", r"'\\\''")],
)  # fmt: skip
def test_a_literal_is_written_as_its_type_is(value: Any, text: str) -> None:
    assert literal(value) == text


@given(st.text())
def test_no_text_leads_out_of_its_literal(value: str) -> None:
    read = LITERAL.fullmatch(literal(value))
    assert read is not None
    assert re.sub(r"\\(.)", r"\1", read[1], flags=re.DOTALL) == value


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "name": st.text(),
            "ids": st.lists(st.text(), min_size=1),
            "since": st.text(),
            "until": st.text(),
        },
    )
)
def test_what_was_asked_is_read_from_the_text(asked: dict[str, Any]) -> None:
    if not {"since", "until"} <= asked.keys():
        asked = {name: value for name, value in asked.items() if name not in ("since", "until")}
    assert FIND.asked(FIND.filled(asked)) == asked
