"""How soon a mail is told: from the 250 that its sender hears to each listener's WebSocket frame, and to a webhook.

One mail at a time, to 1, 100 and 1,000 listeners of one address with one webhook; sender, listeners and receiver are
one process beside the service, so what they take is in the figures. Percentiles are over all listeners of all mails.
"""

from __future__ import annotations

import asyncio
import base64
import json
import resource
import secrets
import statistics
import tempfile
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import uvloop

from bench import peers, sending
from bench.report import Goal, Report, arguments, print_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

INBOX = "listened@restante.test"
LISTENERS = (1, 100, 1000)
MAILS = 40
GOAL_MILLISECONDS = 100.0
SECONDS = 60.0


@dataclass(slots=True)
class Round:
    """One mail: when it came to each listener and to the receiver, on the clock of this process."""

    wanted: int
    frames: list[float] = field(default_factory=list)
    posted: asyncio.Future[float] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    heard: asyncio.Event = field(default_factory=asyncio.Event)


class Listener(asyncio.Protocol):
    """A WebSocket client as light as can be: it counts frames and looks at the clock (RFC 6455, 5.2)."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._buffer = b""
        self._frames = 0
        self._is_upgraded = False
        self.is_listening = asyncio.Event()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._is_upgraded:
            _, end, self._buffer = self._buffer.partition(b"\r\n\r\n")
            self._is_upgraded = bool(end)
        while (size := _frame_size(self._buffer)) is not None and len(self._buffer) >= size:
            opcode, self._buffer = self._buffer[0] & 15, self._buffer[size:]
            if opcode == 1:
                self._count()

    def _count(self) -> None:
        self._frames += 1
        if self._frames == 1:
            self.is_listening.set()
            return
        round_ = self._bench.round
        round_.frames.append(time.perf_counter())
        if len(round_.frames) == round_.wanted:
            round_.heard.set()


class Receiver(asyncio.Protocol):
    """A receiver of webhooks that looks at the clock and says 204."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._transport: asyncio.WriteTransport | None = None
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Uvloop's transports are of no class of asyncio's.
        self._transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        if not self._buffer and not self._bench.round.posted.done():
            self._bench.round.posted.set_result(time.perf_counter())
        self._buffer += data
        head, end, body = self._buffer.partition(b"\r\n\r\n")
        length = next(
            (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
        )
        if end and len(body) >= length and self._transport is not None:
            self._transport.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
            self._transport.close()


class Bench:
    """The listeners and the receiver beside one running service."""

    def __init__(self, server: peers.Running) -> None:
        self._server = server
        self._listeners: list[asyncio.BaseTransport] = []
        self.round = Round(wanted=0)

    async def listen(self, count: int) -> None:
        """Have so many listeners in all."""
        loop = asyncio.get_running_loop()
        for _ in range(count - len(self._listeners)):
            transport, listener = await loop.create_connection(lambda: Listener(self), "127.0.0.1", self._server.http)
            transport.write(_handshake(self._server.http))
            await asyncio.wait_for(listener.is_listening.wait(), SECONDS)
            self._listeners.append(transport)

    async def tell(self, mail: bytes, count: int) -> tuple[list[float], float]:
        """Send one mail; answers with the milliseconds to each frame, and to the webhook's request."""
        self.round = Round(wanted=count)
        acknowledged = await _send(self._server.smtp, mail)
        await asyncio.wait_for(self.round.heard.wait(), SECONDS)
        posted = await asyncio.wait_for(self.round.posted, SECONDS)
        # What is told before the sender has read its 250 was told at once.
        frames = [max(0.0, moment - acknowledged) * 1000 for moment in self.round.frames]
        return frames, max(0.0, posted - acknowledged) * 1000


def _frame_size(octets: bytes) -> int | None:
    """Octets of the first frame, header included; None when not even that is there. A server's frames have no mask."""
    if len(octets) < 2:
        return None
    length = octets[1] & 127
    extended = {126: 2, 127: 8}.get(length, 0)
    if len(octets) < 2 + extended:
        return None
    return 2 + extended + (int.from_bytes(octets[2 : 2 + extended], "big") if extended else length)


def _handshake(port: int) -> bytes:
    nonce = base64.b64encode(secrets.token_bytes(16)).decode()
    lines = [
        f"GET /incoming-messages?key={peers.KEY}&addresses={INBOX} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {nonce}",
        "Sec-WebSocket-Version: 13",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def _send(port: int, mail: bytes) -> float:
    """Send a mail on a connection of its own; answers with when its 250 was read."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await reader.readline()
    for command in (b"HELO bench", b"MAIL FROM:<bench@sender.test>", f"RCPT TO:<{INBOX}>".encode(), b"DATA"):
        writer.write(command + b"\r\n")
        await reader.readline()
    writer.write(mail.replace(b"\r\n.", b"\r\n..") + b"\r\n.\r\n")
    answer = await reader.readline()
    acknowledged = time.perf_counter()
    writer.close()
    await writer.wait_closed()
    if not answer.startswith(b"250"):
        raise SystemExit(f"The mail was not taken: {answer!r}")
    return acknowledged


def _reserved(http: int, webhook: str) -> bool:
    # The first key is made once all else has started.
    request = urllib.request.Request(
        f"http://127.0.0.1:{http}/api/addresses/{INBOX}",
        data=json.dumps({"enablews": True, "webhook": webhook}).encode(),
        headers={"Mailsac-Key": peers.KEY, "Content-Type": "application/json"},
        method="POST",
    )
    try:
        urllib.request.urlopen(request, timeout=SECONDS).close()
    except urllib.error.HTTPError as error:
        error.close()
        return False
    return True


def percentile(values: Sequence[float], share: int) -> float:
    """The value that so many per cent do not exceed."""
    return statistics.quantiles(values, n=100, method="inclusive")[share - 1]


async def measure(folder: Path, mails: int) -> dict[str, float]:
    """Milliseconds by name, as "websocket_1000_p99" and "webhook_1_p50"."""
    loop = asyncio.get_running_loop()
    figures: dict[str, float] = {}
    benches: list[Bench] = []
    receiver = await loop.create_server(lambda: Receiver(benches[0]), "127.0.0.1", 0)
    port = receiver.sockets[0].getsockname()[1]
    program = peers.restante()
    ours = program.variables

    def variables(smtp: int, http: int, where: Path) -> Mapping[str, str]:
        return {**ours(smtp, http, where), "RESTANTE_HOOK_TARGETS": f"127.0.0.1:{port}"}

    with peers.started(replace(program, variables=variables), folder) as server:
        benches.append(Bench(server))
        url = f"http://127.0.0.1:{port}/"
        if not await asyncio.to_thread(peers.wait_for, lambda: _reserved(server.http, url), seconds=SECONDS):
            raise SystemExit("The address cannot be reserved")
        for count in LISTENERS:
            await benches[0].listen(count)
            await benches[0].tell(sending.small_mail(), count)
            told = [await benches[0].tell(sending.small_mail(), count) for _ in range(mails)]
            for name, values in (
                ("websocket", [value for frames, _ in told for value in frames]),
                ("webhook", [posted for _, posted in told]),
            ):
                figures |= {f"{name}_{count}_p{share}": percentile(values, share) for share in (50, 99)}
    receiver.close()
    return figures


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--mails", type=int, default=MAILS, help="mails for each number of listeners (default: 40)")
    chosen = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    report = Report()
    with tempfile.TemporaryDirectory(prefix="restante-bench-") as name:
        report.figures.update(uvloop.run(measure(Path(name), chosen.mails)))
    rows = [
        (
            f"{count} listeners",
            *(
                f"{report.figures[f'{kind}_{count}_p{share}']:.1f}"
                for kind in ("websocket", "webhook")
                for share in (50, 99)
            ),
        )
        for count in LISTENERS
    ]
    print_table(("ms after the 250", "frame p50", "frame p99", "webhook p50", "webhook p99"), rows)
    report.goals["websocket_1000_p99"] = Goal(
        value=report.figures["websocket_1000_p99"], goal=GOAL_MILLISECONDS, sense="at most"
    )
    report.tell(chosen.json)


if __name__ == "__main__":
    main()
