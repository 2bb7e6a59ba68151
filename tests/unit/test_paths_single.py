"""Whether a path names one value or selects a list."""

from __future__ import annotations

import pytest

from engine.paths import compile_path


@pytest.mark.parametrize("text", ["$", "$.a", "$.a[0]", "$item.a.b?", "$['a b']", "$.a['b'][2]"])
def test_names_and_indexes_alone_name_one_value(text: str) -> None:
    assert compile_path(text).is_single is True


@pytest.mark.parametrize("text", ["$[*]", "$.a[*].b", "$..a", "$.a[1:]", "$.a[?@.b == 1]", "$.a[0, 1]"])
def test_any_other_path_selects_a_list(text: str) -> None:
    assert compile_path(text).is_single is False
