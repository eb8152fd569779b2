"""What a question asks, however it was typed: without what is said around it, spelled as the texts
are, in parts.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from mplus_cli.asking.understanding.language import language_of
from mplus_cli.asking.understanding.parts import (
    BEGINS,
    LONG_WORDS,
    PREPOSITION,
    SENTENCE,
    parts_of,
)
from mplus_cli.asking.understanding.spelling import Speller, Words
from store.index.words import asked as looked_for
from store.index.words import telling

_EMOJI = re.compile("(?: ?[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f\u200d\u20e3])+( ?)")
_QUOTES = {ord(char): '"' for char in "\u201c\u201d\u201e\u00ab\u00bb"} | {
    ord(char): "'" for char in "\u2018\u2019\u201a\u02bc"
}
_GREETING = re.compile(
    r"^(?:(?:hi|hello|hey|hallo|good (?:morning|afternoon|evening|day)|dear \w+|ok|okay|so|please|"
    r"excuse me|sorry|(?:just )?(?:a )?quick question|one (?:more )?question|question)"
    r"(?: there| all| everyone| team)?\s*[,.!:;\u2013-]+\s*|please\s+|(?:hi|hello|hey)\s+)+",
    re.IGNORECASE,
)
_POLITE = re.compile(
    r"^(?:(?:can|could|would|will) (?:you|anyone|someone|somebody)(?: please| kindly| maybe| also)?"
    r" (?:please )?(?:tell|remind|inform|show) (?:me|us)(?: please| again)?|"
    r"(?:can|could|would|will) you (?:please )?(?:say|let (?:me|us) know|look up|find out)|"
    r"(?:please )?(?:tell|remind) (?:me|us)(?: please| again)?|"
    r"(?:please )?let (?:me|us) know|"
    r"(?:i|we) (?:would|'d) (?:like|love) to (?:know|ask)|i'd like to (?:know|ask)|"
    r"(?:i|we) (?:want|need|wanted) to (?:know|ask)|"
    r"(?:i|we) (?:was|were|am|are|'m) (?:just )?wondering|i wonder|"
    r"(?:do|would) you (?:happen to )?know|any idea|"
    r"i (?:have|had) a question(?: about this)?|my question is)"
    r"(?: if you (?:know|could tell me))?[,:]?\s+",
    re.IGNORECASE,
)
_THANKS = re.compile(
    r"(?<![\s,.!;\u2013-])[\s,.!;\u2013-]*+\b"
    r"(?:(?:many )?thanks?(?: you)?(?: (?:very|so) much| a lot| in advance)?|thx|"
    r"please|pls|cheers|ty)[\s.!:)]*+(?P<mark>\?*+)[\s.!)]*+$",
    re.IGNORECASE,
)
# "How much the rent is", as a question has it within another one; what is asked for, the rest.
_TOLD = re.compile(
    r"^((?:who|whom|whose \w+|what|when|where|why|(?:what|which) \w+|how(?: \w+)?)) "
    r"((?:the|a|an|my|our|your|his|her|their|this|that|it|he|she|they|we|i)\b(?: [^\s?!.,;]+)*?) "
    r"(is|are|was|were|can|must|should|will)(?=[.?!]*$)",
    re.IGNORECASE,
)
_WHOLE = re.compile(rf"{BEGINS.pattern}|(?:{PREPOSITION})\b", re.IGNORECASE)  # "until when?"
_ABOUT = re.compile(r"^(?:the|a|an|my|our|your|his|her|their)\b", re.IGNORECASE)
GOES_ON = re.compile(
    r"^(?:(?:and|but|or|also|then)\b[\s,]*)?(?:what|how) about\b|"
    r"^(?:(?:no|nope|oh|wait|actually|sorry)\b[\s,.:;!\u2013-]*)*i mean(?:t)?\b(?: to ask)?|"
    r"^(?:and|but|or|also|then)\b",
    re.IGNORECASE,
)
# "There" and "then" only where they are a place and a time, as in "what did it cost then?".
POINTS_BACK = re.compile(
    r"\b(?:it|its|he|his|him|she|her|they|their|them|this|that|these|those|of the two|"
    r"(?<!\bis )(?<!\bare )(?<!\bwas )(?<!\bwere )there(?! (?:is|are|was|were|be|been|will)\b)|"
    r"then(?=\W*$))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Question:
    """A question as it was typed, and as it was understood.

    asked: what the model is asked; words: what is looked for in texts; read: what was typed -> what
    it was taken for; parts: the questions that it consists of, where they are several; before:
    those of the conversation that it goes on with, as one text ("": it stands by itself).
    """

    typed: str
    asked: str
    words: str
    read: dict[str, str]
    parts: tuple[Question, ...] = ()
    before: str = ""

    @property
    def searches(self) -> list[tuple[str, str]]:
        """What is searched for, by keys and by words: the question, and with those before it in
        front.
        """
        alone = (self.asked, self.words)
        front = (f"{self.before} {self.asked}", f"{self.before} {self.words}")
        return [alone, front] if self.before else [alone]

    @property
    def searched(self) -> tuple[str, ...]:
        """What was searched for, where it was not the question alone; else nothing."""
        return tuple(words for words, _ in self.searches) if self.before else ()


def understood(typed: str, words: Words, is_word: Callable[[str], bool]) -> Question:
    """What a question asks. One that is well typed stays as it is.

    words: those of the memory's texts; is_word: see `Speller`.
    """
    core = _core(_plain(typed))
    if language_of(core) not in ("", "en"):
        is_word = _never  # these common words are English ones
    spelled = Speller(words, is_word).spelled(core)
    asked = _marked(spelled.text, words)
    near = " ".join(spelled.near)
    found = f"{asked} {near}".strip()
    parts = tuple(
        Question(part, part, part if _is_whole(part) else f"{part} {found}", {})
        for part in parts_of(asked)
    )
    return Question(typed, asked, found, spelled.read, parts)


def spelled(typed: str, words: Words, is_word: Callable[[str], bool]) -> Question:
    """A question with its wording left as it is, but for words that no text has."""
    found = Speller(words, is_word).spelled(typed)
    return Question(typed, typed, f"{found.text} {' '.join(found.near)}".strip(), {})


def _never(word: str) -> bool:
    return False


def _plain(text: str) -> str:
    """Without emoji, control characters and quotation marks of other kinds."""
    text = unicodedata.normalize("NFC", text).translate(_QUOTES)
    lines = [_EMOJI.sub(r"\1", " ".join(line.split())).strip() for line in text.splitlines()]
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    text = re.sub(r"\?[?!]+|(?<!!)!+\?[?!]*", "?", text)
    wrapped = re.fullmatch(r"(?:\"([^\"]+)\"|'([^']+)'|\(([^()]+)\))([?.!]?)", text)
    if not wrapped:
        return text
    inner = next(each for each in wrapped.groups()[:3] if each)
    return inner.strip() + ("" if inner.rstrip().endswith(("?", "!", ".")) else wrapped[4])


def _core(text: str) -> str:
    """The question in what was typed: without greetings, thanks, and the story around it."""
    text = _unwrapped(text)
    if len(text.split()) < LONG_WORDS:
        return text
    head, _, given = text.partition("\n\n")
    if "?" not in given:  # what stands behind a question in paragraphs of its own belongs to it
        text = head
    else:
        given = ""
    sentences = [each.strip() for each in SENTENCE.findall(text)]
    asking = [at for at, each in enumerate(sentences) if each.rstrip("\"')").endswith("?")]
    if not asking:
        return f"{head}\n\n{given}" if given else text
    told = [_unwrapped(sentences[at]) for at in asking]
    first = asking[0]
    if first and len(told) == 1 and POINTS_BACK.search(told[0]):
        told.insert(0, sentences[first - 1])
    return " ".join(told) + (f"\n\n{given}" if given else "")


def _unwrapped(text: str) -> str:
    """Without what is said for politeness, if a question is left."""
    asks = text.rstrip().endswith("?")
    inner = text
    if thanks := _THANKS.search(inner):
        inner = inner[: thanks.start()] + thanks["mark"]
    inner = _GREETING.sub("", inner.strip())
    polite = _POLITE.sub("", inner)
    if polite != inner and (BEGINS.match(polite) or _ABOUT.match(polite)):
        if _ABOUT.match(polite):
            verb = "are" if re.match(r"\w+ \w*[^s\W]s\b[^\w]*$", polite) else "is"
            polite = f"What {verb} {polite}"
        inner, asks = _TOLD.sub(r"\1 \3 \2", polite), True
    if not re.search(r"\w", inner):
        return text
    inner = inner.strip(" ,;:")
    if asks and not inner.endswith(("?", "!", '"')):
        inner = inner.rstrip(".") + "?"
    return inner if inner == text else inner[:1].upper() + inner[1:]


def _marked(text: str, known: Words) -> str:
    """One or two words made a question; names and codes keep their capitals."""
    bare = text.rstrip(" ?.!")
    words = bare.split()
    whole = _WHOLE.match(bare) or GOES_ON.match(bare) or re.search(r"[.:;!\n]", bare)
    if 0 < len(words) <= 2 and not whole:
        names = [bool(forms := known.forms(word)) and word.lower() not in forms for word in words]
        code = any(char.isupper() or char.isdigit() for char in words[0][1:])
        small = bare if code or names[0] else bare[0].lower() + bare[1:]
        alone = _ABOUT.match(bare) or (all(names) and not code)
        return f"What is {'' if alone else 'the '}{small}?"
    return text


def _is_whole(part: str) -> bool:
    """Whether a part says by itself what it is about, so that the rest need not be looked for."""
    return len(telling(looked_for(part))) > 1 and not POINTS_BACK.search(part)
