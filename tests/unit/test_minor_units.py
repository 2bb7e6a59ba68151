"""Minor units are counted as the connector does that a value comes from, or goes to, wherever it was handed on."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest

from engine import source
from engine.check import Beside, check
from engine.errors import RecipeInvalid, RecordError
from engine.generated import compiled
from engine.recipe import Call, Recipe, walk
from engine.registry import Registry
from engine.scope import Scope
from engine.shipped import shipped
from engine.steps import hold

CONNECTORS: Final = Path(__file__).parents[1] / "diagnostics" / "own-connectors"
HEAD: Final = """\
recipe: orders
version: 1
connections: {one: coins, two: cents, plain: letters}
trigger: {manual: an order, key: $.id}
reads:
  - {id: paid, uses: one.letters.get, with: {id: $.id}}
  - {id: owed, uses: two.letters.get, with: {id: $.id}}
  - {id: told, uses: plain.letters.get, with: {id: $.id}}
"""
CALLED: Final = "recipe: called\nversion: 1\ntrigger: {manual: an amount, key: $.id}\n"
HERE: Final = "actions:\n  - {id: here, uses: log.write, with: {message: "


def checked(text: str, **others: str) -> Recipe:
    """Return the recipe *text*, which may call *others*; 100 ISK are 10000 of coins and 100 of cents and of ISO."""
    registry = Registry(connectors=[CONNECTORS, shipped("connectors")])
    beside = Beside(find=lambda name: (source.read(others[name], f"{name}.yaml"), Beside()))
    return check(source.read(text, "orders.yaml"), registry, {}, beside)


def codes(text: str, **others: str) -> list[tuple[str, str]]:
    """Return code and place of what is found in *text*."""
    try:
        checked(text, **others)
    except RecipeInvalid as error:
        return [(each.code, each.pointer) for each in error.diagnostics]
    return []


def given(recipe: Recipe, id: str, **roots: Any) -> Any:
    """Return what the action *id* gets where *roots* are read."""
    *_, step = (step for step in walk(recipe.actions) if isinstance(step, Call) and step.id == id)
    return step.given.evaluate(Scope(roots, recipe.constants))


def calling(given: str, message: str) -> tuple[str, str]:
    """Return a recipe that calls another with *given*, and that one, which tells *message* of its record."""
    caller = f"{HEAD}actions:\n  - {{id: sub, call: called, with: {given}}}\n"
    return caller, f"{CALLED}{HERE}{message}}}}}\n"


@pytest.mark.parametrize(
    ("handed", "record", "amount"),
    [
        ("{id: $.id, amount: $steps.paid.amount}", {"amount": 10000}, "100.00"),
        ("{id: $.id, amount: $steps.owed.amount}", {"amount": 10000}, "10000"),
        ("{id: $.id, amount: $steps.told.amount}", {"amount": 10000}, "10000"),
        ("{id: $.id, amount: $.amount}", {"amount": 10000}, "10000"),
        ("$steps.paid", {"amount": 10000}, "100.00"),
        ("{amount: $steps.paid.amount, id: $steps.owed.id, fee: $steps.told.fee}", {"amount": 1}, "0.01"),
        ("{amount: {when: $.due, map: $steps.paid.amount}}", {"amount": 10000}, "100.00"),
    ],
)
def test_a_called_recipe_counts_the_units_of_its_record_as_the_connector_they_came_from(
    handed: str, record: dict[str, Any], amount: str
) -> None:
    caller, called = calling(handed, "\"{{ record.amount | minor('ISK') }}\"")
    told = given(checked(caller, called=called), "here", record=record)["message"]
    assert repr(told) == f"Decimal('{amount}')"


@pytest.mark.parametrize(
    "read",
    [
        "{{ record.all | path('$.a') | minor('ISK') }}",
        "{{ record | path('$.all.a') | minor('ISK') }}",
        "$.mixed | minor('ISK') | text",
        "$.list[*] | minor('ISK') | text | join(',')",
        "$.mixed | minor($.currency) | text",
    ],
)
def test_where_a_called_recipe_cannot_know_the_connector_minor_is_a_finding(read: str) -> None:
    handed = (
        "{all: {a: $steps.paid.amount, b: $steps.owed.amount}, mixed: '{{ steps.paid.amount + steps.owed.amount }}', "
        "list: [$steps.paid.amount, $steps.owed.amount], currency: $.currency}"
    )
    caller, called = calling(handed, f'"{read}"')
    assert codes(caller, called=called) == [("R308", "/actions/0/call/actions/0/with/message")]


@pytest.mark.parametrize(
    "read",
    [
        "$.all.a | minor('ISK')",
        "$.all.b | minor('ISK')",
        "$.mixed | minor('USD') | text",
        "$.list[*] | minor('jpy') | text | join(',')",
    ],
)
def test_a_part_that_one_connector_gave_or_a_currency_that_all_count_alike_is_none(read: str) -> None:
    handed = (
        "{all: {a: $steps.paid.amount, b: $steps.owed.amount}, mixed: '{{ steps.paid.amount + steps.owed.amount }}', "
        "list: [$steps.paid.amount, $steps.owed.amount]}"
    )
    caller, called = calling(handed, f'"{read}"')
    assert codes(caller, called=called) == []


@pytest.mark.parametrize(
    ("read", "amount"),
    [
        ("{{ steps.paid.amount | minor('ISK') }}", "100.00"),
        ("{{ steps['paid'].amount | minor('ISK') }}", "100.00"),
        ("$steps['paid'].amount | minor('ISK')", "100.00"),
        ("{{ steps.told.amount | minor('ISK') }}", "10000"),
        ("$.amount | minor('ISK')", "10000"),
    ],
)
def test_minor_counts_as_the_connector_of_the_step_does(read: str, amount: str) -> None:
    roots = {"record": {"amount": 10000}, "steps": {"paid": {"amount": 10000}, "told": {"amount": 10000}}}
    told = given(checked(f'{HEAD}{HERE}"{read}"}}}}\n'), "here", **roots)["message"]
    assert repr(told) == f"Decimal('{amount}')"


def test_all_steps_at_once_count_as_one_only_where_their_connectors_do() -> None:
    read = "\"{{ steps | path('$.paid.amount') | minor('ISK') }}\""
    assert codes(f"{HEAD}{HERE}{read}}}}}\n") == [("R308", "/actions/0/with/message")]
    alone = HEAD.splitlines()
    one = "\n".join(line for line in alone if "two." not in line and "plain." not in line)
    told = given(checked(f"{one}\n{HERE}{read}}}}}\n"), "here", steps={"paid": {"amount": 10000}})
    assert repr(told["message"]) == "Decimal('100.00')"


def test_what_a_called_recipe_returns_counts_as_what_it_read() -> None:
    caller = HEAD + (
        "actions:\n  - {id: sub, call: called, with: {amount: $steps.paid.amount, other: $steps.owed.amount}}\n"
        "  - {id: here, uses: log.write, with: {message: \"$steps.sub.%s | minor('ISK')%s\"}}\n"
    )
    called = f"{CALLED}{HERE}done}}}}\nreturns: {{amount: $.amount, both: '{{{{ record.amount + record.other }}}}'}}\n"
    told = given(checked(caller % ("amount", ""), called=called), "here", steps={"sub": {"amount": 10000}})
    assert repr(told["message"]) == "Decimal('100.00')"
    assert codes(caller % ("both", " | text"), called=called) == [("R308", "/actions/1/with/message")]


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("amount: $steps.paid.amount", "100.00"),
        ("amount: $steps.owed.amount", "10000"),
        ("amount: 10000", "10000"),
        ("amount: '{{ steps.paid.amount + steps.owed.amount }}'", ""),
        ("amount: [$steps.paid.amount, $steps.owed.amount, 0]", ""),
        ("amount: [{for_each: '$steps.paid.all[*]', map: $item}, $steps.owed.amount]", ""),
    ],
)
def test_what_a_mapping_was_built_from_says_how_its_units_count(field: str, expected: str) -> None:
    text = f"{HEAD}mapping: {{target: ./any.schema.json, fields: {{{field}}}}}\n"
    text += f"{HERE}\"$mapped.amount | minor('ISK')\"}}}}\n"
    if not expected:
        assert ("R308", "/actions/0/with/message") in codes(text)
        return
    text = text.replace("target: ./any.schema.json", "target: accounting/invoice")
    found = [code for code, _ in codes(text)]
    assert "R308" not in found


def test_an_amount_that_a_mapping_made_is_no_vendors_units() -> None:
    made = "'{{ mapped.total | round_money(\"ISK\") }}'"
    head = HEAD.replace("reads:", "lookups: {}\nreads:")
    for total in ("$steps.paid.amount | minor('ISK')", "$steps.paid.amount | money"):
        text = (
            f'{head}mapping: {{target: accounting/invoice, fields: {{total: "{total}"}}}}\n{HERE}{made}}}}}\n'
        )
        assert ("R308", "/actions/0/with/message") not in codes(text)


def test_an_element_of_two_connectors_lists_counts_as_neither() -> None:
    text = HEAD + (
        'actions:\n  - id: all\n    for_each: "{{ [steps.paid.amount, steps.owed.amount] }}"\n    as: one\n'
        "    key: $one\n    do: [{id: here, uses: log.write, with: {message: \"$one | minor('ISK')\"}}]\n"
    )
    assert codes(text) == [("R308", "/actions/0/do/0/with/message")]


SENT: Final = '  - {id: sent, uses: %s.letters.create, with: {text: "%s"}}\n'


@pytest.mark.parametrize(("connection", "units"), [("one", 50000), ("two", 500), ("plain", 500)])
def test_to_minor_counts_as_the_connector_does_whose_operation_takes_the_value(
    connection: str, units: int
) -> None:
    for source_of in ("$.amount", "$steps.paid.amount", "$steps.owed.amount"):
        text = f"{HEAD}actions:\n" + SENT % (connection, f"{source_of} | money | to_minor('ISK')")
        roots = {"record": {"amount": 500}, "steps": {"paid": {"amount": 500}, "owed": {"amount": 500}}}
        assert given(checked(text), "sent", **roots) == {"text": units}


@pytest.mark.parametrize(
    "part",
    [
        "mapping: {target: accounting/invoice, fields: {total: \"$.amount | money | to_minor('ISK')\"}}\n",
        'checks: [{that: "{{ record.amount | to_minor(record.currency) == 5 }}", otherwise: no}]\n',
        "actions: [{id: row, uses: file.write, with: {file: a.csv, row: {a: \"$.a | money | to_minor('ISK')\"}}}]\n",
        "actions: [{id: sub, call: called, with: {a: \"$.amount | money | to_minor('ISK')\"}}]\n",
    ],
)
def test_where_no_operation_takes_it_to_minor_is_a_finding(part: str) -> None:
    rest = "" if "actions" in part else f"{HERE}done}}}}\n"
    found = codes(HEAD + part + rest, called=f"{CALLED}{HERE}done}}}}\n")
    assert [code for code, _ in found if code == "R308"] == ["R308"]
    found = codes((HEAD + part + rest).replace("ISK", "USD"), called=f"{CALLED}{HERE}done}}}}\n")
    assert [code for code, _ in found if code == "R308"] == (["R308"] if "record.currency" in part else [])


def test_where_no_connector_counts_otherwise_than_iso_to_minor_may_stand_anywhere() -> None:
    text = f"{CALLED}{HERE}\"$.amount | money | to_minor('ISK')\"}}}}\n"
    assert repr(given(checked(text), "here", record={"amount": 500})["message"]) == "500"


def test_the_connector_of_a_recipe_called_beside_it_counts_too() -> None:
    caller = (
        "recipe: orders\nversion: 1\ntrigger: {manual: an order, key: $.id}\nactions:\n"
        "  - {id: counted, call: counting, with: {id: $.id, amount: $.amount}}\n"
        "  - {id: sent, call: sending, with: {id: $.id, units: $steps.counted.units}}\n"
    )
    counting = f"{CALLED}{HERE}done}}}}\nreturns: {{units: \"$.amount | money | to_minor('ISK')\"}}\n"
    sending = CALLED.replace("trigger", "connections: {one: coins}\ntrigger") + "actions:\n"
    sending += SENT % ("one", "$.units")
    counting = counting.replace("recipe: called", "recipe: counting")
    assert codes(caller, counting=counting, sending=sending) == [("R308", "/actions/0/call/returns/units")]
    assert codes(counting) == []


def test_what_a_failed_check_says_is_counted_as_its_connector_does() -> None:
    that = "{{ (steps.paid.amount | minor('ISK')) == 7 }}"
    written = f'{HEAD}checks: [{{that: "{that}", otherwise: wrong}}]\n{HERE}"$.id"}}}}\n'
    recipe = checked(written)
    for each in (recipe, compiled(recipe)):
        scope = Scope({"record": {"id": 1}, "steps": {"paid": {"amount": 10000}}}, recipe.constants)
        with pytest.raises(RecordError, match=r"100\.00 == 7 does not hold, the difference is 93\.00"):
            hold(each.checks[0], scope)
