"""``connections.yaml``: what the connections of the recipes are, with a reference for every secret."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from engine import pointer, secrets, source
from engine.connector import Connector, Setting
from engine.connector_file import load
from engine.diagnostics import Diagnostic, Span, nearest, suggest
from engine.errors import RecipeInvalid, UsageError
from engine.fill import fill, fill_url, names
from engine.kept import SCHEMA, SERVER, Kept
from engine.keys import Identity
from engine.registry import Registry
from engine.schema import Validator, misshapen
from engine.secret import Secret
from engine.shipped import shipped

OVERRIDE: Final = re.compile(r"connections\.([a-z][a-z0-9-]*)\.([a-z][a-z0-9_]*)=(.*)", re.DOTALL)
BASE_URL: Final = "base_url"
"""The one setting that every connection has: another address, which makes another account."""
STATE: Final = "state"


@dataclass(frozen=True, slots=True)
class Connection:
    """One connection, its secrets still unread.

    Attributes:
        settings: Text, or a reference to a secret.
        folder: Where relative secret files are looked for.
        base_url: An address given in place of the connector's own, or empty.
        variant: ``sample`` and the like; makes another identity.
    """

    name: str
    connector: Connector
    settings: Mapping[str, str | secrets.Reference | Secret] = field(default_factory=dict)
    folder: Path = field(default_factory=Path)
    base_url: str = ""
    variant: str = ""

    def identity(self) -> Identity:
        """Return the identity of the account behind it."""
        account = tuple((name, str(self._plain(name))) for name in self.connector.identity)
        return Identity(self.connector.name, account, self.variant or self.base_url)

    def address(self) -> str:
        """Return the address that operations' paths are appended to."""
        own, plain = self.connector.base_url, self.plainly()
        slots = names(own)
        # A setting that is the whole address stands as it is; one within an address cannot change what is around it.
        whole = plain.get(slots[0]) if slots and own == f"{{{slots[0]}}}" else None
        address = fill_url(own, plain) if whole is None else whole.rstrip("/")
        if not self.base_url:
            return address
        # Another host keeps the vendor's path, so that samples are served where the vendor serves.
        return self.base_url.rstrip("/") + (
            urlsplit(address).path if urlsplit(self.base_url).path in ("", "/") else ""
        )

    def headers(self) -> dict[str, str]:
        """Return what every request carries."""
        plain = self.plainly()
        return {name: str(fill(value, plain)) for name, value in self.connector.headers.items()}

    def opened(self, environ: Mapping[str, str]) -> dict[str, str | Secret]:
        """Return the settings with their secrets read.

        Raises:
            UsageError: a secret is not where its reference says.
        """
        found: dict[str, str | Secret] = {}
        for name, setting in self.connector.settings.items():
            value = self.settings.get(name, setting.default)
            if isinstance(value, secrets.Reference):
                value = secrets.resolve(value, environ, self.folder)
            if value is not None:
                found[name] = value
        return found

    def plainly(self) -> dict[str, str]:
        """Return the settings that are no secrets, as text; one that is not given and has no default is left out."""
        return {name: str(self._plain(name)) for name in self.connector.settings if self._is_plain(name)}

    def _is_plain(self, name: str) -> bool:
        return not self.connector.settings[name].secret and self._plain(name) is not None

    def _plain(self, name: str) -> str | None:
        value = self.settings.get(name, self.connector.settings[name].default)
        return value if isinstance(value, str) else None


def read(text: str, path: Path, registry: Registry, shown: str = "") -> dict[str, Connection]:
    """Return the connections of a file.

    Args:
        shown: How messages name the file, where not by its path.

    Raises:
        RecipeInvalid: it has findings, such as a secret in plain text; carries them all.
    """
    file = source.read(text, shown or str(path))
    found = list(file.found)
    if not found:
        found += misshapen(file, registry.judge("connections"))
    found += _kept_findings(file.data.get(STATE)) if not found else []
    made: dict[str, Connection] = {}
    for name, entry in file.data["connections"].items() if not found else ():
        connector = load(entry["connector"], registry)
        given = {key: value for key, value in entry.items() if key != "connector"}
        at = pointer.build(("connections", name))
        found += _findings(connector, given, at)
        made[name] = _connection(name, connector, given, path.parent)
    if found:
        raise _invalid(file, found)
    return made


def read_kept(text: str, path: Path, shown: str = "") -> Kept | None:
    """Return where a file of connections keeps the ledger, or None for the state folder; the rest is not looked at.

    Raises:
        RecipeInvalid: what it says of that has findings, such as a password in plain text.
    """
    file = source.read(text, shown or str(path))
    found = list(file.found)
    if not found:
        found += misshapen(file, _state_judge())
    given = file.data.get(STATE) if isinstance(file.data, dict) else None
    found = found or _kept_findings(given)
    if found:
        raise _invalid(file, found)
    if given is None:
        return None
    return Kept(
        secrets.parse(given["ledger"]) or given["ledger"].strip(), given.get("schema", SCHEMA), path.parent
    )


def override(connections: dict[str, Connection], changes: Iterable[str]) -> dict[str, Connection]:
    """Return *connections* with the settings of ``--set connections.NAME.SETTING=VALUE`` changed for this run.

    Raises:
        UsageError: a change has another form, or names something that does not exist.
    """
    for change in changes:
        match = OVERRIDE.fullmatch(change)
        if match is None:
            raise UsageError(
                # Not quoted: it may be a secret whose name was forgotten.
                "--set is not understood: it begins with no name of a setting",
                help="write connections.NAME.SETTING=VALUE, such as connections.shop.store=acme",
            )
        name, setting, value = match.groups()
        if name not in connections:
            known = ", ".join(connections) or "none"
            raise UsageError(
                f"--set names the connection {name!r}, which is not configured",
                help=f"add it to connections.yaml first; configured: {known}",
            )
        old = connections[name]
        given = {setting: value}
        flaws = [flaw for flaw in _findings(old.connector, given, "") if flaw.code != "R104"]
        if flaws:
            raise UsageError(f"--set connections.{name}.{setting}: {flaws[0].message}", help=flaws[0].help)
        if setting == BASE_URL:
            connections[name] = replace(old, base_url=value)
            continue
        new = _connection(name, old.connector, given, old.folder)
        connections[name] = replace(old, settings={**old.settings, **new.settings})
    return connections


def example_entry(name: str, connector: Connector) -> str:
    """Return what to add to ``connections.yaml`` for a connection that is missing."""
    shown = [f"connector: {connector.name}"]
    needed = [each for each in connector.settings.values() if each.default is None]
    shown += [f"{setting.name}: {_example(connector, setting)}" for setting in needed]
    return f"connections:\n  {name}: {{{', '.join(shown)}}}"


def _invalid(file: source.Source, found: Iterable[Diagnostic]) -> RecipeInvalid:
    return RecipeInvalid([_discreet(each) for each in sorted(found, key=file.locate)], _Discreet(file))


@lru_cache(maxsize=1)
def _state_judge() -> Validator:
    shape = json.loads((shipped("schemas") / "connections.schema.json").read_bytes())
    return Validator({"properties": {STATE: shape["properties"][STATE]}})


def _kept_findings(given: Mapping[str, Any] | None) -> list[Diagnostic]:
    """Return what is wrong with the ledger's address; one without a password may stand in plain text."""
    address = given["ledger"] if given is not None else ""
    if given is None or secrets.parse(address):
        return []
    place = pointer.build((STATE, "ledger"))
    cure = 'write "${env:RECIPE_LEDGER}" or "${file:PATH}", and the whole address there'
    if SERVER.fullmatch(address.strip()) is None:
        message = "ledger is no address of a PostgreSQL database"
        return [Diagnostic("R406", place, message, f"it begins with postgresql://; with a password {cure}")]
    if "${" in address or _holds_password(address):
        message = "ledger holds a password, which must not stand here in plain text"
        return [Diagnostic("R404", place, message, cure, hides=True)]
    return []


def _holds_password(address: str) -> bool:
    # By what a password stands behind, wherever: libpq understands addresses that urlsplit does not.
    before, _, _ = address.partition("://")[2].rpartition("@")
    return ":" in before or "password=" in unquote(address).lower()


def _is_address(value: Any) -> bool:
    try:
        address = urlsplit(value) if isinstance(value, str) else urlsplit("")
    except ValueError:
        return False
    return address.scheme in ("http", "https") and bool(address.netloc)


def _example(connector: Connector, setting: Setting) -> str:
    if setting.secret:
        return f'"${{env:{connector.name.upper()}_{setting.name.upper()}}}"'
    return setting.example or setting.default or "…"


class _Discreet:
    """A file of connections in messages: whatever is wrong with it, a secret may stand anywhere in it in plain text."""

    # Keys where keys stand, connectors and references are shown; the rest is starred out, so that carets still fit.
    SHOWN: Final = re.compile(
        r"(?:^|[{,])[\s-]*(?:[a-z][a-z0-9_-]{0,19}|\"[a-z][a-z0-9_-]{0,19}\")\s*:(?=\s|$)"
        r"|(?<=connector:)\s*[a-z][a-z0-9-]{0,19}(?=\s*(?:[,}]|$))|\$\{[a-z]+:[^{}]*\}|[\s{}\[\],\"'#:]",
        re.IGNORECASE,
    )

    def __init__(self, file: source.Source) -> None:
        self._file = file
        self.path = file.path

    def locate(self, found: Diagnostic) -> Span:
        return self._file.locate(found)

    def home(self, found: Diagnostic) -> tuple[_Discreet, Diagnostic]:
        return self, found

    def excerpts(self, found: Iterable[Diagnostic]) -> list[str]:
        return [self._starred(line) for line in self._file.excerpts(found)]

    def _starred(self, line: str) -> str:
        out, at = "", 0
        for shown in self.SHOWN.finditer(line):
            out += "*" * (shown.start() - at) + shown.group()
            at = shown.end()
        return out + "*" * (len(line) - at)


def _discreet(found: Diagnostic) -> Diagnostic:
    """Return *found* without the value it quotes, except a connector's name."""
    if found.pointer.endswith("/connector"):
        return found
    return replace(
        found, message=re.sub(r", found ['\"].*", ", found something else", found.message, flags=re.DOTALL)
    )


def _findings(connector: Connector, given: Mapping[str, Any], at: str) -> list[Diagnostic]:
    found: list[Diagnostic] = []
    needed = [each.name for each in connector.settings.values() if each.default is None]
    missing = [name for name in needed if name not in given]
    for name, value in given.items():
        place = pointer.join(at, name)
        setting = connector.settings.get(name)
        if name == BASE_URL:
            if not _is_address(value):
                cure = "write it with its scheme, such as https://shop.example.com"
                found.append(Diagnostic("R406", place, "base_url is no address", cure))
        elif setting is None:
            if meant := nearest(name, missing):
                missing.remove(meant)  # one slip, one finding
            cure = suggest(name, [meant] if meant else connector.settings)
            cure = cure or f"it has {', '.join(connector.settings)}"
            message = f"{connector.name} has no setting {name!r}"
            found.append(Diagnostic("R103", place, message, cure, "key", hides=True))
        elif setting.secret and not (isinstance(value, str) and secrets.parse(value)):
            cure = f'write "${{env:{connector.name.upper()}_{name.upper()}}}" or "${{file:PATH}}"'
            message = f"{name} is a secret and must not stand here in plain text"
            found.append(Diagnostic("R404", place, message, cure, hides=True))
        elif not setting.secret and isinstance(value, str) and "${" in value:
            found.append(
                Diagnostic(
                    "R405",
                    place,
                    f"{name} is no secret: references are taken in secret settings only",
                    "write the value itself",
                )
            )
        elif not setting.secret:
            flaws = Validator({**setting.schema, "examples": [_example(connector, setting)]}).flaws(value)
            found += [
                Diagnostic("R406", place, flaw.message, flaw.help or setting.description) for flaw in flaws
            ]
    for name in missing:
        setting = connector.settings[name]
        cure = f"add {name}: {_example(connector, setting)} ({setting.description.rstrip('.')})"
        found.append(Diagnostic("R104", at, f"the setting {name!r} is missing", cure, "key"))
    return found


def _connection(name: str, connector: Connector, given: Mapping[str, Any], folder: Path) -> Connection:
    settings: dict[str, str | secrets.Reference | Secret] = {}
    for key, value in given.items():
        if key != BASE_URL:
            reference = secrets.parse(value) if isinstance(value, str) else None
            settings[key] = reference or str(value)
    return Connection(name, connector, settings, folder, str(given.get(BASE_URL, "")))
