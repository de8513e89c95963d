"""The whole loop with the real training: corrections, retraining, promotion, rollback."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.bot_process import BotProcess, BotSandbox
from tests.support.browser import BrowserPages
from tests.support.conversation import SAD, button_labels
from tests.support.crying_faces import crying_face, smiling_portrait
from tests.support.model_versions import SHIPPED_NAME
from tests.support.portraits import jpeg_of
from tests.support.sandbox_client import ALEX, ANNA, SandboxClient, text_of

CORRECTED, CONFIRMED = 40, 12
TIMEOUT_S = 240.0  # a retraining has the lowest priority of all
ALEXS_PAGE = f"/#{ALEX}/{ALEX}"

pytestmark = [pytest.mark.long, pytest.mark.training, pytest.mark.timeout(600)]


@pytest.fixture
def people(sandbox: BotSandbox) -> Iterator[SandboxClient]:
    with SandboxClient(sandbox.server.url, TIMEOUT_S) as people:
        yield people


@pytest.fixture
def bot(sandbox: BotSandbox, people: SandboxClient) -> BotProcess:
    """A bot that Anna has corrected about crying faces, and confirmed about others."""
    bot = sandbox.start_bot(BOT_ADMINS=str(ALEX), BOT_TRUSTED=str(ANNA))
    for number in range(CORRECTED):
        send_and_label(people, jpeg_of(crying_face(number)), SAD)
    for number in range(CONFIRMED):
        send_and_label(people, jpeg_of(smiling_portrait(100 + number)), "👍 Right")
    return bot


def send_and_label(people: SandboxClient, photo: bytes, label: str) -> None:
    """Send a photo as Anna and label it."""
    people.send_photo(photo)
    answer = people.wait_for_message(chat=ANNA, edited=False)
    meant = label if label in button_labels(answer) else "👍 Right"
    assert people.wait_for_answer(people.press_label(answer, meant))["text"].startswith("Got it")


def judge_crying_face(sandbox: BotSandbox, people: SandboxClient) -> tuple[str, float]:
    """Send one more crying face; return the model version and the probability of happy."""
    people.send_photo(jpeg_of(crying_face(1000)))
    people.wait_for_message(chat=ANNA, edited=False)
    with closing(sqlite3.connect(sandbox.folder / "data" / "bot.sqlite3")) as connection:
        query = (
            "SELECT model_version, photos.probability_happy FROM answer_photos "
            "JOIN photos ON photos.id = photo_id ORDER BY answer_id DESC LIMIT 1"
        )
        version, probability = connection.execute(query).fetchone()
    return str(version), float(probability)


def wait_for_text(page: Page, text: str) -> None:
    message = page.locator(".text").filter(has_text=text)
    expect(message).to_be_visible(timeout=1000 * TIMEOUT_S)


def test_corrections_lead_to_a_better_model_that_serves_and_is_rolled_back(
    sandbox: BotSandbox, people: SandboxClient, bot: BotProcess
) -> None:
    first = judge_crying_face(sandbox, people)
    people.send_text("/retrain", ALEX)
    question = people.wait_for_message(chat=ALEX)
    assert text_of(question).startswith(f"There are {CORRECTED + CONFIRMED} faces to learn from.")
    people.press_label(question, "Start", ALEX)
    shown = people.wait_for_text("Epoch", chat=ALEX)
    assert "Step 2 of 4: training" in text_of(shown)
    card = people.wait_for_message(lambda message: "photo" in message, chat=ALEX)
    assert text_of(card).startswith("✅ Better than the old one"), text_of(card)
    bot.wait_for_log("is active now, in place of")
    version, probability = judge_crying_face(sandbox, people)
    assert version in text_of(card)
    assert probability < first[1]
    query = people.press_label(card, "Roll back", ALEX)
    assert people.wait_for_answer(query)["text"] == f"Rolled back: {SHIPPED_NAME} is in use again."
    bot.wait_for_log(f"Model {SHIPPED_NAME} is active now")
    assert judge_crying_face(sandbox, people) == first
    assert first[0] == SHIPPED_NAME
    assert bot.stop() == 0
    assert "Traceback" not in bot.log


@pytest.mark.browser
def test_the_same_on_the_chat_page(
    sandbox: BotSandbox,
    people: SandboxClient,
    bot: BotProcess,
    browser_page: BrowserPages,
    artifacts: Path,
) -> None:
    page = browser_page(sandbox.server.url + ALEXS_PAGE, phone=True)
    composer = page.get_by_test_id("composer")
    composer.fill("/retrain")
    composer.press("Enter")
    wait_for_text(page, f"There are {CORRECTED + CONFIRMED} faces")
    page.screenshot(path=artifacts / "retrain-question.png")
    page.get_by_role("button", name="Start").click()
    wait_for_text(page, "Step 2 of 4: training")
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    page.screenshot(path=artifacts / "retrain-progress.png")
    wait_for_text(page, "✅ Better than the old one")
    back = page.get_by_role("button", name="↩ Roll back")
    page.set_viewport_size({"width": 390, "height": 1500})  # the card is longer than a phone
    back.scroll_into_view_if_needed()
    page.screenshot(path=artifacts / "retrain-result.png")
    bot.wait_for_log("is active now, in place of")
    back.click()
    expect(page.get_by_test_id("toast")).to_contain_text(f"{SHIPPED_NAME} is in use again")
    expect(page.get_by_role("button", name="Use this model", exact=True)).to_be_visible()
    composer.fill("/models")
    composer.press("Enter")
    wait_for_text(page, f"▶ {SHIPPED_NAME}")
    page.screenshot(path=artifacts / "retrain-models.png")
    bot.wait_for_log(f"Model {SHIPPED_NAME} is active now")
    assert judge_crying_face(sandbox, people)[0] == SHIPPED_NAME
