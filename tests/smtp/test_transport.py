"""Mail over a real server: how it is encrypted, who is let in, and what the server's replies come to."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest

from engine import canonical
from engine.errors import Refused
from engine.policy import Bounds
from engine.secret import Masker, Secret
from engine.smtp import Server, Smtp, sender
from engine.wire import Answer, NoAnswer, Request
from tests.smtp.postbox import PASSWORD, USER, authority, content, only_the_desk, postbox, replies, scripted

DOCUMENT = {
    "to": "ann@example.com",
    "subject": "Receipt",
    "text": "Thank you.",
    "external_id": "receipts/mail/1",
}
LOGIN: dict[str, Any] = {"auth_required": True, "authenticator": only_the_desk}
GREETED = (b"220 hello", b"250-here\r\n250 SIZE 1000000")


class Fixed:
    def now(self) -> datetime:
        return datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


def send(
    port: int,
    *,
    security: str = "none",
    password: str = "",
    trusted: ssl.SSLContext | None = None,
    seconds: float = 20.0,
    host: str = "127.0.0.1",
    **given: Any,
) -> tuple[Answer, Any]:
    secret = Secret(password, "password")
    server = Server(host, port, security, USER if password else "", secret)
    smtp = Smtp(server, sender("books@example.org"), Fixed(), Bounds(seconds), Masker([secret]), trusted)
    url = f"smtp://{host}:{port}/messages"
    answer = asyncio.run(smtp.send(Request("POST", url, (), canonical.encode({**DOCUMENT, **given}))))
    return answer, canonical.decode(answer.body)


def test_a_server_takes_a_mail() -> None:
    with postbox() as box:
        answer, data = send(box.port, bcc=["ben@example.com"], text=".\r\n..dots\r\n.")
    [envelope] = box.taken
    assert (envelope.mail_from, envelope.rcpt_tos) == (
        "books@example.org",
        ["ann@example.com", "ben@example.com"],
    )
    assert answer.status == 200
    assert (data["accepted"], data["refused"]) == (["ann@example.com", "ben@example.com"], [])
    message = message_from_bytes(content(envelope))
    assert message["Message-ID"] == f"<{data['id']}>"
    payload = message.get_payload(decode=True)
    assert isinstance(payload, bytes)
    assert payload.splitlines() == [b".", b"..dots", b"."]


def test_a_mail_of_several_megabytes_arrives_whole() -> None:
    with postbox() as box:
        send(box.port, attachments=[{"name": "a", "text": "0123456789" * 300_000}])
    parts = message_from_bytes(content(box.taken[0])).get_payload()
    assert isinstance(parts, list)
    assert parts[1].get_payload(decode=True) == b"0123456789" * 300_000  # type: ignore[union-attr]


@pytest.mark.parametrize("at_once", [False, True])
def test_a_mail_goes_encrypted_and_behind_a_log_in(tmp_path: Path, at_once: bool) -> None:
    us = authority(tmp_path)
    with postbox(us.server, at_once=at_once, **LOGIN) as box:
        security = "tls" if at_once else "starttls"
        send(box.port, security=security, password=PASSWORD, trusted=us.trusted)
    assert len(box.taken) == 1


def test_a_log_in_in_two_steps_does_too() -> None:
    with postbox(**LOGIN, auth_require_tls=False, auth_exclude_mechanism=["PLAIN"]) as box:
        send(box.port, password=PASSWORD)
    assert len(box.taken) == 1


@pytest.mark.parametrize("at_once", [False, True])
@pytest.mark.parametrize("wrong", ["unknown", "another's"])
def test_a_certificate_that_proves_nothing_is_not_taken(tmp_path: Path, at_once: bool, wrong: str) -> None:
    us = authority(tmp_path, "127.0.0.1" if wrong == "unknown" else "mail.example.com")
    with (
        postbox(us.server, at_once=at_once, **LOGIN) as box,
        pytest.raises(NoAnswer, match="ertificate") as failed,
    ):
        send(
            box.port,
            security="tls" if at_once else "starttls",
            password=PASSWORD,
            trusted=None if wrong == "unknown" else us.trusted,
        )
    assert failed.value.left is False
    assert box.taken == []


def test_nothing_is_sent_where_a_server_would_not_encrypt() -> None:
    with postbox() as box, pytest.raises(Refused, match="no STARTTLS") as refused:
        send(box.port, security="starttls", password=PASSWORD)
    assert refused.value.left is False
    assert box.taken == []


def test_what_was_slipped_in_before_the_encryption_is_not_listened_to(tmp_path: Path) -> None:
    with (
        scripted(replies(b"220 hello", b"250-here\r\n250 STARTTLS", b"220 go\r\n250 AUTH PLAIN")) as port,
        pytest.raises(NoAnswer, match="before the encrypted connection") as failed,
    ):
        send(port, security="starttls", password=PASSWORD, trusted=authority(tmp_path).trusted)
    assert failed.value.left is False


def test_without_encryption_mail_stays_on_this_machine() -> None:
    with pytest.raises(Refused, match="for everybody to read"):
        send(25, host="mail.example.com")


def test_a_name_that_leads_inside_is_not_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    async def inside(*_: Any, **__: Any) -> Any:
        return [(2, 1, 6, "", ("10.0.0.7", 587))]

    monkeypatch.setattr("anyio.getaddrinfo", inside)
    with pytest.raises(Refused, match="private, local or reserved"):
        send(587, host="mail.example.com", security="starttls")


def test_a_wrong_password_is_no_access_and_is_not_shown() -> None:
    with postbox(**LOGIN, auth_require_tls=False) as box:
        answer, data = send(box.port, password="not-the-password-of-the-desk")
    assert answer.status == 401
    assert "535" in data["error"]["message"]
    with scripted(
        replies(*GREETED[:1], b"250-here\r\n250 AUTH PLAIN", f"535 no, {PASSWORD}".encode())
    ) as port:
        answer, _ = send(port, password=PASSWORD)
    assert PASSWORD.encode() not in answer.body


def test_a_server_that_knows_no_log_in_is_told_no_password() -> None:
    with postbox() as box, pytest.raises(Refused, match="takes no log-in"):
        send(box.port, password=PASSWORD)


def test_a_missing_log_in_is_no_access() -> None:
    with postbox(**LOGIN, auth_require_tls=False) as box:
        assert send(box.port)[0].status == 401


def test_some_who_are_refused_are_listed_and_the_others_get_it() -> None:
    with postbox(says={"ben@example.com": "550 5.1.1 nobody of that name"}) as box:
        answer, data = send(box.port, cc=["ben@example.com"])
    assert answer.status == 200
    assert data["accepted"] == ["ann@example.com"]
    assert data["refused"] == [
        {"address": "ben@example.com", "code": 550, "message": "550 5.1.1 nobody of that name"}
    ]
    assert box.taken[0].rcpt_tos == ["ann@example.com"]


def test_a_mail_that_is_taken_for_nobody_is_refused() -> None:
    with postbox(says={"ann@example.com": "550 5.1.1 nobody of that name"}) as box:
        answer, data = send(box.port)
    assert (answer.status, box.taken) == (422, [])
    assert "ann@example.com: 550 5.1.1 nobody of that name" in data["error"]["message"]


def test_nobody_gets_it_before_all_can() -> None:
    with postbox(says={"ben@example.com": "450 4.2.1 later"}) as box:
        answer, _ = send(box.port, cc=["ben@example.com"])
    assert (answer.status, box.taken) == (429, [])


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        ((b"421 too many connections",), 429),
        ((b"554 not you",), 403),
        ((*GREETED, b"451 later"), 429),
        ((*GREETED, b"550 not this sender"), 403),
        ((*GREETED, b"530 log in first"), 401),
        ((*GREETED, b"250 ok", b"250 ok", b"451 later"), 429),
        ((*GREETED, b"250 ok", b"250 ok", b"554 no"), 422),
        ((*GREETED, b"250 ok", b"250 ok", b"354 go", b"451 later"), 429),
        ((*GREETED, b"250 ok", b"250 ok", b"354 go", b"554 spam"), 422),
        ((*GREETED, b"250 ok", b"250 ok", b"354 go", b"250 taken"), 200),
    ],
)
def test_each_reply_comes_to_something(lines: tuple[bytes, ...], status: int) -> None:
    with scripted(replies(*lines)) as port:
        assert send(port)[0].status == status


def test_a_mail_that_the_server_says_is_too_large_does_not_leave() -> None:
    with postbox(data_size_limit=2000) as box:
        answer, data = send(box.port, text="x" * 3000)
    assert (answer.status, box.taken) == (422, [])
    assert "2,000" in data["error"]["message"]


def test_what_no_schema_stopped_is_refused_before_a_connection() -> None:
    answer, data = send(1, subject="a\r\nBcc: eve@example.com")
    assert (answer.status, data["error"]["field"]) == (422, "/subject")
