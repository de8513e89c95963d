"""`python -m scripts.update_translations`: brings `bot/locales` up to date with what the bot says.

What `model` says through it is included. New sentences are added to each language without a
translation, and sentences that are no longer said are dropped. Exit status: 0 if all is translated,
1 if something is left to translate.
"""

import sys
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

import bot
import model
from bot.i18n import LANGUAGES

SOURCES = (Path(bot.__file__).parent, Path(model.__file__).parent)
LOCALES = SOURCES[0] / "locales"
WIDTH = 100  # columns


def main() -> int:
    """Update every catalogue and say what is left to translate; returns the exit status."""
    said = sentences()
    left = 0
    for language in LANGUAGES:
        file = LOCALES / language / "LC_MESSAGES" / "bot.po"
        header, catalogue = _read(file)
        catalogue.update(said, no_fuzzy_matching=True)
        file.write_bytes(header + b"\n\n" + _body(catalogue))
        missing = untranslated(catalogue)
        left += missing
        print(f"{file}: {len(catalogue)} sentences, {missing} to translate")
    return 1 if left else 0


def sentences() -> Catalog:
    """All that the bot can say, in English, each with the files that say it."""
    found = Catalog()
    for folder in SOURCES:
        for name, line, message, _, _ in extract_from_dir(folder):
            found.add(message, locations=[(f"{folder.name}/{name}", line)])
    return found


def untranslated(catalogue: Catalog) -> int:
    """How many sentences lack their translation, or one of its grammatical forms."""
    return sum(bool(message.id) and not all(_forms(message)) for message in catalogue)


def _forms(message: Message) -> Sequence[str]:
    string = message.string or ""
    return [string] if isinstance(string, str) else string


def _read(file: Path) -> tuple[bytes, Catalog]:
    """The header of a catalogue as it stands, up to the first empty line, and what it holds."""
    content = file.read_bytes()
    return content.partition(b"\n\n")[0], read_po(BytesIO(content))


def _body(catalogue: Catalog) -> bytes:
    body = BytesIO()
    write_po(
        body,
        catalogue,
        width=WIDTH,
        omit_header=True,
        ignore_obsolete=True,
        include_lineno=False,
    )
    return body.getvalue().lstrip()


if __name__ == "__main__":
    sys.exit(main())
