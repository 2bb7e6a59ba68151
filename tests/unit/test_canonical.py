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
    b"[tru]": "no value of JSON begins like this (line 1, column 6)",
    b"[NaN]": "no value of JSON begins like this (line 1, column 2)",
    b'{"a": 1': "the JSON ends too early: a bracket or quote is not closed (line 1, column 8)",
    b'"\\ud83d\\ude00': "the JSON ends too early: a bracket or quote is not closed (line 1, column 14)",
    b"": "it is empty",
    b" \n": "it is empty",
    b'"\xff"': "this byte is not UTF-8 text, as JSON is (line 1, column 2)",
    b'["a", \n "\xff"]': "this byte is not UTF-8 text, as JSON is (line 2, column 3)",
    b'["a", x, "\xff"]': "no value of JSON begins like this (line 1, column 7)",
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


@pytest.mark.parametrize(
    "data",
    [
        b'{"a": 1, "a": 1}',
        b'{"a": 1, "b": {"c": [{"d": 1.50, "d": 1.50}]}}',
        b'{"a": 1,"\\u0061": 2}',
        b'{"":0,"":0}',
        b'[{"a": 1e2}, {"a": "\\/", "b": 2, "b": 2}]',
    ],
)
def test_a_key_that_stands_twice_is_refused_however_it_is_written(data: bytes) -> None:
    with pytest.raises(canonical.RepeatedKey):
        canonical.decode_once(data)


def test_a_list_and_an_object_are_split_into_the_bytes_of_their_values() -> None:
    assert canonical.entries(b' [ {"a" : 1.50} ,\n"\\u00e9",[ ] ] ') == [
        b'{"a" : 1.50}',
        b'"\\u00e9"',
        b"[ ]",
    ]
    assert canonical.members(b'{"a" : [1 ,2], "b":null, "a":7}') == {"a": b"7", "b": b"null"}


@pytest.mark.parametrize("data", [b"", b"[1,]", b"[1 2]", b"[1", b"7", b"{}", b"[" * 9000, b'["a', b"[1]]"])
def test_what_is_no_list_is_not_split(data: bytes) -> None:
    assert canonical.entries(data) is None


@pytest.mark.parametrize("data", [b"", b'{"a":1,}', b"[]", b'{"\xff":1}', b'{"a":' * 9000, b"{1:2}"])
def test_what_is_no_object_is_not_split(data: bytes) -> None:
    assert canonical.members(data) is None
