"""A request as operations see it, read from the event of API Gateway's REST proxy integration (version 1.0)."""

from __future__ import annotations

import base64
import binascii
import json
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

from chalicelib.errors import BadRequest, UnsupportedMedia

KEY_FIELD = "_mailsacKey"


class Request:
    """What came in. Header names are in any case; of a repeated query value the last one counts."""

    def __init__(self, event: dict[str, Any]) -> None:
        context = event["requestContext"]
        self.id: str = context.get("requestId", "-")
        self.ip: str = context.get("identity", {}).get("sourceIp", "")
        self.headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
        repeated = event.get("multiValueQueryStringParameters") or {}
        self.query: dict[str, str] = {name: values[-1] for name, values in repeated.items() if values}
        self.gateway_waits: bool = context.get("gatewayWaits", False)
        """Whether the gateway itself asks again while an answer is pending."""
        self.gateway_takes_bytes: bool = context.get("gatewayTakesBytes", False)
        """Whether the gateway takes a body of bytes, or of pieces of bytes, and not in base64."""
        self.is_head: bool = context.get("headOnly", False)
        """Whether no body is wanted (RFC 9110, 9.3.2)."""
        self._event = event

    @property
    def key(self) -> str | None:
        """The API key, wherever it was put; None if there is none."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        bearer = token.strip() if scheme.lower() == "bearer" else None
        key = self.headers.get("mailsac-key") or bearer or self.query.get(KEY_FIELD)
        if key or not self.body:
            return key or None
        try:
            in_body = self.fields.get(KEY_FIELD)
        except (BadRequest, UnsupportedMedia):
            # A body that is not for us to read holds no key; who needs its fields will say what is wrong with it.
            return None
        return in_body if isinstance(in_body, str) and in_body else None

    def has(self, etag: str | None) -> bool:
        """Whether the client says that it has what goes by this entity tag (RFC 9110, 13.1.2)."""
        known = self.headers.get("if-none-match", "")
        return etag is not None and (
            known.strip() == "*" or etag in [one.strip().removeprefix("W/") for one in known.split(",")]
        )

    def range_of(self, etag: str | None) -> str:
        """The Range header; empty where it is for another version than this (If-Range: RFC 9110, 13.1.5)."""
        condition = self.headers.get("if-range", "").strip()
        return self.headers.get("range", "") if condition in {"", etag} else ""

    @cached_property
    def body(self) -> bytes:
        """The body's bytes. Raises BadRequest where API Gateway's base64 is damaged."""
        body = self._event.get("body") or ""
        if not self._event.get("isBase64Encoded"):
            return body.encode("utf-8", "surrogateescape") if isinstance(body, str) else bytes(body)
        try:
            return base64.b64decode(body, validate=True)
        except binascii.Error:
            raise BadRequest("The body is not what its encoding says") from None

    @cached_property
    def fields(self) -> dict[str, Any]:
        """The body's named values, from JSON or a form. Clients mislabel JSON as a form: the content decides.

        Raises BadRequest when it is neither, UnsupportedMedia when it is a form in parts, as browsers send files.
        """
        text = self.body.decode("utf-8", "replace").strip()
        if not text:
            return {}
        if text.startswith("--") and self.headers.get("content-type", "").lower().startswith("multipart/"):
            raise UnsupportedMedia(
                "The body must be JSON, or a form as application/x-www-form-urlencoded, and not multipart/form-data"
            )
        if text[0] in '{["':
            try:
                document = json.loads(text)
            except (ValueError, RecursionError):
                raise BadRequest("The body is not valid JSON") from None
            if not isinstance(document, dict):
                raise BadRequest("The body must be a JSON object")
            return document
        if "=" not in text:
            raise BadRequest("The body must be a JSON object or a form")
        form: dict[str, Any] = {}
        for name, value in parse_qsl(text, keep_blank_values=True):
            form[name] = value if name not in form else [*_listed(form[name]), value]
        return form


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
