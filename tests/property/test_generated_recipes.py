"""Whole recipes that are made up: interpreted, by code, and by code for what is read, a run is the same run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, Final

import pytest

from engine import canonical
from engine.errors import RecipeInvalid
from tests.bench import Bench, Way
from tests.generating import LISTS, LOOKUPS, NAMES_OF_FIELDS, Maker

RECIPES: Final = 60
RECORDS: Final = 6
TRIES: Final = 60
"""Recipes that are made up, at most, until one has no finding."""


def recipe(maker: Maker) -> str:
    """Return a recipe whose parts are all made up: its trigger, checks, conditions, elements and rows."""

    def when() -> dict[str, str]:
        return {"when": f"{{{{ {maker.condition()} }}}}"} if maker.often(0.2) else {}

    def row(inner: str = "") -> dict[str, Any]:
        return {
            name: maker.value(1, inner) for name in maker.chance.sample(NAMES_OF_FIELDS, maker.one(1, 1, 2))
        }

    steps: list[dict[str, Any]] = [
        {"id": "first", **when(), "uses": "file.write", "with": {"file": "first.jsonl", "row": row()}}
    ]
    if maker.often(0.4):
        inner = {"id": "each", "uses": "file.write", "with": {"file": "each.jsonl", "row": row("line")}}
        over = maker.one(*LISTS[:3])
        key = maker.one("$line.kind", "$line.number", "$line.amount")
        steps.append({"id": "lines", **when(), "for_each": over, "as": "line", "key": key, "do": [inner]})
    if maker.often(0.3):
        steps.append({"skip": "{{ record.note }}", "when": f"{{{{ {maker.condition()} }}}}"})
    made: dict[str, Any] = {
        "recipe": "bench",
        "version": 1,
        "settings": {"timezone": "America/New_York"},
        "lookups": LOOKUPS,
        "trigger": {
            "manual": "x",
            "key": maker.one("$.id", ["$.id", "$.kind"]),
            "revision": "$.changed",
            **when(),
        },
        "actions": steps,
    }
    if maker.often(0.5):
        told = {"otherwise": maker.template()} if maker.often(0.3) else {}
        made["checks"] = [{"that": f"{{{{ {maker.condition()} }}}}", **told}]
    return "".join(f"{name}: {json.dumps(part, default=str)}\n" for name, part in made.items())


def records(maker: Maker) -> list[bytes]:
    """Return records, as bytes, each with an id and a revision."""
    made = [maker.mapping(lines=True) for _ in range(RECORDS)]
    return [
        canonical.encode({**each, "id": number, "changed": f"2026-01-0{number + 1}T00:00:00Z"})
        for number, each in enumerate(made)
    ]


def came_to(text: str, given: list[bytes], way: Way) -> dict[str, Any] | None:
    """Return all that a run did, in an order of its own, or None where the recipe has a finding."""
    with TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        bench.way = way
        try:
            bench.recipe(text)
            report = bench.run(text, *given)
            rows = [(row.key, row.revision, row.state, row.raw, row.error) for row in bench.ledger.records()]
            effects = [(row.key, row.state, row.body) for row in bench.ledger.effects()]
        except RecipeInvalid:
            return None
        finally:
            bench.ledger.close()
        files = {file.name: file.read_bytes() for file in sorted(Path(folder).rglob("*.jsonl"))}
    counts = {**report.as_data(), "run": "", "seconds": 0, "whole": 0, "interpreted": 0}
    failures = [(each.code, each.message, each.pointer) for each in bench.failures]
    assert report.outcome != "stopped", report.stopped_by
    return {
        "counts": counts,
        "failures": sorted(failures),
        "rows": sorted(rows),
        "effects": sorted(effects),
        "files": files,
    }


def right(maker: Maker) -> Iterator[str]:
    """Yield recipes until the maker has made enough."""
    for _ in range(TRIES):
        yield recipe(maker)


@pytest.mark.parametrize("seed", range(RECIPES))
def test_a_run_is_the_same_by_each_way(seed: int) -> None:
    maker = Maker(Random(4_000 + seed))
    for text in right(maker):
        given = records(maker)
        interpreted = came_to(text, given, "interpreted")
        if interpreted is None:
            continue
        for way in ("compiled", "projected"):
            assert came_to(text, given, way) == interpreted, f"{way}: {text}"
        return
    pytest.fail("every recipe that was made up has a finding")
