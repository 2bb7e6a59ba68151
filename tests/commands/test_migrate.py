"""``recipe migrate``: older recipes into the present version, and no other byte.

``migrations/`` holds recipes of version 0, each beside what becomes of it; a change there is to be read like code.
"""

from __future__ import annotations

import difflib
import json
import os
import re
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from engine import migrate as migration
from engine import source
from engine.commands import main
from engine.errors import UsageError
from engine.migrate import STEPS, Wrap, migrate

HERE = Path(__file__).parent / "migrations"
NAMES = ["block", "care", "flow"]
DONE, WOULD_CHANGE, USAGE, INVALID = range(4)
HEAD = "name: orders\nversion: 0\n"


def texts(name: str) -> tuple[str, str]:
    before, after = ((HERE / f"{name}.{version}.yaml").read_text("utf-8") for version in ("v0", "v1"))
    return before, after


def recipe(*words: str) -> Result:
    done = CliRunner().invoke(main, list(words))
    assert "the engine itself failed" not in done.output
    return done


def comments(text: str) -> list[str]:
    return re.findall(r"(?:^|(?<=\s))#.*", text, re.MULTILINE)


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder, which is the working directory, with ``orders.yaml`` in version 0."""
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "orders.yaml"
    file.write_text(texts("block")[0], "utf-8")
    return file


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_of_version_0_becomes_the_one_beside_it_which_is_right(name: str, old: Path) -> None:
    before, after = texts(name)
    old.write_text(before, "utf-8")
    assert recipe("migrate", "orders.yaml").exit_code == DONE
    assert old.read_text("utf-8") == after
    checked = recipe("check", "orders.yaml")
    assert checked.exit_code == DONE
    assert "orders.yaml: ok (orders)" in checked.stdout


@pytest.mark.parametrize("name", NAMES)
def test_comments_stay_in_order_and_only_lines_with_an_old_word_change(name: str) -> None:
    before, after = texts(name)
    done = migrate(before, "x")
    assert comments(done.after) == comments(before)
    changed = {
        n for n, (a, b) in enumerate(zip(before.split("\n"), after.split("\n"), strict=True), 1) if a != b
    }
    assert changed == {note.line for note in done.notes}


@pytest.mark.parametrize("name", NAMES)
def test_migrating_twice_is_migrating_once(name: str) -> None:
    once = migrate(texts(name)[0], "x").after
    again = migrate(once, "x")
    assert (again.after, again.notes, again.version) == (once, (), 1)


# Without ?}, which only the slow one of the two parsers takes.
BLOCK = list(zip(*(text.replace("?}", "}").splitlines() for text in texts("block")), strict=True))
BLANK = st.sampled_from(["", "   ", "# a note", "  # näh: {a: 1} 🧾", "#", "          # name: id"])
BEHIND = st.sampled_from(["", "", "", "  # why", " # name: steps", "    ", " #"])


@given(
    before=st.lists(st.lists(BLANK, max_size=2), min_size=len(BLOCK), max_size=len(BLOCK)),
    behind=st.lists(BEHIND, min_size=len(BLOCK), max_size=len(BLOCK)),
    ends=st.lists(st.sampled_from(["\n", "\r\n"]), min_size=len(BLOCK), max_size=len(BLOCK)),
    mark=st.sampled_from(["", "\ufeff"]),
    last=st.booleans(),
)
def test_whatever_stands_around_the_words_stays_byte_for_byte(
    before: list[list[str]], behind: list[str], ends: list[str], mark: str, last: bool
) -> None:
    old, new = (
        mark
        + "".join(
            "".join(line + end for line in above) + pair[version] + after + end
            for pair, above, after, end in zip(BLOCK, before, behind, ends, strict=True)
        )
        for version in (0, 1)
    )
    if not last:
        old, new = old.rstrip("\r\n"), new.rstrip("\r\n")
    assert migrate(old, "x").after == new


def test_what_was_changed_is_told_line_by_line(old: Path) -> None:
    done = recipe("migrate", "orders.yaml")
    lines = done.stdout.splitlines()
    assert lines[0] == "orders.yaml: rewritten from version 0 into version 1"
    assert lines[1:5] == [
        "  line  2: name becomes recipe",
        "  line  3: version: 0 becomes version: 1",
        "  line  6: timezone moves into settings",
        "  line 10: list becomes poll",
    ]
    assert "  line 11: every: 15 becomes every: 15m" in lines
    assert done.stderr == "Next: recipe check orders.yaml\n"
    assert recipe("migrate", "orders.yaml").stdout == (
        "orders.yaml: nothing to do, it is written in version 1\n"
    )


def test_check_writes_nothing_and_ends_with_1_until_nothing_is_to_do(old: Path) -> None:
    before = old.read_bytes()
    done = recipe("migrate", "orders.yaml", "--check")
    assert done.exit_code == WOULD_CHANGE
    assert "orders.yaml: would be rewritten from version 0" in done.stdout
    assert old.read_bytes() == before
    recipe("migrate", "orders.yaml")
    assert recipe("migrate", "orders.yaml", "--check").exit_code == DONE


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_diff_writes_nothing_and_prints_what_leads_from_one_to_the_other(old: Path, end: str) -> None:
    text = f"\ufeff# é{end or chr(10)}name: orders{end or chr(10)}version: 0{end}"
    old.write_bytes(text.encode())
    done = recipe("migrate", "orders.yaml", "--diff")
    assert (done.exit_code, old.read_bytes()) == (DONE, text.encode())
    body = done.stdout_bytes.decode()
    assert body.startswith("--- orders.yaml\n+++ orders.yaml\n@@ -1,3 +1,3 @@\n")
    assert ("\\ No newline at end of file" in body) is (end == "")
    added = [line[1:] for line in body.split("\n")[3:] if line[:1] in "+ " and line]
    assert added == migrate(text, "x").after.removesuffix("\n").split("\n")
    assert recipe("migrate", "orders.yaml", "--diff", "--check").exit_code == WOULD_CHANGE


def test_json_names_file_versions_and_changes(old: Path) -> None:
    old.write_text(HEAD, "utf-8")
    changes = [
        {"line": 1, "what": "name becomes recipe"},
        {"line": 2, "what": "version: 0 becomes version: 1"},
    ]
    told = json.loads(recipe("migrate", "orders.yaml", "--format", "json").stdout)
    assert told == [{"file": "orders.yaml", "from": 0, "to": 1, "changes": changes}]


def test_the_file_keeps_its_mode_and_a_link_stays_a_link(old: Path) -> None:
    old.chmod(0o640)
    link = old.with_name("link.yaml")
    link.symlink_to(old.name)
    assert recipe("migrate", "link.yaml").exit_code == DONE
    assert link.is_symlink()
    assert old.read_text("utf-8") == texts("block")[1]
    assert stat.S_IMODE(old.stat().st_mode) == 0o640
    assert sorted(each.name for each in old.parent.iterdir()) == ["link.yaml", "orders.yaml"]


@pytest.mark.parametrize("call", ["fsync", "fchmod"])
def test_a_file_that_cannot_be_replaced_is_as_it_was(
    old: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    before = old.read_bytes()
    monkeypatch.setattr(os, call, full)
    done = recipe("migrate", "orders.yaml")
    assert done.exit_code == USAGE
    assert "orders.yaml cannot be written: No space left on device" in done.stderr
    assert old.read_bytes() == before
    assert [each.name for each in old.parent.iterdir()] == ["orders.yaml"]


def test_the_new_text_is_on_the_disk_before_it_takes_the_name(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    real_sync, real_replace = os.fsync, Path.replace

    def sync(handle: int) -> None:
        done.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file")
        real_sync(handle)

    def replace(self: Path, target: Path) -> Path:
        done.append("rename")
        assert self.parent == target.parent
        assert self.read_text("utf-8") == texts("block")[1]
        return real_replace(self, target)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(Path, "replace", replace)
    recipe("migrate", "orders.yaml")
    assert done == ["file", "rename", "folder"]


REFUSED = [
    (HEAD + "recipe: x\n", INVALID, "the key 'name' becomes 'recipe', which stands here too"),
    (HEAD + "steps: [{name: a, call: b, uses: c}]\n", INVALID, "the key 'call' becomes 'uses'"),
    (HEAD + "settings: {}\ntimezone: UTC\n", INVALID, "the key 'timezone' becomes 'settings'"),
    (HEAD + "name: b\n", INVALID, "stands twice"),
    (HEAD + "trigger: {list: !x a}\n", INVALID, "the tag"),
    ('"na\\u006de": orders\nversion: 0\n', USAGE, "orders.yaml:1:1: the key 'name' cannot be rewritten"),
    ("&a name: orders\nversion: 0\n", USAGE, "without anchor or escapes"),
    (HEAD + "timezone:\n  UTC\n", USAGE, "write key and value in one line"),
    (HEAD + "timezone: a, b\n", USAGE, "put the value of timezone in quotes"),
    ("name: o\nversion: &v 0\n", USAGE, "this number cannot be rewritten safely"),
    (
        HEAD + "lookups: {t: &a {name: x, call: y}}\nsteps: [*a]\n",
        USAGE,
        "cannot be rewritten without changing what it says",
    ),
    ("name: o\nversion: 7\n", USAGE, "is written in version 7 of the language, and this engine knows 0 to 1"),
    ("name: o\nversion: -1\n", USAGE, "knows 0 to 1"),
    ("name: o\nversion: '0'\n", USAGE, "is a number such as 1, found text"),
    ("name: o\nversion: true\n", USAGE, "found true or false"),
    ("name: o\n", USAGE, "says no version of the language"),
    ("[]\n", USAGE, "says no version of the language"),
    ("", INVALID, "the file is empty"),
]


@pytest.mark.parametrize(("text", "code", "told"), REFUSED)
def test_what_cannot_be_rewritten_safely_is_left_alone(old: Path, text: str, code: int, told: str) -> None:
    old.write_text(text, "utf-8")
    done = recipe("migrate", "orders.yaml")
    assert told in done.stderr
    assert "help: " in done.stderr or "^ " in done.stderr
    assert (done.exit_code, old.read_text("utf-8")) == (code, text)


def test_words_are_renamed_only_where_they_are_words() -> None:
    text = HEAD + (
        "lookups: {name: {id: steps}}\n"
        "connections: {list: to}\n"
        "map: {set: {name: $.id, each: 1, set: 2, x: {set: 3, when: $.a, id: 4}, y: {literal: {each: a, set: b}}}}\n"
    )
    after = source.read(migrate(text, "x").after, "x").data
    before = source.read(text, "x").data
    assert after["mapping"]["fields"] == before["map"]["set"]
    assert (after["lookups"], after["connections"]) == (before["lookups"], before["connections"])


@pytest.mark.parametrize(
    ("above", "below"),
    [
        ("trigger: {with: {x: [", "]}}"),
        ("reads: [{with: [", "]}]"),
        ("map: {set: {x: {y: [", "]}}}"),
        ("steps: [{steps: [{input: [", "]}]}]"),
    ],
)
def test_a_loop_is_renamed_wherever_values_stand(above: str, below: str) -> None:
    after = migrate(f"{HEAD}{above}{{each: $.x, set: {{when: $.y, set: 1}}}}{below}\n", "x").after
    assert "[{for_each: $.x, map: {when: $.y, map: 1}}]" in after


def test_an_alias_follows_its_anchor() -> None:
    text = HEAD + "steps:\n  - &a {name: one, call: shop.x}  # kept\n  - *a\n"
    assert migrate(text, "x").after == (
        "recipe: orders\nversion: 1\nactions:\n  - &a {id: one, uses: shop.x}  # kept\n  - *a\n"
    )


def test_a_further_version_is_one_more_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migration, "VERSION", 2)
    monkeypatch.setattr(migration, "STEPS", {**STEPS, 1: lambda data: iter([Wrap("/recipe", "about")])})
    done = migrate(HEAD, "x")
    assert done.after == "about: {recipe: orders}\nversion: 2\n"
    assert [note.what for note in done.notes] == [
        "name becomes recipe",
        "version: 0 becomes version: 1",
        "recipe moves into about",
        "version: 1 becomes version: 2",
    ]


def test_a_step_that_says_something_else_than_it_writes_would_be_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(migration, "_edited", lambda read, body, changes: body.replace("orders", "other"))
    with pytest.raises(UsageError, match="without changing what it says"):
        migrate(HEAD, "x")


def test_one_file_that_cannot_be_migrated_does_not_keep_the_others(old: Path) -> None:
    old.with_name("bad.yaml").write_text("a: [")
    old.with_name("binary.yaml").write_bytes(b"\xff")
    done = recipe("migrate", "bad.yaml", "orders.yaml")
    assert done.exit_code == INVALID
    assert "bad.yaml: 1 finding" in done.stderr
    assert old.read_text("utf-8") == texts("block")[1]
    assert recipe("migrate", "binary.yaml", "bad.yaml").exit_code == USAGE
    assert recipe("migrate", "bad.yaml", "binary.yaml").exit_code == USAGE


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "For example: recipe migrate"),
        ((".",), "recipe migrate ./*.yaml"),
        (("nowhere.yaml",), "nowhere.yaml cannot be read: No such file"),
        (("orders.yaml", "--diff", "--format", "json"), "leave out one of the two"),
    ],
)
def test_a_misuse_ends_with_2_and_leads_on(old: Path, words: tuple[str, ...], told: str) -> None:
    done = recipe("migrate", *words)
    assert done.exit_code == USAGE
    assert told in done.stderr


@pytest.mark.parametrize("command", ["check", "run"])
def test_an_older_recipe_gets_one_finding_that_names_the_command(old: Path, command: str) -> None:
    file = old.rename(old.with_name("old orders.yaml"))
    done = recipe(command, file.name)
    assert done.exit_code == INVALID
    assert "error[R102]: this recipe is written in version 0 of the language\n" in done.output
    assert "old orders.yaml:3:10  (/version)" in done.output
    assert "run: recipe migrate 'old orders.yaml'" in done.output
    assert "old orders.yaml: 1 finding" in done.output


def test_a_newer_recipe_is_not_judged_by_the_words_of_this_version(old: Path) -> None:
    old.write_text("version: 2\nwords: of another time\n")
    done = recipe("check", "orders.yaml")
    assert "which this engine does not know yet" in done.stdout
    assert "orders.yaml: 1 finding" in done.stdout


def test_the_diff_of_a_recipe_has_only_the_lines_with_an_old_word() -> None:
    before, after = texts("block")
    told = list(difflib.unified_diff(before.splitlines(), after.splitlines(), n=0))
    removed = [line for line in told if line.startswith("-") and not line.startswith("---")]
    assert len(removed) == len({note.line for note in migrate(before, "x").notes})


def test_help_has_examples_and_says_the_exit_codes() -> None:
    told = recipe("migrate", "--help").stdout
    assert "Examples:\n    recipe migrate recipes/*.yaml" in told
    assert "exit code 1 if a file would change" in " ".join(told.split())
