"""A transport by which only reads leave: every operation of every connector that ships, and requests made up."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Any

import pytest

from engine.actions.request import build
from engine.clock import SystemClock
from engine.connections import Connection
from engine.connector import Connector, Operation, Param
from engine.connector_file import load
from engine.errors import Refused
from engine.graphql import Query
from engine.keys import EffectKey
from engine.paths import compile_path
from engine.read_only import ReadOnly
from engine.registry import Registry
from engine.secret import Masker
from engine.targets import Opening, opened
from engine.wire import Answer, Request

BASE = "https://target.example/v1"
CONNECTORS = [load(name, Registry()) for name in Registry().connectors]
BOOKS = load("books", Registry())
EVERY = [(connector, operation) for connector in CONNECTORS for operation in connector.operations.values()]


class Door:
    """Notes what leaves."""

    def __init__(self) -> None:
        self.sent: list[Request] = []

    async def send(self, request: Request) -> Answer:
        self.sent.append(request)
        return Answer(200)


def left(connector: Connector, request: Request) -> bool:
    """Tell whether *request* goes through."""
    door = Door()
    with contextlib.suppress(Refused):
        asyncio.run(ReadOnly(door, connector, BASE).send(request))
    return door.sent == [request]


@pytest.mark.parametrize(
    ("connector", "operation"), EVERY, ids=[f"{connector.name} {each.name}" for connector, each in EVERY]
)
def test_of_a_connectors_operations_those_that_read_leave_and_no_other(
    connector: Connector, operation: Operation
) -> None:
    given: dict[str, Any] = {name: "1" for name, param in operation.params.items() if param.place == "path"}
    key = EffectKey("t", "r", ("a",), ("1",)) if operation.writes else None
    assert left(connector, build(operation, BASE, given, key)) is not operation.writes


def made(*operations: Operation) -> Connector:
    return Connector("made", BOOKS.folder, "", "http", operations={each.name: each for each in operations})


GET = Operation("things.list", "read", "", "GET", "/things", records=compile_path("$"))
POST = Operation("things.create", "create", "", "POST", "/things", body="x")
SEARCH = Operation("things.search", "read", "", "POST", "/things/search", body="x")
ANY = Operation(
    "things.change", "update", "", "POST", "/things/{id}", {"id": Param("id", "path", {})}, body="x"
)
FIRE = Operation("things.fire", "create", "", "GET", "/fire")
ASK = Operation("things.ask", "read", "", "POST", "/graphql", graphql=Query("{ things }"))


@pytest.mark.parametrize(
    ("request_", "leaves"),
    [
        (Request("GET", f"{BASE}/things?page=2"), True),
        (Request("GET", f"{BASE}/pages/next-3"), True),
        (Request("GET", f"{BASE}/fire"), False),
        (Request("POST", f"{BASE}/things", (), b"{}"), False),
        (Request("DELETE", f"{BASE}/things"), False),
        (Request("POST", f"{BASE}/nowhere", (), b"{}"), False),
        (Request("POST", f"{BASE}/graphql", (), b'{"query":"{ things }"}'), True),
        (Request("POST", f"{BASE}/graphql", (), b'{"query":"mutation { things }"}'), False),
        (Request("POST", f"{BASE}/graphql", (), b"no JSON"), False),
    ],
)
def test_what_is_not_surely_a_read_does_not_leave(request_: Request, leaves: bool) -> None:
    assert left(made(GET, POST, FIRE, ASK), request_) is leaves


def test_a_read_that_a_write_could_be_mistaken_for_does_not_leave() -> None:
    search = Request("POST", f"{BASE}/things/search", (), b"{}")
    assert left(made(SEARCH), search)
    assert not left(made(SEARCH, ANY), search)


def test_what_is_opened_only_to_read_has_no_other_way_out(tmp_path: Path) -> None:
    books = Connection("books", BOOKS)
    opening = Opening(Registry(), tmp_path, {}, SystemClock(), Masker(), only_reads=True)

    async def send(request: Request) -> Answer:
        async with opened({"books": books}, None, opening) as targets:
            assert isinstance(targets["books"].transport, ReadOnly)
            return await targets["books"].transport.send(request)

    assert asyncio.run(send(Request("GET", "books:/invoices"))).status == 200
    with pytest.raises(Refused, match="a plan only reads"):
        asyncio.run(send(Request("POST", "books:/invoices", (), b"{}")))
    assert list(tmp_path.iterdir()) == []
