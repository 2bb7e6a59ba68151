"""Doors: each third-party package, the clock, the environment and a secret's text have one module that opens them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.source_tree

ROOT = Path(__file__).resolve().parents[2]
# What is imported or called → who may. A door may be a package: engine.http stands for engine.http.* too.
DOORS: dict[str, set[str]] = {
    "ruamel": {"engine.source"},
    "httpx2": {"engine.http"},
    "httpcore2": set(),
    "h11": {"engine.http"},
    "jsonpath": {"engine.paths"},
    "jsonpath_ng": {"engine.rows"},
    "python_calamine": {"engine.tables"},
    "re2": {"engine.patterns"},
    "xlsxwriter": {"engine.tables"},
    # Only engine.templates parses; the others go through the nodes that it made.
    "jinja2": {
        "engine.templates",
        "engine.expressions",
        "engine.inference.expressions",
        "engine.explained.expressions",
        "engine.generated.expressions",
    },
    "markupsafe": {"engine.templates", "engine.expressions"},
    "markdown_it": {"engine.smtp.markdown"},
    "msgspec": {"engine.canonical", "engine.generated.decoding"},
    "jsonschema": {"engine.flaws"},
    "jsonschema_rs": {"engine.schema", "engine.flaws"},
    "psycopg": {"engine.ledger"},
    "sqlite3": {"engine.ledger", "engine.books", "engine.tokens"},
    "click": {"engine.commands"},
    "engine.secret.reveal": {"engine.http", "engine.ledger", "engine.smtp", "engine.tokens"},
    "cryptography": {"engine.tokens.vault"},
    "._open": {"engine.secret"},  # the way round reveal
    "datetime.datetime.now": {"engine.clock"},
    "datetime.datetime.utcnow": set(),
    "datetime.datetime.today": set(),
    "datetime.date.today": set(),
    "time.time": {"engine.clock"},
    "time.time_ns": {"engine.clock"},
    "time.sleep": set(),
    "os.environ": {"engine.world", "engine.commands"},
    "os.environb": set(),
    "os.getenv": set(),
}


def names(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield the full dotted name of everything imported or reached through an import, wherever it stands.

    An attribute reached otherwise has its own name alone, after a point.
    """
    bound: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                bound[alias.asname or alias.name.partition(".")[0]] = (
                    alias.name if alias.asname else alias.name.partition(".")[0]
                )
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                bound[alias.asname or alias.name] = f"{node.module}.{alias.name}"
                yield f"{node.module}.{alias.name}", node.lineno
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and (dotted := _dotted(node)):
            first, _, rest = dotted.partition(".")
            if first in bound:
                yield f"{bound[first]}.{rest}", node.lineno
        if isinstance(node, ast.Attribute):
            yield f".{node.attr}", node.lineno


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute) and (before := _dotted(node.value)):
        return f"{before}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def _within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def trespasses(module: str, text: str) -> list[str]:
    """Name what *module* opens that is another module's door."""
    found = {
        f"{module} opens {thing}, which is for {', '.join(sorted(who)) or 'nobody'}"
        for name, _ in names(ast.parse(text))
        for thing, who in DOORS.items()
        if _within(name, thing) and not any(_within(module, door) for door in who)
    }
    return sorted(found)


def _module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def test_every_door_has_its_keeper_alone() -> None:
    sources = [ROOT / "cli.py", *sorted((ROOT / "engine").rglob("*.py"))]
    assert [t for path in sources for t in trespasses(_module(path), path.read_text("utf-8"))] == []


@pytest.mark.parametrize(
    "text",
    [
        "import httpx2",
        "import httpx2._models as m",
        "def f():\n    from httpx2 import Request",
        "from engine.secret import reveal",
        "from engine import secret\nsecret.reveal(1)",
        "import engine.secret\nengine.secret.reveal(1)",
        "from datetime import datetime as D\nD.now()",
        "import datetime\ndatetime.datetime.now()",
        "import time as t\nt.time()",
        "from time import sleep",
        "from os import environ",
        "import os\nos.environ.get('X')",
        "import os\nos.getenv('X')",
        "from ruamel.yaml import YAML",
        "import sqlite3.dbapi2",
        "def f(secret):\n    return secret._open()",
    ],
)
def test_a_trespass_would_be_seen(text: str) -> None:
    assert len(trespasses("engine.runner", text)) == 1


def test_a_door_may_be_a_package_and_its_name_is_not_a_prefix() -> None:
    assert trespasses("engine.http.client", "import httpx2") == []
    assert trespasses("engine.httpish", "import httpx2") != []
    assert trespasses("engine.runner", "import httpx2like, jsonschema_other") == []
