"""Templates: the types that they give, and what is told of them, with the text that each slip points at."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.inference import Known, Slip
from engine.inference.expressions import outcome, read
from engine.inference.schemas import type_of
from engine.registry import Registry
from engine.templates import Template, compile_template
from engine.types import ANY

FILTERS = Registry().filters
ORDER = {
    "type": "object",
    "required": [
        "total", "tax", "quantity", "kind", "price", "note", "test", "live", "any", "tags", "moods", "customer", "lines"
    ],
    "properties": {
        "total": {"type": "number", "x-currency": "$.currency"},
        "tax": {"type": "number", "x-currency": "$.currency"},
        "shop_total": {"type": "number", "x-currency": "$.shop_currency"},
        "seen": {"type": "string"},
        "quantity": {"type": "integer"},
        "kind": {"enum": ["paid", "open", "void"]},
        "price": {"type": "string"},
        "note": {"type": ["string", "null"]},
        "test": {"type": "boolean"},
        "live": {"const": True},
        "any": {},
        "tags": {"type": "array", "items": {"type": "string"}},
        "moods": {"type": "array", "items": {"enum": ["glad", "sad"]}},
        "customer": {
            "type": ["object", "null"],
            "required": ["id"],
            "properties": {"id": {"type": "integer"}, "email": {"type": "string"}},
        },
        "lines": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["price", "sku"],
                "properties": {"price": {"type": "string"}, "sku": {"type": ["string", "null"]}},
            },
        },
    },
}  # fmt: skip
KNOWN = Known({"record": type_of(ORDER, at=("record",))}, sources={"record": "shop.orders.list"})
ABSENT = "and nothing stands in for it"


def compiled(text: str) -> Template:
    return compile_template(text, {"record", "steps"}, FILTERS)


def told(text: str | Template, known: Known = KNOWN) -> tuple[str, list[Slip]]:
    """Return the type of *text* as messages call it, and what is told of it."""
    slips: list[Slip] = []
    type = read(text if isinstance(text, Template) else compiled(text), known, slips)
    return str(type), slips


def shown(text: str | Template, known: Known = KNOWN) -> list[str]:
    """Return what is told of *text*, each with the text that it points at."""
    made = []
    whole = text.text if isinstance(text, Template) else text
    for slip in told(text, known)[1]:
        assert slip.inner is not None
        at, length = slip.inner
        made.append(f"{slip.code} {whole[at : at + length]}: {slip.message}")
    return made


@pytest.mark.parametrize(
    ("expression", "type"),
    [
        ("record.total", "a number"),
        ("record.quantity * 2", "a whole number"),
        ("record.quantity / 2", "a number"),
        ("-record.quantity", "a whole number"),
        ("record.kind", "'open' or 'paid' or 'void'"),
        ("record.kind ~ record.quantity", "text"),
        ("record.kind == 'paid'", "true or false"),
        ("record.kind in ['paid', 'open']", "true or false"),
        ("record.test and record.live", "true or false"),
        ("record.live or record.test", "true"),
        ("not record.live", "false"),
        ("record.total if record.test else 'none'", "'none' or a number"),
        ("[record.total, 1]", "a list"),
        ("record.lines[0].price", "text"),
        ("record.lines[-1]['sku']", "text or null"),
        ("record.note if record.note != null else 'none'", "text"),
        ("record.customer.id if record.customer != null else 0", "a whole number"),
        ("record.any", "anything"),
        ("record.any.deep[0].name", "anything"),
        ("steps.invoice.id", "anything"),
        ("null", "null"),
    ],
)
def test_an_expression_gives_a_value_of_a_type(expression: str, type: str) -> None:
    assert told(f"{{{{ {expression} }}}}") == (type, [])


def test_a_text_with_expressions_gives_text() -> None:
    assert told("Order {{ record.quantity }}") == ("text", [])


@pytest.mark.parametrize(
    ("expression", "messages"),
    [
        ("record.totl", ["R310 totl: shop.orders.list has no field 'totl'"]),
        ("record . kimd", ["R310 kimd: shop.orders.list has no field 'kimd'"]),
        ("record['totl'] + 1", ["R310 'totl': shop.orders.list has no field 'totl'"]),
        ("record.lines[0].prize", ["R310 prize: record.lines[0] has no field 'prize'"]),
        ("record.total.net", ["R311 net: record.total is a number, and .net wants a mapping"]),
        ("record.customer[0]", ["R311 0: record.customer is a mapping or null, and [0] wants a list"]),
        ("record.seen", [f"R312 seen: record may have no seen, {ABSENT}"]),
        ("record.customer.id", [f"R312 id: record.customer may be null, {ABSENT}"]),
        ("[record.seen]", [f"R312 seen: record may have no seen, {ABSENT}"]),
        ("record.seen | trim", [f"R312 seen: record may have no seen, {ABSENT}"]),
        ("record.seen != null", [f"R312 seen: record may have no seen, {ABSENT}"]),
        ("record.seen | default(record.seen ~ 'x') | default('y')", []),
    ],
)
def test_what_is_not_there_is_told(expression: str, messages: list[str]) -> None:
    assert shown(f"{{{{ {expression} }}}}") == messages


@pytest.mark.parametrize(
    ("expression", "messages"),
    [
        ("record.price + 1", ["R311 price: + takes numbers, and record.price is text"]),
        ("1 - record.price", ["R311 price: - takes numbers, and record.price is text"]),
        ("-record.price", ["R311 price: - takes numbers, and record.price is text"]),
        ("record.note * 2", [
            "R311 note: * takes numbers, and record.note is text or null",
        ]),
        ("record.total + record.tax", []),
        ("record.total + 1", []),
        ("record.total * record.shop_total | default(1)", []),
        ("record.total - record.shop_total", [
            f"R312 shop_total: record may have no shop_total, {ABSENT}",
            "R311 shop_total: - subtracts amounts of two currencies: these are named by record.currency and "
            "record.shop_currency",
        ]),
        ("record.note ~ 'x'", ["R312 note: ~ joins text, numbers, true and false, and record.note may be null"]),
        ("record.lines ~ 'x'", ["R311 lines: ~ joins text, numbers, true and false, and record.lines is a list"]),
        ("not record.price", ["R311 price: a condition must be true or false, and record.price is text"]),
        ("record.test and record.note", [
            "R311 note: a condition must be true or false, and record.note is text or null",
        ]),
        ("1 if record.quantity else 2",
            ["R311 quantity: a condition must be true or false, and record.quantity is a whole number"]),
        ("(record.any + 1) ~ record.any", []),
    ],
)  # fmt: skip
def test_what_an_operator_does_not_take_is_told(expression: str, messages: list[str]) -> None:
    assert shown(f"{{{{ {expression} }}}}") == messages


@pytest.mark.parametrize(
    ("expression", "messages"),
    [
        ("record.kind == 'payed'", ["R313 'payed': 'payed' is none of its values, so this never holds"]),
        ("'payed' != record.kind", ["R313 'payed': 'payed' is none of its values, so this always holds"]),
        ("record.total == '5'", ["R313 total: a number is never equal to '5'"]),
        ("record.price > 5", ["R313 price: text has no order with a whole number: > never holds"]),
        ("record.price == record.total", ["R313 price: text is never equal to a number"]),
        ("record.test == 'true'", ["R313 test: true or false is never equal to 'true'"]),
        ("record.live == false", ["R313 false: true == false never holds"]),
        ("record.note < 'x'", ["R312 note: < takes numbers or text, and record.note may be null"]),
        ("record.note != null", []),
        ("record.kind != 'paid' or record.kind != 'open'",
            ["R313 'open': 'open' is none of its values, so this always holds"]),
        ("'a' == 'b'", []),
        ("record.any == 1 and record.any != 2", []),
        ("1 < record.quantity < '3'", ["R313 quantity: a whole number has no order with '3': < never holds"]),
        ("record.kind in ['payed', 'opened']",
            ["R313 'payed': 'opened' or 'payed' is none of its values, so this never holds"]),
        ("record.kind not in ['payed']", ["R313 'payed': 'payed' is none of its values, so this always holds"]),
        ("record.kind in ['paid', 'opened']", ["R314 'opened': 'opened' is none of its values"]),
        ("record.kind in ['payed', null]",
            ["R313 'payed': 'payed' is none of its values, so this never holds"]),
        ("record.price in [1, 'a']", ["R313 1: text is never a whole number"]),
        ("record.note in ['a', null]", []),
        ("'happy' in record.moods", ["R313 'happy': 'happy' is none of its values, so this never holds"]),
        ("1 in record.tags", ["R313 tags: a whole number in a list of text never holds"]),
        ("'a' in record.note", ["R312 note: in takes a list, or text in text, and record.note may be null"]),
        ("'a' in record.total", ["R311 total: in takes a list, or text in text, and record.total is a number"]),
        ("record.total in record.price", ["R311 total: in takes text in text, and record.total is a number"]),
        ("record.any in ['a', 1] or 'x' in record.any", []),
    ],
)  # fmt: skip
def test_a_comparison_with_one_outcome_is_told(expression: str, messages: list[str]) -> None:
    assert shown(f"{{{{ {expression} }}}}") == messages


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("a {{ record.note }}",
            ["R312 note: only text, numbers, true and false stand in text, and record.note may be null"]),
        ("a {{ record.lines }}",
            ["R311 lines: only text, numbers, true and false stand in text, and record.lines is a list"]),
        ("{% if record.note != null %}{{ record.note }}{% else %}none{% endif %}", []),
        ("{% if record.note == null %}{% elif record.kind == 'x' %}{% else %}{{ record.note }}{% endif %}",
            ["R313 'x': 'x' is none of its values, so this never holds"]),
        ("{% for line in record.lines %}{{ loop.index }} {{ line.price }}{% endfor %}", []),
        ("{% for line in record.lines %}{{ line.prize }}{% endfor %}", ["R310 prize: line has no field 'prize'"]),
        ("{% for line in record.lines %}{{ line.sku }}{% endfor %}",
            ["R312 sku: only text, numbers, true and false stand in text, and line.sku may be null"]),
        ("{% for line in record.lines if line.sku != null %}{{ line.sku }}{% endfor %}", []),
        ("{% for line in record.price %}x{% endfor %}",
            ["R311 price: {% for %} takes a list, and record.price is text"]),
        ("{% for line in record.any %}{{ line.any }}{% else %}{{ record.any }}{% endfor %}", []),
    ],
)  # fmt: skip
def test_text_is_read_part_by_part(text: str, messages: list[str]) -> None:
    assert shown(text) == messages


@pytest.mark.parametrize(
    ("expression", "currency"),
    [
        ("record.total + record.tax", "currency"),
        ("record.total - 1", "currency"),
        ("-record.total", "currency"),
        ("record.total * 1.2", "currency"),
        ("record.quantity * record.total", "currency"),
        ("record.total / record.quantity", "currency"),
        ("record.total * record.tax", ""),
        ("record.total / record.tax", ""),
        ("record.quantity + 1", ""),
    ],
)
def test_an_amount_keeps_its_currency_through_arithmetic(expression: str, currency: str) -> None:
    type = read(compiled(f"{{{{ {expression} }}}}"), KNOWN, [])
    assert type.currency == ({("record", currency)} if currency else set())


@pytest.mark.parametrize(
    ("stand_in", "slips"),
    [
        ("record.price", []),
        ("record.seen", [f"R312 seen: record may have no seen, {ABSENT}"]),
        ("record.seen ~ 'x'", [f"R312 seen: record may have no seen, {ABSENT}"]),
        ("record.price + 1", ["R311 price: + takes numbers, and record.price is text"]),
    ],
)
def test_a_stand_in_may_be_absent_until_it_is_the_value(stand_in: str, slips: list[str]) -> None:
    default = replace(FILTERS["default"], types=lambda _, given: given.types["other"])
    template = compile_template(
        f"{{{{ record.any | default({stand_in}) }}}}", {"record"}, {"default": default}
    )
    assert shown(template) == slips


@pytest.mark.parametrize(
    ("expression", "help"),
    [
        ("record.totl", "did you mean 'total'?"),
        ("record.price + 1", "make the text an amount: | money, or join text with ~"),
        ("record.note == 'x' and record.seen == 'y'", "put | default(…) behind what may be absent"),
        ("record.seen == null", "put | default(null) behind what may be absent"),
        ("record.kind == 'payed'", "did you mean 'paid'?"),
        ("record.kind in ['x', 'y']", "it is 'open' or 'paid' or 'void'"),
    ],
)
def test_each_finding_has_its_cure(expression: str, help: str) -> None:
    assert [slip.help for slip in told(f"{{{{ {expression} }}}}")[1]] == [help]


def test_a_look_for_null_where_none_comes_is_careful_and_not_wrong() -> None:
    assert told("{{ record.kind != null }}")[1] == []


@pytest.mark.parametrize("text", ["{{ 'a' + 'b' }}", "x {{ null }}", "{{ not 1 }}"])
def test_what_reads_nothing_is_left_to_who_evaluates_it(text: str) -> None:
    assert shown(text) == []


def test_a_field_that_an_open_schema_does_not_list_and_that_is_like_none_only_warns() -> None:
    assert [slip.severity for slip in told("{{ record.zebra_crossing }}")[1]] == ["warning"]


def test_what_was_seen_absent_is_a_note() -> None:
    seen = {"type": "object", "properties": {"a": {"type": "string", "x-seen": {"present": 2, "of": 5}}}}
    found = told("{{ record.a }}", Known({"record": type_of(seen)}))[1]
    assert [(slip.severity, slip.message) for slip in found] == [("note", "record has a in 2 of 5 samples")]


def test_what_is_always_null_needs_a_stand_in_and_no_more() -> None:
    known = Known({"record": type_of({"type": "object", "properties": {"a": {"type": "null"}}})})
    assert shown("{{ record.a.b }}", known) == [f"R312 b: record.a is null, {ABSENT}"]
    assert shown("{{ record.a.b | default('x') }}", known) == []


@pytest.mark.parametrize(
    "expression",
    [
        "record.a.b[0].c + record.d", "record.a | money == null", "record.a | money | sum", "not record.a",
        "record.a ~ record.b", "record.a in record.b", "record.a < record.b and record.a == 'x'",
        "record.a.b if record.c else record.d", "[record.a, record.b]", "record | default(record.a)",
        "record.x != 'a' and record.x ~ 'b' == 'c'", "record.x < record.y and record.x ~ '' == ''",
    ],
)  # fmt: skip
def test_of_what_is_not_known_nothing_is_told(expression: str) -> None:
    assert shown(f"{{{{ {expression} }}}}", Known({"record": ANY})) == []


@pytest.mark.parametrize(
    ("condition", "always"),
    [
        ("record.live", True),
        ("not record.live", False),
        ("record.live and record.test", None),
        ("record.test and not record.live", False),
        ("record.kind == 'payed'", False),
        ("record.kind != 'payed'", True),
        ("record.kind in ['payed']", False),
        ("record.kind == 'paid'", None),
        ("record.any | default(true)", None),
        ("record.any", None),
        ("record.price", None),
        ("true", None),
        ("'a' == 'b'", None),
    ],
)
def test_a_condition_may_have_one_outcome_for_every_record(condition: str, always: bool | None) -> None:
    assert outcome(compiled(f"{{{{ {condition} }}}}"), KNOWN) is always
