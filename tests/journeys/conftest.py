"""A real Chromium against a real server: shared by all browser journeys.

`page` has scripts on, `page_without_scripts` off. Whatever a page asks of another host is refused and fails the test.
What looks at a page: `tests.journeys.looking`.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright runs an event loop in the test's own thread

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from counterpoint.audit.types import system
from counterpoint.rules.services import activate_pack

# The shell is the same Chromium without windows: a third less of a processor. Either will do.
CHROMIUMS = ("/usr/bin/chromium-headless-shell", "/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost",  # other hosts are not there
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = next((path for path in CHROMIUMS if Path(path).exists()), None)
    if chromium is None:
        pytest.fail("Chromium is not installed: run `scripts/setup test`")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def site(transactional_db: None, live_server) -> str:
    """The address of a server with the England pack in force and nothing else in it."""
    activate_pack(settings.PACK_FOLDER, by=system("tests"))
    return live_server.url


@pytest.fixture
def new_page(browser: Browser, site: str) -> Iterator[Callable[..., Page]]:
    """Makes pages of fresh browsers: `new_page(scripts=False, width=375, locale="ar")`."""
    contexts: list[BrowserContext] = []
    strangers: list[str] = []

    def made(*, scripts: bool = True, width: int = 1280, locale: str = "en-GB") -> Page:
        context = browser.new_context(
            java_script_enabled=scripts, viewport={"width": width, "height": 900}, locale=locale, base_url=site
        )
        context.set_default_timeout(15_000)
        contexts.append(context)

        # Only listened to: where requests are routed through us, Chromium keeps no style, script or font between pages.
        context.on("request", lambda request: _is_ours(request.url, site) or strangers.append(request.url))
        page = context.new_page()
        page.on("pageerror", lambda error: strangers.append(f"script error: {error}"))
        page.strangers = strangers
        return page

    yield made
    for context in contexts:
        context.close()
    assert strangers == [], "pages asked other hosts, or a script failed"


def _is_ours(address: str, site: str) -> bool:
    return address.startswith((site, "data:", "blob:"))


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    return new_page()


@pytest.fixture
def page_without_scripts(new_page: Callable[..., Page]) -> Page:
    return new_page(scripts=False)
