"""Character sets by the names that files, servers and mail programs give them, as browsers take
them (the WHATWG's Encoding Standard): many a label means more than it says, because what is so
labelled is written that way.
"""

from __future__ import annotations

import codecs
import re

_LABELS = {
    "cp1252": (
        "ansi ansinew ansi_x3.4-1968 ascii cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1"
        " iso88591 iso_8859-1 iso_8859-1:1987 l1 latin-1 latin1 us-ascii x-cp1252"
    ),
    "cp1254": (
        "csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 iso_8859-9 l5 latin5 x-cp1254"
    ),
    "cp874": "dos-874 iso-8859-11 iso8859-11 iso885911 tis-620 tis620 windows-874",
    "gb18030": (
        "chinese cn-gb cp936 csgb2312 euc-cn gb2312 gb_2312 gb_2312-80 gbk iso-ir-58 ms936 x-gbk"
        " windows-936"
    ),
    "big5hkscs": "big5 big5-eten big5-hkscs cn-big5 cp950 csbig5 x-x-big5 windows-950",
    "cp932": (
        "cp932 csshiftjis csshift_jis ms_kanji ms932 shift-jis shift_jis sjis windows-31j"
        " windows-932 x-sjis"
    ),
    "euc_jis_2004": "cseucpkdfmtjapanese euc-jp euc_jp eucjp x-euc-jp",
    "cp949": (
        "cseuckr csksc56011987 cp949 euc-kr euc_kr euckr iso-ir-149 korean ks_c_5601"
        " ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 uhc windows-949 x-windows-949"
    ),
    "iso8859_6": "arabic asmo-708 ecma-114 iso-8859-6-e iso-8859-6-i",
    "iso8859_8": "hebrew iso-8859-8-e iso-8859-8-i logical visual",
    "mac_roman": "applemac csmacintosh mac macintosh x-mac-roman",
    "mac_cyrillic": "x-mac-cyrillic x-mac-ukrainian",
    "koi8_r": "cskoi8r koi koi8 koi8_r",
    "koi8_u": "koi8-ru",
    "cp866": "866 csibm866",
    "iso8859_15": "latin9 latin-9 l9",
    "utf-8": "unicode-1-1-utf-8 utf8mb4 x-unicode20utf8",
    "utf-16-le": "csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff utf-16 utf-16le utf16",
    "utf-16-be": "unicodefffe utf-16be",
    "iso2022_jp": "csiso2022jp iso-2022-jp iso-2022-jp-ms iso-2022-jp-1 iso-2022-jp-2 cp50220 jis",
    "hz": "hz hz-gb-2312",
}
_CODECS = {label: codec for codec, labels in _LABELS.items() for label in labels.split()}
# Codecs that a file may name but that are no encodings of whole texts.
_NOT_ENCODINGS = {"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape"}
_NOT_ENCODINGS |= {"mbcs", "oem"}
SEVEN_BIT = {"hz", "iso2022_jp", "iso2022_kr", "utf-7"}
"""Codecs of text that looks like ASCII."""

_NAMES = {
    "big5hkscs": "Big5",
    "cp866": "IBM866",
    "cp932": "Shift_JIS",
    "cp949": "EUC-KR",
    "euc_jis_2004": "EUC-JP",
    "gb18030": "GB18030",
    "hz": "HZ",
    "iso2022_jp": "ISO-2022-JP",
    "iso2022_kr": "ISO-2022-KR",
    "koi8_r": "KOI8-R",
    "koi8_u": "KOI8-U",
    "mac_roman": "Mac Roman",
}

_JIS_ESCAPES = re.compile(rb"(\x1b(?:\$[@B]|\([BJI]))")


def codec_of(label: str) -> str | None:
    """The codec for a label, None for one that nobody knows."""
    name = label.strip().strip("\"'").lower()
    try:
        codec = codecs.lookup(_CODECS.get(name, name)).name
    except (LookupError, ValueError):
        return None
    if codec.replace("-", "_") in _NOT_ENCODINGS or not codecs.lookup(codec)._is_text_encoding:
        return None
    return _CODECS.get(codec, codec)


def name_of(codec: str) -> str:
    """A codec's name as people know it."""
    name = codec.replace("-", "_").replace("iso8859_", "iso-8859-")
    return _NAMES.get(name) or (name if "8859" in name else codec).upper().replace("CP", "Windows-")


def text_in(data: bytes, codec: str, errors: str = "strict") -> str:
    """The text of some bytes. Raises `UnicodeError`.

    Bytes that Windows leaves out of its Western set are controls, as in browsers.
    """
    if codec == "iso2022_jp":
        return _jis(data, errors)
    text = data.decode(codec, "controls" if codec == "cp1252" else errors)
    if codec == "utf-7":  # alone among codecs, it gives halves of characters
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def _as_control(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return chr(error.object[error.start]), error.start + 1


codecs.register_error("controls", _as_control)


def _jis(data: bytes, errors: str) -> str:
    """Japanese in seven bits."""
    for codec in ("iso2022_jp_2", "iso2022_jp_ext"):
        try:
            return data.decode(codec)
        except UnicodeDecodeError:
            continue
    return _jis_of_windows(data, errors)


def _jis_of_windows(data: bytes, errors: str) -> str:
    """The same with circled numbers, units and rare names, which only Shift_JIS of Windows has."""
    read, mode = [], b"\x1b(B"
    for part in _JIS_ESCAPES.split(data):
        if _JIS_ESCAPES.fullmatch(part):
            mode = part
        elif mode in (b"\x1b(B", b"\x1b(J"):
            read.append(part.decode("ascii", errors))
        elif mode == b"\x1b(I":
            read.append(bytes(byte | 0x80 for byte in part).decode("cp932", errors))
        else:
            read.append(_shifted(part).decode("cp932", errors))
    return "".join(read)


def _shifted(rows: bytes) -> bytes:
    """Pairs of row and cell, as Shift_JIS packs them: two rows behind one first byte."""
    packed = bytearray()
    for first, second in zip(rows[::2], rows[1::2], strict=False):
        row, cell = first - 0x21, second - 0x21
        lead = row // 2 + (0x81 if row < 62 else 0xC1)
        trail = cell + (0x9F if row % 2 else 0x40 + (cell >= 63))
        packed += bytes((lead & 0xFF, trail & 0xFF))
    return bytes(packed)
