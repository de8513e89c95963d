"""What admins can do, over the wire; for everybody else it does not exist."""

from collections.abc import Iterator
from io import BytesIO
from zipfile import ZipFile

import pytest
from PIL import Image

from bot.replies import help as help_replies
from bot.replies import stats as admin_replies
from bot.sandbox.cast import GROUP_ID
from tests.end_to_end.test_corrections import SAD, tapped
from tests.support.bot_process import Place
from tests.support.portraits import ASTRONAUT
from tests.support.sandbox_client import ALEX, ANNA, BEN, Json, SandboxClient, text_of

EVERYBODYS = [name for name, _ in help_replies.commands()]
ADMINS = [name for name, _ in admin_replies.commands()]


@pytest.fixture
def bot(place: Place) -> Iterator[None]:
    """A bot whose admins are Alex and Ben; neither has written to it."""
    bot = place.start_bot(BOT_ADMINS=f"{ALEX},{BEN}")
    yield
    assert bot.stop() == 0
    assert "Traceback" not in bot.log, bot.log


def asked(anna: SandboxClient, text: str, user: int) -> Json:
    anna.send_text(text, user=user)
    return anna.wait_for_message(chat=user)


def menu(anna: SandboxClient, user: int, chat: int | None = None) -> list[str]:
    return [entry["command"] for entry in anna.commands(user, chat)]


@pytest.mark.usefixtures("bot")
def test_admins_see_their_menu_once_they_have_said_hello(anna: SandboxClient) -> None:
    assert menu(anna, ALEX) == EVERYBODYS
    anna.send_text("/start", user=ALEX)
    anna.wait_for(lambda event: event["type"] == "commands")
    assert menu(anna, ALEX) == EVERYBODYS + ADMINS
    asked(anna, "/start", ANNA)
    assert menu(anna, ANNA) == EVERYBODYS
    assert menu(anna, BEN) == EVERYBODYS
    assert menu(anna, ALEX, GROUP_ID) == ["mood"]


def test_after_a_restart_they_see_it_at_once(place: Place, anna: SandboxClient) -> None:
    anna.send_text("hello", user=ALEX)
    place.start_bot(BOT_ADMINS=f"{ALEX},{BEN}")
    assert menu(anna, ALEX) == EVERYBODYS + ADMINS


@pytest.mark.usefixtures("bot")
def test_for_others_the_commands_do_not_exist(anna: SandboxClient) -> None:
    unknown = text_of(asked(anna, "/foo", ANNA))
    assert [text_of(asked(anna, f"/{name}", ANNA)) for name in ADMINS] == [unknown] * len(ADMINS)


@pytest.mark.usefixtures("bot")
def test_stats_are_kind_before_anything_has_happened(anna: SandboxClient) -> None:
    assert text_of(asked(anna, "/stats", ALEX)) == admin_replies.nothing_yet()


@pytest.mark.usefixtures("bot")
def test_stats_come_with_a_picture(anna: SandboxClient) -> None:
    anna.send_photo(ASTRONAUT.read_bytes())
    tapped(anna, anna.wait_for_message(), SAD)
    message = asked(anna, "/stats", ALEX)
    assert text_of(message).startswith("1 photo of 1 person in my records: 1 today")
    assert "I was right 0 out of 1 times" in text_of(message)
    with Image.open(BytesIO(anna.photo(message))) as picture:
        assert picture.size == (960, 1280)


@pytest.mark.usefixtures("bot")
def test_the_export_holds_the_faces_that_were_corrected(anna: SandboxClient) -> None:
    assert text_of(asked(anna, "/export", ALEX)) == admin_replies.nothing_to_export()
    anna.send_photo(ASTRONAUT.read_bytes(), user=ALEX)
    tapped(anna, anna.wait_for_message(), SAD, user=ALEX)
    message = asked(anna, "/export", ALEX)
    assert message["document"]["file_name"] == "photo-mood-faces-1.zip"
    with ZipFile(BytesIO(anna.file(message["document"]["file_id"]))) as archive:
        (name,) = archive.namelist()
        assert name.startswith("sad/")
        with Image.open(BytesIO(archive.read(name))) as crop:
            assert (crop.format, crop.size) == ("PNG", (96, 96))
