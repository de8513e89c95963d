"""Checks what Telegram says about the bot: its token, its webhook and its groups."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx
from telegram import Bot, ChatMemberRestricted, User
from telegram.constants import ChatMemberStatus
from telegram.error import ChatMigrated, Forbidden, InvalidToken, TelegramError
from telegram.request import HTTPXRequest

from bot.errors import RejectedTokenError
from bot.inbox.webhook_watch import delivery_problem
from bot.operations.checks.finding import Finding, Level, failed, ok, warning
from bot.proxies import direct_or_through
from bot.settings import Settings
from bot.webhook_address import host_of, normalized_url

_GONE = (ChatMemberStatus.LEFT, ChatMemberStatus.BANNED)


class ServerClock:
    """Compares the time here with that in the answers of the Bot API server.

    Attributes:
        ahead_s: by how many seconds the clock here is ahead of the server's, to about a second;
            None before the first answer, and where answers have no `Date` header.
    """

    def __init__(self) -> None:
        self.ahead_s: float | None = None

    async def note(self, response: httpx.Response) -> None:
        """Compare the time in an answer with the current one."""
        try:
            there = parsedate_to_datetime(response.headers.get("date", ""))
            self.ahead_s = (datetime.now(UTC) - there).total_seconds()
        except (ValueError, TypeError):  # a time without a zone cannot be compared
            self.ahead_s = None


@asynccontextmanager
async def connected(settings: Settings, clock: ServerClock) -> AsyncIterator[Bot]:
    """Open a connection on which each request is made once, so that it fails soon.

    Args:
        settings: the settings.
        clock: is told about each answer.
    """
    request = HTTPXRequest(
        connect_timeout=5,
        read_timeout=10,
        httpx_kwargs={
            "transport": direct_or_through(settings.proxy, connections=1),
            "event_hooks": {"response": [clock.note]},
        },
    )
    bot = Bot(
        settings.telegram_bot_token.get_secret_value(),
        base_url=f"{settings.telegram_api_url}/bot",
        request=request,
        get_updates_request=request,  # not used; the library's own would read proxy variables
    )
    await request.initialize()
    try:
        yield bot
    finally:
        await request.shutdown()


async def check_telegram(
    bot: Bot, settings: Settings, groups: Sequence[int]
) -> AsyncIterator[Finding]:
    """Ask Telegram about the bot. If the token is not accepted, nothing else is asked.

    Args:
        bot: the bot.
        settings: its settings.
        groups: ids of the groups in which it answered.
    """
    through = f"through the proxy {settings.proxy.url}" if settings.proxy else "without a proxy"
    try:
        user = await bot.get_me()
    except InvalidToken:
        cure = str(RejectedTokenError()).partition("\n")[2]
        yield Finding(
            "token", Level.WRONG_SETTING, "Telegram does not accept TELEGRAM_BOT_TOKEN", cure
        )
        return
    except TelegramError as error:
        yield _unreachable(settings, error, through)
        return
    yield ok("network", f"{settings.telegram_api_url} is reached {through}")
    yield ok("token", f"of @{user.username}")
    yield _privacy_mode(user)
    try:
        yield await _webhook(bot, settings)
    except (InvalidToken, TypeError, AttributeError):
        yield ok("webhook", "this Bot API server has none")  # it is none of Telegram's
    except TelegramError as error:
        yield _unreachable(settings, error, through)
        return
    for group in groups:
        yield await _group(bot, user, group)


def _unreachable(settings: Settings, error: TelegramError, through: str) -> Finding:
    cures = [f"Does “curl -I {settings.telegram_api_url}” answer?"]
    if settings.proxy:
        cures.append("Is the proxy right? HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY say it.")
    else:
        cures.append("Where only a proxy leads to the internet, set HTTPS_PROXY.")
    cures.append("The name server, the firewall and TELEGRAM_API_URL may be wrong, too.")
    text = f"{settings.telegram_api_url} is not reached {through}: {error.message}"
    return failed("network", text, " ".join(cures))


def _privacy_mode(user: User) -> Finding:
    if user.can_join_groups is False:
        return warning(
            "groups",
            "nobody can add the bot to a group",
            "If that is not what you want: /setjoingroups at @BotFather.",
        )
    if user.can_read_all_group_messages:
        return warning(
            "groups",
            "privacy mode is off, so Telegram sends the bot all messages of its groups, which it "
            "does not need",
            "Turn it on with /setprivacy at @BotFather, and add the bot to its groups again.",
        )
    return ok("groups", "privacy mode is on: it gets commands and replies that are meant for it")


async def _webhook(bot: Bot, settings: Settings) -> Finding:
    info = await bot.get_webhook_info()
    wanted = settings.webhook
    if wanted is None:
        if not info.url:
            return ok("webhook", "none, the bot polls")
        return warning(
            "webhook",
            f"one to {host_of(info.url)} is set, but according to the settings the bot polls",
            "The bot removes it at its start. If another program needs it, give that one another "
            "token; if it is this bot's, set BOT_WEBHOOK_URL.",
        )
    if not info.url:
        return warning(
            "webhook",
            f"none is set; the bot sets that to {wanted.public_host} at its start",
            "If the bot is running, another program with the same token has removed it: stop "
            "that one, and restart the bot.",
        )
    if normalized_url(info.url) != wanted.url:
        return warning(
            "webhook",
            f"one to {host_of(info.url)} is set, not that to {wanted.public_host}",
            "The bot changes it at its start. If another program has set it, stop that one or "
            "give it another token.",
        )
    if info.last_error_message and info.pending_update_count:
        waiting = f"{info.pending_update_count} updates are waiting"
        problem, _, cure = delivery_problem(info.last_error_message).partition("). ")
        return failed("webhook", f"{problem}); {waiting}", cure)
    return ok("webhook", f"Telegram delivers to {wanted.public_host}")


async def _group(bot: Bot, user: User, group: int) -> Finding:
    """Return whether the bot may answer in a group, with a picture, too."""
    try:
        member = await bot.get_chat_member(group, user.id)
        if member.status in _GONE:
            return _removed(group)
        chat = await bot.get_chat(group)
    except Forbidden:
        return _removed(group)
    except ChatMigrated as error:
        return ok("groups", f"{group} has become {error.new_chat_id}")
    except TelegramError as error:
        return warning(
            "groups",
            f"{group}: {error.message}",
            "Most likely the group was deleted; then there is nothing to do.",
        )
    name = f"“{chat.title}” ({group})"
    # An admin may always write. Others have the permissions of all members, unless restricted.
    rights = member if isinstance(member, ChatMemberRestricted) else chat.permissions
    if member.status == ChatMemberStatus.ADMINISTRATOR or rights is None:
        return ok("groups", f"{name}: the bot may answer")
    missing = [
        what
        for what, allowed in (
            ("messages", rights.can_send_messages),
            ("photos", rights.can_send_photos),
        )
        if allowed is False
    ]
    if not missing:
        return ok("groups", f"{name}: the bot may answer")
    return warning(
        "groups",
        f"{name}: the bot may not send {' and '.join(missing)}",
        "An admin of the group can allow it under Permissions, or make the bot an admin.",
    )


def _removed(group: int) -> Finding:
    return warning(
        "groups",
        f"{group}: the bot answered there, but is no member any more",
        "If it is missed there, add it again.",
    )
