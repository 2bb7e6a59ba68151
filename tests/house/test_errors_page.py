"""``docs/errors.md`` explains every code that the engine can print, and no other, with excerpts that are true.

``make golden`` takes the excerpts that name a golden file from it again.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from click.testing import CliRunner

from engine.commands import main

pytestmark = pytest.mark.source_tree

ROOT = Path(__file__).resolve().parents[2]
CASES = ROOT / "tests" / "diagnostics"
FILE = ROOT / "docs" / "errors.md"
PAGE = FILE.read_text("utf-8")
GOLDEN = [path.read_text("utf-8") for path in sorted(CASES.rglob("*.txt"))]
CODE = re.compile(r'"([RX]\d{3})"')
ENTRY = re.compile(r"^### ([RX]\d{3})$", re.MULTILINE)
BLOCK = re.compile(r"^```text\n(.*?)\n```$", re.MULTILINE | re.DOTALL)
NAMED = re.compile(
    r"--> ((?:recipe|connections|warning|history|own|tables|cases|chart|failed)/[\w-]+(?:\.test)?)\.yaml"
)


def refreshed(page: str) -> str:
    """Return *page* with each excerpt that names a golden file as the file has it now."""

    def excerpt(match: re.Match[str]) -> str:
        named = NAMED.search(match.group())
        if named is None:
            return match.group()
        golden = CASES / f"{named.group(1)}.txt"
        return "```text\n" + golden.read_text("utf-8").split("\n\n")[0].rstrip("\n") + "\n```"

    return BLOCK.sub(excerpt, page)


def codes() -> set[str]:
    """Return every code that stands as text in the engine's source."""
    return {
        code for path in (ROOT / "engine").rglob("*.py") for code in CODE.findall(path.read_text("utf-8"))
    }


def unlike(found: Iterable[str], page: str) -> list[str]:
    """Name the codes that have no entry, an entry without a code, two entries, or entries out of order."""
    entries, known = ENTRY.findall(page), set(found)
    told = [f"{code} has no entry" for code in sorted(known - set(entries))]
    told += [f"{code} does not exist" for code in entries if code not in known]
    return told if entries == sorted(set(entries)) else [*told, "entries stand once and in order"]


def test_every_code_has_an_entry_and_every_entry_a_code() -> None:
    assert unlike(codes(), PAGE) == []


@pytest.mark.parametrize("page", ["### R001\n", "### R001\n### R002\n### R003\n", "### R002\n### R001\n"])
def test_a_gap_in_the_page_would_be_seen(page: str) -> None:
    assert len(unlike({"R001", "R002"}, page)) == 1


def test_every_code_has_a_golden_case() -> None:
    shown = {
        code
        for text in GOLDEN
        for code in re.findall(r"^(?:error|warning|note|record .*?) ?\[([RX]\d{3})\]", text, re.MULTILINE)
    }
    assert codes() - shown == set()


def test_every_excerpt_on_the_page_is_what_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = CliRunner().invoke(main, ["run", "shopify-to-invoice.yaml", "--sample", "bad"])
    told = [*GOLDEN, ran.output]
    if os.environ.get("UPDATE_GOLDEN") == "1":
        FILE.write_text(refreshed(PAGE), "utf-8")
    blocks = BLOCK.findall(FILE.read_text("utf-8"))
    assert len(blocks) > 20
    assert [block for block in blocks if not any(block in text for text in told)] == []


def test_every_entry_shows_an_example() -> None:
    entries = re.split(r"^### ", PAGE, flags=re.MULTILINE)[1:]
    told = re.compile(r"^(?:error|warning|note|record .* (?:failed|parked) ?)\[(\w+)\]", re.MULTILINE)
    assert [entry[:4] for entry in entries if entry[:4] not in told.findall(entry)] == []
