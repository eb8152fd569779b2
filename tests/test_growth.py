"""The measurement of growing memories, in this process and at a small size."""

from contextlib import closing
from pathlib import Path

import pytest

from bench import growth_asking, growth_making
from bench.growth import grown
from bench.growth_bytes import bytes_by_part
from bench.growth_making import Maker
from bench.growth_words import Words
from mplus_cli.engine import Engine
from mplus_cli.settings import load_settings
from store.home import Home
from store.index.reader import Index
from store.segments.chosen import segments_of
from store.segments.vector_cache import VectorCache
from store.state_files import read_state

CHUNK, CHUNKS = 24, 4


@pytest.fixture
def engine(world: Path, toys: dict[str, Path]) -> Engine:
    return Engine(load_settings({"model": str(toys["chunks"])}), None)


@pytest.fixture
def maker(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Maker:
    monkeypatch.setattr(growth_making, "BY_CHANGE_TOKENS", 2 * CHUNK * CHUNKS)
    monkeypatch.setattr(growth_making, "BANK", 2)
    monkeypatch.setattr(VectorCache, "put", lambda *given: False)
    return Maker(engine, CHUNK, CHUNKS)


def test_made_up_texts_have_the_ids_that_the_tokenizer_gives(engine: Engine) -> None:
    chunks = Words(engine.tokenizer, seed=1).chunks(5, CHUNK)
    ids = engine.tokenizer.encode("".join(f" {chunk.text}" for chunk in chunks))[0]
    assert [len(chunk.ids) for chunk in chunks] == [CHUNK] * 5
    assert [token for chunk in chunks for token in chunk.ids] == ids[: 5 * CHUNK]


def test_a_memory_is_whole_whichever_way_it_grew(maker: Maker, tmp_path: Path) -> None:
    for tokens in (2 * CHUNK * CHUNKS, 6 * CHUNK * CHUNKS):
        maker.grow(tmp_path / "memory", tokens)
        assert maker.tokens == tokens
    home = Home(tmp_path / "memory")
    with closing(Index.open(home)) as index:
        assert index.check() == []
        state = read_state(home, index, index.generations()[0], home.spec)
        kept = index.segment_files()
    segments = segments_of(home, home.spec)
    assert len(state.journal) == 6 * CHUNKS
    assert {key: segments.find(key, None) for key in state.journal} == kept
    files = sum(file.stat().st_size for file in home.path.rglob("*") if file.is_file())
    assert sum(bytes_by_part(home.path).values()) == files


def test_questions_are_timed_by_part(
    engine: Engine, maker: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(growth_asking, "SEARCHED", 2)
    small, large = grown(maker, tmp_path, [6 * CHUNK * CHUNKS, 12 * CHUNK * CHUNKS])
    for search_ms in growth_asking.searches(engine, [small, large]):
        assert set(search_ms) == {"network_words", "text", "means", "keys", "sum"}
        assert search_ms["keys"] > 0
    found = growth_asking.answers(engine, large)
    assert found["first_token_ms"]["chunks_written"] >= 1
    assert growth_asking.cold(engine, large)["cpu_ms"] > 0
