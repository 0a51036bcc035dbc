"""The images that a mail's HTML shows from inside the mail: which they are, and how the HTML has to name them.

A reference is a "cid:" URL (RFC 2392). Old examples left "cid:" out, ended the id with a dot, or gave it another
domain in the HTML; such a reference is meant for the one attachment it fits, and is written anew.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from chalicelib.mail.markup import Kind, attributes, decode_value, names, tokens

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SOURCES = names("src background poster")
_CSS_URL = re.compile(r"""(?<=url\()(\s*+["']?)([^"')\s]{1,1000})""", re.IGNORECASE)
_CSS_VALUE = re.compile(r"""url\(""", re.IGNORECASE)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:|//|/|#|\?|\.{1,2}/", re.IGNORECASE)
_LONGEST = 1000


def bind_references(html: str, content_ids: Sequence[str]) -> tuple[str, frozenset[str]]:
    """The HTML with each reference to one of these content ids as a "cid:" URL, and the ids that it names.

    Nothing else in the HTML changes. Never raises; runs in time linear in the HTML.
    """
    if not content_ids:
        return html, frozenset()
    binder = _Binder(content_ids)
    written: list[str] = []
    position = 0
    for start, end, is_style in _places(html):
        old = html[start:end]
        new = binder.in_style(old) if is_style else binder.reference(old)
        if new is not None and new != old:
            written += html[position:start], new
            position = end
    written.append(html[position:])
    return "".join(written), frozenset(binder.named)


class _Binder:
    def __init__(self, content_ids: Sequence[str]) -> None:
        self.named: set[str] = set()
        self._exact = {_normal(one): one for one in reversed(content_ids)}
        locals_ = [_normal(one).partition("@")[0] for one in content_ids]
        self._by_local = {
            local: one for local, one in zip(locals_, content_ids, strict=True) if local and locals_.count(local) == 1
        }

    def reference(self, written: str) -> str | None:
        """The reference as it has to be written; None when it names nothing of ours."""
        url = decode_value(written).strip()
        if len(url) > _LONGEST:
            return None
        explicit = url[:4].lower() == "cid:"
        if not explicit and _SCHEME.match(url):
            return None
        name = _normal(unquote(url[4:] if explicit else url))
        found = self._exact.get(name)
        if found is None and (explicit or "@" in name):
            found = self._by_local.get(name.partition("@")[0])
        if found is None:
            return None
        self.named.add(found)
        return written if explicit and _normal(url[4:]) == _normal(found) else f"cid:{quote(found, safe='@.!$*+-_~')}"

    def in_style(self, style: str) -> str:
        """A style attribute or style sheet with its url() references written anew."""
        return _CSS_URL.sub(lambda found: found[1] + (self.reference(found[2]) or found[2]), style)


def _places(html: str) -> Iterator[tuple[int, int, bool]]:
    for token in tokens(html):
        if token.kind is Kind.RAW and token.name == "style":
            yield token.start, token.end, True
        elif token.kind is Kind.START:
            offset = token.end - 1 - len(token.data)
            for attribute in attributes(token.data):
                if attribute.name in _SOURCES:
                    yield offset + attribute.start, offset + attribute.end, False
                elif attribute.name == "style" and _CSS_VALUE.search(attribute.value):
                    yield offset + attribute.start, offset + attribute.end, True


def _normal(content_id: str) -> str:
    return content_id.strip().removeprefix("<").removesuffix(">").rstrip(".").lower()
