"""Admin commands, which do not exist for other users."""

from collections.abc import Iterator
from io import BytesIO
from zipfile import ZipFile

import pytest
from PIL import Image

from bot.replies import help as help_replies
from bot.replies import stats as admin_replies
from bot.sandbox.cast import GROUP_ID
from tests.support.bot_process import BotSandbox
from tests.support.conversation import SAD, tap
from tests.support.portraits import ASTRONAUT
from tests.support.sandbox_client import ALEX, ANNA, BEN, Json, SandboxClient, text_of

USER_COMMANDS = [name for name, _ in help_replies.commands()]
ADMIN_COMMANDS = [name for name, _ in admin_replies.commands()]


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


def menu(people: SandboxClient, user: int, chat: int | None = None) -> list[str]:
    return [entry["command"] for entry in people.commands(user, chat)]


@pytest.mark.usefixtures("bot")
def test_admins_get_their_menu_when_they_first_write(people: SandboxClient) -> None:
    assert menu(people, ALEX) == USER_COMMANDS
    people.send_text("/start", user=ALEX)
    # One event a language, in any order: wait for the one that changes what Alex sees.
    people.wait_for(
        lambda event: (
            event["type"] == "commands" and menu(people, ALEX) == USER_COMMANDS + ADMIN_COMMANDS
        )
    )
    send_and_wait(people, "/start", ANNA)
    assert menu(people, ANNA) == USER_COMMANDS
    assert menu(people, BEN) == USER_COMMANDS
    assert menu(people, ALEX, GROUP_ID) == ["mood"]


def test_after_a_restart_admins_have_their_menu_at_once(
    sandbox: BotSandbox, people: SandboxClient
) -> None:
    people.send_text("hello", user=ALEX)
    sandbox.start_bot(BOT_ADMINS=f"{ALEX},{BEN}")
    assert menu(people, ALEX) == USER_COMMANDS + ADMIN_COMMANDS


@pytest.mark.usefixtures("bot")
def test_admin_commands_are_unknown_to_other_users(people: SandboxClient) -> None:
    unknown = text_of(send_and_wait(people, "/foo", ANNA))
    assert [text_of(send_and_wait(people, f"/{name}", ANNA)) for name in ADMIN_COMMANDS] == [
        unknown
    ] * len(ADMIN_COMMANDS)


@pytest.mark.usefixtures("bot")
def test_stats_of_an_empty_database(people: SandboxClient) -> None:
    assert text_of(send_and_wait(people, "/stats", ALEX)) == admin_replies.nothing_yet()


@pytest.mark.usefixtures("bot")
def test_stats_come_with_a_picture(people: SandboxClient) -> None:
    people.send_photo(ASTRONAUT.read_bytes())
    tap(people, people.wait_for_message(), SAD)
    message = send_and_wait(people, "/stats", ALEX)
    assert text_of(message).startswith("1 photo of 1 person in my records: 1 today")
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
