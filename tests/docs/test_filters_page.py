"""``docs/filters.md`` says what the filters' declarations say; ``make golden`` writes its reference again."""

from __future__ import annotations

import json
import os
import re
import textwrap
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from engine import dates, money
from engine.filters import MAX_TEXT, Filter
from engine.paths import MISSING
from engine.patterns import MAX_INPUT, MAX_PATTERN
from engine.registry import Registry

pytestmark = pytest.mark.source_tree

FILE = Path(__file__).resolve().parents[2] / "docs" / "filters.md"
MARK = "<!-- From here on `make golden` writes the page, from the filters' declarations. -->\n"
FILTERS = Registry().filters
GROUPS = ("Money", "Dates", "Numbers", "Text", "Lists", "Tables and what is absent")
TAKES = {
    "one": "Takes one value, or each element of a list.",
    "list": "Takes a list whole.",
    "any": "Takes a value whole, a list too.",
}
SETTING = """
The examples below run as tests, in a recipe with `settings: {timezone: America/New_York}` and
`lookups: {status: {paid: open}}`.
"""


def shown(value: Any) -> str:
    """Return *value* as JSON on one line, decimals with their digits."""
    if isinstance(value, Decimal):
        return money.text(value)
    if isinstance(value, list):
        return f"[{', '.join(map(shown, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{json.dumps(name)}: {shown(each)}' for name, each in value.items())}}}"
    return json.dumps(value, ensure_ascii=False)


def form(declared: Filter) -> str:
    """Return how a filter is written, with what stands for an argument that is left out where there is something."""
    told = []
    for part in declared.signature.parameters.values():
        if part.default is part.empty:
            told.append(part.name)
        elif part.default is None or part.default is MISSING:
            told.append(f"{part.name}=…")
        else:
            told.append(f"{part.name}={shown(part.default)}".replace('"', "'"))
    return f"{declared.declared.name}({', '.join(told)})" if told else declared.declared.name


def entry(declared: Filter) -> str:
    takes = TAKES["any"] if declared.takes_missing else TAKES[declared.takes]
    examples = "\n".join(
        f"{shown(value)} | {pipe}  →  {shown(out)}" for (value, pipe), out in declared.declared.examples
    )
    told = textwrap.fill(f"{declared.declared.summary} {takes}", 120, break_on_hyphens=False)
    return f"### `{form(declared)}`\n\n{told}\n\n```text\n{examples}\n```\n"


def reference() -> Iterator[str]:
    yield SETTING
    for group in GROUPS:
        yield f"\n## {group}\n"
        for declared in FILTERS.values():
            if declared.declared.group == group:
                yield "\n" + entry(declared)


def test_the_page_says_what_the_declarations_say() -> None:
    head, _, rest = FILE.read_text("utf-8").partition(MARK)
    told = "".join(reference())
    if os.environ.get("UPDATE_GOLDEN") == "1":
        FILE.write_text(head + MARK + told, "utf-8")
        rest = told
    assert rest == told, "if the change is meant: make golden"


def test_every_filter_stands_once_under_a_heading_of_the_page() -> None:
    page = FILE.read_text("utf-8")
    assert sorted(re.findall(r"^### `(\w+)", page, re.MULTILINE)) == sorted(FILTERS)


def test_the_page_names_every_sign_of_a_format_and_no_other() -> None:
    rows = [row.split("|")[1] for row in FILE.read_text("utf-8").splitlines() if row.startswith("| `%")]
    assert sorted(re.findall(r"`%(.)`", "".join(rows))) == sorted([*dates.DIRECTIVES, "%"])


@pytest.mark.parametrize("bound", [MAX_TEXT, MAX_PATTERN, MAX_INPUT])
def test_the_page_names_the_bounds(bound: int) -> None:
    assert f"{bound:,}" in FILE.read_text("utf-8").partition(MARK)[0]
