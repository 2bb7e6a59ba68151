"""What holds for every value that a filter is given."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import dates, money
from engine.filters import MAX_TEXT, BadValue
from engine.paths import MISSING
from tests.piping import FILTERS, scope

AMOUNTS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15, places=4)
NUMBERS = st.integers(-(10**27), 10**27) | AMOUNTS | st.fractions(-(10**15), 10**15)
CURRENCIES = st.sampled_from([*money.EXPONENTS, "USD", "EUR", "MGA", "usd", "jpy"])
EXPONENTS = st.dictionaries(st.sampled_from(["MGA", "ISK", "UGX", "USD", "JPY"]), st.integers(0, 4))
TEXTS = st.text(max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | AMOUNTS | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["k", "a", "lines"]), inner, max_size=3)
    ),
    max_leaves=8,
)
ARGUMENTS: dict[str, list[Any]] = {
    "default": ["d"], "group": ["k"], "join": [","], "lookup": ["codes"], "matches": ["[a-z]"], "minor": ["USD"],
    "pad": [8, "0"], "path": ["$[*].k"], "regex": ["[0-9]"], "replace": ["a", "bb"], "round_money": ["USD"],
    "slice": [0, 3], "split": [","], "to_minor": ["USD"],
}  # fmt: skip


@given(st.integers(-(10**27), 10**27), CURRENCIES, EXPONENTS)
def test_minor_units_come_back_as_they_went(units: int, currency: str, exponents: dict[str, int]) -> None:
    here = scope(exponents=exponents)
    amount = FILTERS["minor"].apply(units, here, [currency])
    assert FILTERS["minor"].apply(str(units), here, [currency]) == amount
    assert FILTERS["to_minor"].apply(amount, here, [currency]) == units


@given(NUMBERS, CURRENCIES, st.sampled_from(["half_up", "half_even"]), EXPONENTS)
def test_rounding_moves_a_number_by_at_most_half_a_unit(
    number: int | Decimal | Fraction, currency: str, mode: str, exponents: dict[str, int]
) -> None:
    made = FILTERS["round_money"].apply(number, scope(exponents=exponents), [currency, mode])
    digits = money.exponent(currency.upper(), exponents)
    assert -made.as_tuple().exponent == digits
    off = abs(Fraction(made) - Fraction(number)) * 10**digits
    assert off <= Fraction(1, 2)
    units = int(made.scaleb(digits, context=money.EXACT))
    if off == Fraction(1, 2):
        assert units % 2 == 0 if mode == "half_even" else abs(Fraction(made)) > abs(Fraction(number))


@given(st.lists(AMOUNTS | st.integers(-(10**15), 10**15)), st.randoms(use_true_random=False))
def test_a_sum_does_not_depend_on_the_order(values: list[Any], random: Any) -> None:
    shuffled = random.sample(values, len(values))
    total = FILTERS["sum"].apply(values, scope())
    assert FILTERS["sum"].apply(shuffled, scope()) == total
    assert Fraction(total) == sum(map(Fraction, values))


def attempt(name: str, value: Any, *args: Any, **named: Any) -> tuple[Any, str]:
    """Return what a filter gives and an empty text, or ``MISSING`` and the words in which it refuses."""
    try:
        return FILTERS[name].apply(value, scope(), args, named), ""
    except BadValue as refused:
        return MISSING, str(refused)


def parts(value: Any) -> Iterator[Any]:
    """Yield *value* and everything in it."""
    yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from parts(inner)


@pytest.mark.parametrize("name", FILTERS)
@given(value=JSON | st.fractions())
def test_a_filter_gives_exact_plain_data_of_a_bounded_size_or_refuses_in_words(name: str, value: Any) -> None:
    made, refusal = attempt(name, value, *ARGUMENTS.get(name, []))
    own = " ".join(each for each in parts(value) if isinstance(each, str))  # a text is quoted as it is
    words = ("None", "True", "<class", "Traceback", "Decimal(")
    assert not any(word in refusal and word not in own for word in words)
    assert made is not MISSING or refusal or name in ("first", "last", "path", "regex")
    for part in parts(made):
        assert part is MISSING or isinstance(part, str | bool | int | Decimal | Fraction | list | dict | None)
        assert not isinstance(part, str) or len(part) <= MAX_TEXT


@given(st.datetimes(timezones=st.timezones()).map(lambda at: at.replace(microsecond=0)))
def test_an_instant_is_the_same_instant_however_it_is_written(at: Any) -> None:
    epoch = int(at.timestamp())
    made, refusal = attempt("datetime", epoch, unit="s")
    assert refusal == "" or "seconds" in refusal or "calendar" in refusal
    if refusal:
        return
    assert int(dates.instant(made).timestamp()) == epoch
    assert FILTERS["datetime"].apply(made, scope()) == made
    assert (
        FILTERS["date"].apply(epoch, scope(), [], {"unit": "s"})
        == made[:10]
        == FILTERS["date"].apply(made, scope())
    )


@given(
    st.dates(), st.sampled_from(["%Y-%m-%d", "%d.%m.%Y", "%Y%m%d", "%d %b %Y", "%B %d, %Y", "%A, %m/%d/%Y"])
)
def test_a_day_is_read_back_from_every_notation(day: Any, format: str) -> None:
    names = {
        "%Y": f"{day.year:04}", "%m": f"{day.month:02}", "%d": f"{day.day:02}", "%B": dates.MONTHS[day.month - 1],
        "%b": dates.MONTHS[day.month - 1][:3], "%A": dates.WEEKDAYS[day.weekday()],
    }  # fmt: skip
    text = format
    for sign, written in names.items():
        text = text.replace(sign, written)
    assert FILTERS["date"].apply(text, scope(), [], {"format": format}) == day.isoformat()
