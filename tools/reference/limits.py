"""docs/limits.md: each bound of the service, with its value from the code itself, and the setting that moves it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from chalicelib.actions import (
    admitting,
    hooking,
    linking,
    marking,
    reading,
    reserving,
    telling,
    uploading,
    validating,
    watching,
)
from chalicelib.api import dead_letters, inbox, mail_fields, parameters
from chalicelib.mail import codes, composing, hook, job, links, markup, searching, trace
from chalicelib.ports.hooks import DELIVERIES_KEPT
from chalicelib.posting import SECONDS as RECEIVER_SECONDS
from chalicelib.settings import PREFIX, Settings
from restante.embedded.http.gate import BURST_SECONDS
from restante.embedded.http.server import BODY_BYTES

_DEFAULTS: dict[str, Any] = {one.name: one.default for one in fields(Settings)}
_OCTETS = {"smtp_size", "smtp_memory", "mime_header_bytes", "send_size", "flood_octets"}
_SECONDS = {"smtp_command_timeout", "smtp_data_timeout", "smtp_mail_timeout", "flood_window", "flood_block"}
_DAYS = {"keep_days"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A bound: what is bounded, at what, and what happens beyond it. `setting` moves it, where there is one."""

    what: str
    value: str
    beyond: str
    setting: str = ""


def octets(number: int) -> str:
    """A number of bytes as people write it."""
    for unit, size in (("GB", 1024**3), ("MB", 1024**2), ("KB", 1024)):
        if number >= size and number % size == 0:
            return f"{number // size} {unit}"
    return f"{number:,} bytes"


def seconds(number: float) -> str:
    """A time as people write it."""
    for unit, size in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if number >= 2 * size and number % size == 0:
            return f"{number / size:g} {unit}"
    return f"{number:g} seconds"


def _set(setting: str, what: str, beyond: str) -> Limit:
    default = _DEFAULTS[setting]
    if setting in _OCTETS:
        value = octets(default)
    elif setting in _SECONDS:
        value = seconds(default)
    else:
        value = f"{default:,} days" if setting in _DAYS else f"{default:,}"
    return Limit(what=what, value=value, beyond=beyond, setting=setting)


def _fixed(what: str, value: str | int, beyond: str) -> Limit:
    return Limit(what=what, value=f"{value:,}" if isinstance(value, int) else value, beyond=beyond)


LIMITS = {
    "Mail that comes in": (
        _set("smtp_size", "One mail", "`552` by SMTP"),
        _set("smtp_recipients", "Recipients of one mail", "`452`: the sender tries the others again"),
        _set("smtp_connections", "SMTP connections at once", "`421`"),
        _set("smtp_connections_per_address", "SMTP connections of one address", "`421`"),
        _set("smtp_memory", "Mail in memory, all connections together", "`452`: the sender tries again"),
        _set("smtp_command_timeout", "Time for one SMTP command", "`421`"),
        _set("smtp_mail_timeout", "Time for one mail to come in", "`421`"),
        _set("mime_parts", "Parts of a mail that are told apart", "the rest stays in the raw mail; a problem says so"),
        _set("mime_depth", "Depth of nested parts", "what is deeper is one part"),
        _set("mime_header_bytes", "Bytes of one part's header that are read", "the rest stays in the raw mail"),
    ),
    "What is kept": (
        _set("keep_days", "How long mail is kept", "it is deleted, unless it is starred"),
        _set("keep_unowned", "Messages of an inbox that nobody owns", "the oldest goes"),
        _set("keep_account", "Messages of an account", "the oldest goes"),
        _fixed("Labels of a message", marking.LABELS, "`400`"),
        _fixed("Letters of a label", marking.LABEL_LETTERS, "`400`"),
    ),
    "Reading": (
        _fixed("Messages of one list (`limit`)", parameters.LIMIT.kind.schema["maximum"], "`400`; page with `before`"),
        _fixed("Messages that a search or filter finds", inbox.MOST_FOUND, "the newest are given"),
        _set("search_words", "Words by which an owned mail is found", "later words do not find it"),
        _fixed("Letters of a text that the search looks at", searching.TEXT_LETTERS, "later words do not find it"),
        _fixed("Time to wait for a mail (`wait`)", seconds(parameters.WAIT.kind.schema["maximum"]), "`400`; ask again"),
        _fixed("Letters of a body where a code is looked for", codes.MOST_CHARACTERS, "no code is found there"),
        _fixed(
            "Tags and texts of the HTML that `/body`, or `/text` without a text of the mail's own, is made of",
            markup.MOST_TOKENS,
            "the rest is left out, and the last line says so; `/dirty` and `/raw` have it",
        ),
        _fixed("Links of a message", links.MOST_LINKS, "the first are listed"),
        _fixed("Letters of a link", links.LONGEST_URL, "it is left out"),
        _fixed("Hops of a message", trace.MOST_HOPS, "the newest are listed"),
        _fixed("Images put into `/dirty` HTML", octets(reading.INLINE_BYTES), "the others are left as they are"),
        _fixed("A link to a raw mail (`rawUrl`)", seconds(linking.LINK_SECONDS), "`401`"),
    ),
    "Sending": (
        _set("send_size", "One mail", "`413`"),
        _set("send_recipients", "Recipients of one mail", "`400`"),
        _set("send_rate", "Mails of an account in a minute", "`429` with `Retry-After`"),
        _fixed("Attachments of one mail", mail_fields.MOST_ATTACHMENTS, "`400`"),
        _fixed("Header fields of one mail", octets(composing.MOST_HEADER_OCTETS), "`400`"),
        _fixed("An upload's URL", seconds(uploading.OPEN_SECONDS), "`403`; get another"),
        _fixed("Tries to send a mail", seconds(job.GIVE_UP_AFTER), "its status is `failed`"),
    ),
    "Telling": (
        _fixed("Webhooks of an account", hooking.MOST_HOOKS, "`409`"),
        _fixed("A webhook's payload", octets(telling.PAYLOAD_OCTETS), "`raw` and more is left out, see `omitted`"),
        _fixed("A receiver's answer", seconds(RECEIVER_SECONDS), "counts as failed, and is tried again"),
        _fixed("Tries to tell of a mail", seconds(job.GIVE_UP_AFTER), "a dead letter"),
        _fixed("A receiver that fails", seconds(hook.PAUSE_AFTER.total_seconds()), "the hook is paused"),
        _fixed("Deliveries of a hook that are kept", DELIVERIES_KEPT, "the oldest goes"),
        _fixed("A frame of a WebSocket", octets(telling.FRAME_OCTETS), "`raw` and more is left out, see `omitted`"),
        _fixed("Names of one WebSocket", watching.MOST_NAMES, "refused"),
    ),
    "Requests": (
        _fixed("A request's body, on one machine", octets(BODY_BYTES), "`413`; use an upload"),
        _set("http_rate", "Requests a second of one address", "`429`; trusted networks have no bound"),
        _set("http_key_rate", "Requests a second of one key", "`429`; trusted networks have no bound"),
        _fixed("A burst of requests", f"{BURST_SECONDS} seconds' worth", "`429`"),
        _fixed("Letters of a key's label", admitting.LABEL_LETTERS, "`400`"),
        _fixed("Addresses reserved at once", reserving.BULK, "`400`"),
        _fixed("Addresses validated at once", validating.BULK, "`400`"),
        _fixed("Dead letters redriven at once", dead_letters.AT_ONCE, "`400`"),
    ),
    "Floods": (
        _set("flood_window", "The time within which a sender is counted", "it begins again"),
        _set("flood_arrivals", "Mails of one address in that time", "the sender is shut out"),
        _set("flood_refused", "Refused recipients and logins in that time", "the sender is shut out"),
        _set("flood_octets", "Bytes of mail of one address in that time", "the sender is shut out"),
        _set("flood_block", "The first time that a sender is shut out", "four times as long each time again"),
    ),
}
"""Every bound that a client can meet, by what it is about."""


def page() -> str:
    """The text of docs/limits.md."""
    lines = [
        "# Limits",
        "",
        "Everything is bounded, so that nothing a stranger sends can bring the service down.",
        "What can be moved has a setting; its default stands here.",
        "This page is made from the code by `make generate`.",
    ]
    for title, limits in LIMITS.items():
        lines += ["", f"## {title}", "", "| what | at most | beyond it | setting |", "| --- | --- | --- | --- |"]
        for one in limits:
            setting = f"`{PREFIX}{one.setting.upper()}`" if one.setting else ""
            lines.append(f"| {one.what} | {one.value} | {one.beyond} | {setting} |")
    return "\n".join(lines) + "\n"
