"""What is written to Stripe: forms under a key, the same bytes again where an answer was lost, and no second refund."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from tests.fake import Reply, Sent, site
from tests.running import here

KEY = "rk_live_made_up_0123456789"
RECIPE = """\
recipe: pay-back
version: 1
summary: What support decided is paid back.
connections: {stripe: stripe}
trigger: {file: decided.jsonl, format: jsonl, key: $.case}
actions:
  - id: refund
    uses: stripe.refunds.create
    with:
      charge: $.charge
      amount: "{{ record.amount | money | to_minor(record.currency) }}"
      reason: requested_by_customer
      metadata: {case: $.case, note: $.note}
"""
CASE = {"case": "c-1", "charge": "ch_0002", "amount": "20.00", "currency": "USD", "note": "chipped & cold"}


def answer(status: int, body: object) -> Reply:
    return Reply(status, json.dumps(body).encode(), {"Content-Type": "application/json"})


def refused(status: int, type: str, code: str = "") -> Reply:
    return answer(status, {"error": {"type": type, "code": code, "message": "Said by Stripe."}})


REFUND = answer(200, {"id": "re_1", "object": "refund", "amount": 2000, "status": "succeeded"})
LOST = Reply(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{")


class Stripe:
    """Answers by turns, the last of them again and again, and remembers what came."""

    def __init__(self, *replies: Reply) -> None:
        self.replies, self.sent = list(replies), list[Sent]()

    def __call__(self, sent: Sent) -> Reply:
        self.sent.append(sent)
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def run(stripe: Stripe, recipe: str = RECIPE, *options: str) -> subprocess.CompletedProcess[str]:
        (tmp_path / "recipes").mkdir(exist_ok=True)
        (tmp_path / "recipes" / "pay-back.yaml").write_text(recipe, "utf-8")
        (tmp_path / "decided.jsonl").write_text(json.dumps(CASE) + "\n", "utf-8")
        with site(stripe) as address:
            # One account, wherever it answers from: what is remembered is remembered for it.
            entry = {
                "connector": "stripe",
                "account": "acct_1Sample",
                "key": "${env:KEY}",
                "base_url": address,
            }
            (tmp_path / "connections.yaml").write_text(
                json.dumps({"connections": {"stripe": entry}}), "utf-8"
            )
            return here("run", "pay-back.yaml", "--new-ledger", *options, cwd=tmp_path, environ={"KEY": KEY})

    return run


def test_a_refund_is_a_form_in_minor_units_under_a_key(run: Run) -> None:
    stripe = Stripe(REFUND)
    assert run(stripe).returncode == 0
    (sent,) = stripe.sent
    assert (sent.method, sent.path) == ("POST", "/v1/refunds")
    assert sent.headers["content-type"] == "application/x-www-form-urlencoded"
    assert sent.headers["stripe-version"] == "2026-10-28.endive"
    assert 0 < len(sent.headers["idempotency-key"]) <= 255
    assert dict(parse_qsl(sent.body.decode())) == {
        "charge": "ch_0002",
        "amount": "2000",
        "reason": "requested_by_customer",
        "metadata[case]": "c-1",
        "metadata[note]": "chipped & cold",
    }


@pytest.mark.parametrize(
    "first",
    [
        LOST,
        refused(500, "api_error"),
        refused(409, "invalid_request_error", "idempotency_key_in_use"),
        refused(429, "invalid_request_error", "lock_timeout"),
    ],
    ids=["lost", "500", "in use", "locked"],
)
def test_what_is_not_sure_is_sent_again_with_the_same_bytes_under_the_same_key(
    run: Run, first: Reply
) -> None:
    stripe = Stripe(first, REFUND)
    handled = RECIPE + "    on_error: {retry: {attempts: 3, backoff: 1ms}}\n"
    done = run(stripe, handled)
    assert done.returncode == 0, done.stderr
    one, two = stripe.sent
    assert (one.body, one.headers["idempotency-key"]) == (two.body, two.headers["idempotency-key"])


def test_a_refusal_is_the_records_own_with_stripes_words(run: Run) -> None:
    done = run(Stripe(refused(400, "invalid_request_error", "charge_already_refunded")))
    assert (done.returncode, "Said by Stripe." in done.stderr) == (1, True)


def test_a_key_that_may_not_write_stops_the_run_and_is_not_shown(run: Run) -> None:
    done = run(Stripe(refused(403, "invalid_request_error", "more_permissions_required")))
    assert (done.returncode, "check the key of this connection" in done.stderr) == (4, True)
    assert KEY not in done.stdout + done.stderr
