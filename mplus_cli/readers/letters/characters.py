"""One way to write a character: what looks alike is searched and read alike.

Letters come composed (NFC), ligatures as their letters, spaces that keep words together as spaces;
what has no width and only guides the setting of type goes. NFKC as a whole would go too far: it
makes 106 of 10⁶ and 11⁄2 of 1½.
"""

from __future__ import annotations

import re
import unicodedata

# No-break, figure and narrow no-break space; a hyphen that keeps words together; the fraction bar.
_PLAIN = {"\u00a0": " ", "\u2007": " ", "\u202f": " ", "\u2011": "-", "\u2044": "/"}
# Soft hyphen, zero-width space, word joiner, byte order mark, marks of the direction of writing.
_GONE = "\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff"
# Forms of letters that only old fonts need: Latin ligatures, radicals of CJK, Arabic.
_FORMS = "\ufb00-\ufb06\u2f00-\u2fd5\ufb50-\ufbb1\ufbd3-\ufd3d\ufd50-\ufdc7\ufe70-\ufefc"
_ODD = re.compile(f"[{''.join(_PLAIN)}{_GONE}{_FORMS}]")
# Most texts hold nothing but characters that stay as they are, and one look tells it: Latin, Greek
# and Cyrillic letters, dashes, quotation marks and signs, East Asian scripts.
_AS_IT_IS = re.compile(
    "[\x00-\x9f\xa1-\xac\xae-\u02ff\u0388-\u0482\u048a-\u0590\u1e00-\u1f70"
    "\u2012-\u2029\u2030-\u2043\u20a0-\u20cf\u212c-\u2328"
    "\u3000-\u3029\u3030-\u3098\u309b-\ua66e\uac00-\ud7a3\uff00-\uffef]*+"
)
# They keep letters apart, or together. In Latin script that is only a matter of type.
_JOINERS = re.compile(r"(?<=[A-Za-z\u00c0-\u024f])[\u200c\u200d]+(?=[A-Za-z\u00c0-\u024f])")


def tidy(text: str) -> str:
    """A text with its characters written in one way."""
    if text.isascii() or _AS_IT_IS.fullmatch(text):
        return text
    text = _ODD.sub(_plain, text)
    if "\u200c" in text or "\u200d" in text:
        text = _JOINERS.sub("", text)
    return text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)


def _plain(match: re.Match[str]) -> str:
    character = match[0]
    if character in _PLAIN:
        return _PLAIN[character]
    form = unicodedata.normalize("NFKC", character)
    return form if form != character else ""
