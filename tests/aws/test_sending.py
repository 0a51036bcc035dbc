"""From an accepted mail to Amazon SES, and from its events back to what is shown."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ReadTimeoutError
from botocore.stub import Stubber
from moto.ses.models import ses_backends

from chalicelib.actions.admitting import Caller, create_account
from chalicelib.actions.handlers import HANDLERS
from chalicelib.actions.sending import Terms, known, submit_draft, submit_raw
from chalicelib.actions.working import work
from chalicelib.aws.backend import AwsBackend
from chalicelib.aws.pacing import Pacer
from chalicelib.aws.sender import UNHEARD_SECONDS, SesSender
from chalicelib.aws.sending_events import changes_told
from chalicelib.errors import BadRequest, TooManyRequests
from chalicelib.functions.on_sending_event import note_events
from chalicelib.mail.addresses import Address
from chalicelib.mail.composing import Draft, DraftAttachment
from chalicelib.mail.holding import Reservation
from chalicelib.mail.names import Inbox, MailId
from chalicelib.mail.outgoing import Outgoing, Status
from chalicelib.mail.shelf import Shelf
from tests.aws.events import batch, enveloped, recorded
from tests.stopped import StoppedClock
from tests.worlds import BUCKET, TABLE, queue_url, wake_queue

if TYPE_CHECKING:
    from chalicelib.aws.clients import Clients

EVENTS = recorded("ses_sending")
RECORDED_ID = "01jd9x3v7k8q4m2t5w6y1a3b5c"
NOTHING_FAILED: dict[str, Any] = {"batchItemFailures": []}
DRAFT = Draft(
    from_=(Address("Me", "me@x.dev"),),
    to=(Address("", "you@y.dev"),),
    cc=(Address("", "too@y.dev"),),
    subject="Grüße",
    html="<p>Hallo</p>",
    attachments=(DraftAttachment(content=bytes(range(256)), file_name="ä.bin"),),
)
ONE = Draft(from_=(Address("", "me@x.dev"),), to=(Address("", "you@y.dev"),), text="Hi")


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def sending(clients: Clients, clock: StoppedClock) -> AwsBackend:
    made = AwsBackend(
        table=TABLE,
        bucket=BUCKET,
        clients=clients,
        clock=clock,
        queue=queue_url(clients),
    )
    # Moto knows no GetAccount: the quota is asked for here, once, and then remembered.
    pacer = Pacer(clients, made.outbox.count, clock)
    with Stubber(clients.sesv2) as stub:
        stub.add_response("get_account", {"SendQuota": {"MaxSendRate": 14.0}}, {})
        pacer.wait_for_turn()
    made.sender = SesSender(clients, pacer, "restante")
    clients.sesv2.create_configuration_set(ConfigurationSetName="restante")
    clients.sesv2.create_email_identity(EmailIdentity="x.dev")
    return made


@pytest.fixture
def caller(sending: AwsBackend) -> Caller:
    now = sending.now()
    account = create_account(sending, "me")
    sending.addresses.reserve(Reservation(inbox=Inbox("me@x.dev"), owner="me", created=now, updated=now))
    return Caller(account=account)


def _work_off(world: AwsBackend) -> int:
    done = 0
    wake_queue()
    while taken := world.jobs.take(limit=10, lease=60.0):
        for job in taken:
            work(world, HANDLERS, job)
            done += 1
    return done


def _seen(world: AwsBackend, mail: MailId) -> Outgoing:
    found = world.outbox.outgoing(mail)
    assert found is not None
    return found


def _event(kind: str, mail: str) -> str:
    text = json.dumps(EVENTS[kind])
    assert RECORDED_ID in text
    return text.replace(RECORDED_ID, mail)


def test_ses_gets_the_exact_bytes_and_everybody_of_the_envelope(sending: AwsBackend, caller: Caller) -> None:
    sent = submit_draft(sending, caller, DRAFT, bcc=(Address("", "hidden@y.dev"),))
    raw = sending.outbox.content(sent.id)
    done = _work_off(sending)
    (taken,) = ses_backends["123456789012"]["us-east-1"].sent_messages

    assert done == 1
    assert taken.raw_data.encode() == raw
    assert taken.source == "me@x.dev"
    assert {"you@y.dev", "too@y.dev", "hidden@y.dev"} <= set(taken.destinations)
    assert [one.status for one in _seen(sending, sent.id).recipients] == [Status.SENT] * 3
    assert _seen(sending, sent.id).provider_id == taken.id


def test_the_request_names_the_configuration_set_and_the_mail(
    sending: AwsBackend, caller: Caller, clients: Clients
) -> None:
    raw = b"From: me@x.dev\r\nTo: you@y.dev\r\nDate: x\r\nMessage-ID: <1@x.dev>\r\n\r\n\xff\xfe 8 bit\r\n"
    sent = submit_raw(sending, caller, raw)
    with Stubber(clients.ses_once) as stub:
        stub.add_response(
            "send_email",
            {"MessageId": "0100-1"},
            {
                "FromEmailAddress": "me@x.dev",
                "Destination": {"BccAddresses": ["you@y.dev"]},
                "Content": {"Raw": {"Data": raw}},
                "EmailTags": [{"Name": "restante", "Value": sent.id}],
                "ConfigurationSetName": "restante",
            },
        )
        _work_off(sending)
        stub.assert_no_pending_responses()

    assert _seen(sending, sent.id).provider_id == "0100-1"


def test_the_sent_mail_is_in_its_senders_inbox_and_its_bytes_in_the_outbox_no_more(
    sending: AwsBackend, caller: Caller, clients: Clients
) -> None:
    submit_draft(sending, caller, DRAFT)
    _work_off(sending)
    (copy,) = sending.index.messages(Shelf.inbox(Inbox("me@x.dev")), limit=9)
    left = clients.s3.list_objects_v2(Bucket=BUCKET, Prefix="outgoing/")

    assert (copy.folder, copy.read, copy.mail.summary.subject) == ("sent", True, "Grüße")
    assert left["KeyCount"] == 0


@pytest.mark.parametrize(
    ("code", "message", "seconds"),
    [
        ("TooManyRequestsException", "Maximum sending rate exceeded.", 5),
        ("TooManyRequestsException", "Daily message quota exceeded.", 3600),
        ("SendingPausedException", "Sending is paused.", 5),
        ("ServiceUnavailable", "Try later.", 5),
    ],
)
def test_what_ses_cannot_take_now_is_waited_out(
    sending: AwsBackend,
    caller: Caller,
    clients: Clients,
    clock: StoppedClock,
    code: str,
    message: str,
    seconds: int,
) -> None:
    sent = submit_draft(sending, caller, ONE)
    with Stubber(clients.ses_once) as stub:
        stub.add_client_error("send_email", code, message, 503 if code == "ServiceUnavailable" else 400)
        _work_off(sending)
    first = _seen(sending, sent.id)
    too_early = _work_off(sending)
    clock.move(timedelta(seconds=seconds))
    in_time = _work_off(sending)

    assert first.status is Status.DEFERRED
    assert code in first.recipients[0].diagnostic or message in first.recipients[0].diagnostic
    assert (too_early, in_time) == (0, 1)
    assert _seen(sending, sent.id).status is Status.SENT


class Deaf:
    """A connection to SES over which no answer comes; it counts the mails that were handed over."""

    def __init__(self, clients: Clients) -> None:
        self._events = clients.ses_once.meta.events
        self._events.register_first("before-send.sesv2.SendEmail", self)
        self.taken = 0

    def __call__(self, **_: Any) -> None:
        self.taken += 1
        raise ReadTimeoutError(endpoint_url="https://email.example")

    def repair(self) -> None:
        self._events.unregister("before-send.sesv2.SendEmail", self)


@pytest.mark.parametrize("told", [True, False])
def test_a_mail_whose_answer_was_lost_is_not_sent_again_before_news_of_it_had_time_to_come(
    sending: AwsBackend, caller: Caller, clients: Clients, clock: StoppedClock, *, told: bool
) -> None:
    sent = submit_draft(sending, caller, ONE)
    deaf = Deaf(clients)
    _work_off(sending)
    unheard = _seen(sending, sent.id)
    deaf.repair()
    clock.move(timedelta(seconds=UNHEARD_SECONDS - 1))
    too_early = _work_off(sending)
    if told:
        note_events(batch(_event("delivery", sent.id)), sending)
    clock.move(timedelta(seconds=2))
    in_time = _work_off(sending)
    after = _seen(sending, sent.id)

    assert deaf.taken == 1
    assert unheard.status is Status.SENDING
    assert "did not answer" in unheard.recipients[0].diagnostic
    assert (too_early, in_time) == (0, 1)
    assert after.status is (Status.DELIVERED if told else Status.SENT)
    assert bool(after.provider_id) is not told


def test_no_more_mails_leave_in_a_second_than_the_quota_has(
    clients: Clients, sending: AwsBackend, clock: StoppedClock
) -> None:
    pacer = Pacer(clients, sending.outbox.count, clock)
    waits = []
    clock.move(timedelta(minutes=1))
    with Stubber(clients.sesv2) as stub:
        stub.add_response("get_account", {"SendQuota": {"MaxSendRate": 2.0, "Max24HourSend": 200.0}}, {})
        for _ in range(5):
            try:
                pacer.wait_for_turn()
            except TooManyRequests as error:
                waits.append(error.retry_after)
        clock.move(timedelta(seconds=1))
        pacer.wait_for_turn()
        # One question is enough for all of them.
        stub.assert_no_pending_responses()

    assert waits == [2, 2, 3]


def test_where_the_quota_cannot_be_asked_for_nothing_is_held_back(
    clients: Clients, sending: AwsBackend, clock: StoppedClock
) -> None:
    pacer = Pacer(clients, sending.outbox.count, clock)
    clock.move(timedelta(minutes=1))
    with Stubber(clients.sesv2) as stub:
        stub.add_client_error("get_account", "AccessDeniedException", "no", 403)
        for _ in range(5):
            pacer.wait_for_turn()

    assert sending.outbox.count("*ses", clock().strftime("%Y-%m-%dT%H:%M:%S"), 1) == 1


def test_the_sandbox_of_ses_is_named_as_the_reason(sending: AwsBackend, caller: Caller, clients: Clients) -> None:
    sent = submit_draft(sending, caller, ONE)
    said = "Email address is not verified. The following identities failed the check in region US-EAST-1: you@y.dev"
    with Stubber(clients.ses_once) as stub:
        stub.add_client_error("send_email", "MessageRejected", said, 400)
        _work_off(sending)
    after = _seen(sending, sent.id)

    assert after.status is Status.FAILED
    assert "you@y.dev" in after.recipients[0].diagnostic
    assert "sandbox" in after.recipients[0].diagnostic
    assert _work_off(sending) == 0
    assert sending.suppressions.suppressions("me") == ()


@pytest.mark.parametrize(
    ("kind", "status", "diagnostic", "suppressed"),
    [
        ("delivery", Status.DELIVERED, "250 2.6.0 Message received", 0),
        ("bounce", Status.BOUNCED, "smtp; 550 5.1.1 user unknown", 1),
        ("transient_bounce", Status.BOUNCED, "Transient MailboxFull", 0),
        ("complaint", Status.COMPLAINED, "abuse", 1),
        ("delivery_delay", Status.DELAYED, "smtp; 452 4.2.2 mailbox full", 0),
        ("reject", Status.FAILED, "Amazon SES rejected it: Bad content", 0),
        ("rendering_failure", Status.FAILED, "Amazon SES could not render it: Attribute 'name' is not present", 0),
        ("send", Status.SENT, "", 0),
    ],
)
@pytest.mark.parametrize("way", ["sns", "eventbridge", "bare"])
def test_an_event_changes_the_state_that_is_shown(
    sending: AwsBackend, caller: Caller, kind: str, status: Status, diagnostic: str, suppressed: int, way: str
) -> None:
    sent = submit_draft(sending, caller, ONE)
    _work_off(sending)
    bare = _event(kind, sent.id)
    said = {
        "bare": bare,
        "sns": enveloped(bare),
        "eventbridge": json.dumps(recorded("eventbridge") | {"detail": json.loads(bare)}),
    }[way]
    answer = note_events(batch(said), sending)
    again = note_events(batch(said), sending)
    (recipient,) = _seen(sending, sent.id).recipients

    assert answer == again == NOTHING_FAILED
    assert (recipient.status, recipient.diagnostic) == (status, diagnostic)
    assert [one.address for one in sending.suppressions.suppressions("me")] == ["you@y.dev"] * suppressed


def test_events_may_come_in_any_order(sending: AwsBackend, caller: Caller) -> None:
    sent = submit_draft(sending, caller, ONE)
    _work_off(sending)
    note_events(batch(*(_event(kind, sent.id) for kind in ("delivery", "delivery_delay", "complaint"))), sending)

    assert _seen(sending, sent.id).status is Status.COMPLAINED


def test_an_event_that_is_faster_than_our_own_record_is_not_lost(sending: AwsBackend, caller: Caller) -> None:
    sent = submit_draft(sending, caller, ONE)

    class Impatient:
        """SES, whose event arrives before its answer was kept."""

        def send(self, *arguments: Any) -> Any:
            dispatch = real.send(*arguments)
            note_events(batch(_event("bounce", sent.id)), sending)
            return dispatch

    real = sending.sender
    sending.sender = Impatient()
    _work_off(sending)

    assert _seen(sending, sent.id).status is Status.BOUNCED
    assert _seen(sending, sent.id).provider_id


@pytest.mark.parametrize(
    "body",
    [
        enveloped("Successfully validated SNS topic for Amazon SES event publishing."),
        json.dumps(recorded("sns_envelope") | {"Type": "SubscriptionConfirmation", "Message": "Confirm"}),
        json.dumps({**EVENTS["delivery"], "mail": {**EVENTS["delivery"]["mail"], "tags": {}}}),
        json.dumps(EVENTS["delivery"]),
    ],
    ids=["topic validation", "subscription", "mail of somebody else", "mail that is no longer known"],
)
def test_what_is_no_news_of_ours_is_passed_over(sending: AwsBackend, body: str) -> None:
    assert note_events(batch(body), sending) == NOTHING_FAILED


@pytest.mark.parametrize("body", ["{", "[]", "1", "{}", '{"eventType": "Bounce"}', '{"source": "aws.ses"}'])
def test_what_is_no_event_comes_again_alone(sending: AwsBackend, caller: Caller, body: str) -> None:
    sent = submit_draft(sending, caller, ONE)
    _work_off(sending)
    with pytest.raises(BadRequest):
        changes_told(body)

    assert note_events(batch(_event("delivery", sent.id), body), sending) == {
        "batchItemFailures": [{"itemIdentifier": "record-1"}]
    }
    assert _seen(sending, sent.id).status is Status.DELIVERED


def test_a_crash_before_the_job_was_put_is_made_good_by_the_same_key(sending: AwsBackend, caller: Caller) -> None:
    terms = Terms(key="order-1", fingerprint="f")

    class GoneError(Exception):
        """The process died."""

    class DyingJobs:
        def put(self, *_: Any, **__: Any) -> None:
            raise GoneError

    jobs, sending.jobs = sending.jobs, DyingJobs()  # type: ignore[assignment] # dies at the one thing it is asked
    with pytest.raises(GoneError):
        submit_draft(sending, caller, ONE, terms=terms)
    sending.jobs = jobs
    again = known(sending, caller, terms)
    done = _work_off(sending)

    assert again is not None
    assert done == 1
    assert _seen(sending, again.id).status is Status.SENT


def test_an_upload_goes_to_s3_under_a_signature_of_its_length(sending: AwsBackend, clients: Clients) -> None:
    name = "0" * 16 + "-" + "1" * 26
    slot = sending.uploads.offer(name, size=9, seconds=600)
    clients.s3.put_object(Bucket=BUCKET, Key=f"uploads/{name}", Body=b"nine byte")

    assert sending.uploads.read(name) == b"nine byte"
    assert f"/uploads/{name}?" in slot.url
    assert "X-Amz-Expires=600" in slot.url
    assert "content-length" in slot.url
