import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.private_files import restrict_existing_files

REPOSITORY = Path(__file__).parents[2]


def mode(path: Path) -> str:
    return f"{path.stat().st_mode & 0o777:o}"


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A data folder as earlier versions made it."""
    folder = tmp_path / "data"
    (folder / "models/versions/v1").mkdir(parents=True)
    files = ("bot.sqlite3", "bot.sqlite3-wal", "models/current.json", "models/versions/v1/m.tflite")
    for name in files:
        (folder / name).touch()
        (folder / name).chmod(0o644)
    for path in (
        folder,
        folder / "models",
        folder / "models/versions",
        folder / "models/versions/v1",
    ):
        path.chmod(0o755)
    return folder


def test_an_older_data_folder_becomes_its_owners_alone(data_dir: Path) -> None:
    restrict_existing_files(data_dir, data_dir / "bot.sqlite3")
    for path in (data_dir, *data_dir.rglob("*")):
        assert mode(path) == ("700" if path.is_dir() else "600"), path


def test_a_folder_with_other_things_in_it_stays_open(
    data_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (data_dir / "holiday.jpg").touch()
    (data_dir / "holiday.jpg").chmod(0o644)
    restrict_existing_files(data_dir, data_dir / "bot.sqlite3")
    assert mode(data_dir) == "755"
    assert mode(data_dir / "holiday.jpg") == "644"
    assert mode(data_dir / "bot.sqlite3") == "600"
    assert mode(data_dir / "models") == "700"
    assert f"chmod 700 {data_dir}" in caplog.text


def test_a_database_elsewhere_is_restricted_but_not_its_folder(
    data_dir: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o755)
    (elsewhere / "mood.db").touch(0o644)
    restrict_existing_files(data_dir, elsewhere / "mood.db")
    assert (mode(elsewhere), mode(elsewhere / "mood.db")) == ("755", "600")


def test_what_is_linked_stays_as_it_is(data_dir: Path, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.touch(0o644)
    (data_dir / "models/versions/link").symlink_to(shared)
    restrict_existing_files(data_dir, None)
    assert mode(shared) == "644"


def test_the_second_start_has_nothing_to_change(
    data_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    restrict_existing_files(data_dir, data_dir / "bot.sqlite3")
    caplog.clear()
    restrict_existing_files(data_dir, data_dir / "bot.sqlite3")
    assert not caplog.text


def test_new_files_are_restricted(tmp_path: Path) -> None:
    code = (
        "from pathlib import Path; from bot.private_files import restrict_new_files\n"
        "restrict_new_files(); Path('folder').mkdir(); Path('folder/file').touch()"
    )
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, check=True)
    assert (mode(tmp_path / "folder"), mode(tmp_path / "folder/file")) == ("700", "600")
