"""History that follows a new name: every row that has the old one, in one transaction, and no other."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine import source
from engine.check import check
from engine.errors import UsageError
from engine.keys import EffectKey
from engine.ledger import (
    BindingRow,
    CursorRow,
    EffectRow,
    EffectState,
    FileRow,
    LinkRow,
    WorkbookRow,
    Written,
)
from engine.ledger.store import InFolder
from engine.project import Place
from engine.recipe import Recipe
from engine.registry import Registry
from engine.renamed import bind, carry_over, former
from tests.ledgers import EFFECT, RECORD, RUN, commit

TEXT = """\
recipe: bills
was: [orders, sales]
version: 1
trigger: {manual: an order, key: $.id}
actions:
  - {id: bill, was: [invoice, note], uses: file.write, with: {file: a.csv, row: {id: $.id}}}
  - id: parts
    was: shares
    for_each: $.parts
    as: part
    key: $part
    do: [{id: piece, was: bit, uses: log.write, with: {message: $part}}]
"""
NEW = TEXT.replace("was: [orders, sales]\n", "")
CURSOR = CursorRow("orders", "shop", "books", "1:0", "2026-01-01", "{}", "r1", "2026-01-01")


def key(recipe: str, *path: str, business: tuple[str, ...] = ("1",), revision: int = 0) -> EffectKey:
    return EffectKey("books", recipe, path, business, revision)


def effect(key: EffectKey, **more: Any) -> EffectRow:
    told = {"recipe": key.recipe, "path": ".".join(key.path), "external_id": key.external_id}
    return replace(EFFECT, key=key.text, **{**told, "state": EffectState.DONE, **more})


def recipe(text: str = TEXT) -> Recipe:
    return check(source.read(text, "bills.yaml"), Registry())


def place(folder: Path) -> Place:
    return Place(folder / "bills.yaml", "bills.yaml", "bills.yaml", folder)


def carried(folder: Path, *rows: Written, text: str = TEXT) -> InFolder:
    """Return where a ledger with *rows* lies, once the recipe has taken over what is its own."""
    where = InFolder(folder)
    ledger = where.open()
    commit(ledger, BindingRow("orders", "orders.yaml"), *rows)
    ledger.close()
    asyncio.run(carry_over(recipe(text), place(folder), [], where, "2026-04-01"))
    return where


def content(where: InFolder) -> dict[str, list[Any]]:
    ledger = where.open()
    try:
        found: dict[str, list[Any]] = {
            "effects": list(ledger.effects()),
            "links": list(ledger.links()),
            "records": list(ledger.records()),
            "runs": list(ledger.runs()),
            "cursors": list(ledger.cursors()),
            "files": [*ledger.files("bills"), *ledger.files("orders"), *ledger.files("others")],
            "books": [*ledger.workbooks("bills"), *ledger.workbooks("orders")],
            "bindings": list(ledger.bindings()),
        }
    finally:
        ledger.close()
    return found


def test_the_ids_that_an_action_had_are_those_of_every_level_in_every_combination() -> None:
    assert former(recipe()).paths == {
        "invoice": "bill",
        "note": "bill",
        "parts.bit": "parts.piece",
        "shares.bit": "parts.piece",
        "shares.piece": "parts.piece",
    }


def test_every_row_gets_the_new_names_keeps_its_place_and_what_the_target_knows(tmp_path: Path) -> None:
    deep = ("1", "x")
    old = [
        effect(key("orders", "invoice"), revisions=1),
        effect(key("others", "invoice")),
        effect(key("sales", "shares", "bit", business=deep), state=EffectState.UNCERTAIN),
        effect(key("orders", "invoice", revision=1)),
        effect(key("orders", "gone")),
    ]
    pending = FileRow("a.csv", "orders", "[]", 3, old[0].key)
    links = LinkRow(old[0].key, "orders", '["2"]'), LinkRow(old[1].key, "others", '["2"]')
    book = WorkbookRow("a.xlsx", "orders", rows=2)
    where = carried(tmp_path, *old, *links, RECORD, RUN, CURSOR, pending, FileRow("b.csv", "others"), book)
    new = [
        key("bills", "bill"),
        key("others", "invoice"),
        key("bills", "parts", "piece", business=deep),
        key("bills", "bill", revision=1),
        key("bills", "gone"),
    ]
    found = content(where)
    assert found["effects"] == [
        replace(row, key=to.text, recipe=to.recipe, path=".".join(to.path))
        for row, to in zip(old, new, strict=True)
    ]
    assert found["links"] == [links[1], LinkRow(new[0].text, "bills", '["2"]')]
    assert found["records"] == [replace(RECORD, recipe="bills")]
    assert found["runs"] == [replace(RUN, recipe="bills")]
    assert found["cursors"] == [replace(CURSOR, recipe="bills")]
    assert found["files"] == [
        replace(pending, recipe="bills", pending=new[0].text),
        FileRow("b.csv", "others"),
    ]
    assert found["books"] == [replace(book, recipe="bills")]
    assert found["bindings"] == [
        BindingRow("bills", "bills.yaml"),
        BindingRow("bills/invoice", "renamed:bill"),
        BindingRow("bills/shares.bit", "renamed:parts.piece"),
        BindingRow("orders", "renamed:bills"),
    ]


def test_what_was_carried_over_once_is_left_alone(tmp_path: Path) -> None:
    where = carried(tmp_path, effect(key("orders", "invoice")))
    before = content(where)
    assert asyncio.run(carry_over(recipe(), place(tmp_path), [], where, "2026-04-02")) == 0
    assert content(where) == before


@pytest.mark.parametrize(
    "rows", [(RECORD, replace(RECORD, recipe="bills")), (CURSOR, replace(CURSOR, recipe="bills"))]
)
def test_records_and_cursors_of_two_recipes_never_become_one(
    tmp_path: Path, rows: tuple[Written, ...]
) -> None:
    with pytest.raises(UsageError, match="two histories cannot be one"):
        carried(tmp_path, effect(key("orders", "invoice")), *rows)
    assert [each.recipe for each in content(InFolder(tmp_path))["effects"]] == ["orders"]


def test_an_id_that_nothing_stands_under_any_more_may_come_back_too(tmp_path: Path) -> None:
    where = carried(
        tmp_path, BindingRow("bills", "bills.yaml"), BindingRow("bills/bill", "renamed:invoice"), text=NEW
    )
    bindings = content(where)["bindings"]
    assert bindings == [BindingRow("bills", "bills.yaml"), BindingRow("orders", "orders.yaml")]


def test_two_effects_of_the_old_names_never_become_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="bill of bills has an effect of the record 1, and so has"):
        carried(tmp_path, effect(key("orders", "invoice")), effect(key("orders", "note")))


@pytest.mark.parametrize("failed", [0, 1])
def test_of_two_effects_one_that_failed_gives_way_with_its_links_going_on(
    tmp_path: Path, failed: int
) -> None:
    rows = [effect(key("orders", "invoice")), effect(key("bills", "bill"))]
    rows[failed] = replace(rows[failed], state=EffectState.FAILED)
    links = [LinkRow(row.key, row.recipe, '["2"]') for row in rows]
    found = content(carried(tmp_path, *rows, *links))
    new = replace(rows[1 - failed], key=key("bills", "bill").text, recipe="bills", path="bill")
    assert (found["effects"], found["links"]) == ([new], [LinkRow(new.key, "bills", '["2"]')])


def test_a_name_that_went_to_another_recipe_is_not_taken_from_it(tmp_path: Path) -> None:
    where = carried(tmp_path, effect(key("orders", "invoice")))
    ledger = where.open()
    commit(ledger, BindingRow("sales", "sales.yaml"))
    ledger.close()
    text = TEXT.replace("recipe: bills\nwas: [orders, sales]", "recipe: orders\nwas: sales")
    with pytest.raises(UsageError, match="the recipe 'orders' became 'bills'"):
        asyncio.run(carry_over(recipe(text), place(tmp_path), [], where, "2026-04-02"))


def test_a_name_is_bound_to_its_file_and_one_that_was_moved_takes_it_along(tmp_path: Path) -> None:
    where = InFolder(tmp_path)
    ledger = where.open()
    commit(ledger, BindingRow("bills", "elsewhere.yaml"))
    asyncio.run(bind(recipe(), place(tmp_path), ledger, where))
    assert list(ledger.bindings()) == [BindingRow("bills", "bills.yaml")]
    (tmp_path / "bills.yaml").touch()
    copy = Place(tmp_path / "copy.yaml", "copy.yaml", "copy.yaml", tmp_path)
    with pytest.raises(UsageError, match="the name 'bills' belongs to bills\\.yaml in this project"):
        asyncio.run(bind(recipe(), copy, ledger, where))
    ledger.close()
