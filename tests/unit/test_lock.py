"""The run lock: one at a time, the second is told who, and a dead process holds nothing."""

from __future__ import annotations

import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine.lock import Held, run_lock

HOLDING = """
import sys
from pathlib import Path
from engine.lock import run_lock
with run_lock(Path(sys.argv[1]), "orders", ["books"], "2026-04-01T12:00:00"):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def holder(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Start a process that holds the lock until its input ends."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDING, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


def take(folder: Path, *accounts: str, recipe: str = "orders") -> None:
    with run_lock(folder, recipe, accounts or ["books"], "2026-04-01T13:00:00"):
        pass


def test_whoever_comes_second_is_told_who_holds_it_and_since_when(tmp_path: Path) -> None:
    with holder(tmp_path) as process, pytest.raises(Held) as held:
        take(tmp_path)
    told = f"orders is running already: process {process.pid} since 2026-04-01T12:00:00, and writes to books"
    assert held.value.message == told


def test_another_recipe_or_account_is_not_held(tmp_path: Path) -> None:
    with holder(tmp_path):
        take(tmp_path, recipe="refunds")
        take(tmp_path, "books?company=b")


def test_of_two_runs_that_have_one_account_in_common_the_second_is_refused_and_holds_nothing(
    tmp_path: Path,
) -> None:
    with holder(tmp_path):
        for accounts in (["archive", "books"], ["books", "mail"]):
            with pytest.raises(Held, match="and writes to books"):
                take(tmp_path, *accounts)
        take(tmp_path, "archive", "mail")


def test_a_recipe_that_writes_nothing_runs_once_at_a_time_too(tmp_path: Path) -> None:
    with (
        run_lock(tmp_path, "orders", [], "2026"),
        pytest.raises(Held, match=r"since 2026$"),
        run_lock(tmp_path, "orders", [], ""),
    ):
        pass


@pytest.mark.parametrize("end", ["kill", "terminate"])
def test_a_process_that_dies_frees_it(tmp_path: Path, end: str) -> None:
    with holder(tmp_path) as process:
        getattr(process, end)()
        process.wait(20)
        take(tmp_path)


def test_it_is_free_after_the_block_also_when_that_fails(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), run_lock(tmp_path, "orders", ["books"], ""):
        raise ZeroDivisionError
    take(tmp_path)


def test_a_second_taker_in_the_same_process_is_refused_too(tmp_path: Path) -> None:
    with run_lock(tmp_path, "orders", ["books"], ""), pytest.raises(Held):
        take(tmp_path)


def test_a_long_holder_before_leaves_no_words_behind(tmp_path: Path) -> None:
    with run_lock(tmp_path, "orders", ["books"], "x" * 150):
        pass
    with run_lock(tmp_path, "orders", ["books"], "short"), pytest.raises(Held, match=r"since short, and"):
        take(tmp_path)


def test_no_account_stands_in_the_name_of_its_file_and_the_file_is_its_owners(tmp_path: Path) -> None:
    take(tmp_path / "locks", "shop?store=../acme")
    (file,) = (tmp_path / "locks").iterdir()
    assert "acme" not in file.name
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
