"""A Chromium for the browser tests; skipped where there is none."""

import shutil
from collections.abc import Iterator

import pytest

from tests.doors.conftest import still_clock as still_clock

pytest.importorskip("playwright.sync_api")


@pytest.fixture(scope="module")
def chromium() -> Iterator[object]:
    """A started Chromium of the system: we download no browser.

    Not for the session: while Playwright lives, an event loop runs in this process, and nobody else can run one.
    """
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium") or shutil.which("google-chrome")
    if not path:
        pytest.skip("no Chromium here: apt install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()
