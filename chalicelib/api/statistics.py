"""Statistics of the mail that came to inboxes that nobody owns, and who is shut out."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from chalicelib.actions import reading
from chalicelib.api.downloads import BEYOND, LINKED, NOT_MODIFIED, PARTIAL, part_reply
from chalicelib.api.fields import MOMENT, TEXT, Parameter, path
from chalicelib.api.handling import blueprint
from chalicelib.api.messages import bounded
from chalicelib.api.operation import Answer, Operation, Reply, operation
from chalicelib.api.parameters import LIMIT, SKIP
from chalicelib.api.schemas import list_of, ref
from chalicelib.errors import NotFound
from chalicelib.mail.blocking import Action, Scope, read_address, verdict
from chalicelib.mail.shelf import Shelf
from chalicelib.ports import Topic

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from chalicelib.actions.admitting import Caller
    from chalicelib.api import shapes
    from chalicelib.mail.message import Message
    from chalicelib.ports import Backend

_TAG = "Statistics"
_MOST = 1000
"""The most messages that are looked at for one attachment."""
_PAGE = 10
_MD5 = path("md5sum", TEXT, "The MD5 of an attachment's content.", example="5d41402abc4b2a76b9719d911017c592")


def _date(name: str, meaning: str, *, required: bool) -> Parameter:
    return Parameter(name=name, kind=MOMENT, meaning=meaning, required=required, example="2026-01-31T12:00:00Z")


def _ranking(route: str, name: str, topic: Topic, *, required: bool = False) -> Operation:
    declare: Callable[[Callable[..., list[shapes.Json]]], Operation] = operation(
        "GET",
        f"/mailstats/{route}",
        name=name,
        tag=_TAG,
        parameters=[
            _date("startDate", "From when on; by default a week ago.", required=required),
            _date("endDate", "Until when; by default now.", required=required),
            SKIP,
            LIMIT,
        ],
        answers=[Answer(meaning="The names with the most messages, most first.", schema=ref("Ranking"))],
    )

    def top(
        backend: Backend,
        _: Caller,
        *,
        startDate: datetime | None,
        endDate: datetime | None,
        skip: int,
        limit: int,
    ) -> list[shapes.Json]:
        until = endDate or backend.now()
        since = startDate or until - timedelta(days=7)
        found = backend.statistics.top(topic, since=since, until=until, skip=skip, limit=limit)
        return [{"_id": one, "n": number} for one, number in found]

    top.__doc__ = f"List the {topic.value}s with the most messages in inboxes that nobody owns."
    return declare(top)


top_addresses = _ranking("top-addresses", "ListTopPublicAddresses", Topic.ADDRESS)
top_senders = _ranking("top-senders", "ListTopPublicSenders", Topic.SENDER)
top_domains = _ranking("top-domains", "ListTopPublicDomains", Topic.DOMAIN)
common_attachments = _ranking("common-attachments", "ListPublicAttachments", Topic.ATTACHMENT, required=True)


@operation(
    "GET",
    "/mailstats/common-attachments/{md5sum}/count",
    name="CountPublicAttachments",
    tag=_TAG,
    parameters=[_MD5],
    answers=[Answer(meaning="How many messages carry it.", schema=ref("AttachmentCount"))],
)
def count_attachment(backend: Backend, _: Caller, *, md5sum: str) -> shapes.Json:
    """Count the messages in inboxes that nobody owns that carry an attachment; 1,000 at most are counted."""
    return {"n": len(_carrying(backend, md5sum, limit=_MOST))}


@operation(
    "GET",
    "/mailstats/common-attachments/{md5sum}",
    name="ListMessagesForAttachment",
    tag=_TAG,
    parameters=[_MD5],
    answers=[Answer(meaning="The newest messages that carry it.", schema=list_of(ref("Message")))],
)
def list_carrying(backend: Backend, _: Caller, *, md5sum: str) -> list[shapes.Json]:
    """List the newest messages in inboxes that nobody owns that carry an attachment, 100 at most."""
    return bounded(backend, _carrying(backend, md5sum, limit=100))


@operation(
    "GET",
    "/mailstats/common-attachments/{md5sum}/download",
    name="DownloadPublicAttachment",
    tag=_TAG,
    parameters=[_MD5],
    answers=[
        Answer(
            meaning="The content, decoded.",
            media_type="*/*",
            schema={"type": "string", "format": "binary"},
            example="hello",
        ),
        PARTIAL,
        LINKED,
        NOT_MODIFIED,
        BEYOND,
    ],
    errors=[404],
)
def download_carried(backend: Backend, _: Caller, *, md5sum: str) -> Reply:
    """Download an attachment that a message in an inbox that nobody owns carries."""
    carrying = _carrying(backend, md5sum, limit=1)
    if not carrying:
        raise NotFound("No message that is open to all carries this attachment")
    opened = reading.open_message(backend, carrying[0].inbox, carrying[0].id)
    part = reading.find_attachment(opened, md5sum)
    return part_reply(opened, part, etag=part.md5)


@operation(
    "GET",
    "/mailstats/blacklist",
    name="Denylist",
    tag=_TAG,
    answers=[
        Answer(
            meaning="The networks and domains that are shut out.",
            schema=list_of({"type": "string"}),
            example=["192.0.2.0/24", "spam.example"],
        )
    ],
)
def denied(backend: Backend, _: Caller) -> list[str]:
    """List the networks and domains that are shut out."""
    return [rule.subject for rule in backend.rules.rules() if rule.action is Action.BLOCK]


@operation(
    "GET",
    "/mailstats/blacklist/{domainOrIP}",
    name="CheckDenylist",
    tag=_TAG,
    parameters=[path("domainOrIP", TEXT, "A domain or an IP address.", example="192.0.2.1")],
    answers=[Answer(meaning="Whether it is shut out.", schema=ref("Denied"))],
)
def is_denied(backend: Backend, _: Caller, *, domainOrIP: str) -> shapes.Json:
    """Tell whether a domain or an IP address is shut out."""
    rules = backend.rules.rules()
    address = read_address(domainOrIP)
    if address is None:
        blocked = (rule.subject for rule in rules if rule.action is Action.BLOCK)
        return {"blacklisted": domainOrIP.lower() in blocked}
    now = backend.now()
    return {"blacklisted": any(verdict(rules, address, door, now) for door in (Scope.MAIL, Scope.API))}


def _carrying(backend: Backend, md5: str, *, limit: int) -> tuple[Message, ...]:
    # Messages are given to who reserves their inbox one after the other: whose the inbox is says the holding alone.
    found: list[Message] = []
    seen, before = 0, None
    while len(found) < limit and seen < _MOST:
        page = backend.index.messages(
            Shelf.attachment(md5.lower()), limit=min(max(limit, _PAGE), _MOST - seen), before=before
        )
        if not page:
            break
        inboxes = tuple(dict.fromkeys(message.inbox for message in page))
        public = {holding.inbox for holding in backend.addresses.holdings(inboxes) if holding.owner is None}
        found += [message for message in page if message.inbox in public]
        seen, before = seen + len(page), page[-1].id
    return tuple(found[:limit])


routes = blueprint(
    __name__,
    operations := (
        common_attachments,
        count_attachment,
        list_carrying,
        download_carried,
        top_addresses,
        top_senders,
        top_domains,
        denied,
        is_denied,
    ),
)
