"""The benchmarks of runs: that they do what they measure, and when they say that a goal is met. Nothing is timed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

pytestmark = pytest.mark.source_tree  # reads the benchmarks where they are written

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"


def told(name: str, *arguments: str, folder: Path) -> tuple[int, list[str]]:
    """Run a benchmark, and return its exit code and the lines that it printed."""
    program = [sys.executable, str(FOLDER / f"{name}.py"), *arguments, "--folder", str(folder)]
    done = subprocess.run(program, capture_output=True, text=True, timeout=300, check=False)
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


def verdicts(lines: list[str]) -> list[str]:
    """Return ``met`` or ``short`` of each goal's line, as its own figures say; they end what is printed."""
    found = []
    for line in lines:
        if line.startswith("goal "):
            form = r"goal [\w -]+: (-?[\d,.]+) [^:]+, wanted (<=|>=) ([\d,.]+): (met|short)"
            goal = re.fullmatch(form, line)
            assert goal, line
            value, wanted = (float(goal[at].replace(",", "")) for at in (1, 3))
            is_met = value <= wanted if goal[2] == "<=" else value >= wanted
            # The figure is rounded, what is judged is not.
            assert (goal[4] == "met") == is_met or value == wanted
            found.append(goal[4])
    return found


def module(name: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a benchmark's module, as Python has it that is told to run the file."""
    monkeypatch.syspath_prepend(FOLDER)
    made = ModuleType(name)
    made.__file__ = str(FOLDER / f"{name}.py")
    monkeypatch.setitem(sys.modules, name, made)
    exec(compile((FOLDER / f"{name}.py").read_text("utf-8"), name, "exec"), made.__dict__)
    return made


def test_the_effect_path_is_run_beside_a_bare_loop_and_judged_by_what_came_out(tmp_path: Path) -> None:
    code, lines = told("effects", "--records", "50", "--rounds", "1", folder=tmp_path)
    figures = r"[\d,]+ records/s, \d+\.\d\d ms CPU each"
    assert re.fullmatch(r"CPython .+ cores, load .+", lines[0])
    assert re.fullmatch(rf"round 1: bare {figures}; engine {figures}; door alone {figures}", lines[2])
    assert len(verdicts(lines)) == 2
    assert code == int("short" in verdicts(lines))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("way", ["file", "pages"])
def test_the_memory_of_two_runs_is_compared(way: str, tmp_path: Path) -> None:
    code, lines = told("memory", "--only", way, "--small", "20", "--records", "300", folder=tmp_path)
    assert [re.sub(r"[\d.,]+", "N", line).split() for line in lines[1:3]] == [
        [f"{way}:", "N", "records:", "N", "MBN", "N", "records/s"]
    ] * 2
    assert code == int("short" in verdicts(lines))
    assert list(tmp_path.iterdir()) == []


def test_files_are_read_beside_others_who_are_said_to_be_missing_where_they_are(tmp_path: Path) -> None:
    small = ("--megabytes", "1", "--rows", "50", "--rounds", "1")
    code, lines = told("stream", *small, "--rivals", sys.executable, folder=tmp_path)
    missing = [line.partition(":")[0] for line in lines if "missing" in line]
    goals = [line.partition(":")[0] for line in lines if line.startswith("goal ")]
    assert goals[:2] == ["goal stream list memory", "goal stream lines memory"]
    assert missing == ["ijson", "orjson"]
    assert goals[2:] == ["goal stream csv memory", "goal stream csv beside json"]
    assert any(line.startswith("orders.csv whole run with its ledger: 1 records") for line in lines)
    assert code == int("short" in verdicts(lines))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("ratio", "own", "met"), [(0.7, 0.3, True), (0.69, 0.3, False), (0.7, 0.31, False), (0.9, 0.1, True)]
)
def test_the_effect_path_is_short_where_one_of_its_goals_is(
    ratio: float, own: float, met: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert module("effects", monkeypatch).judged([ratio, 0.0, 1.0], [own, 9.0, 0.0]) is met


@pytest.mark.parametrize(("small", "large", "met"), [(100.0, 110.0, True), (100.0, 110.1, False)])
def test_memory_that_grows_by_more_than_a_tenth_is_short(
    small: float, large: float, met: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = module("memory", monkeypatch)
    monkeypatch.setattr(memory, "peak", lambda way, records, folder: small if records == 10 else large)
    assert memory.judged("file", 10, 100, None) is met


def test_documents_that_are_not_the_same_are_not_compared(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    effects = module("effects", monkeypatch)

    class Target:
        address = "http://127.0.0.1:1"
        came = iter([(50, 9000), (50, 9001)])

        def taken(self) -> tuple[int, int]:
            return next(self.came)

    monkeypatch.setattr(effects, "in_own_process", lambda *_: effects.Taken(1.0, 1.0))
    with pytest.raises(SystemExit, match="not send the same documents"):
        effects.compare(50, 1, tmp_path, Target())


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("effects", ["--records", "15"], "'15' is no whole number from 16 up"),
        ("effects", ["--rounds", "0"], "'0' is no whole number from 1 up"),
        ("stream", ["--rows", "9"], "'9' is no whole number from 10 up"),
        ("memory", ["--records", "10000"], "--records is more than the 10,000 of the smaller run"),
    ],
)
def test_what_cannot_be_measured_is_a_usage_error(name: str, arguments: list[str], message: str) -> None:
    program = [sys.executable, str(FOLDER / f"{name}.py"), *arguments]
    done = subprocess.run(program, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert message in done.stderr


def test_the_start_of_commands_is_set_beside_the_import_of_click(tmp_path: Path) -> None:
    code, lines = told("startup", "--rounds", "1", folder=tmp_path)
    assert [line.partition(":")[0] for line in lines[1:4]] == ["click", "help", "check"]
    assert lines[4].startswith("unchanged: ")
    assert len(verdicts(lines)) == 3
    assert code == int("short" in verdicts(lines))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_recipes_is_checked_cold_and_unchanged_and_judged_by_the_thousand(tmp_path: Path) -> None:
    code, lines = told("check", "--recipes", "3", folder=tmp_path)
    for way, line in zip(("cold", "unchanged"), lines[1::2], strict=True):
        assert re.fullmatch(rf"{way}: 3 recipes in [\d.]+ s, [\d.]+ ms each", line)
    assert len(verdicts(lines)) == 2
    assert code == int("short" in verdicts(lines))
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def without_rivals(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The benchmarks as they are where `make rivals` did not run."""
    monkeypatch.setenv("RIVALS", str(tmp_path / "none"))


def ran(name: str, *arguments: str) -> tuple[int, list[str], str]:
    """Run a benchmark that takes no folder, and return its exit code, lines and what it said beside."""
    program = [sys.executable, str(FOLDER / f"{name}.py"), *arguments]
    done = subprocess.run(program, capture_output=True, text=True, timeout=300, check=False)
    return done.returncode, done.stdout.splitlines(), done.stderr


@pytest.mark.usefixtures("without_rivals")
def test_ways_that_make_the_same_invoices_are_set_side_by_side_and_the_others_told() -> None:
    code, lines, said = ran(
        "mapping", "--only", "text", "--rounds", "1", "--records", "250", "--least", "0.01"
    )
    assert said == ""
    told = {line.split(": ")[1]: line for line in lines if re.match(r"text, (dict|record|page): ", line)}
    figures = r"[\d,]+\.\d \([\d,.]+ to [\d,.]+\) us, [\d,]+\.\d\d x"
    for way in ("hand-written", "engine, interpreted", "json + hand-written + json"):
        assert re.fullmatch(rf"text, (dict|record|page): {re.escape(way)}: {figures}", told[way])
    assert told["glom"] == "text, dict: glom: missing (no environment 'plain': make rivals)"
    # What is judged by its ratio to a rival that is not there is not met.
    assert [line for line in lines if line.startswith("not judged mapping bytes by the")] == [
        f"not judged mapping bytes by the {takes}: orjson + hand-written + orjson was not measured"
        for takes in ("record", "page")
    ]
    assert len(verdicts(lines)) == 2
    assert code == 1


def is_missing(ways: Any, way: Any, case: str) -> bool:
    """Tell whether *way* cannot do *case*: a recipe that reads records as they stand is not projected."""
    try:
        way.prepare(ways.CASES[case])
    except ways.Missing:
        return True
    return False


@pytest.mark.parametrize("case", ["text", "number", "mixed", "odd", "whole"])
def test_the_recipe_and_the_function_written_by_hand_make_the_same_invoices(
    case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ways = module("ways", monkeypatch)
    own = [
        way for way in ways.WAYS if not way.place and case in way.cases and not is_missing(ways, way, case)
    ]
    made = {ways.measured(way, ways.CASES[case], 250, 0)["digest"] for way in own}
    assert len(own) >= 6
    assert len(made) == 1


def test_ways_that_do_not_make_the_same_invoices_are_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    mapping = module("mapping", monkeypatch)
    monkeypatch.setattr(mapping, "run", lambda way, *_: {"us": 1.0, "digest": way.name})
    with pytest.raises(SystemExit, match="does not make the same invoices of text"):
        list(mapping.agreed("text"))


@pytest.mark.parametrize(("ours", "met"), [(6.0, True), (6.1, False)])
def test_a_mapping_is_judged_by_its_ratio_to_what_it_is_named_beside(
    ours: float, met: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    mapping = module("mapping", monkeypatch)
    monkeypatch.setattr(mapping, "GOALS", mapping.GOALS[:1])
    found = {
        (takes, name): values
        for takes in ("record", "page")
        for name, values in ((mapping.BASE, [10.0, 20.0, 10.0]), ("engine, projected", [ours, 1.0, 100.0]))
    }
    assert mapping.judged({"text": found}) is met
    assert set(verdicts(capsys.readouterr().out.splitlines())) == {"met" if met else "short"}


@pytest.mark.usefixtures("without_rivals")
def test_a_poll_of_the_engine_is_measured_and_what_is_missing_is_not_met(tmp_path: Path) -> None:
    code, lines = told("poll", "--records", "1000", "--rounds", "1", "--large", "1500", folder=tmp_path)
    missing = [line.partition(":")[0] for line in lines if " missing (no environment " in line]
    assert missing == ["dlt", "plain", "singer", "node-red", "airbyte", "n8n"]
    assert [line.rpartition(" ")[0] for line in lines if line.startswith("not judged ")] == [
        f"not judged poll beside {name}: it is" for name in ("dlt", "node-red", "airbyte", "n8n")
    ]
    assert len(verdicts(lines)) == 3
    assert code == 1
    assert list(tmp_path.iterdir()) == []


def test_a_rival_that_writes_other_invoices_is_not_compared(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    poll = module("poll", monkeypatch)
    careless = "import sys; open('out.jsonl', 'w').write('{}\\n' * 500)"
    rival = poll.Rival("careless", "", lambda *_: [sys.executable, "-c", careless])
    with pytest.raises(SystemExit, match=r"careless did not write the same 500 invoices \(500 lines\)"):
        poll.Bench(tmp_path).ran(rival, 500)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("rate", "dlt", "met"),
    [(20_000.0, 2_500.0, True), (19_999.0, 2_400.0, False), (20_000.0, 2_501.0, False)],
)
def test_a_poll_is_short_where_one_of_its_goals_is(
    rate: float, dlt: float, met: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    poll = module("poll", monkeypatch)
    monkeypatch.setattr(poll, "WANTED", {"dlt": 8.0})
    found = {name: [poll.Rate(wall, wall, 1.0, 100.0)] for name, wall in ((poll.OURS, rate), ("dlt", dlt))}
    assert poll.judged(found, list(found)) is met
    assert len(verdicts(capsys.readouterr().out.splitlines())) == 3


def test_the_api_lists_what_the_invoices_are_held_against(monkeypatch: pytest.MonkeyPatch) -> None:
    job, pages = module("job", monkeypatch), module("pages", monkeypatch)
    monkeypatch.setattr(pages, "BLOCK", 2 * job.PAGE)
    monkeypatch.setattr(job, "BLOCK", 2 * job.PAGE)
    listed = pages._Connection
    monkeypatch.setattr(listed, "made", tuple(job.page(at, job.PAGE)[:-1] for at in (1, job.PAGE + 1)))
    monkeypatch.setattr(listed, "records", 3 * job.PAGE)
    given = [json.loads(listed.page(after)) for after in (0, job.PAGE, 2 * job.PAGE)]
    assert [page.get("next") for page in given] == ["250", "500", None]
    orders = [order for page in given for order in page["orders"]]
    assert len({order["id"] for order in orders}) == len({order["name"] for order in orders}) == len(orders)
    assert orders == list(job.listed(3 * job.PAGE))


def test_every_rival_has_an_environment_of_its_own_in_which_every_version_is_pinned(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wanted = {way.place for way in module("ways", monkeypatch).WAYS if way.place}
    wanted |= {rival.place for rival in module("poll", monkeypatch).RIVAL_LIST if rival.place}
    files = [file for kind in ("*.txt", "*.json") for file in (FOLDER / "rivals").glob(kind)]
    assert wanted == {file.stem for file in files}
    for file in files:
        text = file.read_text("utf-8")
        if file.suffix == ".json":
            versions = json.loads(text)["dependencies"].values()
            assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in versions), file.name
        else:
            assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in text.splitlines()), file.name


def test_what_a_rival_adds_around_its_records_is_taken_off(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    poll = module("poll", monkeypatch)
    lines = [
        {"type": "LOG", "log": {}},
        {"type": "RECORD", "record": {"stream": "invoices", "data": {"number": "#1"}, "emitted_at": 1}},
        {"type": "RECORD", "stream": "invoices", "record": {"number": "#2"}},
        {"number": "#3", "_dlt_id": "x"},
    ]
    (tmp_path / "out.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    (tmp_path / "out.json").write_text(json.dumps([{"number": "#4"}]), "utf-8")
    found = poll.invoices(poll.Rival("any", "", lambda *_: None, output="out.json*"), tmp_path)
    assert sorted(document["number"] for document in found) == ["#1", "#2", "#3", "#4"]
    assert poll.digest(iter([{"a": 1}, {"b": 2}])) == poll.digest(iter([{"b": 2}, {"a": 1}]))
    assert poll.digest(iter([{"a": 1}, {"b": 2}])) != poll.digest(iter([{"b": 2}, {"a": 2}]))
