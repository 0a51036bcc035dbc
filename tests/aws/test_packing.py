from __future__ import annotations

import random
import string
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from chalicelib.aws.items import SENDER_OCTETS
from chalicelib.aws.packed_mail import (
    MAIL_OCTETS,
    SHORTENED,
    STRUCTURE_OCTETS,
    pack_mail,
    pack_structure,
    unpack_mail,
    unpack_structure,
)
from chalicelib.mail.addresses import Address
from chalicelib.mail.message import Entry, Envelope, Mail, Message, Receipt
from chalicelib.mail.names import Inbox, MailId, MessageId
from chalicelib.mail.structure import Part, Problem, Role, Span, Structure
from chalicelib.mail.summary import Summary
from chalicelib.ports import Topic

if TYPE_CHECKING:
    from chalicelib.aws.backend import AwsBackend

CHANCE = random.Random(7)  # the same text in every run, that does not compress


def _noise(length: int) -> str:
    return "".join(CHANCE.choices(string.ascii_letters + string.digits + "é→", k=length))


def _mail(summary: Summary, links: tuple[str, ...] = (), recipients: tuple[str, ...] = ("bo@rest.example",)) -> Mail:
    receipt = Receipt(
        id=MailId("01m85rv89y2vqydacahpkpkqmx"),
        received=datetime(2026, 11, 24, tzinfo=UTC),
        envelope=Envelope(sender="ana@sender.example", recipients=recipients),
    )
    return Mail(receipt=receipt, size=1, summary=summary, links=links)


def _part(number: int, text: int) -> Part:
    return Part(
        number=f"1.{number}",
        role=Role.ATTACHMENT,
        media_type="application/" + _noise(20),
        parameters=((_noise(10), _noise(text)),),
        file_name=_noise(text),
        content_id=_noise(text),
        header=Span(number, number + 1),
        body=Span(number + 1, number + 2),
        length=1,
        md5=_noise(32),
        sha256=_noise(64),
    )


def test_a_mail_that_fits_is_kept_as_it_is() -> None:
    mail = _mail(Summary(subject=_noise(1000)), tuple(_noise(100) for _ in range(300)))

    assert unpack_mail(pack_mail(mail)) == mail


@pytest.mark.parametrize(
    "mail",
    [
        _mail(Summary(), tuple(_noise(100) for _ in range(2000))),
        _mail(Summary(subject=_noise(200_000))),
        _mail(Summary(to=tuple(Address(_noise(50), _noise(50)) for _ in range(3000)))),
        _mail(Summary(from_=(Address(_noise(200_000), ""),)), recipients=tuple(_noise(254) for _ in range(100))),
        _mail(Summary(attachments=tuple(_noise(32) for _ in range(3000)), message_id=_noise(90_000))),
    ],
    ids=["links", "subject", "addresses", "one address", "attachments and message id"],
)
def test_a_mail_that_does_not_fit_loses_the_end_of_what_is_longest(mail: Mail) -> None:
    packed = pack_mail(mail)
    kept = unpack_mail(packed)

    assert MAIL_OCTETS / 4 < len(packed) <= MAIL_OCTETS
    assert kept.receipt == mail.receipt
    assert kept.links == mail.links[: len(kept.links)]
    assert mail.summary.subject.startswith(kept.summary.subject)
    assert kept.summary.to == mail.summary.to[: len(kept.summary.to)]


def test_a_structure_of_a_thousand_parts_is_kept_as_it_is() -> None:
    structure = Structure(size=9, parts=tuple(_part(number, 20) for number in range(1000)))

    assert unpack_structure(pack_structure(structure)) == structure


def test_a_structure_with_long_names_keeps_every_part_with_shorter_ones() -> None:
    structure = Structure(size=9, parts=tuple(_part(number, 2000) for number in range(500)))
    packed = pack_structure(structure)
    kept = unpack_structure(packed)

    assert len(packed) <= STRUCTURE_OCTETS
    assert [part.body for part in kept.parts] == [part.body for part in structure.parts]
    assert kept.problems == (Problem(name=SHORTENED, offset=0, lossy=True),)


def test_a_structure_of_too_many_parts_keeps_the_first_and_says_so() -> None:
    parts = tuple(_part(number, 60) for number in range(4000))
    problems = tuple(Problem(name="x", offset=number) for number in range(4000))
    packed = pack_structure(Structure(size=9, parts=parts, problems=problems))
    kept = unpack_structure(packed)

    assert len(packed) <= STRUCTURE_OCTETS
    assert kept.parts == parts[: len(kept.parts)]
    assert len(kept.parts) >= 500
    assert kept.problems[-1].name == SHORTENED


@pytest.mark.parametrize("letter", ["A", "é", "→", "\udcff"])
def test_a_mail_whose_sender_is_without_end_is_taken_in(world: AwsBackend, letter: str) -> None:
    recipients = tuple(f"{number}@rest.example" for number in range(60))
    mail = _mail(Summary(from_=(Address("", f"a{letter * 260_000}@sender.example"),)), recipients=recipients)
    messages = tuple(
        Message(id=MessageId(f"{mail.id}-{number}"), mail=mail, inbox=Inbox(name), original_inbox=name)
        for number, name in enumerate(recipients)
    )
    world.register.add([Entry(mail=mail, structure=Structure(size=9, parts=()), messages=messages)])
    ((counted, number),) = world.statistics.top(
        Topic.SENDER, since=mail.receipt.received, until=mail.receipt.received + timedelta(days=1), skip=0, limit=9
    )
    octets = counted.encode("utf-8", "surrogatepass")

    assert number == 60
    assert f"a{letter.lower() * 260_000}".startswith(counted)
    assert SENDER_OCTETS - 3 < len(octets) <= SENDER_OCTETS


def test_the_largest_mail_to_a_hundred_recipients_is_taken_in(world: AwsBackend) -> None:
    recipients = tuple(f"{_noise(40)}{number}@rest.example" for number in range(100))
    mail = _mail(Summary(), tuple(_noise(100) for _ in range(2000)), recipients)
    messages = tuple(
        Message(id=MessageId(f"{mail.id}-{number}"), mail=mail, inbox=Inbox(name), original_inbox=name)
        for number, name in enumerate(recipients)
    )
    structure = Structure(size=9, parts=tuple(_part(number, 300) for number in range(1000)))
    world.register.add([Entry(mail=mail, structure=structure, messages=messages)])

    for message in (messages[0], messages[99]):
        opened = world.index.opened(message.inbox, message.id)
        assert opened is not None
        assert replace(opened[0], mail=mail) == message
        assert len(opened[1].parts) == 1000
