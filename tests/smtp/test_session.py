from __future__ import annotations

import pytest

from restante.embedded.smtp.protocol import Asks
from restante.embedded.smtp.terms import Terms
from tests.smtp.talking import ENVELOPE, Client, Cut, greeted, lines, octets, sending, whole

EVERY_CUT = pytest.mark.parametrize("cut", [whole, lines, octets])


@EVERY_CUT
def test_a_mail_is_taken_however_the_bytes_are_cut(cut: Cut) -> None:
    client = Client(Terms(hostname="mx.test"), cut=cut)

    assert client.greeting == b"220 mx.test ESMTP Restante\r\n"
    assert client.say(
        b"HELO client.example\r\nMAIL FROM:<a@x.dev>\r\nRCPT TO:<b@y.dev>\r\nRCPT TO:<c@y.dev>\r\nDATA\r\n"
        b"Subject: hi\r\n\r\n..dot\r\n.\r\nQUIT\r\n"
    ) == [
        "250 mx.test",
        "250 2.1.0 Sender ok",
        "250 2.1.5 Recipient ok",
        "250 2.1.5 Recipient ok",
        "354 End data with <CR><LF>.<CR><LF>",
        "250 2.0.0 OK: queued as mail-1",
        "221 2.0.0 Bye",
    ]
    assert client.is_sent_away
    [arrival] = client.kept
    assert arrival.content == b"Subject: hi\r\n\r\n.dot\r\n"
    assert arrival.envelope.sender == "a@x.dev"
    assert arrival.envelope.recipients == ("b@y.dev", "c@y.dev")
    assert arrival.envelope.helo == "client.example"
    assert (arrival.envelope.ip, arrival.envelope.via, arrival.envelope.tls) == ("192.0.2.7", "192.0.2.1", False)


def test_ehlo_offers_the_extensions() -> None:
    client = Client(Terms(hostname="mx.test", size=1000))

    assert client.say(b"EHLO me\r\n") == [
        "250-mx.test",
        "250-PIPELINING",
        "250-SIZE 1000",
        "250-STARTTLS",
        "250-AUTH PLAIN LOGIN",
        "250-ENHANCEDSTATUSCODES",
        "250-8BITMIME",
        "250-SMTPUTF8",
        "250-CHUNKING",
        "250 HELP",
    ]


@EVERY_CUT
def test_pipelined_mails_are_answered_in_order(cut: Cut) -> None:
    client = greeted(cut=cut)
    mail = ENVELOPE + b"DATA\r\nhello\r\n.\r\n"

    assert client.codes(mail * 3 + b"NOOP\r\nQUIT\r\n") == ["250", "250", "354", "250"] * 3 + ["250", "221"]
    assert [arrival.content for arrival in client.kept] == [b"hello\r\n"] * 3


def test_the_replies_to_pipelined_commands_come_at_once() -> None:
    client = greeted()

    assert client.session.feed(ENVELOPE + b"DATA\r\n").count(b"\r\n") == 3


def test_what_follows_a_mail_waits_until_it_is_kept() -> None:
    client = greeted()
    client.session.feed(ENVELOPE + b"DATA\r\nhello\r\n.\r\nNOOP\r\n")

    assert client.session.asks is Asks.TO_KEEP
    assert client.session.feed(b"QUIT\r\n") == b""
    assert client.session.kept("id").splitlines() == [
        b"250 2.0.0 OK: queued as id",
        b"250 2.0.0 Ok",
        b"221 2.0.0 Bye",
    ]


def test_a_mail_that_could_not_be_kept_is_answered_451_and_the_next_is_taken() -> None:
    client = sending()
    client.session.feed(b"hello\r\n.\r\n")

    assert client.session.not_kept() == b"451 4.3.0 The mail could not be kept, try again later\r\n"
    assert client.codes(ENVELOPE + b"DATA\r\nhello\r\n.\r\n") == ["250", "250", "354", "250"]


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        (b"MAIL FROM:<a@x.dev>\r\n", "503"),
        (b"RCPT TO:<a@x.dev>\r\n", "503"),
        (b"DATA\r\n", "503"),
        (b"AUTH PLAIN AGEAYg==\r\n", "503"),
    ],
)
def test_before_a_greeting_a_command_is_out_of_sequence(said: bytes, heard: str) -> None:
    assert Client().codes(said) == [heard]


def test_commands_out_of_sequence_are_answered_503() -> None:
    client = greeted()

    assert client.codes(b"RCPT TO:<b@y.dev>\r\n") == ["503"]
    assert client.codes(b"MAIL FROM:<a@x.dev>\r\nMAIL FROM:<a@x.dev>\r\n") == ["250", "503"]
    assert client.codes(b"DATA\r\n") == ["503"]
    assert client.codes(b"AUTH PLAIN AGEAYg==\r\n") == ["503"]


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        (b"\r\n", "500 5.5.2"),
        (b"FETCH me\r\n", "500 5.5.2"),
        (b"\xff\xfe\r\n", "500 5.5.2"),
        (b"NOOP \xff\xfe\r\n", "500 5.5.2"),
        (b"EHLO\r\n", "501 5.5.4"),
        (b"HELO " + b"x" * 256 + b"\r\n", "501 5.5.4"),
        (b"MAIL a@x.dev\r\n", "501 5.5.4"),
        (b"MAIL FROM:a@x.dev\r\n", "501 5.5.4"),
        (b"MAIL FROM:<a@x.dev\r\n", "501 5.1.7"),
        (b"MAIL FROM:<a@x.dev> SIZE=many\r\n", "501 5.5.4"),
        (b"MAIL FROM:<a@x.dev> SIZE=1 SIZE=2\r\n", "501 5.5.4"),
        (b"MAIL FROM:<a@x.dev> BODY=BINARYMIME\r\n", "501 5.5.4"),
        (b"MAIL FROM:<a@x.dev> SMTPUTF8=yes\r\n", "501 5.5.4"),
        (b"MAIL FROM:<a@x.dev> =\r\n", "501 5.5.4"),
        (b"MAIL FROM:<a@x.dev> RET=FULL\r\n", "555 5.5.4"),
        ("MAIL FROM:<ä@x.dev>\r\n".encode(), "553 5.6.7"),
        (b"DATA now\r\n", "501 5.5.4"),
        (b"RSET now\r\n", "501 5.5.4"),
        (b"QUIT now\r\n", "501 5.5.4"),
        (b"STARTTLS now\r\n", "501 5.5.4"),
        (b"BDAT many\r\n", "501 5.5.4"),
        (b"VRFY\r\n", "501 5.5.4"),
        (b"EXPN list\r\n", "502 5.5.1"),
        (b"VRFY b\r\n", "252 2.5.2"),
        (b"HELP\r\n", "214 2.0.0"),
        (b"NOOP whatever\r\n", "250 2.0.0"),
        (b"noop\n", "250 2.0.0"),
        (b"RSET  \r\n", "250 2.0.0"),
    ],
)
@EVERY_CUT
def test_each_mistake_has_its_reply(said: bytes, heard: str, cut: Cut) -> None:
    client = greeted(cut=cut)

    assert [line[:9] for line in client.say(said)] == [heard]


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        (b"RCPT b@y.dev\r\n", "501 5.5.4"),
        (b"RCPT TO:b@y.dev\r\n", "501 5.5.4"),
        (b"RCPT TO:<>\r\n", "501 5.1.3"),
        (b"RCPT TO:<b>\r\n", "501 5.1.3"),
        (b"RCPT TO:<b@y.dev> NOTIFY=NEVER\r\n", "555 5.5.4"),
        ("RCPT TO:<bär@y.dev>\r\n".encode(), "553 5.6.7"),
        (b"RCPT TO:<b@elsewhere.dev>\r\n", "550 5.1.1"),
        (b"RCPT TO:<b@y.dev>\r\n", "250 2.1.5"),
        (b"RCPT TO:<Postmaster>\r\n", "250 2.1.5"),
    ],
)
def test_each_recipient_has_its_reply(said: bytes, heard: str) -> None:
    client = greeted(Terms(admits=lambda recipient: not recipient.endswith("@elsewhere.dev")))
    client.say(b"MAIL FROM:<a@x.dev>\r\n")

    assert [line[:9] for line in client.say(said)] == [heard]


def test_data_without_a_valid_recipient_is_refused() -> None:
    client = greeted(Terms(admits=lambda _: False))

    assert client.codes(b"MAIL FROM:<a@x.dev>\r\nRCPT TO:<b@y.dev>\r\nDATA\r\nRSET\r\n") == ["250", "550", "554", "250"]


def test_a_bounce_has_no_sender() -> None:
    client = greeted()
    client.say(b"MAIL FROM:<>\r\nRCPT TO:<b@y.dev>\r\nDATA\r\n.\r\n")

    assert client.kept[0].envelope.sender == ""
    assert client.kept[0].content == b""


def test_the_lone_postmaster_is_the_one_of_this_host() -> None:
    client = greeted(Terms(hostname="mx.test"))
    client.say(b"MAIL FROM:<a@x.dev>\r\nRCPT TO:<Postmaster>\r\nDATA\r\n.\r\n")

    assert client.kept[0].envelope.recipients == ("postmaster@mx.test",)


def test_utf8_addresses_are_taken_when_they_are_announced() -> None:
    client = greeted()
    client.say("MAIL FROM:<ä@x.dev> SMTPUTF8\r\nRCPT TO:<bär@münchen.example>\r\nDATA\r\n.\r\n".encode())

    assert client.kept[0].envelope.sender == "ä@x.dev"
    assert client.kept[0].envelope.recipients == ("bär@münchen.example",)


def test_recipients_over_the_bound_are_put_off_and_the_mail_reaches_the_others() -> None:
    client = greeted(Terms(recipients=3))
    recipients = b"".join(b"RCPT TO:<b%d@y.dev>\r\n" % number for number in range(5))

    assert client.codes(b"MAIL FROM:<a@x.dev>\r\n" + recipients) == ["250", "250", "250", "250", "452", "452"]
    assert client.codes(b"DATA\r\nhi\r\n.\r\n") == ["354", "250"]
    assert len(client.kept[0].envelope.recipients) == 3


def test_reset_forgets_the_mail_and_a_new_greeting_does_too() -> None:
    client = greeted()

    assert client.codes(ENVELOPE + b"RSET\r\nDATA\r\n") == ["250", "250", "250", "503"]
    assert client.codes(ENVELOPE + b"EHLO again\r\nDATA\r\n") == ["250", "250", "250", "503"]


@EVERY_CUT
def test_a_line_over_the_bound_is_refused_whole_and_the_next_is_read(cut: Cut) -> None:
    client = greeted(Terms(line=100), cut=cut)

    assert client.codes(b"NOOP " + b"x" * 500 + b"\r\nNOOP\r\n") == ["500", "250"]


def test_a_line_that_never_ends_takes_no_memory() -> None:
    client = greeted(Terms(line=1000))
    for _ in range(100):
        client.say(b"x" * 10_000)

    assert len(client.session._input.take()) <= 1001  # noqa: SLF001 - what is held cannot be seen from outside


def test_who_makes_too_many_mistakes_is_sent_away() -> None:
    client = greeted(Terms(errors=3))

    assert client.say(b"WHAT\r\n" * 10)[-1] == "421 4.7.0 Too many errors, closing the connection"
    assert client.codes(b"NOOP\r\n") == []
    assert client.is_sent_away


def test_refused_recipients_are_no_mistakes() -> None:
    client = greeted(Terms(errors=3, admits=lambda _: False))

    assert client.codes(b"MAIL FROM:<a@x.dev>\r\n" + b"RCPT TO:<b@y.dev>\r\n" * 50) == ["250"] + ["550"] * 50


def test_a_mail_that_was_taken_makes_up_for_mistakes() -> None:
    client = greeted(Terms(errors=1))
    for _ in range(5):
        client.say(b"WHAT\r\n")
        client.say(ENVELOPE + b"DATA\r\n.\r\n")

    assert client.codes(b"NOOP\r\n") == ["250"]


def test_an_idle_session_stops_at_once() -> None:
    client = greeted()

    assert client.session.stop() == b"421 4.3.2 Shutting down, try again later\r\n"
    assert client.is_sent_away


def test_a_session_with_a_mail_under_way_stops_after_it() -> None:
    client = sending()

    assert client.session.stop() == b""
    assert client.codes(b"hello\r\n.\r\n") == ["250", "421"]
    assert client.is_sent_away


def test_a_session_whose_mail_is_being_kept_stops_after_it() -> None:
    client = sending()
    client.session.feed(b"hello\r\n.\r\n")

    assert client.session.stop() == b""
    assert client.session.kept("id").splitlines()[-1].startswith(b"421")


def test_a_session_that_timed_out_takes_nothing_more() -> None:
    client = sending()

    assert client.session.time_out() == b"421 4.4.2 Timed out, closing the connection\r\n"
    assert client.say(b"hello\r\n.\r\nNOOP\r\n") == []
    assert client.terms.memory.held == 0
