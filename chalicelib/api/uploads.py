"""Large files of a mail: a signed URL to put them at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.actions.uploading import offer_upload
from chalicelib.api import shapes
from chalicelib.api.fields import TEXT, body, header, integer
from chalicelib.api.handling import blueprint
from chalicelib.api.operation import Answer, operation
from chalicelib.api.schemas import ref

if TYPE_CHECKING:
    from chalicelib.actions.admitting import Caller
    from chalicelib.ports import Backend


@operation(
    "POST",
    "/uploads",
    name="CreateUpload",
    tag="Outgoing messages",
    parameters=[
        body("size", integer(minimum=1, maximum=2**40), "The file's bytes.", required=True, example=12_000_000),
        header("Host", TEXT, "The server, as you reach it: the URL is made with it.", example="mail.example"),
        header("X-Forwarded-Proto", TEXT, "http or https, as you reach the server through a proxy.", example="https"),
    ],
    answers=[Answer(meaning="Where the file may be put with PUT.", schema=ref("Upload"))],
)
def create_upload(
    backend: Backend, caller: Caller, *, size: int, host: str | None, x_forwarded_proto: str | None
) -> shapes.Json:
    """Get a URL to put a large file at, for an attachment or for a whole mail.

    Put exactly `size` bytes there, with the `headers` given; then name the `id` as `attachments[].upload`, or as
    `rawUpload`.
    """
    upload = offer_upload(backend, caller, size=size)
    scheme = "https" if x_forwarded_proto == "https" else "http"
    return shapes.upload(upload, origin=f"{scheme}://{host}" if host else "")


routes = blueprint(__name__, operations := (create_upload,))
