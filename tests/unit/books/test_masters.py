"""Vendors, items, tax rates and accounts, and how every master record is changed."""

from __future__ import annotations

import pytest

from engine.books.audit import check

COLLECTIONS = {"customers": "cus", "vendors": "ven", "items": "item", "tax_rates": "tax"}


@pytest.fixture(autouse=True)
def sound(desk):
    """Every test leaves sound books behind."""
    yield
    assert check(desk.books) == ()


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_a_master_record_is_answered_as_it_was_given(desk, collection):
    body = desk.body(collection)
    id = f"{COLLECTIONS[collection]}-1"
    assert desk.post(f"/{collection}", body) == (201, {**body, "id": id})
    assert desk.read(collection, id) == {**body, "id": id}
    assert desk.get(f"/{collection}") == (200, {collection: [{**body, "id": id}]})


def test_a_customer_and_a_vendor_have_all_that_a_bookkeeper_asks_for(desk):
    whole = {
        "name": "Pottery",
        "email": "p@example.com",
        "phone": "+49 30 1",
        "tax_number": "DE1",
        "currency": "EUR",
        "address": {
            "line1": "1",
            "line2": "2",
            "city": "B",
            "region": "BE",
            "postal_code": "1",
            "country": "DE",
        },
    }
    for collection in ("customers", "vendors"):
        assert desk.make(collection, **whole).items() >= whole.items()


@pytest.mark.parametrize(
    ("collection", "changes", "field"),
    [
        ("vendors", {"name": None}, "/name"),
        ("vendors", {"currency": "euro"}, "/currency"),
        ("vendors", {"address": "x"}, "/address"),
        ("vendors", {"address": {"street": "x"}}, "/address/street"),
        ("customers", {"address": {"city": 1}}, "/address/city"),
        ("items", {"code": None}, "/code"),
        ("items", {"name": None}, "/name"),
        ("items", {"unit_price": "x"}, "/unit_price"),
        ("items", {"currency": "x"}, "/currency"),
        ("items", {"price": "1"}, "/price"),
        ("tax_rates", {"rate": None}, "/rate"),
        ("tax_rates", {"rate": "-1"}, "/rate"),
        ("tax_rates", {"rate": "7%"}, "/rate"),
        ("accounts", {"code": None}, "/code"),
        ("accounts", {"code": "1200:x"}, "/code"),
        ("accounts", {"type": "cash"}, "/type"),
        ("accounts", {"type": None}, "/type"),
        ("accounts", {"role": "bank"}, "/role"),
    ],
)
def test_a_master_record_is_refused(desk, collection, changes, field):
    assert desk.refused(collection, **changes)[1] == field


@pytest.mark.parametrize("collection", [*COLLECTIONS, "accounts"])
def test_a_master_record_is_not_created_twice_under_two_keys(desk, collection):
    desk.make(collection)
    code, field = desk.refused(collection)
    assert code == f"duplicate_{collection.rstrip('s')}"
    assert field == ("/name" if collection in ("customers", "vendors") else "/code")


def test_a_customer_and_a_vendor_of_one_name_are_two(desk):
    desk.make("customers", name="Ada")
    desk.make("vendors", name="Ada")
    assert desk.make("bills", vendor={"name": "Ada"})["vendor_id"] == "ven-2"
    assert desk.make("invoices", customer={"name": "Ada"})["customer_id"] == "cus-1"


# ---- upsert ----


@pytest.mark.parametrize(
    ("collection", "first", "second"),
    [
        (
            "customers",
            {"name": "Ada", "email": "a@example.com"},
            {"name": "A. L.", "email": " A@Example.com"},
        ),
        ("vendors", {"name": "Pottery"}, {"name": "Pottery", "phone": "1"}),
        ("items", {"code": "M", "name": "Mug"}, {"code": "M", "name": "Blue mug", "unit_price": "1"}),
        ("tax_rates", {"code": "C", "name": "C", "rate": "7"}, {"code": "C", "name": "C", "rate": "7.5"}),
    ],
)
def test_an_upsert_adds_and_then_changes_the_one_that_is_the_same(desk, collection, first, second):
    status, made = desk.put(f"/{collection}", {"external_id": "u1", **first})
    assert (status, made["external_id"]) == (201, "u1")
    status, changed = desk.put(f"/{collection}", {"external_id": "u2", **second})
    assert (status, changed) == (201, {**made, **second})
    assert desk.get(f"/{collection}")[1][collection] == [changed]


def test_an_upsert_fills_in_a_customer_whom_an_invoice_brought_along(desk):
    desk.make("invoices", customer={"email": "ada@example.com"})
    _, changed = desk.put("/customers", {"external_id": "u", "email": "ADA@example.com", "name": "Ada"})
    assert (changed["id"], changed["name"]) == ("cus-1", "Ada")


# ---- update ----


def test_an_update_changes_what_is_given_and_keeps_the_rest(desk):
    made = desk.make("customers", email="a@example.com")
    status, changed = desk.patch("/customers/cus-1", {"external_id": "u", "phone": "1"})
    assert (status, changed) == (200, {**made, "phone": "1"})


def test_an_update_may_change_what_identifies(desk):
    desk.make("customers", name="Ada")
    desk.patch("/customers/cus-1", {"external_id": "u", "email": "ada@example.com"})
    assert desk.make("invoices", customer={"email": "ADA@example.com"})["customer_id"] == "cus-1"
    assert desk.make("invoices", customer={"name": "Ada"})["customer_id"] == "cus-2"


@pytest.mark.parametrize(
    ("collection", "one", "other"),
    [
        ("customers", {"name": "Ada"}, {"name": "Bob"}),
        ("vendors", {"email": "a@example.com"}, {"email": "b@example.com"}),
        ("items", {"code": "A"}, {"code": "B"}),
        ("tax_rates", {"code": "A"}, {"code": "B"}),
    ],
)
def test_an_update_that_would_make_two_the_same_is_refused(desk, collection, one, other):
    first = desk.make(collection, **one)["id"]
    second = desk.make(collection, **other)["id"]
    before = desk.content()
    status, answer = desk.patch(f"/{collection}/{second}", {"external_id": "u", **one})
    assert (status, answer["error"]["code"]) == (409, f"duplicate_{collection.rstrip('s')}")
    assert first in answer["error"]["message"]
    assert desk.content() == before


def test_an_update_is_refused_like_a_creation(desk):
    desk.make("customers")
    before = desk.content()
    for fields in ({"fax": "1"}, {"email": ""}, {"currency": "x"}):
        assert desk.patch("/customers/cus-1", {"external_id": "u", **fields})[0] == 422
        assert desk.content() == before


def test_the_unnamed_customer_stays_the_unnamed_one_when_something_is_noted_of_it(desk):
    desk.make("invoices", customer={})
    desk.patch("/customers/cus-1", {"external_id": "u", "phone": "1"})
    assert desk.make("invoices", customer={})["customer_id"] == "cus-1"
    assert desk.make("invoices", customer={"name": "Unnamed customer"})["customer_id"] == "cus-2"


def test_documents_keep_the_name_that_they_were_written_with(desk):
    desk.make("customers", name="Ada")
    desk.make("invoices", customer=None, customer_id="cus-1")
    desk.patch("/customers/cus-1", {"external_id": "u", "name": "Augusta"})
    assert [row[-2] for row in desk.content()["document"]] == ["Ada"]


# ---- accounts ----


def test_an_account_is_its_code(desk):
    made = desk.make("accounts")
    assert made == {"id": "6200", "code": "6200", "name": "Rent", "type": "expense"}
    assert desk.read("accounts", "6200") == made
    desk.make("bills", lines=[{"description": "x", "quantity": 1, "unit_price": "1", "account_id": "6200"}])
    assert desk.entry() == ["2000 -1.00 USD", "6200 1.00 USD"]


def test_an_account_of_the_chart_is_read_and_not_made_again(desk):
    assert desk.read("accounts", "1000") == {"id": "1000", "code": "1000", "name": "Bank", "type": "asset"}
    assert desk.refused("accounts", code="1000") == ("duplicate_account", "/code")


def test_an_account_is_upserted_and_updated(desk):
    assert desk.put("/accounts", desk.body("accounts"))[1]["name"] == "Rent"
    assert desk.put("/accounts", desk.body("accounts", name="Lease", type="equity"))[1]["type"] == "equity"
    status, changed = desk.patch("/accounts/6200", {"external_id": "u", "name": "Rooms"})
    assert (status, changed) == (200, {"id": "6200", "code": "6200", "name": "Rooms", "type": "equity"})


def test_a_sub_account_may_have_another_name(desk):
    desk.make("payments", customer_id=desk.make("customers")["id"], method="a/b c")
    status, changed = desk.patch("/accounts/1200%3Aa%2Fb%20c", {"external_id": "u", "name": "AB"})
    assert (status, changed["id"], changed["name"]) == (200, "1200:a/b c", "AB")
    assert desk.read("accounts", "1200%3Aa%2Fb%20c") == changed


@pytest.mark.parametrize(
    ("code", "fields", "field"),
    [
        ("6000", {"type": "asset"}, "/type"),  # a role of the books
        ("4100", {"type": "asset"}, "/type"),  # posted to
        ("6200", {"code": "6201"}, "/code"),
        ("6200", {"name": ""}, "/name"),
        ("6200", {"role": "bank"}, "/role"),
    ],
)
def test_an_account_keeps_its_code_and_where_it_was_posted_to_its_type(desk, code, fields, field):
    desk.make("accounts")
    desk.make("invoices")
    before = desk.content()
    status, answer = desk.patch(f"/accounts/{code}", {"external_id": "u", **fields})
    assert (status, answer["error"]["field"]) == (422, field)
    assert desk.content() == before


@pytest.mark.parametrize("code", ["6201", "1200:new", "", "%20"])
def test_an_account_that_is_not_there_is_not_opened_by_an_update(desk, code):
    before = desk.content()
    assert desk.patch(f"/accounts/{code}", {"external_id": "u", "name": "x"})[0] == 404
    assert desk.content() == before
