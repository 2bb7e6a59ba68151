"""Pages by the Link header: relative links, links elsewhere, pages that come again."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.actions.operation import pages
from engine.actions.operation import read as read_whole
from engine.connector import Connector, Operation
from engine.errors import ConnectionFailed, Refused
from engine.http import Http
from engine.keys import Identity
from engine.paging import keyset
from engine.paging.link import LinkPaging, Params
from engine.paths import compile_path
from engine.policy import Bounds
from engine.raw import plain
from engine.recipe import Use
from engine.schema import Validator
from engine.wire import Answer, Request
from engine.world import Target
from tests.http.scripted import Scripted, answer, serving

LIST = Operation(
    "orders.list", "read", "", "GET", "/orders", records=compile_path("$.orders"), paging=("link", {})
)
CONNECTOR = Connector("shop", Path(), "", "http", operations={LIST.name: LIST})


def read(server: Scripted) -> list[Any]:
    async def run() -> list[Any]:
        http = Http(server.url, bounds=Bounds(seconds=30))
        target = Target(http, Identity("shop"), server.url, {LIST.name: LinkPaging(Params())})
        use = Use("shop", CONNECTOR, LIST, Validator(LIST.params_schema))
        try:
            return [plain(record) async for page in pages(use, target, {}, "") for record in page]
        finally:
            await http.close()

    return asyncio.run(run())


def page(number: int, **headers: str) -> bytes:
    return answer(b'{"orders": [%d]}' % number, **headers)


def test_pages_are_followed_to_the_last_one() -> None:
    with serving(
        page(1, link='</orders?page_info=b>; rel="next"'), page(2, link='</x>; rel="previous"')
    ) as server:
        assert read(server) == [1, 2]
        assert [each.target for each in server.received] == ["/orders", "/orders?page_info=b"]


@pytest.mark.parametrize("link", ["?after=1", "orders?after=1", "./orders?after=1", "/orders?after=1"])
def test_a_relative_link_starts_from_the_page_it_stands_on(link: str) -> None:
    with serving(page(1, link=f"<{link}>; rel=next"), page(2)) as server:
        assert read(server) == [1, 2]
        assert server.received[1].target == "/orders?after=1"


@pytest.mark.parametrize(
    "link",
    [
        "http://127.0.0.1:1/orders", "https://127.0.0.1/orders", "http://localhost/orders", "//example.test/orders",
        "https://evil.example/orders", "http://user:pass@127.0.0.1/", "ftp://127.0.0.1/", "http://[", "http://10.0.0.1/",
        "http://127.0.0.1:99999/", "file:///etc/passwd", "/\x01",
    ],
)  # fmt: skip
def test_a_link_to_another_place_is_refused_and_never_called(link: str) -> None:
    with serving(page(1, link=f'<{link}>; rel="next"')) as server:
        with pytest.raises(Refused):
            read(server)
        assert len(server.received) == 1


def test_a_target_that_sends_the_same_page_again_and_again_is_stopped() -> None:
    with serving(page(1, link='</orders?x=1>; rel="next"')) as server:
        with pytest.raises(ConnectionFailed, match="again and again"):
            read(server)
        assert len(server.received) == 2


def test_an_answer_without_the_list_stops_the_reading() -> None:
    with serving(answer(b'{"orders": {"1": 2}}')) as server, pytest.raises(ConnectionFailed, match="no list"):
        read(server)


def next_of(link: str) -> str | None:
    found = LinkPaging(Params()).next(Request("GET", "https://a.example/o"), Answer(200, {"link": link}), [])
    return found.url if found else None


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        (
            '<https://a.example/o?p=1>; rel="previous", <https://a.example/o?p=3>; rel="next"',
            "https://a.example/o?p=3",
        ),
        ('<https://a.example/o?p=1,2>; rel="next"', "https://a.example/o?p=1,2"),
        ('<https://a.example/o?p=3>; title="a, b; c"; REL="NEXT last"', "https://a.example/o?p=3"),
        ('<https://a.example/o?p=3>; rel="nextpage"', None),
        ("<https://a.example/o?p=3>", None),
        ("", None),
        ("rubbish; rel=next", None),
    ],
)
def test_the_link_called_next_is_found_among_others(link: str, expected: str | None) -> None:
    assert next_of(link) == expected


BY_TIME = {"field": "$.at", "to": "after", "back": "1s", "as": "epoch", "header": "X-Pages"}


def whole(server: Scripted, operation: Operation) -> Any:
    """Read the list of *operation* as ``reads:`` does."""

    async def run() -> Any:
        http = Http(server.url, bounds=Bounds(seconds=30))
        paging = keyset.KeysetPaging(keyset.Params.model_validate(BY_TIME))
        target = Target(http, Identity("shop"), server.url, {operation.name: paging})
        use = Use("shop", CONNECTOR, operation, Validator(operation.params_schema))
        try:
            return await read_whole(use, target, {}, "")
        finally:
            await http.close()

    return asyncio.run(run())


def test_of_a_record_that_comes_twice_in_a_whole_list_the_later_one_counts_once() -> None:
    first = [{"id": 1, "at": 5, "due": "10.00"}, {"id": 2, "at": 5, "due": "20.00"}]
    then = [{"id": 2, "at": 5, "due": "20.00"}, {"at": 7, "due": "3.00"}, {"at": 7, "due": "3.00"}]
    last = [{"id": "1", "at": 8, "due": "1.00"}, {"id": 1, "at": 9, "due": "11.00"}]
    with serving(
        answer(page_of(first), **{"X-Pages": "2"}), answer(page_of([*then, *last]), **{"X-Pages": "1"})
    ) as server:
        assert whole(server, replace(LIST, id=compile_path("$.id"))) == [*then, *last]


def page_of(records: list[Any]) -> bytes:
    return json.dumps({"orders": records}).encode()
