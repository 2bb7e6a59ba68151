"""GraphQL queries over HTTP: pages by a cursor, errors inside a 200, points that run out, answers that are lost."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.actions.operation import read as read_once
from engine.actions.patience import Patience
from engine.budgets import Alone, Around, Budget, Budgets
from engine.connector import Connector, Operation, Param
from engine.errors import ConnectionFailed, RecordError
from engine.graphql import Query
from engine.http import Http
from engine.keys import Identity
from engine.limits.bucket import Bucket
from engine.limits.bucket import Params as BucketParams
from engine.paging.cursor import CursorPaging, Params
from engine.paths import compile_path
from engine.policy import Bounds, ErrorRule, Limit, Retry
from engine.recipe import Use
from engine.schema import Validator
from engine.wire import Answer, Request
from engine.world import Target
from tests.http.scripted import Script, Scripted, answer, reset, serving

TEXT = "query Q($first: Int!, $after: String, $since: String) { orders { nodes { id } } }"
PAGED = {
    "cursor": "$.data.orders.pageInfo.endCursor", "more": "$.data.orders.pageInfo.hasNextPage", "to": "after",
    "in": "variables", "size": "first",
}  # fmt: skip
ORDERS = Operation(
    "orders.query",
    "read",
    "",
    "POST",
    "/graphql.json",
    params={
        "size": Param("size", "variables", {"type": "integer"}, default=2),
        "since": Param("since", "variables", {"type": "string"}),
    },
    records=compile_path("$.data.orders.nodes"),
    paging=("cursor", PAGED),
    graphql=Query(TEXT, {"first": True}, {"first": "{size}", "since": "updated_at:>='{since}'"}),
)
ERRORS = (
    ErrorRule("throttled", at=compile_path("$.errors[?@.extensions.code == 'THROTTLED']")),
    ErrorRule("auth", at=compile_path("$.errors[*].extensions.code"), equals="ACCESS_DENIED"),
)
CONNECTOR = Connector("shop", Path(), "", "http", operations={ORDERS.name: ORDERS}, errors=ERRORS)
ANSWERS = {
    "cost": {"at": "$.cost.requested"},
    "remaining": {"at": "$.cost.available"},
    "rate": {"at": "$.cost.restore"},
}
POINTS = {"limit": 2000, "rate": 100, "answers": ANSWERS}


class Clock:
    """Notes pauses of the recipe, and what was waited for the budget; goes on by them, and by nothing else."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self.waited = self.now = 0.0

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    async def wait(self, seconds: float) -> None:
        self.waited += seconds
        self.now += seconds


def read(
    server: Scripted,
    given: Any = None,
    *,
    clock: Clock | None = None,
    operation: Operation = ORDERS,
    tries: int = 3,
) -> Any:
    clock = clock or Clock()
    patience = Patience(Retry(tries, 2.0, 60.0), clock.sleep, lambda: 1.0)
    points = Budget(Limit("points", "bucket", POINTS), Bucket(BucketParams.model_validate(POINTS)))

    async def run() -> Any:
        http = Http(server.url, bounds=Bounds(seconds=30))
        pagings = {operation.name: CursorPaging(Params.model_validate(PAGED))} if operation.paging else {}
        around = Around(lambda: clock.now, sleep=clock.wait)
        budgets = Budgets("shop", [points], Alone(lambda: clock.now), around)
        target = Target(http, Identity("shop"), server.url, pagings, budgets=budgets)
        use = Use("shop", CONNECTOR, operation, Validator(operation.params_schema))
        try:
            return await read_once(use, target, given or {}, "/reads/0", patience)
        finally:
            await budgets.close()
            await http.close()

    return asyncio.run(run())


def body(value: Any) -> bytes:
    return answer(json.dumps(value).encode())


def page(*nodes: Any, after: str | None = None, cost: Mapping[str, Any] | None = None) -> bytes:
    info = {"hasNextPage": after is not None, "endCursor": after or "end"}
    return body({"data": {"orders": {"nodes": list(nodes), "pageInfo": info}}, "cost": cost or {}})


def refused(code: str, **more: Any) -> bytes:
    error = {"message": f"because of {code}", "extensions": {"code": code}}
    return body({"errors": [{"message": "other"}, error], **more})


def variables(server: Scripted) -> list[Any]:
    return [json.loads(each.body)["variables"] for each in server.received]


def test_the_query_is_posted_with_its_variables_and_the_cursor_leads_on() -> None:
    with serving(page(1, 2, after="b"), page(3)) as server:
        assert read(server, {"since": "2026-11-01"}) == [1, 2, 3]
        assert [(each.method, each.target) for each in server.received] == [("POST", "/graphql.json")] * 2
        assert {json.loads(each.body)["query"] for each in server.received} == {TEXT}
        since = "updated_at:>='2026-11-01'"
        assert variables(server) == [{"first": 2, "since": since}, {"first": 2, "since": since, "after": "b"}]


def test_a_list_without_entries_is_read() -> None:
    with serving(page()) as server:
        assert read(server) == []


def test_pages_that_come_again_and_again_are_stopped() -> None:
    with serving(page(1, after="b")) as server:
        with pytest.raises(ConnectionFailed, match="again and again"):
            read(server)
        assert len(server.received) == 2


@pytest.mark.parametrize(
    ("info", "message"),
    [
        ({"hasNextPage": True, "endCursor": None}, r"null at \$\.data\.orders\.pageInfo\.endCursor, where a cursor"),
        ({"hasNextPage": True}, "nothing at .*endCursor, where a cursor is wanted"),
        ({"hasNextPage": True, "endCursor": {}}, "a mapping at .*endCursor"),
        ({"endCursor": "b"}, "nothing at .*hasNextPage, where true or false is wanted"),
        ({"hasNextPage": "false"}, "text at .*hasNextPage"),
    ],
)  # fmt: skip
def test_a_list_that_does_not_say_how_it_goes_on_is_an_error_and_not_the_end(info: Any, message: str) -> None:
    with serving(body({"data": {"orders": {"nodes": [1], "pageInfo": info}}})) as server:
        with pytest.raises(ConnectionFailed, match=message) as failed:
            read(server)
        assert failed.value.help


def test_an_answer_lost_on_its_way_is_asked_for_again_as_the_post_is_a_read() -> None:
    clock = Clock()
    with serving(page(1, after="b"), reset, page(2)) as server:
        assert read(server, clock=clock) == [1, 2]
        assert clock.slept == [2.0]
        assert variables(server)[1] == variables(server)[2]


def test_a_redirect_of_the_post_is_refused() -> None:
    moved = answer(status="307 Temporary Redirect", location="/elsewhere")
    with serving(moved) as server, pytest.raises(Exception, match="answered a POST with a redirect"):
        read(server)


def test_a_throttled_answer_is_waited_for_exactly_as_long_as_it_says() -> None:
    clock = Clock()
    lacking = {"requested": 500, "available": 100, "restore": 50}
    with serving(refused("THROTTLED", cost=lacking), page(1)) as server:
        assert read(server, clock=clock) == [1]
    assert clock.slept == [8.0]


@pytest.mark.parametrize("said", [{}, {"requested": 500, "available": 500, "restore": 50}])
def test_a_throttled_answer_that_says_no_time_is_waited_for_by_the_recipes_own_pauses(said: Any) -> None:
    clock = Clock()
    script: list[Script] = [refused("THROTTLED", cost=said)] * 2
    with serving(*script, page(1)) as server:
        assert read(server, clock=clock) == [1]
    assert clock.slept == [2.0, 4.0]


def test_throttled_too_often_or_for_too_long_stops_the_reading() -> None:
    with serving(refused("THROTTLED")) as server, pytest.raises(ConnectionFailed, match="throttled"):
        read(server)
    clock = Clock()
    slow = {"requested": 500, "available": 100, "restore": 5}  # 80 s, and the recipe allows 60
    with serving(refused("THROTTLED", cost=slow)) as server:
        with pytest.raises(ConnectionFailed, match="throttled") as failed:
            read(server, clock=clock)
        assert (failed.value.after, clock.slept, len(server.received)) == (80.0, [], 1)


def test_the_next_page_waits_until_its_cost_is_there_and_no_longer() -> None:
    clock = Clock()
    lacking = {"requested": 500, "available": 100, "restore": 50}
    enough = {"requested": 500, "available": 500, "restore": 50}
    with serving(
        page(1, after="b", cost=lacking), page(2, after="c", cost=enough), page(3, cost=lacking)
    ) as server:
        assert read(server, clock=clock) == [1, 2, 3]
    assert clock.slept == []
    assert clock.waited == pytest.approx(8.0)


def test_a_next_page_that_is_too_far_off_stops_the_reading() -> None:
    slow = {"requested": 500, "available": 100, "restore": 5}
    with serving(page(1, after="b", cost=slow)) as server:
        with pytest.raises(
            ConnectionFailed, match="'points' of shop is spent until 1970-01-01T00:01:20"
        ) as failed:
            read(server)
        assert (failed.value.may_pass, failed.value.after, len(server.received)) == (True, 80.0, 1)


def test_an_error_among_several_is_found_by_its_code() -> None:
    with serving(refused("ACCESS_DENIED", data={"orders": None})) as server:
        with pytest.raises(ConnectionFailed, match=r"\(auth\)"):
            read(server)
        assert len(server.received) == 1


@pytest.mark.parametrize(
    ("errors", "message"),
    [
        ([{"message": "Field 'x' is not there"}], "Field 'x' is not there"),
        ([{"extensions": {"code": "NEW"}}], '"code":"NEW"'),
        ("went wrong", "went wrong"),
    ],
)
def test_data_beside_errors_that_no_rule_knows_is_never_taken(errors: Any, message: str) -> None:
    whole = {"data": {"orders": {"nodes": [1], "pageInfo": {"hasNextPage": False}}}}
    with serving(body({**whole, "errors": errors})) as server:
        with pytest.raises(RecordError, match=message) as failed:
            read(server)
        assert failed.value.code == "X201"
    with serving(body({**whole, "errors": []})) as server:
        assert read(server) == [1]


def test_what_is_asked_for_by_an_id_that_is_not_there_is_the_records_failure() -> None:
    with serving(body({"data": {"orders": None}})) as server:
        with pytest.raises(RecordError, match=r"nothing is there: \$\.data\.orders is null") as failed:
            read(server)
        assert failed.value.code == "X205"
    with serving(body({"data": None})) as server, pytest.raises(ConnectionFailed, match="no list"):
        read(server)


WHOLE = {"lines": {"more": False}}
CUT = replace(
    ORDERS, paging=None, truncated=(compile_path("$.lines.more"), compile_path("$.refunds[*].lines.more"))
)  # fmt: skip


@pytest.mark.parametrize(
    ("node", "path"),
    [
        ({"lines": {"more": True}, "refunds": []}, r"\$\.lines\.more is true"),
        ({"lines": {}, "refunds": []}, r"\$\.lines\.more says neither"),
        ({"lines": {"more": None}, "refunds": []}, r"\$\.lines\.more says neither"),
        ({"lines": {"more": False}, "refunds": None}, r"\$\.refunds\[\*\]\.lines\.more says neither"),
        ({"lines": {"more": False}, "refunds": [WHOLE, {"lines": {"more": True}}]}, "refunds.* true"),
    ],
)  # fmt: skip
def test_a_record_whose_list_was_cut_short_is_never_taken_for_whole(node: Any, path: str) -> None:
    with serving(page(node)) as server, pytest.raises(RecordError, match=path) as failed:
        read(server, operation=CUT)
    assert (failed.value.code, failed.value.pointer) == ("X207", "/reads/0")
    assert "(size under with)" in failed.value.help


def test_a_record_whose_lists_are_whole_is_taken() -> None:
    node = {"lines": {"more": False}, "refunds": [{"lines": {"more": False}}]}
    with serving(page(node, {"lines": {"more": False}, "refunds": []})) as server:
        assert len(read(server, operation=CUT)) == 2


def next_url(url: str, data: Any, **settings: Any) -> str | None:
    paging = CursorPaging(Params.model_validate({"cursor": "$.next", "to": "cursor"} | settings))
    found = paging.next(Request("GET", url), Answer(200, {}, json.dumps(data).encode()), [])
    return found.url if found else None


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"next": "a b&c"}, "https://a.example/o?limit=5&empty=&empty=2&cursor=a+b%26c"),
        ({"next": 12}, "https://a.example/o?limit=5&empty=&empty=2&cursor=12"),
        ({"next": ""}, None),
        ({"next": None}, None),
        ({}, None),
    ],
)
def test_a_cursor_can_go_into_the_query_of_the_address(data: Any, expected: str | None) -> None:
    assert next_url("https://a.example/o?limit=5&empty=&cursor=old&empty=2", data) == expected


@pytest.mark.parametrize("size", [1, 2, 3, 10])
def test_a_sample_is_served_in_pages_that_the_client_follows(size: int) -> None:
    paging = CursorPaging(Params(cursor="$.next", to="after", size="limit"))
    asked: dict[str, Any] = {"limit": size}
    seen: list[int] = []
    while True:
        served = paging.page([1, 2, 3], asked, "")
        seen += served.records
        answered = {path.steps[-1]: value for path, value in served.fields}
        request = paging.next(
            Request("GET", "https://a.example/"), Answer(200, {}, json.dumps(answered).encode()), []
        )
        if request is None:
            break
        asked["after"] = answered["next"]
    assert seen == [1, 2, 3]
