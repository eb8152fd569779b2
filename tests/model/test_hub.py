"""Checkpoints from the Hugging Face Hub, played by a server on this machine."""

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

REPOSITORY, COMMIT = "someone/toy-mplus", "0123456789abcdef0123456789abcdef01234567"


class Hub(ThreadingHTTPServer):
    """Serves one repository the way the Hub does: its listing, and its files with commit and ETag."""

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.folder = folder
        self.fetched: list[str] = []


class Handler(BaseHTTPRequestHandler):
    server: Hub

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def _answer(self, with_body: bool) -> None:
        path = self.path.split("?")[0]
        if path.startswith(f"/api/models/{REPOSITORY}"):
            listed = [file for file in sorted(self.server.folder.iterdir()) if file.is_file()]
            if "/tree/" in path:
                found = [
                    {"type": "file", "path": file.name, "size": file.stat().st_size, "oid": "0"} for file in listed
                ]
                self._send(json.dumps(found).encode(), with_body)
            else:
                about = {"id": REPOSITORY, "sha": COMMIT, "siblings": [{"rfilename": file.name} for file in listed]}
                self._send(json.dumps(about).encode(), with_body)
            return
        file = self.server.folder / path.rsplit("/", 1)[-1]
        if not path.startswith(f"/{REPOSITORY}/resolve/") or not file.is_file():
            self.send_error(404)
            return
        if with_body:
            self.server.fetched.append(file.name)
        self._send(file.read_bytes(), with_body)

    def _send(self, body: bytes, with_body: bool) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("ETag", f'"{hashlib.sha256(body).hexdigest()}"')
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture
def hub(tmp_path: Path, toys: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    folder = tmp_path / "repository"
    folder.mkdir()
    for file in toys["mplus"].iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    (folder / "pytorch_model.bin").write_bytes(b"a pickle")
    (folder / "modeling_mplus.py").write_text("raise SystemExit('remote code ran')")
    with Hub(folder) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_address[1]}")
        monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
        monkeypatch.setenv("HF_HUB_DISABLE_XET", "1")
        monkeypatch.setenv("MPLUS_CACHE", str(tmp_path / "cache"))
        monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
        yield server
        server.shutdown()
        thread.join()


def test_a_checkpoint_is_fetched_without_its_pickles_and_code(world: Path, hub: Hub, start: Callable) -> None:
    out, err = (pulled := start("model", "pull", REPOSITORY, "--json")).communicate()
    assert pulled.returncode == 0, err
    assert json.loads(out)["config"]["name"] == REPOSITORY
    assert set(hub.fetched) == {file.name for file in hub.folder.iterdir()} - {
        "pytorch_model.bin",
        "modeling_mplus.py",
    }
    (world / "note.txt").write_text("The spare key hangs behind the third flower pot. " * 3)
    memory = world / ".mplus"
    injected = start("inject", "note.txt", "-m", REPOSITORY, "-M", memory)
    assert (injected.wait(60), (memory / "memory.json").exists()) == (0, True)


def test_a_repository_that_is_not_there(world: Path, hub: Hub, start: Callable) -> None:
    _, err = (pulled := start("model", "pull", "someone/else", "--json")).communicate()
    assert pulled.returncode == 1
    assert "someone/else could not be fetched" in json.loads(err.splitlines()[-1])["error"]["message"]
    assert not (world.parent / "cache" / "models").exists()
