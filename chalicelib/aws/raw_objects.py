"""Raw mail in S3: one object a mail, and one small object with its receipt.

SES writes the bytes itself, under its own name for the mail, and no object tells the SMTP envelope: only the notice
does. Hence each mail has a receipt object, "receipts/<mail id>", so that the bucket alone can rebuild the index. Ids
sort by arrival and S3 lists keys in order, so the list of receipts is the list of mails, oldest first. The receipt is
written after the bytes and makes them a mail.
"""

from __future__ import annotations

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING

from chalicelib.aws.border import border
from chalicelib.errors import NotFound, Unavailable
from chalicelib.mail.records import receipt_from_document, receipt_to_document

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from botocore.response import StreamingBody
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import GetObjectRequestTypeDef, ObjectIdentifierTypeDef

    from chalicelib.aws.clients import Clients
    from chalicelib.mail.message import Receipt
    from chalicelib.mail.structure import Octets, Span

log = logging.getLogger(__name__)

RECEIPTS = "receipts/"
MAILS = "mail/"
DELETIONS_AT_ONCE = 1000
"""The most keys of one DeleteObjects (Amazon S3 API reference)."""
PIECE_OCTETS = 256 * 1024
_READERS = 8
_WHAT = "The raw mail"


class RawObjects:
    """The RawMail port on a bucket. A receipt's location is the key of the object that has the bytes."""

    def __init__(self, clients: Clients, bucket: str) -> None:
        self._clients = clients
        self._bucket = bucket

    @property
    def _client(self) -> S3Client:
        return self._clients.s3

    def put(self, mails: Sequence[tuple[Receipt, Octets]]) -> None:
        for receipt, raw in mails:
            with border(_WHAT):
                self._client.put_object(Bucket=self._bucket, Key=key_of_raw(receipt), Body=bytes(raw))
            self._keep_receipt(receipt)

    def adopt(self, receipt: Receipt) -> bool:
        """Make a mail of bytes that SES has put at the receipt's location; says whether they are there.

        SES tells of a mail after it has written it, so bytes that are not there were deleted since. Raises Unavailable.
        """
        try:
            with border(_WHAT):
                self._client.head_object(Bucket=self._bucket, Key=key_of_raw(receipt))
        except NotFound:
            log.warning("The bytes of mail %s are gone: it was deleted before this notice of it", receipt.id)
            return False
        self._keep_receipt(receipt)
        return True

    def is_adopted(self, receipt: Receipt) -> bool:
        """Whether this mail was made one before. Raises Unavailable."""
        try:
            with border(_WHAT):
                self._client.head_object(Bucket=self._bucket, Key=RECEIPTS + receipt.id)
        except NotFound:
            return False
        return True

    def read(self, receipt: Receipt, span: Span | None = None) -> bytes:
        key = key_of_raw(receipt)
        with border(_WHAT):
            if span is None:
                return self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
            if span.start >= span.end:
                # A Range has at least one byte (RFC 9110, 14.1.2); whether the mail is there has still to be seen.
                self._client.head_object(Bucket=self._bucket, Key=key)
                return b""
            asked = f"bytes={span.start}-{span.end - 1}"
            return self._client.get_object(Bucket=self._bucket, Key=key, Range=asked)["Body"].read()

    def stream(self, receipt: Receipt, span: Span | None = None) -> Iterator[bytes]:
        if span is not None and span.start >= span.end:
            return iter((self.read(receipt, span),))
        asked: GetObjectRequestTypeDef = {"Bucket": self._bucket, "Key": key_of_raw(receipt)}
        if span is not None:
            asked["Range"] = f"bytes={span.start}-{span.end - 1}"
        with border(_WHAT):
            body = self._client.get_object(**asked)["Body"]
        return _pieces(body)

    def delete(self, receipts: Sequence[Receipt]) -> None:
        keys = [key for receipt in receipts for key in (key_of_raw(receipt), RECEIPTS + receipt.id)]
        for start in range(0, len(keys), DELETIONS_AT_ONCE):
            named: list[ObjectIdentifierTypeDef] = [{"Key": key} for key in keys[start : start + DELETIONS_AT_ONCE]]
            with border(_WHAT):
                answer = self._client.delete_objects(Bucket=self._bucket, Delete={"Objects": named, "Quiet": True})
            if answer.get("Errors"):
                raise Unavailable(f"{_WHAT} could not be removed: {answer['Errors'][0].get('Code')}")

    def receipts(self) -> Iterator[Receipt]:
        with ThreadPoolExecutor(_READERS) as readers:
            for keys in self._pages():
                yield from filter(None, readers.map(self._receipt, keys))

    def _keep_receipt(self, receipt: Receipt) -> None:
        document = json.dumps(receipt_to_document(receipt), separators=(",", ":")).encode()
        with border(_WHAT):
            self._client.put_object(Bucket=self._bucket, Key=RECEIPTS + receipt.id, Body=document)

    def _pages(self) -> Iterator[list[str]]:
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=RECEIPTS)
        remaining = iter(pages)
        while True:
            with border(_WHAT):
                page = next(remaining, None)
            if page is None:
                return
            yield [item["Key"] for item in page.get("Contents", ())]

    def _receipt(self, key: str) -> Receipt | None:
        try:
            with border(_WHAT):
                document = self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        except NotFound:
            # It was deleted while the list was read.
            return None
        return receipt_from_document(json.loads(document))


def _pieces(body: StreamingBody) -> Iterator[bytes]:
    with closing(body):
        while True:
            with border(_WHAT):
                piece = body.read(PIECE_OCTETS)
            if not piece:
                return
            yield piece


def key_of_raw(receipt: Receipt) -> str:
    """The key of the object that has a mail's bytes."""
    return receipt.location or MAILS + receipt.id
