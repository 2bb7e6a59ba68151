"""The schemas and samples beside WooCommerce's own examples, which lie in ``../shared`` and are not shipped."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from engine import canonical
from engine.schema import Validator
from tests.sampled import unknown
from tests.woo.build import files
from tests.woo.test_schemas import WOOCOMMERCE, schema

VENDOR: Final = Path(__file__).resolve().parents[3] / "shared" / "samples" / "commerce" / "woocommerce"
EXAMPLES: Final = {
    "order": "orders.list",
    "order_created_processing": "orders.list",
    "orders_list": "orders.list",
    "refund": "refunds.list",
    "refunds_list": "refunds.list",
    "customer": "customers.list",
    "product": "products.list",
    "tax_rate": "tax_rates.list",
}
LEFT_OPEN: Final = ("/_links/", "/images/")
MISPRINTED: Final = {"/refunds/*/refund"}
"""One example calls a refund's reason so; the reference and all others say reason."""

pytestmark = pytest.mark.skipif(not VENDOR.is_dir(), reason="reads ../shared, which is absent")


def examples(name: str) -> list[Any]:
    found = canonical.decode((VENDOR / f"{name}.json").read_bytes())
    return found if isinstance(found, list) else [found]


def texts(value: Any) -> Iterator[str]:
    """Yield the names, addresses, texts and keys that somebody made up."""
    if isinstance(value, list):
        for each in value:
            yield from texts(each)
    if isinstance(value, dict):
        for name, each in value.items():
            told = (
                "email",
                "first_name",
                "last_name",
                "address_1",
                "sku",
                "name",
                "order_key",
                "transaction_id",
            )
            if name in told and each:
                yield str(each)
            yield from texts(each)


@pytest.mark.parametrize("name", EXAMPLES)
def test_woocommerces_own_examples_meet_the_schemas(name: str) -> None:
    root = schema(WOOCOMMERCE.operations[EXAMPLES[name]])
    for record in examples(name):
        assert [flaw.pointer for flaw in Validator(root).flaws(record)] == []
        strange = {place for place in unknown(record, root, root, "") if not place.startswith(LEFT_OPEN)}
        assert strange <= MISPRINTED


def test_every_field_that_must_be_there_is_in_every_example() -> None:
    """Only what WooCommerce always sends may be relied upon: the examples are of version 3.0, the samples of today."""
    for name, operation in EXAMPLES.items():
        needed = set(schema(WOOCOMMERCE.operations[operation])["required"])
        assert all(needed <= set(record) for record in examples(name)), name


def test_nothing_is_copied_from_woocommerces_examples() -> None:
    theirs = {text for name in EXAMPLES for text in texts(examples(name))}
    ours = {text for made in files().values() for text in texts(json.loads(made))}
    assert ours & theirs == set()
