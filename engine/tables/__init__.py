"""Tables in files: CSV, Excel, JSON and JSON Lines, read with the place of each row, and written once.

Nothing converts by itself: CSV cells are text as written, Excel's numbers become exact, and what cannot be read
exactly is a flaw of its row. The only door to ``csv``, python-calamine and xlsxwriter. What writes stands in
``writing`` and ``writing_excel``, which those who only read do not load.

    form = form_of(path, delimiter=";", encoding="cp1252")
    for row in rows(path, form):
        …
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine.tables.form import (
    ENCODINGS,
    FORMATS,
    TAKES,
    BadTable,
    Cell,
    Form,
    Format,
    Line,
    Row,
    form_of,
)

__all__ = [
    "ENCODINGS",
    "FORMATS",
    "TAKES",
    "BadTable",
    "Cell",
    "Form",
    "Format",
    "Line",
    "Row",
    "cells",
    "form_of",
    "rows",
]


def rows(path: Path, form: Form) -> Iterator[Row]:
    """Yield the rows of the file at *path* in their order; blank ones are skipped.

    CSV and JSON Lines are read line by line in flat memory, so an error of the file may come after some rows.

    Raises:
        BadTable: the file cannot be read as a whole: it is missing, has no header or a wrong one, another encoding or
            format than *form* says, a quote without an end, or is larger than the bounds.
    """
    if form.format == "csv":
        from engine.tables import csvfile

        yield from csvfile.rows(path, form)
    elif form.format == "excel":
        from engine.tables import excel  # the library is loaded by those who read Excel

        yield from excel.rows(path, form)
    else:
        from engine.tables import jsonfile

        yield from (jsonfile.rows if form.format == "json" else jsonfile.lines)(path, form)


def cells(path: Path, form: Form) -> Iterator[Line]:
    """Yield the header and then the rows of a CSV or Excel file as cells with their places, for messages about one.

    Raises:
        BadTable: as :func:`rows`; also for JSON and JSON Lines, which have no cells.
    """
    if form.format == "csv":
        from engine.tables import csvfile

        yield from csvfile.cells(path, form)
    elif form.format == "excel":
        from engine.tables import excel

        yield from excel.cells(path, form)
    else:
        raise BadTable(f"{path.name} has no cells", help="keep the table as .csv or .xlsx")
