"""Money: what is an amount, and minor units; nothing rounds."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from engine import money
from engine.money import NotMoney


@pytest.mark.parametrize(
    "text",
    ["0", "12", "12.50", "-0.01", "007", "9" * 28, "0." + "0" * 27 + "1", "-" + "9" * 28 + "." + "9" * 28],
)
def test_digits_with_at_most_one_point_are_an_amount(text: str) -> None:
    assert money.amount(text) == Decimal(text)


@pytest.mark.parametrize(
    "value",
    [
        "",
        " 1",
        "1 ",
        "1\n",
        "+1",
        "--1",
        "1.",
        ".5",
        "1e5",
        "1E5",
        "NaN",
        "Infinity",
        "-Infinity",
        "sNaN",
        "1_0",
        "1,5",
        "0x1",
        "٣",
        "१",
        "１",
        "½",
        "1.2.3",
        "-",
        "9" * 29,
        "0." + "0" * 28 + "1",
        True,
        False,
        None,
        1.5,
        [],
        {},
        b"1",
        Decimal("NaN"),
        Decimal("sNaN"),
        Decimal("Infinity"),
        Decimal("1E+28"),
        10**28,
        Decimal("1E-29"),
        Decimal("0E-29"),
    ],
)
def test_anything_else_is_none(value: Any) -> None:
    with pytest.raises(NotMoney):
        money.amount(value)


def test_a_huge_number_is_refused_in_few_words() -> None:
    with pytest.raises(NotMoney) as refused:
        money.amount(10**4000)
    assert len(str(refused.value)) < 120


def test_an_amount_keeps_its_digits() -> None:
    assert str(money.amount("12.50")) == "12.50"
    assert str(money.amount(Decimal("1.10"))) == "1.10"
    assert money.amount(10**28 - 1) == 10**28 - 1


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (Decimal("1E-7"), "0.0000001"),
        (Decimal("1E+5"), "100000"),
        (Decimal("-0.00"), "0.00"),
        (Decimal("-0.01"), "-0.01"),
        (Decimal("12.50"), "12.50"),
        (5, "5"),
        (-5, "-5"),
    ],
)
def test_a_number_is_written_without_exponent_and_without_a_minus_zero(
    number: Decimal | int, text: str
) -> None:
    assert money.text(number) == text


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("12.50", "USD", 1250),
        ("-0.01", "EUR", -1),
        ("100", "JPY", 100),
        ("1.234", "KWD", 1234),
        ("1.2345", "CLF", 12345),
        ("5", "ISK", 5),
        ("5", "UGX", 5),
        ("1.50", "MGA", 150),
        ("1.500", "USD", 150),
    ],
)
def test_minor_units_follow_the_currencys_decimals(amount: str, currency: str, minor: int) -> None:
    assert money.to_minor(Decimal(amount), currency) == minor
    assert money.from_minor(minor, currency) == Decimal(amount)


@pytest.mark.parametrize(("amount", "currency"), [("12.505", "USD"), ("1.5", "JPY"), ("0.0001", "KWD")])
def test_an_amount_with_more_decimals_than_its_currency_is_refused_never_rounded(
    amount: str, currency: str
) -> None:
    with pytest.raises(NotMoney, match="more decimals"):
        money.to_minor(Decimal(amount), currency)


@pytest.mark.parametrize("code", ["usd", "US", "USDX", "", "U$D", "ÜSD", "USD\n", "n/a"])
def test_a_currency_is_three_capital_letters(code: str) -> None:
    with pytest.raises(NotMoney):
        money.exponent(code)


def test_a_minor_amount_has_the_currencys_decimals() -> None:
    assert str(money.from_minor(1250, "USD")) == "12.50"
    assert str(money.from_minor(0, "KWD")) == "0.000"
    assert str(money.from_minor(7, "JPY")) == "7"


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (None, "null"),
        (True, "true or false"),
        (1, "a number"),
        (Decimal(1), "a number"),
        ("", "text"),
        ([], "a list"),
        ({}, "a mapping"),
        (1.5, "a value of type float"),
    ],
)
def test_a_type_is_named_as_json_has_it(value: Any, name: str) -> None:
    assert money.kind(value) == name


def test_a_long_text_is_cut_with_an_ellipsis() -> None:
    assert money.shorten("abcdef", 6) == "abcdef"
    assert money.shorten("abcdefg", 6) == "abcde…"


@pytest.mark.parametrize("code", ["XXQ", "JPN", "AAA"])
def test_the_decimals_of_a_currency_that_is_in_no_list_are_not_guessed(code: str) -> None:
    with pytest.raises(NotMoney, match="no currency"):
        money.exponent(code)
    assert money.exponent(code, {code: 3}) == 3, "its connector may say them"
