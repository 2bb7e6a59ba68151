"""The house: sizes, the top level, the public names and what a lock file may hold."""

from __future__ import annotations

import ast
import fnmatch
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import engine

pytestmark = pytest.mark.source_tree

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [ROOT / "cli.py", *sorted((ROOT / "engine").rglob("*.py"))]
LONGEST_MODULE = 400
LONGEST_FUNCTION = 50
TOP_LEVEL = {
    ".ci", ".gitignore", "CHANGELOG.md", "LICENSE", "Makefile", "README.md", "benchmarks", "cli.py", "docs", "engine",
    "pyproject.toml", "recipes", "requirements", "schemas", "tests",
}  # fmt: skip
# The public list: the names that `import engine` promises, and nothing else.
PUBLIC = {"__version__"}
# Hosts that may be named in the source: reserved for examples, this machine, and where a standard is published.
HOSTS = re.compile(
    r"(localhost|127\.0\.0\.1|\[::1\]|json-schema\.org|spdx\.org|(.+\.)?example(\.(com|org|net))?|.+\.(test|invalid))"
)


def long_functions(text: str) -> list[str]:
    """Name the functions in *text* that are too long, with their lines."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    found = [node for node in ast.walk(ast.parse(text)) if isinstance(node, kinds)]
    lengths = {node.name: (node.end_lineno or node.lineno) - node.lineno + 1 for node in found}
    return [f"{name}: {lines} lines" for name, lines in lengths.items() if lines > LONGEST_FUNCTION]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_and_no_function_grows_too_long(path: Path) -> None:
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= LONGEST_MODULE
    assert long_functions(text) == []


def test_a_long_function_would_be_seen() -> None:
    body = "".join(f"    a = {n}\n" for n in range(LONGEST_FUNCTION))
    assert long_functions(f"class K:\n  async def f(self):\n{body.replace('    ', '      ')}") == [
        "f: 51 lines"
    ]


def test_the_top_level_is_the_allowed_list() -> None:
    ignored = [line.rstrip("/") for line in (ROOT / ".gitignore").read_text("utf-8").split()]
    present = {path.name for path in ROOT.iterdir() if path.name != ".git"}
    assert {name for name in present if not any(fnmatch.fnmatch(name, i) for i in ignored)} == TOP_LEVEL


def test_the_public_list_is_what_is_promised() -> None:
    assert set(engine.__all__) == PUBLIC
    assert all(hasattr(engine, name) for name in PUBLIC)


def strange_lines(text: str) -> list[str]:
    """Return the lines of a lock file that are more than ``name==version``, a marker, hashes or a comment."""
    plain = re.compile(r"([a-z0-9.-]+==[\w.!+]+( ; [\w .'<>=!()]+)?|    --hash=sha256:[0-9a-f]{64})( \\)?")
    return [line for line in text.splitlines() if not plain.fullmatch(line)]


@pytest.mark.parametrize("name", ["run.txt", "dev.txt"])
def test_a_lock_file_holds_pins_and_hashes_and_no_address(name: str) -> None:
    text = (ROOT / "requirements" / name).read_text("utf-8")
    assert strange_lines(text) == []
    pins = re.findall(r"(?m)^\S+==.*\n((?:    --hash=.*\n?)*)", text)
    assert pins
    assert all(hashes for hashes in pins)


@pytest.mark.parametrize(
    "line",
    [
        "--index-url https://pypi.example/simple",
        "a @ file:///home/me/a.whl",
        "-r /home/b.txt",
        "a>=1",
        "    # via /x",
    ],
)
def test_an_address_in_a_lock_file_would_be_seen(line: str) -> None:
    assert strange_lines(f"a==1 \\\n{line}\n") == [line]


def test_the_lock_pins_every_declared_dependency_and_run_is_part_of_dev() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    locks = {kind: (ROOT / "requirements" / f"{kind}.txt").read_text("utf-8") for kind in ("run", "dev")}
    pins = {kind: dict(re.findall(r"(?m)^([a-z0-9.-]+)==(\S+)", text)) for kind, text in locks.items()}
    run = {_name(text) for text in declared["project"]["dependencies"] + declared["build-system"]["requires"]}
    dev = {_name(text) for text in declared["dependency-groups"]["dev"]}
    assert run <= pins["run"].keys()
    assert dev <= pins["dev"].keys()
    assert pins["run"].items() <= pins["dev"].items()


def _name(requirement: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", requirement, maxsplit=1)[0]).lower()


def stray_hosts(path: Path) -> Iterator[str]:
    """Yield the hosts of addresses written in *path*'s code; comments and docstrings may cite sources."""
    tree = ast.parse(path.read_text("utf-8"))
    docs = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            for host in re.findall(r"\w+://([\w.\[\]:-]*[\w\]])", node.value):
                if not HOSTS.fullmatch(re.sub(r":\d+$", "", host)):
                    yield f"{path.relative_to(ROOT)}:{node.lineno}: {host}"


def test_the_engine_names_no_host_of_its_own() -> None:
    """Whom the engine speaks to is said by connectors and connections, which are data."""
    assert [found for path in SOURCES for found in stray_hosts(path)] == []


def test_a_classifier_stands_only_for_versions_that_are_required_to_work() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    versions = [c.rpartition(" ")[2] for c in project["classifiers"] if re.search(r":: 3\.\d+$", c)]
    assert versions[0] == project["requires-python"].removeprefix(">=")
