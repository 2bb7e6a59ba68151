"""Requests: routes, repeats and refusals."""

from __future__ import annotations

from engine import canonical
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
