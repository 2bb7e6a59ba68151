"""What the tests of commands share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.target import Target


@pytest.fixture(scope="module")
def server() -> Iterator[Target]:
    """A target that counts what it got; a project takes it by ``tests.notes.begin``."""
    with Target() as target:
        yield target
