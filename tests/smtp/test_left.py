"""Whether a message left: false until its last line went out, and true from then on until the server answers."""

from __future__ import annotations

import asyncio
import socket

import pytest

from engine.wire import NoAnswer
from tests.smtp.postbox import replies, scripted
from tests.smtp.test_transport import GREETED, send

READY = (*GREETED, b"250 ok", b"250 ok", b"354 go")
LARGE = [{"name": "a", "text": "x" * 8_000_000}]


def lost(port: int, **given: object) -> bool:
    with pytest.raises(NoAnswer) as failed:
        send(port, **given)  # type: ignore[arg-type]
    return failed.value.left


@pytest.mark.parametrize("count", range(len(READY)))
def test_a_connection_that_ends_before_the_message_took_nothing(count: int) -> None:
    with scripted(replies(*READY[:count])) as port:
        assert lost(port) is False


def test_a_connection_that_ends_behind_the_message_may_have_taken_it() -> None:
    with scripted(replies(*READY)) as port:
        assert lost(port) is True


def test_a_port_where_nobody_listens_took_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    assert lost(port) is False


@pytest.mark.parametrize("said", [b"NOT SMTP", b"250", b"99 low", b"250-x\r\n" * 5000])
def test_a_reply_that_is_none_behind_the_message_leaves_it_in_doubt(said: bytes) -> None:
    with scripted(replies(*READY, said)) as port:
        if said == b"250":
            assert send(port)[0].status == 200  # a code alone is a reply: RFC 5321, section 4.2
        else:
            assert lost(port) is True


def test_a_reply_that_is_none_before_it_took_nothing() -> None:
    with scripted(replies(b"HTTP/1.1 400 Bad Request")) as port:
        assert lost(port) is False


def test_a_message_that_was_cut_off_was_not_taken() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for line in (READY[0], b"250 here", *READY[2:]):
            writer.write(line + b"\r\n")
            await reader.readline()
        await reader.readexactly(1_000_000)

    with scripted(talk) as port:
        assert lost(port, attachments=LARGE) is False


@pytest.mark.parametrize("is_behind", [False, True])
def test_silence_is_waited_for_so_long_and_no_longer(is_behind: bool) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await replies(*(READY if is_behind else READY[:2]))(reader, writer)
        await asyncio.sleep(30)

    with scripted(talk) as port:
        assert lost(port, seconds=0.5) is is_behind
