import tomllib
from importlib import import_module
from pathlib import Path

import pytest

from scripts.photo_mood import COMMANDS, main
from tests.support.portraits import ASTRONAUT

PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"
MAX_HELP_LINES = 24  # of a small terminal


def test_help_fits_on_a_screen_and_names_all_commands(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    text = capsys.readouterr().out
    assert ended.value.code == 0
    assert len(text.splitlines()) <= MAX_HELP_LINES
    assert text.startswith("usage: photo-mood [-h] [--version] COMMAND")
    assert all(f"  {name} " in text for name in COMMANDS)


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    project = tomllib.loads(PYPROJECT.read_text("utf-8"))["project"]
    assert ended.value.code == 0
    assert capsys.readouterr().out.strip() == project["version"]
    assert project["scripts"]["photo-mood"] == "scripts.photo_mood:main"


@pytest.mark.parametrize(
    ("typed", "hint"), [("clasify", "Did you mean classify?"), ("xyz", "--help")]
)
def test_an_unknown_command_is_named_with_a_similar_one(
    typed: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([typed])
    assert ended.value.code == 2
    text = capsys.readouterr().err
    assert repr(typed) in text
    assert hint in text


def test_without_a_command_the_help_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "photo-mood COMMAND --help" in capsys.readouterr().err


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_explains_itself_under_its_name(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert callable(import_module(COMMANDS[name][0]).main)
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: photo-mood {name}")


def test_arguments_are_passed_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["classify", "--json", str(ASTRONAUT)]) == 0
    assert '"verdict": "happy"' in capsys.readouterr().out


def test_a_missing_settings_file_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "no.env"
    assert main(["run", "--env-file", str(file)]) == 2
    assert f"there is no file {file}" in capsys.readouterr().err
