"""A project's own connectors, in its folder ``connectors``, are found first and checked like ours."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from engine.shipped import shipped
from tests.running import RECIPE, here

TINY = """
connector: tiny
version: 1
summary: A shop of our own.
base_url: https://tiny.example.com
settings: {account: {type: string, example: sample, description: The account.}}
identity: [account]
operations:
  orders.list: {effect: read, summary: All orders., path: /orders, records: $.orders}
"""
READING = """
recipe: reading
version: 1
connections: {shop: tiny}
trigger: {poll: shop.orders.list, key: $.id}
actions: [{uses: log.write, id: told, with: {message: "{{ record.name }}"}}]
"""
CONNECTIONS = "connections: {shop: {connector: tiny, account: acme}}\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    samples = folder / "connectors" / "tiny" / "samples" / "default"
    samples.mkdir(parents=True)
    (samples / "orders.list.json").write_text(json.dumps({"orders": [{"id": 1, "name": "one"}]}), "utf-8")
    (folder / "connectors" / "tiny" / "connector.yaml").write_text(TINY, "utf-8")
    (folder / "connections.yaml").write_text(CONNECTIONS, "utf-8")
    (folder / "recipes").mkdir()
    (folder / "recipes" / "reading.yaml").write_text(READING, "utf-8")
    return folder


def test_a_recipe_of_the_project_uses_its_connector(project: Path) -> None:
    done = here("check", "reading", cwd=project)
    assert done.returncode == 0, done.stdout
    assert done.stdout.endswith("recipes/reading.yaml: ok (reading), 1 note\n")
    done = here("run", "reading", "--sample", cwd=project)
    assert (done.returncode, done.stdout.partition("\n")[0][:6]) == (0, "read 1"), done.stderr


def test_it_is_listed_beside_those_that_ship(project: Path) -> None:
    names = [line.split()[0] for line in here("connectors", cwd=project).stdout.splitlines()]
    assert {"tiny", "shopify", "books"} <= set(names)
    assert "A shop of our own." in here("connectors", "tiny", cwd=project / "recipes").stdout


def test_a_recipe_outside_any_project_has_those_beside_it(project: Path) -> None:
    (project / "connections.yaml").unlink()
    (project / "recipes" / "reading.yaml").rename(project / "reading.yaml")
    for _ in range(2):  # the first run makes a state folder there, and so a project
        done = here("run", "reading.yaml", "--sample", cwd=project)
        assert done.returncode == 0, done.stderr
    assert "tiny" in here("connectors", cwd=project).stdout


def test_outside_the_project_it_does_not_exist(project: Path) -> None:
    outside = project.parent / "outside"
    outside.mkdir()
    (outside / "connections.yaml").write_text("connections: {}\n", "utf-8")
    (outside / "reading.yaml").write_text(READING, "utf-8")
    done = here("check", "reading.yaml", cwd=outside)
    assert done.returncode == 3
    assert "there is no connector or interface 'tiny'" in done.stdout


def test_what_is_wrong_with_it_is_shown_at_its_place(project: Path) -> None:
    file = project / "connectors" / "tiny" / "connector.yaml"
    file.write_text(TINY.replace("identity: [account]", "identity: [shop]"), "utf-8")
    done = here("check", "reading", cwd=project)
    assert done.returncode == 3
    assert "error[R402]: 'shop' is no setting that may identify an account" in done.stdout
    assert "connectors/tiny/connector.yaml:7:12" in done.stdout


def test_one_of_the_same_name_as_a_shipped_one_is_taken(project: Path) -> None:
    own = project / "connectors" / "shopify" / "connector.yaml"
    shutil.copytree(shipped("connectors") / "shopify", own.parent)
    (project / "connections.yaml").write_text("connections: {}\n", "utf-8")
    text = own.read_text("utf-8")
    own.write_text(re.sub(r"\btransactions\.list", "payments.list", text), "utf-8")
    done = here("check", RECIPE, cwd=project)
    assert done.returncode == 3
    assert "shopify has no operation 'transactions.list'" in done.stdout


WRITING = """
recipe: writing
version: 1
connections: {shop: tiny, one: crm, other: desk}
trigger: {poll: shop.orders.list, key: $.id}
mapping: {fields: {name: $.name}}
actions:
  - {id: first, uses: one.notes.create, with: $mapped}
  - {id: second, uses: other.notes.create, with: $mapped}
"""
CRM = (
    TINY.partition("operations:")[0]
    + """
operations:
  notes.create: {effect: create, summary: Adds a note., method: POST, path: /notes, body: ./note.schema.json,
    idempotency: none}
"""
)


def _desks(project: Path, **fields: str) -> None:
    (project / "connections.yaml").write_text("connections: {}\n", "utf-8")
    for name, field in fields.items():
        folder = project / "connectors" / name
        folder.mkdir()
        (folder / "connector.yaml").write_text(CRM.replace("tiny", name), "utf-8")
        schema = {"type": "object", "additionalProperties": False, "properties": {field: {"type": "string"}}}
        (folder / "note.schema.json").write_text(json.dumps(schema), "utf-8")


def test_a_document_of_one_connector_is_not_that_of_another_with_the_same_file_name(project: Path) -> None:
    _desks(project, crm="name", desk="title")
    file = project / "recipes" / "writing.yaml"
    file.write_text(WRITING, "utf-8")
    done = here("check", "writing", cwd=project)
    assert done.returncode == 3
    assert "actions that take different documents get $mapped" in done.stdout
    file.write_text(WRITING.replace("mapping: {", "mapping: {target: ../connectors/crm/note.schema.json, "))
    done = here("check", "writing", cwd=project)
    assert done.returncode == 3
    assert "other.notes.create takes desk's ./note.schema.json, but the mapping makes" in done.stdout
    assert "/actions/0" not in done.stdout


def test_documents_that_are_the_same_may_be_given_to_both(project: Path) -> None:
    _desks(project, crm="name", desk="name")
    text = WRITING.replace("mapping: {", "mapping: {target: ../connectors/crm/note.schema.json, ")
    (project / "recipes" / "writing.yaml").write_text(text, "utf-8")
    done = here("check", "writing", cwd=project)
    assert done.returncode == 0, done.stdout


def test_a_connector_that_is_no_utf_8_is_a_finding(project: Path) -> None:
    file = project / "connectors" / "tiny" / "connector.yaml"
    file.write_bytes(file.read_bytes().replace(b"A shop", b"A caf\xe9"))
    done = here("check", "reading", cwd=project)
    assert done.returncode == 3
    assert "error[R001]: this is no UTF-8 text" in done.stdout
    assert "save it as UTF-8" in done.stdout
