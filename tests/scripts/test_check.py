"""`photo-mood check` on set-ups that are broken in one way each."""

import asyncio
import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.app import run
from bot.errors import RejectedTokenError
from bot.operations.checks import database as database_check
from bot.sandbox.server import SandboxServer
from bot.settings import Settings, load_settings
from bot.storage.database import open_database
from model.network.manifest import LITERT_FILE
from model.registry.registry import Registry
from scripts.photo_mood import main
from tests.support.model_versions import model_folder
from tests.support.sandbox_client import GROUP

OTHER_TOKEN = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0"
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@dataclass
class SetUp:
    """A working bot in a folder of its own, and ways to break it."""

    folder: Path
    env: pytest.MonkeyPatch

    @property
    def database(self) -> Path:
        return self.folder / "data" / "bot.sqlite3"

    def sql(self, statement: str, *values: object) -> None:
        with closing(sqlite3.connect(self.database)) as database, database:
            database.execute(statement, values)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxServer]:
    with SandboxServer() as server:
        yield server


@pytest.fixture(scope="module")
def database_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("database") / "bot.sqlite3"

    async def make() -> None:
        async with open_database(f"sqlite+aiosqlite:///{file}"):
            pass

    asyncio.run(make())
    return file


@pytest.fixture
def setup(
    sandbox: SandboxServer, database_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> SetUp:
    for name in (*Settings.model_fields, *PROXIES):
        monkeypatch.delenv(name.upper(), raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TELEGRAM_API_URL", sandbox.url)
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", sandbox.token)
    setup = SetUp(tmp_path, monkeypatch)
    setup.database.parent.mkdir()
    shutil.copy(database_file, setup.database)
    return setup


@pytest.fixture
def check(capsys: pytest.CaptureFixture[str]) -> Callable[[], tuple[int, list[dict[str, Any]]]]:
    def check() -> tuple[int, list[dict[str, Any]]]:
        status = main(["check", "--json"])
        report = json.loads(capsys.readouterr().out)
        assert report["status"] == status
        return status, report["findings"]

    return check


def test_everything_is_right(setup: SetUp, capsys: pytest.CaptureFixture[str]) -> None:
    setup.sql("INSERT INTO users (id, first_seen_at) VALUES (1001, 7)")
    for chat in (1001, GROUP):
        setup.sql(
            "INSERT INTO answers (user_id, chat_id, message_id, asked_at, delivered) "
            "VALUES (1001, ?, 5, 7, 1)",
            chat,
        )
    status = main(["check"])
    table = capsys.readouterr().out
    assert status == 0, table
    assert table.endswith("Everything is right.\n")
    assert "(probability of happy " in table  # the reference face
    assert f"({GROUP}): the bot may answer" in table
    assert max(map(len, table.splitlines())) <= 100


def misspelt(setup: SetUp) -> None:
    (setup.folder / ".env").write_text("BOT_WORKER=2\n")


def comment(setup: SetUp) -> None:
    (setup.folder / ".env").write_text("BOT_ADMINS=1000 # me\n")


def missing_token(setup: SetUp) -> None:
    setup.env.delenv("TELEGRAM_BOT_TOKEN")


def rejected_token(setup: SetUp) -> None:
    setup.env.setenv("TELEGRAM_BOT_TOKEN", OTHER_TOKEN)


def away(setup: SetUp) -> None:
    setup.env.setenv("TELEGRAM_API_URL", "http://127.0.0.1:9")


def wrong_proxy(setup: SetUp) -> None:
    setup.env.setenv("ALL_PROXY", "ftp://name:secret@proxy")


def dead_proxy(setup: SetUp) -> None:
    setup.env.setenv("HTTP_PROXY", "http://name:secret@127.0.0.1:9")


def no_database(setup: SetUp) -> None:
    setup.database.write_bytes(b"not a database, but long enough for its header" * 99)


def newer_schema(setup: SetUp) -> None:
    setup.sql("UPDATE alembic_version SET version_num = '9999'")


def older_schema(setup: SetUp) -> None:
    setup.sql("UPDATE alembic_version SET version_num = '0010'")


def full_disk(setup: SetUp) -> None:
    usage = shutil.disk_usage(setup.folder)._replace(free=3_000_000)
    setup.env.setattr(database_check.shutil, "disk_usage", lambda _: usage)


def damaged_version(setup: SetUp) -> None:
    registry = Registry(setup.folder / "data" / "models")
    version = registry.add(model_folder(setup.folder / "new", "2027-01-01-mine"))
    registry.promote(version.name)
    (version.folder / LITERT_FILE).write_bytes(b"overwritten")


def unused_secret(setup: SetUp) -> None:
    setup.env.setenv("BOT_WEBHOOK_SECRET", "abc")


@pytest.mark.parametrize(
    ("break_it", "status", "area", "level", "text", "cure"),
    [
        (misspelt, 0, "settings", "warning", "BOT_WORKER", "BOT_WORKERS"),
        (comment, 0, "settings", "warning", "BOT_ADMINS has a comment", "a line of its own"),
        (unused_secret, 0, "settings", "warning", "BOT_WEBHOOK_SECRET", "Set that, too"),
        (missing_token, 2, "settings", "wrong setting", "is missing", "/newbot"),
        (rejected_token, 2, "token", "wrong setting", "not accept TELEGRAM_BOT_TOKEN", "/mybots"),
        (away, 1, "network", "failed", "not reached without a proxy", "HTTPS_PROXY"),
        (wrong_proxy, 2, "settings", "wrong setting", "ALL_PROXY", "Correct them"),
        (dead_proxy, 1, "network", "failed", "proxy http://127.0.0.1:9", "Is the proxy right?"),
        (no_database, 1, "database", "failed", "not a database", "photo-mood restore"),
        (newer_schema, 1, "database", "failed", "schema 9999, which a newer", "newer version"),
        (older_schema, 0, "database", "warning", "will be migrated from", "photo-mood backup"),
        (full_disk, 1, "disk", "failed", "3 MB free", "Free some space"),
        (damaged_version, 0, "model", "warning", "2027-01-01-mine is damaged", "promote"),
    ],
)
def test_what_is_wrong_is_named_with_its_cure(
    break_it: Callable[[SetUp], None],
    status: int,
    area: str,
    level: str,
    text: str,
    cure: str,
    setup: SetUp,
    check: Callable[[], tuple[int, list[dict[str, Any]]]],
) -> None:
    break_it(setup)
    content = setup.database.read_bytes()
    found_status, findings = check()
    (found,) = [finding for finding in findings if finding["level"] != "ok"]
    assert (found_status, found["area"], found["level"]) == (status, area, level)
    assert text in found["text"]
    assert cure in found["cure"]
    assert "secret@" not in str(findings)
    assert setup.database.read_bytes() == content


def test_a_misspelt_token_is_found_when_the_right_one_is_missing(
    setup: SetUp, capsys: pytest.CaptureFixture[str]
) -> None:
    setup.env.delenv("TELEGRAM_BOT_TOKEN")
    setup.env.setenv("TELEGRAM_TOKEN", OTHER_TOKEN)
    for command in ("check", "run"):
        assert main([command]) == 2
        printed = "".join(capsys.readouterr())
        assert "Did you mean TELEGRAM_BOT_TOKEN?" in printed
        assert OTHER_TOKEN not in printed


def test_a_check_makes_no_folder(
    setup: SetUp, check: Callable[[], tuple[int, list[dict[str, Any]]]]
) -> None:
    shutil.rmtree(setup.database.parent)
    setup.env.setenv("BOT_DATA_DIR", "new/data")
    status, findings = check()
    assert status == 0
    assert any("made with its folder at the first start" in one["text"] for one in findings)
    assert list(setup.folder.iterdir()) == []


def test_a_bot_without_a_token_makes_no_folder(setup: SetUp) -> None:
    shutil.rmtree(setup.database.parent)
    missing_token(setup)
    assert main(["run"]) == 2
    assert list(setup.folder.iterdir()) == []


async def test_a_rejected_token_is_found_before_a_database_is_made(setup: SetUp) -> None:
    setup.database.unlink()
    rejected_token(setup)
    with pytest.raises(RejectedTokenError):
        await run(load_settings())
    assert not setup.database.exists()


def test_each_wrong_setting_has_its_own_cure(
    setup: SetUp, check: Callable[[], tuple[int, list[dict[str, Any]]]]
) -> None:
    setup.env.setenv("TELEGRAM_BOT_TOKEN", "abc")
    setup.env.setenv("BOT_WORKERS", "x")
    status, findings = check()
    assert status == 2
    by_setting = {finding["text"].partition(":")[0]: finding["cure"] for finding in findings}
    assert "/newbot" in by_setting["TELEGRAM_BOT_TOKEN"]
    assert "/newbot" not in by_setting["BOT_WORKERS"]
