"""Which character set bytes are in that nobody declared: the one that reads most like a language.

Chinese, Japanese and Korean sets put the common characters together, so that the right one shows by
how many of them a text has. The others are compared by charset-normalizer and by what hardly stands
in a text: letters of two scripts in one word, capitals and symbols inside of words.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from mplus_cli.readers.letters.charsets import text_in

USUAL = "cp1252"
# What files are in; the rest of what Python knows would only win by accident.
_ONE_BYTE = [USUAL, *(f"cp125{number}" for number in (0, 1, 3, 4, 5, 6, 7)), "cp874", "koi8_r"]
_ONE_BYTE += ["koi8_u", "cp866", "mac_roman", "mac_cyrillic", "iso8859_2", "iso8859_5", "cp850"]
_EAST_ASIAN = ["gb18030", "cp949", "euc_jis_2004", "cp932", "big5hkscs"]

_SAMPLE_BYTES = 64 * 1024
_JUDGED_BYTES = 8 * 1024  # of the sample, character by character
_SURE_CHARACTERS = 12  # of an East Asian text
_ENOUGH_COMMON = 3
_SURE_LEAD = 0.15
_SURE_AT_MOST = 0.3
_USUAL_LEAD = 0.1  # what is only a little better than Windows-1252 is an accident

_CYRILLIC = "оеаинтсрвлкмдпуяыьгзбчйі"
_CENTRAL = "ąćęłńóśźżáčďéěíňřšťúůýžöüäőűâîăşţ"
_WESTERN = "éèàùçâêîôûëïüöäßñáíóúãõåæøœ°§ªº«»’“”„–—…·•¿¡€£½²³®©™µ±×"
# Letters and signs of a set that its languages use much. (ð and þ are Icelandic, but for every
# Icelander there are ten who write Lithuanian or Latvian.)
_MUCH_USED = {
    "cp1252": _WESTERN,
    "mac_roman": _WESTERN,
    "cp1250": _CENTRAL + "„”–…",
    "cp850": _WESTERN,
    "iso8859_2": _CENTRAL,
    "iso8859_5": _CYRILLIC,
    "mac_cyrillic": _CYRILLIC + "«»–—№",
    "cp1251": _CYRILLIC + "«»–—№",
    "koi8_r": _CYRILLIC,
    "koi8_u": _CYRILLIC + "їєґ",
    "cp866": _CYRILLIC,
    "cp1253": "αοιετσνηυρπκμλςωόίάέήύώδγθχφβξ",
    "cp1254": "ışğçöüâi\u0307",
    "cp1255": "יוהלארתבשמםנדקעחפכצגןסטז",
    "cp1256": "ايلمنرتبوعدهسفةكقحجشصطىءأإئخ،",
    "cp1257": "ąčęėįšųūžāēģīķļņōõäöü",
    "cp874": "านรอกเงมยลวดทสตะปบคหแจพชขใไโผศณซธภฟถัิีึืุู่้์็ำ",
}

# First bytes of common characters: those of the first level, syllables, kana, signs.
_COMMON = {
    "gb18030": [(0xA1, 0xA3), (0xB0, 0xD7)],
    "cp949": [(0xA1, 0xA3), (0xB0, 0xC8)],
    "euc_jis_2004": [(0xA1, 0xA5), (0xB0, 0xCF)],
    "cp932": [(0x81, 0x83), (0x87, 0x97)],
    "big5hkscs": [(0xA1, 0xA3), (0xA4, 0xC6)],
}
_COMMON_SECOND = {"gb18030": 0xA1, "cp949": 0xA1, "euc_jis_2004": 0xA1}
_KANA = re.compile("[\u3041-\u30ff]")
_PAIRS = {
    "cp932": re.compile(rb"[\x81-\x9f\xe0-\xfc][\x40-\xfc]|[\xa1-\xdf]"),
    "euc_jis_2004": re.compile(rb"\x8f[\xa1-\xfe]{2}|[\x8e\xa1-\xfe][\xa1-\xfe]"),
}
_PAIR = re.compile(rb"[\x81-\xfe][\x30-\xfe]")

_SMALL, _CAPITAL = (
    "a-z\u00df-\u00f6\u00f8-\u00ff\u0430-\u045f\u03ac-\u03ce",
    ("A-Z\u00c0-\u00d6\u00d8-\u00de\u0178\u017d\u0160\u0141\u0410-\u042f\u0391-\u03a9"),
)
_LETTER = f"{_SMALL}{_CAPITAL}\u0100-\u0386\u0388-\u03ff\u0400-\u06ff\u0e01-\u0e4e"
_SIGN = "\u0080-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf\u00d7\u00f7\u02c6-\u02dd"
_SIGN += "\u2013-\u2018\u201a-\u25ff\ufb01\ufb02\uf8ff"
_ODD = re.compile(
    f"(?<=[{_SMALL}])(?=[^\\x00-\\x7f])[{_CAPITAL}]"
    f"|(?<=[{_LETTER}])[{_SIGN}](?=[{_LETTER}])"
    "|(?<=[A-Za-z])[\u0370-\u06ff\u0e01-\u0e4e]|(?<=[\u0370-\u06ff\u0e01-\u0e4e])[A-Za-z]"
    "|[\u0080-\u009f\u2500-\u259f\ue000-\uf8ff\u0132\u0133\u02c6-\u02dd\u2021¤¦¬´]"
    "|(?<![א-ת])[\u05b0-\u05c7]|(?<![ก-ฮ])[\u0e31\u0e34-\u0e3a]"
    "|[À-ÖØ-öø-ÿ](?=[0-9])|(?<!\\w)[ìîïñßçðþÄÜÎÌÏÑ](?!\\w)"
    "|[À-ÖØ-öø-ÿ]{4,}"
)
_BETWEEN_LETTERS = re.compile("(?<=[A-Za-z])[\u3040-\u9fff\uac00-\ud7a3]+(?=[A-Za-z])")
_OF_WINDOWS = re.compile(rb"[\x80-\x9f]")
# What stands between ASCII characters tells nothing.
_AMID_ASCII = re.compile(rb"(?<=[\x00-\x7f])[\x00-\x7f]+(?=[\x00-\x7f])")
_BEYOND = re.compile("[^\\x00-\\x7f]")


@dataclass(frozen=True)
class Guess:
    """A codec, and whether hardly another one can be meant."""

    codec: str
    is_sure: bool


def guess(data: bytes) -> Guess:
    """The character set of bytes that are not UTF-8."""
    sample = _sample(data)
    return _east_asian(sample) or _one_byte(sample)


def _east_asian(sample: bytes) -> Guess | None:
    """An East Asian character set, where nearly all characters are common ones of it."""
    shares = sorted(
        ((_common_share(sample, codec), -rank, codec) for rank, codec in enumerate(_EAST_ASIAN)),
        reverse=True,
    )
    (best, _, codec), (second, _, _) = shares[:2]
    if best < 0.9:
        return None
    korean = next(share for share, _, name in shares if name == "cp949")
    if korean > 0.97:  # all of its syllables are common characters in Chinese, too
        codec, second = "cp949", 0.0
    text = text_in(sample, codec, "replace")
    characters = len(text) - len(text.encode("ascii", "ignore"))
    return Guess(codec, characters >= _SURE_CHARACTERS and best > second)


def _common_share(sample: bytes, codec: str) -> float:
    """How many characters beyond ASCII are common in a set; 0 where the bytes can't be in it."""
    try:
        text = text_in(sample, codec)
    except UnicodeError:
        return 0.0
    pairs = _PAIRS.get(codec, _PAIR).findall(sample[:_JUDGED_BYTES])
    doubles = [pair for pair in pairs if len(pair) > 1]
    common = sum(
        count
        for pair, count in Counter(doubles).items()
        if any(low <= pair[0] <= high for low, high in _COMMON[codec])
        and pair[1] >= _COMMON_SECOND.get(codec, 0)
    )
    if common >= _ENOUGH_COMMON:  # then narrow kana among them are some
        pairs = doubles
    if len(pairs) < 2 or all(pair[-1] < 0x80 for pair in pairs):  # such as an é before a letter
        return 0.0
    share: float = (common - len(_BETWEEN_LETTERS.findall(text[:_JUDGED_BYTES]))) / len(pairs)
    if codec in ("euc_jis_2004", "cp932"):  # hardly a Japanese sentence is without kana
        share -= 0.0 if len(_KANA.findall(text[:_JUDGED_BYTES])) > len(pairs) / 10 else 0.05
    elif codec == "gb18030" and len(_KANA.findall(text[:_JUDGED_BYTES])) > len(pairs) / 10:
        share -= 0.5
    return share


def _one_byte(sample: bytes) -> Guess:
    """A character set of one byte a letter, by how much speaks against it, the usual one first."""
    against = _against(sample)
    if not against:
        return Guess(USUAL, False)
    best = min(against, key=lambda codec: against[codec])
    if best == USUAL and b"\xa4" in sample and not _OF_WINDOWS.search(sample):
        return Guess("iso8859_15", False)  # the euro sign, where Latin-1 has one that nobody uses
    texts = {codec: text_in(sample, codec, "replace") for codec in against}
    others = [against[codec] for codec in against if texts[codec] != texts[best]]
    is_sure = min(others, default=1.0) - against[best] >= _SURE_LEAD
    return Guess(best, is_sure and against[best] < _SURE_AT_MOST)


def _against(sample: bytes) -> dict[str, float]:
    from charset_normalizer import from_bytes

    judged = _AMID_ASCII.sub(b" ", sample[:_JUDGED_BYTES])
    found = from_bytes(sample, cp_isolation=_ONE_BYTE, preemptive_behaviour=False)
    against: dict[str, float] = {
        match.encoding: match.chaos
        - match.coherence
        + _oddness(text_in(judged, match.encoding, "replace"), match.encoding)
        for match in found
    }
    # It leaves out what is as another one, and whatever holds a byte that Windows leaves out.
    against.setdefault(USUAL, _oddness(text_in(judged, USUAL), USUAL))
    against[USUAL] -= _USUAL_LEAD
    if "cp850" in against:
        against["cp850"] += _USUAL_LEAD  # of DOS: older than nearly all files
    return against


def _oddness(text: str, codec: str) -> float:
    """How much of what is beyond ASCII is little used or hardly stands where it stands, 0 to 2."""
    beyond = _BEYOND.findall(text.lower())
    little_used = sum(character not in _MUCH_USED[codec] for character in beyond)
    return (len(_ODD.findall(text)) + little_used) / max(len(beyond), 1)


def _sample(data: bytes) -> bytes:
    """A stretch around the first byte beyond ASCII, from line to line where it has lines."""
    first = re.search(rb"[\x80-\xff]", data)
    start = max(first.start() - _SAMPLE_BYTES // 4, 0) if first else 0
    start = data.rfind(b"\n", 0, start) + 1 if start else 0
    end = start + _SAMPLE_BYTES
    if end < len(data):
        end = data.rfind(b"\n", start, end) + 1 or end
    return data[start:end]
