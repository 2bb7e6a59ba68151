"""``recipe plan``: what a run would write is shown, and nothing is written, sent or remembered."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from engine.books import Books
from engine.commands.console import visible
from engine.http import Http
from engine.ledger.store import InFolder
from engine.registry import Registry
from engine.shipped import shipped
from engine.wire import Answer, Request
from tests.faults.target import Target
from tests.faults.target.connectors import write
from tests.running import RECIPE, SAMPLES, here

GOLDEN = Path(__file__).parent / "golden"
SHIPPED = sorted(
    path.name for path in shipped("recipes").glob("*.yaml") if not path.name.endswith(".test.yaml")
)
NOTES = """\
recipe: notes
version: 1
connections: {desk: target-KIND}
trigger: {file: notes.jsonl, format: jsonl, key: $.id}
actions:
  - {id: note, uses: desk.notes.create, with: {text: $.text, amount: "1.00"}}
"""
BOOKED = """\
recipe: booked
version: 1
connections: {books: accounting}
trigger: {file: booked.jsonl, format: jsonl, key: $.id, revision: $.revision}
mapping:
  target: accounting/invoice
  fields:
    number: $.id
    date: 2026-11-01
    currency: USD
    total: $.total
    customer: {}
    lines: [{description: Tea, quantity: 1, unit_price: $.total}]
on_revision: CHOSEN
actions:
  - {id: invoice, uses: books.invoices.create, with: $mapped}
  - id: pay
    when: "{{ record.paid }}"
    uses: books.payments.create
    with: {invoice_id: $steps.invoice.id, amount: $.total, currency: USD, date: 2026-11-02}
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Target]:
    with Target() as target:
        yield target


@pytest.fixture
def target(server: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Target:
    """A project over the target; the working directory."""
    server.reset()
    write(tmp_path, server.address, timeout="10s")
    monkeypatch.chdir(tmp_path)
    return server


def over(kind: str, *records: dict[str, Any], actions: str = "") -> None:
    """Write the recipe ``notes`` over the target of *kind*, and its records."""
    text = NOTES.replace("KIND", kind)
    if actions:
        text = text.partition("actions:\n")[0] + f"actions:\n{actions}"
    Path("notes.yaml").write_text(text, "utf-8")
    desk = {"connections": {"desk": {"connector": f"target-{kind}", "account": "main"}}}
    Path("connections.yaml").write_text(json.dumps(desk), "utf-8")
    give("notes", *(records or ({"id": "a", "text": "one"},)))


def give(name: str, *records: dict[str, Any]) -> None:
    Path(f"{name}.jsonl").write_text("".join(json.dumps(each) + "\n" for each in records), "utf-8")


def planned(*words: str, name: str = "notes", code: int = 0) -> dict[str, Any]:
    """Return the plan of a recipe as data; it leaves every file as it is."""
    folder = Path.cwd()
    before = tree(folder)
    done = here("plan", f"{name}.yaml", "--format", "json", *words, cwd=folder)
    assert done.returncode == code, done.stderr + done.stdout
    assert tree(folder) == before
    data: dict[str, Any] = json.loads(done.stdout)
    return data


def text_of(*words: str, name: str = "notes", code: int = 0) -> str:
    done = here("plan", f"{name}.yaml", *words, cwd=Path.cwd())
    assert done.returncode == code, done.stderr + done.stdout
    return done.stdout


def ran(*words: str, name: str = "notes", code: int = 0) -> None:
    done = here("run", f"{name}.yaml", "--quiet", *words, cwd=Path.cwd())
    assert done.returncode == code, done.stderr + done.stdout


def tree(folder: Path) -> dict[str, bytes]:
    """Return what lies below *folder*."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def effects(data: dict[str, Any]) -> list[dict[str, Any]]:
    return [effect for record in data["records"] for effect in record["effects"]]


def states(data: dict[str, Any]) -> list[str]:
    return [effect["state"] for effect in effects(data)]


def writes(target: Target) -> list[str]:
    """Return what was asked of the target other than to read."""
    return [each["method"] for each in target.log() if each["method"] != "GET"]


# ---- nothing is written ----


@pytest.mark.parametrize("words", [("--limit", "2"), ("--limit", "1", "--full")], ids=["short", "full"])
def test_the_sample_of_the_shipped_recipe_is_the_golden_text(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = here("plan", RECIPE, "--sample", *words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    golden = GOLDEN / f"plan-sample{'-full' if '--full' in words else ''}.txt"
    if "UPDATE_GOLDEN" in os.environ:
        golden.write_text(done.stdout, "utf-8")
    assert done.stdout == golden.read_text("utf-8")


@pytest.mark.source_tree
def test_what_the_page_of_commands_shows_is_what_is_printed(tmp_path: Path) -> None:
    done = here("plan", RECIPE, "--sample", "--limit", "1", cwd=tmp_path)
    page = Path(__file__).resolve().parents[2] / "docs" / "commands.md"
    assert f"```text\n{done.stdout}```" in page.read_text("utf-8")


def test_a_plan_makes_no_state_folder_no_ledger_and_no_books(tmp_path: Path) -> None:
    done = here("plan", RECIPE, "--sample", cwd=tmp_path)
    assert "25 new; 0 writes sent" in done.stdout
    assert "(none yet: everything is new)" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_plan_after_a_run_changes_no_byte_of_its_state(tmp_path: Path) -> None:
    assert here("run", RECIPE, "--sample", cwd=tmp_path).returncode == 0
    before = tree(tmp_path)
    done = here("plan", RECIPE, "--sample", cwd=tmp_path)
    assert "read 12: 12 finished before\nnothing to write" in done.stdout
    assert tree(tmp_path) == before


def held(ledger: Path) -> list[str]:
    """Return what the database *ledger* holds."""
    with closing(sqlite3.connect(ledger)) as connection:
        return list(connection.iterdump())


def test_a_plan_after_a_killed_run_leaves_what_the_ledger_holds(target: Target, tmp_path: Path) -> None:
    over("header")
    ran("--new-ledger")
    ledger, copy = tmp_path / ".recipe" / "ledger.db", tmp_path / "copy"
    copy.mkdir()
    with closing(sqlite3.connect(ledger)) as alive:  # keeps the log from being put into the file
        alive.execute("PRAGMA wal_autocheckpoint = 0")
        alive.execute("UPDATE run SET source = 'of the killed run'")
        alive.commit()
        for file in ledger.parent.glob("ledger.db*"):  # as a killed run leaves them
            shutil.copy(file, copy)
    before = copy / "ledger.db-wal"
    assert before.stat().st_size
    shutil.copytree(copy, tmp_path / "same")
    expected = held(tmp_path / "same" / "ledger.db")
    assert "of the killed run" in "".join(expected)
    here("plan", "notes.yaml", "--state", "copy", cwd=tmp_path)
    assert held(copy / "ledger.db") == expected


def test_what_a_plan_asks_counts_to_the_limits_that_it_shares_with_runs(target: Target) -> None:
    limit = {"name": "minute", "kind": "window", "limit": 50, "per": "60s"}
    write(Path.cwd(), target.address, timeout="10s", limits=[limit])
    over("find")
    here("plan", "notes.yaml", cwd=Path.cwd())
    assert not Path(".recipe").exists()
    ran("--new-ledger")
    for file in Path(".recipe").glob("limits.db*"):
        file.unlink()
    give("notes", {"id": "b", "text": "two"})
    before = tree(Path.cwd())
    assert here("plan", "notes.yaml", cwd=Path.cwd()).returncode == 0
    changed = {name for name, data in tree(Path.cwd()).items() if before.get(name) != data}
    assert changed == {".recipe/limits.db"}


@pytest.mark.parametrize("recipe", SHIPPED)
@pytest.mark.parametrize("sample", sorted(path.name for path in SAMPLES.iterdir()))
def test_a_plan_of_a_shipped_recipe_hands_no_write_to_any_door(
    recipe: str, sample: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Request] = []
    for door in (Http, Books):
        sends = door.send

        async def noted(self: Any, request: Request, sends: Any = sends) -> Answer:
            asked.append(request)
            answer: Answer = await sends(self, request)
            return answer

        monkeypatch.setattr(door, "send", noted)
    here("plan", recipe, "--sample", sample, cwd=tmp_path)
    assert [each for each in asked if not _reads(each)] == []
    assert list(tmp_path.iterdir()) == []


def _reads(request: Request) -> bool:
    is_query = request.url.endswith("/graphql.json") and b"mutation" not in (request.body or b"")
    return request.method == "GET" or is_query


@pytest.mark.parametrize("kind", ["header", "query", "body", "find", "none"])
def test_whatever_makes_a_write_safe_a_plan_sends_none(target: Target, kind: str) -> None:
    over(kind, {"id": "a", "text": "one"}, {"id": "b", "text": "two"})
    assert states(planned()) == ["new", "new"]
    assert writes(target) == []
    assert target.effects() == {}


def test_a_plan_of_an_empty_ledger_says_what_a_run_would_ask_first(target: Target) -> None:
    over("header")
    (note,) = planned()["notes"]
    assert "a run would ask first: this ledger is new and empty" in note
    assert "recipe run notes.yaml --new-ledger" in note


def test_a_plan_goes_on_while_a_run_of_the_same_recipe_does(target: Target) -> None:
    over("header")
    ran("--new-ledger")
    give("notes", {"id": "a", "text": "one"}, {"id": "b", "text": "two"})
    store = InFolder(Path(".recipe"))
    with store.running("notes", ["target-header?account=main"], "now"):
        data = planned()
        done = here("run", "notes.yaml", cwd=Path.cwd())
    assert done.returncode == 4  # the run is refused where the plan is not
    assert states(data) == ["new"]


def test_a_plan_reads_from_the_cursor_and_does_not_move_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    sends = Http.send

    async def noted(self: Http, request: Request) -> Answer:
        asked.append(request.url)
        return await sends(self, request)

    monkeypatch.setattr(Http, "send", noted)
    here("plan", RECIPE, "--sample", cwd=tmp_path)
    assert "updated_at_min" not in asked[0]
    here("run", RECIPE, "--sample", cwd=tmp_path)
    for words, since in (((), "2026-10-22"), (("--from", "2026-10-01"), "2026-10-01"), ((), "2026-10-22")):
        asked.clear()
        here("plan", RECIPE, "--sample", *words, cwd=tmp_path)
        assert f"updated_at_min={since}" in asked[0]


def test_the_same_refusals_as_a_runs_come_before_a_plan(tmp_path: Path) -> None:
    (tmp_path / "connections.yaml").write_text("connections: {}\n", "utf-8")
    shutil.copy(shipped("recipes") / RECIPE, tmp_path / "one.yaml")
    assert here("run", "one.yaml", "--sample", "--quiet", cwd=tmp_path).returncode == 0
    shutil.copy(tmp_path / "one.yaml", tmp_path / "two.yaml")
    done = here("plan", "two.yaml", "--sample", cwd=tmp_path)
    assert done.returncode == 2
    assert "belongs to one.yaml in this project" in done.stderr


# ---- where effects stand ----


def test_what_was_written_stands_and_what_was_not_is_new(target: Target) -> None:
    over("header")
    ran("--new-ledger")
    give("notes", {"id": "a", "text": "one"}, {"id": "b", "text": "two"})
    data = planned()
    assert [record["end"] for record in data["records"]] == ["known", "done"]
    assert states(data) == ["new"]
    assert data["effects"]["new"] == data["ends"]["known"] == 1
    assert len(writes(target)) == 1


BOTH = """\
  - {id: note, uses: desk.notes.create, with: {text: first, amount: "1.00"}}
  - {id: next, uses: desk.notes.create, with: {text: $steps.note.id, amount: "1.00"}}
"""


def test_a_record_that_goes_on_after_a_failure_has_what_stands_with_its_real_id(target: Target) -> None:
    over("header", actions=BOTH)
    target.arm({"match": {"nth": 2}, "do": {"status": 422}})
    ran("--new-ledger", code=1)
    made, again = effects(planned())
    assert (made["state"], again["state"]) == ("stands", "new")
    assert made["requests"] == []
    assert again["given"]["text"] == made["remote_id"]
    assert again["why"] == "it was refused before: answered 422 as it was told to"


def test_a_value_that_only_an_unsent_write_could_give_is_shown_by_its_name(target: Target) -> None:
    over("header", actions=BOTH)
    _, second = effects(planned())
    assert second["given"] == {"text": "<steps.note.id>", "amount": "1.00"}
    assert second["later"] == ["/text"]
    assert second["requests"][0]["body"]["text"] == "<steps.note.id>"


def test_a_lost_answer_is_looked_for_or_sent_again_or_parked_as_a_run_would(target: Target) -> None:
    for kind, state, code in (("header", "again", 0), ("find", "stands", 0), ("none", "parked", 1)):
        target.reset()
        shutil.rmtree(".recipe", ignore_errors=True)
        over(kind)
        target.arm({"match": {"method": "POST"}, "do": "lose"})
        ran("--new-ledger", code=4)
        target.arm()
        sent = writes(target)
        (effect,) = effects(planned(code=code))
        assert (kind, effect["state"]) == (kind, state)
        assert writes(target) == sent
        assert "its answer" in effect["why"] or "the answer was lost" in effect["why"]


def test_what_stands_at_the_target_and_not_in_the_ledger_is_found_there(target: Target) -> None:
    over("find")
    ran("--new-ledger")
    shutil.rmtree(".recipe")
    (effect,) = effects(planned())
    assert effect["state"] == "there"
    assert effect["remote_id"]
    assert "a run would make it again, one with --adopt takes it over" in effect["why"]
    assert states(planned("--no-look-up")) == ["new"]
    (adopted,) = effects(planned("--adopt"))
    assert (adopted["state"], adopted["remote_id"]) == ("stands", effect["remote_id"])
    assert len(writes(target)) == 1


def test_an_adopted_target_that_cannot_be_asked_leaves_its_records_to_a_person(target: Target) -> None:
    over("none")
    (effect,) = effects(planned("--adopt", code=1))
    assert effect["state"] == "parked"
    assert "its target cannot be asked" in effect["why"]


def test_a_document_that_records_share_is_made_by_the_first_of_them(target: Target) -> None:
    actions = '  - {id: note, uses: desk.notes.create, key: $.of, with: {text: $.of, amount: "1.00"}}\n'
    over("header", {"id": "a", "of": "ann"}, {"id": "b", "of": "ann"}, actions=actions)
    first, second = effects(planned())
    assert (first["state"], second["state"]) == ("new", "stands")
    assert second["why"] == "made by record a of this plan"


def test_the_same_record_twice_is_planned_once(target: Target) -> None:
    over("header", {"id": "a", "text": "one"})
    text = Path("notes.yaml").read_text("utf-8").replace("file: notes.jsonl", "file: 'notes*.jsonl'")
    Path("notes.yaml").write_text(text, "utf-8")
    give("notes2", {"id": "a", "text": "one"})
    data = planned()
    assert [record["end"] for record in data["records"]] == ["done", "known"]


def test_a_message_is_planned_once_and_its_lost_answer_holds_up_nothing(target: Target) -> None:
    over("notify", actions="  - {id: tell, uses: desk.messages.send, with: {text: $.text}}\n")
    assert states(planned()) == ["new"]
    target.arm({"match": {"method": "POST"}, "do": "lose"})
    ran("--new-ledger", code=4)
    (effect,) = effects(planned())
    assert (effect["state"], effect["requests"]) == ("stands", [])
    assert effect["why"] == "its answer was lost; it is not sent again"


@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 401}, "lose"])
def test_of_an_effect_that_could_not_be_looked_up_nothing_is_claimed(target: Target, fault: Any) -> None:
    over("find")
    target.arm({"match": {"method": "GET"}, "do": fault})
    data = planned(code=4)
    (effect,) = effects(data)
    assert (effect["state"], effect["why"]) == ("later", "it could not be found out")
    assert data["effects"]["stands"] == 0
    assert data["stopped_by"]


def test_ctrl_c_leaves_out_the_record_in_hand_and_what_was_told_is_one_whole_document(
    target: Target,
) -> None:
    over("find", {"id": "a", "text": "one"}, {"id": "b", "text": "two"})
    target.arm({"match": {"method": "GET", "nth": 2}, "do": "hold"})
    program = "from engine.commands import main; main()"
    command = [sys.executable, "-c", program, "plan", "notes.yaml", "--format", "json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        begun = process.stdout.readline()
        begun += process.stdout.read(1)  # the first record is told
        process.send_signal(signal.SIGINT)
        data = json.loads(begun + process.stdout.read())
    assert process.returncode == 4
    assert [record["key"] for record in data["records"]] == [["a"]]
    assert data["effects"]["new"] == sum(data["effects"].values()) == 1
    assert "interrupted" in data["notes"][-1]


# ---- records that changed ----


def booked(chosen: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Book two invoices of 10, the second one paid; then the first is 12 and the second 15, in a newer revision."""
    monkeypatch.chdir(folder)
    Path("connections.yaml").write_text("connections: {}\n", "utf-8")
    Path("booked.yaml").write_text(BOOKED.replace("CHOSEN", chosen), "utf-8")
    give(
        "booked",
        {"id": "i1", "revision": 1, "total": "10.00", "paid": False},
        {"id": "i2", "revision": 1, "total": "10.00", "paid": True},
    )
    ran(name="booked")
    give("booked", {"id": "i1", "revision": 2, "total": "12.00", "paid": True})


def test_an_update_is_shown_by_what_differs_and_keeps_the_documents_id(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    booked("update", tmp_path, monkeypatch)
    invoice, payment = effects(planned(name="booked"))
    assert invoice["state"] == "changed"
    assert invoice["changes"] == [
        {"at": "/lines/0/unit_price", "before": "10.00", "now": "12.00"},
        {"at": "/total", "before": "10.00", "now": "12.00"},
    ]
    assert [each["method"] for each in invoice["requests"]] == ["PUT"]
    assert (payment["state"], payment["later"]) == ("new", [])
    assert payment["given"]["invoice_id"] == invoice["remote_id"]
    text = text_of(name="booked")
    assert f"  ~ invoice  books.invoices.create  changed {invoice['remote_id']}\n" in text
    assert "      lines #1, unit_price: 10.00 -> 12.00\n      total: 10.00 -> 12.00\n" in text
    ran(name="booked")
    assert planned(name="booked")["ends"]["known"] == 1


def test_a_second_change_differs_from_the_first_change_and_not_from_the_making(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    booked("update", tmp_path, monkeypatch)
    ran(name="booked")
    give("booked", {"id": "i1", "revision": 3, "total": "13.00", "paid": False})
    (invoice,) = effects(planned(name="booked"))
    assert invoice["changes"] == [
        {"at": "/lines/0/unit_price", "before": "12.00", "now": "13.00"},
        {"at": "/total", "before": "12.00", "now": "13.00"},
    ]


def test_a_reissue_takes_the_document_back_and_makes_another_whose_id_is_not_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    booked("reissue", tmp_path, monkeypatch)
    invoice, payment = effects(planned(name="booked"))
    assert invoice["state"] == "changed"
    assert [each["method"] for each in invoice["requests"]] == ["POST", "POST"]
    assert invoice["requests"][0]["url"].endswith("/void")
    assert payment["given"]["invoice_id"] == "<steps.invoice.id>"


def test_a_change_that_waits_for_a_person_says_what_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    booked("park", tmp_path, monkeypatch)
    data = planned(name="booked", code=1)
    (invoice,) = effects(data)
    assert invoice["state"] == data["records"][0]["end"] == "parked"
    assert invoice["changes"][-1]["now"] == "12.00"
    assert data["records"][0]["failure"]["code"] == "X302"
    text = text_of(name="booked", code=1)
    assert "! would wait for a person [X302]: the record changed after" in text
    assert "total: 10.00 -> 12.00" in text


def test_a_change_that_is_skipped_stands_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    booked("skip", tmp_path, monkeypatch)
    invoice, _ = effects(planned(name="booked"))
    assert (invoice["state"], invoice["requests"]) == ("stands", [])
    assert invoice["why"] == "it changed, and stays as it is"


def test_an_edit_that_changes_no_request_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    booked("update", tmp_path, monkeypatch)
    give("booked", {"id": "i2", "revision": 2, "total": "10.00", "paid": True, "note": "hi"})
    data = planned(name="booked")
    assert states(data) == ["stands", "stands"]
    assert [each["changes"] for each in effects(data)] == [[], []]


@pytest.mark.parametrize(
    ("chosen", "state", "code"), [("update", "changed", 0), ("skip", "stands", 0), ("park", "parked", 1)]
)
def test_where_what_was_sent_was_pruned_a_plan_says_that_it_cannot_tell_what_differs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chosen: str, state: str, code: int
) -> None:
    booked(chosen, tmp_path, monkeypatch)
    assert here("runs", "prune", "--older-than", "0d", cwd=tmp_path).returncode == 0
    invoice = effects(planned(name="booked", code=code))[0]
    assert (invoice["state"], invoice["changes"]) == (state, [])
    assert "what was sent is not kept any more (recipe runs prune): compare at the target" in invoice["why"]
    assert "what was sent is not kept any more" in text_of(name="booked", code=code)


def test_where_nothing_differs_nothing_is_said_of_what_was_pruned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    booked("update", tmp_path, monkeypatch)
    here("runs", "prune", "--older-than", "0d", cwd=tmp_path)
    give("booked", {"id": "i2", "revision": 2, "total": "10.00", "paid": True, "note": "hi"})
    assert [each["why"] for each in effects(planned(name="booked"))] == [None, None]


def test_a_plan_of_a_remap_shows_what_an_edited_recipe_would_change_and_the_replay_changes_just_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "connections.yaml").write_text("connections: {}\n", "utf-8")
    recipe = tmp_path / RECIPE
    shutil.copy(shipped("recipes") / RECIPE, recipe)
    assert here("run", RECIPE, "--sample", "--quiet", cwd=tmp_path).returncode == 0
    text = recipe.read_text("utf-8")
    shipping = "category: shipping\n          description: "
    assert shipping in text
    edited = text.replace(f"{shipping}$item.title", f"{shipping}Freight")
    recipe.write_text(edited, "utf-8")
    assert planned("--sample", name=RECIPE.removesuffix(".yaml"))["effects"]["changed"] == 0
    data = planned("--sample", "--remap", name=RECIPE.removesuffix(".yaml"))
    changed = [each["changes"] for each in effects(data) if each["state"] == "changed"]
    assert {change["now"] for changes in changed for change in changes} == {"Freight"}
    done = here("replay", RECIPE, "--remap", "--reread", "--sample", "--format", "json", cwd=tmp_path)
    assert json.loads(done.stdout)["changed"] == len(changed) == data["effects"]["changed"] > 0
    assert planned("--sample", "--remap", name=RECIPE.removesuffix(".yaml"))["effects"]["changed"] == 0


# ---- what is known only after a write ----


def later(target: Target, actions: str, code: int = 0) -> list[dict[str, Any]]:
    """Return the effects that are planned behind a note that is new."""
    note = '  - {id: note, uses: desk.notes.create, with: {text: $.text, amount: "1.00"}}\n'
    over("header", {"id": "a", "text": "one"}, actions=note + actions)
    found = effects(planned(code=code))
    assert writes(target) == []
    return found[1:]


USE = 'uses: desk.notes.create, with: {text: t, amount: "1.00"}'


@pytest.mark.parametrize(
    ("step", "what", "on"),
    [
        (
            f"{{id: w, when: \"{{{{ steps.note.text == 'one' }}}}\", {USE}}}",
            "desk.notes.create",
            "<steps.note.text == 'one'>",
        ),
        (f"{{id: k, key: $steps.note.id, {USE}}}", "desk.notes.create", "<steps.note.id>"),
        (
            f"{{id: f, for_each: '$steps.note.parts[*]', as: p, key: $p.id, do: [{{id: x, {USE}}}]}}",
            "for_each",
            "<steps.note.parts[*]>",
        ),
        (
            f"{{id: s, switch: [{{when: \"{{{{ steps.note.text == 'b' }}}}\", do: [{{id: x, {USE}}}]}}]}}",
            "switch",
            "<steps.note.text == 'b'>",
        ),
        ("{id: r, uses: desk.notes.get, with: {id: $steps.note.id}}", "desk.notes.get", "<steps.note.id>"),
        ("{skip: gone, when: $steps.note.is_gone}", "skip", "<steps.note.is_gone>"),
    ],
    ids=["when", "key", "for_each", "switch", "read", "skip"],
)
def test_what_hangs_on_an_answer_is_decided_during_the_run(
    target: Target, step: str, what: str, on: str
) -> None:
    after = f"  - {step}\n  - {{id: after, {USE}}}\n"
    decided, behind = later(target, after)
    assert (decided["operation"], decided["state"]) == (what, "later")
    assert decided["why"] == f"it depends on {on}"
    condition = f"only if it is not skipped: it depends on {on}" if what == "skip" else None
    assert (behind["state"], behind["why"]) == ("new", condition)


UNSURE = "when: \"{{ steps.note.text == 'b' }}\""
DEPENDS = "it depends on <steps.note.text == 'b'>"


def test_behind_a_stop_that_is_decided_later_the_next_records_are_unsure_too(target: Target) -> None:
    note = '  - {id: note, uses: desk.notes.create, with: {text: $.text, amount: "1.00"}}\n'
    actions = f"{note}  - {{stop: enough, {UNSURE}}}\n  - {{id: after, {USE}}}\n"
    over("header", {"id": "a", "text": "one"}, {"id": "b", "text": "two"}, actions=actions)
    first, second = (record["effects"] for record in planned()["records"])
    why = f"only if it is not stopped: {DEPENDS}"
    assert [each["why"] for each in first] == [None, DEPENDS, why]
    assert [each["why"] for each in second] == [why, f"{DEPENDS}; {why}", why]
    assert "  ? stop  decided during the run\n" in text_of()


def test_a_skip_in_one_of_parallel_branches_leaves_the_others_sure_and_not_what_stands_behind(
    target: Target,
) -> None:
    ends = f"{{id: s, switch: [{{{UNSURE}, do: [{{skip: gone}}]}}]}}"
    found = later(target, f"  - {{id: p, parallel: [{ends}, {{id: x, {USE}}}]}}\n  - {{id: after, {USE}}}\n")
    assert [(each["action"], each["why"]) for each in found] == [
        ("p.s", DEPENDS),
        ("p.x", None),
        ("after", f"only if it is not skipped: {DEPENDS}"),
    ]


@pytest.mark.parametrize(("word", "is_sure"), [("skip", True), ("stop", False)])
def test_a_skip_in_a_called_recipe_ends_that_one_alone_and_a_stop_the_run(
    target: Target, word: str, is_sure: bool
) -> None:
    called = NOTES.replace("recipe: notes", "recipe: called").replace("KIND", "header")
    called = called.replace("{file: notes.jsonl, format: jsonl, key: $.id}", "{manual: a note, key: $.id}")
    ends = f"actions:\n  - {{{word}: gone, when: \"{{{{ record.id == 'b' }}}}\"}}\n"
    Path("called.yaml").write_text(called.replace("actions:\n", ends), "utf-8")
    call = "  - {id: c, call: called, with: {id: $steps.note.id, text: x}}\n"
    decided, after = later(target, f"{call}  - {{id: after, {USE}}}\n")
    assert (decided["operation"], decided["state"]) == ("call called", "later")
    assert after["why"] == (None if is_sure else f"only if it is not stopped: {decided['why']}")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("$steps.note.id", "<steps.note.id>"),
        ("'$steps.note.deep.er[0].id'", "<steps.note.deep.er[0].id>"),
        ("'{{ steps.note.id }}'", "<steps.note.id>"),
        ("'Note {{ steps.note.id }} of {{ record.text }}'", "Note <steps.note.id> of one"),
        ("$steps.note.id | upper", "<steps.note.id | upper>"),
        ("\"{{ steps.note.id ~ '-1' }}\"", "<steps.note.id ~ '-1'>"),
        ("'N {{ steps.note.id | upper }}'", "<N {{ steps.note.id | upper }}>"),
        ("\"{{ 'x' if 'a' in steps.note.text else 'y' }}\"", "<'x' if 'a' in steps.note.text else 'y'>"),
        ("$steps.note.id | default('none')", "<steps.note.id | default>"),
        ("{when: '{{ steps.note.is_paid }}', map: paid}", "<steps.note.is_paid>"),
    ],
)
def test_no_filter_and_no_operator_sees_what_stands_in_place_of_an_answer(
    target: Target, value: str, shown: str
) -> None:
    actions = f'  - {{id: next, uses: desk.notes.create, with: {{text: {value}, amount: "1.00"}}}}\n'
    (effect,) = later(target, actions)
    assert effect["given"]["text"] == shown
    assert effect["requests"][0]["body"]["text"] == shown


def test_in_an_address_it_stands_as_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    booked("update", tmp_path, monkeypatch)
    void = "  - {id: void, uses: books.invoices.void, with: {id: $steps.invoice.id, date: 2026-11-03}}\n"
    Path("booked.yaml").write_text(Path("booked.yaml").read_text("utf-8") + void, "utf-8")
    give("booked", {"id": "i3", "revision": 1, "total": "10.00", "paid": False})
    _, voided = effects(planned(name="booked"))
    assert [each["url"] for each in voided["requests"]] == ["books:/invoices/<steps.invoice.id>/void"]


def test_of_actions_side_by_side_each_is_planned(target: Target) -> None:
    decided = f"{{id: w, when: $steps.note.is_paid, {USE}}}"
    found = later(target, f"  - {{id: p, parallel: [{decided}, {{id: x, {USE}}}]}}\n")
    assert [(each["action"], each["state"]) for each in found] == [("p.w", "later"), ("p.x", "new")]


def test_each_of_the_engines_own_actions_that_leaves_something_behind_says_how_it_is_planned() -> None:
    registry = Registry()
    declared = [registry.action(name) for name in registry.actions]
    assert [each.name for each in declared if each.effect != "read" and each.plan is None] == []


def test_a_field_that_would_refuse_what_stands_in_place_of_an_answer_is_left_to_the_run(
    target: Target,
) -> None:
    (effect,) = later(
        target, "  - {id: next, uses: desk.notes.create, with: {text: t, amount: $steps.note.amount}}\n"
    )
    assert effect["given"]["amount"] == "<steps.note.amount>"


def test_what_is_wrong_whatever_the_answer_is_fails_in_the_plan(target: Target) -> None:
    note = '  - {id: note, uses: desk.notes.create, with: {text: $.text, amount: "1.00"}}\n'
    wrong = "  - {id: next, uses: desk.notes.create, with: {text: $steps.note.id, amount: $.text}}\n"
    over("header", {"id": "a", "text": "one"}, actions=note + wrong)
    (record,) = planned(code=1)["records"]
    assert "would refuse /amount" in record["failure"]["message"]


def test_what_a_called_recipe_makes_of_an_answer_is_known_later_too(target: Target) -> None:
    called = NOTES.replace("recipe: notes", "recipe: called").replace("KIND", "header")
    called = called.replace("{file: notes.jsonl, format: jsonl, key: $.id}", "{manual: a note, key: $.id}")
    Path("called.yaml").write_text(called.replace("$.text", "$.id | upper"), "utf-8")
    (effect,) = later(target, "  - {id: c, call: called, with: {id: $steps.note.id, text: x}}\n")
    assert effect["action"] == "c.note"
    assert effect["given"]["text"] == "<id | upper>"


# ---- the engine's own actions ----


def test_rows_lines_and_alerts_are_planned_and_none_is_written(target: Target) -> None:
    actions = """\
  - {id: row, uses: file.write, with: {file: out/rows.csv, row: {id: $.id, text: $.text}}}
  - {id: line, uses: log.write, with: {message: $.text}}
  - {id: alert, uses: alert.send, with: {message: $.text}}
"""
    over("header", actions=actions)
    assert states(planned()) == ["new", "new", "new"]
    assert "file: out/rows.csv, row.id: a, row.text: one" in text_of()
    ran("--new-ledger")
    give("notes", {"id": "a", "text": "two"}, {"id": "b", "text": "b"})
    data = planned(code=1)
    assert states(data) == ["parked", "new", "new", "new"]
    assert data["records"][0]["failure"]["code"] == "X302"


def test_rows_that_do_not_fit_the_file_fail_in_the_plan(target: Target) -> None:
    actions = "  - {id: row, uses: file.write, with: {file: rows.csv, row: {id: $.id}}}\n"
    over("header", actions=actions)
    ran("--new-ledger")
    over("header", {"id": "b"}, actions=actions.replace("row: {id: $.id}", "row: {key: $.id}"))
    (record,) = planned(code=1)["records"]
    assert record["failure"]["code"] == "X107"


# ---- how it is told ----


@pytest.mark.parametrize("words", [(), ("--quiet",)])
def test_a_state_that_is_a_file_is_refused(target: Target, words: tuple[str, ...]) -> None:
    over("header")
    done = here("plan", "notes.yaml", "--state", "notes.jsonl", *words, cwd=Path.cwd())
    assert (done.returncode, "the state notes.jsonl is a file" in done.stderr) == (2, True)


def test_a_state_folder_without_a_ledger_is_told(target: Target) -> None:
    over("header")
    Path(".recipe").mkdir()
    done = here("plan", "notes.yaml", cwd=Path.cwd())
    assert "state: .recipe (it holds no ledger: everything is new); nothing is written" in done.stderr


def test_of_one_record_that_waits_it_is_said_in_the_singular(target: Target) -> None:
    over("header")
    target.arm({"match": {"method": "POST"}, "do": {"status": 422}})
    ran("--new-ledger", code=1)
    assert "note: 1 record of earlier runs waits: recipe replay lists what waits" in text_of()


def test_records_that_would_fail_have_the_runs_words_and_exit_code_1(tmp_path: Path) -> None:
    done = here("plan", RECIPE, "--sample", "bad", cwd=tmp_path)
    assert done.returncode == 1
    assert "  ! would fail [X106]: lines, discounts" in done.stdout
    assert "    --> shopify-to-invoice.yaml:" in done.stdout
    assert done.stdout.endswith("read 5: 2 to go through, 3 to fail\n4 new; 0 writes sent\n")


def test_only_so_many_records_are_planned_as_are_asked_for(tmp_path: Path) -> None:
    done = here("plan", RECIPE, "--sample", "--limit", "3", "--format", "json", cwd=tmp_path)
    data = json.loads(done.stdout)
    assert done.returncode == 0
    assert (len(data["records"]), data["is_cut"]) == (3, True)


def test_a_source_that_cannot_be_read_ends_with_exit_code_4_and_whole_json(target: Target) -> None:
    over("header")
    text = Path("notes.yaml").read_text("utf-8")
    polled = text.replace(
        "{file: notes.jsonl, format: jsonl, key: $.id}", "{poll: desk.records.list, key: $.id}"
    )
    Path("notes.yaml").write_text(polled, "utf-8")
    target.arm({"match": {"method": "GET"}, "do": {"status": 401}})
    data = planned(code=4)
    assert data["records"] == []
    assert "answered 401" in data["stopped_by"]


def test_a_recipe_with_findings_ends_with_exit_code_3(target: Target) -> None:
    over("header", actions="  - {id: note, uses: desk.notes.create, with: {txt: $.text}}\n")
    assert here("plan", "notes.yaml", cwd=Path.cwd()).returncode == 3


def test_where_the_recipe_says_stop_the_plan_ends_there_and_says_so(target: Target) -> None:
    over("header", {"id": "a", "text": "one"}, {"id": "b", "text": "two"}, actions="  - {stop: enough}\n")
    data = planned(code=4)
    assert [record["end"] for record in data["records"]] == ["stops"]
    assert "enough" in data["stopped_by"]


def test_records_that_are_taken_at_once_are_told_in_their_order(target: Target) -> None:
    over("find", *({"id": f"r{number}", "text": "t"} for number in range(20)))
    text = Path("notes.yaml").read_text("utf-8").replace("trigger:", "settings: {concurrency: 8}\ntrigger:")
    Path("notes.yaml").write_text(text, "utf-8")
    target.arm({"match": {"method": "GET", "every": 3}, "do": {"delay": 0.05}})
    keys = [record["key"] for record in planned()["records"]]
    assert keys == [[f"r{number}"] for number in range(20)]


RUDE = "x\x1b[1A\x1b[2K\x07\u202e\x9b\n"


def test_no_control_character_of_a_record_reaches_the_screen(target: Target) -> None:
    bad = {"id": RUDE + "b", "text": "t"}
    actions = '  - {id: note, uses: desk.notes.create, with: {text: $.text, amount: "1.00"}}\n'
    over("header", {"id": RUDE, "text": RUDE}, bad, actions=actions + "  - {skip: $.text}\n")
    target.arm({"match": {"method": "POST", "nth": 1}, "do": {"status": 422}})
    said = [
        here(*words, cwd=Path.cwd()) for words in (("plan", "notes.yaml"), ("plan", "notes.yaml", "--full"))
    ]
    said.append(here("run", "notes.yaml", "--new-ledger", cwd=Path.cwd()))
    assert said[-1].returncode == 1
    said += [here(*words, cwd=Path.cwd()) for words in (("show",), ("replay",))]
    for done in said:
        assert re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", done.stdout + done.stderr) is None, done.args
        assert r"x\x1b[1A\x1b[2K\x07\u202e\x9b\n" in done.stdout + done.stderr


def test_pictures_and_writing_that_need_joiners_are_left_as_they_are() -> None:
    assert visible("1\u00a0000 € 👩\u200d🔧") == "1\u00a0000 € 👩\u200d🔧"


def unread(to: int, *words: str, folder: Path) -> tuple[int, list[str]]:
    """Plan with standard output to the file *to*, which takes nothing; return the exit code and what was told."""
    program = [sys.executable, "-c", "from engine.commands import main; main()"]
    command = [*program, "plan", RECIPE, "--sample", *words]
    done = subprocess.run(command, cwd=folder, stdout=to, stderr=subprocess.PIPE, text=True, check=False)
    return done.returncode, [
        line for line in done.stderr.splitlines() if not line.startswith(("state:", RECIPE))
    ]


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_plan_whose_reader_has_gone_ends_without_a_word(tmp_path: Path, form: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    assert unread(writer, "--format", form, folder=tmp_path) == (128 + signal.SIGPIPE, [])
    os.close(writer)


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_plan_that_cannot_be_written_says_so_in_one_line(tmp_path: Path, form: str) -> None:
    with Path("/dev/full").open("wb") as full:
        code, told = unread(full.fileno(), "--format", form, folder=tmp_path)
    assert code == 4
    assert told == [
        "error: the result cannot be written to standard output: No space left on device",
        "  help: look at what it is redirected to",
    ]


def test_quiet_prints_the_closing_lines_only(tmp_path: Path) -> None:
    done = here("plan", RECIPE, "--sample", "--quiet", cwd=tmp_path)
    assert done.stdout == "read 12: 12 to go through\n25 new; 0 writes sent\n"
    assert done.stderr == ""
