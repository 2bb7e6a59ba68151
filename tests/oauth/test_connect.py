"""recipe connect: a person agrees at the vendor, and from then on runs get tokens by themselves."""

from __future__ import annotations

import json
import socket
import subprocess
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.oauth.vendor import SECRET, Vendor, environ, project
from tests.running import PROGRAM, recipe


@pytest.fixture
def folder(tmp_path: Path, vendor: Vendor) -> Path:
    return project(tmp_path / "project", vendor, "copy")


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def begin(folder: Path, *more: str) -> subprocess.Popen[str]:
    """Start ``recipe connect crm`` and leave it waiting."""
    return subprocess.Popen(
        [*PROGRAM, "connect", "crm", "--no-browser", *more],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder.parent), **environ(folder.parent)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def page(waiting: subprocess.Popen[str]) -> str:
    """Return the address that a person is asked to open."""
    assert waiting.stderr is not None
    return next(line.strip() for line in waiting.stderr if line.startswith("  http"))


def connected(folder: Path, vendor: Vendor) -> str:
    """Connect by pasting, and return what was said."""
    waiting = begin(folder, "--paste")
    out, error = waiting.communicate(vendor.agree(page(waiting)) + "\n", timeout=60)
    assert waiting.returncode == 0, error
    return out


def test_a_browser_on_this_machine_brings_the_answer(folder: Path, vendor: Vendor, free_port: int) -> None:
    waiting = begin(folder, "--redirect", f"http://localhost:{free_port}/callback")
    sent_to = vendor.agree(page(waiting))
    assert "Look at the terminal" in urllib.request.urlopen(sent_to, timeout=30).read().decode()
    out, error = waiting.communicate(timeout=60)
    assert (waiting.returncode, vendor.asked) == (0, ["authorization_code given"]), error
    assert out.splitlines()[0].startswith("crm is connected: deals?company=7")
    done = recipe("run", "copy.yaml", cwd=folder, environ=environ(folder.parent))
    assert done.returncode == 0, done.stderr
    assert (folder / "copy.jsonl").read_text() == '{"id":"d0"}\n{"id":"d1"}\n{"id":"d2"}\n'


def test_an_answer_that_others_bring_about_is_not_taken(folder: Path, vendor: Vendor, free_port: int) -> None:
    waiting = begin(folder, "--redirect", f"http://localhost:{free_port}/callback")
    asked = page(waiting)
    forged = vendor.agree(asked).replace("state=", "state=x")
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(forged, timeout=30)
    assert waiting.poll() is None  # it goes on waiting for its own
    urllib.request.urlopen(vendor.agree(asked), timeout=30).read()
    waiting.communicate(timeout=60)
    assert (waiting.returncode, vendor.asked) == (0, ["authorization_code given"])


def test_another_company_than_the_connection_says_is_not_connected(folder: Path, vendor: Vendor) -> None:
    waiting = begin(folder, "--paste")
    _, error = waiting.communicate(vendor.agree(page(waiting), company="8") + "\n", timeout=60)
    assert waiting.returncode == 4
    assert "at the vendor '8' was chosen (company_id), and connections.yaml says '7'" in error
    assert (vendor.asked, list((folder / ".recipe").glob("tokens.db"))) == ([], [])


def test_who_says_no_is_told_how_to_try_again(folder: Path, vendor: Vendor) -> None:
    waiting = begin(folder, "--paste")
    refused = vendor.agree(
        page(waiting), error="access_denied", error_description="The user said no.", code=""
    )
    _, error = waiting.communicate(refused + "\n", timeout=60)
    assert waiting.returncode == 4
    assert "the vendor gave no consent for crm: access_denied: The user said no." in error
    assert "recipe connect crm" in error


def test_a_run_before_anybody_agreed_says_what_to_do(folder: Path, vendor: Vendor) -> None:
    done = recipe("run", "copy.yaml", cwd=folder, environ=environ(folder.parent))
    assert done.returncode == 2
    assert done.stderr.splitlines()[-2:] == [
        "error: the connection crm is not connected yet",
        "  help: run: recipe connect crm",
    ]
    assert vendor.asked == []


def test_no_token_stands_anywhere_in_plain(folder: Path, vendor: Vendor) -> None:
    connected(folder, vendor)
    vendor.life = 1
    done = recipe("run", "copy.yaml", cwd=folder, environ=environ(folder.parent))
    files = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    told = (done.stdout + done.stderr).encode()
    assert len(vendor.tokens) >= 2
    for secret in (*vendor.tokens, SECRET):
        assert [path for path, data in files.items() if secret.encode() in data] == []
        assert secret.encode() not in told
    assert (folder / ".recipe" / "tokens.db").stat().st_mode & 0o077 == 0
    assert (folder.parent / "config" / "recipe-engine" / "key").stat().st_mode & 0o077 == 0


def test_connections_are_listed_with_how_they_stand(folder: Path, vendor: Vendor) -> None:
    def listed() -> dict[str, Any]:
        done = recipe("connect", "--format", "json", cwd=folder, environ=environ(folder.parent))
        [standing] = json.loads(done.stdout)
        return dict(standing)

    assert (listed()["state"], listed()["ends"]) == ("not_connected", None)
    connected(folder, vendor)
    assert listed()["state"] == "connected"
    assert (listed()["account"], listed()["ends"] > listed()["since"]) == (
        f"deals?company=7#{vendor.address}",
        True,
    )


def test_forgotten_tokens_are_taken_back_at_the_vendor(folder: Path, vendor: Vendor) -> None:
    connected(folder, vendor)
    done = recipe("connect", "crm", "--forget", cwd=folder, environ=environ(folder.parent))
    assert (done.returncode, done.stdout) == (0, "crm is not connected any more\n")
    assert vendor.asked[-1] == "revoked"
    assert recipe("run", "copy.yaml", cwd=folder, environ=environ(folder.parent)).returncode == 2


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("bm90IHRoaXJ0eS10d28gYnl0ZXM=", "what RECIPE_KEY holds is no key"),
        ("A" * 43 + "=", "tokens.db was sealed by another key than that of RECIPE_KEY"),
    ],
)
def test_a_wrong_key_is_told_apart_from_no_consent(folder: Path, vendor: Vendor, key: str, told: str) -> None:
    connected(folder, vendor)
    done = recipe("run", "copy.yaml", cwd=folder, environ={**environ(folder.parent), "RECIPE_KEY": key})
    assert (done.returncode, told in done.stderr) == (2, True), done.stderr


def test_a_key_that_others_may_read_is_refused(folder: Path, vendor: Vendor) -> None:
    connected(folder, vendor)
    key = folder.parent / "config" / "recipe-engine" / "key"
    key.chmod(0o644)
    done = recipe("run", "copy.yaml", cwd=folder, environ=environ(folder.parent))
    assert (done.returncode, f"chmod 600 {key}" in done.stderr) == (2, True), done.stderr


def test_who_lost_the_key_connects_again_and_goes_on(folder: Path, vendor: Vendor) -> None:
    connected(folder, vendor)
    key = folder.parent / "config" / "recipe-engine" / "key"
    key.unlink()
    lost = recipe("run", "copy.yaml", cwd=folder, environ=environ(folder.parent))
    assert (lost.returncode, "is sealed, and the key is not here" in lost.stderr) == (2, True)
    listed = recipe("connect", cwd=folder, environ=environ(folder.parent))
    assert "its key is not here: set RECIPE_KEY to it, or recipe connect crm" in listed.stdout
    assert "their key was made now" in connected(folder, vendor)
    assert recipe("run", "copy.yaml", cwd=folder, environ=environ(folder.parent)).returncode == 0


def test_tokens_whose_key_is_lost_can_be_forgotten(folder: Path, vendor: Vendor) -> None:
    connected(folder, vendor)
    (folder.parent / "config" / "recipe-engine" / "key").unlink()
    done = recipe("connect", "crm", "--forget", cwd=folder, environ=environ(folder.parent))
    assert (done.returncode, "at the vendor it still stands" in done.stdout) == (0, True), done.stderr
    again = recipe("connect", "--format", "json", cwd=folder, environ=environ(folder.parent))
    assert json.loads(again.stdout)[0]["state"] == "not_connected"
