"""Cases of `faults`: calls of the bot fail, are refused, or their answers are spoiled."""

import asyncio

from bot.sandbox.cast import GROUP_ID
from scripts.reliability.fault_cases.case import Act, Case, Fault, photo_during, tap_during
from scripts.reliability.fault_cases.scene import ANNA, BEN, Scene

VERDICT = "sure"
LOST_PHOTO = "could not download this photo"
BEGINS, ENDS = "requests are repeated until", "get through again"
REFUSED = "does not let the bot answer"
SUPERGROUP = -1001000000777
OUTAGE_S = 6.0
SECOND_CALL_S = 3.0


async def flood_limit(scene: Scene) -> None:
    """Let one of two chats wait."""
    answer = await scene.answered(BEN)
    await scene.fault("sendMessage", "too_many_requests", chat_id=ANNA, retry_after=8)
    photo = await scene.photo()
    await scene.logged("(429)")
    tap = await scene.tap(answer, "Sad", BEN)
    await scene.words(photo, tap)
    scene.expect("the tap waits for nobody", (tap.seconds or 99) < 2)


def refused_in_private(kind: str) -> Act:
    """Return an act in which every call for a person's chat is refused."""

    async def act(scene: Scene) -> None:
        scene.begin()
        await scene.fault("*", kind, None, chat_id=ANNA)
        await scene.photo()
        await _one_vain_call(scene, ANNA)

    return act


def refused_in_group(kind: str) -> Act:
    """Return an act in which every call for the group is refused."""

    async def act(scene: Scene) -> None:
        scene.begin()
        await scene.fault("*", kind, None, chat_id=GROUP_ID)
        await scene.photo_in_group()
        await _one_vain_call(scene, GROUP_ID)

    return act


async def _one_vain_call(scene: Scene, chat: int) -> None:
    await scene.logged(REFUSED)
    await asyncio.sleep(SECOND_CALL_S)
    calls = await scene.crowd.requests("sendMessage", chat)
    scene.expect("one call in vain, no second one", len(calls) == 1)


async def migrated(scene: Scene) -> None:
    """Let the group become a supergroup before the answer."""
    scene.begin()
    await scene.fault("*", "migrated", None, chat_id=GROUP_ID, migrate_to_chat_id=SUPERGROUP)
    await scene.photo_in_group()
    await asyncio.sleep(6)


async def two_people_one_trickles(scene: Scene) -> None:
    """Let one person's file come at 100 bytes a second, and another's as usual."""
    scene.begin()
    await scene.fault("file", "slow_body")
    slow = await scene.photo()
    await scene.in_hand()
    other = await scene.photo(BEN)
    await scene.words(slow, other)
    scene.notes.append(f"the other photo took {other.seconds or 0:.1f} s")
    scene.expect("the other photo does not wait", (other.seconds or 99) < 5)


def sending(name: str, fault: str, kind: str, seconds: float | None = None, **more: object) -> Case:
    """Return a case in which `sendMessage` fails in a way that passes."""
    act = photo_during(Fault("sendMessage", kind, seconds, more=more))
    return Case(name, fault, act, sees=(VERDICT,), logs=(BEGINS, ENDS), lines=1)


def downloading(name: str, fault: str, method: str, kind: str, word: str = LOST_PHOTO) -> Case:
    """Return a case in which a file cannot be had."""
    return Case(name, fault, photo_during(Fault(method, kind, times=None)), sees=(word,))


def picture(name: str, fault: str, kind: str) -> Case:
    """Return a case in which the picture of an answer is refused, but not a text."""
    act = photo_during(Fault("sendPhoto", kind, times=None), faces=2)
    return Case(name, fault, act, sees=("2 faces",))


def closed(name: str, fault: str, kind: str, group: bool = False) -> Case:
    """Return a case in which a chat is closed to the bot."""
    act = refused_in_group(kind) if group else refused_in_private(kind)
    return Case(name, fault, act, logs=(REFUSED,), lines=1, unanswered=True)


CALLS = [
    Case("flood-limit", "429 for 8 s in a chat; a tap in another", flood_limit,
         sees=(VERDICT, "Got it"), logs=(r"\(429\)",), lines=1),
    sending("send-500", "500 for `sendMessage`, 6 s", "internal_error", OUTAGE_S),
    sending("send-502", "502 for `sendMessage`, 6 s", "bad_gateway", OUTAGE_S),
    sending("send-504", "504 for `sendMessage`, 6 s", "gateway_timeout", OUTAGE_S),
    sending("send-timeout", "no answer to `sendMessage`", "timeout"),
    sending("send-reset", "connection reset", "reset"),
    sending("send-html", "HTML with 200 for `sendMessage`", "html"),
    Case("send-half-body", "half an answer; the message was sent",
         photo_during(Fault("sendMessage", "half_body")), sees=(VERDICT,), logs=(BEGINS,),
         may_repeat=True),
    Case("send-lost-answer", "the answer is lost; the message was sent",
         photo_during(Fault("sendMessage", "lost_answer")), sees=(VERDICT,), logs=(BEGINS,),
         may_repeat=True),
    Case("send-slow-answer", "the answer comes at 100 bytes a second",
         photo_during(Fault("sendMessage", "slow_body")), sees=(VERDICT,), lines=0),
    downloading("file-too-big", "`getFile`: file is too big", "getFile", "file_too_big",
                "files that large"),
    downloading("file-wrong-id", "`getFile`: wrong file_id", "getFile", "file_unavailable"),
    downloading("file-502", "502 for downloads, lasting", "file", "bad_gateway"),
    downloading("file-html", "HTML instead of a picture", "file", "html"),
    downloading("file-half", "half a picture", "file", "half_body"),
    downloading("file-huge", "300 MB instead of a picture", "file", "large_body"),
    downloading("file-endless", "the same, without its length", "file", "large_chunked_body"),
    Case("file-trickles", "a file comes at 100 bytes a second, once; another's photo",
         two_people_one_trickles, sees=(VERDICT,)),
    picture("photo-413", "413 for `sendPhoto`", "too_large"),
    picture("photo-500", "500 for `sendPhoto`, lasting", "internal_error"),
    picture("photo-no-rights", "no right to send photos", "no_photo_rights"),
    picture("photo-rejected", "Telegram cannot read the picture", "image_rejected"),
    closed("blocked", "the person has blocked the bot", "blocked"),
    closed("deactivated", "the person's account is deleted", "deactivated"),
    closed("chat-not-found", "chat not found", "chat_not_found"),
    closed("kicked", "removed from the group", "kicked_from_supergroup", group=True),
    closed("no-text-rights", "no right to write in the group", "no_text_rights", group=True),
    closed("topic-closed", "the topic is closed", "topic_closed", group=True),
    closed("reply-gone", "the photo in the group is deleted", "reply_not_found", group=True),
    Case("migrated", "the group becomes a supergroup", migrated, sees=(VERDICT,), lines=0),
    Case("tap-too-old", "a tap can no longer be acknowledged",
         tap_during(Fault("answerCallbackQuery", "query_too_old", times=None), "Sad"),
         sees=("the buttons become",)),
    Case("tap-not-shown", "after a tap, the buttons cannot be changed",
         tap_during(Fault("editMessageReplyMarkup", "edit_not_found", times=None), "Sad"),
         sees=("Got it",)),
]  # fmt: skip
