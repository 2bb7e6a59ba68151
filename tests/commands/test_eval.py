"""``recipe eval``: one expression on one document, and many of them line by line."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from engine.commands import eval as evaluation
from engine.commands import main
from tests.running import PROGRAM

DOCUMENT = """{
  "name": "#1001", "total": "12.50", "rate": 0.190, "big": 12345678901234567890123, "far": 1E+2, "none": null,
  "status": "paid", "paid_at": "2026-11-01T03:30:00Z", "items": [{"sku": "A", "n": 1}, {"n": 2}]
}"""
DONE, NO_VALUE, USAGE, INVALID = range(4)
DOCS = Path(__file__).resolve().parents[2] / "docs" / "commands.md"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("order.json").write_text(DOCUMENT, "utf-8")
    Path("tables.yaml").write_text("invoice: {paid: open}\n", "utf-8")


def evaluate(*words: str, given: str | bytes = "") -> Result:
    done = CliRunner().invoke(main, ["eval", *words], input=given)
    assert "the engine itself failed" not in done.output
    return done


def on(expression: str, *words: str) -> Result:
    return evaluate(expression, "--on", "order.json", *words)


def batch(*lines: object, words: tuple[str, ...] = ()) -> tuple[int, list[dict]]:
    given = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)
    done = evaluate("--batch", *words, given=given)
    return done.exit_code, [json.loads(line) for line in done.stdout.splitlines()]


VALUES = [
    ("$.name", '"#1001"'),
    ("$.items[1].n", "2"),
    ("$.items[*].n", "[1,2]"),
    ("$.items[0].sku?", '"A"'),
    ("$.none", "null"),
    ("$.none | default('x')", '"x"'),
    ("$.total | money", "12.50"),
    ("$.rate", "0.190"),
    ("$.big", "12345678901234567890123"),
    ("$.far", "1E+2"),
    ("{{ record.rate * 10 }}", "1.900"),
    ("{{ record.total | money > 0 }}", "true"),
    ("Order {{ record.name }}", '"Order #1001"'),
    ("$5 off", '"$5 off"'),
    ("12.50", '"12.50"'),
    ("$.items[0]", '{"n":1,"sku":"A"}'),
]


@pytest.mark.parametrize(("expression", "printed"), VALUES)
def test_an_expression_gives_the_value_it_has_in_a_recipe(expression: str, printed: str) -> None:
    done = on(expression)
    assert (done.exit_code, done.stdout) == (DONE, f"{printed}\n")


def test_raw_prints_text_without_quotes_and_other_values_as_they_are() -> None:
    assert on("$.name", "--raw").stdout == "#1001\n"
    assert on("$.rate", "--raw").stdout == "0.190\n"


def test_the_document_may_come_from_standard_input_with_a_byte_order_mark() -> None:
    done = evaluate("$.a", "--on", "-", given=b'\xef\xbb\xbf{"a": 1.0}')
    assert (done.exit_code, done.stdout) == (DONE, "1.0\n")


def test_zone_and_tables_are_given_as_a_recipe_has_them() -> None:
    assert on("$.paid_at | date", "--timezone", "America/New_York").stdout == '"2026-10-31"\n'
    assert on("$.status | lookup('invoice')", "--lookups", "tables.yaml").stdout == '"open"\n'


NONE = [
    ("$.nowhere", "$ has no .nowhere\n"),
    ("$.nowhere?", "$.nowhere? gives nothing: what it names is absent or null"),
    ("$.none?", "remove the ? to see where it is missing"),
    ("{{ record.nowhere }}", "put | default(…) behind what may be absent"),
    ("{{ record.total + 1 }}", "+ takes numbers, found text"),
    ("$.paid_at | date", "outside of a recipe --timezone ZONE gives it"),
]


@pytest.mark.parametrize(("expression", "told"), NONE)
def test_what_has_no_value_on_this_document_ends_with_1_and_the_cure(expression: str, told: str) -> None:
    done = on(expression)
    assert (done.exit_code, done.stdout) == (NO_VALUE, "")
    assert told in done.stderr


def test_a_bad_expression_is_shown_with_its_place_and_cure() -> None:
    done = on("$.total | mony")
    assert (done.exit_code, done.stdout) == (INVALID, "")
    assert done.stderr.splitlines() == [
        "error[R301]: there is no filter 'mony'",
        " --> <expression>:1:11",
        "  |",
        "1 | $.total | mony",
        "  |           ^^^^ did you mean 'money'?",
        "",
        "<expression>: 1 finding",
    ]


def test_the_place_is_right_in_an_expression_of_several_lines_and_at_its_end() -> None:
    assert "<expression>:2:5" in on("{{ record.total\n  | mony }}").stderr
    assert "<expression>:1:10" in on("$.items[0").stderr


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("$item.n", "there is no root $item here"),
        ("{{ recrd.n }}", "did you mean 'record'?"),
        ("$.status | lookup('invoice')", "--lookups FILE gives the tables"),
        ("${env:TOKEN}", "error[R405]"),
    ],
)
def test_what_no_expression_can_be_ends_with_3(expression: str, told: str) -> None:
    done = on(expression)
    assert done.exit_code == INVALID
    assert told in done.stderr


MISUSES = [
    ((), "For example: recipe eval"),
    (("", "--on", "order.json"), "The expression is empty. The shell keeps its $ in single quotes"),
    (("$.a",), "--on FILE names it"),
    (("$.a", "--batch"), "give neither here"),
    (("$.a", "--on", "nowhere.json"), "nowhere.json cannot be read: No such file"),
    (("$.a", "--on", "."), "cannot be read: Is a directory"),
    (("$.a", "--on", "a\0b"), "no file has this name"),
    (("$.a", "--on", "tables.yaml"), "tables.yaml is no JSON"),
    (("$.a", "--on", "twice.json"), "has the key 'a' twice in one object"),
    (("$.a", "--on", "deep.json"), "nested too deeply"),
    (("$.a", "--on", "order.json", "--timezone", "EST5"), "there is no time zone 'EST5'"),
    (("$.a", "--on", "order.json", "--lookups", "flat.yaml"), "flat.yaml holds no tables by name"),
]


@pytest.mark.parametrize(("words", "told"), MISUSES)
def test_a_misuse_ends_with_2_and_leads_on(words: tuple[str, ...], told: str) -> None:
    Path("twice.json").write_text('{"a": 1, "b": {"a": 2}, "a": 3}')
    Path("deep.json").write_text("[" * 5000 + "]" * 5000)
    Path("flat.yaml").write_text("paid: open\n")
    done = evaluate(*words)
    assert done.exit_code == USAGE
    assert told.replace("nested too deeply", "deep") in done.stderr.replace("depth", "deep")


def test_a_document_beyond_the_bound_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation, "MAX_BYTES", 100)
    done = on("$.name")
    assert done.exit_code == USAGE
    assert "order.json is larger than" in done.stderr


def test_a_batch_answers_line_by_line_in_order_with_exact_numbers() -> None:
    done = evaluate(
        "--batch",
        given='{"expression": "$.a", "document": {"a": 12.50}}\n\n'
        '{"document": {"a": [1, 1E+2]}, "expression": "$.a"}\r\n'
        '{"expression": "{{ record.a / 4 }}", "document": {"a": 10}}',
    )
    assert done.exit_code == DONE
    assert done.stdout == '{"result":12.50}\n{"result":[1,1E+2]}\n{"result":2.5}\n'


def test_nodes_gives_the_list_of_selected_values_whatever_the_path() -> None:
    document = {"a": {"b": 1}}
    questions = [
        {"expression": path, "document": document, "nodes": True} for path in ("$.a.b", "$.x", "$..b")
    ]
    assert batch(*questions) == (DONE, [{"result": [1]}, {"result": []}, {"result": [1]}])


def test_an_expressions_error_is_an_answer_and_the_batch_goes_on() -> None:
    questions = [
        {"expression": "$.x", "document": {}},
        {"expression": "$.x | mony", "document": {}},
        {"expression": "$[", "document": {}, "nodes": True},
        {"expression": "$.a?", "document": {}},
        {"expression": "$", "document": 1},
    ]
    code, answers = batch(*questions)
    assert code == DONE
    assert [answer.get("error", {}).get("code") for answer in answers] == [
        "X101",
        "R301",
        "R301",
        "X101",
        None,
    ]
    assert answers[1]["error"] == {
        "code": "R301",
        "message": "there is no filter 'mony'",
        "help": "did you mean 'money'?",
        "offset": 6,
    }
    assert answers[2]["error"]["offset"] == 2
    assert set(answers[0]["error"]) == {"code", "message", "help"}


BAD_LINES = [
    ("x", "the line is no JSON"),
    ("[]", "the line is no JSON object"),
    ('{"expression": "$"}', "the key 'document' is missing"),
    ('{"document": 1}', "the key 'expression' is missing"),
    ('{"expresion": "$", "document": 1}', "unknown key 'expresion'"),
    ('{"expression": 1, "document": 1}', "the expression is no text"),
    ('{"expression": "$", "document": 1, "nodes": 1}', "nodes is true or false"),
    ('{"expression": "$", "document": {"a": 1, "a": 2}}', "has the key 'a' twice"),
    ('{"expression": "$", "document": 1e999}', "out of range"),
    ('{"expression": "$", "document": ' + "[" * 990 + "]" * 990 + "}", "dee"),
]


@pytest.mark.parametrize(("line", "told"), BAD_LINES)
def test_a_line_that_asks_nothing_is_answered_with_its_number_and_ends_with_1(line: str, told: str) -> None:
    good = {"expression": "$", "document": 1}
    code, answers = batch(good, line, good)
    assert code == 1
    assert answers[0] == answers[2] == {"result": 1}
    assert (answers[1]["error"]["code"], answers[1]["error"]["line"]) == ("input", 2)
    assert told in answers[1]["error"]["message"].replace("depth", "deep")
    assert answers[1]["error"]["help"]


def test_a_line_beyond_the_bound_is_passed_over_without_being_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation, "MAX_BYTES", 100)
    monkeypatch.setattr(evaluation, "REST", 7)
    good = {"expression": "$", "document": 1}
    code, answers = batch(good, {"expression": "$", "document": "x" * 1000}, good)
    assert code == 1
    assert [set(answer) for answer in answers] == [{"result"}, {"error"}, {"result"}]
    assert "longer" in answers[1]["error"]["message"]


def test_a_byte_order_mark_before_the_first_line_does_not_count() -> None:
    done = evaluate("--batch", given=b'\xef\xbb\xbf{"expression": "$", "document": 1}\n')
    assert (done.exit_code, done.stdout) == (DONE, '{"result":1}\n')


def test_a_line_that_is_no_utf_8_is_a_bad_line() -> None:
    done = evaluate("--batch", given=b'{"expression": "\xff", "document": 1}\n')
    assert (done.exit_code, json.loads(done.stdout)["error"]["line"]) == (1, 1)


@pytest.mark.parametrize("nodes", [True, False])
def test_a_path_goes_through_a_document_of_any_depth_that_can_be_read(nodes: bool) -> None:
    deep = '{"a":' * 500 + "1" + "}" * 500
    code, [answer] = batch(f'{{"expression": "$..a", "document": {deep}, "nodes": {str(nodes).lower()}}}')
    assert code == DONE
    assert len(answer["result"]) == 500


def test_each_line_is_answered_before_the_next_is_asked() -> None:
    with subprocess.Popen(
        [*PROGRAM, "eval", "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for number in (1, 2):
            process.stdin.write(json.dumps({"expression": "$", "document": number}) + "\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline()) == {"result": number}
        process.stdin.close()
        assert process.wait(timeout=60) == DONE


@pytest.mark.source_tree
def test_the_examples_of_the_docs_are_true(tmp_path: Path) -> None:
    page = DOCS.read_text("utf-8")
    [document] = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    Path("order.json").write_text(document, "utf-8")
    Path("tables.yaml").write_text("invoice: {paid: open}\n", "utf-8")
    rows = re.findall(r"^\| `recipe eval (.+?)` \| `(.+?)` \|$", page, re.MULTILINE)
    assert len(rows) >= 6
    for words, printed in rows:
        done = evaluate(*shlex.split(words.replace("\\|", "|")))
        assert (done.stdout or done.stderr.removeprefix("error: ")).startswith(printed), words


def test_help_has_examples_and_says_the_exit_codes() -> None:
    told = evaluate("--help").stdout
    assert "Examples:\n    recipe eval '$.total_price | money' --on order.json" in told
    assert "Exit code 1 when it has no value on this document, 3 when it is no expression." in " ".join(
        told.split()
    )


@pytest.mark.source_tree
def test_the_lines_of_a_batch_in_the_docs_are_true() -> None:
    rows = re.findall(r"^\| `(\{.+?\})` \| `(\{.+?\})` \|$", DOCS.read_text("utf-8"), re.MULTILINE)
    assert len(rows) == 3
    for line, answer in rows:
        told = evaluate("--batch", given=line).stdout
        assert re.fullmatch(re.escape(answer).replace("…", ".*"), told.rstrip("\n"))
