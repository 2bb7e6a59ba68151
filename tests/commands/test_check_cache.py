"""What a check keeps: nobody can tell it from what is printed, nor how many processes checked."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.commands import check, check_many
from engine.commands.check_cache import engine_digest
from engine.commands.check_cores import Work, spread
from engine.commands.check_verdict import Judge
from tests.running import PROGRAM, here, recipe

CONNECTOR = """
connector: tiny
version: 1
summary: A shop of our own.
base_url: https://tiny.example.com
settings: {account: {type: string, example: sample, description: The account.}}
identity: [account]
operations:
  orders.list: {effect: read, summary: All., path: /orders, records: $.orders, returns: ./order.schema.json}
"""
ORDER = {
    "type": "object",
    "required": ["id"],
    "additionalProperties": False,
    "properties": {"id": {"type": "integer"}},
}
OUTER = """
recipe: outer
version: 1
connections: {shop: tiny}
lookups: {codes: {file: codes.csv, key: code, value: account}}
trigger: {poll: shop.orders.list, key: $.id}
mapping:
  target: ./note.schema.json
  fields: {text: "{{ record.id ~ '' }}", account: "{{ 'a' | lookup('codes') }}"}
actions:
  - {id: inner, call: inner, with: $mapped}
"""
INNER = """
recipe: inner
version: 1
trigger: {manual: a note, key: $.text}
actions: [{uses: log.write, id: told, with: {message: $.text}}]
"""
NOTE = {
    "type": "object",
    "additionalProperties": False,
    "properties": {"text": {"type": "string"}, "account": {"type": "string"}},
}
CODES = "code,account\na,100\n"
GIVEN = "connections: {shop: {connector: tiny, account: acme}}\n"
FORMS = ("text", "json", "github")


@pytest.fixture(autouse=True)
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of the test's own, and an engine that nobody changes meanwhile."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(check_many, "engine_digest", lambda: ("this engine", True))
    return tmp_path / "cache" / "recipe-engine" / "check"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project with a recipe that needs one of each kind of file."""
    project = tmp_path / "project"
    (project / "connectors" / "tiny").mkdir(parents=True)
    (project / "recipes").mkdir()
    for name, text in {
        "connections.yaml": GIVEN,
        "connectors/tiny/connector.yaml": CONNECTOR,
        "connectors/tiny/order.schema.json": json.dumps(ORDER),
        "outer.yaml": OUTER,
        "recipes/inner.yaml": INNER,
        "codes.csv": CODES,
        "note.schema.json": json.dumps(NOTE),
    }.items():
        (project / name).write_text(text, "utf-8")
    return project


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The recipes that are checked, and not taken from the cache."""
    names: list[str] = []
    real = Judge.recipe

    def recipe(self: Judge, place: object, inputs: object = None) -> object:
        names.append(place.file.name)  # type: ignore[attr-defined]
        return real(self, place, inputs)  # type: ignore[arg-type]

    monkeypatch.setattr(Judge, "recipe", recipe)
    return names


def told(*arguments: str, cwd: Path) -> tuple[int, str, str]:
    done = here("check", *arguments, cwd=cwd)
    return done.returncode, done.stdout, done.stderr


def many(folder: Path, count: int) -> Path:
    """Write recipes of each kind of verdict: right, warned of, wrong, no text at all."""
    made = folder / "many"
    made.mkdir()
    for number in range(count):
        text = INNER.replace("recipe: inner", f"recipe: r{number}")
        if number % 4 == 1:
            text += "lookups: {unused: {a: b}}\n"
        if number % 4 == 2:
            text = text.replace("$.text}}]", "$.text | nothing}}]")
        (made / f"r{number:04}.yaml").write_bytes(b"\xff" if number == 3 else text.encode())
    return made


def test_what_has_not_changed_is_not_checked_again(folder: Path, judged: list[str]) -> None:
    first = told("outer.yaml", cwd=folder)
    assert first[0] == 0, first
    assert judged == ["outer.yaml"]
    assert told("outer.yaml", cwd=folder) == first
    assert judged == ["outer.yaml"]


def test_no_cache_checks_anew_and_keeps_nothing(folder: Path, kept: Path, judged: list[str]) -> None:
    told("outer.yaml", "--no-cache", cwd=folder)
    assert not kept.exists()
    told("outer.yaml", cwd=folder)
    told("outer.yaml", "--no-cache", cwd=folder)
    assert len(judged) == 3


def rewrite(name: str, old: str, new: str) -> Callable[[Path], object]:
    def change(folder: Path) -> None:
        path = folder / name
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")

    return change


def add(name: str, text: str) -> Callable[[Path], object]:
    def change(folder: Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")

    return change


def remove(name: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).unlink()


CHANGES: dict[str, Callable[[Path], object]] = {
    "the recipe": rewrite("outer.yaml", "record.id ~", "record.idd ~"),
    "a called recipe": rewrite("recipes/inner.yaml", "$.text}}]", "$.txt}}]"),
    "a called recipe that is gone": remove("recipes/inner.yaml"),
    "a called recipe that lies nearer": add(
        "inner.yaml", INNER.replace("a note", "a note}").replace("1\n", "9\n")
    ),
    "a table": rewrite("codes.csv", "a,100", "a,"),
    "a table that is gone": remove("codes.csv"),
    "a target's schema": rewrite("note.schema.json", '"text"', '"texts"'),
    "the file of connections": rewrite("connections.yaml", "account", "acount"),
    "a nearer file of connections": add(
        "sub/../connections.yaml", "connections: {shop: {connector: books}}\n"
    ),
    "a connector": rewrite("connectors/tiny/connector.yaml", "orders.list:", "orders.lists:"),
    "a connector's schema": rewrite("connectors/tiny/order.schema.json", '"id"', '"number"'),
    "a connector that is gone": remove("connectors/tiny/connector.yaml"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("form", FORMS)
def test_each_kind_of_file_that_changes_is_seen(
    folder: Path, change: Callable[[Path], object], form: str
) -> None:
    arguments = ("outer.yaml", "--format", form)
    before = told(*arguments, cwd=folder)
    assert before[0] == 0, before
    change(folder)
    after = told(*arguments, cwd=folder)
    assert after == told(*arguments, "--no-cache", cwd=folder)
    assert after != before
    assert told(*arguments, cwd=folder) == after


@pytest.mark.parametrize(
    "name", ["codes.csv", "note.schema.json", "recipes/inner.yaml", "connectors/tiny/order.schema.json"]
)
def test_a_file_that_was_looked_for_in_vain_is_seen_when_it_comes(folder: Path, name: str) -> None:
    text = (folder / name).read_text("utf-8")
    (folder / name).unlink()
    assert told("outer.yaml", cwd=folder)[0] == 3
    assert told("outer.yaml", cwd=folder)[0] == 3
    (folder / name).write_text(text, "utf-8")
    assert told("outer.yaml", cwd=folder)[0] == 0


def test_what_one_recipe_read_for_another_counts_for_both(folder: Path) -> None:
    (folder / "second.yaml").write_text(OUTER.replace("recipe: outer", "recipe: second"), "utf-8")
    assert told("outer.yaml", "second.yaml", cwd=folder)[0] == 0
    CHANGES["a connector's schema"](folder)
    assert told("second.yaml", cwd=folder)[0] == 3


def test_a_file_of_connections_that_comes_is_seen(folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "inner.yaml").write_text(INNER, "utf-8")
    assert told("sub/inner.yaml", cwd=folder)[0] == 0
    (folder / "sub" / "connections.yaml").write_text("connections: {shop: {connector: nothing}}\n", "utf-8")
    assert told("sub/inner.yaml", cwd=folder)[0] == 3


def test_a_connector_of_the_project_that_comes_before_one_that_ships_is_seen(folder: Path) -> None:
    text = INNER.replace("version: 1", "version: 1\nconnections: {store: shopify}")
    (folder / "shop.yaml").write_text(text, "utf-8")
    assert told("shop.yaml", cwd=folder)[0] == 0
    (folder / "connectors" / "shopify").mkdir()
    (folder / "connectors" / "shopify" / "connector.yaml").write_text(CONNECTOR, "utf-8")
    assert told("shop.yaml", cwd=folder)[0] == 3


def test_another_file_of_connections_is_another_check(folder: Path) -> None:
    (folder / "other.yaml").write_text("connections: {shop: {connector: nothing}}\n", "utf-8")
    assert told("outer.yaml", cwd=folder)[0] == 0
    assert told("outer.yaml", "--connections", "other.yaml", cwd=folder)[0] == 3
    assert told("outer.yaml", cwd=folder)[0] == 0


def test_messages_name_files_from_where_the_check_is_made(folder: Path) -> None:
    assert told("outer.yaml", cwd=folder)[1].startswith("outer.yaml: ok")
    assert told("../outer.yaml", cwd=folder / "recipes")[1].startswith("../outer.yaml: ok")


def test_another_engine_checks_anew(folder: Path, judged: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    told("outer.yaml", cwd=folder)
    monkeypatch.setattr(check_many, "engine_digest", lambda: ("another engine", True))
    told("outer.yaml", cwd=folder)
    assert len(judged) == 2


def test_an_engine_whose_files_just_changed_keeps_nothing(
    folder: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check_many, "engine_digest", lambda: ("this engine", False))
    told("outer.yaml", cwd=folder)
    assert not kept.exists()


def test_an_engine_that_changes_while_it_checks_keeps_nothing(
    folder: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    states: Iterator[str] = iter(["old", "new"])
    monkeypatch.setattr(check_many, "engine_digest", lambda: (next(states), True))
    told("outer.yaml", cwd=folder)
    assert not kept.exists()


def test_the_engine_is_the_same_while_none_of_its_files_changes() -> None:
    assert engine_digest()[0] == engine_digest()[0]


def test_with_a_ledger_each_check_asks_it(folder: Path, judged: list[str]) -> None:
    (folder / ".recipe").mkdir()
    told("outer.yaml", cwd=folder)
    (folder / ".recipe" / "ledger.db").write_bytes(b"")
    told("outer.yaml", cwd=folder)
    told("outer.yaml", cwd=folder)
    assert len(judged) == 3


def test_a_file_that_changes_while_it_is_read_is_not_kept(
    folder: Path, judged: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Judge.recipe

    def recipe(self: Judge, place: object, inputs: object = None) -> object:
        made = real(self, place, inputs)  # type: ignore[arg-type]
        (folder / "codes.csv").write_text(CODES + "b,200\n", "utf-8")
        return made

    monkeypatch.setattr(Judge, "recipe", recipe)
    told("outer.yaml", cwd=folder)
    monkeypatch.setattr(Judge, "recipe", real)
    assert all("outer" not in path.read_text("utf-8") for path in folder.parent.glob("cache/**/*.json"))


DAMAGE = {
    "no JSON": lambda text: text[: len(text) // 2],
    "no text": lambda text: "\0" * 100,
    "a list": lambda text: "[]",
    "another form": lambda text: text.replace('"form": 1', '"form": 2'),
    "recipes that are a list": lambda text: json.dumps({**json.loads(text), "recipes": []}),
    "an entry that is text": lambda text: _entries(text, "x"),
    "an entry that lacks parts": lambda text: _entries(text, {}),
    "a verdict of no kind": lambda text: text.replace('"state": "ok"', '"state": "fine"'),
    "files that are a list": lambda text: text.replace('"files": {', '"files": [], "was": {'),
    "nested without end": lambda text: "[" * 100_000,
    "half a character": lambda text: text.replace('"text": "', '"text": "\\ud800 '),
}


def _entries(text: str, entry: object) -> str:
    data = json.loads(text)
    return json.dumps({**data, "recipes": dict.fromkeys(data["recipes"], entry)})


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_cache_is_as_none_and_written_anew(
    folder: Path, kept: Path, judged: list[str], damage: Callable[[str], str]
) -> None:
    first = told("outer.yaml", cwd=folder)
    [file] = kept.iterdir()
    text = file.read_text("utf-8")
    file.write_text(damage(text), "utf-8")
    assert file.read_text("utf-8") != text
    assert told("outer.yaml", cwd=folder) == first
    assert len(judged) == 2
    assert told("outer.yaml", cwd=folder) == first
    assert len(judged) == 2


def test_a_cache_that_others_may_write_is_not_believed(folder: Path, kept: Path, judged: list[str]) -> None:
    told("outer.yaml", cwd=folder)
    [file] = kept.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert kept.stat().st_mode & 0o777 == 0o700
    file.chmod(0o666)
    told("outer.yaml", cwd=folder)
    assert len(judged) == 2
    file.rename(kept / "elsewhere")
    file.symlink_to(kept / "elsewhere")
    told("outer.yaml", cwd=folder)
    assert len(judged) == 3


def test_a_pipe_in_the_place_of_the_cache_is_not_waited_for(
    folder: Path, kept: Path, judged: list[str]
) -> None:
    first = told("outer.yaml", cwd=folder)
    [file] = kept.iterdir()
    file.unlink()
    os.mkfifo(file, 0o600)
    assert told("outer.yaml", cwd=folder) == first
    assert len(judged) == 2


def test_a_cache_that_cannot_be_written_is_no_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null/none")
    assert told("outer.yaml", cwd=folder) == told("outer.yaml", "--no-cache", cwd=folder)


def test_a_password_in_plain_text_is_not_kept(folder: Path, kept: Path) -> None:
    (folder / "connections.yaml").write_text(
        "connections: {shop: {connector: shopify, token: hunter-2222}}\n", "utf-8"
    )
    assert told("outer.yaml", cwd=folder)[0] == 3
    assert told("outer.yaml", cwd=folder)[0] == 3
    assert all("hunter-2222" not in file.read_text("utf-8") for file in kept.iterdir())


@pytest.mark.parametrize("form", FORMS)
def test_nobody_can_tell_how_many_processes_checked_nor_what_was_kept(
    folder: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    many(folder, 30)
    arguments = ("many", "--format", form)
    monkeypatch.setattr(check, "cores", lambda: 1)
    alone = told(*arguments, "--no-cache", cwd=folder)
    assert alone[0] == 2
    monkeypatch.setattr(check, "cores", lambda: 3)
    assert told(*arguments, "--no-cache", cwd=folder) == alone
    assert told(*arguments, cwd=folder) == alone
    assert told(*arguments, cwd=folder) == alone


def test_several_processes_keep_what_they_found(
    folder: Path, judged: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    many(folder, 30)
    monkeypatch.setattr(check, "cores", lambda: 3)
    told("many", cwd=folder)
    judged.clear()
    told("many", cwd=folder)
    assert judged == ["r0003.yaml"]  # what cannot be read is tried again


def test_a_few_recipes_are_checked_without_another_process(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts: list[int] = []
    monkeypatch.setattr("engine.commands.check_cores._is_alone", lambda: counts.append(1))
    many(folder, 8)
    monkeypatch.setattr(check, "cores", lambda: 64)
    assert told("many", cwd=folder)[0] == 2
    assert told("outer.yaml", cwd=folder)[0] == 0
    assert counts == []


def doubling() -> Work:
    return lambda number: 2 * number


def dying() -> Work:
    """Do the work, and be killed over it in any process but the first."""
    first = os.environ["FIRST"]

    def work(number: int) -> int:
        if number > 4 and str(os.getpid()) != first:
            os._exit(9)
        return 2 * number

    return work


def refusing() -> Work:
    raise ZeroDivisionError


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_what_is_spread_comes_back_in_its_order(count: int) -> None:
    assert list(spread(doubling, range(20), count)) == [2 * number for number in range(20)]


def test_what_a_killed_process_left_is_done_by_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRST", str(os.getpid()))
    assert list(spread(dying, range(20), 3)) == [2 * number for number in range(20)]


def test_what_fails_in_a_process_fails_here() -> None:
    with pytest.raises(ZeroDivisionError):
        list(spread(refusing, range(20), 3))


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGKILL])
def test_a_check_that_is_ended_leaves_no_process_behind(folder: Path, sign: signal.Signals) -> None:
    many(folder, 1600)  # more than fits between two processes
    going = subprocess.Popen(
        [*PROGRAM, "check", "many"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert going.stdout is not None
    assert going.stdout.readline() == "many/r0000.yaml: ok (r0)\n"
    going.send_signal(sign)  # to the first process alone
    _, wrong = going.communicate(timeout=60)  # comes back when nobody can write there any more
    assert going.returncode != 0
    assert "Traceback" not in wrong


def test_two_checks_at_once_both_tell_the_truth(folder: Path, kept: Path) -> None:
    many(folder, 12)
    alone = recipe("check", "many", "--no-cache", cwd=folder)
    program = [*PROGRAM, "check", "many"]
    both = [
        subprocess.Popen(program, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for each in both:
        assert (*each.communicate(timeout=120), each.returncode) == (
            alone.stdout,
            alone.stderr,
            alone.returncode,
        )
    again = recipe("check", "many", cwd=folder)
    assert (again.stdout, again.stderr, again.returncode) == (alone.stdout, alone.stderr, alone.returncode)
