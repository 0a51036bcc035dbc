"""Which CSS declarations of a style attribute are safe to show.

A declaration is kept when its property is one that only paints text and boxes, and its value is made of
plain words, numbers, colours and quoted font names. Nothing that fetches, moves over other content, runs,
or hides from this reading (escapes, comments, variables) can be written so (CSS Syntax Level 3).
"""

from __future__ import annotations

import re
from typing import Final

from chalicelib.mail.markup import names
from chalicelib.mail.patterns import pattern

PROPERTIES: Final = names(
    "background background-color border border-bottom border-bottom-color border-bottom-style"
    " border-bottom-width border-collapse border-color border-left border-left-color border-left-style"
    " border-left-width border-radius border-right border-right-color border-right-style"
    " border-right-width border-spacing border-style border-top border-top-color border-top-style"
    " border-top-width border-width box-sizing caption-side clear color direction display empty-cells"
    " float font font-family font-size font-style font-variant font-weight height letter-spacing"
    " line-height list-style list-style-type margin margin-bottom margin-left margin-right margin-top"
    " max-height max-width min-height min-width overflow-wrap padding padding-bottom padding-left"
    " padding-right padding-top table-layout text-align text-decoration text-indent text-transform"
    " unicode-bidi vertical-align white-space width word-break word-spacing word-wrap"
)
_LONGEST_STYLE: Final = 10_000
_LONGEST_VALUE: Final = 300
_URL: Final = pattern(r"""url\(\s*+(?:"[^"]*+"|'[^']*+'|[^()"']*+)\s*+\)""", re.IGNORECASE)
_FETCH: Final = pattern(r"""url\(\s*+["']?+(?!\s*+(?:data|cid):)|@import\s*+["']|image-set\(\s*+["']""", re.IGNORECASE)
_COLOUR: Final = r"(?:rgb|hsl)a?\([0-9., %/]{1,60}\)"
_WORD: Final = r"[A-Za-z0-9#.%]++(?:-[A-Za-z0-9]++)*+"
_VALUE: Final = pattern(rf"""(?:{_COLOUR}|{_WORD}|"[\w .-]*+"|'[\w .-]*+'|[ ,/])*+(?:!\s?important)?""", re.IGNORECASE)


def safe_declarations(style: str) -> str:
    """Returns the declarations of a style attribute that are safe, as "name:value;name:value"; may be empty.

    Takes any string, never raises, and runs in linear time; past 10,000 characters nothing is kept.
    Filtering what was filtered changes nothing.
    """
    if len(style) > _LONGEST_STYLE:
        return ""
    kept = []
    for declaration in (_URL.sub("", style) if "(" in style else style).split(";"):
        name, _, value = declaration.partition(":")
        name = name.strip().lower()
        value = " ".join(value.split())
        if name in PROPERTIES and value and len(value) <= _LONGEST_VALUE and _VALUE.fullmatch(value):
            kept.append(f"{name}:{value}")
    return ";".join(kept)


def count_fetches(css: str) -> int:
    """Returns how many remote resources a style sheet or attribute names: url(), @import and the like."""
    # All of them have one of these, and most attributes have neither.
    return len(_FETCH.findall(css)) if "(" in css or "@" in css else 0
