"""Mail that goes out: send it, and see what became of it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from chalicelib.actions import sending
from chalicelib.actions.sending import Terms
from chalicelib.actions.uploading import read_upload
from chalicelib.api import shapes
from chalicelib.api.fields import BOOLEAN, TEXT, body, choice, header, path
from chalicelib.api.handling import blueprint
from chalicelib.api.mail_fields import ATTACHMENTS, FIELDS, MAILBOXES, TEXTS, decode_base64
from chalicelib.api.operation import Answer, Reply, operation
from chalicelib.api.parameters import BEFORE, LIMIT
from chalicelib.api.schemas import list_of, ref
from chalicelib.errors import BadRequest
from chalicelib.mail.composing import Draft, DraftAttachment

if TYPE_CHECKING:
    from chalicelib.actions.admitting import Caller
    from chalicelib.mail.addresses import Address
    from chalicelib.mail.outgoing import Outgoing
    from chalicelib.ports import Backend

_TAG = "Outgoing messages"
_PARTS = [
    body(
        "from", MAILBOXES, "The sender: an address of yours, or of a domain that you host.", example="me@mail.example"
    ),
    body("to", MAILBOXES, "The recipients: text, with commas between several, or a list.", example="you@mail.example"),
    body("cc", MAILBOXES, "Recipients of a copy."),
    body("bcc", MAILBOXES, "Recipients of whom the others do not learn."),
    body("replyTo", MAILBOXES, "Where answers go."),
    body("subject", TEXT, "The subject.", default="", example="Hello"),
    body("text", TEXT, "The plain text; made of the HTML when it is missing.", example="Good morning."),
    body("html", TEXT, "The HTML."),
    body("attachments", ATTACHMENTS, "Files, and images that the HTML shows.", default=()),
    body("received", TEXTS, "Values of Received header fields; the newest is put on top.", default=()),
    body("headers", FIELDS, "More header fields: X-..., List-..., References and the like.", default=()),
    body("raw", TEXT, "A whole mail (RFC 5322) instead of all that; it names its recipients itself."),
    body("rawEncoding", choice("byte", "base64"), "What `raw` is written in.", default="byte"),
    body("rawUpload", TEXT, "The `id` of an upload that is the whole mail."),
    body("force", BOOLEAN, "Whether it is sent to suppressed addresses too.", default=False),
    header(
        "Idempotency-Key",
        TEXT,
        "Your own name for this mail: asked for twice, it is sent once.",
        example="order-1-mail",
    ),
]


@operation(
    "POST",
    "/outgoing-messages",
    name="SendMessage",
    tag=_TAG,
    parameters=_PARTS,
    answers=[Answer(meaning="The mail is safe, and will be sent.", schema=ref("Sent"))],
    errors=[403, 413, 422, 429],
)
def send_message(backend: Backend, caller: Caller, **given: Any) -> shapes.Json:
    """Send a mail.

    `from` has to be an address that the account owns, or of a domain that it has verified.
    """
    parts = {name: value for name, value in given.items() if name not in ("force", "idempotency_key")}
    terms = Terms(
        force=given["force"],
        key=given["idempotency_key"] or "",
        fingerprint=hashlib.sha256(repr(sorted(parts.items())).encode("utf-8", "surrogatepass")).hexdigest(),
    )
    return shapes.sent(sending.known(backend, caller, terms) or _submit(backend, caller, given, terms))


def _submit(backend: Backend, caller: Caller, given: dict[str, Any], terms: Terms) -> Outgoing:
    senders: tuple[Address, ...] = given["from_"] or ()
    to, cc, bcc = (given[name] or () for name in ("to", "cc", "bcc"))
    raw = _raw(backend, caller, given)
    if raw is not None:
        sender = senders[0] if senders else None
        return sending.submit_raw(backend, caller, raw, sender=sender, recipients=(*to, *cc, *bcc), terms=terms)
    if given["text"] is None and given["html"] is None and not given["attachments"]:
        raise BadRequest("text is required, or html, or raw", field="text")
    draft = Draft(
        from_=senders,
        to=to,
        cc=cc,
        reply_to=given["replyTo"] or (),
        subject=given["subject"],
        text=given["text"],
        html=given["html"],
        attachments=tuple(
            DraftAttachment(
                content=read_upload(backend, caller, one.upload) if one.upload else one.content,
                file_name=one.file_name,
                media_type=one.media_type,
                disposition=one.disposition,
                content_id=one.content_id,
            )
            for one in given["attachments"]
        ),
        received=given["received"],
        headers=given["headers"],
    )
    return sending.submit_draft(backend, caller, draft, bcc=bcc, terms=terms)


def _raw(backend: Backend, caller: Caller, given: dict[str, Any]) -> bytes | None:
    if given["rawUpload"]:
        return read_upload(backend, caller, given["rawUpload"])
    text: str = given["raw"] or ""
    if not text:
        return None
    if given["rawEncoding"] == "byte":
        return text.encode("utf-8", "replace")
    try:
        return decode_base64(text)
    except ValueError as error:
        raise BadRequest(f"raw: {error}", field="raw") from None


@operation(
    "GET",
    "/outgoing-messages",
    name="ListOutgoingMessages",
    tag=_TAG,
    parameters=[LIMIT, BEFORE],
    answers=[Answer(meaning="The newest mails, newest first.", schema=list_of(ref("OutgoingMessage")))],
)
def list_outgoing_messages(backend: Backend, caller: Caller, *, limit: int, before: str | None) -> Reply:
    """List the mails that the account sent, newest first, each with what became of it."""
    found = sending.list_outgoing(backend, caller, limit=limit, before=before)
    headers = {}
    if found and len(found) == limit:
        headers["Link"] = f'</api/outgoing-messages?limit={limit}&before={quote(found[-1].id)}>; rel="next"'
    return Reply(body=[shapes.outgoing(one) for one in found], headers=headers)


@operation(
    "GET",
    "/outgoing-messages/{id}",
    name="GetOutgoingMessage",
    tag=_TAG,
    parameters=[path("id", TEXT, "The mail's `id`.", example="01jd9x3v7k8q4m2t5w6y1a3b5c")],
    answers=[Answer(meaning="The mail, and what became of it.", schema=ref("OutgoingMessage"))],
    errors=[404],
)
def get_outgoing_message(backend: Backend, caller: Caller, *, id: str) -> shapes.Json:  # noqa: A002 - as on the wire
    """Get a mail that the account sent, with what became of it at each recipient."""
    return shapes.outgoing(sending.find_outgoing(backend, caller, id))


@operation(
    "GET",
    "/suppressions",
    name="ListSuppressions",
    tag=_TAG,
    answers=[Answer(meaning="The suppressed addresses, in their order.", schema=list_of(ref("Suppression")))],
)
def list_suppressions(backend: Backend, caller: Caller) -> list[shapes.Json]:
    """List the addresses that bounced or complained: the account sends no more mail to them."""
    return [shapes.suppression(one) for one in sending.list_suppressions(backend, caller)]


@operation(
    "DELETE",
    "/suppressions/{address}",
    name="DeleteSuppression",
    tag=_TAG,
    parameters=[path("address", TEXT, "The address.", example="gone@mail.example")],
    answers=[Answer(status=204, meaning="Mail may go there again.")],
    errors=[404],
)
def delete_suppression(backend: Backend, caller: Caller, *, address: str) -> Reply:
    """Let mail go to an address again."""
    sending.lift_suppression(backend, caller, address)
    return Reply(status=204)


routes = blueprint(
    __name__,
    operations := (send_message, list_outgoing_messages, get_outgoing_message, list_suppressions, delete_suppression),
)
