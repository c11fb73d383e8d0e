"""A port with nobody behind it, somebody else, or a broker through TLS or a cable to pull."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Cable:
    """What the two ends of a relay have between them."""

    def __init__(self) -> None:
        self.port = 0
        self.connections = 0
        self.silent = 0  # swallow everything of the first so many connections, and close none
        self.pulled = False  # close what is new from now on, at once

    async def pump(
        self, number: int, source: asyncio.StreamReader, target: asyncio.StreamWriter
    ) -> None:
        with suppress(OSError):  # one end has gone: so does the other
            while data := await source.read(65536):
                if number > self.silent:
                    target.write(data)
                    await target.drain()
        if number > self.silent:
            target.close()


@contextmanager
def listener(
    *,
    answer: bytes = b"",
    relay: int = 0,
    tls: ssl.SSLContext | None = None,
    at: tuple[str, int] = ("127.0.0.1", 0),
) -> Iterator[Cable]:
    """Yield the cable to a port that gives this answer, relays, or accepts and says nothing."""
    cable, started, stop, loop = (
        Cable(),
        threading.Event(),
        asyncio.Event(),
        asyncio.new_event_loop(),
    )
    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        cable.connections += 1
        number = cable.connections
        if cable.pulled:
            writer.close()
        elif relay:
            onward_reader, onward_writer = await asyncio.open_connection("127.0.0.1", relay)
            writers.append(onward_writer)
            await asyncio.gather(
                cable.pump(number, reader, onward_writer),
                cable.pump(number, onward_reader, writer),
            )
        elif answer:
            writer.write(answer)
            writer.close()

    async def run() -> None:
        server = await asyncio.start_server(serve, *at, ssl=tls)
        cable.port = server.sockets[0].getsockname()[1]
        started.set()
        await stop.wait()
        server.close()
        for writer in writers:
            writer.transport.abort()
        await asyncio.gather(*(writer.wait_closed() for writer in writers), return_exceptions=True)

    def work() -> None:
        loop.set_exception_handler(
            lambda _loop, _context: None
        )  # clients that refuse us are what the tests are about
        loop.run_until_complete(run())
        loop.close()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    assert started.wait(5)
    yield cable
    loop.call_soon_threadsafe(stop.set)
    thread.join(10)
