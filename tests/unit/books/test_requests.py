"""Requests: routes, repeats and refusals."""

from __future__ import annotations

import re
from typing import Any

import pytest

from engine import canonical
from engine.books import reading
from engine.books.audit import check
from engine.wire import Request

WITH_ID = {"external_id": "e1", "name": "Ada"}


def test_the_same_request_again_gives_the_stored_document(desk):
    first = desk.send("POST", "/invoices", desk.invoice_body())
    content = desk.content()
    second = desk.send("POST", "/invoices", desk.invoice_body())
    assert (first.status, second.status) == (201, 200)
    assert first.body == second.body
    assert desk.content() == content


def test_the_order_of_keys_does_not_make_another_request(desk):
    body = desk.invoice_body()
    desk.post("/invoices", body)
    text = "{" + ",".join(f'"{key}": {canonical.encode(body[key]).decode()}' for key in reversed(body)) + "}"
    assert desk.post("/invoices", text.encode())[0] == 200


def test_a_repeat_shows_what_was_paid_meanwhile(desk):
    desk.invoice()
    desk.payment()
    assert desk.invoice()[1]["status"] == "paid"


def test_another_request_under_the_same_external_id_is_refused(desk):
    desk.invoice()
    content = desk.content()
    status, answer = desk.invoice(number="1002")
    assert (status, answer["error"]["code"], answer["error"]["field"]) == (
        409,
        "other_digest",
        "/external_id",
    )
    assert desk.content() == content


def test_a_payment_under_an_invoices_external_id_is_refused(desk):
    desk.invoice()
    assert desk.payment(external_id="i1")[0] == 409


def test_the_same_body_to_another_operation_is_refused(desk):
    desk.invoice()
    assert desk.post("/payments", desk.invoice_body())[0] == 409


def test_a_repeated_customer_is_the_stored_one_and_a_changed_one_is_refused(desk):
    body = {"external_id": "c1", "name": "Ada"}
    assert desk.post("/customers", body) == (201, {"id": "cus-1", **body})
    assert desk.post("/customers", body) == (200, {"id": "cus-1", **body})
    assert desk.post("/customers", body | {"name": "Bob"})[0] == 409


def test_an_external_id_is_always_needed(desk):
    for value in (None, "", " ", 7, ["a"]):
        status, answer = desk.invoice(external_id=value)
        assert (status, answer["error"]["field"]) == (422, "/external_id")


def test_a_body_that_is_not_a_json_mapping_is_refused(desk):
    for body in (b"", b"{", b"[]", b'"a"', b"\xff", b'{"a": "\\ud800"}', b"[" * 100_000):
        assert desk.post("/invoices", body)[0] == 422


def test_what_the_books_do_not_know_is_not_found(desk):
    desk.invoice()
    for method, path in [
        ("DELETE", "/invoices/inv-1"),
        ("POST", "/invoices/inv-1"),
        ("POST", "/invoices?number=1"),
        ("POST", "/budgets"),
        ("PUT", "/invoices"),
        ("PATCH", "/invoices/inv-1"),
        ("PUT", "/customers/cus-1"),
        ("POST", "/customers/cus-1/void"),
        ("PUT", "/invoices/inv-2"),
        ("PATCH", "/customers/cus-2"),
        ("GET", "/periods"),
        ("GET", "/"),
        ("GET", "/invoices/inv-2"),
        ("GET", "/invoices/"),
        ("GET", "/invoices/pay-1"),
        ("GET", "/payments/pay-1"),
        ("GET", "/invoices/inv-1?number=1"),
        ("GET", "/customers/cus-" + "9" * 30),
    ]:
        assert desk.send(method, path, None if method == "GET" else WITH_ID).status == 404, (method, path)


def test_a_void_of_what_is_not_there_is_not_found(desk):
    for id in ("inv-1", "inv-01", "pay-1", "x"):
        assert desk.void("invoices", id)[0] == 404


def test_lists_are_filtered_by_what_identifies(desk):
    desk.invoice(number="#1001 a&b")
    desk.invoice(external_id="i2", number="1002", customer={"email": "a@example.com"})
    desk.payment()
    ids = {
        path: [row["id"] for row in desk.get(path)[1][path.partition("?")[0].strip("/")]]
        for path in (
            "/invoices",
            "/invoices?number=%231001%20a%26b",
            "/invoices?external_id=i2",
            "/invoices?number=1002&external_id=i1",
            "/payments",
            "/payments?invoice_id=inv-1",
            "/payments?invoice_id=inv-2",
            "/payments?external_id=p1",
            "/customers",
            "/customers?email=A%40example.com",
            "/customers?external_id=i1",
        )
    }
    assert ids == {
        "/invoices": ["inv-1", "inv-2"],
        "/invoices?number=%231001%20a%26b": ["inv-1"],
        "/invoices?external_id=i2": ["inv-2"],
        "/invoices?number=1002&external_id=i1": [],
        "/payments": ["pay-3"],
        "/payments?invoice_id=inv-1": ["pay-3"],
        "/payments?invoice_id=inv-2": [],
        "/payments?external_id=p1": ["pay-3"],
        "/customers": ["cus-1", "cus-2"],
        "/customers?email=A%40example.com": ["cus-2"],
        "/customers?external_id=i1": [],
    }


def test_an_unknown_or_repeated_filter_is_refused_rather_than_passed_over(desk):
    assert desk.get("/invoices?colour=blue")[0] == 422
    assert desk.get("/invoices?number=1&number=2")[0] == 422


def test_every_answer_is_json_that_names_its_address(desk):
    answer = desk.send("POST", "/invoices", {"external_id": "i1"})
    assert answer.headers == {"content-type": "application/json"}
    assert answer.url == "books:/invoices"
    assert sorted(canonical.decode(answer.body)["error"]) == ["code", "field", "message"]


def test_requests_of_one_group_see_each_other_and_a_refused_one_disturbs_no_other(desk):
    bodies = [
        ("invoices", desk.invoice_body()),
        ("invoices", desk.invoice_body(external_id="i2", total="1")),
        ("payments", desk.payment_body()),
    ]
    requests = [Request("POST", f"books:/{path}", body=canonical.encode(body)) for path, body in bodies]
    assert [answer.status for answer in desk.books.commit(requests)] == [201, 422, 201]
    assert [row["id"] for row in desk.get("/payments")[1]["payments"]] == ["pay-2"]


# ---- the same key again, for every operation that writes ----


def prepared(desk):
    """Write what the operations below are about."""
    desk.make("invoices", external_id="i", number="900")
    desk.make("credit_notes", external_id="c", customer={"name": "Ada Lovelace"}, number="900")
    desk.make("bills", external_id="b", number="900")
    for collection in ("vendors", "items", "tax_rates", "accounts"):
        desk.make(collection, external_id=f"first {collection}", name="First", code=CODES.get(collection))


CODES = {"items": "X", "tax_rates": "X", "accounts": "7000"}
ABOUT: dict[str, dict[str, Any]] = {
    "credit_notes": {"customer": {}},
    "payments": {"invoice_id": "inv-1"},
    "refunds": {"credit_note_id": "cn-2"},
    "bill_payments": {"bill_id": "bill-3"},
}
MASTER_IDS = {
    "customers": "cus-1",
    "vendors": "ven-2",
    "items": "item-4",
    "tax_rates": "tax-5",
    "accounts": "7000",
}
PREFIXES = {
    "invoices": "inv",
    "credit_notes": "cn",
    "payments": "pay",
    "refunds": "ref",
    "bills": "bill",
    "bill_payments": "bp",
    "journal_entries": "je",
    "bank_transactions": "bt",
    "transfers": "tr",
    "transactions": "txn",
}


def writes(desk):
    """Yield every operation that writes with its method, address and body, and another body for it."""
    for collection, prefix in PREFIXES.items():
        body = desk.body(collection, **ABOUT.get(collection, {}), **SMALL.get(collection, {}))
        yield "POST", f"/{collection}", body, body | {"date": "2026-04-01"}
        made = desk.make(collection, **ABOUT.get(collection, {}), **SMALL.get(collection, {}))["id"]
        assert made.startswith(prefix)
        body = desk.body(collection, **ABOUT.get(collection, {}), **SMALL.get(collection, {}))
        yield "PUT", f"/{collection}/{made}", body, body | {"date": "2026-04-01"}
        yield (
            "POST",
            f"/{collection}/{made}/void",
            {"external_id": f"void {made}"},
            {
                "external_id": f"void {made}",
                "reason": "x",
            },
        )
    for collection, id in MASTER_IDS.items():
        code = {} if collection in ("customers", "vendors") else {"code": "8000"}
        body = desk.body(collection, name="New", **code)
        yield "POST", f"/{collection}", body, body | {"name": "Newer"}
        body = desk.body(collection, name="Newest", **({"code": "8001"} if code else {}))
        yield "PUT", f"/{collection}", body, body | {"name": "x"}
        body = desk.body(collection, name="Newest", **({"code": "8001"} if code else {}))
        yield "PUT", f"/{collection}", body, body | {"name": "x"}
        body = {"external_id": f"change {id}", "name": "Changed"}
        yield "PATCH", f"/{collection}/{id}", body, body | {"name": "x"}
    yield (
        "POST",
        "/periods",
        {"external_id": "close", "date": "2020-01-01"},
        {
            "external_id": "close",
            "date": "2020-01-02",
        },
    )


SMALL: dict[str, dict[str, Any]] = {"refunds": {"amount": "1.00"}, "payments": {"amount": "1.00"}}


def test_every_write_gives_the_stored_answer_again_and_refuses_another_body_or_operation_under_its_key(desk):
    prepared(desk)
    seen = set()
    for method, path, body, other in writes(desk):
        first = desk.send(method, path, body)
        assert first.status == (201 if len(path.split("/")) == 2 and path != "/periods" else 200) or (
            method == "PUT" and body["name"] == "Newest"
        ), (path, first)
        content = desk.content()
        again = desk.send(method, path, body)
        assert (again.status, again.body) == (200, first.body), (method, path)
        for refused in (
            desk.send(method, path, other),
            desk.send("POST", "/journal_entries" if "journal" not in path else "/bills", body),
            desk.send("POST", "/invoices/inv-1/void", body),
        ):
            assert refused.status == 409, (method, path, refused)
            assert canonical.decode(refused.body)["error"]["code"] == "other_digest"
        assert desk.content() == content
        seen.add((method, path.split("/")[1], len(path.split("/"))))
    assert len(seen) == 10 * 3 + 5 * 3 + 1
    assert check(desk.books) == ()


def test_a_change_of_another_document_under_the_same_key_is_refused(desk):
    for number in ("1", "2"):
        desk.make("invoices", number=number)
    body = {"external_id": "v"}
    assert desk.post("/invoices/inv-1/void", body)[0] == 200
    content = desk.content()
    assert desk.post("/invoices/inv-2/void", body)[1]["error"]["code"] == "other_digest"
    assert desk.content() == content


def test_a_repeated_creation_shows_the_document_as_it_was_changed_since(desk):
    first = desk.body("invoices", number="1")
    desk.post("/invoices", first)
    changed = desk.change("invoices", "inv-1", number="1", memo="Later")[1]
    assert desk.post("/invoices", first) == (200, changed)
    assert desk.void("invoices", "inv-1")[0] == 200
    assert desk.post("/invoices", first)[1]["status"] == "void"


# ---- lists ----


def ids(desk, path):
    status, answer = desk.get(path)
    assert status == 200, answer
    return [row["id"] for row in answer[path.partition("?")[0].strip("/")]]


def test_documents_are_listed_by_what_is_known_of_them(desk):
    desk.make("invoices", number="A", date="2026-01-31", reference="PO 1")
    desk.make("invoices", number="B", date="2026-02-01", status="draft")
    desk.make("invoices", number="C", date="2026-02-02", customer={"name": "Bob"})
    desk.make("payments", invoice_id="inv-1", reference="R & 1")
    desk.make("payments", customer_id="cus-2", amount="1")
    desk.void("invoices", "inv-3")
    desk.make("bills", number="A", vendor={"name": "V"}, reference="PO 1")
    desk.make("transactions", method="stripe")
    desk.make("transactions", method="paypal", type="payout")
    assert {
        path: ids(desk, path)
        for path in (
            "/invoices?status=open",
            "/invoices?status=paid",
            "/invoices?status=draft",
            "/invoices?status=void",
            "/invoices?status=posted",
            "/invoices?from=2026-02-01",
            "/invoices?to=2026-02-01",
            "/invoices?from=2026-02-01&to=2026-02-01",
            "/invoices?customer_id=cus-2",
            "/invoices?customer_id=none",
            "/invoices?reference=PO+1",
            "/payments?reference=R+%26+1",
            "/payments?customer_id=cus-1&status=paid",
            "/payments?status=open",
            "/payments?invoice_id=inv-3",
            "/bills?number=A&vendor_id=ven-3",
            "/bills?number=A&vendor_id=cus-3",
            "/transactions?type=payout",
            "/transactions?method=stripe",
        )
    } == {
        "/invoices?status=open": [],
        "/invoices?status=paid": ["inv-1"],
        "/invoices?status=draft": ["inv-2"],
        "/invoices?status=void": ["inv-3"],
        "/invoices?status=posted": ["inv-1"],
        "/invoices?from=2026-02-01": ["inv-2", "inv-3"],
        "/invoices?to=2026-02-01": ["inv-1", "inv-2"],
        "/invoices?from=2026-02-01&to=2026-02-01": ["inv-2"],
        "/invoices?customer_id=cus-2": ["inv-3"],
        "/invoices?customer_id=none": [],
        "/invoices?reference=PO+1": ["inv-1"],
        "/payments?reference=R+%26+1": ["pay-4"],
        "/payments?customer_id=cus-1&status=paid": ["pay-4"],
        "/payments?status=open": ["pay-5"],
        "/payments?invoice_id=inv-3": [],
        "/bills?number=A&vendor_id=ven-3": ["bill-6"],
        "/bills?number=A&vendor_id=cus-3": [],
        "/transactions?type=payout": ["txn-8"],
        "/transactions?method=stripe": ["txn-7"],
    }


def test_masters_are_listed_by_what_identifies_them(desk):
    desk.make("customers", name="Ada", email="ada@example.com")
    desk.make("vendors", name="Ada")
    desk.make("items", code="M")
    desk.make("accounts", external_id="a", code="6200")
    desk.make("invoices", customer={"name": "Bob"})
    assert {
        path: ids(desk, path)
        for path in (
            "/customers?name=Ada",
            "/customers?name=Bob",
            "/customers?email=%20ADA%40example.com",
            "/vendors?name=Ada",
            "/vendors?email=ada%40example.com",
            "/items?code=M",
            "/items?code=m",
            "/accounts?code=6200",
            "/accounts?name=Rent",
            "/accounts?external_id=a",
            "/accounts?external_id=b",
            "/accounts?type=expense&name=Rent",
            "/accounts?type=asset&name=Rent",
        )
    } == {
        "/customers?name=Ada": ["cus-1"],
        "/customers?name=Bob": ["cus-4"],
        "/customers?email=%20ADA%40example.com": ["cus-1"],
        "/vendors?name=Ada": ["ven-2"],
        "/vendors?email=ada%40example.com": [],
        "/items?code=M": ["item-3"],
        "/items?code=m": [],
        "/accounts?code=6200": ["6200"],
        "/accounts?name=Rent": ["6200"],
        "/accounts?external_id=a": ["6200"],
        "/accounts?external_id=b": [],
        "/accounts?type=expense&name=Rent": ["6200"],
        "/accounts?type=asset&name=Rent": [],
    }


@pytest.mark.parametrize(
    "query",
    [
        "invoices?colour=blue",
        "invoices?status=late",
        "invoices?type=charge",
        "customers?code=1",
        "items?email=a",
        "vendors?status=open",
        "accounts?role=bank",
        "invoices?limit=0",
        "invoices?limit=501",
        "invoices?limit=x",
        "invoices?limit=-1",
        "invoices?after=x",
        "accounts?limit=0",
    ],
)
def test_a_list_is_refused_by_what_its_collection_does_not_have(desk, query):
    assert desk.get(f"/{query}")[0] == 422


def pages(desk, path, collection):
    """Follow the links from page to page and return the ids of each."""
    found = []
    while path:
        answer = desk.send("GET", path)
        assert answer.status == 200
        found.append([row["id"] for row in canonical.decode(answer.body)[collection]])
        link = answer.headers.get("link", "")
        assert re.fullmatch(r'(<books:/[^>]+>; rel="next")?', link)
        path = link.removeprefix("<books:").partition(">")[0]
    return found


@pytest.mark.parametrize("collection", ["invoices", "items", "accounts"])
def test_a_list_comes_in_pages_that_are_linked(desk, collection):
    for number in range(1, 8):
        codes = {} if collection == "invoices" else {"code": f"7{number}"}
        desk.make(collection, name=None if collection == "invoices" else "Seven of nine", **codes)
    query = f"/{collection}?" + ("status=open" if collection == "invoices" else "name=Seven+of+nine")
    whole = ids(desk, query)
    assert len(whole) == 7
    assert pages(desk, f"{query}&limit=3", collection) == [whole[:3], whole[3:6], whole[6:]]
    assert pages(desk, f"{query}&limit=7", collection) == [whole]
    assert pages(desk, f"{query}&limit=1", collection) == [[id] for id in whole]


def test_a_list_that_says_no_size_comes_in_pages_of_five_hundred(desk):
    requests = [
        Request("POST", "books:/items", body=canonical.encode(desk.body("items", code=f"{number}")))
        for number in range(501)
    ]
    assert {answer.status for answer in desk.books.commit(requests)} == {201}
    assert [len(page) for page in pages(desk, "/items", "items")] == [500, 1]


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("invoices?number=1", "kind=? AND number=?"),
        ("invoices?external_id=1", "external_id=?"),
        ("payments?reference=1", "kind=? AND reference=?"),
        ("payments?invoice_id=inv-1", "about=?"),
        ("invoices?customer_id=cus-1", "master=?"),
        ("customers?email=a", "kind=? AND identity=?"),
        ("customers?name=a", "kind=? AND <expr>=?"),
        ("customers?external_id=a", "external_id=?"),
        ("items?code=a", "kind=? AND identity=?"),
        ("accounts?code=a", "code=?"),
        ("accounts?external_id=a", "external_id=?"),
    ],
)
def test_every_find_has_an_index(desk, path, key):
    desk.make("invoices")
    steps = plans(desk, path)
    assert any(f"({key}" in step for step in steps), steps
    assert not any(step.startswith("SCAN") for step in steps), steps


def plans(desk, path):
    """The steps by which SQLite answers a list, without those of its own tables."""
    collection, _, query = path.partition("?")
    name, _, value = query.partition("=")
    said: list[str] = []
    with desk.books.reading() as cursor:
        cursor.connection.set_trace_callback(said.append)
        reading.many(cursor, collection, {name: value})
        cursor.connection.set_trace_callback(None)
        return [
            plan
            for sql in said
            for *_, plan in cursor.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall()
            if "CONSTANT ROW" not in plan
        ]
