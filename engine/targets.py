"""Opens a recipe's connections: transports with their auth, identities and paging, and closes them again."""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from engine.auth import Auth, Tokens
from engine.books import Books
from engine.books.chart import load
from engine.budgets import Around, Budget, Budgets, Rows
from engine.clock import Clock
from engine.connections import Connection, example_entry
from engine.connector import Connector
from engine.errors import UsageError
from engine.http import Http
from engine.kept import Kept
from engine.policy import Bounds
from engine.read_only import ReadOnly
from engine.recipe import Recipe
from engine.registry import Registry
from engine.sample import TOKEN, require, serve
from engine.secret import Masker, Secret
from engine.tokens import key
from engine.tokens.grant import Grant
from engine.tokens.keeper import Account, Application, Fixed, Keeper
from engine.tokens.vault import Vault
from engine.world import Target

if TYPE_CHECKING:
    from engine.smtp import Drop, Smtp

MAIN: Final = "main"
COMPANY: Final = re.compile(r"[a-z0-9][a-z0-9-]*")


def books_file(state: Path, company: str = MAIN) -> Path:
    """Return where the embedded books of *company* lie.

    Raises:
        UsageError: *company* is no name that can stand in a file's.
    """
    if not COMPANY.fullmatch(company):
        raise UsageError(
            f"{company!r} is no name of a company's books", help="a name has lower-case letters, digits and -"
        )
    return state / ("books.db" if company == MAIN else f"books-{company}.db")


@dataclass(frozen=True, slots=True)
class Opening:
    """What targets are opened with.

    Attributes:
        state: The state folder; the embedded books lie in it.
        environ: The process's environment, for ``${env:…}``.
        mask: Learns every secret that is opened.
        only_reads: Whether nothing but reads may leave: each transport is ``ReadOnly``.
        kept: Where the ledger is kept, and the accounts' budgets beside it, or None for the state folder.
        event: Writes an event to the log.
        stopping: Whether the run was asked to stop.
        say: Tells the user that the run waits.
    """

    registry: Registry
    state: Path
    environ: Mapping[str, str]
    clock: Clock
    mask: Masker
    only_reads: bool = False
    kept: Kept | None = None
    event: Callable[..., None] = lambda name, **fields: None
    stopping: Callable[[], bool] = lambda: False
    say: Callable[[str], None] = lambda text: None

    def now(self) -> float:
        """Return the present instant in seconds since 1970."""
        return self.clock.now().timestamp()


def configured(
    recipe: Recipe, connections: Mapping[str, Connection], sample: str | None
) -> dict[str, Connection]:
    """Return the connection for each name of the recipe.

    Raises:
        UsageError: one is not configured (shows the entry to add), or has no such sample.
    """
    found: dict[str, Connection] = {}
    for name, connector in recipe.connections.items():
        if sample is not None:
            if connector.transport == "http":
                require(connector, sample)
            found[name] = _sampled(name, connector)
        elif name in connections:
            found[name] = connections[name]
        elif connector.transport == "books":
            found[name] = Connection(name, connector)
        else:
            raise UsageError(
                f"the connection {name!r} is not configured",
                help=f"add to connections.yaml:\n{example_entry(name, connector)}\n"
                "or try the recipe on made-up data: --sample",
            )
    return found


@contextlib.asynccontextmanager
async def opened(
    connections: Mapping[str, Connection], sample: str | None, opening: Opening
) -> AsyncIterator[dict[str, Target]]:
    """Open *connections* for as long as the block runs.

    Raises:
        UsageError: a secret is not where its reference says.
    """
    async with contextlib.AsyncExitStack() as stack:
        # What is made up asks no vendor; without limits nothing is opened or written.
        # A plan makes no state folder, and shares the account with the runs of one that is there.
        shares = not opening.only_reads or opening.state.is_dir()
        limited = sample is None and shares and any(each.connector.limits for each in connections.values())
        rows = _rows(opening) if limited else None
        if rows is not None:
            stack.callback(rows.close)
        targets = {}
        for name, connection in connections.items():
            target = await _target(connection, sample, rows, opening, stack)
            if opening.only_reads:
                reader = ReadOnly(target.transport, connection.connector, target.base_url)
                target = replace(target, transport=reader)
            targets[name] = target
        yield targets


async def _target(
    connection: Connection,
    sample: str | None,
    rows: Rows | None,
    opening: Opening,
    stack: contextlib.AsyncExitStack,
) -> Target:
    connector = connection.connector
    if connector.transport == "books":
        books = stack.enter_context((_read if opening.only_reads else _books)(connection, opening))
        return Target(books, connection.identity(), "books:", _pagings(connector, opening), mark=books.mark)
    pagings = _pagings(connector, opening)
    budgets = _budgets(connection, rows, opening, stack) if rows and connector.limits else None
    if connector.transport == "smtp":
        mail = _mail(connection, sample, opening)
        return Target(
            mail, connection.identity(), connection.address(), pagings, lambda: mail.calls, None, budgets
        )
    auth = _auth(connection, opening)
    if sample is not None:
        path = urlsplit(connection.address()).path
        served = stack.enter_context(serve(connector, sample, path, auth, pagings))
        connection = replace(connection, base_url=served)
        tokens: Tokens | None = Fixed(TOKEN)
    else:
        tokens = _tokens(connection, auth, opening, stack)
    bounds = Bounds(connector.seconds, min(connector.seconds, Bounds().connect_seconds))
    http = Http(connection.address(), auth, bounds, opening.mask, connection.headers(), tokens)
    stack.push_async_callback(http.close)
    return Target(
        http,
        connection.identity(),
        connection.address(),
        pagings,
        lambda: http.calls,
        budgets=budgets,
        settings=connection.plainly(),
    )


def _mail(connection: Connection, sample: str | None, opening: Opening) -> Smtp | Drop:
    """Return what sends the mails of a connection; of a sample each becomes a file in the state folder."""
    from engine.smtp import Drop, Server, Smtp, sender  # only where a mail is sent

    connector, settings = connection.connector, _settings(connection, opening)
    plain = {name: str(value) for name, value in settings.items() if not isinstance(value, Secret)}
    whom = sender(plain["from"], plain["from_name"])
    if sample is not None:
        return Drop(opening.state / "mail", whom, opening.clock)
    server = Server(
        plain["host"], int(plain["port"]), plain["security"], plain["user"], settings.get("password", "")
    )
    bounds = Bounds(connector.seconds, min(connector.seconds, Bounds().connect_seconds))
    return Smtp(server, whom, opening.clock, bounds, opening.mask)


def _tokens(
    connection: Connection, auth: Auth | None, opening: Opening, stack: contextlib.AsyncExitStack
) -> Tokens | None:
    """Return what gives the connection's access tokens, or None where it needs none.

    Raises:
        UsageError: nobody has agreed to it yet, or not any more.
    """
    if auth is None or auth.grant is None:
        return None
    account = _account(connection, auth.grant, opening, stack)
    if account.grant.kind == "client_credentials":
        return Application(account)
    keeper = Keeper(account, _vault(opening))
    keeper.require()
    stack.push_async_callback(keeper.close)
    return keeper


@contextlib.asynccontextmanager
async def tokens_of(connection: Connection, opening: Opening) -> AsyncIterator[tuple[Account, Vault]]:
    """Give whose tokens *connection* needs, and where they are kept, for as long as the block runs.

    Raises:
        UsageError: a secret is not where its reference says, or what should be a key is none.
    """
    auth = _auth(connection, opening)
    if auth is None or auth.grant is None:
        raise AssertionError(f"{connection.name} needs no tokens")
    async with contextlib.AsyncExitStack() as stack:
        yield _account(connection, auth.grant, opening, stack), _vault(opening)


def _account(
    connection: Connection, grant: Grant, opening: Opening, stack: contextlib.AsyncExitStack
) -> Account:
    """Return whose tokens a connection needs, with a door to the vendor's address for them that *stack* closes."""
    if connection.base_url:
        grant = grant.at(connection.base_url)

    def door(address: str) -> Http:
        # What it brings back is for the vault, and is not masked.
        made = Http(address, bounds=Bounds(seconds=30.0))
        stack.push_async_callback(made.close)
        return made

    back = door(grant.revoke) if grant.revoke else None
    identity = connection.identity().text
    return Account(connection.name, identity, grant, door(grant.token), opening.now, opening.mask, back)


def _vault(opening: Opening) -> Vault:
    keys = key.find(opening.environ)
    opening.mask.add(keys)
    return Vault(opening.state, keys)


def _rows(opening: Opening) -> Rows:
    """Return where the accounts' budgets are kept: beside the ledger."""
    kept = opening.kept
    if kept is None:
        from engine.ledger.budgets import SqliteRows

        return SqliteRows(opening.state, opening.now, opening.event)
    from engine.ledger.budgets_postgres import (
        PostgresRows,
    )  # only with a ledger there, which needs its package too

    return PostgresRows(kept.opened(opening.environ), kept.schema)


def _budgets(
    connection: Connection, rows: Rows, opening: Opening, stack: contextlib.AsyncExitStack
) -> Budgets:
    connector = connection.connector
    made = [
        Budget(each, _made(opening.registry, "limits", (each.kind, each.settings)))
        for each in connector.limits
    ]
    around = Around(opening.now, opening.event, stopping=opening.stopping, say=opening.say)
    budgets = Budgets(connection.identity().text, made, rows, around, connector.seconds)
    stack.push_async_callback(budgets.close)
    return budgets


@contextlib.contextmanager
def _books(connection: Connection, opening: Opening) -> Iterator[Books]:
    """Open the embedded books of a connection, with the chart of accounts that it names."""
    company = _company(connection)
    own = connection.opened(opening.environ).get("chart")
    chart = load(connection.folder / own) if isinstance(own, str) and own else None
    with Books.open(books_file(opening.state, company), opening.clock, company=company, chart=chart) as books:
        yield books


@contextlib.contextmanager
def _read(connection: Connection, opening: Opening) -> Iterator[Books]:
    """Open the embedded books of a connection to be read; where there are none, empty ones that are soon gone."""
    company = _company(connection)
    file = books_file(opening.state, company)
    if file.is_file():
        with Books.read(file, opening.clock, company=company) as books:
            yield books
        return
    with (
        TemporaryDirectory(prefix="recipe-plan-") as folder,
        Books.open(Path(folder) / file.name, opening.clock, company=company) as books,
    ):
        yield books


def _company(connection: Connection) -> str:
    return dict(connection.identity().account).get("company", MAIN)


def _pagings(connector: Connector, opening: Opening) -> dict[str, Any]:
    return {
        name: _made(opening.registry, "paging", operation.paging)
        for name, operation in connector.operations.items()
        if operation.paging is not None
    }


def _sampled(name: str, connector: Connector) -> Connection:
    settings: dict[str, Any] = {
        setting.name: Secret(setting.example, f"sample {setting.name}") if setting.secret else setting.example
        for setting in connector.settings.values()
        if setting.default is None
    }
    return Connection(name, connector, settings, variant="sample")


def _auth(connection: Connection, opening: Opening) -> Auth | None:
    """Return what requests of *connection* carry, with its secrets known to the mask; None where they carry nothing."""
    settings = _settings(connection, opening)
    if connection.connector.auth is None:
        return None
    kind, given = connection.connector.auth
    declared = opening.registry.declaration("auth", kind)
    made: Auth = declared.run(declared.params.model_validate(dict(given)), settings)
    return made


def _settings(connection: Connection, opening: Opening) -> dict[str, str | Secret]:
    """Return the settings of *connection*, with its secrets known to the mask."""
    settings = connection.opened(opening.environ)
    opening.mask.add(value for value in settings.values() if isinstance(value, Secret))
    return settings


def _made(registry: Registry, kind: str, chosen: tuple[str, Mapping[str, Any]]) -> Any:
    """Return a paging or a limit as its kind declares it."""
    declared = registry.declaration(kind, chosen[0])
    return declared.run(declared.params.model_validate(dict(chosen[1])))
