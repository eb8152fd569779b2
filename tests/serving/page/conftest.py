"""The page's own server, of a toy model, and a real Chromium."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

from mplus_cli.serving.web.site import Rules
from tests.serving import browsers
from tests.serving.browsers import Open
from tests.serving.page.texts import TEXTS
from tests.serving.served import Served, served, settings_of


@pytest.fixture(scope="module")
def house(
    tmp_path_factory: pytest.TempPathFactory, toys: dict[str, Path], toy_cache: Path
) -> Iterator[Served]:
    settings = settings_of(tmp_path_factory.mktemp("page"), toys["chunks"], toy_cache, TEXTS)
    with served(settings, Rules(writes=True)) as found:
        yield found


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with browsers.browser() as found:
        yield found


@pytest.fixture(scope="module")
def context(browser: Browser, house: Served) -> Iterator[BrowserContext]:
    with browsers.visiting(browser, house.url) as found:
        yield found


@pytest.fixture
def see(context: BrowserContext) -> Open:
    return partial(browsers.opened, context)
