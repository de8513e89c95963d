"""getUpdates, setWebhook, deleteWebhook, getWebhookInfo."""

import re
from typing import Final

from bot.sandbox.bot_api.params import Params
from bot.sandbox.cast import Json
from bot.sandbox.errors import bad_request, conflict
from bot.sandbox.state.sandbox_state import SandboxState
from bot.sandbox.state.updates import MOST_AT_ONCE
from bot.sandbox.state.webhooks import Target

SECRET: Final = re.compile(r"[A-Za-z0-9_-]{0,256}")


async def get_updates(state: SandboxState, params: Params) -> list[Json]:
    """https://core.telegram.org/bots/api#getupdates"""
    if state.webhook.target:
        raise conflict(
            "can't use getUpdates method while webhook is active; "
            "use deleteWebhook to delete the webhook first"
        )
    state.updates.allow(_kinds(params))
    limit = min(max(params.number("limit", MOST_AT_ONCE), 1), MOST_AT_ONCE)
    return await state.updates.poll(params.number("offset"), limit, params.number("timeout"))


async def set_webhook(state: SandboxState, params: Params) -> bool:
    """https://core.telegram.org/bots/api#setwebhook

    Like a local Bot API server it takes plain HTTP and any port.
    """
    url, secret = params.text("url"), params.text("secret_token")
    if not url:
        return await delete_webhook(state, params)
    if not url.startswith(("http://", "https://")):
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if not SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    state.updates.allow(_kinds(params))
    if params.flag("drop_pending_updates"):
        state.updates.drop()
    connections = min(max(params.number("max_connections", 40), 1), 100)
    await state.webhook.start(Target(url, secret, connections))
    return True


async def delete_webhook(state: SandboxState, params: Params) -> bool:
    """https://core.telegram.org/bots/api#deletewebhook"""
    await state.webhook.stop()
    if params.flag("drop_pending_updates"):
        state.updates.drop()
    return True


async def get_webhook_info(state: SandboxState, params: Params) -> Json:
    """https://core.telegram.org/bots/api#getwebhookinfo"""
    del params
    return state.webhook.info()


def _kinds(params: Params) -> list[str] | None:
    """Return `allowed_updates`; as in Telegram's server, what is no list changes nothing."""
    given = params.decoded("allowed_updates", "allowed_updates")
    return [kind for kind in given if isinstance(kind, str)] if isinstance(given, list) else None
