"""What `mplus verify` says of a lean memory mends it, word for word; and until then it answers."""

import re
import shlex
from pathlib import Path

import pytest

from store.home import Home
from store.segments.lean import newest
from tests.conftest import Run

NAMES = ("a.txt", "b.txt", "c.txt")


@pytest.fixture
def pack(mplus: Run, world: Path, toys: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder with the packs of a memory of three documents."""
    monkeypatch.setenv("MPLUS_MODEL", str(toys["chunks"]))
    for name in NAMES:
        (world / name).write_text(f"The text of {name} says that its key hangs on a hook. " * 8)
        assert mplus("inject", name).code == 0
    home = Home(world.parent / "memory")
    assert home.spec.lean
    return newest(home.packs(home.spec.identity))


def contents(pack: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in newest(pack.parent).iterdir()}


def mends(mplus: Run) -> list[str]:
    """What mends what is wrong, each once."""
    ran = mplus("verify", "--read-data", "--json")
    found = [each["mend"] for each in ran.json["findings"]]
    assert ran.code == (20 if found else 0)
    return list(dict.fromkeys(found))


def follow(mplus: Run, mend: str) -> None:
    """Run the commands that a finding names first."""
    first = re.split("[;,] or ", mend)[0]
    for command in first.split(", then "):
        program, *arguments = shlex.split(command)
        assert program == "mplus" and mplus(*arguments).code == 0, command


def flip(file: Path, place: int) -> None:
    content = bytearray(file.read_bytes())
    content[place] ^= 1
    file.write_bytes(content)


DAMAGE = {
    "ids": lambda pack: flip(pack / "ids", 3),
    "codes": lambda pack: flip(pack / "000.codes", 3),
    "means": lambda pack: flip(pack / "001.means", -1),
    "a count": lambda pack: flip(pack / "records", 32),
    "a name": lambda pack: flip(pack / "records", 40),
    "lost rows": lambda pack: (pack / "ids").write_bytes((pack / "ids").read_bytes()[:-9]),
    "a lost column": lambda pack: (pack / "000.codes").unlink(),
    "lost records": lambda pack: (pack / "records").write_bytes(b"x" * 50),
    "no records": lambda pack: (pack / "records").unlink(),
    "nothing there": lambda pack: [file.unlink() for file in pack.iterdir()],
}


@pytest.mark.parametrize("what", DAMAGE)
def test_what_verify_says_mends_it(mplus: Run, pack: Path, what: str) -> None:
    before = mplus("status", "--json").json["state_digest"]
    assert mends(mplus) == []
    DAMAGE[what](pack)
    found = mends(mplus)
    assert found
    for mend in found:
        follow(mplus, mend)
    assert mends(mplus) == []
    assert mplus("gc").code == 0 and mends(mplus) == []
    held = {row["path"] for row in mplus("ls", "--json").json}
    assert {Path(path).name for path in held} == {*NAMES}
    if not any("forget" in mend for mend in found):
        assert mplus("status", "--json").json["state_digest"] == before


@pytest.mark.parametrize("what", ["lost rows", "a name"])
def test_questions_are_answered_while_a_chunk_is_lost(mplus: Run, pack: Path, what: str) -> None:
    DAMAGE[what](pack)
    assert mplus("ask", "Where does the key of a.txt hang?", "-n", "3", "--json").code == 0
    ran = mplus("read", "c.txt")
    assert ran.code == 0 and "hook" in ran.out


def test_where_all_is_lost_it_is_said(mplus: Run, pack: Path) -> None:
    DAMAGE["nothing there"](pack)
    ran = mplus("ask", "Where does the key hang?", "-n", "3", "--json")
    assert (ran.code, ran.error["code"]) == (20, "damaged")
    assert "mplus verify" in ran.error["hint"]
    for name in NAMES:
        assert mplus("inject", name).code == 0
    assert mplus("ask", "Where does the key hang?", "-n", "3", "--json").code == 0


def test_gc_tells_segments_and_bytes_before_it_removes_them(mplus: Run, pack: Path) -> None:
    whole = contents(pack)
    assert mplus("forget", "b.txt").code == 0
    ran = mplus("gc", "--keep-last", "1", "--dry-run", "--json")
    told = ran.json
    assert told["segments"] >= 1 and contents(pack) == whole
    size = sum(map(len, whole.values()))
    done = mplus("gc", "--keep-last", "1", "--json").json
    assert done == told | {"dry_run": False}
    assert sum(map(len, contents(pack).values())) < size
    assert mplus("gc", "--json").json | {"dry_run": True} == told | {
        "generations": [],
        "documents": [],
        "segments": 0,
        "files": 0,
        "bytes": 0,
    }
    assert "1 segment" in mplus("gc").out or "0 segments in packs" in mplus("gc").out
    assert mends(mplus) == []
