"""`mplus doctor`: what it measures and what it says about each model."""

from pathlib import Path

import pytest

from tests.conftest import Run


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
    assert nf4["decode_tokens_per_s_at_most"] > plain["decode_tokens_per_s_at_most"] > 0
    for row in models:
        assert row["fits"] == (not row["why"])
        assert row["memory_bytes"] <= machine["free_bytes"] or not row["fits"]


def test_models_that_are_here_are_told_apart(mplus: Run) -> None:
    here = {row["model"]: row["here"] for row in mplus("doctor", "--json").json["models"]}
    assert not here["YuWangX/mplus-8b"]
    assert any(here.values())  # the toys


def test_for_people(mplus: Run, world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MPLUS_CACHE", str(world / "empty"))
    ran = mplus("doctor")
    assert ran.code == 0
    for word in ("processor", "GB/s", "bitsandbytes", "smollm2", "nf4", "fits", "≤"):
        assert word in ran.out
