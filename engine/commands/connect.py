"""``recipe connect``."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
import webbrowser
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import click

from engine.clock import SystemClock
from engine.commands.options import as_format
from engine.commands.tables import table
from engine.connections import Connection, override, read
from engine.consent import Consent, Listener, NotAgreed, consent, is_here, listening
from engine.diagnostics import suggest
from engine.errors import UsageError
from engine.files import read_text, registry_of
from engine.project import CONNECTIONS, connections_upwards, find_root, make_state, show, state_folder
from engine.registry import Registry
from engine.secret import Masker
from engine.targets import Opening, tokens_of
from engine.tokens import key
from engine.tokens.grant import TokenSet
from engine.tokens.keeper import Account
from engine.tokens.vault import FILE, Sealed
from engine.wire import NoAnswer

REDIRECT: Final = "http://localhost:8725/callback"
PATIENCE: Final = 300
"""Seconds for which a person is waited for."""
EPILOG = """\b
Examples:
  recipe connect                               which connections need it, and how they stand
  recipe connect books                         sign in at the vendor and agree
  recipe connect books --paste                 where the browser is on another machine
  recipe connect books --redirect https://example.com/callback --paste
  recipe connect books --forget                remove its tokens, and take them back at the vendor
"""


@dataclass(frozen=True, slots=True)
class _Project:
    """Where the command works."""

    connections: Mapping[str, Connection]
    registry: Registry
    state: Path

    def opening(self, mask: Masker) -> Opening:
        return Opening(self.registry, self.state, os.environ, SystemClock(), mask)


@click.command(epilog=EPILOG)
@click.argument("name", required=False)
@click.option(
    "--redirect", metavar="URL", default=REDIRECT, show_default=True, help="As the vendor knows it."
)
@click.option("--paste", is_flag=True, help="Paste the address that the browser was sent to.")
@click.option("--no-browser", is_flag=True, help="Open no browser; the address is printed.")
@click.option("--forget", is_flag=True, help="Remove the tokens, and take them back where the vendor can.")
@click.option(
    "--connections", "file", metavar="FILE", help="The connections.yaml to use; else the nearest upwards."
)
@click.option("--state", metavar="DIR", help="State folder; else the project's .recipe.")
@click.option(
    "--set", "changes", multiple=True, metavar="connections.NAME.SETTING=VALUE", help="Change one once."
)
@as_format
def command(
    name: str | None,
    redirect: str,
    paste: bool,
    no_browser: bool,
    forget: bool,
    file: str | None,
    state: str | None,
    changes: tuple[str, ...],
    form: str,
) -> None:
    """Let the engine use the account of the connection NAME, by signing in at the vendor (OAuth 2.0).

    It is done once; from then on the engine renews what it was given, until the vendor or a person takes it back. The
    tokens lie in tokens.db of the state folder, sealed by a key of this machine, or by RECIPE_KEY.
    """
    project = _project(file, state, changes)
    if name is None:
        _list(project, form)
        return
    connection = _chosen(project, name)
    if forget:
        asyncio.run(_forget(project, connection))
        return
    made = _key(project)
    tokens = asyncio.run(_connect(project, connection, redirect, paste=paste, browser=not no_browser))
    _say(project, connection, tokens, made, form)


def _project(file: str | None, state: str | None, changes: tuple[str, ...]) -> _Project:
    here = Path.cwd()
    path = here / file if file else connections_upwards(here)
    if path is None or not path.is_file():
        raise UsageError(
            f"there is no {file or CONNECTIONS}",
            help="say there what your connections are: recipe connectors",
        )
    root = find_root(path.parent) or path.parent
    registry = registry_of(root)
    shown = show(path, here)
    found = override(read(read_text(path, shown), path, registry, shown), changes)
    needed = {name: each for name, each in found.items() if _needs(each)}
    return _Project(needed, registry, state_folder(root, state, here, sample=False))


def _needs(connection: Connection) -> bool:
    auth = connection.connector.auth
    return auth is not None and auth[0] == "authorization_code"


def _chosen(project: _Project, name: str) -> Connection:
    if name not in project.connections:
        known = ", ".join(project.connections)
        help = suggest(name, project.connections) or (
            f"those that do are {known}"
            if known
            else "none of this project's does: they have keys of their own"
        )
        raise UsageError(f"there is no connection {name!r} that is connected by signing in", help=help)
    return project.connections[name]


def _key(project: _Project) -> Path | None:
    """Make the state folder, and a key where there is none yet; return the file of a new one."""
    make_state(project.state, sample=False)
    return None if key.find(os.environ) else key.make(os.environ)[1]


async def _connect(
    project: _Project, connection: Connection, redirect: str, *, paste: bool, browser: bool
) -> TokenSet:
    async with tokens_of(connection, project.opening(Masker())) as (account, vault):
        asked = consent(account, redirect)
        if paste or not is_here(redirect):
            click.echo(_invitation(asked), err=True)
            said = _pasted(asked)
        else:
            with listening(asked) as listener:
                click.echo(_invitation(asked), err=True)
                told = f"Waiting for the answer at {redirect} (Ctrl-C ends it, and nothing is kept)"
                click.echo(told, err=True)
                if browser:
                    webbrowser.open(asked.page)
                said = _heard(listener, account)
        try:
            return await asked.kept(said, vault)
        except NoAnswer as error:
            raise NotAgreed(str(error), help=f"try again: recipe connect {account.name}") from error


def _invitation(asked: Consent) -> str:
    return f"Open this page, sign in and agree:\n\n  {asked.page}\n"


def _heard(listener: Listener, account: Account) -> Mapping[str, str]:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if (said := listener.heard()) is not None:
            return said
    raise NotAgreed(
        f"no answer for {account.name} came within {PATIENCE // 60} minutes",
        help=f"try again; where the browser is on another machine: recipe connect {account.name} --paste",
    )


def _pasted(asked: Consent) -> Mapping[str, str]:
    """Return what the vendor says by the address that a person pastes."""
    click.echo("Paste the whole address that the browser was sent to, and press Enter:", err=True)
    for line in sys.stdin:
        if (said := asked.told(line.strip())) is not None:
            return said
        if line.strip():
            click.echo("That is not the answer to this question; paste the whole address:", err=True)
    raise NotAgreed("nothing was pasted", help=f"try again: recipe connect {asked.account.name}")


def _say(project: _Project, connection: Connection, tokens: TokenSet, made: Path | None, form: str) -> None:
    ends = _day(tokens.ends)
    if form == "json":
        data = {
            "connection": connection.name,
            "account": connection.identity().text,
            "ends": ends,
            "key": None if made is None else str(made),
        }
        click.echo(json.dumps(data, ensure_ascii=False))
        return
    click.echo(f"{connection.name} is connected: {connection.identity().text}")
    if ends:
        click.echo(f"  it is renewed with each use; without any it ends on {ends}")
    here = Path.cwd()
    click.echo(f"  its tokens lie in {show(project.state / FILE, here)}, sealed")
    if made is not None:
        click.echo(f"  their key was made now: {made}; who has both can use the account")


async def _forget(project: _Project, connection: Connection) -> None:
    async with tokens_of(connection, project.opening(Masker())) as (account, vault):
        refresh = None
        async with vault.alone(account.identity):
            try:
                held = vault.load(account.identity)
                if held is None:
                    raise UsageError(f"{connection.name} is not connected")
                refresh = held.tokens.refresh
            except Sealed:
                click.echo("  its key is not here, so that nothing can be taken back at the vendor", err=True)
            vault.forget(account.identity)
        is_back = refresh is not None and await account.returned(refresh)
    click.echo(f"{connection.name} is not connected any more")
    if not is_back:
        click.echo("  at the vendor it still stands: take it back there, among its connected applications")


def _list(project: _Project, form: str) -> None:
    if not project.connections:
        click.echo(
            "[]"
            if form == "json"
            else "No connection is connected by signing in; all have keys of their own."
        )
        return
    found = [asyncio.run(_standing(project, each)) for each in project.connections.values()]
    if form == "json":
        click.echo(json.dumps(found, ensure_ascii=False))
    else:
        click.echo(table([[each["connection"], each["account"], _shown(each)] for each in found], indent=0))


async def _standing(project: _Project, connection: Connection) -> dict[str, Any]:
    """Return how a connection stands, as ``--format json`` prints it."""
    opening = project.opening(Masker())
    async with tokens_of(connection, opening) as (account, vault):
        try:
            held, state = vault.load(account.identity), ""
        except Sealed:
            held, state = None, "sealed"
    if held is not None:
        state = "refused" if held.refused else "connected"
    return {
        "connection": connection.name,
        "account": connection.identity().text,
        "state": state or "not_connected",
        "since": None if held is None else _day(held.tokens.since),
        "ends": None if held is None else _day(held.tokens.ends),
        "reason": None if held is None else opening.mask(held.refused) or None,
    }


def _shown(standing: Mapping[str, Any]) -> str:
    again = f"recipe connect {standing['connection']}"
    if standing["state"] == "not_connected":
        return f"not connected: {again}"
    if standing["state"] == "sealed":
        return f"its key is not here: set {key.VARIABLE} to it, or {again}"
    if standing["state"] == "refused":
        return f"must be connected again ({standing['reason']}): {again}"
    ends = f", ends {standing['ends']} where it is not used" if standing["ends"] else ""
    return f"connected, renewed {standing['since']}{ends}"


def _day(instant: float | None) -> str | None:
    return None if instant is None else datetime.fromtimestamp(instant, UTC).date().isoformat()
