"""`mplus shard`: a memory split by document into memories of their own."""

import subprocess
import sys
from pathlib import Path

import pytest

from mplus_cli import Memory, MplusError
from tests.conftest import Run

KINDS = ("chunks", "input", "mplus", "memoryllm", "plain")
TEXTS = {
    f"note-{number}": f"The code of gate {number} is 44{number}7. " * number
    for number in range(1, 8)
}


@pytest.fixture
def filled(world: Path, mplus: Run) -> Path:
    """A memory of seven documents of unlike lengths, one of which lies there twice."""
    for name, text in TEXTS.items():
        (world / f"{name}.txt").write_text(text)
    (world / "copy-of-3.txt").write_text(TEXTS["note-3"])
    assert mplus("inject", world).code == 0
    return Path(mplus("status", "--json").json["memory"])


@pytest.mark.parametrize("kind", KINDS)
def test_each_document_is_in_one_shard(
    kind: str,
    world: Path,
    mplus: Run,
    toys: dict[str, Path],
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    monkeypatch.setenv("MPLUS_MODEL", str(toys[kind]))
    path = request.getfixturevalue("filled")
    before = mplus("verify", "--read-data", "--replay", "--json").json
    whole = mplus("ls", "--json").json
    state = mplus("status", "--json").json["state_digest"]
    ran = mplus("shard", world / "parts", "--into", 3, "--json")
    assert ran.code == 0, ran.err
    found = ran.json["shards"]
    assert [Path(each["memory"]).name for each in found] == ["shard-1", "shard-2", "shard-3"]
    assert sum(each["documents"] for each in found) == len(whole) == 7
    most = max(each["tokens"] for each in whole)
    tokens = [each["tokens"] for each in found]
    assert sum(tokens) == sum(each["tokens"] for each in whole)
    assert max(tokens) - min(tokens) <= most

    dates = {each["path"]: each["added_at"] for each in whole}
    order = [each["path"] for each in whole]
    seen = []
    for each in found:
        own = mplus("ls", "-M", each["memory"], "--json").json
        paths = [document["path"] for document in own]
        assert paths == sorted(paths, key=order.index)
        assert {document["path"]: document["added_at"] for document in own}.items() <= dates.items()
        checked = mplus("verify", "-M", each["memory"], "--read-data", "--replay", "--json")
        assert checked.code == 0, checked.out
        seen += paths
    assert sorted(seen) == sorted(order)
    assert mplus("verify", "--read-data", "--replay", "--json").json == before
    assert mplus("status", "--json").json["state_digest"] == state
    assert not list(world.glob(".*"))
    assert path.exists()


def test_a_shard_is_as_if_it_had_read_its_documents_alone(
    filled: Path, world: Path, mplus: Run
) -> None:
    assert mplus("shard", "parts", "--into", 2).code == 0
    for shard in sorted((world / "parts").iterdir()):
        own = mplus("ls", "-M", shard, "--json").json
        paths = [document["path"] for document in own]
        assert mplus("inject", "-M", world.parent / f"again-{shard.name}", *paths).code == 0
        again = mplus("status", "-M", world.parent / f"again-{shard.name}", "--json").json
        assert mplus("status", "-M", shard, "--json").json["state_digest"] == again["state_digest"]


def test_update_reads_what_a_shard_has_and_nothing_new(
    filled: Path, world: Path, mplus: Run
) -> None:
    assert mplus("shard", "parts", "--into", 2).code == 0
    first = world / "parts" / "shard-1"
    (world / "new.txt").write_text("This came later. " * 3)
    path = Path(mplus("ls", "-M", first, "--json").json[0]["path"])
    ran = mplus("update", "-M", first, "--json")
    assert ran.code == 0, ran.err
    assert ran.json["added"] == ran.json["changed"] == []
    path.write_text("Quite another text. " * 3)
    assert mplus("update", "-M", first, "--json").json["changed"] == [str(path)]


def test_copies_go_with_their_document(filled: Path, world: Path, mplus: Run) -> None:
    assert mplus("shard", "parts", "--into", 7).code == 0
    having = [
        shard
        for shard in sorted((world / "parts").iterdir())
        if mplus("ls", "-M", shard, "--json").json[0]["copies"]
    ]
    assert len(having) == 1


def test_what_can_not_be_split_is_refused(filled: Path, world: Path, mplus: Run) -> None:
    (world / "full").mkdir()
    (world / "full" / "a").touch()
    (world / "link").symlink_to(filled)
    for folder, into, message in (
        ("parts", 8, "has 7 documents, too few for 8 shards"),
        (world / "full", 2, "is not empty"),
        (filled / "parts", 2, "lies in the memory itself"),
        (filled.parent / "x" / ".." / filled.name / "parts", 2, "lies in the memory itself"),
        (world / "link" / "parts", 2, "lies in the memory itself"),
        ("/", 2, "is not empty"),
        (world / "full" / "a" / "parts", 2, "can't be made: not a directory"),
    ):
        ran = mplus("shard", folder, "--into", into, "--json")
        assert ran.code in (1, 2)
        assert message in ran.error["message"]
    assert mplus("shard", "parts", "--into", 1).code == 2
    assert not (world / "parts").exists()
    assert mplus("shard", "-M", world / "nothing", "parts", "--into", 2).code == 10


def test_an_empty_folder_will_do(filled: Path, world: Path, mplus: Run) -> None:
    (world / "parts").mkdir()
    ran = mplus("shard", "parts", "--into", 2)
    assert ran.code == 0, ran.err
    assert "shard-1" in ran.out and "documents" in ran.out


def test_a_link_to_an_empty_folder_will_do(filled: Path, world: Path, mplus: Run) -> None:
    (world / "real").mkdir()
    (world / "link").symlink_to(world / "real")
    ran = mplus("shard", "link", "--into", 2)
    assert ran.code == 0, ran.err
    assert (world / "link").is_symlink()
    assert sorted(each.name for each in (world / "real").iterdir()) == ["shard-1", "shard-2"]


def test_damage_leaves_nothing(filled: Path, world: Path, mplus: Run) -> None:
    some = sorted((filled / "segments").glob("??/*.safetensors"))
    some[0].write_bytes(some[0].read_bytes()[:-1] + b"x")
    ran = mplus("shard", "parts", "--into", 2, "--json")
    assert ran.code == 20
    assert "is missing or damaged" in ran.error["message"]
    assert [entry.name for entry in world.iterdir() if not entry.is_file()] == []


def test_a_killed_run_leaves_no_memory_and_the_next_one_goes_on(
    filled: Path, world: Path, mplus: Run
) -> None:
    code = (
        "import os, sys\n"
        "from mplus_cli import Memory\n"
        "def killed(done, of):\n"
        "    os.kill(os.getpid(), 9)\n"
        f"Memory({str(filled)!r}).shard({str(world / 'parts')!r}, 3, progress=killed)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -9
    assert not (world / "parts").exists()
    left = world / ".parts.unfinished"
    assert left.exists()
    assert mplus("shard", "parts", "--into", 3).code == 0
    assert not left.exists()


def test_two_at_once_do_not_mix(filled: Path, world: Path) -> None:
    memory = Memory(filled)
    tried: list[str] = []

    def second(done: int, of: int) -> None:
        if not tried:
            with pytest.raises(MplusError, match="another process is making") as caught:
                memory.shard(world / "parts", 2)
            tried.append(caught.value.message)

    assert len(memory.shard(world / "parts", 2, progress=second)) == 2
    assert tried
