"""The benchmarks of runs: that they do what they measure, and when they say that a goal is met. Nothing is timed."""

from __future__ import annotations

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
            form = r"goal [\w ]+: (-?[\d,.]+) [^:]+, wanted (<=|>=) ([\d,.]+): (met|short)"
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
