"""A workbench for recipes in tests: a recipe's text, records handed to it, and a target that notes what it gets.

The whole way of a record is real, from the check to the ledger; only the transport is the test's own.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

from engine import canonical, source
from engine.check import Beside, check
from engine.clock import Clock, SystemClock
from engine.diagnostics import Diagnostic
from engine.errors import RecipeInvalid
from engine.generated import compiled
from engine.generated.projection import coded
from engine.keys import Identity
from engine.ledger.sqlite import SqliteLedger
from engine.raw import Raw
from engine.recipe import Recipe
from engine.registry import Registry
from engine.report import Failure, Report
from engine.runner import Runner
from engine.source import Source
from engine.triggers import Incoming
from engine.variables import values
from engine.wire import Answer, NoAnswer, Request
from engine.world import Target, World

Way = Literal["interpreted", "compiled", "projected"]
"""How the values of a recipe are evaluated."""
CONNECTOR: Final = """
connector: desk
version: 1
summary: A target of the tests.
base_url: https://desk.example
settings: {name: {type: string, description: Which desk., default: one, example: one}}
identity: [name]
exponents: {ISK: 2}
operations:
  notes.list: {effect: read, summary: Notes., path: /notes, records: $.notes, params: {of: {in: query, type: string}}}
  notes.get: {effect: read, summary: A note., path: "/notes/{id}",
    params: {id: {in: path, type: string, required: true}}, record: $}
  notes.create: {effect: create, summary: Add one., method: POST, path: /notes, body: ./note.schema.json,
    idempotency: {body: external_id}}
  notes.post: {effect: create, summary: Add one that no key tells apart., method: POST, path: /posts,
    body: ./note.schema.json, idempotency: none}
"""
NOTE: Final = {
    "type": "object",
    "properties": {
        "text": {"type": "string", "minLength": 1},
        "amount": {"type": "string", "format": "money"},
        "external_id": {"type": "string", "readOnly": True},
    },
    "required": ["text"],
    "additionalProperties": False,
}
HEAD: Final = """
recipe: bench
version: 1
connections: {desk: desk}
trigger: {manual: a record, key: $.id}
"""


class StoppedClock:
    """A clock that always says the same."""

    def now(self) -> datetime:
        return datetime(2026, 4, 1, 12, 0, tzinfo=UTC)


class Desk:
    """Notes what is sent, and answers: a note is made once for its external id.

    Attributes:
        made: The notes.
        asked: Addresses that were read.
        refused, lost: Texts of notes that are refused, and whose answer is lost before they are made.
        failing: Answers that are given first, whatever is asked.
        together: The first answers wait until so many requests are out at once.
    """

    def __init__(self) -> None:
        self.made: list[dict[str, Any]] = []
        self.asked: list[str] = []
        self.refused: set[str] = set()
        self.lost: set[str] = set()
        self.failing: list[Answer | Exception] = []
        self.together = 1
        self._waiting = 0
        self._all_here = asyncio.Event()

    async def send(self, request: Request) -> Answer:
        self._waiting += 1
        if self._waiting >= self.together:
            self._all_here.set()
        await asyncio.wait_for(self._all_here.wait(), 10)
        path = request.url.removeprefix("https://desk.example")
        if request.body is None:
            self.asked.append(path)
            if self.failing:
                return self._failed()
            notes = (
                {"notes": self.made} if path.startswith("/notes?") or path == "/notes" else {"id": path[7:]}
            )
            return Answer(200, {}, canonical.encode(notes))
        note = canonical.decode(request.body)
        if self.failing:
            return self._failed()
        if note["text"] in self.refused:
            return Answer(422, {}, b'{"error": "not wanted"}')
        if note["text"] in self.lost:
            raise NoAnswer("the connection was lost", left=True)
        known = [each for each in self.made if each.get("external_id") == note.get("external_id")]
        if not known or "external_id" not in note:
            self.made.append({"id": f"note-{len(self.made) + 1}", **note})
        return Answer(201, {}, canonical.encode((known or self.made[-1:])[0]))

    def _failed(self) -> Answer:
        answer = self.failing.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def texts(self) -> list[str]:
        """The texts of the notes in their order."""
        return [note["text"] for note in self.made]


class Bench:
    """Checks and runs recipes in the folder *path*, with one desk and one ledger for all of them.

    Attributes:
        others: Texts of recipes that may be called, by name.
        slept: Pauses that were asked for, in seconds.
        chance: The part of each pause that is waited where the target asks for none.
        hands: Whether records are handed over at all.
        clock: The time of all runs.
        way: How values are evaluated: projected, where records that are given as bytes are decoded for what the recipe
            reads of them; by code for records as they stand; or by the interpreter.
        shop: Name of the account of ``shop``, a connection like the desk, where a recipe has it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        folder = path / "connectors" / "desk"
        folder.mkdir(parents=True)
        (folder / "connector.yaml").write_text(CONNECTOR, encoding="utf-8")
        (folder / "note.schema.json").write_text(json.dumps(NOTE), encoding="utf-8")
        self.registry = Registry(connectors=[path / "connectors"])
        self.desk = Desk()
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.failures: list[Failure] = []
        self.ledger = SqliteLedger(path / "ledger.db")
        self.others: dict[str, str] = {}
        self.slept: list[float] = []
        self.chance = 1.0
        self.hands = True
        self.clock: Clock = SystemClock()
        self.shop = ""
        self.way: Way = "projected"

    async def sleep(self, seconds: float) -> None:
        """Note a pause, and make none."""
        self.slept.append(seconds)

    def event(self, name: str, **fields: Any) -> None:
        """Take an event of the log."""
        self.events.append((name, fields))

    def progress(self, report: Report) -> None:
        """A record is through."""

    def failure(self, failure: Failure) -> None:
        """A record failed."""
        self.failures.append(failure)

    def waits(self, text: str) -> None:
        """The run waits."""

    def recipe(self, text: str, path: str = "bench.yaml") -> Recipe:
        """Return the recipe whose text is that of ``HEAD`` and *text*; one that names itself stands alone."""
        whole = text if "recipe:" in text else HEAD + text
        return check(source.read(whole, path), self.registry, {}, self.beside)

    def findings(self, text: str) -> list[Diagnostic]:
        """Return what the check finds in a recipe, warnings too."""
        try:
            return list(self.recipe(text).warnings)
        except RecipeInvalid as error:
            return list(error.diagnostics)

    def codes(self, text: str) -> list[tuple[str, str]]:
        """Return code and place of each finding."""
        return [(each.code, each.pointer) for each in self.findings(text)]

    def run(self, text: str, *records: Any, variables: Sequence[str] = ()) -> Report:
        """Run a recipe on *records*; without any on one whose id is 1."""
        recipe = self.recipe(text)
        targets = {
            connection: Target(self.desk, Identity("desk", (("name", name),)), "https://desk.example", {})
            for connection, name in (("desk", "one"), ("shop", self.shop))
        }
        given = [Raw(each) if isinstance(each, bytes) else each for each in records or ({"id": "1"},)]
        handed = [Incoming(record) for record in given] if self.hands else None
        world = World(
            self.clock,
            self.ledger,
            self,
            targets,
            self.path,
            handed,
            self.sleep,
            chance=lambda: self.chance,
            output=self.path,
        )
        trigger = self.registry.declaration("triggers", recipe.trigger.kind).run
        reader = None
        if self.way == "projected":
            recipe, reader = coded(recipe)
        elif self.way == "compiled":
            recipe = compiled(recipe)
        made = Runner(recipe, world, self, trigger, values(recipe.variables, variables), reader=reader)
        return asyncio.run(made.run())

    @property
    def beside(self) -> Beside:
        """What lies beside the recipe: the folder, and the others, which lie in it too."""
        return Beside(self.path, self._other)

    def _other(self, name: str) -> tuple[Source, Beside] | None:
        return (source.read(self.others[name], f"{name}.yaml"), self.beside) if name in self.others else None
