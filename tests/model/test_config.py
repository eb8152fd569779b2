"""One description of a model: read from every version of its file, and named by what decides."""

import json
import shutil
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import get_args

import pytest

from mplus_cli.engine import make_spec
from mplus_cli.errors import ModelError
from mplus_cli.model.config import (
    SECTIONS,
    Answering,
    Architecture,
    MemoryLayout,
    ModelConfig,
    Quantization,
)
from mplus_cli.model.prepared.prepare import folder_source, prepare
from tests.toy import Layout, make_checkpoint

ARCHIVE = Path(__file__).parents[1] / "archive"
IDENTITIES = json.loads((ARCHIVE / "model-1.json").read_text())
DECLINES = "I don't know."


def archived(name: str, folder: Path, **without: None) -> ModelConfig:
    """The config of an archived file; `without`: fields that are left out of it."""
    found = json.loads((ARCHIVE / f"model-1-{name}.json").read_text())
    for field in without:
        del found[field]
    (folder / "model.json").write_text(json.dumps(found))
    return ModelConfig.load(folder)


@pytest.mark.parametrize("name", IDENTITIES)
def test_what_was_prepared_before_is_read_and_keeps_its_identity(name: str, tmp_path: Path) -> None:
    for config in (archived(name, tmp_path), archived(name, tmp_path, revision=None)):
        assert {form: config.identity(form) for form in get_args(Quantization)} == IDENTITIES[name]
        config.save(tmp_path)
        assert ModelConfig.load(tmp_path) == config
    flat = json.loads((ARCHIVE / f"model-1-{name}.json").read_text())
    del flat["prepared"]
    found = json.loads(json.dumps(config.flat()))
    assert {name: found[name] for name in flat} == flat


def test_its_answers_are_those_that_such_models_gave(tmp_path: Path) -> None:
    finds, published = (archived(name, tmp_path).answering for name in ("smollm2", "mplus"))
    assert (finds.declines, finds.sure, finds.likely) == (DECLINES, 0.1, 0.5)
    assert published == replace(finds, declines="")


@pytest.mark.parametrize("layout", ["mplus", "chunks"])
def test_the_same_checkpoint_is_the_same_model(layout: Layout, tmp_path: Path) -> None:
    """Prepared now, but for its bytes, which another PyTorch may draw otherwise."""
    checkpoint = make_checkpoint(tmp_path / "checkpoint", layout)
    config = prepare(folder_source("toy", checkpoint), tmp_path / "prepared")
    before = archived(layout, tmp_path)
    assert replace(config, provenance=before.provenance) == before


@pytest.mark.parametrize(
    "damage",
    [
        {"prepared": 3},
        {"memory": {}},
        {"special": None},
        {"architecture": {"wings": 2}},
        {"answering": {"passage": "behind"}},
        {"more": {}},
    ],
)
def test_what_another_version_wrote_is_refused(damage: dict[str, object], tmp_path: Path) -> None:
    archived("smollm2", tmp_path).save(tmp_path)
    found = json.loads((tmp_path / "model.json").read_text())
    (tmp_path / "model.json").write_text(json.dumps(found | damage))
    with pytest.raises(ModelError, match="another version") as refused:
        ModelConfig.load(tmp_path)
    assert "mplus model pull" in refused.value.hint


def test_a_field_at_its_default_is_no_other_model(tmp_path: Path) -> None:
    @dataclass(frozen=True)
    class Later(Architecture):
        """Of a version that knows networks of another kind."""

        query_norm: bool = False

    @dataclass(frozen=True)
    class Longer(MemoryLayout):
        prefix: tuple[int, ...] = ()

    config = archived("smollm2", tmp_path)
    architecture = Later(**vars(config.architecture))
    memory = Longer(**vars(config.memory))
    later = replace(config, architecture=architecture, memory=memory)
    assert later.identity("none") == config.identity("none")
    for other in (
        replace(later, architecture=replace(architecture, query_norm=True)),
        replace(later, memory=replace(memory, prefix=(1, 2))),
    ):
        assert other.identity("none") != config.identity("none")


def test_everything_but_name_revision_and_answers_decides(tmp_path: Path) -> None:
    config = archived("chunks", tmp_path)
    for section in ("architecture", "memory", "special"):
        part = getattr(config, section)
        for item in fields(part):
            other = replace(config, **{section: replace(part, **{item.name: "another"})})
            assert other.identity("none") != config.identity("none"), item.name
    same = replace(config.provenance, name="another", revision="another")
    for other in (
        replace(config, provenance=same),
        replace(config, answering=Answering("Sing.", "No.", 0.3, 0.7, languages=("de",))),
    ):
        assert other.identity("none") == config.identity("none")


def test_no_name_is_in_two_sections() -> None:
    """They stand side by side where they are hashed, and in a memory's spec."""
    names = [item.name for kind in SECTIONS.values() for item in fields(kind)]
    assert len(names) == len(set(names))


def test_a_memorys_spec_has_the_models_fields(tmp_path: Path) -> None:
    config = archived("chunks", tmp_path)
    spec = make_spec(config, "int8", seed=7)
    assert (spec.model, spec.quantize, spec.seed) == ("toy", "int8", 7)
    assert spec.identity == config.identity("int8")
    assert (spec.layers, spec.num_tokens, spec.retrieval_layers) == (2, 32, (0, 1))
    assert spec.kv_width == config.architecture.kv_width == 32
    assert make_spec(archived("mplus", tmp_path), "none").kv_width == 0


def test_a_checkpoint_says_how_it_answers(tmp_path: Path) -> None:
    said = {"declines": "No idea.", "sure": 0.2, "system": "Sing."}
    checkpoint = make_checkpoint(tmp_path / "checkpoint", "chunks", answering=said)
    config = prepare(folder_source("toy", checkpoint), tmp_path / "prepared")
    assert config.answering == Answering("Sing.", "No idea.", sure=0.2)
    assert ModelConfig.load(tmp_path / "prepared") == config
    shutil.rmtree(checkpoint)
    for wrong in ({"passage": "behind"}, {"tone": "kind"}, {"sure": 0.6}, {"likely": "very"}):
        checkpoint = make_checkpoint(tmp_path / "checkpoint", "chunks", answering=wrong)
        with pytest.raises(ModelError, match="answering"):
            prepare(folder_source("toy", checkpoint), tmp_path / "prepared")
        shutil.rmtree(checkpoint)


@pytest.mark.parametrize(
    ("answer", "declined"),
    [
        ("I don't know.", True),
        ("I don\u2019t know", True),
        ("i don't know, the passage does not say", True),
        ("The answer to this question is: I don't know.", True),
        ("They said that I don't know it", False),
        ("In May.", False),
        ("", False),
    ],
)
def test_it_declines_in_its_words(answer: str, declined: bool) -> None:
    assert Answering(declines="I don't know.").declined(answer) == declined
    assert not Answering().declined(answer)
