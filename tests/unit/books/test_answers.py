"""What the connector ``books`` says that its operations return is what the books answer, whatever was asked."""

from __future__ import annotations

import os
from typing import Any

import pytest

from engine import canonical
from engine.connector_file import load
from engine.registry import Registry
from engine.schema import Validator
from tests.unit.books import answers
from tests.unit.books.conftest import BODIES
from tests.unit.books.test_corrections import ABOUT, parts

REGISTRY = Registry()
BOOKS = load("books", REGISTRY)
MASTERS = sorted(set(BODIES) - set(ABOUT))


def flaws(name: str, answer: Any) -> list[Any]:
    """Return where *answer* is not what operation *name* returns."""
    returned = BOOKS.returned(BOOKS.operations[name], REGISTRY)
    assert returned is not None
    return Validator(returned).flaws(answer)


def first(collection: str) -> str:
    """Return the operation of *collection* that makes one."""
    return f"{collection}.{'record' if collection == 'transactions' else 'create'}"


@pytest.mark.source_tree
@pytest.mark.parametrize("name", answers.NAMES)
def test_the_schema_of_an_answer_follows_that_of_what_is_taken(name):
    file = BOOKS.folder / f"{name}.schema.json"
    if os.environ.get("UPDATE_GOLDEN") == "1":
        file.write_text(answers.text(name), encoding="utf-8")
    assert file.read_text("utf-8") == answers.text(name), "if the change is meant: make golden"


def test_every_operation_says_what_it_returns():
    kinds = {each.returns for each in BOOKS.operations.values()}
    assert kinds == {f"./{name}.schema.json" for name in answers.NAMES}
    for each in BOOKS.operations.values():
        taken = each.body.removeprefix("accounting/")
        assert each.returns == f"./{taken}.schema.json" or not each.body or taken == "void"
        assert BOOKS.operations[first(each.name.partition(".")[0])].returns == each.returns


@pytest.mark.parametrize("collection", ABOUT)
def test_a_document_that_is_made_read_changed_and_taken_back_is_answered_so(desk, collection):
    parts(desk)
    made = desk.make(collection, **ABOUT[collection])
    id = made["id"]
    changed = desk.change(collection, id, **ABOUT[collection])
    void = desk.void(collection, id, reason="a slip")
    assert (changed[0], void[0]) == (200, 200)
    listed = desk.get(f"/{collection}")[1][collection]
    assert void[1]["status"] == "void"
    for word, answer in (("get", desk.read(collection, id)), ("update", changed[1]), ("void", void[1])):
        assert flaws(f"{collection}.{word}", answer) == [], word
    assert flaws(first(collection), made) == []
    assert [flaw for each in listed for flaw in flaws(f"{collection}.list", each)] == []
    assert id in [each["id"] for each in listed]


@pytest.mark.parametrize("collection", MASTERS)
def test_a_master_record_that_is_made_read_and_changed_is_answered_so(desk, collection):
    made = desk.make(collection)
    id, body = made["id"], desk.body(collection)
    changed = desk.patch(f"/{collection}/{id}", {**body, "name": "Another name"})
    again = desk.put(f"/{collection}", desk.body(collection))
    assert (changed[0], again[0] < 300) == (200, True)
    for word, answer in (("create", made), ("update", changed[1]), ("upsert", again[1])):
        assert flaws(f"{collection}.{word}", answer) == [], word
    assert flaws(f"{collection}.get", desk.read(collection, id)) == []
    listed = desk.get(f"/{collection}")[1][collection]
    assert [flaw for each in listed for flaw in flaws(f"{collection}.list", each)] == []


def test_a_customer_that_a_document_brought_along_has_no_key_of_its_own(desk):
    desk.make("invoices", customer={"name": "Ada Lovelace", "email": "ada@example.com"})
    [customer] = desk.get("/customers")[1]["customers"]
    assert "external_id" not in customer
    assert flaws("customers.list", customer) == []


def test_a_draft_and_what_is_paid_are_answered_so(desk):
    draft = desk.make("invoices", status="draft")
    desk.make("invoices", external_id="open")
    payment = desk.make("payments", invoice_id="inv-2")
    paid = desk.read("invoices", "inv-2")
    assert (draft["status"], paid["status"]) == ("draft", "paid")
    assert flaws("invoices.get", draft) == flaws("invoices.get", paid) == []
    assert flaws("payments.create", payment) == []


def test_find_gives_null_where_there_is_none():
    for name, operation in BOOKS.operations.items():
        takes_null = flaws(name, None) == []
        assert takes_null is name.endswith(".find"), operation.name


def test_an_answer_that_is_sent_again_is_the_same(desk):
    body = desk.body("invoices")
    first_time, again = desk.post("/invoices", body)[1], desk.post("/invoices", body)[1]
    assert canonical.encode(first_time) == canonical.encode(again)
    assert flaws("invoices.create", again) == []


def test_an_amount_of_an_answer_says_where_its_currency_is():
    schema = answers.schema("transfer")["properties"]
    assert schema["amount"]["x-currency"] == "$.currency"
    assert schema["to_amount"]["x-currency"] == "to_currency"
    assert answers.schema("invoice")["properties"]["balance"]["x-currency"] == "$.currency"
