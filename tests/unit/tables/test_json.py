"""Reading JSON and JSON Lines: numbers exact, each record with its place, each slip with line and column."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
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
    assert refusal(tmp_path, b"[" + twice + b"]") == (
        f"t.json, line 1, column 2 (entry 1): {told}",
        "leave one of the two",
    )
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
        (b"", None, "t.json is empty", "a list of records"),
        (b" \n", None, "t.json is empty", "a list of records"),
        (b"5", None, "t.json: the file is a number, not a list of records", "add records: with the path"),
        (b'{"a": {"b": 1}}', "$.a.b.c", "t.json: $.a.b.c finds nothing", "add records: with the path"),
        (b'{"a": [], "b": {}}', "$[0]", "t.json: $[0] finds nothing", "add records: $.a"),
        (b"[5]", "$[0]", "t.json: $[0] is a number, not a list of records", "leave records: out"),
        (b'[\n  {"a" 1}\n]', "$[*]", "t.json, line 2, column 8: '1' is no JSON", "correct the JSON"),
        (b'{"a": [], "a": []}', "$..b", "t.json: the key 'a' stands twice in one object", "leave one"),
    ],
)
def test_what_is_no_list_of_records_is_refused_with_place_and_cure(
    tmp_path: Path, data: bytes, records: str | None, message: str, help: str
) -> None:
    found = refusal(tmp_path, data, records=compile_path(records) if records else None)
    assert found[0].startswith(message)
    assert help in found[1]


def told(tmp_path: Path, data: bytes, **options: Any) -> tuple[list[Any], str, str]:
    """Return the records before the slip in *data*, and what is said of it."""
    path = tmp_path / "t.json"
    path.write_bytes(data)
    found: list[Any] = []
    with pytest.raises(BadTable) as caught:
        found.extend(row.record for row in rows(path, form_of(path, **options)))
    return found, caught.value.message, caught.value.help


@pytest.mark.parametrize(
    ("data", "before", "message", "help"),
    [
        (b'[\n  {"a" 1}\n]', [], "line 2, column 8 (entry 1): '1' is no JSON: a colon is missing", "correct"),
        ('[\n "ä", x]'.encode(), ["ä"], "line 2, column 7 (entry 2): 'x' is no JSON", "correct"),
        (
            b"[1,\n\n 2 3]",
            [1, 2],
            "line 3, column 4 (entry 3): '3' is no JSON: a comma or a closing",
            "correct",
        ),
        (b"[1,\n2,]", [1, 2], "line 2, column 3 (entry 3): a comma stands before the closing", "correct"),
        (b'[{"a": 1}', [{"a": 1}], "line 1, column 10 (entry 2): the JSON ends too early", "cut short"),
        (b'[{"a": 1},', [{"a": 1}], "line 1, column 11 (entry 2): the JSON ends too early", "cut short"),
        (b'[{"a": 1}, {"b": "c', [{"a": 1}], "line 1, column 20 (entry 2): the JSON ends", "cut short"),
        (b'[1,\n{"a": "\xe9"}]', [1], "line 2, column 8 (entry 2): this byte is not UTF-8 text", "correct"),
        (b"[1,\n 1e999]", [1], "line 2, column 2 (entry 2): a number is out of range", "correct"),
        (b'[1, "\\ud800"]', [1], "line 1, column 6 (entry 2): half of a character", "correct"),
        (b"[1, NaN]", [1], "line 1, column 5 (entry 2): 'N' is no JSON", "correct"),
        (
            b"[1, " + b"[" * 5000 + b"]" * 5000 + b"]",
            [1],
            "line 1, column 5 (entry 2): the JSON is nested",
            "c",
        ),
        (b"[1]\n x", [1], "line 2, column 2: something stands behind the end", "correct"),
    ],
)
def test_what_is_damaged_is_told_with_its_place_once_the_records_before_it_were_given(
    tmp_path: Path, data: bytes, before: list[Any], message: str, help: str
) -> None:
    found, said, cure = told(tmp_path, data)
    assert (found, said[: len(message) + 8]) == (before, f"t.json, {message}")
    assert help in cure


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'{"a": 1, "r": [7], "b": [1, {"c": 1, "c": 2}]}', "column 29: the key 'c' stands twice"),
        (b'{"r": [7], "r": []}', "column 12: the key 'r' stands twice"),
        (b'{"r": [7], "b": tru}', "column 21: no value of JSON begins like this"),
        (b'{"r": [7]', "column 10: the JSON ends too early"),
        (b'{"r": [7],}', "column 11: a comma stands before the closing brace"),
        (b'{"r": [7] "b": 1}', "column 11: a comma or a closing brace is missing"),
        (b'{"r": [7], "b" 1}', "column 16: '1' is no JSON: a colon is missing"),
        (b'{"r": [7], 1: 1}', "column 12: '1' is no JSON: a key must be text"),
        (b'{"r": [7]}]', "column 11: something stands behind the end"),
    ],
)
def test_what_is_damaged_round_the_list_is_told_too(tmp_path: Path, data: bytes, message: str) -> None:
    found, said, _ = told(tmp_path, data, records=compile_path("$.r"))
    assert (found, said[: len(message) + 16]) == ([7], f"t.json, line 1, {message}")


def test_an_object_that_is_the_one_record_may_stand_where_a_list_is_looked_for(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    path.write_bytes(b'{"a": {"b": 1}, "c": 0}')
    for records, record in ((None, {"a": {"b": 1}, "c": 0}), ("$.a", {"b": 1}), ("$['a'].b", None)):
        form = replace(form_of(path, records=compile_path(records) if records else None), takes_one=True)
        if record is not None:
            assert [row.record for row in rows(path, form)] == [record]
        else:
            with pytest.raises(BadTable, match="is a number, not a list of records"):
                list(rows(path, form))


def test_a_path_that_selects_from_all_of_a_large_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    with path.open("wb") as file:
        file.truncate(512_000_001)
    with pytest.raises(BadTable, match="larger than 512 MB, and") as refused:
        list(rows(path, form_of(path, records=compile_path("$.orders[?@.paid]"))))
    assert "$.data.orders" in refused.value.help


def test_a_record_beyond_its_bound_is_refused_with_its_place(tmp_path: Path) -> None:
    large = b'{"a": "' + b"x" * 16_000_000 + b'"}'
    found, said, cure = told(tmp_path, b'[{"a": 1},\n' + large + b"]")
    assert found == [{"a": 1}]
    assert said == "t.json, line 2, column 1 (entry 2): a value is larger than 16 MB"
    assert "add records:" in cure


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    record = b'{"id": 1, "lines": [{"id": 1, "title": "%s"}]},\n' % (b"x" * 4000)
    peaks = []
    for count in (500, 4000):
        path = tmp_path / "t.json"
        path.write_bytes(b'{"skipped": [' + record * count + b'0], "r": [' + record * count + b"0]}")
        tracemalloc.start()
        assert sum(1 for _ in rows(path, form_of(path, records=compile_path("$.r")))) == count + 1
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.1 * peaks[0] < 4_000_000


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
