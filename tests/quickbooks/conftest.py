"""The company that every test here writes to, and a project of a shop and its books."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from engine.connections import Connection
from engine.connector_file import load
from engine.registry import Registry
from engine.secret import Secret
from engine.tokens.grant import TokenSet
from engine.tokens.vault import Held, Vault
from tests.fake import good, shop
from tests.quickbooks.company import REALM, TOKEN, Company, served
from tests.running import here

KEY = "Q" * 43 + "="
BOOKS = {"connector": "quickbooks", "realm": REALM, "client_id": "app", "client_secret": "${env:APP_SECRET}"}


@dataclass
class Project:
    """A project whose connection *books* is a company, and *shop* made-up orders."""

    folder: Path
    company: Company

    def configure(self, shop: str, **more: Any) -> None:
        books = {**BOOKS, "base_url": self.company.address, **more}
        store = {"connector": "shopify", "store": "acme", "token": "${env:SHOP_TOKEN}", "base_url": shop}
        given = {"connections": {"books": books, "shop": store}}
        (self.folder / "connections.yaml").write_text(json.dumps(given), "utf-8")
        settings = {"realm": REALM}
        connector = load("quickbooks", Registry())
        identity = Connection("books", connector, settings, base_url=self.company.address).identity()
        state = self.folder / ".recipe"
        state.mkdir(mode=0o700, exist_ok=True)
        tokens = TokenSet(Secret(TOKEN, "a"), Secret("refresh-of-it", "r"), time.time(), time.time() + 3600)
        Vault(state, [Secret(KEY, "key")]).save(identity.text, Held(tokens, "app"))

    def recipe(self, *arguments: str) -> CompletedProcess[str]:
        environ = {"APP_SECRET": "secret-of-the-app", "SHOP_TOKEN": "token-of-the-shop", "RECIPE_KEY": KEY}
        return here(*arguments, cwd=self.folder, environ=environ)


@pytest.fixture
def company() -> Iterator[Company]:
    with served() as each:
        yield each


@pytest.fixture
def project(tmp_path: Path, company: Company) -> Iterator[Project]:
    made = Project(tmp_path, company)
    with shop(good) as address:
        made.configure(address)
        yield made
