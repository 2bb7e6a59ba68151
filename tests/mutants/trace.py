"""A plugin of pytest for the runs over mutants: notes which test runs what and how long, and runs chosen tests alone.

``MUTANTS_TIMES`` names a file for the seconds of each test function; with coverage at work each is a context of its
own. ``MUTANTS_CHOSEN`` names a file with the test functions to run, in their order.
"""

from __future__ import annotations

import json
import os
import resource
from collections import defaultdict
from collections.abc import Generator
from pathlib import Path

import pytest

MEMORY = 4_000_000_000
EXAMPLES = 25

_times: defaultdict[str, float] = defaultdict(float)


def function(nodeid: str) -> str:
    """Return the test function of *nodeid*: all its parameters are chosen or left out together."""
    return nodeid.partition("[")[0]


def pytest_configure() -> None:
    """Keep a mutant that collects without end from taking the machine's memory."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the chosen tests in their order, each property with a few examples."""
    from hypothesis import settings

    for item in items:
        test = getattr(item, "obj", None)
        own = getattr(test, "_hypothesis_internal_use_settings", None)
        if own is not None:
            few = settings(own, max_examples=min(EXAMPLES, own.max_examples), database=None)
            test._hypothesis_internal_use_settings = few  # type: ignore[union-attr]  # own says that it is there
    if path := os.environ.get("MUTANTS_CHOSEN"):
        order = {name: at for at, name in enumerate(json.loads(Path(path).read_text("utf-8")))}
        left = [item for item in items if function(item.nodeid) not in order]
        config.hook.pytest_deselected(items=left)
        items[:] = sorted(
            (item for item in items if function(item.nodeid) in order),
            key=lambda item: order[function(item.nodeid)],
        )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Name the test to coverage, where it is at work, so that each line knows its tests."""
    if "MUTANTS_TIMES" in os.environ:
        from coverage import Coverage

        current = Coverage.current()
        if current is not None:
            current.switch_context(function(item.nodeid))
    return (yield)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    _times[function(report.nodeid)] += report.duration


def pytest_sessionfinish() -> None:
    """Write the times."""
    if path := os.environ.get("MUTANTS_TIMES"):
        Path(path).write_text(json.dumps(_times), "utf-8")
