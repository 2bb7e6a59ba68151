"""What looks like a slip and is none: the check says nothing about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import source
from engine.check import Beside, check
from engine.errors import RecipeInvalid
from engine.recipe import Recipe
from engine.registry import Registry

HEAD = "recipe: orders\nversion: 1\n"
MANUAL = "trigger: {manual: an order, key: $.id}\n"
TOLD = "actions:\n  - {id: told, uses: log.write, with: {message: MESSAGE}}\n"


def checked(text: str, beside: Beside | None = None) -> Recipe:
    try:
        recipe = check(source.read(HEAD + text, "orders.yaml"), Registry(), beside=beside)
    except RecipeInvalid as error:
        pytest.fail("; ".join(f"{each.code} {each.message}" for each in error.diagnostics))
    assert [each for each in recipe.warnings if each.severity == "warning"] == []
    return recipe


@pytest.mark.parametrize(
    "message",
    [
        "$5 off",
        "US$",
        "{literal: $USD}",
        "{literal: $.name}",
        '"{{ run.id }} of {{ run.started_at }}"',
        "$run.id",
        "\"$['Transaction Date']\"",
        "$.items.keys",
        "$.vars.month",
        '"{{ record.vars.month }}"',
        "skip",
    ],
)
def test_text_and_fields_that_look_like_something_else_are_what_they_are(message: str) -> None:
    checked(MANUAL + TOLD.replace("MESSAGE", message))


@pytest.mark.parametrize(
    "key",
    [
        "$.id",
        "[$.shop, $.id]",
        "[orders, $.id]",
        '"{{ record.id }}"',
        "$vars.month",
        "$",
        "{literal: once}",
    ],
)
def test_a_key_that_reads_anything_or_says_that_it_is_one_for_all_is_a_key(key: str) -> None:
    variables = "vars: {month: {type: text, default: 2026-11}}\n" if "vars" in key else ""
    checked(variables + MANUAL.replace("$.id", key) + TOLD.replace("MESSAGE", "x"))


@pytest.mark.parametrize("name", ["item", "switch", "index", "shop"])
def test_an_element_may_have_the_name_of_a_word_that_is_no_root(name: str) -> None:
    checked(
        MANUAL
        + f"actions:\n  - id: each\n    for_each: $.list[*]\n    as: {name}\n    key: ${name}.id\n"
        + f"    do: [{{id: told, uses: log.write, with: {{message: ${name}.text}}}}]\n"
    )


def test_a_table_of_ones_own_may_have_any_words_as_keys() -> None:
    lookups = "lookups: {kinds: {value: paper, key: metal}, names: {file: a, other: b}}\n"
    message = "\"{{ record.a | lookup('kinds') }} {{ record.b | lookup('names') }}\""
    recipe = checked(lookups + MANUAL + TOLD.replace("MESSAGE", message))
    assert recipe.constants.lookups["names"] == {"file": "a", "other": "b"}


def test_a_table_in_a_file_is_read_as_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "codes.txt").write_bytes("made by hand\ncode;account\n00501;'a;b'\n7;ö\n".encode("cp1252"))
    options = 'format: csv, delimiter: ;, quote: "\'", encoding: cp1252, header: 2'
    lookups = f"lookups: {{t: {{file: codes.txt, key: code, value: account, {options}}}}}\n"
    message = "\"{{ record.code | lookup('t') }}\""
    recipe = checked(lookups + MANUAL + TOLD.replace("MESSAGE", message), Beside(tmp_path))
    assert recipe.constants.lookups["t"] == {"00501": "a;b", "7": "ö"}


def test_a_connection_that_only_links_find_names_is_used() -> None:
    checked(
        "connections: {books: accounting}\ntrigger: {manual: a document}\n"
        "actions:\n  - {id: found, uses: links.find, with: {document: $.id, connection: books}}\n"
    )


def test_what_only_reads_needs_no_key() -> None:
    checked(
        "trigger: {manual: x}\nactions:\n  - {id: found, uses: links.find, with: {recipe: orders, key: $.id}}\n"
    )


def test_a_skip_with_a_condition_and_one_at_the_end_leave_everything_within_reach() -> None:
    skip = "  - {skip: a test, when: $.test}\n"
    told = TOLD.replace("MESSAGE", "x")
    checked(MANUAL + told.replace("actions:\n", f"actions:\n{skip}") + "  - {skip: done}\n")


def test_the_actions_behind_a_switch_and_parallel_read_what_was_done_inside() -> None:
    checked(
        MANUAL
        + "actions:\n"
        + "  - id: s\n    switch:\n"
        + "      - {when: $.a, do: [{id: one, uses: links.find, with: {recipe: o, key: $.id}}]}\n"
        + "      - {else: [{skip: x}]}\n"
        + '  - {id: p, parallel: [{id: two, uses: links.find, with: {recipe: o, key: "$steps.one[0].key[0]"}}]}\n'
        + '  - {id: told, uses: log.write, with: {message: "{{ steps.two | count }} found"}}\n'
    )
