"""client_credentials: the application's own tokens, got as they are needed; nobody signs in and nothing is stored."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.tokens import keeper
from tests.oauth.vendor import CONNECTOR, SECRET, Vendor, environ, project, served
from tests.running import here

OWN = """\
auth:
  kind: client_credentials
  token: https://login.example.com/token
  client: "{client_id}"
  secret: "{client_secret}"
  scopes: [deals.read, offline]
operations:"""


@pytest.fixture
def connector() -> str:
    head, rest = CONNECTOR.split("auth:\n")
    return head + OWN + rest.partition("operations:")[2]


def test_a_token_is_got_once_and_once_more_where_it_is_not_taken_any_more(
    tmp_path: Path, connector: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "NEW", -1.0)
    with served() as vendor:
        folder = project(tmp_path / "project", vendor, "copy")
        (folder / "connectors" / "deals" / "connector.yaml").write_text(connector, "utf-8")
        done = here("run", "copy.yaml", cwd=folder, environ=environ(tmp_path))
        assert (done.returncode, vendor.asked) == (0, ["client_credentials given"]), done.stderr

        def ends_the_first(each: Vendor) -> None:
            if len(each.asked) == 2:
                each.end()

        vendor.answering = ends_the_first
        assert here("run", "copy.yaml", cwd=folder, environ=environ(tmp_path)).returncode == 0
        assert vendor.asked == ["client_credentials given"] * 3
        assert not (folder / ".recipe" / "tokens.db").exists()


def test_a_secret_that_the_vendor_does_not_know_stops_the_run_and_is_not_shown(
    tmp_path: Path, connector: str
) -> None:
    wrong = SECRET[::-1]
    with served() as vendor:
        folder = project(tmp_path / "project", vendor, "copy")
        (folder / "connectors" / "deals" / "connector.yaml").write_text(connector, "utf-8")
        done = here("run", "copy.yaml", cwd=folder, environ={**environ(tmp_path), "DEALS_SECRET": wrong})
    assert done.returncode == 4
    assert "gives no access token for crm: invalid_client" in done.stderr
    assert "check the client's id and secret" in done.stderr
    assert wrong not in done.stdout + done.stderr
