"""The words, characters and groups of RTF, and the text between them in its character sets."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from mplus_cli.errors import ReadError
from mplus_cli.readers.letters.scripts import lowered, raised, struck
from mplus_cli.readers.office.symbols import drawn

MAX_DEPTH = 1000
BODY_LEVEL = 9
"""The level of what is no heading; those count from 0."""
_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\(.)|([{}])|([^\\{}\r\n\0]+)"
    rb"|[\r\n\0]+|\\\Z",
    re.DOTALL,
)


@dataclass(slots=True)
class Field:
    """A field while it is read: what it is told to do, and the state of a form's box."""

    link: str = ""
    is_page: bool = False
    items: list[str] = field(default_factory=list)
    result: int | None = None
    default: int = 0


@dataclass(slots=True)
class State:
    """What holds for a group and those inside it, until it says otherwise.

    `sink` takes the text, None drops it; `closing` is done at the group's end.
    """

    sink: list[str] | None
    font: int = -1
    script: str = ""
    hidden: bool = False
    deleted: bool = False
    struck: bool = False
    skipped: int = 1
    level: int = BODY_LEVEL
    style: int = -1
    in_table: bool = False
    nesting: int = 1
    form: Field | None = None
    spare: list[str] | None = None
    closing: Callable[[], None] | None = None


class Scanner(ABC):
    """Goes through a text once; what a word means is up to who extends it."""

    def __init__(self, data: bytes, sink: list[str]) -> None:
        self.data = data
        self.state = State(sink)
        self.stack: list[State] = []
        self.codec = "cp1252"
        self.default_font = -1
        self.fonts: dict[int, tuple[str, str]] = {}
        self._bytes = bytearray()
        self._left_to_skip = 0
        self.has_hidden = False

    @abstractmethod
    def word(self, name: str, number: int | None, starred: bool) -> None:
        """Do what a control word says; `starred`: who doesn't know it skips its group."""

    @abstractmethod
    def character(self, character: str) -> None:
        """Do what a control character says."""

    @abstractmethod
    def left(self) -> None:
        """Do what the end of a group asks for that has no `closing`."""

    def read(self) -> None:
        """Go through the text. Raises `ReadError` where groups nest too deeply."""
        at, starred = 0, False
        while at < len(self.data):
            found = _TOKEN.match(self.data, at)
            if found is None:
                break
            at = found.end()
            word, number, code, character, brace, text = found.groups()
            if code is not None or text is not None:
                self._take(bytes.fromhex(code.decode()) if code else text)
                continue
            if word is not None:
                name = word.decode()
                if name == "bin":
                    at += max(int(number or 0), 0)
                elif name == "u" and number:
                    self._unicode(int(number))
                elif self._left_to_skip:
                    self._left_to_skip -= 1
                else:
                    self.flush()
                    self.word(name, int(number) if number else None, starred)
                    starred = False
                continue
            self._left_to_skip = 0
            self.flush()
            starred = character == b"*"
            if brace:
                self._brace(brace)
            elif character and not starred:
                self.character(character.decode("latin-1"))

    def _brace(self, brace: bytes) -> None:
        if brace == b"{":
            if len(self.stack) >= MAX_DEPTH:
                raise ReadError(
                    f"nested too deeply: more than {MAX_DEPTH:,} groups", "save it anew"
                )
            self.stack.append(self.state)
            self.state = replace(self.state, closing=None)
        elif self.stack:
            if self.state.closing is not None:
                self.state.closing()
            else:
                self.left()
            self.state = self.stack.pop()

    def _take(self, text: bytes) -> None:
        """Take bytes of text, but for those that only repeat a character in an older way."""
        if self._left_to_skip:
            skipped = min(self._left_to_skip, len(text))
            self._left_to_skip -= skipped
            text = text[skipped:]
        if self.state.sink is not None:
            self._bytes += text

    def flush(self) -> None:
        """Emit the bytes so far as text of their font's character set."""
        if not self._bytes:
            return
        codec, name = self.fonts.get(self._font(), (self.codec, ""))
        raw = bytes(self._bytes)
        self._bytes.clear()
        if codec == "symbol":
            self.emit(drawn(raw.decode("latin-1"), name))
        else:
            self.emit(raw.decode(codec, "replace"))

    def _font(self) -> int:
        return self.state.font if self.state.font >= 0 else self.default_font

    def _unicode(self, number: int) -> None:
        self.flush()
        name = self.fonts.get(self._font(), ("", ""))[1]
        self.emit(drawn(chr(number if 0 <= number < 0x110000 else number % 0x10000), name))
        self._left_to_skip = self.state.skipped

    def emit(self, text: str) -> None:
        """Give text to the sink, unless nothing is shown of it."""
        state = self.state
        if state.sink is None or state.deleted or not text:
            return
        if state.hidden:
            self.has_hidden = self.has_hidden or bool(text.strip())
            return
        if state.script:
            text = raised(text) if state.script == "raised" else lowered(text)
        if state.struck:
            text = struck(text)
        state.sink.append(text)
