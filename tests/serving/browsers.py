"""A real browser, and a real server for it to look at."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, sync_playwright

from mplus_cli.serving.desk import Desk
from mplus_cli.serving.web.server import WebServer, listen
from mplus_cli.serving.web.site import Rules, Site
from mplus_cli.settings import load_settings

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_SANDBOX = ["--no-sandbox"]  # Chromium's own does not work for root, as which CI runs


@contextmanager
def browser(url: str) -> Iterator[BrowserContext]:
    """Chromium, as it is on this machine, for a server at an address."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        pytest.fail(
            "the page is tested in Chromium, which is not on the PATH; "
            "Debian and Ubuntu: apt-get install --no-install-recommends chromium"
        )
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=_SANDBOX)
        context = started.new_context(base_url=url)
        context.set_default_timeout(20_000)
        yield context
        started.close()


@contextmanager
def served(
    memory: Path, model: Path, cache: Path, texts: dict[str, str], rules: Rules
) -> Iterator[str]:
    """The address of a server, in a thread, of a new memory of these texts."""
    settings = load_settings({"memory": str(memory), "model": str(model)}, {})
    desk = Desk(replace(settings, cache=cache))
    desk.memory.inject(texts=[(text.encode(), name) for name, text in texts.items()])
    with listen("127.0.0.1", 0) as socket:
        server = WebServer(Site.of(desk, rules))
        thread = threading.Thread(target=server.run, args=([socket],))
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{socket.getsockname()[1]}"
        server.should_exit = True
        thread.join()


@contextmanager
def opened(context: BrowserContext) -> Iterator[Page]:
    """A tab that nothing was kept for, and that may complain of nothing while it is used but of
    answers that are errors.
    """
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda said: (
            complaints.append(said.text)
            if said.type in ("error", "warning") and "Failed to load resource" not in said.text
            else None
        ),
    )
    yield page
    page.evaluate("localStorage.clear()")
    page.close()
    assert complaints == []
