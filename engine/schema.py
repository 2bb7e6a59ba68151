"""JSON Schema: one judges, the other explains.

``jsonschema-rs`` says whether a value is right, in microseconds; only when it is not does ``jsonschema``, the
reference, say why, and its words are put into ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, Literal

import jsonschema_rs

from engine import dates, money, pointer
from engine.diagnostics import Diagnostic, suggest

TYPES: Final = {
    "string": "text", "integer": "a whole number", "number": "a number", "boolean": "true or false",
    "object": "a mapping", "array": "a list", "null": "null",
}  # fmt: skip


CODES: Final = {"type": "R101", "additionalProperties": "R103", "required": "R104"}


@dataclass(frozen=True, slots=True)
class Flaw:
    """Where and why a value does not meet its schema.

    Attributes:
        pointer: The place in the value.
        rule: The schema's keyword that was broken, such as ``required``.
        message: What is wrong and what was expected.
        help: The cure, or an empty text.
        at: Whether the key or the value is meant.
    """

    pointer: str
    rule: str
    message: str
    help: str = ""
    at: Literal["key", "value"] = "value"


class Validator:
    """Judges values by one schema, and finds in it what converts and what is unknown."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self.schema = schema
        self._judge = jsonschema_rs.Draft202012Validator(
            dict(schema), validate_formats=True, formats=_FORMATS
        )

    def flaws(self, value: Any) -> list[Flaw]:
        """Return what is wrong with *value* (plain JSON data); an empty list when nothing is.

        Sorted by place; one flaw a place.
        """
        if self._judge.is_valid(value):
            return []
        found = {flaw.pointer: flaw for flaw in reversed(list(_explain(self.schema, value)))}
        return sorted(found.values(), key=lambda flaw: pointer.split(flaw.pointer))

    def written(self, value: Any) -> Any:
        """Return *value* with each number in a field of ``format: money`` as decimal text: the one conversion."""
        return _written(value, self.schema, self.schema)


def diagnostics(flaws: Iterable[Flaw]) -> list[Diagnostic]:
    """Return *flaws* of a file's shape as findings."""
    return [
        Diagnostic(CODES.get(flaw.rule, "R102"), flaw.pointer, flaw.message, flaw.help, flaw.at)
        for flaw in flaws
    ]


def resolve(schema: Any, root: Any) -> Any:
    """Return *schema*, or what its local ``$ref`` leads to in *root*."""
    while (
        isinstance(schema, dict) and isinstance(schema.get("$ref"), str) and schema["$ref"].startswith("#/")
    ):
        found = root
        for key in pointer.split(schema["$ref"][1:]):
            found = found[key]
        schema = found
    return schema


@lru_cache(maxsize=1)
def _reference() -> Any:
    """Import the reference implementation when something must be explained: it costs 170 ms."""
    import jsonschema  # type: ignore[import-untyped]  # it ships no types

    checker = jsonschema.FormatChecker(formats=())
    for name, test in _FORMATS.items():
        checker.checks(name)(lambda value, test=test: not isinstance(value, str) or test(value))
    return lambda schema: jsonschema.Draft202012Validator(schema, format_checker=checker)


def _explain(schema: Any, value: Any) -> Iterator[Flaw]:
    flaws = 0
    for error in _reference()(schema).iter_errors(value):
        for flaw in _flaws(error):
            flaws += 1
            yield flaw
    if not flaws:
        yield Flaw("", "judge", "the value does not meet its schema")


def _flaws(error: Any) -> Iterator[Flaw]:
    at = pointer.build(error.absolute_path)
    rule, expected, found = str(error.validator), error.validator_value, error.instance
    if rule == "additionalProperties" and isinstance(expected, bool):
        known = error.schema.get("properties", {})
        for name in [name for name in found if name not in known]:
            cure = suggest(name, known) or "known keys: " + ", ".join(known)
            yield Flaw(pointer.join(at, name), rule, f"unknown key {name!r}", cure, "key")
        return
    if rule == "required":
        for name in [name for name in expected if name not in found]:
            about = error.schema.get("properties", {}).get(name, {}).get("description", "")
            yield Flaw(
                pointer.join(at, name), rule, f"the key {name!r} is missing", about and f"{name}: {about}"
            )
        return
    yield Flaw(at, rule, _message(rule, expected, found), _about(error))


def _message(rule: str, expected: Any, found: Any) -> str:
    shown = _shown(found)
    match rule:
        case "type":
            names = [str(name) for name in (expected if isinstance(expected, list) else [expected])]
            return f"expected {' or '.join(TYPES.get(name, name) for name in names)}, found {shown}"
        case "enum":
            return f"expected {' or '.join(map(_shown, expected))}, found {shown}"
        case "const":
            return f"expected {_shown(expected)}, found {shown}"
        case "format":
            return f"expected {_FORMAT_WORDS.get(expected, expected)}, found {shown}"
        case "pattern":
            return f"{shown} does not have the form {expected}"
        case "minItems" | "minProperties" | "minLength":
            return (
                "at least one entry is needed here"
                if expected == 1
                else f"at least {expected} are needed here"
            )
        case "anyOf":
            return "none of the forms that are possible here fits"
    return f"{shown} breaks the rule {rule}: {_shown(expected)}"


def _about(error: Any) -> str:
    if (
        error.validator == "type"
        and isinstance(error.instance, (int, Decimal))
        and error.validator_value == "string"
    ):
        return "put it in quotes to make it text"
    about = error.schema.get("description", "") if isinstance(error.schema, dict) else ""
    return about if error.validator in ("pattern", "enum", "anyOf") else ""


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return repr(money.shorten(value))
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, Decimal)):
        return money.text(value)
    return money.kind(value)


def _written(value: Any, schema: Any, root: Any) -> Any:
    schema = resolve(schema, root)
    if not isinstance(schema, dict):
        return value
    if isinstance(value, dict):
        known = schema.get("properties", {})
        return {name: _written(entry, known.get(name, True), root) for name, entry in value.items()}
    if isinstance(value, list):
        return [_written(entry, schema.get("items", True), root) for entry in value]
    if schema.get("format") == "money" and isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return money.text(value)
    return value


def _is_day(text: str) -> bool:
    try:
        return dates.DAY.fullmatch(text) is not None and dates.day(text, None) == text
    except dates.NotDate:
        return False


_FORMATS: Final = {"money": lambda text: money.PLAIN.fullmatch(text) is not None, "date": _is_day}
_FORMAT_WORDS: Final = {"money": "an amount such as 12.50", "date": "a day such as 2026-11-22"}
