"""HTML made to hurt whoever reads it, and a process of its own in which one document is read and measured.

`python -m tests.mail.hostile_html NAME` prints, as JSON, the CPU seconds that each reader took and the most memory
the process held.
"""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING

from chalicelib.mail.codes import find_code
from chalicelib.mail.flowed import unflow
from chalicelib.mail.inlining import inline_images
from chalicelib.mail.links import find_action_link, find_links
from chalicelib.mail.plain_text import from_html, to_html
from chalicelib.mail.sanitising import sanitise
from tests.mail.peak import peak_memory

if TYPE_CHECKING:
    from collections.abc import Callable

MILLION = 1_000_000
_ROW = (
    '<table width="100%" cellpadding="0"><tr><td style="font-family:Arial,sans-serif;font-size:14px;padding:10px">'
    '<p style="margin:0">Hello <a href="https://x.example/a?b=1&amp;c=2" style="color:#06c">you</a></p></td></tr>'
    "</table>\n"
)

HOSTILE_HTML: dict[str, Callable[[], str]] = {
    "1,000,000 nested div": lambda: "<div>" * MILLION,
    "1,000,000 nested b": lambda: "<b>" * MILLION,
    "1,000,000 nested blockquotes": lambda: "<blockquote>" * MILLION,
    "1,000,000 nested headings": lambda: "<h1>" * MILLION,
    "1,000,000 nested svg": lambda: "<svg>" * MILLION,
    "500,000 nested lists": lambda: "<ul><li>" * (MILLION // 2),
    "300,000 nested tables": lambda: "<table><tr><td>" * 300_000,
    "1,000,000 rows": lambda: "<table>" + "<tr>" * MILLION,
    "200,000 elements loose in a table": lambda: "<table>" + "<b>x</b>" * 200_000,
    "100,000 paragraphs that leave a font open": lambda: "".join(f"<p><font color=c{n}>x" for n in range(100_000)),
    "100,000 elements closed in the wrong order": lambda: "<b><i><u><p>x</b>" * 100_000,
    "400,000 elements closed where they are not open": lambda: "<b><table><td>" + "<span>" * 200 + "</b>" * 400_000,
    "300,000 links": lambda: "<a href=http://x.example/>" * 300_000,
    "200,000 links in links": lambda: ("<a><span>" * 8 + "</a>") * 25_000,
    "200,000 remote images": lambda: "<img src=http://x.example/>" * 200_000,
    "a tag of 500,000 attributes": lambda: "<p " + " ".join(f"a{n}=1" for n in range(500_000)) + ">",
    "a style of 5 MB": lambda: '<p style="' + "color:red;" * 500_000 + '">',
    "500 styles of 2,400 open url()": lambda: ('<p style="' + "url(" * 2_400 + '">') * 500,
    "10 MB of text": lambda: "word " * 2_000_000,
    "10 MB of ampersands": lambda: "&amp;" * 2_000_000,
    "6 MB of bare ampersands": lambda: "&x" * 3_000_000,
    "10 MB of less-than": lambda: "<" * 10_000_000,
    "3 MB of no-break spaces": lambda: "x\xa0" * MILLION,
    "3 MB of soft hyphens": lambda: "\xad \u200b\u200c" * 600_000,
    "a number of 10 MB": lambda: "&#" + "1" * 10_000_000 + ";",
    "10 MB of open comments": lambda: "<!--" * 2_500_000,
    "6 MB of open quotes": lambda: '<a x="' * MILLION,
    "5 MB of spaces in a tag": lambda: "<a" + " " * 5_000_000 + ">",
    "8 MB of one URL": lambda: "http://a" * MILLION,
    "3 MB of brackets after a URL": lambda: "http://a.example/" + ")" * 3_000_000,
    "3 MB of codes": lambda: "code 1234 " * 300_000,
    "10 MB of an ordinary newsletter": lambda: _ROW * 43_000,
}

READERS: dict[str, Callable[[str], object]] = {
    "sanitise": sanitise,
    "from_html": from_html,
    "to_html": to_html,
    "find_links": lambda html: find_links(html=html, text=html),
    "find_action_link": lambda html: find_action_link(html=html, text=html),
    "find_code": lambda html: find_code(text=html),
    "inline_images": lambda html: inline_images(html + "<img src=cid:x>", {"x": ("image/png", b"x")}),
    "unflow": unflow,
}


def main(name: str) -> None:
    """Read one hostile document with every reader and print what each took."""
    html = HOSTILE_HTML[name]()
    # What is compiled on first use is no part of what a document costs.
    find_code(text="Your code is 123456")
    find_action_link(html='<a href="https://x.example/">x</a>')
    seconds = {}
    for reader, read in READERS.items():
        started = time.process_time()
        read(html)
        seconds[reader] = time.process_time() - started
    most = peak_memory()
    json.dump({"seconds": seconds, "memory": most, "size": len(html.encode())}, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
