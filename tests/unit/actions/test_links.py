"""``links.find``: from a document to the records behind it, and from a record to what was made of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.project import Project

MADE = "  - {id: customer, uses: books.customers.create, with: {name: $.name}}\n"
SHOW = "  - {id: show, uses: file.write, with: {file: found.jsonl, row: {links: $steps.found}}}\n"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path)
    made.recipe(MADE)
    _with_books(made, "rows")
    assert made.run({"id": "a", "name": "Ann"}, {"id": "b", "name": "Bob"}).done == 2
    return made


def _with_books(project: Project, name: str) -> None:
    path = project.folder / "recipes" / f"{name}.yaml"
    path.write_text(
        path.read_text("utf-8").replace("connections: {}", "connections: {books: books}"), "utf-8"
    )


def find(project: Project, asked: str, **record: Any) -> Any:
    """Return what ``links.find`` gives for *asked*, or the record's error."""
    project.recipe(f"  - {{id: found, uses: links.find, with: {asked}}}\n" + SHOW, "links")
    _with_books(project, "links")
    report = project.run({"id": "x", **record}, name="links")
    if report.failed:
        return report.failures[0].message
    return json.loads(project.text("found.jsonl").splitlines()[-1])["links"]


def test_a_document_leads_to_the_record_it_was_made_from_and_all_its_documents(project: Project) -> None:
    made = project.effects()[1]
    found = find(project, "{document: $.doc, connection: books}", doc=made.remote_id)
    document = {
        "action": "customer",
        "operation": "books.customers.create",
        "target": made.target,
        "id": made.remote_id,
    }
    assert found == [{"recipe": "rows", "key": ["b"], "documents": [document]}]


def test_a_record_leads_to_its_documents(project: Project) -> None:
    found = find(project, "{recipe: rows, key: a}")
    assert [document["id"] for link in found for document in link["documents"]] == [
        project.effects()[0].remote_id
    ]


@pytest.mark.parametrize(
    "asked", ["{document: nothing, connection: books}", "{recipe: rows, key: c}", "{recipe: other, key: a}"]
)
def test_what_was_never_made_has_no_links(project: Project, asked: str) -> None:
    assert find(project, asked) == []


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (
            "{document: x, connection: $.absent?}",
            "links.find takes document and connection, or recipe and key",
        ),
        ("{recipe: rows, key: $.absent?}", "links.find takes document and connection, or recipe and key"),
        ("{recipe: rows, key: null}", "a key must be text, an integer or a list of them, found null"),
    ],
)
def test_half_a_question_is_that_records_error(project: Project, asked: str, message: str) -> None:
    assert find(project, asked) == message


def test_a_row_in_a_file_is_a_document_of_its_record(project: Project) -> None:
    project.recipe("  - {id: row, uses: file.write, with: {file: t.csv, row: {id: $.id}}}\n", "files")
    project.run({"id": "f"}, name="files")
    found = find(project, "{recipe: files, key: f}")
    assert [(each["operation"], each["id"]) for link in found for each in link["documents"]] == [
        ("file.write", "t.csv")
    ]


def test_a_document_that_records_share_leads_to_all_of_them_and_each_leads_to_it(project: Project) -> None:
    project.recipe(
        "  - {id: customer, uses: books.customers.create, with: {name: $.name}, key: $.name}\n", "shared"
    )
    _with_books(project, "shared")
    project.run({"id": "1", "name": "Zoe"}, {"id": "2", "name": "Zoe"}, name="shared")
    [made] = [row for row in project.effects() if row.recipe == "shared"]
    found = find(project, "{document: $.doc, connection: books}", doc=made.remote_id)
    assert [link["key"] for link in found] == [["1"], ["2"]]
    assert [[each["id"] for each in link["documents"]] for link in found] == [[made.remote_id]] * 2
