"""Faults: whatever breaks in the middle of a document, nothing of it stays."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from dataclasses import replace
from threading import Event
from typing import Any

import pytest

from engine import canonical
from engine.books import changes, routes, store
from engine.books.audit import check
from engine.books.document import Document, Unbalanced, balanced
from engine.books.fields import Refusal
from engine.wire import NoAnswer, Request

OVERPAID = {
    "external_id": "p1",
    "invoice_id": "inv-1",
    "amount": "30",
    "currency": "USD",
    "date": "2026-04-01",
}
INVOICE = {
    "date": "2026-03-31",
    "currency": "USD",
    "lines": [{"description": "x", "quantity": 1, "unit_price": "8", "tax": "1", "tax_code": "new"}],
    "customer": {"name": "Ada Lovelace"},
}


class Breaking(sqlite3.Cursor):
    """A cursor that fails at its *left*-th statement from now."""

    left = 0

    def execute(self, *args):
        self._count()
        return super().execute(*args)

    def executemany(self, *args):
        self._count()
        return super().executemany(*args)

    def _count(self):
        self.left -= 1
        if self.left == 0:
            raise RuntimeError("planned")


def breaking(monkeypatch, left):
    """Let the books fail at the *left*-th statement of each request."""
    real = routes.apply

    def apply(ledger, request, now):
        broken = ledger.cursor.connection.cursor(Breaking)
        broken.left = left
        return real(replace(ledger, cursor=broken), request, now)

    monkeypatch.setattr(routes, "apply", apply)


def test_a_fault_at_any_statement_leaves_nothing_and_the_request_can_be_repeated(desk, monkeypatch):
    desk.invoice()
    before = desk.content()
    statement, broke = 0, True
    while broke:
        statement += 1
        with monkeypatch.context() as patch:
            breaking(patch, statement)
            try:
                status, _ = desk.post("/payments", OVERPAID)
                broke = False
            except RuntimeError:
                assert desk.content() == before, statement
    assert (status, statement > 8) == (201, True)
    assert check(desk.books) == ()


def test_an_interrupted_statement_is_reported_as_not_written(desk):
    before = desk.content()
    desk.books._connection.set_progress_handler(lambda: 1, 1)
    with pytest.raises(NoAnswer) as caught:
        desk.invoice()
    assert not caught.value.left
    desk.books._connection.set_progress_handler(None, 0)
    assert desk.content() == before
    assert desk.invoice()[0] == 201


def test_a_commit_that_fails_is_reported_as_in_doubt(desk):
    # A deferred reference that does not hold is found by COMMIT itself.
    desk.books._connection.execute(
        "CREATE TABLE late (x REFERENCES meta (key) DEFERRABLE INITIALLY DEFERRED)"
    )
    trigger = "CREATE TRIGGER late AFTER INSERT ON document BEGIN INSERT INTO late VALUES ('none'); END"
    desk.books._connection.execute(trigger)
    before = desk.content()
    with pytest.raises(NoAnswer) as caught:
        desk.invoice()
    assert caught.value.left
    assert desk.content() == before
    desk.books._connection.execute("DROP TRIGGER late")
    assert desk.invoice()[0] == 201


def test_postings_that_do_not_balance_are_never_written(desk, monkeypatch):
    before = desk.content()
    real = Document.postings
    monkeypatch.setattr(
        Document, "postings", lambda wanted, chart, settled: balanced(real(wanted, chart, settled)[:1])
    )
    with pytest.raises(Unbalanced):
        desk.invoice()
    assert desk.content() == before


def test_a_refusal_after_a_row_was_written_takes_the_row_back(desk, monkeypatch):
    real = changes.create

    def late(ledger, *rest):
        real(ledger, *rest)
        raise Refusal("late", "too late")

    before = desk.content()
    monkeypatch.setattr(changes, "create", late)
    assert desk.post("/customers", {"external_id": "c1", "name": "Ada"})[0] == 422
    assert desk.content() == before


def test_a_failure_in_a_group_leaves_nothing_of_the_group(desk, monkeypatch):
    before = desk.content()
    real = routes.apply
    monkeypatch.setattr(
        routes, "apply", lambda ledger, request, now: real(ledger, request, now) if request.body else 1 / 0
    )
    good = Request("POST", "books:/invoices", body=canonical.encode(desk.invoice_body()))
    with pytest.raises(ZeroDivisionError):
        desk.books.commit([good, Request("POST", "books:/invoices")])
    assert desk.content() == before


KILLED = """
import os, signal, sys
from pathlib import Path
from engine.books import Books
from engine.clock import SystemClock
from engine.wire import Request

books = Books.open(Path(sys.argv[1]), SystemClock())
left = int(sys.argv[2])
def count(statement):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
books._connection.set_trace_callback(count)
books.commit([Request("POST", "books:/payments", body=sys.argv[3].encode())])
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs a system that kills")
def test_a_process_killed_at_any_statement_leaves_nothing(opened, desk_at):
    desk = desk_at(opened())
    desk.invoice()
    before = desk.content()
    body = canonical.encode(OVERPAID).decode()
    statement, killed = 0, True
    while killed:
        statement += 1
        command = [sys.executable, "-c", KILLED, str(desk.books.path), str(statement), body]
        done = subprocess.run(
            command, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}, check=False
        )
        killed = done.returncode == -signal.SIGKILL
        if killed:
            assert desk.content() == before, statement
    assert (done.returncode, statement > 10) == (0, True)
    assert desk.post("/payments", OVERPAID)[0] == 200
    assert check(desk.books) == ()


# ---- the same for every way to write ----

WRITES = {
    "an update": ("PUT", "/invoices/inv-2", {"external_id": "u", **INVOICE, "number": "3"}),
    "a void": ("POST", "/payments/pay-3/void", {"external_id": "v"}),
    "an upsert": ("PUT", "/customers", {"external_id": "c", "name": "Ada Lovelace", "phone": "1"}),
    "a change of a master record": ("PATCH", "/customers/cus-1", {"external_id": "c", "phone": "1"}),
    "an account": ("PUT", "/accounts", {"external_id": "a", "code": "6200", "name": "R", "type": "asset"}),
    "a closed period": ("POST", "/periods", {"external_id": "p", "date": "2026-01-01"}),
    "a credit note": (
        "POST",
        "/credit_notes",
        {
            "external_id": "n",
            **INVOICE,
            "number": "1",
            "invoice_id": "inv-1",
            "customer": {"name": "Ada Lovelace"},
        },
    ),
}


@pytest.mark.parametrize("case", WRITES)
def test_a_fault_at_any_statement_leaves_nothing_of(desk, monkeypatch, case):
    method, path, body = WRITES[case]
    desk.make("invoices")
    desk.make("invoices")
    desk.make("payments", invoice_id="inv-1", amount="10")
    before = desk.content()
    statement, broke = 0, True
    while broke:
        statement += 1
        with monkeypatch.context() as patch:
            breaking(patch, statement)
            try:
                status = desk.send(method, path, body).status
                broke = False
            except RuntimeError:
                assert desk.content() == before, statement
    assert (status in (200, 201), statement > 3) == (True, True)
    assert check(desk.books) == ()


# ---- many who wait at once ----


@pytest.fixture
def crowd(desk):
    """``crowd(bodies)`` sends invoices at once while the writer is busy; gives answers and statements."""

    def send(bodies, leaving=()):
        said: list[str] = []
        wrong: list[Any] = []
        free = Event()
        desk.books._connection.set_trace_callback(said.append)
        desk.books._writer.submit(free.wait, 30)

        async def all_at_once():
            asyncio.get_running_loop().set_exception_handler(lambda loop, context: wrong.append(context))
            requests = [Request("POST", "books:/invoices", body=canonical.encode(body)) for body in bodies]
            tasks = [asyncio.ensure_future(desk.books.send(request)) for request in requests]
            await asyncio.sleep(0)  # every task has put its request into the queue
            for index in leaving:
                tasks[index].cancel()
            free.set()
            return await asyncio.gather(*tasks, return_exceptions=True)

        answers = asyncio.run(all_at_once())
        assert not wrong
        desk.books._connection.set_trace_callback(None)
        return answers, [each for each in said if each.startswith(("BEGIN", "COMMIT", "ROLLBACK"))]

    return send


def test_all_who_wait_at_once_share_one_commit_and_get_their_own_answers(desk, crowd):
    answers, said = crowd([desk.body("invoices", number=f"{index}") for index in range(50)])
    assert [canonical.decode(answer.body)["number"] for answer in answers] == [f"{n}" for n in range(50)]
    assert said == ["BEGIN IMMEDIATE", "COMMIT"]


def test_one_who_is_refused_among_them_disturbs_no_other(desk, crowd):
    bodies = [desk.body("invoices", number=f"{index}") for index in range(5)]
    bodies[2]["total"] = "1"
    bodies[3]["number"] = "0"
    answers, said = crowd(bodies)
    assert [answer.status for answer in answers] == [201, 201, 422, 409, 201]
    again = ["BEGIN IMMEDIATE", "ROLLBACK TO request", "ROLLBACK TO request", "COMMIT"]
    assert said == ["BEGIN IMMEDIATE", "ROLLBACK", *again]
    assert [row["number"] for row in desk.get("/invoices")[1]["invoices"]] == ["0", "1", "4"]
    assert check(desk.books) == ()


def test_one_who_is_refused_before_anything_was_written_costs_nothing_to_undo(desk, crowd):
    bodies = [desk.body("invoices", number=f"{index}") for index in range(3)]
    bodies[1]["total"] = "1"
    answers, said = crowd(bodies)
    assert [answer.status for answer in answers] == [201, 422, 201]
    assert said == ["BEGIN IMMEDIATE", "COMMIT"]
    assert check(desk.books) == ()


def test_one_who_leaves_meanwhile_disturbs_no_other_and_may_ask_again(desk, crowd):
    bodies = [desk.body("invoices", number=f"{index}") for index in range(3)]
    answers, said = crowd(bodies, leaving=[1])
    assert [getattr(answer, "status", None) for answer in answers] == [201, None, 201]
    assert isinstance(answers[1], asyncio.CancelledError)
    assert said == ["BEGIN IMMEDIATE", "COMMIT"]
    assert desk.post("/invoices", bodies[1])[0] == 200


def test_a_commit_that_fails_is_told_to_all_who_wait_for_it(desk, crowd, monkeypatch):
    before = desk.content()
    real = routes.apply
    calls = iter(range(1, 10))
    monkeypatch.setattr(
        routes,
        "apply",
        lambda *given: real(*given) if next(calls) < 3 else _raise(sqlite3.OperationalError("full")),
    )
    answers, said = crowd([desk.body("invoices", number=f"{index}") for index in range(3)])
    assert [type(answer) for answer in answers] == [NoAnswer] * 3
    assert not any(answer.left for answer in answers)
    assert said == ["BEGIN IMMEDIATE", "ROLLBACK"]
    assert desk.content() == before


def test_a_crowd_above_the_limit_is_taken_in_several_commits(desk, crowd, monkeypatch):
    monkeypatch.setattr(store, "MOST", 2)
    answers, said = crowd([desk.body("invoices", number=f"{index}") for index in range(5)])
    assert [answer.status for answer in answers] == [201] * 5
    assert said == ["BEGIN IMMEDIATE", "COMMIT"] * 3


def _raise(error):
    raise error
