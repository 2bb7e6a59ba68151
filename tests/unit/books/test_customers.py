"""Customers: who is the same and who is another."""

from __future__ import annotations

import pytest


def buyers(desk, *customers):
    """Invoice each customer and return their ids."""
    found = []
    for index, customer in enumerate(customers):
        status, answer = desk.invoice(external_id=f"i{index}", number=f"{index}", customer=customer)
        assert status == 201
        found.append(answer["customer_id"])
    return found


def test_an_email_address_identifies_whatever_its_case_and_the_white_space_around_it(desk):
    ids = buyers(desk, {"email": "ada@example.com"}, {"email": " ADA@Example.com ", "name": "Ada"})
    assert ids == ["cus-1", "cus-1"]


def test_one_name_with_two_addresses_is_two_customers(desk):
    ids = buyers(desk, {"name": "Ada", "email": "a@example.com"}, {"name": "Ada", "email": "b@example.com"})
    assert ids == ["cus-1", "cus-2"]


def test_a_name_without_address_is_found_among_those_without_address(desk):
    ids = buyers(
        desk, {"name": "Ada", "email": "a@example.com"}, {"name": "Ada"}, {"name": "Ada"}, {"name": "ada"}
    )
    assert ids == ["cus-1", "cus-2", "cus-2", "cus-3"]


def test_all_sales_without_a_customer_belong_to_the_unnamed_one(desk):
    assert buyers(desk, {}, {}) == ["cus-1", "cus-1"]
    assert desk.get("/customers/cus-1")[1] == {"id": "cus-1", "name": "Unnamed customer"}


def test_somebody_called_unnamed_customer_is_not_the_unnamed_one(desk):
    assert buyers(desk, {}, {"name": "Unnamed customer"}) == ["cus-1", "cus-2"]


def test_the_document_keeps_the_name_as_given(desk):
    buyers(desk, {"name": "Ada", "email": "a@example.com"}, {"name": "A. Lovelace", "email": "a@example.com"})
    assert desk.get("/invoices/inv-2")[1]["customer"] == {"name": "A. Lovelace", "email": "a@example.com"}


def test_a_created_customer_is_invoiced_by_its_id_or_its_address(desk):
    status, made = desk.post("/customers", {"external_id": "c1", "name": "Ada", "email": "a@example.com"})
    assert (status, made) == (
        201,
        {"id": "cus-1", "external_id": "c1", "name": "Ada", "email": "a@example.com"},
    )
    assert desk.invoice(customer=None, customer_id="cus-1")[1]["customer_id"] == "cus-1"
    assert buyers(desk, {"email": "A@example.com"}) == ["cus-1"]


@pytest.mark.parametrize(
    ("first", "second", "field"),
    [
        ({"email": "a@example.com"}, {"email": "A@example.com", "name": "Ada"}, "/email"),
        ({"name": "Ada"}, {"name": "Ada"}, "/name"),
    ],
)
def test_a_customer_is_not_created_twice_under_two_keys(desk, first, second, field):
    desk.post("/customers", {"external_id": "c1", **first})
    status, answer = desk.post("/customers", {"external_id": "c2", **second})
    assert (status, answer["error"]["code"], answer["error"]["field"]) == (409, "duplicate_customer", field)
    assert "cus-1" in answer["error"]["message"]


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "/name"), ({"name": ""}, "/name"), ({"email": 1}, "/email"), ({"fax": "1"}, "/fax")],
)
def test_a_customer_without_a_name_or_address_or_with_more_is_refused(desk, body, field):
    status, answer = desk.post("/customers", {"external_id": "c1", **body})
    assert (status, answer["error"]["field"]) == (422, field)
