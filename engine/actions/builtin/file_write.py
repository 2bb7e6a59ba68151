"""``file.write``: adds a record's rows to a CSV, JSON Lines or Excel file, once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from engine.actions import appended, workbook
from engine.actions.context import Context
from engine.actions.entry import Entry, done, stands, unusable
from engine.actions.once import key_of
from engine.declare import Declaration, Slip, Unknown
from engine.errors import EngineError, RecordError
from engine.ledger import EffectState, FileRow
from engine.tables import BadTable
from engine.tables.writing import check_name, expect, is_there, safe_path
from engine.world import World

Format = Literal["csv", "excel", "jsonl"]
FORMATS: Final[Mapping[str, Format]] = {
    ".csv": "csv",
    ".jsonl": "jsonl",
    ".xlsx": "excel",
}

PLACES: Final = 1000
"""Names of files whose places are kept in mind."""


class Params(BaseModel):
    """What ``file.write`` takes: the file, and a row or rows."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str = Field(
        min_length=1,
        description="The file, from the project's folder; it ends in .csv, .jsonl or .xlsx.",
        examples=["out/payouts.csv"],
    )
    row: dict[str, Any] = Field(
        default_factory=dict,
        description="The row: a value for each column.",
        examples=[{"payout": "$.id", "amount": "$.amount | money"}],
    )
    rows: list[dict[str, Any]] = Field(
        default_factory=list, description="Several rows, in place of row.", examples=["$.lines"]
    )
    columns: list[str] = Field(
        default_factory=list,
        description="The columns in their order; else the keys of the file's first row.",
        examples=[["payout", "amount"]],
    )
    sheet: str = Field(default="", description="Name of a workbook's sheet.", examples=["Payouts"])


async def write(given: Mapping[str, Any], context: Context) -> tuple[dict[str, Any], bool]:
    """Return the file's name and how many rows of this record it has.

    Raises:
        RecordError: the file cannot take such rows; ``Parked`` where this record's rows were others before.
        ConnectionFailed: the file cannot be used.
    """
    entry = _entry(given, context.world, context.call.pointer)
    result = {"file": entry.name, "rows": len(entry.rows)}
    key = context.key
    known = context.world.ledger.effect(key.text) if key is not None else None
    if not entry.rows and (known is None or known.state is EffectState.FAILED):
        return result, False
    if known is not None and known.state is EffectState.SENDING and known.url != entry.name:
        await appended.settle(known.url, context.world)
    add = workbook.keep if entry.format == "excel" else appended.write
    return result, await add(entry, context)


async def plan(given: Mapping[str, Any], context: Context) -> tuple[dict[str, Any], bool]:
    """Return what ``write`` would, and whether it would add rows; the file is looked for and left alone.

    Raises:
        RecordError, ConnectionFailed: as ``write``, as far as the ledger tells.
    """
    world = context.world
    entry = _entry(given, world, context.call.pointer)
    result = {"file": entry.name, "rows": len(entry.rows)}
    known = world.ledger.effect(key_of(context).text)
    is_begun = known is not None and known.state is EffectState.SENDING  # the next run finishes that first
    if not entry.rows and known is None:
        return result, False
    if not is_begun and stands(entry, context):
        return result, False
    try:
        kept = _kept(entry, world) if is_there(entry.path) else ("", "")
    except BadTable as error:
        raise unusable(error) from error
    _, lines = entry.lines_behind(*kept)
    effect = entry.effect(context, lines if entry.format == "excel" else b"")
    await world.ledger.commit([done(effect, world)])
    return result, True


def _kept(entry: Entry, world: World) -> tuple[str, str]:
    """Return the columns, as the ledger keeps them, and the sheet of the file that is there."""
    if entry.format == "excel":
        book = world.ledger.workbook(entry.name)
        return (book.columns, book.sheet) if book is not None and book.rows > book.first else ("", "")
    file = world.ledger.file(entry.name) or FileRow(entry.name)
    if not file.pending:
        expect(entry.path, file.size)
    return (file.columns if file.size else "", "")


def look(given: Mapping[str, Any], world: World, pointer: str) -> None:
    """Raise ``RecordError`` where no file could take this."""
    entry = _entry(given, world, pointer)
    if entry.rows:
        entry.lines_behind("")


async def finish(world: World, recipe: str) -> None:
    """Write the workbooks that *recipe* has rows for, and finish what a killed run left of its other files.

    Raises:
        EngineError: the first of what was in the way; the others are finished.
    """
    failures = []
    names = [(appended.settle, file.path) for file in world.ledger.files(recipe) if file.pending]
    names += [(workbook.flush, book.path) for book in world.ledger.workbooks(recipe)]
    for end, name in names:
        try:
            await end(name, world)
        except EngineError as error:
            failures.append(error)
    if failures:
        raise failures[0]


def static(given: Mapping[str, Any]) -> Iterator[Slip]:
    """Yield what no record's file could take: its name, what is given together, then columns, sheet and rows."""
    name, suffix = given["file"], ""
    if not isinstance(name, Unknown):
        try:
            check_name(name)
        except BadTable as error:
            yield Slip("file", error.message, error.help)
            return
        suffix = Path(name).suffix
    wrong = list(_together(given, suffix))
    yield from wrong or _unfit(given, name if suffix else "the file", FORMATS.get(suffix, "csv"))


def _together(given: Mapping[str, Any], suffix: str) -> Iterator[Slip]:
    """Yield what cannot be given together; *suffix* is empty where only a record tells it."""
    sure = [name for name in ("row", "rows") if given.get(name, Unknown.OPTIONAL) is not Unknown.OPTIONAL]
    if len(sure) == 2 or ("row" not in given and "rows" not in given):
        yield Slip("", "file.write takes row or rows", "write one of the two under with")
    format = FORMATS.get(suffix)
    for name, takes in (("columns", format != "jsonl"), ("sheet", format == "excel")):
        if name in given and format and not takes:
            yield Slip(name, f"{name} does not belong to a {suffix} file", "leave it out")


def _unfit(given: Mapping[str, Any], name: str, format: Format) -> Iterator[Slip]:
    """Yield the columns, sheet or rows that a file *name* refuses, as far as they are known."""
    columns, sheet = given.get("columns", []), given.get("sheet", "")
    columns = () if isinstance(columns, Unknown) else tuple(columns)
    if any(isinstance(each, Unknown) for each in columns) or ("columns" in given and not columns):
        return
    if not columns and isinstance(given["file"], Unknown):
        return  # it may be JSON Lines, which take any row
    sheet = "" if isinstance(sheet, Unknown) else sheet
    rows = given.get("rows", [given.get("row")])
    known = [_filled(row) for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    tries: list[tuple[str, str, Any]] = [("columns", "", ())] if columns else []
    tries += [("sheet", sheet, ())] if columns and sheet else []
    alone = columns or (known and len(known) == len(rows))
    tries += [("rows" if "rows" in given else "row", sheet, known)] if alone and known else []
    for field, named, held in tries:
        try:
            Entry(name, Path(name), format, held, columns, named, "").lines_behind("")
        except RecordError as error:
            yield Slip(field, error.message, error.help)
            return


def _filled(value: Any) -> Any:
    """Return *value* with null, which every file takes, in place of what is not known."""
    if isinstance(value, dict):
        return {name: _filled(entry) for name, entry in value.items()}
    if isinstance(value, list):
        return [_filled(entry) for entry in value]
    return None if isinstance(value, Unknown) else value


def _entry(given: Mapping[str, Any], world: World, pointer: str) -> Entry:
    try:
        name, path, suffix = _place(given["file"], world)
    except BadTable as error:
        raise RecordError("X107", f"file.write: {error.message}", pointer=pointer, help=error.help) from error
    for slip in _together(given, suffix):
        raise RecordError("X107", slip.message, pointer=pointer, help=slip.help)
    format = FORMATS[suffix]
    rows = given["rows"] if "rows" in given else [given["row"]]
    columns, sheet = tuple(given.get("columns", ())), given.get("sheet", "")
    return Entry(name, path, format, rows, columns, sheet, pointer)


def _place(text: str, world: World) -> tuple[str, Path, str]:
    """Return what ``World.places`` has of the file that a recipe names as *text*; looked for once in a run."""
    found = world.places.get(text)
    if found is None:
        if len(world.places) >= PLACES:
            world.places.clear()
        path = safe_path(world.output, text)
        name = path.relative_to(world.output.resolve()).as_posix()
        found = world.places[text] = name, path, path.suffix
    return found


DECLARATION = Declaration(
    "file.write",
    "Adds a record's rows to a CSV, JSON Lines or Excel file, once.",
    write,
    Params,
    examples=(({"file": "out/payouts.csv", "row": {"payout": "po_1", "amount": "12.50"}}, None),),
    effect="create",
    makes="file writes",
    static=static,
    look=look,
    plan=plan,
    finish=finish,
    together=True,
)
