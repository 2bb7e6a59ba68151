"""``make performance`` writes ``docs/performance.md`` from what the benchmarks printed: its form, not its figures."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

pytestmark = pytest.mark.source_tree  # reads the benchmarks where they are written

ROOT = Path(__file__).resolve().parents[2]
WRITTEN = ROOT / "docs" / "performance.md"
MEASURED = [
    "CPython 3.11, 2 cores, load 0.1",
    "plain: 1,090 (900 to 1,200) records/s",
    "n8n: missing (make rivals)",
]
JUDGED = [
    "goal poll beside node-red: 12.50 x its records/s, wanted >= 12.00: met",
    "goal mapping bytes by the page: 0.61 x orjson + hand-written + orjson (engine, compiled), wanted <= 0.60: short",
]


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The program's module."""
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    made = ModuleType("page")
    monkeypatch.setitem(sys.modules, "page", made)
    file = ROOT / "benchmarks" / "page.py"
    made.__dict__["__file__"] = str(file)
    exec(compile(file.read_text("utf-8"), "page", "exec"), made.__dict__)
    return made


def test_every_benchmark_that_prints_a_goal_is_on_the_page_and_the_profile_of_one(page: Any) -> None:
    programs = [file for file in (ROOT / "benchmarks").glob("*.py") if file.stem != "page"]
    judging = {file.stem for file in programs if re.search(r"import .*\bgoal\b", file.read_text("utf-8"))}
    assert set(page.names()) == judging | {"profiled"}
    assert {"books", "check", "effects", "mapping", "memory", "poll", "startup"} <= judging


def test_what_is_told_to_a_benchmark_is_told_to_one_that_there_is(page: Any) -> None:
    for name, arguments in [*page.WHOLE.items(), *page.QUICK.items()]:
        text = (ROOT / "benchmarks" / f"{name}.py").read_text("utf-8")
        assert all(f'"{each}"' in text for each in arguments if each.startswith("--")), name


def test_the_same_output_gives_the_same_page_and_can_be_read_from_it_again(page: Any) -> None:
    told = [page.Told("mapping", ["--rounds", "1"], MEASURED + JUDGED), page.Told("poll", [], MEASURED)]
    text = page.page(told, "2026-11-23, at abc1234")
    assert text == page.page(told, "2026-11-23, at abc1234")
    assert [(each.name, each.arguments, each.lines) for each in page.read(text)] == [
        (each.name, each.arguments, each.lines) for each in told
    ]
    assert "Measured 2026-11-23, at abc1234.\n" in text
    assert "`python benchmarks/mapping.py --rounds 1`" in text


def test_goals_stand_in_a_table_met_short_or_not_judged(page: Any) -> None:
    lines = [*JUDGED, "not judged poll beside n8n: it is missing"]
    assert page.rows_of(page.Told("poll", [], lines)) == [
        "| poll beside node-red | 12.50 x its records/s | >= 12.00 | met |",
        "| mapping bytes by the page | 0.61 x orjson + hand-written + orjson (engine, compiled) | <= 0.60 | short |",
        "| poll beside n8n | it is missing | | not judged |",
    ]


def test_a_goal_in_another_form_ends_the_writing(page: Any) -> None:
    with pytest.raises(SystemExit, match="prints a goal that nobody can read: goal poll: fast"):
        page.rows_of(page.Told("poll", [], ["goal poll: fast"]))


def test_a_benchmark_that_breaks_off_ends_the_writing(
    page: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(page, "HERE", tmp_path)
    (tmp_path / "broken.py").write_text("raise SystemExit('the target is gone')", "utf-8")
    with pytest.raises(SystemExit, match="broken broke off: the target is gone"):
        page.run("broken", [])


def test_the_page_names_every_benchmark_and_says_what_they_printed(page: Any) -> None:
    # Until it has been written, what would be written stands for it.
    would = page.page([page.Told(name, [], MEASURED) for name in page.names()], "2026-11-23")
    text = WRITTEN.read_text("utf-8") if WRITTEN.exists() else would
    told = page.read(text)
    assert {each.name for each in told} == set(page.names())
    assert page.page(told, text.partition("\nMeasured ")[2].partition(".\n")[0]) == text
