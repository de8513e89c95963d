from io import BytesIO
from zipfile import ZipFile

from bot.replies import stats as admin_replies
from tests.support.fake_telegram import ALEX, FakeTelegram
from tests.support.fake_user import FakeUser, from_alex


async def test_without_labels_there_is_nothing_to_export(
    anna: FakeUser, telegram: FakeTelegram
) -> None:
    await anna.send(anna.photo())
    await anna.send(from_alex(anna, "/export"))
    assert telegram.texts[-1] == admin_replies.nothing_to_export()


async def test_an_admin_gets_the_faces_as_a_file(anna: FakeUser, telegram: FakeTelegram) -> None:
    await anna.send(anna.photo())
    await anna.tap("It's 😢 Sad", user=ALEX)
    await anna.send(from_alex(anna, "/export"))
    (sent,) = telegram.called("sendDocument")
    assert sent["chat_id"] == ALEX["id"]
    assert sent["caption"].startswith("0 happy, 1 sad.")
    with ZipFile(BytesIO(sent["document"])) as archive:
        assert archive.namelist() == ["sad/1.png"]
