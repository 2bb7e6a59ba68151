"""The face: what commands print, where state lies, exit codes."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from engine.commands.tables import width
from engine.shipped import shipped
from tests.running import PROGRAM, RECIPE, here, recipe

STARTING = """
import sys
sys.argv = ['recipe', '--help']
try:
    from engine.commands import main
    main()
except SystemExit:
    pass
"""


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    folder = tmp_path / "an empty folder"
    folder.mkdir()
    return folder


def test_help_imports_only_click() -> None:
    listed = STARTING + "print('MODULES', *sorted(sys.modules))"
    out = subprocess.run([sys.executable, "-c", listed], capture_output=True, text=True, check=True).stdout
    modules = out.rpartition("MODULES ")[2].split()
    ours = {name for name in modules if name.split(".")[0] == "engine"}
    assert ours == {"engine", "engine.commands"}
    heavy = {
        "jinja2",
        "httpx2",
        "pydantic",
        "ruamel",
        "jsonschema",
        "jsonschema_rs",
        "msgspec",
        "jsonpath",
        "sqlite3",
        "asyncio",
    }
    assert not heavy & {name.split(".")[0] for name in modules}


def test_help_shows_every_command_and_examples(empty: Path) -> None:
    done = recipe("--help", cwd=empty)
    assert done.returncode == 0
    for word in ("run", "check", "demo", "runs", "show", "books", "connectors", "schema", "Examples:"):
        assert word in done.stdout
    for command in ("run", "check", "runs", "show", "books", "connectors", "schema"):
        assert "Examples:" in here(command, "--help", cwd=empty).stdout, command


def test_the_demo_fits_a_screen_and_its_next_commands_work_as_pasted(empty: Path) -> None:
    first = recipe("demo", cwd=empty)
    assert first.returncode == 0, first.stderr
    lines = (first.stderr + first.stdout).splitlines()
    assert len(lines) <= 40
    assert max(width(line) for line in lines if not line.startswith("  ")) <= 80
    assert "created 25 (invoices 12, payments 13)" in first.stdout
    assert re.search(r"^sum +0\.00 +0 +0\.000 +0\.00$", first.stdout, re.MULTILINE)
    assert "created 0" in recipe("demo", cwd=empty).stdout
    offered = re.findall(
        r"^  \S+ ((?:run|books|check) .*)$", first.stdout.partition("Next:")[2], re.MULTILINE
    )
    assert len(offered) == 3
    for command, code in zip(offered, (1, 0, 0), strict=True):
        assert recipe(*shlex.split(command), cwd=empty).returncode == code, command
    assert first.stdout.partition("Next:")[2].strip() in recipe(cwd=empty).stdout


def test_the_sample_runs_from_an_empty_folder_and_says_where_its_state_is(empty: Path) -> None:
    done = here("run", RECIPE, "--sample", cwd=empty)
    assert done.returncode == 0
    assert "shipped with the engine" in done.stderr
    assert "state: .recipe/sample (made here: no project was found)" in done.stderr
    assert "read 12, created 25" in done.stdout


def test_another_folder_of_the_project_finds_the_same_ledger(tmp_path: Path) -> None:
    (tmp_path / "connections.yaml").write_text("connections: {}\n", "utf-8")
    below = tmp_path / "some" / "where"
    (tmp_path / "recipes").mkdir()
    below.mkdir(parents=True)
    shutil.copy(shipped("recipes") / RECIPE, tmp_path / "recipes")
    assert "created 25" in here("run", RECIPE, "--sample", cwd=tmp_path).stdout
    for folder, name in ((below, RECIPE), (tmp_path / "recipes", RECIPE), (below, f"../../recipes/{RECIPE}")):
        assert "created 0" in here("run", name, "--sample", cwd=folder).stdout
    elsewhere = tmp_path.parent / f"{tmp_path.name}-elsewhere"
    elsewhere.mkdir()
    named = str(tmp_path / "recipes" / RECIPE)
    assert "created 0" in here("run", named, "--sample", cwd=elsewhere).stdout
    assert list(elsewhere.iterdir()) == []


def test_the_bad_sample_names_each_difference_to_the_cent(empty: Path) -> None:
    done = here("run", RECIPE, "--sample", "bad", cwd=empty)
    assert done.returncode == 1
    for said in (
        "(#2001)",
        "difference is -0.01",
        "(#2002)",
        "difference is -7.50",
        "(#2003)",
        "more decimals than JPY",
        "'5,00'",
    ):
        assert said in done.stderr, said
    assert "failed 4" in done.stdout
    assert re.search(rf"--> {re.escape(RECIPE)}.*:\d+:\d+", done.stderr)


def test_the_state_folder_is_private_and_kept_out_of_git(empty: Path) -> None:
    here("run", RECIPE, "--sample", cwd=empty)
    state = empty / ".recipe"
    assert (state / ".gitignore").read_text("utf-8") == "*\n"
    for path in (state, state / "sample", state / "sample" / "locks"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700, path
    for path in (state / "sample").glob("*.*"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_a_copy_of_a_recipe_under_the_same_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "connections.yaml").write_text("connections: {}\n", "utf-8")
    text = (shipped("recipes") / RECIPE).read_text("utf-8")
    (tmp_path / "one.yaml").write_text(text, "utf-8")
    (tmp_path / "two.yaml").write_text(text, "utf-8")
    assert here("run", "one.yaml", "--sample", cwd=tmp_path).returncode == 0
    copied = here("run", "two.yaml", "--sample", cwd=tmp_path)
    assert (copied.returncode, "belongs to one.yaml" in copied.stderr) == (2, True)
    (tmp_path / "one.yaml").write_text(text.replace("recipe: shopify-to-invoice", "recipe: renamed"), "utf-8")
    renamed = here("run", "one.yaml", "--sample", cwd=tmp_path)
    assert (renamed.returncode, "was called 'shopify-to-invoice'" in renamed.stderr) == (2, True)


def test_a_missing_connection_shows_the_entry_to_add(empty: Path) -> None:
    done = here("run", RECIPE, cwd=empty)
    assert done.returncode == 2
    assert 'shop: {connector: shopify, store: sample, token: "${env:SHOPIFY_TOKEN}"}' in done.stderr
    assert "--sample" in done.stderr
    assert not (empty / ".recipe").exists()


def test_a_recipe_with_findings_does_not_run(empty: Path) -> None:
    text = (shipped("recipes") / RECIPE).read_text("utf-8")
    (empty / "bad.yaml").write_text(text.replace("key: $.id ", "kee: $.id "), "utf-8")
    done = here("run", "bad.yaml", "--sample", cwd=empty)
    assert done.returncode == 3
    assert "bad.yaml:18:3" in done.stderr
    assert not (empty / ".recipe").exists()


def test_json_is_one_document_and_keeps_to_its_shape(empty: Path) -> None:
    done = here("run", RECIPE, "--sample", "bad", "--format", "json", cwd=empty)
    report = json.loads(done.stdout)
    assert (report["outcome"], report["failed"], len(report["failures"])) == ("failed", 4, 4)
    assert set(report["failures"][0]) == {
        "key",
        "number",
        "place",
        "state",
        "code",
        "message",
        "help",
        "pointer",
    }
    runs = json.loads(here("runs", "--sample", "--format", "json", cwd=empty).stdout)
    assert [run["run"] for run in runs] == [report["run"]]
    assert runs[0]["counts"]["failed"] == 4
    shown = json.loads(here("show", "--sample", "--format", "json", cwd=empty).stdout)
    assert {each["state"] for each in shown["effects"]} == {"done", "failed"}
    assert len(shown["failures"]) == 4
    found = json.loads(here("books", "show", "#2005", "--sample", "--format", "json", cwd=empty).stdout)
    assert found["head"]["number"] == "#2005"
    assert "record 5871320064035 of shopify" in found["source"]


def test_a_run_without_state_has_nothing_to_show(empty: Path) -> None:
    for command in (("runs",), ("show",), ("books",), ("books", "list", "--sample")):
        done = here(*command, cwd=empty)
        assert (done.returncode, "recipe run" in done.stderr) == (2, True), command


def test_a_name_that_is_a_folder_of_data_too_checks_the_recipe_that_run_would_take(empty: Path) -> None:
    (empty / "recipes").mkdir()
    (empty / "bank").mkdir()
    (empty / "bank" / "november.csv").write_text("day,amount\n", "utf-8")
    no_recipe = here("check", "bank", cwd=empty)
    assert no_recipe.returncode == 2
    assert "there is no recipe in bank" in no_recipe.stderr
    (empty / "recipes" / "bank.yaml").write_text((shipped("recipes") / RECIPE).read_text("utf-8"), "utf-8")
    done = here("check", "bank", cwd=empty)
    assert (done.returncode, done.stdout.partition(":")[0]) == (0, "recipes/bank.yaml"), done.stderr


def test_checks_of_a_folder_report_every_file(empty: Path) -> None:
    text = (shipped("recipes") / RECIPE).read_text("utf-8")
    (empty / "good.yaml").write_text(text, "utf-8")
    (empty / "bad.yaml").write_text(text.replace("| date", "| dat"), "utf-8")
    done = here("check", ".", cwd=empty)
    assert done.returncode == 3
    assert "good.yaml: ok" in done.stdout
    assert "did you mean 'date'?" in done.stdout
    listed = json.loads(here("check", ".", "--format", "json", cwd=empty).stdout)
    assert {each["code"] for each in listed} == {"R301"}


@pytest.mark.source_tree
def test_cli_py_is_the_same_program(empty: Path) -> None:
    cli = Path(__file__).resolve().parents[2] / "cli.py"
    done = subprocess.run(
        [sys.executable, str(cli), "run", RECIPE, "--sample"],
        cwd=empty,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert PROGRAM[0] == sys.executable


def test_a_recipe_that_was_moved_takes_its_history_along(tmp_path: Path) -> None:
    (tmp_path / "connections.yaml").write_text("connections: {}\n", "utf-8")
    assert "created 25" in here("run", RECIPE, "--sample", cwd=tmp_path).stdout
    (tmp_path / "recipes").mkdir()
    own = tmp_path / "recipes" / "orders.yaml"
    shutil.copy(shipped("recipes") / RECIPE, own)
    assert "created 0" in here("run", "orders.yaml", "--sample", cwd=tmp_path).stdout
    own.rename(tmp_path / "recipes" / "sales.yaml")
    assert "created 0" in here("run", "sales.yaml", "--sample", cwd=tmp_path).stdout


@pytest.mark.parametrize(
    "arguments", [("--state", "."), ("--state", "mine"), ("--state", "mine", "--sample")]
)
def test_a_folder_that_holds_other_things_is_no_state_folder(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    (tmp_path / "mine").mkdir(mode=0o755)
    (tmp_path / "mine" / "letter.txt").write_text("dear", "utf-8")
    before = sorted(tmp_path.rglob("*"))
    sample = () if "--sample" in arguments else ("--sample",)
    done = here("run", RECIPE, *sample, *arguments, cwd=tmp_path)
    assert (done.returncode, "holds other things" in done.stderr) == (2, True)
    assert sorted(tmp_path.rglob("*")) == before
    assert stat.S_IMODE((tmp_path / "mine").stat().st_mode) == 0o755


def test_a_reader_that_goes_away_changes_neither_the_run_nor_its_exit_code(empty: Path) -> None:
    line = f'{shlex.join(PROGRAM)} run {RECIPE} --sample bad 2>&1 >/dev/null | head -n 1; echo "${{PIPESTATUS[0]}}"'
    done = subprocess.run(["bash", "-c", line], cwd=empty, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1] == "1", done.stdout
    closed = f'{shlex.join(PROGRAM)} run {RECIPE} --sample bad 2>/dev/null | true; echo "${{PIPESTATUS[0]}}"'
    again = subprocess.run(["bash", "-c", closed], cwd=empty, capture_output=True, text=True, check=False)
    assert again.stdout.splitlines()[-1] == "1", again.stdout
    runs = json.loads(here("runs", "--sample", "--format", "json", cwd=empty).stdout)
    assert [run["outcome"] for run in runs] == ["failed", "failed"]


def test_a_demo_that_stops_says_why(empty: Path) -> None:
    here("demo", cwd=empty)
    for file in (empty / ".recipe" / "sample").glob("books.db*"):
        file.unlink()
    done = here("demo", cwd=empty)
    assert (done.returncode, "than this state's ledger wrote to" in done.stderr) == (4, True)


def test_a_file_that_holds_only_null_has_a_finding(empty: Path) -> None:
    (empty / "null.yaml").write_text("null\n", "utf-8")
    done = here("check", "null.yaml", cwd=empty)
    assert (done.returncode, "expected a mapping, found null" in done.stdout) == (3, True)


def test_a_sample_that_does_not_exist_is_said_before_anything_is_made(empty: Path) -> None:
    done = here("run", RECIPE, "--sample", "nope", cwd=empty)
    assert (done.returncode, "samples: bad, default, quarter" in done.stderr) == (2, True)
    assert list(empty.iterdir()) == []


def test_a_company_is_a_name_and_no_path(empty: Path) -> None:
    here("run", RECIPE, "--sample", cwd=empty)
    done = here("books", "--company", "../x", "--sample", cwd=empty)
    assert (done.returncode, "is no name" in done.stderr) == (2, True)
