"""A vendor on loopback whose refresh tokens hold for one use each, and a project whose connection needs them."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from tests.fake import Reply, Sent, site

CONNECTOR = """\
connector: deals
version: 1
summary: Deals behind tokens that rotate.
base_url: https://deals.example.com/v1
settings:
  company: {type: string, example: "7", description: Which company.}
  client_id: {type: string, example: app-1, description: The application.}
  client_secret: {type: string, secret: true, example: made-up-secret, description: What proves it.}
identity: [company]
auth:
  kind: authorization_code
  authorize: https://login.example.com/authorize
  token: https://login.example.com/token
  revoke: https://login.example.com/revoke
  client: "{client_id}"
  secret: "{client_secret}"
  scopes: [deals.read, offline]
  returns: {company_id: "{company}"}
  lasts: refresh_ends_in
operations:
  deals.list:
    effect: read
    summary: Deals.
    path: /deals
    records: $.deals
  notes.create:
    effect: create
    summary: Makes a note.
    method: POST
    path: /notes
    body: ./note.schema.json
    record: $.note
    idempotency: {header: Idempotency-Key, lifetime: 24h}
"""
NOTE = {
    "type": "object",
    "properties": {"text": {"type": "string", "description": "Its text."}},
    "required": ["text"],
    "additionalProperties": False,
}
RECIPE = """\
recipe: {name}
version: 1
summary: Deals are noted.
connections: {{crm: deals}}
trigger: {{poll: crm.deals.list, key: $.id}}
actions:
{actions}"""
WRITES = "  - {id: row, uses: file.write, with: {file: NAME.jsonl, row: {id: $.id}}}\n"
NOTES = "  - {id: note, uses: crm.notes.create, with: {text: $.id}}\n"
CLIENT, SECRET = "app-1", "made-up-secret-of-the-app"


@dataclass
class Vendor:
    """What it knows.

    Attributes:
        life: Seconds for which the next access token holds.
        is_lenient: Whether a used refresh token is taken again, as some vendors do for half an hour.
        answering: Asked before a request for tokens is answered; its reply, if any, goes out in place of the answer.
        asked: The kinds of requests for tokens, with what came of each.
        notes: What was made, by its native key.
        turned_away: How many requests came with a token that is not known.
    """

    life: int = 3600
    is_lenient: bool = False
    answering: Callable[[Vendor], Reply | None] = lambda vendor: None
    asked: list[str] = field(default_factory=list)
    notes: dict[str, bytes] = field(default_factory=dict)
    turned_away: int = 0
    tokens: list[str] = field(default_factory=list)
    address: str = ""
    access: dict[str, float] = field(default_factory=dict)
    refresh: str = ""
    used: set[str] = field(default_factory=set)
    codes: dict[str, tuple[str, str]] = field(default_factory=dict)
    alone: threading.Lock = field(default_factory=threading.Lock)

    def agree(self, page: str, company: str = "7", **more: str) -> str:
        """Agree as a person does who opens *page*; return where the browser is sent."""
        asked = dict(parse_qsl(urlsplit(page).query))
        assert (asked["client_id"], asked["response_type"], asked["scope"]) == (
            CLIENT,
            "code",
            "deals.read offline",
        )
        assert asked["code_challenge_method"] == "S256"
        code = f"code-{len(self.codes)}-made-up"
        self.codes[code] = (asked["code_challenge"], asked["redirect_uri"])
        said = {"code": code, "state": asked["state"], "company_id": company, **more}
        return f"{asked['redirect_uri']}?{urlencode({name: value for name, value in said.items() if value})}"

    def end(self) -> None:
        """Let every access token end now, before its time."""
        self.access = {}

    def answer(self, sent: Sent) -> Reply:
        with self.alone:
            path = urlsplit(sent.path).path
            if path in ("/token", "/revoke"):
                known = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
                if sent.headers.get("authorization") != f"Basic {known}":
                    return _json({"error": "invalid_client"}, 401)
                said = {name: each[0] for name, each in parse_qs(sent.body.decode()).items()}
                return self._token(said) if path == "/token" else self._revoke(said)
            token = sent.headers.get("authorization", "").removeprefix("Bearer ")
            if self.access.get(token, 0) < time.time():
                self.turned_away += 1
                return _json({"message": "token is not known"}, 401)
            if path == "/v1/notes":
                self.notes.setdefault(sent.headers["idempotency-key"], sent.body)
                return _json({"note": {"id": str(len(self.notes))}})
            return _json({"deals": [{"id": f"d{number}"} for number in range(3)]})

    def _token(self, said: dict[str, str]) -> Reply:
        if said["grant_type"] == "authorization_code":
            challenge, redirect = self.codes.pop(said["code"], ("", ""))
            proof = base64.urlsafe_b64encode(hashlib.sha256(said["code_verifier"].encode()).digest())
            is_right = proof.decode().rstrip("=") == challenge and said["redirect_uri"] == redirect
        elif said["grant_type"] == "client_credentials":
            is_right = said["scope"] == "deals.read offline"
        else:
            given = said["refresh_token"]
            is_right = given == self.refresh or (self.is_lenient and given in self.used)
        self.asked.append(f"{said['grant_type']} {'given' if is_right else 'refused'}")
        if not is_right:
            return _json({"error": "invalid_grant", "error_description": "Token is used up."}, 400)
        self.used.add(self.refresh)
        count = len(self.tokens)
        self.refresh, access = f"refresh-{count}-made-up-text", f"access-{count}-made-up-text"
        self.access[access] = time.time() + self.life
        self.tokens += [self.refresh, access]
        if (other := self.answering(self)) is not None:
            return other
        return _json(
            {
                "access_token": access,
                "token_type": "Bearer",
                "expires_in": self.life,
                "refresh_token": self.refresh,
                "refresh_ends_in": 8_640_000,
            }
        )

    def _revoke(self, said: dict[str, str]) -> Reply:
        self.asked.append("revoked" if said["token"] == self.refresh else "revoked another one")
        self.refresh = ""
        return Reply(200)


def _json(data: object, status: int = 200) -> Reply:
    return Reply(status, json.dumps(data).encode(), {"Content-Type": "application/json"})


@contextlib.contextmanager
def served() -> Iterator[Vendor]:
    """Serve a vendor for as long as the block runs."""
    vendor = Vendor()
    with site(vendor.answer) as address:
        vendor.address = address
        yield vendor


def project(folder: Path, vendor: Vendor, *recipes: str, actions: str = WRITES) -> Path:
    """Make a project whose connection *crm* is the vendor's, with *recipes* that read its deals; return its folder."""
    connector = folder / "connectors" / "deals"
    connector.mkdir(parents=True)
    (connector / "connector.yaml").write_text(CONNECTOR, "utf-8")
    (connector / "note.schema.json").write_text(json.dumps(NOTE), "utf-8")
    entry = {
        "connector": "deals",
        "company": "7",
        "client_id": CLIENT,
        "client_secret": "${env:DEALS_SECRET}",
        "base_url": vendor.address,
    }
    (folder / "connections.yaml").write_text(json.dumps({"connections": {"crm": entry}}), "utf-8")
    (folder / "recipes").mkdir()
    for name in recipes:
        text = RECIPE.format(name=name, actions=actions.replace("NAME", name))
        (folder / "recipes" / f"{name}.yaml").write_text(text, "utf-8")
    return folder


def environ(home: Path) -> dict[str, str]:
    """Return an environment with the application's secret, and its key in *home*."""
    return {"DEALS_SECRET": SECRET, "XDG_CONFIG_HOME": str(home / "config"), "RECIPE_KEY": ""}
