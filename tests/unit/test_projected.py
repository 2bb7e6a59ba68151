"""Records decoded for what a recipe reads of them: what fits, what is told apart, and what is decoded whole."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from engine.errors import RecordError
from engine.generated.projection import Projected, projected
from engine.scope import Scope
from tests.generating import CONSTANTS, made_of


def coded(written: Any) -> Projected:
    value = made_of(written)
    assert value is not None
    made = projected(value, CONSTANTS)
    assert made is not None
    return made


def given(made: Projected, record: Any, **roots: Any) -> Any:
    raw = record if isinstance(record, bytes) else json.dumps(record).encode()
    scope = Scope({"run": {}, "steps": {}, **roots}, CONSTANTS, Counter())
    scope.roots["record"] = made.reader.read(raw)
    return made.evaluate(scope)


MAPPING = {
    "name": "$.customer.name",
    "note": "$.note?",
    "country": "$.address.country | default('US')",
    "lines": {
        "for_each": "$.lines[*]",
        "map": {"price": "$item.price | money", "first": "$item.taxes[0].rate?"},
    },
    "total": "{{ record.total | money + 1 }}",
    "fees": "$.lines[?@.kind == 'fee'].price",
}
RECORD = {
    "customer": {"name": "Ann", "other": [1]},
    "note": "hello",
    "address": {"country": "DE"},
    "lines": [{"price": "1.50", "taxes": [{"rate": 4}]}, {"price": "2", "kind": "fee"}],
    "total": 9.5,
    "unread": {"deep": [None]},
}


def test_what_is_read_is_decoded_and_nothing_else() -> None:
    made = coded(MAPPING)
    assert given(made, RECORD) == {
        "name": "Ann",
        "note": "hello",
        "country": "DE",
        "lines": [{"price": Decimal("1.50"), "first": 4}, {"price": Decimal(2)}],
        "total": Decimal("10.5"),
        "fees": ["2"],
    }
    assert made.reader.whole == [0]
    assert len(made.reader.decode(json.dumps(RECORD).encode()).__struct_fields__) == 5


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"note": None}, {}),
        ({"note": ""}, {"note": ""}),
        ({"address": None}, {"country": "US"}),
        ({"address": {}}, {"country": "US"}),
        ({"address": {"country": None}}, {"country": "US"}),
        ({"lines": []}, {"lines": [], "fees": []}),
    ],
)
def test_what_may_be_absent_is_told_from_null_without_decoding_the_whole(
    change: dict[str, Any], expected: dict[str, Any]
) -> None:
    made = coded(MAPPING)
    found = given(made, RECORD | change)
    assert {name: found.get(name) for name in expected} == expected
    assert ("note" in found) == (change.get("note", "x") is not None)
    assert made.reader.whole == [0]


def test_a_field_that_only_some_records_need_may_be_absent() -> None:
    made = coded({"when": "{{ record.kind == 'a' }}", "map": {"b": "$.b.c"}})
    assert given(made, {"kind": "a", "b": {"c": 1}}) == {"b": 1}
    given(made, {"kind": "z"})
    assert made.reader.whole == [0]


@pytest.mark.parametrize(
    "change",
    [
        {"address": "none"},
        {"lines": [{"price": "1", "taxes": "x"}]},
        {"customer": {"name": "Ann"}, "address": [1]},
    ],
)
def test_a_record_of_another_form_is_decoded_whole_and_counted(change: dict[str, Any]) -> None:
    made = coded(MAPPING)
    assert given(made, RECORD | change)["name"] == "Ann"
    assert made.reader.whole == [1]


def fails(*_: object) -> Any:
    raise KeyError("made up")


def test_code_that_fails_where_the_way_for_any_record_does_not_is_a_mistake_of_the_engine() -> None:
    made = coded(MAPPING)
    with pytest.raises(RecordError) as error:
        given(replace(made, run=fails), RECORD)
    assert (error.value.code, error.value.message.count("KeyError")) == ("X902", 1)


def test_code_that_fails_on_a_wrong_record_hides_nothing_of_what_is_wrong() -> None:
    made = replace(coded(MAPPING), run=fails)
    with pytest.raises(RecordError) as error:
        given(made, RECORD | {"total": "ten"})
    assert (error.value.code, error.value.pointer) == ("X102", "/total")


def test_a_decoder_that_fails_otherwise_than_on_what_does_not_fit_is_a_mistake_of_the_engine() -> None:
    reader = replace(coded(MAPPING).reader, decode=fails)
    with pytest.raises(RecordError) as error:
        reader.read(json.dumps(RECORD).encode())
    assert (error.value.code, error.value.message.count("KeyError")) == ("X902", 1)
    with pytest.raises(ValueError, match="ends too early"):
        reader.read(b'{"customer": ')
    assert reader.whole == [0]


def test_what_is_missing_is_told_as_ever() -> None:
    made = coded(MAPPING)
    with pytest.raises(RecordError) as error:
        given(made, {name: value for name, value in RECORD.items() if name != "customer"})
    assert (error.value.code, error.value.pointer) == ("X101", "/name")


def test_a_record_that_is_no_json_is_told_as_ever() -> None:
    with pytest.raises(ValueError, match="ends too early"):
        given(coded(MAPPING), b'{"customer": ')


def test_of_a_key_that_stands_twice_the_last_counts_as_where_all_is_decoded() -> None:
    made = coded({"a": "$.a"})
    assert given(made, b'{"a": 1, "a": 2}') == {"a": 2}
    assert made.reader.whole == [0]


def test_numbers_are_exact() -> None:
    assert given(coded({"a": "$.a", "b": "$.b"}), b'{"a": 0.10, "b": 1e2}') == {
        "a": Decimal("0.10"),
        "b": Decimal(100),
    }
    assert str(given(coded({"a": "$.a"}), b'{"a": 0.10}')["a"]) == "0.10"


@pytest.mark.parametrize(
    "written",
    [
        {"a": "$"},
        {"a": "$..b"},
        {"a": "$['say \"x\"']"},
        {"a": "{% for x in record.l %}{{ x }}{% endfor %}"},
        {"a": "$steps.pay.id"},
        {"a": "text"},
    ],
)
def test_where_the_whole_is_read_or_nothing_is_there_is_no_projection(written: Any) -> None:
    value = made_of(written)
    assert value is not None
    assert projected(value, CONSTANTS) is None


def test_a_part_that_is_used_as_it_stands_is_decoded_as_it_stands() -> None:
    made = coded({"all": "$.a", "one": "$.a.b", "text": "$.c"})
    assert given(made, {"a": {"b": 1, "z": [2]}, "c": "x"}) == {
        "all": {"b": 1, "z": [2]},
        "one": 1,
        "text": "x",
    }
    assert made.reader.whole == [0]
