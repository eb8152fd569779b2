"""Memories that workers write are the same as those that one process writes."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mplus_cli import Memory, MplusError
from mplus_cli.cluster import connect
from mplus_cli.injecting import events
from mplus_cli.injecting.events import Event
from tests.cluster.conftest import Cluster
from tests.conftest import Run

MemoryOf = Callable[..., Memory]


def digests(memory: Memory) -> tuple[str, list[str]]:
    """The state, and the documents in their order."""
    return memory.generations()[0].state, [each.path for each in memory.documents()]


@pytest.mark.parametrize("layout", ["chunks", "mplus", "lm2"])
@pytest.mark.parametrize("shared", [False, True])
def test_workers_write_the_same_memory_as_one_process(
    cluster: Cluster, documents: Path, memory_of: MemoryOf, layout: str, shared: bool
) -> None:
    memory, alone = memory_of("m", layout), memory_of("alone", layout)
    report = memory.inject(documents, cluster=cluster.address, shared=shared)
    assert len(report.added) == 24 and not report.failed
    alone.inject(documents)
    assert digests(memory) == digests(alone)
    assert memory.verify(read_data=True).whole
    ours, theirs = (each.ask("What is the code of gate 7?").sources for each in (memory, alone))
    assert ours == theirs


@pytest.mark.parametrize("layout", ["chunks", "mplus"])
def test_what_is_there_is_not_computed_again(
    cluster: Cluster, documents: Path, memory_of: MemoryOf, layout: str
) -> None:
    """A document that grew goes on behind its beginning, which is on the driver's disk alone."""
    memory, alone = memory_of("m", layout), memory_of("alone", layout)
    memory.inject(documents / "23.txt")
    with (documents / "23.txt").open("a") as file:
        file.write("What is new is at its end. " * 20)
    (documents / "copy.txt").write_bytes((documents / "23.txt").read_bytes())
    names = [documents / "23.txt", documents / "copy.txt"]
    report = memory.inject(*names, cluster=cluster.address)
    assert (len(report.changed), report.copies) == (1, 1)
    for _ in range(2):
        alone.inject(*names)
    assert digests(memory) == digests(alone)


def test_a_worker_that_is_killed_costs_nothing(
    cluster: Cluster, documents: Path, memory_of: MemoryOf
) -> None:
    memory, alone = memory_of(), memory_of("alone")

    def watch(event: Event) -> None:
        if isinstance(event, events.DocumentDone) and event.path.endswith("03.txt"):
            cluster.kill_one()

    report = memory.inject(documents, cluster=cluster.address, watch=watch)
    assert len(report.added) == 24 and not report.failed
    alone.inject(documents)
    assert digests(memory) == digests(alone)


@pytest.mark.parametrize("layout", ["chunks", "mplus"])
def test_a_document_that_kills_its_workers_is_the_only_one_that_fails(
    cluster: Cluster, documents: Path, memory_of: MemoryOf, layout: str
) -> None:
    """Its neighbours have chunks in common with it, and were given to the workers that died."""
    cluster.allowed_failures = 0
    (documents / "05a.txt").write_text("Two lines. " * 9 + "KILLER. " + "The same for all. " * 20)
    memory, alone = memory_of("m", layout), memory_of("alone", layout)
    report = memory.inject(documents, cluster=cluster.address)
    assert len(report.added) == 24
    [failed] = report.failed
    assert failed.path.endswith("05a.txt") and "died" in failed.reason
    (documents / "05a.txt").unlink()
    alone.inject(documents)
    assert digests(memory) == digests(alone)


def test_a_file_that_workers_do_not_see_is_named(
    cluster: Cluster, documents: Path, mplus: Run
) -> None:
    cluster.allowed_failures = 0
    (documents / "deadly.txt").write_text("A file that ends who reads it. " * 5)
    (documents / "01.txt").rename(documents / "hidden.txt")
    (documents / "02.txt").rename(documents / "changed.txt")
    ran = mplus("inject", documents, "--cluster", cluster.address, "--shared", "--json")
    assert ran.code == 3 and len(ran.json["added"]) == 22
    failed = {Path(each["path"]).name: each["reason"] for each in ran.json["failed"]}
    assert failed.keys() == {"hidden.txt", "changed.txt", "deadly.txt"}
    assert (
        "on the worker tcp://" in failed["hidden.txt"] and "does not exist" in failed["hidden.txt"]
    )
    assert "sees another file" in failed["changed.txt"] and "died" in failed["deadly.txt"]


def test_a_stopped_run_keeps_whole_documents_and_goes_on(
    cluster: Cluster, documents: Path, memory_of: MemoryOf
) -> None:
    memory, alone, done = memory_of(), memory_of("alone"), list[str]()

    def watch(event: Event) -> None:
        if isinstance(event, events.DocumentDone):
            done.append(event.path)

    report = memory.inject(
        documents, cluster=cluster.address, watch=watch, stopped=lambda: len(done) > 4
    )
    assert report.interrupted and 5 <= len(report.added) < 24
    assert len(memory.inject(documents, cluster=cluster.address).added) == 24 - len(report.added)
    alone.inject(documents)
    assert digests(memory) == digests(alone)


def test_wrong_workers_are_named(
    cluster: Cluster, documents: Path, memory_of: MemoryOf, toys: dict[str, Path]
) -> None:
    memory = memory_of()
    cases = [
        (("version",), "has mplus 0.0.9, wanted is"),
        (("cache", str(cluster.room / "nothing")), f"can't run {toys['chunks']}"),
        (("cache", str(_swapped(cluster, toys))), "is another one"),
    ]
    for change, told in cases:
        cluster.everywhere(_spoil, *change)
        with pytest.raises(MplusError) as error:
            memory.inject(documents, cluster=cluster.address)
        cluster.everywhere(_mend, str(cluster.cache))
        assert error.value.exit_code == 1 and error.value.message.count("tcp://") == 2
        assert told in error.value.message and "model pull" in error.value.hint
    assert not Path(memory.path).exists()  # no document was sent, and nothing is left behind


def _swapped(cluster: Cluster, toys: dict[str, Path]) -> Path:
    """A cache in which another model stands under the name of one."""
    import shutil

    from mplus_cli.model.prepared.catalog import prepared_folder

    cache = cluster.room / "swapped"
    for name in ("chunks", "input"):
        source = prepared_folder(str(toys["input"]), cluster.cache)
        target = prepared_folder(str(toys[name]), cache)
        shutil.copytree(source, target, dirs_exist_ok=True)
    return cache


def _spoil(what: str, *arguments: str) -> None:
    import os

    from mplus_cli import version
    from mplus_cli.cluster import tasks

    tasks._models.clear()
    if what == "version":
        version.__version__ = "0.0.9"
    else:
        os.environ["MPLUS_CACHE"] = arguments[0]


def _mend(cache: str) -> None:
    import os

    from mplus_cli import version
    from mplus_cli.cluster import tasks

    tasks._models.clear()
    version.__version__ = os.environ["MPLUS_TEST_VERSION"]
    os.environ["MPLUS_CACHE"] = cache


def test_a_wrong_worker_that_comes_later_ends_the_run(
    cluster: Cluster, documents: Path, memory_of: MemoryOf
) -> None:
    memory, wrong = memory_of(), cluster.room / "another-version"

    def watch(event: Event) -> None:
        if isinstance(event, events.DocumentDone):
            if not wrong.exists():
                wrong.touch()
                cluster.kill_one()
                cluster.wait()
            time.sleep(0.5)  # it imports torch before it can tell

    with pytest.raises(MplusError, match=r"has mplus 0\.0\.9"):
        memory.inject(documents, cluster=cluster.address, watch=watch)
    wrong.unlink()
    cluster.everywhere(_mend, str(cluster.cache))
    kept = len(memory.documents())
    assert 0 < kept < 24
    assert len(memory.inject(documents, cluster=cluster.address).added) == 24 - kept


def test_a_cluster_and_workers_exclude_each_other(mplus: Run, world: Path) -> None:
    (world / "a.txt").write_text("The gate code is 4417. " * 5)
    for options in (["--cluster", "tcp://a:1", "--workers", "2"], ["--shared"], ["--cluster", ""]):
        assert mplus("inject", "a.txt", *options).code == 2


def test_an_address_without_a_scheduler_is_an_error(
    mplus: Run, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connect, "CONNECT_S", 1.0)
    (world / "a.txt").write_text("The gate code is 4417. " * 5)
    for address in ("tcp://127.0.0.1:1", "nonsense://here", "tls://127.0.0.1:1"):
        ran = mplus("inject", "a.txt", "--cluster", address, "--json")
        assert ran.code == 1 and ran.error["code"] == "cluster", ran.err
        assert "dask scheduler" in ran.error["hint"]
