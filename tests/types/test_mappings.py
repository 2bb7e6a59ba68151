"""What the check says of mappings by their types: each wrong one gives one finding, each right one none.

``project/`` is a project with two connectors of its own, a shop whose schemas say much and an office that takes much.
``wrong/`` holds recipes with one mistake and what ``recipe check`` prints, ``right/`` recipes that are unusual and
right; the comment at the top says what it is about, of a wrong one the record for which it fails or is wrong. The
right ones are also run, on every record of ``samples/``: full ones, and those with null and nothing wherever a schema
lets it.
``make golden`` writes the ``.txt`` files again; what it changed is to be read like code.
"""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any, Final

import pytest

from engine import canonical
from engine.files import read_connections, read_recipe, registry_of
from engine.inference import expressions
from engine.keys import Identity
from engine.ledger.sqlite import SqliteLedger
from engine.project import find_recipe
from engine.recipe import Recipe
from engine.report import Failure, Report
from engine.runner import Runner
from engine.schema import Validator
from engine.triggers import Incoming
from engine.variables import values
from engine.wire import Answer, Request
from engine.world import Target, World
from tests.bench import StoppedClock
from tests.diagnostics.test_diagnostics import check, hold

PROJECT: Final = Path(__file__).parent / "project"
WRONG: Final = sorted((PROJECT / "wrong").glob("*.yaml"))
RIGHT: Final = sorted((PROJECT / "right").glob("*.yaml"))
SAMPLES: Final = [path for path in sorted((PROJECT / "samples").glob("*.json")) if path.stem != "loose"]
"""Records by schema; of loose ones, which are handed over, nothing is known."""
SCHEMAS: Final = {
    path.name.removesuffix(".schema.json"): path
    for path in sorted(PROJECT.glob("**/*.schema.json"))
}  # fmt: skip
CHECK_FAILED: Final = "X106"
"""A check of the recipe that does not hold is what it is there for."""
NOTED: Final = re.compile(r"# \S.*")


@pytest.fixture(autouse=True)
def _in_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PROJECT)


@pytest.mark.parametrize("case", WRONG, ids=lambda path: path.stem)
def test_a_wrong_mapping_gives_one_finding_at_its_place(case: Path) -> None:
    done = check(f"wrong/{case.name}")
    hold(case, done.stdout)
    severity = done.stdout.partition("[")[0]
    assert done.exit_code == (3 if severity == "error" else 0)
    assert severity == "error" or done.stdout.endswith(f"wrong/{case.name}: ok ({case.stem}), 1 {severity}\n")


@pytest.mark.parametrize("case", RIGHT, ids=lambda path: path.stem)
def test_a_right_mapping_gives_no_finding_and_no_warning_and_no_note(case: Path) -> None:
    assert check(f"right/{case.name}").stdout == f"right/{case.name}: ok ({case.stem})\n"


@pytest.mark.parametrize("case", RIGHT, ids=lambda path: path.stem)
def test_a_right_mapping_goes_through_with_every_record_that_meets_the_schema(
    case: Path, tmp_path: Path
) -> None:
    for number in range(1 + ("steps" in case.read_text("utf-8"))):  # where an answer is read, two of them
        office = Office(number)
        report, failures = office.run(case, tmp_path / f"{number}.db")
        assert [(each.key, each.message) for each in failures if each.code != CHECK_FAILED] == []
        assert report.read == len(office.records(case)) > 0


def test_there_are_sixty_of_each_at_least_and_each_wrong_one_says_what_goes_wrong() -> None:
    assert min(len(WRONG), len(RIGHT)) >= 60
    mute = [case.name for case in WRONG if not NOTED.match(case.read_text("utf-8"))]
    assert mute == []


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_the_samples_meet_their_schemas(sample: Path) -> None:
    validator = Validator(canonical.decode(SCHEMAS[sample.stem].read_bytes()))
    for each in samples(sample.stem):
        assert [flaw.message for flaw in validator.flaws(each)] == []


def samples(name: str) -> list[Any]:
    found: list[Any] = canonical.decode((PROJECT / "samples" / f"{name}.json").read_bytes())
    return found


class Office:
    """Both connectors' other side: gives the samples, and takes what it is sent where that meets its schema.

    Args:
        number: Which of the samples is the answer to what asks for one.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self.failures: list[Failure] = []

    async def send(self, request: Request) -> Answer:
        _, path = request.url.split(".example/")
        noun = path.partition("?")[0].partition("/")[0]
        if request.body is not None:
            sent = canonical.decode(request.body)
            schema = canonical.decode(SCHEMAS[{"entries": "entry", "parties": "party"}[noun]].read_bytes())
            flaws = Validator(schema).flaws(sent)
            if flaws:
                return Answer(422, {}, canonical.encode({"error": flaws[0].message}))
        kind = {"entries": "entry_made", "parties": "party_made"}.get(noun, noun.removesuffix("s"))
        if request.body is not None or "/" in path:
            return Answer(200, {}, canonical.encode(samples(kind)[self.number]))
        found = [] if noun == "parties" and self.number else samples(kind)
        return Answer(200, {}, canonical.encode({noun: found}))

    def records(self, case: Path) -> list[Any]:
        """Return the records that the recipe *case* gets."""
        polled = re.search(r"poll: shop\.(\w+)s\.list", case.read_text("utf-8"))
        return samples(
            polled[1] if polled else "bank" if "file: bank.csv" in case.read_text("utf-8") else "loose"
        )

    def run(self, case: Path, ledger: Path) -> tuple[Report, list[Failure]]:
        recipe = self.recipe(case)
        targets = {
            name: Target(self, Identity(name, (("name", "one"),)), f"https://{name}.example", {})
            for name in recipe.connections
        }
        kept = SqliteLedger(ledger)
        world = World(
            StoppedClock(), kept, self, targets, PROJECT, [Incoming(each) for each in self.records(case)]
        )
        trigger = self.registry.declaration("triggers", "manual").run
        report = asyncio.run(Runner(recipe, world, self, trigger, values(recipe.variables, ())).run())
        kept.close()
        return report, self.failures

    def recipe(self, case: Path) -> Recipe:
        self.registry = registry_of(PROJECT)
        place = find_recipe(str(case), PROJECT)
        return read_recipe(
            place, self.registry, read_connections(place, None, self.registry, PROJECT), PROJECT
        )

    def event(self, name: str, **fields: Any) -> None:
        """Take an event of the log."""

    def progress(self, report: Report) -> None:
        """A record is through."""

    def failure(self, failure: Failure) -> None:
        """A record failed."""
        self.failures.append(failure)

    def waits(self, text: str) -> None:
        """The run waits."""


def test_a_condition_that_may_be_either_is_read_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(expressions, "outcome", lambda of, known: asked.append(of.text))
    Office(0).recipe(PROJECT / "right" / "skip-then-rest.yaml")
    assert asked == []
