"""JSON Schema: ``jsonschema-rs`` says whether a value is right, in microseconds; of what is not ``flaws`` says why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any, Final

import jsonschema_rs

from engine import money, pointer
from engine.diagnostics import Diagnostic
from engine.flaws import FORMATS, Flaw, explain
from engine.references import alone, is_plain, misled, resolve
from engine.sameness import Same
from engine.source import Source

CODES: Final = {"type": "R101", "additionalProperties": "R103", "required": "R104", "x-beside": "R105"}


class Validator:
    """Judges values by one schema, and finds in it what converts and what is unknown."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self.schema = schema

    @cached_property
    def judge(self) -> Any:
        """What judges by the schema, made when it is asked first: a check asks few of the many that a recipe holds.

        Raises:
            jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError: the schema cannot be followed.
        """
        return jsonschema_rs.Draft202012Validator(dict(self.schema), validate_formats=True, formats=FORMATS)

    @cached_property
    def proved(self) -> Callable[[Any], bool] | None:
        """Tells in less than half the time whether a value is right in which every text has the format of its field.

        Of our own formats alone; the others it judges. None where ours may stand elsewhere than at a field or an entry,
        as in ``anyOf``, where they decide between schemas, or where a field's schema is not the one that it names.
        """
        if not is_plain(self.schema, FORMATS):
            return None
        judge = jsonschema_rs.Draft202012Validator(dict(self.schema), validate_formats=True)
        accepts: Callable[[Any], bool] = judge.is_valid
        return accepts

    def flaws(self, value: Any, *, computed: bool = False, proved: bool = False) -> list[Flaw]:
        """Return what is wrong with *value* (plain JSON data); an empty list when nothing is.

        Sorted by place; one flaw a place.

        Args:
            computed: Whether a recipe computed the value, so that no quotes around it are a cure.
            proved: Whether every text in it is known to have the format that its field asks for.
        """
        if proved and self.proved is not None and self.proved(value):
            return []
        if self.judge.is_valid(value):
            return []
        flaws = explain(self.schema, value, computed, self.judge)
        found = {flaw.pointer: flaw for flaw in reversed(flaws)}
        return sorted(found.values(), key=lambda flaw: pointer.split(flaw.pointer))

    def written(self, value: Any) -> Any:
        """Return *value* with each number in a field of ``format: money`` as decimal text: the one conversion."""
        return written(value, self.schema, self.schema) if self._has_money else value

    @cached_property
    def _has_money(self) -> bool:
        """Whether any field may be an amount: a schema without one is not gone through for each value."""
        return _has_money(self.schema)


def _has_money(schema: Any) -> bool:
    if isinstance(schema, Mapping):
        return schema.get("format") == "money" or any(map(_has_money, schema.values()))
    return isinstance(schema, list) and any(map(_has_money, schema))


def part(schema: Mapping[str, Any], root: Any) -> Validator:
    """Return what judges by *schema*, a part of *root*; made once for several recipes."""
    return _part(Same(schema), Same(root))


@lru_cache(maxsize=1024)
def _part(schema: Same, root: Same) -> Validator:
    return Validator(alone(schema.it, root.it))


def misjudged(schema: Mapping[str, Any]) -> str:
    """Return why *schema* is no JSON Schema whose references can be followed, or an empty text."""
    try:
        if wrong := misled(schema):
            return wrong
        _ = Validator(schema).judge
    except jsonschema_rs.ValidationError as error:
        return f"what stands at {pointer.build(error.instance_path) or 'its top'} cannot stand there"
    except (ValueError, jsonschema_rs.ReferencingError) as error:
        return money.shorten(str(error).partition("\n")[0], 120)
    return ""


def misshapen(file: Source, validator: Validator) -> list[Diagnostic]:
    """Return what is wrong with the shape of *file*, which *validator* judges.

    A misspelt key is reported once and then taken as what it was meant to be, in the file's data too: otherwise it
    would be missed as well, and everything that needs it would follow.
    """
    found: list[Flaw] = []
    flaws = validator.flaws(file.data)
    while misspelt := [flaw for flaw in flaws if flaw.meant]:
        for flaw in misspelt:
            file.rename(flaw.pointer, flaw.meant)
        found += misspelt
        flaws = validator.flaws(file.data)
    return diagnostics([*found, *flaws])


def diagnostics(flaws: Iterable[Flaw]) -> list[Diagnostic]:
    """Return *flaws* of a file's shape as findings."""
    return [
        Diagnostic(CODES.get(flaw.rule, "R102"), flaw.pointer, flaw.message, flaw.help, flaw.at)
        for flaw in flaws
    ]


def written(value: Any, schema: Any, root: Any) -> Any:
    """Return *value* as ``Validator.written`` does, for a part *schema* of the schema *root*."""
    if isinstance(value, str):
        return value
    schema = resolve(schema, root)
    if not isinstance(schema, dict):
        return value
    if isinstance(value, dict):
        known, others = schema.get("properties", {}), schema.get("additionalProperties", True)
        return {name: written(entry, known.get(name, others), root) for name, entry in value.items()}
    if isinstance(value, list):
        return [written(entry, schema.get("items", True), root) for entry in value]
    if schema.get("format") == "money" and isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return money.text(value)
    return value
