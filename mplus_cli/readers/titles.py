"""What a document is called: its file's name in words, and what it says of itself."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from urllib.parse import unquote, urlsplit

from mplus_cli.dates import date_in_name
from mplus_cli.readers.dated import LETTERHEAD, is_dated
from mplus_cli.readers.document import BETWEEN_HEADINGS, Document, Span

_MAX_WORDS, _MAX_CHARACTERS = 12, 80
_LOOKED_AT = 2000  # characters, for the line that a text begins with
_LETTERS = 3  # in a line that says something
# Their first line is a row, a time or a value, and their first heading one of many.
_OF_PARTS = {"row", "time", "item", "message"}

_SUFFIX = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,4}(?:\.gz)?$")
# Between digits, "-" and "." belong to a date or a version.
_SEPARATORS = re.compile(r"[_+\s]+|(?<!\d)[-.]+|[-.]+(?!\d)")
_WORD = re.compile(r"\w+")
_DECORATION = " \t#*=_~|>•-–—\u2028\ufeff"  # noqa: RUF001
_STOPS = _DECORATION + ",;:"
_HASH = re.compile(r"(?=[0-9a-f]*\d)[0-9a-f]{8,}", re.IGNORECASE)
_NUMBER = re.compile(r"\d+[a-z]?|[ivx]+", re.IGNORECASE)
_NOISE = """
    attachment copy default doc document download draft dsc file final image img index main new note
    notes output page part passage pic print readme scan scanned stdin temp text tmp unnamed
    untitled version
"""
_SAYS_NOTHING = frozenset(_NOISE.split())
_RUBBISH = re.compile(
    r"microsoft (?:word|excel|powerpoint)|powerpoint presentation|(?:untitled|unnamed|unspecified|"
    r"no title|title|template|slide|presentation|document|dokument)\s*\d*$|\(.*\)$|"
    r".*\.(?:docx?|xlsx?|pptx?|pdf|indd|qxd|tex|dvi|rtf|odt|txt|html?|md)$",
    re.IGNORECASE,
)
# What a line that is no title begins with: a request of a man page, a log's time, a comment.
_NO_TITLE = re.compile(r"\.[A-Za-z]{2,9}\b|\d{4}-\d\d-\d\d[T ]\d\d:|<|%")
_SPEAKER = re.compile(r"([^:\n]{1,40}): ")
_SENTENCE = re.compile(r"[.!?。！？](?=\s|$)|[。！？]")  # noqa: RUF001


def called(name: str, document: Document) -> str:
    """What each chunk of a document says of the whole, as the beginning of its heading path: the
    file's name in words, where it has any, and a title; neither repeats the other.

    The title is the format's own (`document.title`), else the heading over all others, else the
    first line that says something. Source code is called by the last two parts of its path.
    """
    if document.reader == "code":
        return "/".join(_path_of(name)[-2:])
    return BETWEEN_HEADINGS.join(_unlike(in_words(name), _title(document)))


def in_words(name: str) -> str:
    """The name of a file, an address or a text as words; "" where it says nothing."""
    parts = _path_of(name)
    words = _SEPARATORS.sub(" ", _SUFFIX.sub("", parts[-1])).strip() if parts else ""
    said = [word for word in _WORD.findall(words) if not _is_noise(word)]
    is_said = any(len(word) > 1 for word in said) or date_in_name(words) is not None
    return _fitted(words) if is_said else ""


def words_of(text: str) -> set[str]:
    """The words of a line, to be compared."""
    return set(_WORD.findall(text.casefold()))


def _path_of(name: str) -> list[str]:
    if name.lower().startswith(("http://", "https://")):
        name = unquote(urlsplit(name).path)
    elif name.startswith("git:"):
        name = name.rpartition(":")[2]
    return [part for part in name.split("/") if part]


def _is_noise(word: str) -> bool:
    """Whether a word of a name is a number, a hash, or what scanners and programs call a file."""
    plain = word.casefold().rstrip("0123456789")
    is_number = _NUMBER.fullmatch(word) is not None and len(word) < 4
    return not plain or is_number or plain in _SAYS_NOTHING or _HASH.fullmatch(word) is not None


def _unlike(name: str, title: str) -> Iterator[str]:
    """Of a name and a title what each of them adds to the other."""
    in_name, in_title = words_of(name), words_of(title)
    if name and not in_name <= in_title:
        yield name
    if title and (in_name <= in_title or not in_title <= in_name):
        yield title


def _title(document: Document) -> str:
    own = _fitted(document.title)
    if own and not _RUBBISH.match(own):
        return own
    if document.unit in _OF_PARTS and document.reader != "email":
        return ""
    return _fitted(_heading_over_all(document)) or _first_line(document)


def _heading_over_all(document: Document) -> str:
    """The heading that all others stand under; of slides the first one's."""
    tops = [span.section.split(BETWEEN_HEADINGS)[0] for span in document.spans if span.section]
    one = tops and (document.unit == "slide" or tops.count(tops[0]) == len(tops))
    return tops[0] if one and any(span.heading for span in document.spans) else ""


def _first_line(document: Document) -> str:
    """The line of the text before any heading that says something, with the date of a letter."""
    end = next((span.start for span in document.spans if _is_under_heading(span)), _LOOKED_AT)
    lines = document.text[: min(end, _LOOKED_AT)].splitlines()
    turns = Counter(found[1] for line in lines if (found := _SPEAKER.match(line)))
    is_dialogue = max(turns.values(), default=0) > 1
    for line in lines:
        if _says_something(line) and not (is_dialogue and _SPEAKER.match(line)):
            dates = [_fitted(each) for each in lines[:LETTERHEAD] if is_dated(each)]
            return BETWEEN_HEADINGS.join([_fitted(line), *(dates if len(dates) == 1 else [])])
    return ""


def _says_something(line: str) -> bool:
    letters = islice(filter(str.isalpha, line), _LETTERS)  # a line may be a whole text
    return len(list(letters)) == _LETTERS and not _NO_TITLE.match(line) and not is_dated(line)


def _is_under_heading(span: Span) -> bool:
    return span.heading or bool(span.section)


def _fitted(text: str) -> str:
    """A line cut at a sentence's end, else a word's, where it is longer than a title is."""
    line = " ".join(text.replace(BETWEEN_HEADINGS, " ").split()).strip(_DECORATION).rstrip(_STOPS)
    if len(line) <= _MAX_CHARACTERS and line.count(" ") < _MAX_WORDS:
        return line
    ends = [found.start() for found in _SENTENCE.finditer(line, 0, _MAX_CHARACTERS)]
    if ends and line[: ends[-1]].count(" ") < _MAX_WORDS:
        return line[: ends[-1]]
    short = " ".join(line.split(" ")[:_MAX_WORDS])
    if len(short) > _MAX_CHARACTERS:
        short = short[:_MAX_CHARACTERS].rpartition(" ")[0] or short[:_MAX_CHARACTERS]
    return short.rstrip(_STOPS)
