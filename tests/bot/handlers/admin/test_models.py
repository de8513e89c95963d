"""/models: which version serves, and choosing another."""

import asyncio
import shutil
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select, text
from telegram.error import NetworkError

from bot.i18n import StoredMessage
from bot.replies import models as replies
from bot.storage import runs as runs_storage
from bot.storage.database import Database
from bot.storage.runs import State
from bot.storage.schema import runs
from bot.storage.shared_registry import SharedRegistry
from model.network.manifest import SHIPPED, Manifest, read_manifest, read_verified
from model.registry import version
from model.registry.registry import Registry
from tests.support.admin_buttons import version_button
from tests.support.fake_telegram import ALEX, ALEXS_CHAT, ANNA, FakeTelegram
from tests.support.fake_user import FakeUser, from_alex
from tests.support.model_versions import SECOND, SHIPPED_NAME, THIRD, model_folder
from tests.support.retraining_runs import GATE_FIGURES, begin_run

SHIPPED_ENTRY = [
    f"▶ <code>{SHIPPED_NAME}</code> (shipped)",
    "\u200397.5\u202f% right (96.4–98.2)",
    "\u20031259 faces: <code>faces/validation</code>",
]
OTHER_FACES = "\u2003⚠ other faces than ▶: cannot be compared"


async def tap(anna: FakeUser, label: str) -> None:
    await anna.tap(label, ALEX, chat=ALEXS_CHAT)


async def noted(database: Database) -> list[tuple[str, str, str, int]]:
    """Return what the audit says, oldest first."""
    query = select(runs.c.state, runs.c.parent, runs.c.version, runs.c.started_by)
    async with database.reading() as connection:
        rows = (await connection.execute(query.order_by(runs.c.id))).all()
    return [tuple(row) for row in rows]


async def test_with_no_other_version_the_shipped_one_is_listed_as_active(
    anna: FakeUser, telegram: FakeTelegram
) -> None:
    await anna.send(from_alex(anna, "/models"))
    assert telegram.texts[-1].splitlines()[:4] == [
        "<b>Versions of the model, newest first</b>",
        *SHIPPED_ENTRY,
    ]
    assert "reply_markup" not in telegram.called("sendMessage")[-1]


@pytest.mark.usefixtures("versions")
async def test_all_versions_are_listed_with_buttons(anna: FakeUser, telegram: FakeTelegram) -> None:
    await anna.send(from_alex(anna, "/models"))
    assert telegram.texts[-1].splitlines()[1:5] == [
        f"• <code>{THIRD}</code>",
        "\u2003not measured",
        f"▶ <code>{SECOND}</code>",
        "\u2003not measured",
    ]
    assert telegram.labels == [f"↩ Roll back to {SHIPPED_NAME}", f"Use {THIRD}"]


async def test_eight_right_answers_on_other_faces_look_neither_certain_nor_comparable(
    anna: FakeUser, telegram: FakeTelegram, registry: Registry, tmp_path: Path
) -> None:
    own = {
        "metrics": {"accuracy": 1.0, "n": 8, "ece": 0.1, "intervals": {"accuracy": [1.0, 1.0]}},
        "data": {"name": "holiday", "sha256": "a" * 64, "validation": {"happy": 4, "sad": 4}},
    }
    registry.add(model_folder(tmp_path / "made", "mine", "2026-12-03", **own))
    shipped = read_manifest(SHIPPED)
    like_shipped = {"metrics": shipped.metrics | {"accuracy": 0.8}, "data": shipped.data}
    registry.add(model_folder(tmp_path / "made", "worse", "2026-12-02", **like_shipped))
    await anna.send(from_alex(anna, "/models"))
    mine = [
        "• <code>mine</code>",
        "\u2003100.0\u202f% right (67.6–100.0)",
        "\u20038 faces: <code>holiday/validation</code>",
        OTHER_FACES,
    ]
    worse = [
        "• <code>worse</code>",
        "\u200380.0\u202f% right (77.7–82.1)",
        "\u20031259 faces: <code>faces/validation</code>",
    ]
    listed = telegram.texts[-1]
    assert listed.splitlines()[1:11] == [*mine, *worse, *SHIPPED_ENTRY]
    await tap(anna, "Use mine")
    asked = telegram.called("editMessageText")[-1]["text"]
    assert asked.splitlines() == [
        f"<b>Use mine from now on, instead of {SHIPPED_NAME}?</b>",
        *SHIPPED_ENTRY,
        *mine,
        "",
        "They were measured on different faces: the figures do not say which is better.",
        "It would judge every new photo. /models takes you back.",
    ]
    await tap(anna, "No, leave it as it is")
    assert telegram.called("editMessageText")[-1]["text"] == listed
    await tap(anna, "Use worse")
    asked = telegram.called("editMessageText")[-1]["text"]
    assert "On the same faces it was right less often than the one in use." in asked
    assert registry.active().name == SHIPPED_NAME


async def test_one_tap_rolls_back(
    anna: FakeUser, telegram: FakeTelegram, versions: Registry, database: Database
) -> None:
    await anna.send(from_alex(anna, "/models"))
    (data, *_) = [button["callback_data"] for button in telegram.buttons]
    for _ in range(2):  # the second tap finds it done
        await anna.press(data, ALEX, chat=ALEXS_CHAT)
        assert versions.active().name == SHIPPED_NAME
    assert telegram.toasts == [
        f"Rolled back: {SHIPPED_NAME} is in use again.",
        f"{SHIPPED_NAME} is now in use.",
    ]
    assert f"▶ <code>{SHIPPED_NAME}</code>" in telegram.called("editMessageText")[-1]["text"]
    assert telegram.labels == [f"Use {THIRD}", f"Use {SECOND}"]
    assert await noted(database) == [("rolled_back", SECOND, SHIPPED_NAME, ALEX["id"])]


async def test_a_double_tap_rolls_back_once(
    anna: FakeUser, telegram: FakeTelegram, versions: Registry, database: Database
) -> None:
    versions.promote(THIRD)
    data = version_button(versions, "back", THIRD)
    await asyncio.gather(*(anna.press(data, ALEX, chat=ALEXS_CHAT) for _ in range(2)))
    assert versions.active().name == SECOND
    rolled_back = replies.serves_again(SECOND)
    assert rolled_back in telegram.toasts
    assert {*telegram.toasts} <= {rolled_back, replies.serves(SECOND)}
    assert telegram.texts == []
    assert await noted(database) == [("rolled_back", THIRD, SECOND, ALEX["id"])]


async def test_a_double_tap_promotes_once(
    anna: FakeUser, telegram: FakeTelegram, versions: Registry, database: Database
) -> None:
    data = version_button(versions, "yes", THIRD)
    await asyncio.gather(*(anna.press(data, ALEX, chat=ALEXS_CHAT) for _ in range(2)))
    assert telegram.toasts == [f"{THIRD} is now in use."] * 2
    assert versions.rollback() == SECOND
    assert await noted(database) == [("promoted", SECOND, THIRD, ALEX["id"])]


@pytest.fixture
def file_checks(monkeypatch: pytest.MonkeyPatch) -> Counter[Path]:
    """How often each file of each version was read and compared with its hash."""
    checks: Counter[Path] = Counter()

    def count(folder: Path, name: str, manifest: Manifest) -> bytes:
        checks[folder / name] += 1
        return read_verified(folder, name, manifest)

    monkeypatch.setattr(version, "read_verified", count)
    return checks


async def test_with_eleven_versions_a_tap_reads_each_of_their_files_once(
    anna: FakeUser,
    database: Database,
    versions: Registry,
    file_checks: Counter[Path],
    tmp_path: Path,
) -> None:
    for number in range(8):
        versions.add(model_folder(tmp_path / "made", f"old-{number}"))
    await SharedRegistry(database, versions).start()  # as the bot does
    all_versions = versions.versions()
    assert len(all_versions) == 11
    files = [file for one in all_versions for file in one.folder.iterdir()]
    once = {file: 1 for file in files if file.suffix != ".json"}

    file_checks.clear()
    await anna.send(from_alex(anna, "/models"))
    assert file_checks == once
    for action, name, active in (
        ("ask", THIRD, SECOND),
        ("yes", THIRD, THIRD),
        ("back", THIRD, SECOND),
    ):
        data = version_button(versions, action, name)
        file_checks.clear()
        await anna.press(data, ALEX, chat=ALEXS_CHAT)
        assert file_checks == once
        assert versions.active().name == active


async def test_to_promote_takes_a_second_tap(
    anna: FakeUser, telegram: FakeTelegram, versions: Registry, database: Database
) -> None:
    await anna.send(from_alex(anna, "/models"))
    await tap(anna, f"Use {THIRD}")
    assert telegram.labels == [f"Yes, use {THIRD}", "No, leave it as it is"]
    await tap(anna, "No, leave it as it is")
    assert versions.active().name == SECOND
    await tap(anna, f"Use {THIRD}")
    await tap(anna, f"Yes, use {THIRD}")
    assert versions.active().name == THIRD
    assert telegram.toasts[-1] == f"{THIRD} is now in use."
    assert await noted(database) == [("promoted", SECOND, THIRD, ALEX["id"])]


@pytest.mark.usefixtures("sqlite_only")
@pytest.mark.parametrize(
    ("action", "name", "serves"), [("back", SECOND, SHIPPED_NAME), ("yes", THIRD, THIRD)]
)
async def test_a_choice_that_cannot_be_stored_in_the_audit_is_made_and_reported(
    anna: FakeUser,
    telegram: FakeTelegram,
    versions: Registry,
    database: Database,
    action: str,
    name: str,
    serves: str,
) -> None:
    async with database.writing() as connection:
        await connection.execute(
            text(
                "CREATE TRIGGER no_room BEFORE INSERT ON runs "
                "BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END"
            )
        )
    await anna.press(version_button(versions, action, name, "card"), ALEX)
    assert versions.active().name == serves
    assert f"{serves} is" in telegram.toasts[-1]
    assert telegram.texts[-1] == replies.not_noted(serves)


async def test_a_choice_made_while_the_database_is_locked_is_stored_afterwards(
    anna: FakeUser, telegram: FakeTelegram, versions: Registry, database: Database
) -> None:
    async with database.writing():
        press = asyncio.create_task(
            anna.press(version_button(versions, "back", SECOND, "card"), ALEX)
        )
        await telegram.wait_for_calls("editMessageReplyMarkup", 1)  # the admin need not wait
        assert versions.active().name == SHIPPED_NAME
    await press
    assert await noted(database) == [("rolled_back", SECOND, SHIPPED_NAME, ALEX["id"])]


async def test_a_choice_is_stored_even_if_telegram_is_away_by_then(
    anna: FakeUser, telegram: FakeTelegram, database: Database, versions: Registry
) -> None:
    telegram.fail("answerCallbackQuery", *[NetworkError("away")] * 9)
    await anna.press(version_button(versions, "back", SECOND, "card"), ALEX)
    assert versions.active().name == SHIPPED_NAME
    assert await noted(database) == [("rolled_back", SECOND, SHIPPED_NAME, ALEX["id"])]


async def test_a_promotion_delivered_again_does_not_undo_a_rollback(
    anna: FakeUser, database: Database, versions: Registry
) -> None:
    yes = version_button(versions, "yes", THIRD)
    await anna.press(yes, ALEX, query_id="the same")
    await SharedRegistry(database, versions).rollback()
    await anna.press(yes, ALEX, query_id="the same")
    assert versions.active().name == SECOND
    await anna.press(yes, ALEX)
    assert versions.active().name == THIRD


async def test_the_button_under_a_card_depends_on_the_active_version(
    anna: FakeUser, telegram: FakeTelegram, versions: Registry
) -> None:
    await anna.press(version_button(versions, "ask", THIRD, "card"), ALEX)
    await tap(anna, f"Yes, use {THIRD}")
    assert versions.active().name == THIRD
    assert telegram.labels == ["↩ Roll back"]
    await tap(anna, "↩ Roll back")
    assert versions.active().name == SECOND
    assert telegram.labels == ["Use this model"]


async def test_a_card_asks_below_what_it_says_and_is_as_before_after_no(
    anna: FakeUser, telegram: FakeTelegram, versions: Registry, database: Database
) -> None:
    run = await begin_run(database)
    why = StoredMessage("Not better.")
    await runs_storage.decide(database, run, THIRD, [why], GATE_FIGURES)
    await runs_storage.finish(database, run, State.KEPT, 1_800_000_034, [why])
    await anna.press(version_button(versions, "ask", THIRD, "card"), ALEX)
    asked = telegram.called("editMessageText")[-1]["text"]
    await tap(anna, "No, leave it as it is")
    card = telegram.called("editMessageText")[-1]["text"]
    assert card.endswith("• Not better.")
    assert f"<b>Use {THIRD} from now on, instead of {SECOND}?</b>" in asked.removeprefix(card)
    assert telegram.labels == ["Use this model"]
    assert versions.active().name == SECOND


@pytest.mark.parametrize("action", ["back", "ask", "yes"])
async def test_choosing_a_version_that_is_gone_says_so(
    anna: FakeUser, telegram: FakeTelegram, versions: Registry, action: str
) -> None:
    await anna.press(f"models:card:{action}:{'0' * 20}", ALEX)
    assert telegram.toasts == [replies.version_gone()]
    assert versions.active().name == SECOND


async def test_after_the_data_folder_was_lost_an_old_button_chooses_no_other_version(
    anna: FakeUser, telegram: FakeTelegram, versions: Registry, tmp_path: Path
) -> None:
    promote = version_button(versions, "yes", THIRD)
    folder = versions.find(THIRD).folder
    shutil.rmtree(folder)
    versions.add(model_folder(tmp_path / "again", THIRD, size=99))
    await anna.press(promote, ALEX)
    assert telegram.toasts == [replies.version_gone()]
    await anna.press(f"models:list:yes:{'0' * 16}", ALEX)  # of an earlier version of the bot
    assert "This button no longer works" in telegram.toasts[-1]
    assert versions.active().name == SECOND


async def test_a_damaged_version_cannot_be_chosen(
    anna: FakeUser, telegram: FakeTelegram, versions: Registry
) -> None:
    (versions.find(THIRD).folder / "mood.keras").write_bytes(b"other")
    await anna.send(from_alex(anna, "/models"))
    assert f"• <code>{THIRD}</code> damaged, cannot be used" in telegram.texts[-1]
    assert telegram.labels == [f"↩ Roll back to {SHIPPED_NAME}"]
    await anna.press(version_button(versions, "yes", THIRD), ALEX)
    assert telegram.toasts == [replies.not_chosen()]
    assert versions.active().name == SECOND


async def test_only_admins_can_choose(
    anna: FakeUser, telegram: FakeTelegram, versions: Registry
) -> None:
    for data in (
        version_button(versions, "back", SECOND),
        version_button(versions, "yes", THIRD),
    ):
        await anna.press(data, ANNA)
        assert "I do not know this button" in telegram.toasts[-1]
    await anna.press("models:list:eat:0123456789abcdef0123", ALEX)
    assert "This button no longer works" in telegram.toasts[-1]
    assert versions.active().name == SECOND
