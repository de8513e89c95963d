"""What Telegram says about a bot, judged."""

from collections.abc import Sequence
from typing import Any

import pytest

from bot.operations.checks.finding import Finding, Level
from bot.operations.checks.telegram import check_telegram
from bot.settings import Settings
from tests.support.fake_telegram import BOT_USER, GROUP, FakeTelegram, fake_bot

GROUP_ID = GROUP["id"]
RIGHTS = (
    "can_send_messages", "can_send_audios", "can_send_documents", "can_send_photos",
    "can_send_videos", "can_send_video_notes", "can_send_voice_notes", "can_send_polls",
    "can_send_other_messages", "can_add_web_page_previews", "can_change_info",
    "can_invite_users", "can_pin_messages", "can_manage_topics",
)  # fmt: skip


def answer(telegram: FakeTelegram, method: str, result: object) -> None:
    telegram.fail(method, (200, {"ok": True, "result": result}))


async def problems(
    telegram: FakeTelegram, settings: Settings, groups: Sequence[int] = ()
) -> list[Finding]:
    async with fake_bot(telegram) as bot:
        found = [finding async for finding in check_telegram(bot, settings, groups)]
    return [finding for finding in found if finding.level != Level.OK]


@pytest.fixture
def with_webhook(settings: Settings) -> Settings:
    return settings.model_copy(update={"bot_webhook_url": "https://bot.example.org/path"})


async def test_a_webhook_is_named_when_the_bot_polls(
    telegram: FakeTelegram, settings: Settings
) -> None:
    telegram.webhook["url"] = "https://other.example.org/secret-path"
    (found,) = await problems(telegram, settings)
    assert found.level == Level.WARNING
    assert "other.example.org" in found.text
    assert "secret-path" not in found.text
    assert "another program" in found.cure


@pytest.mark.parametrize(
    ("url", "text"),
    [("", "none is set"), ("https://other.example.org/", "one to other.example.org is set")],
)
async def test_a_webhook_other_than_that_in_the_settings_is_named(
    url: str, text: str, telegram: FakeTelegram, with_webhook: Settings
) -> None:
    telegram.webhook["url"] = url
    (found,) = await problems(telegram, with_webhook)
    assert found.level == Level.WARNING
    assert text in found.text


async def test_a_webhook_that_telegram_does_not_reach_is_a_failure(
    telegram: FakeTelegram, with_webhook: Settings
) -> None:
    telegram.webhook |= {
        "url": "https://bot.example.org/path",
        "pending_update_count": 3,
        "last_error_message": "Wrong response from the webhook: 502 Bad Gateway",
    }
    (found,) = await problems(telegram, with_webhook)
    assert found.level == Level.FAILED
    assert "502 Bad Gateway" in found.text
    assert "3 updates" in found.text
    assert found.cure.startswith("The reverse proxy does not reach this bot")


async def test_privacy_mode_that_is_off_is_a_warning(
    telegram: FakeTelegram, settings: Settings
) -> None:
    user = {**BOT_USER, "can_join_groups": True, "can_read_all_group_messages": True}
    answer(telegram, "getMe", user)  # when the bot is opened
    answer(telegram, "getMe", user)
    (found,) = await problems(telegram, settings)
    assert "/setprivacy" in found.cure


@pytest.mark.parametrize(
    ("status", "allowed", "text"),
    [
        ("left", True, "no member any more"),
        ("member", False, "may not send photos"),
        ("member", True, None),
        ("administrator", False, None),
    ],
)
async def test_groups_in_which_the_bot_cannot_answer_are_named(
    status: str, allowed: bool, text: str | None, telegram: FakeTelegram, settings: Settings
) -> None:
    member: dict[str, Any] = {"user": BOT_USER, "status": status}
    if status == "administrator":
        rights = ("can_be_edited", "is_anonymous", "can_manage_chat", "can_delete_messages",
                  "can_manage_video_chats", "can_restrict_members", "can_promote_members",
                  "can_change_info", "can_invite_users", "can_post_stories",
                  "can_edit_stories", "can_delete_stories")  # fmt: skip
        member |= dict.fromkeys(rights, False)
    answer(telegram, "getChatMember", member)
    permissions = dict.fromkeys(RIGHTS, True) | {"can_send_photos": allowed}
    answer(telegram, "getChat", {**chat_info(), "permissions": permissions})
    found = await problems(telegram, settings, [GROUP_ID])
    assert [text in finding.text for finding in found] == ([True] if text else [])
    assert all(str(GROUP_ID) in finding.text for finding in found)


async def test_a_group_that_is_gone_is_a_warning(
    telegram: FakeTelegram, settings: Settings
) -> None:
    gone = {"ok": False, "error_code": 400, "description": "Bad Request: chat not found"}
    telegram.fail("getChatMember", (400, gone))
    (found,) = await problems(telegram, settings, [GROUP_ID])
    assert found.level == Level.WARNING
    assert "Chat not found" in found.text


def chat_info() -> dict[str, Any]:
    gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription")
    accepted = dict.fromkeys((*gifts, "gifts_from_channels"), False)
    return {**GROUP, "accent_color_id": 0, "max_reaction_count": 1, "accepted_gift_types": accepted}
