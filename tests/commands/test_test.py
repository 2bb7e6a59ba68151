"""``recipe test``: a recipe's own tests, run as its user runs them, and nothing is sent."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.bench import CONNECTOR, NOTE
from tests.running import here

PASSED, FAILED, USAGE, INVALID = range(4)
HEAD = """\
recipe: notes
version: 1
connections: {desk: desk}
vars: {month: {type: date, default: 2026-01-01, description: The month.}}
trigger: {manual: an order, key: $.id, when: "{{ record.status != 'draft' }}"}
"""
READS = "reads: [{id: known, uses: desk.notes.list, with: {of: $.name}}]\n"
MAPPED = """\
mapping:
  target: accounting/payment
  fields: {invoice_id: $.name, amount: $.total | money, currency: USD, date: $vars.month, method: card}
"""
ACTIONS = """\
actions:
  - {skip: a test order, when: "{{ record.status == 'test' }}"}
  - {stop: the desk is closed, when: "{{ record.status == 'late' }}"}
  - {id: note, uses: desk.notes.create, with: {text: $.name, amount: $.total | money}}
  - id: each
    for_each: $.parts
    as: part
    key: $part.id
    do:
      - {id: more, uses: desk.notes.create, with: {text: "{{ steps.note.id }} {{ part.text }}"}}
"""
RECORD = {"id": 1, "name": "#1", "status": "paid", "total": "12.50", "parts": []}
PARTS = [{"id": "a", "text": "one"}, {"id": "b", "text": "two"}]


@dataclass
class Project:
    """A folder with recipes, their tests, and a connector of the tests."""

    folder: Path

    def recipe(self, text: str, name: str = "notes") -> None:
        (self.folder / f"{name}.yaml").write_text(text, "utf-8")

    def write(self, *cases: dict[str, Any], name: str = "notes", recipe: str = "notes") -> None:
        data = {"recipe_test": recipe, "version": 1, "cases": list(cases)}
        text = json.dumps(data, indent=1, ensure_ascii=False)  # JSON is YAML, and each value has its line
        (self.folder / f"{name}.test.yaml").write_text(text, "utf-8")

    def test(self, *words: str) -> subprocess.CompletedProcess[str]:
        return here("test", *words, cwd=self.folder)

    def differences(self, **case: Any) -> list[tuple[str, str, str]]:
        """Return where one case is not as expected, what was expected, and what was found."""
        self.write(a_case(**case))
        done = self.test("--format", "json")
        (told,) = json.loads(done.stdout)["cases"]
        assert done.returncode == (PASSED if told["passed"] else FAILED)
        return [(each["at"], each["expected"], each["found"]) for each in told["differences"]]


def a_case(**case: Any) -> dict[str, Any]:
    return {"name": "a case", "record": RECORD, **case}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    folder = tmp_path / "connectors" / "desk"
    folder.mkdir(parents=True)
    (folder / "connector.yaml").write_text(CONNECTOR, "utf-8")
    (folder / "note.schema.json").write_text(json.dumps(NOTE), "utf-8")
    (tmp_path / "connections.yaml").write_text("connections: {}\n", "utf-8")
    made = Project(tmp_path)
    made.recipe(HEAD + ACTIONS)
    return made


def test_the_shipped_recipe_passes_its_tests_from_an_empty_folder_and_leaves_nothing_there(
    tmp_path: Path,
) -> None:
    done = here("test", "shopify-to-invoice", cwd=tmp_path)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (PASSED, "12 passed, 0 failed")
    assert list(tmp_path.iterdir()) == []


def test_without_arguments_every_test_below_this_folder_is_run(project: Project) -> None:
    (project.folder / "deep").mkdir()
    (project.folder / ".hidden").mkdir()
    project.write(a_case(expect={"sends": [{"uses": "desk.notes.create"}]}))
    for folder in ("deep", ".hidden"):
        text = (project.folder / "notes.test.yaml").read_text("utf-8").replace('"notes"', '"../notes.yaml"')
        (project.folder / folder / "other.test.yaml").write_text(text, "utf-8")
    done = project.test()
    assert done.returncode == PASSED, done.stdout
    assert done.stdout == (
        f"{Path('deep', 'other.test.yaml')}:5: ok  a case\nnotes.test.yaml:5: ok  a case\n2 passed, 0 failed\n"
    )


def test_a_difference_names_field_values_and_both_places(project: Project) -> None:
    project.recipe(HEAD + MAPPED + ACTIONS)
    project.write(a_case(expect={"mapped": {"amount": "12.00"}}))
    done = project.test("notes.test.yaml")
    assert done.returncode == FAILED
    assert done.stdout == (
        "notes.test.yaml:5: FAILED  a case\n"
        "  /mapped/amount (line 16)\n"
        '    expected: "12.00"\n'
        '    found:    "12.50"\n'
        "    recipe:   notes.yaml:8:40  (/mapping/fields/amount)\n"
        "0 passed, 1 failed\n"
    )


def test_fields_that_are_not_named_are_not_looked_at_and_one_that_is_missing_is(project: Project) -> None:
    project.recipe(HEAD + MAPPED + ACTIONS)
    assert project.differences(expect={"mapped": {"method": "card"}}) == []
    assert project.differences(expect={"mapped": {"memo": None}}) == [("/mapped/memo", "null", "nothing")]


def test_a_number_stands_for_its_text_in_a_field_of_money_and_nowhere_else(project: Project) -> None:
    project.recipe(HEAD + MAPPED + ACTIONS)
    project.write(a_case(expect={"mapped": {"amount": "AMOUNT"}}))
    file = project.folder / "notes.test.yaml"
    file.write_text(file.read_text("utf-8").replace('"AMOUNT"', "12.50"), "utf-8")
    assert project.test().returncode == PASSED
    wrong = project.differences(expect={"mapped": {"invoice_id": 1}}, changes={"/name": "1"})
    assert wrong == [("/mapped/invoice_id", "1", '"1"')]


@pytest.mark.parametrize(
    ("wanted", "found", "is_one"),
    [
        ("2", "2.0", True),
        ("2.50", "2.5", True),
        ("2", "3", False),
        ("1", "true", False),
        ("'2'", "2", False),
        ("null", "''", False),
        ("{a: 1}", "[1]", False),
        ("[{a: 1}]", "[{a: 1, b: 2}]", True),
        ("[1, 2]", "[2, 1]", False),
    ],
)
def test_values_are_one_when_json_says_so(project: Project, wanted: str, found: str, is_one: bool) -> None:
    project.recipe(HEAD + "actions: [{id: kept, uses: file.write, with: {file: a.jsonl, row: $.row}}]\n")
    text = "recipe_test: notes\nversion: 1\ncases:\n  - name: one\n"
    text += f"    record: {{id: 1, status: paid, row: {{v: {found}}}}}\n"
    text += f"    expect: {{sends: [{{uses: file.write, with: {{row: {{v: {wanted}}}}}}}]}}\n"
    (project.folder / "notes.test.yaml").write_text(text, "utf-8")
    done = project.test()
    assert done.returncode == (PASSED if is_one else FAILED), done.stdout


def test_an_amount_that_is_sent_may_be_written_as_a_number(project: Project) -> None:
    text = "recipe_test: notes\nversion: 1\ncases:\n  - name: one\n"
    text += "    record: {id: 1, name: a, status: paid, total: '12.50', parts: []}\n"
    text += "    expect: {sends: [{uses: desk.notes.create, with: {amount: 12.50}}]}\n"
    (project.folder / "notes.test.yaml").write_text(text, "utf-8")
    assert project.test().returncode == PASSED


def test_an_action_of_the_engines_own_gives_what_it_gives_in_a_run(project: Project) -> None:
    project.recipe(
        HEAD
        + "actions:\n  - {id: kept, uses: file.write, with: {file: a.csv, row: {id: $.id}}}\n"
        + '  - {id: told, uses: log.write, with: {message: "{{ steps.kept.file }}"}}\n'
    )
    sends = [{"uses": "file.write"}, {"uses": "log.write", "with": {"message": "a.csv"}}]
    assert project.differences(expect={"sends": sends}) == []


def test_a_read_that_its_target_would_refuse_fails_the_record(project: Project) -> None:
    project.recipe(HEAD + READS + ACTIONS)
    expect = {"fails": {"code": "X107", "message": "desk.notes.list would refuse"}}
    assert project.differences(steps={"known": []}, changes={"/name": 1}, expect=expect) == []


def test_what_an_alias_shares_is_changed_in_one_place_only(project: Project) -> None:
    text = "recipe_test: notes\nversion: 1\ncases:\n  - name: one\n"
    text += "    record: {id: 1, name: '#1', status: paid, total: '1', parts: [&p {id: a, text: x}, *p]}\n"
    text += "    changes: {/parts/1/id: b}\n"
    text += "    expect: {sends: [{uses: desk.notes.create}, {uses: desk.notes.create, key: [1, a]},"
    text += " {uses: desk.notes.create, key: [1, b]}]}\n"
    (project.folder / "notes.test.yaml").write_text(text, "utf-8")
    done = project.test()
    assert done.returncode == PASSED, done.stdout


def test_lists_have_the_same_length(project: Project) -> None:
    project.recipe(
        HEAD.replace("notes", "lists")
        + "actions: [{id: kept, uses: file.write, with: {file: a.csv, rows: $.rows}}]\n",
        "lists",
    )
    rows = [{"a": "1", "b": "x"}, {"a": "2", "b": "y"}]
    case = a_case(record={"id": 1, "status": "paid", "rows": rows})
    for wanted, told in (
        (rows, None),
        ([{"a": "1"}, {"b": "y"}], None),
        (rows[:1], "1 entry"),
        ([], "0 entries"),
    ):
        expect = {"sends": [{"uses": "file.write", "with": {"rows": wanted}}]}
        project.write({**case, "expect": expect}, recipe="lists")
        done = project.test()
        assert done.returncode == (FAILED if told else PASSED)
        assert told is None or f"expected: {told}\n    found:    2 entries" in done.stdout
    assert not (project.folder / "a.csv").exists()


def test_a_read_without_an_answer_fails_the_test_and_names_the_entry_to_add(project: Project) -> None:
    project.recipe(HEAD + READS + ACTIONS)
    project.write(a_case(expect={"sends": [{"uses": "desk.notes.create"}]}))
    done = project.test()
    assert done.returncode == FAILED
    assert "the recipe reads desk.notes.list, and this case does not say what known gives" in done.stdout
    assert "help:     add to its steps: known: []" in done.stdout
    assert "recipe:   notes.yaml:6:9  (/reads/0)" in done.stdout
    assert project.differences(steps={"known": []}, expect={"sends": [{"uses": "desk.notes.create"}]}) == []


def test_on_error_does_not_swallow_a_read_without_an_answer(project: Project) -> None:
    project.recipe(
        HEAD + "actions: [{id: known, uses: desk.notes.get, with: {id: '1'}, on_error: {then: continue}}]\n"
    )
    ((_, expected, found),) = project.differences(expect={"sends": []})
    assert expected == "an answer for each read"
    assert "what known gives" in found


def test_sends_are_all_writes_in_their_order_with_fields_and_keys(project: Project) -> None:
    made: list[dict[str, Any]] = [
        {"uses": "desk.notes.create", "with": {"text": "#1", "amount": "12.50"}, "key": "1"},
        {"uses": "desk.notes.create", "with": {"text": "<steps.note.id> one"}, "key": [1, "a"]},
        {"uses": "desk.notes.create", "key": ["1", "b"]},
    ]
    parts = {"changes": {"/parts": PARTS}}
    assert project.differences(**parts, expect={"sends": made}) == []
    three = ", ".join(["desk.notes.create"] * 3)
    two = ", ".join(["desk.notes.create"] * 2)
    assert project.differences(**parts, expect={"sends": made[:2]}) == [("/sends", two, three)]
    assert project.differences(expect={"sends": []}) == [("/sends", "nothing", "desk.notes.create")]
    swapped = [made[0], {**made[1], "key": [1, "b"]}, {**made[2], "with": {"text": "two"}}]
    assert project.differences(**parts, expect={"sends": swapped}) == [
        ("/sends/1/key", '["1","b"]', '["1","a"]'),
        ("/sends/2/with/text", '"two"', '"<steps.note.id> two"'),
    ]


def test_the_answer_of_a_write_is_the_cases_where_it_gives_one(project: Project) -> None:
    sends = [{"uses": "desk.notes.create"}, {"uses": "desk.notes.create", "with": {"text": "n-7 one"}}]
    given: dict[str, Any] = {"steps": {"note": {"id": "n-7"}}, "changes": {"/parts": PARTS[:1]}}
    assert project.differences(**given, expect={"sends": sends}) == []


FAILS = {"code": "X101", "message": "is missing"}


@pytest.mark.parametrize(
    ("changes", "expect", "told"),
    [
        ({"/status": "draft"}, {"ignored": True}, None),
        ({"/status": "test"}, {"skips": "test order", "sends": []}, None),
        ({"/status": "late"}, {"stops": "desk is closed", "sends": []}, None),
        ({"/parts": [{"id": "a"}]}, {"fails": FAILS}, None),
        ({"/name": ""}, {"fails": {"code": "X107"}, "sends": []}, None),
        ({}, {"ignored": True}, "the record goes through"),
        ({"/status": "draft"}, {"sends": []}, "the record is ignored"),
        ({"/status": "test"}, {"skips": "a draft"}, "a test order"),
        ({"/status": "test"}, {"sends": []}, "the recipe skips the record: a test order"),
        ({"/status": "late"}, {"skips": "closed"}, "the recipe says stop: the desk is closed"),
        ({"/name": ""}, {"sends": []}, "the record fails with X107: desk.notes.create would refuse /text"),
        ({"/name": ""}, {"fails": {"code": "X106"}}, "X107"),
        ({"/name": ""}, {"fails": {"message": "do not add up"}}, "would refuse /text"),
        ({}, {"fails": {"code": "X107"}}, "the record goes through"),
    ],
)
def test_how_a_record_ends_is_as_expected_or_told(
    project: Project, changes: dict[str, Any], expect: dict[str, Any], told: str | None
) -> None:
    found = project.differences(changes=changes, expect=expect)
    assert [told is not None and told in each[2] for each in found] == ([] if told is None else [True])


def test_a_failure_that_was_not_expected_names_its_place_in_the_recipe(project: Project) -> None:
    project.write(a_case(changes={"/name": ""}, expect={"sends": []}))
    assert "recipe:   notes.yaml:9:5  (/actions/2)" in project.test().stdout


def test_a_target_that_refuses_shows_what_on_error_does(project: Project) -> None:
    handled = "on_error: {then: [{id: told, uses: log.write, with: {message: $error.message}}]}"
    project.recipe(HEAD + ACTIONS + handled)
    sends = [{"uses": "desk.notes.create"}, {"uses": "log.write", "with": {"message": "TOLD"}}]
    (wrong,) = project.differences(
        refuses={"note": "no such desk"}, expect={"fails": {"code": "X201"}, "sends": sends}
    )
    assert wrong == ("/sends/1/with/message", '"TOLD"', '"desk.notes.create: no such desk"')


def test_steps_of_called_recipes_are_answered_and_their_places_stand_in_their_files(project: Project) -> None:
    called = HEAD.replace("recipe: notes", "recipe: called").replace(
        ", when: \"{{ record.status != 'draft' }}\"", ""
    )
    project.recipe(
        called
        + READS
        + 'actions: [{id: note, uses: desk.notes.create, with: {text: "{{ steps.known | count }} known"}}]\n',
        "called",
    )
    project.recipe(HEAD + "actions: [{id: sub, call: called, with: $}]\n")
    expect = {"sends": [{"uses": "desk.notes.create", "with": {"text": "3 known"}}]}
    project.write(a_case(expect=expect))
    assert "recipe:   called.yaml:6:9  (/actions/0/call/reads/0)" in project.test().stdout
    project.write(a_case(steps={"known": [1, 2]}, expect=expect))
    told = project.test().stdout
    assert 'expected: "3 known"\n    found:    "2 known"' in told
    assert "recipe:   called.yaml:7:" in told
    project.write(a_case(steps={"known": [1, 2, 3]}, expect=expect))
    assert project.test().returncode == PASSED


def test_variables_and_the_time_are_the_cases(project: Project) -> None:
    action = 'actions: [{id: note, uses: desk.notes.create, with: {text: "{{ vars.month }} {{ run.started_at }}"}}]\n'
    project.recipe(HEAD + action)

    def sends(text: str) -> dict[str, Any]:
        return {"sends": [{"uses": "desk.notes.create", "with": {"text": text}}]}

    assert project.differences(expect=sends("2026-01-01 2026-01-01T12:00:00.000+00:00")) == []
    later: dict[str, Any] = {"vars": {"month": "2026-11-01"}, "now": "2026-11-02T08:00:00+02:00"}
    assert project.differences(**later, expect=sends("2026-11-01 2026-11-02T06:00:00.000+00:00")) == []


def test_a_record_comes_from_a_file_and_what_a_case_changes_is_that_cases(project: Project) -> None:
    (project.folder / "orders").mkdir()
    (project.folder / "orders" / "1.json").write_text(json.dumps(RECORD), "utf-8")
    one = {"name": "one", "file": "orders/1.json", "changes": {"/name": "#2"}}
    send = {"uses": "desk.notes.create", "with": {"text": "#2"}}
    project.write({**one, "expect": {"sends": [send]}})
    assert project.test().returncode == PASSED
    text = "recipe_test: notes\nversion: 1\ncases:\n"
    text += "  - {name: one, record: &r {id: 1, name: '#1', status: paid, total: '1', parts: []}, changes: {/name: ''},"
    text += " expect: {fails: {code: X107}}}\n"
    text += "  - {name: two, record: *r, expect: {sends: [{uses: desk.notes.create, with: {text: '#1'}}]}}\n"
    (project.folder / "notes.test.yaml").write_text(text, "utf-8")
    assert project.test().stdout.endswith("2 passed, 0 failed\n")


def test_no_secret_is_opened_no_target_asked_and_no_state_made(project: Project) -> None:
    entry = 'connections:\n  shop: {connector: shopify, store: acme, token: "${env:NO_SUCH_TOKEN}"}\n'
    (project.folder / "connections.yaml").write_text(entry, "utf-8")
    assert "NO_SUCH_TOKEN" not in os.environ
    reads = "reads: [{id: paid, uses: shop.transactions.list, with: {order_id: $.id}}]\n"
    head = HEAD.replace("{desk: desk}", "{desk: desk, shop: shopify}")
    project.recipe(head + reads + ACTIONS)
    before = sorted(project.folder.rglob("*"))
    project.write(a_case(steps={"paid": []}, expect={"sends": [{"uses": "desk.notes.create"}]}))
    assert project.test().returncode == PASSED
    assert sorted(set(project.folder.rglob("*")) - set(before)) == [project.folder / "notes.test.yaml"]


def test_a_recipe_beside_the_test_comes_before_one_of_that_name_elsewhere(project: Project) -> None:
    (project.folder / "recipes").mkdir()
    (project.folder / "recipes" / "notes.yaml").write_text("recipe: other\n", "utf-8")
    assert project.differences(expect={"sends": [{"uses": "desk.notes.create"}]}) == []


def test_json_is_one_document_and_keeps_to_its_shape(project: Project) -> None:
    project.recipe(HEAD + MAPPED + ACTIONS)
    project.write(a_case(expect={"mapped": {"amount": "12.00"}}))
    (project.folder / "broken.test.yaml").write_text("recipe_test: notes\n", "utf-8")
    done = project.test("--format", "json")
    assert done.returncode == INVALID
    told = json.loads(done.stdout)
    assert set(told) == {"passed", "failed", "cases", "findings"}
    assert (told["passed"], told["failed"]) == (0, 1)
    assert {each["code"] for each in told["findings"]} == {"R104"}
    assert told["cases"] == [
        {
            "file": "notes.test.yaml",
            "line": 5,
            "recipe": "notes",
            "name": "a case",
            "passed": False,
            "differences": [
                {
                    "at": "/mapped/amount",
                    "line": 16,
                    "expected": '"12.00"',
                    "found": '"12.50"',
                    "help": "",
                    "recipe": {
                        "file": "notes.yaml",
                        "line": 8,
                        "column": 40,
                        "pointer": "/mapping/fields/amount",
                    },
                }
            ],
        }
    ]


def test_a_recipe_with_findings_is_not_run_and_the_other_tests_are(project: Project) -> None:
    project.recipe("recipe: bad\n", "bad")
    for name in ("bad", "worse"):
        project.write(a_case(expect={"sends": []}), name=name, recipe="bad")
    project.write(a_case(expect={"sends": [{"uses": "desk.notes.create"}]}))
    done = project.test()
    assert done.returncode == INVALID
    assert done.stdout.count("bad.yaml: 3 findings") == 1
    assert done.stdout.endswith("1 passed, 0 failed, 2 not run\n")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["connectors"], "there are no tests in connectors"),
        (["notes.yaml"], "notes.yaml has no tests beside it"),
        (["nope.test.yaml"], "there is no file nope.test.yaml"),
        (["nope"], "there is no recipe 'nope'"),
        ([], "there are no tests below this folder"),
    ],
)
def test_where_no_tests_are_it_says_where_they_would_be(
    project: Project, words: list[str], told: str
) -> None:
    done = project.test(*words)
    assert done.returncode == USAGE
    assert told in done.stderr


def test_a_folder_is_checked_without_its_tests_and_a_test_is_no_recipe(project: Project) -> None:
    project.write(a_case(expect={"sends": []}))
    project.recipe(HEAD + ACTIONS.replace("text: $.name", "text: $vars.month"))
    done = here("check", ".", cwd=project.folder)
    assert (done.returncode, done.stdout) == (PASSED, "notes.yaml: ok (notes)\n")
    done = here("run", "notes.test.yaml", cwd=project.folder)
    assert done.returncode == USAGE
    assert "run them: recipe test notes.test.yaml" in done.stderr


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("two.json", "[{}, {}]", "two.json has 2 records"),
        ("none.jsonl", "", "none.jsonl has 0 records"),
        ("bad.json", "{", "bad.json"),
        ("order.txt", "{}", "a record's file is .json, .jsonl, .csv or .xlsx"),
    ],
)
def test_a_file_that_holds_no_one_record_is_a_finding(
    project: Project, name: str, text: str, told: str
) -> None:
    (project.folder / name).write_text(text, "utf-8")
    project.write({"name": "one", "file": name, "expect": {"sends": []}})
    done = project.test()
    assert done.returncode == INVALID
    assert told in done.stdout
    assert "notes.test.yaml:7:" in done.stdout
