"""Whether a value that is handed over whole can stand where a schema wants another."""

from __future__ import annotations

from typing import Any

from engine.inference.assign import Wanted, misfit
from engine.inference.schemas import type_of


def tree(id: str, **more: Any) -> dict[str, Any]:
    """Return the schema of a tree whose nodes have an *id* of a type, and eight branches each."""
    branches = {f"branch_{number}": {"$ref": "#"} for number in range(8)}
    return {"type": "object", "properties": {"id": {"type": id}, **more, **branches}}


def told(source: dict[str, Any], target: dict[str, Any]) -> str:
    found = misfit(type_of(source), Wanted(target, target, "trees.create"))
    return found.message if found is not None else ""


def test_schemas_that_hold_themselves_are_held_against_each_other_to_the_end() -> None:
    assert told(tree("integer"), tree("integer")) == ""


def test_what_is_wrong_deep_inside_is_told_with_the_way_to_it() -> None:
    inner = {"leaf": {"type": "object", "properties": {"size": {"type": "string"}}}}
    other = {"leaf": {"type": "object", "properties": {"size": {"type": "integer"}}}}
    assert told(tree("integer", **inner), tree("integer", **other)) == (
        "leaf: size: trees.create takes a whole number, and this is text"
    )
