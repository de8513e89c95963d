"""`photo-mood`: one command for everything that this package does."""

import argparse
import importlib
import os
import signal
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib.metadata import version

from scripts.standard_streams import escape_unprintable

# Of each command, the module whose `main` does it, and what it does.
COMMANDS = {
    "run": ("bot.__main__", "run the bot"),
    "check": ("scripts.check", "check settings, token, database and model"),
    "classify": ("scripts.classify", "say how happy or sad photos look"),
    "train": ("scripts.train", "train a model on your own pictures"),
    "evaluate": ("scripts.evaluate", "measure a model on labelled pictures"),
    "clean": ("scripts.clean", "find pictures that nothing can be learned from"),
    "retrain": ("scripts.retrain", "learn from the corrections that people made"),
    "models": ("scripts.models", "list, promote, roll back and check versions of the model"),
    "backup": ("scripts.database.backup", "save the database and the models in one file"),
    "restore": ("scripts.database.restore", "put such a file into an empty data folder"),
    "copy": ("scripts.database.copy", "copy an SQLite database to a PostgreSQL server"),
    "sandbox": ("scripts.sandbox", "try the bot without Telegram, in a browser"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Returns:
        The exit status of the command; 2 for a wrong command line.
    """
    escape_unprintable()
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.command is None:
        parser.print_help(sys.stderr)
        return 2
    if options.command not in COMMANDS:
        similar = get_close_matches(options.command, COMMANDS, 1)
        hint = f"Did you mean {similar[0]}?" if similar else "See photo-mood --help."
        parser.error(f"there is no command {options.command!r}. {hint}")
    module, _ = COMMANDS[options.command]
    # Only now: some import TensorFlow, which takes seconds.
    command = importlib.import_module(module).main
    try:
        status = int(command(options.arguments))
        sys.stdout.flush()
    except BrokenPipeError:
        return _end_without_reader()
    return status


def _end_without_reader() -> int:
    """End as other tools do whose output goes to a program that has ended, like `head`.

    See https://docs.python.org/3/library/signal.html#note-on-sigpipe.

    Returns:
        The exit status that a shell reports for them.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 128 + signal.SIGPIPE


def _parser() -> argparse.ArgumentParser:
    width = max(map(len, COMMANDS))
    parser = argparse.ArgumentParser(
        prog="photo-mood",
        usage="photo-mood [-h] [--version] COMMAND ...",
        description="A Telegram bot that says how happy or sad the faces in photos look.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="\n".join(
            [
                "commands:",
                *(f"  {name:<{width}}  {text}" for name, (_, text) in COMMANDS.items()),
                "",
                "photo-mood COMMAND --help explains a command.",
            ]
        ),
    )
    parser.add_argument("--version", action="version", version=version("photo-mood-bot"))
    parser.add_argument("command", nargs="?", metavar="COMMAND", help=argparse.SUPPRESS)
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    sys.exit(main())
