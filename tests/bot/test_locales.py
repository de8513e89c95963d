"""Checks that every sentence is translated, with all placeholders, commands and emoji."""

import ast
import re
import string
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from bot.i18n import LANGUAGES
from scripts.update_translations import extract

BOT = Path(__file__).parents[2] / "bot"
LOCALES = BOT / "locales"
SOURCES = [path for path in sorted(BOT.rglob("*.py")) if BOT / "sandbox" not in path.parents]
TRANSLATING = {"_", "ngettext"}
FORMS = {"de": 2, "es": 2, "hi": 2, "pt": 2, "ru": 3}


def catalogue(language: str) -> Catalog:
    with (LOCALES / language / "LC_MESSAGES" / "bot.po").open("rb") as file:
        return read_po(file)


@pytest.fixture(scope="module")
def sentences(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """All sentences in the code."""
    template = tmp_path_factory.mktemp("extracted") / "bot.pot"
    extract(template)
    with template.open("rb") as file:
        return read_po(file)


def texts(catalogue: Catalog) -> set[str]:
    return {str(message.id) for message in catalogue}


def messages(language: str) -> Iterator[tuple[Message, str, list[str]]]:
    """Yield each message of a language with its English text and all its plural forms."""
    for message in catalogue(language):
        if message.id:
            english = message.id if isinstance(message.id, str) else message.id[-1]
            string = message.string
            yield message, english, [string] if isinstance(string, str) else list(string)


def test_every_language_has_a_catalogue() -> None:
    assert sorted(folder.name for folder in LOCALES.iterdir()) == sorted(LANGUAGES)
    assert sorted(FORMS) == sorted(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_translated_and_none_is_left_over(
    language: str, sentences: Catalog
) -> None:
    found = catalogue(language)
    assert texts(found) == texts(sentences), "see: python -m scripts.update_translations"
    assert found.obsolete == {}
    assert len(found) > 50


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_plural_form_is_translated_and_not_fuzzy(language: str) -> None:
    assert catalogue(language).num_plurals == FORMS[language]
    for message, english, forms in messages(language):
        assert not message.fuzzy, english
        assert len(forms) == (FORMS[language] if message.pluralizable else 1), english
        assert all(form.strip() for form in forms), english


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_commands_lines_and_emoji_are_kept(language: str) -> None:
    for _, english, forms in messages(language):
        for form in forms:
            for kept in (placeholders, commands, emoji, edges):
                assert kept(form) == kept(english), (english, form)


def placeholders(text: str) -> Counter[str | None]:
    return Counter(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


def commands(text: str) -> Counter[str]:
    return Counter(re.findall(r"(?<![\w/])/[a-z]+", text))


def emoji(text: str) -> Counter[str]:
    return Counter(sign for sign in text if unicodedata.category(sign) == "So" or sign in "•…‹")


def edges(text: str) -> tuple[bool, bool, int]:
    """Return whether spaces are at the ends, and the number of line breaks."""
    return text[0].isspace(), text[-1].isspace(), text.count("\n")


def calls(tree: ast.AST, names: set[str] = TRANSLATING) -> list[ast.Call]:
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names
    ]


def calls_inside(tree: ast.AST, kind: type[ast.AST] | tuple[type[ast.AST], ...]) -> set[ast.Call]:
    return {call for node in ast.walk(tree) if isinstance(node, kind) for call in calls(node)}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(BOT)))
def test_sentences_are_literals_and_translated_in_functions(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    in_functions, in_f_strings = calls_inside(tree, FUNCTIONS), calls_inside(tree, ast.JoinedStr)
    for call in calls(tree):
        texts = call.args[: 1 if len(call.args) == 1 else 2]
        plain = all(isinstance(text, ast.Constant) for text in texts)
        assert plain, f"line {call.lineno}: put values in with .format, after translating"
        assert call not in in_f_strings, f"line {call.lineno}: Babel finds nothing in f-strings"
        assert call in in_functions, f"line {call.lineno}: at import the language is not known yet"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(BOT)))
def test_stored_messages_are_whole_and_marked(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for call in calls(tree, {"N_"}):
        plain = [isinstance(text, ast.Constant) for text in call.args]
        assert plain == [True], f"line {call.lineno}: values stand beside it, in the StoredMessage"
    for call in calls(tree, {"StoredMessage"}):
        literal = isinstance(call.args[0], ast.Constant | ast.JoinedStr)
        assert not literal, f"line {call.lineno}: mark the text with N_, or Babel does not find it"


FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
WORDS = re.compile(r"[A-Za-z]{2,} [A-Za-z]{2,}")


@pytest.mark.parametrize("path", sorted((BOT / "replies").glob("*.py")), ids=lambda path: path.name)
def test_no_sentence_in_replies_is_untranslated(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    translating = calls(tree, {*TRANSLATING, "N_"})
    allowed = {id(node) for call in translating for text in call.args for node in ast.walk(text)}
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    for node in ast.walk(tree):
        if isinstance(node, documented) and ast.get_docstring(node):
            allowed.update(map(id, ast.walk(node.body[0])))
        if isinstance(node, ast.Dict):
            allowed.update(map(id, node.keys))
        if isinstance(node, ast.keyword) and node.arg == "loc":
            allowed.add(id(node.value))  # a corner of a diagram
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in allowed
        ):
            assert not WORDS.search(node.value), f"line {node.lineno}: {node.value}"
