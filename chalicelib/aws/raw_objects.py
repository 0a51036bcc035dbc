"""Raw mail in S3: one object a mail, and small objects with the receipts.

SES writes the bytes itself, under its own name for the mail, and no object tells the SMTP envelope: only the notice
does. Hence each mail has its receipt in an object below "receipts/", so that the bucket alone can rebuild the index.
A receipt is written after the bytes and makes them a mail. Mails that come together share one such object, because
each costs as much as all else that is done with a mail; it is named after the oldest of them. Ids sort by arrival and
S3 lists keys in order, so the list of these objects gives the mails, oldest first.
"""

from __future__ import annotations

import hashlib
import heapq
import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING

from chalicelib.aws.border import border
from chalicelib.errors import NotFound, Unavailable
from chalicelib.mail.records.mails import receipt_from_document, receipt_to_document

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from botocore.response import StreamingBody
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import GetObjectRequestTypeDef, ObjectIdentifierTypeDef

    from chalicelib.aws.clients import Clients
    from chalicelib.mail.message import Receipt
    from chalicelib.mail.names import MailId
    from chalicelib.mail.structure import Octets, Span

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
            self.adopt([receipt])

    def adopt(self, receipts: Sequence[Receipt]) -> None:
        """Make mails of the bytes that SES has put at these receipts' locations. Raises Unavailable."""
        if not receipts:
            return
        oldest_first = sorted(receipts, key=lambda receipt: receipt.id)
        # Named by all its mails: another group of them that begins with the same one must not overwrite it.
        name: str = oldest_first[0].id
        if len(receipts) > 1:
            name += "-" + hashlib.sha256("".join(one.id for one in oldest_first).encode()).hexdigest()[:16]
        self._write_receipts(RECEIPTS + name, oldest_first)

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
        last = ""
        for receipt in self._in_order():
            # Who was told twice of a mail may have kept its receipt twice.
            if receipt.id != last:
                yield receipt
            last = receipt.id

    def groups(self, after: str = "") -> Iterator[tuple[str, list[Receipt]]]:
        """The objects with receipts by their keys, in order, those after that key; some of the mails may be gone."""
        with ThreadPoolExecutor(_READERS) as readers:
            for page in self.pages(RECEIPTS, after):
                keys = [key for key, _ in page]
                yield from zip(keys, readers.map(self._read_receipts, keys), strict=True)

    def _in_order(self) -> Iterator[Receipt]:
        waiting: list[tuple[MailId, int, Receipt]] = []
        number = 0
        for key, together in self.groups():
            # All that follows is as young as the mail that this object is named after, or younger.
            while waiting and waiting[0][0] < key.removeprefix(RECEIPTS):
                yield heapq.heappop(waiting)[2]
            for receipt in self._there(together):
                number += 1
                heapq.heappush(waiting, (receipt.id, number, receipt))
        while waiting:
            yield heapq.heappop(waiting)[2]

    def tidy(self) -> int:
        """Take the receipts of deleted mails out of the objects they share; answers with how many there were."""
        taken_out = 0
        for page in self.pages(RECEIPTS):
            for key, _ in page:
                together = self._read_receipts(key)
                there = list(self._there(together))
                if len(there) == len(together):
                    continue
                taken_out += len(together) - len(there)
                self.adopt(there)
                with border(_WHAT):
                    self._client.delete_object(Bucket=self._bucket, Key=key)
        return taken_out

    def pages(self, prefix: str, after: str = "") -> Iterator[list[tuple[str, datetime]]]:
        """The keys below a prefix that sort after `after`, a thousand at once, each with when it was written."""
        listed = self._client.get_paginator("list_objects_v2")
        pages = listed.paginate(Bucket=self._bucket, Prefix=prefix, StartAfter=after)
        remaining = iter(pages)
        while True:
            with border(_WHAT):
                page = next(remaining, None)
            if page is None:
                return
            yield [(item["Key"], item["LastModified"]) for item in page.get("Contents", ())]

    def _write_receipts(self, key: str, receipts: Sequence[Receipt]) -> None:
        document = json.dumps([receipt_to_document(one) for one in receipts], separators=(",", ":")).encode()
        with border(_WHAT):
            self._client.put_object(Bucket=self._bucket, Key=key, Body=document)

    def _read_receipts(self, key: str) -> list[Receipt]:
        try:
            with border(_WHAT):
                document = self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        except NotFound:
            # It was deleted while the list was read.
            return []
        return [receipt_from_document(one) for one in json.loads(document)]

    def _there(self, together: Sequence[Receipt]) -> Iterator[Receipt]:
        """Those whose bytes are there; a mail's own receipt goes with its bytes and need not be looked at."""
        for receipt in together:
            if len(together) == 1 or self._holds(receipt):
                yield receipt

    def _holds(self, receipt: Receipt) -> bool:
        try:
            with border(_WHAT):
                self._client.head_object(Bucket=self._bucket, Key=key_of_raw(receipt))
        except NotFound:
            return False
        return True


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
