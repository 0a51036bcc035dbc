"""Parameters that several operations share."""

from __future__ import annotations

from chalicelib.api.fields import BOOLEAN, INBOX, TEXT, integer, path, query

EMAIL = path("email", INBOX, "The inbox's address; a plus tag is ignored.", example="signup@mail.example")
MESSAGE_ID = path("messageId", TEXT, "The message's `_id`.", example="01jd9x3v7k8q4m2t5w6y1a3b5c-0")
LIMIT = query("limit", integer(minimum=1, maximum=1000), "The most messages to answer with.", default=20)
DOWNLOAD = query("download", BOOLEAN, "Whether the answer is to be saved as a file.", default=False)
