"""The client of benchmarks that send mail: Postfix's smtp-source, or where it is missing an own one as light."""

from __future__ import annotations

import asyncio
import random
import shutil
import subprocess
import tempfile
from email.message import EmailMessage
from email.policy import SMTP

from bench.peers import RECIPIENT

CONNECTIONS = 4
SECONDS = 600.0


def small_mail() -> bytes:
    """A plain text mail of 1.5 KB."""
    return _mail("A word of 1.5 KB", ["The quick brown fox jumps over the lazy dog, again and again and again."] * 17)


def large_mail() -> bytes:
    """A mail of 800 KB: text, HTML and two attachments."""
    mail = _message("Your documents")
    mail.set_content("Please find the documents attached.\r\n")
    mail.add_alternative("<p>Please find the <b>documents</b> attached.</p>", subtype="html")
    chance = random.Random(5321)
    for name in ("report.pdf", "photo.jpg"):
        kind, subtype = ("application", "pdf") if name.endswith("pdf") else ("image", "jpeg")
        mail.add_attachment(chance.randbytes(292_000), maintype=kind, subtype=subtype, filename=name)
    return mail.as_bytes(policy=SMTP)


def send(mail: bytes, *, port: int, count: int, keep_connections: bool) -> None:
    """Send the mail so many times on four connections, each kept, or a new one for each mail."""
    source = shutil.which("smtp-source")
    if source is None:
        asyncio.run(_send_by_own_client(mail, port, count, keep_connections=keep_connections))
        return
    with tempfile.NamedTemporaryFile(suffix=".eml") as file:
        # smtp-source ends the lines itself.
        file.write(mail.replace(b"\r\n", b"\n"))
        file.flush()
        command = [source, "-s", str(CONNECTIONS), "-m", str(count), *(["-d"] if keep_connections else [])]
        command += ["-f", "sender@restante.test", "-t", RECIPIENT, "-F", file.name, f"127.0.0.1:{port}"]
        subprocess.run(command, check=True, timeout=SECONDS, stdout=subprocess.DEVNULL)


def _message(subject: str) -> EmailMessage:
    mail = EmailMessage(policy=SMTP)
    mail["From"] = "Sender <sender@restante.test>"
    mail["To"] = RECIPIENT
    mail["Subject"] = subject
    mail["Date"] = "Tue, 06 Jan 2026 10:00:00 +0000"
    mail["Message-ID"] = "<bench-1@restante.test>"
    return mail


def _mail(subject: str, lines: list[str]) -> bytes:
    mail = _message(subject)
    mail.set_content("\r\n".join(lines))
    return mail.as_bytes(policy=SMTP)


async def _send_by_own_client(mail: bytes, port: int, count: int, *, keep_connections: bool) -> None:
    content = mail.replace(b"\r\n.", b"\r\n..") + b".\r\n"
    left = count

    async def one_connection() -> None:
        nonlocal left
        while left > 0:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            await _expect(reader, b"220")
            await _say(reader, writer, b"HELO localhost\r\n", b"250")
            while left > 0:
                left -= 1
                await _say(reader, writer, b"MAIL FROM:<sender@restante.test>\r\n", b"250")
                await _say(reader, writer, f"RCPT TO:<{RECIPIENT}>\r\n".encode(), b"250")
                await _say(reader, writer, b"DATA\r\n", b"354")
                await _say(reader, writer, content, b"250")
                if not keep_connections:
                    break
            await _say(reader, writer, b"QUIT\r\n", b"221")
            writer.close()

    async with asyncio.timeout(SECONDS):
        await asyncio.gather(*(one_connection() for _ in range(CONNECTIONS)))


async def _say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, said: bytes, expected: bytes) -> None:
    writer.write(said)
    await writer.drain()
    await _expect(reader, expected)


async def _expect(reader: asyncio.StreamReader, expected: bytes) -> None:
    line = await reader.readline()
    while line[3:4] == b"-":
        line = await reader.readline()
    if not line.startswith(expected):
        raise SystemExit(f"Expected {expected.decode()}, heard {line.decode().strip()}")
