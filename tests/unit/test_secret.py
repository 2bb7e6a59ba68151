"""A secret has no text outside the HTTP door, and the mask finds it in each form in which it travels."""

from __future__ import annotations

import base64
import copy
import html
import json
import pickle
import pprint
import re
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass
from urllib.parse import quote, quote_plus

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.fill import fill, fill_url
from engine.secret import MASK, Masker, Secret, compose, reveal

TEXT = "hunter2hunter2"
PLAIN = "abcDEF/+12-34_=~"
HARD = "cänary/+ '\"\\ <secret>&-\U0001f511\n%"


@dataclass
class Holder:
    """A dataclass with a secret in it."""

    token: Secret


def held() -> Secret:
    return Secret(TEXT, "${env:TOKEN}")


@pytest.mark.parametrize(
    "shown",
    [
        str, repr, format, ascii, "{:>40}".format, "{!r}".format, "{0.name}".format, "%s".__mod__, pprint.pformat,
        lambda s: f"{s} {s!s:5} {s=}", lambda s: repr([s]), lambda s: str({"a": s}), lambda s: repr(Holder(s)),
        lambda s: str(ValueError(s)), lambda s: repr(KeyError(s)), lambda s: json.dumps(s, default=str),
        lambda s: "".join(traceback.format_exception(ValueError("refused", s))), lambda s: str(hash(s)),
        lambda s: str(s == TEXT) + str(s != TEXT),
    ],
)  # fmt: skip
def test_a_secret_shows_no_text(shown: Callable[[Secret], str]) -> None:
    assert TEXT not in shown(held())


@pytest.mark.parametrize(
    "write",
    [
        json.dumps, pickle.dumps, copy.copy, copy.deepcopy, msgspec.json.encode, msgspec.to_builtins,
        msgspec.msgpack.encode, vars, bytes, len, iter, lambda s: asdict(Holder(s)), lambda s: copy.deepcopy([s]),
        lambda s: pickle.dumps({"a": [s]}), lambda s: s.__getstate__(), lambda s: s.__reduce_ex__(2),
        lambda s: "a" + s, lambda s: s + "a",
    ],
)  # fmt: skip
def test_a_secret_is_not_written_copied_or_joined(write: Callable[[Secret], object]) -> None:
    with pytest.raises(TypeError) as refused:
        write(held())
    assert TEXT not in "".join(traceback.format_exception(refused.value))


def test_a_secret_equals_only_itself_and_matches_its_text() -> None:
    one, other = held(), held()
    assert [one == one, one == other] == [True, False]
    assert one.matches(TEXT)
    assert not one.matches(TEXT + "x")


def test_text_composed_with_a_secret_is_a_secret() -> None:
    made = compose(["Bearer ", held(), "!"])
    assert isinstance(made, Secret)
    assert (str(made), reveal(made)) == (MASK, f"Bearer {TEXT}!")
    assert compose(["a", "b"]) == "ab"


def test_a_secret_fills_a_header_and_never_an_address() -> None:
    assert isinstance(fill("Bearer {token}", {"token": held()}), Secret)
    with pytest.raises(ValueError, match="cannot stand in an address") as refused:
        fill_url("https://a.example/{token}", {"token": held()})
    assert TEXT not in str(refused.value)


def standard(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _wide(char: str) -> str:
    coded = char.encode("utf-16-be").hex().upper()
    return "".join(f"\\u{coded[at : at + 4]}" for at in range(0, len(coded), 4))


ENCODERS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "base64": standard,
    "base64, URL-safe": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    "hex": lambda text: text.encode().hex(),
    "HEX": lambda text: text.encode().hex().upper(),
    "URL": lambda text: quote(text, safe=""),
    "url": lambda text: re.sub("%..", lambda found: found.group().lower(), quote(text, safe="")),
    "URL path": quote,
    "URL query": quote_plus,
    "JSON": json.dumps,
    "JSON as it is": lambda text: json.dumps(text, ensure_ascii=False),
    "JSON in JSON": lambda text: json.dumps(json.dumps(text)),
    "JSON of PHP": lambda text: json.dumps(text).replace("/", "\\/"),
    "JSON of .NET": lambda text: re.sub("[^A-Za-z0-9 ]", lambda found: _wide(found.group()), text),
    "HTML": html.escape,
    "Python": repr,
    "Python's bytes": lambda text: repr(text.encode()),
}  # fmt: skip


def traces(encoder: str, secret: str) -> set[str]:
    """Return what must not be seen of *secret*: for base64 six characters in a row that no neighbour can change."""
    if "base64" not in encoder:
        whole = ENCODERS[encoder](secret)
        return {whole.strip("\"'b") if encoder.startswith(("JSON", "Python")) else whole}
    found = set()
    for shift, first in enumerate((0, 2, 3)):
        bits = 8 * (shift + len(secret.encode()))
        coded = base64.b64encode(b"\0" * shift + secret.encode()).decode()[first : bits // 6]
        coded = coded.replace("+", "-").replace("/", "_") if "URL" in encoder else coded
        found |= {coded[at : at + 6] for at in range(len(coded) - 5)}
    return found


@pytest.mark.parametrize("secret", [PLAIN, HARD, "1234", "pässwörd", 'x\\\\"y', "eyJhbGciOi.J9-_x"])
@pytest.mark.parametrize("encoder", ENCODERS)
@settings(max_examples=25)
@given(
    before=st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    after=st.text("aä/\\%\"'+& ", max_size=20),
)
@example(before="", after="")
@example(before="\\", after="\\")
def test_a_secret_anywhere_in_a_text_that_is_encoded_as_a_whole_is_masked(
    encoder: str, secret: str, before: str, after: str
) -> None:
    if "base64" in encoder and len(secret.encode()) < 8:
        secret += "12345678"
    masked = Masker([Secret(secret)])(ENCODERS[encoder](before + secret + after))
    assert MASK in masked
    without = masked.replace(MASK, "\0")
    assert [trace for trace in traces(encoder, secret) if trace in without] == []


@pytest.mark.parametrize("before", ["", "x", "xx"])
@pytest.mark.parametrize("after", ["", "y", "yy"])
def test_of_a_secret_in_base64_only_characters_that_its_neighbours_share_are_left(
    before: str, after: str
) -> None:
    masked = Masker([held()])(standard(before + TEXT + after))
    left, _, right = masked.partition(MASK)
    assert (len(left), len(right) <= 6) == ((0, 2, 3)[len(before)], True)


@given(st.text(max_size=60), st.text(min_size=4, max_size=20))
def test_text_without_the_secret_stays_as_it_is(text: str, secret: str) -> None:
    masker = Masker([Secret(secret)])
    if MASK not in masker(text):
        assert masker(text) == text


def test_secrets_that_overlap_leave_nothing_of_each_other() -> None:
    mask = Masker([Secret("abcdefgh"), Secret("efghijkl"), Secret("cdef")])
    assert mask("xabcdefghijklx abcdefgh efghijkl") == f"x{MASK}x {MASK} {MASK}"


def test_a_secret_that_is_part_of_the_mask_does_not_mask_the_mask() -> None:
    assert Masker([Secret("secret"), Secret("other-one")])("a secret, other-one") == f"a {MASK}, {MASK}"


def test_secrets_learnt_later_are_masked_from_then_on() -> None:
    mask = Masker()
    assert mask(TEXT) == TEXT
    mask.add([held()])
    assert mask(f"({TEXT})") == f"({MASK})"


def test_a_text_of_three_characters_is_no_secret_to_search_for() -> None:
    assert Masker([Secret("abc")])("abc") == "abc"


def test_data_is_masked_as_bytes_and_keeps_what_is_no_text() -> None:
    mask = Masker([held()])
    assert mask.data(b"\xff\x00" + TEXT.encode() + b"\xfe") == b"\xff\x00" + MASK.encode() + b"\xfe"
    assert mask.data(b'{"total": "12.00"}') == b'{"total": "12.00"}'


def test_a_short_secret_does_not_change_the_amounts_of_data() -> None:
    mask = Masker([Secret("12.00")])
    assert mask.data(b'{"total": "12.00"}') == b'{"total": "12.00"}'
    assert mask("total 12.00") == f"total {MASK}"


@pytest.mark.parametrize("text", ["\\" * 5000, "%" * 5000, "\\u" * 3000, "a\\" * 3000, '\\"' * 3000])
def test_hostile_text_is_searched_in_a_bounded_number_of_steps(text: str) -> None:
    assert Masker([Secret('a\\\\\\\\\\\\b"\\"\\c\'d')])(text) == text
