"""Content-Transfer-Encoding undone (RFC 2045, 6): base64, quoted-printable, uuencode, and damage repaired.

Decoding works on a stream in slices, so a mail of any size takes a few megabytes; what is asked for whole is
the same stream joined. An unknown encoding is left as it is: those octets are the best that can be shown.
"""

from __future__ import annotations

import binascii
import re
from typing import TYPE_CHECKING

import pybase64

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from .structure import Octets

SLICE = 1 << 16
"""Bytes handled at a time: few enough that memory is reused and not asked of the system for each slice."""


class Damage:
    """What is wrong with encoded content: nothing, something that could be mended, something that was lost."""

    __slots__ = ("is_found", "is_lossy")

    def __init__(self) -> None:
        self.is_found = self.is_lossy = False

    def note(self, *, lossy: bool = False) -> None:
        """Remember that something is wrong."""
        self.is_found = True
        self.is_lossy |= lossy


_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_NOT_BASE64 = bytes(set(range(256)) - set(_ALPHABET))
_EXPECTED = _ALPHABET + b" \t\r\n"
_EQUALS = re.compile(rb"=++")
# Of a slice with more padding than this each line is tried by itself; one with more than the second is no mail.
_MANY_EQUALS = 32
_MOST_PADDED_LINES = 2000
# How much is mended in a slice: beyond it is a flood, not a fault.
_MOST_EQUALS = 200
_MOST_ESCAPES = 5000
_LOOK_AHEAD = 1000
_LONGEST_LINE = 1000
# What may follow padding and still be content: a line of whole groups of base64 and nothing else.
_MORE_BASE64 = re.compile(
    rb"[ \t]*+(?:\r?\n)?+"
    rb"(?=[A-Za-z0-9+/])(?=(?:[A-Za-z0-9+/]{4})*+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?+[ \t\r]*+(?:\n|\Z))"
)


def decode(data: Octets, encoding: str) -> bytes:
    """Undo `encoding` on the whole of `data`: as decode_stream, joined."""
    return b"".join(decode_stream(slices(data), encoding))


def slices(data: Octets, start: int = 0, end: int | None = None) -> Iterator[bytes]:
    """Cut a range of `data` into bytes of at most SLICE, at line ends where all lines are as long as the first."""
    end = len(data) if end is None else end
    step = _step(bytes(data[start : min(start + _LONGEST_LINE, end)]))
    for at in range(start, end, step):
        yield bytes(data[at : min(at + step, end)])


def recut(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Cut a stream as `slices` cuts its whole: decoding one gives the same as decoding the other."""
    held = bytearray()
    step = 0
    for piece in pieces:
        held += piece
        if not step:
            if len(held) < _LONGEST_LINE:
                continue
            step = _step(bytes(held[:_LONGEST_LINE]))
        start = 0
        while len(held) - start >= step:
            yield bytes(held[start : start + step])
            start += step
        del held[:start]
    if held:
        yield bytes(held)


def is_identity(encoding: str) -> bool:
    """Whether content in this transfer encoding is what stands in the mail (RFC 2045, 6.2)."""
    return encoding not in _DECODERS


def _step(beginning: bytes) -> int:
    line = beginning.find(b"\n") + 1
    return SLICE - SLICE % line if line else SLICE


def decode_stream(chunks: Iterable[bytes], encoding: str, damage: Damage | None = None) -> Iterator[bytes]:
    """Undo a transfer encoding piece by piece; memory is bounded by a few times the largest chunk.

    base64: octets outside the alphabet are skipped, missing padding is made up for, and what follows the
    padding is left out unless it is base64 again. quoted-printable: white space at line ends is dropped, `=`
    that starts no escape stands for itself. uuencode: lines between `begin` and `end`. Never raises: what is
    wrong is noted in `damage`.
    """
    pieces = iter(chunks)
    decoder = _DECODERS.get(encoding)
    return decoder(pieces, damage or Damage()) if decoder else pieces


def _base64(chunks: Iterator[bytes], damage: Damage) -> Iterator[bytes]:
    carry = b""
    for chunk in chunks:
        data = carry + chunk
        cut = data.rfind(b"\n") + 1
        if cut and (whole := _base64_whole_lines(data, cut, damage)) is not None:
            yield whole
            carry = data[cut:]
            continue
        decoded, carry, ended = _base64_groups(data, damage, final=False)
        yield decoded
        if ended:
            return
    decoded, carry, _ = _base64_groups(carry, damage, final=True)
    if carry:
        # No padding came.
        damage.note(lossy=len(carry) == 1)
    yield decoded + _base64_tail(carry)


def _base64_whole_lines(data: bytes, cut: int, damage: Damage) -> bytes | None:
    """Decode lines that each are whole, the rule in practice, at the speed of memory; None when they are not."""
    padded = data.count(b"=", 0, cut)
    try:
        if padded == 0:
            content = pybase64.b64decode(memoryview(data)[:cut])
            line = data.find(b"\n") + 1
            symbols = line - (2 if data[line - 2 : line] == b"\r\n" else 1)
            # Lines of one length that decode to their full length hold no noise; others have to be looked at.
            if cut % line or len(content) * 4 != cut // line * symbols * 3:
                _note_noise(data[:cut], damage)
            return content
        if _MANY_EQUALS < padded <= _MOST_PADDED_LINES:
            # Each line was encoded by itself.
            return b"".join([pybase64.b64decode(line, validate=True) for line in data[:cut].split()])
    except binascii.Error:
        pass
    return None


def _note_noise(data: bytes, damage: Damage) -> None:
    if data.translate(None, _EXPECTED):
        damage.note()


def _base64_groups(data: bytes, damage: Damage, *, final: bool) -> tuple[bytes, bytes, bool]:
    """Decode the whole groups of a damaged or last slice: what was decoded, what is left over, and if it ended."""
    out: list[bytes] = []
    symbols: list[bytes] = []
    count = group = start = 0
    for seen, run in enumerate(_EQUALS.finditer(data)):
        if seen == _MOST_EQUALS:
            break
        symbols.append(data[start : run.start()].translate(None, _NOT_BASE64))
        _note_noise(data[start : run.start()], damage)
        start = run.end()
        count += len(symbols[-1])
        if count % 4 < 2:
            # A `=` that cannot be padding is noise.
            damage.note()
            continue
        if not final and len(data) - start < _LOOK_AHEAD:
            # What follows the padding decides, and is in the next slice.
            return b"".join(out), data[group:], False
        out.append(_base64_tail(b"".join(symbols)))
        if not (more := _MORE_BASE64.match(data, start)):
            if not data[start:].isspace() and start < len(data):
                damage.note(lossy=True)
            return b"".join(out), b"", True
        symbols, count, group, start = [], 0, more.end(), more.end()
    symbols.append(data[start:].translate(None, _NOT_BASE64))
    _note_noise(data[start:], damage)
    rest = b"".join(symbols)
    whole = len(rest) // 4 * 4
    out.append(pybase64.b64decode(rest[:whole], validate=True))
    return b"".join(out), rest[whole:], False


def _base64_tail(symbols: bytes) -> bytes:
    """Decode symbols that may lack their padding; a single one carries no octet."""
    whole = len(symbols) - (len(symbols) % 4 == 1)
    return pybase64.b64decode(symbols[:whole] + b"=" * (-whole % 4), validate=True)


_ENDING_SPACES = (b" \n", b" \r\n", b"\t\n", b"\t\r\n")
_NO_ESCAPE = re.compile(rb"=(?![0-9A-Fa-f]{2}|\r?\n|\Z)")
_SPACE_AT_LINE_END = re.compile(rb"(?<![ \t])[ \t]++(?=\r?\n)")


def _quoted_printable(chunks: Iterator[bytes], damage: Damage) -> Iterator[bytes]:
    carry = b""
    for chunk in chunks:
        data = carry + chunk
        cut = data.rfind(b"\n") + 1
        if not cut:
            escape = data.rfind(b"=", max(0, len(data) - 3))
            cut = len(data[:escape].rstrip(b"=")) if escape >= 0 else len(data)
            if not cut and len(data) > _LONGEST_LINE:
                cut = len(data)
        carry = data[cut:]
        yield _quoted_printable_lines(data[:cut], damage)
    if carry:
        yield _quoted_printable_lines(carry.rstrip(b" \t"), damage)


def _quoted_printable_lines(data: bytes, damage: Damage) -> bytes:
    for space in _ENDING_SPACES:
        # First a single space at a time, at memory speed; a search is slow where every line has one.
        data = data.replace(space, space[1:])
    if any(space in data for space in _ENDING_SPACES):
        data = _SPACE_AT_LINE_END.sub(b"", data)
    if _NO_ESCAPE.search(data):
        damage.note()
        data = _NO_ESCAPE.sub(b"=3D", data, count=_MOST_ESCAPES)
    return binascii.a2b_qp(data)


_UU_BEGIN = re.compile(rb"^begin [0-7]{3,4} [^\n]*\n", re.MULTILINE)
_MOST_UU_LINES = 1_000_000
"""Lines that are read: full ones hold 45 bytes each."""
_UU_END = re.compile(rb"end\s*")


def _uuencode(chunks: Iterator[bytes], damage: Damage) -> Iterator[bytes]:
    begun, carry, count = False, b"", 0
    for chunk in chunks:
        data = carry + chunk
        if not begun:
            if not (begin := _UU_BEGIN.search(data)):
                # Whatever this is, it is not what it says.
                damage.note()
                yield data
                yield from chunks
                return
            begun, data = True, data[begin.end() :]
        *lines, carry = data.split(b"\n")
        decoded, ended = _uu_lines(lines, damage)
        yield decoded
        count += len(lines)
        if ended:
            return
        if count > _MOST_UU_LINES:
            damage.note(lossy=True)
            return
    decoded, ended = _uu_lines([carry], damage)
    if not ended:
        damage.note()
    yield decoded


def _uu_lines(lines: list[bytes], damage: Damage) -> tuple[bytes, bool]:
    out: list[bytes] = []
    for line in lines:
        if _UU_END.fullmatch(line):
            return b"".join(out), True
        out.append(_uu_line(line.rstrip(b"\r"), damage))
    return b"".join(out), False


def _uu_line(line: bytes, damage: Damage) -> bytes:
    if not line:
        return b""
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:
        damage.note()
        # Some encoders write more, or stranger, characters than the count says.
        count = (line[0] - 32) & 63
        symbols = bytes(byte if 32 <= byte <= 96 else 32 for byte in line[1 : (count * 4 + 5) // 3])
        return binascii.a2b_uu(bytes([32 + count]) + symbols)


_DECODERS: dict[str, Callable[[Iterator[bytes], Damage], Iterator[bytes]]] = {
    "base64": _base64,
    "quoted-printable": _quoted_printable,
    "uuencode": _uuencode,
    "x-uuencode": _uuencode,
    "x-uue": _uuencode,
    "uue": _uuencode,
}
