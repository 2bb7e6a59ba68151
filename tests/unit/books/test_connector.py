"""The connector ``books``: the operations of every collection, what they send, and what an error answer means."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest

from engine import canonical
from engine.actions.operation import judge, pages, result, valid
from engine.actions.request import build
from engine.connections import Connection
from engine.connector_file import load
from engine.keys import EffectKey, Identity
from engine.paging.link import LinkPaging, Params
from engine.raw import plain
from engine.recipe import Use
from engine.registry import Registry
from engine.schema import Validator
from engine.secret import Masker
from engine.targets import Opening, opened
from engine.wire import Answer, Request
from engine.world import Target
from tests.bench import StoppedClock

REGISTRY = Registry()
BOOKS = load("books", REGISTRY)
KEY = EffectKey("books?company=main", "r", ("a",), ("1",))
MASTERS = {
    "customers": "customer",
    "vendors": "vendor",
    "items": "item",
    "accounts": "account",
    "tax_rates": "tax_rate",
}
DOCUMENTS = {
    "invoices": "invoice",
    "credit_notes": "credit_note",
    "payments": "payment",
    "refunds": "refund",
    "bills": "bill",
    "bill_payments": "bill_payment",
    "journal_entries": "journal_entry",
    "bank_transactions": "bank_transaction",
    "transfers": "transfer",
    "transactions": "transaction",
}
KINDS = MASTERS | DOCUMENTS
FIND = {
    "customers": "email",
    "vendors": "email",
    "items": "code",
    "accounts": "code",
    "tax_rates": "code",
    "invoices": "number",
    "credit_notes": "number",
    "bills": "number",
    "journal_entries": "number",
}
"""The natural key of a collection; of the others it is their reference."""
ABOUT = {
    "invoices": ["customer_id"],
    "credit_notes": ["invoice_id", "customer_id"],
    "payments": ["invoice_id", "customer_id"],
    "refunds": ["credit_note_id", "payment_id", "customer_id"],
    "bills": ["vendor_id"],
    "bill_payments": ["bill_id", "vendor_id"],
}
SERVED = [
    ("customers", "cus-1", ["email", "external_id"]),
    ("invoices", "inv-1", ["number", "external_id"]),
    ("payments", "pay-2", ["invoice_id", "external_id"]),
]


@dataclass
class Paged:
    """A target that answers with these pages, each with a link to the next."""

    pages: list[list[int]]

    async def send(self, request: Request) -> Answer:
        """Answer with the page that the address asks for."""
        number = int(request.url.partition("page=")[2] or 0)
        more = number + 1 < len(self.pages)
        headers = {"link": f'<books:/invoices?page={number + 1}>; rel="next"'} if more else {}
        return Answer(200, headers, canonical.encode({"invoices": self.pages[number]}))


def operations(collection):
    """Return the operations of *collection* by what they do."""
    found = ((name.partition("."), each) for name, each in BOOKS.operations.items())
    return {verb: each for (of, _, verb), each in found if of == collection}


def use(name):
    operation = BOOKS.operations[name]
    return Use("books", BOOKS, operation, Validator(BOOKS.taken(operation, REGISTRY)))


def sent(operation, given):
    """Return the request of an operation that is given this, as a recipe's action sends it."""
    taken = use(operation)
    return build(taken.operation, "books:", valid(taken, given, ""), KEY if taken.writes else None)


def test_the_connector_serves_every_collection_and_no_other():
    assert {name.partition(".")[0] for name in BOOKS.operations} == set(KINDS)
    assert BOOKS.implements == "accounting"


@pytest.mark.parametrize("collection", KINDS)
def test_a_collection_has_the_operations_of_its_kind(collection):
    made = "record" if collection == "transactions" else "create"
    more = {"upsert", "update"} if collection in MASTERS else {"update", "void"}
    assert set(operations(collection)) == {made, "get", "find", "list"} | more


@pytest.mark.parametrize("collection", KINDS)
def test_operations_have_the_methods_and_addresses_of_their_words(collection):
    one = f"/{collection}/{{id}}"
    wanted = {
        "create": ("create", "POST", f"/{collection}"),
        "record": ("create", "POST", f"/{collection}"),
        "upsert": ("upsert", "PUT", f"/{collection}"),
        "update": ("update", "PATCH" if collection in MASTERS else "PUT", one),
        "void": ("update", "POST", f"{one}/void"),
        "get": ("read", "GET", one),
        "find": ("read", "GET", f"/{collection}"),
        "list": ("read", "GET", f"/{collection}"),
    }
    for word, each in operations(collection).items():
        assert (each.effect, each.method, each.path) == wanted[word], each.name
        assert ("id" in each.params) is ("{id}" in each.path)
        assert all(param.required for param in each.params.values() if param.place == "path")


@pytest.mark.parametrize("collection", KINDS)
def test_every_write_takes_its_kind_and_carries_the_effects_key(collection):
    for word, each in operations(collection).items():
        body = "accounting/void" if word == "void" else f"accounting/{KINDS[collection]}"
        assert each.body == (body if each.writes else ""), each.name
        place = ("body", "external_id", None) if each.writes else ("", "", None)
        given = each.idempotency
        assert (given.place, given.name, given.lifetime) == place, each.name


def test_every_schema_is_the_body_of_an_operation_and_every_body_a_schema():
    bodies = {each.body for each in BOOKS.operations.values() if each.body}
    assert bodies == {name for name in REGISTRY.documents if name.startswith("accounting/")}


@pytest.mark.parametrize("collection", KINDS)
def test_find_is_refused_without_the_natural_key(collection):
    key = FIND.get(collection, "reference")
    assert sent(f"{collection}.find", {key: "x y"}).url == f"books:/{collection}?{key}=x+y"
    schema = use(f"{collection}.find").validator
    assert [flaw.message for flaw in schema.flaws({})] == [f"the key {key!r} is missing"]
    assert [flaw.message for flaw in schema.flaws({key: ""})] == ["expected some text, found none"]


@pytest.mark.parametrize("collection", KINDS)
def test_find_gives_the_first_or_nothing(collection):
    find = operations(collection)["find"]
    assert result(find, {collection: [{"id": "1"}, {"id": "2"}]}) == {"id": "1"}
    assert result(find, {collection: []}) is None


@pytest.mark.parametrize("collection", KINDS)
def test_a_collection_is_listed_by_what_its_kind_has(collection):
    listed = operations(collection)["list"]
    key = FIND.get(collection, "reference")
    own = {key, *ABOUT.get(collection, ())}
    own |= {"name"} if collection in MASTERS else {"status", "from", "to"}
    own |= {"external_id"} if collection != "accounts" else set()
    assert set(listed.params) == own
    assert not any(param.required for param in listed.params.values())
    assert listed.records is not None
    assert listed.records.text == f"$.{collection}"
    known = REGISTRY.document(f"accounting/{KINDS[collection]}")["properties"]
    assert own - {"status", "from", "to", "customer_id", "vendor_id"} <= set(known)


@pytest.mark.parametrize("collection", DOCUMENTS)
def test_documents_are_listed_by_the_words_of_a_status(collection):
    schema = use(f"{collection}.list").validator
    assert not any(schema.flaws({"status": word}) for word in ("draft", "open", "paid", "void"))
    [flaw] = schema.flaws({"status": "voided"})
    assert flaw.help == "did you mean 'void'?"


def test_a_list_between_two_days_takes_days_only():
    assert sent("invoices.list", {"from": "2026-01-01", "to": "2026-01-31"}).url == (
        "books:/invoices?from=2026-01-01&to=2026-01-31"
    )
    flaws = use("invoices.list").validator.flaws({"from": "01.01.2026"})
    assert [flaw.message for flaw in flaws] == ["expected a day such as 2026-11-22, found '01.01.2026'"]


@pytest.mark.parametrize("collection", KINDS)
def test_an_update_sends_the_document_to_the_address_of_its_id(collection):
    document = REGISTRY.document(f"accounting/{KINDS[collection]}")["examples"][0]
    request = sent(f"{collection}.update", {"id": "x-1", **document})
    assert request.url == f"books:/{collection}/x-1"
    assert canonical.decode(request.body) == document | {"external_id": KEY.external_id}


@pytest.mark.parametrize("collection", DOCUMENTS)
def test_a_void_sends_day_and_reason(collection):
    document = {"date": "2026-04-07", "reason": "Entered twice"}
    request = sent(f"{collection}.void", {"id": "x-1", **document})
    assert (request.method, request.url) == ("POST", f"books:/{collection}/x-1/void")
    assert canonical.decode(request.body) == document | {"external_id": KEY.external_id}


@pytest.mark.parametrize(
    ("status", "code", "meaning"),
    [
        (409, "other_digest", "duplicate"),
        (409, "number", "duplicate"),
        (404, "not_found", "not_found"),
        (422, "period_closed", "period_closed"),
        (422, "missing", "validation"),
        (200, "period_closed", ""),
    ],
)
def test_an_error_answer_has_its_meaning_and_the_books_own_words(status, code, meaning):
    body = canonical.encode({"error": {"code": code, "message": "no", "field": ""}})
    verdict = judge(BOOKS, Answer(status, {}, body))
    assert (verdict.is_class, verdict.message) == (meaning, "no" if meaning else "")


@pytest.mark.parametrize("collection", KINDS)
def test_a_list_names_the_paging_that_its_target_follows(collection, tmp_path):
    async def run():
        opening = Opening(REGISTRY, tmp_path, {}, StoppedClock(), Masker())
        async with opened({"books": Connection("books", BOOKS)}, None, opening) as targets:
            return targets["books"].pagings

    assert operations(collection)["list"].paging == ("link", {"size": "limit"})
    assert isinstance(asyncio.run(run())[f"{collection}.list"], LinkPaging)


def test_pages_of_the_books_are_followed_to_the_last_one():
    async def run():
        pagings = {"invoices.list": LinkPaging(Params())}
        target = Target(Paged([[1, 2], [3], []]), Identity("books"), "books:", pagings)
        return [list(map(plain, page)) async for page in pages(use("invoices.list"), target, {}, "")]

    assert asyncio.run(run()) == [[1, 2], [3], []]


def test_the_connector_describes_the_books_own_routes(desk):
    desk.post("/customers", {"external_id": "e1", "name": "Bob"})
    desk.invoice()
    desk.payment()
    for collection, id, filters in SERVED:
        served = operations(collection)
        assert desk.send(served["create"].method, served["create"].path, {}).status == 422
        assert desk.send(served["get"].method, served["get"].path.format(id=id)).status == 200
        assert desk.send(served["list"].method, served["list"].path).status == 200
        for name in filters:
            assert name in served["list"].params
            assert desk.send("GET", f"/{collection}?{name}=x").status == 200
