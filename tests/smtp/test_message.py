"""From the document that a recipe writes to the message: headers that nothing gets into, letters of any kind, files."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest

from engine import canonical
from engine.smtp import sender
from engine.smtp.message import MOST, Mail, Unfit, compose
from engine.wire import Request

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
LEAST = {
    "to": "ann@example.com",
    "subject": "Receipt",
    "text": "Thank you.",
    "external_id": "receipts/mail/1",
}


def composed(**given: Any) -> Mail:
    document = {name: value for name, value in {**LEAST, **given}.items() if value is not None}
    request = Request("POST", "smtp://localhost:25/messages", (), canonical.encode(document))
    return compose(request, document, sender("books@example.org", "The Books"), NOW)


def read(**given: Any) -> EmailMessage:
    message = message_from_bytes(composed(**given).data, policy=default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    return message


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def test_a_mail_says_from_whom_to_whom_and_when() -> None:
    mail, message = composed(), read()
    assert (message["From"], message["To"], message["Subject"]) == (
        "The Books <books@example.org>",
        "ann@example.com",
        "Receipt",
    )
    assert message["Date"].datetime == NOW
    assert message["Auto-Submitted"] == "auto-generated"
    assert body(message, "plain") == "Thank you.\n"
    assert (mail.sender, mail.recipients) == ("books@example.org", ("ann@example.com",))


def test_the_message_id_is_made_of_the_key_and_the_same_key_gives_the_same() -> None:
    assert composed().id == composed(subject="Another").id
    assert composed().id != composed(external_id="receipts/mail/2").id
    assert composed().id.endswith("@example.org")
    assert read()["Message-ID"] == f"<{composed().id}>"


def test_the_same_document_gives_the_same_bytes() -> None:
    given = {"markdown": "*a*", "attachments": [{"name": "a.txt", "text": "a"}]}
    assert composed(**given).data == composed(**given).data


def test_who_gets_a_blind_copy_stands_in_no_header() -> None:
    mail = composed(cc=["Ben <ben@example.com>"], bcc="carl@example.com", reply_to="desk@example.com")
    assert mail.recipients == ("ann@example.com", "ben@example.com", "carl@example.com")
    assert b"carl" not in mail.data
    message = read(cc=["Ben <ben@example.com>"], bcc="carl@example.com", reply_to="desk@example.com")
    assert (message["Cc"], message["Reply-To"]) == ("Ben <ben@example.com>", "desk@example.com")


def test_who_is_named_twice_gets_it_once() -> None:
    assert composed(to=["ann@example.com", "Ann <ann@example.com>"], cc="ann@example.com").recipients == (
        "ann@example.com",
    )


@pytest.mark.parametrize(
    "name",
    [
        "Zoë Brändli",
        "O'Neil, Ann",
        'Ann "the desk" Example',
        "株式会社サンプル",
        "a@b.example, x",
        "Ann (desk)",
    ],
)
def test_a_name_of_any_letters_arrives_as_it_is(name: str) -> None:
    message = read(to=f"{name} <ann@example.com>", subject=f"Für {name}")
    [address] = message["To"].addresses
    assert (address.display_name, address.addr_spec) == (name, "ann@example.com")
    assert message["Subject"] == f"Für {name}"
    assert composed(to=f"{name} <ann@example.com>").data.isascii()


def test_a_long_name_is_in_pieces_that_belong_together() -> None:
    # Python's own reader of addresses puts spaces between the pieces (RFC 2047, section 6.2, has none there).
    raw = message_from_bytes(composed(to=f"{'ß' * 60} <ann@example.com>").data)["To"]
    name = "".join(text.decode(kind or "ascii") for text, kind in decode_header(raw) if kind)
    assert name == "ß" * 60


@pytest.mark.parametrize("field", ["subject", "to", "cc", "reply_to"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\0", "\x0b", "\x85", "\u2028"])
def test_no_line_end_gets_into_a_header(field: str, end: str) -> None:
    injected = f"Ann{end}Bcc: eve@example.com"
    with pytest.raises(Unfit):
        composed(**{field: injected if field == "subject" else f"{injected} <ann@example.com>"})


@pytest.mark.parametrize(
    "address",
    [
        "", "ann", "ann@", "@example.com", "ann@example.com, eve@example.com", "ann@@example.com", "ann @example.com",
        "ann@example..com", ".ann@example.com", "ann@-example.com", "ann@exam_ple.com", "änn@example.com",
        "ann@exämple.com", "ann@example.com>", "<ann@example.com> eve", "Ann <ann@example.com> <eve@example.com>",
        f"{'a' * 65}@example.com", "ann@example.com\nRCPT TO:<eve@example.com>", "postmaster SIZE=1",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(Unfit) as refused:
        composed(to=address)
    assert refused.value.field == "/to"


def test_markdown_is_sent_as_html_and_as_text() -> None:
    message = read(text=None, markdown="Thank **you**.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n")
    assert "<p>Thank <strong>you</strong>.</p>" in body(message, "html")
    assert "<table>" in body(message, "html")
    assert body(message, "plain").startswith("Thank **you**.")
    assert body(read(markdown="*x*"), "plain") == "Thank you.\n"


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>", "a <img src=x onerror=alert(1)>", "<a href='javascript:alert(1)'>x</a>",
        "[x](javascript:alert(1))", "[x](JaVaScRiPt:alert(1))", "<javascript:alert(1)>", "[x](data:text/html,a)",
        "![x](https://eve.example.com/seen.png)", "![x][1]\n\n[1]: https://eve.example.com/seen.png",
        "<iframe src=//eve.example.com></iframe>", "<style>p{}</style>", '[x](https://a.example "\\"><script>")',
    ],
)  # fmt: skip
def test_no_html_of_a_record_gets_through(text: str) -> None:
    html = body(read(markdown=text), "html")
    for tag in (
        "<script",
        "<img",
        "<iframe",
        "<style",
        'href="javascript',
        'href="JaVa',
        'href="data',
        "<a href='",
    ):
        assert tag not in html


def test_files_go_with_it() -> None:
    files = [
        {"name": "aufträge.csv", "content_type": "text/csv", "text": "order,total\n1001,12.50\n"},
        {"name": "a.pdf", "content_type": "application/pdf", "base64": b64encode(bytes(range(256))).decode()},
        {"name": "note.txt", "text": "ß"},
        {"name": "raw", "base64": "AAE="},
    ]
    found = list(read(attachments=files).iter_attachments())
    assert [(each.get_filename(), each.get_content_type()) for each in found] == [
        ("aufträge.csv", "text/csv"),
        ("a.pdf", "application/pdf"),
        ("note.txt", "text/plain"),
        ("raw", "application/octet-stream"),
    ]
    assert [each.get_payload(decode=True) for each in found] == [
        b"order,total\n1001,12.50\n",
        bytes(range(256)),
        "ß".encode(),
        b"\0\1",
    ]


@pytest.mark.parametrize(
    ("attachment", "message"),
    [
        ({"name": "a"}, "either text or base64"),
        ({"name": "a", "text": "a", "base64": "YQ=="}, "either text or base64"),
        ({"name": "a", "base64": "YQ="}, "no base64"),
        ({"name": "a", "base64": "Y Q=="}, "no base64"),
        ({"name": "a\r\nX: y", "text": "a"}, "control character"),
    ],
)
def test_what_is_no_file_is_refused(attachment: dict[str, str], message: str) -> None:
    with pytest.raises(Unfit, match=message):
        composed(attachments=[attachment])


def test_a_message_is_no_larger_than_servers_take() -> None:
    with pytest.raises(Unfit, match="are the most"):
        composed(attachments=[{"name": "a", "text": "x" * MOST}])


def test_a_message_to_nobody_is_refused() -> None:
    with pytest.raises(Unfit, match="nobody"):
        composed(to=[])


def test_every_line_is_short_enough_and_ends_as_it_should() -> None:
    data = composed(
        text=f"{'x' * 5000}\n.\n..a\nb\rc\n\0", subject="long " * 90, to="ß" * 300 + " <a@example.com>"
    ).data
    lines = data.split(b"\r\n")
    assert max(map(len, lines)) <= 998
    assert b"\n" not in b"".join(lines)
    assert b"\r" not in b"".join(lines)
    assert data.isascii()
