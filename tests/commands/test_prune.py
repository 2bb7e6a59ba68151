"""``recipe runs prune``: what is old and not needed goes; what keeps a record from being written twice stays."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import engine.prune
from engine.errors import LedgerError
from engine.ledger import EffectRow, EffectState
from engine.ledger.sqlite import SqliteLedger
from engine.ledger.store import InFolder
from engine.ledger.stored import StoredLedger
from tests.faults.target import Target
from tests.ledgers import FIFTH
from tests.notes import HEAD, begin, change, recipe, records, run

ACTIONS = """\
actions:
  - {id: first, uses: desk.notes.create, with: {text: $.text, amount: "1.00"}}
  - {id: second, when: "{{ record.more }}", uses: desk.notes.create,
     with: {text: "{{ 'after ' ~ steps.first.id ~ ' with ' ~ steps.first.reference }}", amount: "2.00"}}
"""
A: Any = {"id": "a", "text": "one", "more": False}
LOSE = {"match": {"method": "POST", "nth": 1}, "do": "lose"}


@pytest.fixture
def target(server: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Target:
    """A project that has run once: one note is made of one record."""
    begin(server, tmp_path, monkeypatch, "find", ACTIONS)
    records(A)
    assert run("--new-ledger").exit_code == 0
    return server


def made(target: Target) -> int:
    return sum(len(each) for each in target.effects().values())


def effects() -> list[EffectRow]:
    opened = SqliteLedger(Path(".recipe/ledger.db"))
    try:
        return list(opened.effects())
    finally:
        opened.close()


def prune(*words: str, age: str = "0d") -> Any:
    done = recipe("runs", "prune", "--older-than", age, "--format", "json", *words)
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


# ---- what goes ----


def test_the_request_of_an_effect_that_is_done_goes_and_everything_else_of_it_stays(target: Target) -> None:
    [before] = effects()
    found = prune()
    [after] = effects()
    assert (found["effects"], found["bytes"]) == (1, len(before.headers) + len(before.body))
    assert (after.headers, after.body) == ("", b"")
    for name in (
        "key",
        "state",
        "external_id",
        "remote_id",
        "request_digest",
        "generation",
        "revisions",
        "record",
    ):
        assert getattr(after, name) == getattr(before, name)
    assert after.answer == before.answer


def test_what_is_younger_stays_and_a_dry_run_changes_nothing(target: Target) -> None:
    before = effects()
    assert (prune(age="1d")["effects"], effects()) == (0, before)
    found = prune("--dry-run")
    assert (found["dry_run"], found["effects"], found["lines"]) == (True, 1, 2)
    assert effects() == before
    assert len(Path(".recipe/log.jsonl").read_text("utf-8").splitlines()) == 2


def test_runs_that_nothing_names_go_and_the_last_one_stays_so_the_ledger_is_never_taken_for_new(
    target: Target,
) -> None:
    for _ in range(3):
        assert run().exit_code == 0
    assert prune()["runs"] == 2
    assert len(json.loads(recipe("runs", "--format", "json").stdout)) == 2
    records({**A, "id": "b"})
    assert run().exit_code == 0, "it is not asked again whether this ledger is new"


def test_old_lines_of_the_log_go_and_what_is_no_event_stays(target: Target) -> None:
    log = Path(".recipe/log.jsonl")
    young = '{"at": "2999-01-01T00:00:00.000+00:00", "event": "x"}\n'
    log.write_text(log.read_text("utf-8") + "not written by us\n[1]\n" + young, "utf-8")
    assert prune()["lines"] == 2
    assert log.read_text("utf-8") == "not written by us\n[1]\n" + young
    assert log.stat().st_mode & 0o777 == 0o600


def test_the_file_gets_smaller(target: Target) -> None:
    records(*({**A, "id": f"{number}", "text": "x" * 4000} for number in range(20)))
    assert run().exit_code == 0
    found = prune()
    assert found["left"] < found["size"] - 20 * 4000
    assert Path(".recipe/ledger.db").stat().st_size == found["left"]


def test_people_are_told_what_went(target: Target) -> None:
    told = recipe("runs", "prune", "--older-than", "0d").stdout
    assert "the requests of 1 effects (" in told
    assert "keys, ids and answers stay" in told


# ---- what stays right ----


def test_a_record_that_came_before_is_still_known(target: Target) -> None:
    prune()
    assert "skipped 1" in run().stdout
    assert made(target) == 1


def test_a_record_that_is_done_again_reads_its_stored_answer_and_makes_only_what_is_new(
    target: Target,
) -> None:
    [first] = effects()
    prune()
    records({**A, "more": True})
    assert run().exit_code == 0
    second = effects()[1]
    assert f"after {first.remote_id} with notes/first/a".encode() in second.body
    assert made(target) == 2


def test_a_changed_record_is_still_seen_as_changed(target: Target) -> None:
    prune()
    records({**A, "text": "another"})
    done = run("--format", "json")
    report = json.loads(done.stdout)
    assert (report["created"], report["changed"]) == (0, 1)
    assert made(target) == 2  # a note, and its change


def test_what_was_made_of_a_record_is_still_found(target: Target) -> None:
    prune()
    look = "actions:\n  - {id: found, uses: links.find, with: {recipe: notes, key: $.id}}\n"
    look += '  - {id: told, uses: log.write, with: {message: "{{ steps.found[0].documents[0].id }}"}}\n'
    change(HEAD.format(strategy="find").replace("recipe: notes", "recipe: look") + look, "look.yaml")
    assert run("look.yaml").exit_code == 0
    assert f'"message": "{effects()[0].remote_id}"' in Path(".recipe/log.jsonl").read_text("utf-8")


def test_what_waits_keeps_its_bytes_and_is_finished_from_them(target: Target) -> None:
    target.arm(LOSE)
    records({**A, "id": "lost"})
    assert run().exit_code == 4
    target.arm({"match": {"method": "POST", "every": 1}, "do": "error_in_200"})
    unreadable: Any = {"id": "unreadable", "more": False}
    records({**A, "id": "refused"}, unreadable)
    assert run().exit_code == 1
    target.arm()
    before = {each.record: each for each in effects() if each.state is not EffectState.DONE}
    assert {each.state for each in before.values()} == {EffectState.UNCERTAIN, EffectState.FAILED}
    assert prune()["effects"] == 1
    assert {each.record: each for each in effects() if each.state is not EffectState.DONE} == before
    assert recipe("replay", "notes.yaml", "refused").exit_code == 0
    records({**A, "id": "lost"})
    assert run().exit_code == 0
    assert made(target) == 3
    [letter] = json.loads(recipe("replay", "--format", "json").stdout)["records"]
    assert letter["key"] == ["unreadable"]


BOOK = """\
recipe: rows
version: 1
trigger: {file: notes.jsonl, format: jsonl, key: $.id}
actions:
  - {id: row, uses: file.write, with: {file: out/a.xlsx, row: {id: $.id}}}
  - {id: line, uses: file.write, with: {file: out/a.csv, row: {id: $.id}}}
"""


def test_a_workbook_is_still_written_whole_and_a_file_goes_on(target: Target) -> None:
    change(BOOK, "rows.yaml")
    assert run("rows.yaml").exit_code == 0
    assert prune()["effects"] == 2, "the note and the line of the CSV file"
    records(A, {**A, "id": "b"})
    assert run("rows.yaml").exit_code == 0
    assert Path("out/a.csv").read_text("utf-8").split() == ["id", "a", "b"]
    listing = "recipe: back\nversion: 1\ntrigger: {file: out/a.xlsx, key: $.id}\nactions:\n"
    change(
        listing + "  - {id: line, uses: file.write, with: {file: out/b.csv, row: {id: $.id}}}\n", "back.yaml"
    )
    assert run("back.yaml").exit_code == 0
    assert Path("out/b.csv").read_text("utf-8").split() == ["id", "a", "b"]


FOLLOWING = """\
recipe: people
version: 1
connections: {books: accounting}
trigger: {file: notes.jsonl, format: jsonl, key: $.id}
on_revision: update
actions:
  - {id: who, uses: books.customers.create, with: {name: $.text}}
"""


def test_a_document_that_followed_its_record_goes_on_following(target: Target) -> None:
    change(FOLLOWING, "people.yaml")
    for number in range(4):
        records({**A, "text": f"name {number}"})
        assert run("people.yaml").exit_code == 0
        prune()
    people = [each for each in effects() if each.recipe == "people"]
    assert (people[0].revisions, b"name 3" in people[0].answer) == (3, True)
    assert [each.answer for each in people[1:]] == [b"", b"", b""], "a change has told its document"
    assert len({each.remote_id for each in people}) == 1


def test_a_change_that_its_document_was_not_told_yet_keeps_its_answer(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(FOLLOWING, "people.yaml")
    assert run("people.yaml").exit_code == 0
    records({**A, "text": "name 1"})
    plain = StoredLedger.commit

    async def dies(ledger: StoredLedger, rows: Any) -> None:
        if any(isinstance(row, EffectRow) and row.revisions for row in rows):
            raise LedgerError("the process dies")
        await plain(ledger, rows)

    with monkeypatch.context() as patch:
        patch.setattr(StoredLedger, "commit", dies)
        assert run("people.yaml").exit_code == 4
    prune()
    assert [b"name 1" in each.answer for each in effects() if each.recipe == "people"] == [False, True]
    assert run("people.yaml").exit_code == 0
    assert [b"name 1" in each.answer for each in effects() if each.recipe == "people"] == [True, True]


# ---- how ----


def test_while_a_run_is_going_on_nothing_goes_and_it_is_told_which(target: Target) -> None:
    with InFolder(Path(".recipe")).running("notes", ["books"], "2026-04-01"):
        done = recipe("runs", "prune", "--older-than", "0d")
        assert prune("--dry-run")["effects"] == 1
    assert (done.exit_code, effects()[0].headers != "") == (4, True)
    assert "a run of this state is going on: notes (process" in done.stderr


def test_what_was_stopped_in_the_middle_leaves_the_ledger_whole_and_is_gone_on_with(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    records(*({**A, "id": f"{number}"} for number in range(5)))
    assert run().exit_code == 0
    monkeypatch.setattr(engine.prune, "BATCH", 2)
    plain, commits = StoredLedger.commit, iter(range(100))

    async def dies(ledger: StoredLedger, rows: Any) -> None:
        if next(commits) == 2:
            raise KeyboardInterrupt
        await plain(ledger, rows)

    with monkeypatch.context() as patch:
        patch.setattr(StoredLedger, "commit", dies)
        assert recipe("runs", "prune", "--older-than", "0d").exit_code == 4
    assert [each.headers == "" for each in effects()] == [True] * 4 + [False] * 2
    assert prune()["effects"] == 2
    assert "skipped 5" in run().stdout
    assert made(target) == 6


@pytest.mark.parametrize(
    "age", ["400", "400 days", "-1d", "d", "12m", "1s", "12h", "0.5d", "99999999d", "99999999999d"]
)
def test_an_age_that_is_none_is_refused(target: Target, age: str) -> None:
    done = recipe("runs", "prune", f"--older-than={age}")
    assert (done.exit_code, "400d" in done.stderr) == (2, True)


def test_an_age_may_be_told_in_weeks_and_years(target: Target) -> None:
    before = [prune("--dry-run", age=age)["before"][:10] for age in ("365d", "1y", "364d", "52w")]
    assert before[0] == before[1] < before[2] == before[3]


def test_a_dry_run_leaves_an_older_ledger_as_it_is(target: Target) -> None:
    with closing(sqlite3.connect(".recipe/ledger.db", isolation_level=None)) as connection:
        for statement in FIFTH:
            connection.execute(statement)
        connection.execute("PRAGMA user_version = 4")
    assert prune("--dry-run")["effects"] == 1
    with closing(sqlite3.connect(".recipe/ledger.db")) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (4,)


def test_an_age_must_be_named(target: Target) -> None:
    done = recipe("runs", "prune")
    assert (done.exit_code, "--older-than" in done.stderr) == (2, True)
    assert effects()[0].headers != ""


def test_options_of_the_list_are_never_taken_for_those_of_what_stands_behind_them(target: Target) -> None:
    done = recipe("runs", "--state", "elsewhere", "prune", "--older-than", "0d")
    assert (done.exit_code, "--state is told to prune: write it behind that word" in done.stderr) == (2, True)


def test_without_a_ledger_there_is_nothing_to_prune(target: Target) -> None:
    done = recipe("runs", "prune", "--older-than", "0d", "--state", "elsewhere")
    assert (done.exit_code, "there is no state at elsewhere yet" in done.stderr) == (2, True)


def test_effects_of_a_ledger_that_is_pruned_in_parts_are_each_counted_once(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    records(*({**A, "id": f"{number}"} for number in range(5)))
    assert run().exit_code == 0
    monkeypatch.setattr(engine.prune, "BATCH", 2)
    assert prune("--dry-run")["effects"] == 6
    assert prune()["effects"] == 6
