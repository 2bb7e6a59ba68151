"""What makes an effect the same one: the account and the names of then, whatever is renamed, moved or copied since."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine.ledger import EffectRow, RunRow
from engine.ledger.sqlite import SqliteLedger
from engine.ledger.store import InFolder
from tests.faults.target import Target
from tests.notes import HEAD, begin, change, connect, recipe, records, run

ACTIONS = """\
actions:
  - {id: note, uses: desk.notes.create, with: {text: $.text, amount: "1.00"}}
  - id: parts
    for_each: $.parts
    as: part
    key: $part
    do:
      - {id: piece, uses: desk.notes.create, with: {text: "{{ part ~ ' of ' ~ steps.note.id }}", amount: "2.00"}}
"""
RECIPE = HEAD.format(strategy="find") + ACTIONS
A: Any = {"id": "a", "text": "one", "parts": ["x", "y"]}
RENAMED = RECIPE.replace("recipe: notes", "recipe: memos\nwas: notes")
OTHER_IDS = RECIPE.replace("id: note,", "id: memo, was: note,").replace("steps.note", "steps.memo")
OTHER_IDS = OTHER_IDS.replace("id: parts", "id: portions\n    was: [shares, parts]").replace(
    "piece,", "bit, was: piece,"
)


@pytest.fixture
def target(server: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Target:
    """A project that has run once: a note and its two pieces are made."""
    begin(server, tmp_path, monkeypatch, "find", ACTIONS)
    records(A)
    assert run("--new-ledger").exit_code == 0
    assert made(server) == 3
    return server


def made(target: Target) -> int:
    return sum(len(each) for each in target.effects().values())


def ledger(state: str = ".recipe") -> SqliteLedger:
    return SqliteLedger(Path(state) / "ledger.db")


def effects(state: str = ".recipe") -> list[EffectRow]:
    opened = ledger(state)
    try:
        return list(opened.effects())
    finally:
        opened.close()


def again(*words: str) -> Any:
    """Run once more and return the report."""
    done = run(*words, "--format", "json")
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


def one_fails(target: Target, id: str) -> None:
    """Run on a record whose note is made, and whose first piece is refused."""
    records({**A, "id": id})
    target.arm({"match": {"method": "POST", "nth": 2}, "do": "error_in_200"})
    assert run().exit_code == 1
    target.arm()
    assert made(target) == 4


# ---- the account is the identity, and nothing else about a connection ----


def test_another_account_through_the_same_connection_gets_everything_and_is_not_asked_for(
    target: Target,
) -> None:
    connect("find", account="production")
    assert again()["created"] == 3
    assert made(target) == 6


def test_back_in_the_first_account_nothing_is_made(target: Target) -> None:
    connect("find", account="production")
    again()
    connect("find")
    assert again()["skipped"] == 1
    assert made(target) == 6


def test_under_another_name_of_the_connection_nothing_is_made(target: Target) -> None:
    connect("find", name="office")
    change(RECIPE.replace("desk", "office"))
    assert again()["skipped"] == 1
    assert made(target) == 3


def test_a_record_that_goes_on_under_another_name_of_the_connection_finds_what_was_made(
    target: Target,
) -> None:
    one_fails(target, "b")
    connect("find", name="office")
    change(RECIPE.replace("desk", "office"))
    assert recipe("replay", "notes.yaml", "b").exit_code == 0
    assert made(target) == 6


def test_from_another_working_directory_nothing_is_made(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("deep/er").mkdir(parents=True)
    monkeypatch.chdir("deep/er")
    assert again("../../notes.yaml")["skipped"] == 1
    assert not Path(".recipe").exists()
    assert made(target) == 3


# ---- names ----


def test_a_renamed_recipe_that_says_what_it_was_makes_nothing(target: Target) -> None:
    change(RENAMED)
    report = again()
    assert (report["recipe"], report["created"], report["skipped"]) == ("memos", 0, 1)
    assert made(target) == 3


def test_renamed_actions_that_say_what_they_were_make_nothing_also_where_the_record_is_done_again(
    target: Target,
) -> None:
    change(OTHER_IDS)
    records({**A, "note": "so that the record is another"})
    report = again()
    assert (report["created"], report["stood"]) == (0, 3)
    assert made(target) == 3
    assert [each.path for each in effects()] == ["memo", "portions.bit", "portions.bit"]


@pytest.mark.parametrize("strategy", ["header", "query", "body", "find"])
def test_what_was_made_under_the_old_names_stands_for_every_way_in_which_a_target_knows_keys(
    target: Target, strategy: str
) -> None:
    begin(target, Path.cwd(), pytest.MonkeyPatch(), strategy, ACTIONS)
    records({**A, "id": "b"})
    assert run("--new-ledger", "--state", "other").exit_code == 0
    change(
        OTHER_IDS.replace("target-find", f"target-{strategy}").replace(
            "recipe: notes", "recipe: memos\nwas: notes"
        )
    )
    records({**A, "id": "b", "note": "so that the record is another"})
    report = again("--state", "other")
    assert (report["created"], report["stood"], report["parked"]) == (0, 3, 0)
    assert made(target) == 3


def test_what_changed_under_a_new_name_is_seen_as_changed(target: Target) -> None:
    change(RENAMED)
    records({**A, "text": "another"})
    report = again()
    assert (report["created"], report["changed"], report["stood"]) == (0, 1, 2)
    assert made(target) == 4  # three documents, and the change of one


def test_the_history_is_that_of_the_new_name_once_and_for_all_also_when_was_is_gone(target: Target) -> None:
    change(RENAMED)
    again()
    change(RENAMED.replace("was: notes\n", ""))
    records(A, {**A, "id": "b"})
    report = again()
    assert (report["created"], report["skipped"]) == (3, 1)
    assert made(target) == 6
    change(RENAMED)
    assert again()["skipped"] == 2


def test_all_accounts_of_a_renamed_recipe_keep_their_history(target: Target) -> None:
    connect("find", account="production")
    again()
    change(RENAMED)
    again()
    connect("find")
    change(RENAMED.replace("was: notes\n", ""))
    assert again()["skipped"] == 1
    assert made(target) == 6


def test_runs_effects_and_what_waits_are_shown_under_the_new_name(target: Target) -> None:
    one_fails(target, "b")
    change(RENAMED)
    records(A)
    assert run().exit_code == 0
    assert {each["recipe"] for each in json.loads(recipe("runs", "--format", "json").stdout)} == {"memos"}
    assert "recipe replay memos b" in recipe("replay").stdout
    assert recipe("replay", "notes.yaml", "b").exit_code == 0
    assert made(target) == 6


def test_a_name_is_given_up_for_good_so_no_other_recipe_writes_everything_again(target: Target) -> None:
    change(RENAMED)
    again()
    change(RECIPE)
    done = run()
    assert done.exit_code == 2
    assert "the recipe 'notes' became 'memos' in this project" in done.stderr
    change(RENAMED, "memos.yaml")
    Path("notes.yaml").unlink()
    change(RECIPE, "third.yaml")
    assert run("third.yaml").exit_code == 2
    assert made(target) == 3


def test_a_recipe_may_go_back_to_the_name_that_it_had(target: Target) -> None:
    change(RENAMED)
    again()
    change(RECIPE.replace("recipe: notes", "recipe: notes\nwas: memos"))
    assert again()["skipped"] == 1
    change(RECIPE)
    assert again()["skipped"] == 1
    assert made(target) == 3


def test_of_several_names_that_a_recipe_had_the_ledger_may_know_any(target: Target) -> None:
    change(RENAMED.replace("was: notes", "was: [slips, notes]"))
    assert again()["skipped"] == 1
    change(
        RECIPE.replace("recipe: notes", "recipe: slips").replace("notes.jsonl", "slips.jsonl"), "slips.yaml"
    )
    Path("slips.jsonl").write_text("", "utf-8")
    assert run("slips.yaml").exit_code == 0, "a name that this ledger never knew is free"


def test_a_file_that_was_moved_and_renamed_takes_its_history_along(target: Target) -> None:
    Path("recipes").mkdir()
    Path("notes.yaml").unlink()
    change(RENAMED.replace("file: notes.jsonl", "file: ../notes.jsonl"), "recipes/memos.yaml")
    Path("recipes/notes.jsonl").write_text(Path("notes.jsonl").read_text("utf-8"), "utf-8")
    change(RENAMED, "recipes/memos.yaml")
    assert again("memos")["skipped"] == 1
    assert made(target) == 3


def test_a_recipe_without_was_is_refused_under_a_new_name_and_told_the_word(target: Target) -> None:
    change(RECIPE.replace("recipe: notes", "recipe: memos"))
    done = run()
    assert done.exit_code == 2
    assert "notes.yaml was called 'notes' before" in done.stderr
    assert "write was: notes beneath recipe: memos" in done.stderr
    assert made(target) == 3


def test_a_copy_is_refused_under_the_same_name_and_where_it_claims_the_history(target: Target) -> None:
    for text, told in (
        (RECIPE, "the name 'notes' belongs to notes.yaml in this project; copy.yaml has it too"),
        (RENAMED, "copy.yaml says was: notes, and notes.yaml has that name in this project"),
    ):
        change(text, "copy.yaml")
        done = run("copy.yaml")
        assert (done.exit_code, told in done.stderr) == (2, True)
    assert again()["skipped"] == 1
    assert made(target) == 3


def test_a_copy_under_a_name_of_its_own_is_another_recipe_and_makes_its_own(target: Target) -> None:
    change(RECIPE.replace("recipe: notes", "recipe: others"), "others.yaml")
    assert again("others.yaml")["created"] == 3
    assert made(target) == 6


def test_two_histories_are_never_made_one(target: Target) -> None:
    change(RECIPE.replace("recipe: notes", "recipe: memos"), "memos.yaml")
    assert run("memos.yaml").exit_code == 0
    Path("notes.yaml").unlink()
    change(RENAMED, "memos.yaml")
    before = effects()
    done = run("memos.yaml")
    assert done.exit_code == 2
    assert "note of memos has an effect of the record a, and so has what was: names" in done.stderr
    assert (effects(), made(target)) == (before, 6)


def test_an_effect_that_only_failed_gives_way_to_one_that_stands(target: Target) -> None:
    change(RECIPE.replace("id: note,", "id: memo,").replace("steps.note", "steps.memo"))
    records({**A, "note": "so that the record is another"})
    target.arm({"match": {"method": "POST", "every": 1}, "do": "error_in_200"})
    assert run().exit_code == 1
    target.arm()
    change(RECIPE.replace("id: note,", "id: memo, was: note,").replace("steps.note", "steps.memo"))
    report = again()
    assert (report["created"], report["stood"]) == (0, 3)
    assert made(target) == 3


# ---- ids that were given up ----


def notes(*actions: str, head: str = HEAD, strategy: str = "find") -> str:
    """Return a recipe with these actions, each by its id and ``was``, which make a note of a record each."""
    each = "".join(
        f"  - {{{ids}, uses: desk.notes.create, with: {{text: $.text, amount: '1.00'}}}}\n" for ids in actions
    )
    return f"{head.format(strategy=strategy)}actions:\n{each}"


def step(text: str, *given: dict[str, Any]) -> int:
    """Run this recipe on these records; return the exit code."""
    change(text)
    records(*given)
    return run("--state", "own", "--new-ledger").exit_code


def refused(text: str, *told: str) -> None:
    """Expect that neither a run nor a plan begins with this recipe, that all this is told, and nothing changed."""
    change(text)
    before = effects("own")
    for words in (["run", "notes.yaml"], ["plan", "notes.yaml"]):
        done = recipe(*words, "--state", "own")
        assert done.exit_code == 2, done.output
        for each in told:
            assert each in done.stderr
    assert effects("own") == before


@pytest.mark.parametrize("strategy", ["header", "query", "body", "find"])
def test_a_new_action_never_gets_the_id_of_one_that_was_renamed_also_when_was_is_gone(
    target: Target, strategy: str
) -> None:
    begin(target, Path.cwd(), pytest.MonkeyPatch(), strategy, ACTIONS)
    first, second = {"id": "a", "text": "one"}, {"id": "b", "text": "two"}
    assert step(notes("id: first", strategy=strategy), first) == 0
    assert step(notes("id: fee, was: first", strategy=strategy), first) == 0
    refused(
        notes("id: fee", "id: first", strategy=strategy),
        "the action 'first' of notes became 'fee'",
        "a new action takes an id that none had",
    )
    assert step(notes("id: fee", "id: second", strategy=strategy), {**first, "more": 1}, second) == 0
    assert made(target) == 4


def test_the_text_from_before_a_rename_is_refused_and_told_how_to_go_back(target: Target) -> None:
    one = {"id": "a", "text": "one"}
    assert step(notes("id: first"), one) == 0
    assert step(notes("id: fee, was: first"), one) == 0
    refused(notes("id: first"), "write was: fee beneath id: first")


def test_an_action_may_go_back_to_the_id_that_it_had_and_the_other_one_is_given_up_then(
    target: Target,
) -> None:
    one = {"id": "a", "text": "one"}
    assert step(notes("id: first"), one) == 0
    assert step(notes("id: fee, was: first"), one) == 0
    change(notes("id: first, was: fee"))
    assert recipe("plan", "notes.yaml", "--state", "own").exit_code == 0
    for number, text in enumerate([notes("id: first, was: fee"), notes("id: first")]):
        assert step(text, {**one, "more": number}) == 0
    assert made(target) == 4
    assert [(each.path, each.external_id) for each in effects("own")] == [("first", "notes/first/a")]
    refused(notes("id: first", "id: fee"), "the action 'fee' of notes became 'first'")


def test_of_an_action_that_moved_twice_both_ids_are_given_up_for_the_one_that_it_has(target: Target) -> None:
    one = {"id": "a", "text": "one"}
    for text in ("id: first", "id: fee, was: first", "id: charge, was: fee"):
        assert step(notes(text), one) == 0
    refused(notes("id: charge", "id: first"), "the action 'first' of notes became 'charge'")
    refused(notes("id: charge", "id: fee"), "the action 'fee' of notes became 'charge'")
    refused(notes("id: first, was: fee"), "write was: charge beneath id: first")
    assert step(notes("id: first, was: charge"), {**one, "more": 1}) == 0
    refused(notes("id: first", "id: charge"), "the action 'charge' of notes became 'first'")
    refused(notes("id: first", "id: fee"), "the action 'fee' of notes became 'first'")
    assert made(target) == 4


def test_an_id_stays_given_up_under_every_name_that_the_recipe_has_then(target: Target) -> None:
    one = {"id": "a", "text": "one"}
    memos = HEAD.replace("recipe: notes", "recipe: memos\nwas: notes")
    back = HEAD.replace("recipe: notes", "recipe: notes\nwas: memos")
    assert step(notes("id: first"), one) == 0
    assert step(notes("id: first", head=memos), one) == 0
    assert step(notes("id: fee, was: first", head=memos), one) == 0
    refused(notes("id: fee", "id: first", head=memos), "the action 'first' of memos became 'fee'")
    refused(notes("id: fee", "id: first", head=back), "the action 'first' of notes became 'fee'")
    assert step(notes("id: fee", head=back), {**one, "more": 1}) == 0
    refused(notes("id: fee", "id: first"), "the action 'first' of notes became 'fee'")
    assert step(notes("id: first, was: fee"), {**one, "more": 2}) == 0
    assert step(notes("id: first"), {**one, "more": 3}) == 0
    assert made(target) == 4


def test_an_id_inside_another_action_is_given_up_with_those_that_lead_to_it(target: Target) -> None:
    change(OTHER_IDS)
    again()
    text = RECIPE.replace("id: note,", "id: memo,").replace("steps.note", "steps.memo")
    change(text)
    done = run()
    assert done.exit_code == 2
    assert "the action 'parts.piece' of notes became 'portions.bit'" in done.stderr
    assert "write was: portions beneath id: parts and was: bit beneath id: piece" in done.stderr
    change(text.replace("id: parts", "id: parts\n    was: portions").replace("piece,", "piece, was: bit,"))
    assert again()["skipped"] == 1
    change(text)
    assert again()["skipped"] == 1
    assert made(target) == 3


# ---- what is under way ----


def test_nothing_is_carried_over_while_another_run_is_going_on(target: Target) -> None:
    change(RENAMED)
    with InFolder(Path(".recipe")).running("others", ["books"], "2026-04-01"):
        done = run()
    assert (done.exit_code, made(target)) == (4, 3)
    assert (
        "memos gets the history that was: names, and a run of this state is going on: others" in done.stderr
    )
    assert {each.recipe for each in effects()} == {"notes"}
    assert again()["skipped"] == 1


TWO_ACCOUNTS = """\
recipe: bills
version: 1
connections: {erp: target-none, mail: target-header}
trigger: {file: notes.jsonl, format: jsonl, key: $.id}
actions:
  - {id: invoice, uses: erp.notes.create, with: {text: $.text, amount: "1.00"}}
  - {id: tell, uses: mail.notes.create, with: {text: $.text, amount: "1.00"}}
"""


@pytest.mark.parametrize(
    "changed", [["mail.account=other"], ["erp.account=other"], ["erp.account=other", "mail.account=other"]]
)
def test_a_run_that_shares_an_account_with_one_that_is_going_on_is_refused_and_one_that_shares_none_is_not(
    target: Target, changed: list[str]
) -> None:
    two = {"erp": "target-none", "mail": "target-header"}
    connections = {name: {"connector": each, "account": "main"} for name, each in two.items()}
    Path("connections.yaml").write_text(json.dumps({"connections": connections}), "utf-8")
    change(TWO_ACCOUNTS, "bills.yaml")
    words = [word for each in changed for word in ("--set", f"connections.{each}")]
    with InFolder(Path(".recipe")).running("bills", [f"{each}?account=main" for each in two.values()], "now"):
        done = run("bills.yaml", *words)
    shared = sorted({"erp", "mail"} - {each.split(".")[0] for each in changed})
    assert (done.exit_code, made(target)) == ((4, 3) if shared else (0, 5))
    for name in shared:
        assert f"and writes to {two[name]}?account=main" in done.stderr


@pytest.mark.parametrize("strategy", ["header", "query", "body", "find"])
@pytest.mark.parametrize("fault", ["lose", "reset"])
def test_a_request_whose_answer_was_lost_is_found_out_under_its_old_name(
    target: Target, strategy: str, fault: str
) -> None:
    begin(target, Path.cwd(), pytest.MonkeyPatch(), strategy, ACTIONS)
    records({**A, "id": "b"})
    target.arm({"match": {"method": "POST", "nth": 1}, "do": fault})
    assert run("--new-ledger", "--state", "other").exit_code == 4
    target.arm()
    change(
        OTHER_IDS.replace("target-find", f"target-{strategy}").replace(
            "recipe: notes", "recipe: memos\nwas: notes"
        )
    )
    again("--state", "other")
    opened = ledger("other")
    [first, *_] = opened.effects()
    opened.close()
    assert made(target) == 3
    assert (first.recipe, first.external_id, first.state) == ("memos", "notes/note/b", "done")


def test_a_lost_message_of_the_old_name_is_parked_and_decided_under_the_new_one(target: Target) -> None:
    begin(target, Path.cwd(), pytest.MonkeyPatch(), "none", ACTIONS)
    records({**A, "id": "b"})
    target.arm({"match": {"method": "POST", "nth": 1}, "do": "lose"})
    assert run("--new-ledger", "--state", "other").exit_code == 4
    target.arm()
    assert run("--state", "other").exit_code == 1
    change(RENAMED.replace("target-find", "target-none"))
    records()
    assert run("--state", "other").exit_code == 0
    told = recipe("replay", "--state", "other").stdout
    assert "looked for at the target by: notes/note/b" in told
    [line] = [line for line in told.splitlines() if "--confirm-sent" in line]
    words = line.split("recipe replay memos")[1].replace("ITS-ID", "note-1").split()
    assert recipe("replay", "notes.yaml", *words).exit_code == 0
    assert made(target) == 3


def test_what_an_adopted_account_knows_has_the_names_of_then(target: Target) -> None:
    change(RENAMED)
    done = run("--adopt", "--state", "new")
    assert (done.exit_code, "--adopt looks at the target for the present names" in done.stderr) == (2, True)
    change(RECIPE)
    assert run("--adopt", "--state", "new").exit_code == 0
    change(RENAMED)
    done = run("--state", "new")
    assert (done.exit_code, "was adopted: what was made there before" in done.stderr) == (2, True)
    assert made(target) == 3


def test_a_run_of_before_is_shown_with_what_it_made(target: Target) -> None:
    change(RENAMED)
    again()
    opened = ledger()
    first: RunRow = opened.runs()[-1]
    opened.close()
    shown = json.loads(recipe("show", first.id, "--format", "json").stdout)
    assert (shown["recipe"], len(shown["effects"])) == ("memos", 3)


def test_what_was_refused_under_the_old_name_is_sent_under_the_key_that_the_target_was_told(
    target: Target,
) -> None:
    one_fails(target, "b")
    change(RENAMED)
    again()
    [piece] = [each for each in effects() if each.record == '["b"]' and each.path == "parts.piece"][:1]
    assert (piece.recipe, piece.external_id, piece.state) == ("memos", "notes/parts.piece/b/x", "done")
    assert made(target) == 6


# ---- documents that follow their records ----

BOOKED = """\
recipe: {names}
version: 1
connections: {{books: accounting}}
trigger: {{file: notes.jsonl, format: jsonl, key: $.id}}
on_revision: update
actions:
  - {{{ids}, uses: books.customers.create, with: {{name: $.text}}}}
"""


def test_a_document_that_was_changed_under_its_old_name_is_changed_further_and_stays_one(
    target: Target,
) -> None:
    ways = [("notes", "id: who"), ("memos\nwas: notes", "id: who"), ("memos", "id: whom, was: who")]
    for number, (names, ids) in enumerate([ways[0], *ways]):
        change(BOOKED.format(names=names, ids=ids))
        records({"id": "a", "text": f"name {number}"})
        report = again("--state", "own")
        assert (report["created"], report["changed"], report["parked"]) == (
            (1, 0, 0) if not number else (0, 1, 0)
        )
        records({"id": "a", "text": f"name {number}", "more": "which the document does not have"})
        assert again("--state", "own")["stood"] == 1
    opened = ledger("own")
    rows = list(opened.effects())
    opened.close()
    stored = [(each.path, each.external_id, each.revisions) for each in rows]
    assert len({each.remote_id for each in rows}) == 1
    changes = [("whom", f"notes/who/a@{number}", 0) for number in (1, 2, 3)]
    assert stored == [("whom", "notes/who/a", 3), *changes]
    assert recipe("books", "check", "--state", "own").exit_code == 0


@pytest.mark.parametrize("is_new_revision", [False, True])
def test_a_plan_knows_what_was_made_under_the_old_names_and_carries_nothing_over(
    target: Target, is_new_revision: bool
) -> None:
    change(OTHER_IDS.replace("recipe: notes", "recipe: memos\nwas: notes"))
    records({**A, "note": "so that the record is another"} if is_new_revision else A)
    before = effects()
    done = recipe("plan", "notes.yaml", "--format", "json")
    assert done.exit_code == 0, done.output
    planned = json.loads(done.stdout)
    states = [effect["state"] for record in planned["records"] for effect in record["effects"]]
    assert states == ["stands"] * 3 * is_new_revision
    assert [record["end"] for record in planned["records"]] == ["done" if is_new_revision else "known"]
    assert effects() == before
