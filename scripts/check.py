"""Check everything that the bot needs, and say what to do about what is wrong.

Nothing is changed, and the bot may be running. Exit status: 0 if the bot can work (warnings do not
count), 1 if something will not work, 2 if a setting or the command line is wrong. With --alive: 0
if the bot that runs on this machine lives, 1 if not, 2 if BOT_HTTP_LISTEN is not set.
"""

import argparse
import sys
from pathlib import Path

from bot.operations.liveness import LISTEN, listen_address, why_not_alive


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.env_file and not options.env_file.is_file():
        parser.error(f"there is no file {options.env_file}")
    env_file: Path = options.env_file or Path(".env")
    if options.alive:
        return _say_whether_alive(env_file)
    # Only now: a bot is asked whether it lives every few seconds, and this takes half a second.
    from scripts.check_report import print_report

    return print_report(env_file, options.data_dir, options.json)


def _say_whether_alive(env_file: Path) -> int:
    try:
        listen = listen_address(env_file)
    except (OSError, UnicodeDecodeError) as error:
        print(f"{env_file} cannot be read: {error}")
        return 2
    if listen is None:
        print(f"Set {LISTEN}, like 127.0.0.1:8080, for the bot to say whether it lives.")
        return 2
    problem = why_not_alive(listen)
    print(problem or f"The bot on {listen} lives.")
    return 1 if problem else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="photo-mood check", description=__doc__)
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--json", action="store_true", help="print JSON instead of a table")
    kind.add_argument(
        "--alive",
        action="store_true",
        help="only ask the running bot, at BOT_HTTP_LISTEN, whether it lives",
    )
    parser.add_argument(
        "--data-dir", type=Path, metavar="DIR", help="the bot's data folder (default: BOT_DATA_DIR)"
    )
    parser.add_argument(
        "--env-file", type=Path, metavar="FILE", help="read settings from here instead of .env"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
