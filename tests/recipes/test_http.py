"""An API by hand: what a recipe reads and writes there, under which account, and that a plan only reads."""

from __future__ import annotations

import json
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.fake import Reply, Sent, site
from tests.running import here

RECIPE = """
recipe: things
version: 1
summary: A thing for each row.
connections: {api: http}
trigger: {file: rows.csv, key: $.id}
reads:
  - {id: seen, uses: api.get, with: {path: [things, $.id], query: {full: true}}}
actions:
  - id: made
    uses: api.post
    with: {path: things, json: {name: $steps.seen.name}, headers: {X-From: recipes}}
"""
KEY = "Bearer of-a-key-of-tests"


@pytest.fixture
def things(tmp_path: Path) -> Path:
    (tmp_path / "things.yaml").write_text(RECIPE)
    (tmp_path / "rows.csv").write_text("id\na/b\n")
    return tmp_path


def configured(folder: Path, url: str, **more: str) -> None:
    entry = {"connector": "http", "url": url, **more}
    (folder / "connections.yaml").write_text(json.dumps({"connections": {"api": entry}}))


def run(folder: Path, *arguments: str) -> CompletedProcess[str]:
    return here(*arguments, cwd=folder, environ={"API_KEY": KEY})


def test_a_recipe_reads_and_writes_at_any_api(things: Path) -> None:
    came: list[Sent] = []

    def answers(sent: Sent) -> Reply:
        came.append(sent)
        return Reply(200, b'{"name": "Blue mug"}') if sent.method == "GET" else Reply(201, b'{"id": 7}')

    with site(answers) as address:
        configured(things, f"{address}/v1/", authorization="${env:API_KEY}")
        assert run(things, "run", "things.yaml").returncode == 2  # what is new says so
        done = run(things, "run", "things.yaml", "--new-ledger")
        again = run(things, "run", "things.yaml")
    assert done.returncode == 0, done.stderr
    assert "created 1 (api 1)" in done.stdout
    assert "skipped 1" in again.stdout
    assert [(each.method, each.path) for each in came] == [
        ("GET", "/v1/things/a%2Fb?full=true"),
        ("POST", "/v1/things"),
    ]
    assert json.loads(came[1].body) == {"name": "Blue mug"}
    assert {each.headers["authorization"] for each in came} == {KEY}
    assert came[1].headers["x-from"] == "recipes"
    assert KEY not in done.stdout + done.stderr + (things / ".recipe" / "log.jsonl").read_text()


def test_without_a_key_no_header_says_that_there_is_none(things: Path) -> None:
    came: list[Sent] = []

    def answers(sent: Sent) -> Reply:
        came.append(sent)
        return Reply(200, b'{"name": "x", "id": 1}')

    with site(answers) as address:
        configured(things, address)
        run(things, "run", "things.yaml", "--new-ledger")
    assert len(came) == 2
    assert all("authorization" not in each.headers for each in came)


def test_a_plan_reads_and_writes_nothing(things: Path) -> None:
    came: list[str] = []

    def answers(sent: Sent) -> Reply:
        came.append(sent.method)
        return Reply(200, b'{"name": "Blue mug"}')

    with site(answers) as address:
        configured(things, address)
        plan = run(things, "plan", "things.yaml")
    assert plan.returncode == 0, plan.stderr
    assert "POST" in plan.stdout
    assert "Blue mug" in plan.stdout
    assert came == ["GET"]


def test_a_write_whose_answer_is_lost_waits_for_a_person(things: Path) -> None:
    came: list[str] = []

    def answers(sent: Sent) -> Reply:
        came.append(sent.method)
        return Reply(200, b'{"name": "x"}') if sent.method == "GET" else Reply(raw=b"HTTP/1.1 2")

    with site(answers) as address:
        configured(things, address)
        run(things, "run", "things.yaml", "--new-ledger")
        run(things, "run", "things.yaml")
    assert came.count("POST") == 1
    assert "--confirm-sent" in run(things, "replay").stdout


@pytest.mark.parametrize(("status", "code"), [(422, 1), (404, 1), (401, 4), (429, 4)])
def test_a_refusal_is_told_in_the_words_of_the_api(things: Path, status: int, code: int) -> None:
    def answers(sent: Sent) -> Reply:
        if sent.method == "GET":
            return Reply(200, b'{"name": "x"}')
        return Reply(status, b'{"error": "the name is taken"}')

    with site(answers) as address:
        configured(things, address)
        failed = run(things, "run", "things.yaml", "--new-ledger")
    assert failed.returncode == code
    if status != 429:
        assert "the name is taken" in failed.stderr


def test_the_check_says_once_that_nothing_is_known(things: Path) -> None:
    told = here("check", "things.yaml", cwd=things)
    assert told.returncode == 0
    assert (told.stdout + told.stderr).count("nothing says what api.get gives") == 1


@pytest.mark.parametrize(
    "url", ["ftp://example.com", "https://ann@example.com", "https://example.com?x=1", "example.com"]
)
def test_what_is_no_address_is_a_finding(things: Path, url: str) -> None:
    configured(things, url)
    assert run(things, "run", "things.yaml").returncode == 3


def test_what_would_not_be_encrypted_is_refused(things: Path) -> None:
    configured(things, "http://api.example.com")
    refused = run(things, "run", "things.yaml", "--new-ledger")
    assert refused.returncode == 4
    assert "not encrypted" in refused.stderr
