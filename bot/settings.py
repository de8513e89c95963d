"""The settings, read from the environment and the file `.env` and validated."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import time
from pathlib import Path
from typing import Annotated, Self

from pydantic import AnyHttpUrl, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from bot.errors import SettingsError

ENV_FILE = Path(".env")

# BotFather's tokens are the bot's id, a colon and 35 characters. Telegram does not promise that
# length, so only the characters and a minimum length are checked.
_TOKEN = re.compile(r"\d{3,20}:[A-Za-z0-9_-]{20,}")
_TIME_OF_DAY = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)

FROM_BOTFATHER = """\
To get a token: open https://t.me/BotFather in Telegram, send /newbot, answer its two questions,
and put the token it gives you into the environment or into a file .env in this folder:
    TELEGRAM_BOT_TOKEN=123456789:AbC...
To try the bot without Telegram and without a token: make demo"""


def _default_workers() -> int:
    return min(4, os.cpu_count() or 1)


def _default_retrain_threads() -> int:
    return max(1, (os.cpu_count() or 1) // 2)  # the other half answers photos


class LocalSettings(BaseSettings):
    """The settings of programs that need no Telegram; see `load_local_settings`."""

    model_config = SettingsConfigDict(
        env_file_encoding="utf-8", env_ignore_empty=True, extra="ignore", hide_input_in_errors=True
    )

    bot_admins: Annotated[frozenset[int], NoDecode] = frozenset()
    bot_trusted: Annotated[frozenset[int], NoDecode] = frozenset()
    bot_data_dir: Path = Path("data")
    bot_database_url: SecretStr = SecretStr("")
    bot_retrain_minutes: float = Field(default=30, gt=0, le=1440)
    bot_retrain_threads: int = Field(default_factory=_default_retrain_threads, ge=1, le=64)

    @field_validator("bot_admins", "bot_trusted", mode="before")
    @classmethod
    def _people_are_ids(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        parts = [part.strip() for part in value.split(",") if part.strip()]
        wrong = [part for part in parts if not (part.isascii() and part.isdigit())]
        if wrong:
            raise ValueError(
                f"expected user ids with commas between them, like 1000,1001, got {wrong[0]!r} "
                "(@userinfobot tells anyone their id)"
            )
        return frozenset(int(part) for part in parts)

    @field_validator("bot_data_dir")
    @classmethod
    def _data_dir_can_be_written(cls, folder: Path) -> Path:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError) as error:
            raise ValueError(f"expected a folder, but {error.filename} is a file") from error
        except OSError as error:
            raise ValueError(f"{folder} cannot be made: {error.strerror}") from error
        if not os.access(folder, os.W_OK | os.X_OK):
            raise ValueError(f"no permission to write in {folder}")
        return folder

    @model_validator(mode="after")
    def _database_is_in_the_data_dir_unless_set(self) -> Self:
        if not self.bot_database_url.get_secret_value():
            file = self.bot_data_dir.absolute() / "bot.sqlite3"
            self.bot_database_url = SecretStr(f"sqlite+aiosqlite:///{file}")
        return self

    @field_validator("bot_database_url")
    @classmethod
    def _database_url_can_be_read(cls, url: SecretStr) -> SecretStr:
        if not url.get_secret_value():
            return url
        try:
            usable = make_url(url.get_secret_value()).get_dialect().is_async
        except (ArgumentError, NoSuchModuleError):
            usable = False
        if not usable:
            raise ValueError(
                "expected an SQLAlchemy address with an async driver, "
                "like sqlite+aiosqlite:///data/bot.sqlite3"
            )
        return url

    @property
    def trusted_ids(self) -> frozenset[int]:
        """Ids of the users whose corrections count at once: the trusted users and the admins."""
        return self.bot_trusted | self.bot_admins


class Settings(LocalSettings):
    """The settings of the bot, explained in `docs/settings.md`; see `load_settings`."""

    telegram_bot_token: SecretStr
    telegram_api_url: str = "https://api.telegram.org"
    bot_workers: int = Field(default_factory=_default_workers, ge=1, le=64)
    bot_crop_days: int = Field(default=7, ge=1, le=365)
    bot_retrain_after: int | None = Field(default=None, ge=1)
    bot_retrain_at: time | None = None
    bot_photos_a_day: int = Field(default=200, ge=1)
    bot_corrections_a_day: int = Field(default=200, ge=1)

    @field_validator("telegram_bot_token")
    @classmethod
    def _token_has_its_shape(cls, token: SecretStr) -> SecretStr:
        if not _TOKEN.fullmatch(token.get_secret_value()):
            # The message does not contain the value, which may be a real token with a typo.
            raise ValueError("does not look like a token (digits, a colon, 35 letters and digits)")
        return token

    @field_validator("telegram_api_url")
    @classmethod
    def _api_url_is_an_address(cls, url: str) -> str:
        wanted = f"expected an address like https://api.telegram.org, got {url!r}"
        try:
            parts = AnyHttpUrl(url)
        except ValidationError:
            raise ValueError(wanted) from None
        if parts.query is not None or parts.fragment is not None:
            raise ValueError(wanted)
        return url.rstrip("/")

    @field_validator("bot_retrain_at", mode="before")
    @classmethod
    def _retrain_at_is_a_time_of_day(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        if not _TIME_OF_DAY.fullmatch(value):
            raise ValueError(f"expected a time of day in UTC, like 03:30, got {value!r}")
        return time.fromisoformat(value)

    def secrets(self) -> list[str]:
        """Return the values that must not appear in a log."""
        password = make_url(self.bot_database_url.get_secret_value()).password
        return [self.telegram_bot_token.get_secret_value()] + ([password] if password else [])


def load_settings(env_file: Path = ENV_FILE) -> Settings:
    """Read and validate the settings; environment variables take precedence over the file.

    Args:
        env_file: a file with lines `NAME=value`; it need not exist.

    Raises:
        SettingsError: something is missing or wrong; the message names everything, and what to do.
    """
    with _as_settings_error():
        return Settings(_env_file=env_file)  # type: ignore[call-arg]


def load_local_settings(env_file: Path = ENV_FILE, **overrides: object) -> LocalSettings:
    """Read and validate the settings that need no token.

    Args:
        env_file: a file with lines `NAME=value`; it need not exist.
        **overrides: values that take precedence over the environment and the file, unless None.

    Raises:
        SettingsError: something is wrong; the message names everything, and what to do.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    with _as_settings_error():
        return LocalSettings(_env_file=env_file, **given)  # type: ignore[call-arg, arg-type]


@contextmanager
def _as_settings_error() -> Iterator[None]:
    try:
        yield
    except (ValidationError, UnicodeDecodeError, OSError) as error:
        # `from None`: the original exception contains the values, and so possibly the token.
        raise SettingsError(_describe(error)) from None


def _describe(error: ValidationError | UnicodeDecodeError | OSError) -> str:
    if not isinstance(error, ValidationError):
        return f"The file .env cannot be read: {error}"
    problems = error.errors(include_url=False, include_input=False)
    lines = ["These settings need your attention:"]
    lines += [f"    {_name(problem)}: {_problem_text(problem)}" for problem in problems]
    if any(_name(problem) == "TELEGRAM_BOT_TOKEN" for problem in problems):
        lines += ["", FROM_BOTFATHER]
    else:
        lines += ["", "They come from the environment or from the file .env; see .env.example."]
    return "\n".join(lines)


def _name(problem: ErrorDetails) -> str:
    return str(problem["loc"][0]).upper()


def _problem_text(problem: ErrorDetails) -> str:
    if problem["type"] == "missing":
        return "is missing"
    return problem["msg"].removeprefix("Value error, ")
