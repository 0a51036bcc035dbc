"""format=flowed: text whose lines were broken for transport, joined again (RFC 3676)."""

from __future__ import annotations

from typing import Final

_SIGNATURE: Final = "-- "


def unflow(text: str, *, delsp: bool = False) -> str:
    """Joins the flowed lines of a text/plain; format=flowed body and undoes space-stuffing (RFC 3676, 4).

    Lines of different quote depth are never joined; quote marks are written as in ">> text". The signature
    separator "-- " stands alone. `delsp` is the DelSp parameter: the space that marks a flowed line goes with
    the break, as in languages without spaces. Lines end in LF in what is returned. Linear; never raises.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    paragraphs: list[str] = []
    pieces: list[str] = []
    depth = 0
    for line in lines:
        content = line.lstrip(">")
        line_depth = len(line) - len(content)
        content = content.removeprefix(" ")
        if pieces and (line_depth != depth or content == _SIGNATURE):
            # A flowed line without its continuation is a fixed one, written wrongly (4.5).
            paragraphs.append(_quoted(depth, pieces))
            pieces = []
        depth = line_depth
        is_flowed = content.endswith(" ") and content != _SIGNATURE
        pieces.append(content[:-1] if is_flowed and delsp else content)
        if not is_flowed:
            paragraphs.append(_quoted(depth, pieces))
            pieces = []
    if pieces:
        paragraphs.append(_quoted(depth, pieces))
    return "\n".join(paragraphs)


def _quoted(depth: int, pieces: list[str]) -> str:
    return (">" * depth + " " if depth else "") + "".join(pieces)
