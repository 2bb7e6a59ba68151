"""Recorded answers: those to one request, and those that hold one result."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from engine.actions.request import build
from engine.connector import Connector
from engine.connector_file import load
from engine.registry import Registry
from engine.sample import serve

CONNECTOR = """\
connector: tiny
version: 1
summary: A made-up shop.
base_url: https://example.com
settings:
  store: {type: string, example: sample, description: The shop's name.}
identity: [store]
operations:
  rows.list:
    effect: read
    summary: Rows of a payout, which do not name it.
    path: /rows
    params:
      payout: {in: query, name: "of[payout]", type: string, description: Of which payout.}
    records: $.data
  balance.get: {effect: read, summary: What there is., path: /balance}
"""


@pytest.fixture
def tiny(tmp_path: Path) -> Connector:
    folder = tmp_path / "tiny"
    samples = folder / "samples" / "default"
    samples.mkdir(parents=True)
    (folder / "connector.yaml").write_text(CONNECTOR, "utf-8")
    answers: dict[str, Any] = {
        "rows.list": {"data": [1, 2, 3]},
        "rows.list@of[payout]=po_1": {"data": [1, 2]},
        "balance.get": {"object": "balance", "live": True},
    }
    for name, answer in answers.items():
        (samples / f"{name}.json").write_text(json.dumps(answer), "utf-8")
    return load("tiny", Registry(connectors=[tmp_path]))


def asked(tiny: Connector, operation: str, **given: str) -> Any:
    with serve(tiny, "default", "", None, {}) as address:
        url = build(tiny.operations[operation], address, given).url
        with urlopen(url, timeout=10) as answer:
            return json.loads(answer.read())


def test_an_answer_to_certain_parameters_is_served_where_they_are_asked_for(tiny: Connector) -> None:
    assert asked(tiny, "rows.list") == {"data": [1, 2, 3]}
    assert asked(tiny, "rows.list", payout="po_1") == {"data": [1, 2]}
    assert asked(tiny, "rows.list", payout="po_2") == {"data": [1, 2, 3]}


def test_an_operation_with_one_result_is_answered_with_its_whole_file(tiny: Connector) -> None:
    assert asked(tiny, "balance.get") == {"object": "balance", "live": True}


def test_a_parameter_goes_into_the_query_under_its_name_there(tiny: Connector) -> None:
    url = build(tiny.operations["rows.list"], "https://example.com", {"payout": "po_1"}).url
    assert url == "https://example.com/rows?of%5Bpayout%5D=po_1"
