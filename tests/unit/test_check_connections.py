"""What ``connections.yaml`` puts behind a recipe's connection must serve what the recipe asks for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from engine import source
from engine.check import check
from engine.errors import RecipeInvalid
from engine.registry import Registry

GOOD = (Path(__file__).resolve().parents[1] / "diagnostics" / "good.yaml").read_text("utf-8")


def found(connectors: Mapping[str, str]) -> list[tuple[str, str, str]]:
    try:
        check(source.read(GOOD, "good.yaml"), Registry(), connectors)
    except RecipeInvalid as error:
        return [(each.code, each.pointer, each.message) for each in error.diagnostics]
    return []


@pytest.mark.parametrize(
    "connectors", [{}, {"books": "books"}, {"shop": "shopify", "books": "books"}, {"other": "shopify"}]
)
def test_a_connector_that_serves_the_word_is_taken(connectors: Mapping[str, str]) -> None:
    assert found(connectors) == []


def test_a_connector_that_serves_another_word_is_one_finding_and_nothing_follows_from_it() -> None:
    message = "connections.yaml gives 'books' the connector 'shopify', which serves no 'accounting'"
    assert found({"books": "shopify"}) == [("R201", "/connections/books", message)]
