"""Bytes to text: which encoding they are in, and whether they are text at all."""

from __future__ import annotations

import codecs
import re

from mplus_cli.errors import NoTextError

_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# Escape is left out: logs carry colour codes.
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x9f]")
_MAX_CONTROL_SHARE = 0.05
_HINT = "convert it to text, PDF, an Office file or another document that mplus reads"

_SAMPLE_BYTES = 64 * 1024
_USUAL = "cp1252"
# What files are in; the rest of what Python knows would only win by accident.
_CANDIDATES = [_USUAL, *(f"cp125{number}" for number in (0, 1, 3, 4, 5, 6, 7)), "cp874", "koi8_r"]
_CANDIDATES += ["cp866", "cp932", "euc_jp", "gb18030", "big5", "cp949"]
# Codecs that a file may name but that are no encodings of whole texts.
_NOT_ENCODINGS = {"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape"}
_NOT_ENCODINGS |= {"mbcs", "oem"}


def decode(data: bytes, declared: str | None = None) -> str:
    """The text of some bytes, its lines ended by "\\n".

    UTF-8 and UTF-16 are told by their form; what is neither is in the encoding that the file
    declares, else in the one that fits best. Raises `NoTextError` for anything that is not text.
    """
    refuse_nul(data)
    text = _decode(data, declared)
    controls = len(_CONTROLS.findall(text))
    if controls > _MAX_CONTROL_SHARE * len(text):
        share = f"{controls / len(text):.0%}"
        raise NoTextError(f"not text: {share} of its characters are control characters", _HINT)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def refuse_nul(data: bytes) -> None:
    """Raise `NoTextError` for bytes that hold NUL, as most that are not text do.

    Quick, for nothing is decoded.
    """
    if b"\0" in data and not data.startswith(_UTF16_MARKS) and not _bare_utf16(data):
        raise NoTextError("not text: it holds NUL bytes", _HINT)


def head(data: bytes, size: int = 4096) -> str:
    """The beginning of what may be text, to see what it is."""
    if data.startswith(_UTF16_MARKS):
        return data[:size].decode("utf-16", "replace")
    return data[:size].decode(_bare_utf16(data) or "utf-8-sig", "replace")


def _decode(data: bytes, declared: str | None) -> str:
    utf16 = "utf-16" if data.startswith(_UTF16_MARKS) else _bare_utf16(data)
    if utf16:
        try:
            return data.decode(utf16)
        except UnicodeDecodeError as error:
            reason = "not text: it begins like UTF-16 and goes on otherwise"
            raise NoTextError(reason, _HINT) from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _as_declared(data, declared) or _as_guessed(data)


def _bare_utf16(data: bytes) -> str | None:
    """The byte order of UTF-16 without a mark, where it is that.

    The NULs on one side of its Latin letters tell it.
    """
    sample = data[:4096]
    low, high = sample[::2].count(0), sample[1::2].count(0)
    if len(data) % 2 == 0 and max(low, high) > 0.4 * len(sample) / 2 and min(low, high) == 0:
        return "utf-16-be" if low else "utf-16-le"
    return None


def _as_declared(data: bytes, declared: str | None) -> str | None:
    if not declared:
        return None
    try:
        codec = codecs.lookup(declared.strip()).name
        return None if codec in _NOT_ENCODINGS else data.decode(codec)
    except (LookupError, ValueError):
        return None


def _as_guessed(data: bytes) -> str:
    """UTF-8 with a few broken bytes where that is likelier, else what fits best."""
    repaired = data.decode("utf-8-sig", "replace")
    broken = repaired.count("\ufffd")
    beyond_ascii = len(repaired) - len(repaired.encode("ascii", "ignore"))
    if beyond_ascii > 2 * broken:
        return repaired
    for encoding in (_best_fit(data), _USUAL):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def _best_fit(data: bytes) -> str:
    """The encoding in which a sample looks most like a language.

    Windows-1252 where it looks as much like one in it.
    """
    from charset_normalizer import from_bytes

    found = from_bytes(_sample(data), cp_isolation=_CANDIDATES, preemptive_behaviour=False)
    best = found.best()
    if best is None:
        return _USUAL
    usual = next((match for match in found if _USUAL in match.could_be_from_charset), None)
    if (
        usual is not None
        and usual.chaos <= best.chaos + 0.1
        and usual.coherence >= best.coherence - 0.01
    ):
        return _USUAL
    return best.encoding


def _sample(data: bytes) -> bytes:
    """A stretch around the first byte beyond ASCII, from line to line where it has lines."""
    first = re.search(rb"[\x80-\xff]", data)
    start = max(first.start() - _SAMPLE_BYTES // 4, 0) if first else 0
    start = data.rfind(b"\n", 0, start) + 1 if start else 0
    end = start + _SAMPLE_BYTES
    if end < len(data):
        end = data.rfind(b"\n", start, end) + 1 or end
    return data[start:end]
