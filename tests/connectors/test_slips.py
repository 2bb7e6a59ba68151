"""Each slip in a shipped connector's file has a finding at its place, as in a recipe: hundreds of them."""

from __future__ import annotations

import os
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from engine import pointer
from engine.commands.console import findings_text
from engine.connector_file import load
from engine.errors import RecipeInvalid
from engine.registry import Registry
from engine.shipped import shipped
from tests.connectors.slips import Place, Slip, slips
from tests.property.mutated import FOREIGN
from tests.running import here

CONNECTORS: Final = ("shopify", "smtp", "stripe", "woocommerce")
LEAST: Final = 60
TOLD: Final = 35
"""How many slips of a hundred must at least be tried, and be told."""
NEEDED: Final = frozenset(
    {"connector", "version", "summary", "identity", "operations", "effect", "path", "kind", "is"}
)
"""Keys without which a connector, an operation or a rule is none."""


def some(found: Iterator[Slip]) -> list[Slip]:
    """Return a hundred of *found* from all over the file, or all where ``SLIPS=all``."""
    known = list(found)
    return known if os.environ.get("SLIPS") == "all" else known[:: max(1, len(known) // 100)]


def is_needed(at: Place) -> bool:
    """Tell whether there is no connector, operation or rule without what stands *at* a place."""
    return at[-1] in NEEDED and "params" not in at and (at[-1] != "operations" or len(at) == 1)


def found(file: Path, slip: Slip) -> RecipeInvalid | None:
    """Return what reading a connector with *slip* finds; None where it means something."""
    file.write_text(slip.text, "utf-8")
    try:
        load(file.parent.name, Registry(connectors=[file.parent.parent]))
    except RecipeInvalid as error:
        return error
    return None


def is_near(place: str, slip: Slip) -> bool:
    """Tell whether *place* is that of *slip*, within it, or around it; a misspelt key stands under its new name."""
    known = {slip.pointer, pointer.build((*slip.at[:-1], f"{slip.at[-1]}_x"))}
    inside = any(place == each or place.startswith(f"{each}/") for each in known)
    return inside or slip.pointer.startswith(f"{place}/") or slip.way == "drop" or is_elsewhere(slip)


def is_elsewhere(slip: Slip) -> bool:
    """Tell whether what refers to a name that was changed is told of, where it stands."""
    return slip.way == "rename" and not slip.is_seen_at_once


@pytest.fixture
def file(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A copy of a shipped connector in a folder of its own."""
    name: str = request.param
    shutil.copytree(shipped("connectors") / name, tmp_path / "connectors" / name)
    return tmp_path / "connectors" / name / "connector.yaml"


@pytest.mark.parametrize("way", ["drop", "rename", "retype"])
@pytest.mark.parametrize("file", CONNECTORS, indirect=True)
def test_a_slip_in_a_connector_is_told_at_its_place_or_means_something(file: Path, way: str) -> None:
    outcomes: Counter[str] = Counter()
    for slip in some(slips(shipped("connectors") / file.parent.name / file.name, way)):
        error = found(file, slip)
        outcomes["told" if error else "right"] += 1
        must = slip.is_seen_at_once or (way == "drop" and is_needed(slip.at))
        assert error or not must, f"{way} {slip.pointer}: nothing is told"
        if error:
            assert any(is_near(each.pointer, slip) for each in error.diagnostics), f"{way} {slip.pointer}"
            told = findings_text(error.source, error.diagnostics)
            assert re.search(
                rf"^ *--> {re.escape(str(file))}:[1-9][0-9]*:[1-9][0-9]*  \(", told, re.MULTILINE
            ), told
            assert re.match(r"error\[R[0-9]{3}\]: ", told), told
            assert FOREIGN.findall(told) == [], told
    assert outcomes.total() > LEAST, outcomes
    assert outcomes["told"] > TOLD, outcomes


@pytest.mark.parametrize(
    ("way", "place", "code"),
    [
        ("rename", "/operations/balance_transactions.list/params/payout/in", "R103"),
        ("drop", "/auth/kind", "R104"),
        ("retype", "/operations", "R101"),
    ],
)
@pytest.mark.parametrize(
    "command", [["check", "stripe-charges-to-books.yaml"], ["connectors", "stripe"], ["connectors"]]
)
@pytest.mark.parametrize("file", ["stripe"], indirect=True)
def test_every_command_shows_it_with_its_line(
    file: Path, command: list[str], way: str, place: str, code: str
) -> None:
    root = file.parents[2]
    shutil.copy(shipped("recipes") / "stripe-charges-to-books.yaml", root)
    [slip] = [
        each for each in slips(shipped("connectors") / "stripe" / file.name, way) if each.pointer == place
    ]
    file.write_text(slip.text, "utf-8")
    done = here(*command, cwd=root)
    told = done.stdout + done.stderr
    assert done.returncode == 3, told
    assert f"error[{code}]" in told
    assert re.search(r"connectors/stripe/connector\.yaml:[0-9]+:[0-9]+", told)
    assert "the engine itself failed" not in told
