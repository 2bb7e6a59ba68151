"""Each character of a scalar's value has the place where it is written, in every style of YAML."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine import pointer, source
from engine.placed import Placing, content, places
from engine.source import Source

HEADS = [
    "",
    "&x ",
    "!!str ",
    "|\n",
    "|-\n",
    "|+\n",
    ">\n",
    ">-\n",
    ">+  # c\n",
    "|2\n",
    ">-2\n",
    ">3+\n",
    "'",
    '"',
]
PIECES = [
    "a", "b c", " ", "  ", "\n", "\n  ", "\n   ", "\n    ", "\n\n  ", "\r\n  ", "\t", "''", "\\n", "\\x41", "\\u00e9",
    "\\ud83d\\ude00", "\\\n  ", "\\ ", '\\"', " # c", "#", "é", "\U0001f600", ":", "-", "{{ x }}", "$.a",
]  # fmt: skip


@st.composite
def written(draw: st.DrawFn) -> str:
    """Write a value under a key, in a mapping or in a list, in some style."""
    head = draw(st.sampled_from(HEADS))
    body = "".join(draw(st.lists(st.sampled_from(PIECES), max_size=8)))
    body = ("  " if head.endswith("\n") else "") + body + (head if head in ("'", '"') else "")
    before = draw(st.sampled_from(["k: ", "- ", "z: 1\nk: ", "", "k:\n  "]))
    return before + head + body + draw(st.sampled_from(["", "\n", "\n\n", "\n# end\n"]))


def texts(made: Source) -> list[tuple[str, str]]:
    """Return the pointers of the texts in *made*, with them."""

    def walk(held: Any, at: str) -> list[tuple[str, str]]:
        if isinstance(held, str):
            return [(at, held)]
        each = held.items() if isinstance(held, dict) else enumerate(held) if isinstance(held, list) else ()
        return [found for name, value in each for found in walk(value, pointer.join(at, name))]

    return walk(made.data, "")


@settings(max_examples=600)
@given(written())
@example("k: |\n   a\n\n    b\n")
@example("k: >\n  a\n   b\n  c\n\n\n  d\n\n")
@example('k: "a  \n  b \\ \n c"')
def test_each_character_has_the_place_that_makes_it(text: str) -> None:
    made = source.read(text, "a.yaml")
    for at, value in texts(made):
        span, placing = made.values[at], Placing(text)
        whole = placing._whole(span)
        found = places(text, content(text, whole.start, whole.stop), whole.stop, value)
        assert found is not None, (text, value)
        assert len(found) == len(value) + 1
        assert found == sorted(found)
        assert whole.start <= found[0] <= found[-1] <= whole.stop
        for char, index in zip(value, found, strict=False):
            assert text[index] == char or text[index] in "\\\r\n" or text[index - 1 : index + 1] == "''", (
                text,
                value,
            )


@pytest.mark.parametrize("text", ["abc", "'abc'", '"abc"', "|\n  abc\n", ">\n  abc\n", '"a\\x62c"'])
def test_a_writing_that_gives_another_value_has_no_places(text: str) -> None:
    assert places(text, 0, len(text), "abd") is None
