"""Minor units and rounding: exact, by the exponents of the connector, and rounded only where it is asked for."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from engine.filters import BadValue
from tests.piping import FILTERS, scope, through

STRIPE = {"MGA": 0, "ISK": 2, "UGX": 2}


@pytest.mark.parametrize(
    ("units", "currency", "exponents", "amount"),
    [
        (1250, "USD", {}, "12.50"),
        (1250, "usd", {}, "12.50"),
        ("1250", "USD", {}, "12.50"),
        ("-0007", "USD", {}, "-0.07"),
        (1250, "JPY", {}, "1250"),
        (1250, "KWD", {}, "1.250"),
        (1250, "MGA", {}, "12.50"),
        (1250, "ISK", {}, "1250"),
        (1250, "UGX", {}, "1250"),
        (1250, "MGA", STRIPE, "1250"),
        (1250, "mga", STRIPE, "1250"),
        (1250, "ISK", STRIPE, "12.50"),
        (1250, "UGX", STRIPE, "12.50"),
        (1250, "JPY", STRIPE, "1250"),
        (1250, "KWD", STRIPE, "1.250"),
    ],
)
def test_minor_units_are_counted_as_the_connector_says_else_as_iso_4217_does(
    units: Any, currency: str, exponents: dict[str, int], amount: str
) -> None:
    assert repr(through(units, f"minor('{currency}')", exponents)) == repr(Decimal(amount))
    back = through(Decimal(amount), f"to_minor('{currency}')", exponents)
    assert repr(back) == repr(int(units))


@pytest.mark.parametrize(
    "value", ["12.50", "1e3", " 1", "", "١٢", "+5", Decimal("12.50"), Decimal(1250), True, {}]
)
def test_minor_takes_whole_numbers_and_text_of_plain_digits_only(value: Any) -> None:
    with pytest.raises(BadValue, match="whole number of minor units"):
        through(value, "minor('USD')")


@pytest.mark.parametrize("name", ["minor", "to_minor", "round_money"])
@pytest.mark.parametrize("code", ["Usd", "US", "", "USDT", "ÜSD", "ſek", 5, None, ["USD"]])
def test_a_currency_is_three_letters(name: str, code: Any) -> None:
    with pytest.raises(BadValue, match="currency"):
        FILTERS[name].apply(1250, scope(), [code])


@pytest.mark.parametrize(
    ("amount", "currency"), [("12.505", "USD"), ("0.5", "JPY"), ("0.0001", "KWD"), ("12.5", "MGA")]
)
def test_to_minor_never_rounds(amount: str, currency: str) -> None:
    with pytest.raises(BadValue, match=r"more decimals.*round_money"):
        through(Decimal(amount), f"to_minor('{currency}')", STRIPE)


def test_a_text_amount_goes_through_money_first() -> None:
    for call in ("to_minor('USD')", "round_money('USD')", "abs", "sum", "sort"):
        with pytest.raises(BadValue, match="money"):
            through(["1.00", 1] if call in ("sum", "sort") else "1.00", call)


@pytest.mark.parametrize(
    ("value", "mode", "made"),
    [
        (Decimal("2.345"), "half_up", "2.35"),
        (Decimal("2.335"), "half_up", "2.34"),
        (Decimal("-2.345"), "half_up", "-2.35"),
        (Decimal("2.3449999999999999999999999999"), "half_up", "2.34"),
        (Decimal("2.345"), "half_even", "2.34"),
        (Decimal("2.335"), "half_even", "2.34"),
        (Decimal("-2.345"), "half_even", "-2.34"),
        (Decimal("2.3450000000000000000000000001"), "half_even", "2.35"),
        (Fraction(100, 3), "half_up", "33.33"),
        (Fraction(200, 3), "half_up", "66.67"),
        (Fraction(-200, 3), "half_up", "-66.67"),
        (Fraction(1, 200), "half_up", "0.01"),
        (Fraction(1, 200), "half_even", "0.00"),
        (Fraction(-1, 200), "half_even", "0.00"),
        (
            Fraction(10**60 + 1, 2 * 10**62),
            "half_up",
            "0.01",
        ),  # a hair above half a cent, beyond any decimal's digits
        (Fraction(10**60 - 1, 2 * 10**62), "half_up", "0.00"),
        (5, "half_up", "5.00"),
        (Decimal("-0.001"), "half_up", "0.00"),
    ],
)
def test_a_number_is_rounded_once_from_itself(value: Any, mode: str, made: str) -> None:
    assert repr(FILTERS["round_money"].apply(value, scope(), ["USD", mode])) == repr(Decimal(made))


def test_rounding_goes_half_up_unless_said_otherwise_and_by_the_connectors_decimals() -> None:
    assert str(through(Decimal("0.125"), "round_money('USD')")) == "0.13"
    assert str(through(Decimal("12.5"), "round_money('MGA')", STRIPE)) == "13"
    assert str(through(Decimal("12.5"), "round_money('JPY')")) == "13"
    assert str(through(Decimal("0.0005"), "round_money('KWD')")) == "0.001"


@pytest.mark.parametrize("value", [10**28, -(10**28), Fraction(10**29, 3)])
def test_an_amount_of_too_many_digits_is_refused(value: Any) -> None:
    with pytest.raises(BadValue):
        FILTERS["round_money"].apply(value, scope(), ["USD"])


def test_the_sign_falls_away_exactly() -> None:
    long = "0.1234567890123456789012345678901234"
    assert through([-5, Decimal("-" + long), 0], "abs") == [5, Decimal(long), 0]
    assert FILTERS["abs"].apply(Fraction(-1, 3), scope()) == Fraction(1, 3)


@pytest.mark.parametrize(
    ("value", "cure"),
    [
        ("1.00", "put money before sum"),
        (None, "leave it out"),
        ({"amount": 1}, "name the field"),
        (Fraction(1, 3), "round"),
    ],
)
def test_a_sum_of_anything_but_numbers_names_the_cure(value: Any, cure: str) -> None:
    with pytest.raises(BadValue, match=f"entry 2 of the list; .*{cure}"):
        through([1, value], "sum")


@pytest.mark.parametrize(
    ("value", "call", "made"),
    [
        ("12", "number", 12),
        ("12.0", "number", Decimal("12.0")),
        ("-0.5", "number", Decimal("-0.5")),
        ("007", "number", 7),
        (Decimal("1.5"), "number", Decimal("1.5")),
        (3, "number", 3),
        ("12", "integer", 12),
        ("12.00", "integer", 12),
        (Decimal("1E+2"), "integer", 100),
        ("-3", "integer", -3),
    ],
)
def test_text_becomes_a_number_of_its_kind(value: Any, call: str, made: Any) -> None:
    assert repr(through(value, call)) == repr(made)


@pytest.mark.parametrize("call", ["number", "integer"])
@pytest.mark.parametrize("value", ["", " 1", "+1", "1e3", "1,5", "٣", "NaN", "0x1", "1_0", True, {}])
def test_another_notation_of_a_number_is_refused(call: str, value: Any) -> None:
    with pytest.raises(BadValue, match="expected a"):
        through(value, call)


@pytest.mark.parametrize("value", ["1.5", Decimal("0.1")])
def test_an_integer_never_rounds(value: Any) -> None:
    with pytest.raises(BadValue, match="never rounds"):
        through(value, "integer")
