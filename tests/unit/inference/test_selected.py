"""What filters of one list say of its elements, each of another field."""

from __future__ import annotations

from engine.inference.schemas import type_of
from engine.inference.selected import selected
from engine.paths import compile_path
from engine.paths.syntax import Filter
from engine.types import Type, join

NULLABLE = {"type": ["string", "null"]}
LINE = type_of({"type": "object", "required": ["a", "b"], "properties": {"a": NULLABLE, "b": NULLABLE}})


def kept(test: str) -> Type:
    """Return the type of a line for which *test* holds."""
    (selector,) = compile_path(f"$[?{test}]").rest[0].selectors
    assert isinstance(selector, Filter)
    return selected(LINE, selector.test)


def may_be_null(line: Type, name: str) -> bool:
    return join([found for shape in line.mapping if (found := shape.field(name)) is not None]).null


def test_what_one_filter_says_is_not_said_of_what_another_beside_it_selects() -> None:
    a, b = kept("@.a != null"), kept("@.b != null")
    assert (may_be_null(a, "a"), may_be_null(a, "b")) == (False, True)
    assert (may_be_null(join([a, b]), "a"), may_be_null(join([a, b]), "b")) == (True, True)
