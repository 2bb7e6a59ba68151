"""The state folder, which several runs may make at the same time."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.project import make_state


def test_a_folder_that_another_process_makes_meanwhile_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, plain = tmp_path / ".recipe", Path.is_dir

    def meanwhile(path: Path) -> bool:
        was_there = plain(path)
        if path == folder and not was_there:
            folder.mkdir()
        return was_there

    monkeypatch.setattr(Path, "is_dir", meanwhile)
    make_state(folder, sample=False)
    assert (folder / ".gitignore").read_text("utf-8") == "*\n"
