"""Two implementations of JSON Schema, one judgement: the fast one that judges and the reference that explains."""

from __future__ import annotations

import copy
import json
import random
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from engine import flaws, source
from engine.schema import Validator
from engine.shipped import shipped
from tests.property import mutated

COUNT = 100
SCHEMAS = {
    path.relative_to(shipped("schemas")).as_posix(): path for path in shipped("schemas").rglob("*.json")
}
PARTY = {"name": "Ann", "email": "ann@x.test"}
LINE = {
    "description": "a",
    "quantity": 2,
    "unit_price": "1.50",
    "tax": "0.20",
    "discount": "0",
    "sku": "s",
}
INVOICE = {
    "number": "1", "date": "2026-11-22", "currency": "USD", "status": "open", "total": "3.20", "tax_inclusive": False,
    "customer": PARTY, "lines": [LINE, {**LINE, "unit_price": "1", "quantity": Decimal("0.5")}],
}  # fmt: skip
PAYMENT = {"invoice_id": "1", "amount": "1.50", "currency": "USD", "date": "2026-11-22", "method": "card"}
DOCUMENTS = {"invoice": INVOICE, "payment": PAYMENT, "customer": PARTY}
ODD: tuple[Any, ...] = (
    Decimal("1.0"), Decimal("1E+3"), Decimal("0.1"), Decimal("-0.0"), Decimal("1E-28"), 10**40, -(10**25), 1, 0, -1,
    True, None, "", "1.50", "1,50", "1.", ".5", "+1", "1e3", "٣", " 1", "1\n", "-1", "-0", "USD", "usd", "USD\n", "UŚD",
    "2026-02-29", "2024-02-29", "2026-13-01", "2026-1-1", "2026-11-22\n", "2026-11-22T00:00:00Z", "15m", "0m", "15m\n",
    "a-b", "A", "a\n", "é", "\U0001f600", "e\u0301", "x" * 5000, [], {}, [[]], {"": 1}, {"a": None}, "shop.orders.list",
    "shop.orders", "shop.orders.list\n", "/x", "x/",
)  # fmt: skip
"""What implementations see differently: whole decimals, large numbers, a line end before $, digits of other scripts."""


def instances(name: str) -> list[Any]:
    """Return data that the schema *name* is about."""
    kind = name.removesuffix(".schema.json")
    if "/" in name:
        more = DOCUMENTS.get(kind.rpartition("/")[2])
        return [*([more] if more else []), *read(name)["examples"]]
    if kind == "test":
        files = [*sorted(shipped("recipes").glob("*.test.yaml")), *sorted(mutated.SLIPS.glob("cases/*.yaml"))]
        return [source.read(file.read_text("utf-8"), file.name).data for file in files]
    return [source.read(text, file).data for of, file, text in mutated.bases() if of == kind]


def changed(rng: random.Random, data: Any) -> Any:
    """Return *data* with a few changes; as often odd values in place of others as drops, new names and other types."""
    data = copy.deepcopy(data)
    for _ in range(rng.choice((1, 1, 2, 3))):
        found = list(mutated.places(data))
        if found and rng.random() < 0.6:
            holder, key = rng.choice(found)
            holder[key] = copy.deepcopy(rng.choice(ODD))
        else:
            mutated.change(rng, data)
    return data


def read(name: str) -> Any:
    return json.loads(SCHEMAS[name].read_bytes())


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_the_schema_is_one_of_its_dialect(name: str) -> None:
    flaws._reference()(read(name)).check_schema(read(name))


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_both_say_the_same_of_right_and_of_broken_values(name: str, pytestconfig: pytest.Config) -> None:
    rng = random.Random(f"{pytestconfig.option.hypothesis_seed}:{name}")
    judge, reference = Validator(read(name)), flaws._reference()(read(name))
    given = [each for each in instances(name) if each is not None]
    said: Counter[bool] = Counter()
    for value in [*given[:3], *(changed(rng, rng.choice(given)) for _ in range(COUNT))]:
        is_right = not judge.flaws(value)
        said[is_right] += 1
        assert is_right is reference.is_valid(value), value
        assert "judge" not in [flaw.rule for flaw in judge.flaws(value)], value
    assert min(said[True], said[False]) >= 3, said


@pytest.mark.parametrize("value", ODD, ids=lambda value: ascii(value)[:30])
@pytest.mark.parametrize(
    "form",
    [
        {"type": "integer"}, {"type": "number"}, {"format": "money"}, {"format": "date"}, {"const": 1}, {"const": 1.0},
        {"enum": [0, True, "a", None]}, {"minimum": 0}, {"maximum": 1}, {"exclusiveMinimum": 0},
        {"minLength": 1}, {"maxLength": 3}, {"minItems": 1}, {"minProperties": 1}, {"uniqueItems": True},
        {"propertyNames": {"pattern": "^[a-z]+$"}}, *({"pattern": pattern} for pattern in flaws.FORMS),
    ],
    ids=str,
)  # fmt: skip
def test_both_say_the_same_of_an_odd_value(form: dict[str, Any], value: Any) -> None:
    assert (not Validator(form).flaws(value)) is flaws._reference()(form).is_valid(value)
    assert [flaw.rule for flaw in Validator(form).flaws(value)] != ["judge"]
