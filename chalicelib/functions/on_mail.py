"""Mail that SES has put into the bucket is taken in."""

from __future__ import annotations

import logging
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from chalicelib.actions.expiring import trim_for
from chalicelib.actions.receiving import index_stored
from chalicelib.actions.sifting import Sieve
from chalicelib.aws.batches import each_record
from chalicelib.aws.notices import stored_mail, stored_mails
from chalicelib.aws.observing import count, logger, tell_taken
from chalicelib.aws.table import ConditionFailedError
from chalicelib.aws.writes import ItemKey, partition, put_new
from chalicelib.errors import NotFound
from chalicelib.mail.blocking import Scope
from chalicelib.mail.job import Job

if TYPE_CHECKING:
    from chalicelib.aws.backend import AwsBackend
    from chalicelib.mail.message import Receipt
    from chalicelib.mail.names import MailId

NOTICE = "notice"
"""The kind of dead letter that holds SES's notice of a mail that could not be taken in."""

MARKED = 15 * 24 * 3600
"""So many seconds a notice stays marked: longer than the queue keeps it."""

log = logging.getLogger(__name__)


@cache
def sieve_of(world: AwsBackend) -> Sieve:
    """This process's copy of the rules about mail."""
    return Sieve(world, Scope.MAIL)


class Notices:
    """See batches.Trials: which notice is being tried is in the table, and what is given up is a dead letter."""

    def __init__(self, world: AwsBackend) -> None:
        self._world = world

    def begin(self, record: str) -> bool:
        try:
            self._world.table.transact(
                [put_new(_mark(record), {"expires": int(self._world.now().timestamp()) + MARKED})]
            )
        except ConditionFailedError:
            return False
        return True

    def end(self, record: str) -> None:
        self._world.table.delete_all([_mark(record)])

    def give_up(self, record: str, body: str) -> None:
        now = self._world.now()
        letter = Job(id=f"{NOTICE}:{record}", kind=NOTICE, created=now, payload={"body": body}, lane=NOTICE)
        self._world.jobs.keep_letter(letter, reason="It failed each time; the log of on_mail says why")
        count("JobsBuried")


def _mark(record: str) -> ItemKey:
    return ItemKey(partition("TRIED", record), "TRIED")


def take_in(event: dict[str, Any], world: AwsBackend, sieve: Sieve | None = None) -> dict[str, Any]:
    """Index the mail of each record, and trim the inboxes it went to; answers with the records that must come again.

    Mail of those who are shut out is deleted, unless it was taken before they were.
    """
    sifting = sieve or Sieve(world, Scope.MAIL)
    # Asked when the first mail is refused, so that a store out of reach fails records, and one by one.
    held = cache(partial(_held, world, sifting, event))
    unwanted: list[Receipt] = []
    taken: list[Receipt] = []

    def take(body: str) -> None:
        receipt = stored_mail(body, bucket=world.bucket)
        if receipt is None:
            return
        with logger.append_context_keys(mail_id=receipt.id, ip=receipt.envelope.ip):
            if sifting.refuses(receipt.envelope.ip) and receipt.id not in held():
                unwanted.append(receipt)
                return
            sifting.count(receipt.envelope.ip)
            try:
                entry = index_stored(world, receipt)
            except NotFound:
                # SES tells of a mail after it has written it.
                log.warning("The bytes of the mail are gone: it was deleted before this notice of it")
                return
            taken.append(receipt)
            tell_taken(entry)
            # If this fails the record comes again: the mail is there then, and only this is left to do.
            trim_for(world, entry.messages)

    answer = each_record(event, take, Notices(world))
    # As with what follows: if this fails the whole batch comes again.
    world.raw.adopt(taken)
    if unwanted:
        count("MailsRefused", len(unwanted))
        # If this fails the whole batch comes again: what was indexed is not indexed twice.
        world.raw.delete(unwanted)
    sifting.keep_hits()
    return answer


def _held(world: AwsBackend, sifting: Sieve, event: dict[str, Any]) -> frozenset[MailId]:
    """The mails of those who are shut out that were taken in before they were: one question for the whole batch."""
    receipts = stored_mails(event, bucket=world.bucket)
    doubtful = [one.id for one in receipts if sifting.shuts_out(one.envelope.ip)]
    return world.index.held(doubtful) if doubtful else frozenset()
