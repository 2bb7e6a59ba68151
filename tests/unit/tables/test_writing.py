"""Writing: one text for a value, appended once whatever died in between, workbooks that read back as written."""

from __future__ import annotations

import os
import resource
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.tables import BadTable, form_of, rows, writing_excel
from engine.tables.writing import append, csv_header, csv_line, jsonl_line, safe_path
from engine.tables.writing_excel import write_excel


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("00501", "00501"),
        ("a,b", '"a,b"'),
        ('say "hi"', '"say ""hi"""'),
        ("a\nb", '"a\nb"'),
        ("a\rb", '"a\rb"'),
        (" a ", " a "),
        ("=1+1", "=1+1"),
        ("ä", "ä"),
        ("", ""),
        (None, ""),
        (True, "true"),
        (False, "false"),
        (-5, "-5"),
        (Decimal("12.50"), "12.50"),
        (Decimal("1E+3"), "1000"),
        (Decimal("1E-7"), "0.0000001"),
        (Decimal("-0.00"), "0.00"),
    ],
)
def test_a_value_has_one_text_in_csv(value: Any, text: str) -> None:
    assert csv_line(["a", "b"], {"a": value, "b": "x"}) == f"{text},x\n".encode()


def test_columns_stand_in_their_order_and_one_that_is_missing_is_empty() -> None:
    assert csv_header(["b", "a,c"]) == b'b,"a,c"\n'
    assert csv_line(["c", "b", "a"], {"a": 1, "c": 3}) == b"3,,1\n"


def test_one_empty_cell_alone_is_no_blank_line() -> None:
    assert csv_line(["a"], {"a": ""}) == b'""\n'


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"b": 1}, "the row has 'b', which is none of the columns"),
        ({"a": [1]}, "column 'a' is a list; a cell holds text, a number, true, false or nothing"),
        ({"a": {}}, "column 'a' is a mapping"),
        ({"a": "\0"}, "column 'a' holds a character that is no text"),
        ({"a": "\ud800"}, "column 'a' holds a character that is no text"),
        ({"a": Decimal("NaN")}, "column 'a' is a number"),
        ({"a": Decimal("1E+999999999")}, "column 'a' is a number"),
    ],
)
def test_what_no_cell_holds_is_refused(row: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(BadTable) as caught:
        csv_line(["a"], row)
    assert caught.value.message.startswith(message)
    with pytest.raises(BadTable) as caught:
        write_excel(tmp_path / "t.xlsx", ["a"], [row])
    assert caught.value.message.startswith(message)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("columns", [[], ["a", "a"], ["a", " "]])
def test_wrong_columns_are_refused(columns: list[str], tmp_path: Path) -> None:
    with pytest.raises(BadTable):
        csv_header(columns)
    with pytest.raises(BadTable):
        write_excel(tmp_path / "t.xlsx", columns, [])


def test_json_lines_keep_numbers_and_sort_keys() -> None:
    assert jsonl_line({"b": Decimal("1.10"), "a": [None, "ä\n"]}) == '{"a":[null,"ä\\n"],"b":1.10}\n'.encode()
    with pytest.raises(BadTable, match="half a character"):
        jsonl_line("\ud800")


def test_appending_gives_the_new_length(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    assert append(path, b"a\n", 0) == 2
    assert append(path, b"b\n", 2) == 4
    assert path.read_bytes() == b"a\nb\n"


@pytest.mark.parametrize("before", [b"", b"a,b\n"])
def test_whatever_part_a_killed_process_has_written_is_healed(tmp_path: Path, before: bytes) -> None:
    path = tmp_path / "t.csv"
    line = 'ä,"1\n2"\n'.encode()
    for cut in range(len(line) + 1):
        path.write_bytes(before + line[:cut])
        assert append(path, line, len(before), pending=line) == len(before + line)
        assert path.read_bytes() == before + line


def test_a_part_may_also_be_healed_when_something_else_is_written_now(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"a\nold 1\nol")
    append(path, b"new\n", 2, pending=b"old 1\nold 2\n")
    assert path.read_bytes() == b"a\nnew\n"


def test_zeros_that_a_power_cut_leaves_are_healed(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    for surplus in (b"\0\0\0\0", b"b,\0\0"):
        path.write_bytes(b"a\n" + surplus)
        append(path, b"b,c\n", 2, pending=b"b,c\n")
        assert path.read_bytes() == b"a\nb,c\n"


@pytest.mark.parametrize("surplus", [b"x", b"b\nc", b"b\n\0", b"\0\0\0"])
def test_what_others_have_added_is_never_touched(tmp_path: Path, surplus: bytes) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"a\n" + surplus)
    with pytest.raises(BadTable, match=rf"holds {len(surplus)} bytes that were not written here"):
        append(path, b"b\n", 2, pending=b"b\n")
    assert path.read_bytes() == b"a\n" + surplus


def test_a_surplus_without_anything_pending_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"a\nb\n")
    with pytest.raises(BadTable, match="holds 2 bytes that were not written here"):
        append(path, b"b\n", 2)


def test_a_file_that_is_shorter_or_gone_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    with pytest.raises(BadTable, match=r"cannot be written: there is no .*t\.csv"):
        append(path, b"b\n", 2)
    assert not path.exists()
    path.write_bytes(b"a")
    with pytest.raises(BadTable, match="has 1 bytes, of which 2 were written here"):
        append(path, b"b\n", 2)
    assert path.read_bytes() == b"a"


@pytest.mark.parametrize("kind", ["link", "folder", "pipe"])
def test_links_and_what_is_no_plain_file_are_refused(tmp_path: Path, kind: str) -> None:
    path, other = tmp_path / "t.xlsx", tmp_path / "other"
    other.write_bytes(b"")
    if kind == "link":
        path.symlink_to(other)
    elif kind == "folder":
        path.mkdir()
    else:
        os.mkfifo(path)
    with pytest.raises(BadTable, match="is a link, folder or device"):
        append(path, b"b\n", 0)
    with pytest.raises(BadTable, match="is a link, folder or device"):
        write_excel(path, ["a"], [])
    assert other.read_bytes() == b""
    assert sorted(tmp_path.iterdir()) == [other, path]


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadTable, match=f"there is no {tmp_path}/out$"):
        append(tmp_path / "out" / "t.csv", b"a", 0)
    with pytest.raises(BadTable, match=f"there is no {tmp_path}/out$"):
        write_excel(tmp_path / "out" / "t.xlsx", ["a"], [])


def test_a_full_disk_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"a\n")
    real = os.pwrite

    def full(descriptor: int, data: Any, at: int) -> int:
        if at > 2:
            raise OSError(28, "No space left on device")
        return real(descriptor, data[:1], at)

    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(BadTable, match="cannot be written: No space left on device"):
        append(path, b"bc\n", 2)
    assert path.read_bytes() == b"a\n"


def test_what_is_appended_is_on_the_disk_before_it_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    real = os.fsync

    def sync(descriptor: int) -> None:
        synced.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", sync)
    path = tmp_path / "t.csv"
    append(path, b"a\n", 0)
    assert synced == [str(path), str(tmp_path)]
    append(path, b"b\n", 2)
    assert synced[2:] == [str(path)]


def excel(path: Path) -> list[Any]:
    found = list(rows(path, form_of(path)))
    assert [row.flaw for row in found] == [""] * len(found)
    return [row.record for row in found]


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("00501", "00501"),
        ("=1+1", "=1+1"),
        ("http://shop.example/a", "http://shop.example/a"),
        (" a\r\n\x01_x0041_ ", " a\r\n\x01_x0041_ "),
        ("1e5", "1e5"),
        ("", None),
        (None, None),
        (True, True),
        (12, 12),
        (999999999999999, 999999999999999),
        (1234567890123456, "1234567890123456"),
        (Decimal("12.50"), Decimal("12.5")),
        (Decimal("1234567890123.45"), Decimal("1234567890123.45")),
        (Decimal("12345678901234.567"), "12345678901234.567"),
        (Decimal("1E+20"), "100000000000000000000"),
        (Decimal("1E-400"), "0." + "0" * 399 + "1"),
    ],
)
def test_a_value_written_to_excel_is_read_back(tmp_path: Path, value: Any, read: Any) -> None:
    path = tmp_path / "t.xlsx"
    write_excel(path, ["k", "v"], [{"k": "x", "v": value}])
    [record] = excel(path)
    assert record == {"k": "x", "v": read}
    assert type(record["v"]) is type(read)


TEXT = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufffe\uffff"), min_size=1, max_size=12
)
NUMBERS = st.integers(-(10**20), 10**20) | st.decimals(-(10**18), 10**18, places=4)


@given(values=st.lists(st.tuples(TEXT, NUMBERS), max_size=4))
def test_whatever_is_written_to_excel_is_read_back_exactly(
    values: list[tuple[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("round") / "t.xlsx"
    write_excel(path, ["text", "number"], [{"text": text, "number": number} for text, number in values])
    assert [(record["text"], Decimal(record["number"])) for record in excel(path)] == [
        (text, Decimal(number)) for text, number in values
    ]


def test_the_same_rows_give_the_same_workbook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = [{"a": "x", "b": Decimal("1.5")}, {"a": "y", "b": True}]
    write_excel(tmp_path / "1.xlsx", ["a", "b"], written)
    for path in tmp_path.iterdir():
        os.utime(path, (0, 0))
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    write_excel(tmp_path / "2.xlsx", ["a", "b"], written)
    assert (tmp_path / "1.xlsx").read_bytes() == (tmp_path / "2.xlsx").read_bytes()


def test_a_workbook_that_cannot_be_finished_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    write_excel(path, ["a"], [{"a": "old"}])
    with pytest.raises(BadTable, match="'b', which is none of the columns"):
        write_excel(path, ["a"], [{"a": "new"}, {"b": 1}])
    assert excel(path) == [{"a": "old"}]
    assert list(tmp_path.iterdir()) == [path]
    write_excel(path, ["a"], [{"a": "new"}])
    assert excel(path) == [{"a": "new"}]


def test_a_disk_that_is_full_for_a_workbook_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    write_excel(path, ["a"], [{"a": "old"}])
    bounds = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4_000, bounds[1]))
    try:
        with pytest.raises(BadTable, match="cannot be written: File too large"):
            write_excel(path, ["a"], [{"a": "new"}])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, bounds)
    assert excel(path) == [{"a": "old"}]
    assert list(tmp_path.iterdir()) == [path]


def test_what_excel_cannot_hold_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "t.xlsx"
    write_excel(path, ["a"], [{"a": "x" * 32_767}])
    for text in ("x" * 32_768, "😀" * 16_384):
        with pytest.raises(BadTable, match="holds more text than a cell of Excel"):
            write_excel(path, ["a"], [{"a": text}])
    with pytest.raises(BadTable, match="there are 16385 columns"):
        write_excel(path, [str(number) for number in range(16_385)], [])
    monkeypatch.setattr(writing_excel, "MAX_EXCEL_ROWS", 3)
    write_excel(path, ["a"], [{"a": 1}] * 2)
    with pytest.raises(BadTable, match="more than 3 rows"):
        write_excel(path, ["a"], [{"a": 1}] * 3)


def test_a_path_below_the_project_is_taken(tmp_path: Path) -> None:
    assert safe_path(tmp_path, "out/May 2026/payments.csv") == tmp_path / "out" / "May 2026" / "payments.csv"
    assert safe_path(tmp_path, "./a.jsonl") == tmp_path / "a.jsonl"


@pytest.mark.parametrize(
    "text",
    [
        "", "/etc/a.csv", "../a.csv", "a/../../b.csv", "a/..", "~/a.csv", "C:/a.csv", "C:a.csv", "a\\b.csv",
        "a\0.csv", "a\n.csv", ".git/a.csv", "x/.GIT/a.csv", ".recipe/a.csv", "connections.yaml",
        "connections.yaml/a.csv", "a.py", "a.csv.py", "a", "out/", ".csv", "x/.hidden.csv", "a.CSV",
    ],
)  # fmt: skip
def test_any_other_path_is_refused_with_a_cure(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadTable) as caught:
        safe_path(tmp_path, text)
    assert caught.value.help


def test_links_do_not_lead_out_of_the_project_or_into_its_state(tmp_path: Path) -> None:
    root, other = tmp_path / "root", tmp_path / "other"
    for folder in (root / ".recipe", root / "real", other):
        folder.mkdir(parents=True)
    (root / "out").symlink_to(other)
    (root / "state").symlink_to(root / ".recipe")
    (root / "inside").symlink_to(root / "real")
    (root / "circle").symlink_to(root / "circle")
    for text in ("out/a.csv", "out/deep/a.csv", "state/a.csv"):
        with pytest.raises(BadTable, match="leads out of the project through a link"):
            safe_path(root, text)
    assert safe_path(root, "inside/a.csv") == root / "real" / "a.csv"
    with pytest.raises(BadTable):
        append(safe_path(root, "circle/a.csv"), b"", 0)
