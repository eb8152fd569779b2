"""Checkpoints from the Hugging Face Hub, played by a server on this machine."""

import hashlib
import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from mplus_cli.model import prepared
from tests.conftest import Run, Start
from tests.gguf_models import CASES, write

REPOSITORY = "someone/toy-mplus"
GATED = "someone/gated"  # a repository that is given to some only
FIRST, SECOND = "0123456789abcdef0123456789abcdef01234567", "f" * 40
PIECE_BYTES = 10 * 1024 * 1024  # the client writes no less at a time
SHARDS = ("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors")

Pull = Callable[..., Any]


class Hub(ThreadingHTTPServer):
    """Serves one repository the way the Hub does: its listing, and its files with commit and ETag.

    `short`: file -> after how many bytes its connection is cut, once; `held`: file -> after how
    many bytes nothing more comes, until `released` is set.
    """

    def __init__(self, commits: dict[str, Path]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.commits = commits
        self.branches = {"main": FIRST, "newer": SECOND}
        self.fetched: list[str] = []
        self.ranges: list[str] = []
        self.short: dict[str, int] = {}
        self.held: dict[str, int] = {}
        self.holding, self.released = threading.Event(), threading.Event()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed is part of the play."""


class Handler(BaseHTTPRequestHandler):
    server: Hub

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def _answer(self, with_body: bool) -> None:
        path = self.path.split("?")[0]
        found = re.fullmatch(
            rf"/api/models/{REPOSITORY}(?:/(revision|tree)/([^/]+))?|/{REPOSITORY}/resolve/(.+)",
            path,
        )
        if found is None:
            gated = GATED in path
            self.send_response(403 if gated else 404)
            self.send_header("X-Error-Code", "GatedRepo" if gated else "RepoNotFound")
            self.end_headers()
            return
        revision, _, name = (found[3] or found[2] or "main").partition("/")
        commit = self.server.branches.get(revision, revision)
        if commit not in self.server.commits:
            self.send_response(404)
            self.send_header("X-Error-Code", "RevisionNotFound")
            self.end_headers()
            return
        folder = self.server.commits[commit]
        if found[3]:
            self._file(folder / name, commit, with_body)
            return
        listed = [file for file in sorted(folder.iterdir()) if file.is_file()]
        tree = [
            {"type": "file", "path": file.name, "size": file.stat().st_size, "oid": "0"}
            for file in listed
        ]
        about = {
            "id": REPOSITORY,
            "sha": commit,
            "siblings": [{"rfilename": file.name} for file in listed],
        }
        self._send(json.dumps(tree if found[1] == "tree" else about).encode(), commit, with_body)

    def _file(self, file: Path, commit: str, with_body: bool) -> None:
        if not file.is_file():
            self.send_error(404)
            return
        body = file.read_bytes()
        if not with_body:
            self._send(body, commit, with_body)
            return
        self.server.fetched.append(file.name)
        start = 0
        if "Range" in self.headers:
            self.server.ranges.append(self.headers["Range"])
            start = int(self.headers["Range"].removeprefix("bytes=").rstrip("-"))
        stop = self.server.short.pop(file.name, self.server.held.get(file.name, len(body)))
        self._send(body, commit, True, start, stop)
        if file.name in self.server.held:
            self.wfile.flush()
            self.server.holding.set()
            self.server.released.wait(30)

    def _send(
        self, body: bytes, commit: str, with_body: bool, start: int = 0, stop: int | None = None
    ) -> None:
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body) - start))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        self.send_header("X-Repo-Commit", commit)
        self.send_header("ETag", f'"{hashlib.sha256(body).hexdigest()}"')
        self.end_headers()
        if with_body:
            self.wfile.write(body[start:stop])

    def log_message(self, format: str, *arguments: object) -> None:
        pass


def in_shards(checkpoint: Path, folder: Path) -> Path:
    """A copy of a toy checkpoint, its weights in two files."""
    folder.mkdir()
    for file in checkpoint.iterdir():
        if file.name != "model.safetensors":
            (folder / file.name).write_bytes(file.read_bytes())
    tensors = load_file(checkpoint / "model.safetensors")
    parts = {shard: sorted(tensors)[number::2] for number, shard in enumerate(SHARDS)}
    for shard, names in parts.items():
        save_file({name: tensors[name] for name in names}, folder / shard)
    weight_map = {name: shard for shard, names in parts.items() for name in names}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": weight_map}))
    (folder / "pytorch_model.bin").write_bytes(b"a pickle")
    (folder / "modeling_mplus.py").write_text("raise SystemExit('remote code ran')")
    return folder


@pytest.fixture
def hub(
    world: Path, tmp_path: Path, toys: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Hub]:
    commits = {
        FIRST: in_shards(toys["mplus"], tmp_path / "first"),
        SECOND: in_shards(toys["memoryllm"], tmp_path / "second"),
    }
    with Hub(commits) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_address[1]}")
        monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
        monkeypatch.setenv("HF_HUB_DISABLE_XET", "1")
        monkeypatch.setenv("MPLUS_CACHE", str(tmp_path / "cache"))
        monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
        yield server
        server.released.set()
        server.shutdown()
        thread.join()


@contextmanager
def client_anew() -> Iterator[None]:
    """The Hub's client reads its settings when it is imported: here it does so anew, as in a new
    process.
    """

    def client() -> dict[str, ModuleType]:
        roots = ("huggingface_hub", "mplus_cli.model.prepared.hub")
        return {name: each for name, each in sys.modules.items() if name.startswith(roots)}

    before, attributes = client(), dict(vars(prepared))
    for name in before:
        del sys.modules[name]
    vars(prepared).pop("hub", None)
    try:
        yield
    finally:
        if "huggingface_hub" in sys.modules:
            sys.modules["huggingface_hub"].close_session()
        for name in client():
            del sys.modules[name]
        sys.modules.update(before)
        vars(prepared).update(attributes)


@pytest.fixture
def pull(world: Path, hub: Hub, mplus: Run) -> Pull:
    """`mplus model pull` of the repository or of another: what it printed as JSON, or its error."""

    def run(*arguments: str, name: str = REPOSITORY) -> Any:
        hub.fetched.clear()
        with client_anew():
            pulled = mplus("model", "pull", name, "--json", *arguments)
        if pulled.code == 0:
            assert pulled.err == ""
            return pulled.json
        assert len(pulled.err.splitlines()) == 1, pulled.err
        return pulled.error

    return run


def shard(world: Path, number: int) -> Path:
    """A shard's content in the Hub's cache on this machine."""
    return next((world.parent / "hf").rglob(SHARDS[number])).resolve()


def test_a_checkpoint_is_fetched_without_its_pickles_and_code(
    world: Path, hub: Hub, start: Start
) -> None:
    out, err = (pulled := start("model", "pull", REPOSITORY, "--json")).communicate()
    assert (pulled.returncode, err) == (0, "")
    config = json.loads(out)["config"]
    assert (config["name"], config["revision"]) == (REPOSITORY, FIRST)
    left_out = {"pytorch_model.bin", "modeling_mplus.py"}
    assert set(hub.fetched) == {file.name for file in hub.commits[FIRST].iterdir()} - left_out
    (world / "note.txt").write_text("The spare key hangs behind the third flower pot. " * 3)
    memory = world / ".mplus"
    injected = start("inject", "note.txt", "-m", REPOSITORY, "-M", memory)
    assert (injected.wait(60), (memory / "memory.json").exists()) == (0, True)


def test_what_does_not_run_is_refused_before_it_is_downloaded(
    world: Path, hub: Hub, pull: Pull
) -> None:
    file = hub.commits[FIRST] / "config.json"
    config = json.loads(file.read_text())
    file.write_text(json.dumps(config | {"model_type": "qwen3_moe", "num_experts": 8}))
    error = pull()
    assert "('qwen3_moe') is a mixture of experts" in error["message"]
    assert "mplus runs Llama" in error["hint"]
    assert hub.fetched == ["config.json"]
    (hub.commits[SECOND] / "config.json").unlink()
    assert "no config.json" in pull("--revision", "newer")["message"]
    assert not (world.parent / "cache" / "models").exists()


def test_the_bytes_of_a_download_are_counted(hub: Hub) -> None:
    code = f"""
from mplus_cli.model.prepared import hub
seen = []
hub.fetch({REPOSITORY!r}, None, hub.CHECKPOINT, lambda done, of: seen.append((done, of)))
assert seen == sorted(seen)
print(*seen[-1])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    wanted = [
        file for file in hub.commits[FIRST].iterdir() if file.suffix in (".json", ".safetensors")
    ]
    size_bytes = sum(file.stat().st_size for file in wanted)
    assert (done.stdout, done.stderr) == (f"{size_bytes} {size_bytes}\n", "")


def test_a_repository_or_revision_that_is_not_there(world: Path, hub: Hub, pull: Pull) -> None:
    assert "has no model someone/else" in pull(name="someone/else")["message"]
    assert "did you mean qwen3-4b" in pull(name="Qwen/Qwen3-4B-Instruct")["hint"]
    gated = pull(name=GATED)
    assert GATED in gated["message"]
    assert "hf auth login" in gated["hint"]
    assert "could not be fetched" in pull("--revision", "nowhere")["message"]
    assert not (world.parent / "cache" / "models").exists()


def test_a_revision_is_kept_until_another_is_asked_for(hub: Hub, pull: Pull) -> None:
    assert pull("--revision", "newer")["config"]["revision"] == SECOND
    again = pull("--again")
    assert (again["config"]["revision"], hub.fetched) == (SECOND, [])
    assert pull("--revision", "main")["config"]["revision"] == FIRST


def test_a_folder_has_no_revision(world: Path, toys: dict[str, Path], mplus: Run) -> None:
    ran = mplus("model", "pull", toys["mplus"], "--revision", "main", "--json")
    assert (ran.code, "no revisions" in ran.error["message"]) == (1, True)


def test_one_gguf_file_of_a_repository_is_fetched_alone(world: Path, hub: Hub, pull: Pull) -> None:
    """It is read: this one is of an architecture that mplus does not run."""
    case = CASES["qwen3"]
    write(hub.commits[FIRST] / "x.Q8_0.gguf", case, case.model(), general__architecture="mamba")
    error = pull(name=f"{REPOSITORY}/x.Q8_0.gguf")
    assert "holds a state-space model" in error["message"]
    assert hub.fetched == ["x.Q8_0.gguf"]
    error = pull(name=f"{REPOSITORY}/other.gguf")
    assert error["message"] == f"{REPOSITORY} has no file other.gguf"
    assert not (world.parent / "cache" / "models").exists()


def test_offline_the_hubs_cache_serves(
    hub: Hub, pull: Pull, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = pull()
    hub.shutdown()
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert pull("--again") == first
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    hub.server_close()
    assert pull("--again") == first


@pytest.mark.parametrize("offline", ["0", "1"])
def test_without_network_and_files_the_error_comes_quickly(
    hub: Hub, pull: Pull, monkeypatch: pytest.MonkeyPatch, offline: str
) -> None:
    hub.shutdown()
    hub.server_close()
    monkeypatch.setenv("HF_HUB_OFFLINE", offline)
    begun = time.monotonic()
    assert (
        "out of reach (HF_HUB_OFFLINE is set)" if offline == "1" else "out of reach ("
    ) in pull()["message"]
    assert time.monotonic() - begun < 15


def test_a_connection_that_is_cut_goes_on_where_it_was(hub: Hub, pull: Pull) -> None:
    file = hub.commits[FIRST] / SHARDS[0]
    save_file(load_file(file) | {"unused": torch.zeros(PIECE_BYTES // 4)}, file)
    hub.short = {SHARDS[0]: PIECE_BYTES + 100}
    assert pull()["config"]["name"] == REPOSITORY
    assert hub.ranges == [f"bytes={PIECE_BYTES}-"]


def test_an_interrupted_download_keeps_whole_files(
    world: Path, hub: Hub, pull: Pull, start: Start
) -> None:
    hub.held = {SHARDS[1]: 5000}
    pulling = start("model", "pull", REPOSITORY)
    assert hub.holding.wait(60)
    while set(hub.fetched) < {"config.json", "tokenizer.json", *SHARDS}:
        time.sleep(0.01)
    time.sleep(0.5)  # the small files reach the disk
    pulling.kill()
    pulling.wait()
    hub.held, kept = {}, set(hub.fetched) - {SHARDS[1]}
    hub.released.set()
    assert pull()["config"]["revision"] == FIRST
    assert set(hub.fetched) == {SHARDS[1]}
    assert kept >= {SHARDS[0], "config.json"}


@pytest.mark.parametrize("damage", ["cut off", "changed"])
def test_a_damaged_download_is_named_and_fetched_again(
    world: Path, hub: Hub, pull: Pull, damage: str
) -> None:
    first = pull()
    file = shard(world, 0)
    whole = file.read_bytes()
    file.write_bytes(whole[:-50] if damage == "cut off" else whole[:-1] + bytes([whole[-1] ^ 1]))
    error = pull("--again")
    assert "damaged" in error["message"]
    assert SHARDS[0] in error["message"]
    assert str(file) in error["hint"]
    assert (
        (world.parent / "cache" / "models")
        .joinpath(REPOSITORY.replace("/", "--"), "model.json")
        .exists()
    )
    file.unlink()
    assert pull("--again") == first
    assert hub.fetched == [SHARDS[0]]


def test_parts_come_with_the_revision_of_their_base(
    hub: Hub, pull: Pull, toys: dict[str, Path], tmp_path: Path
) -> None:
    base, parts = in_shards(toys["plain"], tmp_path / "base"), tmp_path / "parts"
    hub.commits = {FIRST: base, SECOND: parts}
    hub.branches["main"] = SECOND
    parts.mkdir()
    names = [f"model.layers.0.self_attn.{name}_proj.weight" for name in ("query", "key")]
    save_file({name: torch.randn(8, 32) for name in names}, parts / "model.safetensors")
    digests = {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in (*(base / shard for shard in SHARDS), parts / "model.safetensors")
    }
    described = {
        "base": {"model": REPOSITORY, "revision": FIRST, "files": {x: digests[x] for x in SHARDS}},
        **dict.fromkeys(("num_tokens", "num_blocks"), 32),
        **{"memory_state": "input", "write_context": "none", "retrieval_layers": [0]},
        **{"num_ltm_blocks": 30, "weights_sha256": digests["model.safetensors"]},
    }
    (parts / "config.json").write_text(json.dumps(described))
    config = pull()["config"]
    assert (config["revision"], config["selector"], config["vocabulary"]) == (SECOND, 8, 259)
    assert sorted(config["files"].values()) == sorted(digests.values())
    assert config["files"]["model.safetensors"] == digests["model.safetensors"]
