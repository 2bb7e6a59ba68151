"""Records of a page as they came: their own bytes, decoded one at a time, and what a whole decode would have given."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import canonical
from engine.ledger import RecordRow, RecordState
from engine.paths import MISSING, RECORD, compile_path
from engine.raw import Raw, is_beside, look, plain, split
from engine.replay import records
from engine.triggers import Incoming, opened
from engine.wire import Answer
from tests.bench import Bench

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=12,
)
PATHS = st.lists(st.sampled_from("abc"), max_size=3).map(lambda names: ".".join(["$", *names]))


@given(document=VALUES, path=PATHS, indent=st.sampled_from([None, 1]))
def test_a_page_in_its_parts_is_the_whole_page(document: Any, path: str, indent: int | None) -> None:
    data = json.dumps(document, indent=indent).encode()
    page, at = split(data, compile_path(path)), compile_path(path)
    whole = at.select({RECORD: canonical.decode(data)})
    if not isinstance(whole, list):
        assert page is None
        return
    assert page is not None
    assert [each.value() for each in page.records] == whole
    whole.clear()
    hollow = canonical.decode(data)
    at.select({RECORD: hollow}).clear()
    assert page.beside == hollow


@given(document=VALUES, path=PATHS)
def test_what_a_path_finds_in_the_bytes_is_what_it_finds_in_the_whole(document: Any, path: str) -> None:
    raw, found = Raw(json.dumps(document).encode()), compile_path(path)
    assert look(found, raw) == look(found, document) == found.select({RECORD: document})


def test_each_record_keeps_its_own_bytes() -> None:
    page = split(b'{"n": 1.50, "r": [ {"b" : 1.10,"a":1} ,\n"\\u00e9" ]}', compile_path("$.r"))
    assert page is not None
    assert [each.data for each in page.records] == [b'{"b" : 1.10,"a":1}', b'"\\u00e9"']
    assert str(page.beside["n"]) == "1.50"


@pytest.mark.parametrize(
    ("data", "records"),
    [
        (b'{"r": [1]}', "$.r[*]"),
        (b'{"r": [[1]]}', "$.r[0]"),
        (b'{"r": [1]}', "$..r"),
        (b'{"r": {"0": 1}}', "$.r"),
        (b'{"r": null}', "$.r"),
        (b'{"r": [1', "$.r"),
        (b'{"r": [1,]}', "$.r"),
        (b'{"r": [1], "n": 1e999}', "$.r"),
        (b'{"r": [1], "n": "\xff"}', "$.r"),
        (b'{"r": [1]} x', "$.r"),
        (b"", "$"),
    ],
)
def test_where_it_is_not_sure_what_the_parts_are_a_page_is_not_split(data: bytes, records: str) -> None:
    assert split(data, compile_path(records)) is None


def test_of_a_list_that_stands_twice_the_last_counts_as_in_the_whole() -> None:
    page = split(b'{"r": [1], "r": [2]}', compile_path("$.r"))
    assert page is not None
    assert [each.value() for each in page.records] == [2]


@pytest.mark.parametrize(
    ("path", "is_apart"),
    [
        ("$.errors[0].message", True),
        ("$.data.more", True),
        ("$.data.orders", False),
        ("$.data.orders[0].error", False),
        ("$.data", False),
        ("$", False),
        ("$..error", False),
        ("$.errors[?@.id == $.data.orders[0].id]", False),
    ],
)
def test_what_looks_at_the_records_is_told_from_what_looks_beside_them(path: str, is_apart: bool) -> None:
    assert is_beside(compile_path(path), compile_path("$.data.orders")) is is_apart


def test_what_is_damaged_says_so_when_it_is_read() -> None:
    raw = Raw(b'{"id": 7, "n": 1e999, "t": {"u": "\xff"}}')
    assert look(compile_path("$.id"), raw) == 7
    assert look(compile_path("$.t.u"), raw) is MISSING
    assert look(compile_path("$.t[?@.u]"), raw) is MISSING
    with pytest.raises(canonical.NotJson, match="not UTF-8"):
        plain(raw)
    with pytest.raises(canonical.NotJson, match="not UTF-8"):
        raw.at(compile_path("$.t.u"))


def test_a_record_is_known_by_what_it_says_and_not_by_how_it_is_written() -> None:
    one, other = (opened(Incoming(Raw(data))) for data in (b'{"a":1, "b":2.50}', b'{"b":2.50,"a":1}'))
    assert (one.record, one.raw, one.digest) == (other.record, b'{"a":1, "b":2.50}', other.digest)
    assert one.digest == canonical.digest(b'{"a":1,"b":2.50}')


RECIPE = """
recipe: bench
version: 1
connections: {desk: desk}
trigger: {poll: desk.notes.list, key: $.id}
actions:
  - {id: n, uses: desk.notes.create, with: {text: $.text}}
"""


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.ledger.close()


def polled(bench: Bench, page: bytes) -> tuple[int, int, int]:
    bench.desk.failing = [Answer(200, {}, page)]
    report = bench.run(RECIPE)
    return report.done, report.failed, report.skipped


def test_a_damaged_record_of_a_page_is_its_own_failure_with_its_bytes_and_the_others_go_on(
    bench: Bench,
) -> None:
    bad = b'{"id": 2, "text": 1e999}'
    assert polled(bench, b'{"notes": [{"id": 1, "text": "a"}, ' + bad + b', {"id": 3, "text": "c"}]}') == (
        2,
        1,
        0,
    )
    assert bench.desk.texts == ["a", "c"]
    assert [(each.code, each.message) for each in bench.failures] == [
        ("X110", "the record is no JSON: a number is out of range")
    ]
    waiting = list(bench.ledger.records(states=[RecordState.DEAD]))
    assert [row.raw for row in waiting] == [bad]


async def again(row: RecordRow) -> Incoming:
    """Return *row* as it is taken again."""
    nothing: Any = None
    ((found,),) = [page async for page in records([row])(nothing, nothing, nothing)]
    return found


def test_a_record_that_failed_waits_with_the_bytes_that_came_and_is_the_same_when_it_comes_again(
    bench: Bench,
) -> None:
    bench.desk.refused = {"a"}
    page = b'{"notes": [{"text" : "a", "id" : 1, "n": 1.50}]}'
    assert polled(bench, page) == (0, 1, 0)
    (row,) = bench.ledger.records(states=[RecordState.DEAD])
    assert (row.raw, row.digest) == (
        b'{"text" : "a", "id" : 1, "n": 1.50}',
        canonical.digest(b'{"id":1,"n":1.50,"text":"a"}'),
    )
    assert asyncio.run(again(row)).digest == row.digest
    bench.desk.refused = set()
    assert polled(bench, page) == (1, 0, 0)
    assert polled(bench, b'{"notes":[{"id":1,"n":1.50,"text":"a"}]}') == (0, 0, 1), (
        "written otherwise, it is done"
    )


def test_a_page_that_is_cut_short_is_nobodys_record(bench: Bench) -> None:
    bench.desk.failing = [Answer(200, {}, b'{"notes": [{"id": 1, "text": "a"}')] * 9
    report = bench.run(RECIPE)
    assert (report.outcome, report.read, bench.desk.texts) == ("stopped", 0, [])
