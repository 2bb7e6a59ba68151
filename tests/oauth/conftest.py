"""The vendor that every test here asks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.oauth.vendor import Vendor, served


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    """A vendor for one test."""
    with served() as each:
        yield each
