"""The Bot API methods for long polling and webhooks."""

import re
from urllib.parse import urlsplit

from bot.sandbox.bot_api.params import Params
from bot.sandbox.cast import Json
from bot.sandbox.errors import bad_request, conflict
from bot.sandbox.state.sandbox_state import SandboxState
from bot.sandbox.state.updates import MAX_UPDATES_PER_POLL
from bot.sandbox.state.webhooks import WebhookTarget

SECRET_TOKEN = re.compile(r"[A-Za-z0-9_-]*")
MAX_SECRET_LENGTH = 256


async def get_updates(state: SandboxState, params: Params) -> list[Json]:
    """See https://core.telegram.org/bots/api#getupdates."""
    if state.webhook.target:
        await state.updates.pause_before_conflict()
        raise conflict(
            "can't use getUpdates method while webhook is active; "
            "use deleteWebhook to delete the webhook first"
        )
    state.updates.allow(_allowed_updates(params))
    limit = min(max(params.integer("limit", MAX_UPDATES_PER_POLL), 1), MAX_UPDATES_PER_POLL)
    return await state.updates.poll(params.integer("offset"), limit, params.integer("timeout"))


async def set_webhook(state: SandboxState, params: Params) -> bool:
    """See https://core.telegram.org/bots/api#setwebhook.

    Like a local Bot API server it accepts plain HTTP and any port.
    """
    url, secret = params.text("url"), params.text("secret_token")
    if not url:
        return await delete_webhook(state, params)
    state.webhook.check_change_interval()
    if not url.startswith(("http://", "https://")) or not _host(url):
        raise bad_request("invalid webhook URL specified")
    if len(secret) > MAX_SECRET_LENGTH:
        raise bad_request("secret token is too long")
    if not SECRET_TOKEN.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    state.updates.allow(_allowed_updates(params))
    if params.boolean("drop_pending_updates"):
        state.updates.clear()
    connections = min(max(params.integer("max_connections", 40), 1), 100)
    await state.webhook.start(WebhookTarget(url, secret, connections))
    return True


async def delete_webhook(state: SandboxState, params: Params) -> bool:
    """See https://core.telegram.org/bots/api#deletewebhook."""
    await state.webhook.stop()
    if params.boolean("drop_pending_updates"):
        state.updates.clear()
    return True


async def get_webhook_info(state: SandboxState, params: Params) -> Json:
    """See https://core.telegram.org/bots/api#getwebhookinfo."""
    del params
    return state.webhook.info()


def _host(url: str) -> str:
    """Return the host of a URL; "" if it has none or is not a URL."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _allowed_updates(params: Params) -> list[str] | None:
    """Return `allowed_updates`, or None (no change) if it is not a list, as Telegram does."""
    given = params.json_value("allowed_updates", "allowed_updates")
    return [kind for kind in given if isinstance(kind, str)] if isinstance(given, list) else None
