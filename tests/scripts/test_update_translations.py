import shutil
from pathlib import Path

import pytest

from bot.i18n import LANGUAGES
from scripts import update_translations

GREETING = 'msgid "What this bot does"\nmsgstr "Was dieser Bot kann"\n'


@pytest.fixture
def german(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The German catalogue, in a copy of all of them."""
    locales = tmp_path / "locales"
    shutil.copytree(update_translations.LOCALES, locales)
    monkeypatch.setattr(update_translations, "LOCALES", locales)
    return locales / "de" / "LC_MESSAGES" / "bot.po"


def test_current_catalogues_are_not_changed(
    german: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = german.read_text()
    assert update_translations.main([]) == 0
    assert german.read_text() == before
    assert capsys.readouterr().out.count(" 0 to translate") == len(LANGUAGES)


def test_new_sentences_are_added_and_unused_ones_removed(
    german: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = german.read_text()
    assert GREETING in before
    german.write_text(before.replace("What this bot does", "What it did before"))
    assert update_translations.main([]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if line.endswith(" 1 to translate")] == [lines[0]]
    assert german.read_text() == before.replace("Was dieser Bot kann", "")


def test_a_missing_plural_form_is_untranslated(german: Path) -> None:
    german.write_text(german.read_text().replace('"{count} Tage"', '""'))
    assert update_translations.main([]) == 1
