"""What is said of data that is no JSON: our words, with the place, wherever people's JSON is read."""

from __future__ import annotations

import pytest

from engine import canonical

SLIPS = {
    b"{1: 2}": "a key must be text in double quotes (line 1, column 2)",
    b"{'a': 1}": "a key must be text in double quotes (line 1, column 2)",
    b"[1,\n 2,]": "a comma stands before the closing bracket (line 2, column 4)",
    b'{"a": 1,}': "a comma stands before the closing brace (line 1, column 9)",
    b'{"a" 1}': "a colon is missing behind the key (line 1, column 6)",
    b'{"a": 1 "b": 2}': "a comma or a closing brace is missing (line 1, column 9)",
    b"[1 2]": "a comma or a closing bracket is missing (line 1, column 4)",
    b'{"a": "\\ud800"}': "half of a character (a lone surrogate) is no text (line 1, column 8)",
    b'["\\\\", "\\uD83Dx"]': "half of a character (a lone surrogate) is no text (line 1, column 9)",
    b'"\\udc00"': "half of a character (a lone surrogate) is no text (line 1, column 8)",
    b'"\\x"': 'a backslash in text stands before one of " \\ / b f n r t u (line 1, column 4)',
    b'"\\u12g4"': "\\u takes four hexadecimal digits (line 1, column 7)",
    b"[01]": "a number is written as 12, -0.5 or 1e3 (line 1, column 3)",
    b"1 2": "something stands behind the value (line 1, column 4)",
    b'"a\nb"': "a line end or tab in text is written \\n or \\t (line 1, column 3)",
    b"[NaN]": "no value of JSON begins like this (line 1, column 2)",
    b'{"a": 1': "the JSON ends too early: a bracket or quote is not closed (line 1, column 8)",
    b'"\\ud83d\\ude00': "the JSON ends too early: a bracket or quote is not closed (line 1, column 14)",
    b"": "the JSON ends too early: a bracket or quote is not closed (line 1, column 1)",
    b'"\xff"': "byte 1 is not UTF-8 text, as JSON is",
    b"1e999": "a number is out of range",
    b"9" * 5000: "a number is out of range",
    b"[" * 5000: "the JSON is nested too deeply",
}


@pytest.mark.parametrize("data", SLIPS, ids=[repr(data[:20]) for data in SLIPS])
def test_a_slip_in_json_is_told_in_our_words_with_its_place(data: bytes) -> None:
    with pytest.raises(canonical.NotJson) as refused:
        canonical.decode_once(data)
    assert str(refused.value) == SLIPS[data]


def test_a_whole_character_of_two_escapes_is_taken() -> None:
    assert canonical.decode_once(b'["\\ud83d\\ude00", "\\\\ud800"]') == ["\U0001f600", "\\ud800"]
