"""Every finding as a person reads it: a file with one slip beside what is printed about it.

``recipe/`` holds recipes, ``own/`` recipes over the connectors of ``own-connectors/``, ``warning/`` and ``history/``
recipes that may run, ``tables/`` recipes with the tables and schemas beside them, ``cases/`` tests of ``good.yaml``,
``connections/`` files of connections, ``connector/`` connectors, ``chart/`` charts of accounts; ``beside/`` and
``recipes/`` are what recipes name. ``failed/`` holds recipes that are right, with a record that cannot go through:
comments at the top are what runs.
``make golden`` writes the ``.txt`` files again; what it changed is to be read like code.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from engine import canonical, source
from engine.books import chart
from engine.check import check as checked
from engine.commands import main
from engine.commands.console import findings_text
from engine.commands.progress import failure_text
from engine.connector_file import load
from engine.errors import RecipeInvalid
from engine.generated import operations
from engine.registry import Registry
from engine.shipped import shipped
from engine.wire import Answer, NoAnswer
from tests.bench import Bench, StoppedClock

HERE = Path(__file__).parent
KINDS = ("recipe", "tables", "own", "cases", "warning", "connections", "connector", "chart", "failed")
CASES = {kind: sorted((HERE / kind).glob("*.yaml")) for kind in KINDS}
TABLE = HERE / "tables" / "good.yaml"
GOOD = HERE / "good.yaml"
FINDING = re.compile(
    r"^(?:(?:error|warning|note)\[R\d{3}\]|record .* (?:failed|parked) \[X\d{3}\]): ", re.MULTILINE
)
SCRIPT = re.compile(r"(?m)^# (run|file|answer|from|code): (.*)$")
FOREIGN = [
    "^[",
    "\\.",
    "None",
    "True",
    "False",
    "<class",
    "oneOf",
    "additionalProperties",
    "TypeError",
    "token '",
]
"""What a message must not hold: regular expressions, Python's words, JSON Schema's and the parsers'."""

EXPECTED = {"dead-row": ("warning", "R314"), "nothing-known": ("note", "R315")}
"""What a case of ``warning/`` is told, where that is not that nothing uses something."""


def check(*words: str) -> Result:
    return CliRunner().invoke(main, ["check", *words])


def golden(path: Path, text: str) -> None:
    """Hold *text* against the file *path*, or write it there."""
    if os.environ.get("UPDATE_GOLDEN") == "1":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8"), "if the change is meant: make golden"


def hold(case: Path, text: str, findings: int = 1) -> None:
    golden(case.with_suffix(".txt"), text)
    assert len(FINDING.findall(text)) == findings, "one slip gives one finding"
    own = re.sub(r"(?m)^ *\d+ \|.*$", "", text)  # the excerpt is the user's
    assert [word for word in FOREIGN if word in own] == []
    cures = own.count("^ ") + own.count("= help: ")
    if own.startswith(
        "record "
    ):  # what a value is not says its cure behind a semicolon, a check in its own words
        cures = own.count("\n  help: ") + ("; " in own or "[X106]" in own)
    assert cures >= findings, "every finding says what to do"


@pytest.fixture(autouse=True)
def _beside_the_cases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(HERE)


@pytest.mark.parametrize("case", CASES["recipe"], ids=lambda path: path.stem)
def test_a_slip_in_a_recipe_gives_one_finding_at_its_place(case: Path) -> None:
    done = check(f"recipe/{case.name}")
    assert done.exit_code == 3
    hold(case, done.stdout)


@pytest.mark.parametrize(
    "case", [case for case in CASES["tables"] if case != TABLE], ids=lambda path: path.stem
)
def test_a_slip_in_a_file_beside_a_recipe_gives_one_finding_at_its_place(case: Path) -> None:
    done = check(f"tables/{case.name}")
    assert done.exit_code == 3
    hold(case, done.stdout)


def test_the_table_that_the_slips_were_made_from_is_right() -> None:
    assert check("tables/good.yaml").stdout == "tables/good.yaml: ok (table)\n"


@pytest.mark.parametrize(
    "case", [case for case in CASES["cases"] if case.name != "good.test.yaml"], ids=lambda path: path.stem
)
def test_a_slip_in_a_test_file_gives_one_finding_at_its_place(case: Path) -> None:
    done = CliRunner().invoke(main, ["test", f"cases/{case.name}"])
    assert done.exit_code == 3
    hold(case, done.stdout)


def test_the_test_file_that_the_slips_were_made_from_passes() -> None:
    done = CliRunner().invoke(main, ["test", "cases/good.test.yaml"])
    assert (done.exit_code, done.stdout) == (
        0,
        "cases/good.test.yaml:4: ok  an order\n1 passed, 0 failed\n",
    )


@pytest.mark.parametrize("case", CASES["own"], ids=lambda path: path.stem)
def test_a_slip_over_connectors_of_ones_own_gives_one_finding(case: Path) -> None:
    registry = Registry(connectors=[HERE / "own-connectors", shipped("connectors")])
    with pytest.raises(RecipeInvalid) as caught:
        checked(source.read(case.read_text("utf-8"), f"own/{case.name}"), registry)
    hold(case, findings_text(caught.value.source, caught.value.diagnostics) + "\n")


@pytest.mark.parametrize("case", CASES["warning"], ids=lambda path: path.stem)
def test_what_is_most_likely_a_slip_is_warned_of_and_the_recipe_may_run(case: Path) -> None:
    severity, code = EXPECTED.get(case.stem, ("warning", "R215"))
    done = check(f"warning/{case.name}")
    assert done.exit_code == 0
    hold(case, done.stdout)
    assert done.stdout.endswith(f"warning/{case.name}: ok (orders), 1 {severity}\n")
    (found,) = json.loads(check(f"warning/{case.name}", "--format", "json").stdout)
    assert (found["code"], found["severity"]) == (code, severity)
    level = "notice" if severity == "note" else severity
    assert check(f"warning/{case.name}", "--format", "github").stdout.startswith(f"::{level} file=warning/")


def test_an_action_that_made_effects_and_is_gone_is_warned_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "history" / "vanished-action.yaml"
    file.parent.mkdir()
    (tmp_path / ".recipe").mkdir()
    (tmp_path / "order.json").write_text('[{"id": 1, "name": "#1001"}]')
    monkeypatch.chdir(tmp_path)
    text = (HERE / "history" / file.name).read_text("utf-8")
    file.write_text(text.replace("id: told", "id: noted"))
    words = ["run", f"history/{file.name}", "--record", "order.json"]
    assert CliRunner().invoke(main, words).exit_code == 0
    file.write_text(text)
    done = check(f"history/{file.name}")
    assert done.exit_code == 0
    hold(HERE / "history" / file.name, done.stdout)


def test_a_folder_is_checked_in_one_go_and_every_file_has_its_own_findings() -> None:
    done = check("recipe")
    assert done.exit_code == 3
    told = re.findall(r"(?m)^(recipe/[\w.-]+): 1 finding$", done.stdout)
    assert told == [f"recipe/{case.name}" for case in CASES["recipe"]]
    assert len(FINDING.findall(done.stdout)) == len(told)
    assert done.stdout == "\n".join(case.with_suffix(".txt").read_text("utf-8") for case in CASES["recipe"])


def test_slips_of_every_kind_in_every_part_are_told_at_once_and_none_follows_from_another() -> None:
    done = check("several-parts.yaml")
    assert done.exit_code == 3
    hold(HERE / "several-parts.yaml", done.stdout, findings=9)
    lines = [int(line) for line in re.findall(r"--> several-parts\.yaml:(\d+)", done.stdout)]
    assert lines == sorted(lines)


@pytest.mark.parametrize("case", CASES["connections"], ids=lambda path: path.stem)
def test_a_slip_in_connections_gives_one_finding_and_shows_no_secret(case: Path) -> None:
    done = check(GOOD.name, "--connections", f"connections/{case.name}")
    assert done.exit_code == 3
    hold(case, done.stdout)
    assert "shpat_" not in done.output


@pytest.mark.parametrize("case", CASES["connector"], ids=lambda path: path.stem)
def test_a_slip_in_a_connector_gives_one_finding(case: Path, tmp_path: Path) -> None:
    folder = tmp_path / "tiny"
    folder.mkdir()
    shutil.copy(case, folder / "connector.yaml")
    with pytest.raises(RecipeInvalid) as caught:
        load("tiny", Registry(connectors=[tmp_path]))
    text = findings_text(caught.value.source, caught.value.diagnostics)
    hold(case, text.replace(str(folder / "connector.yaml"), "tiny/connector.yaml") + "\n")


@pytest.mark.parametrize("case", CASES["failed"], ids=lambda path: path.stem)
def test_a_record_that_cannot_go_through_is_told_with_its_place_and_cure(
    case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(tmp_path)
    bench.registry = Registry(connectors=[HERE / "own-connectors", shipped("connectors")])
    bench.clock = StoppedClock()
    text = case.read_text("utf-8")
    runs: list[tuple[str, list[Any]]] = []
    for word, value in SCRIPT.findall(text):
        match word, value:
            case "run", records:
                runs.append(("", json.loads(records)))
            case "from", shop:
                runs.append((shop, []))
            case "file", content:
                (tmp_path / "orders.csv").write_text(json.loads(content), "utf-8")
                bench.hands = False
                runs.append(("", []))
            case "answer", "lost":
                bench.desk.failing.append(NoAnswer("the connection was lost", left=True))
            case "code", operation:
                monkeypatch.setitem(operations.NAMES, operation, lambda *given: 1 / 0)
            case "answer", "fault":
                bench.desk.failing.append(ZeroDivisionError())
            case "answer", answer:
                status, said = json.loads(answer)
                bench.desk.failing.append(Answer(status, {}, canonical.encode(said)))
    for bench.shop, records in runs:
        bench.run(text, *records)
    recipe = bench.recipe(text, f"failed/{case.name}")
    bench.ledger.close()
    hold(case, "\n".join(failure_text(each, recipe.source) for each in bench.failures) + "\n")


@pytest.mark.parametrize("case", CASES["chart"], ids=lambda path: path.stem)
def test_a_slip_in_a_chart_of_accounts_gives_one_finding(case: Path) -> None:
    with pytest.raises(RecipeInvalid) as caught:
        chart.load(Path("chart") / case.name)
    hold(case, findings_text(caught.value.source, caught.value.diagnostics) + "\n")


def test_the_recipe_that_the_slips_were_made_from_is_right() -> None:
    assert check(GOOD.name).stdout == "good.yaml: ok (orders)\n"


def test_several_slips_in_one_file_are_all_told_at_once_from_top_to_bottom() -> None:
    done = check("several-slips.yaml")
    assert done.exit_code == 3
    hold(HERE / "several-slips.yaml", done.stdout, findings=7)
    lines = [int(line) for line in re.findall(r"--> several-slips\.yaml:(\d+)", done.stdout)]
    assert lines == sorted(lines)


def test_the_json_of_several_slips_is_documented_and_kept() -> None:
    done = check("several-slips.yaml", "--format", "json")
    assert done.exit_code == 3
    found = json.loads(done.stdout)
    golden(HERE / "several-slips.json", json.dumps(found, indent=2, ensure_ascii=False) + "\n")
    assert [(each["line"], each["column"]) for each in found] == sorted(
        (each["line"], each["column"]) for each in found
    )


def test_the_annotations_of_several_slips_stand_each_on_one_line() -> None:
    done = check("several-slips.yaml", "--format", "github")
    assert done.exit_code == 3
    golden(HERE / "several-slips.github.txt", done.stdout)
    assert all(line.startswith("::error file=several-slips.yaml,line=") for line in done.stdout.splitlines())
