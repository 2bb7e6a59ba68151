"""Several hands on one file."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from subprocess import PIPE
from typing import Any

import pytest

from engine import canonical
from engine.books import Books
from engine.books.audit import check
from engine.clock import SystemClock
from engine.wire import Request


def request(path, body):
    return Request("POST", f"books:{path}", body=canonical.encode(body))


def test_two_books_on_one_file_write_each_document_once(opened, desk_at):
    desks = [desk_at(opened()), desk_at(opened())]
    bodies = [desks[0].invoice_body(external_id=f"i{index}", number=f"{index}") for index in range(40)]

    async def both():
        sends = [desk.books.send(request("/invoices", body)) for body in bodies for desk in desks]
        return await asyncio.gather(*sends)

    answers = asyncio.run(both())
    pairs = list(zip(answers[::2], answers[1::2], strict=True))
    assert all(sorted((a.status, b.status)) == [200, 201] and a.body == b.body for a, b in pairs)
    assert len(desks[1].get("/invoices")[1]["invoices"]) == 40
    assert check(desks[0].books) == ()


def test_two_payments_at_once_settle_an_invoice_once(opened, desk_at):
    desks = [desk_at(opened()), desk_at(opened())]
    desks[0].invoice()

    async def both():
        bodies = [desks[0].payment_body(external_id=f"p{index}") for index in range(2)]
        pairs = zip(desks, bodies, strict=True)
        return await asyncio.gather(*(desk.books.send(request("/payments", body)) for desk, body in pairs))

    applied = sorted(canonical.decode(answer.body)["applied"] for answer in asyncio.run(both()))
    assert applied == ["0.00", "25.00"]
    assert check(desks[0].books) == ()


def test_a_method_that_is_new_to_two_hands_gets_one_account(opened, desk_at):
    first, second = desk_at(opened()), desk_at(opened())
    first.invoice()
    first.payment(amount="1", method="new")
    second.payment(external_id="p2", amount="1", method="new")
    assert len([row for row in first.content()["account"] if row[1] == "1200:new"]) == 1


def test_new_books_may_be_opened_by_many_at_once(tmp_path):
    def begin(_):
        with Books.open(tmp_path / "books.db", SystemClock()) as books, books.reading() as cursor:
            return cursor.execute("SELECT COUNT(*) FROM account").fetchone()[0]

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(begin, range(24))) == {26}


OPENED = """
import sys
from pathlib import Path
from engine.books import Books
from engine.clock import SystemClock
sys.stdin.readline()
with Books.open(Path(sys.argv[1]), SystemClock()) as books, books.reading() as cursor:
    print(cursor.execute("SELECT COUNT(*) FROM account").fetchone()[0])
"""


@pytest.mark.parametrize("turn", range(3))
def test_new_books_may_be_opened_by_many_processes_at_once(tmp_path, turn):
    command = [sys.executable, "-c", OPENED, str(tmp_path / "books.db")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    start = partial(
        subprocess.Popen, command, env=environment, text=True, stdin=PIPE, stdout=PIPE, stderr=PIPE
    )
    started: list[Any] = [start() for _ in range(6)]
    for process in started:
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [process.communicate() for process in started] == [("26\n", "")] * 6


def test_a_report_sees_one_state_while_documents_are_written(desk):
    desk.invoice()
    with desk.books.reading() as cursor:
        count = "SELECT COUNT(*) FROM document"
        assert cursor.execute(count).fetchone() == (1,)
        desk.payment()
        assert cursor.execute(count).fetchone() == (1,)
