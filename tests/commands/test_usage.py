"""What a newcomer types: each mistake ends with the right exit code and with words that lead on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from engine.commands import main

GOOD = Path(__file__).resolve().parents[1] / "diagnostics" / "good.yaml"
SHIPPED = "shopify-to-invoice.yaml"
DONE, SOME_FAILED, USAGE, INVALID, STOPPED = range(5)


def recipe(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run ``recipe`` in *folder* as a process of its own, wherever the engine is installed."""
    command = [sys.executable, "-c", "from engine.commands import main; main()", *words]
    environ = {name: value for name, value in os.environ.items() if name != "RECIPE_DEBUG"}
    done = subprocess.run(
        command, cwd=folder, env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert "Traceback" not in done.stderr
    assert "the engine itself failed" not in done.stderr
    return done


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with good and bad files of every kind."""
    whole = GOOD.read_bytes()
    shutil.copy(GOOD, tmp_path / "good.yaml")
    for name in ("folder", "empty"):
        (tmp_path / name).mkdir()
    (tmp_path / "folder" / "one.yaml").write_bytes(whole)
    (tmp_path / "folder" / "connections.yaml").write_text("connections: {}\n")
    (tmp_path / "bom.yaml").write_bytes(b"\xef\xbb\xbf" + whole)
    (tmp_path / "crlf.yaml").write_bytes(whole.replace(b"\n", b"\r\n"))
    (tmp_path / "binary.yaml").write_bytes(b"\x89PNG\r\n\x00\xff")
    (tmp_path / "nothing.yaml").touch()
    (tmp_path / "plain").touch()
    return tmp_path


MISTAKES = [
    ("chek", USAGE, "Did you mean 'check'?"),
    ("run", USAGE, "For example: recipe run shopify-to-invoice.yaml --sample"),
    ("check", USAGE, "For example: recipe check shopify-to-invoice.yaml"),
    ("books export", USAGE, "For example: recipe books export --as hledger"),
    ("run folder", USAGE, "folder is a folder, and one recipe is wanted"),
    ("run .", USAGE, "recipe check takes a folder"),
    ("run missing.yaml", USAGE, "there is no recipe 'missing.yaml'"),
    (f"run {'a' * 300}", USAGE, "File name too long"),
    ("run shopify-to-invoce", USAGE, "did you mean 'shopify-to-invoice.yaml'?"),
    ("run plain/recipe.yaml", USAGE, "there is no recipe"),
    ("run binary.yaml", USAGE, "binary.yaml is not UTF-8 text"),
    ("run nothing.yaml --sample", INVALID, "the file is empty"),
    ("check crlf.yaml bom.yaml", DONE, "crlf.yaml: ok (orders)\nbom.yaml: ok (orders)"),
    ("check folder", DONE, "folder/one.yaml: ok (orders)"),
    ("check nothing.yaml", INVALID, "the file is empty"),
    ("check empty", USAGE, "there is no recipe in empty"),
    ("check missing.yaml binary.yaml nothing.yaml", USAGE, "R006"),
    ("check good.yaml --format xml", USAGE, "'text', 'json', 'github'"),
    ("check good.yaml --connections folder", USAGE, "--connections takes the path of a connections.yaml"),
    ("check good.yaml --connections binary.yaml", USAGE, "binary.yaml is not UTF-8 text"),
    ("check good.yaml --connections nothing.yaml", INVALID, "nothing.yaml:1:1"),
    ("run good.yaml", USAGE, 'shop: {connector: shopify, store: sample, token: "${env:SHOPIFY_TOKEN}"}'),
    ("run good.yaml --set store=acme", USAGE, "such as connections.shop.store=acme"),
    ("run good.yaml --set connections.shop.store=acme", USAGE, "add it to connections.yaml first"),
    ("run good.yaml --sample --set connections.shop.store=acme", USAGE, "leave out one of the two"),
    ("run good.yaml --sample nope", USAGE, "samples: bad, default, quarter"),
    ("run good.yaml --sample --state plain/state", USAGE, "--state DIR puts it elsewhere"),
    ("demo --state plain/state", USAGE, "--state DIR puts it elsewhere"),
    ("schema --write plain/schemas", USAGE, "plain/schemas cannot be written"),
    ("runs", USAGE, "run a recipe first, such as: recipe run"),
    ("books", USAGE, "recipe run shopify-to-invoice.yaml --sample"),
    ("connectors shopfy", USAGE, "did you mean 'shopify'?"),
]
"""What is typed, its exit code, and a piece of what is said."""


@pytest.mark.parametrize(("words", "code", "told"), MISTAKES)
def test_a_mistake_has_its_exit_code_and_leads_on(
    folder: Path, monkeypatch: pytest.MonkeyPatch, words: str, code: int, told: str
) -> None:
    monkeypatch.chdir(folder)
    done = CliRunner().invoke(main, words.split(), prog_name="recipe")
    assert told in done.output
    assert done.exit_code == code
    assert "the engine itself failed" not in done.output


@pytest.mark.parametrize("words", ["chek", "run", "check nothing.yaml", "run good.yaml --sample nope"])
def test_a_process_ends_with_the_same_code_and_words(folder: Path, words: str) -> None:
    [(_, code, told)] = [each for each in MISTAKES if each[0] == words]
    done = recipe(folder, *words.split())
    assert told in done.stdout + done.stderr
    assert done.returncode == code


def test_the_findings_of_good_files_are_told_beside_files_that_cannot_be_read(folder: Path) -> None:
    done = recipe(folder, "check", "missing.yaml", "good.yaml", "nothing.yaml")
    assert "good.yaml: ok (orders)" in done.stdout
    assert "error[R006]" in done.stdout
    assert "there is no recipe 'missing.yaml'" in done.stderr


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("token=plain", "must not stand here in plain text"),
        ("stor=acme", "did you mean 'store'?"),
        ("store=Acme Store", "expected a text such as sample"),
        ("base_url=localhost", "such as https://shop.example.com"),
    ],
)
def test_a_setting_changed_for_one_run_is_held_against_the_connector(
    folder: Path, setting: str, told: str
) -> None:
    entry = 'connections:\n  shop: {connector: shopify, store: acme, token: "${env:TOKEN}"}\n'
    (folder / "connections.yaml").write_text(entry)
    done = recipe(folder, "run", "good.yaml", "--set", f"connections.shop.{setting}")
    assert done.returncode == USAGE
    assert told in done.stderr
    assert not (folder / ".recipe").exists()


def test_a_missing_secret_is_named_with_the_line_that_gives_it(folder: Path) -> None:
    entry = 'connections:\n  shop: {connector: shopify, store: acme, token: "${env:NO_SUCH_TOKEN}"}\n'
    (folder / "connections.yaml").write_text(entry)
    done = recipe(folder, "run", "good.yaml")
    assert done.returncode == USAGE
    assert "export NO_SUCH_TOKEN=…" in done.stderr


def test_a_run_ends_with_0_and_one_with_refused_orders_with_1(tmp_path: Path) -> None:
    assert recipe(tmp_path, "run", SHIPPED, "--sample", "--quiet").returncode == DONE
    assert recipe(tmp_path, "run", SHIPPED, "--sample", "bad", "--quiet").returncode == SOME_FAILED


@pytest.mark.parametrize("command", ["run", "check", "test", "books", "runs", "show", "connectors", "schema"])
def test_every_command_shows_examples(command: str) -> None:
    told = CliRunner().invoke(main, [command, "--help"]).output
    assert f"Examples:\n    recipe {command}" in told
