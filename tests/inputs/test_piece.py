"""What an input's content costs: it is kept within bounds, and used once."""

from __future__ import annotations

import hashlib

import pytest

from mplus_cli.errors import NoTextError, ReadError
from mplus_cli.inputs.names import from_bytes
from mplus_cli.inputs.piece import Content, Kept, Piece


class Counted:
    """A piece that counts how often it is read."""

    def __init__(self, path: str, data: bytes) -> None:
        self.reads = 0
        self._content = Content(data, path)
        self.piece = Piece(path, True, len(data), self._read)

    def _read(self) -> Content:
        self.reads += 1
        return self._content


def looked_at(kept: Kept, *sizes: int) -> list[Counted]:
    """Pieces of some sizes, each loaded and kept where there is room for it."""
    made = [Counted(f"{number}", bytes(size)) for number, size in enumerate(sizes)]
    for one in made:
        kept.keep(one.piece.path, one.piece.load())
    return made


def test_what_was_kept_is_used_once_and_not_read_again() -> None:
    kept = Kept()
    [one] = looked_at(kept, 5)
    assert kept.take(one.piece).data == bytes(5)
    assert one.reads == 1
    kept.take(one.piece)
    assert one.reads == 2


def test_no_more_is_kept_than_there_is_room_for() -> None:
    kept = Kept(limit_bytes=10)
    made = looked_at(kept, 6, 5, 4, 1)
    for one in made:
        kept.take(one.piece)
    assert [one.reads for one in made] == [1, 2, 1, 2]


def test_what_is_taken_makes_room() -> None:
    kept = Kept(limit_bytes=10)
    [first, second] = looked_at(kept, 10, 10)
    kept.take(first.piece)
    kept.keep(second.piece.path, second.piece.load())
    kept.take(second.piece)
    assert second.reads == 2


def test_a_path_that_is_kept_twice_takes_room_once() -> None:
    kept = Kept(limit_bytes=10)
    [one] = looked_at(kept, 6)
    kept.keep(one.piece.path, one.piece.load())
    [_, other] = looked_at(kept, 0, 4)
    kept.take(other.piece)
    assert other.reads == 1


def test_the_digest_is_that_of_the_bytes() -> None:
    content = from_bytes(b"text", "note").load()
    assert content.sha256 == hashlib.sha256(b"text").hexdigest()


def test_an_error_has_the_path_of_the_piece() -> None:
    def read() -> Content:
        raise NoTextError("empty", "leave it out")

    with pytest.raises(ReadError) as caught:
        Piece("a/b", True, 0, read).load()
    error = caught.value
    assert (type(error), error.path, error.reason, error.hint) == (
        NoTextError,
        "a/b",
        "empty",
        "leave it out",
    )
    assert error.message == "a/b: empty"
