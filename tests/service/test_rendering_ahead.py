"""The first read of a long mail is no slower than the second: another process has rendered it already."""

from __future__ import annotations

import smtplib
import threading
from typing import TYPE_CHECKING

from chalicelib.mail.ids import mail_of
from chalicelib.mail.rendering import Rendering, rendering_key
from restante.embedded.cache import SharedCache
from tests.service.running import SECONDS

if TYPE_CHECKING:
    from tests.service.running import Service

LONG = b"Subject: long\r\nContent-Type: text/html\r\n\r\n" + b"<p>Good morning, Bob.</p>\r\n" * 400
LOOK_SECONDS = 0.05


def test_the_html_of_a_long_mail_is_there_before_anybody_asks(service: Service) -> None:
    with smtplib.SMTP(*service.smtp, timeout=60) as smtp:
        smtp.sendmail("ann@sender.example", ["bob@x.dev"], LONG)
    (message,) = service.client().get("/api/addresses/bob@x.dev/messages").json
    mail = mail_of(message["_id"])
    assert mail is not None
    cache = SharedCache(service.data / "cache.sqlite3")
    pause = threading.Event()
    for _ in range(int(SECONDS / LOOK_SECONDS)):
        if cache.get(rendering_key(mail, Rendering.BODY)) is not None:
            break
        pause.wait(LOOK_SECONDS)
    cache.close()
    answered = service.client().get(f"/api/body/bob@x.dev/{message['_id']}")

    assert "cache;desc=shared" in answered.headers["server-timing"]
    assert answered.text.count("Good morning") == 400
