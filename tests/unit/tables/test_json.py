"""Reading JSON and JSON Lines: numbers exact, each record with its place, each slip with line and column."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.paths import compile_path
from engine.tables import BadTable, Row, form_of, rows
from engine.tables.writing import jsonl_line


def read(tmp_path: Path, data: bytes, name: str, **options: Any) -> list[Row]:
    path = tmp_path / name
    path.write_bytes(data)
    return list(rows(path, form_of(path, **options)))


def refusal(tmp_path: Path, data: bytes, name: str = "t.json", **options: Any) -> tuple[str, str]:
    with pytest.raises(BadTable) as caught:
        read(tmp_path, data, name, **options)
    return caught.value.message, caught.value.help


def test_a_list_is_its_entries_with_exact_numbers(tmp_path: Path) -> None:
    found = read(tmp_path, b'\xef\xbb\xbf[{"b": 0.10, "a": 1}, 5]', "t.json")
    assert found == [
        Row({"b": Decimal("0.10"), "a": 1}, "entry 1", b'{"a":1,"b":0.10}'),
        Row(5, "entry 2", b"5"),
    ]


def test_a_key_that_stands_twice_in_one_object_is_refused_since_one_of_the_two_would_be_lost(
    tmp_path: Path,
) -> None:
    twice = b'{"id": 1, "to": {"total": "1.00", "total": "2.00"}}'
    told = "the key 'total' stands twice in one object"
    assert refusal(tmp_path, b"[" + twice + b"]") == (f"t.json: {told}", "leave one of the two")
    found = read(tmp_path, b'{"id": 0}\n' + twice, "t.jsonl")
    assert [(row.record, row.flaw, row.place) for row in found] == [
        ({"id": 0}, "", "line 1"),
        (None, told, "line 2"),
    ]


def test_the_list_may_stand_deeper_and_be_selected(tmp_path: Path) -> None:
    data = b'{"data": {"orders": [{"id": 1, "paid": true}, {"id": 2, "paid": false}]}}'
    for path, ids in (("$.data.orders", [1, 2]), ("$.data.orders[?@.paid == true]", [1])):
        found = read(tmp_path, data, "t.json", records=compile_path(path))
        assert [row.record["id"] for row in found] == ids


@pytest.mark.parametrize(
    ("data", "records", "message", "help"),
    [
        (
            b'{"orders": []}',
            None,
            "t.json: the file is a mapping, not a list of records",
            "add records: $.orders",
        ),
        (b'{"my list": [], "b": []}', None, "t.json: the file is", "add records: $['my list'] or $.b"),
        (b'{"a": 1}', "$.a", "t.json: $.a is a number, not a list", "add records:"),
        (b'{"a": []}', "$.b", "t.json: $.b finds nothing", "add records: $.a"),
        (b"[]", "$.b", "t.json: $.b finds nothing", "leave records: out"),
        (b'[\n  {"a" 1}\n]', None, "t.json, line 2, column 8: '1' is no JSON", "correct"),
        ('[\n "ä", x]'.encode(), None, "t.json, line 2, column 7: 'x' is no JSON", "correct"),
        (b'[{"a": 1}', None, "t.json, line 1, column 10: the JSON ends too early", "correct"),
        (b"", None, "t.json, line 1, column 1: the JSON ends too early", "correct"),
        (b'["\xe9"]', None, "t.json: byte 2 is not UTF-8 text", "correct"),
        (b"[1e999]", None, "t.json: a number is out of range", "correct"),
        (b"[" * 5000 + b"]" * 5000, None, "t.json: the JSON is nested too deeply", "correct"),
    ],
)
def test_what_is_no_list_of_records_is_refused_with_place_and_cure(
    tmp_path: Path, data: bytes, records: str | None, message: str, help: str
) -> None:
    found = refusal(tmp_path, data, records=compile_path(records) if records else None)
    assert found[0].startswith(message)
    assert help in found[1]


def test_a_large_json_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    with path.open("wb") as file:
        file.truncate(512_000_001)
    with pytest.raises(BadTable, match="larger than 512 MB"):
        list(rows(path, form_of(path)))


def test_json_lines_give_a_record_a_line_and_a_bad_line_is_its_own_flaw(tmp_path: Path) -> None:
    found = read(tmp_path, b'\xef\xbb\xbf{"a": 1.10}\r\n\n{"a": }\n[1', "t.jsonl")
    assert found[0] == Row({"a": Decimal("1.10")}, "line 1", b'\xef\xbb\xbf{"a": 1.10}\r\n')
    assert [(row.record, row.place, row.raw) for row in found[1:]] == [
        (None, "line 3", b'{"a": }\n'),
        (None, "line 4", b"[1"),
    ]
    assert found[1].flaw == "no value of JSON begins like this at column 7"
    assert found[2].flaw.startswith("the JSON ends too early")


def test_json_lines_in_another_encoding_are_told(tmp_path: Path) -> None:
    assert refusal(tmp_path, b'{"a": 1}\n"\xe9"\n', "t.jsonl")[0] == "t.jsonl is not utf-8 text (byte 10)"
    assert read(tmp_path, b'"\xe9"\n', "t.jsonl", encoding="cp1252")[0].record == "é"


def test_a_line_without_an_end_is_refused(tmp_path: Path) -> None:
    assert (
        refusal(tmp_path, b"1\n" + b" " * 16_000_001, "t.jsonl")[0] == "t.jsonl, line 2 is longer than 16 MB"
    )


DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30)
RECORDS = st.lists(
    st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=6),
        st.none()
        | st.booleans()
        | st.integers()
        | DECIMALS
        | st.text(st.characters(exclude_categories=["Cs"])),
        max_size=4,
    ),
    max_size=5,
)


@given(given=RECORDS)
def test_whatever_is_written_as_json_lines_is_read_back_exactly(
    given: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("round") / "t.jsonl"
    path.write_bytes(b"".join(jsonl_line(row) for row in given))
    assert [row.record for row in rows(path, form_of(path))] == given
