"""Groups, topics and channels on the chat page."""

from playwright.sync_api import Page, expect

from bot.sandbox.server import SandboxServer
from tests.support.browser import BrowserPages
from tests.support.conversation import MOOD
from tests.support.pictures import jpeg_bytes
from tests.support.sandbox_client import ALEX, BEN, CHANNEL, DISCUSSION, FORUM, GROUP, SandboxClient
from tests.support.scripted_bot import ScriptedBot

TOPIC = 2


def write(page: Page, text: str) -> None:
    page.get_by_test_id("composer").fill(text)
    page.get_by_test_id("composer").press("Enter")


def test_the_bot_is_asked_about_a_photo_and_answers_in_its_topic(
    chat_server: SandboxServer, scripted_bot: ScriptedBot, browser_page: BrowserPages
) -> None:
    page = browser_page(f"{chat_server.url}/#{BEN}/{FORUM}/{TOPIC}")
    with SandboxClient(chat_server.url) as people:
        where = {"message_thread_id": TOPIC}
        photo = people.send_photo(jpeg_bytes(), user=ALEX, chat=FORUM, **where)
    row = page.get_by_test_id(f"message-{photo['message_id']}")
    row.hover()
    page.get_by_role("button", name="Reply to Alex").last.click()
    page.get_by_test_id("ask").click()
    asked = scripted_bot.next()
    assert asked["text"] == MOOD
    assert asked["reply_to_message"]["message_id"] == photo["message_id"]
    scripted_bot.call("sendChatAction", chat_id=FORUM, action="typing", message_thread_id=TOPIC)
    expect(page.get_by_test_id("typing")).to_be_visible()
    scripted_bot.say(FORUM, "Happy", message_thread_id=TOPIC)
    expect(page.locator("#rows")).to_contain_text("Happy")
    page.get_by_test_id("topic-general").click()
    expect(page.locator("#rows")).not_to_contain_text("Happy")
    write(page, MOOD)
    assert "message_thread_id" not in scripted_bot.next()


def test_an_admin_writes_anonymously_and_a_post_appears_in_the_discussion_group(
    chat_server: SandboxServer, scripted_bot: ScriptedBot, browser_page: BrowserPages
) -> None:
    page = browser_page(f"{chat_server.url}/#{ALEX}/{CHANNEL}")
    write(page, "Spring")
    expect(page.locator("#rows")).to_contain_text("Spring")
    page.get_by_test_id(f"chat-{DISCUSSION}").click()
    expect(page.locator(".sender")).to_have_text("Gallery")
    page.get_by_test_id("send-as").select_option(label="Gallery chat")
    write(page, MOOD)
    asked = scripted_bot.next()
    assert asked["sender_chat"]["id"] == DISCUSSION
    assert asked["from"]["username"] == "GroupAnonymousBot"
    expect(page.locator(".sender").last).to_have_text("Gallery chat")


def test_the_owner_of_a_group_adds_the_bot(
    chat_server: SandboxServer, scripted_bot: ScriptedBot, browser_page: BrowserPages
) -> None:
    page = browser_page(f"{chat_server.url}/#{ALEX}/{GROUP}")
    page.get_by_role("button", name="Remove the bot").click()
    assert scripted_bot.next("my_chat_member")["new_chat_member"]["status"] == "kicked"
    page.get_by_role("button", name="Add the bot").click()
    assert scripted_bot.next("my_chat_member")["new_chat_member"]["status"] == "member"
    expect(page.locator("#rows")).to_contain_text("Alex added Photo mood")
    page.goto(f"{chat_server.url}/#{BEN}/{GROUP}")
    expect(page.get_by_test_id("membership")).to_be_hidden()
