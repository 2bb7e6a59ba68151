"""A ledger of each kind, as the programs of this folder are told of it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest

from tests.faults.kinds import LEDGERS
from tests.faults.target import Target


@pytest.fixture(scope="module")
def one_target() -> Iterator[Target]:
    with Target() as target:
        yield target


@pytest.fixture
def target(one_target: Target) -> Target:
    """A target that holds nothing."""
    one_target.reset()
    return one_target


@pytest.fixture
def server_of(request: pytest.FixtureRequest) -> Callable[[str], str]:
    """``server_of("postgresql")`` is the address of the session's server; of a kind that needs none it is empty."""

    def address(ledger: str) -> str:
        found: str = request.getfixturevalue("postgres").address() if ledger == "postgresql" else ""
        return found

    return address


@pytest.fixture
def one_ledger(server_of: Callable[[str], str]) -> dict[str, str]:
    """One of the kinds by chance: all of them take too long for each change, and ``make faults`` has them."""
    drawn = random.choice(LEDGERS)
    return {"ledger": drawn, "server": server_of(drawn)}


@pytest.fixture(params=LEDGERS)
def ledger(request: pytest.FixtureRequest, server_of: Callable[[str], str]) -> dict[str, str]:
    """Each kind in turn."""
    return {"ledger": request.param, "server": server_of(request.param)}
