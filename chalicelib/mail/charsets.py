"""Charset labels to text: what browsers do (WHATWG Encoding Standard), and the labels only mail still carries.

Bad bytes and unknown labels are data: decoding never raises, and what cannot be read becomes U+FFFD.
"""

from __future__ import annotations

import codecs
import re
from functools import cache, lru_cache

# Codec → its labels (WHATWG Encoding Standard, section 4.2, plus what mail adds: utf-7, cp437, cp850, the
# ISO-2022 family). Labels are compared without case, spaces, underscores and hyphens, so `iso_8859-1` needs
# no line of its own.
_LABELS = """
utf-8: utf8 unicode11utf8 unicode20utf8 xunicode20utf8 uft8 isoutf8 utf8mb4 cp65001 utf
utf-7: utf7 unicode11utf7 unicode20utf7 xunicode20utf7 unicode1utf7 cp65000 csunicode11utf7
utf-16: utf16 ucs2 iso10646ucs2 csunicode unicode unicodefeff utf16le
utf-16-be: utf16be unicodefffe
utf-32: utf32 ucs4 utf32le
utf-32-be: utf32be
cp1252: windows1252 cp1252 xcp1252 ansix3.41968 ascii usascii iso646us ansix3.41986 iso88591
cp1252: iso88591:1987 l1 latin1 cp819 ibm819 isoir100 csisolatin1 8859 88591 win1252 windows cp20127
cp1252: ansi 8bit 7bit us iso8859
iso8859_2: iso88592 iso88592:1987 l2 latin2 isoir101 csisolatin2 88592
iso8859_3: iso88593 iso88593:1988 l3 latin3 isoir109 csisolatin3 88593
iso8859_4: iso88594 iso88594:1988 l4 latin4 isoir110 csisolatin4 88594
iso8859_5: iso88595 iso88595:1988 cyrillic isoir144 csisolatincyrillic 88595
iso8859_6: iso88596 iso88596:1987 arabic isoir127 ecma114 asmo708 csisolatinarabic iso88596e iso88596i
iso8859_6: 88596
iso8859_7: iso88597 iso88597:1987 greek greek8 isoir126 ecma118 elot928 suneugreek csisolatingreek
iso8859_7: 88597
iso8859_8: iso88598 iso88598:1988 hebrew isoir138 visual csisolatinhebrew iso88598e iso88598i logical
iso8859_8: 88598
iso8859_10: iso885910 l6 latin6 isoir157 csisolatin6
iso8859_13: iso885913 latin7
iso8859_14: iso885914 latin8
iso8859_15: iso885915 l9 latin9 csisolatin9 885915
iso8859_16: iso885916 latin10
cp874: windows874 dos874 tis620 iso885911 cp874 thai
cp1250: windows1250 cp1250 xcp1250 win1250
cp1251: windows1251 cp1251 xcp1251 win1251
cp1253: windows1253 cp1253 xcp1253 win1253
cp1254: windows1254 cp1254 xcp1254 win1254 iso88599 iso88599:1989 l5 latin5 isoir148 csisolatin5
cp1254: 88599
cp1255: windows1255 cp1255 xcp1255 win1255
cp1256: windows1256 cp1256 xcp1256 win1256
cp1257: windows1257 cp1257 xcp1257 win1257
cp1258: windows1258 cp1258 xcp1258 win1258
koi8_r: koi8r koi koi8 cskoi8r
koi8_u: koi8u koi8ru
cp437: cp437 ibm437 437 cspc8codepage437 dos437
cp737: cp737 ibm737
cp775: cp775 ibm775
cp850: cp850 ibm850 850 cspc850multilingual
cp852: cp852 ibm852 852
cp855: cp855 ibm855 855
cp857: cp857 ibm857 857
cp858: cp858 ibm858 ibm00858
cp860: cp860 ibm860 860
cp861: cp861 ibm861 861
cp862: cp862 ibm862 862 dos862
cp863: cp863 ibm863 863
cp864: cp864 ibm864
cp865: cp865 ibm865 865
cp866: cp866 ibm866 866 csibm866
cp869: cp869 ibm869 869
cp037: cp037 ibm037 ebcdiccpus
cp500: cp500 ibm500
mac_roman: macintosh mac xmacroman macroman csmacintosh
mac_cyrillic: xmaccyrillic xmacukrainian maccyrillic
mac_latin2: xmacce xmaccentraleurope maccentraleurope xmaccentraleurroman
mac_greek: xmacgreek
mac_turkish: xmacturkish
gb18030: gb18030 gbk xgbk gb2312 gb231280 gb23121980 csgb2312 isoir58 csiso58gb231280 chinese cp936
gb18030: 936 windows936 ms936 euccn xeuccn gb gb_2312
hz: hzgb2312 hz
big5hkscs: big5 big5hkscs cnbig5 csbig5 xxbig5 cp950 windows950 big5eten
cp932: shiftjis sjis xsjis mskanji csshiftjis windows31j windows932 cp932 ms932 cswindows31j
cp932: xmscp932 mac_japanese xmacjapanese
euc_jis_2004: eucjp xeucjp ujis cseucpkdfmtjapanese
cp949: euckr cseuckr korean ksc56011987 ksc56011989 ksc5601 csksc56011987 isoir149 windows949 cp949
cp949: 949 uhc ms949 xwindows949 ksc_5601
johab: johab cp1361
euc_jis_2004: eucjisx0213 eucjis2004
shift_jis_2004: shiftjis2004 shiftjisx0213
cp720: cp720 ibm720
cp856: cp856 ibm856
cp1006: cp1006
cp1125: cp1125 ruscii cp866u
cp424: cp424 ibm424
cp1026: cp1026 ibm1026
cp1140: cp1140 ibm1140 ibm01140
cp273: cp273 ibm273
koi8_t: koi8t
kz1048: kz1048 strk10482002 rk1048
ptcp154: ptcp154 cp154 pt154 cyrillicasian
hp_roman8: hproman8 roman8 r8 cshproman8
mac_iceland: maciceland xmaciceland xmacicelandic
iso2022_kr: iso2022kr csiso2022kr
iso-2022-jp: iso2022jp csiso2022jp iso2022jp1 iso2022jp2 iso2022jp3 iso2022jpms cp50220 cp50221 cp50222
iso-2022-jp: jis
x-user-defined: xuserdefined
"""
_SQUEEZE = re.compile(r"[\s_\-\"'<>;,]+")
_CODEC_OF = {
    _SQUEEZE.sub("", label): codec
    for codec, _, labels in (line.partition(": ") for line in _LABELS.split("\n"))
    for label in labels.split()
}
# A label that was damaged on its way (`3Dutf-8`, `=utf-8`, `charset=utf-8`, `utf-8return-path:`) still names
# its charset.
_WITHIN = re.compile(r"utf8|iso2022jp|iso8859(?:1[0-6]|[1-9])|windows12?5[0-8]|koi8[ru]|gb18030|gb2312|big5|usascii")
_SINGLE_BYTE = re.compile(r"cp(?:125\d|874|437|[78]\d\d|037|500)|iso8859_|koi8|mac_")
_LONGEST_LABEL = 60
_DEFAULT = "cp1252"


@lru_cache(maxsize=1024)
def codec_of(label: str) -> str | None:
    """Name the codec that `label` means, or None when no known charset is meant."""
    squeezed = _SQUEEZE.sub("", label[:_LONGEST_LABEL].lower())
    if found := _CODEC_OF.get(squeezed):
        return found
    if within := _WITHIN.search(squeezed):
        return _CODEC_OF.get(within.group())
    return None


def decode(data: bytes, charset: str | None) -> str:
    """Decode `data` as the charset its label names; never raises.

    A missing or unknown label, and bytes above 127 under the label us-ascii, are read as UTF-8 if they are
    valid UTF-8, else as windows-1252. Bytes that the charset does not have become U+FFFD, those that a
    single-byte charset leaves open the control character of the same number (WHATWG Encoding Standard,
    section 9).
    """
    codec = codec_of(charset) if charset else None
    if codec is None or (codec == _DEFAULT and "ascii" in (charset or "").lower()):
        return _guess(data)
    if data.startswith(codecs.BOM_UTF8):
        return data[3:].decode("utf-8", "replace")
    if codec == "utf-8":
        return data.decode("utf-8", "replace")
    if _SINGLE_BYTE.match(codec):
        return codecs.charmap_decode(data, "replace", _table(codec))[0]
    special = _SPECIAL.get(codec)
    return special(data) if special else data.decode(codec, "replace")


def _guess(data: bytes) -> str:
    try:
        return data.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError:
        return codecs.charmap_decode(data, "replace", _table(_DEFAULT))[0]


@cache
def _table(codec: str) -> str:
    return "".join(bytes([byte]).decode(codec, "ignore") or chr(byte) for byte in range(256))


def _utf16(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_BE, codecs.BOM_UTF16_LE)):
        return data.decode("utf-16", "replace")
    return data.decode("utf-16-le", "replace")


def _utf16_be(data: bytes) -> str:
    if data.startswith(codecs.BOM_UTF16_LE):
        return data.decode("utf-16", "replace")
    return data.removeprefix(codecs.BOM_UTF16_BE).decode("utf-16-be", "replace")


def _user_defined(data: bytes) -> str:
    return "".join(chr(byte) if byte < 0x80 else chr(0xF700 + byte) for byte in data)


def _utf7(data: bytes) -> str:
    # Python's decoder gives a lone surrogate for half a pair; a str with one cannot be stored as UTF-8.
    return data.decode("utf-7", "replace").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _euc_jp(data: bytes) -> str:
    try:
        return data.decode("euc_jp")
    except UnicodeDecodeError:
        return data.decode("euc_jis_2004", "replace")


_ESCAPE = re.compile(rb"\x1b(?:\$[@B]|\$\([@BCDOPQ]|\([BJHI]|\$A|[.][AF])")
_JIS_X_0208 = (b"\x1b$@", b"\x1b$B", b"\x1b$(@", b"\x1b$(B")


def _iso2022_jp(data: bytes) -> str:
    """RFC 1468, with the rows that only Windows has (NEC and IBM extensions), which Python's own codec refuses."""
    try:
        return data.decode("iso2022_jp_ext")
    except UnicodeDecodeError:
        pass
    pieces = []
    start, escape = 0, b""
    for mark in [*_ESCAPE.finditer(data), None]:
        pieces.append(_jis_run(data[start : mark.start() if mark else len(data)], escape))
        if mark:
            start, escape = mark.end(), mark.group()
    return "".join(pieces)


def _jis_run(run: bytes, escape: bytes) -> str:
    if escape in _JIS_X_0208:
        return _shift(run).decode("cp932", "replace")
    if escape == b"\x1b(I":
        return bytes(byte | 0x80 for byte in run).decode("cp932", "replace")
    if escape in (b"", b"\x1b(B", b"\x1b(J"):
        return run.decode("ascii", "replace")
    return (escape + run).decode("iso2022_jp_ext", "replace")


def _shift(run: bytes) -> bytes:
    """JIS X 0208 rows and cells to the Shift_JIS bytes of the same character."""
    out = bytearray()
    at = 0
    while at < len(run):
        high, low = run[at], run[at + 1] if at + 1 < len(run) else 0
        if not (0x21 <= high <= 0x7E and 0x21 <= low <= 0x7E):
            out.append(high)
            at += 1
            continue
        out.append(((high + 1) >> 1) + (0x70 if high < 0x5F else 0xB0))
        out.append(low + (0x7E if high % 2 == 0 else 0x1F if low < 0x60 else 0x20))
        at += 2
    return bytes(out)


_SPECIAL = {
    "utf-16": _utf16,
    "utf-16-be": _utf16_be,
    "utf-7": _utf7,
    "iso-2022-jp": _iso2022_jp,
    "euc_jis_2004": _euc_jp,
    "x-user-defined": _user_defined,
}
