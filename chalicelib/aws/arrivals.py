"""The jobs that a mail's arrival makes: written in one transaction with the mail, then put.

A crash in between loses none: whoever takes the mail in tries again, finds it there, and puts the jobs that are left.
For a caller that does not come back, on_hour does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.aws.jobs import job_from_document, job_to_document
from chalicelib.aws.packing import pack, unpack
from chalicelib.aws.writes import ItemKey, put

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chalicelib.aws.table import Table
    from chalicelib.aws.writes import Write
    from chalicelib.mail.job import Job
    from chalicelib.mail.message import Entry
    from chalicelib.mail.names import MailId

ARRIVED = "ARRIVED"


def jobs_written(entry: Entry) -> list[Write]:
    """The write that keeps a mail's jobs; none where it makes none."""
    if not entry.jobs:
        return []
    return [put(_key(entry.mail.id), {"jobs": pack({"jobs": [job_to_document(job) for job in entry.jobs]})})]


def put_jobs_of(table: Table, put_jobs: Callable[[Sequence[Job]], None], mail: MailId) -> None:
    """Put the jobs of a mail that are kept still."""
    item = table.get(_key(mail))
    if item is not None:
        put_jobs([job_from_document(document) for document in unpack(item["jobs"])["jobs"]])
        table.delete_all([_key(mail)])


def put_left_over(table: Table, put_jobs: Callable[[Sequence[Job]], None], *, before: MailId) -> int:
    """Put the jobs of all mails before that one whose taking in was broken off; answers with how many mails."""
    left = 0
    for item in table.query(ARRIVED, before=before):
        put_jobs([job_from_document(document) for document in unpack(item["jobs"])["jobs"]])
        table.delete_all([ItemKey(item["pk"], item["sk"])])
        left += 1
    return left


def _key(mail: MailId) -> ItemKey:
    return ItemKey(ARRIVED, mail)
