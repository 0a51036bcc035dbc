"""What readers do with messages: read, star, label, put into folders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.actions.reading import find_message
from chalicelib.errors import BadRequest, NotFound
from chalicelib.ports import Marks

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chalicelib.mail.message import Message
    from chalicelib.mail.names import Inbox
    from chalicelib.ports import Backend

LABELS = 20
"""The most labels of one message."""
LABEL_LETTERS = 100
FOLDERS = ("inbox", "all", "spam", "trash", "sent", "drafts")


def mark(backend: Backend, inbox: Inbox, message: str, marks: Marks) -> Message:
    """Change what `marks` gives; answers with the message as it is then. Raises NotFound."""
    marked = backend.register.mark(inbox, find_message(backend, inbox, message).id, marks)
    if marked is None:
        raise NotFound("There is no such message in this inbox")
    return marked


def toggle_star(backend: Backend, inbox: Inbox, message: str, account: str) -> Message:
    """Star a message for an account, or take the star away. Raises NotFound."""
    return _remark(backend, inbox, message, lambda found: Marks(starred_by="" if found.starred_by else account))


def add_label(backend: Backend, inbox: Inbox, message: str, label: str) -> Message:
    """Add a label; one that is there stays there once. Raises NotFound, BadRequest."""
    return _remark(backend, inbox, message, lambda found: _labelled([*found.labels, label]))


def remove_label(backend: Backend, inbox: Inbox, message: str, label: str) -> Message:
    """Take a label away, if it is there. Raises NotFound."""

    def without(found: Message) -> Marks:
        return Marks(labels=tuple(one for one in found.labels if one != label))

    return _remark(backend, inbox, message, without)


def set_labels(backend: Backend, inbox: Inbox, message: str, labels: Sequence[str]) -> Message:
    """Give a message these labels and no others. Raises NotFound, BadRequest."""
    return mark(backend, inbox, message, _labelled(labels))


def _labelled(labels: Sequence[str]) -> Marks:
    wanted = tuple(dict.fromkeys(label.strip() for label in labels))
    if len(wanted) > LABELS:
        raise BadRequest(f"A message has {LABELS} labels at most", field="labels")
    if any(not label or len(label) > LABEL_LETTERS for label in wanted):
        raise BadRequest(f"A label has 1 to {LABEL_LETTERS} characters", field="labels")
    return Marks(labels=wanted)


def _remark(backend: Backend, inbox: Inbox, message: str, decide: Callable[[Message], Marks]) -> Message:
    # Decided on the message as it is when it is written: two requests at once must not undo each other.
    marked = backend.register.remark(inbox, find_message(backend, inbox, message).id, decide)
    if marked is None:
        raise NotFound("There is no such message in this inbox")
    return marked
