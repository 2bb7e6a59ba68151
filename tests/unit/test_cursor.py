"""The cursor: a run reads only what is new, and nothing is passed over that is not final."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from engine.cursor import Cursor, Window, begin, window_of
from engine.dates import zone
from engine.errors import LedgerError, UsageError
from engine.ledger import RecordRow, RecordState, Written
from engine.wire import Answer, NoAnswer
from engine.world import World
from tests.shelf import NOON, RECIPE, Library, at, book

UNSORTED = "to: until"
SORTED = "to: until, ascending: true"


@pytest.fixture
def library(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Library]:
    made = Library(tmp_path, getattr(request, "param", UNSORTED))
    yield made
    made.ledger.close()


def of(how: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("library", [how], indirect=True)


both = pytest.mark.parametrize("library", [UNSORTED, SORTED], indirect=True)


@both
def test_the_second_run_reads_from_where_the_first_one_ended(library: Library) -> None:
    library.shelf.put(book("a", 1), book("b", 2), book("c", 3))
    first = library.read()
    assert (first.done, library.minute, first.cursor) == (3, 3, at(3))
    library.hand.minute = 75
    library.shelf.put(book("d", 70))
    second = library.read()
    assert (second.read, second.skipped, second.done, library.minute) == (2, 1, 1, 70)
    assert library.shelf.asked == [(None, 60), (3, 75)]
    assert library.desk.texts == ["a@1", "b@2", "c@3", "d@70"]


@of("to: until, overlap: 2m, lag: 90s")
def test_a_run_begins_the_overlap_earlier_and_leaves_what_has_not_settled_to_the_next(
    library: Library,
) -> None:
    library.shelf.put(book("a", 50), book("b", 59))
    assert (library.read().done, library.minute) == (1, 50)
    library.hand.minute = 61
    assert (library.read().done, library.minute) == (1, 59)
    assert library.shelf.asked == [(None, 58.5), (48, 59.5)]


@of("ascending: true, lag: 90s")
def test_where_nothing_bounds_the_end_the_cursor_stays_before_what_has_not_settled(library: Library) -> None:
    library.shelf.put(book("a", 50), book("b", 59))
    assert (library.read().done, library.minute) == (2, 58.5)
    assert library.shelf.asked == [(None, None)]


@both
def test_a_list_without_anything_new_leaves_the_cursor_and_one_that_never_had_any_makes_none(
    library: Library,
) -> None:
    library.read()
    assert library.cursors == []
    library.shelf.put(book("a", 1))
    library.read()
    library.hand.minute = 90
    assert (library.read().skipped, library.minute) == (1, 1)


@both
def test_records_of_one_instant_on_two_pages_are_all_taken(library: Library) -> None:
    library.shelf.put(*(book(name, 5) for name in "abc"))
    library.shelf.turned = failing_at(1)
    assert library.read().outcome == "stopped"
    library.shelf.turned = lambda _: None
    library.read()
    assert library.desk.texts == ["a@5", "b@5", "c@5"]


def failing_at(page: int) -> Any:
    def turned(number: int) -> None:
        if number == page:
            raise NoAnswer("the connection was lost", left=True)

    return turned


@of(SORTED)
def test_sorted_pages_move_it_page_by_page(library: Library) -> None:
    library.shelf.put(*(book(name, minute) for minute, name in enumerate("abcdef")))
    library.shelf.turned = failing_at(2)
    assert (library.read().outcome, library.minute) == ("stopped", 3)


@of(UNSORTED)
def test_pages_that_are_not_sorted_move_it_at_the_end_of_the_sweep_alone(library: Library) -> None:
    library.shelf.order = lambda each: each["id"]
    library.shelf.put(book("a", 50), book("b", 2), book("c", 40), book("d", 1))
    library.shelf.turned = failing_at(1)
    assert (library.read().outcome, library.cursors) == ("stopped", [])
    library.shelf.turned = lambda _: None
    assert (library.read().done, library.minute) == (2, 50)


@of(SORTED)
def test_pages_out_of_the_order_that_was_declared_take_it_back_and_are_told(library: Library) -> None:
    library.shelf.put(book("z", 1))
    library.read()
    library.shelf.order = None
    library.shelf.put(book("a", 10), book("b", 20), book("c", 5), book("d", 30))
    library.shelf.pages = lambda books: [books[1:3], books[3:], []]
    kept: list[Any] = []
    library.shelf.turned = lambda number: kept.append((number, library.minute))
    report = library.read()
    assert kept == [(0, 1), (1, 20), (2, 1)]
    assert (report.done, library.minute) == (4, 30)
    assert report.notes == ["pages came out of the order of $.at: the cursor moves at a run's end only"]


@both
def test_an_empty_page_is_not_the_end(library: Library) -> None:
    library.shelf.put(book("a", 1), book("b", 2))
    library.shelf.pages = lambda books: [[], books[:1], [], [], books[1:], []]
    assert (library.read().done, library.minute) == (2, 2)


@both
def test_a_record_that_changes_while_the_list_is_read_is_taken_again(library: Library) -> None:
    library.shelf.put(book("a", 1), book("b", 2), book("c", 3))
    changed = book("a", 60.5)

    def turned(number: int) -> None:
        if number == 1:
            library.shelf.put(changed)

    library.shelf.turned = turned
    library.read()
    library.shelf.turned = lambda _: None
    library.hand.minute = 61
    library.read()
    assert library.desk.texts == ["a@1", "b@2", "c@3", "a@60.5"]


@both
def test_a_record_that_comes_twice_in_one_list_is_taken_once(library: Library) -> None:
    library.shelf.pages = lambda _: [[book("a", 1), book("b", 2)], [book("b", 2), book("a", 3)]]
    report = library.read()
    assert (report.done, report.skipped, library.minute) == (3, 1, 3)


@both
def test_a_record_that_failed_waits_in_the_dead_letters_and_the_cursor_passes_it(library: Library) -> None:
    library.desk.refused = {"b@2"}
    library.shelf.put(book("a", 1), book("b", 2), book("c", 3))
    report = library.read()
    assert (report.done, report.failed, library.minute) == (2, 1, 3)
    (dead,) = library.ledger.records(states=[RecordState.DEAD])
    assert b'"b@2"' in dead.raw
    library.desk.refused = set()
    assert library.read().read == 1
    assert library.read(Window(since=NOON)).done == 1, "--from reads it again"


@both
@pytest.mark.parametrize("concurrency", [1, 3])
def test_a_dead_letter_that_could_not_be_stored_does_not_move_it(library: Library, concurrency: int) -> None:
    library.concurrency = concurrency
    library.desk.refused = {"b@2"}
    library.shelf.put(book("a", 1), book("b", 2), book("c", 3))
    plain = library.ledger.commit

    async def commit(rows: Sequence[Written]) -> None:
        if any(isinstance(row, RecordRow) and row.state is RecordState.DEAD for row in rows):
            raise LedgerError("the disk is full")
        await plain(rows)

    library.ledger.commit = commit  # type: ignore[method-assign]
    report = library.read()
    assert report.outcome == "stopped"
    assert library.cursors == []


@both
def test_an_on_error_that_stops_leaves_it_before_the_page_of_the_record(library: Library) -> None:
    library.desk.refused = {"d@4"}
    library.shelf.put(*(book(name, minute) for minute, name in enumerate("abcde", 1)))
    report = library.read(more="on_error: {then: stop}\n")
    assert report.outcome == "stopped"
    assert library.minute == (2 if "ascending" in library.how else None)
    library.desk.refused = set()
    library.read()
    assert sorted(library.desk.texts) == ["a@1", "b@2", "c@3", "d@4", "e@5"]


@both
def test_a_stop_leaves_it_before_the_page_of_the_record(library: Library) -> None:
    library.shelf.put(book("a", 1), book("b", 2), book("c", 3), book("d", 4))
    report = library.read(more="  - {stop: here, when: \"{{ record.id == 'd' }}\"}\n")
    assert report.outcome == "stopped"
    assert library.minute == (2 if "ascending" in library.how else None)


@both
def test_a_connection_that_fails_spends_no_record(library: Library) -> None:
    library.shelf.put(book("a", 1), book("b", 2), book("c", 3))
    library.desk.failing = [Answer(401, {}, b"{}")]
    assert (library.read().outcome, library.cursors) == ("stopped", [])
    assert library.read().done == 3


@both
def test_what_the_trigger_leaves_to_others_is_passed(library: Library) -> None:
    library.shelf.put(book("a", 1), book("b", 2), book("c", 3))
    report = library.read(trigger=", when: \"{{ record.id == 'a' }}\"")
    assert (report.done, report.ignored, library.minute) == (1, 2, 3)


@both
@pytest.mark.parametrize("shown", [None, "yesterday", 5, "2026-04-01T12:00:00", "0001-01-01T00:00:00+14:00"])
def test_a_record_that_shows_no_instant_moves_it_nowhere_and_is_told(library: Library, shown: Any) -> None:
    library.shelf.order = None
    library.shelf.put(book("a", 1), {**book("b", 2), "at": shown}, {"id": "c", "text": "c"})
    report = library.read()
    assert (report.read, library.minute) == (3, 1)
    assert report.notes == ["2 × no instant at $.at: the cursor goes by the other records"]


@both
def test_a_record_from_the_future_takes_it_no_further_than_the_present(library: Library) -> None:
    library.shelf.filters = False
    library.shelf.put(book("a", 1), book("b", 1_000_000))
    library.read()
    assert library.minute == 60
    library.hand.minute = 61
    library.shelf.put(book("c", 60.5))
    library.read()
    assert "c@60.5" in library.desk.texts


@both
def test_a_clock_that_was_put_back_loses_nothing(library: Library) -> None:
    library.shelf.put(book("a", 1), book("b", 58))
    library.read()
    library.hand.minute = 30
    library.shelf.put(book("c", 31), book("e", 30))
    assert library.read().done == 1
    assert library.minute == 58, "it never moves back"
    assert library.shelf.asked == [(None, 60), (30, 30)]
    library.shelf.put(book("d", 59))
    library.hand.minute = 59.5
    library.read()
    assert "d@59" in library.desk.texts


@both
def test_a_source_that_heeds_no_bounds_is_read_whole_and_nothing_is_made_twice(library: Library) -> None:
    library.shelf.filters = False
    library.shelf.put(book("a", 1), book("b", 2), book("c", 3))
    library.read()
    again = library.read()
    assert (again.skipped, again.created.total(), library.minute) == (3, 0, 3)


def test_a_run_that_is_stopped_between_records_leaves_it(library: Library) -> None:
    library.shelf.put(book("a", 1), book("b", 2), book("c", 3))
    library.shelf.turned = lambda number: None
    asked = iter([False, False, True, True])
    report = library.read(stopping=lambda: next(asked))
    assert (report.outcome, report.done, library.cursors) == ("interrupted", 2, [])


@both
def test_another_target_begins_anew(library: Library) -> None:
    library.shelf.put(book("a", 1), book("b", 2))
    library.read()
    library.place = "two"
    library.desk.made.clear()
    assert library.read().done == 2
    assert [row.target for row in library.cursors] == ["desk?name=two", "desk?name=one"]


class SlowLedger:
    """A ledger each of whose commits waits until the test lets it go."""

    def __init__(self) -> None:
        self.waiting: list[tuple[list[str], asyncio.Future[None]]] = []

    async def commit(self, rows: Sequence[Any]) -> None:
        go: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting.append(([getattr(row, "position", row) for row in rows], go))
        await go


def slow(library: Library) -> tuple[Cursor, SlowLedger]:
    """Return a cursor of the recipe on a ledger that is slow."""
    recipe, ledger = library.recipe(RECIPE % (1, "")), SlowLedger()
    world = World(library.clock, library.ledger, library, {})
    cursor, _ = begin(recipe, ("shelf", "desk"), {}, world, Window(), "run")
    assert cursor is not None
    cursor._ledger = ledger  # type: ignore[assignment]
    return cursor, ledger


async def others() -> None:
    """Let everything else go on as far as it can."""
    for _ in range(9):
        await asyncio.sleep(0)


@of(SORTED)
@pytest.mark.parametrize("fails", [False, True])
def test_it_is_committed_with_the_last_record_of_a_page_and_only_when_the_others_are_durable(
    library: Library, fails: bool
) -> None:
    async def run() -> None:
        cursor, ledger = slow(library)
        page = await cursor.opened([book("a", 1), book("b", 2)])
        first = asyncio.ensure_future(cursor.final(page, "a"))  # type: ignore[arg-type]
        await others()
        last = asyncio.ensure_future(cursor.final(page, "b"))  # type: ignore[arg-type]
        await others()
        assert [rows for rows, _ in ledger.waiting] == [["a"]]
        if fails:
            ledger.waiting[0][1].set_exception(LedgerError("the disk is full"))
        else:
            ledger.waiting[0][1].set_result(None)
        await others()
        assert [rows for rows, _ in ledger.waiting[1:]] == [["b"] if fails else ["b", at(2)]]
        ledger.waiting[1][1].set_result(None)
        await asyncio.gather(first, last, return_exceptions=True)
        assert cursor.position == ("" if fails else at(2))
        if fails:
            await cursor.finish()
            assert len(ledger.waiting) == 2, "it never moves again"

    asyncio.run(run())


@of(SORTED)
def test_pages_out_of_order_take_back_a_cursor_that_is_just_moving(library: Library) -> None:
    async def run() -> None:
        cursor, ledger = slow(library)
        page = await cursor.opened([book("a", 5)])
        moving = asyncio.ensure_future(cursor.final(page, "a"))  # type: ignore[arg-type]
        await others()
        opening = asyncio.ensure_future(cursor.opened([book("b", 1)]))
        await others()
        assert [rows for rows, _ in ledger.waiting] == [["a", at(5)]]
        ledger.waiting[0][1].set_result(None)
        await others()
        assert [rows for rows, _ in ledger.waiting[1:]] == [[""]]
        ledger.waiting[1][1].set_result(None)
        await asyncio.gather(moving, opening)

    asyncio.run(run())


@both
def test_what_comes_from_elsewhere_does_not_move_it(library: Library) -> None:
    library.shelf.put(book("a", 1))
    library.read()
    library.shelf.put(book("b", 30))
    assert library.read(None).read == 2
    assert library.minute == 1


# What the user asks for


@both
def test_a_window_is_read_and_the_cursor_left_alone(library: Library) -> None:
    library.shelf.put(book("a", 1), book("b", 20), book("c", 40))
    library.read()
    for window in (Window(instant(15), instant(30)), Window(until=instant(30)), Window(instant(39))):
        library.read(window)
        assert library.minute == 40
    assert library.shelf.asked[1:] == [(15, 30), (None, 30), (39, None)]


def instant(minute: float) -> Any:
    return zoned(at(minute))


def zoned(text: str) -> Any:
    return window_of(text, None, None, keeps=False).since


@both
def test_a_window_with_an_end_makes_no_cursor(library: Library) -> None:
    library.shelf.put(book("a", 1))
    library.read(Window(until=instant(30)))
    assert library.cursors == []


@both
def test_where_none_stands_the_cursor_begins_with_from(library: Library) -> None:
    library.shelf.put(book("a", 1), book("b", 20), book("c", 40))
    assert (library.read(Window(instant(15))).done, library.minute) == (2, 40)
    assert (library.read().read, library.desk.texts) == (1, ["b@20", "c@40"])


@both
def test_a_cursor_that_begins_with_from_stands_there_though_nothing_came(library: Library) -> None:
    library.read(Window(instant(15)))
    assert library.minute == 15


@both
@pytest.mark.parametrize(
    ("trigger", "variables", "what"),
    [(", with: {of: x}", [], "trigger.with changed"), ("", ["note=other"], "vars changed")],
)
def test_what_is_read_cannot_change_without_saying_from_where(
    library: Library, trigger: str, variables: list[str], what: str
) -> None:
    library.shelf.put(book("a", 1), book("b", 20))
    library.read()
    with pytest.raises(UsageError, match=what) as error:
        library.read(trigger=trigger, variables=variables)
    assert f"has read up to {at(20)}" in error.value.message
    assert ("--from" in error.value.help, "--keep-cursor" in error.value.help) == (True, True)
    library.read(Window(instant(10)), trigger=trigger, variables=variables)
    assert library.shelf.asked[-1][0] == 10
    library.read(trigger=trigger, variables=variables)
    library.read()
    assert [asked[0] for asked in library.shelf.asked[-2:]] == [20, 20], "each goes on by its own"


@both
def test_a_cursor_that_is_kept_goes_on_under_what_is_read_now(library: Library) -> None:
    library.shelf.put(book("a", 1), book("b", 20))
    library.read()
    library.shelf.turned = failing_at(0)
    changed = ", with: {of: x}"
    library.read(Window(keeps=True), trigger=changed)
    library.shelf.turned = lambda _: None
    library.read(trigger=changed)
    library.read(Window(keeps=True), trigger=changed)
    assert [asked[0] for asked in library.shelf.asked[1:]] == [20, 20]


def test_a_cursor_that_does_not_stand_cannot_be_kept(library: Library) -> None:
    with pytest.raises(UsageError, match="no cursor"):
        library.read(Window(keeps=True))


@pytest.mark.parametrize("given", ["{since: '2026-04-01T12:00:00Z'}", "{until: $vars.note?}"])
def test_a_trigger_that_bounds_its_list_itself_has_no_cursor(library: Library, given: str) -> None:
    library.shelf.put(book("a", 1))
    library.read(trigger=f", with: {given}", variables=["note=2026-04-01T12:30:00Z"])
    assert library.cursors == []
    with pytest.raises(UsageError, match="bounds what it reads by itself, with since or until"):
        library.read(Window(instant(1)), trigger=f", with: {given}")


def test_what_cannot_be_asked_for_is_refused(library: Library) -> None:
    with pytest.raises(UsageError, match="lies in the future"):
        library.read(Window(instant(1000)))
    library.hands = True
    assert library.run("actions: [{skip: no}]").outcome == "done"


@of("overlap: 0s")
def test_a_list_that_cannot_be_told_its_end_refuses_one(library: Library) -> None:
    with pytest.raises(UsageError, match="not up to when"):
        library.read(Window(until=instant(1)))


NEW_YORK = zone("America/New_York")


@pytest.mark.parametrize(
    ("since", "until", "window"),
    [
        ("2026-11-01", None, ("2026-11-01T04:00:00Z", None)),
        (None, "2026-11-01", (None, "2026-11-02T05:00:00Z")),
        ("2026-11-01T10:00:00+02:00", "2026-11-01T08:00:00Z", ("2026-11-01T08:00:00Z",) * 2),
    ],
)
def test_a_day_counts_whole_in_the_recipes_zone(since: str, until: str, window: tuple[str, str]) -> None:
    found = window_of(since, until, NEW_YORK, keeps=False)
    ends = (found.since, found.until)
    assert tuple(end.isoformat().replace("+00:00", "Z") if end else None for end in ends) == window


@pytest.mark.parametrize(
    ("since", "until", "keeps", "message"),
    [
        ("2026-11-02", "2026-11-01T00:00:00Z", False, "is later than"),
        ("November", None, False, "--from: 'November' is no date"),
        (None, "2026-02-30", False, "--to: .* no day of the calendar"),
        ("2026-11-01T10:00:00", None, False, "has no offset"),
        (None, "9999-12-31", False, "--to"),
        ("2026-11-01", None, True, "--keep-cursor goes on from where"),
    ],
)
def test_options_that_are_wrong_or_contradict_each_other_are_refused(
    since: str, until: str, keeps: bool, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        window_of(since, until, NEW_YORK, keeps=keeps)


def test_a_day_needs_a_zone() -> None:
    with pytest.raises(UsageError, match="in which zone it begins"):
        window_of("2026-11-01", None, None, keeps=False)
