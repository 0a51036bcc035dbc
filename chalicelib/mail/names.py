"""What things are called: strings that are not to be taken for one another."""

from __future__ import annotations

from typing import NewType

MailId = NewType("MailId", str)
MessageId = NewType("MessageId", str)
Inbox = NewType("Inbox", str)
"""A normalised address: see addresses.inbox_of."""
