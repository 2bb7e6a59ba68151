"""Whatever stands in a file, the check gives a recipe or findings that can be shown, and nothing else."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import source
from engine.check import check
from engine.commands.console import findings_annotations, findings_data, findings_text
from engine.diagnostics import Diagnostic, Located
from engine.errors import RecipeInvalid, UsageError
from engine.files import read_text
from engine.recipe import Recipe
from engine.registry import Registry
from engine.shipped import shipped

EXAMPLES = int(os.environ.get("CHECK_EXAMPLES", "100"))
"""Examples of each test; three tests make three hundred."""
TEXT = (shipped("recipes") / "shopify-to-invoice.yaml").read_text(encoding="utf-8")
REGISTRY = Registry()
RECIPE = source.read(TEXT, "recipe.yaml").data
relaxed = settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow])

SIGNS = [
    *"{}[]:,-#&*!|>'\"%@`?$.()=~<>\\/ \t\n",
    "{{", "}}", "{%", "%}", "{#", "---", "...", "<<: ", "&a ", "*a", "!!str ", "${", "| ", "$.", "$item", "$steps.x",
    "?\n", "\x00", "\x07", "\x1b[31m", "\x85", "\u2028", "\ufeff", "\u202e", "\ud7ff", "\U0001f600", "数", "e\u0301",
    "\r", "\r\n", "9" * 60, "1e999", "0x1F", "-0.0", ".inf", "null", "~",
    "a" * 3000, "[" * 90, "{a: " * 90, "1." + "0" * 40,
]  # fmt: skip
WORDS = [
    "$", "$.a", "$.a?", "$.a[", "$.a | money", "$.a | nope", "$.a | lookup('x')", "$.a | default($.b[*])",
    "$steps.pay.id", "$..x", "$.a[?@.b == 1]", "$.a[?@.b ==", "$nope", "{{ a }}", "{{ record.a }}", "{{ record",
    "{% if record.a %}x{% endif %}", "{{ 1 / 0 }}", "{{ 'x' * 9 }}", "{{ " + "(" * 200 + "1" + ")" * 200 + " }}",
    "{{ " + "-" * 600 + "1 }}", "{# x #}",
    "${env:X}", "shop.orders.list", "books.invoices.create", "books.nope", "a.b", "", " ", "x" * 3000, "\n", "\x1b",
    "数", "$['a b']", "$.a" * 400, "$.a[" + "9" * 40 + "]", "$.a | money" * 200, "America/New_York", "../../etc/passwd",
    "A" * 300,
]  # fmt: skip
scalars: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from(WORDS), st.none(), st.booleans(), st.integers(-(10**30), 10**30), st.text(max_size=20)
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from("id uses with for_each map when as key do literal poll a-b a/b ~ on".split())
            | st.text(max_size=6),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=8,
)


def judged(text: str) -> None:
    """Check *text*, and show what was found in every form."""
    found, file = findings(text)
    for each in found:
        span = file.locate(each)
        assert (1, 1) <= (span.line, span.column) <= (span.end_line, span.end_column)
        assert span.line <= len(text.splitlines()) + 1
        assert each.code.startswith("R")
        assert each.message
    if found:
        shown = findings_text(file, found)
        assert shown.endswith("finding" if len(found) == 1 else "findings")
        assert not set(shown) & set("\x00\x07\x1b\x85\u2028\u202e\r")
        assert len(findings_data(file, found)) == len(found)
        assert len(findings_annotations(file, found).splitlines()) == len(found)


def findings(text: str) -> tuple[Sequence[Diagnostic], Located]:
    """Return what is found in *text*; nothing for a recipe."""
    file = source.read(text, "recipe.yaml")
    try:
        recipe = check(file, REGISTRY)
    except RecipeInvalid as error:
        assert error.diagnostics  # noqa: PT017  # any other exception is the failure that is looked for
        return error.diagnostics, error.source
    assert isinstance(recipe, Recipe)
    return (), file


def places(data: Any) -> list[tuple[Any, Any]]:
    """Return every container of *data* with each of its keys or indexes."""
    keys = list(data) if isinstance(data, dict) else list(range(len(data))) if isinstance(data, list) else []
    return [(data, key) for key in keys] + [place for key in keys for place in places(data[key])]


def mutate(data: Any, draw: st.DrawFn) -> None:
    """Drop, rename, retype, reorder, nest or copy something in *data*."""
    found = places(data)
    if not found:
        return
    holder, key = draw(st.sampled_from(found))
    match draw(st.sampled_from("drop rename retype reorder nest copy".split())):
        case "drop":
            del holder[key]
        case "rename" if isinstance(holder, dict):
            name = draw(st.sampled_from([f"{key}s", key[:-1], key.upper(), "x", ""]) | st.text(max_size=5))
            holder[name] = holder.pop(key)
        case "reorder" if isinstance(holder, list):
            holder.reverse()
        case "nest":
            holder[key] = draw(
                st.sampled_from([[holder[key]], {"map": holder[key]}, {"literal": holder[key]}])
            )
        case "copy":
            other, where = draw(st.sampled_from(found))
            if where in other if isinstance(other, dict) else where < len(other):
                holder[key] = copy.deepcopy(other[where])
        case _:
            holder[key] = draw(values)


@st.composite
def recipes(draw: st.DrawFn) -> str:
    """The shipped recipe, changed in a few places and written as JSON, which is YAML."""
    data = copy.deepcopy(RECIPE)
    for _ in range(draw(st.integers(1, 4))):
        mutate(data, draw)
    return json.dumps(data, indent=draw(st.sampled_from([None, 1])), ensure_ascii=False, default=str)


@st.composite
def texts(draw: st.DrawFn) -> str:
    """The shipped recipe's text, with pieces cut out, put in, doubled or swapped."""
    text = TEXT
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 60)))
        piece = draw(st.sampled_from(SIGNS) | st.text(max_size=8) | st.just(text[start:end] * 2))
        text = text[:start] + piece + text[draw(st.sampled_from([start, end])) :]
    return text


@relaxed
@given(recipes())
def test_a_recipe_changed_as_data_is_right_or_has_findings(text: str) -> None:
    judged(text)


@relaxed
@given(texts())
def test_a_recipe_changed_as_text_is_right_or_has_findings(text: str) -> None:
    judged(text)


@settings(parent=relaxed, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, len(TEXT)), st.binary(max_size=12))
def test_a_file_of_any_bytes_is_read_or_refused_as_no_text(tmp_path: Path, at: int, piece: bytes) -> None:
    file = tmp_path / "recipe.yaml"
    whole = TEXT.encode()
    file.write_bytes(whole[:at] + piece + whole[at:])
    try:
        text = read_text(file, "recipe.yaml")
    except UsageError:
        return
    judged(text)


@pytest.mark.parametrize(
    "text", ["a: &a [*a]", "[" * 100_000, "a: " * 1000, "'" * 9999, "? " * 5000, "- " * 5000]
)
def test_a_file_that_is_made_to_break_a_reader_has_findings(text: str) -> None:
    judged(text)
