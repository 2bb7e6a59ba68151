"""A request carries each parameter where the connector says, and what is left in its body."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from engine.actions.operation import valid
from engine.actions.request import build
from engine.connector import Connector
from engine.connector_file import load
from engine.errors import RecipeInvalid, RecordError
from engine.keys import EffectKey
from engine.recipe import Use
from engine.registry import Registry
from engine.schema import Validator

DEALS = """
connector: deals
version: 1
summary: Deals.
base_url: https://example.com
settings: {account: {type: string, example: sample, description: The account.}}
identity: [account]
operations:
  deals.update:
    effect: update
    summary: Changes a deal.
    method: PATCH
    path: /deals/{id}
    params:
      id: {in: path, type: string, required: true}
      notify: {in: query, type: boolean}
    body: ./deal.schema.json
    idempotency: {body: change_id}
"""
DEAL = {"type": "object", "additionalProperties": False, "properties": {"stage": {"type": "string"}}}


@pytest.fixture
def deals(tmp_path: Path) -> Connector:
    (tmp_path / "deals").mkdir()
    (tmp_path / "deals" / "connector.yaml").write_text(DEALS, "utf-8")
    (tmp_path / "deals" / "deal.schema.json").write_text(json.dumps(DEAL), "utf-8")
    return load("deals", Registry(connectors=[tmp_path]))


def test_parameters_go_into_the_address_and_the_other_fields_into_the_body(deals: Connector) -> None:
    operation = deals.operations["deals.update"]
    given = {"id": "d/7", "notify": False, "stage": "won"}
    request = build(operation, "https://example.com", given, EffectKey("deals", "r", ("won",), ("1",)))
    assert (request.method, request.url) == ("PATCH", "https://example.com/deals/d%2F7?notify=false")
    assert json.loads(request.body or b"") == {"stage": "won", "change_id": "r/won/1"}


def test_an_operation_takes_its_parameters_beside_the_fields_of_its_body(deals: Connector) -> None:
    taken = Validator(deals.taken(deals.operations["deals.update"], Registry()))
    assert taken.flaws({"id": "7", "stage": "won"}) == []
    assert [flaw.pointer for flaw in taken.flaws({"stage": "won"})] == ["/id"]
    assert [flaw.pointer for flaw in taken.flaws({"id": "7", "state": "won"})] == ["/state"]


@pytest.fixture
def forms(deals: Connector) -> Connector:
    """The same connector, whose documents are forms, and may hold null and lists."""
    written = (
        (deals.folder / "connector.yaml")
        .read_text("utf-8")
        .replace("operations:", "bodies: form\noperations:")
    )
    (deals.folder / "connector.yaml").write_text(written, "utf-8")
    (deals.folder / "deal.schema.json").write_text('{"type": "object"}', "utf-8")
    return load("deals", Registry(connectors=[deals.folder.parent]))


def test_a_document_is_a_form_with_its_key_where_the_connector_says_so(forms: Connector) -> None:
    operation = forms.operations["deals.update"]
    given = {"id": "d7", "stage": {"now": "won"}, "sums": [Decimal("7.10"), 5]}
    request = build(operation, "https://example.com", given, EffectKey("deals", "r", ("won",), ("1",)))
    assert request.headers == (("Content-Type", "application/x-www-form-urlencoded"),)
    assert parse_qsl((request.body or b"").decode()) == [
        ("stage[now]", "won"),
        ("sums[0]", "7.10"),
        ("sums[1]", "5"),
        ("change_id", "r/won/1"),
    ]


@pytest.mark.parametrize(
    ("stage", "told"),
    [
        (None, "null (in stage)"),
        ({"now": []}, "an empty list (in stage[now])"),
        ([{}], "an empty mapping (in stage[0])"),
    ],
)
def test_what_a_form_would_lose_fails_the_record(forms: Connector, stage: Any, told: str) -> None:
    operation = forms.operations["deals.update"]
    use = Use("crm", forms, operation, Validator(forms.taken(operation, Registry())))
    with pytest.raises(RecordError, match=r"is sent as a form, which cannot carry") as caught:
        valid(use, {"id": "d7", "stage": stage}, "/actions/0/with")
    assert told in caught.value.message


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ("{", "./deal.schema.json is no JSON: "),
        ('{"type": "mapping"}', "./deal.schema.json is no JSON Schema: "),
    ],
)
def test_a_body_whose_schema_is_none_is_a_finding_of_its_connector(
    deals: Connector, schema: str, message: str
) -> None:
    (deals.folder / "deal.schema.json").write_text(schema, "utf-8")
    with pytest.raises(RecipeInvalid) as caught:
        load("deals", Registry(connectors=[deals.folder.parent]))
    (found,) = caught.value.diagnostics
    assert (found.code, found.pointer) == ("R403", "/operations/deals.update/body")
    assert found.message.startswith(message)


def test_a_body_that_is_no_schema_of_the_engine_is_a_finding_of_its_connector(deals: Connector) -> None:
    file = deals.folder / "connector.yaml"
    file.write_text(file.read_text("utf-8").replace("./deal.schema.json", "crm/deal"), "utf-8")
    with pytest.raises(RecipeInvalid) as caught:
        load("deals", Registry(connectors=[deals.folder.parent]))
    assert [found.message for found in caught.value.diagnostics] == ["there is no schema 'crm/deal'"]


@pytest.mark.parametrize("id", ["", ".", ".."])
def test_no_parameter_makes_another_path_of_it(deals: Connector, id: str) -> None:
    found = deals.operations["deals.update"]
    taken = deals.taken(found, Registry(connectors=[deals.folder.parent]))
    use = Use("crm", deals, found, Validator(taken))
    with pytest.raises(RecordError, match="would refuse /id"):
        valid(use, {"id": id, "stage": "won"}, "/actions/0/with")
