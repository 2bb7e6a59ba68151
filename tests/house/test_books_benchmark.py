"""The benchmark of the books: which sizes it takes, and when it says that they stay as fast."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.source_tree  # reads the benchmark where it is written

FILE = Path(__file__).resolve().parents[2] / "benchmarks" / "books.py"


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The benchmark's names, with books that take 10,000 invoices a second, half as many beyond 100,000."""
    monkeypatch.syspath_prepend(FILE.parent)  # as Python has it that is told to run the file
    names = runpy.run_path(str(FILE))
    own = names["main"].__globals__
    monkeypatch.setitem(own, "write", lambda books, first, count: 0.0)
    monkeypatch.setitem(own, "rate", lambda books, size: 10_000.0 if size < 100_000 else 5_000.0)
    return names


@pytest.mark.parametrize("documents", ["0", "-1", "5000", "9999"])
def test_fewer_documents_than_the_smallest_size_are_a_usage_error(
    benchmark: Any, documents: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["books.py", "--documents", documents])
    with pytest.raises(SystemExit) as ended:
        benchmark["main"]()
    assert ended.value.code == 2
    assert "--documents is 10,000 or more" in capsys.readouterr().err


def test_one_size_says_nothing_of_growth(benchmark: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert list(benchmark["grown"](None, 10_000)) == [True]
    assert "flat" not in capsys.readouterr().out


def test_two_sizes_are_held_against_each_other(benchmark: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert list(benchmark["grown"](None, 100_000)) == [True, False]
    assert "goal books flat: 2.00 x the time at 100,000 documents" in capsys.readouterr().out
