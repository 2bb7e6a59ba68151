"""The mutants are the small slips that are meant, and a slip that tests see is told from one that they do not."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from tests.mutants.__main__ import EQUIVALENT, NAMES, ROOT, drawn, excused, modules, tried
from tests.mutants.sites import Mutant, mutants
from tests.mutants.workshop import NotGreen, Trace, Workshop


def changes(text: str) -> set[str]:
    """Return the lines that mutants of *text* put in place of its own."""
    text = dedent(text)
    return {mutant.changed(text)[1] for mutant in mutants("m.py", text)}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("return a < b", {"return None", "return a <= b", "return a >= b"}),
        ("return a == 3", {"return None", "return a != 3", "return a == 4", "return a == 2"}),
        ("return a and not b", {"return None", "return (a or not b)", "return a and (b)"}),
        ("return a in b", {"return None", "return a not in b"}),
        ("return a is True", {"return None", "return a is not True", "return a is False"}),
        (
            "return a[1:b]",
            {"return None", "return a[(1) + 1:b]", "return a[1:(b) - 1]", "return a[2:b]", "return a[0:b]"},
        ),
        ("return a[:]", {"return None", "return a[1:]", "return a[:-1]"}),
        ("return f(a, b)", {"return None", "return f(b, a)"}),
        ("return a - b", {"return None", "return (a + b)"}),
        ("return 'word'", {"return None", "return ''"}),
        ("raise KeyError(a)", {"pass"}),
    ],
)  # fmt: skip
def test_a_line_has_these_mutants_and_no_others(line: str, expected: set[str]) -> None:
    assert changes(f"def f(a, b):\n    {line}") == expected


def test_a_statement_is_dropped_a_branch_never_taken_and_a_function_left_early() -> None:
    made = changes("def f(a):\n    a.x = g()\n    if a:\n        a.y()\n    return")
    assert made == {"return None", "pass", "if False:"}


@pytest.mark.parametrize(
    "text",
    [
        '"""A docstring of 3."""',
        "import a",
        "A: Final = 3",
        "A: Final[int] = 3",
        "__slots__ = ('a', 'b')",
        "def f(a: Literal['x']) -> Literal['y']: ...",
        "if TYPE_CHECKING:\n    a = 3",
        "a = 'a message of several words'",
        "help = 'word'",
        "a = f'{b + 1} word'",
        "raise AssertionError('never')",
    ],
)
def test_what_no_test_should_hold_to_the_letter_is_left_alone(text: str) -> None:
    assert changes(text) == set()


def test_a_mutant_changes_its_stretch_alone_also_behind_wide_characters() -> None:
    text = "def f(a):\n    b = 'é\U0001f600 x'; c = a < 2  # kept\n"
    (mutant,) = [each for each in mutants("m.py", text) if each.new == "a <= 2"]
    assert mutant.applied(text) == text.replace("a < 2", "a <= 2")
    assert mutant.line(text) == 2
    assert "+    b = 'é\U0001f600 x'; c = a <= 2  # kept" in mutant.diff(text)


def test_the_draw_is_the_same_for_a_seed_and_takes_each_kind_in_its_turn() -> None:
    text = "def f(a):\n" + "    a.x = [1, 2, 3, 4, 5, 6, 7, 8]\n" * 9 + "    return a < b"
    found = mutants("m.py", text)
    chosen = drawn(found, 8, 5)
    assert chosen == drawn(found, 8, 5) != drawn(found, 8, 6)
    assert {mutant.kind for mutant in chosen} == {mutant.kind for mutant in found}
    assert sorted(drawn(found, 0, 5), key=repr) == sorted(found, key=repr)


@pytest.mark.source_tree
def test_the_modules_of_the_language_are_found_and_the_excuses_have_reasons() -> None:
    names = {path.relative_to(ROOT).as_posix() for path in modules(ROOT, NAMES)}
    assert {
        "engine/source.py",
        "engine/money.py",
        "engine/check/chain.py",
        "engine/filters/money.py",
    } <= names
    assert "engine/runner.py" not in names
    assert excused(EQUIVALENT)


def test_an_excuse_without_a_reason_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "equivalent.toml"
    file.write_text('[[mutant]]\nmodule = "m.py"\nold = "a"\nnew = "b"\nreason = " "\n')
    with pytest.raises(SystemExit, match="reason"):
        excused(file)


CODE = """\
def largest(a, b):
    if a > b:
        return a
    return b


def unasked():
    return 1
"""
CASES = "from engine.toy import largest\n\ndef test_it(): assert (largest(2, 1), largest(1, 2)) == (2, 2)\n"


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    root = tmp_path / "project"
    for folder in ("engine", "tests/unit", "tests/mutants"):
        (root / folder).mkdir(parents=True)
    (root / "pyproject.toml").write_text('[tool.pytest.ini_options]\naddopts = "--import-mode=importlib"\n')
    for empty in ("engine/__init__.py", "tests/__init__.py", "tests/mutants/__init__.py"):
        (root / empty).touch()
    plugin = Path(__file__).with_name("trace.py").read_text("utf-8")
    (root / "tests" / "mutants" / "trace.py").write_text(plugin)
    (root / "engine" / "toy.py").write_text(CODE)
    (root / "tests" / "unit" / "test_toy.py").write_text(CASES)
    return Workshop(root, tmp_path / "copies")


def test_a_mutant_is_killed_survives_or_is_reached_by_no_test(workshop: Workshop) -> None:
    trace = workshop.trace()
    assert trace.tests["engine/toy.py"][0] == ["tests/unit/test_toy.py::test_it"]

    def outcome(new: str, line: int) -> str:
        (mutant,) = [m for m in mutants("engine/toy.py", CODE) if m.new == new and m.line(CODE) == line]
        return tried(mutant, workshop, trace).outcome

    assert outcome("a <= b", 2) == "killed"
    assert outcome("a >= b", 2) == "survived"  # of two equal numbers either is the largest
    assert outcome("None", 8) == "unseen"
    assert (workshop.folder / "engine" / "toy.py").read_text() == CODE


def test_a_mutant_that_never_ends_is_killed(workshop: Workshop) -> None:
    start = CODE.index("if a > b")
    endless = Mutant("engine/toy.py", "early", start, start, "while True: pass\n    ", (2,))
    assert workshop.kills(endless, ["tests/unit/test_toy.py::test_it"], 5)
    assert not workshop.kills(
        Mutant("engine/toy.py", "none", start, start, "", (2,)), ["tests/unit/test_toy.py::test_it"], 60
    )


def test_tests_that_fail_without_a_mutant_are_told(workshop: Workshop) -> None:
    (workshop.folder / "tests" / "unit" / "test_toy.py").write_text("def test_it(): assert False\n")
    with pytest.raises(NotGreen, match="1 failed"):
        workshop.trace()


def test_the_fastest_tests_of_a_line_come_first_then_the_others_of_its_module() -> None:
    trace = Trace({"m.py": {0: ["a", "b", "c", "d"], 1: ["a", "b"]}}, {"a": 2, "b": 1, "c": 0.1, "d": 9})
    mutant = Mutant("m.py", "drop", 0, 0, "", (1,))
    assert trace.near(mutant) == ["b", "a"]
    assert trace.far(mutant) == ["c"]
    assert trace.near(Mutant("m.py", "drop", 0, 0, "", ())) == ["c", "b", "a", "d"]
