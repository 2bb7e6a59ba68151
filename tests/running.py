"""Runs recipes and commands the way users do, for tests."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from engine.commands import main
from engine.commands.run import attend
from engine.launch import Wish, prepare
from engine.registry import Registry
from engine.report import Report
from engine.shipped import shipped

RECIPE = "shopify-to-invoice.yaml"
SAMPLES = shipped("connectors") / "shopify" / "samples"
PROGRAM = (sys.executable, "-c", "from engine.commands import main; main()")


def sample(name: str, operation: str) -> list[dict[str, Any]]:
    """Return the recorded records of an operation of the Shopify connector."""
    data = json.loads((SAMPLES / name / f"{operation}.json").read_bytes())
    records: list[dict[str, Any]] = data[operation.partition(".")[0]]
    return records


def recipe(
    *arguments: str, cwd: Path, environ: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command ``recipe`` in a process of its own and return what it printed."""
    return subprocess.run(
        [*PROGRAM, *arguments],
        cwd=cwd,
        env={**os.environ, **(environ or {})},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def here(
    *arguments: str, cwd: Path, environ: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command ``recipe`` in this process, which is ten times as fast, and return what it printed."""
    before = Path.cwd()
    os.chdir(cwd)
    try:
        done = CliRunner(env=dict(environ or {})).invoke(main, list(arguments))
    finally:
        os.chdir(before)
    return subprocess.CompletedProcess(list(arguments), done.exit_code, done.stdout, done.stderr)


@dataclass
class Shop:
    """A Shopify connector with records of a test's own, and a folder to run in.

    Attributes:
        folder: The working directory; its state lies in ``.recipe``.
        size: Records a page.
        wishes: What else the next runs are asked for, such as ``keep_cursor``.
    """

    folder: Path
    monkeypatch: pytest.MonkeyPatch
    orders: list[dict[str, Any]]
    transactions: list[dict[str, Any]]
    size: int = 250
    wishes: dict[str, Any] = field(default_factory=dict)

    def run(self, recipe: str = RECIPE) -> Report:
        """Run the shipped recipe, or another file, on these records, over HTTP, in this process."""
        connectors = self.folder / "connectors"
        self._write(connectors / "shopify")
        self.monkeypatch.chdir(self.folder)
        registry = Registry(connectors=[connectors, shipped("connectors")])
        return attend(
            prepare(Wish(recipe, sample="default", **self.wishes), self.folder, registry), quiet=True
        )

    @property
    def books(self) -> Path:
        """The file of the books."""
        return self.folder / ".recipe" / "sample" / "books.db"

    def _write(self, folder: Path) -> None:
        (folder / "samples" / "default").mkdir(parents=True, exist_ok=True)
        shutil.copytree(shipped("connectors") / "shopify", folder, dirs_exist_ok=True, ignore=_no_samples)
        file = folder / "connector.yaml"
        file.write_text(file.read_text("utf-8").replace("limit: 250", f"limit: {self.size}"), "utf-8")
        for operation, records in (("orders", self.orders), ("transactions", self.transactions)):
            data = json.dumps({operation: records}, ensure_ascii=False)
            (folder / "samples" / "default" / f"{operation}.list.json").write_text(data, "utf-8")


def _no_samples(folder: str, names: Sequence[str]) -> list[str]:
    return [name for name in names if name == "samples"]
