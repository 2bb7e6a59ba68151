"""How the orders of a WooCommerce shop are read: from change to change, whatever happens meanwhile."""

from __future__ import annotations

import base64
import copy
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.fake import Reply, Sent, site
from tests.recipes.test_woocommerce import RECIPE, sample
from tests.running import here

Json = dict[str, Any]

FOLDER: Final = "/shop/wp-json/wc/v3"
ENVIRON: Final = {"WOO_KEY": "ck_made_up_for_tests", "WOO_SECRET": "cs_made_up_for_tests"}
ALL: Final = [each["id"] for each in sample("default")]


class Shop:
    """A shop that answers as WooCommerce does, with few orders a page.

    Attributes:
        orders: Its orders, in any order.
        size: Orders a page, whatever is asked for.
        asked: The query of each request.
        sent: Each request.
        meanwhile: Called once a page is answered, with how many were.
    """

    def __init__(self, size: int) -> None:
        self.orders = copy.deepcopy(sample("default"))
        self.size = size
        self.asked: list[dict[str, str]] = []
        self.sent: list[Sent] = []
        self.meanwhile: Callable[[int], None] = lambda pages: None

    def answer(self, sent: Sent) -> Reply:
        address = urlsplit(sent.path)
        query = dict(parse_qsl(address.query))
        self.asked.append(query)
        self.sent.append(sent)
        assert (sent.method, address.path) == ("GET", f"{FOLDER}/orders")
        after, before = query.get("modified_after", ""), query.get("modified_before", "9")
        found = [each for each in self.orders if after < each["date_modified_gmt"] < before]
        found.sort(key=lambda each: (each["date_modified_gmt"], each["id"]))
        pages, number = -(-len(found) // self.size), int(query.get("page", "1"))
        head = {"X-WP-Total": str(len(found)), "X-WP-TotalPages": str(pages)}
        if number < pages:
            # Behind a proxy a shop does not know that it is reached by https.
            head["Link"] = f'<http://shop.example.com{FOLDER}/orders?page={number + 1}>; rel="next"'
        body = json.dumps(found[(number - 1) * self.size : number * self.size]).encode()
        self.meanwhile(len(self.asked))
        return Reply(body=body, headers=head)

    def run(self, folder: Path) -> subprocess.CompletedProcess[str]:
        """Run the shipped recipe on this shop, into books below *folder*."""
        with site(self.answer) as address:
            return ran(folder, address)

    def steps(self) -> list[tuple[str | None, str | None]]:
        """Return from when, and which page, each request asked for."""
        return [(each.get("modified_after"), each.get("page")) for each in self.asked]


def ran(folder: Path, address: str) -> subprocess.CompletedProcess[str]:
    entry = {
        "connector": "woocommerce",
        "site": "shop.example.com",
        "key": "${env:WOO_KEY}",
        "secret": "${env:WOO_SECRET}",
        "base_url": address + FOLDER,
    }
    (folder / "connections.yaml").write_text(json.dumps({"connections": {"shop": entry}}), "utf-8")
    return here("run", RECIPE, cwd=folder, environ=ENVIRON)


def invoices(folder: Path) -> set[str]:
    listed = here("books", "list", "--kind", "invoice", "--format", "json", cwd=folder)
    return {each["number"] for each in json.loads(listed.stdout)}


EXPECTED: Final = {
    each["number"] for each in sample("default") if each["date_paid_gmt"] and each["status"] != "on-hold"
}


def test_each_page_begins_a_second_before_the_last_change_that_was_read(tmp_path: Path) -> None:
    shop = Shop(3)
    done = shop.run(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert shop.steps() == [
        (None, None),
        ("2026-10-05T16:20:10", None),
        ("2026-10-07T14:59:59", None),
        ("2026-10-12T11:44:59", None),
        ("2026-10-13T10:10:09", None),
        ("2026-10-14T23:59:58", None),
    ]
    assert invoices(tmp_path) == EXPECTED


def test_a_second_that_fills_a_page_is_read_on_by_the_pages_number(tmp_path: Path) -> None:
    shop = Shop(2)
    done = shop.run(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert ("2026-10-13T10:10:09", "2") in shop.steps()
    assert invoices(tmp_path) == EXPECTED


def test_every_request_asks_for_all_states_oldest_change_first_in_utc(tmp_path: Path) -> None:
    shop = Shop(5)
    shop.run(tmp_path)
    fixed = {
        "status": "any",
        "orderby": "modified",
        "order": "asc",
        "per_page": "100",
        "dates_are_gmt": "true",
    }
    assert all(fixed.items() <= each.items() for each in shop.asked)


def test_key_and_secret_travel_as_basic_credentials(tmp_path: Path) -> None:
    shop = Shop(12)
    done = shop.run(tmp_path)
    token = base64.b64encode(f"{ENVIRON['WOO_KEY']}:{ENVIRON['WOO_SECRET']}".encode()).decode()
    assert {each.headers["authorization"] for each in shop.sent} == {f"Basic {token}"}
    assert not any(secret in done.stdout + done.stderr for secret in (token, *ENVIRON.values()))


def test_an_order_that_changes_while_the_list_is_read_makes_none_pass_by(tmp_path: Path) -> None:
    shop = Shop(3)

    def touch(pages: int) -> None:
        if pages == 1:  # it moves to the list's end, and the others a place up
            shop.orders[1]["date_modified_gmt"] = "2026-11-02T09:00:00"
            shop.orders[1]["status"] = "completed"

    shop.meanwhile = touch
    done = shop.run(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert invoices(tmp_path) == EXPECTED
    assert "created 21 " in done.stdout


def test_the_next_run_asks_from_the_last_change_less_the_overlap(tmp_path: Path) -> None:
    shop = Shop(100)
    new = copy.deepcopy(shop.orders[0])
    new |= {"id": 5120, "number": "5120", "date_modified_gmt": "2026-11-03T08:00:00"}
    with site(shop.answer) as address:
        ran(tmp_path, address)
        shop.asked.clear()
        shop.orders.append(new)
        again = ran(tmp_path, address)
    assert shop.steps() == [("2026-11-01T04:28:00", None)]
    assert shop.asked[0]["modified_before"].count("T") == 1
    assert not shop.asked[0]["modified_before"].endswith("Z")
    assert "read 2, created 2 (invoices 1, payments 1), skipped 1, failed 0" in again.stdout


def test_an_order_that_was_only_looked_at_changes_nothing(tmp_path: Path) -> None:
    shop = Shop(100)
    with site(shop.answer) as address:
        ran(tmp_path, address)
        shop.orders[2]["date_modified_gmt"] = "2026-11-04T10:00:00"
        again = ran(tmp_path, address)
    assert again.returncode == 0, again.stdout + again.stderr
    assert "created 0" in again.stdout


REFUSED: Final = {
    "a key that was revoked": (401, "woocommerce_rest_cannot_view", "(auth)"),
    "a key without read permission": (403, "woocommerce_rest_authentication_error", "(auth)"),
    "an address without the API": (404, "rest_no_route", "(auth)"),
    "a host that throttles": (429, "too_many_requests", "(throttled)"),
    "a host that rests": (503, "maintenance", "(transient)"),
    "an account whose share is used up": (508, "resource_limit", "(transient)"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_shop_that_refuses_stops_the_run(name: str, tmp_path: Path) -> None:
    status, code, said = REFUSED[name]
    body = json.dumps({"code": code, "message": "No, said the shop.", "data": {"status": status}}).encode()
    with site(lambda sent: Reply(status, body)) as address:
        done = ran(tmp_path, address)
    assert done.returncode == 4
    assert "No, said the shop." in done.stderr
    assert said in done.stderr
