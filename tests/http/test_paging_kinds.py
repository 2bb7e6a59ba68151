"""Pages by number and by keyset: where they go on, where they end, and what changes meanwhile."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import ConnectionFailed
from engine.paging import Paging, asked_of, keyset, page, statement
from engine.wire import Answer, Request

MAKES: Mapping[str, Callable[..., Paging]] = {
    "page": lambda **settings: page.PagePaging(page.Params.model_validate(settings)),
    "keyset": lambda **settings: keyset.KeysetPaging(keyset.Params.model_validate(settings)),
    "statement": lambda **settings: statement.StatementPaging(statement.Params.model_validate(settings)),
}
BY_HEADER = {"header": "X-Pages", "size": "limit"}
BY_ID = {"field": "$.id", "to": "after", "more": "$.more"}
BY_TEXT = {"to": "q", "start": "STARTPOSITION", "size": "MAXRESULTS"}
BY_TIME = {"field": "$.at", "to": "later_than", "back": "1s", "as": "epoch"}


def of(kind: str, **settings: Any) -> Paging:
    return MAKES[kind](**settings)


def walk(
    paging: Paging, records: Callable[[], Iterable[Any]], query: str = "limit=2", most: int = 60
) -> tuple[list[Any], list[dict[str, str]]]:
    """Return what a client sees that reads *records*, which are asked for anew for each page, and what it asked."""
    request: Request | None = Request("GET", f"https://a.example/o?{query}")
    seen: list[Any] = []
    asked: list[dict[str, str]] = []
    while request is not None:
        assert len(asked) < most, "it does not end"
        assert request.url not in [each["url"] for each in asked], "it asks the same again"
        asked.append({**asked_of(request), "url": request.url})
        served = paging.page(list(records()), asked_of(request), "")
        body: dict[str, Any] = {str(path.steps[-1]): value for path, value in served.fields}
        head = {name.lower(): value for name, value in served.headers.items()}
        seen += served.records
        request = paging.next(request, Answer(200, head, json.dumps(body).encode()), served.records)
    return seen, asked


def told(asked: Sequence[Mapping[str, str]], name: str) -> list[str | None]:
    return [each.get(name) for each in asked]


@pytest.mark.parametrize(("count", "pages"), [(0, 1), (1, 1), (2, 1), (3, 2), (4, 2), (5, 3)])
@pytest.mark.parametrize("settings", [BY_HEADER, {"at": "$.pages", "size": "limit"}])
def test_pages_are_counted_up_to_the_number_that_the_answer_gives(
    settings: dict[str, str], count: int, pages: int
) -> None:
    seen, asked = walk(of("page", **settings), lambda: range(count), "status=any&limit=2")
    assert seen == list(range(count))
    assert told(asked, "page") == [None, *(str(number) for number in range(2, pages + 1))]
    assert set(told(asked, "status")) == {"any"}


def test_without_a_number_of_pages_an_empty_one_ends_the_list() -> None:
    seen, asked = walk(of("page", size="limit"), lambda: range(4))
    assert (seen, told(asked, "page")) == ([0, 1, 2, 3], [None, "2", "3"])


@pytest.mark.parametrize("said", [None, "", "two", "-1", "1.5", "٣"])
def test_an_answer_that_does_not_say_how_many_pages_there_are_stops_the_reading(said: str | None) -> None:
    head = {"x-pages": said} if said is not None else {}
    with pytest.raises(ConnectionFailed, match="X-Pages how many pages"):
        of("page", **BY_HEADER).next(Request("GET", "https://a.example/o"), Answer(200, head, b"{}"), [1])


@pytest.mark.parametrize("body", [b'{"pages": true}', b'{"pages": 1.5}', b"{}", b"<html>"])
def test_a_body_that_does_not_say_it_stops_the_reading(body: bytes) -> None:
    paging = of("page", at="$.pages")
    with pytest.raises(ConnectionFailed):
        paging.next(Request("GET", "https://a.example/o"), Answer(200, {}, body), [1])


def ids(*names: str) -> list[dict[str, str]]:
    return [{"id": name} for name in names]


def test_the_next_page_begins_behind_the_last_records_id() -> None:
    seen, asked = walk(of("keyset", **BY_ID), lambda: ids("e", "d", "c", "b", "a"))
    assert seen == ids("e", "d", "c", "b", "a")
    assert told(asked, "after") == [None, "d", "b"]


def test_what_comes_newly_at_the_front_of_a_list_by_id_moves_nothing() -> None:
    shelf = ids("d", "c", "b", "a")
    turns = iter(range(9))

    def records() -> list[dict[str, str]]:
        return [*ids(*(f"new{number}" for number in range(next(turns)))), *shelf]

    assert walk(of("keyset", **BY_ID), records)[0] == shelf


def test_without_more_an_empty_page_ends_a_list_by_id() -> None:
    seen, asked = walk(of("keyset", field="$.id", to="after"), lambda: ids("b", "a"))
    assert (seen, told(asked, "after")) == (ids("b", "a"), [None, "a"])


@pytest.mark.parametrize(
    ("body", "records", "why"),
    [
        (b'{"more": true}', [], "empty page"),
        (b'{"more": "yes"}', ids("a"), "neither true nor false"),
        (b"{}", ids("a"), "neither true nor false"),
        (b'{"more": true}', [{"name": "a"}], "no value at"),
        (b'{"more": true}', [{"id": None}], "no value at"),
        (b'{"more": true}', [{"id": True}], "no value at"),
        (b'{"more": true}', [{"id": ""}], "no value at"),
    ],
)
def test_an_answer_from_which_no_page_can_follow_stops_the_reading(
    body: bytes, records: list[Any], why: str
) -> None:
    with pytest.raises(ConnectionFailed, match=why):
        of("keyset", **BY_ID).next(Request("GET", "https://a.example/o"), Answer(200, {}, body), records)


def at(*times: int) -> list[dict[str, int]]:
    return [{"id": number, "at": time} for number, time in enumerate(times)]


def test_a_list_by_time_goes_on_a_little_before_the_last_records_time() -> None:
    seen, asked = walk(of("keyset", **BY_TIME), lambda: at(10, 20, 30), "limit=2&later_than=5")
    assert [each["at"] for each in seen] == [10, 20, 20, 30, 30]
    assert told(asked, "later_than") == ["5", "19", "29", "29"]


def test_a_list_by_time_ends_at_once_where_the_answer_says_that_it_is_one_page() -> None:
    _, asked = walk(of("keyset", **BY_TIME, header="X-Pages"), lambda: at(10, 20))
    assert told(asked, "later_than") == [None]


def test_more_records_of_one_moment_than_a_page_holds_come_by_the_pages_number() -> None:
    records = at(10, 20, 20, 20, 20, 20, 30)
    seen, asked = walk(of("keyset", **BY_TIME, header="X-Pages"), lambda: records)
    assert {each["id"] for each in seen} == set(range(7))
    assert ("19", "2") in list(zip(told(asked, "later_than"), told(asked, "page"), strict=True))


@pytest.mark.parametrize(
    ("stamp", "first", "asked"),
    [
        ("epoch", 1795132800, "1795132799"),
        ("utc", "2026-11-20T00:00:00", "2026-11-19T23:59:59"),
        ("utc", "2026-11-20T00:00:00.75", "2026-11-19T23:59:59"),
        ("instant", "2026-11-20T01:00:00+01:00", "2026-11-19T23:59:59Z"),
    ],
)
def test_a_time_is_asked_for_as_the_vendor_writes_it(stamp: str, first: Any, asked: str) -> None:
    paging = of("keyset", **{**BY_TIME, "as": stamp})
    request = paging.next(
        Request("GET", "https://a.example/o?page=4"), Answer(200, {}, b"[]"), [{"at": first}]
    )
    assert request is not None
    assert asked_of(request) == {"later_than": asked}


@pytest.mark.parametrize(
    ("stamp", "times", "query", "why"),
    [
        ("epoch", [30, 20], "", "sorted"),
        ("epoch", [10, 40, 20, 50], "", "sorted"),
        ("epoch", [10, 20], "later_than=50", "from before"),
        ("epoch", [10, 60], "later_than=50", "from before"),
        ("epoch", ["2026-11-20T00:00:00Z"], "", "no time"),
        ("epoch", [True], "", "no time"),
        ("utc", ["2026-11-20T00:00:00Z"], "", "no time"),
        ("utc", ["2026-11-20"], "", "no time"),
        ("utc", [None], "", "no time"),
        ("instant", ["2026-11-20T00:00:00"], "", "no time"),
        ("epoch", [10], "later_than=soon", "no time"),
    ],
)
def test_a_list_by_time_that_is_not_sorted_by_it_stops_the_reading(
    stamp: str, times: list[Any], query: str, why: str
) -> None:
    paging = of("keyset", **{**BY_TIME, "as": stamp})
    with pytest.raises(ConnectionFailed, match=why):
        paging.next(
            Request("GET", f"https://a.example/o?{query}"),
            Answer(200, {}, b"[]"),
            [{"at": each} for each in times],
        )


@pytest.mark.parametrize(("page", "said"), [("", "1"), ("", "2"), ("page=2", "2"), ("page=2", "3")])
def test_an_empty_page_that_is_counted_among_several_stops_the_reading(page: str, said: str) -> None:
    paging = of("keyset", **BY_TIME, header="X-Pages")
    request = Request("GET", f"https://a.example/o?{page}")
    answer = Answer(200, {"x-pages": said}, b"[]")
    if said == "1":
        assert paging.next(request, answer, []) is None  # as some say of a list that is empty
        return
    with pytest.raises(ConnectionFailed, match="empty page"):
        paging.next(request, answer, [])


def test_the_empty_page_behind_the_last_one_of_a_moment_ends_the_list() -> None:
    request = Request("GET", "https://a.example/o?later_than=9&page=3")
    paging = of("keyset", **BY_TIME, header="X-Pages")
    assert paging.next(request, Answer(200, {"x-pages": "2"}, b"[]"), []) is None


changes = st.lists(st.tuples(st.sampled_from(["touch", "remove", "add"]), st.integers(0, 30)), max_size=12)


@given(st.lists(st.integers(0, 12), max_size=12), changes, st.integers(1, 3), st.booleans())
def test_nothing_is_passed_over_that_comes_goes_or_changes_while_a_list_by_time_is_read(
    times: list[int], plan: list[tuple[str, int]], more: int, says_pages: bool
) -> None:
    size = max(Counter(times).values(), default=0) + more  # a page holds more than one moment
    shelf = dict(enumerate(times))
    untouched, clock, coming = dict(shelf), 100, iter(plan)

    def records() -> list[dict[str, int]]:
        nonlocal clock
        for what, which in [each for each in [next(coming, None)] if each is not None]:
            clock += 1
            if what == "add":
                shelf[1000 + clock] = clock
            elif which in shelf:
                untouched.pop(which, None)
                del shelf[which]
                if what == "touch":
                    shelf[which] = clock
        return [{"id": number, "at": time} for number, time in shelf.items()]

    header = {"header": "X-Pages"} if says_pages else {}
    seen, _ = walk(of("keyset", **BY_TIME, **header), records, f"limit={size}")
    assert untouched.items() <= {(each["id"], each["at"]) for each in seen}


@pytest.mark.parametrize(("count", "pages"), [(0, 1), (1, 1), (2, 2), (3, 2), (4, 3), (5, 3)])
def test_a_statement_goes_on_until_a_page_is_not_full(count: int, pages: int) -> None:
    query = urlencode(
        {
            "minor": "75",
            "q": "select * from A where B = 'STARTPOSITION 9 MAXRESULTS 1' STARTPOSITION 1 MAXRESULTS 2",
        }
    )
    seen, asked = walk(of("statement", **BY_TEXT), lambda: range(count), query)
    assert (seen, len(asked)) == (list(range(count)), pages)
    assert [each["q"].rsplit("'")[-1] for each in asked] == [
        f" STARTPOSITION {1 + 2 * page} MAXRESULTS 2" for page in range(pages)
    ]
    assert {each["minor"] for each in asked} == {"75"}


def test_a_statement_that_does_not_say_its_page_is_refused() -> None:
    request = Request("GET", f"https://a.example/o?{urlencode({'q': 'select * from A MAXRESULTS 2'})}")
    with pytest.raises(ConnectionFailed, match="does not end with STARTPOSITION and MAXRESULTS"):
        of("statement", **BY_TEXT).next(request, Answer(200, {}, b"{}"), [1, 2])
