"""What the HTTP server answers beside the API: places with a protocol and a size limit of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from chalicelib.api.handling import STATUS_OF
from chalicelib.errors import BadRequest, RestanteError
from restante.embedded.http.gateway import HttpResponse, refusal
from restante.embedded.uploads import PREFIX

if TYPE_CHECKING:
    from restante.embedded.backend import EmbeddedBackend
    from restante.embedded.http.gateway import HttpRequest


class Door(Protocol):
    """One such place."""

    def is_for(self, request: HttpRequest) -> bool:
        """Whether the request comes here."""

    def limit(self, request: HttpRequest) -> int:
        """How many bytes its body may have; asked before the body is read. Raises RestanteError to refuse it."""

    def answer(self, request: HttpRequest) -> HttpResponse:
        """The response."""


class UploadDoor:
    """PUT at a signed URL: the URL is the permission, as it is with S3."""

    def __init__(self, backend: EmbeddedBackend) -> None:
        self._backend = backend

    def is_for(self, request: HttpRequest) -> bool:
        return request.path.startswith(PREFIX) and request.method == "PUT"

    def limit(self, request: HttpRequest) -> int:
        size = self._backend.uploads.size_offered(request.path.removeprefix(PREFIX), request.query)
        return min(size, self._backend.policy.send_size)

    def answer(self, request: HttpRequest) -> HttpResponse:
        wanted = self.limit(request)
        if len(request.body) != wanted:
            raise BadRequest(f"{wanted} bytes were announced, and {len(request.body)} came")
        self._backend.uploads.accept(request.path.removeprefix(PREFIX), request.body)
        return HttpResponse(status=200, headers=[("X-Content-Type-Options", "nosniff")], body=b"")


def refused(request: HttpRequest, error: RestanteError) -> HttpResponse:
    """The refusal that an error of ours is."""
    return refusal(request, STATUS_OF[type(error)], type(error).__name__, error.message)
