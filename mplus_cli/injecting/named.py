"""What a user named to be read, and how it is to be taken."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from mplus_cli.errors import UsageError
from mplus_cli.inputs.load import MAX_BYTES
from mplus_cli.inputs.names import Passed, expand, from_bytes, is_there, root_name
from mplus_cli.inputs.piece import Piece
from mplus_cli.inputs.selection import Selection, extensions
from mplus_cli.readers.options import ReaderOptions
from store.records import Root


@dataclass(frozen=True)
class Named:
    """Names with how they are taken; `texts`: content with its name."""

    names: Sequence[str]
    selection: Selection
    texts: Sequence[tuple[bytes, str | None]] = ()

    @staticmethod
    def of(
        names: Sequence[str],
        *,
        texts: Sequence[tuple[bytes, str | None]] = (),
        ext: Sequence[str] = (),
        ignore: Sequence[str] = (),
        hidden: bool = False,
        max_bytes: int | None = None,
        attachments: bool = True,
        links: bool = False,
        password: str | None = None,
    ) -> Named:
        if not all(name.strip() or (name and is_there(name)) for name in names):
            raise UsageError("an empty name", "name a file or a folder; . is this folder")
        limit = MAX_BYTES if max_bytes is None else max_bytes
        options = ReaderOptions(attachments, links, password)
        selection = Selection(tuple(ignore), extensions(ext), hidden, limit, options)
        return Named(names, selection, texts)

    def pieces(self, stack: ExitStack, passed: Callable[[Passed], None]) -> list[Piece]:
        found = list(expand(self.names, self.selection, stack, passed))
        return found + [from_bytes(*text, self.selection.options) for text in self.texts]

    def roots(self) -> list[Root]:
        """What `update` goes by later."""
        kept = self.selection.as_dict()
        return [Root(root_name(name), kept) for name in self.names if is_there(name)]
