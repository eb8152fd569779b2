"""Memories side by side, at a small size: each is trained for a moment and asked."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import platformdirs
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from bench.babilong import as_here, longterm
from bench.babilong.__main__ import main
from bench.babilong.arm import Arm, Asking
from bench.babilong.as_here import AsHere, Shipped, Trained
from bench.babilong.asking import asked
from bench.babilong.base import PLAIN, Base, padded
from bench.babilong.in_context import InContext, Tuned
from bench.babilong.learning import trained
from bench.babilong.longterm import MPlus
from bench.babilong.material import Cell, Material
from bench.babilong.pools import MemoryLlm
from bench.babilong.published import Published
from bench.babilong.results import interval, mean
from bench.babilong.rmt import Rmt
from bench.babilong.whole_chunks import WholeChunks
from mplus_cli.engine import Engine
from mplus_cli.errors import ModelError, UsageError
from mplus_cli.model.net.lm2.shape import Shape
from mplus_cli.model.prepared import catalog
from mplus_cli.settings import load_settings
from tests.conftest import USER_CACHE
from tests.toy import make_checkpoint
from training.stories import Story

CACHE = Path(USER_CACHE) if USER_CACHE else platformdirs.user_cache_path("mplus")
VOCABULARY = 49_152
SHAPE = {"width": 16, "tag": 8, "code": 16, "value": 24, "heads": 8, "hops": 2}
REAL = ("Mary", "garden"), ("John", "office"), ("Bill", "kitchen")
KINDS: tuple[Callable[[Base, Material], Arm[Any]], ...]
KINDS = (InContext, Tuned, Published, Trained, Rmt, MemoryLlm, MPlus)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A toy base that has the default model's tokenizer, and so its words."""
    default = catalog.prepared_folder("smollm2", CACHE)
    root = tmp_path_factory.mktemp("base")
    folder = make_checkpoint(
        root / "toy",
        "plain",
        vocab_size=VOCABULARY,
        bos_token_id=1,
        eos_token_id=2,
        max_position_embeddings=2048,
    )
    shutil.copy(default / "tokenizer.json", folder)
    described = json.loads((folder / "tokenizer_config.json").read_text())
    described["bos_token"] = "<|im_start|>"
    (folder / "tokenizer_config.json").write_text(json.dumps(described))
    catalog.pull(str(folder), root / "cache", None, False, lambda done, of: None)
    return folder


@pytest.fixture(scope="module")
def engine(prepared: Path) -> Engine:
    where = {"model": str(prepared), "device": "cpu", "cache": str(prepared.parent / "cache")}
    return Engine(load_settings(where), None)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(as_here, "Shape", partial(Shape, **SHAPE))


@pytest.fixture(scope="module")
def material(engine: Engine) -> Material:
    return Material(engine, [], None, pool=6)


@pytest.fixture
def base(engine: Engine) -> Base:
    torch.manual_seed(0)
    return Base(engine)


def cell(material: Material, segments: int = 3, count: int = 3) -> Cell:
    return material.cell("qa2", segments, count, 0)


def asking(material: Material, cell: Cell, said: str = "") -> Asking:
    prompts = [material.texts.prompt(each.question) for each in cell.asked]
    return Asking.of(prompts, [material.encode(said)] * len(prompts), torch.arange(len(prompts)))


def made(kind: Callable[[Base, Material], Arm[Any]], base: Base, material: Material) -> Arm[Any]:
    """A memory whose adapters change something."""
    arm = kind(base, material)
    generator = torch.Generator().manual_seed(1)
    for name, parameter in arm.parameters.items():
        if name.endswith(".b"):
            parameter.data = torch.randn(parameter.shape, generator=generator) * 0.05
    arm.prepare()
    return arm


def last(states: Tensor, asked: Asking) -> Tensor:
    """Of each question its last token's."""
    return states[torch.arange(len(states)), asked.own.sum(1) - 1]


def test_texts_behind_rows_are_what_the_network_reads(base: Base, material: Material) -> None:
    """A text in two parts of unlike length, beside another, is the same text in one."""
    texts = [list(range(400, 440)), list(range(700, 725))]
    whole = [
        base.through(base.embed(torch.tensor([text])), torch.ones(1, len(text)).bool(), PLAIN)[0]
        for text in texts
    ]
    arm = InContext(base, material)
    told = [Story("qa1", ()), Story("qa1", ())]
    cuts = 33, 12
    ids, own = padded([text[:cut] for text, cut in zip(texts, cuts, strict=True)])
    kv = base.through(base.embed(ids), own, PLAIN)[1]
    memory = type(arm.written(told))(kv, own, torch.arange(2))
    ids, own = padded([text[cut:] for text, cut in zip(texts, cuts, strict=True)])
    parts, _ = base.through(base.embed(ids), own, PLAIN, memory)
    for number, (text, cut) in enumerate(zip(texts, cuts, strict=True)):
        found = parts[number, : len(text) - cut]
        assert torch.allclose(found, whole[number][0, cut:], atol=1e-4)
        logits = base.network.read(text, nothing_read, 0, all_logits=True)[1]
        assert torch.allclose(base.llama.logits(whole[number][0]), logits, atol=1e-3)


def nothing_read(layer: int, normed: Tensor) -> Any:
    none = torch.zeros(0, 32)
    return SimpleNamespace(ids=np.zeros(0, np.int64), scores=torch.zeros(0), states=none, kv=none)


@pytest.mark.parametrize("kind", KINDS)
@torch.no_grad()
def test_stories_side_by_side_know_nothing_of_each_other(
    base: Base, material: Material, kind: Callable[[Base, Material], Arm[Any]]
) -> None:
    arm, stories = made(kind, base, material), cell(material)
    asked = asking(material, stories)
    together = last(arm.states(arm.written(stories.stories), asked), asked)
    for number, story in enumerate(stories.stories):
        one = asking(material, replace(stories, stories=(story,)))
        alone = last(arm.states(arm.written([story]), one), one)
        assert torch.allclose(together[number], alone[0], atol=1e-3)


@pytest.mark.parametrize("kind", KINDS)
@torch.no_grad()
def test_what_was_told_is_read_and_nothing_that_is_said_later(
    base: Base, material: Material, kind: Callable[[Base, Material], Arm[Any]]
) -> None:
    arm, stories = made(kind, base, material), cell(material)
    asked, further = asking(material, stories), asking(material, stories, " in the garden")
    memory = arm.written(stories.stories)
    places = torch.arange(len(asked.own)), asked.own.sum(1) - 1
    states = arm.states(memory, asked)[places]
    assert torch.allclose(states, arm.states(memory, further)[places], atol=1e-3)
    others = replace(asked, owners=asked.owners.roll(1))
    assert not torch.allclose(states, arm.states(memory, others)[places], atol=1e-3)
    empty = arm.written(stories.untold)
    assert torch.isfinite(arm.states(empty, asked)[places]).all()
    assert memory.bytes >= empty.bytes


@torch.no_grad()
def test_before_the_first_write_the_slots_add_nothing(base: Base, material: Material) -> None:
    arm, stories = made(Trained, base, material), cell(material)
    asked = asking(material, stories)
    plain, _ = base.through(base.embed(asked.ids), asked.own, PLAIN)
    assert torch.equal(arm.states(arm.written(stories.untold), asked), plain)


@torch.no_grad()
def test_the_published_memory_is_the_papers_token_by_token(base: Base, material: Material) -> None:
    arm = Published(base, material)
    maps, n, d = arm.parameters, 5, 32
    entering, before = torch.randn(1, n, d), torch.randn(1, 48, d)
    found = arm.updated(entering, torch.ones(1, n).bool(), before)[0]
    for token in range(n):
        scores = torch.stack(
            [
                (entering[0, token] @ maps["query"]) @ (before[0, slot] @ maps["key"]) / d**0.5
                for slot in range(token + 1)
            ]
        )
        weights = scores.exp() / scores.exp().sum()
        values = torch.stack([before[0, slot] @ maps["value"] for slot in range(token + 1)])
        read = weights @ values
        g_in = torch.sigmoid(entering[0, token] @ maps["in"])
        g_forget = torch.sigmoid(read @ maps["forget"])
        expected = g_in * torch.tanh(read) + g_forget * before[0, token]
        assert torch.allclose(found[token], expected, atol=1e-4)
    assert torch.equal(found[n:], before[0, n:])


def test_pools_drop_at_random_what_has_no_room(
    base: Base, material: Material, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MPlus, "pool", 60)
    arm = MPlus(base, material)
    (story,) = material.cell("qa1", 4, 1, 0).stories
    pool, dropped = arm.pool_of(story)
    lengths = [len(segment.ids) for segment in story.segments]
    rows = [48 * at + place for at, length in enumerate(lengths) for place in range(length)]
    assert sorted([*pool.tolist(), *dropped.tolist()]) == rows
    assert len(pool) == 60 and pool.tolist() == sorted(pool.tolist())
    assert pool.tolist()[-lengths[-1] :] == rows[-lengths[-1] :]
    assert torch.equal(arm.pool_of(story)[0], pool)


@torch.no_grad()
def test_rows_are_found_by_the_mean_of_what_a_question_asks(
    base: Base, material: Material, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MPlus, "pool", 60)
    monkeypatch.setattr(longterm, "RETRIEVED", 7)
    arm, stories = made(MPlus, base, material), cell(material, 4)
    asked = asking(material, stories)
    memory = arm.written(stories.stories)
    found = longterm.Found(memory, asked, arm.parameters["query"])
    normed = torch.randn(*asked.ids.shape, 32)
    rows = found.at(1, normed)
    assert rows.shape[1] == found.there.shape[1] == 7 + 60
    for number, kept in enumerate(memory.longterm):
        queries = normed[number, : asked.prompts[number]] @ arm.parameters["query"][1]
        scores = torch.sigmoid(queries @ kept.keys[1].float().T).mean(0)
        best = sorted(scores.argsort(descending=True)[:7].tolist())
        expected = kept.told.rows(kept.numbers[torch.tensor(best)])[1]
        assert torch.equal(rows[number, :7], expected.float())


@pytest.mark.parametrize("kind", [Tuned, Published, Trained, Rmt, MemoryLlm, MPlus])
def test_it_learns_and_goes_on(
    base: Base,
    material: Material,
    tmp_path: Path,
    kind: Callable[[Base, Material], Arm[Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = iter(range(10**6))
    monkeypatch.setattr("time.process_time", lambda: next(clock))
    arm = kind(base, material)
    assert trained(arm, tmp_path / "one", 3 / 60, 0) == 3 / 60
    before = {name: each.detach().clone() for name, each in arm.parameters.items()}
    steps = (tmp_path / "one" / "log.jsonl").read_text().splitlines()
    assert len(steps) == 3 and all(json.loads(line)["loss"] > 0 for line in steps)
    again = kind(Base(material.engine), material)
    assert trained(again, tmp_path / "one", 3 / 60, 0) == 3 / 60
    assert all(torch.equal(again.parameters[name], each) for name, each in before.items())


def test_shipped_weights_are_those_of_the_module(
    base: Base, material: Material, tmp_path: Path
) -> None:
    module = AsHere(base, material).module
    save_file(module.state_dict(), tmp_path / "own")
    shipped = Shipped(base, material).load(tmp_path / "own")
    found = shipped.module.state_dict()
    assert all(torch.equal(found[name], each) for name, each in module.state_dict().items())
    save_file({"other": torch.zeros(1)}, tmp_path / "other")
    with pytest.raises(ModelError, match="has not what this module is made of"):
        Shipped(base, material).load(tmp_path / "other")


def test_stories_are_the_same_again_and_end_with_a_question(material: Material) -> None:
    found = material.cell("qa1", 9, 4, 0)
    assert found == material.cell("qa1", 9, 4, 0) != material.cell("qa1", 9, 4, 1)
    background = {segment.ids for segment in material.pool}
    for story in found.stories:
        assert len(story.segments) == 9
        facts = [any(material.facts(segment)) for segment in story.segments]
        assert 1 <= sum(facts) <= 6
        pairs = zip(facts[:-1], story.segments[:-1], strict=True)
        assert all(fact or segment.ids in background for fact, segment in pairs)
        assert story.segments[-1].asked[0].answers[0].lower() in found.labels


def test_real_stories_are_asked_about(engine: Engine, tmp_path: Path) -> None:
    told = "1 {0} went to the {1}.\n2 Where is {0}? \t{1}\t1\n"
    (tmp_path / "qa1_test.txt").write_text("".join(told.format(*each) for each in REAL))
    material = Material(engine, [], tmp_path, pool=2)
    found = material.cell("qa1", 3, 9, 0)
    assert sorted(each.answers[0] for each in found.asked) == sorted(place for _, place in REAL)
    assert found.labels == {place for _, place in REAL}
    with pytest.raises(UsageError, match="no file of qa2"):
        material.cell("qa2", 3, 9, 0)


class Knowing(Arm[Any]):
    """Says the answers of one memory."""

    def __init__(self, stories: Cell) -> None:
        self._answers = [each.answers[0] for each in stories.asked]

    def written(self, stories: Any) -> Any:
        return SimpleNamespace(bytes=10 * len(stories))

    def answers(self, memory: Any, owners: Any, questions: Any) -> list[str]:
        return [f"In the {self._answers[owner]}." for owner in owners]


def test_answers_are_counted(material: Material) -> None:
    stories = material.cell("qa1", 2, 5, 0)
    found = asked(Knowing(stories), stories, 60, 8_192)
    wrong = [a.answers != b.answers for a, b in pairwise([*stories.asked, stories.asked[0]])]
    assert (found["asked"], found["right"], found["exact"], found["bytes"]) == (5, 5, 0, 10)
    assert found["another_right"] == 5 - sum(wrong)
    assert asked(Knowing(stories), stories, 0, 2 * 2 * 48)["asked"] == 2


def test_whole_chunks_are_what_the_product_injects_and_asks(
    world: Path, engine: Engine, material: Material
) -> None:
    arm, stories = WholeChunks(engine, material), material.cell("qa1", 8, 2, 0)
    found = asked(arm, stories, 60, 8_192)
    assert found["asked"] == found["another_asked"] == 2
    assert found["bytes"] > 8 * 48
    assert asked(arm, material.cell("qa1", 0, 2, 0), 60, 8_192)["asked"] == 2


def test_intervals_hold_what_is_known_of_them() -> None:
    assert interval(0, 0) == (0, 1)
    low, high = interval(50, 100)
    assert (round(low, 3), round(high, 3)) == (0.404, 0.596)
    assert interval(10, 10)[1] == 1 > interval(10, 10)[0] > 0.7
    cells = [{"task": task, "right": 5, "asked": 10} for task in ("qa1", "qa1", "qa2")]
    found = mean(cells)
    assert found is not None and found["share"] == 0.5 and found["asked"] == 30
    assert mean([{"task": "qa1", "fits": False}]) is None


def test_memories_are_asked_once_and_put_into_tables(
    world: Path,
    prepared: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("MPLUS_CACHE", str(prepared.parent / "cache"))
    file = tmp_path / "found.json"
    given = ["ask", "--base", str(prepared), "--device", "cpu", "--out", str(tmp_path / "runs")]
    given += ["--json", str(file), "--tasks", "qa1", "--lengths", "0K", "4K"]
    given += ["--questions", "2", "--minutes", "0.001", "--arms", "context", "rmt"]
    monkeypatch.setattr(sys, "argv", ["babilong", *given])
    main()
    found = json.loads(file.read_text())
    assert [(each["arm"], each["segments"], each["fits"]) for each in found] == [
        *(("context", 0, True), ("context", 1, True), ("context", 85, False)),
        *(("rmt", 0, True), ("rmt", 1, True), ("rmt", 85, True)),
    ]
    assert all(each["asked"] == 2 and each["bytes"] for each in found if each["fits"])
    main()
    assert json.loads(file.read_text()) == found
    capsys.readouterr()
    monkeypatch.setattr(sys, "argv", ["babilong", "table", str(file)])
    main()
    printed = capsys.readouterr().out
    assert "| qa1 | 0K | 4K |" in printed and "does not fit" in printed
    monkeypatch.setattr(sys, "argv", ["babilong", *given, "--arms", "shipped"])
    with pytest.raises(UsageError, match="no weights"):
        main()


def test_the_picture_is_drawn(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    from bench.babilong.picture import picture

    about = {"seed": 0, "source": "generated", "fits": True, "asked": 10}
    cells = [
        about | {"arm": arm, "task": task, "segments": segments, "right": 5}
        for arm in ("context", "lm2")
        for task in ("qa1", "qa2", "qa3")
        for segments in (0, 1, 21)
    ]
    picture(cells, tmp_path / "found.svg")
    assert "lm2" in (tmp_path / "found.svg").read_text() or (tmp_path / "found.svg").stat().st_size
