"""What is said of a name that a schema does not list."""

from __future__ import annotations

import pytest

from engine.inference.fields import Step, stepped
from engine.types import TEXT, mapping_of


@pytest.mark.parametrize(
    ("name", "is_closed", "sure"),
    [
        ("adress1", False, [True]),
        ("address2", False, [False]),
        ("address", False, [False]),
        ("address2", True, [True]),
        ("address1", True, []),
    ],
)
def test_a_name_that_differs_by_a_number_may_well_be_another_field(
    name: str, is_closed: bool, sure: list[bool]
) -> None:
    told: list[bool] = []

    def tell(code: str, message: str, help: str = "", is_sure: bool = True) -> None:
        told.append(is_sure)

    stepped(mapping_of({"address1": TEXT}, is_closed=is_closed), Step(name, "$", f".{name}"), tell)
    assert told == sure
