"""`photo-mood backup` and `photo-mood restore`, as an operator types them."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot.storage.database import open_database
from model.registry.registry import Registry
from scripts.photo_mood import main
from tests.support.bot_process import REPOSITORY
from tests.support.model_versions import model_folder


@pytest.fixture
async def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "data"
    monkeypatch.setenv("BOT_DATA_DIR", str(folder))
    async with open_database(f"sqlite+aiosqlite:///{folder / 'bot.sqlite3'}"):
        pass
    # Large enough that a backup takes a while.
    Registry(folder / "models").add(model_folder(tmp_path, "large", size=30_000_000))
    return folder


def test_a_backup_is_restored(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archive, new = tmp_path / "backup.tar", tmp_path / "new"
    assert main(["backup", str(archive)]) == 0
    assert f"{archive}: " in capsys.readouterr().out
    assert main(["restore", str(archive), "--data-dir", str(new)]) == 0
    assert f"into {new}" in capsys.readouterr().out
    assert Registry(new / "models").verify() == []
    assert main(["restore", str(archive), "--data-dir", str(data)]) == 1
    assert "exists already" in capsys.readouterr().err


@pytest.mark.usefixtures("data")
def test_a_killed_backup_leaves_no_archive_and_the_next_one_works(tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "scripts.photo_mood", "backup", str(folder)], cwd=REPOSITORY
    )
    while not list(folder.glob(".*/*.tar")):
        assert process.poll() is None
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert list(folder.glob("*.tar")) == []
    assert main(["backup", str(folder), "--keep", "1"]) == 0
    assert [path.suffix for path in folder.iterdir() if path.suffix != ".lock"] == [".tar"]


@pytest.mark.usefixtures("data")
def test_a_name_that_ends_in_a_slash_is_a_folder(tmp_path: Path) -> None:
    assert main(["backup", f"{tmp_path}/new/folder/", "--keep", "1"]) == 0
    assert [file.suffix for file in (tmp_path / "new" / "folder").glob("photo-*")] == [".tar"]


@pytest.mark.parametrize(
    ("command", "text"),
    [
        ("restore missing.tar", "there is no file /"),
        ("restore .", ". is a folder; name one of the archives in it"),
        ("backup file/x.tar", "expected a folder, but "),
    ],
)
def test_a_place_without_an_archive_is_explained(
    data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    text: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    assert main([*command.split(), "--data-dir", str(data)]) == 1
    told = capsys.readouterr().err
    assert text in told
    assert "Errno" not in told


@pytest.mark.parametrize(
    ("arguments", "text"),
    [(["x.tar", "--keep", "2"], "x.tar is none"), ([".", "--keep", "0"], "at least 1")],
)
def test_a_wrong_command_line_is_explained(
    arguments: list[str], text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["backup", *arguments])
    assert ended.value.code == 2
    assert text in capsys.readouterr().err
