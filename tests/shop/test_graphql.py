"""The sample's GraphQL answers: fresh, of the very fields that the queries ask for, and nothing cut short."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import pytest

from engine.connector import Operation
from engine.connector_file import load
from engine.registry import Registry
from tests.shop import build, graphql

pytestmark = pytest.mark.source_tree  # reads the samples where they are written

SHOPIFY: Final = load("shopify", Registry())
QUERIES: Final = {name: each for name, each in SHOPIFY.operations.items() if each.graphql is not None}
FOLDERS: Final = ("default", "bad", "quarter")
TOKEN: Final = re.compile(r"#[^\n]*|\.\.\.|[A-Za-z_]\w*|[{}()]|[^\s{}()]")
# The fields of the queries that are no text; the Admin API's reference gives their types.
NO_TEXT: Final = {
    **dict.fromkeys(("hasNextPage", "test", "taxesIncluded", "isGiftCard", "taxable"), bool),
    **dict.fromkeys(("channelLiable", "taxExempt"), bool),
    **dict.fromkeys(("quantity", "currentQuantity"), int),
    "rate": float,
}


@dataclass
class Field:
    """A field of a query with its arguments and what is asked for below it."""

    arguments: str = ""
    below: dict[str, Field] = field(default_factory=dict)


def asked(operation: Operation) -> dict[str, Field]:
    """Return the fields that the query of *operation* asks for."""
    assert operation.graphql is not None
    text = operation.graphql.text
    tokens = [each for each in TOKEN.findall(text) if not each.startswith("#")]
    fragments = {}
    for index, token in enumerate(tokens):
        if token == "fragment":
            fragments[tokens[index + 1]] = tokens.index("{", index)
    return _selection(tokens, tokens.index("{"), fragments)[0]


def _selection(tokens: list[str], at: int, fragments: Mapping[str, int]) -> tuple[dict[str, Field], int]:
    found: dict[str, Field] = {}
    last = Field()
    at += 1
    while tokens[at] != "}":
        if tokens[at] == "{":
            last.below, at = _selection(tokens, at, fragments)
        elif tokens[at] == "(":
            end = tokens.index(")", at)
            last.arguments = " ".join(tokens[at + 1 : end])
            at = end
        elif tokens[at] == "...":
            found |= _selection(tokens, fragments[tokens[at + 1]], fragments)[0]
            at += 1
        else:
            last = found[tokens[at]] = Field()
        at += 1
    return found, at


def unlike(fields: Mapping[str, Field], data: Any, place: str = "$") -> Iterator[str]:
    """Yield where *data* has other fields than *fields*."""
    for each in data if isinstance(data, list) else [data]:
        if each is None:
            continue
        if not isinstance(each, dict):
            if fields:
                yield f"{place} has no fields"
            continue
        if set(each) != set(fields):
            yield f"{place}: {sorted(set(each) ^ set(fields))}"
        for name in set(each) & set(fields):
            yield from unlike(fields[name].below, each[name], f"{place}.{name}")


def connections(fields: Mapping[str, Field], place: str = "$") -> Iterator[tuple[str, Field]]:
    for name, each in fields.items():
        if "first :" in each.arguments:
            yield f"{place}.{name}", each
        yield from connections(each.below, f"{place}.{name}")


def test_the_files_are_what_the_orders_give_now() -> None:
    stale = [path.name for path, text in graphql.files().items() if path.read_text("utf-8") != text]
    assert stale == [], "python -m tests.shop.graphql"


@pytest.mark.parametrize("name", QUERIES)
@pytest.mark.parametrize("folder", FOLDERS)
def test_an_answer_has_the_fields_that_the_query_asks_for_and_no_others(name: str, folder: str) -> None:
    data = json.loads((build.SAMPLES / folder / f"{name}.json").read_text("utf-8"))
    assert list(unlike(asked(QUERIES[name]), data["data"])) == []


def test_another_field_would_be_seen() -> None:
    fields = {"a": Field(below={"b": Field()})}
    assert list(unlike(fields, {"a": [{"b": 1}, {"b": 1, "c": 2}, {}]})) == ["$.a: ['c']", "$.a: ['b']"]


@pytest.mark.parametrize("name", QUERIES)
def test_a_list_of_bounded_length_is_paged_through_or_held_against_being_cut_short(name: str) -> None:
    operation = QUERIES[name]
    held = [path.text for path in operation.truncated]
    if operation.paging is not None:
        held.append(operation.paging[1]["more"])
    found = dict(connections(asked(operation)))
    assert operation.records is not None
    above = operation.records.text.removeprefix("$.data")
    for place, each in found.items():
        assert "hasNextPage" in each.below["pageInfo"].below, place
        inside = place.removeprefix(f"${above}")
        path = f"$.data{place[1:]}" if inside == place else f"${inside}"
        assert f"{path}.pageInfo.hasNextPage" in held
    assert len(found) == len(held)


def scalars(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every scalar within *value* with the name of its field."""
    if isinstance(value, dict):
        for key, child in value.items():
            yield from scalars(child, key)
    elif isinstance(value, list):
        for each in value:
            yield from scalars(each, name)
    else:
        yield name, value


def answered(folder: str) -> list[tuple[str, Any]]:
    """Return the scalars of all answers in *folder*."""
    files = [build.SAMPLES / folder / f"{name}.json" for name in QUERIES]
    return [each for file in files for each in scalars(json.loads(file.read_text("utf-8"))["data"])]


@pytest.mark.parametrize("folder", ["default", "quarter"])
def test_amounts_instants_and_ids_are_written_as_graphql_writes_them(folder: str) -> None:
    found = answered(folder)
    amounts = {value for name, value in found if name == "amount"}
    assert {each for each in amounts if not re.fullmatch(r"-?[0-9]+\.([0-9]*[1-9]|0)", each)} == set()
    instants = {value for name, value in found if name.endswith("At")} - {None}
    assert {each for each in instants if not re.fullmatch(r"[0-9-]{10}T[0-9:]{8}Z", each)} == set()
    ids = {value for name, value in found if name in ("id", "legacyResourceId")}
    assert {each for each in ids if not re.fullmatch(r"(gid://shopify/[A-Za-z]+/)?[0-9]+", each)} == set()
    assert {"default": {"28.0", "3200.0", "26.375"}, "quarter": {"-0.02", "0.0"}}[folder] <= amounts


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_scalar_has_the_type_that_the_schema_gives_it(folder: str) -> None:
    strange = {
        (name, value)
        for name, value in answered(folder)
        if value is not None and type(value) is not NO_TEXT.get(name, str)
    }
    assert strange == set()


def test_the_scalars_of_one_order_are_those_of_rest() -> None:
    rest = json.loads((build.SAMPLES / "default" / "orders.list.json").read_text("utf-8"))["orders"]
    data = json.loads((build.SAMPLES / "default" / "orders.query.json").read_text("utf-8"))["data"]
    nodes = data["orders"]["nodes"]
    assert [each["updatedAt"] for each in nodes] == sorted(each["updatedAt"] for each in nodes)
    assert {each["legacyResourceId"]: each["name"] for each in nodes} == {
        str(each["id"]): each["name"] for each in rest
    }
