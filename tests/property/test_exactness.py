"""What holds for every amount, key, address and document."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from urllib.parse import unquote, urlsplit

from hypothesis import example, given
from hypothesis import strategies as st

from engine import canonical, fill, keys, money, pointer
from engine.expressions import BadExpression
from engine.filters import BadValue
from engine.keys import EffectKey
from engine.registry import Registry
from engine.scope import Constants, Scope
from engine.templates import compile_template

FILTERS = Registry().filters
CURRENCIES = st.sampled_from([*money.EXPONENTS, "USD", "EUR", "MGA"])
AMOUNTS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15, places=4)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=8)
IDS = st.from_regex(r"[a-z][a-z0-9_]{0,3}", fullmatch=True)


@given(st.integers(-(10**30), 10**30), CURRENCIES)
def test_minor_units_come_back_as_they_went(units: int, currency: str) -> None:
    assert money.to_minor(money.from_minor(units, currency), currency) == units


@given(AMOUNTS, CURRENCIES)
def test_an_amount_is_converted_whole_or_not_at_all(amount: Decimal, currency: str) -> None:
    try:
        units = money.to_minor(amount, currency)
    except money.NotMoney:
        assert amount != amount.quantize(Decimal(1).scaleb(-money.exponent(currency)))
    else:
        assert money.from_minor(units, currency) == amount


@given(
    st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**27), max_value=10**27) | st.integers()
)
def test_a_number_as_text_has_no_exponent_and_is_the_same_number(number: Decimal | int) -> None:
    text = money.text(number)
    assert set(text) <= set("-0123456789.")
    assert Decimal(text) == number


@given(AMOUNTS, AMOUNTS)
def test_sums_and_differences_are_exact(a: Decimal, b: Decimal) -> None:
    made = compile_template("{{ record.a + record.b - record.b == record.a }}", {"record"}, FILTERS)
    assert made.evaluate(Scope({"record": {"a": a, "b": b}}, Constants())) is True


@given(AMOUNTS, AMOUNTS)
@example(Decimal(1), Decimal("53687.0912"))  # its quotient has more digits than an amount may have
def test_a_quotient_is_exact_or_refused(a: Decimal, b: Decimal) -> None:
    made = compile_template("{{ record.a / record.b * record.b == record.a }}", {"record"}, FILTERS)
    refusal = ""
    try:
        assert made.evaluate(Scope({"record": {"a": a, "b": b}}, Constants())) is True
    except BadValue as refused:
        refusal = str(refused)
    assert refusal == "" or "exact" in refusal or "zero" in refusal


KEYS = st.builds(
    EffectKey,
    st.just("books"),
    st.text("a/.-%", min_size=1, max_size=3),
    st.lists(IDS, min_size=1, max_size=3).map(tuple),
    st.lists(st.text("a/.%2F~é", min_size=1, max_size=3), min_size=1, max_size=3).map(tuple),
)


@given(KEYS, KEYS)
def test_two_effects_of_one_target_never_share_an_external_id(one: EffectKey, two: EffectKey) -> None:
    assert (one.external_id == two.external_id) is (one == two)
    assert (one.text == two.text) is (one == two)


@given(st.lists(st.integers() | st.text(min_size=1), min_size=1))
def test_a_list_key_has_one_part_for_each_entry(values: list[Any]) -> None:
    assert keys.business_key(values) == tuple(str(value) for value in values)


@given(TEXTS)
def test_no_value_adds_a_segment_query_fragment_or_host(value: str) -> None:
    try:
        filled = fill.fill_url("https://{x}.api.test/v1/{x}/end?q={x}", {"x": value})
    except ValueError:
        assert value in ("", ".", "..")
        return
    parts = urlsplit(filled)
    assert parts.netloc.endswith(".api.test")
    assert not {"@", ":"} & set(parts.netloc)
    assert [unquote(part) for part in parts.path.split("/")] == ["", "v1", value, "end"]
    assert (unquote(parts.query), parts.fragment) == (f"q={value}", "")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | AMOUNTS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=10,
)


@given(JSON)
def test_a_document_comes_back_as_it_was_encoded(document: Any) -> None:
    again = canonical.decode(canonical.encode(document))
    assert again == document
    assert canonical.encode(again) == canonical.encode(document)


@given(st.lists(TEXTS))
def test_a_pointer_leads_through_the_keys_it_was_built_of(route: list[str]) -> None:
    assert pointer.split(pointer.build(route)) == tuple(route)


@given(
    st.lists(
        st.sampled_from(
            [
                "{{",
                "}}",
                "{%",
                "%}",
                "{#",
                "#}",
                " if ",
                "endif",
                " record",
                ".a",
                "['a']",
                "|money",
                "+",
                "-",
                "==",
                " in ",
                "1",
                "1.5",
                "'",
                "x",
                "\n",
                "(",
                ")",
                "[",
                "]",
                ",",
                " ",
            ]
        ),
        max_size=12,
    ).map("".join)
)
def test_no_template_ends_in_a_traceback(text: str) -> None:
    offset = 0
    try:
        compile_template(text, {"record"}, FILTERS).evaluate(Scope({"record": {"a": 1}}, Constants()))
    except (BadExpression, BadValue) as refused:
        offset = getattr(refused, "offset", 0)
    assert 0 <= offset <= len(text)
