"""Admin commands, which do not exist for other users."""

from collections.abc import Iterator
from io import BytesIO
from zipfile import ZipFile

import pytest
from PIL import Image

from bot.i18n import LANGUAGES, in_language
from bot.replies import help as help_replies
from bot.replies import stats as admin_replies
from bot.sandbox.cast import GROUP_ID
from tests.support.bot_process import BotSandbox
from tests.support.conversation import SAD, tap, wait_for_menu
from tests.support.portraits import ASTRONAUT
from tests.support.sandbox_client import ALEX, ANNA, BEN, Json, SandboxClient, text_of

USER_MENU, ADMIN_MENU = help_replies.commands(), admin_replies.commands()


@pytest.fixture
def bot(sandbox: BotSandbox) -> Iterator[None]:
    """A bot whose admins are Alex and Ben, who have not written to it yet."""
    bot = sandbox.start_bot(BOT_ADMINS=f"{ALEX},{BEN}")
    yield
    assert bot.stop() == 0
    assert "Traceback" not in bot.log, bot.log


def send_and_wait(people: SandboxClient, text: str, user: int) -> Json:
    people.send_text(text, user=user)
    return people.wait_for_message(chat=user)


@pytest.mark.usefixtures("bot")
def test_admins_get_their_menu_when_they_first_write(people: SandboxClient) -> None:
    wait_for_menu(people, USER_MENU, ALEX)
    assert "/retrain – Learn from" in text_of(send_and_wait(people, "/help", ALEX))
    wait_for_menu(people, USER_MENU + ADMIN_MENU, ALEX)
    wait_for_menu(people, help_replies.group_commands(), ALEX, GROUP_ID)
    send_and_wait(people, "/start", ANNA)
    wait_for_menu(people, USER_MENU, ANNA)
    wait_for_menu(people, USER_MENU, BEN)


def test_a_restart_only_sets_menus_that_are_new(sandbox: BotSandbox, people: SandboxClient) -> None:
    admins, last = f"{ALEX},{BEN}", LANGUAGES[-1]
    people.set_language(last, ALEX)
    bot = sandbox.start_bot(BOT_ADMINS=admins)
    people.send_text("hello", user=ALEX)
    with in_language(last):
        wait_for_menu(people, help_replies.commands() + admin_replies.commands(), ALEX)
    assert bot.stop() == 0
    before = len(people.requests("setMyCommands"))
    bot = sandbox.start_bot(BOT_ADMINS=admins)
    people.send_text("hello", user=BEN)
    wait_for_menu(people, USER_MENU + ADMIN_MENU, BEN)
    assert bot.stop() == 0
    # A menu that the stop kept from being recorded may be set once more.
    assert len(people.requests("setMyCommands")) <= before + len(["", *LANGUAGES]) + 1
    people.set_language("en", ALEX)
    bot = sandbox.start_bot(BOT_ADMINS=str(BEN))
    wait_for_menu(people, USER_MENU, ALEX)
    wait_for_menu(people, USER_MENU + ADMIN_MENU, BEN)


@pytest.mark.parametrize(
    "fault", [{"kind": "bad_gateway"}, {"kind": "too_many_requests", "retry_after": 490}]
)
def test_the_bot_answers_although_menus_cannot_be_set(
    sandbox: BotSandbox, people: SandboxClient, fault: Json
) -> None:
    people.fault("setMyCommands", times=100, **fault)
    bot = sandbox.start_bot()
    send_and_wait(people, "/start", ANNA)
    assert bot.stop() == 0
    assert "Traceback" not in bot.log


@pytest.mark.usefixtures("bot")
def test_admin_commands_are_unknown_to_other_users(people: SandboxClient) -> None:
    unknown = text_of(send_and_wait(people, "/foo", ANNA))
    assert [text_of(send_and_wait(people, f"/{name}", ANNA)) for name, _ in ADMIN_MENU] == [
        unknown
    ] * len(ADMIN_MENU)


@pytest.mark.usefixtures("bot")
def test_stats_come_with_a_picture_once_there_is_something_to_show(people: SandboxClient) -> None:
    nothing, _, state = text_of(send_and_wait(people, "/stats", ALEX)).partition("\n\n")
    assert nothing == admin_replies.nothing_yet()
    assert state.startswith("Running time: 0 min, version ")
    people.send_photo(ASTRONAUT.read_bytes())
    tap(people, people.wait_for_message(), SAD)
    message = send_and_wait(people, "/stats", ALEX)
    assert text_of(message).startswith("On record: 1 photo from 1 person, 1 today")
    assert "I was right 0 out of 1 times" in text_of(message)
    with Image.open(BytesIO(people.photo(message))) as picture:
        assert picture.size == (960, 1280)


@pytest.mark.usefixtures("bot")
def test_the_export_holds_the_faces_that_were_corrected(people: SandboxClient) -> None:
    assert text_of(send_and_wait(people, "/export", ALEX)) == admin_replies.nothing_to_export()
    people.send_photo(ASTRONAUT.read_bytes(), user=ALEX)
    tap(people, people.wait_for_message(), SAD, user=ALEX)
    message = send_and_wait(people, "/export", ALEX)
    assert message["document"]["file_name"] == "photo-mood-faces-1.zip"
    with ZipFile(BytesIO(people.file(message["document"]["file_id"]))) as archive:
        (name,) = archive.namelist()
        assert name.startswith("sad/")
        with Image.open(BytesIO(archive.read(name))) as crop:
            assert (crop.format, crop.size) == ("PNG", (96, 96))
