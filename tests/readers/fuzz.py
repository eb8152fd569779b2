"""Changed bytes, and what must hold whatever they are: a document or a `ReadError`."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st

from mplus_cli.errors import ReadError
from mplus_cli.readers import read_document
from tests.visits import examples

FUZZ = settings(max_examples=examples(12), deadline=2000, derandomize=True, database=None)


@st.composite
def changed(draw: st.DrawFn, data: bytes) -> bytes:
    """Some bytes with a few stretches cut out, doubled or replaced."""
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, max(len(data) - 1, 0)))
        stop = min(start + draw(st.integers(0, 40)), len(data))
        stretch = draw(
            st.sampled_from(
                [b"", data[start:stop] * 2, b"\0", b"<", b"9" * 9, b"-1", b'"', b"\xff\xfe"]
            )
        )
        data = data[:start] + stretch + data[stop:]
    return data


def survives(name: str, data: bytes) -> None:
    try:
        document = read_document(name, data)
    except ReadError as error:
        assert error.message.startswith(f"{name}: ") and error.hint
        return
    document.text.encode("utf-8")
    assert "\r" not in document.text
    assert all(
        one.end <= other.start
        for one, other in zip(document.spans, document.spans[1:], strict=False)
    )
    document.place(0, len(document.text)).label()
