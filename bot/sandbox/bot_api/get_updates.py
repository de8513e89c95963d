"""getUpdates, setWebhook, deleteWebhook, getWebhookInfo."""

import re
from typing import Final

from bot.sandbox.bot_api.params import Params
from bot.sandbox.cast import Json
from bot.sandbox.errors import bad_request, conflict
from bot.sandbox.state.updates import MOST_AT_ONCE
from bot.sandbox.state.webhooks import Target
from bot.sandbox.state.world import World

SECRET: Final = re.compile(r"[A-Za-z0-9_-]{0,256}")


async def get_updates(world: World, params: Params) -> list[Json]:
    """https://core.telegram.org/bots/api#getupdates"""
    if world.webhook.target:
        raise conflict(
            "can't use getUpdates method while webhook is active; "
            "use deleteWebhook to delete the webhook first"
        )
    world.updates.allow(_kinds(params))
    limit = min(max(params.number("limit", MOST_AT_ONCE), 1), MOST_AT_ONCE)
    return await world.updates.poll(params.number("offset"), limit, params.number("timeout"))


async def set_webhook(world: World, params: Params) -> bool:
    """https://core.telegram.org/bots/api#setwebhook

    Like a local Bot API server it takes plain HTTP and any port.
    """
    url, secret = params.text("url"), params.text("secret_token")
    if not url:
        return await delete_webhook(world, params)
    if not url.startswith(("http://", "https://")):
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if not SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    world.updates.allow(_kinds(params))
    if params.flag("drop_pending_updates"):
        world.updates.drop()
    connections = min(max(params.number("max_connections", 40), 1), 100)
    await world.webhook.start(Target(url, secret, connections))
    return True


async def delete_webhook(world: World, params: Params) -> bool:
    """https://core.telegram.org/bots/api#deletewebhook"""
    await world.webhook.stop()
    if params.flag("drop_pending_updates"):
        world.updates.drop()
    return True


async def get_webhook_info(world: World, params: Params) -> Json:
    """https://core.telegram.org/bots/api#getwebhookinfo"""
    del params
    return world.webhook.info()


def _kinds(params: Params) -> list[str] | None:
    """Return `allowed_updates`; as in Telegram's server, what is no list changes nothing."""
    given = params.decoded("allowed_updates", "allowed_updates")
    return [kind for kind in given if isinstance(kind, str)] if isinstance(given, list) else None
