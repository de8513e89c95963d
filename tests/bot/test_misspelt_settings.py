from pathlib import Path

import pytest

from bot.misspelt_settings import misspelt_settings

KNOWN = ("telegram_bot_token", "telegram_api_url", "bot_admins", "bot_data_dir", "bot_workers")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("BOT_ADMIN", "BOT_ADMIN is no setting. Did you mean BOT_ADMINS?"),
        ("bot_datadir", "bot_datadir is no setting. Did you mean BOT_DATA_DIR?"),
        ("BOT_TOKEN", "BOT_TOKEN is no setting. Did you mean TELEGRAM_BOT_TOKEN?"),
        ("TELEGRAM_TOKEN", "TELEGRAM_TOKEN is no setting. Did you mean TELEGRAM_BOT_TOKEN?"),
        ("BOT_QXZ", "BOT_QXZ is no setting of this bot, and has no effect."),
    ],
)
def test_the_right_name_is_found(
    name: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sentence not in misspelt_settings(KNOWN, tmp_path / ".env")
    monkeypatch.setenv(name, "1")
    assert sentence in misspelt_settings(KNOWN, tmp_path / ".env")


def test_settings_and_names_of_other_programs_are_left_alone(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    before = misspelt_settings(KNOWN, file)
    file.write_text(
        "BOT_ADMINS=1\nbot_workers=2\nTELEGRAM_CHAT_ID=3\nTELEGRAM_API_ID=4\nTELEGRAM_API_HASH=5\nPATH=x\n"
    )
    assert misspelt_settings(KNOWN, file) == before


def test_a_file_that_is_not_utf8_is_left_to_whoever_reads_the_settings(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    before = misspelt_settings(KNOWN, file)
    file.write_bytes(b"BOT_ADMIN=\xff\n")
    assert misspelt_settings(KNOWN, file) == before
