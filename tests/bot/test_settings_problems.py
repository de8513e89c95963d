from pathlib import Path

import pytest

from bot.settings_problems import comments_after_values


@pytest.mark.parametrize(
    "line",
    [
        "BOT_X=1000 # me",
        "BOT_X=1000\t#me",
        "export BOT_X='a b' # me",
        'BOT_X="a"#me',
        "BOT_X='#' #",
    ],
)
def test_a_comment_after_a_value_is_found(line: str, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text(f"# comment\n\n{line}\nBOT_Y=2\n")
    (sentence,) = comments_after_values(file)
    assert sentence.startswith("BOT_X has a comment")
    assert "1000" not in sentence


@pytest.mark.parametrize(
    "line", ["BOT_X=1", "BOT_X=a#b", "BOT_X=#1", "BOT_X='a # b'", 'BOT_X="a \\" # b"', "BOT_X", "#"]
)
def test_other_lines_have_none(line: str, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text(f"{line}\n# comment\nBOT_Y=2\n")
    assert comments_after_values(file) == []
