"""The target of effects: what each strategy does with a key, and what each fault does to a request."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from engine import source
from engine.connector_file import load
from engine.registry import Registry
from tests.faults.target import Target, connectors
from tests.faults.target.client import ROOT
from tests.faults.target.faults import FAULTS
from tests.faults.target.store import STRATEGIES

NATIVE = [name for name, strategy in STRATEGIES.items() if strategy.native]
SHORT = 0.05
"""Seconds that a test waits for what must not come."""
LATE = 0.25
"""Seconds of a fault whose end a test waits for; long enough to look before it."""
LONG = 30
"""Seconds of a fault whose end no test sees."""


@pytest.fixture(scope="module")
def running() -> Iterator[Target]:
    with Target() as target:
        yield target


@pytest.fixture
def target(running: Target) -> Target:
    running.reset()
    return running


class Told(NamedTuple):
    """An answer."""

    status: int
    text: bytes
    headers: dict[str, str]

    @property
    def data(self) -> Any:
        return json.loads(self.text)

    @property
    def code(self) -> tuple[int, str]:
        return self.status, self.data["error"]["code"]


def ask(target: Target, method: str, path: str, body: bytes = b"", **headers: str) -> Told:
    connection = http.client.HTTPConnection("127.0.0.1", target.port, timeout=10)
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return Told(
            answer.status, answer.read(), {name.lower(): value for name, value in answer.getheaders()}
        )
    finally:
        connection.close()


def sent(strategy: str, key: str, **fields: str) -> tuple[str, bytes, dict[str, str]]:
    """Return path, body and headers of a note or a message with *key* where the strategy has it."""
    note = {"text": "paper", "amount": "12.50", **fields}
    path = f"/{strategy}/{STRATEGIES[strategy].things}"
    headers = {}
    match strategy:
        case "header":
            headers["Idempotency-Key"] = key
        case "query":
            path += f"?requestid={key}"
        case "body":
            note["external_id"] = key
        case "find":
            note["reference"] = key
        case _:
            headers["X-Effect-Key"] = key
    return path, json.dumps(note).encode(), headers


def post(target: Target, strategy: str, key: str, **fields: str) -> Told:
    path, body, headers = sent(strategy, key, **fields)
    return ask(target, "POST", path, body, **headers)


def started(target: Target, strategy: str, key: str) -> socket.socket:
    """Post over a plain socket and return it when the target has the request, answered or not."""
    before = len(target.log())
    path, body, headers = sent(strategy, key)
    lines = [f"POST {path} HTTP/1.1", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    line = socket.create_connection(("127.0.0.1", target.port), 10)
    line.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
    over = time.monotonic() + 10
    while len(target.log()) == before:
        assert time.monotonic() < over, "the request did not arrive"
    return line


def raw(target: Target, strategy: str, key: str) -> bytes:
    """Post over a plain socket and return every byte until the target closes."""
    with started(target, strategy, key) as line:
        return b"".join(iter(lambda: line.recv(65536), b""))


def stays_silent(line: socket.socket) -> bool:
    """Whether nothing comes over *line*, nor its end."""
    line.settimeout(SHORT)
    try:
        line.recv(1)
    except TimeoutError:
        return True
    return False


def made(target: Target, key: str) -> list[str]:
    return [effect["id"] for effect in target.effects().get(key, [])]


def found(target: Target, key: str) -> list[str]:
    return [note["id"] for note in ask(target, "GET", f"/find/notes?reference={key}").data["notes"]]


# Strategies


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_post_creates_and_is_answered_with_its_id_and_its_body(target: Target, strategy: str) -> None:
    told = post(target, strategy, "k1", text="a lamp", amount="7.00")
    assert told.status == 201
    assert told.headers["content-type"] == "application/json"
    assert told.data.items() >= {"id": "n1", "text": "a lamp", "amount": "7.00"}.items()
    assert target.effects() == {"k1": [{"id": "n1", "amount": "7.00", "strategy": strategy}]}
    assert ask(target, "GET", f"/{strategy}/{STRATEGIES[strategy].things}/n1").text == told.text


def test_a_number_in_a_body_is_answered_as_it_came(target: Target) -> None:
    body = b'{"text": "paper", "amount": "1", "weight": 12.50}'
    assert b'"weight":12.50}' in ask(target, "POST", "/none/notes", body).text


@pytest.mark.parametrize("strategy", NATIVE)
def test_a_native_key_gives_the_stored_answer_again_and_creates_nothing(
    target: Target, strategy: str
) -> None:
    first, other, again = (post(target, strategy, key) for key in ("k1", "k2", "k1"))
    assert again[:2] == first[:2]
    assert other.data["id"] != first.data["id"]
    assert (made(target, "k1"), made(target, "k2")) == (["n1"], ["n2"])


@pytest.mark.parametrize("strategy", NATIVE)
def test_a_native_key_with_another_body_is_refused(target: Target, strategy: str) -> None:
    post(target, strategy, "k1")
    assert post(target, strategy, "k1", amount="13.00").code == (409, "key_reused")
    assert made(target, "k1") == ["n1"]


def test_the_same_key_is_another_one_under_another_strategy(target: Target) -> None:
    assert [post(target, strategy, "k1").data["id"] for strategy in NATIVE] == ["n1", "n2", "n3"]


@pytest.mark.parametrize("strategy", ["find", "none", "notify"])
def test_without_a_native_key_each_post_creates(target: Target, strategy: str) -> None:
    assert [post(target, strategy, "k1").data["id"] for _ in range(2)] == ["n1", "n2"]
    assert made(target, "k1") == ["n1", "n2"]


@pytest.mark.parametrize("strategy", ["none", "notify"])
def test_a_key_that_no_header_says_is_counted_from_the_reference(target: Target, strategy: str) -> None:
    body = b'{"text": "paper", "amount": "1", "reference": "k9"}'
    ask(target, "POST", f"/{strategy}/{STRATEGIES[strategy].things}", body)
    assert made(target, "k9") == ["n1"]


def test_find_lists_the_notes_that_carry_the_reference(target: Target) -> None:
    for key in ("k1", "k2", "k1"):
        post(target, "find", key)
    post(target, "none", "k1")
    assert (found(target, "k1"), found(target, "k3")) == (["n1", "n3"], [])
    assert ask(target, "GET", "/find/notes?reference=k2").data["notes"][0]["reference"] == "k2"
    assert len(ask(target, "GET", "/find/notes").data["notes"]) == 3


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"text": ', (400, "bad_json")),
        (b'{"text": 1, "amount": "1"}', (422, "validation")),
        (b'{"text": "paper", "amount": 12.5}', (422, "validation")),
        (b'{"text": "paper"}', (422, "validation")),
        (b'{"text": "paper", "amount": "1", "reference": 1}', (422, "validation")),
    ],
)
def test_what_is_no_note_is_refused_and_not_counted(
    target: Target, body: bytes, code: tuple[int, str]
) -> None:
    assert ask(target, "POST", "/none/notes", body).code == code
    assert target.effects() == {}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/elsewhere/notes", 404), ("GET", "/none/notes/n1", 404), ("PUT", "/none/notes", 405),
     ("POST", "/none/messages", 405), ("GET", "/none/notes", 404)],
)  # fmt: skip
def test_what_is_not_served_is_refused(target: Target, method: str, path: str, status: int) -> None:
    assert ask(target, method, path).status == status


def test_the_sums_are_exact_and_of_each_strategy(target: Target) -> None:
    for key, amount in (("k1", "0.10"), ("k2", "0.20"), ("k3", "-1000000000000000000.01")):
        post(target, "none", key, amount=amount)
    post(target, "header", "k1", amount="5")
    ask(target, "POST", "/notify/messages", b'{"text": "hello"}')
    assert target.sums() == {
        "none": Decimal("-999999999999999999.71"),
        "header": Decimal(5),
        "notify": Decimal(0),
    }


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_records_are_served_in_pages_as_they_were_given(target: Target, strategy: str) -> None:
    target.records([{"id": 1, "amount": 12.5}, {"id": 2}, {"id": 3}])
    first = ask(target, "GET", f"/{strategy}/records?limit=2")
    assert first.text == b'{"records":[{"id": 1, "amount": 12.5},{"id": 2}],"next":2}'
    assert ask(target, "GET", f"/{strategy}/records?after=2&limit=2").data == {
        "records": [{"id": 3}],
        "next": None,
    }
    assert ask(target, "GET", f"/{strategy}/records?limit=3").data["next"] is None
    assert ask(target, "GET", f"/{strategy}/records?limit=0").code == (422, "validation")


# The connection


def test_a_connection_is_kept_and_takes_requests_that_come_in_pieces_or_together(target: Target) -> None:
    body = b'{"text": "paper", "amount": "1"}'
    request = b"POST /none/notes HTTP/1.1\r\nX-Effect-Key: k1\r\nContent-Length: %d\r\n\r\n%s" % (
        len(body),
        body,
    )
    last = request.replace(b"k1\r\n", b"k2\r\nConnection: close\r\n")
    target.arm({"match": {"nth": 2}, "do": {"delay": SHORT}})
    with socket.create_connection(("127.0.0.1", target.port), 10) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in (request[:20], request[20:-5], request[-5:] + request + last):
            line.sendall(piece)
        told = b"".join(iter(lambda: line.recv(65536), b""))
    assert told.count(b"HTTP/1.1 201 Created") == 3
    assert (made(target, "k1"), made(target, "k2")) == (["n1", "n2"], ["n3"])


@pytest.mark.parametrize(
    "head",
    [b"GET\r\n\r\n", b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
     b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", b"x" * 70_000],
)  # fmt: skip
def test_what_is_no_request_is_refused_and_the_connection_closed(target: Target, head: bytes) -> None:
    with socket.create_connection(("127.0.0.1", target.port), 10) as line:
        line.sendall(head)
        assert b"".join(iter(lambda: line.recv(65536), b"")).startswith(b"HTTP/1.1 400 ")


KILLED = """
import os, signal, socket, sys
for _ in range(20):
    line = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    body = b'{"text": "paper", "amount": "1"}'
    line.sendall(b"POST /none/notes HTTP/1.1\\r\\nX-Effect-Key: k1\\r\\nContent-Length: %d" % len(body))
    line.sendall(b"\\r\\n\\r\\n" + body)
    if sys.argv[2] == "half":
        line.sendall(b"POST /none/notes HTTP/1.1\\r\\nContent-Length: 99\\r\\n\\r\\n{")
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("how", ["whole", "half"])
def test_it_survives_clients_that_are_killed(target: Target, how: str) -> None:
    target.arm({"do": {"delay": SHORT}})
    done = subprocess.run([sys.executable, "-c", KILLED, str(target.port), how], check=False, timeout=30)
    assert done.returncode == -signal.SIGKILL
    target.arm()
    assert post(target, "none", "k2").status == 201
    target.settle()
    assert len(made(target, "k1")) == 20


# Faults


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_lose_commits_and_closes_without_an_answer(target: Target, strategy: str) -> None:
    target.arm({"do": "lose"})
    assert raw(target, strategy, "k1") == b""
    assert made(target, "k1") == ["n1"]


def test_hold_commits_and_never_answers(target: Target) -> None:
    target.arm({"do": "hold"})
    with started(target, "none", "k1") as line:
        assert stays_silent(line)
    assert made(target, "k1") == ["n1"]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_commit_late_closes_at_once_and_commits_when_the_client_has_gone(
    target: Target, strategy: str
) -> None:
    target.arm({"match": {"nth": 1}, "do": {"commit_late": LATE}})
    assert raw(target, strategy, "k1") == b""
    assert made(target, "k1") == []
    target.settle()
    assert made(target, "k1") == ["n1"]
    assert target.log()[0]["made"] == "n1"


def test_commit_late_can_keep_its_client_waiting(target: Target) -> None:
    target.arm({"do": {"commit_late": LATE, "hold": True}})
    with started(target, "none", "k1") as line:
        assert stays_silent(line)
    assert made(target, "k1") == []
    target.settle()
    assert made(target, "k1") == ["n1"]


@pytest.mark.parametrize(("strategy", "times"), [*((name, 1) for name in NATIVE), ("find", 2), ("none", 2)])
def test_a_late_commit_that_was_overtaken_is_made_twice_only_without_a_native_key(
    target: Target, strategy: str, times: int
) -> None:
    target.arm({"match": {"nth": 1}, "do": {"commit_late": LATE}})
    raw(target, strategy, "k1")
    assert post(target, strategy, "k1").status == 201
    target.settle()
    assert len(made(target, "k1")) == times


def test_find_late_shows_a_note_only_after_its_time(target: Target) -> None:
    target.arm({"match": {"method": "POST"}, "do": {"find_late": LATE}})
    assert post(target, "find", "k1").status == 201
    assert (made(target, "k1"), found(target, "k1")) == (["n1"], [])
    assert ask(target, "GET", "/find/notes").data["notes"] == []
    target.settle()
    assert found(target, "k1") == ["n1"]


def test_several_faults_hold_together(target: Target) -> None:
    target.arm({"match": {"method": "POST"}, "do": {"find_late": LONG, "lose": True}})
    assert raw(target, "find", "k1") == b""
    assert (made(target, "k1"), found(target, "k1")) == (["n1"], [])
    assert target.log()[0]["did"] == "find_late+lose"


def test_cut_promises_the_whole_answer_and_sends_half_of_its_body(target: Target) -> None:
    target.arm({"do": "cut"})
    head, _, body = raw(target, "none", "k1").partition(b"\r\n\r\n")
    length = re.search(rb"Content-Length: (\d+)", head)
    assert length is not None
    assert head.startswith(b"HTTP/1.1 201 ")
    assert len(body) == int(length[1]) // 2
    assert body.startswith(b'{"id":')
    assert made(target, "k1") == ["n1"]


@pytest.mark.parametrize(("fault", "ids"), [("reset", []), ("reset_after", ["n1"])])
def test_reset_breaks_the_connection_off(target: Target, fault: str, ids: list[str]) -> None:
    target.arm({"do": fault})
    with pytest.raises(ConnectionResetError):
        raw(target, "none", "k1")
    assert made(target, "k1") == ids


def test_delay_commits_first_and_answers_after_its_time(target: Target) -> None:
    target.arm({"match": {"nth": 1}, "do": {"delay": LONG}}, {"match": {"nth": 2}, "do": {"delay": SHORT}})
    with started(target, "none", "k1") as line:
        assert stays_silent(line)
        assert made(target, "k1") == ["n1"]
    before = time.monotonic()
    assert post(target, "none", "k2").status == 201
    assert time.monotonic() - before >= SHORT


def test_throttle_says_when_to_come_back_in_seconds_as_a_date_or_not_at_all(target: Target) -> None:
    told = []
    for setting in (True, {"seconds": 2}, {"date": 90}):
        target.arm({"do": {"throttle": setting}})
        told.append(post(target, "none", "k1"))
    assert [each.code for each in told] == [(429, "throttled")] * 3
    plain, seconds, date = (each.headers.get("retry-after") for each in told)
    assert (plain, seconds) == (None, "2")
    assert 80 < parsedate_to_datetime(date or "").timestamp() - time.time() <= 90
    assert str(date).endswith(" GMT")  # RFC 9110, 5.6.7
    assert target.effects() == {}


@pytest.mark.parametrize("status", [500, 503])
def test_status_answers_an_error_as_json(target: Target, status: int) -> None:
    target.arm({"do": {"status": status}})
    assert post(target, "none", "k1").code == (status, "failed")
    assert target.effects() == {}


def test_after_commit_commits_what_is_then_said_to_have_failed(target: Target) -> None:
    target.arm({"do": {"after_commit": True, "status": 500}})
    assert post(target, "none", "k1").status == 500
    assert made(target, "k1") == ["n1"]


def test_login_page_answers_200_with_a_page_and_commits_nothing(target: Target) -> None:
    target.arm({"do": "login_page"})
    told = post(target, "none", "k1")
    assert (told.status, told.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert b"<form" in told.text
    assert target.effects() == {}


def test_wrong_json_commits_and_answers_200_with_json_that_stops(target: Target) -> None:
    target.arm({"do": "wrong_json"})
    assert post(target, "none", "k1")[:2] == (200, b'{"id": ')
    assert made(target, "k1") == ["n1"]


def test_error_in_200_commits_nothing(target: Target) -> None:
    target.arm({"do": "error_in_200"})
    assert post(target, "none", "k1").code == (200, "validation")
    assert target.effects() == {}


def test_ignore_filter_lists_all_notes(target: Target) -> None:
    for key in ("k1", "k2"):
        post(target, "find", key)
    target.arm({"match": {"method": "GET"}, "do": "ignore_filter"})
    assert found(target, "k9") == ["n1", "n2"]


@pytest.mark.parametrize(
    ("strategy", "ids"), [("header", ["n1", "n3"]), ("query", ["n1", "n3"]), ("body", ["n1"])]
)
def test_forget_ends_the_lifetime_of_keys_but_of_those_in_the_body(
    target: Target, strategy: str, ids: list[str]
) -> None:
    post(target, strategy, "k1")
    kept = "query" if strategy == "header" else "header"
    post(target, kept, "k2")
    target.arm({"match": {"strategy": strategy}, "do": "forget"})
    assert post(target, strategy, "k1").data["id"] == ids[-1]
    assert made(target, "k1") == ids
    assert (post(target, kept, "k2").data["id"], made(target, "k2")) == ("n2", ["n2"])


@pytest.mark.parametrize("strategy", NATIVE)
def test_in_progress_refuses_the_key_until_its_first_request_is_done(target: Target, strategy: str) -> None:
    target.arm({"do": {"in_progress": LATE}})
    with started(target, strategy, "k1") as line:
        assert post(target, strategy, "k1").code == (409, "in_progress")
        assert made(target, "k1") == []
        assert line.recv(65536).startswith(b"HTTP/1.1 201 ")
    assert made(target, "k1") == ["n1"]
    target.arm({"do": {"in_progress": LONG}})
    assert post(target, strategy, "k1").data["id"] == "n1"


def test_in_progress_goes_on_when_the_client_has_gone(target: Target) -> None:
    target.arm({"do": {"in_progress": LATE}})
    started(target, "header", "k1").close()
    assert made(target, "k1") == []
    target.settle()
    assert made(target, "k1") == ["n1"]


@pytest.mark.parametrize("strategy", NATIVE)
def test_duplicate_refuses_a_known_key_in_place_of_the_stored_answer(target: Target, strategy: str) -> None:
    target.arm({"do": "duplicate"})
    assert post(target, strategy, "k1").status == 201
    assert post(target, strategy, "k1").code == (409, "duplicate")
    assert made(target, "k1") == ["n1"]


# Rules


def statuses(target: Target, count: int, strategy: str = "none") -> list[int]:
    return [post(target, strategy, f"k{number}").status for number in range(count)]


def test_nth_is_counted_from_now_and_fires_once(target: Target) -> None:
    statuses(target, 2)
    target.arm({"match": {"nth": 2}, "do": {"status": 503}})
    assert statuses(target, 4) == [201, 503, 201, 201]


def test_every_fires_each_nth_time(target: Target) -> None:
    target.arm({"match": {"every": 2}, "do": {"status": 503}})
    assert statuses(target, 5) == [201, 503, 201, 503, 201]


def test_probability_is_the_same_for_the_same_seed(target: Target) -> None:
    rows = []
    for seed in (1, 1, 2):
        target.arm({"match": {"probability": 0.5, "seed": seed}, "do": {"status": 503}})
        rows.append(statuses(target, 30))
    assert rows[0] == rows[1] != rows[2]
    assert 5 < rows[0].count(503) < 25


@pytest.mark.parametrize(
    ("match", "hit"),
    [({"method": "POST"}, (503, 503, 404)), ({"strategy": "find"}, (201, 503, 404)), ({"key": "k1"}, (503, 503, 404)),
     ({"key": "k2"}, (201, 201, 404)), ({}, (503, 503, 503)), ({"method": "GET"}, (201, 201, 503))],
)  # fmt: skip
def test_a_rule_meets_what_it_matches(
    target: Target, match: dict[str, str], hit: tuple[int, int, int]
) -> None:
    target.arm({"match": match, "do": {"status": 503}})
    told = (post(target, "none", "k1"), post(target, "find", "k1"), ask(target, "GET", "/none/notes/n9"))
    assert tuple(each.status for each in told) == hit


def test_the_first_rule_that_fires_decides_and_all_count(target: Target) -> None:
    target.arm(
        *({"match": {"nth": nth}, "do": {"status": 500 + nth}} for nth in (1, 2)), {"do": {"status": 599}}
    )
    assert statuses(target, 3) == [501, 502, 599]


def test_arming_again_replaces_the_rules(target: Target) -> None:
    target.arm({"do": {"status": 503}})
    target.arm()
    assert statuses(target, 1) == [201]


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ({"do": "loose"}, "there is no fault 'loose'"),
        ({"do": {}}, "do is the name of a fault"),
        ({"match": {}}, "a rule is"),
        ({"do": "lose", "when": 1}, "a rule is"),
        ({"do": "delay"}, "delay takes seconds above 0"),
        ({"do": {"commit_late": -1}}, "commit_late takes seconds above 0"),
        ({"do": {"lose": 3}}, "lose takes true or nothing"),
        ({"do": {"status": 200}}, "status takes a status from 400 to 599"),
        ({"do": {"throttle": {"seconds": 1, "date": 1}}}, "throttle takes"),
        ({"match": {"strategie": "find"}, "do": "lose"}, "match is an object of"),
        ({"match": {"strategy": "fnid"}, "do": "lose"}, "a strategy of header, query"),
        ({"match": {"method": "post"}, "do": "lose"}, "a method is of GET, POST"),
        ({"match": {"nth": 0}, "do": "lose"}, "nth is a whole number from 1"),
        ({"match": {"nth": 1, "every": 2}, "do": "lose"}, "only one of"),
        ({"match": {"probability": 0.5}, "do": "lose"}, "probability and seed belong together"),
        ({"match": {"probability": 2, "seed": 1}, "do": "lose"}, "from 0 to 1"),
    ],
)
def test_a_rule_that_is_none_is_refused(target: Target, rule: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=re.escape(told)):
        target.arm(rule)


def test_every_fault_has_a_test() -> None:
    text = Path(__file__).read_text("utf-8")
    assert [name for name in FAULTS if f'"{name}"' not in text] == []


# The control


def test_the_log_says_what_was_done_with_each_request_in_its_order(target: Target) -> None:
    target.arm({"match": {"nth": 2}, "do": "lose"})
    post(target, "header", "k1")
    raw(target, "none", "k2")
    ask(target, "GET", "/find/notes?reference=k3")
    ask(target, "GET", "/elsewhere")
    log = target.log()
    seconds = [entry.pop("seconds") for entry in log]
    assert seconds == sorted(seconds)
    names = ("method", "path", "key", "did", "status", "made")
    assert [tuple(entry[name] for name in names) for entry in log] == [
        ("POST", "/header/notes", "k1", "plain", 201, "n1"),
        ("POST", "/none/notes", "k2", "lose", None, "n2"),
        ("GET", "/find/notes", "k3", "plain", 200, None),
        ("GET", "/elsewhere", "", "plain", 404, None),
    ]


def test_reset_empties_it_and_what_is_late_does_not_come_after_it(target: Target) -> None:
    target.records([{"id": 1}])
    target.arm({"do": {"commit_late": LATE}})
    raw(target, "header", "k1")
    target.reset()
    target.arm({"match": {"method": "POST"}, "do": {"commit_late": 2 * LATE}})
    raw(target, "header", "k2")
    target.settle()
    assert list(target.effects()) == ["k2"]
    assert [entry["key"] for entry in target.log()] == ["k2"]
    assert ask(target, "GET", "/none/records").data["records"] == []


def test_a_control_that_is_none_is_refused(target: Target) -> None:
    with pytest.raises(ValueError, match="there are POST /control/faults"):
        target.control("efects")
    with pytest.raises(ValueError, match="a list of rules"):
        target.control("faults", {"do": "lose"})
    with pytest.raises(ValueError, match="array"):
        target.control("records", {"id": 1})


def closes(line: socket.socket) -> bool:
    """Whether the other side of *line* goes away, without a word."""
    line.settimeout(10)
    try:
        return line.recv(1) == b""
    except ConnectionResetError:
        return True


def test_it_stops_when_its_block_ends_and_at_sigterm() -> None:
    with Target() as one, socket.create_connection(("127.0.0.1", one.port), 10) as line:
        assert post(one, "none", "k1").status == 201
        os.kill(one.pid, signal.SIGTERM)
        assert closes(line)
    with Target() as other:
        port = other.port
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 1)


ORPHANING = """
import sys
from tests.faults.target import Target
with Target() as target:
    print(target.port, flush=True)
    sys.stdin.read()
"""


def test_it_stops_when_who_started_it_is_killed() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", ORPHANING], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as starter:
        assert starter.stdout is not None
        port = int(starter.stdout.readline())
        with socket.create_connection(("127.0.0.1", port), 10) as line:
            starter.kill()
            assert closes(line)


# Changes


def test_a_put_takes_the_place_of_a_note_once_for_each_key(target: Target) -> None:
    post(target, "header", "k1")
    _, body, headers = sent("header", "k2", amount="13.00")
    for _ in range(2):
        told = ask(target, "PUT", "/header/notes/n1", body, **headers)
        assert (told.status, told.data["amount"]) == (200, "13.00")
    assert target.documents("header") == [{"id": "n1", "text": "paper", "amount": "13.00"}]
    assert made(target, "k2") == ["n1"]


def test_a_note_that_is_voided_stands_no_more_and_the_key_of_the_voiding_is_known(target: Target) -> None:
    post(target, "header", "k1")
    for _ in range(2):
        voided = ask(target, "POST", "/header/notes/n1/void", b"", **{"Idempotency-Key": "k2"})
        assert (voided.status, voided.data) == (200, {"id": "n1"})
    assert target.documents("header") == []
    assert ask(target, "POST", "/header/notes/n1/void", b"", **{"Idempotency-Key": "k3"}).status == 404
    assert ask(target, "GET", "/header/notes/n1").status == 404


def test_a_note_is_found_by_the_reference_that_it_carries_now(target: Target) -> None:
    post(target, "find", "k1")
    _, body, headers = sent("find", "k2")
    ask(target, "PUT", "/find/notes/n1", body, **headers)
    assert (found(target, "k1"), found(target, "k2")) == ([], ["n1"])
    ask(target, "POST", "/find/notes/n1/void")
    assert found(target, "k2") == []


@pytest.mark.parametrize("commits", [True, False])
def test_faults_meet_changes_too(target: Target, commits: bool) -> None:
    post(target, "header", "k1")
    target.arm({"match": {"method": "PUT"}, "do": "lose" if commits else "reset"})
    _, body, headers = sent("header", "k2", amount="13.00")
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        ask(target, "PUT", "/header/notes/n1", body, **headers)
    assert target.documents("header")[0]["amount"] == ("13.00" if commits else "12.50")


# Connectors


def test_each_strategy_has_a_connector_that_declares_how_its_key_is_carried(tmp_path: Path) -> None:
    entries = connectors.write(tmp_path, "http://127.0.0.1:40001")
    assert list(entries) == [*STRATEGIES, *connectors.SHIPPED]
    for name in connectors.SHIPPED:
        del entries[name]
    written = {}
    for strategy, entry in entries.items():
        text = (tmp_path / "connectors" / entry["connector"] / "connector.yaml").read_text("utf-8")
        read = source.read(text, "connector.yaml")
        assert not read.found
        written[strategy] = read.data
    writes = {
        strategy: operation["idempotency"]
        for strategy, data in written.items()
        for operation in data["operations"].values()
        if operation["effect"] in ("create", "notify")
    }
    find = writes.pop("find")["find"]
    assert writes == {
        "header": {"header": "Idempotency-Key", "lifetime": "24h"},
        "query": {"query": "requestid", "lifetime": "24h"},
        "body": {"body": "external_id"},
        "none": "none",
        "notify": "none",
    }
    assert (find["field"], find["uses"], find["with"], find["at"], find["settles_after"]) == (
        "reference", "notes.list", {"reference": "$key"}, "$.reference", "0.2s",
    )  # fmt: skip
    assert written["find"]["operations"]["notes.list"]["path"] == "/find/notes"
    assert written["notify"]["operations"]["messages.send"]["effect"] == "notify"
    assert {data["timeout"] for data in written.values()} == {"0.2s"}


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_what_the_connectors_say_in_the_words_of_before_is_understood(tmp_path: Path, strategy: str) -> None:
    connectors.write(tmp_path, "http://127.0.0.1:40001")
    name = f"target-{strategy}"
    path = tmp_path / "connectors" / name / "connector.yaml"
    data = json.loads(path.read_text("utf-8"))
    del data["timeout"]
    for operation in data["operations"].values():
        if operation["effect"] != "read":
            operation["idempotency"] = "none"
    path.write_text(json.dumps(data), "utf-8")
    connector = load(name, Registry(connectors=[tmp_path / "connectors"]))
    assert connector.identity == ("account",)
    assert {operation.path.split("/")[1] for operation in connector.operations.values()} == {strategy}
