"""The Links port on S3: presigned URLs of raw mail, and of decoded copies that lie beside it.

A copy is an object, "decoded/<mail>/<name>", made once by streaming from the range of its part. An item of the table
says that it is there and until when: it is written before the object, so that whoever deletes the mail finds every
copy without listing the bucket. The bucket removes copies itself after KEPT (infra/bucket.yaml).
"""

from __future__ import annotations

from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING

from chalicelib.aws.border import border
from chalicelib.aws.cache import keys_below
from chalicelib.aws.raw_objects import key_of_raw
from chalicelib.aws.writes import ItemKey, key_name, partition
from chalicelib.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from mypy_boto3_s3.type_defs import CompletedPartTypeDef, ObjectIdentifierTypeDef

    from chalicelib.aws.clients import Clients
    from chalicelib.aws.table import Table
    from chalicelib.mail.message import Receipt
    from chalicelib.mail.names import MailId
    from chalicelib.mail.rendering import CacheKey
    from chalicelib.ports.linking import Form

COPIES = "decoded/"
MOST = 4 * 1024**2
"""A function's answer holds 6 MB (AWS: Lambda quotas), of which base64 leaves 4.5 MB and headers some less."""
LINK_SECONDS = 300
KEPT = timedelta(days=7)
USED = KEPT - timedelta(days=1)
"""A copy older than this is made anew: the bucket may remove it while a client still has its link."""
PART_OCTETS = 8 * 1024**2
"""A part of an upload has at least 5 MB, the last one apart (Amazon S3: "Multipart upload limits")."""
DELETIONS_AT_ONCE = 1000
_WHAT = "The bucket"


class Copies:
    """See ports.linking.Links."""

    most = MOST

    def __init__(self, table: Table, clients: Clients, bucket: str, now: Callable[[], datetime]) -> None:
        self._table = table
        self._clients = clients
        self._bucket = bucket
        self._now = now

    def to_raw(self, receipt: Receipt, form: Form) -> str:
        return self._signed(key_of_raw(receipt), form)

    def to_copy(self, key: CacheKey, pieces: Callable[[], Iterator[bytes]], form: Form) -> str:
        note, name = _note(key), _object(key.mail, key_name(key.entry))
        found = self._table.get(note)
        if found is None or found["until"] <= self._now().timestamp():
            expires = ceil((self._now() + KEPT).timestamp())
            self._table.put_all({note: {"until": 0, "expires": expires}})
            self._lay_down(name, pieces())
            self._table.put_all({note: {"until": int((self._now() + USED).timestamp()), "expires": expires}})
        return self._signed(name, form)

    def drop(self, mails: Sequence[MailId]) -> None:
        notes = keys_below(self._table, [_partition(mail) for mail in mails])
        names = [_object(note.pk.partition("#")[2], note.sk) for note in notes]
        for start in range(0, len(names), DELETIONS_AT_ONCE):
            named: list[ObjectIdentifierTypeDef] = [{"Key": name} for name in names[start : start + DELETIONS_AT_ONCE]]
            with border(_WHAT):
                answer = self._clients.s3.delete_objects(Bucket=self._bucket, Delete={"Objects": named, "Quiet": True})
            if answer.get("Errors"):
                raise Unavailable(f"Copies could not be removed: {answer['Errors'][0].get('Code')}")
        self._table.delete_all(notes)

    def _signed(self, name: str, form: Form) -> str:
        with border(_WHAT):
            return self._clients.s3.generate_presigned_url(
                "get_object",
                Params={
                    "Bucket": self._bucket,
                    "Key": name,
                    "ResponseContentType": form.media_type,
                    "ResponseContentDisposition": form.disposition,
                    "ResponseCacheControl": "private, no-store",
                },
                ExpiresIn=LINK_SECONDS,
            )

    def _lay_down(self, name: str, pieces: Iterator[bytes]) -> None:
        parts = _parts(pieces)
        first = next(parts, b"")
        second = next(parts, None)
        if second is None:
            with border(_WHAT):
                self._clients.s3.put_object(Bucket=self._bucket, Key=name, Body=first)
            return
        with border(_WHAT):
            upload = self._clients.s3.create_multipart_upload(Bucket=self._bucket, Key=name)["UploadId"]
        try:
            done: list[CompletedPartTypeDef] = []
            for number, part in enumerate((one for some in ((first, second), parts) for one in some), start=1):
                with border(_WHAT):
                    answer = self._clients.s3.upload_part(
                        Bucket=self._bucket, Key=name, UploadId=upload, PartNumber=number, Body=part
                    )
                done.append({"PartNumber": number, "ETag": answer["ETag"]})
            with border(_WHAT):
                self._clients.s3.complete_multipart_upload(
                    Bucket=self._bucket, Key=name, UploadId=upload, MultipartUpload={"Parts": done}
                )
        except BaseException:
            with border(_WHAT):
                self._clients.s3.abort_multipart_upload(Bucket=self._bucket, Key=name, UploadId=upload)
            raise


def _parts(pieces: Iterator[bytes]) -> Iterator[bytes]:
    held: list[bytes] = []
    octets = 0
    for piece in pieces:
        held.append(piece)
        octets += len(piece)
        if octets >= PART_OCTETS:
            yield b"".join(held)
            held, octets = [], 0
    if held:
        yield b"".join(held)


def _partition(mail: str) -> str:
    return partition("DECODED", mail)


def _note(key: CacheKey) -> ItemKey:
    return ItemKey(_partition(key.mail), key_name(key.entry))


def _object(mail: str, entry: str) -> str:
    return f"{COPIES}{mail}/{entry}"
