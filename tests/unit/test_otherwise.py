"""What a failed check says: text of the record, which never hides that the check failed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bench import Bench

RECIPE = """
recipe: bench
version: 1
connections: {desk: desk}
trigger: {manual: an order, key: $.id}
checks: [{that: $.good, otherwise: %s}]
actions: [{id: n, uses: desk.notes.create, with: {text: $.id}}]
"""


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.ledger.close()


@pytest.mark.parametrize(
    ("otherwise", "told"),
    [
        ("it is no good", "it is no good"),
        ("'{{ record.id }} costs {{ record.price }}'", "o1 costs 12.50"),
        ("$.id", "o1"),
        ("'{{ record.gone }} is no good'", "{{ record.gone }} is no good"),
        ("$.gone", "$.gone"),
        ("$.lines", "$.lines"),
    ],
)
def test_a_failed_check_says_its_words_of_the_record(bench: Bench, otherwise: str, told: str) -> None:
    bench.run(RECIPE % otherwise, {"id": "o1", "good": False, "price": "12.50", "lines": []})
    (failure,) = bench.failures
    assert (failure.code, failure.message) == ("X106", told)


def test_a_name_that_is_not_there_is_found_before_any_record(bench: Bench) -> None:
    assert bench.codes(RECIPE % "'{{ recrod.id }} is no good'") == [("R303", "/checks/0/otherwise")]
