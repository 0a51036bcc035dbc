"""Reading a mail on a page: what stands around it, and the document that a frame shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.actions.reading import own_html, plain_text, whole_html
from chalicelib.mail.codes import Code, find_code
from chalicelib.mail.framing import count_remote, frame_html
from chalicelib.mail.summary import body_parts

if TYPE_CHECKING:
    from chalicelib.actions.reading import Opened


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What a reader has to know before the mail is shown: which bodies it has, and what it would fetch."""

    has_html: bool
    has_text: bool
    remote: int
    code: Code | None


def overview(opened: Opened) -> Overview:
    """What a message has to show; `remote` counts what its HTML names from elsewhere."""
    bodies = body_parts(opened.structure)
    return Overview(
        has_html=bool(bodies.html),
        has_text=bool(bodies.text),
        remote=count_remote(own_html(opened)) if bodies.html else 0,
        code=find_code(subject=opened.message.mail.summary.subject, text=plain_text(opened)),
    )


def framed(opened: Opened, *, remote: bool, dark: bool) -> str:
    """The message's HTML as a document for a sandboxed frame; made from its text where it has none."""
    return frame_html(whole_html(opened), remote=remote, dark=dark).html
