"""The job with jsonpath-ng and Jinja: a path for each value, a template for what is computed, jsonschema at the end."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import Any, Final

import jinja2
import jsonschema
from by_hand import day
from job import DOCUMENT, STATUS
from jsonpath_ng import parse

PLAIN: Final = {
    "number": "$.name",
    "currency": "$.currency",
    "tax_inclusive": "$.taxes_included",
    "total": "$.total_price",
}
COMPUTED: Final = {
    "date": ("$.processed_at", "{{ value | day }}"),
    "status": ("$.financial_status", "{{ statuses[value] }}"),
    "country": ("$.billing_address.country_code", "{{ value or 'US' }}"),
    "shipping": ("$.total_shipping_price_set.shop_money.amount", "{{ value if value | money > 0 }}"),
}
NET: Final = ("$.total_price", "$.total_tax", "{{ total | money - (tax | money) }}")
CUSTOMER: Final = {"name": "$.billing_address.name", "email": "$.customer.email"}
LINE: Final = {"description": "$.title", "quantity": "$.quantity", "unit_price": "$.price"}
TAX: Final = ("$.tax_lines[*].price", "{{ values | map('money') | sum }}")


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)  # noqa: S701  # makes no HTML
    environment.filters |= {"day": day, "money": Decimal}
    environment.globals["statuses"] = STATUS
    return environment


class Templated:
    """Makes invoices.

    Args:
        keeps: Whether paths and templates are parsed once, or again for each order, as they are where nobody looked.
    """

    def __init__(self, *, keeps: bool = True) -> None:
        template = _environment().from_string
        self._path, self._template = (cache(parse), cache(template)) if keeps else (parse, template)
        kind = jsonschema.validators.validator_for(DOCUMENT)
        self._keeps = keeps
        self._judge = kind(DOCUMENT)

    def invoice(self, order: dict[str, Any]) -> dict[str, Any]:
        """Return the invoice of *order*; raises ``jsonschema.ValidationError`` where it does not meet the schema."""
        made = {name: self._first(path, order) for name, path in PLAIN.items()}
        for name, (path, template) in COMPUTED.items():
            text = self._template(template).render(value=self._first(path, order))
            if text:
                made[name] = text
        total, tax, template = NET
        made["net"] = self._template(template).render(
            total=self._first(total, order), tax=self._first(tax, order)
        )
        customer = {name: self._first(path, order) for name, path in CUSTOMER.items()}
        made["customer"] = {name: value for name, value in customer.items() if value is not None}
        made["lines"] = [self._line(each.value) for each in self._path("$.line_items[*]").find(order)]
        if self._keeps:
            self._judge.validate(made)
        else:
            jsonschema.validate(made, DOCUMENT)
        return made

    def _line(self, item: dict[str, Any]) -> dict[str, Any]:
        path, template = TAX
        values = [each.value for each in self._path(path).find(item)]
        line = {name: self._first(path, item) for name, path in LINE.items()}
        return line | {"tax": self._template(template).render(values=values)}

    def _first(self, path: str, of: dict[str, Any]) -> Any:
        found = self._path(path).find(of)
        return found[0].value if found else None
