"""Runs the cases in the JSON files beside this one: paths, pipes and expressions as the language has them."""

from __future__ import annotations

import subprocess
from pathlib import Path as File
from typing import Any

import pytest

from engine import canonical, dates
from engine.expressions import BadExpression
from engine.filters import BadValue
from engine.paths import MISSING, BadPath, compile_path, select_nodes
from engine.pipes import BadPipe, compile_pipe
from engine.registry import Registry
from engine.scope import Constants, Scope
from engine.templates import compile_template
from tests.running import PROGRAM

FILTERS = Registry().filters
LOOKUPS = {"t": {"x": "found"}}


def load(name: str) -> Any:
    return canonical.decode(File(__file__).with_name(f"{name}.json").read_bytes())


PATHS, PIPES, EXPRESSIONS = load("paths"), load("pipes"), load("expressions")
CHOICES = load("filters")


def scope(record: Any) -> Scope:
    return Scope({"record": record}, Constants(dates.zone("America/New_York"), LOOKUPS))


def assert_gives(made: Any, case: dict[str, Any]) -> None:
    """Compare by representation: 1, 1.0 and true are three values."""
    assert repr(made) == repr(MISSING if case.get("missing") else case["gives"])


def named(cases: list[Any], key: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        "case", cases, ids=[case if isinstance(case, str) else case[key] for case in cases]
    )


@named(PATHS["cases"], "path")
def test_a_path_selects(case: dict[str, Any]) -> None:
    path = compile_path(case["path"])
    assert path.is_single is not case.get("list", False)
    assert path.optional is case.get("optional", False)
    assert_gives(path.select({"record": PATHS["document"], **PATHS["roots"]}), case)


@named(PATHS["refused"], "path")
def test_what_is_no_path_is_refused_with_its_offset(case: dict[str, Any]) -> None:
    with pytest.raises(BadPath) as refused:
        compile_path(case["path"])
    assert refused.value.offset == case["at"]


@named(CHOICES["selects"], "filter")
def test_a_filter_selects_the_elements_for_which_it_holds(case: dict[str, Any]) -> None:
    chosen = select_nodes(f"$.l[?{case['filter']}]", CHOICES["document"])
    assert [entry["id"] for entry in chosen] == case["ids"]


@named(CHOICES["refused"], "filter")
def test_a_filter_outside_the_grammar_is_refused_with_its_place_and_a_cure(case: dict[str, Any]) -> None:
    with pytest.raises(BadPath) as refused:
        compile_path(f"$.l[?{case['filter']}]")
    assert refused.value.offset == len("$.l[?") + case["at"]
    assert case["help"] in refused.value.help


@named(PIPES["cases"], "pipe")
def test_a_pipe_gives(case: dict[str, Any]) -> None:
    assert_gives(compile_pipe(case["pipe"], FILTERS).evaluate(scope(PIPES["record"])), case)


@named(PIPES["fails"], "pipe")
def test_a_pipe_has_no_value_in_a_record(case: dict[str, Any]) -> None:
    pipe = compile_pipe(case["pipe"], FILTERS)
    with pytest.raises(BadValue) as failed:
        pipe.evaluate(scope(PIPES["record"]))
    assert failed.value.code == case["code"]


@named(PIPES["refused"], "pipe")
def test_what_is_no_pipe_is_refused_with_its_place(case: dict[str, Any]) -> None:
    with pytest.raises(BadPipe) as refused:
        compile_pipe(case["pipe"], FILTERS)
    assert (refused.value.offset, refused.value.length) == (case["at"], case["length"])
    assert case.get("help", "") in refused.value.help


@named(EXPRESSIONS["values"], "e")
def test_an_expression_gives_a_value_of_its_type(case: dict[str, Any]) -> None:
    template = compile_template(case["e"], {"record"}, FILTERS)
    assert template.is_value
    assert_gives(template.evaluate(scope(EXPRESSIONS["record"])), case)


@named(EXPRESSIONS["texts"], "e")
def test_a_text_is_made(case: dict[str, Any]) -> None:
    template = compile_template(case["e"], {"record"}, FILTERS)
    assert not template.is_value
    assert_gives(template.evaluate(scope(EXPRESSIONS["record"])), case)


@named(EXPRESSIONS["fails"], "e")
def test_an_expression_refuses_what_it_is_given(case: str) -> None:
    template = compile_template(case, {"record"}, FILTERS)
    with pytest.raises(BadValue):
        template.evaluate(scope(EXPRESSIONS["record"]))


@named(EXPRESSIONS["refused"], "e")
def test_what_is_no_expression_is_refused_with_its_offset(case: dict[str, Any]) -> None:
    with pytest.raises(BadExpression) as refused:
        compile_template(case["e"], {"record"}, FILTERS)
    assert refused.value.offset == case["at"]
    assert case.get("help", "") in refused.value.help


def test_every_case_of_the_compliance_suite_of_rfc_9535_passes(shared: File) -> None:
    cases = canonical.decode((shared / "conformance" / "jsonpath-rfc9535-cts.json").read_bytes())["tests"]
    assert len(cases) == 703
    assert [case["name"] for case in cases if not complies(case)] == []


def test_every_case_of_the_compliance_suite_passes_through_one_process_of_recipe_eval(shared: File) -> None:
    cases = canonical.decode((shared / "conformance" / "jsonpath-rfc9535-cts.json").read_bytes())["tests"]
    questions = [
        {"expression": case["selector"], "document": case.get("document"), "nodes": True} for case in cases
    ]
    given = b"".join(canonical.encode(each) + b"\n" for each in questions)
    done = subprocess.run(
        [*PROGRAM, "eval", "--batch"], input=given, capture_output=True, timeout=120, check=True
    )
    answers = [canonical.decode(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(cases) == 703
    assert [
        case["name"]
        for case, answer in zip(cases, answers, strict=True)
        if ("error" in answer) is not bool(case.get("invalid_selector"))
        or ("result" in answer and not fits(answer["result"], case))
    ] == []


def complies(case: dict[str, Any]) -> bool:
    try:
        nodes = select_nodes(case["selector"], case.get("document"))
    except BadPath:
        return bool(case.get("invalid_selector"))
    return not case.get("invalid_selector") and fits(nodes, case)


def fits(nodes: Any, case: dict[str, Any]) -> bool:
    """Tell whether *nodes* are what the case expects, or one of the orders that it allows."""
    expected = case["results"] if "results" in case else [case.get("result")]
    return nodes in expected
