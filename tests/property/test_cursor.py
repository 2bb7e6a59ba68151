"""Whatever the pages, failures, changes and deaths: every record ends final, each version once, and none is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import LedgerError
from engine.ledger import RecordState, Written
from engine.wire import Answer, NoAnswer, Request
from tests.faults.driver import MEMORY
from tests.shelf import Library, book

NAMES = "abcdefgh"

RUNS = st.lists(
    st.fixed_dictionaries(
        {
            "puts": st.lists(st.sampled_from(NAMES), max_size=5),  # what changes before the run
            "during": st.lists(st.tuples(st.integers(0, 3), st.sampled_from(NAMES)), max_size=3),
            "dies": st.none() | st.integers(0, 25),  # behind so many commits
            "lost": st.none() | st.integers(0, 3),  # the page that does not come
            "down": st.integers(0, 9),  # which write the target fails at, if it is one of the first
            "back": st.integers(0, 3),  # minutes that the clock is put back
        }
    ),
    min_size=1,
    max_size=5,
)


class World:
    """A shelf that changes, over several runs.

    Attributes:
        minute: The source's own time: every change has one of its own, or that of the change before.
        wanted: Texts of the latest version of each record.
    """

    def __init__(self, path: Path, how: str, concurrency: int, size: int) -> None:
        self.library = Library(path, how)
        self.library.concurrency = concurrency
        self.library.shelf.size = size
        if "ascending" not in how:
            self.library.shelf.order = lambda each: each["id"]
        self.minute = 0.0
        self.wanted: dict[str, str] = {}
        self.sent: Counter[str] = Counter()
        plain = self.library.desk.send

        async def send(request: Request) -> Answer:
            self.sent[str(request.body)] += 1
            if self.sent.total() == self.down:
                raise NoAnswer("the connection was refused", left=False)
            return await plain(request)

        self.down = 0
        self.library.desk.send = send  # type: ignore[method-assign]

    def put(self, name: str) -> None:
        self.minute += 1 if NAMES.index(name) % 3 else 0  # some change in the same instant as others
        changed = book(name, self.minute)
        if self.wanted.get(name) != changed["text"]:
            self.wanted[name] = changed["text"]
            self.library.shelf.put(changed)

    def run(self, plan: dict[str, Any]) -> None:
        for name in plan["puts"]:
            self.put(name)

        def turned(number: int) -> None:
            for page, name in plan["during"]:
                if page == number:
                    self.put(name)
            if plan["lost"] == number:
                raise NoAnswer("the connection was lost", left=True)

        self.library.shelf.turned = turned
        self.library.hand.minute = self.minute + 0.5 - plan["back"]
        self.down = self.sent.total() + plan["down"] if plan["down"] else 0
        if plan["dies"] is None:
            self.library.read()
            return
        plain, left = self.library.ledger.commit, plan["dies"]

        async def commit(rows: Sequence[Written]) -> None:
            nonlocal left
            left -= 1
            if left < 0:  # for what is durable a ledger that takes no more is a process that is dead
                raise LedgerError("dead")
            await plain(rows)

        self.library.ledger.commit = commit  # type: ignore[method-assign]
        try:
            with suppress(LedgerError):
                self.library.read()
        finally:
            self.library.ledger.commit = plain  # type: ignore[method-assign]

    def judge(self) -> None:
        library = self.library
        library.shelf.turned = lambda _: None
        self.down = 0
        library.hand.minute = self.minute + 10
        report = library.read()
        assert report.outcome in ("done", "failed")
        last = {row.key: row for row in library.ledger.records()}
        assert sorted(last) == sorted(f'["{name}"]' for name in self.wanted)
        for name, text in self.wanted.items():
            row = last[f'["{name}"]']
            refused = text in library.desk.refused
            assert row.state is (RecordState.DEAD if refused else RecordState.DONE), text
            assert (text in library.desk.texts) is not refused, f"{text} is lost"
        assert [text for text, count in Counter(library.desk.texts).items() if count > 1] == []


def check(how: str, runs: list[dict[str, Any]], concurrency: int, size: int, refused: set[str]) -> None:
    with TemporaryDirectory(dir=MEMORY) as folder:
        world = World(Path(folder), how, concurrency, size)
        world.library.desk.refused = {f"{name}@{minute}" for name in refused for minute in range(99)}
        try:
            for plan in runs:
                world.run(plan)
            world.judge()
        finally:
            world.library.ledger.close()


ANY = {
    "runs": RUNS,
    "concurrency": st.sampled_from([1, 2, 4]),
    "size": st.integers(1, 3),
    "refused": st.sets(st.sampled_from(NAMES), max_size=2),
}


@settings(max_examples=40)
@given(**ANY)
def test_pages_by_something_else_than_the_cursors_field(
    runs: list[dict[str, Any]], concurrency: int, size: int, refused: set[str]
) -> None:
    check("to: until", runs, concurrency, size, refused)


@settings(max_examples=40)
@given(**ANY)
def test_pages_sorted_by_the_cursors_field(
    runs: list[dict[str, Any]], concurrency: int, size: int, refused: set[str]
) -> None:
    check("ascending: true", runs, concurrency, size, refused)
