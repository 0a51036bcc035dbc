"""Each setting once: its name, its default, and what it means. docs/settings.md is made from here."""

from __future__ import annotations

import ipaddress
import os
import re
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PREFIX = "RESTANTE_"
_SECRETS = frozenset({"api_key", "relay_password", "valkey"})
"""Settings whose values no error repeats."""
_LABEL = r"[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*|\[[0-9a-z:.]+\]")
"""A domain as mail is addressed to it: names, or an address literal (RFC 5321, 4.1.2)."""
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
TRUSTED = (
    # Loopback, private and link-local (RFC 1122, 1918, 3927, 4193, 4291): a team's own machines, whose tests may flood.
    *("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"),
    *("::1/128", "fc00::/7", "fe80::/10"),
)


class InvalidSettingError(ValueError):
    """A setting's value cannot be used; the text names the setting, the value and what is expected."""


@dataclass(frozen=True, slots=True)
class HostPort:
    """Where a server listens. A port of 0 lets the system choose."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def _host_port(text: str) -> HostPort:
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdecimal() or int(port) > 65535:
        raise ValueError("expected HOST:PORT, as in 127.0.0.1:1025 or [::1]:1025")
    return HostPort(host.strip("[]") or "0.0.0.0", int(port))  # noqa: S104 - ":1025" asks for every interface


def _octets(text: str) -> int:
    number, unit = (text[:-1], text[-1].lower()) if text[-1:].isalpha() else (text, "")
    factor = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3}.get(unit)
    if factor is None or not number.isdecimal() or int(number) == 0:
        raise ValueError("expected bytes, as in 500000, 512k, 40m or 2g")
    return int(number) * factor


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise ValueError("expected a whole number above 0")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0.0 < seconds < 1e9:
        raise ValueError("expected seconds, as in 300 or 0.5")
    return seconds


def _count_or_all(text: str) -> int | None:
    if not text.isdecimal():
        raise ValueError("expected a whole number; 0 for no bound")
    return int(text) or None


def _switch(text: str) -> bool:
    words = {"on": True, "true": True, "1": True, "yes": True, "off": False, "false": False, "0": False, "no": False}
    if text.lower() not in words:
        raise ValueError("expected on or off")
    return words[text.lower()]


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip().lower() for word in text.split(",") if word.strip())


def _domains(text: str) -> tuple[str, ...]:
    domains = tuple(map(_ascii_domain, _words(text)))
    if not all(map(_DOMAIN.fullmatch, domains)):
        raise ValueError("expected domains, separated by commas, as in mail.example.com,test.example")
    return domains


def _ascii_domain(word: str) -> str:
    # As mail/addresses.py names the domain of a recipient: IDNA A-labels, whichever way it was written.
    try:
        return word.rstrip(".").encode("idna").decode("ascii")
    except UnicodeError:
        return word


def _targets(text: str) -> tuple[str, ...]:
    words = _words(text)
    for word in words:
        host, _, port = word.rpartition(":")
        if not host or "/" in host or not port.isdecimal() or not 0 < int(port) <= 65535:
            raise ValueError("expected HOST:PORT, separated by commas, as in 127.0.0.1:9000,[::1]:9000")
    return words


def _url(text: str) -> str:
    if not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", text):
        raise ValueError("expected a URL, as in https://mail.example.com")
    return text.rstrip("/")


def _valkey(text: str) -> str:
    if not re.fullmatch(r"valkeys?://[^\s/?#]+(/[0-9]+)?", text):
        raise ValueError("expected valkeys://HOST:PORT, or valkey://HOST:PORT without TLS")
    return text


def _choice(*words: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text.lower() not in words:
            raise ValueError(f"expected one of {', '.join(words)}")
        return text.lower()

    return read


def _networks(text: str) -> tuple[Network, ...]:
    if text.lower() == "none":
        return ()
    try:
        return tuple(ipaddress.ip_network(word) for word in _words(text))
    except ValueError:
        raise ValueError("expected networks as in 192.0.2.0/24,2001:db8::/32, or none") from None


def _seconds_or_none(text: str) -> float:
    return 0.0 if text == "0" else _seconds(text)


def _key(text: str) -> str:
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("expected printable ASCII characters without spaces")
    return text


def _relay_tls(text: str) -> str:
    if text.lower() not in {"starttls", "tls", "off"}:
        raise ValueError("expected starttls, tls or off")
    return text.lower()


def _text(text: str) -> str:
    if not text.isprintable():
        raise ValueError("expected printable characters")
    return text


def _setting(default: Any, read: Callable[[str], Any], meaning: str) -> Any:
    return field(default=default, metadata={"read": read, "meaning": meaning})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Every setting of Restante. The environment variable is the field's name in capitals after RESTANTE_."""

    smtp: HostPort = _setting(HostPort("127.0.0.1", 1025), _host_port, "Where the embedded SMTP server listens.")
    http: HostPort = _setting(
        HostPort("127.0.0.1", 8025), _host_port, "Where the embedded HTTP and WebSocket server listens."
    )
    data: Path = _setting(Path("data"), Path, "The folder of the embedded world's mail, index and certificates.")
    api_key: str | None = _setting(None, _key, "The first API key, instead of a random one.")
    smtp_size: int = _setting(40 * 1024**2, _octets, "The largest mail that is taken (SMTP SIZE, RFC 1870).")
    smtp_recipients: int = _setting(100, _count, "The most recipients of one mail (RFC 5321, 4.5.3.1.8).")
    smtp_connections: int = _setting(1000, _count, "The most SMTP connections at once; more hear 421.")
    smtp_connections_per_address: int = _setting(
        200, _count, "The most SMTP connections of one address at once; more hear 421."
    )
    smtp_blocked: str = _setting(
        "554",
        _choice("554", "close"),
        "What a client that is shut out hears: 554 and its end, or nothing (close).",
    )
    smtp_tarpit: float = _setting(
        0.25,
        _seconds_or_none,
        "Seconds that a client that is shut out waits to hear so, 500 of them at once; 0 for none.",
    )
    smtp_memory: int = _setting(
        128 * 1024**2, _octets, "The most bytes of mail in memory, all SMTP connections together; more hears 452."
    )
    smtp_line: int = _setting(12_288, _octets, "The longest SMTP command in bytes (RFC 4954, 4: 12288 at least).")
    smtp_errors: int = _setting(20, _count, "How many mistakes an SMTP client may make before it is sent away.")
    smtp_command_timeout: float = _setting(
        300.0, _seconds, "Seconds that an SMTP client may take for a command (RFC 5321, 4.5.3.2.7)."
    )
    smtp_data_timeout: float = _setting(
        180.0, _seconds, "Seconds of silence that are borne within a mail (RFC 5321, 4.5.3.2.5)."
    )
    smtp_mail_timeout: float = _setting(1800.0, _seconds, "Seconds that one mail may take to come in.")
    smtp_stop_timeout: float = _setting(
        10.0, _seconds, "Seconds that mails under way are given when the SMTP server stops."
    )
    hostname: str = _setting("localhost", _key, "How the server names itself in SMTP and in Received headers.")
    domains: tuple[str, ...] = _setting(
        (), _domains, "The recipient domains that are taken, separated by commas; empty takes every domain."
    )
    mime_depth: int = _setting(100, _count, "How deep nested parts of a mail are followed.")
    mime_parts: int = _setting(1000, _count, "How many parts of a mail are followed.")
    mime_header_bytes: int = _setting(1024**2, _octets, "How many bytes of one part's header are read.")
    mime_parameters: int = _setting(100, _count, "How many parameters of one header field are read.")
    open_inboxes: bool = _setting(
        default=False, read=_switch, meaning="Whether inboxes that nobody owns are open to callers without a key."
    )
    keep_days: int | None = _setting(30, _count_or_all, "Days that mail is kept unless it is starred; 0 keeps it.")
    keep_unowned: int | None = _setting(
        1000, _count_or_all, "Messages that an inbox keeps that nobody owns, the oldest goes first; 0 keeps all."
    )
    keep_account: int | None = _setting(
        100_000, _count_or_all, "Messages that an account keeps in all, the oldest goes first; 0 keeps all."
    )
    search_words: int = _setting(64, _count, "By how many of its words an owned mail can be found.")
    send_recipients: int = _setting(50, _count, "The most recipients of a mail that is sent (Amazon SES: 50).")
    send_size: int = _setting(40 * 1024**2, _octets, "The largest mail that is sent, in bytes (Amazon SES: 40 MB).")
    send_rate: int | None = _setting(600, _count_or_all, "Mails that an account may send in a minute; 0 for no bound.")
    keep_sent: bool = _setting(
        default=True, read=_switch, meaning="Whether a sent mail is kept in its sender's inbox, in the folder sent."
    )
    relay: HostPort | None = _setting(
        None,
        _host_port,
        "The SMTP server that takes mail to the outside; without one it is kept in the local inboxes only.",
    )
    relay_tls: str = _setting(
        "starttls", _relay_tls, "How the relay is spoken to: starttls, tls (from the first byte on), or off."
    )
    relay_user: str | None = _setting(None, _text, "The user name at the relay.")
    relay_password: str | None = _setting(None, _text, "The password at the relay.")
    ses_capture: bool = _setting(
        default=True,
        read=_switch,
        meaning="Whether the embedded server takes mail through the API of Amazon SES, without a key, as by SMTP.",
    )
    configuration_set: str | None = _setting(
        None, _key, "The configuration set of Amazon SES that tells what became of sent mail (AWS)."
    )
    trusted: tuple[Network, ...] = _setting(
        tuple(map(ipaddress.ip_network, TRUSTED)),
        _networks,
        "Networks that are never shut out or slowed down automatically, separated by commas; none for no such.",
    )
    flood_mode: str = _setting(
        "block",
        _choice("block", "dry-run", "off"),
        "What is done about who sends a flood of mail: block, only say so in the log (dry-run), or off.",
    )
    flood_window: float = _setting(10.0, _seconds, "The seconds within which mail of one address is counted.")
    flood_arrivals: int = _setting(
        500, _count, "More mails from one address in that time are a flood; 8 times as many from one /24 or /64."
    )
    flood_refused: int = _setting(
        500, _count, "More refused recipients and logins of one address in that time are a flood."
    )
    flood_octets: int = _setting(1024**3, _octets, "More bytes of mail from one address in that time are a flood.")
    flood_block: float = _setting(
        900.0,
        _seconds,
        "Seconds that a flood shuts its sender out; four times as long each time again, up to a week.",
    )
    http_rate: int = _setting(100, _count, "Requests a second of one address that is not trusted; more hear 429.")
    http_key_rate: int = _setting(200, _count, "Requests a second with one API key from such addresses; more hear 429.")
    dns: bool = _setting(
        default=False,
        read=_switch,
        meaning="Whether the DNS is asked: to verify domains, and for the mail exchangers of addresses to validate.",
    )
    url: str = _setting("", _url, "How clients reach the API, for links in webhooks; empty gives links without a host.")
    hook_targets: tuple[str, ...] = _setting(
        (), _targets, "Receivers of webhooks that are allowed though they are local, as 127.0.0.1:9000, also over http."
    )
    hook_http: bool = _setting(
        default=False, read=_switch, meaning="Whether webhooks may go to public receivers over http, not only https."
    )
    waf_ipv4_set: str = _setting(
        "", _key, "The WAF IP set for IPv4 in the AWS world, as NAME|ID|SCOPE; empty for none."
    )
    waf_ipv6_set: str = _setting(
        "", _key, "The WAF IP set for IPv6 in the AWS world, as NAME|ID|SCOPE; empty for none."
    )
    ses_filters: bool = _setting(
        default=False, read=_switch, meaning="Whether SES's IP address filters follow the rules in the AWS world."
    )
    cache_memory: int = _setting(
        64 * 1024**2,
        _octets,
        "The most bytes of memory in which a process that answers keeps what was read last, rendered.",
    )
    cache_shared: int = _setting(
        256 * 1024**2, _octets, "The most bytes of rendered mail that the embedded world keeps in its data folder."
    )
    valkey: str | None = _setting(
        None,
        _valkey,
        "The Valkey or Redis server that keeps rendered mail in the AWS world, as valkeys://HOST:PORT (TLS); "
        "without one the table does.",
    )
    table: str = _setting("restante", _key, "The DynamoDB table of the AWS world.")
    bucket: str = _setting("restante", _key, "The S3 bucket of the AWS world's raw mail.")
    queue: str = _setting("", _key, "The URL of the SQS queue of the AWS world's jobs.")
    websocket: str = _setting("", _key, "The endpoint of the AWS world's WebSocket connections, stage included.")


def environment() -> Mapping[str, str]:
    """The process's environment: the only place where it is looked at."""
    return os.environ  # noqa: TID251 - this is the one place


def read_settings(values: Mapping[str, str]) -> Settings:
    """The settings that these environment variables ask for, defaults where they are silent or empty.

    Raises InvalidSettingError for a value that cannot be used.
    """
    chosen = {}
    for entry in fields(Settings):
        name = PREFIX + entry.name.upper()
        text = values.get(name, "").strip()
        if not text:
            continue
        try:
            chosen[entry.name] = entry.metadata["read"](text)
        except ValueError as error:
            shown = "..." if entry.name in _SECRETS else repr(text)
            raise InvalidSettingError(f"{name}={shown}: {error}") from None
    return Settings(**chosen)
