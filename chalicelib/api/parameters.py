"""Parameters that several operations share."""

from __future__ import annotations

from chalicelib.api.fields import BOOLEAN, CURSOR, DOMAIN, INBOX, MOMENT, TEXT, integer, path, query

EMAIL = path("email", INBOX, "The inbox's address; a plus tag is ignored.", example="signup@mail.example")
MESSAGE_ID = path("messageId", TEXT, "The message's `_id`, or `latest`.", example="latest")
DOMAIN_NAME = path("domain", DOMAIN, "The domain.", example="mail.example")
LIMIT = query("limit", integer(minimum=0, maximum=1000), "The most messages to answer with.", default=20, example=50)
SKIP = query("skip", integer(minimum=0, maximum=100_000), "How many to pass over.", default=0, example=0)
UNTIL = query("until", MOMENT, "Only messages that came before this moment.", example="2026-01-31T12:00:00Z")
BEFORE = query(
    "before",
    CURSOR,
    "Only messages older than the one with this `_id`: the cursor for the next page.",
    example="01jd9x3v7k8q4m2t5w6y1a3b5c-0",
)
DOWNLOAD = query("download", BOOLEAN, "Whether the answer is to be saved as a file.", default=False, example=False)

WAIT = query(
    "wait", integer(minimum=0, maximum=25), "Wait up to so many seconds for a message that fits.", default=0, example=1
)
FROM = query("from", TEXT, "Only messages whose sender's name or address contains this.", example="shop")
SUBJECT = query("subject", TEXT, "Only messages whose subject contains this.", example="code")
SINCE = query("since", MOMENT, "Only messages that came at this moment or later.", example="2026-01-31T12:00:00Z")
