"""``file.write``: adds a record's rows to a CSV, JSON Lines or Excel file, once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from engine.actions import appended, workbook
from engine.actions.context import Context
from engine.actions.entry import Entry
from engine.declare import Declaration
from engine.errors import EngineError, RecordError
from engine.ledger import EffectState
from engine.tables import BadTable, safe_path
from engine.world import World

FORMATS: Final[Mapping[str, Literal["csv", "excel", "jsonl"]]] = {
    ".csv": "csv",
    ".jsonl": "jsonl",
    ".xlsx": "excel",
}


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
    entry = _entry(given, context.world.output, context.call.pointer)
    result = {"file": entry.name, "rows": len(entry.rows)}
    key = context.key
    known = context.world.ledger.effect(key.text) if key is not None else None
    if not entry.rows and (known is None or known.state is EffectState.FAILED):
        return result, False
    if known is not None and known.state is EffectState.SENDING and known.url != entry.name:
        await appended.settle(known.url, context.world)
    add = workbook.keep if entry.format == "excel" else appended.write
    return result, await add(entry, context)


def look(given: Mapping[str, Any], world: World, pointer: str) -> None:
    """Raise ``RecordError`` where no file could take this."""
    entry = _entry(given, world.output, pointer)
    if entry.rows:
        entry.columns_behind("")


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


def _entry(given: Mapping[str, Any], root: Path, pointer: str) -> Entry:
    try:
        path = safe_path(root, given["file"])
    except BadTable as error:
        raise RecordError("X107", f"file.write: {error.message}", pointer=pointer, help=error.help) from error
    if ("row" in given) == ("rows" in given):
        raise RecordError(
            "X107", "file.write takes row or rows", pointer=pointer, help="write one of the two under with"
        )
    format = FORMATS[path.suffix]
    for name, takes in (("columns", format != "jsonl"), ("sheet", format == "excel")):
        if name in given and not takes:
            raise RecordError(
                "X107",
                f"{name} does not belong to a {path.suffix} file",
                pointer=pointer,
                help="leave it out",
            )
    rows = given["rows"] if "rows" in given else [given["row"]]
    columns, sheet = tuple(given.get("columns", ())), given.get("sheet", "")
    name = path.relative_to(root.resolve()).as_posix()
    return Entry(name, path, format, rows, columns, sheet, pointer)


DECLARATION = Declaration(
    "file.write",
    "Adds a record's rows to a CSV, JSON Lines or Excel file, once.",
    write,
    Params,
    examples=(({"file": "out/payouts.csv", "row": {"payout": "po_1", "amount": "12.50"}}, None),),
    effect="create",
    makes="file writes",
    look=look,
    finish=finish,
)
