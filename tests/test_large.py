"""The measurement of the published layout, in this process and at a small size."""

import argparse
from pathlib import Path

import pytest

from bench import large, large_parts
from bench.random_model import write_prepared
from mplus_cli.model.machine import fit

QUICK = ["--small", "--longterm", "600", "--layers", "2", "--memory-files", "1", "--answer", "3"]


@pytest.fixture
def chosen(monkeypatch: pytest.MonkeyPatch) -> argparse.Namespace:
    monkeypatch.setattr("sys.argv", ["large.py", "--device", "cpu", *QUICK])
    return large.arguments()


def test_it_measures_what_is_counted(chosen: argparse.Namespace, tmp_path: Path) -> None:
    sizes = large.chosen_sizes(chosen)
    write_prepared(tmp_path, sizes, "cpu", chosen.memory_files)
    assert fit.sizes_of(tmp_path) == sizes
    found = large_parts.measure(tmp_path, "cpu", "none", chosen.answer)
    assert {name: found["bytes"][name]["ratio"] for name in ("weights", "read cache")} == {
        "weights": pytest.approx(1, abs=0.01),
        "read cache": 1,
    }
    assert set(found["asked"]) == {"in files", "on the device"}
    large.print_table({"forms": {"none": found}})


def test_it_ends_where_there_is_no_room(chosen: argparse.Namespace, tmp_path: Path) -> None:
    chosen.hidden, chosen.longterm = 10**6, 10**9
    with pytest.raises(SystemExit, match="GB of disk are needed"):
        large.check_disk(tmp_path, large.chosen_sizes(chosen), chosen)
