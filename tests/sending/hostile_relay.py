"""A real SMTP server on loopback that answers as a test tells it to, and remembers every mail that it took."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

START_SECONDS = 20.0
HANG_UP = "hang up"
"""Instead of a reply: the connection is cut."""
SILENCE = "silence"
"""Instead of a reply: nothing, until the client has gone."""
DRIP = "drip"
"""Instead of a reply: a byte of one now and then, which never ends."""


class _EndError(Exception):
    """The conversation is over."""


@dataclass
class HostileRelay:
    """`replies` are by what they answer: "HELLO", "MAIL", "RCPT bad@y.dev", "DATA", "MESSAGE"; the rest goes well.

    A reply to "CONTENT" is given before the content has come whole.
    """

    replies: Mapping[str, str] = field(default_factory=dict)
    taken: list[tuple[str, tuple[str, ...], bytes]] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    address: tuple[str, int] = ("127.0.0.1", 0)
    heard: Callable[[], None] = lambda: None
    """Called at each command, and when a mail has come and was not answered yet."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Speak with one client."""
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, _EndError):
                await _Conversation(self, reader, writer).run()
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()


class _Conversation:
    def __init__(self, relay: HostileRelay, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._relay = relay
        self._reader = reader
        self._writer = writer
        self._sender = ""
        self._recipients: list[str] = []

    async def run(self) -> None:
        await self._reply("HELLO", "220 relay.example")
        while line := (await self._reader.readline()).decode().strip():
            self._relay.commands.append(line)
            self._relay.heard()
            verb, path = line.split()[0].upper(), line.partition("<")[2].partition(">")[0]
            if verb == "EHLO":
                await self._say("250-relay.example\r\n250-SIZE 1000000\r\n250-AUTH PLAIN\r\n250 8BITMIME")
            elif verb == "AUTH":
                await self._reply("AUTH", "235 welcome")
            elif verb == "MAIL":
                self._sender, self._recipients = path, []
                await self._reply("MAIL", "250 ok")
            elif verb == "RCPT":
                if (await self._reply(f"RCPT {path}", "250 ok")).startswith("250"):
                    self._recipients.append(path)
            elif verb == "DATA":
                if (await self._reply("DATA", "354 go on")).startswith("354"):
                    await self._take()
            else:
                await self._say("221 bye")
                return

    async def _take(self) -> None:
        if "CONTENT" in self._relay.replies:
            await self._reader.readexactly(10)
            await self._reply("CONTENT", "")
        content = await self._reader.readuntil(b"\r\n.\r\n")
        if self._relay.replies.get("MESSAGE", "250").startswith(("250", HANG_UP)):
            plain = content[:-3].replace(b"\r\n..", b"\r\n.")
            self._relay.taken.append((self._sender, tuple(self._recipients), plain))
        self._relay.heard()
        await self._reply("MESSAGE", "250 queued as 7")

    async def _reply(self, to: str, usual: str) -> str:
        answer = self._relay.replies.get(to, usual)
        if answer == SILENCE:
            await self._reader.read()
        if answer in (SILENCE, HANG_UP):
            raise _EndError
        while answer == DRIP:
            self._writer.write(b"2")
            await self._writer.drain()
            await asyncio.sleep(0.05)
        await self._say(answer)
        if answer.startswith("421"):
            raise _EndError
        return answer

    async def _say(self, text: str) -> None:
        self._writer.write(text.encode() + b"\r\n")
        await self._writer.drain()


@contextmanager
def relaying(**replies: str) -> Iterator[HostileRelay]:
    """A relay that gives these replies, on a thread of its own."""
    relay = HostileRelay(replies)
    loop = asyncio.new_event_loop()
    ready = threading.Event()
    stopped = asyncio.Event()

    async def main() -> None:
        server = await asyncio.start_server(relay.serve, "127.0.0.1", 0)
        relay.address = server.sockets[0].getsockname()
        ready.set()
        await stopped.wait()
        server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    thread = threading.Thread(target=lambda: loop.run_until_complete(main()), name="relay")
    thread.start()
    assert ready.wait(START_SECONDS), "the relay did not start"
    try:
        yield relay
    finally:
        loop.call_soon_threadsafe(stopped.set)
        thread.join(START_SECONDS)
        loop.close()
