"""What each kind of action does with a record, and what becomes of one that fails."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.diagnostics import Diagnostic
from engine.ledger import EffectState, RecordState
from engine.wire import Answer, NoAnswer
from tests.bench import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.ledger.close()


def note(id: str, text: str, **more: str) -> str:
    extra = "".join(f", {name}: {value}" for name, value in more.items())
    return f"  - {{id: {id}, uses: desk.notes.create, with: {{text: {text}}}{extra}}}\n"


# switch


SWITCH = """
actions:
  - id: s
    switch:
      - {when: "{{ record.size > 10 }}", do: [{id: big, uses: desk.notes.create, with: {text: big}}]}
      - {when: "{{ record.size > 5 }}", do: [{id: mid, uses: desk.notes.create, with: {text: mid}}]}
"""


@pytest.mark.parametrize(("size", "made"), [(11, ["big"]), (6, ["mid"])])
def test_a_switch_does_the_first_case_that_holds(bench: Bench, size: int, made: list[str]) -> None:
    assert bench.run(SWITCH, {"id": "1", "size": size}).done == 1
    assert bench.desk.texts == made


def test_a_switch_without_a_case_that_holds_and_without_else_fails_the_record_before_any_write(
    bench: Bench,
) -> None:
    report = bench.run(
        "actions:\n" + note("first", "first") + SWITCH.partition("actions:\n")[2], {"id": "1", "size": 1}
    )
    assert report.failed == 1
    assert [each.code for each in bench.failures] == ["X111"]
    assert bench.desk.texts == []


def test_else_is_done_where_no_case_holds(bench: Bench) -> None:
    text = SWITCH + "      - {else: [{id: small, uses: desk.notes.create, with: {text: small}}]}\n"
    bench.run(text, {"id": "1", "size": 1})
    assert bench.desk.texts == ["small"]


def test_what_a_case_made_can_be_read_behind_the_switch_and_is_missing_where_it_did_not_run(
    bench: Bench,
) -> None:
    text = SWITCH + "      - {else: [{skip: small}]}\n"
    text += note("after", "\"{{ steps.big.id | default('none') }}\"")
    bench.run(text, {"id": "1", "size": 11}, {"id": "2", "size": 6})
    assert bench.desk.texts == ["big", "note-1", "mid", "none"]


# parallel


PARALLEL = """
actions:
  - id: p
    parallel:
      - {id: a, uses: desk.notes.create, with: {text: a}}
      - {id: b, uses: desk.notes.create, with: {text: b}}
"""


def test_parallel_actions_run_at_the_same_time_and_are_read_behind(bench: Bench) -> None:
    bench.desk.together = 2
    bench.run(PARALLEL + note("after", '"{{ steps.a.id }}/{{ steps.b.id }}"'))
    assert sorted(bench.desk.texts[:2]) == ["a", "b"]
    assert bench.desk.texts[2] == "note-1/note-2"


def test_parallel_actions_cannot_read_each_other(bench: Bench) -> None:
    text = PARALLEL.replace("{text: b}", "{text: $steps.a.id}")
    assert bench.codes(text) == [("R203", "/actions/0/parallel/1/with/text")]


def test_when_one_of_parallel_actions_fails_the_others_outcome_is_written(bench: Bench) -> None:
    bench.desk.refused.add("a")
    assert bench.run(PARALLEL).failed == 1
    states = {row.path: row.state for row in bench.ledger.effects()}
    assert states == {"p.a": EffectState.FAILED, "p.b": EffectState.DONE}


# skip and stop


def test_skip_finishes_the_record_and_says_why(bench: Bench) -> None:
    text = (
        "actions:\n"
        + note("first", "first")
        + "  - {skip: a test order, when: $.test}\n"
        + note("last", "last")
    )
    report = bench.run(text, {"id": "1", "test": True}, {"id": "2", "test": False})
    assert bench.desk.texts == ["first", "first", "last"]
    assert (report.done, report.failed, dict(report.skipped_by)) == (1, 0, {"a test order": 1})
    row = next(bench.ledger.records(states=[RecordState.SKIPPED]))
    assert row.key == '["1"]'
    again = bench.run(text, {"id": "1", "test": True})
    assert again.skipped == 1
    assert len(bench.desk.texts) == 3


def test_what_stands_behind_a_skip_that_may_come_is_not_looked_at_before_it(bench: Bench) -> None:
    """A request that is never reached must not fail the record that is skipped before it."""
    text = (
        "actions:\n  - {id: known, uses: desk.notes.list}\n"
        '  - {skip: known already, when: "{{ steps.known != [] }}"}\n' + note("n", "$.nothing")
    )
    bench.desk.made.append({"id": "x", "text": "old"})
    report = bench.run(text)
    assert (report.failed, sum(report.skipped_by.values())) == (0, 1)


def test_stop_ends_the_run_and_does_not_remember_the_record(bench: Bench) -> None:
    text = "actions:\n  - {stop: 'no rate for {{ record.id }}', when: $.odd}\n" + note("n", "$.id")
    report = bench.run(text, {"id": "1", "odd": False}, {"id": "2", "odd": True}, {"id": "3", "odd": False})
    assert report.outcome == "stopped"
    assert report.exit_code == 4
    assert report.stopped_by is not None
    assert "no rate for 2" in report.stopped_by.message
    assert bench.desk.texts == ["1"]
    again = bench.run(text, {"id": "1", "odd": False}, {"id": "2", "odd": False}, {"id": "3", "odd": False})
    assert (again.done, again.skipped) == (2, 1)


# for_each


EACH = """
actions:
  - id: each
    for_each: $.lines[*]
    as: line
    key: $line.id
    do:
      - {id: n, uses: desk.notes.create, with: {text: $line.text}}
"""


def test_for_each_writes_once_for_each_element(bench: Bench) -> None:
    record = {"id": "1", "lines": [{"id": 1, "text": "a"}, {"id": 2, "text": "b"}]}
    bench.run(EACH, record)
    assert bench.desk.texts == ["a", "b"]
    assert [note["external_id"] for note in bench.desk.made] == ["bench/each.n/1/1", "bench/each.n/1/2"]


def test_two_elements_with_one_key_fail_the_record_before_any_write(bench: Bench) -> None:
    record = {"id": "1", "lines": [{"id": 1, "text": "a"}, {"id": "1", "text": "b"}]}
    assert bench.run(EACH, record).failed == 1
    assert bench.failures[0].code == "X108"
    assert bench.desk.texts == []


def test_a_bad_request_of_the_last_element_keeps_the_first_from_being_written(bench: Bench) -> None:
    record = {"id": "1", "lines": [{"id": 1, "text": "a"}, {"id": 2, "text": ""}]}
    assert bench.run(EACH, record).failed == 1
    assert bench.desk.texts == []


def test_a_for_each_that_writes_needs_a_key(bench: Bench) -> None:
    assert bench.codes(EACH.replace("    key: $line.id\n", "")) == [("R209", "/actions/0/for_each")]


def test_an_optional_list_that_is_absent_has_no_elements(bench: Bench) -> None:
    text = EACH.replace("$.lines[*]", "$.lines?")
    assert bench.run(text, {"id": "1"}).done == 1


# when


def test_an_action_whose_when_does_not_hold_is_not_run_and_its_result_is_missing(bench: Bench) -> None:
    text = "actions:\n" + note("n", "a", when="$.yes") + note("m", "\"{{ steps.n.id | default('none') }}\"")
    bench.run(text, {"id": "1", "yes": False})
    assert bench.desk.texts == ["none"]


@pytest.mark.parametrize("value", ["paid", 1, None, [], ""])
def test_a_condition_that_is_neither_true_nor_false_fails_the_record(bench: Bench, value: Any) -> None:
    bench.run("actions:\n" + note("n", "a", when="$.yes"), {"id": "1", "yes": value})
    assert bench.failures[0].code == "X104"
    assert bench.desk.texts == []


# on_error


def test_continue_goes_on_with_the_next_action_and_is_counted(bench: Bench) -> None:
    bench.desk.refused.add("a")
    text = "actions:\n" + note("n", "a", on_error="{then: continue, alert: finance}") + note("m", "b")
    report = bench.run(text)
    assert (report.done, report.failed, report.continued) == (1, 0, 1)
    assert bench.desk.texts == ["b"]
    assert ("action.failed", "finance") in [(name, each.get("channel")) for name, each in bench.events]


def test_continue_holds_for_a_request_that_is_bad_before_it_is_sent(bench: Bench) -> None:
    text = "actions:\n" + note("n", "$.nothing", on_error="{then: continue}") + note("m", "b")
    report = bench.run(text)
    assert (report.done, report.continued) == (1, 1)
    assert bench.desk.texts == ["b"]


def test_continue_does_not_pass_over_what_is_uncertain(bench: Bench) -> None:
    """Nobody knows whether a post without a key arrived: that stops the record, whatever the recipe says."""
    text = (
        "actions:\n  - {id: n, uses: desk.notes.post, with: {text: a}, on_error: {then: continue}}\n"
        + note("m", "b")
    )
    bench.desk.lost.add("a")
    assert bench.run(text).outcome == "stopped"
    bench.desk.lost.clear()
    report = bench.run(text)
    assert report.parked == 1
    assert bench.desk.texts == []


HANDLER = """
actions:
  - {id: n, uses: desk.notes.create, with: {text: $.text}}
on_error:
  alert: finance
  then:
    - {id: told, uses: desk.notes.create, with: {text: "{{ error.code }} {{ error.message }}"}}
"""


def test_the_actions_of_on_error_see_the_error_and_the_record_goes_to_dead_letters(bench: Bench) -> None:
    bench.desk.refused.add("bad")
    report = bench.run(HANDLER, {"id": "1", "text": "bad"}, {"id": "2", "text": "good"})
    assert (report.done, report.failed) == (1, 1)
    assert bench.desk.texts[0].startswith("X201 desk.notes.create")
    assert bench.desk.texts[1] == "good"
    assert [name for name, _ in bench.events].count("alert") == 1


def test_on_error_is_done_once_for_a_record_however_often_it_fails(bench: Bench) -> None:
    bench.desk.refused.add("bad")
    for _ in range(2):
        bench.run(HANDLER, {"id": "1", "text": "bad"})
    assert len(bench.desk.texts) == 1


def test_an_actions_on_error_replaces_the_recipes(bench: Bench) -> None:
    bench.desk.refused.add("bad")
    text = HANDLER.replace("{text: $.text}", "{text: $.text}, on_error: {then: dead_letter}")
    assert bench.run(text, {"id": "1", "text": "bad"}).failed == 1
    assert bench.desk.texts == []


def test_a_skip_in_on_error_is_a_finding_for_a_failure_must_not_pass_for_a_skip(bench: Bench) -> None:
    text = HANDLER.partition("on_error")[0] + "on_error: {then: [{skip: not wanted there}]}\n"
    assert bench.codes(text) == [("R305", "/on_error/then/0/skip")]


def test_a_stop_among_the_actions_of_on_error_keeps_the_record_in_dead_letters_too(bench: Bench) -> None:
    bench.desk.refused.add("bad")
    text = HANDLER.partition("on_error")[0] + "on_error: {then: [{stop: look at it}]}\n"
    report = bench.run(text, {"id": "1", "text": "bad"})
    assert (report.outcome, report.failed) == ("stopped", 1)


def test_stop_in_on_error_ends_the_run_and_keeps_the_record_in_dead_letters(bench: Bench) -> None:
    bench.desk.refused.add("bad")
    text = HANDLER.partition("on_error")[0] + "on_error: {then: stop}\n"
    report = bench.run(text, {"id": "1", "text": "bad"}, {"id": "2", "text": "good"})
    assert (report.outcome, report.failed) == ("stopped", 1)
    assert bench.desk.texts == []
    assert next(bench.ledger.records(states=[RecordState.DEAD])).key == '["1"]'


def test_what_fails_in_on_error_is_told_with_the_first_failure(bench: Bench) -> None:
    bench.desk.refused.add("bad")
    text = HANDLER.replace('"{{ error.code }} {{ error.message }}"', "$.nothing")
    bench.run(text, {"id": "1", "text": "bad"})
    assert bench.failures[0].code == "X201"
    assert "on_error" in bench.failures[0].message


# call


OTHER = """
recipe: other
version: 1
connections: {desk: desk}
vars: {prefix: {type: text, default: "no. "}}
trigger: {manual: an order, when: $.wanted}
actions:
  - {id: n, uses: desk.notes.create, with: {text: "{{ vars.prefix }}{{ record.text }}"}}
returns: {note: $steps.n.id}
"""
CALL = """
actions:
  - {id: c, call: other, with: {wanted: $.wanted, text: $.text}}
  - {id: m, uses: desk.notes.create, with: {text: "{{ steps.c.note | default('none') }}"}}
"""


def test_a_called_recipe_gets_its_record_and_returns_its_result(bench: Bench) -> None:
    bench.others["other"] = OTHER
    bench.run(CALL, {"id": "1", "wanted": True, "text": "a"})
    assert bench.desk.texts == ["no. a", "note-1"]


def test_the_effects_of_a_called_recipe_carry_the_callers_name_ids_and_key(bench: Bench) -> None:
    bench.others["other"] = OTHER
    bench.run(CALL, {"id": "1", "wanted": True, "text": "a"})
    assert bench.desk.made[0]["external_id"] == "bench/c.n/1"


def test_a_record_that_is_not_the_called_recipes_is_left_alone(bench: Bench) -> None:
    bench.others["other"] = OTHER
    bench.run(CALL, {"id": "1", "wanted": False, "text": "a"})
    assert bench.desk.texts == ["none"]


def test_a_bad_request_in_a_called_recipe_keeps_the_callers_first_write_from_being_made(bench: Bench) -> None:
    bench.others["other"] = OTHER.replace('"{{ vars.prefix }}{{ record.text }}"', "$.text")
    text = "actions:\n" + note("first", "first") + CALL.partition("actions:\n")[2]
    assert bench.run(text, {"id": "1", "wanted": True, "text": ""}).failed == 1
    assert bench.desk.texts == []


def test_a_failure_in_a_called_recipe_has_its_place_in_that_file(bench: Bench) -> None:
    bench.others["other"] = OTHER
    bench.run(CALL, {"id": "1", "wanted": True, "text": None})
    assert bench.failures[0].pointer == "/actions/0/call/actions/0/with/text"
    recipe = bench.recipe(CALL)
    file, found = recipe.source.home(Diagnostic("X101", bench.failures[0].pointer, ""))
    assert (file.path, found.pointer) == ("other.yaml", "/actions/0/with/text")


def test_defaults_of_a_called_recipe_are_counted_at_their_place(bench: Bench) -> None:
    bench.others["other"] = OTHER.replace("record.text", "record.nothing | default('d')")
    report = bench.run(CALL, {"id": "1", "wanted": True, "text": "a"})
    assert dict(report.defaults) == {"/actions/0/call/actions/0/with/text": 1}


def test_findings_in_a_called_recipe_are_told_at_their_place(bench: Bench) -> None:
    bench.others["other"] = OTHER.replace("record.text", "recrd.text")
    assert bench.codes(CALL) == [("R303", "/actions/0/call/actions/0/with/text")]


@pytest.mark.parametrize(
    ("other", "what"),
    [
        (None, "there is no recipe 'other'"),
        (OTHER.replace("manual: an order", "poll: desk.notes.list"), "has a trigger of its own"),
        (OTHER.replace('default: "no. "', "description: x"), "has no default"),
        (
            OTHER.replace("actions:", "actions:\n  - {id: again, call: bench, with: {x: 1}}"),
            "would call itself",
        ),
    ],
)
def test_what_cannot_be_called_is_a_finding(bench: Bench, other: str | None, what: str) -> None:
    if other is not None:
        bench.others = {"other": other, "bench": "recipe: bench"}
    found = bench.findings(CALL)
    assert len(found) == 1
    assert found[0].code == "R217"
    assert what in found[0].message


def test_a_skip_in_a_called_recipe_ends_that_one_only(bench: Bench) -> None:
    bench.others["other"] = OTHER.replace("actions:", "actions:\n  - {skip: not today, when: $.wanted}")
    report = bench.run(CALL, {"id": "1", "wanted": True, "text": "a"})
    assert report.done == 1
    assert bench.desk.texts == ["none"]


def test_a_called_recipe_in_a_for_each_without_a_key_is_a_finding_where_it_writes(bench: Bench) -> None:
    bench.others["other"] = OTHER
    text = "actions:\n  - {id: e, for_each: '$.l[*]', do: [{id: c, call: other, with: {wanted: true, text: $item}}]}\n"
    assert bench.codes(text) == [("R209", "/actions/0/for_each")]


def test_a_called_recipe_whose_write_has_a_key_of_its_own_is_called_for_each_element(bench: Bench) -> None:
    bench.others["ensure"] = (
        "recipe: ensure\nversion: 1\nconnections: {desk: desk}\ntrigger: {manual: an item, key: $.sku}\n"
        "actions:\n  - {id: made, uses: desk.notes.create, key: $.sku, with: {text: $.sku}}\n"
    )
    text = "actions:\n  - {id: e, for_each: '$.l[*]', do: [{id: c, call: ensure, with: {sku: $item}}]}\n"
    assert bench.run(text, {"id": "1", "l": ["A", "B"]}).done == 1
    assert bench.desk.texts == ["A", "B"]
    assert bench.run(text, {"id": "2", "l": ["C", "C"]}).failed == 1
    assert (bench.failures[0].code, bench.desk.texts) == ("X108", ["A", "B"])


def test_a_called_recipe_that_begins_early_is_not_begun_twice(bench: Bench) -> None:
    bench.others["other"] = OTHER.replace("actions:", "reads: [{id: r, uses: desk.notes.list}]\nactions:")
    bench.run(CALL, {"id": "1", "wanted": True, "text": "a"})
    assert bench.desk.asked == ["/notes"]


# variables


VARS = """
vars:
  month: {type: date}
  limit: {type: integer, default: 3}
actions:
  - {id: n, uses: desk.notes.create, with: {text: "{{ vars.month }} {{ vars.limit + 1 }}"}}
"""


def test_a_variable_has_its_given_value_or_its_default(bench: Bench) -> None:
    bench.run(VARS, variables=["month=2026-11-01"])
    bench.run(VARS, {"id": "2"}, variables=["month=2026-12-01", "limit=9"])
    assert bench.desk.texts == ["2026-11-01 4", "2026-12-01 10"]


def test_an_unknown_variable_is_a_finding_with_the_nearest_name(bench: Bench) -> None:
    found = bench.findings(VARS.replace("vars.limit +", "vars.limt +"))
    assert [(each.code, each.help) for each in found] == [("R210", "did you mean 'limit'?")]


def test_a_default_of_another_type_is_a_finding(bench: Bench) -> None:
    assert bench.codes(VARS.replace("default: 3", "default: three")) == [("R304", "/vars/limit/default")]


# keys


def test_a_recipe_that_writes_needs_a_key_and_one_that_only_reads_does_not(bench: Bench) -> None:
    head = "recipe: bench\nversion: 1\nconnections: {desk: desk}\ntrigger: {manual: a record}\n"
    assert bench.codes(head + "actions:\n" + note("n", "a")) == [("R211", "/trigger")]
    assert bench.codes(head + "actions:\n  - {id: r, uses: desk.notes.list}\n") == []


def test_a_key_on_an_action_alone_replaces_the_records(bench: Bench) -> None:
    text = "actions:\n" + note("customer", "$.email", key="$.email")
    bench.run(text, {"id": "1", "email": "a@example.com"}, {"id": "2", "email": "a@example.com"})
    assert bench.desk.texts == ["a@example.com"]


# retries


RETRY = """
actions:
  - {id: n, uses: desk.notes.create, with: {text: a}}
on_error: {retry: {attempts: 3, backoff: 2s, max: 6s}}
"""
BUSY = Answer(503)


def test_a_write_that_the_target_knows_again_is_repeated_after_growing_pauses(bench: Bench) -> None:
    bench.desk.failing = [BUSY, NoAnswer("lost", left=True)]
    assert bench.run(RETRY).done == 1
    assert bench.slept == [2.0, 4.0]
    assert bench.desk.texts == ["a"]


def test_chance_shortens_a_pause_so_that_those_who_were_refused_together_do_not_come_back_together(
    bench: Bench,
) -> None:
    bench.chance = 0.25
    bench.desk.failing = [BUSY, BUSY]
    assert bench.run(RETRY).done == 1
    assert bench.slept == [0.5, 1.0]


def test_all_pauses_together_are_bounded(bench: Bench) -> None:
    bench.desk.failing = [BUSY] * 9
    text = RETRY.replace("attempts: 3", "attempts: 9").replace("max: 6s", "max: 7s")
    assert bench.run(text).outcome == "stopped"
    assert bench.slept == [2.0, 4.0]


def test_after_the_last_attempt_the_run_stops_and_spends_no_record(bench: Bench) -> None:
    bench.desk.failing = [BUSY] * 3
    report = bench.run(RETRY)
    assert (report.outcome, report.failed) == ("stopped", 0)
    assert len(bench.slept) == 2
    assert bench.run(RETRY).done == 1


def test_a_stated_pause_wins_and_one_that_is_too_long_stops_the_run(bench: Bench) -> None:
    bench.desk.failing = [Answer(429, {"retry-after": "1"}), Answer(429, {"retry-after": "60"})]
    assert bench.run(RETRY).outcome == "stopped"
    assert bench.slept == [1.0]


def test_a_read_is_repeated_too(bench: Bench) -> None:
    bench.desk.failing = [BUSY]
    text = "actions:\n  - {id: r, uses: desk.notes.list, on_error: {retry: {attempts: 2, backoff: 500ms}}}\n"
    assert bench.run(text).done == 1
    assert (bench.slept, bench.desk.asked) == ([0.5], ["/notes", "/notes"])


@pytest.mark.parametrize("answer", [Answer(401), Answer(422)])
def test_what_does_not_pass_is_not_repeated(bench: Bench, answer: Answer) -> None:
    bench.desk.failing = [answer]
    bench.run(RETRY)
    assert bench.slept == []


def test_a_write_that_no_key_tells_apart_is_never_repeated(bench: Bench) -> None:
    bench.desk.failing = [NoAnswer("lost", left=True)]
    text = RETRY.replace("notes.create", "notes.post")
    assert bench.run(text).outcome == "stopped"
    assert bench.slept == []
    own = text.replace("with: {text: a}", "with: {text: a}, on_error: {retry: {attempts: 2}}").partition(
        "on_error: {retry: {attempts: 3"
    )[0]
    assert bench.codes(own) == [("R213", "/actions/0/on_error/retry")]


# where several come together


def test_two_elements_with_one_key_are_found_before_a_called_recipe_writes_for_the_first(
    bench: Bench,
) -> None:
    bench.others["other"] = OTHER
    text = """
actions:
  - id: e
    for_each: $.l[*]
    key: $item.id
    do: [{id: c, call: other, with: {wanted: true, text: $item.text}}]
"""
    elements = [{"id": 1, "text": "a"}, {"id": 1, "text": "b"}]
    assert bench.run(text, {"id": "1", "l": elements}).failed == 1
    assert (bench.failures[0].code, bench.desk.texts) == ("X108", [])


def test_elements_that_no_key_tells_apart_each_get_their_own_result_of_a_called_recipe(bench: Bench) -> None:
    bench.others["other"] = """
recipe: other
version: 1
trigger: {manual: a text}
actions: [{skip: nothing to write, when: "{{ record.text == 'never' }}"}]
returns: "{{ record.text }}!"
"""
    text = """
actions:
  - id: e
    for_each: $.l[*]
    do:
      - {id: c, call: other, with: {never: false, text: $item.text}}
      - {id: n, uses: desk.notes.create, with: {text: $steps.c}, key: $steps.c}
"""
    bench.run(text, {"id": "1", "l": [{"text": "a"}, {"text": "b"}]})
    assert bench.desk.texts == ["a!", "b!"]


@pytest.mark.parametrize("first", [True, False])
def test_a_record_that_one_branch_skips_and_another_fails_has_failed(bench: Bench, first: bool) -> None:
    bench.desk.refused.add("a")
    branches = ["{id: a, uses: desk.notes.create, with: {text: a}}", "{skip: done}"]
    one, other = branches if first else reversed(branches)
    report = bench.run(f"actions:\n  - id: p\n    parallel:\n      - {one}\n      - {other}\n")
    assert (report.failed, sum(report.skipped_by.values())) == (1, 0)


def test_what_stands_behind_a_switch_that_may_skip_is_not_looked_at_before_it(bench: Bench) -> None:
    text = (
        "actions:\n"
        + note("a", "a")
        + """
  - id: s
    switch:
      - {when: "{{ steps.a.id == 'note-1' }}", do: [{skip: enough}]}
      - {else: [{id: e, uses: desk.notes.create, with: {text: e}}]}
"""
        + note("b", "$.missing")
    )
    report = bench.run(text)
    assert (report.failed, dict(report.skipped_by), bench.desk.texts) == (0, {"enough": 1}, ["a"])


def test_a_stop_in_a_called_recipe_comes_before_what_is_wrong_behind_the_call(bench: Bench) -> None:
    bench.others["other"] = "recipe: other\nversion: 1\ntrigger: {manual: x}\nactions: [{stop: closed}]\n"
    report = bench.run("actions:\n  - {id: c, call: other, with: {x: 1}}\n" + note("b", "$.missing"))
    assert (report.outcome, report.failed) == ("stopped", 0)


def test_the_on_error_of_a_called_recipe_that_cannot_begin_is_done_once(bench: Bench) -> None:
    bench.others["other"] = (
        OTHER
        + """
checks: [{that: "{{ record.text == 'good' }}", otherwise: not good}]
on_error: {alert: finance, then: [{id: told, uses: desk.notes.create, with: {text: told}}]}
"""
    )
    text = CALL.replace("text: $.text}}", "text: $.text}, on_error: {then: continue}}")
    report = bench.run(text, {"id": "1", "wanted": True, "text": "bad"})
    assert (report.done, report.continued, bench.desk.texts) == (1, 1, ["told", "none"])
    assert [name for name, _ in bench.events].count("alert") == 1


def test_defaults_are_counted_once_for_a_record(bench: Bench) -> None:
    text = "actions:\n" + note(
        "n", "\"{{ record.t | default('x') }}\"", when='"{{ record.y | default(true) }}"'
    )
    report = bench.run(text)
    assert dict(report.defaults) == {"/actions/0/when": 1, "/actions/0/with/text": 1}


def test_keys_of_several_parts_end_where_they_end(bench: Bench) -> None:
    text = EACH.replace("$line.id", "$line.k").replace("trigger", "trigger")
    text = "recipe: bench\nversion: 1\nconnections: {desk: desk}\ntrigger: {manual: x, key: $.k}\n" + text
    one = {"k": ["a"], "lines": [{"k": ["b", "c"], "text": "one"}]}
    other = {"k": ["a", "b"], "lines": [{"k": ["c"], "text": "other"}]}
    assert bench.run(text, one, other).done == 2
    assert bench.desk.texts == ["one", "other"]


@pytest.mark.parametrize("key", ["$run.id", "[$.id, $run.started_at]", "$.id | default('none')"])
def test_a_key_that_does_not_tell_records_apart_for_good_is_a_finding(bench: Bench, key: str) -> None:
    head = f"recipe: bench\nversion: 1\nconnections: {{desk: desk}}\ntrigger: {{manual: x, key: {key}}}\n"
    assert [code for code, _ in bench.codes(head + "actions:\n" + note("n", "a"))] == ["R307"]


@pytest.mark.parametrize("when", ["$.a | boolean", "'$.a[*]'", "$.a | count"])
def test_a_condition_is_one_path_or_one_expression(bench: Bench, when: str) -> None:
    assert bench.codes("actions:\n" + note("n", "a", when=when)) == [("R305", "/actions/0/when")]


def test_an_older_revision_that_comes_after_a_newer_one_failed_is_skipped(bench: Bench) -> None:
    bench.desk.refused.add("six")
    head = (
        "recipe: b\nversion: 1\nconnections: {desk: desk}\ntrigger: {manual: x, key: $.id, revision: $.rev}\n"
    )
    text = head + "actions:\n" + note("n", "$.text")
    assert bench.run(text, {"id": "1", "rev": 6, "text": "six"}).failed == 1
    assert bench.run(text, {"id": "1", "rev": 5, "text": "five"}).skipped == 1
    assert bench.desk.texts == []
