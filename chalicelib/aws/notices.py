"""What SES says of a mail it has put into the bucket, and what of it we keep.

SES publishes one JSON document a mail to a topic (AWS: Amazon SES Developer Guide, "Contents of notifications for
Amazon SES email receiving"); a queue brings it, inside an SNS envelope or, with raw delivery, bare.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import re
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from chalicelib.errors import BadRequest
from chalicelib.mail.addresses import distinct
from chalicelib.mail.ids import mail_id, moment_of
from chalicelib.mail.message import Envelope, Receipt

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chalicelib.mail.names import MailId

SETUP = "AMAZON_SES_SETUP_NOTIFICATION"
"""The name of the object, and message, that SES writes when a rule is made, to see that it may."""
_SPAM = {"PASS": 0.0, "GRAY": 0.5, "FAIL": 1.0}
"""A verdict as a score; others (PROCESSING_FAILED, DISABLED) say nothing."""

# After the result and one comment come pairs of key and value (RFC 7208, 9.1). The sender chose what is in the
# comment, so the pairs are looked for behind it only.
_RECEIVED_SPF = re.compile(r"\s*\w+\s+(?:\([^()]*\)\s+)?(?P<pairs>[\w-]+=.*)", re.DOTALL)
_PAIR = re.compile(r"(?<![\w-])([\w-]++)=(\"[^\"]*+\"|[^\s;]*+)")
# The address that SES saw ends the bracket before "by"; what stands before it is the client's own HELO.
_RECEIVED = re.compile(r"from\s+(?P<helo>\S+)\s.*\[(?:IPv6:)?(?P<ip>[0-9A-Fa-f:.]+)\]\)\s+by\s+(?P<via>\S+)", re.DOTALL)


def stored_mail(body: str, *, bucket: str) -> Receipt | None:
    """The mail that a queue's message is about; its location is its key in `bucket`.

    None for what SES and SNS send of their own when things are set up. The id is made of the time SES received the
    mail (to the millisecond) and the SHA-256 of SES's message id, so that the same notice always gives the same id.
    Raises BadRequest for anything that is no notice of a mail stored there.
    """
    try:
        said = _opened(body)
        if said is None or said["mail"]["messageId"] == SETUP:
            return None
        return _receipt(said["mail"], said["receipt"], bucket)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise BadRequest(f"This is no notice of a mail in {bucket}: {error!r}") from error


def stored_mails(event: dict[str, Any], *, bucket: str) -> list[Receipt]:
    """The mails that an event's records are about; what is no notice of one is passed over."""
    found = []
    for record in event["Records"]:
        with suppress(BadRequest):
            found.append(stored_mail(record["body"], bucket=bucket))
    return [receipt for receipt in found if receipt is not None]


def ses_mail_id(received: datetime, name: str) -> MailId:
    """The id of a mail that SES calls by that name: its object's name in the bucket, and `messageId` in its notice."""
    return mail_id(received, hashlib.sha256(name.encode()).digest())


def _opened(body: str) -> dict[str, Any] | None:
    said: dict[str, Any] = json.loads(body)
    if said.get("Type") == "Notification":
        if said["Message"].startswith("Successfully validated SNS topic"):
            return None
        said = json.loads(said["Message"])
    elif "Type" in said:
        # SubscriptionConfirmation, UnsubscribeConfirmation
        return None
    if said.get("notificationType") != "Received":
        raise ValueError(f"notificationType is {said.get('notificationType')!r}")
    return said


def _receipt(mail: dict[str, Any], receipt: dict[str, Any], bucket: str) -> Receipt:
    action = receipt["action"]
    if action["type"] != "S3" or action["bucketName"] != bucket:
        raise ValueError(f"the action was {action['type']} {action.get('bucketName', '')}")
    # The receipt's own timestamp is that of the action, which SES repeats when it fails; this one stays.
    received = datetime.fromisoformat(mail["timestamp"]).astimezone(UTC)
    name = ses_mail_id(received, mail["messageId"])
    return Receipt(
        id=name,
        received=moment_of(name),
        envelope=_envelope(mail, receipt),
        location=_text(action["objectKey"]),
        spam=_spam(receipt),
    )


def _envelope(mail: dict[str, Any], receipt: dict[str, Any]) -> Envelope:
    # The recipients of the envelope, not `destination`: that is what the header's To and Cc claim.
    recipients = distinct(_text(recipient) for recipient in receipt["recipients"])
    if not recipients:
        raise ValueError("there are no recipients")
    spf, hop = _first(mail["headers"], "received-spf"), _first(mail["headers"], "received")
    found = _RECEIVED_SPF.match(spf)
    pairs = dict(_PAIR.findall(found["pairs"])) if found else {}
    trace = _RECEIVED.match(hop)
    return Envelope(
        sender="" if mail["source"] in (None, "<>") else mail["source"],
        recipients=recipients,
        ip=_ip(pairs.get("client-ip", "")) or _ip(trace["ip"] if trace else ""),
        helo=pairs.get("helo", "").strip('"') or (trace["helo"] if trace else ""),
        via=trace["via"] if trace else "",
    )


def _first(headers: Iterable[dict[str, Any]], name: str) -> str:
    """The value of the first header field of that name: SES's own. Later ones came with the mail and may be forged."""
    values = (header["value"] for header in headers if header["name"].lower() == name)
    return str(next(values, ""))


def _ip(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return ""


def _spam(receipt: dict[str, Any]) -> float | None:
    """The worse of the verdicts on spam and on viruses; None when there is neither."""
    verdicts = (receipt.get(name, {}).get("status") for name in ("spamVerdict", "virusVerdict"))
    return max((_SPAM[verdict] for verdict in verdicts if verdict in _SPAM), default=None)


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"expected text, not {value!r}")
    return value
