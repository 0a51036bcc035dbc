"""The Uploads port on S3: a presigned PUT whose signature covers the length (AWS: Amazon S3, "Sharing objects")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.aws.border import border
from chalicelib.ports.sending import Slot

if TYPE_CHECKING:
    from chalicelib.aws.clients import Clients

UPLOADS = "uploads/"
"""What stands below is removed by the bucket itself, a day after it came (infra/bucket.yaml)."""


class Uploads:
    """See ports.Uploads."""

    def __init__(self, clients: Clients, bucket: str) -> None:
        self._clients = clients
        self._bucket = bucket

    def offer(self, upload: str, *, size: int, seconds: int) -> Slot:
        with border("The bucket"):
            url = self._clients.s3.generate_presigned_url(
                "put_object",
                Params={"Bucket": self._bucket, "Key": UPLOADS + upload, "ContentLength": size},
                ExpiresIn=seconds,
                HttpMethod="PUT",
            )
        return Slot(url=url)

    def read(self, upload: str) -> bytes:
        with border("The upload"):
            return self._clients.s3.get_object(Bucket=self._bucket, Key=UPLOADS + upload)["Body"].read()
