"""Finds what in a connector could be read, and would do nothing, or something else than it says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from engine import pointer
from engine.connector import Connector, Operation
from engine.diagnostics import Diagnostic, nearest
from engine.fill import SLOT, names
from engine.policy import seconds
from engine.schema import Validator, misjudged

KEYS: Final = ("value", "password", "user")
"""Words of an auth that carry a key; the first that is not empty does."""
SCHEMES: Final = {"http": ("http", "https"), "smtp": ("smtp",), "books": ("http", "https")}
"""What an address begins with; a transport without one of its own needs none."""
OPEN: Final = "everybody who reads this file could use it"


def senseless(connector: Connector) -> list[Diagnostic]:
    """Return what in *connector* cannot be meant as it is written."""
    found = [*_address(connector), *_secrets(connector), *_auth(connector), *_rules(connector)]
    for name, operation in connector.operations.items():
        at = ("operations", name)
        found += [*_path(operation, at), *_list(operation, at), *_paging(operation, at)]
    return found


def settings(connector: Connector) -> Iterator[Diagnostic]:
    """Yield what is wrong with what a connection's settings may be; for connectors that do not ship."""
    for name, setting in connector.settings.items():
        at = ("settings", name)
        if told := misjudged(setting.schema):
            what = f"what {name} takes is no JSON Schema: {told}"
            yield Diagnostic("R403", pointer.build(at), what, "correct its pattern")
            continue
        odd = next(_strangers(setting.schema), None)
        if odd is not None:
            told = f"{name} can never be this: what it takes is of another type"
            yield _senseless((*at, "enum", odd), told, f"write it as {setting.schema['type']}, or remove it")
            continue
        if setting.schema.get("type") != "string" or setting.secret:
            continue
        for word, text in (("default", setting.default), ("example", setting.example or None)):
            flaws = Validator(setting.schema).flaws(text) if text is not None else []
            if flaws:
                told = f"{name} would not take its own {word}: {flaws[0].message}"
                yield _senseless((*at, word), told, f"correct the {word}, or what {name} takes")


def _strangers(schema: Mapping[str, Any]) -> Iterator[int]:
    """Yield which of the values that a setting may have are not of its type."""
    whole = Validator({"type": schema["type"]})
    yield from (index for index, value in enumerate(schema.get("enum", ())) if whole.flaws(value))


def _senseless(at: Iterable[str | int], told: str, cure: str, part: Any = "value") -> Diagnostic:
    return Diagnostic("R415", pointer.build(tuple(at)), told, cure, part)


def _address(connector: Connector) -> Iterator[Diagnostic]:
    """Yield that the address is none; it may be left to the connection, and its beginning to a setting."""
    begins = SLOT.match(connector.base_url)
    if not connector.base_url or (begins and connector.base_url[begins.end() :][:1] in ("", "/")):
        return
    try:
        address = urlsplit(SLOT.sub("x", connector.base_url))
        fits = address.scheme in SCHEMES[connector.transport] and bool(address.netloc)
    except ValueError:
        fits = False
    if not fits:
        told = f"write it with its scheme: {SCHEMES[connector.transport][-1]}://api.example.com"
        yield _senseless(("base_url",), "base_url is no address", told)


def _secrets(connector: Connector) -> Iterator[Diagnostic]:
    for name, setting in connector.settings.items():
        if setting.secret and setting.default:
            told = f"{name} is a secret, and its default stands here: {OPEN}"
            yield _senseless(
                ("settings", name, "default"), told, 'remove it, or write "" where it may be left out'
            )


def _auth(connector: Connector) -> Iterator[Diagnostic]:
    """Yield that the key which the auth sends is no secret: a connection would have it in plain text."""
    given = (connector.auth or ("", {}))[1]
    word = next((each for each in KEYS if given.get(each)), "")
    known = [name for name in names(str(given.get(word, ""))) if name in connector.settings]
    if not word or any(connector.settings[name].secret for name in known):
        return
    if known:
        told = f"{known[-1]} is sent as the key, and is no secret: connections.yaml would show it"
        yield _senseless(
            ("auth", word), told, f"write secret: true at {known[-1]}, or name a setting that has it"
        )
    elif not names(str(given[word])):
        yield _senseless(
            ("auth", word), f"the key stands here: {OPEN}", "name a setting with secret: true, such as {key}"
        )


def _rules(connector: Connector) -> Iterator[Diagnostic]:
    for index, rule in enumerate(connector.errors):
        if rule.equals is not None and rule.at is None:
            told = "equals is of what stands somewhere in the answer, and nothing says where"
            yield _senseless(("errors", index, "equals"), told, "add at, the path of it", "key")
        elif rule.at is None and (rule.status is None or 200 <= rule.status < 300):
            told = "this rule fits every answer that succeeded, too"
            yield _senseless(("errors", index), told, "add at, or the status of an error", "key")


def _path(operation: Operation, at: tuple[str, ...]) -> Iterator[Diagnostic]:
    """Yield where the path and the parameters that stand in it do not agree."""
    slots = names(operation.path)
    inside = [name for name, param in operation.params.items() if param.place == "path"]
    for slot in slots:
        if slot in inside:
            continue
        param, meant = operation.params.get(slot), nearest(slot, inside)
        told = f"{{{slot}}} stands in the path, and " + (
            f"its parameter goes into the {param.place}" if param else "there is no such parameter"
        )
        cure = (
            f"did you mean '{meant}'?"
            if meant
            else f"add it under params with in: path, or remove {{{slot}}}"
        )
        yield Diagnostic("R413", pointer.build((*at, "path")), told, cure)
        inside = [name for name in inside if name != meant]  # one slip, one finding
    for name in inside:
        given, place = operation.params[name], (*at, "params", name)
        if name not in slots:
            told = f"{name} goes into the path, and {operation.path} has no {{{name}}}"
            yield Diagnostic("R413", pointer.build(place), told, f"write {{{name}}} there", "key")
        elif not given.required and given.default is None:
            told = f"{name} stands in the path, which would be none without it"
            yield Diagnostic("R413", pointer.build(place), told, "add required: true, or a default", "key")


def _list(operation: Operation, at: tuple[str, ...]) -> Iterator[Diagnostic]:
    """Yield what is said of a list where there is none."""
    if operation.writes and operation.id is not None and len(operation.id.names) != 1:
        told = "id names the field of what is made that holds its id, and this is further down"
        yield _senseless((*at, "id"), told, "write $.NAME, and record for the path that leads to it")
    if operation.records is None:
        for word, given in (("paging", operation.paging), ("id", None if operation.writes else operation.id)):
            if given is not None:
                told = f"{word} is of a list, and nothing says where the list stands"
                yield _senseless((*at, word), told, f"add records, its path, or remove {word}", "key")


def _paging(operation: Operation, at: tuple[str, ...]) -> Iterator[Diagnostic]:
    """Yield what of a list by time contradicts itself."""
    paging, how = (operation.paging or ("", {}))[1], operation.incremental
    place = (*at, "paging")
    if "back" not in paging:
        if "as" in paging:
            told = "as says how times are written, and only with back is this list one by time"
            yield _senseless(
                (*place, "as"), told, "add back: 1s, or remove as; without back, ties are passed over", "key"
            )
        return
    if seconds(paging["back"]) < 1:
        told = (
            "times are asked for to the second: with less than that, records that share one are passed over"
        )
        yield _senseless((*place, "back"), told, "write 1s or more")
    if operation.id is None and operation.records is not None:
        told = "pages of a list by time overlap, and nothing says what a record is known by"
        yield _senseless((*place, "back"), told, "add id: $.id at the operation, the path of it", "key")
    stamp = paging.get("as", "instant")
    if how is not None and how.field.text == paging.get("field") and how.stamp != stamp:
        told = f"{how.field.text} is written as {stamp} to paging, and as {how.stamp} to incremental"
        yield _senseless((*at, "incremental"), told, "write the same as in both", "key")
