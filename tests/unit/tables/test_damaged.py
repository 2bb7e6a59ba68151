"""A workbook that was damaged on its way is said to be that, wherever the damage is."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from engine.tables import BadTable, form_of, rows
from engine.tables.writing_excel import write_excel


@pytest.mark.parametrize("seed", range(8))
def test_a_damaged_workbook_is_read_or_refused_in_words(tmp_path: Path, seed: int) -> None:
    path, chance, refused = tmp_path / "a.xlsx", random.Random(seed), 0
    write_excel(path, ["a", "b"], [{"a": str(n), "b": f"text {n}"} for n in range(200)])
    whole = path.read_bytes()
    for _ in range(60):
        damaged = bytearray(whole)
        for _ in range(chance.choice([1, 3, 20])):
            damaged[chance.randrange(len(damaged))] ^= chance.randrange(1, 256)
        path.write_bytes(damaged)
        try:
            list(rows(path, form_of(path)))
        except BadTable:
            refused += 1
    assert refused > 20
