"""What the matrix runs: a recipe for each strategy, the faults that its target has, and what must be left."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from engine.books import Books
from engine.books.audit import check as audit
from engine.clock import SystemClock
from engine.ledger import EffectRow, EffectState, RecordRow, RecordState
from engine.tables import form_of, rows
from tests.faults.kinds import Kind
from tests.faults.target import Target, connectors

HEAD: Final = """\
recipe: matrix
version: 1
summary: Records become effects by the strategy {strategy}.
connections: {{{connections}}}
trigger: {{poll: {source}.records.list, key: $.id{revised}}}
on_error: {{retry: {{attempts: 4, backoff: 20ms, max: 4s}}, then: dead_letter}}
actions:
"""
NOTE: Final = "  - {{id: note, uses: {strategy}.notes.create, with: {{text: $.id, amount: $.amount}}}}\n"
TOLD: Final = NOTE.replace("$.amount", "$.amount, reference: $.amount")
SEEN: Final = "text: $.id, amount: $.amount, reference: $.id"
BOOKED: Final = """\
  - id: invoice
    uses: books.invoices.create
    with:
      number: $.id
      date: '2026-03-31'
      currency: USD
      customer: {name: Ada}
      lines: [{description: Tea, quantity: 1, unit_price: $.amount | money}]
  - id: pay
    uses: books.payments.create
    with: {invoice_id: $steps.invoice.id, amount: $.amount | money, currency: USD, date: '2026-04-01', method: cash}
"""
FILES: Final = ("out/rows.csv", "out/rows.jsonl", "out/rows.xlsx")
REFUNDED: Final = """\
  - id: note
    uses: stripe.refunds.create
    with:
      charge: ch_1
      amount: "{{ record.amount | money | to_minor('USD') }}"
      metadata: {text: $.id}
"""
PAID: Final = """\
  - id: note
    uses: quickbooks.payments.create
    with: {customer_id: "1", amount: $.amount | money, currency: USD, date: '2026-04-01', reference: $.id}
"""
WRITTEN: Final = "".join(
    f"  - {{id: {file[9:]}, uses: file.write, with: {{file: {file}, row: {{id: $.id, amount: $.amount}}}}}}\n"
    for file in FILES
)


@dataclass(frozen=True)
class Left:
    """What stands when all is over.

    Attributes:
        folder: The project.
        records: Amounts by record, as the target gave them.
        effects, rows: All effects and records of the ledger.
        disturbed: Records, or the keys that their requests carry, of which a request met a fault or was out when its
            run was killed.
    """

    folder: Path
    target: Target
    records: Mapping[str, str]
    effects: list[EffectRow]
    rows: list[RecordRow]
    disturbed: set[str] = field(default_factory=set)

    def of(self, *states: EffectState) -> list[EffectRow]:
        """Return the effects in one of these states."""
        return [row for row in self.effects if row.state in states]


@dataclass(frozen=True)
class Strategy:
    """How effects are made once.

    Attributes:
        actions: Of the recipe.
        stands: What an undisturbed run leaves and every other must leave too; of a project's folder.
        judge: What is wrong with what is left, beyond that.
        made: Effects of one record.
        writes: How many of them are written on the way, where some are written at the end of a run; 0 for all.
        doubts: The state of an effect of which nobody can tell if it stands.
        connection: The one that is written to, or empty.
        reads: The connection whose records are polled, where it is another one.
        on_revision: What becomes of what was made, where its records have newer revisions in later runs.
    """

    name: str
    actions: str
    stands: Callable[[Path, Target], Any]
    judge: Callable[[Left], Iterable[str]]
    made: int = 1
    writes: int = 0
    doubts: EffectState | None = None
    connection: str = ""
    reads: str = ""
    on_revision: str = ""

    @property
    def source(self) -> str:
        """The connection whose records are polled, and the target's own strategy."""
        return self.reads or self.connection or "header"

    @property
    def sends(self) -> bool:
        """Whether it writes to the target."""
        return bool(self.connection)

    @property
    def revisions(self) -> int:
        """How many revisions each record has, one after another."""
        return 3 if self.on_revision else 1

    def sums(self, target: Target) -> dict[str, Decimal]:
        """Return the sums of what stands at the target, by what was written to."""
        if not self.on_revision:
            return target.sums()
        standing = target.documents(self.connection)
        return {self.connection: sum((Decimal(each["amount"]) for each in standing), Decimal(0))}

    def write(self, project: Path, target: Target, kind: Kind) -> None:
        """Write recipe, connections and connectors into *project*."""
        project.mkdir(parents=True, exist_ok=True)
        # A target that loses answers is waited for shortly; one that cannot be asked is not given up under load.
        timeout = "2s" if self.doubts else "0.5s"
        made = connectors.write(project, target.address, timeout)
        needed = {name: made[name] for name in (self.source, self.connection or self.source)}
        written = {"connections": needed, **kind.configured(project)}
        (project / "connections.yaml").write_text(json.dumps(written), "utf-8")
        names = {name: each["connector"] for name, each in needed.items()}
        if self.name == "books":
            names["books"] = "books"
        text = ", ".join(f"{name}: {connector}" for name, connector in names.items())
        revised = f", revision: $.updated_at, on_revision: {self.on_revision}" if self.on_revision else ""
        head = HEAD.format(strategy=self.name, connections=text, source=self.source, revised=revised)
        (project / "recipes").mkdir(exist_ok=True)
        (project / "recipes" / "matrix.yaml").write_text(head + self.actions, "utf-8")


def judge(left: Left, strategy: Strategy) -> Iterable[str]:
    """Yield what is wrong with the ledger, then with what the strategy left."""
    allowed = {EffectState.DONE, strategy.doubts or EffectState.DONE}
    # A target may refuse a key that it knows, or a change that is sent again: then a person looks.
    if strategy.name == "body" or strategy.on_revision:
        allowed.add(EffectState.PARKED)
    for effect in left.effects:
        if effect.state not in allowed:
            yield f"{effect.key} is left {effect.state}: {effect.error}"
    finished = {"notify": EffectState.UNCERTAIN}
    final = {RecordState.DONE, RecordState.SKIPPED}
    waiting = {
        row.record for row in left.effects if row.state not in (EffectState.DONE, finished.get(strategy.name))
    }
    for row in left.rows:
        if row.state not in final and (row.state is not RecordState.PARKED or not row.error):
            yield f"the record {row.key} is left {row.state}: {row.error}"
    if parked := waiting ^ {row.key for row in left.rows if row.state is RecordState.PARKED}:
        yield f"records and effects do not agree on what is parked: {sorted(parked)}"
    if missing := left.records.keys() - {json.loads(row.key)[0] for row in left.rows}:
        yield f"records that the ledger does not know: {sorted(missing)}"
    made = [row for row in left.effects if len(json.loads(row.key)) == 4]
    if (count := len(made)) != len(left.records) * strategy.made:
        yield f"{count} effects of {len(left.records)} records, {strategy.made} of each"
    yield from strategy.judge(left)


def _at_target(left: Left) -> Iterable[str]:
    """Each record's amount is its own, so that an effect is known by it whatever key it came under."""
    known = {Decimal(amount): record for record, amount in left.records.items()}
    stands: dict[str, list[str]] = {record: [] for record in left.records}
    for effects in left.target.effects().values():
        for effect in effects:
            stands[known[Decimal(effect["amount"])]].append(effect["id"])
    ledger = {json.loads(row.record)[0]: row for row in left.effects}
    absent = Decimal(0)
    for record, ids in stands.items():
        row = ledger.get(record)
        if len(ids) > 1:
            yield f"{record}: {len(ids)} effects in place of one"
        if row is None:
            continue
        if row.state is EffectState.DONE and ids != [row.remote_id]:
            yield f"{record}: done as {row.remote_id!r}, and {ids} stand at the target"
        if row.state is not EffectState.DONE:
            if not {record, row.external_id} & left.disturbed:
                yield f"{record}: {row.state}, though nothing happened to its request"
            if not row.error:
                yield f"{record}: {row.state} without a reason"
            if not ids:
                absent += Decimal(left.records[record])
    whole = sum(map(Decimal, left.records.values()), Decimal(0))
    stood = sum(left.target.sums().values(), Decimal(0))
    if stood + absent != whole:
        yield f"{stood} stand and {absent} are left to a person: not {whole}"


def _standing(left: Left, connection: str) -> Iterable[str]:
    """Each record's document stands once and says what its last revision does, unless a person must look."""
    for key, effects in left.target.effects().items():
        if key and len(effects) > 1:  # what is voided is gone, and cannot be again
            yield f"{key}: {len(effects)} effects in place of one"
    standing: dict[str, list[dict[str, str]]] = {record: [] for record in left.records}
    for document in left.target.documents(connection):
        standing[document["text"]].append(document)
    doubtful: dict[str, list[EffectRow]] = {record: [] for record in left.records}
    ids = {}
    for row in left.effects:
        record = json.loads(row.record)[0]
        if row.state is not EffectState.DONE:
            doubtful[record].append(row)
        if len(json.loads(row.key)) == 4:
            ids[record] = row.remote_id
    for record, documents in standing.items():
        for row in doubtful[record]:
            if not {record, urlsplit(row.url).path, *_carried(row)} & left.disturbed:
                yield f"{record}: {row.state}, though nothing happened to its request"
            if not row.error:
                yield f"{record}: {row.state} without a reason"
        found = [(each["id"], each["amount"]) for each in documents]
        if doubtful[record]:
            if len(found) > 1:
                yield f"{record}: {found} stand in place of one"
        elif found != [(ids.get(record), left.records[record])]:
            yield f"{record}: {found} stand in place of {ids.get(record)!r} with {left.records[record]}"


def _carried(row: EffectRow) -> Iterable[str]:
    """Yield what the target may know the request by."""
    yield row.external_id
    yield from (value for _, value in json.loads(row.headers))
    yield json.loads(row.body or b"{}").get("reference", "")


def _known_twice(left: Left) -> Iterable[str]:
    yield from _at_target(left)
    effects = left.target.effects()
    for row in left.of(EffectState.PARKED):
        if len(effects.get(row.external_id, [])) != 1:
            yield f"{row.record}: parked as one that the target has already, and it has not"


def _in_books(left: Left) -> Iterable[str]:
    with Books.open(left.folder / ".recipe" / "books.db", SystemClock()) as books:
        yield from audit(books)


def documents(folder: Path) -> list[tuple[Any, ...]]:
    """Return what the embedded books of the project in *folder* hold, but ids: they come in the order of commits."""
    asked = (
        "SELECT kind, external_id, number, state, currency, date, total_minor, tax_minor, balance_minor, party"
        " FROM document ORDER BY external_id"
    )
    with closing(sqlite3.connect(folder / ".recipe" / "books.db")) as file:
        return file.execute(asked).fetchall()


def _sums(folder: Path, target: Target) -> Any:
    return None


def _rows(folder: Path, target: Target) -> Any:
    return {file: [row.record for row in rows(folder / file, form_of(folder / file))] for file in FILES}


def _in_files(left: Left) -> Iterable[str]:
    for file, found in _rows(left.folder, left.target).items():
        counts = Counter(row["id"] for row in found)
        yield from (
            f"{file}: {record} stands {count} times" for record, count in counts.items() if count != 1
        )
    beside = [each.name for each in (left.folder / "out").iterdir() if each.name.startswith(".")]
    if beside:
        yield f"beside the files lies {beside}"


def _sent(name: str, actions: str = "", **more: Any) -> Strategy:
    judge = _known_twice if name == "body" else _at_target
    return Strategy(name, actions or NOTE.format(strategy=name), _sums, judge, connection=name, **more)


def _revised(on_revision: str, connection: str, **more: Any) -> Strategy:
    return Strategy(
        f"{on_revision}-{connection}",
        (TOLD if connection == "none" else NOTE).format(strategy=connection),
        _sums,
        lambda left: _standing(left, connection),
        connection=connection,
        on_revision=on_revision,
        **more,
    )


STRATEGIES: Final = {
    each.name: each
    for each in (
        _sent("header"),
        _sent("query"),
        _sent("body"),
        _sent("find"),
        _sent(
            "none",
            f"  - {{id: note, uses: none.notes.create, with: {{{SEEN}}}}}\n",
            doubts=EffectState.PARKED,
        ),
        _sent(
            "notify",
            f"  - {{id: note, uses: notify.messages.send, with: {{{SEEN}}}}}\n",
            doubts=EffectState.UNCERTAIN,
        ),
        _sent("stripe", REFUNDED, reads="header"),
        _sent("quickbooks", PAID, reads="query"),
        Strategy("books", BOOKED, lambda folder, target: documents(folder), _in_books, made=2),
        Strategy("file", WRITTEN, _rows, _in_files, made=3, writes=2),
        _revised("update", "header"),
        _revised("update", "find"),
        _revised("reissue", "header"),
        _revised("reissue", "none", doubts=EffectState.PARKED),
    )
}
NATIVE: Final = ("header", "query", "body")


def rules(strategy: Strategy, rate: float, late: float, seed: int) -> list[dict[str, Any]]:
    """Return what the target is armed with.

    Args:
        rate: The probability of each fault at each request.
        late: Seconds by which what is late is late.
    """
    name = strategy.source
    writes: list[Any] = [
        "lose", "reset", "reset_after", "cut", "wrong_json", "login_page", {"status": 503},
        {"status": 503, "after_commit": True}, {"status": 422}, {"throttle": {"seconds": late}}, {"delay": late},
        {"commit_late": late},
    ]  # fmt: skip
    reads: list[Any] = ["reset", {"status": 503}, {"throttle": {"seconds": late}}]
    if strategy.name != "stripe":  # where an error has a status of its own
        writes.append("error_in_200")
    if name in NATIVE and strategy.name != "quickbooks":  # which says nothing of a request that is worked on
        writes += [{"in_progress": late}, {"in_progress": late, "lose": True}]
    if name == "body":
        writes.append("duplicate")
    if name == "find":
        writes += [{"find_late": late, "lose": True}, {"find_late": late, "reset_after": True}]
        reads += ["ignore_filter", "lose"]
    methods = ("POST", "PUT") if strategy.on_revision == "update" else ("POST",)
    each = [(method, do) for method in methods for do in writes if strategy.sends]
    each += [("GET", do) for do in reads]
    made = [
        {"match": {"method": method, "strategy": name, "probability": rate, "seed": seed + number}, "do": do}
        for number, (method, do) in enumerate(each)
    ]
    if strategy.sends:
        made.append({"match": {"method": "POST", "strategy": name, "nth": 7}, "do": "hold"})
    return made
