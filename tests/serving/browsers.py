"""A real browser."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

Open = Callable[..., AbstractContextManager[Page]]

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_SANDBOX = ["--no-sandbox"]  # Chromium's own does not work for root, as which CI runs

_PATIENCE_MS = 30_000  # on a busy machine


@contextmanager
def browser() -> Iterator[Browser]:
    """Chromium, as it is on this machine."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        pytest.fail(
            "the page is tested in Chromium, which is not on the PATH; "
            "Debian and Ubuntu: apt-get install --no-install-recommends chromium"
        )
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=_SANDBOX)
        expect.set_options(timeout=_PATIENCE_MS)
        yield started
        started.close()


@contextmanager
def visiting(browser: Browser, url: str) -> Iterator[BrowserContext]:
    """Somebody who has never been at an address before."""
    with browser.new_context(base_url=url) as context:
        context.set_default_timeout(_PATIENCE_MS)
        yield context


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
