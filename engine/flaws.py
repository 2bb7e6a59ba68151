"""Why a value does not meet its JSON Schema: the words of ``jsonschema``, the reference, put into ours.

It is loaded and asked only about a value that ``jsonschema-rs`` has refused; what that one alone refuses is told too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, Literal

import jsonschema_rs

from engine import dates, money, pointer
from engine.diagnostics import nearest, suggest

TYPES: Final = {
    "string": "text", "integer": "a whole number", "number": "a number", "boolean": "true or false",
    "object": "a mapping", "array": "a list", "null": "null",
}  # fmt: skip


FORMS: Final = {
    "^[a-z][a-z0-9-]*$": "small letters, digits and -, a letter first",
    "^[a-z][a-z0-9_]*$": "small letters, digits and _, a letter first",
    r"^[a-z][a-z0-9-]*\.[a-z][a-z0-9_.]*$": "CONNECTION.OPERATION, such as shop.orders.list",
    r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$": "a verb, or a noun and a verb, such as send or orders.list",
    "^[1-9][0-9]*[smhd]$": "a number and its unit s, m, h or d, such as 15m",
    "^[A-Z]{3}$": "three capital letters, such as USD",
    r"^-?[0-9]{1,28}(\.[0-9]{1,28})?$": "a number such as 2 or 0.5",
    "^/": "a path that begins with /",
}  # fmt: skip
"""What a regular expression asks for, in words; for others their schema's example stands."""

UNEXPLAINED: Final = (re.error, TypeError, ValueError, ArithmeticError, LookupError, RecursionError)
"""What the reference raises at a schema that it cannot follow, and the judge can."""
TO_QUOTE: Final = "put it in quotes to make it text"


@dataclass(frozen=True, slots=True)
class Flaw:
    """Where and why a value does not meet its schema.

    Attributes:
        pointer: The place in the value.
        rule: The schema's keyword that was broken, such as ``required``.
        message: What is wrong and what was expected.
        help: The cure, or an empty text.
        at: Whether the key or the value is meant.
        meant: The missing or unused key that an unknown one most likely stands for, or empty.
    """

    pointer: str
    rule: str
    message: str
    help: str = ""
    at: Literal["key", "value"] = "value"
    meant: str = ""


@lru_cache(maxsize=1)
def _reference() -> Any:
    """Import the reference implementation when something must be explained: it costs 170 ms."""
    import jsonschema  # type: ignore[import-untyped]  # it ships no types

    base = jsonschema.Draft202012Validator
    types = base.TYPE_CHECKER.redefine("integer", lambda _, value: _is_whole(value))
    own = {word: _as_judged(word) for word in ("pattern", "format", "multipleOf")}
    return jsonschema.validators.extend(base, own, type_checker=types)


def _is_whole(value: Any) -> bool:
    """Tell as the judge does: 1.0 is a whole number."""
    if isinstance(value, Decimal):
        return value == value.to_integral_value()
    return isinstance(value, int) and not isinstance(value, bool)


@lru_cache(maxsize=256)
def _alone(word: str, expected: Any) -> Any:
    """Return a judge of one rule."""
    return jsonschema_rs.Draft202012Validator({word: expected}, validate_formats=True, formats=FORMATS)


def is_of(format: str, text: str) -> bool:
    """Tell whether *text* is of *format*, as the judge of values has it."""
    return bool(_alone("format", format).is_valid(text))


def _as_judged(word: str) -> Any:
    """Return the rule *word* as the judge has it; the reference's knows other regular expressions and formats, and
    does not divide decimals."""
    import jsonschema

    def rule(_validator: Any, expected: Any, value: Any, _schema: Any) -> Iterator[Any]:
        if not _alone(word, expected).is_valid(value):
            yield jsonschema.ValidationError(word)

    return rule


def explain(schema: Any, value: Any, computed: bool, judge: Any) -> list[Flaw]:
    """Return the flaws that the reference finds, and those of the judge at places where it finds none."""
    found: list[Flaw] = []
    try:
        for error in _reference()(schema).iter_errors(value):
            found += _flaws(error, computed)
    except UNEXPLAINED:
        pass  # the judge alone says what it saw
    for error in judge.iter_errors(value):
        at = pointer.build(error.instance_path)
        if not any(flaw.pointer == at or flaw.pointer.startswith(f"{at}/") for flaw in found):
            told = f"{_shown(_at(value, error.instance_path))} is not what is expected here"
            found.append(Flaw(at, error.kind.name, told, "see its schema"))
    return found


def _at(value: Any, path: Iterable[str | int]) -> Any:
    for key in path:
        value = value[key]
    return value


def _flaws(error: Any, computed: bool) -> Iterator[Flaw]:
    at = pointer.build(error.absolute_path)
    rule, expected, found = str(error.validator), error.validator_value, error.instance
    if rule == "additionalProperties" and isinstance(expected, bool):
        yield from _unknown(at, error.schema, found)
    elif rule == "required":
        if set(error.schema.get("x-beside", ())) & set(found) and error.schema["x-kind"] in found:
            return  # it is of two kinds: which of them lacks something, nobody knows
        for name in [name for name in expected if name not in found]:
            cure = missing_cure(name, error.schema.get("properties", {}).get(name, {}))
            if name == error.schema.get("x-kind"):
                cure += f", or one of {', '.join(error.schema['x-instead'])}"
            yield Flaw(pointer.join(at, name), rule, f"the key {name!r} is missing", cure)
    elif rule == "dependentRequired":
        for given, needed in expected.items():
            for name in needed if given in found else ():
                if name not in found:
                    cure = f"add {name}, or leave {given!r} out"
                    yield Flaw(
                        pointer.join(at, name), rule, f"the key {name!r} is missing beside {given!r}", cure
                    )
    elif "propertyNames" in list(error.absolute_schema_path)[-2:]:
        cure = "rename it, here and where it is used"
        yield Flaw(pointer.join(at, found), rule, _message(error, rule, expected, found), cure, "key")
    else:
        yield Flaw(at, rule, _message(error, rule, expected, found), _about(error, computed))


def _unknown(at: str, schema: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[Flaw]:
    known = schema.get("properties", {})
    free = [name for name in known if name not in found]
    strange = [name for name in found if name not in known]
    missing = [name for name in schema.get("required", ()) if name not in found]
    others = schema.get("x-instead", ())
    kind = schema.get("x-kind")
    if second := [name for name in schema.get("x-beside", ()) if kind in found and name in found]:
        at, told = pointer.join(at, second[0]), f"{second[0]!r} cannot stand beside {kind!r}"
        yield Flaw(at, "x-beside", told, "keep one of the two", "key")
        return
    if (
        (len(strange) == len(found) or kind in missing)
        and missing
        and not any(nearest(name, [*missing, *others]) for name in strange)
        and not (len(strange) == len(missing) == 1 and _may_be(found[strange[0]], known[missing[0]]))
    ):
        return  # nothing is where it belongs: what is missing says more
    kinds = others if kind in missing else ()
    shown = ", ".join(known)
    made: list[Flaw] = []
    for name in strange:
        meant = nearest(name, missing) or nearest(name, kinds) or nearest(name, free) or nearest(name, others)
        if not meant and len(strange) == len(missing) == 1 and _may_be(found[name], known[missing[0]]):
            meant = missing[0]
        if meant in free:
            free.remove(meant)
        cure = f"did you mean {meant!r}?" if meant else f"known keys: {shown}"
        flaw = Flaw(
            pointer.join(at, name), "additionalProperties", f"unknown key {name!r}", cure, "key", meant
        )
        made.append(flaw)
    # Where the key of another kind is misspelt, the other keys are judged once it is put right.
    yield from [flaw for flaw in made if flaw.meant in others and flaw.meant not in known] or made


def _may_be(value: Any, schema: Any) -> bool:
    kinds = {"object": dict, "array": list, "string": str}
    return isinstance(value, kinds.get(str(schema.get("type")), object))


def missing_cure(name: str, schema: Any) -> str:
    """Return the line to add for a missing key, and what it is."""
    schema = schema if isinstance(schema, dict) else {}
    shown = [schema["const"]] if "const" in schema else schema.get("examples") or schema.get("enum") or ["…"]
    about = str(schema.get("description", "")).rstrip(".")
    line = _shown(shown[0]).strip("'")
    line = f'"{line}"' if "{{" in line else line
    return f"add {name}: {line}" + (f" ({about})" if about else "")


def _message(error: Any, rule: str, expected: Any, found: Any) -> str:
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
            return f"expected {FORMAT_WORDS.get(expected, f'text of the format {expected}')}, found {shown}"
        case "pattern":
            example = f"a text such as {error.schema['examples'][0]}" if "examples" in error.schema else ""
            return f"expected {FORMS.get(expected) or example or 'another form'}, found {shown}"
        case "minLength":
            return "expected some text, found none"
        case "maxLength":
            return f"expected {'one character' if expected == 1 else f'at most {expected} characters'}, found {shown}"
        case "minItems" | "minProperties":
            return (
                "at least one entry is needed here"
                if expected == 1
                else f"at least {expected} entries are needed here"
            )
        case "minimum" | "maximum":
            return (
                f"expected {'at least' if rule == 'minimum' else 'at most'} {_shown(expected)}, found {shown}"
            )
        case "exclusiveMinimum" | "exclusiveMaximum":
            side = "more than" if rule == "exclusiveMinimum" else "less than"
            return f"expected {side} {_shown(expected)}, found {shown}"
        case "multipleOf":
            return f"expected a multiple of {_shown(expected)}, found {shown}"
        case "maxItems" | "maxProperties":
            return f"at most {expected} {'entry is' if expected == 1 else 'entries are'} possible here"
        case "uniqueItems":
            return "an entry stands twice, and each may stand once"
        case "anyOf" | "oneOf":
            return "none of the forms that are possible here fits"
        case "not":
            excluded = " and ".join(map(repr, expected.get("required", ["this"])))
            return f"{excluded} cannot stand beside what else is given"
    return f"{shown} is not what is expected here"


def _about(error: Any, computed: bool) -> str:
    """Return the cure: what to write instead, or what the schema says the value is."""
    expected, found = error.validator_value, error.instance
    if error.validator == "type":
        if expected == "string" and isinstance(found, (int, Decimal)) and not isinstance(found, bool):
            if "pattern" not in error.schema or re.search(error.schema["pattern"], money.text(found)):
                return "make it text: put | text behind it" if computed else TO_QUOTE
            if "examples" in error.schema:
                return f"such as {error.schema['examples'][0]}"
        if expected == "array" and isinstance(found, dict) and not computed:
            return "begin each entry of the list with '- '"
    if error.validator == "enum" and isinstance(found, str):
        near = suggest(found, [each for each in expected if isinstance(each, str)])
        if near:
            return near
    about = str(error.schema.get("description", "")) if isinstance(error.schema, dict) else ""
    return about or ("write it as lines of key: value" if expected == "object" and not computed else "")


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


def _is_day(text: str) -> bool:
    try:
        return dates.DAY.fullmatch(text) is not None and dates.day(text, None) == text
    except dates.NotDate:
        return False


FORMATS: Final = {"money": lambda text: money.PLAIN.fullmatch(text) is not None, "date": _is_day}
FORMAT_WORDS: Final = {
    "money": "an amount such as 12.50", "date": "a day such as 2026-11-22",
    "date-time": "an instant such as 2026-11-22T09:30:00Z", "time": "a time such as 09:30:00Z",
    "email": "a mail address such as ann@example.com", "uri": "an address such as https://example.com/a",
    "uuid": "an id such as 2f1b7c9e-3f6a-4b1d-9c57-0d8e6a4b2c10",
}  # fmt: skip
