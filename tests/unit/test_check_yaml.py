"""A finding about the YAML itself hides none in the parts that it leaves readable."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bench import Bench

GOOD = "actions:\n  - {id: n, uses: desk.notes.create, with: {text: a}}\n"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.ledger.close()


def test_a_key_that_stands_twice_hides_no_unknown_filter(bench: Bench) -> None:
    text = "lookups: {t: {1: x, '1': y}}\n" + GOOD.replace("text: a", "text: $.a | nope")
    assert bench.codes(text) == [("R004", "/lookups/t/1"), ("R301", "/actions/0/with/text")]


@pytest.mark.parametrize("slip", ["summary:", "settings:", "vars: {d: }", "checks: !x []", "reads:"])
def test_what_yaml_has_a_finding_about_gets_no_second_one_for_its_shape(bench: Bench, slip: str) -> None:
    assert len(bench.codes(f"{slip}\n{GOOD}")) == 1
