"""Keys, revisions, addresses, canonical JSON, pointers: what makes two things one, or two."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from engine import canonical, fill, keys, pointer, revisions
from engine.keys import BadKey, EffectKey, Identity
from engine.revisions import BadRevision
from engine.secret import Secret


@pytest.mark.parametrize(
    ("value", "key"),
    [
        ("a", ("a",)),
        (1, ("1",)),
        ("1", ("1",)),
        ([1, "a"], ("1", "a")),
        (["a"], ("a",)),
        (0, ("0",)),
        (" ", (" ",)),
        ("00501", ("00501",)),
        (10**30, (str(10**30),)),
    ],
)
def test_a_key_is_text_an_integer_or_a_list_of_them(value: Any, key: tuple[str, ...]) -> None:
    assert keys.business_key(value) == key


@pytest.mark.parametrize(
    "value", [None, "", [], [None], ["a", ""], [[1]], True, [False], Decimal(1), 1.0, {}, {"a": 1}, ("a",)]
)
def test_anything_else_is_no_key(value: Any) -> None:
    with pytest.raises(BadKey):
        keys.business_key(value)


def test_the_same_account_under_two_names_is_one_identity() -> None:
    assert Identity("shopify", (("store", "acme"),)).text == "shopify?store=acme"
    assert (
        Identity("shopify", (("store", "a&b=c"), ("x", "y")), "sample").text
        == "shopify?store=a%26b%3Dc&x=y#sample"
    )
    assert Identity("books").text == "books"


def test_an_effects_key_is_readable_and_whole() -> None:
    key = EffectKey("books", "orders", ("received", "pay"), ("5001", "a/b"))
    assert key.external_id == "orders/received.pay/5001/a%2Fb"
    assert key.text == '["books","orders",["received","pay"],["5001","a/b"]]'


@pytest.mark.parametrize(
    ("new", "old", "newer"),
    [
        ("10", "9", True),
        ("9", "10", False),
        ("1.0", "1", False),
        ("-1", "-2", True),
        ("0.2", "0.10", True),
        ("2026-01-02T00:00:00Z", "2026-01-01T23:59:59Z", True),
        ("2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", False),
        ("2026-01-01T00:00:00-01:00", "2026-01-01T00:30:00Z", True),
        ("2026-01-01T00:00:00.002Z", "2026-01-01T00:00:00.001Z", True),
    ],
)
def test_a_revision_is_newer_by_its_value_not_by_its_text(new: str, old: str, newer: bool) -> None:
    assert revisions.is_newer(new, old) is newer


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        "",
        "x",
        "2026-01-01",
        "2026-01-01T00:00:00",
        "NaN",
        "1e5",
        [],
        {},
        Decimal("NaN"),
        "2026-13-01T00:00:00Z",
    ],
)
def test_what_is_neither_instant_nor_number_is_no_revision(value: Any) -> None:
    with pytest.raises(BadRevision):
        revisions.as_revision(value)


def test_a_revision_is_remembered_as_it_was_written() -> None:
    assert revisions.as_revision(5) == "5"
    assert revisions.as_revision(Decimal("5.10")) == "5.10"
    assert revisions.as_revision("2026-01-01T00:00:00Z") == "2026-01-01T00:00:00Z"


def test_an_instant_and_a_number_are_not_compared() -> None:
    with pytest.raises(BadRevision):
        revisions.is_newer("5", "2026-01-01T00:00:00Z")


@pytest.mark.parametrize(
    ("value", "escaped"),
    [
        ("a/b", "a%2Fb"),
        ("a?b=c&d", "a%3Fb%3Dc%26d"),
        ("a#b", "a%23b"),
        ("@evil.example", "%40evil.example"),
        ("..%2f", "..%252f"),
        ("%2e%2e", "%252e%252e"),
        ("a\\b", "a%5Cb"),
        ("a b\n", "a%20b%0A"),
        ("é", "%C3%A9"),
        (":80", "%3A80"),
        ("a;b", "a%3Bb"),
        ("...", "..."),
        ("{x}", "%7Bx%7D"),
    ],
)
def test_a_value_in_an_address_stays_one_segment(value: str, escaped: str) -> None:
    assert fill.fill_url("https://api.test/v1/{x}/end", {"x": value}) == f"https://api.test/v1/{escaped}/end"


@pytest.mark.parametrize("value", ["", ".", "..", Secret("abcd"), "\ud800"])
def test_what_would_change_an_address_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        fill.fill_url("https://api.test/{x}", {"x": value})


def test_slots_are_named_in_their_order_and_each_needs_a_value() -> None:
    assert fill.names("{a}/{b_2}{a} {A} {}") == ["a", "b_2", "a"]
    with pytest.raises(KeyError):
        fill.fill("{a}", {})


def test_text_with_a_secret_is_a_secret() -> None:
    assert fill.fill("Bearer {t}", {"t": "open"}) == "Bearer open"
    assert isinstance(fill.fill("Bearer {t}", {"t": Secret("abcd")}), Secret)


def test_canonical_json_does_not_depend_on_the_order_of_keys() -> None:
    assert canonical.encode({"b": 1, "a": [Decimal("1.50"), None, True]}) == b'{"a":[1.50,null,true],"b":1}'
    assert canonical.encode({"a": {"y": 1, "x": 2}}) == canonical.encode({"a": {"x": 2, "y": 1}})


def test_a_digest_says_its_algorithm_and_tells_values_apart() -> None:
    one, two = (canonical.digest(canonical.encode(value)) for value in ({"a": 1}, {"a": "1"}))
    assert one.startswith("1:")
    assert one != two


def test_numbers_are_read_exactly() -> None:
    assert repr(canonical.decode("[1, 1.0, 0.1, 1e2, -0.0, 123456789012345678901234567890]")) == (
        "[1, Decimal('1.0'), Decimal('0.1'), Decimal('1E+2'), Decimal('-0.0'), 123456789012345678901234567890]"
    )


@pytest.mark.parametrize(
    "data",
    [
        "",
        "{",
        "[1,]",
        "NaN",
        "Infinity",
        "01",
        "1.",
        "'a'",
        "1 2",
        "\ufeff1",
        b"\xff",
        '"\\ud800"',
        "[" * 100_000 + "]" * 100_000,
        "1e999999999",
        "0e999999999",
        "1e-999999999",
        "1e99999999999999999999",
        "9" * 5000,
    ],
)
def test_what_is_no_json_is_a_value_error(data: str | bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        canonical.decode(data)


def test_a_pointer_escapes_and_splits() -> None:
    assert pointer.join("/a", "b/c", 0, "~", "") == "/a/b~1c/0/~0/"
    assert pointer.split("/a/b~1c/0/~0/") == ("a", "b/c", "0", "~", "")
    assert pointer.split(pointer.build(["~1", "/"])) == ("~1", "/")
    assert pointer.split("") == ()
    assert (pointer.parent("/a/b"), pointer.parent("/a"), pointer.parent("")) == ("/a", "", "")
