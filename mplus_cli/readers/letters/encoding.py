"""Bytes to text: which encoding they are in, and whether they are text at all."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections import Counter

from mplus_cli.errors import NoTextError
from mplus_cli.readers.job import Job
from mplus_cli.readers.letters.charsets import SEVEN_BIT, codec_of, name_of, text_in

_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_UTF32_MARKS = {codecs.BOM_UTF32_LE: "utf-32-le", codecs.BOM_UTF32_BE: "utf-32-be"}
# Escape is left out: logs carry colour codes.
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x9f]")
_NO_CONTROLS = re.compile(r"[^\x00-\x08\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x9f]*+")  # twice as quick
_ASCII_CONTROLS = bytes(code for code in range(128) if _CONTROLS.match(chr(code)))
_MAX_CONTROL_SHARE = 0.05
_JUDGED_CHARACTERS = 1_000_000
_MAX_NUL_SHARE = 0.4
_MAX_BROKEN_SHARE = 0.02
BINARY = "not text: it is binary data"
HINT = "convert it to text, PDF, an Office file or another document that mplus reads"

_SAMPLE_BYTES = 4096
_MIN_WIDE_CHARACTERS = 8
_NULS = re.compile(rb"(?<=[^\s\0])\0+(?=[^\s\0])|(\0+)")
_ESCAPES = {
    "iso2022_jp": re.compile(rb"\x1b\$[@B]"),
    "iso2022_kr": re.compile(rb"\x1b\$\)C"),
    # The first level of GB 2312 alone: formats of Lisp look alike.
    "hz": re.compile(rb"~\{(?:[\x21-\x23\x30-\x57][\x21-\x7e]){4,}~\}"),
}
_COMMENT = rb"[ \t\f]*(?:[#;%\"!]|//|/\*|--|<!--|\.\.|\(\*)"
_DECLARED = (
    re.compile(rb"\s*<\?xml\b[^>]*?\bencoding\s*=\s*[\"']([\w.:-]+)"),
    re.compile(rb"@charset\s+[\"']([\w.:-]+)"),
    re.compile(rb"(?:[^\n]*\n)?" + _COMMENT + rb"[^\n]*?coding\s*[:=]\s*([\w.-]+)"),
    re.compile(rb"(?s:.*?)\\usepackage\[(\w+)\]\{inputenc\}"),
)
_DECLARED_AT_END = re.compile(rb"\bvim?:[^\n]*?\b(?:fenc|fileencoding)=([\w.-]+)[^\n]*\n*\Z")
_DECLARED_WITHIN_BYTES = 2048


def decode(data: bytes, declared: str | None = None, job: Job | None = None) -> str:
    """The text of some bytes, its lines ended by "\\n".

    UTF-8, UTF-16 and UTF-32 are told by their form; what is none of them is in the encoding that
    is `declared` in the file, or came with the bytes (`job.charset`), else in the one that fits
    best: where that is unsure, `job` is told. Raises `NoTextError` for anything that is not text.
    """
    text = _decode(data, declared or (job.charset if job else None), job)
    judged = text[:_JUDGED_CHARACTERS]
    if _count_controls(judged) > _MAX_CONTROL_SHARE * len(judged):
        raise NoTextError(BINARY, HINT)
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _count_controls(text: str) -> int:
    if not text.isascii():
        return 0 if _NO_CONTROLS.fullmatch(text) else len(_CONTROLS.findall(text))
    data = text.encode("ascii")
    return len(data) - len(data.translate(None, _ASCII_CONTROLS))


def declared_in(data: bytes) -> str | None:
    """The encoding that a text names itself: XML, CSS, LaTeX, or a comment for editors."""
    begins, ends = data[:_DECLARED_WITHIN_BYTES], data[-_DECLARED_WITHIN_BYTES:]
    matches = (pattern.match(begins) for pattern in _DECLARED)
    found = next(filter(None, matches), None) or _DECLARED_AT_END.search(ends)
    return found[1].decode("ascii", "replace") if found else None


def is_binary(data: bytes) -> bool:
    """Whether bytes hold NULs as no text does. Quick where they hold none."""
    return b"\0" in data and _wide(data) is None and _without_nuls(data) is None


def head(data: bytes, size: int = _SAMPLE_BYTES) -> str:
    """The beginning of what may be text, to see what it is."""
    return data[:size].decode(_wide(data) or "utf-8-sig", "replace").lstrip("\ufeff")


def _decode(data: bytes, declared: str | None, job: Job | None) -> str:
    wide = _wide(data)
    if wide:
        return _from_wide(data, wide, job)
    if b"\0" in data:
        cleaned = _without_nuls(data)
        if cleaned is None:
            raise NoTextError(BINARY, HINT)
        data = cleaned
    codec = codec_of(declared) if declared else None
    seven_bit = _seven_bit(data, codec, job)
    if seven_bit is not None:
        return seven_bit
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _as_declared(data, codec, job) or _as_guessed(data, job)


def _wide(data: bytes) -> str | None:
    """The codec of UTF-16 and UTF-32, by their mark or without one."""
    for mark, codec in _UTF32_MARKS.items():
        if data.startswith(mark) and _is_utf32(data[4:_SAMPLE_BYTES], codec):
            return codec
    if data.startswith(_UTF16_MARKS):
        return "utf-16"
    sample = data[:_SAMPLE_BYTES]
    if b"\0" not in sample:
        return None
    if len(data) % 4 == 0:
        for codec in _UTF32_MARKS.values():
            if _is_utf32(sample, codec):
                return codec
    return _bare_utf16(data, sample)


def _is_utf32(sample: bytes, codec: str) -> bool:
    """Whether all characters are below U+110000, and some there are."""
    top, next_to_top = (3, 2) if codec == "utf-32-le" else (0, 1)
    is_low = not any(sample[top::4]) and max(sample[next_to_top::4], default=0) <= 0x10
    return is_low and any(sample) and len(sample) >= 4


def _bare_utf16(data: bytes, sample: bytes) -> str | None:
    """The byte order of UTF-16 without a mark, where it is that.

    NULs on one side of Latin letters tell it, or that in one order it is all of one script.
    """
    low, high = sample[::2].count(0), sample[1::2].count(0)
    if min(low, high) == 0 and max(low, high) > 0.4 * len(sample) / 2:
        return "utf-16-be" if low else "utf-16-le"
    if len(data) % 2 or _without_nuls(sample) is not None:
        return None
    texts = {codec: sample.decode(codec, "replace") for codec in ("utf-16-le", "utf-16-be")}
    ordered = sorted(texts, key=lambda codec: len(texts[codec].encode("ascii", "ignore")))
    return next((codec for codec in ordered[::-1] if _is_of_a_script(texts[codec])), None)


def _is_of_a_script(text: str) -> bool:
    """Whether a text holds nothing but ASCII, letters of one script, and their signs."""
    others = [character for character in text if character > "\x7f"]
    if len(text) < _MIN_WIDE_CHARACTERS or _CONTROLS.search(text) or not others:
        return False
    if any(unicodedata.category(character) in ("Cn", "Co", "Cs") for character in set(others)):
        return False
    scripts = Counter(map(_script, others))
    return scripts.most_common(1)[0][1] + scripts["signs"] > 0.9 * len(others)


def _script(character: str) -> str:
    if character in "\u3000\ufffd" or "\u2000" <= character < "\u2c00":
        return "signs"
    if "\u3001" <= character <= "\u9fff" or character >= "\uff00":
        return "cjk"
    return unicodedata.name(character, "?").partition(" ")[0]


def _from_wide(data: bytes, codec: str, job: Job | None) -> str:
    text = data.decode(codec, "replace").removeprefix("\ufeff")
    broken = text.count("\ufffd")
    if broken > _MAX_BROKEN_SHARE * len(text):
        reason = f"not text: it begins like {codec[:6].upper()} and goes on otherwise"
        raise NoTextError(reason, HINT)
    return _told_of_damage(text, broken, job)


def _without_nuls(data: bytes) -> bytes | None:
    """A text without its NULs; None for what is binary.

    Between words they are line ends, but spaces in a text that has lines already.
    """
    if data.count(0) > _MAX_NUL_SHARE * len(data):
        return None
    between = b" " if b"\n" in data.strip() else b"\n"
    text = _NULS.sub(lambda found: b"" if found[1] else between, data)
    sample = text[: _SAMPLE_BYTES * 16]
    plain = sample.decode("utf-8", "replace")
    doubtful = len(_CONTROLS.findall(plain)) + plain.count("\ufffd")
    return text if doubtful <= 0.01 * len(plain) else None


def _seven_bit(data: bytes, codec: str | None, job: Job | None) -> str | None:
    """Text that switches sets by escapes, where that is declared or its escapes show it."""
    found = codec if codec in SEVEN_BIT and b"\xef\xbb\xbf" not in data[:3] else None
    if found is None and (b"\x1b" in data or b"~" in data) and data.isascii():
        found = next((name for name, mark in _ESCAPES.items() if mark.search(data)), None)
    if found is None:
        return None
    try:
        text = text_in(data, found)
    except UnicodeError:
        if found != codec or not data.isascii():
            return None
        text = text_in(data, found, "replace")
        text = _told_of_damage(text, text.count("\ufffd"), job)
    if found == "hz" != codec:
        _tell_guess(found, job)
    return text


def _as_declared(data: bytes, codec: str | None, job: Job | None) -> str | None:
    """The text as it is declared, but for a few broken characters; None where it is not that."""
    if codec is None or codec.startswith("utf"):
        return None
    try:
        return text_in(data, codec)
    except UnicodeError:
        text = text_in(data, codec, "replace")
    broken = text.count("\ufffd")
    if broken > _MAX_BROKEN_SHARE * len(text):
        return None
    return _told_of_damage(text, broken, job)


def _as_guessed(data: bytes, job: Job | None) -> str:
    """UTF-8 with a few broken bytes where that is likelier, else what fits best."""
    from mplus_cli.readers.letters.guessing import USUAL, guess

    repaired = data.decode("utf-8-sig", "replace")
    broken = repaired.count("\ufffd")
    beyond_ascii = len(repaired) - len(repaired.encode("ascii", "ignore"))
    if beyond_ascii >= 2 * broken:
        return _mixed(data, job)
    found = guess(data)
    if not found.is_sure:
        _tell_guess(found.codec, job)
    try:
        return text_in(data, found.codec)
    except UnicodeError:
        text = text_in(data, found.codec, "replace")
    broken = text.count("\ufffd")
    if broken > _MAX_BROKEN_SHARE * len(text):
        return text_in(data, USUAL)
    return _told_of_damage(text, broken, job)


def _mixed(data: bytes, job: Job | None) -> str:
    """UTF-8 of which some lines are in another encoding: those that hold no UTF-8 at all."""
    from mplus_cli.readers.letters.guessing import guess

    lines: list[str | bytes] = []
    for line in data.removeprefix(codecs.BOM_UTF8).split(b"\n"):
        repaired = line.decode("utf-8", "replace")
        other = "\ufffd" in repaired and not re.search("[^\\x00-\\x7f\ufffd]", repaired)
        lines.append(line if other else repaired)
    foreign = b"\n".join(line for line in lines if isinstance(line, bytes))
    codec = guess(foreign).codec if foreign else ""
    text = "\n".join(
        text_in(line, codec, "replace") if isinstance(line, bytes) else line for line in lines
    )
    if foreign and job is not None:
        job.note(f"not all of its lines are UTF-8: the others are read as {name_of(codec)}")
    return _told_of_damage(text, text.count("\ufffd") - data.count("\ufffd".encode()), job)


def _told_of_damage(text: str, broken: int, job: Job | None) -> str:
    if broken > 0 and job is not None:
        job.note(f"{broken:,} damaged character{'s' * (broken > 1)}: shown as \ufffd")
    return text


def _tell_guess(codec: str, job: Job | None) -> None:
    if job is not None:
        job.note(f"its character set is a guess: {name_of(codec)}")
