"""The schemas beside the resources that Stripe publishes, which lie in ``../shared`` and are not shipped."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.connector_file import load
from engine.registry import Registry
from engine.schema import Validator
from tests.contract.requests import requests

REGISTRY = Registry()
STRIPE = load("stripe", REGISTRY)
RESOURCES = sorted({each.returns[2:].removesuffix(".schema.json") for each in STRIPE.operations.values()})


@pytest.mark.parametrize("resource", RESOURCES)
def test_a_resource_as_stripe_shows_it_meets_our_schema(shared: Path, resource: str) -> None:
    shown = json.loads((shared / "samples" / "commerce" / "stripe" / f"{resource}.json").read_bytes())
    operation = next(
        each for each in STRIPE.operations.values() if each.returns == f"./{resource}.schema.json"
    )
    schema = STRIPE.returned(operation, REGISTRY)
    assert schema is not None
    assert [(flaw.pointer, flaw.message) for flaw in Validator(schema).flaws(shown)] == []


def test_what_is_given_to_judges_has_every_operation_with_every_field_that_it_takes() -> None:
    made = list(requests(STRIPE))
    assert {each["operation"] for each in made} == set(STRIPE.operations)
    for name, operation in STRIPE.operations.items():
        own = [each for each in made if each["operation"] == name]
        asked = {parameter for each in own for parameter, _ in each["query"]}
        assert {
            param.sent or param.name for param in operation.params.values() if param.place == "query"
        } <= asked
        taken = STRIPE.document(operation.body, REGISTRY)["properties"] if operation.body else {}
        assert {field for each in own for field in each["document"]} == set(taken)
