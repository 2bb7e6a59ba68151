"""The Stripe connector's samples: fresh, as the schemas say, and exact to the cent by arithmetic of their own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import pytest

from engine.connector import Operation
from engine.connector_file import judged, load
from engine.references import parts
from engine.registry import Registry
from engine.schema import Validator
from engine.shipped import shipped
from tests.sampled import samples, unknown
from tests.stripe import build

Json = dict[str, Any]

REGISTRY: Final = Registry()
STRIPE: Final = load("stripe", REGISTRY)
OPERATIONS: Final = [each for each in STRIPE.operations.values() if not each.writes]
SAMPLES: Final = shipped("connectors") / "stripe" / "samples"
WRONG_ON_PURPOSE: Final = {("bad", "balance_transactions.list", "/amount")}
"""The amount that is none, which a run must refuse."""
OPEN: Final = ("/available/*/source_types/", "/pending/*/source_types/")
"""Below these stand names of an account's own."""

every_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)


def schema(operation: Operation) -> Mapping[str, Any]:
    found = STRIPE.returned(operation, REGISTRY)
    assert found is not None
    return found


def read(name: str, folder: str = "default") -> list[Json]:
    records: list[Json] = json.loads((SAMPLES / folder / f"{name}.json").read_text("utf-8"))["data"]
    return records


def rows_of(payout: Json) -> list[Json]:
    return read(f"balance_transactions.list@payout={payout['id']}")


@pytest.mark.source_tree
def test_the_committed_samples_are_what_the_statements_make() -> None:
    made = {path.relative_to(build.SAMPLES).as_posix(): text for path, text in build.files().items()}
    there = {
        path.relative_to(SAMPLES).as_posix(): path.read_text("utf-8") for path in SAMPLES.rglob("*.json")
    }
    assert there == made, "python -m tests.stripe.build"


def test_the_schemas_and_parameters_can_be_read() -> None:
    assert judged(STRIPE, REGISTRY) == []
    there = {f"./{path.name}" for path in STRIPE.folder.glob("*.schema.json")}
    every = STRIPE.operations.values()
    assert there == {each.returns for each in every} | {each.body for each in every if each.body}


@every_operation
def test_every_sample_meets_the_schema_of_its_operation(operation: Operation) -> None:
    judge, found, looked = Validator(schema(operation)), set(), 0
    for name, record in samples(STRIPE, operation):
        found |= {(name, operation.name, flaw.pointer) for flaw in judge.flaws(record)}
        looked += 1
    assert looked
    assert found == {each for each in WRONG_ON_PURPOSE if each[1] == operation.name}


@every_operation
def test_every_field_of_every_sample_is_in_the_schema(operation: Operation) -> None:
    root = schema(operation)
    found = {place for _, record in samples(STRIPE, operation) for place in unknown(record, root, root, "")}
    assert {place for place in found if not place.startswith(OPEN)} == set()


@every_operation
def test_objects_stay_open_and_what_must_be_there_is_known(operation: Operation) -> None:
    for part in parts(schema(operation)):
        assert "additionalProperties" not in part.schema
        assert set(part.schema.get("required", ())) <= part.schema.get("properties", {}).keys()
        assert ("required" in part.schema) == ("properties" in part.schema), "presence is stated everywhere"


@every_operation
def test_an_amount_says_where_its_currency_is(operation: Operation) -> None:
    amounts = 0
    for part in parts(schema(operation)):
        fields = part.schema.get("properties", {})
        for name, field in fields.items():
            if name in ("fee", "net") or name.startswith("amount") or "x-currency" in field:
                assert "string" in fields[field["x-currency"]]["type"]
                amounts += 1
    assert amounts


def test_a_net_is_the_amount_less_the_fee_and_the_fee_what_its_parts_come_to() -> None:
    for row in read("balance_transactions.list"):
        assert row["net"] == row["amount"] - row["fee"]
        assert row["fee"] == sum(each["amount"] for each in row["fee_details"])


def test_a_payout_is_what_its_rows_come_to() -> None:
    for payout in read("payouts.list"):
        own = [row for row in rows_of(payout) if row["type"] == "payout"]
        assert [(row["net"], row["id"], row["source"]) for row in own] == [
            (-payout["amount"], payout["balance_transaction"], payout["id"])
        ]
        assert sum(row["net"] for row in rows_of(payout)) == 0
        assert {row["currency"] for row in rows_of(payout)} == {payout["currency"]}


def test_a_row_stands_in_one_payout_at_most_and_is_the_same_there() -> None:
    every = {row["id"]: row for row in read("balance_transactions.list")}
    held = [row for payout in read("payouts.list") for row in rows_of(payout)]
    assert len({row["id"] for row in held}) == len(held)
    assert all(every[row["id"]] == row for row in held)
    assert len(held) < len(every), "some is not paid out yet"


def test_charges_refunds_and_rows_name_each_other() -> None:
    rows = {row["source"]: row for row in read("balance_transactions.list") if row["source"]}
    for each in [*read("charges.list"), *read("refunds.list")]:
        if each["balance_transaction"] is None:
            assert each["status"] == "failed"
        else:
            assert rows[each["id"]]["id"] == each["balance_transaction"]
    for charge in read("charges.list"):
        back = [each["amount"] for each in read("refunds.list") if each["charge"] == charge["id"]]
        assert charge["amount_refunded"] == sum(back)
        assert charge["refunded"] == (sum(back) == charge["amount"])


def test_what_the_samples_claim_to_cover_is_there() -> None:
    rows, charges = read("balance_transactions.list"), read("charges.list")
    assert {row["currency"] for row in rows} == {"usd", "jpy", "kwd"}
    assert {row["reporting_category"] for row in rows} >= {"dispute", "dispute_reversal", "payout_failure"}
    assert [row["exchange_rate"] for row in rows if row["exchange_rate"]] == [1.17]
    assert {charge["status"] for charge in charges} == {"succeeded", "failed"}
    assert {0 < each["amount_refunded"] < each["amount"] for each in charges} == {True, False}
    assert any(each["disputed"] for each in charges)
    assert {each["status"] for each in read("payouts.list")} == {"paid", "failed", "in_transit"}
    assert {each["livemode"] for each in [*charges, *read("payouts.list")]} == {True}


def test_everything_comes_newest_first() -> None:
    for file in SAMPLES.glob("*/*.list*.json"):
        made = [each["created"] for each in json.loads(file.read_text("utf-8"))["data"]]
        assert made == sorted(made, reverse=True)
