"""The module of LM2 under training: batches, slots of many stories, and that it learns."""

from __future__ import annotations

import random
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer
from torch import Tensor

from mplus_cli.model.net.lm2.module import Lm2
from mplus_cli.model.net.lm2.shape import Shape
from mplus_cli.model.net.lm2.writer import POOLED
from mplus_cli.model.net.norm import RMSNorm
from store.kinds.cell import Cell, Matrix
from training.lm2 import judge, sources
from training.lm2.batches import Batch, Batches, batch_of
from training.lm2.lens import Lens
from training.lm2.slots import slots_after, write_rows
from training.lm2.start import module_for
from training.lm2.texts import Texts
from training.stories import Stories
from training.stories.plans import RELATIONS
from training.train_lm2 import Learner

SHAPE = Shape(hidden=64, width=16, tag=8, code=48, value=56, heads=2, hops=2)
SLOTS = 8


@pytest.fixture
def texts(tokens: Tokenizer, stories: Stories) -> Texts:
    tokenizer = SimpleNamespace(
        encode=lambda text: (tokens.encode(text, add_special_tokens=False).ids, ()),
        decode=lambda ids: tokens.decode(ids, skip_special_tokens=False),
    )
    config = SimpleNamespace(
        special=SimpleNamespace(eos_ids=(2,)),
        architecture=SimpleNamespace(vocabulary=tokens.get_vocab_size()),
    )
    engine: Any = SimpleNamespace(tokenizer=tokenizer, config=config)
    return Texts(engine, stories)


@pytest.fixture
def lens(texts: Texts) -> Lens:
    """A base of which there are only embeddings and head."""
    generator = torch.Generator().manual_seed(1)
    embedding = torch.randn(len(texts.meant), SHAPE.hidden, generator=generator)
    norm = RMSNorm(torch.ones(SHAPE.hidden), 1e-5)
    llama = SimpleNamespace(
        embedding=embedding,
        final_norm=norm,
        head=SimpleNamespace(weight=embedding),
        logits=lambda rows: norm(rows) @ embedding.T,
    )
    network: Any = SimpleNamespace(llama=llama, device=torch.device("cpu"))
    return Lens(network, torch.randn(50, SHAPE.hidden, generator=generator), texts.often)


@pytest.fixture
def module(lens: Lens, texts: Texts) -> Lm2:
    torch.manual_seed(3)
    return module_for(lens, SHAPE, texts.often)


@pytest.fixture
def batch(stories: Stories, texts: Texts) -> Batch:
    return judge.judged(stories, texts, "qa2", 3, 4, seed=1)


def test_a_step_has_the_same_stories_whenever_it_is_asked_for(
    stories: Stories,
    texts: Texts,
) -> None:
    made = [Batches(stories, texts, ["qa1", "stock"], 100, 4, seed=5) for _ in range(2)]
    assert torch.equal(made[0][70].asked, made[1][70].asked)
    assert made[0][70].questions != made[0][71].questions
    assert {each.segments for each in (made[0][step] for step in (0, 1, 2))} == {1}


def test_a_batch_says_which_tokens_are_to_be_said(batch: Batch, tokens: Tokenizer) -> None:
    for number, asked in enumerate(batch.questions):
        known = batch.targets[number] >= 0
        said = batch.targets[number][known].tolist()
        assert tokens.decode(said[:-1]).strip() == asked.answers[0]
        first = int(batch.places[number, 0])
        prompt = tokens.decode(batch.asked[number, : first + 1].tolist())
        assert prompt == f"Question: {asked.question}\nAnswer:"


def test_a_number_is_looked_for_from_the_prompts_end_on(stories: Stories, texts: Texts) -> None:
    """There a space alone is said; a memory that finds nothing there declines."""
    batch = judge.judged(stories, texts, "stock", 3, 4, seed=1)
    first = {question for question, place, hop, _ in batch.steps.tolist() if place == hop == 0}
    assert first == set(range(len(batch.questions)))


@pytest.mark.parametrize("kind", ["qa2", "stock", "meeting"])
def test_background_is_told_from_facts(
    stories: Stories, texts: Texts, tokens: Tokenizer, kind: str
) -> None:
    """Also where numbers stand behind a token that is a space alone, which is not read."""
    rng = random.Random(1)
    told = [judge.told(stories, rng, kind, 3) for _ in range(4)]
    batch = batch_of(told, texts)
    others = (
        each.text
        for story in told
        for segment in story.segments
        for each in segment.sentences
        if not each.writes
    )
    known = set(map(_words, others))
    found = {0: 0, 1: 0}
    for ids, ends, facts in zip(batch.ids, batch.ends, batch.writes, strict=True):
        start = 0
        for end, fact in zip(ends[ends >= 0].tolist(), facts[ends >= 0].tolist(), strict=True):
            text = tokens.decode(ids[start : end + 1].tolist()).strip()
            assert (_words(text) in known) == (fact == 0)
            found[min(fact, 1)] += 1
            start = end + 1
    assert all(found.values())


def _words(text: str) -> str:
    return text.replace(" ", "")


def test_words_that_belong_together_are_pointed_at(batch: Batch, tokens: Tokenizer) -> None:
    """In qa2: who is where, who has what; and what is asked for."""

    def words(ids: Tensor, numbers: Tensor) -> str:
        return tokens.decode([int(ids[at]) for at in numbers if at >= 0]).strip()

    kept = set()
    for (text, _, pooling), numbers in zip(
        batch.meant.at.tolist(), batch.meant.tokens, strict=True
    ):
        kept.add((pooling % POOLED, words(batch.ids[text], numbers)))
    asked = set()
    for (text, _, pooling), numbers in zip(
        batch.sought.at.tolist(), batch.sought.tokens, strict=True
    ):
        assert pooling == 0
        asked.add((0, words(batch.asked[text], numbers)))
    assert asked <= kept  # what is looked for was kept under the same words
    answers = {each.answers[0] for each in batch.questions}
    values = tuple(word for pooling, word in kept if pooling == 2)  # a word's first token
    assert all(each.startswith(values) for each in answers)


def test_a_key_of_two_words_points_at_each(stories: Stories, texts: Texts) -> None:
    """In qa3: from where somebody came to a place is kept under both, not under either."""
    batch = judge.judged(stories, texts, "qa3", 3, 4, seed=1)
    came = RELATIONS.index("came")
    keys = {
        (text, place, POOLED * row)
        for text, place, row, _, _, relation in batch.kept.tolist()
        if relation == came
    }
    pointed = [at for at in map(tuple, batch.meant.at.tolist()) if at in keys]
    assert keys and len(pointed) == 2 * len(keys)


def test_slots_of_many_stories_are_those_that_a_memory_has(
    module: Lm2, lens: Lens, batch: Batch
) -> None:
    """And so no story reads another's, and padding writes nothing."""
    table = module.whitened(lens.network.llama.embedding)
    with torch.no_grad():
        rows = write_rows(module, batch, table[batch.ids])
        states = slots_after(module, batch, rows, SLOTS)
    for story in range(batch.stories):
        cell = Cell(Matrix.empty(SLOTS, SHAPE.tag + SHAPE.value), SHAPE.tag)
        for segment in range(batch.segments):
            number = story * batch.segments + segment
            there = batch.ends[number] >= 0
            cell.let_in(rows[number, there].flatten(0, 1).numpy(), segment + 1)
            found = states[story, segment].numpy()
            np.testing.assert_allclose(found, cell.matrix.slots, atol=1e-4)


def test_no_sentence_sees_what_comes_behind_it(module: Lm2, lens: Lens, batch: Batch) -> None:
    table = module.whitened(lens.network.llama.embedding)
    ids, ends = batch.ids[:1], batch.ends[:1]
    first = int(ends[0, 0])
    other = ids.clone()
    other[:, first + 1 :] = 77
    rows, changed = (module.rows(table[each], ends) for each in (ids, other))
    assert torch.equal(rows[:, 0], changed[:, 0])
    assert not torch.equal(rows[:, 1], changed[:, 1])


def test_what_is_held_can_be_said_from_the_beginning(module: Lm2, lens: Lens, texts: Texts) -> None:
    """Of every word that stories have, though nothing was learned."""
    x = module.whitened(lens.network.llama.embedding[torch.tensor(texts.often)])
    said: Tensor = module.say(module.codes(x))
    logits = lens.network.llama.logits(said)
    right = logits.argmax(-1) == torch.tensor(texts.often)
    assert right.float().mean() > 0.9


def test_it_learns(module: Lm2, lens: Lens, texts: Texts, stories: Stories) -> None:
    learner = Learner(lens, module)
    batches = Batches(stories, texts, ["status"], 60, 1, seed=2)
    optimizer = torch.optim.Adam(learner.parameters.values(), 3e-3)
    losses = []
    for step in range(24):
        loss, _ = learner.loss(batches[step], 0.0)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert sum(losses[-4:]) < 0.7 * sum(losses[:4])


def test_another_storys_slots_tell_nothing(module: Lm2, lens: Lens, batch: Batch) -> None:
    table = module.whitened(lens.network.llama.embedding)
    found = judge.right_answers(module, lens, table, batch, SLOTS, (0, 1))
    assert [len(right) for right in found] == 2 * [len(batch.questions)]


def test_a_source_is_the_last_segment_that_tells_it(
    module: Lm2, lens: Lens, texts: Texts, stories: Stories
) -> None:
    """Of who is where the last one with the person's name; one segment of each story is named."""
    rng = random.Random(4)
    told = [judge.told(stories, rng, "qa1", 4) for _ in range(6)]
    for story in told:
        asked = story.segments[-1].asked[0]
        named = [
            any(each.writes and asked.key in each.text for each in segment.sentences)
            for segment in story.segments
        ]
        assert sources.telling(story, asked) == max(
            at for at, is_so in enumerate(named, 1) if is_so
        )
    table = module.whitened(lens.network.llama.embedding)
    found = sources.named(module, table, batch_of(told, texts), SLOTS)
    assert len(found) == 6
    assert set(found) <= {0, 1, 2, 3, 4}
