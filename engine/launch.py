"""Prepares a run and carries it out: what is run, on which accounts, with which state.

Everything that can be found out without touching anything is found out first; only then is a state folder made.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from engine.clock import Clock, SystemClock
from engine.connections import Connection, override
from engine.cursor import WHAT_IS_NEW, Window, window_of
from engine.errors import LedgerError, UsageError
from engine.files import read_connections, read_kept, read_recipe, registry_of
from engine.generated.projection import coded
from engine.handed import handed
from engine.intake import Records
from engine.kept import Kept
from engine.ledger import ADOPTED, AccountRow, Ledger
from engine.ledger.store import store
from engine.log import FileLog, Log
from engine.project import Place, find_recipe, make_state, state_folder
from engine.recipe import Recipe
from engine.registry import Registry
from engine.renamed import bind, carry_over, former
from engine.replay import Again, choose, decide, records
from engine.report import Observer, Report
from engine.runner import Runner
from engine.secret import Masker
from engine.targets import Opening, configured, opened
from engine.triggers import Incoming
from engine.variables import values
from engine.world import Target, World

Begin = Literal["", "new", "adopt"]
"""``new``: the accounts were never written to by this recipe. ``adopt``: they were, under a ledger that is lost."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a user asks for.

    Attributes:
        recipe: A file or a name.
        sample: The name of recorded payloads to run on, or None.
        state: A state folder in place of the project's, or None.
        connections: A file in place of the nearest one, or None.
        changes: Settings for this run, ``connections.NAME.SETTING=VALUE``.
        variables: Values of the recipe's variables, ``NAME=VALUE``.
        records: A file with the records for the trigger ``manual``, or None.
        record_options: How that file is written, ``NAME=VALUE`` with the names that the trigger ``file`` has.
        since, until: What is read in place of what is new: a day or an instant each, or None.
        keep_cursor: Whether the run goes on from where the recipe stood before what it reads was changed.
        again: What is taken again in place of what the trigger gives, or None.
        begin: How a run goes on from an empty ledger where it writes to real accounts.
    """

    recipe: str
    sample: str | None = None
    state: str | None = None
    connections: str | None = None
    changes: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    records: str | None = None
    record_options: tuple[str, ...] = ()
    since: str | None = None
    until: str | None = None
    keep_cursor: bool = False
    again: Again | None = None
    begin: Begin = ""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A run that is ready to begin.

    Attributes:
        chosen: The connection for each name of the recipe.
        variables: The values of ``$vars``.
        handed: Records for the trigger ``manual``.
        again: What is taken again in place of what the trigger gives, or None.
        is_new: Whether a state folder will be made where no project was found.
        mask: Learns every secret that is opened.
        kept: Where the ledger is kept, or None for the state folder.
        begin: How it goes on from an empty ledger where it writes to real accounts.
        window: What is read in place of what is new, or None where no cursor goes by it.
    """

    recipe: Recipe
    place: Place
    chosen: Mapping[str, Connection]
    sample: str | None
    state: Path
    registry: Registry
    mask: Masker
    variables: Mapping[str, Any] = field(default_factory=dict)
    handed: Iterable[Incoming] | None = None
    kept: Kept | None = None
    again: Again | None = None
    begin: Begin = ""
    window: Window | None = WHAT_IS_NEW

    @property
    def output(self) -> Path:
        """Where files that the recipe writes are named from: made-up rows never come between a user's own."""
        return self.place.root if self.sample is None else self.state / "files"

    @property
    def is_new(self) -> bool:
        return self.place.is_new and not self.state.exists()


def prepare(wish: Wish, here: Path, registry: Registry | None = None) -> Prepared:
    """Return what *wish* comes to, seen from the folder *here*; nothing is made or sent.

    Raises:
        UsageError: something named in it does not exist.
        RecipeInvalid: the recipe or its connections have findings.
    """
    place = find_recipe(wish.recipe, here)
    registry = registry or registry_of(place.root)
    if wish.changes and wish.sample is not None:
        raise UsageError(
            "--set changes your own connections; --sample uses none of them", help="leave out one of the two"
        )
    given = override(read_connections(place, wish.connections, registry, here), wish.changes)
    recipe = read_recipe(place, registry, given, here)
    chosen = configured(recipe, given, wish.sample)
    state = state_folder(place.root, wish.state, here, sample=wish.sample is not None)
    variables = values(recipe.variables, wish.variables)
    records = handed(recipe, wish.records, wish.record_options, here)
    # Made-up records never come among a project's own, wherever those are.
    kept = read_kept(place, wish.connections, here) if wish.sample is None else None
    asked = window_of(wish.since, wish.until, recipe.constants.zone, keeps=wish.keep_cursor)
    window: Window | None = asked
    if wish.again is not None:
        window = replace(asked, moves=False) if asked != WHAT_IS_NEW else None
    return Prepared(
        recipe=recipe,
        place=place,
        chosen=chosen,
        sample=wish.sample,
        state=state,
        registry=registry,
        mask=Masker(),
        variables=variables,
        handed=records,
        kept=kept,
        again=wish.again,
        begin=wish.begin,
        window=window,
    )


async def launch(
    prepared: Prepared,
    observer: Observer,
    environ: Mapping[str, str],
    stopping: Callable[[], bool] = lambda: False,
) -> Report:
    """Run *prepared* and return its report.

    Args:
        environ: The process's environment, for ``${env:…}``.
        stopping: Asked between records; once true, the run ends after the record in hand.

    Raises:
        EngineError: the run could not begin: it runs elsewhere, a secret or sample is missing, the state is not usable.
    """
    make_state(prepared.state, sample=prepared.sample is not None)
    clock = SystemClock()
    log = FileLog(prepared.state / "log.jsonl", clock, prepared.mask)
    # Effects belong to targets: two runs meet where they write to one account, whatever else they write to.
    accounts = prepared.recipe.written_accounts(lambda name: prepared.chosen[name].identity().text)
    since = clock.now().isoformat(timespec="seconds")
    where = store(prepared.state, prepared.kept, environ, prepared.mask)
    if carried := await carry_over(prepared.recipe, prepared.place, real_accounts(prepared), where, since):
        log.event("history.carried_over", recipe=prepared.recipe.name, effects=carried)
    with where.running(prepared.recipe.name, accounts, since) as ledger:
        await begin(prepared, ledger)
        await bind(prepared.recipe, prepared.place, ledger, where)
        opening = _opening(prepared, environ, log, observer, stopping)
        async with opened(prepared.chosen, prepared.sample, opening) as targets:
            recognise(targets, ledger)
            await _remember(targets, ledger)
            world = world_of(prepared, clock, ledger, log, targets)
            try:
                return await (await _runner(prepared, world, observer, stopping)).run()
            finally:
                await _remember(targets, ledger)


async def _runner(
    prepared: Prepared, world: World, observer: Observer, stopping: Callable[[], bool]
) -> Runner:
    """Return what runs *prepared*: on what its trigger gives, or on what is taken again."""
    again = prepared.again or Again(rereads=True)
    trigger = prepared.registry.declaration("triggers", prepared.recipe.trigger.kind).run
    if not again.rereads:
        trigger = await _again(again, prepared.recipe, world)
    recipe, reader = coded(prepared.recipe)
    return Runner(
        recipe,
        world,
        observer,
        trigger,
        prepared.variables,
        stopping,
        prepared.window,
        remaps=again.remaps,
        settles=again.settled,
        only=again.keys if again.rereads else (),
        reader=reader,
    )


def _opening(
    prepared: Prepared,
    environ: Mapping[str, str],
    log: FileLog,
    observer: Observer,
    stopping: Callable[[], bool],
) -> Opening:
    return Opening(
        prepared.registry,
        prepared.state,
        environ,
        SystemClock(),
        prepared.mask,
        kept=prepared.kept,
        event=log.event,
        stopping=stopping,
        say=observer.waits,
    )


async def begin(prepared: Prepared, ledger: Ledger) -> None:
    """Refuse to write to real accounts from an empty ledger, from which everything would be written again."""
    real = real_accounts(prepared)
    if prepared.begin == "adopt":
        if former(prepared.recipe).is_any:
            raise UsageError(
                "--adopt looks at the target for the present names, and what was made there has those that was: names",
                help="give the recipe and its actions the names that they had, for as long as the account is adopted",
            )
        await ledger.commit([AccountRow(account, ADOPTED, "0") for account in sorted(real)])
    if real and not prepared.begin and not ledger.runs(1):
        raise UsageError(
            f"this ledger is new and empty, and {prepared.recipe.name} writes to {', '.join(sorted(real))}",
            help=f"if it never wrote there before: recipe run {prepared.place.shown} --new-ledger\n"
            "if it did, and the ledger is lost or lies elsewhere: bring it back (--state DIR), or --adopt, which looks "
            "each key up at the target first",
        )


def world_of(
    prepared: Prepared, clock: Clock, ledger: Ledger, log: Log, targets: Mapping[str, Target]
) -> World:
    """Return the world in which *prepared* runs."""
    return World(
        clock,
        ledger,
        log,
        targets,
        prepared.place.root,
        prepared.handed,
        output=prepared.output,
        adopted=_adopted(prepared, ledger),
    )


def _adopted(prepared: Prepared, ledger: Ledger) -> frozenset[str]:
    known = ((account, ledger.account(account)) for account in real_accounts(prepared))
    return frozenset(account for account, row in known if row is not None and row.mark == ADOPTED)


def real_accounts(prepared: Prepared) -> set[str]:
    """Return the accounts over a network that the recipe writes to, but those of samples and of other addresses."""
    written = (prepared.chosen[name] for name in prepared.recipe.written)
    identities = (each.identity() for each in written if each.connector.transport != "books")
    return {identity.text for identity in identities if not identity.variant}


async def _again(again: Again, recipe: Recipe, world: World) -> Records:
    """Return what gives the records that are taken again, after what a person decided is noted."""

    def identity(name: str) -> str:
        return world.targets[name].identity.text

    source, target = recipe.source_account(identity), recipe.accounts(identity)
    again = await decide(again, world.ledger, recipe, source, target, world.stamp())
    return records(choose(again, world.ledger, recipe.name, source, target))


def recognise(targets: Mapping[str, Target], ledger: Ledger) -> None:
    """Refuse a target's file that is not the one the ledger wrote to: its ids would name other documents."""
    for target in targets.values():
        known = ledger.account(target.identity.text)
        if target.mark is None or known is None:
            continue
        mark, size = target.mark()
        if mark == known.mark and size >= int(known.size):
            continue
        what = (
            "are other ones" if mark != known.mark else f"hold {size} documents where there were {known.size}"
        )
        raise LedgerError(
            f"the books of {target.identity.text} {what} than this state's ledger wrote to",
            help="put the file back as it was, or begin both anew: move the whole state folder away",
        )


async def _remember(targets: Mapping[str, Target], ledger: Ledger) -> None:
    rows = []
    for target in targets.values():
        if target.mark is not None:
            mark, size = target.mark()
            rows.append(AccountRow(target.identity.text, mark, str(size)))
    with contextlib.suppress(LedgerError):  # the run itself says what is wrong with the ledger
        await ledger.commit(rows)
