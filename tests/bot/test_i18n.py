import asyncio
import gettext
import runpy
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import setuptools
from setuptools import Distribution

from bot import i18n
from bot.i18n import LANGUAGES, compile_in_memory, in_language, ngettext, set_language
from bot.replies import help as help_replies
from bot.replies import photos as replies
from tests.support.fake_model import verdict_with

ROOT = Path(__file__).parents[2]
THIN = "\u202f"


@pytest.fixture
def no_babel(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A source checkout that was installed without the extra for developers."""
    monkeypatch.setitem(sys.modules, "babel.messages.mofile", None)
    i18n._load.cache_clear()
    yield
    i18n._load.cache_clear()


def said_in(tag: str | None) -> str:
    with in_language(tag):
        return replies.undo_button()


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        ("de", "Rückgängig"),
        ("de-AT", "Rückgängig"),
        ("pt-br", "Desfazer"),
        ("pt_PT", "Desfazer"),
        ("ES", "Deshacer"),
        ("ru", "Отменить"),
        ("hi", "वापस लें"),
        ("en", "Undo"),
        ("en-GB", "Undo"),
        ("fr", "Undo"),
        ("dev", "Undo"),
        ("../de", "Undo"),
        ("", "Undo"),
        (None, "Undo"),
    ],
)
def test_a_language_tag_chooses_the_language(tag: str | None, said: str) -> None:
    assert said_in(tag) == said


def test_after_a_block_the_previous_language_is_back() -> None:
    with in_language("ru"):
        with in_language("de"):
            assert replies.undo_button() == "Rückgängig"
        assert replies.undo_button() == "Отменить"
    assert replies.undo_button() == "Undo"


@pytest.mark.parametrize(
    ("count", "said"), [(1, "1 лицо"), (2, "2 лица"), (5, "5 лиц"), (11, "11 лиц"), (21, "21 лицо")]
)
def test_each_number_has_its_grammar(count: int, said: str) -> None:
    with in_language("ru"):
        assert ngettext("{count} face", "{count} faces", count).format(count=count) == said


def test_an_answer_is_in_one_language_only() -> None:
    with in_language("de"):
        assert replies.answer(verdict_with(0.9, 0.1, 0.6), None) == (
            "3 Gesichter: 1 😊 fröhlich, 1 😢 traurig, bei 1 bin ich nicht sicher\n"
            f"1. 😊 Fröhlich, zu 90{THIN}% sicher\n"
            f"2. 😢 Traurig, zu 90{THIN}% sicher\n"
            "3. 🤔 Schwer zu sagen, vielleicht 😊 fröhlich"
        )


async def test_tasks_do_not_change_each_others_language() -> None:
    spoken = {tag: said_in(tag) for tag in LANGUAGES}
    all_set = asyncio.Barrier(len(LANGUAGES))

    async def task(tag: str) -> str:
        set_language(tag)
        await all_set.wait()
        return replies.undo_button()

    said = await asyncio.gather(*map(task, LANGUAGES))
    assert dict(zip(LANGUAGES, said, strict=True)) == spoken
    assert len(set(said)) == len(LANGUAGES)


async def test_a_task_passes_its_language_to_tasks_that_it_starts() -> None:
    set_language("es")
    assert await asyncio.to_thread(replies.undo_button) == "Deshacer"
    assert await asyncio.create_task(_later()) == "Deshacer"


async def _later() -> str:
    await asyncio.sleep(0)
    return replies.undo_button()


def test_each_language_has_its_own_greeting() -> None:
    greetings = set()
    for tag in (None, *LANGUAGES):
        with in_language(tag):
            greetings.add(help_replies.welcome())
    assert len(greetings) == 1 + len(LANGUAGES)


OF_ANOTHER_VERSION = "of_another_version.py"


@pytest.fixture
def compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The translations of a wheel, compiled by `setup.py`."""
    (tmp_path / "bot").mkdir()
    (tmp_path / "bot" / OF_ANOTHER_VERSION).touch()
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(setuptools, "setup", lambda **_: None)
    package = {
        "script_name": "setup.py",
        "packages": ["bot"],
        "package_data": {"bot": ["locales/*/LC_MESSAGES/bot.po"]},
    }
    command = runpy.run_path(str(ROOT / "setup.py"))["BuildWithTranslations"](Distribution(package))
    command.build_lib = str(tmp_path)
    command.ensure_finalized()
    command.run()
    return tmp_path / "bot" / "locales"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_source_checkout_says_the_same_as_a_wheel(language: str, compiled: Path) -> None:
    wheel = gettext.translation("bot", compiled, [language])
    checkout = compile_in_memory(language)
    assert vars(wheel)["_catalog"] == vars(checkout)["_catalog"]
    assert [wheel.ngettext("one", "many", n) for n in range(30)] == [
        checkout.ngettext("one", "many", n) for n in range(30)
    ]


def test_a_wheel_has_no_files_of_the_version_that_was_built_before(compiled: Path) -> None:
    package = compiled.parent
    assert (package / "__init__.py").is_file()
    assert not (package / OF_ANOTHER_VERSION).exists()


def test_a_wheel_needs_nothing_but_its_compiled_translations(
    compiled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for source in compiled.rglob("*.po"):
        source.unlink()
    monkeypatch.setattr(i18n, "LOCALES", compiled)
    assert i18n._load.__wrapped__("de").gettext("Undo") == "Rückgängig"


@pytest.mark.usefixtures("no_babel")
def test_without_babel_a_checkout_speaks_english_and_says_why(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert said_in("de") == said_in("de") == "Undo"
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "pip install babel" in caplog.text
