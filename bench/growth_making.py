"""Memories of made-up documents without vectors on the disk, of any size, with the default model's
keys and form.

Up to `BY_CHANGE_TOKENS` each segment is new, as inject puts it. Beyond that keys come from
`BANK` chunks that are packed once, and many segments go to the pack at once: the files are the
same, and how long a search takes does not hang on what the keys are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from bench.growth_words import Chunk, Words, real_text
from mplus_cli.engine import Engine
from mplus_cli.kinds.passes import write_alone
from store.change import Change, change
from store.records import ChunkRow, DocumentRow, now
from store.segments import Segment, segment_key
from store.segments.lean import LeanSegments, as_bytes, file_of
from store.segments.packs import Packed
from store.texts import TextSpan, WholeText

BY_CHANGE_TOKENS = 1_000_000
BANK = 512
CHUNKS_PER_COMMIT, MOST_PER_COMMIT = 256, 8_192
WRITTEN = 16  # chunks of real text that keys are made of
NOISE = 0.5  # against a key of length one
_NOTHING = torch.zeros(0)


class Maker:
    """Adds documents to a memory, each segment and text different.

    chunk_tokens: of each chunk; chunks: of each document.
    """

    def __init__(self, engine: Engine, chunk_tokens: int, chunks: int) -> None:
        self.spec, self._tokens, self._chunks = engine.spec, chunk_tokens, chunks
        self._words = Words(engine.tokenizer, seed=0)
        self._generator = torch.Generator().manual_seed(0)
        self._made = 0  # documents
        self._keys = real_keys(engine, chunk_tokens)
        self._bank = list[Sequence[bytes]]()

    @property
    def tokens(self) -> int:
        return self._made * self._chunks * self._tokens

    @contextmanager
    def changing(self, memory: Path) -> Iterator[Change]:
        """A memory, new or not, that keeps no vectors on the disk."""
        with change(memory, "bench", 1, create=self.spec) as opened:
            assert isinstance(opened.segments, LeanSegments)
            opened.segments.cache.budget_bytes = 0
            yield opened

    def grow(self, memory: Path, tokens: int) -> None:
        """Add documents until the memory holds so many tokens."""
        with self.changing(memory) as opened:
            while self.tokens < tokens:
                # In a large memory commits are seldom, as inject makes them.
                at_once = max(CHUNKS_PER_COMMIT // self._chunks, self._made // 8)
                missing = -(-(tokens - self.tokens) // (self._tokens * self._chunks))
                self.add(opened, min(missing, at_once, MOST_PER_COMMIT // self._chunks))
                opened.commit()

    def add(self, opened: Change, documents: int) -> None:
        """So many documents, not yet committed."""
        chunks = self._words.chunks(documents * self._chunks, self._tokens)
        keys = [segment_key(self.spec.identity, None, chunk.ids) for chunk in chunks]
        if self.tokens <= BY_CHANGE_TOKENS:
            pairs = zip(keys, chunks, strict=True)
            opened.put_segments(
                {key: Segment(_NOTHING, self._noisy(), chunk.ids) for key, chunk in pairs}
            )
        else:
            self._put_together(opened, keys, chunks)
        for start in range(0, len(chunks), self._chunks):
            some = slice(start, start + self._chunks)
            self._add_document(opened, keys[some], chunks[some])

    def _put_together(self, opened: Change, keys: Sequence[str], chunks: Sequence[Chunk]) -> None:
        assert isinstance(opened.segments, LeanSegments)
        if not self._bank:
            self._bank = [self._packed_keys(opened.segments) for _ in range(BANK)]
        drawn = torch.randint(BANK, (len(chunks),), generator=self._generator).tolist()
        packed = [
            Packed(key, self._tokens, [*self._bank[at], as_bytes(chunk.ids, self.spec.id_bytes)])
            for key, chunk, at in zip(keys, chunks, drawn, strict=True)
        ]
        opened.segments.append(packed)
        opened.adopt(map(file_of, packed))

    def _packed_keys(self, segments: LeanSegments) -> Sequence[bytes]:
        """What the columns in front of the ids have of a chunk."""
        [packed] = segments.packed_of({"": Segment(_NOTHING, self._noisy(), [])})
        return packed.rows[:-1]

    def _noisy(self) -> Tensor:
        """Keys [F,K,h] of one of the written chunks, with noise, of length one again."""
        at = int(torch.randint(len(self._keys), (), generator=self._generator))
        noise = torch.randn(self._keys[at].shape, generator=self._generator)
        noise *= NOISE / self.spec.selector**0.5
        return torch.nn.functional.normalize(self._keys[at] + noise, dim=-1)

    def _add_document(self, opened: Change, keys: Sequence[str], chunks: Sequence[Chunk]) -> None:
        """Each chunk a line of its text."""
        ends = np.cumsum([len(chunk.text) + 1 for chunk in chunks]).tolist()
        places = list(zip([0, *ends], ends, strict=False))
        lines = range(1, len(chunks) + 1)
        rows = [
            ChunkRow(
                key, self._tokens, self._tokens, start, end, "line", line, line, "", chunk.text
            )
            for key, chunk, (start, end), line in zip(keys, chunks, places, lines, strict=True)
        ]
        spans = tuple(
            TextSpan(start, end, line, line, "", False, "")
            for (start, end), line in zip(places, lines, strict=True)
        )
        text = "".join(f"{chunk.text}\n" for chunk in chunks)
        content = hashlib.sha256(text.encode()).hexdigest()
        skip = hashlib.sha256(content.encode()).hexdigest()
        name = "-".join(chunks[0].text.lower().split()[:3]).strip(".,;:?!")
        path = f"/made-up/{self._made // 500:04}/{name}-{self._made:06}.txt"
        self._made += 1
        size = (len(text), len(chunks) * self._tokens, len(chunks))
        document = DocumentRow(path, content, skip, "text", *size, now())
        opened.add(document, rows, WholeText(text, spans, "line"))
        opened.note(path, content)


def real_keys(engine: Engine, tokens: int) -> list[Tensor]:
    """Keys [F,K,h] as the default model writes them of real text."""
    ids = engine.tokenizer.encode(real_text()[: WRITTEN * tokens * 8])[0]
    steps = len(ids) // WRITTEN
    chunks = [ids[at * steps : at * steps + tokens] for at in range(WRITTEN)]
    found = [written.keys for written in write_alone(engine.network, chunks, as_kv=True)]
    return [keys.float() for keys in found if keys is not None]
