"""Whatever comes in whatever order, and wherever runs die: a file's rows are its done effects, in their order."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.ledger import EffectState
from engine.ledger.sqlite import SqliteLedger
from engine.tables import form_of, rows
from tests.faults.driver import MEMORY
from tests.project import Project

FILES = ("out.csv", "out.jsonl", "out.xlsx")
ACTIONS = "".join(
    f"  - {{id: to_{file[4:]}, uses: file.write, with: {{file: {file}, row: {{id: $.id}}}}}}\n"
    for file in FILES
)
RUNS = st.lists(
    st.tuples(
        st.lists(st.sampled_from("abcdef"), max_size=5, unique=True), st.integers(1, 30), st.booleans()
    ),
    max_size=4,
)


class Dead(BaseException):
    """Stands for the death of the process."""


def run(project: Project, keys: list[str], last: int, *, is_done: bool) -> None:
    """Run on records with *keys* until the commit number *last*, which is done or not."""
    plain, commits = SqliteLedger.commit, 0

    async def commit(self: SqliteLedger, given: Any) -> None:
        nonlocal commits
        commits += 1
        if commits < last or (commits == last and is_done):
            await plain(self, given)
        if commits >= last:
            raise Dead

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SqliteLedger, "commit", commit)
        try:
            project.run(*({"id": key} for key in keys))
        except Dead:
            return


@settings(max_examples=60)
@given(runs=RUNS)
def test_the_rows_of_a_file_are_its_done_effects_in_their_order(
    runs: list[tuple[list[str], int, bool]],
) -> None:
    with TemporaryDirectory(dir=MEMORY) as name:
        project = Project(Path(name))
        project.recipe(ACTIONS)
        for keys, last, is_done in runs:
            run(project, keys, last, is_done=is_done)
        every = ["z", *dict.fromkeys(key for keys, _, _ in runs for key in keys)]
        report = project.run(*({"id": key} for key in every))
        assert report.outcome == "done"
        effects = project.effects()
        assert {effect.state for effect in effects} == {EffectState.DONE}
        for file in FILES:
            path = project.folder / file
            stand = [row.record["id"] for row in rows(path, form_of(path))]
            assert stand == [json.loads(effect.record)[0] for effect in effects if effect.url == file]
            assert sorted(stand) == sorted(every)
