"""A new kind of paging is one new file: here one that no package of the engine has, from its schema to a run."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from engine.connector_file import load
from engine.errors import RecipeInvalid
from engine.launch import Wish, launch, prepare
from engine.registry import PACKAGES, Registry
from engine.shapes.connector import connector_shape
from engine.shipped import shipped
from tests.fake import Reply, Sent, site
from tests.project import Silent

OFFSET = """\
from dataclasses import dataclass
from pydantic import BaseModel, ConfigDict, Field
from engine.declare import Declaration
from engine.paging import Page, asked_of, with_query


class Params(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    to: str = Field(description="Parameter that says how many are passed over.", examples=["skip"])


class Offset:
    def __init__(self, params):
        self.to = params.to

    def next(self, request, answer, records):
        if not records:
            return None
        done = int(asked_of(request).get(self.to, "0")) + len(records)
        return with_query(request, {self.to: str(done)})

    def page(self, records, asked, url):
        return Page(records[int(asked.get(self.to, "0")):])


DECLARATION = Declaration("offset", "How many are passed over.", Offset, Params)
"""
CONNECTOR = """\
connector: shelf
version: 1
summary: A shelf.
base_url: https://shelf.example.com
settings: {row: {type: string, example: a, description: Which row.}}
identity: [row]
operations:
  books.list:
    effect: read
    summary: What stands there.
    path: /books
    records: $.books
    paging: {kind: offset, to: skip}
"""
RECIPE = """\
recipe: take
version: 1
summary: What stands on the shelf is written down.
connections: {shelf: shelf}
trigger: {poll: shelf.books.list, key: $.id}
actions:
  - {id: row, uses: file.write, with: {file: out.jsonl, row: {id: $.id}}}
"""


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    """What there is, with one file more; and schemas made of that, as recipe schema --write makes them."""
    package = tmp_path / "packages" / "kinds_from_outside"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("", "utf-8")
    (package / "offset.py").write_text(OFFSET, "utf-8")
    monkeypatch.syspath_prepend(str(package.parent))
    schemas = tmp_path / "schemas"
    schemas.mkdir()
    packages = {**PACKAGES, "paging": (*PACKAGES["paging"], "kinds_from_outside")}
    connectors = [tmp_path / "connectors", shipped("connectors")]
    for path in shipped("schemas").glob("*.json"):
        (schemas / path.name).write_bytes(path.read_bytes())
    made = Registry(packages, connectors, schemas)
    (schemas / "connector.schema.json").write_text(json.dumps(connector_shape(made)), "utf-8")
    folder = tmp_path / "connectors" / "shelf"
    folder.mkdir(parents=True)
    (folder / "connector.yaml").write_text(CONNECTOR, "utf-8")
    yield made
    for name in [name for name in sys.modules if name.startswith("kinds_from_outside")]:
        del sys.modules[name]


def books(sent: Sent) -> Reply:
    """Serve five, two at a time."""
    skip = int(dict(parse_qsl(urlsplit(sent.path).query)).get("skip", "0"))
    return Reply(
        body=json.dumps({"books": [{"id": str(each)} for each in range(5)][skip : skip + 2]}).encode()
    )


def test_a_run_pages_by_it(tmp_path: Path, registry: Registry) -> None:
    (tmp_path / "recipes").mkdir()
    (tmp_path / "recipes" / "take.yaml").write_text(RECIPE, "utf-8")
    with site(books) as address:
        entry = {"connector": "shelf", "row": "a", "base_url": address}
        (tmp_path / "connections.yaml").write_text(json.dumps({"connections": {"shelf": entry}}), "utf-8")
        report = asyncio.run(launch(prepare(Wish("take"), tmp_path, registry), Silent(), {}))
    assert (report.outcome, report.calls) == ("done", 4)
    rows = [json.loads(line)["id"] for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert rows == ["0", "1", "2", "3", "4"]


def test_its_settings_are_checked_like_those_of_any_other(tmp_path: Path, registry: Registry) -> None:
    wrong = CONNECTOR.replace("to: skip", "too: skip")
    (tmp_path / "connectors" / "shelf" / "connector.yaml").write_text(wrong, "utf-8")
    with pytest.raises(RecipeInvalid) as caught:
        load("shelf", registry)
    assert [each.code for each in caught.value.diagnostics] == ["R103"]
    assert "did you mean 'to'?" in caught.value.diagnostics[0].help


def test_without_its_file_there_is_no_such_kind(registry: Registry) -> None:
    assert "offset" in registry.names("paging")
    assert "offset" not in Registry().names("paging")
