"""The run lock: one run per recipe and target account at a time, freed by the system when its process dies."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
from collections.abc import AsyncIterator, Iterator, Sequence
from hashlib import sha256
from pathlib import Path

from engine.errors import EngineError, UsageError


class Held(EngineError):
    """Another process runs this recipe on this account."""


@contextlib.contextmanager
def run_lock(folder: Path, recipe: str, accounts: Sequence[str], since: str) -> Iterator[None]:
    """Hold the locks of *recipe* on *accounts* for as long as the block runs: all of them, or none.

    Args:
        folder: Where lock files lie; made where it does not exist.
        accounts: Texts of what it writes to; one that writes nothing has one lock, too.
        since: The present instant, for the message to whoever comes second.

    Raises:
        Held: another process holds one of them; the message says which.
    """
    with contextlib.ExitStack() as held:
        for account in locked(accounts):
            held.enter_context(_account_lock(folder, recipe, account, since))
        yield


def locked(accounts: Sequence[str]) -> list[str]:
    """Return what a run has locks on, in the order in which every run takes them."""
    return sorted({*accounts}) or [""]


def taken(recipe: str, account: str, holder: str) -> Held:
    """Return that *holder* runs *recipe* on *account*."""
    what = f"{recipe} is running already: {holder}"
    return Held(f"{what}, and writes to {account}" if account else what, help="wait until it has finished")


@contextlib.contextmanager
def _account_lock(folder: Path, recipe: str, account: str, since: str) -> Iterator[None]:
    path = folder / f"{recipe}-{sha256(account.encode()).hexdigest()[:12]}.lock"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        what = f"the run lock {path} cannot be taken: {error.strerror}"
        raise UsageError(what, help="check the state folder's permissions") from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise taken(recipe, account, _holder(handle) or "another process") from error
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"process {os.getpid()} since {since}".encode(), 0)
        yield
    finally:
        os.close(handle)


@contextlib.contextmanager
def state_lock(folder: Path, since: str, *, alone: bool) -> Iterator[None]:
    """Hold the state whose lock files lie in *folder*, as every run does, for as long as the block runs.

    Args:
        folder: Made where it does not exist.
        since: The present instant, for the message to whoever comes second.
        alone: Whether no run may be going on, and none may begin.

    Raises:
        Held: another process holds it so that this one cannot.
    """
    path = folder / "state.lock"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        what = f"the lock {path} cannot be taken: {error.strerror}"
        raise UsageError(what, help="check the state folder's permissions") from error
    try:
        try:
            fcntl.flock(handle, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise in_use(
                ", ".join(dict.fromkeys(_running(folder))) if alone else _holder(handle), alone=alone
            ) from error
        if alone:
            os.ftruncate(handle, 0)
            os.pwrite(handle, f"process {os.getpid()} since {since}".encode(), 0)
        yield
    finally:
        os.close(handle)


def in_use(holder: str, *, alone: bool) -> Held:
    """Return that the state is held by *holder*, so that nobody can have it *alone*, or that somebody has."""
    if alone:
        return Held(
            f"a run of this state is going on{f': {holder}' if holder else ''}",
            help="wait until it has finished, and give the command again",
        )
    what = f"this state is being tidied: {holder or 'by another process'}"
    return Held(what, help="wait until that has finished, and run again")


def _running(folder: Path) -> Iterator[str]:
    """Yield which recipes run, and who runs them, once for each account."""
    for path in sorted(folder.glob("*-????????????.lock")):
        with path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                yield f"{path.name[:-18]} ({_holder(file.fileno())})"


def _holder(handle: int) -> str:
    return os.pread(handle, 200, 0).decode(errors="replace").strip()


@contextlib.asynccontextmanager
async def folder_lock(folder: Path) -> AsyncIterator[None]:
    """Hold *folder* for as long as the block runs; other processes, and other branches of this one, wait.

    Raises:
        UsageError: the system refuses it.
    """
    async with _waited_for(folder, os.O_RDONLY | os.O_DIRECTORY, "folder"):
        yield


@contextlib.asynccontextmanager
async def file_lock(path: Path) -> AsyncIterator[None]:
    """Hold the lock file *path*, made where it is not there, for as long as the block runs; others wait.

    Raises:
        UsageError: the system refuses it.
    """
    async with _waited_for(path, os.O_RDWR | os.O_CREAT, "file"):
        yield


@contextlib.asynccontextmanager
async def _waited_for(path: Path, flags: int, what: str) -> AsyncIterator[None]:
    try:
        handle = os.open(path, flags | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                await asyncio.to_thread(fcntl.flock, handle, fcntl.LOCK_EX)
        except BaseException:
            os.close(handle)
            raise
    except OSError as error:
        told = f"the {what} {path} cannot be locked: {error.strerror}"
        raise UsageError(told, help="check its permissions, and that its disk takes locks") from error
    try:
        yield
    finally:
        os.close(handle)
