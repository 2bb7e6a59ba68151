"""The target as a program: prints ``{"port": N}``, serves on loopback, stops at SIGTERM or when its stdin closes."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import threading

from tests.faults.target.site import Site
from tests.faults.target.wire import Line


async def serve() -> None:
    """Serve until told to stop."""
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, over.set)
    threading.Thread(target=_stop_with_stdin, args=(loop, over), daemon=True).start()
    site = Site()
    server = await loop.create_server(lambda: Line(site.serve), "127.0.0.1", 0, backlog=512)
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
    await over.wait()
    server.close()


def _stop_with_stdin(loop: asyncio.AbstractEventLoop, over: asyncio.Event) -> None:
    # Not sys.stdin: its lock, held by a thread that still reads, spoils the end of the process.
    while os.read(0, 4096):
        pass
    with contextlib.suppress(RuntimeError):  # the loop has ended by a signal
        loop.call_soon_threadsafe(over.set)


asyncio.run(serve())
