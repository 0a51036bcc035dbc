"""Taking a stage away: the stack always, the mail only when that was asked for."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from chalicelib.aws.receipt_filters import is_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from restante.deploying.account import Stack
    from restante.deploying.executing import Executor


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """What removing a stage does."""

    stack: str | None
    """None where only what was kept is there: the stack is deleted already."""
    table: str | None
    bucket: str | None
    deletes_mail: bool

    def lines(self) -> Iterator[str]:
        """What happens, for somebody who is asked whether it may."""
        if self.stack:
            yield f"The stack {self.stack} is deleted: its functions, APIs, queues, rule and alarms."
        kept = [f"the {kind} {name}" for kind, name in (("bucket", self.bucket), ("table", self.table)) if name]
        if kept:
            many = "are" if len(kept) > 1 else "is"
            fate = "deleted, with all mail, accounts and keys" if self.deletes_mail else "kept, with all mail"
            said = f"{' and '.join(kept)} {many} {fate}."
            yield said[0].upper() + said[1:]


def removal_of(
    stack: Stack | None, *, deletes_mail: bool, table: str | None = None, bucket: str | None = None
) -> Removal:
    """What removing this stack would do; `table` and `bucket` are what is left where no stack says it."""
    outputs = stack.outputs if stack else {}
    return Removal(
        stack=stack.name if stack else None,
        table=outputs.get("TableName", table),
        bucket=outputs.get("MailBucketName", bucket),
        deletes_mail=deletes_mail,
    )


def remove(executor: Executor, removal: Removal, done: Callable[[str], object]) -> None:
    """Do it. Raises Conflict where CloudFormation could not. What ran half can be run again, with what is left."""
    if removal.stack:
        executor.remove(removal.stack, done)
    if removal.table:
        _drop_filters(executor.client("ses"), removal.table)
    if removal.deletes_mail and removal.bucket:
        with _gone_already("NoSuchBucket"):
            _empty(executor.client("s3"), removal.bucket, executor.account)
    if removal.deletes_mail and removal.table:
        dynamodb = executor.client("dynamodb")
        with _gone_already("ResourceNotFoundException"):
            dynamodb.update_table(TableName=removal.table, DeletionProtectionEnabled=False)
            dynamodb.delete_table(TableName=removal.table)


@contextmanager
def _gone_already(code: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] != code:
            raise


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
