"""Connections: whose account one is, what is shown when one is missing, and --set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from engine.connections import Connection, example_entry, override, read
from engine.connector import Connector
from engine.connector_file import load
from engine.errors import RecipeInvalid, UsageError
from engine.registry import Registry
from engine.secret import Secret

REGISTRY = Registry()
PLAIN = '{connector: shopify, store: acme, token: "${env:SHOP_TOKEN}"}'


def connections(entry: str = PLAIN) -> dict[str, Connection]:
    return read(f"connections:\n  shop: {entry}\n", Path("/project/connections.yaml"), REGISTRY)


@pytest.fixture(scope="module")
def shopify() -> Connector:
    return load("shopify", REGISTRY)


def codes(entry: str) -> list[str]:
    with pytest.raises(RecipeInvalid) as invalid:
        connections(entry)
    return [each.code for each in invalid.value.diagnostics]


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ("{connector: shopify, store: acme, token: hunter2hunter2}", "R404"),
        ("{connector: shopify, store: acme, token: 12345}", "R404"),
        ('{connector: shopify, store: acme, token: "a${env:X}"}', "R404"),
        ('{connector: shopify, store: acme, token: ["${env:X}"]}', "R404"),
        ('{connector: shopify, store: "${env:STORE}", token: "${env:X}"}', "R405"),
        ('{connector: shopify, store: A_B, token: "${env:X}"}', "R406"),
        ("{connector: shopify, store: acme}", "R104"),
        ('{connector: shopfy, store: acme, token: "${env:X}"}', "R102"),
    ],
)
def test_an_entry_with_a_mistake_has_one_finding(entry: str, code: str) -> None:
    assert codes(entry) == [code]


def test_no_secret_is_read_before_it_is_needed() -> None:
    shop = connections()["shop"]
    assert shop.identity().text == "shopify?store=acme"
    assert "SHOP_TOKEN" in repr(shop)
    with pytest.raises(UsageError, match="SHOP_TOKEN is not set"):
        shop.opened({})
    token = shop.opened({"SHOP_TOKEN": "hunter2hunter2"})["token"]
    assert isinstance(token, Secret)
    assert token.matches("hunter2hunter2")


def test_another_address_is_another_account_and_keeps_the_vendors_path() -> None:
    shop = connections()["shop"]
    assert shop.address() == "https://acme.myshopify.com/admin/api/2026-10"
    moved = replace(shop, base_url="http://127.0.0.1:9")
    assert moved.address() == "http://127.0.0.1:9/admin/api/2026-10"
    assert replace(shop, base_url="https://a.example/own/").address() == "https://a.example/own"
    texts = {each.identity().text for each in (shop, moved, replace(shop, base_url="http://127.0.0.1:8"))}
    assert len(texts) == 3


def test_neither_its_name_nor_its_token_nor_its_version_makes_another_account() -> None:
    shop = connections()["shop"]
    changed = override(
        {"shop": shop}, ["connections.shop.api_version=2027-01", "connections.shop.token=${env:Y}"]
    )
    assert changed["shop"].identity() == replace(shop, name="other").identity()
    assert "2027-01" in changed["shop"].address()


@pytest.mark.parametrize(
    ("change", "check"),
    [
        ("connections.shop.store=other", lambda shop: shop.identity().text == "shopify?store=other"),
        ("connections.shop.base_url=https://a.example", lambda shop: shop.base_url == "https://a.example"),
        ("connections.shop.token=${file:a=b}", lambda shop: str(shop.settings["token"]) == "${file:a=b}"),
    ],
)
def test_set_changes_one_setting_for_this_run(change: str, check: Callable[[Connection], bool]) -> None:
    assert check(override(connections(), [change])["shop"])


@pytest.mark.parametrize(
    "change",
    [
        "connections.shop.token=hunter2hunter2", "connections.shop.token:hunter2hunter2", "hunter2hunter2",
        "connections.shop.tokn=hunter2hunter2", "connections.shp.token=hunter2hunter2", "token=hunter2hunter2",
        "connections.shop.store=hunter2_hunter2", "=hunter2hunter2",
    ],
)  # fmt: skip
def test_set_with_a_mistake_is_refused(change: str) -> None:
    with pytest.raises(UsageError) as refused:
        override(connections(), [change])
    if "store" not in change:
        assert "hunter2" not in refused.value.message + refused.value.help


def test_the_entry_that_is_shown_for_a_missing_connection_can_be_used_as_it_is(shopify: Connector) -> None:
    text = example_entry("shop", shopify)
    assert '"${env:SHOPIFY_TOKEN}"' in text
    assert read(text, Path("connections.yaml"), REGISTRY)["shop"].identity().connector == "shopify"


def test_what_a_message_shows_of_the_file_is_keys_connectors_and_references() -> None:
    entry = '{connector: shopify, store: acme, tokn: hunter2hunter2, "token": "${env:X}"} # hunter2'
    with pytest.raises(RecipeInvalid) as invalid:
        connections(entry)
    (first, *_) = invalid.value.diagnostics
    lines = invalid.value.source.excerpts([first])
    shown = '  shop: {connector: shopify, store: ****, tokn: **************, "token": "${env:X}"} # *******'
    assert lines[1] == shown
    assert lines[1][invalid.value.source.locate(first).column - 1 :].startswith("tokn")


def test_headers_are_filled_with_plain_settings_and_their_defaults(shopify: Connector) -> None:
    fixed = replace(shopify, headers={"Api-Version": "v{api_version}", "Shop": "{store}"})
    shop = replace(connections()["shop"], connector=fixed)
    assert shop.headers() == {"Api-Version": "v2026-10", "Shop": "acme"}
