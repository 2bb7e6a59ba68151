"""The poll with a declarative manifest of Airbyte's CDK, read by its own command; records go to a file as its messages.

    python airbyte_poll.py ADDRESS FOLDER

The day is cut out of the instant, which the shop writes in the accounts' zone; nothing validates the invoice, and the
destination, which would be a process of its own, is left out: all three are in its favour.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from job import DOCUMENT, PAGE, STATUS

LINES = """\
[{% for item in record.line_items %}{\
'description': {{ item.title | tojson }}, 'quantity': {{ item.quantity }}, 'unit_price': '{{ item.price }}', \
'tax': '{{ '%.2f' % (item.tax_lines | map(attribute='price') | map('float') | sum) }}'}, {% endfor %}]"""
AMOUNT = "record.total_shipping_price_set.shop_money.amount"


def field(path: str, value: str, kind: str = "string") -> dict[str, Any]:
    """Return one added field."""
    added: dict[str, Any] = {
        "type": "AddedFieldDefinition",
        "path": ["invoice", *path.split(".")],
        "value": value,
    }
    return added | ({"value_type": kind} if kind else {})


def added(*fields: dict[str, Any], when: str = "") -> dict[str, Any]:
    """Return the transformation that adds *fields*."""
    return {"type": "AddFields", "fields": list(fields)} | ({"condition": when} if when else {})


TRANSFORMATIONS = [
    added(
        field("number", "{{ record.name }}"),
        field("date", "{{ record.processed_at[:10] }}"),
        field("currency", "{{ record.currency }}"),
        field("tax_inclusive", "{{ record.taxes_included }}", "boolean"),
        field("status", f"{{{{ {STATUS!r}[record.financial_status] }}}}"),
        field("total", "{{ record.total_price }}"),
        field("net", "{{ '%.2f' % (record.total_price | float - record.total_tax | float) }}"),
        field("country", "{{ record.billing_address.country_code or 'US' }}"),
        field("customer.name", "{{ record.billing_address.name }}"),
        field("lines", LINES, ""),
    ),
    added(field("shipping", f"{{{{ {AMOUNT} }}}}"), when=f"{{{{ {AMOUNT} | float > 0 }}}}"),
    added(
        field("customer.email", "{{ record.customer.email }}"), when="{{ record.customer.email is not none }}"
    ),
    {"type": "DpathFlattenFields", "field_path": ["invoice"], "replace_record": True},
]


def manifest(address: str) -> dict[str, Any]:
    """Return the manifest of the source at *address*."""
    paginator = {
        "type": "DefaultPaginator",
        "page_token_option": {"type": "RequestOption", "inject_into": "request_parameter", "field_name": "after"},
        "page_size_option": {"type": "RequestOption", "inject_into": "request_parameter", "field_name": "limit"},
        "pagination_strategy": {
            "type": "CursorPagination",
            "page_size": PAGE,
            "cursor_value": "{{ response.get('next', {}) }}",
            "stop_condition": "{{ not response.get('next', {}) }}",
        },
    }  # fmt: skip
    stream = {
        "type": "DeclarativeStream",
        "name": "invoices",
        "primary_key": ["number"],
        "retriever": {
            "type": "SimpleRetriever",
            "requester": {
                "type": "HttpRequester",
                "url_base": address,
                "path": "/orders",
                "http_method": "GET",
            },
            "record_selector": {
                "type": "RecordSelector",
                "extractor": {"type": "DpathExtractor", "field_path": ["orders"]},
            },
            "paginator": paginator,
        },
        "transformations": TRANSFORMATIONS,
        "schema_loader": {"type": "InlineSchemaLoader", "schema": DOCUMENT},
    }
    return {
        "version": "7.0.0",
        "type": "DeclarativeSource",
        "check": {"type": "CheckStream", "stream_names": ["invoices"]},
        "streams": [stream],
        "spec": {
            "type": "Spec",
            "connection_specification": {"type": "object", "properties": {}, "additionalProperties": True},
        },
    }


CATALOG = {
    "streams": [
        {
            "stream": {
                "name": "invoices",
                "json_schema": DOCUMENT,
                "supported_sync_modes": ["full_refresh"],
                "source_defined_primary_key": [["number"]],
            },
            "sync_mode": "full_refresh",
            "destination_sync_mode": "append",
        }
    ]
}


def main(address: str, folder: Path) -> None:
    """Read the source, its messages into a file."""
    (folder / "config.json").write_text(
        json.dumps({"__injected_declarative_manifest": manifest(address)}), "utf-8"
    )
    (folder / "catalog.json").write_text(json.dumps(CATALOG), "utf-8")
    file = os.open(folder / "messages.jsonl", os.O_WRONLY | os.O_CREAT)
    os.dup2(file, 1)
    from airbyte_cdk.cli.source_declarative_manifest import run

    sys.argv = ["source-declarative-manifest", "read", "--config", str(folder / "config.json")]
    sys.argv += ["--catalog", str(folder / "catalog.json")]
    run.run() if hasattr(run, "run") else run()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
