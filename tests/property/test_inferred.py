"""A schema that was inferred from records: they meet it, however they came, and it says no more than they showed."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator, Mapping
from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import inferred
from engine.inferred import Summary, TooDeep, infer, whole
from engine.references import parts
from engine.schema import Validator

TEXTS = st.one_of(
    st.sampled_from([
        "", "12.50", "-0.1", "007", "2026-02-30", "2026-11-22", "2026-11-22T09:30:00Z", "2026-11-22T09:30:00+01:00",
        "2026-11-22 09:30", "1.", "٣.٥",
    ]),
    st.text(max_size=4),
)  # fmt: skip
NUMBERS = st.one_of(st.integers(), st.decimals(allow_nan=False, allow_infinity=False, places=3))
LEAVES = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS)
NAMES = st.sampled_from(["id", "name", "lines", "a/b", "~", "$ref", ""])
VALUES = st.recursive(
    LEAVES,
    lambda below: st.one_of(st.lists(below, max_size=3), st.dictionaries(NAMES, below, max_size=5)),
    max_leaves=12,
)
RECORDS = st.one_of(
    st.lists(VALUES, max_size=6), st.lists(st.dictionaries(NAMES, LEAVES, max_size=3), max_size=4)
)


@pytest.fixture(autouse=True, params=[1_000, 2], ids=["names", "few-names"])
def _most_names(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let every law hold where names are fields, and where they are so many that they are values."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inferred, "MOST_NAMES", request.param)
        yield


def summary(records: list[Any]) -> Summary:
    seen = Summary()
    for record in records:
        seen.add(record)
    return seen


@given(RECORDS)
def test_every_record_that_was_looked_at_meets_the_schema(records: list[Any]) -> None:
    judge = Validator(infer(records))
    assert [flaw for record in records for flaw in judge.flaws(record)] == []


@given(RECORDS.flatmap(lambda records: st.tuples(st.just(records), st.permutations(records))))
def test_the_order_of_the_records_does_not_matter(orders: tuple[list[Any], list[Any]]) -> None:
    first, second = orders
    assert summary(first) == summary(second)
    assert infer(first) == infer(second)


@given(RECORDS, RECORDS, RECORDS)
def test_merging_is_associative_and_the_same_as_looking_at_all(
    one: list[Any], two: list[Any], three: list[Any]
) -> None:
    a, b, c = summary(one), summary(two), summary(three)
    assert a.merge(b).merge(c) == a.merge(b.merge(c)) == summary([*one, *two, *three])


@given(RECORDS, RECORDS)
def test_merging_changes_neither_side_and_has_a_neutral_one(one: list[Any], two: list[Any]) -> None:
    a, b = summary(one), summary(two)
    a.merge(b)
    assert (a, b) == (summary(one), summary(two))
    assert a.merge(Summary()) == Summary().merge(a) == a


@given(RECORDS)
def test_the_records_are_left_as_they_were(records: list[Any]) -> None:
    before = deepcopy(records)
    infer(records)
    assert records == before


@given(RECORDS)
def test_a_schema_promises_no_presence_and_closes_no_list(records: list[Any]) -> None:
    for part in parts(infer(records)):
        assert not {"required", "enum", "const"} & part.schema.keys()
        assert part.schema.get("additionalProperties") is not False


@given(RECORDS)
def test_every_property_says_in_how_many_objects_it_was(records: list[Any]) -> None:
    def objects(schema: Mapping[str, Any], values: list[Any]) -> None:
        found = [value for value in values if isinstance(value, dict)]
        for name, below in schema.get("properties", {}).items():
            under = [value[name] for value in found if name in value]
            assert below["x-seen"] == {"present": len(under), "of": len(found)}
            objects(below, under)
        if "items" in schema:
            objects(schema["items"], [each for value in values if isinstance(value, list) for each in value])

    objects(infer(records), records)


def test_types_are_those_that_were_seen_and_a_whole_number_is_a_number() -> None:
    assert infer([1, 2])["type"] == "integer"
    assert infer([1, Decimal("1.5")])["type"] == "number"
    assert infer([Decimal("1.0")])["type"] == "number"
    assert infer([None, "x", True])["type"] == ["string", "boolean", "null"]
    assert "type" not in infer([])


@pytest.mark.parametrize(
    ("texts", "format"),
    [
        (["2026-11-22", "2024-02-29"], "date"),
        (["2026-11-22", "2026-02-30"], None),
        (["2026-11-22", ""], None),
        (["2026-11-22T09:30:00Z", "2026-11-22T09:30:00.123+05:30"], "date-time"),
        (["2026-11-22T09:30:00"], None),
        (["2026-11-22", "2026-11-22T09:30:00Z"], None),
        (["12.50", "3", "-0.1"], "money"),
        (["12", "3"], None),
        (["12.50", "1e3"], None),
        (["n/a", "12.50"], None),
        (["12.50", "1,000.00"], None),
        ([], None),
    ],
)
def test_a_format_is_stated_where_every_text_has_it(texts: list[str], format: str | None) -> None:
    assert infer([*texts, None, 7]).get("format") == format


def test_more_names_than_fields_can_have_are_taken_for_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inferred, "MOST_NAMES", 3)
    by_id = [{"rates": {f"day-{number}": "1.5"}} for number in range(4)]
    assert "additionalProperties" not in infer(by_id[:3])["properties"]["rates"]
    assert infer(by_id)["properties"]["rates"] == {
        "type": "object",
        "additionalProperties": {"type": "string", "format": "money"},
        "x-seen": {"present": 4, "of": 4},
    }


def test_names_that_are_too_many_only_together_are_values_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inferred, "MOST_NAMES", 3)
    one, two = [{"a": 1, "b": None}], [{"c": "x", "d": 1}]
    together = {"type": ["string", "integer", "null"]}
    assert summary(one).merge(summary(two)).schema()["additionalProperties"] == together
    assert summary([*one, *two]).merge(summary(one)) == summary([*one, *two, *one])
    assert summary(one).merge(summary([*two, *one])) == summary([*one, *two, *one])


def test_a_record_that_is_nested_too_deeply_is_refused_and_not_a_crash() -> None:
    value: Any = 1
    for _ in range(inferred.MOST_LEVELS):
        value = [value]
    assert infer([value])["type"] == "array"
    with pytest.raises(TooDeep, match="more than 100 deep"):
        infer([[value]])


def test_memory_does_not_grow_with_the_number_of_records() -> None:
    def peak(count: int) -> int:
        tracemalloc.start()
        infer({"id": number, "total": f"{number}.50", "day": "2026-11-22"} for number in range(count))
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(10)  # what is kept once, such as judges of formats
    assert peak(5_000) < peak(50) + 20_000


@settings(max_examples=25)
@given(RECORDS)
def test_the_whole_document_is_a_json_schema_and_says_so(records: list[Any]) -> None:
    document = whole(summary(records))
    assert document["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Validator(document)
