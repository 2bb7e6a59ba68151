"""Reading CSV: text exactly as written, each row with its place and bytes, each refusal with its cure."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.tables import BadTable, Row, cells, form_of, rows
from engine.tables.writing import csv_header, csv_line


def read(tmp_path: Path, data: bytes | str, name: str = "t.csv", **options: Any) -> list[Row]:
    path = tmp_path / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return list(rows(path, form_of(path, **options)))


def records(tmp_path: Path, data: bytes | str, **options: Any) -> list[Any]:
    found = read(tmp_path, data, **options)
    assert [row.flaw for row in found] == [""] * len(found)
    return [row.record for row in found]


def refusal(tmp_path: Path, data: bytes | str, **options: Any) -> tuple[str, str]:
    with pytest.raises(BadTable) as caught:
        read(tmp_path, data, **options)
    return caught.value.message, caught.value.help


def test_cells_are_text_exactly_as_written(tmp_path: Path) -> None:
    assert records(tmp_path, "id,amount,on,note\n00501, 12.50 ,NO,\n") == [
        {"id": "00501", "amount": " 12.50 ", "on": "NO", "note": ""}
    ]


def test_a_row_has_the_line_where_it_begins_and_the_bytes_it_has_in_the_file(tmp_path: Path) -> None:
    found = read(tmp_path, b'a,b\r\n1,"x\r\ny"\r\n\r\n2,z')
    assert found == [
        Row({"a": "1", "b": "x\r\ny"}, "line 2", b'1,"x\r\ny"\r\n'),
        Row({"a": "2", "b": "z"}, "line 5", b"2,z"),
    ]


def test_blank_lines_are_no_rows(tmp_path: Path) -> None:
    assert records(tmp_path, "a,b\n\n1,2\n\n\n3,4\n\n\n") == [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]


def test_a_row_with_more_or_fewer_cells_is_a_flaw_of_that_row_alone(tmp_path: Path) -> None:
    few, many, good = read(tmp_path, "a,b\n1\n1,2,3\n1,2\n")
    assert (few.record, few.place, few.raw) == (None, "line 2", b"1\n")
    assert few.flaw == "the row has 1 cell; expected 2 cells, as the header has"
    assert many.flaw == "the row has 3 cells; expected 2 cells, as the header has"
    assert many.help == "put a cell that holds the delimiter in quotes"
    assert good.record == {"a": "1", "b": "2"}


def test_columns_without_a_name_at_the_end_must_be_empty(tmp_path: Path) -> None:
    right, bare, wrong = read(tmp_path, "a,b,\n1,2,\n1,2\n1,2,3\n")
    assert right.record == bare.record == {"a": "1", "b": "2"}
    assert wrong.flaw == "the row has 3 cells; expected 2 cells, as the header has"


def test_a_quote_inside_a_quoted_cell_is_written_twice(tmp_path: Path) -> None:
    assert records(tmp_path, 'a,b\n"say ""hi"", you",5" nail\n') == [{"a": 'say "hi", you', "b": '5" nail'}]


def test_a_file_that_knows_no_quote_has_them_as_text(tmp_path: Path) -> None:
    assert records(tmp_path, 'a,b\n"5" nail,"x\n', quote="") == [{"a": '"5" nail', "b": '"x'}]


def test_another_quote_and_delimiter_can_be_given(tmp_path: Path) -> None:
    assert records(tmp_path, "a;b\n'1;2';3\n", delimiter=";", quote="'") == [{"a": "1;2", "b": "3"}]


def test_the_header_may_stand_below_other_lines(tmp_path: Path) -> None:
    found = read(tmp_path, 'Account "1\nPeriod\na,b\n1,2\n', header=3)
    assert [(row.record, row.place) for row in found] == [({"a": "1", "b": "2"}, "line 4")]


def test_tsv_is_delimited_by_tabs(tmp_path: Path) -> None:
    [row] = read(tmp_path, "a\tb\n1\t2,5\n", name="t.tsv")
    assert row.record == {"a": "1", "b": "2,5"}


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8", "ä€日"),
        ("utf-8-sig", "ä€日"),
        ("utf-16", "ä€日"),
        ("utf-16-le", "ä਀ਊ"),  # their bytes hold that of a line end
        ("utf-16-be", "ä਀ਊ"),
        ("utf-32", "ä€😀"),
        ("cp1252", "ä€"),
        ("latin-1", "ä"),
        ("iso8859-15", "ä€"),
        ("cp850", "ä"),
        ("shift_jis", "日本ソ"),
        ("gb18030", "日本€"),
    ],
)
def test_encodings_are_read_with_and_without_byte_order_mark(
    tmp_path: Path, encoding: str, text: str
) -> None:
    written = f"{text},b\r\n1,{text}\r\n2,x\r\n".encode(encoding)
    found = read(tmp_path, written, encoding=encoding)
    assert [row.record for row in found] == [{text: "1", "b": text}, {text: "2", "b": "x"}]
    assert [row.place for row in found] == ["line 2", "line 3"]
    assert written.endswith(b"".join(row.raw for row in found))


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path) -> None:
    assert records(tmp_path, b"\xef\xbb\xbfa,b\n1,2\n") == [{"a": "1", "b": "2"}]


def test_a_wrong_encoding_is_told_with_its_byte_and_the_cure(tmp_path: Path) -> None:
    filler = "x,y\n" * 40_000
    message, help = refusal(tmp_path, f"a,b\n{filler}".encode() + b"caf\xe9,1\n")
    assert message == f"t.csv is not utf-8 text (byte {4 + len(filler) + 3})"
    assert help.startswith("add encoding: cp1252")


def test_utf_16_without_being_told_is_recognised_in_the_cure(tmp_path: Path) -> None:
    assert refusal(tmp_path, "a,b\n1,2\n".encode("utf-16"))[1] == "add encoding: utf-16"
    message, help = refusal(tmp_path, "a,b\n1,2\n".encode("utf-16-le"))
    assert message == "t.csv, line 1: there is a NUL character, so this is no text"
    assert "utf-16" in help


def test_a_cut_utf_16_file_is_refused_at_its_byte(tmp_path: Path) -> None:
    message, _ = refusal(tmp_path, "a,b\n1,2\n".encode("utf-16")[:-1], encoding="utf-16")
    assert message == "t.csv is not utf-16-le text (byte 16)"


@pytest.mark.parametrize(
    ("data", "options", "message", "help"),
    [
        ("", {}, "t.csv, line 1 has no names of columns", "header:"),
        ("\na,b\n", {}, "t.csv, line 1 has no names of columns", "header:"),
        ("a\n", {"header": 3}, "t.csv ends before line 3", "correct header:"),
        ("a,,b\n", {}, "t.csv, line 1: column 2 has no name", "give every column a name"),
        ("a,b,a\n", {}, "t.csv, line 1: two columns are named 'a'", "rename one"),
        ("a;b\n1;2\n", {}, "t.csv, line 1: there is one column, named 'a;b'", "add delimiter: ';'"),
        ("a\tb\n", {}, "t.csv, line 1: there is one column, named 'a\\tb'", 'add delimiter: "\\t"'),
        (
            "a,b\n",
            {"delimiter": ";"},
            "t.csv, line 1: there is one column, named 'a,b'",
            "add delimiter: ','",
        ),
        ("a,b\n1,2\n1,\0\n", {}, "t.csv, line 3: there is a NUL character", "encoding: utf-16"),
        (
            'a,b\n1,2\n1,"x\n3,4\n',
            {},
            "t.csv, line 3: a quoted cell begins here and does not end",
            "quote: ''",
        ),
        ('a,b\n1,"x"y\n', {}, "t.csv, line 2: text follows the quote that ends a cell", "twice"),
        ("a,b\r1,2\r", {}, "t.csv, line 1: a carriage return stands in the middle", "line ends"),
        (
            "a,b\n1," + "x" * 1_000_001,
            {},
            "t.csv, line 2: a cell has more than 1,000,000 characters",
            "quote",
        ),
    ],
)
def test_what_cannot_be_read_as_a_whole_is_refused_with_place_and_cure(
    tmp_path: Path, data: str, options: dict[str, Any], message: str, help: str
) -> None:
    found = refusal(tmp_path, data, **options)
    assert found[0].startswith(message)
    assert help in found[1]


def test_a_line_without_an_end_is_not_read_into_memory(tmp_path: Path) -> None:
    for encoding in ("utf-8", "utf-16"):
        data = ("a,b\n" + "x" * 16_000_001).encode(encoding)
        assert refusal(tmp_path, data, encoding=encoding)[0] == "t.csv, line 2 is longer than 16 MB"


def test_rows_before_a_slip_are_given_before_it_is_told(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text('a,b\n1,2\n"x"y,2\n')
    found = rows(path, form_of(path))
    assert next(found).record == {"a": "1", "b": "2"}
    with pytest.raises(BadTable, match="line 3"):
        next(found)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for name, message in (("none.csv", "there is no file"), ("folder.csv", "is no file")):
        (tmp_path / "folder.csv").mkdir(exist_ok=True)
        path = tmp_path / name
        with pytest.raises(BadTable, match=message):
            list(rows(path, form_of(path)))


def test_each_cell_has_the_stretch_of_its_text(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    text = '\ufefffrom,to\r\n"$.a, b",\r\n"x\ny""z",q\r\n1\r\n'
    path.write_bytes(text.encode())
    header, first, second, bad = cells(path, form_of(path))
    assert [(cell.value, cell.span) for cell in header.cells] == [
        ("from", (1, 1, 1, 5)),
        ("to", (1, 6, 1, 8)),
    ]
    assert [(cell.value, cell.span) for cell in first.cells] == [
        ("$.a, b", (2, 2, 2, 8)),
        ("", (2, 10, 2, 10)),
    ]
    assert [(cell.value, cell.span) for cell in second.cells] == [
        ('x\ny"z', (3, 2, 4, 5)),
        ("q", (4, 7, 4, 8)),
    ]
    assert second.cells[1].place == "line 4, column 7"
    assert (bad.cells, bad.place) == ((), "line 5")
    assert bad.flaw == "the row has 1 cell; expected 2 cells, as the header has"


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
TRICKY = st.text(st.sampled_from("\",;\r\n\t '\ufeffaä"), max_size=6)
CELL = TEXT | TRICKY
TABLE = st.lists(CELL.filter(lambda name: bool(name.strip())), min_size=1, max_size=4, unique=True).flatmap(
    lambda names: st.tuples(st.just(names), st.lists(st.tuples(*[CELL] * len(names)), max_size=5))
)


@given(table=TABLE)
def test_whatever_text_is_written_is_read_back(
    table: tuple[list[str], list[tuple[str, ...]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    names, values = table
    if len(names) == 1 and set(names[0]) & set(",;\t|"):
        return  # one column with a delimiter in its name is taken for a wrong delimiter
    path = tmp_path_factory.mktemp("round") / "t.csv"
    given = [dict(zip(names, row, strict=True)) for row in values]
    data = csv_header(names) + b"".join(csv_line(names, row) for row in given)
    path.write_bytes(data)
    form = form_of(path)
    assert [row.record for row in rows(path, form)] == given
    assert [tuple(cell.value for cell in line.cells) for line in cells(path, form)][1:] == values
    # any other reader of RFC 4180 finds the same
    assert list(csv.reader(io.StringIO(data.decode(), newline="")))[1:] == [list(row) for row in values]


@given(table=TABLE)
def test_a_span_is_the_text_of_its_cell(
    table: tuple[list[str], list[tuple[str, ...]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    names, values = table
    if len(names) == 1 and set(names[0]) & set(",;\t|"):
        return
    path = tmp_path_factory.mktemp("spans") / "t.csv"
    path.write_bytes(
        csv_header(names) + b"".join(csv_line(names, dict(zip(names, row, strict=True))) for row in values)
    )
    lines = path.read_bytes().decode().split("\n")
    for line in cells(path, form_of(path)):
        for cell in line.cells:
            assert cell.span is not None
            first, start, last, end = cell.span
            part = "\n".join(lines[first - 1 : last])
            text = part[start - 1 : len(part) - len(lines[last - 1]) + end - 1]
            assert text in (cell.value, cell.value.replace('"', '""'))
