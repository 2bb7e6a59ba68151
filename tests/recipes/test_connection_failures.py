"""A connection's failure stops the run and spends no record; the next run goes on from there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fake import Reply, good, project, shop
from tests.running import RECIPE, here

ENVIRON = {"SHOP_TOKEN": "some-token"}
BROKEN = {
    "the key is refused": (Reply(401, b'{"errors": "[API] Invalid API key"}'), "Invalid API key (auth)"),
    "the target throttles": (Reply(429, b'{"errors": "Exceeded 2 calls per second"}'), "(throttled)"),
    "the target is down": (Reply(503, b"<html>down</html>"), "answered 503 (transient)"),
    "the answer is a web page": (Reply(200, b"<html>log in</html>"), "something that is no JSON"),
    "the answer is cut": (Reply(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{"), "no answer"),
    "the list is not there": (Reply(200, b'{"orderz": []}'), "no list at $.orders"),
}


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("where", ["the first page", "the payments of the fifth order"])
def test_a_connection_that_fails_stops_the_run_and_spends_no_record(
    name: str, where: str, tmp_path: Path
) -> None:
    broken, said = BROKEN[name]
    asked: list[str] = []
    is_mended = False

    def answering(path: str, token: str) -> Reply:
        asked.append(path)
        if not is_mended and (where == "the first page" or len(asked) == 6):
            return broken
        return good(path, token)

    with shop(answering) as address:
        stopped = here("run", RECIPE, cwd=project(tmp_path, address), environ=ENVIRON)
        is_mended = True
        fresh = here("run", RECIPE, cwd=tmp_path, environ=ENVIRON)
    assert stopped.returncode == 4, stopped.stdout + stopped.stderr
    words = "no list at $.transactions" if where != "the first page" and "list" in name else said
    assert words in stopped.stderr
    done = 0 if where == "the first page" else 4
    assert f"created {2 * done} " in stopped.stdout or done == 0
    assert "failed 0" in stopped.stdout
    assert (fresh.returncode, "failed 0" in fresh.stdout) == (0, True)
    books = here("books", "list", "--format", "json", cwd=tmp_path)
    assert books.stdout.count('"kind": "invoice"') == 12, "the books know what the stopped run wrote"


def test_a_shop_that_is_not_there_is_said_in_one_line(tmp_path: Path) -> None:
    project(tmp_path, "http://127.0.0.1:9")
    done = here("run", RECIPE, cwd=tmp_path, environ=ENVIRON)
    assert done.returncode == 4
    assert "no answer" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_secret_that_is_not_there_is_said_before_anything_is_called(tmp_path: Path) -> None:
    with shop(good) as address:
        project(tmp_path, address, "${env:A_TOKEN_THAT_NOBODY_SET}")
        done = here("run", RECIPE, cwd=tmp_path)
    assert done.returncode == 2
    assert "A_TOKEN_THAT_NOBODY_SET is not set" in done.stderr
