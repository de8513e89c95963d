import subprocess
from pathlib import Path

import pytest

from scripts.clean import main
from tests.support.command_line import run_main
from tests.support.portraits import ASTRONAUT


def clean(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return run_main(main, *arguments)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Create a picture, a misnamed copy of it, and a file that is not a picture."""
    folder = tmp_path / "happy"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(ASTRONAUT.read_bytes())
    (folder / "b.png").write_bytes(ASTRONAUT.read_bytes())
    (folder / "c.jpg").write_bytes(b"<html>")
    return tmp_path


def names(folder: Path) -> set[str]:
    return {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}


def test_it_reports_by_issue_and_changes_nothing(folder: Path) -> None:
    result = clean(folder)
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[0] == "unreadable: 1"
    assert lines[1].startswith("  happy/c.jpg: The file is no JPEG, PNG, WebP, HEIC or GIF image")
    assert lines[2:4] == ["duplicate: 1", "  happy/b.png: exact copy of happy/a.jpg"]
    assert lines[4].startswith("2 of 3 pictures do not belong here")
    assert lines[-1].startswith("Nothing was changed. --apply moves")
    assert names(folder) == {"happy/a.jpg", "happy/b.png", "happy/c.jpg"}


def test_apply_moves_files_so_that_the_next_run_finds_no_issue(folder: Path) -> None:
    result = clean(folder, "--apply")
    assert result.returncode == 0, result.stderr
    assert "happy/b.png → _removed/duplicate/happy/b.png" in result.stdout
    assert names(folder) == {
        "happy/a.jpg", "_removed/duplicate/happy/b.png", "_removed/unreadable/happy/c.jpg",
    }  # fmt: skip
    again = clean(folder, "--apply")
    assert again.returncode == 0
    assert again.stdout.startswith("0 of 1 pictures do not belong here")


@pytest.mark.parametrize("made", [True, False])
def test_a_folder_without_pictures_is_an_error(tmp_path: Path, made: bool) -> None:
    folder = tmp_path / "pictures"
    if made:
        folder.mkdir()
    result = clean(folder)
    assert result.returncode == 1
    assert f"Expected a folder with pictures at {folder}" in result.stderr
    assert "Traceback" not in result.stderr
