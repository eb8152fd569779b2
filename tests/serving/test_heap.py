"""Memory that is free is given back."""

import platform
from pathlib import Path

import pytest

from mplus_cli.serving.heap import give_back

STATUS = Path("/proc/self/status")


def held_kb() -> int:
    lines = STATUS.read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon"))


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another library's heap")
def test_holes_below_what_stays_go_back_to_the_system() -> None:
    some = [bytes(4_000) for _ in range(20_000)]
    top = some[-1]
    some.clear()
    before = held_kb()
    give_back()
    assert before - held_kb() > 40_000
    assert top
