"""Two thousand broken recipes, connections and connectors: each is right or has findings that can be shown."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from engine.diagnostics import Diagnostic, Span
from engine.errors import RecipeInvalid, UsageError
from engine.registry import Registry
from engine.source import Source
from tests.property import mutated
from tests.property.mutated import Case

COUNT = int(os.environ.get("MUTATED_RECIPES", "2000"))
PROGRAM = Path(mutated.__file__)


def run(seed: int, count: str) -> subprocess.CompletedProcess[str]:
    """Judge the cases in a process of its own: what runs away meets its limits and takes no other test along."""
    command = [sys.executable, str(PROGRAM), str(seed), count]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def told(done: subprocess.CompletedProcess[str], seed: int) -> str:
    """Return the faults that were found, or over which case the process died, and how to see it again."""
    again = f"python tests/property/mutated.py {seed} =NUMBER writes a case"
    if done.returncode != 0:
        numbers = [line for line in done.stderr.splitlines() if line.isdecimal()]
        last = numbers[-1] if numbers else "none"
        return f"seed {seed}: ended with {done.returncode} over case {last}; {again}\n{done.stderr[-2000:]}"
    faults = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"case"')]
    return "".join(f"seed {seed}, case {each['case']}; {again}\n{each['fault']}\n" for each in faults[:5])


def test_two_thousand_broken_files_are_right_or_have_findings(pytestconfig: pytest.Config) -> None:
    seed = int(pytestconfig.option.hypothesis_seed)
    done = run(seed, str(COUNT))
    assert told(done, seed) == ""
    summary: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    print(f"seed {seed}: {summary}")
    outcomes = summary["outcomes"]
    assert sum(outcomes.values()) == COUNT
    assert set(outcomes) == {"ok", "findings", "unread"} or COUNT < 500, "the changes are all of one kind"


def test_a_case_is_the_same_whenever_it_is_made() -> None:
    texts = mutated.bases()
    assert mutated.made(7, 11, texts) == mutated.made(7, 11, texts)
    assert len({mutated.made(7, number, texts).content for number in range(50)}) > 45


def test_a_process_that_dies_says_over_which_case() -> None:
    done = subprocess.CompletedProcess(["x"], -9, '{"outcomes"', "0\n1\n2\n")
    assert told(done, 5).startswith("seed 5: ended with -9 over case 2; ")
    done = subprocess.CompletedProcess(["x"], 0, '{"case": 4, "fault": "KeyError"}\n{"outcomes": {}}', "")
    assert "seed 5, case 4; " in told(done, 5)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "connectors" / "tiny").mkdir(parents=True)
    return tmp_path


@pytest.mark.parametrize(
    ("content", "outcome"), [(b"a: [", "findings"), (b"\xff", "unread"), (b"", "findings")]
)
@pytest.mark.parametrize("kind", ["recipe", "connections", "connector"])
def test_a_broken_file_is_seen_through_each_door(
    folder: Path, kind: str, content: bytes, outcome: str
) -> None:
    assert mutated.judged(Case(kind, "x", content), folder, Registry()) == outcome


def test_a_right_file_is_right(folder: Path) -> None:
    kept = (mutated.SLIPS / "good.yaml").read_bytes()
    assert mutated.judged(Case("recipe", "good.yaml", kept), folder, Registry()) == "ok"


@pytest.mark.parametrize(
    "found",
    [
        Diagnostic("R101", "", "expected text, found None"),
        Diagnostic("R101", "", "x", "give <class 'str'>"),
        Diagnostic("R101", "", "a KeyError"),
        Diagnostic("R101", "", ""),
        Diagnostic("X1", "", "x"),
        Diagnostic("R101", "", "x", span=Span(3, 1, 3, 2)),
        Diagnostic("R101", "", "x", span=Span(0, 1, 1, 2)),
        Diagnostic("R101", "", "x", span=Span(1, 0, 1, 2)),
        Diagnostic("R101", "", "x", span=Span(1, 9, 1, 10)),
        Diagnostic("R101", "", "x", span=Span(1, 2, 1, 9)),
        Diagnostic("R101", "", "x", span=Span(1, 3, 1, 2)),
        Diagnostic("R101", "/\ud800", "x"),
    ],
    ids=repr,
)
def test_a_finding_that_could_not_be_shown_or_understood_would_be_seen(found: Diagnostic) -> None:
    error = RecipeInvalid([found], Source("a.yaml", "a: b", values={"": Span(1, 1, 1, 5)}))
    with pytest.raises((AssertionError, UnicodeEncodeError)):
        mutated.shown(error)


def test_a_finding_at_the_end_of_the_file_lies_inside_it() -> None:
    for span in (Span(1, 5, 1, 6), Span(2, 1, 2, 2)):
        mutated.shown(RecipeInvalid([Diagnostic("R001", "", "x", span=span)], Source("a.yaml", "a: b")))


def test_an_error_of_usage_in_the_words_of_python_would_be_seen(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def door(*_: Any) -> None:
        raise UsageError("found NoneType")

    monkeypatch.setattr(mutated, "door", door)
    with pytest.raises(AssertionError, match="NoneType"):
        mutated.judged(Case("recipe", "x", b""), folder, Registry())


@pytest.mark.parametrize(
    "name", ["x" * 5000, "../connectors/shopify", "shopify/../shopify", "", ".", "a\0b", "é"]
)
def test_what_cannot_be_the_name_of_a_connector_is_none(name: str) -> None:
    assert Registry().connector_file(name) is None
    assert Registry().connector_file("shopify") is not None
