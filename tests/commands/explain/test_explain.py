"""The data map as it is printed: three forms of a shipped recipe, of a table and of recipes that call each other.

``make golden`` writes the files beside this one again; what it changed is to be read like code.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.commands.explain_forms import _code, _plain
from engine.commands.explain_text import wrapped
from engine.commands.tables import width
from engine.shipped import shipped
from tests.running import here

HERE = Path(__file__).parent
SHIPPED = "shopify-to-invoice"
CASES = (SHIPPED, "table", "calling")
ENDS = {"text": "txt", "markdown": "md", "json": "json"}
ROOT = HERE.parents[2]


def explain(*words: str, cwd: Path = HERE) -> subprocess.CompletedProcess[str]:
    return here("check", *words, "--explain", cwd=cwd)


def project(folder: Path, name: str) -> Path:
    """Return a project of its own with *name*, so that messages name files alike wherever the tests run."""
    for file in (*HERE.glob("*.yaml"), *HERE.glob("*.csv"), *HERE.glob("*.schema.json")):
        (folder / file.name).write_bytes(file.read_bytes())
    if name == SHIPPED:
        (folder / f"{name}.yaml").write_bytes((shipped("recipes") / f"{name}.yaml").read_bytes())
    return folder


@pytest.mark.parametrize("form", ENDS)
@pytest.mark.parametrize("name", CASES)
def test_the_map_is_the_golden_file(tmp_path: Path, name: str, form: str) -> None:
    done = explain(f"{name}.yaml", "--format", form, cwd=project(tmp_path, name))
    assert done.returncode == 0, done.stderr
    text = (
        json.dumps(json.loads(done.stdout), indent=1, ensure_ascii=False) + "\n"
        if form == "json"
        else done.stdout
    )
    golden = HERE / f"{name}.golden.{ENDS[form]}"
    if os.environ.get("UPDATE_GOLDEN") == "1":
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8"), "if the change is meant: make golden"


@pytest.mark.parametrize("name", CASES)
def test_text_fits_into_100_columns(tmp_path: Path, name: str) -> None:
    lines = explain(f"{name}.yaml", cwd=project(tmp_path, name)).stdout.splitlines()
    assert len(lines) > 20
    assert [line for line in lines if width(line) > 100] == []


@given(st.text(st.sampled_from("ab .[]$@*é漢 ")), st.integers(2, 12))
def test_a_long_text_is_wrapped_and_nothing_of_it_is_cut(text: str, size: int) -> None:
    lines = wrapped(text, size)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert [line for line in lines if width(line) > size] == []


@pytest.mark.parametrize("name", CASES)
def test_each_row_of_markdown_has_as_many_cells_as_its_table(tmp_path: Path, name: str) -> None:
    text = explain(f"{name}.yaml", "--format", "markdown", cwd=project(tmp_path, name)).stdout
    tables = re.findall(r"(?:^\|.*\|\n)+", text, re.MULTILINE)
    assert tables
    for table in tables:
        cells = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(cells) == 1, table


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("money | sum", "`money \\| sum`"),
        ("a\n  b", "`a b`"),
        ("x ` y", "``x ` y``"),
        ("`x", "<code>&#96;x</code>"),
        (r"a\|b", "<code>a&#92;&#124;b</code>"),
    ],
)
def test_code_in_a_cell_keeps_every_sign(text: str, code: str) -> None:
    assert _code(text) == code


def test_words_in_a_cell_mean_nothing_to_markdown() -> None:
    assert _plain("a|b *c* <d> #1 _e_") == r"a&#124;b \*c\* \<d\> \#1 \_e\_"


# ---- which form, and what stands in its place ----


def test_github_has_no_map_and_the_cure_names_the_form_that_has(tmp_path: Path) -> None:
    done = explain("table.yaml", "--format", "github")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--format markdown" in done.stderr


def test_markdown_without_explain_is_refused(tmp_path: Path) -> None:
    done = here("check", "table.yaml", "--format", "markdown", cwd=HERE)
    assert (done.returncode, done.stdout) == (2, "")
    assert "add --explain" in done.stderr


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_a_recipe_with_a_finding_has_its_findings_and_no_map(tmp_path: Path, form: str) -> None:
    text = (HERE / "called.yaml").read_text("utf-8").replace("$.day", "$day")
    (tmp_path / "bad.yaml").write_text(text, "utf-8")
    without = here("check", "bad.yaml", cwd=tmp_path)
    done = explain("bad.yaml", "--format", form, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (3, without.stdout)
    assert "error[R2" in done.stdout


def test_of_several_files_each_that_is_right_is_explained_for_machines_beside_the_findings(
    tmp_path: Path,
) -> None:
    text = (HERE / "called.yaml").read_text("utf-8")
    (tmp_path / "good.yaml").write_text(text, "utf-8")
    (tmp_path / "bad.yaml").write_text(text.replace("$.day", "$day"), "utf-8")
    done = explain("good.yaml", "bad.yaml", "--format", "json", cwd=tmp_path)
    assert done.returncode == 3
    data = json.loads(done.stdout)
    assert [each["file"] for each in data["recipes"]] == ["good.yaml"]
    assert data["findings"] == json.loads(here("check", "bad.yaml", "--format", "json", cwd=tmp_path).stdout)


def test_several_files_are_explained_in_turn() -> None:
    done = explain("table.yaml", "calling.yaml")
    heads = re.findall(r"^(\w+): \w+\.yaml", done.stdout, re.MULTILINE)
    assert (done.returncode, heads) == (0, ["table", "calling", "called"])


@pytest.mark.parametrize("form", ENDS)
def test_no_setting_of_a_connection_is_printed(tmp_path: Path, form: str) -> None:
    project(tmp_path, SHIPPED)
    settings = (
        'connections:\n  shop: {connector: shopify, store: a-telling-name, token: "${env:NO_SUCH_TOKEN}"}\n'
    )
    (tmp_path / "connections.yaml").write_text(settings, "utf-8")
    done = explain(f"{SHIPPED}.yaml", "--format", form, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "shop.orders.list" in done.stdout
    assert not re.search("a-telling-name|NO_SUCH_TOKEN", done.stdout)


def test_markdown_counts_the_warnings_that_text_shows(tmp_path: Path) -> None:
    text = (HERE / "called.yaml").read_text("utf-8") + "lookups: {spare: {a: b}}\n"
    (tmp_path / "warned.yaml").write_text(text, "utf-8")
    assert (
        "1 warning: `recipe check` tells more."
        in explain("warned.yaml", "--format", "markdown", cwd=tmp_path).stdout
    )
    assert "warning[R215]" in explain("warned.yaml", cwd=tmp_path).stdout


# ---- what the page says ----


@pytest.mark.source_tree
def test_the_page_shows_what_is_printed() -> None:
    page = (ROOT / "docs" / "explain.md").read_text("utf-8")
    shown = re.search(r"^```text\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert shown is not None
    assert explain("shopify-customers.yaml", cwd=ROOT).stdout.startswith(shown.group(1))


@pytest.mark.source_tree
def test_the_page_names_every_key_of_the_json() -> None:
    page = (ROOT / "docs" / "explain.md").read_text("utf-8")
    data = json.loads((HERE / "calling.golden.json").read_text("utf-8"))
    keys: set[str] = set()
    waiting = [data]
    for each in waiting:  # grows meanwhile
        waiting += [*each.values()] if isinstance(each, dict) else each if isinstance(each, list) else []
        keys |= set(each) if isinstance(each, dict) else set()
    assert len(keys) > 25
    assert [key for key in sorted(keys) if not re.search(rf"`{key}(\[\])?`", page)] == []
