"""The accounting schemas: every kind, every field, what they take and what they refuse, and that the books agree."""

from __future__ import annotations

import json

import jsonschema  # type: ignore[import-untyped]  # it ships no types
import jsonschema_rs
import pytest

from engine import canonical
from engine.schema import Validator
from engine.shipped import shipped

PARTY = "name email phone tax_number currency address"
SALE = (
    "description* quantity* unit_price* discount tax taxes taxes.code* taxes.amount* taxes.place tax_code sku"
    " item_id category account_id"
)
PURCHASE = (
    "description* quantity* unit_price* discount tax taxes taxes.code* taxes.amount* taxes.place tax_code"
    " account_id"
)
BUYER = "customer customer.name customer.email customer_id"
FIELDS = {
    "customer": PARTY,
    "vendor": PARTY,
    "item": "code* name* unit_price currency account_id tax_code",
    "account": "code* name* type*",
    "tax_rate": "code* name* rate* place",
    "invoice": "number* date* due_date currency* exchange_rate tax_inclusive status total"
    f" {BUYER} reference memo lines*",
    "credit_note": "number* date* currency* exchange_rate tax_inclusive total"
    f" {BUYER} invoice_id settles reference memo lines*",
    "payment": "invoice_id customer_id amount* currency* date* exchange_rate method account_id fee reference",
    "refund": "credit_note_id payment_id amount* currency* date* exchange_rate method account_id reference",
    "bill": "number* date* due_date currency* exchange_rate tax_inclusive total vendor vendor.name vendor.email"
    " vendor_id reference memo lines*",
    "bill_payment": "bill_id vendor_id amount* currency* date* exchange_rate method account_id reference",
    "journal_entry": "number date* currency* memo reference lines*",
    "bank_transaction": "date* amount* currency* description* account_id contra_account_id counterparty reference",
    "transfer": "date* amount* currency* from_account_id* to_account_id* to_amount to_currency reference memo",
    "transaction": "type* date* currency* amount* fee* net* method* account_id invoice_id reference memo",
    "void": "date reason",
}
"""The fields of each kind; those with a star must be there, whatever else is."""
BELOW = {
    "customer": {"address": "line1 line2 city region postal_code country"},
    "vendor": {"address": "line1 line2 city region postal_code country"},
    "invoice": {"lines": SALE},
    "credit_note": {"lines": SALE},
    "bill": {"lines": PURCHASE},
    "journal_entry": {"lines": "account_id* debit credit description"},
}
NAMES = sorted(FIELDS)
MONEY = {
    "unit_price", "discount", "tax", "amount", "total", "fee", "net", "debit", "credit", "to_amount", "settles",
}  # fmt: skip
DATES = {"date", "due_date"}
LINE = {"description": "x", "quantity": 1, "unit_price": "1"}
INVOICE_LINE = ("invoice", "credit_note", "bill")

WRONG = [
    ("customer", {"name": None, "email": None}, "/email", "the key 'email' is missing"),
    ("customer", {"external_id": ""}, "/external_id", "expected some text, found none"),
    (
        "customer",
        {"address": {"country": "USA"}},
        "/address/country",
        "expected a text such as GB, found 'USA'",
    ),
    ("customer", {"address": {"street": "x"}}, "/address/street", "unknown key 'street'"),
    (
        "customer",
        {"currency": "usd"},
        "/currency",
        "expected three capital letters, such as USD, found 'usd'",
    ),
    ("vendor", {"name": None, "email": None}, "/email", "the key 'email' is missing"),
    ("vendor", {"tax_number": 7}, "/tax_number", "expected text, found 7"),
    ("item", {"code": None}, "/code", "the key 'code' is missing"),
    ("item", {"currency": None}, "/currency", "the key 'currency' is missing"),
    ("item", {"unit_price": "1,50"}, "/unit_price", "expected an amount such as 12.50, found '1,50'"),
    ("account", {"type": None}, "/type", "the key 'type' is missing"),
    (
        "account",
        {"type": "revenue"},
        "/type",
        "expected 'asset' or 'liability' or 'equity' or 'income' or 'expense'",
    ),
    ("tax_rate", {"rate": "-1"}, "/rate", "expected a text such as 4, found '-1'"),
    ("tax_rate", {"rate": 8}, "/rate", "expected text, found 8"),
    ("invoice", {"customer": None}, "/customer", "the key 'customer' is missing"),
    ("invoice", {"customer_id": "cus-1"}, "", "'customer' cannot stand beside what else is given"),
    ("invoice", {"status": "paid"}, "/status", "expected 'draft' or 'open', found 'paid'"),
    ("invoice", {"date": "31.03.2026"}, "/date", "expected a day such as 2026-11-22, found '31.03.2026'"),
    ("invoice", {"exchange_rate": "0.00"}, "/exchange_rate", "expected a text such as 1.0825, found '0.00'"),
    ("invoice", {"lines": []}, "/lines", "at least one entry is needed here"),
    (
        "invoice",
        {"lines": [LINE | {"category": "gift"}]},
        "/lines/0/category",
        "expected 'goods' or 'shipping'",
    ),
    ("credit_note", {"invoice_id": None}, "/customer", "the key 'customer' is missing"),
    ("credit_note", {"customer": {}, "customer_id": "cus-1"}, "", "'customer' cannot stand beside"),
    (
        "credit_note",
        {"invoice_id": None, "customer": {}, "settles": "1"},
        "/invoice_id",
        "the key 'invoice_id' is missing",
    ),
    ("credit_note", {"status": "open"}, "/status", "unknown key 'status'"),
    ("payment", {"invoice_id": None}, "/invoice_id", "the key 'invoice_id' is missing"),
    ("payment", {"customer_id": "cus-1"}, "", "'invoice_id' cannot stand beside"),
    ("payment", {"amount": "0.00"}, "/amount", "expected a text such as 129.90, found '0.00'"),
    ("payment", {"amount": "-1"}, "/amount", "expected a text such as 129.90, found '-1'"),
    ("payment", {"fee": "-0.30"}, "/fee", "expected a text such as 3.90, found '-0.30'"),
    ("refund", {"credit_note_id": None}, "/credit_note_id", "the key 'credit_note_id' is missing"),
    ("refund", {"payment_id": "pay-1"}, "", "'credit_note_id' cannot stand beside"),
    ("refund", {"amount": "-13.61"}, "/amount", "expected a text such as 13.61, found '-13.61'"),
    ("bill", {"vendor": None}, "/vendor", "the key 'vendor' is missing"),
    ("bill", {"vendor": {}}, "/vendor/email", "the key 'email' is missing"),
    ("bill", {"vendor_id": "ven-1"}, "", "'vendor' cannot stand beside"),
    ("bill", {"lines": [LINE | {"category": "goods"}]}, "/lines/0/category", "unknown key 'category'"),
    ("bill_payment", {"bill_id": None}, "/bill_id", "the key 'bill_id' is missing"),
    ("bill_payment", {"vendor_id": "ven-1"}, "", "'bill_id' cannot stand beside"),
    ("bill_payment", {"amount": "0"}, "/amount", "expected a text such as 372.00, found '0'"),
    ("journal_entry", {"lines": [{"account_id": "1000", "debit": "1"}]}, "/lines", "at least 2 entries"),
    (
        "journal_entry",
        {"lines": [{"account_id": "1000"}] * 2},
        "/lines/0/debit",
        "the key 'debit' is missing",
    ),
    (
        "journal_entry",
        {"lines": [{"account_id": "1000", "debit": "1", "credit": "1"}] * 2},
        "/lines/0",
        "'debit' cannot stand beside",
    ),
    (
        "journal_entry",
        {"lines": [{"debit": "1"}] * 2},
        "/lines/0/account_id",
        "the key 'account_id' is missing",
    ),
    ("bank_transaction", {"amount": "0.00"}, "/amount", "expected a text such as -12.00, found '0.00'"),
    ("bank_transaction", {"description": None}, "/description", "the key 'description' is missing"),
    ("transfer", {"to_amount": "1"}, "/to_currency", "the key 'to_currency' is missing"),
    ("transfer", {"to_currency": "EUR"}, "/to_amount", "the key 'to_amount' is missing"),
    ("transfer", {"amount": "-1"}, "/amount", "expected a text such as 500.00, found '-1'"),
    ("transaction", {"fee": None}, "/fee", "the key 'fee' is missing"),
    ("transaction", {"type": "sale"}, "/type", "expected 'charge' or 'refund' or 'payout' or 'fee'"),
    ("transaction", {"amount": "-1"}, "/amount", "expected a text such as 100.00, found '-1'"),
    ("transaction", {"account_id": "4100"}, "", "'account_id' cannot stand beside"),
    ("transaction", {"type": "payout"}, "", "'invoice_id' cannot stand beside"),
    (
        "transaction",
        {"type": "refund", "invoice_id": None},
        "/amount",
        "expected a text such as -25.00, found '100.00'",
    ),
    ("void", {"date": "April"}, "/date", "expected a day such as 2026-11-22, found 'April'"),
    ("void", {"why": "x"}, "/why", "unknown key 'why'"),
    *[
        (kind, {"lines": [LINE | {"taxes": [], other: "1"}]}, "/lines/0", f"{other!r} cannot stand beside")
        for kind in INVOICE_LINE
        for other in ("tax", "tax_code")
    ],
    *[
        (
            kind,
            {"lines": [LINE | {"taxes": [{"amount": "1"}]}]},
            "/lines/0/taxes/0/code",
            "the key 'code' is missing",
        )
        for kind in INVOICE_LINE
    ],
    *[
        (
            kind,
            {"lines": [LINE | {"quantity": "one"}]},
            "/lines/0/quantity",
            "expected a number such as 2 or 0.5",
        )
        for kind in INVOICE_LINE
    ],
]


def fields(schema, at=""):
    """Yield every field of *schema* with its path, however deep."""
    for name, field in schema.get("properties", {}).items():
        yield f"{at}{name}", field
        yield from fields(field, f"{at}{name}.")
        yield from fields(field.get("items", {}), f"{at}{name}.")


def keywords(value):
    """Yield every key that stands anywhere in *value*."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from keywords(inner)
    if isinstance(value, list):
        for inner in value:
            yield from keywords(inner)


def needed(schema, at=""):
    """Yield the path of every field that must be there, however deep."""
    for name in schema.get("required", ()):
        yield f"{at}{name}"
    for name, field in schema.get("properties", {}).items():
        yield from needed(field, f"{at}{name}.")
        yield from needed(field.get("items", {}), f"{at}{name}.")


def specified(kind):
    """Return the paths of the fields of *kind*, and of those that must be there."""
    words = FIELDS[kind].split()
    for name, below in BELOW.get(kind, {}).items():
        words += [f"{name}.{word}" for word in below.split()]
    return {word.rstrip("*") for word in words}, {word[:-1] for word in words if word.endswith("*")}


def changed(schema, changes):
    """Return the schema's first example with *changes*; null takes a field away."""
    document = schema["examples"][0] | changes
    return {name: value for name, value in document.items() if value is not None}


def test_there_is_a_schema_for_each_document(schemas):
    assert sorted(schemas) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_has_exactly_the_fields_of_its_kind(schemas, name):
    known, must = specified(name)
    assert {path for path, _ in fields(schemas[name])} == known | {"external_id"}
    assert set(needed(schemas[name])) == must


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_valid_and_named_without_an_address(schemas, name):
    jsonschema.Draft202012Validator.check_schema(schemas[name])
    assert schemas[name]["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schemas[name]["$id"] == f"recipe:accounting/{name}"


@pytest.mark.parametrize("name", NAMES)
def test_both_judges_take_the_examples_of_a_schema(schemas, name):
    assert schemas[name]["examples"]
    for example in schemas[name]["examples"]:
        assert jsonschema_rs.Draft202012Validator(schemas[name]).is_valid(example)
        assert jsonschema.Draft202012Validator(schemas[name]).is_valid(example)
        assert Validator(schemas[name]).flaws(example) == []


@pytest.mark.parametrize("name", NAMES)
def test_every_field_has_a_title_a_description_and_examples_that_hold(schemas, name):
    for field_name, field in [(name, schemas[name]), *fields(schemas[name])]:
        assert field["title"], field_name
        assert field["description"].endswith("."), field_name
        assert field["examples"], field_name
        for value in [*field["examples"], *([field["default"]] if "default" in field else [])]:
            assert Validator(field).flaws(value) == [], field_name


@pytest.mark.parametrize("name", NAMES)
def test_amounts_are_money_and_days_are_dates(schemas, name):
    for path, field in fields(schemas[name]):
        last = path.rpartition(".")[2]
        wanted = "money" if last in MONEY else "date" if last in DATES else None
        assert field.get("format") == wanted, path


@pytest.mark.parametrize("name", NAMES)
def test_every_mapping_is_closed_and_nothing_is_null_or_one_of_many(schemas, name):
    assert not {"oneOf", "multipleOf"} & set(keywords(schemas[name]))
    for _, field in [(name, schemas[name]), *fields(schemas[name])]:
        mapping = field.get("items", field)
        assert "null" not in field["type"]
        assert mapping.get("additionalProperties", True) is (mapping["type"] != "object")


@pytest.mark.parametrize("name", NAMES)
def test_the_external_id_is_the_engines_to_set(schemas, name):
    assert schemas[name]["properties"]["external_id"] == schemas["invoice"]["properties"]["external_id"]
    assert schemas[name]["properties"]["external_id"]["readOnly"] is True
    assert "external_id" not in schemas[name].get("required", ())


@pytest.mark.parametrize(("name", "changes", "pointer", "message"), WRONG)
def test_a_schema_refuses_and_names_the_field(schemas, name, changes, pointer, message):
    document = changed(schemas[name], changes)
    [flaw] = [flaw for flaw in Validator(schemas[name]).flaws(document) if flaw.pointer == pointer]
    assert flaw.message.startswith(message)


def test_every_kind_refuses_something(schemas):
    assert {name for name, *_ in WRONG} == set(schemas)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("invoice", {"customer": {}}),
        ("invoice", {"customer": None, "customer_id": "cus-1"}),
        ("invoice", {"lines": [LINE | {"taxes": []}]}),
        ("invoice", {"lines": [LINE | {"quantity": "0.5", "unit_price": "-0.02", "category": "rounding"}]}),
        ("credit_note", {"invoice_id": None, "customer": {}}),
        ("credit_note", {"customer_id": "cus-1"}),
        ("payment", {"amount": "0.01", "exchange_rate": "0.0067", "fee": "0"}),
        ("refund", {"credit_note_id": None, "payment_id": "pay-1"}),
        ("bill", {"vendor": None, "vendor_id": "ven-1"}),
        ("bill_payment", {"bill_id": None, "vendor_id": "ven-1"}),
        ("bank_transaction", {"amount": "250.00", "description": ""}),
        ("transfer", {"to_amount": "1", "to_currency": "EUR"}),
        ("transaction", {"type": "payout", "amount": "-12.00", "invoice_id": None}),
        ("transaction", {"type": "adjustment", "fee": "-1.00", "invoice_id": None, "account_id": "4190"}),
        ("void", {"reason": None}),
        ("void", {"date": None}),
    ],
)
def test_a_schema_takes_what_is_right(schemas, name, changes):
    assert Validator(schemas[name]).flaws(changed(schemas[name], changes)) == []


def test_an_invoice_and_a_credit_note_have_the_same_lines():
    invoice, note = (
        (shipped("schemas") / "accounting" / f"{name}.schema.json").read_text("utf-8")
        for name in ("invoice", "credit_note")
    )
    lines = [json.loads(text)["properties"]["lines"]["items"] for text in (invoice, note)]
    assert canonical.encode(lines[0]) == canonical.encode(lines[1])
    begin, end = '      "items": {\n        "title": "Line"', '\n      "examples"'
    texts = [text.partition(begin)[2].partition(end)[0] for text in (invoice, note)]
    assert texts[0] == texts[1] != ""


def test_a_bill_says_of_a_line_what_an_invoice_says(schemas):
    invoice, bill = (schemas[name]["properties"]["lines"]["items"] for name in ("invoice", "bill"))
    for name in ("quantity", "unit_price", "discount", "tax", "taxes"):
        assert bill["properties"][name] == invoice["properties"][name]
    assert [bill[word] for word in ("required", "if", "then")] == [
        invoice[word] for word in ("required", "if", "then")
    ]


def test_the_books_take_the_examples_of_the_schemas(schemas, desk):
    for path, name in [("/customers", "customer"), ("/invoices", "invoice"), ("/payments", "payment")]:
        body = schemas[name]["examples"][0] | {"external_id": name}
        assert desk.post(path, body)[0] == 201
