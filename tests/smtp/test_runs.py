"""Recipes that send mail: nobody is told twice, whatever dies; no password is shown; a sample sends nothing."""

from __future__ import annotations

import asyncio
import json
import subprocess
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest

from tests.running import PROGRAM, here
from tests.smtp.postbox import PASSWORD, USER, only_the_desk, postbox, replies, scripted
from tests.smtp.test_left import READY

RECIPE = """
recipe: receipts
version: 1
summary: A receipt for each sale.
connections: {mail: smtp}
trigger: {file: sales.csv, key: $.sale}
actions:
  - id: receipt
    uses: mail.send
    with: {to: $.to, subject: "Receipt {{ record.sale }}", text: "Thank you, {{ record.name }}."}
"""
LOGIN: dict[str, Any] = {"auth_required": True, "auth_require_tls": False, "authenticator": only_the_desk}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "receipts.yaml").write_text(RECIPE)
    sold("s1,Ann,ann@example.com", shop=tmp_path)
    return tmp_path


def sold(*lines: str, shop: Path) -> None:
    (shop / "sales.csv").write_text("\n".join(["sale,name,to", *lines, ""]))


def configured(shop: Path, port: int, **more: str) -> None:
    entry = {
        "connector": "smtp",
        "host": "127.0.0.1",
        "port": port,
        "security": "none",
        "from": "b@example.org",
    }
    (shop / "connections.yaml").write_text(json.dumps({"connections": {"mail": {**entry, **more}}}))


def run(shop: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return here("run", "receipts.yaml", *more, cwd=shop, environ={"MAIL_PASSWORD": PASSWORD})


def test_each_sale_is_told_once(shop: Path) -> None:
    with postbox() as box:
        configured(shop, box.port)
        asked = run(shop)
        assert (asked.returncode, box.taken) == (2, [])
        assert "--new-ledger" in asked.stderr
        assert "created 1 (mail 1)" in run(shop, "--new-ledger").stdout
        sold("s1,Ann,ann@example.com", "s2,Ben,ben@example.com", shop=shop)
        assert "created 1 (mail 1)" in run(shop).stdout
        sold("s1,Ann,other@example.com", shop=shop)  # what was told is told
        assert run(shop).returncode == 0
    assert [envelope.rcpt_tos for envelope in box.taken] == [["ann@example.com"], ["ben@example.com"]]


def test_a_mail_whose_answer_was_lost_is_listed_and_not_sent_again(shop: Path) -> None:
    with scripted(replies(*READY)) as port:
        configured(shop, port)
        run(shop, "--new-ledger")
    with postbox() as box:
        configured(shop, box.port)
        again = run(shop)
    assert (again.returncode, box.taken) == (0, [])
    assert "mail.send" in here("replay", cwd=shop).stdout


def test_a_mail_that_surely_was_not_taken_is_sent_by_the_next_run(shop: Path) -> None:
    with scripted(replies(*READY[:4])) as port:
        configured(shop, port)
        assert run(shop, "--new-ledger").returncode == 4
    with postbox() as box:
        configured(shop, box.port)
        assert "created 1" in run(shop).stdout
    assert len(box.taken) == 1


def test_a_run_that_is_killed_behind_the_message_tells_nobody_twice(shop: Path) -> None:
    came = []

    async def holds(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await replies(*READY)(reader, writer)
        came.append(True)
        running.kill()
        await asyncio.sleep(1)

    with scripted(holds) as port:
        configured(shop, port)
        command = [*PROGRAM, "run", "receipts.yaml", "--new-ledger"]
        running = subprocess.Popen(command, cwd=shop, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        assert running.wait(60) < 0
    with postbox() as box:
        configured(shop, box.port)
        again = run(shop)
    assert (came, again.returncode, box.taken) == ([True], 0, [])


@pytest.mark.parametrize(
    ("says", "code"),
    [({"ann@example.com": "550 nobody"}, 1), ({"data": "554 no"}, 1), ({"ann@example.com": "450 later"}, 4)],
)
def test_a_refusal_is_the_records_and_one_that_may_pass_the_connections(
    shop: Path, says: dict[str, str], code: int
) -> None:
    with postbox(says=says) as box:
        configured(shop, box.port)
        assert run(shop, "--new-ledger").returncode == code
    with postbox() as box:
        configured(shop, box.port)
        run(shop)
    assert len(box.taken) == 1


def test_a_wrong_password_stops_the_run_and_the_right_one_is_written_nowhere(shop: Path) -> None:
    with postbox(**LOGIN) as box:
        configured(shop, box.port, user=USER, password="${env:MAIL_PASSWORD}")
        wrong = here(
            "run", "receipts.yaml", "--new-ledger", cwd=shop, environ={"MAIL_PASSWORD": "of-somebody-else"}
        )
        assert (wrong.returncode, box.taken) == (4, [])
        assert "535" in wrong.stderr
        sold(f"s1,{PASSWORD},ann@example.com", shop=shop)
        right = run(shop)
        sold(shop=shop)
    assert len(box.taken) == 1
    for shown in (wrong, right):
        assert "of-somebody-else" not in shown.stdout + shown.stderr
        assert PASSWORD not in shown.stdout + shown.stderr
    log = (shop / ".recipe" / "log.jsonl").read_text()
    assert PASSWORD not in log


@pytest.mark.parametrize(
    "to", ["ann", "ann@example.com\\nBcc: eve@example.com", "ann@example.com, eve@example.com", ""]
)
def test_an_address_that_is_none_fails_its_record_before_anything_is_sent(shop: Path, to: str) -> None:
    (shop / "sales.csv").write_text('sale,name,to\ns1,Ann,"' + to.replace("\\n", "\n") + '"\n')
    with postbox() as box:
        configured(shop, box.port)
        failed = run(shop, "--new-ledger")
    assert (failed.returncode, box.taken) == (1, [])
    assert "X107" in failed.stderr


def test_a_plan_shows_to_whom_and_what_about_and_sends_nothing(shop: Path) -> None:
    with postbox() as box:
        configured(shop, box.port)
        plan = here("plan", "receipts.yaml", cwd=shop).stdout
    assert "to: ann@example.com, subject: Receipt s1" in plan
    assert box.taken == []


def test_a_sample_writes_each_mail_into_a_file(tmp_path: Path) -> None:
    (tmp_path / "receipts.yaml").write_text(
        RECIPE.replace("{mail: smtp}", "{mail: smtp, stripe: stripe}")
        .replace("{file: sales.csv, key: $.sale}", "{poll: stripe.charges.list, every: 1h, key: $.id}")
        .replace("$.to", "[ann@example.com]")
        .replace("record.sale", "record.id")
        .replace("record.name", "record.currency")
        .replace("text:", "bcc: ben@example.com, text:")
    )
    done = here("run", "receipts.yaml", "--sample", "--state", "kept", cwd=tmp_path)
    assert "(mail 10)" in done.stdout
    files = sorted((tmp_path / "kept" / "sample" / "mail").glob("*.eml"))
    message = message_from_bytes(files[0].read_bytes())
    assert len(files) == 10
    assert message["X-Envelope-To"] == "ann@example.com, ben@example.com"
    assert message["Subject"].startswith("Receipt ")


def test_a_connection_that_would_not_be_encrypted_is_refused(shop: Path) -> None:
    configured(shop, 25, host="mail.example.com")
    refused = run(shop, "--new-ledger")
    assert refused.returncode == 4
    assert "for everybody to read" in refused.stderr
