"""References to secrets: what is read, what is refused, and that no refusal shows a text."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import UsageError
from engine.secret import reveal
from engine.secrets import LONGEST, Reference, parse, resolve


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${env:SHOP_TOKEN}", Reference("env", "SHOP_TOKEN")),
        ("  ${file:a b/c.txt} ", Reference("file", "a b/c.txt")),
        ("${vault:a/b#c}", Reference("vault", "a/b#c")),
    ],
)
def test_a_reference_names_a_backend_and_a_place(text: str, expected: Reference) -> None:
    assert parse(text) == expected
    assert parse(str(expected)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "", "plain", "$env:X", "${env:}", "${:x}", "${env}", "a${env:X}", "${env:X}b", "${env:X}${env:Y}", "${ENV:X}",
        "${env:{X}}",
    ],
)  # fmt: skip
def test_anything_else_is_no_reference(text: str) -> None:
    assert parse(text) is None


def test_the_environment_gives_its_text_unchanged(tmp_path: Path) -> None:
    secret = resolve(Reference("env", "X"), {"X": " a b\n"}, tmp_path)
    assert (reveal(secret), secret.name) == (" a b\n", "${env:X}")


def test_a_file_gives_its_text_without_the_line_end(tmp_path: Path) -> None:
    (tmp_path / "token").write_bytes("tökén \r\n".encode())
    assert reveal(resolve(Reference("file", "token"), {}, tmp_path)) == "tökén "


def test_a_relative_file_starts_from_the_folder_of_connections_yaml(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "token").write_text("right", "utf-8")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "token").write_text("wrong", "utf-8")
    monkeypatch.chdir(elsewhere)
    assert reveal(resolve(Reference("file", "token"), {}, tmp_path)) == "right"
    assert reveal(resolve(Reference("file", str(tmp_path / "token")), {}, elsewhere)) == "right"


@pytest.mark.parametrize("environ", [{}, {"X": ""}, {"X ": "a"}])
def test_a_variable_that_is_not_set_or_empty_is_named(environ: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="variable X is not set") as refused:
        resolve(Reference("env", "X"), environ, tmp_path)
    assert "export X=" in refused.value.help


def test_a_variable_that_is_not_utf8_is_refused_and_not_shown(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not UTF-8") as refused:
        resolve(Reference("env", "X"), {"X": b"secretpart\xff".decode(errors="surrogateescape")}, tmp_path)
    assert "secretpart" not in refused.value.message + refused.value.help


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (b" \n\t", "is empty"),
        (b"x" * (LONGEST + 1), "larger than 64 KB"),
        (b"secretpart\xff", "not UTF-8"),
    ],
)
def test_a_file_that_holds_no_secret_is_refused_and_not_shown(
    content: bytes, why: str, tmp_path: Path
) -> None:
    (tmp_path / "token").write_bytes(content)
    with pytest.raises(UsageError, match=why) as refused:
        resolve(Reference("file", "token"), {}, tmp_path)
    assert "secret file token" in refused.value.message
    assert "secretpart" not in refused.value.message


@pytest.mark.parametrize(
    "place", ["missing", ".", "missing/token", "token\0", "~no-such-user-here/token", "x" * 5000]
)
def test_a_file_that_cannot_be_read_is_named_with_the_reason(place: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot be read: ."):
        resolve(Reference("file", place), {}, tmp_path)


def test_a_file_of_exactly_the_bound_is_taken(tmp_path: Path) -> None:
    (tmp_path / "token").write_bytes(b"x" * LONGEST)
    assert len(reveal(resolve(Reference("file", "token"), {}, tmp_path))) == LONGEST


def test_an_unknown_place_for_secrets_is_refused_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\$\{vault:x\} names an unknown place") as refused:
        resolve(Reference("vault", "x"), {}, tmp_path)
    assert "${env:NAME} or ${file:PATH}" in refused.value.help
