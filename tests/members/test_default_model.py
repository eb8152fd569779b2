"""Shards of a memory of the default model answer as the memory does."""

from pathlib import Path

from mplus_cli import Memories, Memory
from tests.test_default_model import CACHE

FILES = Path(__file__).parents[2] / "bench" / "household" / "files"
QUESTIONS = (
    ("Where does the router stand?", "on top of the bookcase"),
    ("What does Nadia restore at the museum?", "a sail from 1740"),
)


def test_shards_answer_as_the_memory_that_was_split(tmp_path: Path) -> None:
    with Memory(tmp_path / "whole", cache=CACHE) as whole:
        whole.inject(FILES / "house" / "wifi-and-codes.md", FILES / "chat", FILES / "letters")
        shards = whole.shard(tmp_path / "parts", into=2)
        with Memories([each.memory for each in shards], cache=CACHE) as memories:
            for question, wanted in QUESTIONS:
                own, ours = (
                    whole.ask(question, max_tokens=16),
                    memories.ask(question, max_tokens=16),
                )
                assert (own.text, ours.text) == (wanted, wanted)
                assert own.sources[0].path == ours.sources[0].path
                assert ours.sources[0].memory.startswith("shard-")
            last = memories.ask("What is her cat called?", after=[QUESTIONS[1][0]], max_tokens=16)
            assert last.text == "Pamina"
