"""A project with the recipe ``notes``, which turns lines of ``notes.jsonl`` into notes at the target of the faults."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from engine.commands import main
from tests.faults.target import Target
from tests.faults.target.connectors import write

HEAD = """\
recipe: notes
version: 1
connections: {{desk: target-{strategy}}}
trigger: {{file: notes.jsonl, format: jsonl, key: $.id}}
"""


def begin(
    server: Target, folder: Path, monkeypatch: pytest.MonkeyPatch, strategy: str, actions: str
) -> Target:
    """Make the project in *folder*, which becomes the working directory, over a target that has nothing yet."""
    server.reset()
    write(folder, server.address, "2s")  # a machine that is busy is no fault
    monkeypatch.chdir(folder)
    connect(strategy)
    change(HEAD.format(strategy=strategy) + actions)
    return server


def connect(strategy: str, account: str = "main", name: str = "desk") -> None:
    """Let the connection *name* be one to *account*."""
    connection = {"connector": f"target-{strategy}", "account": account}
    Path("connections.yaml").write_text(json.dumps({"connections": {name: connection}}), "utf-8")


def change(text: str, file: str = "notes.yaml") -> None:
    """Let this be the recipe."""
    Path(file).write_text(text, "utf-8")


def records(*given: Mapping[str, Any]) -> None:
    """Let these be the records."""
    Path("notes.jsonl").write_text("".join(json.dumps(each) + "\n" for each in given), "utf-8")


def recipe(*words: str) -> Result:
    """Give the command ``recipe`` in this process."""
    return CliRunner().invoke(main, [*words])


def run(*words: str) -> Result:
    """Run the recipe; with words other than options another one."""
    return recipe("run", *([] if words and not words[0].startswith("-") else ["notes.yaml"]), *words)
