"""Holds what a connector's operations say of each other against the whole connector."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from engine import pointer
from engine.connector import Connector, Incremental, Operation
from engine.diagnostics import Diagnostic, nearest, suggest
from engine.fill import names
from engine.policy import NO_IDEMPOTENCY
from engine.stamps import TYPES

SIGNED: Final = ("body", "url", "timestamp")
"""What a code may be made of."""
OWN: Final = {
    "authorization": "auth sends it",
    "content-type": "it says how the body of a request is written, which an operation decides",
    "accept-encoding": "the engine says which packing it can undo",
    **dict.fromkeys(
        ("host", "content-length", "transfer-encoding", "connection"), "it belongs to HTTP itself"
    ),
}
"""Headers that no connector fixes, by their names in lower case, and why."""


def unfit(connector: Connector) -> list[Diagnostic]:
    """Return what in *connector* names what is not there, or cannot do what it is named for."""
    return [
        *_slots(connector),
        *_headers(connector),
        *_webhooks(connector),
        *_names(connector),
        *_places(connector),
        *_statements(connector),
        *_lookups(connector),
        *_successors(connector),
        *_bounds(connector),
    ]


def _slots(connector: Connector) -> Iterator[Diagnostic]:
    """Yield where the address or the auth reads a setting that there is not, or that may not stand there."""
    settings = connector.settings
    for slot in names(connector.base_url):
        if slot not in settings:
            yield Diagnostic("R413", "/base_url", f"{slot} is no setting", _cure(slot, settings))
        elif settings[slot].secret:
            told = f"{slot} is a secret, which an address shows to whoever logs it"
            yield Diagnostic("R413", "/base_url", told, "send it by auth")
    given = (connector.auth or ("", {}))[1]
    has_tokens = "token" in given
    for at, value in _texts(given, ("auth",)):
        secret = at == ("auth", "secret")
        for slot in names(value):
            if slot not in settings:
                yield Diagnostic("R413", pointer.build(at), f"{slot} is no setting", _cure(slot, settings))
            elif has_tokens and settings[slot].secret and not secret:
                told = f"{slot} is a secret, which an address or a browser would show"
                yield Diagnostic("R413", pointer.build(at), told, "name a setting that is no secret")
        if (
            has_tokens
            and secret
            and not any(slot in settings and settings[slot].secret for slot in names(value))
        ):
            told = "the application's secret stands here for everybody to read"
            cure = 'name a setting with secret: true, such as "{client_secret}"'
            yield Diagnostic("R413", pointer.build(at), told, cure)


def _texts(given: Any, at: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield each text within *given*, with its place."""
    if isinstance(given, str):
        yield at, given
    elif isinstance(given, Mapping):
        for word, value in given.items():
            yield from _texts(value, (*at, str(word)))


def _cure(slot: str, settings: Iterable[str]) -> str:
    return suggest(slot, settings) or f"name one of {', '.join(settings) or 'the settings'}"


def _headers(connector: Connector) -> Iterator[Diagnostic]:
    """Yield what is wrong with the headers that every request carries."""
    if connector.headers and connector.transport == "books":
        told = "the books are no vendor, and requests to them carry no headers"
        yield Diagnostic("R413", "/headers", told, "remove headers", "key")
        return
    plain = [name for name, setting in connector.settings.items() if not setting.secret]
    own = {str((connector.auth or ("", {}))[1].get("header", "")).lower(): "auth sends it", **OWN}
    own |= {
        each.idempotency.name.lower(): "it carries a native key"
        for each in connector.operations.values()
        if each.idempotency.place == "header"
    }
    seen: dict[str, str] = {}
    for header, value in connector.headers.items():
        at = pointer.build(("headers", header))
        if (first := seen.setdefault(header.lower(), header)) != header:
            told = f"{header} is {first} once more: the case of letters does not count"
            yield Diagnostic("R413", at, told, "remove one", "key")
        if why := own.get(header.lower()):
            yield Diagnostic("R413", at, f"{header} is no header to be fixed: {why}", "remove it", "key")
        for slot in names(value):
            if slot in plain:
                continue
            if slot in connector.settings:
                yield Diagnostic("R413", at, f"{slot} is a secret", "send it by auth")
                continue
            yield Diagnostic("R413", at, f"{slot} is no setting", _cure(slot, plain))


def _webhooks(connector: Connector) -> Iterator[Diagnostic]:
    """Yield what is wrong with how deliveries are proved."""
    if connector.webhooks is None:
        return
    at, given = ("webhooks", "verify"), connector.webhooks.verify[1]
    secret = [name for name, setting in connector.settings.items() if setting.secret]
    for slot in names(given.get("secret", "")):
        if slot not in secret:
            told = f"{slot} is no secret setting, and who knows it could send in the vendor's name"
            cure = (
                suggest(slot, secret)
                or f"name one of {', '.join(secret) or 'the settings with secret: true'}"
            )
            yield Diagnostic("R414", pointer.build((*at, "secret")), told, cure)
    if not names(given.get("secret", "")):
        told = "the secret stands here for everybody to read"
        yield Diagnostic(
            "R414", pointer.build((*at, "secret")), told, 'name a setting, such as "{webhook_secret}"'
        )
    yield from _signed(given, at)


def _signed(given: Mapping[str, Any], at: tuple[str, ...]) -> Iterator[Diagnostic]:
    """Yield what is wrong with what a code is made of."""
    slots, moment = names(given.get("over", "{body}")), given.get("timestamp")
    for slot in slots:
        if slot not in SIGNED:
            cure = suggest(slot, SIGNED) or f"name one of {', '.join(SIGNED)}"
            yield Diagnostic("R414", pointer.build((*at, "over")), f"{slot} is nothing that is signed", cure)
    if "body" not in slots:
        told = "the body is not signed: anybody could send another one"
        yield Diagnostic("R414", pointer.build((*at, "over")), told, "add {body}")
    if (moment is not None) != ("timestamp" in slots):
        told = "a timestamp counts only where it is signed, and is signed only where it stands somewhere"
        yield Diagnostic(
            "R414", pointer.build(at), told, "give timestamp, and {timestamp} in over, or neither"
        )
    if moment is not None and ("part" in moment) == ("header" in moment):
        told = "a timestamp stands in one place"
        yield Diagnostic("R414", pointer.build((*at, "timestamp")), told, "give part or header")
    if moment is not None and moment.get("part") == given.get("part", ""):
        told = f"the part {given['part']} is the code already"
        yield Diagnostic("R414", pointer.build((*at, "timestamp", "part")), told, "name the other part")
    if "part" in (moment or {}) and "part" not in given:
        told = "the header has no parts, so none can be the timestamp"
        yield Diagnostic(
            "R414", pointer.build((*at, "timestamp", "part")), told, "give part: for the code too"
        )


def _names(connector: Connector) -> Iterator[Diagnostic]:
    """Yield where a parameter's name in the query is not its alone."""
    for name, operation in connector.operations.items():
        taken = dict.fromkeys(operation.query, "a fixed parameter of the query")
        if operation.statement is not None:
            taken[operation.statement.to] = "what carries the statement"
        for param, each in operation.params.items():
            at = pointer.build(("operations", name, "params", param, *(["name"] if each.sent else [])))
            if each.sent and each.place != "query":
                told = (
                    f"only what goes into the query has a name there, and {param} goes into the {each.place}"
                )
                yield Diagnostic("R413", at, told, "remove name")
            elif each.place == "query":
                sent = each.sent or param
                if sent in taken:
                    told = f"{sent} is {taken[sent]} already"
                    yield Diagnostic("R413", at, told, "give each a name of its own")
                taken[sent] = f"the name of {param}"


def _places(connector: Connector) -> Iterator[Diagnostic]:
    """Yield where a parameter cannot go where it is sent to."""
    for name, operation in connector.operations.items():
        bodies = [each for each, param in operation.params.items() if param.place == "body"]
        for param, each in operation.params.items():
            at = ("operations", name, "params", param)
            if each.place == "headers" and each.schema.get("type") != "object":
                told = "headers are given as a mapping of their names to their values"
                yield Diagnostic("R413", pointer.build((*at, "in")), told, "write type: object there")
            if each.segments and each.place != "path":
                told = f"only a path has segments, and {param} goes into the {each.place}"
                yield Diagnostic("R413", pointer.build((*at, "segments")), told, "remove segments")
            if param in bodies and (bodies[0] != param or operation.body or operation.graphql):
                told = "this operation has a body already, and a parameter in: body is the whole of it"
                yield Diagnostic("R413", pointer.build((*at, "in")), told, "keep one of them")


def _statements(connector: Connector) -> Iterator[Diagnostic]:
    """Yield where a statement and the parameters that stand in it do not agree."""
    for name, operation in connector.operations.items():
        at = ("operations", name)
        given = [each for each, param in operation.params.items() if param.place == "statement"]
        made = operation.statement
        asked: set[str] = set()
        for index, text in enumerate(made.where if made is not None else ()):
            place = pointer.build((*at, "statement", "where", index))
            for slot in names(text):
                asked.add(slot)
                if slot not in given:
                    asked.add(nearest(slot, given))  # one slip, one finding
                    told = f"{{{slot}}} stands in the statement, and no parameter goes there by this name"
                    yield Diagnostic("R413", place, told, _param_cure(slot, given))
                elif f"'{{{slot}}}'" in text or f'"{{{slot}}}"' in text:
                    told = f"{{{slot}}} stands for a literal, which has its quotes already"
                    yield Diagnostic("R413", place, told, "remove the quotes around it")
        for word in ("select", "order") if made is not None else ():
            for slot in names(getattr(made, word)):
                told = f"{{{slot}}} is not filled here: only a condition holds parameters"
                yield Diagnostic(
                    "R413", pointer.build((*at, "statement", word)), told, "write it under where"
                )
        for param in given:
            if param not in asked:
                told = f"{param} goes into the statement, and no condition has {{{param}}}"
                place = pointer.build((*at, "params", param))
                yield Diagnostic("R413", place, told, "add a condition with it under where", "key")


def _param_cure(slot: str, given: list[str]) -> str:
    meant = nearest(slot, given)
    return f"did you mean '{meant}'?" if meant else f"add {slot} under params with in: statement"


def _lookups(connector: Connector) -> Iterator[Diagnostic]:
    """Yield what is wrong with how effects are repeated and looked up."""
    for name, operation in connector.operations.items():
        given, at = operation.idempotency, ("operations", name, "idempotency")
        if given == NO_IDEMPOTENCY:
            continue
        if not operation.writes:
            told = "this operation reads, and a read is always safe to repeat"
            yield Diagnostic("R409", pointer.build(at), told, "remove idempotency")
            continue
        sent = {param.sent or each for each, param in operation.params.items() if param.place == "query"}
        if given.place == "query" and given.name in {*operation.query, *sent}:
            told = f"{given.name} is a parameter of the query already, and the key would stand in its place"
            yield Diagnostic(
                "R409", pointer.build((*at, "query")), told, "give the parameter or the key another name"
            )
        fields = [given.name] * (given.place == "body") + ([given.find.field] if given.find else [])
        if fields and not operation.body:
            told = f"the effect key goes into the field {fields[0]}, and this operation has no body"
            yield Diagnostic(
                "R409", pointer.build(at), told, "add body, or carry the key in a header or the query"
            )
        if given.find is None:
            continue
        found = connector.operations.get(given.find.operation)
        if found is None or found.writes or found.records is None:
            lists = [
                each for each, op in connector.operations.items() if op.records is not None and not op.writes
            ]
            what = "no operation of this connector" if found is None else "no operation that lists records"
            cure = suggest(given.find.operation, lists) or f"it lists by {', '.join(lists) or 'none'}"
            yield Diagnostic(
                "R409", pointer.build((*at, "find", "uses")), f"{given.find.operation} is {what}", cure
            )
            continue
        place = (*at, "find", "with")
        for param in given.find.given.keys() - found.params.keys():
            cure = suggest(param, found.params) or f"it has {', '.join(found.params) or 'none'}"
            told = f"{found.name} has no parameter {param!r}"
            yield Diagnostic("R409", pointer.build((*place, param)), told, cure)
        if "$key" not in given.find.given.values():
            told = "no parameter is $key: every record would be looked at"
            yield Diagnostic("R409", pointer.build(place), told, "give $key to the parameter that filters")
        for param, needed in found.params.items():
            if needed.required and param not in given.find.given:
                told = f"{found.name} needs the parameter {param!r}"
                yield Diagnostic("R409", pointer.build(place), told, f"add {param}")


def _bounds(connector: Connector) -> Iterator[Diagnostic]:
    """Yield what is wrong with how lists are read from where the last run ended."""
    for name, operation in connector.operations.items():
        given, at = operation.incremental, ("operations", name, "incremental")
        if given is None:
            continue
        if operation.writes or operation.records is None:
            told = "only an operation that lists records goes on from where the last run ended"
            yield Diagnostic("R411", pointer.build(at), told, "remove incremental")
            continue
        if given.start == given.end:
            told = f"{given.end} cannot bound both ends"
            yield Diagnostic("R411", pointer.build((*at, "to")), told, "name another parameter, or remove to")
            continue
        for word, param in (("from", given.start), ("to", given.end)):
            if param and (wrong := _unfit(operation, given, param)):
                yield Diagnostic("R411", pointer.build((*at, word)), *wrong)


def _unfit(operation: Operation, given: Incremental, name: str) -> tuple[str, str] | None:
    """Return why the parameter *name* cannot take the instant that bounds a list, and what to do; or None."""
    param = operation.params.get(name)
    if param is None:
        names = [each for each, other in operation.params.items() if other.place != "path"]
        cure = suggest(name, names) or f"it has {', '.join(names) or 'none that could'}"
        return f"{operation.name} has no parameter {name!r}", cure
    if param.place == "path" or param.required:
        what = "stands in the path" if param.place == "path" else "must be given"
        return f"{name} {what}, so that a list has no beginning without it", "name one that may be left out"
    wanted = TYPES[given.stamp]
    if param.schema.get("type") != wanted:
        what = "no text" if wanted == "string" else "no whole number"
        return f"{name} takes {what}, and an instant is written as one", f"write type: {wanted} there"
    return None


def _successors(connector: Connector) -> Iterator[Diagnostic]:
    """Yield what is wrong with how a document is changed or taken back."""
    for name, operation in connector.operations.items():
        for word, given in (("update", operation.update), ("void", operation.void)):
            if given is None:
                continue
            at, (uses, id) = ("operations", name, word), given
            if not operation.writes:
                told = "this operation makes nothing that could be changed"
                yield Diagnostic("R410", pointer.build(at), told, f"remove {word}")
                continue
            found = connector.operations.get(uses)
            if found is None or not found.writes:
                what = "is no operation of this connector" if found is None else "only reads"
                writing = [each for each, op in connector.operations.items() if op.writes and each != name]
                cure = suggest(uses, writing) or f"it writes by {', '.join(writing) or 'no other one'}"
                yield Diagnostic("R410", pointer.build((*at, "uses")), f"{uses} {what}", cure)
            elif id not in found.params:
                cure = suggest(id, found.params) or f"it has {', '.join(found.params) or 'none'}"
                yield Diagnostic("R410", pointer.build((*at, "id")), f"{uses} has no parameter {id!r}", cure)
