"""What is told once and what is not: a finding that follows from another is left out, and never one that does not."""

from __future__ import annotations

import pytest

from engine import source
from engine.check import check
from engine.errors import RecipeInvalid
from engine.registry import Registry
from engine.shipped import shipped

HEAD = "recipe: bench\nversion: 1\nconnections: {books: accounting}\ntrigger: {manual: an order, key: $.id}\n"
MAPPING = "mapping: {fields: {number: $.number}}\n"


def found(text: str) -> list[tuple[str, str]]:
    with pytest.raises(RecipeInvalid) as caught:
        check(source.read(HEAD + text, "bench.yaml"), Registry(connectors=[shipped("connectors")]))
    return [(each.code, each.pointer) for each in caught.value.diagnostics]


def loop(number: int, name: str, *read: str) -> str:
    tells = ", ".join(
        f"{{id: t{number}{at}, uses: log.write, with: {{message: {root}.text}}}}"
        for at, root in enumerate(read)
    )
    return f"  - {{id: e{number}, for_each: '$.lines[*]', as: {name}, key: $.id, do: [{tells}]}}\n"


def test_each_loop_whose_name_is_misspelt_is_told() -> None:
    text = "actions:\n" + loop(1, "lin", "$line", "$line") + loop(2, "lin", "$line", "$line")
    assert found(text) == [
        ("R202", "/actions/0/do/0/with/message"),
        ("R202", "/actions/1/do/0/with/message"),
    ]


def test_each_misspelling_of_a_loops_name_is_told() -> None:
    text = "actions:\n" + loop(1, "line", "$lien", "$lin", "$lien")
    assert found(text) == [
        ("R202", "/actions/0/do/0/with/message"),
        ("R202", "/actions/0/do/1/with/message"),
    ]


def test_unknown_roots_that_no_loop_explains_are_told_each_time() -> None:
    text = "actions:\n" + loop(1, "line", "$USD", "$USD")
    assert [code for code, _ in found(text)] == ["R202", "R202"]


def test_in_a_loop_whose_name_is_taken_only_roots_of_the_engine_are_told() -> None:
    text = "actions:\n" + loop(1, "record", "$item", "$line", "$mapped")
    assert found(text) == [("R204", "/actions/0/as"), ("R202", "/actions/0/do/2/with/message")]


def test_a_mapping_that_no_action_gets_is_told_beside_the_slip_of_an_action_that_is_not_for_it() -> None:
    tell = "actions: [{id: t, uses: log.write, with: {message: $recrd.text}}]\n"
    assert ("R104", "/mapping") in found(MAPPING + tell)
    other = "actions: [{id: t, uses: books.invoice.create, with: {number: $.number}}]\n"
    assert found(MAPPING + other) == [("R104", "/mapping"), ("R207", "/actions/0/uses")]


def test_a_document_under_a_field_is_told_by_its_fields_where_others_stand_beside_it() -> None:
    target = MAPPING.replace("{fields", "{target: ./x.schema.json, fields")
    two = "actions: [{id: t, uses: books.invoices.create, with: {a: $mapped, number: $.number}}]\n"
    assert "R306" not in [code for code, _ in found(target + two)]
