"""Whose corrections count, and what admins decide about the others, over the wire."""

import asyncio
from io import BytesIO

from PIL import Image

from bot.replies import help as help_replies
from bot.replies import review as review_replies
from bot.storage import accepted_labels
from bot.storage.database import open_database
from tests.support.bot_process import BotSandbox
from tests.support.conversation import SAD, button_labels, tap
from tests.support.portraits import ASTRONAUT, jpeg_of, portrait
from tests.support.sandbox_client import ALEX, ANNA, BEN, GROUP, Json, SandboxClient, text_of

PORTRAIT = ASTRONAUT.read_bytes()
CHOICE = ["✔ Accept", "✘ Reject", "Skip"]
ACCEPT, REJECT, SKIP = CHOICE


def heard(sandbox: BotSandbox) -> list[tuple[int, str]]:
    """Whose words count, and what they are, with Alex as the admin."""

    async def ask() -> list[tuple[int, str]]:
        address = f"sqlite+aiosqlite:///{sandbox.folder / 'data' / 'bot.sqlite3'}"
        async with open_database(address) as database:
            words = await accepted_labels.load(database, {ALEX})
            return [(word.user_id, str(word.label)) for word in words]

    return asyncio.run(ask())


def corrected(people: SandboxClient, photo: bytes = PORTRAIT, user: int = ANNA) -> Json:
    """Somebody sends a smiling face, and says that it is sad."""
    people.send_photo(photo, user=user)
    answer = people.wait_for_message(chat=user)
    return tap(people, answer, SAD, user)[1]


def turned(degrees: int) -> bytes:
    """The portrait, so that the face in it is cut out a little differently."""
    return jpeg_of(portrait().rotate(degrees))


def review(people: SandboxClient, admin: int = ALEX) -> Json:
    people.send_text("/review", user=admin)
    return people.wait_for_message(chat=admin)


def decided(
    people: SandboxClient, message: Json, label: str, admin: int = ALEX
) -> tuple[str, Json]:
    """An admin decides about a correction; returns the toast and what is shown next."""
    query = people.press_label(message, label, admin)
    edited = people.wait_for(lambda event: event["type"] == "edited")["message"]
    return people.callback(query)["text"], edited


def test_two_who_agree_about_a_picture_are_heard(
    sandbox: BotSandbox, people: SandboxClient
) -> None:
    sandbox.start_bot(BOT_ADMINS=str(ALEX))
    corrected(people)
    assert heard(sandbox) == []
    corrected(people, turned(10), BEN)
    assert heard(sandbox) == []
    annas, bens = corrected(people, user=BEN), (BEN, "sad")
    assert heard(sandbox) == [(ANNA, "sad"), bens]
    tap(people, annas, "Undo", BEN)
    assert heard(sandbox) == []


def test_who_is_trusted_is_heard_at_once(sandbox: BotSandbox, people: SandboxClient) -> None:
    sandbox.start_bot(BOT_ADMINS=str(ALEX), BOT_TRUSTED=str(ANNA))
    corrected(people, turned(10), ALEX)
    assert heard(sandbox) == [(ALEX, "sad")]
    corrected(people)
    assert text_of(review(people)) == review_replies.nothing_left()


def test_an_admin_accepts_rejects_and_skips_over_a_restart(
    sandbox: BotSandbox, people: SandboxClient
) -> None:
    first = sandbox.start_bot(BOT_ADMINS=str(ALEX))
    for degrees in (0, 5, 10):
        corrected(people, turned(degrees), BEN if degrees == 5 else ANNA)
    shown = review(people)
    assert button_labels(shown) == CHOICE
    assert "I said: 😊 Happy, " in text_of(shown)
    assert f"User {ANNA} says: 😢 Sad." in text_of(shown)
    assert text_of(shown).endswith("3 to review")
    with Image.open(BytesIO(people.photo(shown))) as face:
        assert face.size == (480, 480)
    toast, shown = decided(people, shown, SKIP)
    assert toast.startswith("Skipped")
    assert f"User {BEN} says" in text_of(shown)
    assert first.stop() == 0
    sandbox.start_bot(BOT_ADMINS=str(ALEX))
    # The message from before the restart still works, and so does a new one.
    assert text_of(review(people)) == text_of(shown)
    toast, shown = decided(people, shown, REJECT)
    assert toast == "Rejected."
    toast, shown = decided(people, shown, ACCEPT)
    assert toast == "Accepted."
    assert heard(sandbox) == [(ANNA, "sad")]
    assert text_of(shown).endswith("1 to review")
    toast, shown = decided(people, shown, ACCEPT)
    assert text_of(shown) == review_replies.nothing_left()
    assert button_labels(shown) == []
    assert heard(sandbox) == [(ANNA, "sad"), (ANNA, "sad")]
    assert text_of(review(people)) == review_replies.nothing_left()


def test_two_admins_at_once_decide_once(sandbox: BotSandbox, people: SandboxClient) -> None:
    sandbox.start_bot(BOT_ADMINS=f"{ALEX},{BEN}")
    corrected(people)
    corrected(people, turned(10))
    shown = {admin: review(people, admin) for admin in (ALEX, BEN)}
    accepting = people.press_label(shown[ALEX], ACCEPT, ALEX)
    mark = people.mark
    rejecting = people.press_label(shown[BEN], REJECT, BEN)
    people.mark = mark
    toasts = {people.wait_for_answer(query)["text"] for query in (accepting, rejecting)}
    assert "This was decided already: the first decision stands." in toasts
    assert len(toasts & {"Accepted.", "Rejected."}) == 1


def test_a_decision_that_is_delivered_twice_counts_once(
    sandbox: BotSandbox, people: SandboxClient
) -> None:
    sandbox.start_bot(BOT_ADMINS=str(ALEX))
    corrected(people)
    corrected(people, turned(10))
    shown = review(people)
    people.fault("getUpdates", "duplicate_update", times=2)
    _, shown = decided(people, shown, SKIP)
    _, shown = decided(people, shown, ACCEPT)
    _, shown = decided(people, shown, ACCEPT)
    assert text_of(shown) == review_replies.nothing_left()
    assert len(heard(sandbox)) == 2


def test_for_others_there_is_no_review(sandbox: BotSandbox, people: SandboxClient) -> None:
    sandbox.start_bot(BOT_ADMINS=str(ALEX))
    answer = corrected(people)
    for text in ("/review", "/no_such_command"):
        people.send_text(text)
        assert text_of(people.wait_for_message()) == help_replies.send_a_photo()
    told = people.wait_for_answer(people.press(answer, "rv:a:1", force=True))
    assert told["text"].startswith("I do not know this button")
    # Nor is it answered where others would see the faces.
    people.send_text("/review", user=ALEX, chat=GROUP)
    people.send_text("hello?", user=BEN)
    people.wait_for_message(chat=BEN)
    assert [one for one in people.messages(GROUP) if one["from"]["is_bot"]] == []
    assert heard(sandbox) == []


def test_a_hostile_user_is_set_aside_and_can_be_restored(
    sandbox: BotSandbox, people: SandboxClient
) -> None:
    sandbox.start_bot(BOT_ADMINS=str(ALEX))
    corrected(people, turned(2), BEN)
    for number in range(6):
        corrected(people, turned(3 * number))
    shown = review(people)
    _, shown = decided(people, shown, ACCEPT)
    for _ in range(4):
        toast, shown = decided(people, shown, REJECT)
        assert toast == "Rejected."
    query = people.press_label(shown, REJECT, ALEX)
    told = people.wait_for_text(f"User {ANNA} is set aside", chat=ALEX)
    assert button_labels(told) == [f"Restore {ANNA}"]
    assert people.callback(query)["text"] == "Rejected."
    people.wait_for_text(review_replies.nothing_left(), chat=ALEX)
    # What she said before, and what she says from now on, does not count: not even with Ben.
    corrected(people, turned(2))
    assert heard(sandbox) == [(BEN, "sad")]
    listed = review(people)
    assert text_of(listed).startswith("Set aside, because their corrections kept being rejected:")
    _, listed = decided(people, listed, f"Restore {ANNA}")
    assert text_of(listed) == "Nobody is set aside."
    assert sorted(heard(sandbox)) == [(ANNA, "sad"), (BEN, "sad")]


def test_enough_is_enough_for_one_day_also_after_a_restart(
    sandbox: BotSandbox, people: SandboxClient
) -> None:
    limits = {"BOT_PHOTOS_A_DAY": "3", "BOT_CORRECTIONS_A_DAY": "1", "BOT_ADMINS": str(ALEX)}
    first = sandbox.start_bot(**limits)
    corrected(people)
    people.send_photos([turned(5), turned(10), turned(15)])
    album = text_of(people.wait_for_message()).splitlines()
    assert album[0] == "3 pictures: 2 😊 happy, 1 ⚠️ not judged"
    enough = "That is enough for today: I look at 3 photos a day for each person. Send me this one "
    assert album[3].startswith(f"3. ⚠️ {enough}again in ")
    assert first.stop() == 0
    sandbox.start_bot(**limits)
    people.send_photo(turned(20))
    assert text_of(people.wait_for_message()).startswith(enough)
    # Known from before: it costs nothing, and a correction can still be taken back.
    people.send_photo(PORTRAIT)
    again = people.wait_for_message()
    assert "noted as 😢 Sad" in text_of(again)
    _, again = tap(people, again, "Undo")
    told = people.wait_for_answer(people.press_label(again, SAD))
    assert told["text"].startswith("Thank you! I note 1 correction a day from each person.")
    # Others are not concerned.
    corrected(people, turned(25), BEN)
    for degrees in (30, 35, 40, 45):
        corrected(people, turned(degrees), ALEX)
