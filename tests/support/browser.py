"""Fixtures that open the chat page in headless Chromium and fail a test when the page has errors.

Playwright's synchronous API keeps an event loop running in the main thread, so all tests in a
folder that uses `browser_page` must be synchronous.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Page,
    Request,
    ViewportSize,
    expect,
    sync_playwright,
)

ROOT: Final = Path(__file__).parents[2]
DESKTOP: Final[ViewportSize] = {"width": 1280, "height": 860}
PHONE: Final[ViewportSize] = {"width": 390, "height": 844}
TIMEOUT_MS: Final = 15_000
ARGUMENTS: Final = ["--no-sandbox", "--disable-gpu"]


@pytest.fixture(scope="session")
def artifacts() -> Path:
    """The folder for screenshots that are kept after a run: artifacts/, or ARTIFACTS_DIR."""
    folder = Path(os.environ.get("ARTIFACTS_DIR", ROOT / "artifacts"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """A running Chromium; tests without one are skipped, or fail where REQUIRE_BROWSER=1."""
    path = (
        shutil.which("chromium")
        or shutil.which("chromium-browser")
        or shutil.which("google-chrome")
    )
    if path is None:
        missing = "no Chromium on the path: install the chromium package"
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    with sync_playwright() as playwright:
        expect.set_options(timeout=TIMEOUT_MS)  # not covered by a page's default timeout
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


class BrowserPages:
    """Pages that are each opened in a browser profile of their own, and their errors.

    Args:
        browser: where to open them.

    Attributes:
        errors: console errors and warnings, uncaught exceptions, requests to other hosts. A test
            that provokes some removes them; any that are left fail it.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self.errors: list[str] = []

    def __call__(self, url: str, *, phone: bool = False, dark: bool = False) -> Page:
        """Open `url` and return the page once its message box is there.

        Args:
            url: the sandbox's address, with a hash for a certain user and chat.
            phone: a touch screen of 390 x 844 pixels instead of a desktop.
            dark: whether the system prefers dark colours.
        """
        context = self._browser.new_context(
            viewport=PHONE if phone else DESKTOP,
            has_touch=phone,
            is_mobile=phone,
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
        )
        context.set_default_timeout(TIMEOUT_MS)
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        page = context.new_page()
        self._watch(page, urlsplit(url).netloc)
        page.goto(url)
        page.get_by_role("heading", level=1).wait_for()
        return page

    def close(self) -> None:
        """Close every page."""
        for context in self._browser.contexts:
            context.close()

    def _watch(self, page: Page, host: str) -> None:
        def asked(request: Request) -> None:
            address = urlsplit(request.url)
            if address.scheme not in ("blob", "data") and address.netloc != host:
                self.errors.append(f"asked another host: {request.url}")

        def logged(line: ConsoleMessage) -> None:
            if line.type in ("error", "warning"):
                self.errors.append(f"{line.type}: {line.text} ({line.location['url']})")

        page.on("request", asked)
        page.on("console", logged)
        page.on("pageerror", lambda error: self.errors.append(f"uncaught: {error}"))
        # Chromium reports a file chooser only to handlers that were there before it opened.
        page.on("filechooser", lambda _: None)


@pytest.fixture
def browser_page(chromium: Browser) -> Iterator[BrowserPages]:
    """A function that opens pages; the test fails if one had an error."""
    pages = BrowserPages(chromium)
    yield pages
    pages.close()
    assert not pages.errors, "\n".join(pages.errors)
