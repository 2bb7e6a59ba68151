"""Reads a ``connector.yaml`` into the model, with every finding at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from engine import pointer, source
from engine.connector import Connector, Incremental, Operation, Param, Setting, Webhooks
from engine.connector_fit import unfit
from engine.connector_limits import limits
from engine.connector_sense import senseless, settings
from engine.diagnostics import Diagnostic
from engine.errors import RecipeInvalid
from engine.graphql import BadDocument, Query, declared, faults
from engine.paths import BadPath, compile_path, opens_path
from engine.paths import Path as JsonPath
from engine.policy import NO_IDEMPOTENCY, ErrorRule, Idempotency, Lookup, Place, seconds
from engine.registry import Registry
from engine.schema import misshapen
from engine.stamps import Stamp
from engine.statement import Statement
from engine.wire import HEADER

_PLACES: Final[tuple[Place, ...]] = ("header", "query", "body")
HEADERS: Final = {
    "propertyNames": {
        "pattern": HEADER,
        # What says how long a request is, where to, or from whom, is the engine's alone.
        "not": {
            "pattern": "^(?i:authorization|cookie|host|connection|content-length|content-type|transfer-encoding"
            "|te|trailer|upgrade|expect|idempotency-key)$"
        },
    },
    "additionalProperties": {"type": "string", "pattern": "^(?:[!-~](?:[ -~]*[!-~])?)?$"},
}
"""What headers that a recipe gives may be, where their parameter says no more."""
SEGMENT: Final = {"minLength": 1, "not": {"enum": [".", ".."]}}
"""What a parameter in the path may be, where it says no more: anything else would lead to another address."""
CARRIED: Final = ("effect", "summary", "by", "body")
"""What is said of an operation that a recipe carries out."""
PARAM_WORDS: Final = ("in", "name", "required", "default", "segments")


def load(name: str, registry: Registry) -> Connector:
    """Return connector *name*; its file is read once for a registry, where it has no findings.

    Raises:
        KeyError: there is none of that name.
        RecipeInvalid: its file has findings; carries them all.
    """
    known: Connector | None = registry.loaded.get(name)
    if known is None:
        known = registry.loaded[name] = _load(name, registry)
    return known


def _load(name: str, registry: Registry) -> Connector:
    path = registry.connector_file(name)
    if path is None:
        raise KeyError(name)
    registry.look(path)
    text = source.read(_text(path), str(path))
    found = list(text.found)
    if not found:
        found += misshapen(text, registry.judge("connector"))
    reader = _Reader(path.parent, found, registry.look)
    connector = reader.connector(text.data) if not found else None
    if connector is not None:
        if not registry.ships(path):
            found += judged(connector, registry)
        found += unfit(connector)
        found += senseless(connector) if not found else []
    if connector is not None and connector.name != name:
        found.append(
            Diagnostic(
                "R401",
                "/connector",
                f"this file lies in the folder {name!r}; both names must agree",
                "rename the one or the other",
            )
        )
    if found or connector is None:
        raise RecipeInvalid(found, text)
    return connector


def judged(connector: Connector, registry: Registry) -> list[Diagnostic]:
    """Return what keeps the schemas of *connector* from being read: dozens of files.

    Those that ship with the engine are judged by its tests in place of each check, whose start would be twice as long.
    """
    from engine.connector_documents import documents

    return [*settings(connector), *documents(connector, registry)]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        found = Diagnostic("R001", "", f"this is no UTF-8 text (byte {error.start})", "save it as UTF-8")
        raise RecipeInvalid([found], source.Source(str(path), "")) from error


class _Reader:
    """Turns a connector's data, whose shape is right, into the model."""

    def __init__(self, folder: Path, found: list[Diagnostic], look: Callable[[Path], object]) -> None:
        self.folder, self.found, self.look = folder, found, look

    def connector(self, data: Mapping[str, Any]) -> Connector:
        settings = {name: self.setting(name, entry) for name, entry in data.get("settings", {}).items()}
        plain = [name for name, setting in settings.items() if not setting.secret]
        for index, name in enumerate(data.get("identity", ())):
            if name not in settings or settings[name].secret:
                place = pointer.build(("identity", index))
                self.found.append(
                    Diagnostic(
                        "R402",
                        place,
                        f"{name!r} is no setting that may identify an account",
                        f"name one of {', '.join(plain) or 'the settings'}; a secret may change",
                    )
                )
        return Connector(
            name=data["connector"],
            folder=self.folder,
            summary=data["summary"],
            transport=data.get("transport", "http"),
            docs=data.get("docs", ""),
            judged=tuple(data.get("judged", ())),
            implements=data.get("implements", ""),
            base_url=data.get("base_url", ""),
            settings=settings,
            identity=tuple(data.get("identity", ())),
            auth=_kind(data.get("auth")),
            headers=data.get("headers", {}),
            exponents=data.get("exponents", {}),
            operations={
                name: self.operation(name, entry, data.get("bodies") == "form")
                for name, entry in data["operations"].items()
            },
            errors=tuple(
                self.rule(entry, ("errors", index)) for index, entry in enumerate(data.get("errors", ()))
            ),
            limits=limits(data, self.found, self.single),
            seconds=seconds(data.get("timeout", "60s")),
            webhooks=_webhooks(data.get("webhooks")),
        )

    @staticmethod
    def setting(name: str, entry: Mapping[str, Any]) -> Setting:
        own = ("secret", "default", "example", "description")
        schema = {key: value for key, value in entry.items() if key not in own}
        return Setting(name, schema, **{key: entry[key] for key in own if key in entry})

    def operation(self, name: str, entry: Mapping[str, Any], is_form: bool) -> Operation:
        at = ("operations", name)
        if "by" in entry:
            return self.carried(name, entry, at)
        if entry["effect"] != "read" and "idempotency" not in entry and "graphql" not in entry:
            told = f"{name} writes, and nothing is said of what makes a repeat of it safe when its answer is lost"
            cure = "add idempotency: a native key, find, or none where nothing does"
            self.found.append(Diagnostic("R409", pointer.build((*at, "effect")), told, cure))
        return Operation(
            name=name,
            effect=entry["effect"],
            summary=entry["summary"],
            method=entry.get("method", "POST" if "graphql" in entry else "GET"),
            path=entry["path"],
            params={key: _param(key, value) for key, value in entry.get("params", {}).items()},
            query={key: _fixed(value) for key, value in entry.get("query", {}).items()},
            body=entry.get("body", ""),
            is_form=is_form and "body" in entry,
            returns=entry.get("returns", ""),
            record=self.path(entry.get("record"), (*at, "record")),
            records=self.path(entry.get("records"), (*at, "records")),
            paging=self.kind(entry.get("paging"), (*at, "paging")),
            update=_successor(entry.get("update")),
            void=_successor(entry.get("void")),
            idempotency=self.idempotency(entry.get("idempotency", "none"), (*at, "idempotency")),
            sample_match=entry.get("sample", {}).get("match", {}),
            graphql=self.query(entry, at),
            truncated=tuple(
                path
                for index, text in enumerate(entry.get("truncated", ()))
                if (path := self.path(text, (*at, "truncated", index))) is not None
            ),
            incremental=self.incremental(entry.get("incremental"), (*at, "incremental")),
            id=self.single(entry["id"], (*at, "id")) if "id" in entry else None,
            statement=_statement(entry.get("statement")),
        )

    def carried(self, name: str, entry: Mapping[str, Any], at: tuple[str | int, ...]) -> Operation:
        """Return an operation that a recipe carries out: what its requests are is said there."""
        before = len(self.found)
        for word in entry:
            if word not in CARRIED:
                told = f"{name} is carried out by {entry['by']}, and has no request of its own"
                place = pointer.build((*at, word))
                self.found.append(Diagnostic("R416", place, told, f"remove {word}, or by", "key"))
        self.look(self.folder / entry["by"])
        if len(self.found) == before and not (self.folder / entry["by"]).is_file():
            told = f"{entry['by']} cannot be read: there is no such file"
            cure = "write its path from this folder"
            self.found.append(Diagnostic("R403", pointer.build((*at, "by")), told, cure))
        return Operation(
            name, entry["effect"], entry["summary"], "", "", body=entry.get("body", ""), by=entry["by"]
        )

    def incremental(self, entry: Mapping[str, Any] | None, at: tuple[str | int, ...]) -> Incremental | None:
        """Return how a list is read from where the last run ended; its parameters are judged by ``connector_fit``."""
        if entry is None or (field := self.single(entry["field"], (*at, "field"))) is None:
            return None
        lengths = {name: seconds(entry[name]) for name in ("overlap", "lag") if name in entry}
        ascending = entry.get("ascending", False)
        stamp: Stamp = entry.get("as", "instant")
        return Incremental(field, entry["from"], entry.get("to", ""), ascending, stamp, **lengths)

    def idempotency(self, entry: Any, at: tuple[str | int, ...]) -> Idempotency:
        """Return what makes a repeat safe; ``connector_fit`` holds what the lookup names against the operations."""
        if entry == "none":
            return NO_IDEMPOTENCY
        places = [each for each in _PLACES if each in entry]
        place: Place = places[0] if places else ""
        for other in places[1:]:
            told = f"a native key goes into one place, and {place} is given already"
            self.found.append(
                Diagnostic("R409", pointer.build((*at, other)), told, f"remove {other} or {place}")
            )
        if "lifetime" in entry and not places:
            told, cure = "lifetime is that of a native key, and there is none", "add header, query or body"
            self.found.append(Diagnostic("R409", pointer.build((*at, "lifetime")), told, cure))
        lifetime = seconds(entry["lifetime"]) if "lifetime" in entry else None
        find, lookup = entry.get("find"), None
        if find is not None:
            given = find.get("at", f"$['{find['field']}']")
            carried = self.path(given, (*at, "find", "at"))
            if carried is not None:
                settles = seconds(find["settles_after"])
                lookup = Lookup(find["field"], find["uses"], find["with"], carried, settles)
        return Idempotency(place, entry.get(place, ""), lifetime, lookup)

    def query(self, entry: Mapping[str, Any], at: tuple[str | int, ...]) -> Query | None:
        """Return the GraphQL query of an operation; None without one, or after reporting what is wrong."""
        if "graphql" not in entry:
            inside: dict[tuple[str, ...], Any] = {("paging",): entry.get("paging", {})}
            inside |= {("params", name): param for name, param in entry.get("params", {}).items()}
            for owner, held in inside.items():
                if held.get("in") == "variables":
                    told = "only a GraphQL query has variables, and this operation has none"
                    self.report((*at, *owner, "in"), told, "write in: query, or add graphql")
            return None
        if entry["effect"] != "read":
            told = f"a GraphQL query is a read, not {entry['effect']}"
            self.report((*at, "effect"), told, "write effect: read; what changes something is no query")
        if entry.get("method", "POST") != "POST":
            told = f"a GraphQL query is sent by POST, not {entry['method']}"
            self.report((*at, "method"), told, "remove method")
        if "body" in entry:
            self.report(
                (*at, "body"), "a GraphQL query has a body of its own", "remove body; set its variables"
            )
        text, place = entry["graphql"]["query"], (*at, "graphql", "query")
        try:
            if text.startswith("./"):
                self.look(self.folder / text)
                text = (self.folder / text).read_text(encoding="utf-8-sig")
            takes = declared(text)
        except BadDocument as error:
            self.report(place, str(error), error.help)
            return None
        except OSError as error:
            self.report(place, f"{text} cannot be read: {error.strerror}", "write its path from this folder")
            return None
        except UnicodeDecodeError:
            self.report(place, f"{text} is no UTF-8 text", "save it as UTF-8")
            return None
        query = Query(text, takes, entry["graphql"].get("variables", {}))
        params = {key: value for key, value in entry.get("params", {}).items() if value["in"] == "variables"}
        paging = entry.get("paging", {})
        for name, told, cure in faults(
            query, params, paging["to"] if paging.get("in") == "variables" else ""
        ):
            where = ("graphql", "variables", name) if name in query.variables else ("params", name)
            self.report((*at, *where) if name else place, told, cure)
        return query

    def report(self, at: tuple[str | int, ...], message: str, help: str) -> None:
        self.found.append(Diagnostic("R407", pointer.build(at), message, help))

    def kind(
        self, entry: Mapping[str, Any] | None, at: tuple[str | int, ...]
    ) -> tuple[str, Mapping[str, Any]] | None:
        """Return a kind and its settings, whose paths are right."""
        for key, value in (entry or {}).items():
            if isinstance(value, str) and opens_path(value):
                self.single(value, (*at, key))
        return _kind(entry)

    def single(self, text: str, at: tuple[str | int, ...]) -> JsonPath | None:
        """Return the path of one value; None after reporting what is wrong."""
        path = self.path(text, at)
        if path is None or path.is_single:
            return path
        told = "this path selects a list, and one value is wanted here"
        self.found.append(Diagnostic("R301", pointer.build(at), told, "name one value"))
        return None

    def rule(self, entry: Mapping[str, Any], at: tuple[str | int, ...]) -> ErrorRule:
        return ErrorRule(
            entry["is"],
            entry.get("status"),
            self.path(entry.get("at"), (*at, "at")),
            entry.get("equals"),
            self.path(entry.get("message"), (*at, "message")),
        )

    def path(self, text: str | None, at: tuple[str | int, ...]) -> JsonPath | None:
        if text is None:
            return None
        try:
            return compile_path(text)
        except BadPath as error:
            place = pointer.build(at)
            self.found.append(Diagnostic("R301", place, str(error), error.help, inner=(error.offset, 1)))
            return None


def _successor(entry: Mapping[str, Any] | None) -> tuple[str, str] | None:
    return None if entry is None else (entry["uses"], entry["id"])


def _fixed(value: Any) -> str:
    """Return a constant of the query as it is sent."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _param(name: str, entry: Mapping[str, Any]) -> Param:
    schema = {key: value for key, value in entry.items() if key not in PARAM_WORDS}
    if entry["in"] == "headers":
        schema = {**HEADERS, **schema, "propertyNames": HEADERS["propertyNames"]}
    if entry["in"] == "path" and not entry.get("segments", False):
        schema = SEGMENT | schema
    sent = entry.get("name", "")
    return Param(
        name,
        entry["in"],
        schema,
        entry.get("required", False),
        entry.get("default"),
        sent,
        entry.get("segments", False),
    )


def _statement(entry: Mapping[str, Any] | None) -> Statement | None:
    if entry is None:
        return None
    return Statement(entry["to"], entry["select"], tuple(entry.get("where", ())), entry.get("order", ""))


def _webhooks(entry: Mapping[str, Any] | None) -> Webhooks | None:
    verify = _kind(entry["verify"]) if entry is not None else None
    if entry is None or verify is None:
        return None
    return Webhooks(verify, frozenset(entry.get("pings", ())))


def _kind(entry: Mapping[str, Any] | None) -> tuple[str, Mapping[str, Any]] | None:
    if entry is None:
        return None
    return entry["kind"], {key: value for key, value in entry.items() if key != "kind"}
