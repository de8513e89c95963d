"""What `photo-mood check` prints."""

import asyncio
import json
import logging
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from bot.errors import SettingsError
from bot.logs import RedactingFormatter
from bot.operations.checks.finding import Finding, Level, exit_status
from bot.operations.checks.settings import check_names, wrong_settings
from bot.private_files import restrict_new_files
from bot.settings import Settings, load_settings

WIDTH = 100


def print_report(env_file: Path, data_dir: Path | None, as_json: bool) -> int:
    """Check everything, and print what was found.

    Args:
        env_file: a file with settings; it need not exist.
        data_dir: the data folder; None for the one in the settings.
        as_json: whether to print JSON instead of a table.

    Returns:
        The exit status.
    """
    restrict_new_files()
    # What the bot would log is in the report.
    logging.basicConfig(handlers=[logging.NullHandler()])
    findings = list(check_names(env_file))
    secrets: list[str] = []
    try:
        settings = load_settings(env_file, bot_data_dir=data_dir)
    except SettingsError as error:
        findings += wrong_settings(error)
    else:
        secrets = settings.secrets()
        findings += asyncio.run(_check(settings))
    redact = RedactingFormatter(secrets).redact
    findings = [replace(one, text=redact(one.text), cure=redact(one.cure)) for one in findings]
    status = exit_status(findings)
    if as_json:
        found = [asdict(finding) for finding in findings]
        print(json.dumps({"status": status, "findings": found}, indent=2, ensure_ascii=False))
    else:
        print("\n".join([*_table(findings), "", _summary(findings)]))
    return status


async def _check(settings: Settings) -> list[Finding]:
    # Importing LiteRT and the rest takes a second; wrong settings are reported before that.
    from bot.operations.checks.checks import run_checks

    return [finding async for finding in run_checks(settings)]


def _table(findings: Sequence[Finding]) -> Iterator[str]:
    levels = max(map(len, Level))
    areas = max(len(finding.area) for finding in findings)
    indent = " " * (levels + areas + 4)
    for one in findings:
        start = f"{one.level:<{levels}}  {one.area:<{areas}}  "
        yield textwrap.fill(one.text, WIDTH, initial_indent=start, subsequent_indent=indent)
        if "\n" in one.cure:
            yield textwrap.indent(one.cure, indent)
        elif one.cure:
            yield textwrap.fill(
                one.cure, WIDTH, initial_indent=indent, subsequent_indent=indent,
                break_long_words=False, break_on_hyphens=False,
            )  # fmt: skip


def _summary(findings: Iterable[Finding]) -> str:
    levels = [finding.level for finding in findings]
    problems = len(levels) - levels.count(Level.OK) - levels.count(Level.WARNING)
    if problems:
        return f"The bot cannot work like this: {problems} of {len(levels)} checks failed."
    warnings = levels.count(Level.WARNING)
    return f"The bot can work. Warnings: {warnings}." if warnings else "Everything is right."
