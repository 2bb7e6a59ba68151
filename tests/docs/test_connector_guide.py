"""``docs/connector-guide.md`` is followed, step by step: files are written as it says, and what it shows is printed."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.running import here

pytestmark = pytest.mark.source_tree

PAGE = Path(__file__).resolve().parents[2] / "docs" / "connector-guide.md"
STEPS = re.findall(r"^```text\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
WRITTEN = re.compile(r"# (?P<file>\S+?)(?:, (?P<how>below|in place of|at the end) ?(?P<what>.*))?\n")


def write(folder: Path, step: str) -> None:
    """Do what the first line of *step* says of a file."""
    head = WRITTEN.match(step)
    assert head is not None, step
    file, text = folder / head["file"], step[head.end() :]
    file.parent.mkdir(parents=True, exist_ok=True)
    if head["how"] is None:
        file.write_text(text, "utf-8")
        return
    before = file.read_text("utf-8")
    if head["how"] == "at the end":
        file.write_text(before + text, "utf-8")
    elif head["how"] == "in place of":
        assert before.count(head["what"]) == 1
        file.write_text(before.replace(head["what"], text.strip()), "utf-8")
    else:
        [line] = [each for each in before.splitlines() if each.strip().startswith(head["what"])]
        file.write_text(before.replace(f"{line}\n", f"{line}\n{text}"), "utf-8")


def test_each_step_of_the_guide_gives_what_it_says(tmp_path: Path) -> None:
    commands = 0
    for step in STEPS:
        if not step.startswith("$ "):
            write(tmp_path, step)
            continue
        command, *printed = step.splitlines()
        _, program, *arguments = shlex.split(command)
        assert program == "recipe"
        done = here(*arguments, cwd=tmp_path)
        for line in printed:
            assert line in (done.stdout + done.stderr).splitlines(), (command, done.stdout, done.stderr)
        assert done.returncode == (3 if any(line.startswith("error") for line in printed) else 0), done.stderr
        commands += 1
    assert commands == 7


def test_what_the_guide_makes_has_no_finding(tmp_path: Path) -> None:
    for step in STEPS:
        if step.startswith("$ recipe schema"):
            assert here(*shlex.split(step)[2:], cwd=tmp_path).returncode == 0
        elif not step.startswith("$ "):
            write(tmp_path, step)
    done = here("check", "decided", cwd=tmp_path)
    assert done.stdout == "recipes/decided.yaml: ok (decided)\n", done.stdout + done.stderr
