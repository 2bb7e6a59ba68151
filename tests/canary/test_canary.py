"""A planted secret: every command runs, on good and bad input, against shops that say it back; it shows nowhere."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from click.testing import CliRunner

from engine.commands import main
from tests.fake import Answering, Reply, good, project, shop
from tests.running import PROGRAM, RECIPE, sample

PLAIN = "canary7f3a9e61c2d84b05"
HARD = "cAnary/+=&%41 '\"\\ <secret>~8d51"
SECRETS = pytest.mark.parametrize("secret", [PLAIN, HARD], ids=["plain", "hard"])

CRASHING = """
import sys
from engine.commands import main
from engine.http.connection import Connection
async def crash(self, method, target, headers, body):
    raise RuntimeError(f"{method} {target!r} with {headers!r}")
Connection.ask = crash
main(sys.argv[1:])
"""
CRASHING_RECORD = """
import sys
from engine.commands import main
from engine.interpreter import Interpreter
from engine.secret import Secret
async def crash(self, scope, key, origin, made):
    settings = self.world.targets["shop"].transport._auth._value
    raise RuntimeError("the engine showed " + settings._open() + " of " + repr(scope.roots))
Interpreter.record = crash
main(sys.argv[1:])
"""


def forms(secret: str) -> set[tuple[str, bytes]]:
    """Return what must be found nowhere, each with the name of its form."""
    raw = secret.encode()
    found = {
        ("plain", secret), ("hex", raw.hex()), ("hex", raw.hex().upper()), ("URL path", quote(secret)),
        ("URL", quote(secret, safe="")), ("URL query", quote_plus(secret)), ("JSON", json.dumps(secret)[1:-1]),
        ("JSON", json.dumps(secret, ensure_ascii=False)[1:-1]), ("JSON twice", json.dumps(json.dumps(secret))[3:-3]),
        ("Python", repr(secret)[1:-1]), ("its first half", secret[:12]), ("its second half", secret[-12:]),
    }  # fmt: skip
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + raw).decode().rstrip("=")
        inner = coded[4 if shift else 0 : len(coded) // 4 * 4]
        found |= {("base64", inner), ("base64", inner.replace("+", "-").replace("/", "_"))}
    return {(name, form.encode()) for name, form in found}


def seen(secret: str, *places: bytes | Path) -> list[str]:
    """Name each place where *secret* shows, and in which form."""
    found = []
    for place in places:
        files = [place] if isinstance(place, bytes) else [path for path in place.rglob("*") if path.is_file()]
        for each in files:
            data = each if isinstance(each, bytes) else each.read_bytes()
            name = "output" if isinstance(each, bytes) else str(each)
            found += [
                f"{kind} in {name}: {_around(data, form)!r}" for kind, form in forms(secret) if form in data
            ]
    return found


def _around(data: bytes, form: bytes) -> bytes:
    at = data.index(form)
    return data[max(0, at - 60) : at + 60]


def echoes(secret: str) -> str:
    """Return words with the secret in each form, the way gateways and proxies quote what they refuse."""
    coded = [base64.b64encode(f"{'x' * shift}{secret}:".encode()).decode() for shift in range(3)]
    parts = [
        secret,
        *coded,
        quote(secret, safe=""),
        quote_plus(secret),
        secret.encode().hex(),
        json.dumps(secret),
    ]
    return " | ".join(["denied for", *parts])


def in_words(status: int) -> Answering:
    # 300 characters are kept of an explanation: the padding lets the cut fall into a secret.
    def answer(path: str, token: str) -> Reply:
        body = (
            {"errors": "x" * 290 + echoes(token)} if status == 429 else {"errors": {"why": [echoes(token)]}}
        )
        return Reply(status, json.dumps(body).encode(), {"X-Echo": quote(token), "X-Token": token})

    return answer


def orders(change: Callable[[dict[str, object], str], None]) -> Answering:
    def answer(path: str, token: str) -> Reply:
        reply = good(path, token)
        if "/orders.json" not in path:
            return reply
        data = json.loads(reply.body)
        for order in data["orders"]:
            change(order, token)
        return Reply(200, json.dumps(data).encode())

    return answer


def _booked(order: dict[str, object], token: str) -> None:
    order["note"] = order["billing_address"] = {"name": echoes(token)}
    order["line_items"][0]["title"] = echoes(token)  # type: ignore[index]


def _refused(order: dict[str, object], token: str) -> None:
    _booked(order, token)
    order["total_price"] = token


def _keyed(order: dict[str, object], token: str) -> None:
    order["id"] = token
    order["financial_status"] = "paid"


SHOPS: dict[str, Answering] = {
    "refuses the key": in_words(401),
    "finds nothing": in_words(404),
    "throttles": in_words(429),
    "is broken": in_words(500),
    "says it in a good answer": in_words(200),
    "sends no JSON": lambda path, token: Reply(200, echoes(token).encode()),
    "sends no HTTP": lambda path, token: Reply(raw=f"HTTP/1.1 2x0 {token}\r\n\r\n".encode()),
    "sends half": lambda path, token: Reply(
        raw=f"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{token}".encode()
    ),
    "redirects": lambda path, token: Reply(
        302, b"", {"Location": f"https://{quote(token, safe='')}.example/"}
    ),
    "redirects within": lambda path, token: Reply(302, b"", {"Location": "/x?t=" + quote(token, safe="")}),
    "pages on elsewhere": lambda path, token: Reply(
        200, b'{"orders": []}', {"Link": f'<https://x.example/?t={quote(token)}>; rel="next"'}
    ),
    "writes it into orders that are booked": orders(_booked),
    "writes it into orders that are refused": orders(_refused),
    "writes it into keys": orders(_keyed),
    "packs strangely": lambda path, token: Reply(200, b"{}", {"Content-Encoding": quote(token)}),
}


class Project:
    """A folder with a shop and a secret; runs commands and keeps what they print."""

    def __init__(self, folder: Path, address: str, secret: str, *, by_file: bool = False) -> None:
        self.secret = secret
        self.folder = project(folder, address, "${file:token.txt}" if by_file else "${env:SHOP_TOKEN}")
        self.environ = dict(os.environ)
        if by_file:
            self.file = folder.parent / "token.txt"
            (folder / "token.txt").symlink_to(self.file)
            self.file.write_text(secret + "\n", "utf-8")
        else:
            self.environ["SHOP_TOKEN"] = secret

    def run(self, *arguments: str, program: Sequence[str] = PROGRAM) -> tuple[int, bytes]:
        done = subprocess.run(
            [*program, *arguments],
            cwd=self.folder,
            env=self.environ,
            capture_output=True,
            timeout=60,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    @property
    def state(self) -> Path:
        return self.folder / ".recipe"


@pytest.fixture
def looking(tmp_path: Path) -> Callable[..., Project]:
    return lambda address, secret, **how: Project(tmp_path / "project", address, secret, **how)


LOOKING = [
    ["runs"], ["runs", "--format", "json"], ["show"], ["show", "--format", "json"], ["books"], ["books", "list"],
    ["books", "list", "--format", "json"], ["books", "show", "#1001"], ["books", "show", "#1001", "--format", "json"],
    ["books", "check"], ["books", "export", "--as", "hledger"], ["books", "export", "--as", "beancount"],
]  # fmt: skip


def look(made: Project, commands: Sequence[Sequence[str]]) -> list[str]:
    """Run *commands* side by side and name what shows in any of them, or in the state folder."""
    with ThreadPoolExecutor(8) as pool:
        outputs = list(pool.map(lambda arguments: made.run(*arguments)[1], commands))
    return seen(made.secret, made.state, *outputs)


@SECRETS
@pytest.mark.parametrize("name", SHOPS)
def test_a_plan_shows_nothing_of_the_secret_that_a_shop_says_back(
    name: str, secret: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_TOKEN", secret)
    with shop(SHOPS[name]) as address:
        monkeypatch.chdir(project(tmp_path / "project", address))
        done = [
            CliRunner().invoke(main, ["plan", RECIPE, *words]) for words in (["--full"], ["--format", "json"])
        ]
    assert {each.exit_code for each in done} <= {0, 1, 4}
    assert seen(secret, *(each.output.encode() for each in done)) == []


@SECRETS
@pytest.mark.parametrize("name", SHOPS)
def test_what_a_shop_says_back_of_the_secret_is_not_repeated(
    name: str, secret: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_TOKEN", secret)
    with shop(SHOPS[name]) as address:
        monkeypatch.chdir(project(tmp_path / "project", address))
        done = CliRunner().invoke(main, ["run", RECIPE, "--format", "json"])
    shown = CliRunner().invoke(main, ["show", "--format", "json"])
    assert done.exit_code in (0, 1, 4), done.output
    assert shown.exit_code == 0
    assert seen(secret, tmp_path / "project" / ".recipe", done.output.encode(), shown.output.encode()) == []


@SECRETS
def test_a_process_that_meets_such_a_shop_prints_no_secret(secret: str, looking) -> None:
    with shop(SHOPS["writes it into orders that are refused"]) as address:
        made = looking(address, secret)
        code, out = made.run("run", RECIPE)
    assert (code, b"failed" in out) == (1, True), out
    assert seen(secret, made.state, out) == []


@pytest.mark.parametrize(("secret", "by_file"), [(PLAIN, True), (HARD, False)], ids=["file", "env"])
def test_a_run_that_succeeds_and_all_that_looks_at_it_show_no_secret(
    secret: str, by_file: bool, looking
) -> None:
    with shop(good) as address:
        made = looking(address, secret, by_file=by_file)
        code, out = made.run("run", RECIPE)
        assert (code, b"read 12" in out) == (0, True), out
        assert seen(secret, out) == []
        rest = [
            ["run", RECIPE, "--format", "json"], ["run", RECIPE, "--quiet"], ["run", RECIPE, "--sample", "bad"],
            ["plan", RECIPE, "--full"], ["plan", RECIPE, "--format", "json"],
            ["demo"], ["check", RECIPE], ["check", RECIPE, "--format", "json"], ["connectors"],
            ["connectors", "shopify"],
            ["schema", "connections"], [], ["--help"], ["no-such-command"], ["run", "no-such-recipe"],
            ["show", "no-such-run"], ["books", "show", "no-such-document"], ["run", RECIPE, "--sample", "none"],
        ]  # fmt: skip
        assert look(made, LOOKING[:4] if by_file else [*LOOKING, *rest]) == []


def test_what_a_shop_said_of_a_secret_is_masked_and_the_rest_is_kept(looking) -> None:
    with shop(SHOPS["writes it into orders that are booked"]) as address:
        made = looking(address, PLAIN)
        code, out = made.run("run", RECIPE)
        assert code == 0, out
        shown = made.run("books", "show", "#1001", "--format", "json")[1]
    assert b"denied for | <secret> | " in shown
    assert seen(PLAIN, shown, made.state) == []


@pytest.mark.parametrize(("secret", "debug"), [(PLAIN, ""), (HARD, "1")], ids=["", "debug"])
@pytest.mark.parametrize("program", [CRASHING, CRASHING_RECORD], ids=["in the door", "in a record"])
def test_an_engine_that_crashes_with_the_secret_in_hand_does_not_show_it(
    program: str, secret: str, debug: str, looking
) -> None:
    with shop(in_words(200) if program is CRASHING else good) as address:
        made = looking(address, secret)
        made.environ["RECIPE_DEBUG"] = debug
        code, out = made.run("run", RECIPE, program=[sys.executable, "-c", program])
        assert code in (1, 4), out
        assert b"RuntimeError" in out, out
        assert seen(secret, out, made.state) == []


@pytest.mark.parametrize(
    "secret", ["canäry-secret-7f3a", "canary-secret\r\nX-Evil: 1", "canary-secret ", "canary\x0b-secret"]
)
def test_a_secret_that_no_header_can_carry_is_refused_and_not_shown(secret: str, looking) -> None:
    asked: list[str] = []

    def answer(path: str, token: str) -> Reply:
        asked.append(path)
        return Reply()

    with shop(answer) as address:
        made = looking(address, secret)
        code, out = made.run("run", RECIPE)
        assert code == 4
        assert b"a header's value holds" in out
        assert b"check the secret" in out
        assert seen(secret, made.state, out) == []
    assert asked == []


WRONG = {
    "in plain text": '{connector: shopify, store: acme, token: "%s"}',
    "beside an unknown connector": '{connector: shopfy, store: acme, token: "%s"}',
    "in a setting that does not exist": '{connector: shopify, store: acme, tokn: "%s"}',
    "beside a wrong setting": '{connector: shopify, store: A_B, token: "%s"}',
    "with a reference in it": '{connector: shopify, store: acme, token: "%s${env:T}"}',
    "without a connector": '{token: "%s"}',
    "as the whole entry": '"%s"',
    "twice": '{connector: shopify, token: "%s", token: "%s"}',
    "in a list": '{connector: shopify, token: ["%s"]}',
    "in a mapping": '{connector: shopify, token: {a: "%s"}}',
    "as a key": '{connector: shopify, token: {"%s": 1}}',
    "under a wrong name": '{connector: shopify}\n  Shop: {token: "%s"}',
    "at the top": '{connector: shopify}\ntoken: "%s"',
    "with an unknown escape": '{token: "%s\\q"}',
    "with a colon": "\n    token: %s: x: y",
    "with a percent sign": "\n    token: %%%s",
    "over two lines": "\n    connector: shopify\n    token: >-\n      %s",
    "unclosed": '{token: "%s}',
    "in a tag": '{token: !x "%s"}',
    "behind an anchor": '{connector: shopify, store: &a "%s", token: *a}',
    "in a second document": '{connector: shopify}\n---\ntoken: "%s"',
    "in an address": '{connector: shopify, store: acme, token: "${env:T}", base_url: "https://u:%s@a.example"}',
}


@pytest.mark.parametrize("where", WRONG)
def test_a_secret_written_into_connections_yaml_is_in_no_message(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = project(tmp_path / "project", "")
    text = f"connections:\n  shop: {WRONG[where].replace('%s', PLAIN).replace('%%', '%')}\n"
    (folder / "connections.yaml").write_text(text, "utf-8")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("T", "other-secret")
    for arguments in [
        *(["check", RECIPE, "--format", form] for form in ("text", "json", "github")),
        ["run", RECIPE],
    ]:
        done = CliRunner().invoke(main, arguments)
        assert seen(PLAIN, folder / ".recipe", done.output.encode()) == []
    assert done.exit_code == (4 if where == "in an address" else 3)


@pytest.mark.parametrize(
    "change",
    ["connections.shop.token=%s", "connections.shop.token:%s", "%s", "connections.shop.tokn=%s", "token=%s",
     "connections.shop.base_url=https://u:%s@a.example", "connections.other.token=%s"],
)  # fmt: skip
def test_a_secret_on_the_command_line_is_in_no_message(
    change: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = project(tmp_path / "project", "http://127.0.0.1:1")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("SHOP_TOKEN", "other-secret")
    done = CliRunner().invoke(main, ["run", RECIPE, "--set", change.replace("%s", PLAIN)])
    assert done.exit_code in (2, 4)
    assert seen(PLAIN, folder / ".recipe", done.output.encode()) == []


def test_the_search_itself_finds_each_form() -> None:
    for secret in (PLAIN, HARD):
        kinds = {
            line.split(" in ")[0] for line in seen(secret, echoes(secret).encode(), repr(secret).encode())
        }
        assert {"plain", "base64", "URL", "URL query", "hex", "JSON"} <= kinds
    assert sample("default", "orders.list")
