"""Requests that a recipe writes by hand: their path, query, headers and body, and what none of them can reach."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.actions.operation import valid
from engine.actions.request import build
from engine.connector_file import load
from engine.errors import RecordError
from engine.keys import EffectKey
from engine.recipe import Use
from engine.registry import Registry
from engine.schema import Validator
from engine.wire import Request

BASE = "https://api.example.com/v1"
KEY = EffectKey("http?url=x", "things", ("make",), ("1",))


def made(operation: str, key: EffectKey | None = None, **given: Any) -> Request:
    registry = Registry()
    connector = load("http", registry)
    found = connector.operations[operation]
    use = Use("api", connector, found, Validator(connector.taken(found, registry)))
    return build(found, BASE, valid(use, given, "/actions/0/with"), key)


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("orders", "orders"),
        ("/orders/7", "orders/7"),
        ("orders/a b?c#d", "orders/a%20b%3Fc%23d"),
        ("orders/...", "orders/..."),
        ("orders/.hidden", "orders/.hidden"),
        (["orders", "a/b", 7], "orders/a%2Fb/7"),
        (["orders", "ä%2e"], "orders/%C3%A4%252e"),
    ],
)
def test_a_path_is_of_several_segments_and_those_of_a_list_keep_their_slashes(
    path: Any, address: str
) -> None:
    assert made("get", path=path).url == f"{BASE}/{address}"


@pytest.mark.parametrize(
    "path",
    ["", "/", "..", "orders/..", "orders/../admin", "./orders", "orders//7", "orders/", "//example.org/x", [],
     ["orders", ""], ["orders", ".."], ["."], ["orders", None], {"a": 1}],
)  # fmt: skip
def test_no_path_leads_out_of_the_address(path: Any) -> None:
    with pytest.raises(RecordError, match="path"):
        made("get", path=path)


def test_a_query_and_headers_are_given_entry_by_entry() -> None:
    request = made(
        "get", path="orders", query={"page": 2, "open": True, "q": "a&b"}, headers={"X-Trace": "a b"}
    )
    assert request.url == f"{BASE}/orders?page=2&open=true&q=a%26b"
    assert request.headers == (("X-Trace", "a b"),)
    assert request.body is None


@pytest.mark.parametrize(
    "headers",
    [{"Authorization": "x"}, {"AUTHORIZATION": "x"}, {"Cookie": "x"}, {"hOst": "x"}, {"Content-Length": "0"},
     {"transfer-ENCODING": "chunked"}, {"Content-Type": "text/plain"}, {"Idempotency-Key": "1"}, {"A B": "x"},
     {"A\r\nB": "x"}, {"": "x"}, {"X-Trace": "a\r\nB: c"}, {"X-Trace": "ä"}, {"X-Trace": " a"}, {"X-Trace": 7}],
)  # fmt: skip
def test_no_header_says_what_is_the_engines_to_say(headers: dict[str, Any]) -> None:
    with pytest.raises(RecordError, match="headers"):
        made("get", path="orders", headers=headers)


@pytest.mark.parametrize("body", [{"a": {"b": [1, None]}}, [1, 2], "text", 7, None, False, {}])
def test_a_body_is_any_json(body: Any) -> None:
    request = made("post", path="orders", json=body)
    assert request.method == "POST"
    assert json.loads(request.body or b"") == body
    assert request.headers == (("Content-Type", "application/json"),)


def test_a_write_with_a_key_carries_it_in_its_header() -> None:
    request = made("post_with_key", KEY, path="orders", json={}, headers={"X-Trace": "1"})
    assert dict(request.headers)["Idempotency-Key"] == KEY.native()
    assert made("post", KEY, path="orders", json={}).headers == (("Content-Type", "application/json"),)


def test_something_is_taken_away_without_a_body() -> None:
    request = made("delete", KEY, path="orders/7")
    assert (request.method, request.body) == ("DELETE", None)
