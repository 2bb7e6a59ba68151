"""Operations that a recipe of the connector's folder carries out: what it is given, what it reads, what it makes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.fake import Reply, Sent, site
from tests.running import here

CONNECTOR = """
connector: ours
version: 1
summary: Books of our own.
implements: accounting
base_url: https://ours.example.com
settings:
  company: {type: string, example: "7", description: Which company.}
  shelf: {type: string, default: top, description: Where letters are put.}
  token: {type: string, secret: true, default: "", description: The key.}
identity: [company]
operations:
  customers.create: {effect: create, summary: Adds a customer., by: ./customers.create.yaml, body: accounting/customer}
  people.list:
    effect: read
    summary: People.
    path: /people
    params: {name: {in: query, type: string, description: Of this name.}}
    records: $.people
  people.create:
    effect: create
    summary: Adds somebody.
    method: POST
    path: /people
    body: ./person.schema.json
    idempotency: {header: Idempotency-Key, lifetime: 24h}
"""
PERSON = {
    "type": "object",
    "additionalProperties": False,
    "required": ["called"],
    "properties": {name: {"type": "string", "description": "A text."} for name in ("called", "shelf")},
}
CARRYING = """
recipe: ours-customers-create
version: 1
connections: {here: ours}
vars:
  shelf: {type: text}
trigger: {manual: a customer}
checks:
  - {that: "{{ record.name | default('') != '' }}", otherwise: a customer has a name here}
actions:
  - {id: seen, uses: here.people.list, with: {name: $.name}}
  - id: made
    when: "{{ steps.seen | count == 0 }}"
    uses: here.people.create
    with: {called: $.name, shelf: $vars.shelf}
returns: {id: "{{ steps.made.id | default(steps.seen | path('$[0].id')) }}"}
"""
RECIPE = """
recipe: people
version: 1
connections: {books: accounting}
trigger: {file: people.csv, key: $.id}
actions:
  - {id: customer, uses: books.customers.create, with: {name: "{{ record.name }}"}}
  - {id: told, uses: file.write, with: {file: told.jsonl, row: {id: $steps.customer.id}}}
"""
TESTED = """
recipe_test: people
version: 1
cases:
  - name: a customer is told by the id that it got
    record: {id: "1", name: Ada}
    steps: {customer: {id: p9}}
    expect:
      sends:
        - {uses: books.customers.create, key: [1], with: {name: Ada}}
        - {uses: file.write, with: {row: {id: p9}}}
"""


class Ours:
    """A project whose books are the connector's, served on loopback."""

    def __init__(self, folder: Path, address: str) -> None:
        self.folder = folder
        self.connector = folder / "connectors" / "ours"
        self.connector.mkdir(parents=True)
        (self.connector / "connector.yaml").write_text(CONNECTOR, "utf-8")
        (self.connector / "person.schema.json").write_text(json.dumps(PERSON), "utf-8")
        (self.connector / "customers.create.yaml").write_text(CARRYING, "utf-8")
        (folder / "people.yaml").write_text(RECIPE, "utf-8")
        (folder / "people.csv").write_text("id,name\n1,Ada\n2,Grace\n", "utf-8")
        self.configure(address)
        self.people: list[dict[str, Any]] = []
        self.keys: list[str] = []

    def configure(self, address: str, **more: str) -> None:
        books = {"connector": "ours", "company": "7", "base_url": address, **more}
        (self.folder / "connections.yaml").write_text(json.dumps({"connections": {"books": books}}), "utf-8")

    def answer(self, sent: Sent) -> Reply:
        if sent.method == "GET":
            name = parse_qs(urlsplit(sent.path).query)["name"][0]
            found = [each for each in self.people if each["called"] == name]
            return Reply(body=json.dumps({"people": found}).encode())
        self.people.append({"id": f"p{len(self.people)}", **json.loads(sent.body)})
        self.keys.append(sent.headers["idempotency-key"])
        return Reply(body=json.dumps(self.people[-1]).encode())

    def change(self, file: str, *changes: tuple[str, str]) -> None:
        path = self.folder / file
        text = path.read_text("utf-8")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path.write_text(text, "utf-8")

    def recipe(self, *arguments: str) -> CompletedProcess[str]:
        return here(*arguments, cwd=self.folder)


@pytest.fixture
def ours(tmp_path: Path) -> Iterator[Ours]:
    made: list[Ours] = []
    with site(lambda sent: made[0].answer(sent)) as address:
        made.append(Ours(tmp_path, address))
        yield made[0]


def test_what_is_given_becomes_what_the_target_has(ours: Ours) -> None:
    done = ours.recipe("run", "people.yaml")
    assert done.returncode == 0, done.stdout
    assert ours.people == [
        {"id": "p0", "called": "Ada", "shelf": "top"},
        {"id": "p1", "called": "Grace", "shelf": "top"},
    ]
    assert (ours.folder / "told.jsonl").read_text() == '{"id":"p0"}\n{"id":"p1"}\n'


def test_a_second_run_makes_nothing(ours: Ours) -> None:
    ours.recipe("run", "people.yaml")
    done = ours.recipe("run", "people.yaml")
    assert (done.returncode, len(ours.people)) == (0, 2), done.stdout


def test_its_variables_are_settings_of_the_connection(ours: Ours) -> None:
    address = json.loads((ours.folder / "connections.yaml").read_text())["connections"]["books"]["base_url"]
    ours.configure(address, shelf="cellar")
    ours.recipe("run", "people.yaml")
    assert [each["shelf"] for each in ours.people] == ["cellar", "cellar"]


def test_what_the_interface_would_refuse_reaches_no_recipe(ours: Ours) -> None:
    ours.change("people.yaml", ('name: "{{ record.name }}"', "name: $.name, email: $.mail?"))
    ours.change(
        "people.csv", ("id,name\n1,Ada\n", "id,name,mail\n1,Ada,\n"), ("2,Grace", "2,Grace,g@example.com")
    )
    done = ours.recipe("run", "people.yaml")
    assert "books.customers.create would refuse /email" in done.stderr, done.stdout
    assert [each["called"] for each in ours.people] == ["Grace"]


def test_what_its_checks_refuse_is_told_at_their_place(ours: Ours) -> None:
    ours.change("people.yaml", ('name: "{{ record.name }}"', "email: $.name"))
    done = ours.recipe("run", "people.yaml")
    assert "[X106]: a customer has a name here" in done.stderr
    assert "customers.create.yaml:9:5  (/checks/0)" in done.stderr
    assert ours.people == []


def test_a_key_of_the_action_tells_its_writes_apart(ours: Ours) -> None:
    ours.change(
        "people.yaml", ("uses: books.customers.create,", "uses: books.customers.create, key: $.name,")
    )
    ours.change("people.csv", ("2,Grace", "2,Ada"))
    ours.change(
        "connectors/ours/customers.create.yaml", ("steps.seen | count == 0", "steps.seen | count < 9")
    )
    done = ours.recipe("run", "people.yaml")
    assert len(set(ours.keys)) == len(ours.people) == 1, done.stdout


def test_a_plan_shows_its_requests_and_sends_none(ours: Ours) -> None:
    done = ours.recipe("plan", "people.yaml", "--format", "json")
    assert done.returncode == 0, done.stdout
    effects = [effect for record in json.loads(done.stdout)["records"] for effect in record["effects"]]
    made = [(each["action"], each["requests"][0]["body"]["called"]) for each in effects if each["requests"]]
    assert made == [("customer.made", "Ada"), ("customer.made", "Grace")]
    assert ours.people == []


def test_it_is_one_action_to_the_recipes_tests(ours: Ours) -> None:
    (ours.folder / "people.test.yaml").write_text(TESTED, "utf-8")
    done = ours.recipe("test", "people.test.yaml")
    assert (done.returncode, ours.people) == (0, []), done.stdout


def test_it_is_shown_by_whom_it_is_done(ours: Ours) -> None:
    shown = ours.recipe("connectors", "ours", "customers.create").stdout
    assert "is done by  ./customers.create.yaml" in shown
    told = json.loads(ours.recipe("connectors", "ours", "customers.create", "--format", "json").stdout)
    assert (told["by"], told["repeat"]) == (
        "./customers.create.yaml",
        "is what the operations say that its recipe uses",
    )


CARRIES = "connectors/ours/customers.create.yaml"
SAYS = "connectors/ours/connector.yaml"


@pytest.mark.parametrize(
    ("file", "changes", "code", "told"),
    [
        ("people.yaml", [("trigger:", "reads: [{id: all, uses: books.customers.create, with: {name: x}}]\ntrigger:")],
         "R208", "books.customers.create is carried out by a recipe"),
        ("people.yaml", [('name: "{{ record.name }}"', "nmae: $.name")], "R302", "has no field 'nmae'"),
        (CARRIES, [("returns: ", "# returns: ")], "R217", "and returns nothing"),
        (CARRIES, [("shelf: {type: text}", "shelf: {type: integer}"), ("$vars.shelf", "$vars.shelf | text")],
         "R217", "the variable 'shelf' of ours-customers-create is no setting of ours that is open text"),
        (CARRIES, [("shelf: {type: text}", "token: {type: text}"), ("$vars.shelf", "$vars.token")],
         "R217", "the variable 'token'"),
        (CARRIES, [("{here: ours}", "{here: ours, also: ours}")], "R217", "as its one connection"),
        (CARRIES, [("{manual: a customer}", "{file: a.csv, key: $.id}")], "R217", "a trigger of its own"),
        (CARRIES, [("with: {name: $.name}", "with: {name: $.naem}")], "R310", "naem"),
        (CARRIES, [("here.people.create\n    with: {called: $.name, shelf: $vars.shelf}",
                    "here.customers.create\n    with: {name: $.name}")], "R217", "this recipe would call itself"),
        (SAYS, [("./customers.create.yaml", "./customers.yaml")], "R403", "./customers.yaml cannot be read"),
        (SAYS, [("summary: Adds a customer.,", "summary: It adds one., path: /x,")], "R416", "no request of its own"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_a_finding(
    ours: Ours, file: str, changes: list[tuple[str, str]], code: str, told: str
) -> None:
    ours.change(file, *changes)
    done = ours.recipe("check", "people.yaml")
    assert f"error[{code}]: " in done.stdout, done.stdout
    assert told in done.stdout
    place = "people.yaml" if code == "R217" and "itself" not in told else file
    assert re.search(rf"--> \S*{re.escape(place)}:\d+:\d+ ", done.stdout), done.stdout
    assert done.returncode == 3
