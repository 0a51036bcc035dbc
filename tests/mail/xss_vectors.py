"""The vectors of xss_vectors.json: HTML that runs, fetches or breaks out when it is shown as it is.

Each is written anew after an idea of the published collections: OWASP's filter evasion cheat sheet, html5sec, the
namespace confusions of mutation XSS, what CSS can fetch, what mail clients are tracked by.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple


class Vector(NamedTuple):
    """One vector; `live` says what sets it off in Chromium as it is: load, event, click, or nothing that is shown."""

    number: int
    group: str
    live: str
    template: str

    def html(self, host: str) -> str:
        """The vector, calling ran() with its number and fetching /hit/ and its number from that host."""
        return (
            self.template.replace("RUN", f"ran({self.number})")
            .replace("URL", f"http://{host}/hit/{self.number}")
            .replace("HOST", host)
            .replace("ID", str(self.number))
        )


_FILE = Path(__file__).with_suffix(".json")

VECTORS = tuple(
    Vector(number, group, live, template)
    for number, (group, live, template) in enumerate(
        (group, live, template)
        for group, vectors in json.loads(_FILE.read_text(encoding="utf-8")).items()
        for live, template in vectors
    )
)
