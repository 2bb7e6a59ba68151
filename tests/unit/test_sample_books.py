"""A sample's server remembers what was written: once by its key, under an id, among what its lists give."""

from __future__ import annotations

import json
from typing import Any

from engine.connector import Connector
from engine.connector_file import load
from engine.registry import Registry
from engine.sample_books import Written

QUICKBOOKS = load("quickbooks", Registry())
STRIPE = load("stripe", Registry())


def made(written: Written, connector: Connector, name: str, key: str, **document: Any) -> Any:
    operation = connector.operations[name]
    url, headers = f"/v3/company/1/customer?requestid={key}", {"idempotency-key": key}
    return written.make(operation, url, headers, json.dumps(document).encode())


def test_a_request_whose_key_was_seen_makes_nothing_more() -> None:
    written = Written.to(QUICKBOOKS)
    first = made(written, QUICKBOOKS, "customer.create", "k1", DisplayName="Ada")
    assert made(written, QUICKBOOKS, "customer.create", "k1", DisplayName="Ada") == first
    other = made(written, QUICKBOOKS, "customer.create", "k2", DisplayName="Ada")
    assert first["Id"] != other["Id"]
    assert written.of(QUICKBOOKS.operations["customer.query"]) == [first, other]
    assert written.of(QUICKBOOKS.operations["invoice.query"]) == []


def test_what_was_made_is_read_by_its_id() -> None:
    written = Written.to(QUICKBOOKS)
    invoice = made(written, QUICKBOOKS, "invoice.create", "k1", DocNumber="S-1")
    reads = QUICKBOOKS.operations["invoice.get"]
    assert written.one(reads, invoice["Id"]) == invoice
    assert written.one(reads, "0") is None


def test_a_form_is_made_too_and_known_by_its_header() -> None:
    written, operation = Written.to(STRIPE), STRIPE.operations["customers.create"]
    first = written.make(operation, "/v1/customers", {"Idempotency-Key": "k1"}, b"email=ada%40example.com")
    assert first["email"] == "ada@example.com"
    assert written.make(operation, "/v1/customers", {"Idempotency-Key": "k1"}, b"email=x") == first
    assert written.make(operation, "/v1/customers", {"Idempotency-Key": "k2"}, b"email=x") != first
