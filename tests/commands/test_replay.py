"""``recipe replay``: what failed is taken again, and a person says what became of a request that was lost."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from engine.ledger import RecordRow, RecordState
from engine.ledger.sqlite import SqliteLedger
from tests.faults.target import Target
from tests.notes import HEAD, begin, change, recipe, records

ACTIONS = """\
actions:
  - {id: first, uses: desk.notes.create, with: {text: $.text, amount: $.amount, reference: $.id}}
  - {id: second, uses: desk.notes.create, with: {text: "{{ 'after ' ~ steps.first.id }}", amount: $.amount}}
"""
RECIPE = HEAD.format(strategy="none") + ACTIONS
LOSE = {"match": {"method": "POST", "nth": 1}, "do": "lose"}


@pytest.fixture
def target(server: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Target:
    """A project with the recipe ``notes`` over the target that knows nothing again; two records."""
    begin(server, tmp_path, monkeypatch, "none", ACTIONS)
    records({"id": "a", "text": "one", "amount": "1.50"}, {"id": "b", "text": "two", "amount": "2.25"})
    return server


def sent(action: str, key: str) -> bytes:
    """Return the body that an action sent for a record."""
    ledger = SqliteLedger(Path(".recipe/ledger.db"))
    try:
        [effect] = ledger.effects(external_id=f"notes/{action}/{key}")
    finally:
        ledger.close()
    return effect.body


def run() -> Result:
    return recipe("run", "notes.yaml", "--new-ledger")


def waiting() -> Any:
    return json.loads(recipe("replay", "--format", "json").stdout)


def parked(target: Target) -> str:
    """Lose the first answer, run until its effect is parked, and return the effect's id."""
    target.arm(LOSE)
    assert run().exit_code == 4
    assert run().exit_code == 1
    [effect] = waiting()["effects"]
    assert effect["state"] == "parked"
    return str(effect["id"])


def test_what_waits_is_listed_with_the_commands_that_resolve_it(target: Target) -> None:
    assert run().exit_code == 0
    assert recipe("replay").stdout == "nothing waits: no record failed, and no request was lost\n"


def test_a_parked_effect_is_listed_with_what_to_look_for_and_both_commands(target: Target) -> None:
    id = parked(target)
    told = recipe("replay").stdout
    assert "looked for at the target by: notes/first/a" in told
    assert f"recipe replay notes --confirm-sent {id} ITS-ID" in told
    assert f"recipe replay notes --send-again {id}" in told
    assert f"(effect {id}: recipe replay)" in recipe("show").stdout


def test_one_that_a_person_found_is_not_sent_again_and_its_record_goes_on_with_its_id(target: Target) -> None:
    id = parked(target)
    assert recipe("replay", "notes.yaml", "--confirm-sent", id, "note-77").exit_code == 0
    assert b'"after note-77"' in sent("second", "a")
    assert waiting() == {"records": [], "effects": []}
    assert sum(len(made) for made in target.effects().values()) == 4


def test_one_that_a_person_did_not_find_is_sent_again(target: Target) -> None:
    target.arm({"match": {"method": "POST", "nth": 1}, "do": "reset"})
    assert run().exit_code == 4
    assert run().exit_code == 1
    [effect] = waiting()["effects"]
    assert recipe("replay", "notes.yaml", "--send-again", effect["id"]).exit_code == 0
    assert waiting() == {"records": [], "effects": []}
    assert len(target.effects()["a"]) == 1


def test_an_id_that_no_effect_has_is_told(target: Target) -> None:
    parked(target)
    for words in (("--confirm-sent", "0000000000", "x"), ("--send-again", "0000000000")):
        done = recipe("replay", "notes.yaml", *words)
        assert done.exit_code == 2
        assert "no effect of notes that waits for a person has the id '0000000000'" in done.stderr


def test_a_record_that_failed_is_taken_again_with_the_recipe_as_it_is_now(target: Target) -> None:
    records({"id": "a", "text": "one", "amount": "1.50"}, {"id": "b", "txt": "two", "amount": "2.25"})
    assert run().exit_code == 1
    [letter] = waiting()["records"]
    assert (letter["key"], letter["code"]) == (["b"], "X101")
    assert "again: recipe replay notes b\n" in recipe("replay").stdout
    Path("notes.jsonl").unlink()
    Path("notes.yaml").write_text(RECIPE.replace("$.text", "$.txt"), "utf-8")
    done = recipe("replay", "notes.yaml", "b")
    assert (done.exit_code, waiting()["records"]) == (0, [])
    assert [len(made) for made in target.effects().values()] == [1, 2, 1]


def test_a_later_run_that_does_not_meet_what_failed_says_that_it_waits(target: Target) -> None:
    target.arm({"match": {"method": "POST", "every": 1}, "do": "error_in_200"})
    assert "failed 2" in run().stdout
    target.arm()
    records({"id": "c", "text": "three", "amount": "3.00"})
    told = run().stdout
    assert "failed 0, waiting from before 2" in told
    assert "recipe replay lists it" in told
    assert recipe("replay", "notes.yaml", "--all").exit_code == 0
    assert "waiting" not in run().stdout


@pytest.mark.parametrize("words", [["--all"], ["a", "b"], ["--run", "2"]], ids=" ".join)
def test_all_that_failed_are_taken_again_and_what_was_done_stands(target: Target, words: list[str]) -> None:
    target.arm({"match": {"method": "POST", "every": 2}, "do": "error_in_200"})
    assert run().exit_code == 1
    assert len(waiting()["records"]) == 2
    target.arm()
    done = recipe("replay", "notes.yaml", *words, "--format", "json")
    report = json.loads(done.stdout)
    assert (done.exit_code, report["read"], report["done"]) == (0, 2, 2)
    assert {key: len(made) for key, made in target.effects().items()} == {"a": 1, "b": 1, "": 2}


def test_a_key_that_waits_nowhere_is_told(target: Target) -> None:
    assert run().exit_code == 0
    done = recipe("replay", "notes.yaml", "a")
    assert done.exit_code == 2
    assert "no record of notes with the key a waits among those of these accounts" in done.stderr


def test_a_replay_says_what_is_to_be_taken(target: Target) -> None:
    assert run().exit_code == 0
    for words in ([], ["notes.yaml"], ["--all"]):
        assert recipe("replay", *words).exit_code == (0 if not words else 2)


def test_a_row_that_could_not_be_read_fails_again_with_its_reason(target: Target) -> None:
    Path("notes.jsonl").write_text('{"id": "a"\n', "utf-8")
    assert run().exit_code == 1
    done = recipe("replay", "notes.yaml", "--all", "--format", "json")
    assert done.exit_code == 1
    assert [each["code"] for each in json.loads(done.stdout)["failures"]] == ["X110"]


def test_a_record_that_came_in_half_is_not_booked_from_its_half(target: Target) -> None:
    run()
    half = RecordRow(
        recipe="notes", source="file", target="target-none?account=main", key='["c"]', revision="", digest="1:0",
        state=RecordState.DEAD, run="r", at="2026-11-22", raw=b'{"id": "c", "text": "half", "amount": "1.00"}',
        error='{"code": "X207", "message": "cut", "help": "ask for more", "pointer": "", "number": ""}',
    )  # fmt: skip
    ledger = SqliteLedger(Path(".recipe/ledger.db"))
    asyncio.run(ledger.commit([half]))
    ledger.close()
    done = recipe("replay", "notes.yaml", "c", "--format", "json")
    assert [each["code"] for each in json.loads(done.stdout)["failures"]] == ["X207"]
    assert "c" not in target.effects()


# ---- what a record has become since ----


def test_a_record_that_changed_is_listed_and_taken_again_by_its_key_once_the_recipe_says_what_to_do(
    target: Target,
) -> None:
    change(RECIPE + "on_revision: park\n")
    run()
    records({"id": "a", "text": "another", "amount": "1.50"})
    assert run().exit_code == 1
    [letter] = waiting()["records"]
    assert (letter["state"], letter["code"]) == ("parked", "X302")
    assert "record a (notes.jsonl, line 1) parked [X302]" in recipe("replay").stdout
    assert recipe("replay", "notes.yaml", "a").exit_code == 1
    change(RECIPE + "on_revision: skip\n")
    assert recipe("replay", "notes.yaml", "a").exit_code == 0
    assert waiting()["records"] == []
    assert len(target.effects()["a"]) == 1


def test_what_a_person_corrected_at_the_target_is_taken_off_the_list(target: Target) -> None:
    change(RECIPE + "on_revision: park\n")
    run()
    records({"id": "a", "text": "another", "amount": "1.50"})
    assert run().exit_code == 1
    told, before = recipe("replay").stdout, target.effects()
    assert "once it is corrected there: recipe replay notes a --settled" in told
    assert recipe("replay", "notes.yaml", "a", "--settled").exit_code == 0
    assert waiting()["records"] == []
    assert run().exit_code == 0
    assert target.effects() == before
    done = recipe("replay", "notes.yaml", "a", "--settled", "--remap")
    assert (done.exit_code, "leaves what stands as it is" in done.stderr) == (2, True)


def test_records_that_share_a_parked_effect_are_all_taken_again_when_it_is_decided(target: Target) -> None:
    change(
        RECIPE.replace("{id: first, uses", "{id: first, key: $.amount, uses").replace(
            "reference: $.id", "reference: x"
        )
    )
    records({"id": "a", "text": "one", "amount": "1.50"}, {"id": "b", "text": "one", "amount": "1.50"})
    id = parked(target)
    assert [each["key"] for each in waiting()["records"]] == [["a"], ["b"]]
    assert recipe("replay", "notes.yaml", "--confirm-sent", id, "note-77").exit_code == 0
    assert waiting() == {"records": [], "effects": []}


def test_an_effect_of_another_account_is_not_decided_from_this_one(target: Target) -> None:
    id = parked(target)
    done = recipe("replay", "notes.yaml", "--send-again", id, "--set", "connections.desk.account=other")
    assert done.exit_code == 2
    assert (
        "is one of target-none?account=main, and this run writes to target-none?account=other" in done.stderr
    )
    assert [each["id"] for each in waiting()["effects"]] == [id]


def test_the_second_of_two_rows_with_one_key_fails_again_and_never_changes_what_the_first_made(
    target: Target,
) -> None:
    change(RECIPE + "on_revision: skip\n")
    records({"id": "a", "text": "one", "amount": "1.50"}, {"id": "a", "text": "two", "amount": "2.50"})
    assert run().exit_code == 1
    done = recipe("replay", "notes.yaml", "--all", "--format", "json")
    assert [each["code"] for each in json.loads(done.stdout)["failures"]] == ["X112"]
    assert [each["amount"] for each in target.effects()["a"]] == ["1.50"]
    assert len(waiting()["records"]) == 1


def test_a_record_without_a_key_waits_no_more_once_it_is_done_under_the_one_it_has(target: Target) -> None:
    change(RECIPE.replace("key: $.id", "key: $.code"))
    records({"id": "a", "text": "one", "amount": "1.50"})
    assert run().exit_code == 1
    [letter] = waiting()["records"]
    change(RECIPE)
    assert recipe("replay", "notes.yaml", letter["key"]).exit_code == 0
    assert waiting()["records"] == []


def test_a_letter_whose_record_was_done_since_is_not_gone_back_to(target: Target) -> None:
    change(RECIPE.replace("key: $.id", "key: $.code"))
    records({"id": "a", "text": "one", "amount": "1.50"})
    assert run().exit_code == 1
    change(RECIPE)
    records({"id": "a", "text": "newer", "amount": "3.00"})
    assert run().exit_code == 0
    done = recipe("replay", "notes.yaml", "--all", "--format", "json")
    assert (done.exit_code, json.loads(done.stdout)["skipped"], waiting()["records"]) == (0, 1, [])
    assert [each["amount"] for each in target.effects()["a"]] == ["3.00"]


def test_an_older_revision_is_still_older_behind_one_that_cannot_be_read(target: Target) -> None:
    change(RECIPE.replace("key: $.id}", "key: $.id, revision: $.rev}"))
    for revision, code in (("5", 0), ("soon", 1), ("3", 0)):
        records({"id": "a", "text": revision, "amount": "1.50", "rev": revision})
        assert run().exit_code == code
    assert b'"5"' in sent("first", "a")


def test_the_second_of_two_equal_rows_keeps_its_number(target: Target) -> None:
    change(RECIPE.replace("key: $.id}", "key: $.id, repeats: count}"))
    row = {"id": "a", "text": "coffee", "amount": "2.00"}
    records(row, row)
    target.arm({"match": {"method": "POST", "nth": 3}, "do": "error_in_200"})
    assert run().exit_code == 1
    target.arm()
    assert recipe("replay", "notes.yaml", "--all").exit_code == 0
    assert (waiting()["records"], len(target.effects()["a"])) == ([], 2)


def test_the_commands_that_are_listed_look_into_the_state_that_was_asked_for(target: Target) -> None:
    assert recipe("run", "shopify-to-invoice.yaml", "--sample", "bad", "--quiet").exit_code == 1
    again = [line for line in recipe("replay", "--sample").stdout.splitlines() if "again: recipe" in line]
    assert len(again) == 4
    for line in again:
        done = recipe(*line.split()[2:], "--quiet")
        assert (done.exit_code, "read 1, created 0" in done.stdout) == (1, True)
