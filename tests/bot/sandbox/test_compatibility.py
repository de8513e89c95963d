"""python-telegram-bot as a client of the sandbox: it must be able to parse every answer."""

import asyncio
from collections.abc import AsyncIterator
from io import BytesIO

import pytest
import telegram
from telegram import (
    BotCommand,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaDocument,
    InputMediaPhoto,
    ReplyParameters,
    Update,
)
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, NetworkError, RetryAfter
from telegram.ext import (
    AIORateLimiter,
    Application,
    CallbackQueryHandler,
    ContextTypes,
    MessageHandler,
    filters,
)

from bot.sandbox.server import SandboxServer
from tests.support.pictures import encode, gradient
from tests.support.sandbox_client import ALEX, ANNA, BEN, GROUP, SandboxClient

YES = InlineKeyboardMarkup([[InlineKeyboardButton("Yes", callback_data="v1:1:0:happy")]])


@pytest.fixture(autouse=True)
def _timedeltas(monkeypatch: pytest.MonkeyPatch) -> None:
    """Avoid the library's warning about its old type of `retry_after`."""
    monkeypatch.setenv("PTB_TIMEDELTA", "true")


def _addresses(sandbox: SandboxServer) -> tuple[str, str]:
    return f"{sandbox.url}/bot", f"{sandbox.url}/file/bot"


@pytest.fixture
async def library(sandbox: SandboxServer, client: SandboxClient) -> AsyncIterator[telegram.Bot]:
    """The library's client, which may write to Alex, Anna and the group."""
    del client
    base, files = _addresses(sandbox)
    async with telegram.Bot(sandbox.token, base_url=base, base_file_url=files) as bot:
        yield bot


async def test_texts_and_edits(library: telegram.Bot) -> None:
    sent = await library.send_message(
        ANNA, "<b>Happy</b>, 97 % sure", parse_mode="HTML", reply_markup=YES
    )
    assert sent.text_html == "<b>Happy</b>, 97 % sure"
    assert sent.reply_markup == YES
    edited = await sent.edit_text("Thanks!")
    assert isinstance(edited, telegram.Message)
    assert (edited.text, edited.reply_markup) == ("Thanks!", None)
    assert edited.edit_date
    with pytest.raises(BadRequest, match="Message is not modified"):
        await sent.edit_text("Thanks!")
    answer = await library.send_message(
        ANNA, "See above", reply_parameters=ReplyParameters(sent.message_id)
    )
    assert answer.reply_to_message
    assert answer.reply_to_message.message_id == sent.message_id
    assert await sent.delete()


async def test_photos_and_files(library: telegram.Bot, photo: bytes) -> None:
    sent = await library.send_photo(ANNA, photo, caption="look", reply_markup=YES)
    file = await sent.photo[-1].get_file()
    data = bytes(await file.download_as_bytearray())
    assert len(data) == file.file_size == sent.photo[-1].file_size
    streamed = BytesIO()
    await file.download_to_memory(streamed)
    assert streamed.getvalue() == data
    again = await library.send_photo(GROUP, sent.photo[0].file_id)
    assert again.photo == sent.photo
    changed = await sent.edit_media(
        InputMediaPhoto(encode(gradient((200, 100))), caption="_new_", parse_mode="MarkdownV2")
    )
    assert isinstance(changed, telegram.Message)
    assert changed.caption_markdown_v2 == "_new_"
    assert changed.photo[-1].width == 200
    await changed.edit_caption("newer")


async def test_albums(library: telegram.Bot, photo: bytes) -> None:
    photos = await library.send_media_group(
        GROUP, [InputMediaPhoto(photo), InputMediaPhoto(photo)], caption="both"
    )
    assert [message.caption for message in photos] == ["both", None]
    assert photos[0].media_group_id == photos[1].media_group_id
    documents = await library.send_media_group(
        ANNA,
        [InputMediaDocument(b"a", filename="a.txt"), InputMediaDocument(b"b", filename="b.txt")],
    )
    names = [message.document.file_name for message in documents if message.document]
    assert names == ["a.txt", "b.txt"]


async def test_messages_of_users(
    library: telegram.Bot, client: SandboxClient, photo: bytes
) -> None:
    client.send_photos([photo, photo], "/mood look", user=ALEX)
    client.send_document(photo, "a.heic", user=ALEX)
    first, second, third = [update.message for update in await library.get_updates()]
    assert first
    assert second
    assert third
    assert first.parse_caption_entities(["bot_command"]) == {first.caption_entities[0]: "/mood"}
    assert first.media_group_id == second.media_group_id
    assert first.from_user
    assert first.from_user.language_code == "en"
    assert third.document
    assert third.document.thumbnail
    assert (third.document.mime_type, third.document.file_name) == ("image/heic", "a.heic")


async def test_button_presses(library: telegram.Bot, client: SandboxClient) -> None:
    sent = await library.send_message(GROUP, "?", reply_markup=YES)
    query_id = client.press(sent.to_dict(), "v1:1:0:happy", user=BEN)
    [update] = await library.get_updates(allowed_updates=["callback_query"])
    query = update.callback_query
    assert query
    assert query.message == sent
    assert (query.from_user.id, query.data) == (BEN, "v1:1:0:happy")
    assert await query.answer("Thanks", show_alert=True)
    assert client.callback(query_id)["text"] == "Thanks"
    client.expire(query_id)
    with pytest.raises(BadRequest, match="Query is too old"):
        await query.answer()


async def test_menus_chats_and_webhooks(library: telegram.Bot, client: SandboxClient) -> None:
    admin = BotCommandScopeChat(ALEX)
    menu = [BotCommand("start", "Say hello")]
    await library.set_my_commands(menu, scope=BotCommandScopeAllPrivateChats())
    await library.set_my_commands([*menu, BotCommand("retrain", "Learn")], scope=admin)
    assert len(await library.get_my_commands(scope=admin)) == 2
    assert [len(client.commands(user)) for user in (ALEX, ANNA)] == [2, 1]
    await library.delete_my_commands(scope=admin)
    assert (await library.get_chat(GROUP)).title == "Holiday photos"
    assert (await library.get_chat_member(GROUP, ALEX)).status == "creator"
    assert await library.send_chat_action(ANNA, "typing")
    await library.set_webhook("http://127.0.0.1:9/", secret_token="secret")
    info = await library.get_webhook_info()
    assert (info.url, info.pending_update_count) == ("http://127.0.0.1:9/", 0)
    with pytest.raises(Conflict, match="can't use getUpdates method while webhook is active"):
        await library.get_updates()
    assert await library.delete_webhook(drop_pending_updates=True)


async def test_errors_become_the_librarys_exceptions(
    sandbox: SandboxServer, library: telegram.Bot, client: SandboxClient
) -> None:
    with pytest.raises(Forbidden, match="can't initiate conversation"):
        await library.send_message(BEN, "hi")
    with pytest.raises(BadRequest, match="Chat not found"):
        await library.send_message(5, "hi")
    client.fault("getMe", "too_many_requests", retry_after=3)
    with pytest.raises(RetryAfter):
        await library.get_me()
    for kind in ("bad_gateway", "drop"):
        client.fault("getMe", kind)
        with pytest.raises(NetworkError):
            await library.get_me()
    with pytest.raises(InvalidToken):
        async with telegram.Bot("1:wrong", base_url=_addresses(sandbox)[0]):
            pass


async def _echo(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    """Reply to a photo with the same photo and a button, to anything else with its text."""
    del context
    message = update.effective_message
    assert message
    await message.reply_chat_action("typing")
    if message.photo:
        file = await message.photo[-1].get_file()
        data = bytes(await file.download_as_bytearray())
        await message.reply_photo(data, caption="again", reply_markup=YES, do_quote=True)
    else:
        await message.reply_text(f"You said: {message.text}")


async def _pressed(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    """Answer a press and remove the button."""
    del context
    query = update.callback_query
    assert query
    await query.answer("Thanks")
    await query.edit_message_reply_markup(None)


@pytest.fixture
async def echo_bot(sandbox: SandboxServer, client: SandboxClient) -> AsyncIterator[None]:
    """A small bot as the library's users write them, polling."""
    del client
    base, files = _addresses(sandbox)
    application = (
        Application.builder()
        .token(sandbox.token)
        .base_url(base)
        .base_file_url(files)
        .rate_limiter(AIORateLimiter(max_retries=3))
        .build()
    )
    application.add_handler(MessageHandler(filters.ALL, _echo))
    application.add_handler(CallbackQueryHandler(_pressed))
    async with application:
        assert application.updater
        await application.updater.start_polling(timeout=10)
        await application.start()
        yield
        await application.updater.stop()
        await application.stop()


@pytest.mark.usefixtures("echo_bot")
async def test_a_typical_bot_of_the_library_runs(client: SandboxClient, photo: bytes) -> None:
    await asyncio.to_thread(_talk_to_the_echo_bot, client, photo)


def _talk_to_the_echo_bot(client: SandboxClient, photo: bytes) -> None:
    client.fault("sendMessage", "too_many_requests", retry_after=1)
    client.send_text("hello")
    assert client.wait_for_text("You said: hello")
    sent = client.send_photo(photo)
    client.wait_for(lambda event: event["type"] == "action" and event["action"] == "typing")
    answer = client.wait_for_text("again")
    assert answer["reply_to_message"]["message_id"] == sent["message_id"]
    # The photo has been recompressed twice, but has the same size.
    assert answer["photo"][-1]["width"] == 640
    query_id = client.press_label(answer, "Yes")
    assert client.wait_for_answer(query_id)["text"] == "Thanks"
    edited = client.wait_for_message(lambda message: "edit_date" in message)
    assert "reply_markup" not in edited
