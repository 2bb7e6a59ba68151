"""Reading Excel: what each kind of cell becomes, and what is told instead of being guessed."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter  # type: ignore[import-untyped]  # no stubs

from engine.tables import BadTable, Row, cells, excel, form_of, rows, workbook

# Excel knows no time zones.
MOMENT = dt.datetime(2026, 3, 1, 13, 45, 10)  # noqa: DTZ001
DAY = MOMENT.replace(hour=0, minute=0, second=0)


def made(tmp_path: Path, write: Callable[[Any, Any], object], **options: Any) -> Path:
    """Make a workbook of one sheet named Data; *write* gets the book and the sheet."""
    path = tmp_path / "t.xlsx"
    book = xlsxwriter.Workbook(path, options)
    write(book, book.add_worksheet("Data"))
    book.close()
    return path


def read(path: Path, **options: Any) -> list[Row]:
    return list(rows(path, form_of(path, **options)))


def one(tmp_path: Path, put: Callable[[Any, Any], Any], **options: Any) -> Row:
    """Return the row of a sheet with the columns ``k`` and ``v``; *put* writes B2."""

    def write(book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["k", "v"])
        sheet.write_string(1, 0, "x")
        put(book, sheet)

    [row] = read(made(tmp_path, write, **options))
    return row


def number(value: float, format: str = "") -> Callable[[Any, Any], Any]:
    return lambda book, sheet: sheet.write_number(1, 1, value, book.add_format({"num_format": format}))


def when(value: Any, format: str) -> Callable[[Any, Any], Any]:
    return lambda book, sheet: sheet.write_datetime(1, 1, value, book.add_format({"num_format": format}))


@pytest.mark.parametrize(
    ("put", "value"),
    [
        (lambda book, sheet: sheet.write_string(1, 1, "00501"), "00501"),
        (lambda book, sheet: sheet.write_string(1, 1, " a\nb "), " a\nb "),
        (lambda book, sheet: sheet.write_string(1, 1, "#N/A"), "#N/A"),
        (number(1200.0, "0.00"), 1200),
        (number(-0.0), 0),
        (number(12.1), Decimal("12.1")),
        (number(0.19, "0%"), Decimal("0.19")),
        (number(999999999999999), 999999999999999),
        (number(1e-20), Decimal("1E-20")),
        (when(DAY, "dd/mm/yyyy"), "2026-03-01"),
        (when(DAY, "mmm yy"), "2026-03-01"),
        (when(MOMENT, "dd/mm/yyyy hh:mm"), "2026-03-01T13:45:10"),
        (when(MOMENT, "dd/mm/yyyy"), "2026-03-01T13:45:10"),
        (when(DAY, "dd/mm/yyyy hh:mm"), "2026-03-01"),
        (when(dt.time(13, 45, 10), "hh:mm"), "13:45:10"),
        (number(1.5, "[h]:mm:ss"), "36:00:00"),
        (number(0.25, "[h]:mm"), "06:00:00"),
        (number(61, "yyyy-mm-dd"), "1900-03-01"),
        (lambda book, sheet: sheet.write_boolean(1, 1, True), True),
        (lambda book, sheet: sheet.write_blank(1, 1, None, book.add_format({"bold": True})), None),
        (lambda book, sheet: sheet.write_string(1, 1, ""), None),
        (lambda book, sheet: sheet.write_formula(1, 1, "=1+1.5", None, 2.5), Decimal("2.5")),
        (lambda book, sheet: sheet.write_formula(1, 1, '="a"', None, "a"), "a"),
        (lambda book, sheet: sheet.write_formula(1, 1, '=""', None, ""), None),
        (lambda book, sheet: None, None),
    ],
)
def test_a_cell_becomes(tmp_path: Path, put: Callable[[Any, Any], Any], value: Any) -> None:
    row = one(tmp_path, put)
    assert (row.flaw, row.record, row.place) == ("", {"k": "x", "v": value}, "row 2")
    assert type(row.record["v"]) is type(value)


def test_dates_of_a_workbook_that_counts_from_1904_are_right(tmp_path: Path) -> None:
    row = one(tmp_path, when(DAY, "yyyy-mm-dd"), date_1904=True)
    assert row.record["v"] == "2026-03-01"


def error(formula: str, value: str) -> Callable[[Any, Any], Any]:
    return lambda book, sheet: sheet.write_formula(1, 1, formula, None, value)


@pytest.mark.parametrize(
    ("put", "flaw", "help"),
    [
        (error("=NA()", "#N/A"), "cell B2 holds an error such as #N/A or #DIV/0!", "correct the formula"),
        (error("=1/0", "#DIV/0!"), "cell B2 holds an error such as #N/A or #DIV/0!", "correct the formula"),
        (number(1234567890123456), "cell B2 holds a number of more than 15 digits", "as text"),
        (number(-1e15), "cell B2 holds a number of more than 15 digits", "as text"),
        (
            number(60, "yyyy-mm-dd"),
            "cell B2 holds a date before 1900-03-01, which Excel counts wrongly",
            "text",
        ),
        (
            lambda book, sheet: sheet.write_string(1, 3, "stray"),
            "cell D2 stands in a column without a name",
            "name the column",
        ),
    ],
)
def test_what_cannot_be_read_exactly_is_a_flaw_of_its_row_naming_the_cell(
    tmp_path: Path, put: Callable[[Any, Any], Any], flaw: str, help: str
) -> None:
    row = one(tmp_path, put)
    assert (row.record, row.flaw) == (None, flaw)
    assert help in row.help
    assert b'"k":"x"' in row.raw


def test_a_row_that_holds_nothing_but_an_error_is_not_taken_for_a_blank_one(tmp_path: Path) -> None:
    def write(_: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["k", "v"])
        sheet.write_row(1, 0, ["a", "b"])
        sheet.write_formula(3, 1, "=NA()", None, "#N/A")

    good, bad = read(made(tmp_path, write))
    assert good.flaw == ""
    assert (bad.place, bad.flaw) == ("row 4", "cell B4 holds an error such as #N/A or #DIV/0!")


def test_a_table_may_stand_anywhere_below_notes(tmp_path: Path) -> None:
    def write(_: Any, sheet: Any) -> None:
        sheet.write_string(0, 0, "Payroll of March")
        sheet.write_row(3, 2, ["id", "amount"])
        sheet.write_row(5, 2, ["007", 12.5])

    path = made(tmp_path, write)
    assert read(path, header=4) == [
        Row({"id": "007", "amount": Decimal("12.5")}, "row 6", b'{"amount":12.5,"id":"007"}')
    ]
    header, line = cells(path, form_of(path, header=4))
    assert [(cell.value, cell.place) for cell in header.cells] == [("id", "cell C4"), ("amount", "cell D4")]
    assert [(cell.value, cell.place) for cell in line.cells] == [
        ("007", "cell C6"),
        (Decimal("12.5"), "cell D6"),
    ]


def test_a_sheet_that_begins_behind_column_a_and_row_1_keeps_its_places(tmp_path: Path) -> None:
    def write(_: Any, sheet: Any) -> None:
        sheet.write_row(2, 27, ["a", "b"])
        sheet.write_row(3, 27, ["1", "2"])

    path = made(tmp_path, write)
    header, line = cells(path, form_of(path, header=3))
    assert [cell.place for cell in (*header.cells, *line.cells)] == [
        "cell AB3",
        "cell AC3",
        "cell AB4",
        "cell AC4",
    ]
    assert read(path, header=3)[0].place == "row 4"


def test_merged_cells_have_their_value_in_the_first_only(tmp_path: Path) -> None:
    def write(_: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["k", "v"])
        sheet.merge_range(1, 0, 2, 0, "x")
        sheet.write_column(1, 1, ["1", "2"])

    assert [row.record for row in read(made(tmp_path, write))] == [
        {"k": "x", "v": "1"},
        {"k": None, "v": "2"},
    ]


def test_numbers_in_the_header_are_names(tmp_path: Path) -> None:
    path = made(
        tmp_path, lambda _, sheet: [sheet.write_row(0, 0, ["k", 2026]), sheet.write_row(1, 0, ["x", 1])]
    )
    assert read(path)[0].record == {"k": "x", "2026": 1}


def sheets(tmp_path: Path, *names: str, hidden: str = "") -> Path:
    path = tmp_path / "t.xlsx"
    book = xlsxwriter.Workbook(path)
    for name in names:
        sheet = book.add_worksheet(name)
        if not name.startswith("Empty"):
            sheet.write_column(0, 0, ["name", f"of {name}"])
        if name == hidden:
            sheet.hide()
    book.add_chartsheet("Chart")
    book.close()
    return path


def test_the_only_visible_sheet_that_holds_anything_is_read(tmp_path: Path) -> None:
    path = sheets(tmp_path, "Empty", "A & B", "Secret", hidden="Secret")
    assert [row.record for row in read(path)] == [{"name": "of A & B"}]
    assert [row.record for row in read(path, sheet="Secret")] == [{"name": "of Secret"}]


@pytest.mark.parametrize(
    ("names", "options", "message", "help"),
    [
        (("One", "Two"), {}, "t.xlsx has several sheets: 'One', 'Two'", "add sheet: One"),
        (("One", "Two"), {"sheet": "one"}, "t.xlsx has no sheet 'one'", "its sheets are 'One', 'Two'"),
        (("One",), {"sheet": "Chart"}, "t.xlsx has no sheet 'Chart'", "its sheets are 'One'"),
        (("Empty",), {}, "t.xlsx holds no cells", "right file"),
        (("One",), {"header": 9}, "t.xlsx, sheet 'One', row 9 has no names of columns", "header:"),
    ],
)
def test_a_sheet_that_is_not_clear_is_refused(
    tmp_path: Path, names: tuple[str, ...], options: dict[str, Any], message: str, help: str
) -> None:
    path = sheets(tmp_path, *names)
    with pytest.raises(BadTable) as caught:
        read(path, **options)
    assert caught.value.message == message
    assert help in caught.value.help


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["a", "", "b"], "column 2 has no name"),
        (["a", "a"], "two columns are named 'a'"),
        (["a", 1e300], "the name of a column is a number of more than 15 digits"),
    ],
)
def test_a_wrong_header_is_refused(tmp_path: Path, names: list[Any], message: str) -> None:
    path = made(tmp_path, lambda _, sheet: sheet.write_row(0, 0, names))
    with pytest.raises(BadTable, match=f"t.xlsx, sheet 'Data', row 1: {message}"):
        read(path)


def test_an_error_in_the_header_is_refused(tmp_path: Path) -> None:
    path = made(tmp_path, lambda _, sheet: sheet.write_formula(0, 0, "=NA()", None, "#N/A"))
    with pytest.raises(BadTable, match="cell A1 holds an error"):
        read(path)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "t.xlsx is not an Excel workbook"),
        (b"a,b\n1,2\n", "t.xlsx is not an Excel workbook"),
        (b"PK\x03\x04 and no more", "t.xlsx is not an Excel workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "t.xlsx is protected by a password"),
    ],
)
def test_what_is_no_workbook_is_refused(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "t.xlsx"
    path.write_bytes(data)
    with pytest.raises(BadTable, match=message):
        read(path)


def repacked(path: Path, part: str, change: Callable[[bytes], bytes]) -> None:
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, change(data) if name == part else data)


@pytest.mark.parametrize(
    "part", ["xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet1.xml"]
)
@pytest.mark.parametrize(
    "change", [lambda _: b"", lambda data: data[: len(data) // 2], lambda _: b"<x>&y;</x>"]
)
def test_a_workbook_with_a_broken_part_is_refused(
    tmp_path: Path, part: str, change: Callable[[bytes], bytes]
) -> None:
    path = sheets(tmp_path, "One")
    repacked(path, part, change)
    with pytest.raises(BadTable):
        read(path)


def test_entities_in_a_workbook_are_refused(tmp_path: Path) -> None:
    path = sheets(tmp_path, "One")
    repacked(path, "xl/workbook.xml", lambda data: data.replace(b"<workbook", b"<!DOCTYPE x><workbook"))
    with pytest.raises(BadTable, match="not an Excel workbook"):
        read(path)


def test_two_cells_in_far_corners_are_refused_before_they_fill_the_memory(tmp_path: Path) -> None:
    def write(_: Any, sheet: Any) -> None:
        sheet.write_string(0, 0, "a")
        sheet.write_string(1_048_575, 16_383, "b")

    with pytest.raises(BadTable, match="'Data' has cells up to XFD1048576, which is too far"):
        read(made(tmp_path, write))


def test_a_workbook_that_unpacks_to_too_much_is_refused_by_its_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = sheets(tmp_path, "One")
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/zeros", b"\0" * 3_000_000)
    assert [row.record for row in read(path)] == [{"name": "of One"}]
    monkeypatch.setattr(workbook, "MAX_FILE", 2_000_000)
    with pytest.raises(BadTable, match="more than a workbook should"):
        read(path)
    monkeypatch.setattr(workbook, "MAX_RATIO", 10_000)
    assert read(path)
    monkeypatch.setattr(workbook, "MAX_UNPACKED", 2_000_000)
    with pytest.raises(BadTable, match="more than a workbook should"):
        read(path)
    monkeypatch.setattr(workbook, "MAX_FILE", 1_000)
    with pytest.raises(BadTable, match="larger than 100 MB"):
        read(path)


def test_midnight_is_a_date_also_where_a_fraction_short_of_it_was_rounded() -> None:
    midnight = dt.datetime(2025, 12, 10)  # noqa: DTZ001  # Excel knows no zone
    assert excel._value(midnight) == ("2025-12-10", "", "")
    assert excel._value(midnight + dt.timedelta(seconds=1)) == ("2025-12-10T00:00:01", "", "")
