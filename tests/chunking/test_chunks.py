"""Cutting documents into chunks of token ids."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mplus_cli.chunking.chunks import Chunk, Encoder, cut
from mplus_cli.errors import ReadError
from mplus_cli.readers import Document, read_document
from mplus_cli.readers.detect import reader_for
from mplus_cli.readers.job import Job
from tests.readers.pdf_maker import make_pdf

Encoded = tuple[list[int], list[tuple[int, int]]]


class PatternEncoder:
    """One token for each match of a pattern, numbered by its text."""

    def __init__(self, pattern: str) -> None:
        self._pattern = re.compile(pattern)

    def encode(self, text: str) -> Encoded:
        matches = list(self._pattern.finditer(text))
        return [sum(map(ord, match[0])) for match in matches], [match.span() for match in matches]


class ByteEncoder:
    """One token for each UTF-8 byte; the bytes of one character share its place."""

    def encode(self, text: str) -> Encoded:
        parts = [
            (byte, (at, at + 1)) for at, character in enumerate(text) for byte in character.encode()
        ]
        return [byte for byte, _ in parts], [span for _, span in parts]


CHARACTERS = PatternEncoder(r"(?s).")
WORDS = PatternEncoder(r"\S+")  # white space belongs to no token
SPACE_FIRST = PatternEncoder(r" ?\w+|\s+(?!\S)|\s|[^\s\w]+")  # as GPT-2's
ENCODERS: list[Encoder] = [CHARACTERS, WORDS, SPACE_FIRST, ByteEncoder()]

pieces = ["a", "bc", "defg", " ", "  ", "\n", "\n\n", ". ", "# ", "é", "漢", "。", "🙂", "```\n"]
prose = st.lists(st.sampled_from(pieces), max_size=150).map("".join)


def document(text: str, name: str = "a.md") -> Document:
    data = text.encode()
    return reader_for(name, data)(data, Job(lambda inner, its, _: read_document(inner, its)))


def texts_of(
    text: str, max_tokens: int, encoder: Encoder = CHARACTERS, name: str = "a.md"
) -> list[str]:
    return [chunk.text for chunk in cut(document(text, name), encoder, max_tokens, min_tokens=2)]


@st.composite
def cuttings(draw: st.DrawFn) -> tuple[Document, Encoder, Encoded, int, int]:
    encoder = draw(st.sampled_from(ENCODERS))
    source = document(draw(prose), "a.txt")
    encoded = encoder.encode(source.text)
    min_tokens = draw(st.integers(1, 20))
    max_tokens = draw(st.integers(2 * min_tokens - 1, 60))
    return source, encoder, encoded, max_tokens, min_tokens


@given(cuttings())
def test_chunks_cover_the_ids_in_order_within_the_limits(
    case: tuple[Document, Encoder, Encoded, int, int],
) -> None:
    source, encoder, (ids, offsets), max_tokens, min_tokens = case
    if len(ids) < min_tokens:
        return
    chunks = cut(source, encoder, max_tokens, min_tokens)
    assert [one for chunk in chunks for one in chunk.ids] == ids
    assert all(min_tokens <= len(chunk.ids) <= max_tokens for chunk in chunks)
    assert [chunk.ordinal for chunk in chunks] == list(range(len(chunks)))
    first = 0
    for chunk in chunks:
        stop = first + len(chunk.ids)
        assert (chunk.start, chunk.end) == (offsets[first][0], offsets[stop - 1][1])
        assert chunk.text == source.text[chunk.start : chunk.end]
        assert chunk.place == source.place(chunk.start, chunk.end)
        first = stop


@given(cuttings())
def test_the_same_document_is_always_cut_alike(
    case: tuple[Document, Encoder, Encoded, int, int],
) -> None:
    source, encoder, (ids, _), max_tokens, min_tokens = case
    if ids:
        again = document(source.text, "a.txt")
        assert cut(source, encoder, max_tokens, min_tokens) == cut(
            again, encoder, max_tokens, min_tokens
        )


@given(cuttings())
def test_no_word_or_character_is_cut_where_another_cut_was_possible(
    case: tuple[Document, Encoder, Encoded, int, int],
) -> None:
    source, encoder, (ids, offsets), max_tokens, min_tokens = case
    if len(ids) < min_tokens:
        return

    def between_characters(at: int) -> bool:
        return offsets[at][0] >= offsets[at - 1][1]

    def between_words(at: int) -> bool:
        around = source.text[offsets[at - 1][1] - 1 : offsets[at][0] + 1]
        return between_characters(at) and any(character.isspace() for character in around)

    first = 0
    for chunk in cut(source, encoder, max_tokens, min_tokens)[:-1]:
        stop = first + len(chunk.ids)
        allowed = range(
            first + (max_tokens + 1) // 2, min(first + max_tokens, len(ids) - min_tokens) + 1
        )
        assert stop in allowed
        assert between_characters(stop) or not any(map(between_characters, allowed))
        if any(map(between_words, allowed)):
            assert between_words(stop) or source.text[offsets[stop - 1][1] - 1] == "。"
        first = stop


@given(prose, st.integers(1, 40), st.integers(1, 40))
@example("abcdefghij klmnopqrst uvwxy", 20, 16)
def test_the_upper_limit_holds_where_both_cannot(
    text: str, max_tokens: int, min_tokens: int
) -> None:
    ids, _ = CHARACTERS.encode(text)
    if len(ids) >= min_tokens:
        chunks = cut(document(text, "a.txt"), CHARACTERS, max_tokens, min_tokens)
        shortest = min(min_tokens, (max_tokens + 1) // 2)
        assert all(shortest <= len(chunk.ids) <= max_tokens for chunk in chunks)
        assert [one for chunk in chunks for one in chunk.ids] == ids


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("One. Two\n\nx. y\n# Head\nmore text", "One. Two\n\nx. y\n"),
        ("One two three.\fx\n\nmore text", "One two three.\f"),
        ("One two.\nthree.\n\n  four. five\nsix", "One two.\nthree.\n\n"),
        ("One two three. four\nfive six seven", "One two three."),
        ("One two three.\n  four\nfive six seven", "One two three.\n"),
        ("一二三四五六七八九十。一二三四五六七八九十", "一二三四五六七八九十。"),
        ("One two three,\nfour five seven", "One two three,\n"),
        ("One two three four five", "One two three four "),
        ("Onetwothreefourfivesix", "Onetwothreefourfives"),
    ],
)
def test_the_strongest_boundary_in_the_second_half_is_taken(text: str, first: str) -> None:
    assert texts_of(text, max_tokens=20)[0] == first


def test_the_last_of_equal_boundaries_is_taken() -> None:
    assert texts_of("123456\n\n9\n\n2\n\n567890", max_tokens=16)[0] == "123456\n\n9\n\n2\n\n"


def test_a_boundary_in_the_first_half_is_left() -> None:
    assert texts_of("1234\n\n7890123456 789012", max_tokens=20)[0] == "1234\n\n7890123456 "


def test_a_token_that_begins_with_its_space_is_cut_before_it() -> None:
    assert texts_of("one two three four", max_tokens=3, encoder=SPACE_FIRST) == [
        "one two",
        " three four",
    ]


def test_a_hash_is_a_heading_in_markdown_outside_code_only() -> None:
    text = "12345\n\n890\n# 45678\n```"
    assert texts_of(text, max_tokens=20)[0] == "12345\n\n890\n"
    assert texts_of(text, max_tokens=20, name="a.sh")[0] == "12345\n\n890\n# 45678\n"
    assert texts_of("```\n" + text, max_tokens=20)[0] == "```\n12345\n\n"


def test_a_pdf_is_cut_between_its_pages() -> None:
    source = read_document("a.pdf", make_pdf(["one two. three", "four five six"]))
    chunks = cut(source, CHARACTERS, max_tokens=20, min_tokens=2)
    assert [chunk.place.label() for chunk in chunks] == ["page 1", "page 2"]


def test_chunks_know_their_lines() -> None:
    chunks = cut(document("one\ntwo\n\nthree\nfour\n"), CHARACTERS, max_tokens=12, min_tokens=2)
    assert [chunk.place.label() for chunk in chunks] == ["lines 1-2", "lines 4-5"]


@pytest.mark.parametrize(
    ("length", "sizes"), [(20, [20]), (21, [19, 2]), (22, [20, 2]), (23, [20, 3])]
)
def test_a_short_tail_is_joined(length: int, sizes: list[int]) -> None:
    chunks = cut(document("x" * length), CHARACTERS, max_tokens=20, min_tokens=2)
    assert [len(chunk.ids) for chunk in chunks] == sizes


def test_a_short_document_is_repeated() -> None:
    [chunk] = cut(document(" one two\n"), WORDS, max_tokens=20, min_tokens=5)
    one, two = WORDS.encode("one two")[0]
    assert chunk == Chunk(0, 0, 9, (one, two, one, two, one), chunk.place, "", " one two\n")
    assert chunk.place.label() == "line 1"


def test_a_text_without_tokens_is_refused() -> None:
    with pytest.raises(ReadError, match=r"^empty"):
        cut(document(" \n"), WORDS, max_tokens=20)


def test_no_room_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="max_tokens is 0"):
        cut(document("text"), WORDS, max_tokens=0)


def test_whole_sentences_are_kept_together_where_they_can_be() -> None:
    long = "one two three four five six seven eight nine"
    text = f"Ann went. {long.capitalize()}. Bob {long} {long}. Cy"

    def words(**how: bool) -> list[str]:
        found = cut(document(text, "a.txt"), WORDS, max_tokens=10, min_tokens=1, **how)
        return [chunk.text.strip() for chunk in found]

    assert words()[0] == "Ann went. One two three four five six seven eight"
    whole = words(whole_sentences=True)
    assert whole[:2] == ["Ann went.", f"{long.capitalize()}."]
    assert whole[2] == f"Bob {long}"  # a sentence that is longer than a chunk
    assert " ".join(whole) == text
    assert max(len(each.split()) for each in whole) <= 10
