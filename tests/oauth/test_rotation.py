"""Refresh tokens that hold for one use: renewed once by whoever comes first, and found again after any death."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine.errors import UsageError
from engine.secret import Masker, Secret
from engine.tokens import keeper
from engine.tokens.grant import Grant, TokenSet
from engine.tokens.keeper import Account, Keeper
from engine.tokens.vault import Held, Vault
from engine.wire import Answer, Request
from tests.fake import Reply
from tests.oauth.test_connect import connected
from tests.oauth.vendor import NOTES, Vendor, environ, project
from tests.running import PROGRAM, here, recipe

NAMES = tuple(f"copy-{number}" for number in range(8))
RENEWED = "refresh_token given"
REFUSED = "refresh_token refused"
DIE = "os.kill(os.getpid(), signal.SIGKILL)"
BEFORE = f"keeper.Account.asked = lambda *given: {DIE}"
BETWEEN = f"""
asked = keeper.Account.asked
async def dying(*given):
    await asked(*given)
    {DIE}
keeper.Account.asked = dying
"""
AFTER = f"""
save = vault.Vault.save
def dying(self, account, held):
    save(self, account, held)
    held.trying or {DIE}
vault.Vault.save = dying
"""


@pytest.fixture
def folder(tmp_path: Path, vendor: Vendor) -> Path:
    """A connected project whose access token has ended by the time somebody runs."""
    made = project(tmp_path / "project", vendor, *NAMES)
    vendor.life = 0
    connected(made, vendor)
    vendor.life = 3600
    vendor.asked.clear()
    return made


def run(folder: Path, name: str = NAMES[0]) -> subprocess.CompletedProcess[str]:
    return recipe("run", f"{name}.yaml", cwd=folder, environ=environ(folder.parent))


def killed(folder: Path, how: str) -> None:
    """Run until the process kills itself as *how* says."""
    begin = "import os, signal\nfrom engine.tokens import keeper, vault"
    program = f"{begin}\n{how}\nfrom engine.commands import main\nmain()"
    done = subprocess.run(
        [sys.executable, "-c", program, "run", f"{NAMES[0]}.yaml"],
        cwd=folder,
        env={**os.environ, **environ(folder.parent)},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == -9, done.stderr


def opened(pattern: Path) -> int:
    """Return how many processes have a file open whose path begins so."""
    found = set()
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        with contextlib.suppress(OSError):
            if str(link.readlink()).startswith(str(pattern)):
                found.add(link.parts[2])
    return len(found)


def test_eight_processes_renew_one_token_once(folder: Path, vendor: Vendor) -> None:
    def when_all_are_here(each: Vendor) -> None:
        until = time.monotonic() + 20
        while opened(folder / ".recipe" / "tokens-") < len(NAMES) and time.monotonic() < until:
            time.sleep(0.05)

    vendor.answering = when_all_are_here
    running = [
        subprocess.Popen(
            [*PROGRAM, "run", f"{name}.yaml"],
            cwd=folder,
            env={**os.environ, **environ(folder.parent)},
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in NAMES
    ]
    errors = [each.communicate(timeout=120)[1] for each in running]
    assert [each.returncode for each in running] == [0] * 8, errors
    assert vendor.asked == [RENEWED]
    assert {(folder / f"{name}.jsonl").read_text().count("\n") for name in NAMES} == {3}


@pytest.mark.parametrize("how", [BEFORE, AFTER], ids=["before the request", "after the store"])
def test_a_death_around_the_renewal_leaves_one_valid_token(folder: Path, vendor: Vendor, how: str) -> None:
    killed(folder, how)
    assert run(folder).returncode == 0
    assert vendor.asked == [RENEWED]


def test_a_death_between_the_rotation_and_the_store_costs_one_try_and_says_how_to_reconnect(
    folder: Path, vendor: Vendor
) -> None:
    killed(folder, BETWEEN)
    done = run(folder)
    assert (done.returncode, vendor.asked) == (4, [RENEWED, REFUSED]), done.stderr
    assert "the connection crm must be connected again: invalid_grant: Token is used up." in done.stderr
    assert "a process that asked for new tokens at" in done.stderr
    assert "recipe connect crm" in done.stderr
    again = run(folder)  # says the same, and asks the vendor no more
    assert (again.returncode, vendor.asked) == (2, [RENEWED, REFUSED])
    assert "recipe connect crm" in again.stderr
    connected(folder, vendor)
    after = run(folder)
    assert (after.returncode, (folder / f"{NAMES[0]}.jsonl").read_text().count("\n")) == (0, 3), after.stderr


def test_a_vendor_that_takes_the_old_token_once_more_heals_that_death(folder: Path, vendor: Vendor) -> None:
    vendor.is_lenient = True
    killed(folder, BETWEEN)
    assert run(folder).returncode == 0
    assert vendor.asked == [RENEWED, RENEWED]


def test_an_address_for_tokens_that_is_down_spends_no_record(folder: Path, vendor: Vendor) -> None:
    before = vendor.refresh

    def down(each: Vendor) -> Reply:
        each.refresh = before
        return Reply(503, b"down")

    vendor.answering = down
    done = run(folder)
    assert (done.returncode, "no access token for crm" in done.stderr) == (4, True), done.stderr
    vendor.answering = lambda each: None
    assert run(folder).returncode == 0
    assert (folder / f"{NAMES[0]}.jsonl").read_text().count("\n") == 3


def test_a_disk_that_takes_nothing_is_found_before_the_vendor_is_asked(
    folder: Path, vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Vault, account: str, held: Held) -> None:
        raise UsageError("the disk is full")

    monkeypatch.setattr(Vault, "save", full)
    done = here("run", f"{NAMES[0]}.yaml", cwd=folder, environ=environ(folder.parent))
    assert (done.returncode, vendor.asked) == (4, []), done.stderr


@pytest.fixture
def notes(tmp_path: Path, vendor: Vendor) -> Path:
    made = project(tmp_path / "writing", vendor, "note", actions=NOTES)
    connected(made, vendor)
    vendor.asked.clear()
    return made


def test_a_token_that_ends_before_its_time_is_renewed_once_and_nothing_is_made_twice(
    notes: Path, vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "NEW", -1.0)
    vendor.end()
    done = here("run", "note.yaml", "--new-ledger", cwd=notes, environ=environ(notes.parent))
    assert (done.returncode, vendor.asked, len(vendor.notes)) == (0, [RENEWED], 3), done.stderr


def test_a_new_token_that_is_not_taken_is_not_renewed_again_and_again(notes: Path, vendor: Vendor) -> None:
    vendor.end()
    done = here("run", "note.yaml", "--new-ledger", cwd=notes, environ=environ(notes.parent))
    assert (done.returncode, vendor.asked, len(vendor.notes)) == (4, [], 0), done.stderr
    assert vendor.turned_away == 1
    assert "check the key of this connection" in done.stderr


class Slow:
    """An address for tokens that answers when it is told to."""

    def __init__(self) -> None:
        self.count, self.go = 0, asyncio.Event()

    async def send(self, request: Request) -> Answer:
        await self.go.wait()
        self.count += 1
        body = b'{"access_token": "access-%d-of-slow", "expires_in": 3600, "refresh_token": "refresh-%d-of-slow"}'
        return Answer(200, body=body % (self.count, self.count))


def account(door: Slow) -> Account:
    grant = Grant("authorization_code", "https://a.example/token", "app", Secret("secret-of-app"))
    return Account("crm", "deals?company=7", grant, door, lambda: 1_000_000.0, Masker())


def stored(folder: Path, key: str = "A" * 43 + "=") -> Vault:
    """Return a vault with tokens of that account, which have ended."""
    vault = Vault(folder, [Secret(key, "key")])
    ended = TokenSet(Secret("access-0", "a"), Secret("refresh-0", "r"), 0.0, 1.0)
    vault.save("deals?company=7", Held(ended, "app"))
    return vault


def test_many_at_once_within_a_process_wait_for_one_renewal(tmp_path: Path) -> None:
    async def run() -> tuple[int, int]:
        door = Slow()
        held = Keeper(account(door), stored(tmp_path))
        held.require()
        waiting = [asyncio.create_task(held.access(None)) for _ in range(20)]
        await asyncio.sleep(0)
        door.go.set()
        return len({id(token) for token in await asyncio.gather(*waiting)}), door.count

    assert asyncio.run(run()) == (1, 1)


def test_who_goes_away_while_a_token_comes_loses_it_for_nobody(tmp_path: Path) -> None:
    async def run() -> Held | None:
        door, vault = Slow(), stored(tmp_path)
        held = Keeper(account(door), vault)
        held.require()
        waiting = asyncio.create_task(held.access(None))
        await asyncio.sleep(0.01)
        waiting.cancel()
        door.go.set()
        await held.close()
        return vault.load("deals?company=7")

    found = asyncio.run(run())
    assert found is not None
    assert (found.generation, found.trying) == (2, None)
    assert found.tokens.refresh is not None
    assert found.tokens.refresh.matches("refresh-1-of-slow")


def test_a_key_is_changed_by_writing_the_new_one_before_the_old(tmp_path: Path) -> None:
    old, new = Secret("A" * 43 + "=", "old"), Secret("B" * 43 + "=", "new")
    stored(tmp_path)
    both = Vault(tmp_path, [new, old])
    held = both.load("deals?company=7")
    assert held is not None
    with pytest.raises(UsageError, match="sealed by another key"):
        Vault(tmp_path, [new]).load("deals?company=7")
    both.save("deals?company=7", held)
    assert Vault(tmp_path, [new]).load("deals?company=7") is not None


def test_a_row_does_not_open_in_the_place_of_another(tmp_path: Path) -> None:
    vault = stored(tmp_path)
    with sqlite3.connect(tmp_path / "tokens.db") as connection:
        connection.execute("UPDATE tokens SET account = 'deals?company=8'")
    with pytest.raises(UsageError, match="holds tokens of another account"):
        vault.load("deals?company=8")


def test_tokens_that_another_application_got_are_not_used(tmp_path: Path) -> None:
    vault = stored(tmp_path)
    held = vault.load("deals?company=7")
    assert held is not None
    vault.save("deals?company=7", Held(held.tokens, "another-app"))
    with pytest.raises(
        UsageError, match="must be connected again: it was connected as the client another-app"
    ):
        Keeper(account(Slow()), vault).require()
