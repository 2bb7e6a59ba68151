"""A server that fails while a request is out: the run says why, sends nothing after it, and the next one ends right."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from tests.faults.kinds import named
from tests.faults.paused import Project, ended
from tests.faults.target import Target
from tests.postgres import Server

IMPATIENT = (
    sys.executable,
    "-c",
    "from engine.ledger import postgres; postgres.SESSION['lock_timeout'] = '1ms'\n"
    "from engine.commands import main; main()",
)
"""The program, waiting for no other session's lock."""
FULL = """
CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    RAISE 'could not extend file: No space left on device' USING ERRCODE = 'disk_full';
END $$;
CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON effect EXECUTE FUNCTION full_disk();
"""


@contextmanager
def cut(server: Server, schema: str) -> Iterator[None]:
    """End the sessions that write."""
    assert server.run(
        "SELECT pg_terminate_backend(pid, 20000) FROM"
        " (SELECT DISTINCT pid FROM pg_locks WHERE locktype = 'advisory' AND granted) AS writing"
    ) == [(True,)]
    yield


@contextmanager
def restarted(server: Server, schema: str) -> Iterator[None]:
    """Stop the server, and start it again."""
    server.stop()
    try:
        yield
    finally:
        server.start()


@contextmanager
def full(server: Server, schema: str) -> Iterator[None]:
    """Let the disk be full, as far as a session can tell."""
    server.run(FULL, schema)
    yield
    server.run("DROP TRIGGER full_disk ON effect", schema)


@contextmanager
def locked(server: Server, schema: str) -> Iterator[None]:
    """Lock what is written."""
    with server.connect() as other, other.transaction():
        other.execute(f"LOCK TABLE {schema}.effect".encode())
        yield


@pytest.mark.parametrize(
    ("trouble", "told", "cure"),
    [
        (cut, "could not be written: ", "help: "),
        (
            restarted,
            "could not be written: ",
            "help: check that the server runs and can be reached from here",
        ),
        (
            full,
            "could not be written: the server's disk is full",
            "help: free space there; nothing was sent after",
        ),
        (
            locked,
            "could not be written: another session has what is needed locked",
            "help: end what holds it, such as a backup or an open transaction; nothing was sent after",
        ),
    ],
)
def test_a_server_that_fails_while_a_request_is_out_stops_the_run_and_the_next_ends_right(
    trouble: Callable[[Server, str], AbstractContextManager[None]],
    told: str,
    cure: str,
    tmp_path: Path,
    postgres: Server,
    target: Target,
) -> None:
    kind = named("postgresql", postgres.address())
    schema = kind.configured(tmp_path)["state"]["schema"]
    project = Project(tmp_path, target, kind, IMPATIENT)
    project.begin()
    with project.stopped() as process, trouble(postgres, schema):
        project.holds(told, cure, *ended(process))
    project.ends_right()


def test_a_server_that_is_away_from_the_beginning_is_told_and_nothing_is_sent(
    tmp_path: Path, postgres: Server, target: Target
) -> None:
    project = Project(tmp_path, target, named("postgresql", postgres.address()))
    project.begin()
    with restarted(postgres, ""):
        done = project.run()
        assert done.returncode == 4
        assert "cannot be opened: " in done.stderr
        assert "help: check that the server runs and can be reached from here" in done.stderr
        assert "Traceback" not in done.stderr
        assert target.effects() == {}
    project.ends_right()
