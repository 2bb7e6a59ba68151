"""``file``: records from CSV, Excel, JSON and JSON Lines files."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from engine.declare import Declaration
from engine.errors import UsageError
from engine.money import kind
from engine.recipe import Trigger
from engine.scope import Scope
from engine.tables import BadTable, form_of, rows
from engine.triggers import Incoming, incoming
from engine.world import World

PAGE: Final = 100
PROJECT: Final = (
    "the nearest folder upwards that has connections.yaml, .recipe or .git, else the recipe's own"
)
SUFFIX_OF: Final = {"csv": "csv", "excel": "xlsx", "json": "json", "jsonl": "jsonl"}


class Params(BaseModel):
    """Settings of ``trigger: {file: …}``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str = Field(
        min_length=1,
        description="The file, or a pattern of several; relative to the project's folder.",
        examples=["bank/*.csv"],
    )
    format: Literal["csv", "excel", "json", "jsonl"] = Field(
        default="csv", description="What is in the file; else its name tells.", examples=["csv"]
    )
    delimiter: str = Field(
        default=",", min_length=1, max_length=1, description="What stands between cells (CSV)."
    )
    quote: str = Field(
        default='"', max_length=1, description="What stands around cells (CSV); '' for nothing."
    )
    encoding: str = Field(
        default="utf-8", min_length=1, description="How text is written (CSV).", examples=["cp1252"]
    )
    header: int = Field(
        default=1, ge=1, le=1000, description="The line or row with the columns' names (CSV, Excel)."
    )
    sheet: str = Field(default="", description="The sheet (Excel); else the only one that holds anything.")
    records: str = Field(
        default="$",
        description="Path of the list of records, or of the one record (JSON).",
        examples=["$.transactions"],
    )
    repeats: Literal["count"] = Field(
        default="count",
        description="Numbers records of one file that share a key; without it a key stands once.",
    )


async def records(trigger: Trigger, world: World, scope: Scope) -> AsyncIterator[list[Incoming]]:
    """Yield the rows of every file that fits the pattern, files by name.

    Raises:
        UsageError: no file fits, or one cannot be read as a whole; a row that cannot is that row's flaw.
    """
    pattern = trigger.given.evaluate(scope)
    if not isinstance(pattern, str):
        raise UsageError(
            f"file gives {kind(pattern)}, where a file's name is wanted", help="see /trigger/file"
        )
    files = world.files(pattern)
    if not files:
        raise _no_file(pattern, trigger, world)
    page: list[Incoming] = []
    for file in files:
        try:
            for row in rows(file, replace(form_of(file, **trigger.settings), takes_one=True)):
                page.append(incoming(row, file))
                if len(page) == PAGE:
                    yield page
                    page = []
        except BadTable as error:
            if page:  # what stands before the flaw is whole
                yield page
            raise UsageError(f"{file.name} cannot be read: {error.message}", help=error.help) from error
    if page:
        yield page


def _no_file(pattern: str, trigger: Trigger, world: World) -> UsageError:
    if (world.folder / pattern).is_dir():
        suffix = SUFFIX_OF[trigger.settings.get("format", "csv")]
        return UsageError(
            f"{pattern} is a folder, and a file is wanted", help=f"write {pattern.rstrip('/')}/*.{suffix}"
        )
    place = "" if Path(pattern).is_absolute() else f"it is looked for in {world.folder}, {PROJECT}; "
    return UsageError(f"there is no file {pattern}", help=f"{place}check its name and folder")


DECLARATION = Declaration(
    "file",
    "Rows of CSV and Excel files, entries of JSON and JSON Lines files.",
    records,
    Params,
    examples=(({"file": "bank/*.csv", "delimiter": ";"}, None),),
)
