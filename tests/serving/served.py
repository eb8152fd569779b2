"""A server in a thread of the test process."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mplus_cli.api import Memory
from mplus_cli.serving.desk import Desk
from mplus_cli.serving.web.server import WebServer, listen
from mplus_cli.serving.web.site import Rules, Site
from mplus_cli.settings import Settings, load_settings


@dataclass(frozen=True)
class Served:
    """A server that runs: its address, and what it is made of."""

    url: str
    port: int
    site: Site
    server: WebServer

    @property
    def desk(self) -> Desk:
        return self.site.desk


@contextmanager
def served(
    settings: Settings, rules: Rules | None = None, longest_line: int = 64
) -> Iterator[Served]:
    """Serve a memory for as long as it lasts."""
    desk = Desk(settings, longest_line=longest_line)
    site = Site.of(desk, rules or Rules())
    with listen("127.0.0.1", 0) as socket:
        port = socket.getsockname()[1]
        server = WebServer(site)
        thread = threading.Thread(target=server.run, args=([socket],))
        thread.start()
        try:
            while not server.started:
                time.sleep(0.005)
            yield Served(f"http://127.0.0.1:{port}", port, site, server)
        finally:
            server.should_exit = True
            thread.join()
            desk.close()


def settings_of(folder: Path, model: Path, cache: Path, texts: dict[str, str]) -> Settings:
    """Settings for a new memory of some texts, which lie in files beside it."""
    flags = {"memory": str(folder / "memory"), "model": str(model), "cache": str(cache)}
    settings = load_settings(flags, {"MPLUS_CONFIG": str(_empty(folder))})
    files = [folder / name for name in texts]
    for file, text in zip(files, texts.values(), strict=True):
        file.write_text(text, encoding="utf-8")
    with Memory.of(settings) as memory:
        memory.inject(*files)
    return settings


def _empty(folder: Path) -> Path:
    file = folder / "config.toml"
    file.touch()
    return file
