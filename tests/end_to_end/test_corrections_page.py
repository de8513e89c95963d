"""Corrections on the chat page."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.support.bot_process import BotSandbox
from tests.support.browser import BrowserPages
from tests.support.portraits import group_photo, jpeg_of, portrait
from tests.support.sandbox_client import SandboxClient

pytestmark = pytest.mark.browser


def test_a_tap_shows_a_toast_and_the_label_and_can_be_undone(
    sandbox: BotSandbox, people: SandboxClient, browser_page: BrowserPages, artifacts: Path
) -> None:
    sandbox.start_bot()
    page = browser_page(sandbox.server.url + "/#1001/1001", phone=True)
    people.send_photo(jpeg_of(portrait()))
    page.get_by_role("button", name="It's 😢 Sad").click()
    expect(page.get_by_test_id("toast")).to_have_text("Got it: 😢 Sad. Thanks!")
    undo = page.get_by_role("button", name="Undo")
    expect(undo).to_be_visible()
    expect(page.get_by_role("button", name="✔ It's 😢 Sad")).to_be_visible()
    page.screenshot(path=artifacts / "correction-noted.png")
    undo.click()
    expect(page.get_by_role("button", name="👍 Right")).to_be_visible()

    people.send_photo(jpeg_of(group_photo()))
    page.get_by_role("button", name="2", exact=True).click()
    back = page.get_by_role("button", name="‹ Back")
    expect(back).to_be_visible()
    page.get_by_role("button", name="Not a face").last.click()
    expect(page.get_by_role("button", name="✔ Not a face")).to_be_visible()
    back.click()
    expect(page.get_by_role("button", name="✔ 2")).to_be_visible()
    page.screenshot(path=artifacts / "correction-of-several.png")
