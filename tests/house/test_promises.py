"""Every promise that stands names the test that holds it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"\|(?P<promise>[^|]+)\|\s*`(?P<path>tests/[\w./-]+\.py)::(?P<test>test_\w+)`\s*\|")


def broken(text: str, root: Path = ROOT) -> list[str]:
    """Return the table rows of *text* that name no test which exists."""
    rows = [line.strip() for line in text.splitlines() if line.startswith("|")]
    body = [row for row in rows[1:] if not re.fullmatch(r"[|\s:-]+", row)]
    return [row for row in body if not _holds(row, root)] if body else ["no row at all"]


def _holds(row: str, root: Path) -> bool:
    named = ROW.fullmatch(row)
    if named is None or not (root / named["path"]).is_file():
        return False
    tree = ast.parse((root / named["path"]).read_text("utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return any(isinstance(node, kinds) and node.name == named["test"] for node in ast.walk(tree))


@pytest.mark.source_tree
def test_every_promise_names_a_test_that_exists() -> None:
    assert broken((ROOT / "docs" / "promises.md").read_text("utf-8")) == []


@pytest.mark.parametrize(
    "row",
    [
        "| it works | `tests/house/test_promises.py::test_that_was_renamed` |",
        "| it works | `tests/house/test_that_was_moved.py::test_it` |",
        "| it works | we looked |",
        "",
    ],
)
def test_a_broken_promise_would_be_seen(row: str) -> None:
    assert len(broken(f"| Promise | Test |\n|---|---|\n{row}\n")) == 1
