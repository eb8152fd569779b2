"""Many ask a server while another process changes its memory; `make soak` does so for minutes."""

from pathlib import Path

import pytest

from tests import soak
from tests.test_side_by_side import ROOT


@pytest.mark.timeout(120)
def test_every_answer_is_of_one_generation_and_none_is_lost(
    tmp_path: Path, toys: dict[str, Path], toy_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)  # the other process is a module of these tests
    seen = soak.run(tmp_path, str(toys["chunks"]), toy_cache, 3.0, over_http=True)
    assert not seen.wrong
    assert min(seen.counts[what] for what in ("answers", "passages", "listings", "logs")) > 0
    assert seen.counts["generations"] > 2
