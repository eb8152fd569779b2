"""A world of its own for every test, toy models prepared once, and the program run as its user runs
it.
"""

import gc
import io
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import settings

from mplus_cli import main as program
from mplus_cli.model.prepared import catalog
from store.index.writer import IndexWriter
from store.spec import Spec
from tests.toy import make_checkpoint
from tests.visits import IS_WHOLE
from tests.warm import warm

# Toy networks are too small for two threads, which wait for each other on a busy machine.
torch.set_num_threads(1)
os.environ.setdefault("OMP_NUM_THREADS", "1")  # for the processes that tests start

# The same examples in every run, so that what fails had a reason; others only where all is tried.
settings.register_profile("mplus", derandomize=not IS_WHOLE)
settings.load_profile("mplus")

# Tests make and remove thousands of small files and folders, which takes a disk's file system ten
# times as long as memory.
IN_MEMORY = Path("/dev/shm")
if (
    "TMPDIR" not in os.environ
    and os.access(IN_MEMORY, os.W_OK)
    and shutil.disk_usage(IN_MEMORY).free > 4 << 30
):
    os.environ["TMPDIR"] = tempfile.tempdir = str(IN_MEMORY)

# A run in the background of a script ignores Ctrl-C, and so would every process that a test starts.
signal.signal(signal.SIGINT, signal.default_int_handler)

# They run the same lines thousands of times, or measure time and memory: following each line would
# cost more there than in all other tests together, and shows nothing that these don't.
NOT_FOLLOWED = {
    "test_a_fault_at_every_step",
    "test_a_memory_equals_one_that_only_ever_saw_what_is_left",
    "test_a_memory_holds_what_its_history_says",
    "test_a_part_of_too_many_elements_is_refused",
    "test_a_zip_bomb_is_refused",
    "test_archives_of_changed_parts_give_a_document_or_a_read_error",
    "test_changed_files_give_a_document_or_a_read_error",
    "test_every_truncation_and_flip_of_a_snapshot_is_refused",
    "test_flipped_bits_are_found_or_mean_nothing",
    "test_memory_is_bounded_by_what_is_read",
    "test_nothing_takes_long",
}
LITTLE_COVERED = 85  # percent

# Files of tests that take many seconds each.
LONG = {"test_docs", "test_plain_smollm2", "test_faults", "test_recipes", "test_lookalikes"}

# The default model lies where the user's models lie, unless the run says otherwise.
USER_CACHE = os.environ.get("MPLUS_CACHE")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long tests come first, so that none is left for one worker when all others are done."""
    items.sort(key=lambda item: item.path.stem not in LONG)
    for item in items:
        if getattr(item, "originalname", "") in NOT_FOLLOWED:
            item.add_marker(pytest.mark.no_cover)


def pytest_collection_finish() -> None:
    """What is imported by now stays: no collection of garbage looks through it again."""
    gc.freeze()


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """What `--cov` found, in short: the total, and the files that the tests cover little."""
    if not config.getoption("cov_source", None):
        return
    from coverage import Coverage

    measured = Coverage()
    measured.load()
    with tempfile.NamedTemporaryFile("r", suffix=".json") as report:
        measured.json_report(outfile=report.name)
        found = json.load(report)
    terminalreporter.section("lines and branches run by tests in their own process")
    for name, file in sorted(found["files"].items()):
        percent = file["summary"]["percent_covered"]
        if percent < LITTLE_COVERED:
            terminalreporter.write_line(f"{percent:3.0f} %  {name}")
    terminalreporter.write_line(f"{found['totals']['percent_covered']:3.0f} %  of all")


@dataclass(frozen=True)
class Ran:
    """What a run of the program left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def error(self) -> dict[str, str]:
        found: dict[str, str] = json.loads(self.err.splitlines()[-1])["error"]
        return found


Run = Callable[..., Ran]
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture(scope="session")
def toy_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def toys(tmp_path_factory: pytest.TempPathFactory, toy_cache: Path) -> dict[str, Path]:
    """Layout -> folder of a toy checkpoint, prepared."""
    root = tmp_path_factory.mktemp("checkpoints")
    made = {
        layout: make_checkpoint(root / layout, layout)
        for layout in ("mplus", "memoryllm", "input", "chunks", "plain", "lm2")
    }
    made["other"] = make_checkpoint(root / "other", "input", seed=1)
    for folder in made.values():
        catalog.pull(str(folder), toy_cache, None, False, lambda done, of: None)
    return made


@pytest.fixture
def world(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, toy_cache: Path, toys: dict[str, Path]
) -> Path:
    """An empty working folder; settings, cache and memory are the test's own."""
    for name in [
        name for name in os.environ if name.startswith("MPLUS_") and name != "MPLUS_GOLDEN_DIR"
    ]:
        monkeypatch.delenv(name)
    work = tmp_path / "work"
    work.mkdir()
    (tmp_path / "config.toml").touch()
    monkeypatch.setenv("MPLUS_CACHE", str(toy_cache))
    monkeypatch.setenv("MPLUS_CONFIG", str(tmp_path / "config.toml"))
    monkeypatch.setenv("MPLUS_MEMORY", str(tmp_path / "memory"))
    monkeypatch.setenv("MPLUS_MODEL", str(toys["input"]))
    monkeypatch.setenv("MPLUS_LOCK_TIMEOUT", "0.2")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.chdir(work)
    return work


@pytest.fixture(scope="session", autouse=True)
def no_syncs() -> Iterator[None]:
    """Nothing in this process waits for the disk: tests end processes, not the power supply, and
    one sync takes 10 ms. `tests/store/test_disk.py` holds that syncs are asked for.
    """
    connect = sqlite3.connect

    class Connection(sqlite3.Connection):
        def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
            return super().execute(
                sql.replace("synchronous = FULL", "synchronous = OFF"), *parameters
            )

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda file: None)
        patch.setattr(
            sqlite3, "connect", lambda *a, **named: connect(*a, **{"factory": Connection} | named)
        )
        yield


@pytest.fixture(scope="session", autouse=True)
def tables_made_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The tables of a new memory are copied from those that were made for its spec before, which
    takes a quarter of the time. Within `tests.faults` they are made each time.
    """
    make, made = IndexWriter.create, dict[Spec, bytes]()

    def create(file: Path, spec: Spec) -> None:
        if file.exists():  # what a process that was killed left is gone on with
            make(file, spec)
            return
        if spec not in made:
            new = tmp_path_factory.mktemp("tables") / file.name
            make(new, spec)
            made[spec] = new.read_bytes()
        file.write_bytes(made[spec])
        with closing(IndexWriter(file)) as index:
            index._db.execute("DELETE FROM place")
            index._settle()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(IndexWriter, "create", staticmethod(create))
        yield


@pytest.fixture
def mplus(world: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the program in this process: `mplus("ask", "why?", stdin="…")`."""

    def run(*arguments: str | Path, stdin: str | bytes = "") -> Ran:
        content = stdin.encode() if isinstance(stdin, str) else stdin
        monkeypatch.setattr(sys, "argv", ["mplus", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content), encoding="utf-8"))
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            program.main()
        printed = capsys.readouterr()
        return Ran(int(ended.value.code or 0), printed.out, printed.err)

    return run


@pytest.fixture(scope="session")
def program_file() -> Iterator[Path]:
    """The program, which starts at once."""
    with warm() as found:
        yield found


@pytest.fixture
def start(world: Path, program_file: Path) -> Iterator[Start]:
    """Start the program as a process of its own."""
    running: list[subprocess.Popen[str]] = []

    def begin(*arguments: str | Path, **options: Any) -> "subprocess.Popen[str]":
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True} | options
        running.append(subprocess.Popen([program_file, *arguments], **options))
        return running[-1]

    yield begin
    for process in running:
        process.kill()
        process.communicate()


@pytest.fixture
def no_network_after(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From when it is called, no new vectors are computed in the memory at hand."""

    def begin() -> None:
        from store.change import Change

        put = Change.put_segments

        def guarded(self: Change, *written: Any) -> Any:
            assert "fresh" in str(self.home.path), "a chunk was computed"
            return put(self, *written)

        monkeypatch.setattr(Change, "put_segments", guarded)

    return begin
