"""``file.write``: each record's row once, and nothing that was not written here is touched."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from engine.actions import appended
from engine.actions.entry import stands
from engine.ledger import EffectState, WorkbookRow
from engine.ledger.sqlite import SqliteLedger
from engine.report import Report, summary
from engine.tables import form_of, rows
from engine.tables.writing import append
from tests.project import Project

A, B, C = {"id": "a", "amount": "1.50"}, {"id": "b", "amount": "2.25"}, {"id": "c", "amount": "3.00"}


def write(file: str, more: str = "row: {id: $.id, amount: $.amount | money}", id: str = "row") -> str:
    return f"  - {{id: {id}, uses: file.write, with: {{file: {file}, {more}}}}}\n"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path)
    made.recipe(write("out/rows.csv"))
    return made


def stopped(report: Report) -> str:
    assert report.outcome == "stopped"
    assert report.stopped_by is not None
    return f"{report.stopped_by.message} | {report.stopped_by.help}"


def sheet(path: Path) -> list[Any]:
    return [row.record for row in rows(path, form_of(path))]


class Dead(BaseException):
    """Stands for the death of the process."""


@contextmanager
def dying(monkeypatch: pytest.MonkeyPatch, left: int = 0) -> Iterator[None]:
    """Let the process die when it has appended the first *left* bytes."""

    def partly(path: Path, data: bytes, at: int, pending: bytes = b"") -> int:
        with path.open("r+b") as file:
            file.seek(at)
            file.write(data[:left])
        raise Dead

    with monkeypatch.context() as patch:
        patch.setattr(appended, "append", partly)
        with pytest.raises(Dead):
            yield


FILES = ["out/rows.csv", "out/rows.jsonl", "out/rows.xlsx"]


@pytest.mark.parametrize("file", FILES)
def test_the_same_record_twice_is_one_row(tmp_path: Path, file: str) -> None:
    project = Project(tmp_path)
    project.recipe(write(file))
    first = project.run(A, B)
    second = project.run(A, B, C)
    found = [record["id"] for record in sheet(tmp_path / file)]
    assert found == ["a", "b", "c"]
    assert (sum(first.created.values()), sum(second.created.values())) == (2, 1)


def test_csv_has_a_header_once_and_amounts_as_they_are(project: Project) -> None:
    project.run(A)
    project.run(A, B)
    assert project.text("out/rows.csv") == "id,amount\na,1.50\nb,2.25\n"


def test_values_are_exact(tmp_path: Path) -> None:
    project = Project(tmp_path)
    row = "row: {id: $.id, text: '=1+1', no: null, yes: true, long: 12345678901234567890, part: 0.10}"
    project.recipe(write("t.csv", row) + write("t.xlsx", row, "book") + write("t.jsonl", row, "line"))
    project.run(A)
    assert project.text("t.csv").splitlines()[1] == "a,=1+1,,true,12345678901234567890,0.10"
    assert '"long":12345678901234567890,"no":null,"part":0.10' in project.text("t.jsonl")
    assert sheet(tmp_path / "t.xlsx")[0]["text"] == "=1+1"
    assert sheet(tmp_path / "t.xlsx")[0]["long"] == "12345678901234567890"


@pytest.mark.parametrize("file", ["t.csv", "t.xlsx"])
def test_a_nested_value_is_refused_where_cells_are_before_anything_is_written(
    tmp_path: Path, file: str
) -> None:
    project = Project(tmp_path)
    project.recipe("  - {id: told, uses: log.write, with: {message: first}}\n" + write(file, "row: $"))
    report = project.run({"id": "a", "deep": {"x": 1}})
    assert (report.failed, report.created) == (1, {})
    assert "cannot take this row: column 'deep' is a mapping" in next(iter(project.failures()))
    assert not (tmp_path / file).exists()


def test_a_nested_value_stands_in_json_lines(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.recipe(write("t.jsonl", "row: $"))
    project.run({"id": "a", "deep": {"x": [1]}})
    assert project.text("t.jsonl") == '{"deep":{"x":[1]},"id":"a"}\n'


def test_several_rows_of_one_record_are_written_together_and_none_is_no_write(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.recipe(write("t.csv", "rows: $.lines"))
    report = project.run({"id": "a", "lines": [{"n": 1}, {"n": 2}]}, {"id": "b", "lines": []})
    assert project.text("t.csv") == "n\n1\n2\n"
    assert report.created == {"file writes": 1}


def test_the_columns_are_kept_and_a_row_with_another_key_is_refused(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.recipe(write("t.csv", "row: $"))
    report = project.run({"id": "a", "x": "1"}, {"id": "b", "y": "2"}, {"id": "c"})
    assert project.text("t.csv") == "id,x\na,1\nc,\n"
    assert report.failed == 1
    assert "the row has 'y', which is none of the columns" in next(iter(project.failures()))


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (
            "columns: [amount, id], row: {id: $.id}",
            "has the columns id, amount; this action names amount, id",
        ),
        ("columns: [id], row: $", "the row has 'amount', which is none of the columns"),
        ("columns: $.twice, row: {id: x}", "two columns are named 'id'"),
        ("row: $.empty", "there are no columns"),
        ("sheet: X, row: $", "sheet does not belong to a .csv file"),
        ("columns: [id], row: $.absent?", "takes row or rows"),
        ("row: $.empty?, rows: $.several?", "takes row or rows"),
    ],
)
def test_what_does_not_fit_the_file_is_that_records_error(project: Project, more: str, message: str) -> None:
    project.run(A)
    project.recipe(write("$.file", more))
    given = {**B, "file": "out/rows.csv", "twice": ["id", "id"], "empty": {}, "several": [B]}
    assert project.run(A, given).failed == 1
    assert message in next(iter(project.failures()))
    assert project.text("out/rows.csv") == "id,amount\na,1.50\n"


@pytest.mark.parametrize("file", ["../x.csv", "/tmp/x.csv", ".recipe/x.csv", "x.txt", "link/x.csv"])
def test_a_file_outside_the_project_is_refused(tmp_path: Path, file: str) -> None:
    inside = tmp_path / "project"
    inside.mkdir()
    (inside / "link").symlink_to(tmp_path)
    project = Project(inside)
    project.recipe(write("$.file"))
    assert project.run({**A, "file": file}).failed == 1
    assert next(iter(project.failures())).startswith("X107 file.write: ")
    assert not (tmp_path / "x.csv").exists()


def test_two_names_of_one_file_are_one_file(tmp_path: Path) -> None:
    project = Project(tmp_path)
    (tmp_path / "out").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "out")
    project.recipe(write("out/t.csv") + write("./link/t.csv", id="again"))
    project.run(A)
    assert project.text("out/t.csv") == "id,amount\na,1.50\na,1.50\n"


@pytest.mark.parametrize("file", FILES)
def test_a_changed_record_whose_row_stands_is_parked(tmp_path: Path, file: str) -> None:
    project = Project(tmp_path)
    project.recipe(write(file))
    project.run(A)
    before = (tmp_path / file).read_bytes()
    assert project.run({**A, "amount": "9"}).parked == 1
    message = f"X302 the record changed after file.write wrote its row to {file}"
    assert list(project.failures()) == [message]
    assert (tmp_path / file).read_bytes() == before


@pytest.mark.parametrize("file", FILES)
def test_a_file_that_was_taken_away_begins_anew_with_the_next_row(tmp_path: Path, file: str) -> None:
    project = Project(tmp_path)
    project.recipe(write(file))
    project.run(A, B)
    (tmp_path / file).rename(tmp_path / "archive")
    assert project.run(A, B).created == {}
    assert not (tmp_path / file).exists()
    project.run(A, B, C)
    assert sheet(tmp_path / file) == [dict(C)] if file.endswith("csv") else sheet(tmp_path / file)
    assert [record["id"] for record in sheet(tmp_path / file)] == ["c"]


def test_a_file_that_begins_anew_has_the_columns_of_its_first_row(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.recipe(write("t.csv", "row: $"))
    project.run(A)
    (tmp_path / "t.csv").unlink()
    project.run(A, {"id": "b", "other": "1"})
    assert project.text("t.csv") == "id,other\nb,1\n"


def _longer(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"by hand\n")


def _shorter(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-3])


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("change", [_longer, _shorter])
def test_a_file_that_somebody_changed_stops_the_run_and_stays_as_it_is_and_no_row_is_lost(
    tmp_path: Path, file: str, change: Callable[[Path], None]
) -> None:
    project = Project(tmp_path)
    project.recipe(write(file))
    project.run(A)
    good = (tmp_path / file).read_bytes()
    change(tmp_path / file)
    bad = (tmp_path / file).read_bytes()
    for _ in range(2):
        assert "move" in stopped(project.run(A, B))
        assert (tmp_path / file).read_bytes() == bad
    (tmp_path / file).write_bytes(good)
    assert project.run(A, B).outcome == "done"
    assert [record["id"] for record in sheet(tmp_path / file)] == ["a", "b"]


def test_a_file_that_was_changed_and_then_moved_away_leaves_no_row_behind(project: Project) -> None:
    project.run(A)
    _longer(project.folder / "out/rows.csv")
    told = stopped(project.run(A, B))
    assert "holds 8 bytes that were not written here, behind the 17 that were: by hand" in told
    (project.folder / "out/rows.csv").rename(project.folder / "archive.csv")
    assert project.run(A, B).outcome == "done"
    assert project.text("out/rows.csv") == "id,amount\nb,2.25\n"


@pytest.mark.parametrize("file", FILES)
def test_a_file_that_lay_there_before_is_never_written_to(tmp_path: Path, file: str) -> None:
    project = Project(tmp_path)
    (tmp_path / "out").mkdir()
    (tmp_path / file).write_text("mine\n")
    project.recipe(write(file))
    assert "not written here" in stopped(project.run(A))
    assert project.text(file) == "mine\n"


@pytest.mark.parametrize("file", FILES)
def test_a_link_is_not_followed(tmp_path: Path, file: str) -> None:
    project = Project(tmp_path)
    (tmp_path / "out").mkdir()
    (tmp_path / file).symlink_to(tmp_path / "nowhere")
    project.recipe(write(file))
    assert "is a link" in stopped(project.run(A))
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("left", range(len("id,amount\na,1.50\n") + 1))
def test_each_beginning_of_a_line_that_a_dead_process_left_is_written_once(
    project: Project, left: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with dying(monkeypatch, left):
        project.run(A)
    assert [effect.state for effect in project.effects()] == [EffectState.SENDING]
    assert project.run(B).outcome == "done"
    assert project.text("out/rows.csv") == "id,amount\na,1.50\nb,2.25\n"
    assert project.run(A, B).created == {}


def test_a_row_whose_file_was_taken_away_while_it_was_written_is_left_to_a_person(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.run(A)
    with dying(monkeypatch):
        project.run(A, B)
    (project.folder / "out/rows.csv").rename(project.folder / "archive.csv")
    report = project.run(B, C)
    assert (report.parked, report.done) == (1, 1)
    assert project.text("out/rows.csv") == "id,amount\nc,3.00\n"
    assert "was taken away while this row was being written to it" in next(iter(project.failures()))


def test_a_row_caught_in_flight_is_settled_in_its_own_file_though_the_recipe_names_another(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    with dying(monkeypatch):
        project.run(A)
    project.recipe(write("out/other.csv"))
    assert project.run(A).outcome == "done"
    assert project.text("out/rows.csv") == "id,amount\na,1.50\n"
    assert not (project.folder / "out/other.csv").exists()


def test_a_file_that_begins_anew_survives_a_death_before_its_first_row(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dead(path: Path, at: int) -> None:
        raise Dead

    project.run(A)
    (project.folder / "out/rows.csv").unlink()
    with monkeypatch.context() as patch:
        patch.setattr(appended, "expect", dead)
        with pytest.raises(Dead):
            project.run(A, B)
    assert project.text("out/rows.csv") == ""
    assert project.run(A, B).outcome == "done"
    assert project.text("out/rows.csv") == "id,amount\nb,2.25\n"


def test_a_workbook_that_was_put_in_place_and_taken_away_before_that_was_noted_is_not_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = SqliteLedger.commit

    async def dying_when_placed(self: SqliteLedger, given: Any) -> None:
        if any(isinstance(row, WorkbookRow) and row.written for row in given):
            raise Dead
        await plain(self, given)

    project = Project(tmp_path)
    project.recipe(write("t.xlsx"))
    with monkeypatch.context() as patch:
        patch.setattr(SqliteLedger, "commit", dying_when_placed)
        with pytest.raises(Dead):
            project.run(A)
    (tmp_path / "t.xlsx").rename(tmp_path / "archive.xlsx")
    assert project.run(A, B).outcome == "done"
    assert [record["id"] for record in sheet(tmp_path / "archive.xlsx")] == ["a"]
    assert [record["id"] for record in sheet(tmp_path / "t.xlsx")] == ["b"]


def test_a_workbook_is_written_by_a_run_that_is_stopped(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.recipe(write("t.xlsx") + "  - {when: \"{{ record.id == 'b' }}\", stop: enough}\n")
    assert stopped(project.run(A, B, C)).startswith("the recipe says stop: enough")
    assert [record["id"] for record in sheet(tmp_path / "t.xlsx")] == ["a", "b"]


def test_a_workbook_is_written_by_a_run_that_is_interrupted(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.recipe(write("t.xlsx"))
    assert project.run(A, B, C, stop_after=2).outcome == "interrupted"
    assert [record["id"] for record in sheet(tmp_path / "t.xlsx")] == ["a", "b"]


def test_a_workbook_has_the_sheet_that_is_named_and_no_second_one(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.recipe(write("t.xlsx", "sheet: Paid out, row: $"))
    project.run(A)
    path = tmp_path / "t.xlsx"
    assert [row.record["id"] for row in rows(path, form_of(path, sheet="Paid out"))] == ["a"]
    project.recipe(write("t.xlsx", "sheet: Other, row: $"))
    assert project.run(A, B).failed == 1
    assert "has the sheet Paid out; this action names the sheet Other" in next(iter(project.failures()))


def test_two_recipes_write_to_one_file(project: Project) -> None:
    project.recipe(write("out/rows.csv"), "others")
    project.run(A)
    project.run(A, name="others")
    project.run(A, B)
    assert project.text("out/rows.csv") == "id,amount\na,1.50\na,1.50\nb,2.25\n"


@pytest.mark.parametrize("file", FILES)
def test_rows_of_actions_at_once_stand_in_the_order_of_their_effects(tmp_path: Path, file: str) -> None:
    project = Project(tmp_path)
    branches = "".join(f"    {write(file, f'row: {{n: {n}}}', f'r{n}')}" for n in range(8))
    project.recipe("  - id: at_once\n    parallel:\n" + branches)
    assert project.run(A, B, C).outcome == "done"
    found = [int(record["n"]) for record in sheet(tmp_path / file)]
    assert found == [int(effect.path[-1]) for effect in project.effects()]
    assert len(found) == 24


def test_a_sample_writes_to_files_of_its_own(tmp_path: Path) -> None:
    from engine.launch import Wish, prepare

    project = Project(tmp_path)
    project.recipe(write("t.csv"))
    (tmp_path / "rows.jsonl").write_text("{}\n")
    own, real = prepare(Wish("rows", sample="default"), tmp_path), prepare(Wish("rows"), tmp_path)
    assert (own.output, real.output) == (tmp_path / ".recipe" / "sample" / "files", tmp_path)


def test_the_report_counts_file_writes(project: Project) -> None:
    assert "created 2 (file writes 2)" in summary(project.run(A, B).as_data())


@pytest.mark.parametrize("file", ["out/rows.csv", "out/rows.jsonl"])
def test_rows_that_records_bring_at_once_stand_in_their_order_with_one_intent_and_one_outcome(
    tmp_path: Path, file: str
) -> None:
    project = Project(tmp_path, 2)
    project.recipe(write(file))
    given = [{"id": f"r{number}", "amount": "1.00"} for number in range(300)]
    report = project.run(*given)
    assert (report.done, report.created.total()) == (300, 300)
    assert [row["id"] for row in sheet(tmp_path / file)] == [record["id"] for record in given]
    effects = project.effects()
    assert [json.loads(each.record)[0] for each in effects] == [record["id"] for record in given]
    assert b"".join(each.body for each in effects) == (tmp_path / file).read_bytes()
    again = project.run(*given, A)
    assert (again.skipped, again.created.total()) == (300, 1)


def test_a_row_that_cannot_be_among_others_is_refused_alone(tmp_path: Path) -> None:
    project = Project(tmp_path, 2)
    project.recipe(write("out/rows.csv", "row: $.row"))
    rows_of = {"a": {"x": "1"}, "b": {"y": "2"}, "c": {"x": "3"}, "d": {"x": ["4"]}}
    report = project.run(*({"id": id, "row": row} for id, row in rows_of.items()))
    assert (report.done, report.failed) == (2, 2)
    assert project.text("out/rows.csv") == "x\n1\n3\n"
    assert any("none of the columns" in each for each in project.failures())


def test_records_that_share_an_effect_in_one_group_have_one_row(tmp_path: Path) -> None:
    project = Project(tmp_path, 2)
    project.recipe(write("out/rows.csv").replace("uses:", "key: $.of, uses:"))
    report = project.run(*({**each, "of": "same", "amount": "1.00"} | {"id": each["id"]} for each in (A, B)))
    assert project.text("out/rows.csv").count("\n") == 2
    assert (report.done, report.created.total()) == (2, 1)


def test_rows_caught_in_flight_are_finished_all_together_or_all_left_to_a_person(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project(tmp_path, 2)
    project.recipe(write("out/rows.csv"))
    with dying(monkeypatch, left=15):
        project.run(A, B)
    assert [each.state for each in project.effects()] == [EffectState.SENDING] * 2
    assert project.run(C).outcome == "done"
    assert project.text("out/rows.csv") == "id,amount\na,1.50\nb,2.25\nc,3.00\n"
    with dying(monkeypatch):
        project.run({"id": "d", "amount": "4.00"}, {"id": "e", "amount": "5.00"})
    (tmp_path / "out/rows.csv").unlink()
    project.run(C)
    assert [each.state for each in project.effects()][-2:] == [EffectState.PARKED] * 2


def test_a_file_that_others_wrote_to_stops_the_run_for_all_who_wait(tmp_path: Path) -> None:
    project = Project(tmp_path, 2)
    project.recipe(write("out/rows.csv"))
    project.run(A)
    with (tmp_path / "out/rows.csv").open("a") as file:
        file.write("by hand\n")
    report = project.run(B, C)
    assert "were not written here" in stopped(report)
    assert report.done == 0


@pytest.mark.parametrize("concurrency", [1, 12])
def test_as_many_files_of_one_folder_as_there_are_records_get_their_rows(
    tmp_path: Path, concurrency: int
) -> None:
    project = Project(tmp_path, concurrency)
    project.recipe(write('"out/{{ record.id }}.csv"'))
    given = [{"id": f"r{number}", "amount": "1.00"} for number in range(40)]
    assert project.run(*given).done == 40
    assert len(list((tmp_path / "out").glob("*.csv"))) == 40


def test_workbooks_and_lines_in_one_folder_wait_for_each_other_and_not_for_ever(tmp_path: Path) -> None:
    project = Project(tmp_path, 12)
    book, lines = (write(f"out/{id}", id=id[0]).strip()[2:] for id in ("a.xlsx", "b.csv"))
    cases = f"[{{when: $.even, do: [{book}]}}, {{else: [{lines}]}}]"
    project.recipe(f"  - {{id: s, switch: {cases}}}\n")
    given = [{"id": f"r{number}", "amount": "1.00", "even": number % 2 == 0} for number in range(300)]
    assert project.run(*given).done == 300
    for file, first in (("out/a.xlsx", 0), ("out/b.csv", 1)):
        assert [row["id"] for row in sheet(tmp_path / file)] == [
            f"r{number}" for number in range(first, 300, 2)
        ]


def test_a_record_whose_key_comes_again_keeps_those_behind_it_in_their_order(tmp_path: Path) -> None:
    project = Project(tmp_path, 12)
    project.recipe(write("out/rows.jsonl").replace("uses:", "key: $.line, uses:"))
    lines = [("a", 1), ("b", 2), ("a", 3), ("c", 4), ("b", 5)]
    (tmp_path / "recipes/rows.yaml").write_text(
        (tmp_path / "recipes/rows.yaml").read_text().replace("file: rows.jsonl", 'file: "in/*.jsonl"')
    )
    (tmp_path / "in").mkdir()
    for number, file in enumerate(("1", "1", "2", "2", "3")):
        id, line = lines[number]
        with (tmp_path / f"in/{file}.jsonl").open("a") as out:
            out.write(json.dumps({"id": id, "line": str(line), "amount": "1.00"}) + "\n")
    project.run()
    found = [json.loads(each.external_id.split("/")[2]) for each in project.effects()]
    assert found == [1, 2, 3, 4, 5]
    assert [row["id"] for row in sheet(tmp_path / "out/rows.jsonl")] == [id for id, _ in lines]


def test_a_mistake_of_the_engine_in_one_record_takes_no_other_of_its_group_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = stands

    def broken(entry: Any, context: Any) -> bool:
        if '"b"' in context.origin.record:
            raise ValueError("a mistake")
        return plain(entry, context)

    project = Project(tmp_path, 12)
    project.recipe(write("out/rows.csv"))
    with monkeypatch.context() as patch:
        patch.setattr(appended, "stands", broken)
        report = project.run(A, B, C)
    assert (report.done, report.failed) == (2, 1)
    assert project.text("out/rows.csv") == "id,amount\na,1.50\nc,3.00\n"


def test_lines_that_are_too_heavy_together_are_appended_in_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = []
    plain = append

    def told(path: Path, data: bytes, at: int, pending: bytes = b"") -> int:
        parts.append(data.count(b"\n"))
        return plain(path, data, at, pending)

    monkeypatch.setattr(appended, "HEAVY", 20)
    monkeypatch.setattr(appended, "append", told)
    project = Project(tmp_path, 12)
    project.recipe(write("out/rows.jsonl"))
    assert project.run(A, B, C).done == 3
    assert parts == [1, 1, 1]
