"""What every test may ask for: ``../shared``, a judge from outside, and a closing line that counts what was skipped.

With ``REQUIRE_ALL=1`` a skipped test fails, except one that reads ``../shared`` where that folder is absent.
"""

from __future__ import annotations

import os
import random
import shutil
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from tests.postgres import Server

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
NO_SHARED = "reads ../shared, which is absent"
NO_JUDGE = "absent judge "
JUDGES = {
    "hledger": "apt-get install hledger",
    "ledger": "apt-get install ledger",
    "bean-check": "pipx install beancount",
    "make": "apt-get install make",
    "openssl": "apt-get install openssl",
}
"""Programs that judge our output, run and never imported: name → the command that brings it."""

os.environ["XDG_CACHE_HOME"] = "/dev/null/no-cache"
# No test takes what another one left; those of the cache have a folder of their own.

# No deadline: no test asserts a duration. The blob and the seed let a failure be seen again.
settings.register_profile("house", deadline=None, print_blob=True)
settings.load_profile("house")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder ``../shared``, with conformance cases and samples; skips where it is absent."""
    if not SHARED.is_dir():
        pytest.skip(NO_SHARED)
    return SHARED


@pytest.fixture(scope="session")
def judge() -> Callable[[str], str]:
    """``judge("hledger")`` returns the program's path; skips with the command that brings it."""

    def find(name: str) -> str:
        found = shutil.which(name)
        if found is None:
            pytest.skip(f"{NO_JUDGE}{name}: {JUDGES[name]}")
        return found

    return find


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server of this session's own; skips where its wheel cannot be had."""
    from tests.postgres import serving

    with serving() as server:
        yield server


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Draw one seed, for the order of tests and for hypothesis; the header prints it."""
    if getattr(config.option, "randomly_seed", None) == "default":
        config.option.randomly_seed = random.SystemRandom().getrandbits(32)
    if config.option.hypothesis_seed is None:
        config.option.hypothesis_seed = str(getattr(config.option, "randomly_seed", 0))


def pytest_report_header(config: pytest.Config) -> str:
    return f"Using --hypothesis-seed={config.option.hypothesis_seed}"


_skips: Counter[str] = Counter()
_refused: Counter[str] = Counter()


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    told = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return told.removeprefix("Skipped: ")


def _judge_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Count a skip; under REQUIRE_ALL=1 turn it into a failure that says why."""
    if report.outcome != "skipped" or hasattr(report, "wasxfail"):
        return
    reason = _reason(report)
    if os.environ.get("REQUIRE_ALL") == "1" and reason != NO_SHARED:
        _refused[reason] += 1
        report.outcome = "failed"
        report.longrepr = f"skipped, which REQUIRE_ALL=1 forbids: {reason}"
    else:
        _skips[reason] += 1


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _judge_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _judge_skip(report)
    return report


def pytest_unconfigure() -> None:
    """Close with one line: how many tests were skipped for what, and what brings each."""
    told = [f"{count} × {reason}" for reason, count in sorted(_skips.items())]
    told += [f"{count} refused × {reason}" for reason, count in sorted(_refused.items())]
    print(
        f"Skipped for what is absent here: {sum(_skips.values())}" + (f" ({'; '.join(told)})" if told else "")
    )
