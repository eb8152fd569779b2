"""`mplus doctor`: what it measures, what it says about each model, and which one it advises."""

from dataclasses import replace
from pathlib import Path

import pytest

from mplus_cli.model.machine.hardware import Machine
from tests.conftest import Run

GB = 10**9
DESK = Machine(
    cpu="a processor",
    cores=16,
    ram_available_bytes=32 * GB,
    cache_free_bytes=200 * GB,
    gpus=(),
    device="cpu",
    free_bytes=32 * GB,
    torch="2",
    bitsandbytes="0.5",
    reads_bytes_per_s=200e9,
    operations_per_s=10e12,
    product_type="bfloat16",
    findings=(),
)


def test_what_this_machine_can_run(mplus: Run) -> None:
    ran = mplus("doctor", "--json")
    assert ran.code == 0
    machine, models = ran.json["machine"], ran.json["models"]
    assert machine["cores"] >= 1
    assert machine["ram_available_bytes"] > 10**8
    assert 10**8 < machine["reads_bytes_per_s"] < 10**14
    assert 10**8 < machine["operations_per_s"] < 10**16
    known = {(row["model"], row["quantize"]): row for row in models}
    assert ("smollm2", "none") in known
    assert ("smollm2", "nf4") not in known  # too small to gain by it
    plain, nf4 = (known["YuWangX/mplus-8b", form] for form in ("none", "nf4"))
    assert nf4["memory_bytes"] < plain["memory_bytes"] < plain["memory_with_longterm_bytes"]
    assert nf4["disk_bytes"] > plain["disk_bytes"]
    # Of one measured rate, rounded: on a machine with much else to do both may be 0.1.
    assert nf4["decode_tokens_per_s_at_most"] >= plain["decode_tokens_per_s_at_most"] > 0
    # Where chunks are found, the long-term memory stays on the disk.
    assert known["Qwen/Qwen3-4B-Instruct-2507", "none"]["memory_with_longterm_bytes"] is None
    for row in models:
        assert row["fits"] == (not row["why"]) == (not row["lacks"])
        assert row["memory_bytes"] <= machine["free_bytes"] or not row["fits"]


def test_models_that_are_here_are_told_apart(mplus: Run) -> None:
    here = {row["model"]: row["here"] for row in mplus("doctor", "--json").json["models"]}
    assert not here["YuWangX/mplus-8b"]
    assert any(here.values())  # the toys


def test_for_people(mplus: Run, world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MPLUS_CACHE", str(world / "empty"))
    ran = mplus("doctor")
    assert ran.code == 0
    for word in ("processor", "GB/s", "bitsandbytes", "smollm2", "qwen3-4b", "fits", "≤"):
        assert word in ran.out
    assert "best for this machine" in ran.out


def test_one_form_a_model_and_all_on_demand(
    mplus: Run, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MPLUS_CACHE", str(world / "empty"))
    on(monkeypatch, DESK, free_bytes=20 * GB)

    def forms(*arguments: str) -> list[str]:
        lines = [line.split() for line in mplus("doctor", *arguments).out.splitlines()]
        return [line[2] for line in lines if line and line[0] == "qwen3-8b"]

    assert forms() == ["int8"]
    assert forms("--all") == ["none", "int8", "nf4"]
    on(monkeypatch, DESK, free_bytes=5 * GB)
    assert forms() == ["nf4"]  # none fits: the smallest
    rows = mplus("doctor").out.splitlines()
    assert "no: memory" in next(row for row in rows if row.startswith("qwen3-8b"))


@pytest.mark.parametrize(
    ("changes", "best"),
    [
        ({}, "qwen3-8b"),
        ({"free_bytes": 12 * GB}, "qwen3-8b"),  # in int8
        ({"free_bytes": 6 * GB}, "qwen3-4b"),
        ({"free_bytes": 6 * GB, "bitsandbytes": "no: it is not installed"}, "qwen3-1.7b"),
        ({"cache_free_bytes": 9 * GB}, "qwen3-1.7b"),
        ({"operations_per_s": 0.3e12}, "qwen3-0.6b"),  # reads
        ({"operations_per_s": 1e9}, "smollm2"),
        ({"reads_bytes_per_s": 1e9}, "smollm2"),  # answers
        ({"free_bytes": GB // 2}, "smollm2"),
    ],
)
def test_the_largest_model_that_fits_and_is_quick_is_advised(
    mplus: Run,
    world: Path,
    monkeypatch: pytest.MonkeyPatch,
    changes: dict[str, object],
    best: str,
) -> None:
    monkeypatch.setenv("MPLUS_CACHE", str(world / "empty"))
    on(monkeypatch, DESK, **changes)
    advice = mplus("doctor", "--json").json["advice"]
    assert advice["short"] == best
    if best == "smollm2":
        assert advice["commands"] == ["mplus inject PATH"]
    else:
        assert advice["commands"] == [f"mplus model pull {best}", f"mplus inject PATH -m {best}"]


def test_what_is_advised_answers_quickly(
    mplus: Run, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MPLUS_CACHE", str(world / "empty"))
    on(monkeypatch, DESK, reads_bytes_per_s=40e9)
    found = mplus("doctor", "--json").json
    rate = {row["model"]: row["decode_tokens_per_s_at_most"] for row in found["models"]}
    assert rate["Qwen/Qwen3-8B"] < 10 <= rate[found["advice"]["model"]]
    assert "tokens a second" in found["advice"]["why"]


def on(monkeypatch: pytest.MonkeyPatch, machine: Machine, **changes: object) -> None:
    """The machine that is looked at from here on."""
    found = replace(machine, **changes)  # type: ignore[arg-type]
    monkeypatch.setattr("mplus_cli.model.machine.hardware.look", lambda cache: found)
