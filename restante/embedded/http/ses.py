"""Amazon SES as an input: applications that send through the AWS SDK have their mail caught in the inboxes.

Point AWS_ENDPOINT_URL_SESV2 (API v2) or AWS_ENDPOINT_URL_SES (v1) at this server. As with mail by SMTP no key is
asked for: the request's signature is not looked at, and nothing ever leaves the machine by this door.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from chalicelib.actions.expiring import trim
from chalicelib.actions.receiving import Arrival, admits, receive
from chalicelib.errors import BadRequest, RestanteError, TooLarge, Unavailable
from chalicelib.mail.addresses import domain_of, wire_address
from chalicelib.mail.composing import compose
from chalicelib.mail.message import Envelope
from chalicelib.mail.raw_submission import repair
from restante.embedded.http.gateway import HttpResponse
from restante.embedded.http.ses_requests import SesMail, read_form, read_json

if TYPE_CHECKING:
    from chalicelib.mail.names import MailId
    from restante.embedded.backend import EmbeddedBackend
    from restante.embedded.http.gateway import HttpRequest

V2_PATH = "/v2/email/outbound-emails"
V1_PATH = "/"
_NAMESPACE = "http://ses.amazonaws.com/doc/2010-12-01/"
_MOST_FIELDS = 1000
MOST_RECIPIENTS = 50
"""As SES has it (AWS: Amazon SES Developer Guide, service quotas)."""


class SesDoor:
    """The two paths of SES that send mail."""

    def __init__(self, backend: EmbeddedBackend) -> None:
        self._backend = backend

    def is_for(self, request: HttpRequest) -> bool:
        # A web page in somebody's browser can post a form here too, but not with this header.
        signed = any(name == "authorization" and value.startswith("AWS4-") for name, value in request.headers)
        wanted = request.method == "POST" and request.path in (V1_PATH, V2_PATH)
        return wanted and signed and self._backend.policy.ses_capture

    def limit(self, _: HttpRequest) -> int:
        # Base64 makes a mail a third larger, and a form writes some of its characters with three.
        return self._backend.policy.send_size * 3 // 2 + 1024**2

    def answer(self, request: HttpRequest) -> HttpResponse:
        return self._answer_v2(request) if request.path == V2_PATH else self._answer_v1(request)

    def _answer_v2(self, request: HttpRequest) -> HttpResponse:
        try:
            try:
                document = json.loads(request.body)
            except (ValueError, RecursionError):
                raise BadRequest("The body is not valid JSON") from None
            mail = capture(self._backend, read_json(document), ip=request.ip)
        except RestanteError as error:
            status, code = _status_and_code(error)
            kind = "BadRequestException" if code == "ValidationError" else code
            headers = [("Content-Type", "application/json"), ("X-Amzn-ErrorType", kind)]
            return HttpResponse(status=status, headers=headers, body=json.dumps({"message": error.message}).encode())
        return HttpResponse(
            status=200,
            headers=[("Content-Type", "application/json"), ("X-Amzn-RequestId", request.id)],
            body=json.dumps({"MessageId": mail}).encode(),
        )

    def _answer_v1(self, request: HttpRequest) -> HttpResponse:
        action = ""
        try:
            try:
                form = dict(parse_qsl(request.body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS))
            except ValueError:
                raise BadRequest("The body is no form") from None
            action = form.get("Action", "")
            mail = capture(self._backend, read_form(form), ip=request.ip)
        except RestanteError as error:
            status, code = _status_and_code(error)
            said = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{escape(error.message)}</Message></Error>"
            return _xml(status, "ErrorResponse", f"{said}<RequestId>{request.id}</RequestId>")
        result = f"<{action}Result><MessageId>{mail}</MessageId></{action}Result>"
        metadata = f"<ResponseMetadata><RequestId>{request.id}</RequestId></ResponseMetadata>"
        return _xml(200, f"{action}Response", result + metadata)


def capture(backend: EmbeddedBackend, mail: SesMail, *, ip: str) -> MailId:
    """Put a mail into the inboxes of its recipients; answers with its id. Raises BadRequest, TooLarge, Unavailable."""
    raw, sender, recipients = _bytes_of(backend, mail)
    if not recipients:
        raise BadRequest("There are no recipients")
    if len(recipients) > MOST_RECIPIENTS:
        raise BadRequest(f"There are more than {MOST_RECIPIENTS} recipients")
    refused = [one for one in recipients if not admits(backend.policy, one)]
    if refused:
        raise BadRequest(f"Mail to {refused[0]} is not taken here (RESTANTE_DOMAINS)")
    if len(raw) > backend.policy.send_size:
        raise TooLarge(f"The mail has {len(raw)} bytes; {backend.policy.send_size} may be sent")
    envelope = Envelope(sender=sender, recipients=recipients, ip=ip, helo="amazonses", via=backend.policy.hostname)
    (receipt,) = receive(backend, [Arrival(envelope=envelope, content=raw)])
    trim(backend, recipients)
    return receipt.id


def _bytes_of(backend: EmbeddedBackend, mail: SesMail) -> tuple[bytes, str, tuple[str, ...]]:
    now, name = backend.now(), backend.new_id()
    sender = wire_address(mail.sender.address) if mail.sender else ""
    message_id = f"{name}@{domain_of(sender) or backend.policy.hostname}"
    if mail.draft is None:
        submission = repair(mail.raw, date=now, message_id=message_id, sender=mail.sender)
        if not submission.senders:
            raise BadRequest("The mail has no From")
        return submission.raw, sender or submission.senders[0], mail.recipients or submission.recipients
    if not mail.draft.from_:
        raise BadRequest("There is no sender")
    try:
        raw = compose(mail.draft, date=now, message_id=message_id)
    except ValueError as error:
        raise BadRequest(f"This makes no mail: {error}") from None
    addresses = (*mail.draft.to, *mail.draft.cc, *mail.bcc)
    return raw, sender, tuple(dict.fromkeys(wire_address(one.address) for one in addresses))


def _status_and_code(error: RestanteError) -> tuple[int, str]:
    if isinstance(error, Unavailable):
        return 503, "ServiceUnavailable"
    return 400, "MessageRejected" if isinstance(error, TooLarge) else "ValidationError"


def _xml(status: int, name: str, inside: str) -> HttpResponse:
    body = f'<{name} xmlns="{_NAMESPACE}">{inside}</{name}>'.encode()
    return HttpResponse(status=status, headers=[("Content-Type", "text/xml")], body=body)
