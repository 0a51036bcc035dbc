"""Taking a stage away: the stack always, the mail only when that was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chalicelib.aws.receipt_filters import is_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from restante.deploying.account import Stack
    from restante.deploying.executing import Executor


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """What removing a stage does."""

    stack: str
    table: str | None
    bucket: str | None
    deletes_mail: bool

    def lines(self) -> Iterator[str]:
        """What happens, for somebody who is asked whether it may."""
        yield f"The stack {self.stack} is deleted: its functions, APIs, queues, rule and alarms."
        if self.table and self.bucket:
            fate = "are deleted, with all mail, accounts and keys" if self.deletes_mail else "are kept, with all mail"
            yield f"The bucket {self.bucket} and the table {self.table} {fate}."


def removal_of(stack: Stack, *, deletes_mail: bool) -> Removal:
    """What removing this stack would do."""
    return Removal(
        stack=stack.name,
        table=stack.outputs.get("TableName"),
        bucket=stack.outputs.get("MailBucketName"),
        deletes_mail=deletes_mail,
    )


def remove(executor: Executor, removal: Removal, done: Callable[[str], object]) -> None:
    """Do it. Raises Conflict where CloudFormation could not. What ran half can be run again."""
    executor.remove(removal.stack, done)
    if removal.table:
        _drop_filters(executor.client("ses"), removal.table)
    if removal.deletes_mail and removal.bucket:
        _empty(executor.client("s3"), removal.bucket, executor.account)
    if removal.deletes_mail and removal.table:
        dynamodb = executor.client("dynamodb")
        dynamodb.update_table(TableName=removal.table, DeletionProtectionEnabled=False)
        dynamodb.delete_table(TableName=removal.table)


def _drop_filters(ses: Any, table: str) -> None:
    # Nobody would follow the rules any more: who was shut out would be so for ever.
    for one in ses.list_receipt_filters().get("Filters", []):
        if is_of(one["Name"], table):
            ses.delete_receipt_filter(FilterName=one["Name"])


def _empty(s3: Any, bucket: str, account: str) -> None:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, ExpectedBucketOwner=account):
        keys = [{"Key": each["Key"]} for each in page.get("Contents", [])]
        if keys:
            s3.delete_objects(Bucket=bucket, Delete={"Objects": keys, "Quiet": True}, ExpectedBucketOwner=account)
    s3.delete_bucket(Bucket=bucket, ExpectedBucketOwner=account)
