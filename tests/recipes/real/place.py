"""The project of these tests in a folder of a test's own, with its connections led to a site on loopback."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import pytest

from engine.commands.run import attend
from engine.launch import Wish, prepare
from engine.report import Report
from tests.recipes.real.server import TOKEN, Site
from tests.recipes.real.sheet import Sheet

HERE: Final = Path(__file__).resolve().parent
PROJECT: Final = HERE / "project"


def expected(name: str) -> Sheet:
    """Return a sheet of ``expected/``."""
    return Sheet.read(HERE / "expected" / f"{name}.csv")


def payload(connector: str, operation: str, sample: str = "default") -> list[dict[str, Any]]:
    """Return the records that a connector of the project has as a sample."""
    file = PROJECT / "connectors" / connector / "samples" / sample / f"{operation}.json"
    records: list[dict[str, Any]] = json.loads(file.read_bytes())["data"]
    return records


def amount(text: Any) -> Fraction:
    """Return an amount as it stands in a payload or was sent: text, never a float."""
    assert isinstance(text, str), f"{text!r} is no text"
    return Fraction(text)


@dataclass
class Project:
    """A copy of the project.

    Attributes:
        site: Whatever its connections lead to.
        address: Where *site* is served; another address would be another account, with effects of its own.
    """

    folder: Path
    site: Site
    address: str

    def run(
        self,
        recipe: str,
        *,
        variables: Iterable[str] = (),
        records: str | None = None,
        sample: str | None = None,
    ) -> Report:
        """Run one of its recipes as ``recipe run`` does, in this process."""
        wish = Wish(recipe, variables=tuple(variables), records=records)
        return attend(prepare(wish, self.folder), quiet=True)


@contextlib.contextmanager
def project(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """Make the project in *folder*, which becomes the working directory, and serve its site."""
    site = Site()
    shutil.copytree(PROJECT, folder, dirs_exist_ok=True)
    monkeypatch.setenv("SITE_TOKEN", TOKEN)
    monkeypatch.chdir(folder)
    with site.served() as address:
        file = folder / "connections.yaml"
        file.write_text(file.read_text("utf-8").replace("token:", f"base_url: {address}, token:"), "utf-8")
        yield Project(folder, site, address)
