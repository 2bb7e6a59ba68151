"""A state folder that fails a run: it says why, sends nothing without an intent, and the next run ends right."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from engine.ledger.sqlite import SqliteLedger
from tests.faults.kinds import FILE
from tests.faults.paused import OUT, Project, ended
from tests.faults.target import Target

SMALL: Final = (
    sys.executable,
    "-c",
    "from pathlib import Path; from engine.ledger.sqlite import SqliteLedger as Ledger; plain = Ledger._store\n"
    "def small(self, rows):\n"
    "    if Path('.recipe/full').exists():\n"
    "        self._connection.execute('PRAGMA max_page_count = 1')\n"  # as many as there are
    "        self._connection.execute('CREATE TABLE more (a)')\n"
    "    plain(self, rows)\n"
    "Ledger._store = small\n"
    "from engine.commands import main; main()",
)
"""The program, on a disk with no room for another page of the ledger once there is a file ``.recipe/full``."""
HELD_BACK: Final = (
    ("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search")
    if os.geteuid() == 0
    else ("env",)
)
"""Goes before a program whom permissions are to hold back, as they hold back everybody but root."""


class Disk:
    """A disk of memory in the place of a folder, seen in one namespace alone.

    Attributes:
        before: What goes before a program that is to see it.
    """

    def __init__(self, folder: Path, holder: int) -> None:
        self.folder, self.holder = folder, holder
        user = ["--user", "--preserve-credentials"] if os.geteuid() else []
        enter = ("nsenter", f"--target={holder}", "--mount", *user, "--")
        self.before = (*enter, "sh", "-c", 'cd "$0" && exec "$@"', str(folder.parent))

    def run(self, command: str) -> None:
        """Run *command* of the shell, to which the folder is ``$0``, where it is seen."""
        asked = [*self.before, "sh", "-c", command, str(self.folder)]
        done = subprocess.run(asked, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    def ledger(self, folder: Path) -> SqliteLedger:
        """Open what the ledger on it is now."""
        # SQLite would follow the link out of the namespace.
        seen, copy = Path(f"/proc/{self.holder}/root{self.folder}"), self.folder / "copy"
        shutil.copytree(seen, copy, dirs_exist_ok=True)
        return SqliteLedger(copy / "ledger.db")


@contextmanager
def mounted(folder: Path) -> Iterator[Disk | None]:
    """Mount a disk at *folder* for as long as the block runs; None where that is not permitted."""
    folder.mkdir(parents=True)
    user = ["--map-root-user"] if os.geteuid() else []
    mount = 'mount -t tmpfs -o size=8m none "$0" && echo mounted && exec cat'
    with subprocess.Popen(
        ["unshare", *user, "--mount", "sh", "-c", mount, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        yield Disk(folder, holder.pid) if holder.stdout.readline() == "mounted\n" else None


def test_a_disk_that_is_full_while_a_request_is_out_stops_the_run_and_the_next_ends_right(
    tmp_path: Path, target: Target
) -> None:
    state = tmp_path / ".recipe"
    with mounted(state) as disk:
        if disk is not None:
            project = Project(tmp_path, target, replace(FILE, opened=disk.ledger), before=disk.before)
            fill: Callable[[], object] = partial(disk.run, 'cat /dev/zero > "$0/full" || :')
            free: Callable[[], object] = partial(disk.run, 'rm "$0/full"')
        else:
            project, full = Project(tmp_path, target, FILE, SMALL), state / "full"
            fill, free = full.touch, full.unlink
        project.begin()
        with project.stopped() as process:
            fill()
            told = "could not be written: the disk is full"
            project.holds(told, "help: free space on the disk; nothing was sent after this", *ended(process))
        free()
        project.ends_right()


def test_a_state_folder_that_may_only_be_read_is_told_and_nothing_is_sent(
    tmp_path: Path, target: Target
) -> None:
    state = tmp_path / ".recipe"
    with mounted(state) as disk:
        if disk is not None:
            project = Project(tmp_path, target, replace(FILE, opened=disk.ledger), before=disk.before)
            close: Callable[[], object] = partial(disk.run, 'mount -o remount,bind,ro "$0"')
            free: Callable[[], object] = partial(disk.run, 'mount -o remount,bind,rw "$0"')
        else:
            project = Project(tmp_path, target, FILE, before=HELD_BACK)
            close, free = partial(permit, state, 0o444, 0o555), partial(permit, state, 0o644, 0o755)
        project.begin()
        with project.stopped() as process:
            process.kill()
        close()
        done = project.run()
        free()
        told = f"the state folder {state} is not writable"
        project.holds(told, "help: let this user write it", done.returncode, done.stderr, 2)
        assert len(project.posts()) == OUT
        project.ends_right()


def permit(folder: Path, files: int, folders: int) -> None:
    """Give *folder* and all in it these permissions."""
    for each in [*folder.rglob("*"), folder]:
        each.chmod(folders if each.is_dir() else files)
