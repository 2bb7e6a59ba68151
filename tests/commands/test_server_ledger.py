"""A project whose ledger is on a server: ``state:`` of its connections says so, and every command looks there."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from engine.ledger import EffectState
from engine.ledger.postgres import PostgresLedger
from engine.shipped import shipped
from tests.fake import good, project, shop
from tests.faults.test_stopped import Held, booked
from tests.postgres import Server
from tests.running import PROGRAM, RECIPE, here

PASSWORD = "n0b0dy-kn0ws"
LEDGER = "${env:RECIPE_LEDGER}"


class Project:
    """A project in *folder* whose ledger is in a schema of its own."""

    def __init__(self, folder: Path, server: Server) -> None:
        self.folder, self.server, self.schema = folder, server, server.schema()
        # Trusted, so that any password will do: what is looked at is where it goes.
        self.dsn = server.address().replace("recipe@", f"recipe:{PASSWORD}@", 1)
        self.environ = {"SHOP_TOKEN": "some-token", "RECIPE_LEDGER": self.dsn}

    def at(self, address: str, ledger: str = LEDGER, **state: str) -> Project:
        """Write the connections, to a shop at *address*."""
        project(self.folder, address)
        file = self.folder / "connections.yaml"
        said = json.loads(file.read_text("utf-8"))
        said["state"] = {"ledger": ledger, "schema": self.schema, **state}
        file.write_text(json.dumps(said), "utf-8")
        return self

    def run(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return here(*arguments, cwd=self.folder, environ={**self.environ, **environ})

    def ledger(self) -> PostgresLedger:
        return PostgresLedger(self.dsn, self.schema)


@pytest.fixture
def made(tmp_path: Path, postgres: Server) -> Project:
    return Project(tmp_path / "project", postgres)


def test_every_command_looks_into_the_ledger_on_the_server(made: Project) -> None:
    with shop(good) as address:
        made.at(address)
        done = made.run("run", RECIPE)
        assert f"state: .recipe; its ledger in PostgreSQL, schema {made.schema}\n" in done.stderr
        assert (done.returncode, made.run("run", RECIPE).returncode) == (0, 0), done.stderr
    assert not (made.folder / ".recipe" / "ledger.db").exists()
    runs = json.loads(made.run("runs", "--format", "json").stdout)
    assert [each["outcome"] for each in runs] == ["done", "done"]
    shown = json.loads(made.run("show", runs[1]["run"], "--format", "json").stdout)
    assert len(shown["effects"]) == sum(booked(made.folder).values()) == 25
    assert "by shopify-to-invoice" in made.run("books", "show", "#1010").stdout
    assert made.run("books", "check").returncode == 0
    ledger = made.ledger()
    assert {each.state for each in ledger.effects()} == {EffectState.DONE}
    ledger.close()


def test_another_machine_sees_its_runs_without_a_state_folder(made: Project, tmp_path: Path) -> None:
    with shop(good) as address:
        made.at(address).run("run", RECIPE)
        other = Project(tmp_path / "other", made.server)
        other.schema = made.schema
        assert len(json.loads(other.at(address).run("runs", "--format", "json").stdout)) == 1


def test_books_check_finds_on_the_server_what_the_books_lost(made: Project) -> None:
    with shop(good) as address:
        assert made.at(address).run("run", RECIPE).returncode == 0
    state = made.folder / ".recipe"
    for name in ("books.db", "books.db-wal", "books.db-shm"):
        (state / name).unlink(missing_ok=True)
    here("run", RECIPE, "--sample", "bad", cwd=made.folder)  # whose books hold none of it
    (state / "sample" / "books.db").rename(state / "books.db")
    done = made.run("books", "check")
    assert done.returncode == 1
    assert "and is gone" in done.stdout


def test_a_sample_stays_in_its_folder(made: Project) -> None:
    made.at("http://127.0.0.1:1")
    assert (
        made.run("run", RECIPE, "--sample", RECIPE_LEDGER="postgresql://nobody@127.0.0.1:1/x").returncode == 0
    )
    assert (made.folder / ".recipe" / "sample" / "ledger.db").is_file()
    assert made.run("runs", "--sample", RECIPE_LEDGER="").returncode == 0


def test_of_two_runs_at_once_the_second_is_told_who_runs_and_where(made: Project) -> None:
    held = Held("/orders.json")
    with shop(held) as address:
        made.at(address)
        process = subprocess.Popen(
            [*PROGRAM, "run", RECIPE],
            cwd=made.folder,
            env={**os.environ, **made.environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        with process:
            try:
                assert held.asked.wait(30), process.communicate(timeout=30)
                second = made.run("run", RECIPE)
                assert second.returncode == 4
                told = f"is running already: on {socket.gethostname()}, process {process.pid} since 20"
                assert told in second.stderr
                held.go.set()
                _, err = process.communicate(timeout=60)
                assert process.returncode == 0, err
            finally:
                held.go.set()
                process.kill()


def test_a_run_whose_server_is_lost_stops_before_the_next_write_and_the_next_run_goes_on(
    made: Project,
) -> None:
    held = Held("/transactions.json")
    with shop(held) as address:
        made.at(address)
        process = subprocess.Popen(
            [*PROGRAM, "run", RECIPE],
            cwd=made.folder,
            env={**os.environ, **made.environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        with process:
            try:
                assert held.asked.wait(30), process.communicate(timeout=30)
                before = booked(made.folder)
                ended = made.server.run(
                    "SELECT pg_terminate_backend(pid, 20000) FROM pg_stat_activity"
                    " WHERE application_name = 'recipe-engine' AND pid IN"
                    " (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted)"
                )
                assert ended == [(True,)]
                held.go.set()
                out, err = process.communicate(timeout=60)
            finally:
                held.go.set()
                process.kill()
        assert process.returncode == 4
        assert "could not be written: " in err
        assert "Traceback" not in err
        assert PASSWORD not in out + err
        assert booked(made.folder) == before
        assert made.run("run", RECIPE).returncode == 0
    assert booked(made.folder) == {"invoice": 12, "payment": 13}


def test_a_run_that_was_killed_leaves_no_lock_on_the_server(made: Project) -> None:
    held = Held("/transactions.json")
    with shop(held) as address:
        made.at(address)
        process = subprocess.Popen(
            [*PROGRAM, "run", RECIPE],
            cwd=made.folder,
            env={**os.environ, **made.environ},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        with process:
            assert held.asked.wait(30)
            process.send_signal(signal.SIGKILL)
            process.wait(30)
        held.go.set()
        made.server.run(
            f"SET lock_timeout = '20s'; SELECT pg_advisory_lock(number) FROM {made.schema}.run_lock"
        )
        assert made.run("run", RECIPE).returncode == 0
    assert booked(made.folder) == {"invoice": 12, "payment": 13}


@pytest.mark.parametrize(
    "address", ["postgresql://recipe:{}@127.0.0.1:1/x", "postgresql://127.0.0.1:{}/x", "{}"]
)
def test_no_output_and_no_file_holds_the_password(made: Project, address: str) -> None:
    made.at("http://127.0.0.1:1")
    environ = {"RECIPE_LEDGER": address.format(PASSWORD)}
    for arguments in (("run", RECIPE), ("runs",), ("show",), ("books", "show", "x")):
        done = made.run(*arguments, **environ)
        assert done.returncode in (2, 4)
        assert PASSWORD not in done.stdout + done.stderr
        assert "Traceback" not in done.stderr
    assert made.run("check", RECIPE, **environ).returncode == 0  # which needs no secret
    for file in made.folder.rglob("*"):
        assert not file.is_file() or PASSWORD.encode() not in file.read_bytes()


@pytest.mark.parametrize(
    ("address", "code"),
    [
        (f"postgresql://recipe:{PASSWORD}@db.example.com/x", "R404"),
        (f"postgresql://db.example.com/x?password={PASSWORD}", "R404"),
        (f"postgresql://db.example.com/x?p%61ssword={PASSWORD}", "R404"),
        (f"postgresql://recipe:{LEDGER}@db.example.com/x", "R404"),
        (f"mysql://recipe:{PASSWORD}@db.example.com/x", "R406"),
        (PASSWORD, "R406"),
        (f"host=db.example.com password={PASSWORD}", "R406"),
    ],
)
def test_a_password_in_connections_yaml_is_refused_and_not_shown(
    made: Project, address: str, code: str
) -> None:
    made.at("http://127.0.0.1:1", address)
    for arguments in (("run", RECIPE), ("check", RECIPE), ("runs",)):
        done = made.run(*arguments)
        assert done.returncode == 3
        told = done.stdout + done.stderr
        assert f"error[{code}]: ledger " in told
        assert "RECIPE_LEDGER" in told
        assert PASSWORD not in told


def test_an_address_without_a_password_may_stand_there(made: Project) -> None:
    with shop(good) as address:
        assert made.at(address, made.server.address()).run("run", RECIPE, RECIPE_LEDGER="").returncode == 0
    assert len(json.loads(made.run("runs", "--format", "json").stdout)) == 1


@pytest.mark.parametrize("schema", ["pg_catalog", "Recipe", "a;b", "", "x" * 64])
def test_a_schema_that_is_no_name_is_refused(made: Project, schema: str) -> None:
    done = made.at("http://127.0.0.1:1", schema=schema).run("run", RECIPE)
    assert done.returncode == 3
    assert "/state/schema" in done.stderr


def test_without_the_package_the_error_names_the_command_that_installs_it(made: Project) -> None:
    made.at("http://127.0.0.1:1")
    hiding = "import sys; sys.modules['psycopg'] = None; from engine.commands import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", hiding, "run", RECIPE],
        cwd=made.folder,
        env={**os.environ, **made.environ},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert 'help: install it: pip install "recipe-engine[postgres]"' in done.stderr
    assert "Traceback" not in done.stderr


def test_a_project_with_a_ledger_of_its_own_does_not_begin_an_empty_one_on_the_server(made: Project) -> None:
    with shop(good) as address:
        project(made.folder, address)
        assert made.run("run", RECIPE).returncode == 0
        made.at(address)
        done = made.run("run", RECIPE)
        assert done.returncode == 2
        assert "the one on the server is empty: whatever was written would be written again" in done.stderr
        (made.folder / ".recipe" / "ledger.db").rename(made.folder / "old.db")
        assert made.run("run", RECIPE).returncode == 0


def test_a_project_that_lost_its_setting_does_not_begin_a_ledger_in_its_folder(made: Project) -> None:
    with shop(good) as address:
        assert made.at(address).run("run", RECIPE).returncode == 0
        project(made.folder, address)
        done = made.run("run", RECIPE)
    assert done.returncode == 2
    assert f"(schema {made.schema}), and connections.yaml names none now" in done.stderr
    assert PASSWORD not in (made.folder / ".recipe" / "ledger-is-elsewhere.txt").read_text("utf-8")
    assert not (made.folder / ".recipe" / "ledger.db").exists()


def test_a_copy_of_a_recipe_under_the_same_name_is_refused_with_the_way_to_a_ledger_of_its_own(
    made: Project,
) -> None:
    with shop(good) as address:
        made.at(address)
        assert made.run("run", RECIPE).returncode == 0
        text = (shipped("recipes") / RECIPE).read_text("utf-8")
        for name in ("one.yaml", "two.yaml"):
            (made.folder / name).write_text(text, "utf-8")
        assert made.run("run", "one.yaml").returncode == 0
        done = made.run("run", "two.yaml")
    assert done.returncode == 2
    assert "a schema of its own under state:" in done.stderr


def test_a_plan_reads_the_ledger_on_the_server_and_makes_none_there(made: Project) -> None:
    with shop(good) as address:
        made.at(address)
        first = made.run("plan", RECIPE)
        assert first.returncode == 0, first.stderr
        assert "25 new; 0 writes sent" in first.stdout
        assert f"its ledger in PostgreSQL, schema {made.schema}" in first.stderr
        assert made.server.run(f"SELECT 1 FROM pg_namespace WHERE nspname = '{made.schema}'") == []
        assert made.run("run", RECIPE).returncode == 0
        assert "read 12: 12 finished before" in made.run("plan", RECIPE).stdout
