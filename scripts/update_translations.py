"""Update `bot/locales` with the sentences in the code.

It runs Babel's `pybabel extract` and `pybabel update`. New sentences are added to each language
without a translation; sentences that are no longer used are removed. Exit status: 0 if everything
is translated, 1 if something is left to translate.
"""

import argparse
import sys
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory

from babel.messages.catalog import Catalog, Message
from babel.messages.frontend import CommandLineInterface
from babel.messages.pofile import read_po

from bot.i18n import LANGUAGES, LOCALES

ROOT = Path(__file__).parents[1]


def main(arguments: list[str] | None = None) -> int:
    """Update every catalogue and print what is left to translate; returns the exit status."""
    argparse.ArgumentParser(
        prog="python -m scripts.update_translations", description=__doc__
    ).parse_args(arguments)
    with TemporaryDirectory() as folder:
        template = Path(folder) / "bot.pot"
        extract(template)
        options = "-D bot -w 100 --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date"
        _pybabel("update", "-i", str(template), "-d", str(LOCALES), *options.split())
    return 1 if sum(_report(language) for language in LANGUAGES) else 0


def extract(template: Path) -> None:
    """Write the sentences in the code to a template, each with the files that it is in."""
    with chdir(ROOT):
        _pybabel("extract", "--add-location=file", "-o", str(template), "bot")


def _pybabel(*arguments: str) -> None:
    CommandLineInterface().run(["pybabel", "-q", *arguments])  # type: ignore[no-untyped-call]


def _report(language: str) -> int:
    file = LOCALES / language / "LC_MESSAGES" / "bot.po"
    with file.open("rb") as content:
        catalogue = read_po(content)
    missing = untranslated(catalogue)
    print(f"{file}: {len(catalogue)} sentences, {missing} to translate")
    return missing


def untranslated(catalogue: Catalog) -> int:
    """Return how many sentences lack their translation, or one of its grammatical forms."""
    return sum(bool(message.id) and not _is_translated(message) for message in catalogue)


def _is_translated(message: Message) -> bool:
    string = message.string or ""
    return all([string] if isinstance(string, str) else string)


if __name__ == "__main__":
    sys.exit(main())
