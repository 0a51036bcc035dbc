"""The clients of the flood benchmark: four that flood, one honest sender, one reader of the API.

`python -m bench.flooding PORT SECONDS` floods in a process of its own, at a low priority: it stands for other
machines, whose work costs the server nothing but what arrives.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bench.peers import RECIPIENT

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

FLOODERS = ("127.0.0.11", "127.0.0.12", "127.0.0.13", "127.0.0.14")
HONEST = "127.0.0.20"
CONNECTIONS = 25
"""Of each flooder."""
PATIENCE = 30.0
"""Seconds that the honest sender and the reader wait for an answer before it counts as an error."""
IDLE_SECONDS = 1.0
"""How long a connection of the reader may be idle and be used again."""
_MAIL = b"From: <a@restante.test>\r\nSubject: flood\r\n\r\n" + b"x" * 70 + b"\r\n.\r\n"


class RefusedError(Exception):
    """The server said no."""


@dataclass(slots=True)
class Flood:
    """What flooders did: times are of the monotonic clock, which the processes of a machine share."""

    first: float = 0.0
    sent: dict[str, int] = field(default_factory=lambda: dict.fromkeys(FLOODERS, 0))
    refused: dict[str, int] = field(default_factory=lambda: dict.fromkeys(FLOODERS, 0))
    shut_out: dict[str, float] = field(default_factory=dict)

    def heard(self, ip: str, error: Exception) -> None:
        """A flooder was refused; by the rules, if the reply says so (RFC 3463, X.7.1)."""
        self.refused[ip] += 1
        if " 5.7.1 " in str(error) or " 4.7.1 " in str(error):
            self.shut_out.setdefault(ip, time.monotonic())


@dataclass(slots=True)
class Samples:
    """What one client met: for each answer when it was due and how long it took, in seconds; and the errors."""

    taken: list[tuple[float, float]] = field(default_factory=list)
    errors: list[tuple[float, str]] = field(default_factory=list)

    def between(self, begin: float, end: float) -> Samples:
        """Those that were due then."""
        return Samples(
            [one for one in self.taken if begin <= one[0] < end], [one for one in self.errors if begin <= one[0] < end]
        )


async def send(port: int, ip: str, recipient: str) -> None:
    """Send one mail on a connection of its own. Raises RefusedError, OSError."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(ip, 0))
    try:
        await _expect(reader, b"220")
        for said, expected in (
            (b"EHLO bench\r\n", b"250"),
            (b"MAIL FROM:<a@restante.test>\r\n", b"250"),
            (f"RCPT TO:<{recipient}>\r\n".encode(), b"250"),
            (b"DATA\r\n", b"354"),
            (_MAIL, b"250"),
        ):
            writer.write(said)
            await _expect(reader, expected)
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def _expect(reader: asyncio.StreamReader, expected: bytes) -> None:
    line = await reader.readline()
    while line[3:4] == b"-":
        line = await reader.readline()
    if not line.startswith(expected):
        raise RefusedError(line.decode("latin-1").strip() or "closed")


async def flood(port: int, seconds: float) -> Flood:
    """Send from all flooders as fast as they can, for so long."""
    result = Flood(first=time.monotonic())
    end = result.first + seconds

    async def one_connection(ip: str) -> None:
        while time.monotonic() < end:
            try:
                await send(port, ip, RECIPIENT)
                result.sent[ip] += 1
            except (RefusedError, OSError) as error:
                result.heard(ip, error)

    tasks = [asyncio.create_task(one_connection(ip)) for ip in FLOODERS for _ in range(CONNECTIONS)]
    # A server that stops answering must not keep the benchmark from its end.
    _, hanging = await asyncio.wait(tasks, timeout=seconds + 1.0)
    for task in hanging:
        task.cancel()
    return result


async def _steadily(rate: float, until: asyncio.Event, ask: Callable[[], Awaitable[None]]) -> Samples:
    """Ask at fixed times whether or not earlier answers have come: who waits for a slow answer would hide the queue."""
    samples, running = Samples(), set[asyncio.Task[None]]()
    begun, number = time.monotonic(), 0

    async def once(due: float) -> None:
        try:
            await asyncio.wait_for(ask(), PATIENCE)
            samples.taken.append((due, time.monotonic() - due))
        except (RefusedError, OSError, TimeoutError) as error:
            samples.errors.append((due, f"{type(error).__name__} {error}"))

    while not until.is_set():
        due = begun + number / rate
        number += 1
        if (wait := due - time.monotonic()) > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(until.wait(), wait)
        task = asyncio.create_task(once(due))
        running.add(task)
        task.add_done_callback(running.discard)
    await asyncio.gather(*running)
    return samples


async def send_honestly(port: int, until: asyncio.Event) -> Samples:
    """Send 10 mails a second from HONEST."""
    return await _steadily(10, until, lambda: send(port, HONEST, "honest@restante.test"))


class Reader:
    """An HTTP client that keeps its connections, as many as it has answers to wait for."""

    def __init__(self, port: int, target: str, key: str) -> None:
        self._port = port
        head = f"GET {target} HTTP/1.1\r\nHost: localhost\r\nMailsac-Key: {key}\r\nConnection: keep-alive\r\n\r\n"
        self._request = head.encode()
        self._idle: list[tuple[float, asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def ask(self) -> None:
        """One request. Raises RefusedError for any status but 200."""
        reader, writer = await self._connection()
        try:
            writer.write(self._request)
            head = await reader.readuntil(b"\r\n\r\n")
            await self._body(reader, head.lower())
        except (asyncio.IncompleteReadError, ValueError) as error:
            writer.close()
            raise RefusedError("no answer") from error
        except BaseException:
            writer.close()
            raise
        if not head.startswith(b"HTTP/1.1 200"):
            writer.close()
            raise RefusedError(head.split(b"\r\n")[0].decode("latin-1"))
        self._idle.append((time.monotonic(), reader, writer))

    async def _connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        while self._idle:
            since, reader, writer = self._idle.pop()
            # Servers close what is idle for seconds; to ask on one that is being closed would be our mistake.
            if time.monotonic() - since < IDLE_SECONDS and not reader.at_eof():
                return reader, writer
            writer.close()
        return await asyncio.open_connection("127.0.0.1", self._port)

    async def _body(self, reader: asyncio.StreamReader, head: bytes) -> None:
        if b"transfer-encoding: chunked" not in head:
            await reader.readexactly(int(head.partition(b"content-length:")[2].split(b"\r\n")[0]))
            return
        while size := int(await reader.readline(), 16):
            await reader.readexactly(size + 2)
        await reader.readline()

    def close(self) -> None:
        """Let go of the connections."""
        for _, _, writer in self._idle:
            writer.close()


async def read(reader: Reader, until: asyncio.Event) -> Samples:
    """Ask 50 times a second."""
    return await _steadily(50, until, reader.ask)


async def time_to_refusal(port: int, ip: str, seconds: float) -> float | None:
    """When a connection from this address is first refused, of the monotonic clock; None if never within this time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(ip, 0))
        line = await reader.readline()
        writer.close()
        if line.startswith(b"554"):
            return time.monotonic()
        await asyncio.sleep(0.01)
    return None


def main() -> None:
    os.nice(10)
    result = asyncio.run(flood(int(sys.argv[1]), float(sys.argv[2])))
    print(
        json.dumps({"first": result.first, "sent": result.sent, "refused": result.refused, "shut_out": result.shut_out})
    )


if __name__ == "__main__":
    main()
