"""What reading costs: latencies and prices from one file, and processor time measured here for each kind of mail."""

from __future__ import annotations

import json
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.caching.workload import ATTACHMENT, SHARES
from chalicelib.actions import reading
from chalicelib.actions.receiving import Arrival, receive
from chalicelib.actions.rendering import rendered
from chalicelib.caching import TieredCache
from chalicelib.mail.ids import message_id
from chalicelib.mail.message import Envelope
from chalicelib.mail.names import Inbox
from chalicelib.mail.rendering import Terms as RenderingTerms
from restante.embedded.backend import EmbeddedBackend

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from chalicelib.mail.names import MailId
    from chalicelib.mail.rendering import CacheKey
    from chalicelib.mail.structure import Structure

BOB = Inbox("bob@restante.test")
TURNS = 3
MB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What bench/latencies.json says: milliseconds and dollars by name."""

    milliseconds: Mapping[str, float]
    dollars: Mapping[str, float]
    lambda_gb: float


def terms() -> Terms:
    """The file, read."""
    document = json.loads((Path(__file__).parents[1] / "latencies.json").read_text())
    return Terms(milliseconds=document["milliseconds"], dollars=document["dollars"], lambda_gb=document["lambda_gb"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What is read of a kind of mail: the bytes, from how many bytes of raw mail, in how many ms of processor time."""

    octets: bytes
    raw_octets: int
    cpu: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of mail: its size in bytes, what mail-parser takes to parse it, and what can be read of it.

    `sanitised` is the processor time of sanitising alone, which every design needs for its answer.
    """

    size: int
    parse_cpu: float
    sanitise_cpu: float
    structure: Structure
    contents: Mapping[str, Content]


class _Nothing:
    """A shared tier that keeps nothing."""

    most = 0

    def get(self, key: CacheKey) -> bytes | None:
        del key
        return None

    def put(self, entries: Mapping[CacheKey, bytes]) -> None:
        del entries

    def drop(self, mails: Sequence[MailId], *, for_good: bool = True) -> None:
        del mails, for_good


def _no_cache() -> TieredCache:
    # Nothing is sealed either: what that takes is measured where the designs do it.
    return TieredCache(_Nothing(), octets=1, terms=RenderingTerms(kept=float("inf")))


def measure(mails: Sequence[bytes]) -> list[Kind]:
    """What each of these mails costs; the least of a few turns, so that what else the machine does counts little."""
    import mailparser  # noqa: PLC0415 - a peer, loaded when it has its turn

    with tempfile.TemporaryDirectory(prefix="restante-bench-") as folder:
        backend = EmbeddedBackend(Path(folder))
        backend.cache = _no_cache()
        found = [_kind(backend, mail, mailparser.parse_from_bytes) for mail in mails]
        backend.close()
    return found


def _kind(backend: EmbeddedBackend, mail: bytes, parse: Callable[[bytes], Any]) -> Kind:
    envelope = Envelope(sender="shop@shop.example", recipients=(BOB,))
    (receipt,) = receive(backend, [Arrival(envelope=envelope, content=mail)])
    opened = reading.open_message(backend, BOB, message_id(receipt.id, 0))
    contents = {}
    for rendering in SHARES:
        octets, cpu = _timed(partial(rendered, opened, rendering))
        contents[rendering.value] = Content(octets=octets, raw_octets=_raw_octets(opened, rendering.value), cpu=cpu)
    attachments = reading.attachments(opened)
    if attachments:
        first = attachments[0]
        octets, cpu = _timed(lambda: opened.content(first))
        contents[ATTACHMENT] = Content(octets=octets, raw_octets=first.body.end - first.body.start, cpu=cpu)
    body = contents["body"]
    _, raw_cpu = _timed(lambda: reading.whole_html(opened))
    return Kind(
        size=len(mail),
        parse_cpu=_timed(lambda: parse(mail))[1],
        sanitise_cpu=max(0.0, body.cpu - raw_cpu),
        structure=opened.structure,
        contents=contents,
    )


def _raw_octets(opened: reading.Opened, name: str) -> int:
    """The bytes that a rendering reads of the raw mail, counted as it reads them."""
    counted: Counter[str] = Counter()
    kept = opened.backend.raw

    class Counting:
        def read(self, receipt: Any, span: Any = None) -> bytes:
            octets = kept.read(receipt, span)
            counted["octets"] += len(octets)
            return octets

    class CountingBackend:
        raw = Counting()
        cache = _no_cache()

    watched: Any = CountingBackend()
    again = reading.Opened(watched, opened.message, opened.structure)
    rendered(again, next(one for one in SHARES if one.value == name))
    return counted["octets"]


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """What it gives, and the least processor time it took, in milliseconds."""
    best, made = float("inf"), None
    for _ in range(TURNS):
        began = time.thread_time()
        made = work()
        best = min(best, time.thread_time() - began)
    return made, best * 1000
