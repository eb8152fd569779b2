"""The façade's third part: what documents say, as a memory would take it in.

    for text in read("papers/", ext=["pdf"]):
        print(text)

No model is loaded and no memory is touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

if TYPE_CHECKING:
    from mplus_cli.injecting.events import Skipped
    from mplus_cli.results.runs import PassedOver
    from mplus_cli.results.texts import Text


class Taking(TypedDict, total=False):
    """How `read` and `Memory.inject` take what is named.

    texts: content to be read with its name (None: one is made of the content); ext, ignore, hidden:
    which files of folders count; max_bytes: the largest input that is read (100 MiB); attachments:
    read those of e-mail (yes); links: show where links lead to (no); password: of locked files.
    """

    texts: Sequence[tuple[bytes, str | None]]
    ext: Sequence[str]
    ignore: Sequence[str]
    hidden: bool
    max_bytes: int | None
    attachments: bool
    links: bool
    password: str | None


def _unheard(passed: PassedOver) -> None:
    pass


def read(
    *names: str | Path, passed: Callable[[PassedOver], None] = _unheard, **taking: Unpack[Taking]
) -> Iterator[Text | Skipped]:
    """The text of all that is named, one input after the other, or why one would be left out.

    Takes what `Memory.inject` takes. passed: is told what was passed over in folders.
    """
    from mplus_cli.injecting.named import Named
    from mplus_cli.injecting.texts import texts

    return texts(Named.of([str(name) for name in names], **taking), passed)


def opens(path: str, password: str, taking: Taking) -> bool:
    """Whether a password opens a locked input."""
    from mplus_cli.results.texts import Text

    asked: Taking = {**taking, "password": password, "texts": ()}
    return all(isinstance(found, Text) for found in read(path, **asked))
