"""``docs/accounting.md`` says what the schemas and the connector say; ``make golden`` writes its reference again."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from engine import source
from engine.connector import Connector
from engine.connector_file import load
from engine.registry import Registry
from engine.schema import Validator

pytestmark = pytest.mark.source_tree

FILE = Path(__file__).resolve().parents[2] / "docs" / "accounting.md"
MARK = "<!-- From here on `make golden` writes the page, from the schemas and the connector `books`. -->\n"
REGISTRY = Registry()
BOOKS = load("books", REGISTRY)
KINDS = {  # in the order of the page
    "customer": "customers",
    "vendor": "vendors",
    "item": "items",
    "account": "accounts",
    "tax_rate": "tax_rates",
    "invoice": "invoices",
    "credit_note": "credit_notes",
    "payment": "payments",
    "refund": "refunds",
    "bill": "bills",
    "bill_payment": "bill_payments",
    "journal_entry": "journal_entries",
    "bank_transaction": "bank_transactions",
    "transfer": "transfers",
    "transaction": "transactions",
}
FORMS = {"string": "text", "boolean": "true or false", "object": "mapping", "array": "list"}
PLAIN = re.compile(r"[A-Za-z][\w @.'&/-]*|\d{4}-\d\d-\d\d")
WIDTH = 110


def form(field: Mapping[str, Any]) -> str:
    if "enum" in field:
        return ", ".join(f"`{word}`" for word in field["enum"])
    if field["type"] == ["number", "string"]:
        return "number or decimal text"
    return {"money": "amount", "date": "day"}.get(field.get("format", ""), FORMS[str(field["type"])])


def needs(schema: Mapping[str, Any]) -> dict[str, str]:
    """Return by field whether it must be there, or what stands in for it."""
    told = dict.fromkeys(schema.get("required", ()), "yes")
    match schema.get("if"), schema.get("then"), schema.get("else"):
        case {"required": [one]}, {"not": {"required": [other]}}, {"required": [again]} if again == other:
            told |= {one: f"yes, or `{other}`", other: f"yes, or `{one}`"}
        case {"not": {"required": [one]}}, {"required": [other]}, None:
            told |= {one: f"yes, or `{other}`", other: f"yes, or `{one}`"}
        case {"required": [one]}, {"required": [other]}, _:
            told |= {other: f"with `{one}`"} | needs(schema.get("else", {}))
    return told


def rows(schema: Mapping[str, Any], at: str = "") -> Iterator[tuple[str, str, str, str]]:
    """Yield field, whether it is needed, form and meaning of everything below *schema* but the engine's own."""
    needed = needs(schema)
    for name, field in schema["properties"].items():
        if field.get("readOnly"):
            continue
        default = (
            f" Default: `{json.dumps(field['default'])}`.".replace('"', "") if "default" in field else ""
        )
        yield f"`{at}{name}`", needed.get(name, ""), form(field), field["description"] + default
        if "properties" in field:
            yield from rows(field, f"{at}{name}.")
        elif "properties" in field.get("items", {}):
            yield from rows(field["items"], f"{at}{name}[].")


def table(schema: Mapping[str, Any]) -> str:
    lines = ["| field | needed | form | what it is |", "|---|---|---|---|"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows(schema))]) + "\n"


def scalar(value: Any) -> str:
    return (
        value if isinstance(value, str) and PLAIN.fullmatch(value) else json.dumps(value, ensure_ascii=False)
    )


def flow(value: Any) -> str:
    if isinstance(value, dict):
        return f"{{{', '.join(f'{name}: {flow(each)}' for name, each in value.items())}}}"
    return f"[{', '.join(map(flow, value))}]" if isinstance(value, list) else scalar(value)


def yaml(example: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of a document as a recipe writes it: a list takes a line for each entry."""
    for name, value in example.items():
        if isinstance(value, list):
            yield f"{name}:"
            for entry in value:
                whole = f"  - {flow(entry)}"
                if len(whole) <= WIDTH:
                    yield whole
                else:
                    lines = [f"{key}: {flow(each)}" for key, each in entry.items()]
                    yield from (f"  {'- ' if not index else '  '}{line}" for index, line in enumerate(lines))
        else:
            yield f"{name}: {flow(value)}"


def asked(connector: Connector, name: str) -> str:
    return ", ".join(f"`{each}`" for each in connector.operations[name].params)


def entry(kind: str, collection: str) -> str:
    schema = REGISTRY.document(f"accounting/{kind}")
    verbs = [name.partition(".")[2] for name in BOOKS.operations if name.startswith(f"{collection}.")]
    told = f"\n## {schema['title']}: `accounting/{kind}`\n\n{schema['description']}\n\n"
    found, listed = asked(BOOKS, f"{collection}.find"), asked(BOOKS, f"{collection}.list")
    told += f"Operations: {', '.join(f'`{collection}.{verb}`' for verb in verbs)}. "
    told += f"`find` takes {found}; `list` filters by {listed}.\n\n"
    example = "\n".join(yaml(schema["examples"][0]))
    return f"{told}{table(schema)}\n```yaml\n{example}\n```\n"


def reference() -> Iterator[str]:
    for kind, collection in KINDS.items():
        yield entry(kind, collection)
    void = REGISTRY.document("accounting/void")
    yield f"\n## {void['title']}: `accounting/void`\n\n{void['description']} "
    yield "Beside `id` it is what every `void` takes.\n\n"
    example = "\n".join(yaml(void["examples"][0]))
    yield f"{table(void)}\n```yaml\n{example}\n```\n"


def test_the_page_says_what_the_schemas_and_the_connector_say() -> None:
    head, _, rest = FILE.read_text("utf-8").partition(MARK)
    told = "".join(reference())
    if os.environ.get("UPDATE_GOLDEN") == "1":
        FILE.write_text(head + MARK + told, "utf-8")
        rest = told
    assert rest == told, "if the change is meant: make golden"


def test_every_kind_and_every_operation_stands_on_the_page() -> None:
    page = FILE.read_text("utf-8")
    assert re.findall(r"^## .*`(accounting/\w+)`$", page, re.MULTILINE) == [
        *(f"accounting/{kind}" for kind in KINDS),
        "accounting/void",
    ]
    assert sorted(re.findall(r"`(\w+\.\w+)`[,.]", page.partition(MARK)[2])) == sorted(BOOKS.operations)


def test_each_example_reads_as_the_document_that_its_schema_gives() -> None:
    sections = re.findall(
        r"`accounting/(\w+)`\n.*?```yaml\n(.*?)```", FILE.read_text("utf-8").partition(MARK)[2], re.DOTALL
    )
    assert len(sections) == len(KINDS) + 1
    for kind, text in sections:
        schema = REGISTRY.document(f"accounting/{kind}")
        assert source.read(text, kind).data == schema["examples"][0]
        assert Validator(schema).flaws(schema["examples"][0]) == []


def test_the_words_of_the_operations_are_explained() -> None:
    head = FILE.read_text("utf-8").partition(MARK)[0]
    verbs = {name.partition(".")[2] for name in BOOKS.operations}
    assert set(re.findall(r"^\| `(\w+)` \|", head, re.MULTILINE)) == verbs


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        ({"required": ["a"]}, {"a": "yes"}),
        (
            {"if": {"required": ["b"]}, "then": {"not": {"required": ["a"]}}, "else": {"required": ["a"]}},
            {"a": "yes, or `b`", "b": "yes, or `a`"},
        ),
        (
            {"if": {"not": {"required": ["a"]}}, "then": {"required": ["b"]}},
            {"a": "yes, or `b`", "b": "yes, or `a`"},
        ),
        (
            {
                "if": {"required": ["a"]},
                "then": {"required": ["b"]},
                "else": {"if": {"required": ["b"]}, "then": {"required": ["a"]}},
            },
            {"a": "with `b`", "b": "with `a`"},
        ),
    ],
)
def test_a_table_says_which_fields_stand_in_for_each_other(
    schema: dict[str, Any], told: dict[str, str]
) -> None:
    assert needs(schema) == told
