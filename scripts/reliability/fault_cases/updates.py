"""Cases of `faults`: how updates come in, what is in them, and what people may not do."""

import asyncio
import signal
import socket
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from scripts.reliability.fault_cases.calls import VERDICT
from scripts.reliability.fault_cases.case import Act, Case
from scripts.reliability.fault_cases.scene import ANNA, BEN, Scene
from scripts.reliability.ledger import Json
from scripts.reliability.sandbox_crowd import NO_TLS
from scripts.reliability.trial import Bot

CUT_S = 20.0
COUNT_S = 5.0
MAX_CALLS_A_SECOND = 5
FLOOD = 320
AGAIN = "gets the updates again"
UNREADABLE = "I cannot read this message"
HIDDEN = {"type": "hidden_user", "date": 1422450181}


async def revoked(scene: Scene) -> None:
    """Revoke the token while a photo is in hand; later it is valid again."""
    scene.begin()
    await scene.fault("sendMessage", "unauthorized", None)
    photo = await scene.photo()
    await scene.taken()
    await scene.fault("*", "unauthorized", None)
    status = await scene.bot.wait(60)
    scene.notes.append(f"exit status {status}")
    scene.expect("the exit status is 2", status == 2)
    await scene.crowd.clear_faults()
    await scene.start()
    await scene.words(photo)


async def second_poller(scene: Scene) -> None:
    """Run a second bot with the same token for a while."""
    scene.begin()
    with TemporaryDirectory(prefix="reliability-") as folder:
        second = Bot(scene.server, Path(folder), scene.bot.settings)
        try:
            second.start()
            await scene.logged("(409)")
            await second.end(signal.SIGTERM)
        finally:
            second.close()
    await scene.words(await scene.photo())


async def foreign_webhook(scene: Scene) -> None:
    """Let another program set a webhook, and remove it again."""
    scene.begin()
    await scene.crowd.call_bot_api("setWebhook", url="http://localhost:9/elsewhere")
    await scene.logged("Another program has set a webhook")
    photo = await scene.photo()
    await scene.crowd.call_bot_api("deleteWebhook")
    await scene.words(photo)


async def network_away(scene: Scene) -> None:
    """Cut the network while photos are in hand."""
    scene.begin()
    await scene.fault("file", "timeout", None)
    photos = [await scene.photo(user) for user in (ANNA, BEN)]
    await scene.in_hand()
    await scene.taken()
    await scene.crowd.cut_network(CUT_S)
    await scene.crowd.clear_faults()
    await scene.words(*photos)


async def ignored_timeout(scene: Scene) -> None:
    """Answer `getUpdates` at once, also where there are no updates."""
    scene.begin()
    await scene.fault("getUpdates", "ignored_timeout", None)
    await asyncio.sleep(1)
    before = time.time()
    await asyncio.sleep(COUNT_S)
    calls = await scene.crowd.requests("getUpdates")
    rate = sum(call["at"] > before for call in calls) / COUNT_S
    scene.notes.append(f"`getUpdates` {rate:.1f} times a second")
    scene.expect("it does not poll in a hot loop", rate <= MAX_CALLS_A_SECOND)
    await scene.words(await scene.photo())


def failing_poll(kind: str, times: int) -> Act:
    """Return an act in which `getUpdates` fails some times."""

    async def act(scene: Scene) -> None:
        scene.begin()
        await scene.fault("getUpdates", kind, times)
        # The first still comes with the call that waits.
        first = await scene.photo()
        await first.word.wait()
        second = await scene.photo()
        await scene.words(first, second)

    return act


async def no_is_bot(scene: Scene) -> None:
    """Start the bot at a server whose `getMe` lacks a field."""
    await scene.fault("getMe", "no_is_bot", None)
    await scene.restart()
    await scene.words(await scene.photo())


def unparsable(*changes: Json) -> Act:
    """Return an act in which one person's messages cannot be parsed, and another sends a photo."""

    async def act(scene: Scene) -> None:
        await scene.answered(ANNA)  # otherwise the bot may not write to her
        for number, change in enumerate(changes):
            await scene.crowd.add_update({"message": _message(number) | change})
        await scene.words(await scene.photo(BEN))
        await scene.logged("cannot be parsed")

    return act


async def unknown_kinds(scene: Scene) -> None:
    """Send updates of kinds that do not exist, or that the bot does not ask for."""
    scene.begin()
    for update in ({"telepathy": {"id": 1}}, {"poll": {"id": "1"}}, {"message": 5}):
        await scene.crowd.add_update(update)
    await scene.words(await scene.photo(BEN))


def _message(number: int) -> Json:
    return {
        "message_id": 9000 + number,
        "from": {"id": ANNA, "is_bot": False, "first_name": "Anna"},
        "chat": {"id": ANNA, "type": "private", "first_name": "Anna"},
        "date": int(time.time()),
        "text": "hello",
    }


async def flooder(scene: Scene) -> None:
    """Let one person send hundreds of texts at once, and another a photo."""
    await scene.text("/start", BEN)
    await scene.words(await scene.photo())
    scene.begin()
    await asyncio.gather(*(scene.text(f"hello {number}", BEN) for number in range(FLOOD)))
    polite = await scene.photo()
    await scene.words(polite)
    await scene.wait_for_all()
    scene.notes.append(f"{scene.covered()} texts covered by a refusal")
    scene.expect("the other person hardly waits", (polite.seconds or 99) < 10)


async def forged(scene: Scene) -> None:
    """Tap with data that no button has, and with that of another person's answer."""
    others = await scene.answered(BEN)
    own = await scene.answered()
    data = others["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
    for forgery in ("\u202e'; DROP TABLE faces; --", "v1:zzzzzzzzzzzz:0:s", "retrain:start", data):
        await scene.words(await scene.tap_data(own, forgery))


async def stranger(scene: Scene) -> None:
    """Send the commands of admins as somebody else."""
    scene.begin()
    for command in ("/retrain", "/export", "/models"):
        await scene.words(await scene.text(command))
    runs = scene.bot.rows("SELECT id FROM runs")
    scene.expect("nothing is retrained", not runs)


async def webhook_without_secret(scene: Scene) -> None:
    """Call the webhook as somebody else."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        listen = f"127.0.0.1:{probe.getsockname()[1]}"
    scene.bot.settings |= {"BOT_WEBHOOK_URL": f"http://{listen}", "BOT_WEBHOOK_LISTEN": listen}
    await scene.restart()
    await scene.bot.wait_for_log("Telegram delivers updates to", 10)
    url = (await scene.crowd.call_bot_api("getWebhookInfo"))["url"]
    async with httpx.AsyncClient(trust_env=False, verify=NO_TLS) as caller:
        answers = [await caller.post(url, json={"update_id": 1, "message": _message(1)})]
        guess = {"X-Telegram-Bot-Api-Secret-Token": "guess"}
        answers.append(await caller.post(url, json={"update_id": 2}, headers=guess))
    statuses = {answer.status_code for answer in answers}
    scene.notes.append(f"the caller gets {', '.join(map(str, statuses))}")
    scene.expect("the caller gets 403", statuses == {403})
    await scene.words(await scene.photo())


async def clock_jumps(scene: Scene) -> None:
    """Set the bot's clock two days forward, then back."""
    clock = scene.bot.folder / "clock"
    clock.write_text("+0", encoding="ascii")
    scene.bot.settings |= {
        "LD_PRELOAD": str(_faketime()),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    await scene.restart()
    photos = [await scene.photo()]
    for jump in ("+2d", "-2d"):
        await scene.words(*photos)
        clock.write_text(jump, encoding="ascii")
        await asyncio.sleep(1)
        photos.append(await scene.photo())
    await scene.words(*photos)
    ((first, last),) = scene.bot.rows("SELECT min(received_at), max(received_at) FROM inbox")
    scene.expect("the clock jumps", last - first > 3 * 24 * 3600)


def _faketime() -> Path | None:
    """Return the library of Debian's package `faketime`; None if it is not installed."""
    return next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)


UPDATES = [
    Case("token-revoked", "the token is revoked, a photo in hand; new start with a valid one",
         revoked, sees=(VERDICT,), logs=("Telegram does not accept the token",)),
    Case("second-poller", "a second process with the token", second_poller,
         sees=(VERDICT,), logs=(r"\(409\)",), lines=1),
    Case("foreign-webhook", "somebody sets a webhook while the bot polls", foreign_webhook,
         sees=(VERDICT,), logs=("Another program has set a webhook", AGAIN), lines=1),
    Case("network-away", f"network away for {CUT_S:.0f} s, two photos in hand", network_away,
         sees=(VERDICT,)),
    Case("timeout-ignored", "the server ignores `timeout`", ignored_timeout, sees=(VERDICT,),
         lines=0),
    Case("poll-404", "404 to `getUpdates`, once", failing_poll("not_found", 1), sees=(VERDICT,)),
    Case("poll-502", "502 to `getUpdates`, three times", failing_poll("bad_gateway", 3),
         sees=(VERDICT,)),
    Case("no-is-bot", "`getMe` without `is_bot`, at the start", no_is_bot, sees=(VERDICT,),
         lines=0),
    Case("hidden-user", "a forwarded text whose hidden sender has no name; another's photo",
         unparsable({"forward_origin": HIDDEN}), sees=(VERDICT, UNREADABLE), lines=1),
    Case("unparsable", "a poll of an older server, the year 36812, wrong types; another's photo",
         unparsable({"poll": {"id": "1", "question": "?", "options": []}}, {"date": 2**40},
                    {"chat": {"id": ANNA}}, {"text": {"a": 1}, "photo": "no"}),
         sees=(VERDICT, UNREADABLE)),
    Case("unknown-kinds", "unknown kinds of updates, a number for a message; another's photo",
         unknown_kinds, sees=(VERDICT,),
         logs=(r"\(poll\) is set aside: nothing handles", r"\(message\) cannot be parsed")),
    Case("flooder", f"{FLOOD} texts of one person at once; another's photo", flooder,
         sees=(VERDICT, "a lot at once")),
    Case("forged-taps", "forged taps, one of them on another's answer", forged, sees=("alert",),
         logs=("the bot has no such button", "sent by somebody else")),
    Case("admin-commands", "/retrain, /export, /models by a stranger", stranger),
    Case("webhook-secret", "webhook calls without the secret", webhook_without_secret,
         sees=(VERDICT,), logs=("secret is missing or wrong",)),
    *([Case("clock-jumps", "the clock jumps two days forward, then four back", clock_jumps,
            sees=(VERDICT,))] if _faketime() else []),
]  # fmt: skip
