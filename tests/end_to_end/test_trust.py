"""Whose corrections count, and how admins review the others."""

from io import BytesIO

from PIL import Image

from bot.replies import help as help_replies
from bot.replies import review as review_replies
from bot.storage import accepted_labels
from bot.storage.database import open_database
from tests.support.bot_database import database_url, run_aside
from tests.support.bot_process import BotSandbox
from tests.support.conversation import PORTRAIT, SAD, button_labels, tap
from tests.support.portraits import jpeg_of, portrait
from tests.support.sandbox_client import ALEX, ANNA, BEN, GROUP, Json, SandboxClient, text_of

REVIEW_BUTTONS = ["✔ Accept", "✘ Reject", "Skip"]
ACCEPT, REJECT, SKIP = REVIEW_BUTTONS


def labels_that_count(sandbox: BotSandbox) -> list[tuple[int, str]]:
    """Return the user and the label of each correction that counts, with Alex as the admin."""

    async def load() -> list[tuple[int, str]]:
        async with open_database(database_url(sandbox)) as database:
            found = await accepted_labels.load(database, {ALEX})
            return [(correction.user_id, str(correction.label)) for correction in found]

    return run_aside(load())


def send_and_correct(people: SandboxClient, photo: bytes = PORTRAIT, user: int = ANNA) -> Json:
    """Send a smiling face and label it as sad; return the edited answer."""
    people.send_photo(photo, user=user)
    answer = people.wait_for_message(chat=user)
    return tap(people, answer, SAD, user)[1]


def rotated_portrait(degrees: int) -> bytes:
    """Return the portrait with a face that is cut out a little differently."""
    return jpeg_of(portrait().rotate(degrees))


def review(people: SandboxClient, admin: int = ALEX) -> Json:
    people.send_text("/review", user=admin)
    return people.wait_for_message(chat=admin)


def test_labels_count_when_two_users_agree_about_a_photo(
    sandbox: BotSandbox, people: SandboxClient
) -> None:
    sandbox.start_bot(BOT_ADMINS=str(ALEX))
    send_and_correct(people)
    assert labels_that_count(sandbox) == []
    send_and_correct(people, rotated_portrait(10), BEN)
    assert labels_that_count(sandbox) == []
    annas, bens = send_and_correct(people, user=BEN), (BEN, "sad")
    assert labels_that_count(sandbox) == [(ANNA, "sad"), bens]
    tap(people, annas, "Undo", BEN)
    assert labels_that_count(sandbox) == []


def test_labels_of_trusted_users_count_at_once(sandbox: BotSandbox, people: SandboxClient) -> None:
    sandbox.start_bot(BOT_ADMINS=str(ALEX), BOT_TRUSTED=str(ANNA))
    send_and_correct(people, rotated_portrait(10), ALEX)
    assert labels_that_count(sandbox) == [(ALEX, "sad")]
    send_and_correct(people)
    assert text_of(review(people)) == review_replies.nothing_left()


def test_an_admin_accepts_rejects_and_skips_over_a_restart(
    sandbox: BotSandbox, people: SandboxClient
) -> None:
    first = sandbox.start_bot(BOT_ADMINS=str(ALEX))
    for degrees in (0, 5, 10):
        send_and_correct(people, rotated_portrait(degrees), BEN if degrees == 5 else ANNA)
    shown = review(people)
    assert button_labels(shown) == REVIEW_BUTTONS
    assert "I said: 😊 Happy, " in text_of(shown)
    assert f"User {ANNA} says: 😢 Sad." in text_of(shown)
    assert text_of(shown).endswith("3 to review")
    with Image.open(BytesIO(people.photo(shown))) as face:
        assert face.size == (480, 480)
    toast, shown = tap(people, shown, SKIP, ALEX)
    assert toast.startswith("Skipped")
    assert f"User {BEN} says" in text_of(shown)
    assert first.stop() == 0
    sandbox.start_bot(BOT_ADMINS=str(ALEX))
    # The message from before the restart still works, and so does a new one.
    assert text_of(review(people)) == text_of(shown)
    toast, shown = tap(people, shown, REJECT, ALEX)
    assert toast == "Rejected."
    toast, shown = tap(people, shown, ACCEPT, ALEX)
    assert toast == "Accepted."
    assert labels_that_count(sandbox) == [(ANNA, "sad")]
    assert text_of(shown).endswith("1 to review")
    toast, shown = tap(people, shown, ACCEPT, ALEX)
    assert text_of(shown) == review_replies.nothing_left()
    assert button_labels(shown) == []
    assert labels_that_count(sandbox) == [(ANNA, "sad"), (ANNA, "sad")]
    assert text_of(review(people)) == review_replies.nothing_left()


def test_two_decisions_at_once_count_once(sandbox: BotSandbox, people: SandboxClient) -> None:
    sandbox.start_bot(BOT_ADMINS=f"{ALEX},{BEN}")
    send_and_correct(people)
    send_and_correct(people, rotated_portrait(10))
    shown = {admin: review(people, admin) for admin in (ALEX, BEN)}
    accepting = people.press_label(shown[ALEX], ACCEPT, ALEX)
    mark = people.mark
    rejecting = people.press_label(shown[BEN], REJECT, BEN)
    people.mark = mark
    toasts = {people.wait_for_answer(query)["text"] for query in (accepting, rejecting)}
    assert "Already decided: the first decision stands." in toasts
    assert len(toasts & {"Accepted.", "Rejected."}) == 1


def test_a_decision_delivered_twice_counts_once(sandbox: BotSandbox, people: SandboxClient) -> None:
    sandbox.start_bot(BOT_ADMINS=str(ALEX))
    send_and_correct(people)
    send_and_correct(people, rotated_portrait(10))
    shown = review(people)
    people.fault("getUpdates", "duplicate_update", times=2)
    _, shown = tap(people, shown, SKIP, ALEX)
    _, shown = tap(people, shown, ACCEPT, ALEX)
    _, shown = tap(people, shown, ACCEPT, ALEX)
    assert text_of(shown) == review_replies.nothing_left()
    assert len(labels_that_count(sandbox)) == 2


def test_only_admins_can_review(sandbox: BotSandbox, people: SandboxClient) -> None:
    sandbox.start_bot(BOT_ADMINS=str(ALEX))
    answer = send_and_correct(people)
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
    assert labels_that_count(sandbox) == []


def test_a_user_whose_corrections_keep_being_rejected_is_set_aside_and_can_be_restored(
    sandbox: BotSandbox, people: SandboxClient
) -> None:
    sandbox.start_bot(BOT_ADMINS=str(ALEX))
    send_and_correct(people, rotated_portrait(2), BEN)
    for number in range(6):
        send_and_correct(people, rotated_portrait(3 * number))
    shown = review(people)
    _, shown = tap(people, shown, ACCEPT, ALEX)
    for _ in range(4):
        toast, shown = tap(people, shown, REJECT, ALEX)
        assert toast == "Rejected."
    query = people.press_label(shown, REJECT, ALEX)
    told = people.wait_for_text(f"I ignore the corrections of user {ANNA}", chat=ALEX)
    assert button_labels(told) == [f"Stop ignoring {ANNA}"]
    assert people.callback(query)["text"] == "Rejected."
    people.wait_for_text(review_replies.nothing_left(), chat=ALEX)
    # What she said before, and what she says from now on, does not count: not even with Ben.
    send_and_correct(people, rotated_portrait(2))
    assert labels_that_count(sandbox) == [(BEN, "sad")]
    listed = review(people)
    assert text_of(listed).startswith("Ignored, because their corrections kept being rejected:")
    _, listed = tap(people, listed, f"Stop ignoring {ANNA}", ALEX)
    assert text_of(listed) == "Nobody is ignored."
    assert sorted(labels_that_count(sandbox)) == [(ANNA, "sad"), (BEN, "sad")]


def test_daily_quotas_hold_after_a_restart(sandbox: BotSandbox, people: SandboxClient) -> None:
    limits = {"BOT_PHOTOS_A_DAY": "3", "BOT_CORRECTIONS_A_DAY": "1", "BOT_ADMINS": str(ALEX)}
    first = sandbox.start_bot(**limits)
    send_and_correct(people)
    people.send_photos([rotated_portrait(5), rotated_portrait(10), rotated_portrait(15)])
    album = text_of(people.wait_for_message()).splitlines()
    assert album[0] == "3 pictures: 2 😊, 1 ⚠️"
    enough = "You have reached my daily limit of 3 photos. Send me this one "
    assert album[3].startswith(f"3. ⚠️ {enough}again in ")
    assert first.stop() == 0
    sandbox.start_bot(**limits)
    people.send_photo(rotated_portrait(20))
    assert text_of(people.wait_for_message()).startswith(enough)
    # Known from before: it costs nothing, and a correction can still be taken back.
    people.send_photo(PORTRAIT)
    again = people.wait_for_message()
    assert "I know this one!" in text_of(again)
    _, again = tap(people, again, "Undo")
    told = people.wait_for_answer(people.press_label(again, SAD))
    assert told["text"].startswith("Thank you! You have reached my daily limit of 1 correction.")
    # Others are not concerned.
    send_and_correct(people, rotated_portrait(25), BEN)
    for degrees in (30, 35, 40, 45):
        send_and_correct(people, rotated_portrait(degrees), ALEX)
