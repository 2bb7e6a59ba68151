"""A ledger of each kind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.ledger.stored import StoredLedger
from tests.ledgers import Home, home


@pytest.fixture(params=["sqlite", "postgres"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Home:
    """Where a ledger lies that nobody has opened yet."""
    return home(request.param, request, tmp_path)


@pytest.fixture
def ledger(where: Home) -> Iterator[StoredLedger]:
    """A new ledger."""
    made = where.open()
    yield made
    made.close()
