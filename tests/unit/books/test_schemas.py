"""The accounting schemas, and that the books take exactly what they describe."""

from __future__ import annotations

import jsonschema  # type: ignore[import-untyped]  # it ships no types
import pytest
from ruamel.yaml import YAML

from engine.books import documents, reading, routes
from engine.books.chart import CATEGORIES
from engine.shipped import shipped

NAMES = ["customer", "invoice", "payment"]
WITH_ID = {"external_id": "e1"}


def fields(schema):
    """Yield every field of *schema* with its name, however deep."""
    for name, field in schema.get("properties", {}).items():
        yield name, field
        yield from fields(field)
        yield from fields(field.get("items", {}))


def keywords(value):
    """Yield every key that stands anywhere in *value*."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from keywords(inner)
    if isinstance(value, list):
        for inner in value:
            yield from keywords(inner)


def test_there_is_a_schema_for_each_document(schemas):
    assert sorted(schemas) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_valid_and_named_without_an_address(schemas, name):
    jsonschema.Draft202012Validator.check_schema(schemas[name])
    assert schemas[name]["$id"] == f"recipe:accounting/{name}"


@pytest.mark.parametrize("name", NAMES)
def test_every_field_has_a_title_a_description_and_examples_that_hold(schemas, name):
    for field_name, field in [(name, schemas[name]), *fields(schemas[name])]:
        assert field["title"], field_name
        assert field["description"].endswith("."), field_name
        for example in field["examples"]:
            jsonschema.validate(example, field)
        if "default" in field:
            jsonschema.validate(field["default"], field)


@pytest.mark.parametrize("name", NAMES)
def test_every_mapping_is_closed_and_nothing_is_null_or_one_of_many(schemas, name):
    assert not {"oneOf", "multipleOf"} & set(keywords(schemas[name]))
    for _, field in [(name, schemas[name]), *fields(schemas[name])]:
        mapping = field.get("items", field)
        assert "null" not in field["type"]
        assert mapping.get("additionalProperties", True) is (mapping["type"] != "object")


@pytest.mark.parametrize("name", NAMES)
def test_the_external_id_is_the_engines_to_set(schemas, name):
    assert schemas[name]["properties"]["external_id"]["readOnly"] is True
    assert "external_id" not in schemas[name].get("required", ())


def test_the_books_know_exactly_the_fields_of_the_schemas(schemas):
    invoice = schemas["invoice"]["properties"]
    assert invoice.keys() == documents.INVOICE_FIELDS
    assert invoice["lines"]["items"]["properties"].keys() == documents.LINE_FIELDS
    assert invoice["customer"]["properties"].keys() == documents.BUYER_FIELDS
    assert schemas["payment"]["properties"].keys() == documents.PAYMENT_FIELDS
    assert schemas["customer"]["properties"].keys() == documents.CUSTOMER_FIELDS
    assert invoice["lines"]["items"]["properties"]["category"]["enum"] == list(CATEGORIES)
    assert invoice["status"]["enum"] == list(documents.STATUSES)


def test_the_books_take_the_examples_of_the_schemas(schemas, desk):
    for path, name in [("/customers", "customer"), ("/invoices", "invoice"), ("/payments", "payment")]:
        for example in schemas[name]["examples"]:
            body = example | {"external_id": name}
            if name == "payment":
                body |= {"invoice_id": "inv-1"}
            assert desk.post(path, body)[0] == 201


@pytest.mark.parametrize(
    ("name", "document"),
    [
        ("customer", {}),
        ("customer", WITH_ID),
        ("invoice", {"number": "1", "date": "2026-01-01", "currency": "USD", "lines": [{}], "customer": {}}),
    ],
)
def test_a_schema_refuses_what_lacks_its_essence(schemas, name, document):
    assert not jsonschema.Draft202012Validator(schemas[name]).is_valid(document)


@pytest.mark.parametrize(
    ("customer", "valid"),
    [
        ({"customer": {}}, True),
        ({"customer_id": "cus-1"}, True),
        ({}, False),
        ({"customer": {}, "customer_id": "cus-1"}, False),
    ],
)
def test_an_invoice_has_a_customer_or_a_customers_id(schemas, customer, valid):
    line = {"description": "x", "quantity": 1, "unit_price": "1"}
    document = {"number": "1", "date": "2026-01-01", "currency": "USD", "lines": [line], **customer}
    assert jsonschema.Draft202012Validator(schemas["invoice"]).is_valid(document) is valid


def connector():
    return YAML(typ="safe").load(shipped("connectors") / "books" / "connector.yaml")


def test_the_connector_describes_the_books_own_routes(desk):
    desk.post("/customers", WITH_ID | {"name": "Bob"})
    desk.invoice()
    desk.payment()
    ids = {"customers": "cus-1", "invoices": "inv-1", "payments": "pay-2"}
    answered = set()
    for name, operation in connector()["operations"].items():
        collection, verb = name.split(".")
        path = operation["path"].format(id=ids[collection])
        status = desk.send(operation["method"], path, {} if verb == "create" else None).status
        assert status == (422 if verb == "create" else 200), name
        answered.add(collection)
    assert answered == set(routes._CREATE)


def test_the_connector_lists_by_the_filters_that_the_books_have():
    operations = connector()["operations"]
    for collection, names in reading.FILTERS.items():
        assert tuple(operations[f"{collection}.list"]["params"]) == names


def test_the_connectors_bodies_are_schemas_that_exist(schemas):
    bodies = {operation["body"] for operation in connector()["operations"].values() if "body" in operation}
    assert bodies == {f"accounting/{name}" for name in schemas}
