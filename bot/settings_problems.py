"""Says which settings are missing or wrong, what was expected, and what to do."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import get_args

from dotenv.parser import Binding, parse_stream
from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

TOKEN = "TELEGRAM_BOT_TOKEN"  # noqa: S105 - a name
FROM_BOTFATHER = """\
To get a token: open https://t.me/BotFather in Telegram, send /newbot, answer its two questions,
and put the token it gives you into the environment or into a file .env in this folder:
    TELEGRAM_BOT_TOKEN=123456789:AbC...
To try the bot without Telegram and without a token: make demo"""
WHERE_THEY_COME_FROM = """\
They come from the environment or from the file .env. Correct them there, or remove them to get the
defaults; see .env.example."""
# As the parser of python-dotenv has them.
_QUOTED = re.compile(r"""'(?:\\'|[^'])*'|"(?:\\"|[^"])*\"""")
_COMMENT = re.compile(r"\s#")


def unparsable_line(file: Path) -> int | None:
    """Return the number of the first line of a file with settings that cannot be parsed.

    Args:
        file: need not exist.

    Raises:
        OSError, UnicodeDecodeError: the file cannot be read.
    """
    wrong = [binding.original.line for binding in _lines(file) if binding.error]
    return wrong[0] if wrong else None


def comments_after_values(file: Path) -> list[str]:
    """Name the settings in a file that are followed by a comment on the same line.

    The bot ignores such a comment, but systemd knows comments on lines of their own only
    (EnvironmentFile= in systemd.exec(5)), and would give it to the bot as part of the value.

    Args:
        file: need not exist.

    Returns:
        A sentence for each and one that says what to do, without the value.
    """
    try:
        bindings = _lines(file)
    except (UnicodeDecodeError, OSError):
        return []  # whoever reads the settings reports it
    return [
        f"{binding.key} has a comment on the same line, which systemd takes for a part of the "
        "value. Put the comment on a line of its own."
        for binding in bindings
        if binding.value is not None and _ends_with_comment(binding.original.string)
    ]


def _lines(file: Path) -> list[Binding]:
    if not file.is_file():
        return []
    with file.open(encoding="utf-8") as stream:
        return list(parse_stream(stream))


def _ends_with_comment(line: str) -> bool:
    value = line.partition("=")[2].strip()
    if quoted := _QUOTED.match(value):
        return value[quoted.end() :].lstrip().startswith("#")
    return _COMMENT.search(value) is not None


def describe(error: ValidationError, fields: Mapping[str, FieldInfo]) -> str:
    """Return a text for the operator that names all problems.

    Values are repeated only where they should be numbers: others may be secret.

    Args:
        error: what pydantic found.
        fields: the settings that it checked.
    """
    problems = {_name(problem): problem for problem in error.errors(include_url=False)}
    told = [f"{name}: {_text(problem, fields)}" for name, problem in problems.items()]
    return list_problems(told, FROM_BOTFATHER if TOKEN in problems else WHERE_THEY_COME_FROM)


def list_problems(problems: Sequence[str], advice: str = WHERE_THEY_COME_FROM) -> str:
    """Return a text for the operator.

    Args:
        problems: sentences that begin with the name of a setting.
        advice: what to do.
    """
    lines = [f"    {problem}" for problem in problems]
    return "\n".join(["These settings need your attention:", *lines, "", advice])


def _name(problem: ErrorDetails) -> str:
    return str(problem["loc"][0]).upper()


def _text(problem: ErrorDetails, fields: Mapping[str, FieldInfo]) -> str:
    if problem["type"] == "missing":
        return "is missing"
    if problem["type"] == "value_error":  # of our own validators
        return problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "enum":
        return f"expected {problem['ctx']['expected']}"
    if problem["type"] == "bool_parsing":
        return "expected true or false"
    number = _number(fields[str(problem["loc"][0])])
    return f"expected {number}, got {problem['input']!r}" if number else problem["msg"]


def _number(field: FieldInfo) -> str | None:
    """Return which numbers a setting may have; None if it is no number."""
    types = get_args(field.annotation) or (field.annotation,)
    if int not in types and float not in types:
        return None
    kind = "a whole number" if int in types else "a number"
    least, above, most = (_bound(field, name) for name in ("ge", "gt", "le"))
    if least is not None and most is not None:
        return f"{kind} from {least} to {most}"
    limits = {"of at least": least, "above": above, "and at most": most}
    return " ".join([kind, *(f"{w} {n}" for w, n in limits.items() if n is not None)])


def _bound(field: FieldInfo, name: str) -> object:
    return next((getattr(one, name) for one in field.metadata if hasattr(one, name)), None)
