"""recipe connectors: all of them, one with what judged it, and one operation with what it takes and gives."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.oauth.vendor import Vendor, project
from tests.running import here


def shown(*arguments: str, cwd: Path) -> str:
    done = here("connectors", *arguments, cwd=cwd)
    assert done.returncode == 0, done.stderr
    return done.stdout


def told(*arguments: str, cwd: Path) -> Any:
    return json.loads(shown(*arguments, "--format", "json", cwd=cwd))


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A project with a connector of its own, which nobody has judged."""
    return project(tmp_path, Vendor(address="http://127.0.0.1:1"))


def test_a_connector_that_nothing_but_its_own_tests_has_judged_is_unproven(own: Path) -> None:
    lines = {line.split()[0]: line for line in shown(cwd=own).splitlines()}
    assert lines["deals"].endswith("(unproven)")
    unproven = {name for name, line in lines.items() if "unproven" in line}
    assert unproven == {name for name in lines.keys() - {"books"} if not told(name, cwd=own)["judged"]}
    assert {"books", "stripe", "woocommerce"} <= lines.keys() - unproven
    assert "judged by what is not ours:\n  nothing yet: it is unproven" in shown("deals", cwd=own)
    assert told("deals", cwd=own)["judged"] == []


def test_one_says_how_it_is_connected_what_it_can_do_and_who_judged_it(own: Path) -> None:
    assert "then: recipe connect NAME" in shown("deals", cwd=own)
    text = shown("stripe", cwd=own)
    assert 'NAME: {connector: stripe, account: acct_sampleteas, key: "${env:STRIPE_KEY}"}' in text
    assert "then: recipe connect" not in text
    assert "endpoint  limit 25, per 1s" in text
    assert "forms by its package 16.1.0" in text
    assert max(map(len, text.splitlines())) < 150


def test_an_operation_is_shown_with_its_fields_a_repeat_and_a_sample(own: Path) -> None:
    text = shown("stripe", "refunds.create", cwd=own)
    assert "a repeat  known by a key in the header Idempotency-Key for 24 hours" in text
    assert "one of duplicate, fraudulent, requested_by_customer" in text
    listed = shown("stripe", "customers.list", cwd=own)
    assert "gives a list of:" in listed
    assert '"email": "' in listed
    assert "needed" in shown("books", "customers.get", cwd=own)


@pytest.mark.parametrize(
    ("connector", "operation", "repeat"),
    [
        ("stripe", "charges.list", "changes nothing"),
        ("deals", "notes.create", "known by a key in the header Idempotency-Key for 24 hours"),
        ("books", "invoices.create", "known by a key in the body external_id"),
    ],
)
def test_what_a_repeat_is_stands_in_words(own: Path, connector: str, operation: str, repeat: str) -> None:
    data = told(connector, operation, cwd=own)
    assert (data["operation"], data["repeat"]) == (operation, repeat)
    assert data["with"]["type"] == "object"


@pytest.mark.parametrize(
    ("arguments", "message", "help"),
    [
        (["strip"], "there is no connector 'strip'", "did you mean 'stripe'?"),
        (
            ["stripe", "refunds.creat"],
            "stripe has no operation 'refunds.creat'",
            "did you mean 'refunds.create'?",
        ),
    ],
)
def test_a_slip_in_a_name_is_told_with_the_nearest_one(
    own: Path, arguments: list[str], message: str, help: str
) -> None:
    done = here("connectors", *arguments, cwd=own)
    assert (done.returncode, message in done.stderr, help in done.stderr) == (2, True, True)
