"""What a check says of filters before a record comes: which types they take, and what they make of them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import pytest

from engine.inference import Known, Slip, pipes
from engine.pipes import compile_pipe
from engine.types import (
    ANY,
    BOOLEAN,
    DATE,
    INSTANT,
    NULL,
    NUMBER,
    TEXT,
    WHOLE,
    Items,
    Lack,
    Text,
    Type,
    join,
    list_of,
    mapping_of,
    one_of,
)
from tests.piping import FILTERS

TABLES: dict[str, dict[str, str | Decimal | None]] = {
    "status": {"paid": "open", "pending": "draft"},
    "rate": {"19": Decimal("0.19"), "7": None},
}
EMAIL, AMOUNT = Type(text=Text("email")), Type(text=Text("money"))
LINES = list_of(mapping_of({"sku": TEXT, "amount": AMOUNT, "tax": join([WHOLE, NULL])}))


def read(calls: str, type: Type, others: Mapping[str, Type] | None = None) -> tuple[Type, list[Slip]]:
    told: list[Slip] = []
    known = Known({"record": mapping_of({"v": type, **(others or {})})}, tables=TABLES)
    return pipes.read(compile_pipe(f"$.v | {calls}", FILTERS), known, told, told), told


def given(calls: str, type: Type, **others: Type) -> Type:
    """Return the type of what *calls* give for ``$.v`` of *type*, of which nothing is said."""
    made, told = read(calls, type, others)
    assert [slip for slip in told if slip.severity != "note"] == []
    return made


def refused(calls: str, type: Type) -> tuple[str, str]:
    """Return what is said of *calls* for ``$.v`` of *type*, and the cure."""
    _, told = read(calls, type)
    assert [slip.code for slip in told] == ["R311"]
    return told[0].message, told[0].help


@pytest.mark.parametrize(
    ("calls", "type", "message", "help"),
    [
        ("upper", NUMBER, "upper takes text, and this is a number", "put text before it"),
        ("upper", join([TEXT, BOOLEAN]), "upper takes text, and this may be true or false", "put text before it"),
        ("trim", mapping_of({}), "trim takes text, and this is a mapping", "name the field that holds the text"),
        ("round_money('USD')", TEXT, "round_money takes a number, and this is text", "put money before round_money"),
        ("money", BOOLEAN, "money takes text or a number, and this is true or false", ""),
        ("text", mapping_of({}), "text takes text or a number or true or false, and this is a mapping",
         "name the field that holds the text"),
        ("date", NUMBER, "date takes text, and this is a number", "for an epoch write unit='s' or unit='ms'"),
        ("boolean", NUMBER, "boolean takes text or true or false, and this is a number", "put text before it"),
    ],
)  # fmt: skip
def test_a_kind_that_a_filter_does_not_take_is_named_with_what_it_takes(
    calls: str, type: Type, message: str, help: str
) -> None:
    assert refused(calls, type) == (message, help)


@pytest.mark.parametrize(
    ("calls", "type", "message", "help"),
    [
        ("money", INSTANT, "money takes an amount, and this is an instant", "read the field that holds the amount"),
        ("integer", EMAIL, "integer takes a whole number, and this is an e-mail address",
         "read the field that holds the amount"),
        ("date", EMAIL, "date takes a day or an instant, and this is an e-mail address",
         "for another notation write format='…'"),
        ("date", join([AMOUNT, NULL]), "date takes a day or an instant, and this is an amount as text",
         "for another notation write format='…'"),
        ("datetime", DATE, "datetime takes an instant, and this is a date", "for the day write date"),
        ("date(unit='s')", INSTANT, "date takes an epoch, and this is an instant", "leave unit out"),
        ("date", Type(text=Text(longest=8)), "date takes a day or an instant, and this has at most 8 characters",
         "for another notation write format='…'"),
    ],
)  # fmt: skip
def test_text_of_another_form_is_refused_where_a_form_is_read(
    calls: str, type: Type, message: str, help: str
) -> None:
    assert refused(calls, type) == (message, help)


@pytest.mark.parametrize(
    "calls", ["money", "date", "date(format='%d.%m.%Y')", "integer", "boolean", "minor('USD')"]
)
def test_nothing_is_said_of_text_whose_form_is_not_known(calls: str) -> None:
    given(calls, TEXT)
    given(calls, Type(text=Text("iban")))


@pytest.mark.parametrize("calls", ["upper", "money | sum", "first | upper", "date", "lookup('status')"])
def test_nothing_is_said_of_what_is_not_known(calls: str) -> None:
    given(calls, ANY)
    given(calls, list_of(ANY))


def test_a_value_of_a_closed_list_that_a_filter_does_not_take_is_named() -> None:
    message, help = refused("money", one_of("12.50", "n/a", "none"))
    assert message == (
        "money does not take 'n/a' or 'none', which this may be: "
        "expected an amount such as 12.50, found the text 'n/a'"
    )
    assert help == ""
    message, help = refused("slug", one_of("中"))
    assert message == "slug does not take '中', which this is: slug has no letter or digit for '中' in '中'"
    assert help == "use hash, which takes any text"


def test_a_closed_list_stays_one_with_what_the_filter_makes_of_its_values() -> None:
    assert given("upper", one_of("usd", "eur")) == one_of("USD", "EUR")
    assert given("slice(0, 1) | default('?')", one_of("paid", "open")) == one_of("p", "o", "?")
    assert given("matches('^p')", one_of("paid", "pending")) == Type(boolean=frozenset({True}))
    assert given("boolean(true='Y', false='N')", one_of("Y", "N")) == BOOLEAN
    assert given("text", join([one_of("a"), BOOLEAN])) == one_of("a", "true", "false")
    assert given("number", one_of("1", "2")) == WHOLE
    assert given("replace(old='a', new=$.other)", one_of("a"), other=TEXT) == TEXT  # who knows with what


def test_each_element_is_read_by_itself_and_null_stays_null() -> None:
    assert given("upper", join([one_of("a"), NULL])) == join([one_of("A"), NULL])
    assert given("money", list_of(AMOUNT)).element == NUMBER
    assert refused("money", list_of(DATE)) == (
        "money takes an amount, and this is a date",
        "read the field that holds the amount",
    )


def test_filters_give_what_they_are_named_after() -> None:
    assert given("date", INSTANT) == given("date(unit='s')", WHOLE) == DATE
    assert given("datetime", INSTANT) == INSTANT
    assert given("integer", TEXT) == given("to_minor('USD')", NUMBER) == given("length", TEXT) == WHOLE
    assert given("money", AMOUNT) == given("minor('USD')", WHOLE) == NUMBER
    assert given("count", LINES) == WHOLE
    assert given("split(',')", TEXT).element == TEXT
    assert given("join(',')", list_of(NUMBER)) == TEXT
    assert given("invoice_total", mapping_of({"lines": LINES})) == NUMBER


def test_the_longest_text_follows_what_is_cut_off_and_filled_up() -> None:
    def longest(calls: str, most: int | None = 10) -> int | None:
        text = given(calls, Type(text=Text(longest=most))).text
        return text.longest if text is not None else -1

    assert [longest("slice(2, 5)"), longest("slice(-4)"), longest("slice(8)"), longest("slice(0, -3)")] == [
        3,
        4,
        2,
        7,
    ]
    assert longest("slice(0, 5)", None) == 5
    assert [longest("pad(12, '0')"), longest("pad(4, '0')"), longest("pad(4, '0')", None)] == [12, 10, None]
    assert [longest("replace('ab', 'xyz')"), longest("replace('ab', '')")] == [15, 10]
    assert [longest("trim"), longest("upper"), longest("hash")] == [10, None, 64]
    assert refused("slice(12)", Type(text=Text(longest=10))) == (
        "slice begins at 12, and this has at most 10 characters",
        "the first character is 0",
    )


def test_a_default_takes_the_place_of_null_and_of_what_may_be_absent() -> None:
    value = join([one_of("a", ""), NULL]).may_lack(Lack("$ may have no v"))
    assert given("default('b')", value) == one_of("a", "", "b")
    assert given("default('b', empty=true)", value) == one_of("a", "b")
    assert given("default(0)", value).kinds == {"text", "number"}
    assert given("default($.other)", value, other=ANY).is_any
    _, told = read("default($.other)", value, {"other": NUMBER.may_lack(Lack())})
    assert [slip.message for slip in told] == ["$ may have no other, and nothing stands in for it"]


def test_a_lookup_gives_its_rows_and_its_default() -> None:
    assert given("lookup('status')", one_of("paid", "pending")) == one_of("open", "draft")
    assert given("lookup('status')", one_of("paid")) == one_of("open")
    assert given("lookup('status', default='void')", TEXT) == one_of("open", "draft", "void")
    assert given("lookup('status', default=null)", one_of("paid")) == one_of("open")
    assert given("lookup('rate')", NUMBER) == join([NUMBER, NULL])


@pytest.mark.parametrize(
    ("calls", "type", "message"),
    [
        ("lookup('status')", one_of("paid", "void"),
         "the lookup 'status' has no key 'void' (it has 'paid' or 'pending')"),
        ("lookup('status')", one_of("pendng"), "the lookup 'status' has no key 'pendng' (its nearest is 'pending')"),
        ("lookup('status')", BOOLEAN, "the lookup 'status' has no key 'false' or 'true' (it has 'paid' or 'pending')"),
        ("lookup('status')", NUMBER, "the lookup 'status' has no key that is a number (it has 'paid' or 'pending')"),
    ],
)  # fmt: skip
def test_a_value_that_no_row_has_is_named(calls: str, type: Type, message: str) -> None:
    assert refused(calls, type) == (message, "add the key there, or write lookup('status', default=…)")
    given("lookup('status', default='x')", type)


def test_a_sum_takes_numbers_of_one_currency() -> None:
    own, shop = frozenset({("record", "currency")}), frozenset({("record", "presentment_currency")})
    first, second = Type(number=NUMBER.number, currency=own), Type(text=Text("money"), currency=shop)
    assert given("sum", list_of(first)) == first
    assert given("money | sum", list_of(second)).currency == shop
    assert given("sum", list_of(WHOLE)) == WHOLE
    assert refused("money | sum", list_of(join([first, second]))) == (
        "sum adds amounts whose currencies are those of $.currency and $.presentment_currency",
        "add up the amounts of each currency by themselves",
    )


@pytest.mark.parametrize(
    ("calls", "type", "message", "help"),
    [
        ("sum", list_of(AMOUNT), "sum takes a number, and an entry of this list is an amount as text",
         "put money before sum: | money | sum"),
        ("sum", list_of(join([NUMBER, NULL])), "sum takes a number, and an entry of this list may be null",
         "leave null out, as in $.lines[?@.amount != null].amount"),
        ("sum", LINES, "sum takes a number, and an entry of this list is a mapping",
         "name the field that holds the number, such as $.lines[*].amount"),
        ("join(',')", list_of(join([TEXT, NULL])),
         "join takes text or a number or true or false, and an entry of this list may be null",
         "leave null out, as in $.tags[?@ != null]"),
        ("sort", LINES, "sort takes text or a number, and an entry of this list is a mapping",
         "write by='…' to name a field"),
        ("sort(by='skus')", LINES, "sort finds no field 'skus' in an entry of this list", "did you mean 'sku'?"),
        ("sort(by='tax')", LINES, "sort takes text or a number, and 'tax' in an entry of this list may be null", ""),
        ("count", TEXT, "count takes a list, and this is text",
         "give it a path that selects several values, such as $.lines[*].amount"),
    ],
)  # fmt: skip
def test_what_a_list_may_not_hold_is_named(calls: str, type: Type, message: str, help: str) -> None:
    assert refused(calls, type) == (message, help)


def test_the_elements_of_a_list_stay_what_they_are() -> None:
    assert given("only", list_of(DATE)) == given("sort | first | default('x') | date", list_of(DATE)) == DATE
    assert given("unique", list_of(DATE)).element == DATE
    assert given("path('$[0]')", list_of(DATE)) == DATE


def test_a_group_has_its_key_and_its_items() -> None:
    (shape,) = given("group('sku')", LINES).element.mapping
    assert (shape.is_closed, [*shape.names], shape.field("key")) == (True, ["key", "items"], TEXT)
    items = shape.field("items")
    assert items is not None
    assert items.element == LINES.element
    assert refused("group('tax')", LINES)[0] == (
        "group takes text or a number or true or false, and 'tax' in an entry of this list may be null"
    )


@pytest.mark.parametrize("calls", ["first", "last", "regex('[0-9]+')"])
def test_what_may_find_nothing_is_not_told_where_nothing_states_it(calls: str) -> None:
    type = TEXT if calls.startswith("regex") else list_of(TEXT)
    assert read(calls, type)[1] == []
    assert read(f"{calls} | default('')", type)[1] == []


def test_a_pattern_that_a_known_value_does_not_match_finds_nothing() -> None:
    assert given("regex('[a-z]+')", one_of("ab1", "c2")) == one_of("ab", "c")
    _, told = read("regex('[a-z]+')", one_of("ab1", "2"))
    assert [slip.message for slip in told] == ["regex finds nothing in '2', and nothing stands in for it"]


ENTRY = mapping_of(
    {"n": join([NUMBER, NULL]).may_lack(Lack()), "s": join([TEXT, NULL]), "m": join([TEXT, NUMBER])}
)


@pytest.mark.parametrize(
    "path",
    [
        "$.v[?@.n && @.n != null].n | sum", "$.v[?@.n > 0].n | sum", "$.v[?0 < @.n].n | sum", "$.v[?@.n == 1].n | sum",
        "$.v[?@.s != null].s | join(',')", "$.v[?@.s != null] | group('s')", "$.v[?match(@.m, 'a+')].m | upper",
        "$.tags[?@ != null] | join(',')", "$.deep[?@.a.b != null].a.b | sum", "$.deep[?@.a.b > 0 && @.a].a.b | sum",
    ],
)  # fmt: skip
def test_what_a_path_leaves_out_is_not_held_against_the_filter(path: str) -> None:
    deep = mapping_of({"a": mapping_of({"b": join([NUMBER, NULL])})})
    fields = {"v": list_of(ENTRY), "tags": list_of(join([TEXT, NULL])), "deep": list_of(deep)}
    told: list[Slip] = []
    pipes.read(compile_pipe(path, FILTERS), Known({"record": mapping_of(fields)}), told, told)
    assert told == []


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("$.v[?@.n].n | sum", "R311"),  # it may be null
        ("$.v[?@.n != null].n | sum", "R312"),  # what is absent is not null
        ("$.v[?@.s == null].s | join(',')", "R311"),
        ("$.v[?@.s != null || @.n > 0].s | join(',')", "R311"),
        ("$.v[?!(@.s != null)].s | join(',')", "R311"),
        ("$.v[?@.s != null, 0].s | join(',')", "R311"),
        ("$.v[?@.s != null].m | upper", "R311"),
    ],
)
def test_what_a_path_may_leave_in_is_held_against_the_filter(path: str, code: str) -> None:
    told: list[Slip] = []
    pipes.read(compile_pipe(path, FILTERS), Known({"record": mapping_of({"v": list_of(ENTRY)})}), told, told)
    assert [slip.code for slip in told] == [code]


def test_a_list_that_may_hold_itself_is_looked_at_to_a_depth() -> None:
    itself = Type(list=Items(lambda: itself))
    assert given("upper", itself).kinds == {"list"}
