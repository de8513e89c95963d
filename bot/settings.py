"""The settings, read from the environment and the file `.env` and validated."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import time
from pathlib import Path
from typing import Annotated, Self
from urllib.request import getproxies

import httpx
from pydantic import (
    AnyHttpUrl,
    Field,
    PrivateAttr,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy.engine import URL, make_url

from bot.errors import SettingsError
from bot.inference_engine import InferenceEngine, RayAddress, UsableEngine
from bot.logs import LogFormat, LogLevel
from bot.private_files import DATABASE_NAME, usable_folder
from bot.proxies import find_proxy, proxies_in
from bot.settings_problems import describe, list_problems, unparsable_line
from bot.settings_values import (
    NO_BACKUPS,
    POSTGRESQL,
    check_certificates,
    check_database_url,
    default_retrain_threads,
    default_workers,
    parse_ids,
    parse_time_of_day,
)
from bot.webhook_address import (
    ListenAddress,
    WebhookAddress,
    WebhookSecret,
    WebhookUrl,
    webhook_address,
)

ENV_FILE = Path(".env")

# BotFather's tokens are the bot's id, a colon and 35 characters. Telegram does not promise that
# length, so only the characters and a minimum length are checked.
_TOKEN = re.compile(r"\d{3,20}:[A-Za-z0-9_-]{20,}")
_USER, _USER_OR_GROUP = re.compile(r"\d+", re.ASCII), re.compile(r"-?\d+", re.ASCII)


class LocalSettings(BaseSettings):
    """The settings of programs that need no Telegram; see `load_local_settings`."""

    model_config = SettingsConfigDict(
        env_file_encoding="utf-8", env_ignore_empty=True, extra="ignore", hide_input_in_errors=True
    )

    bot_admins: Annotated[frozenset[int], NoDecode] = frozenset()
    bot_trusted: Annotated[frozenset[int], NoDecode] = frozenset()
    bot_data_dir: Path = Path("data")
    bot_database_url: SecretStr = SecretStr("")
    bot_log_format: LogFormat = LogFormat.TEXT
    bot_log_level: LogLevel = LogLevel.INFO
    bot_retrain_minutes: float = Field(default=30, gt=0, le=1440)
    bot_retrain_threads: int = Field(default_factory=default_retrain_threads, ge=1, le=64)
    _env_file: Path = PrivateAttr(default=ENV_FILE)

    @field_validator("bot_admins", "bot_trusted", mode="before")
    @classmethod
    def _people_are_ids(cls, value: object) -> object:
        example = "user ids with commas between them, like 1000,1001"
        return parse_ids(value, _USER, example) if isinstance(value, str) else value

    @field_validator("bot_data_dir")
    @classmethod
    def _data_dir_can_be_written(cls, folder: Path) -> Path:
        return usable_folder(folder)

    @model_validator(mode="after")
    def _database_is_in_the_data_dir_unless_set(self) -> Self:
        if not self.bot_database_url.get_secret_value():
            file = str(self.bot_data_dir.absolute() / DATABASE_NAME)
            # Characters of the path may mean something else in a URL; `URL` escapes them.
            url = URL.create("sqlite+aiosqlite", database=file)
            self.bot_database_url = SecretStr(url.render_as_string(hide_password=False))
        return self

    @field_validator("bot_database_url")
    @classmethod
    def _database_is_supported(cls, url: SecretStr) -> SecretStr:
        if url.get_secret_value():
            check_database_url(url.get_secret_value())
        return url

    @property
    def database_file(self) -> Path | None:
        """The file of the database; None if it is on a server, an SQLite URI or in memory."""
        if self.has_database_server:
            return None
        name = self.database_url.database or ":memory:"
        return None if name.startswith((":", "file:")) else Path(name)

    @property
    def database_url(self) -> URL:
        """The address of the database; as text, it has no password."""
        return make_url(self.bot_database_url.get_secret_value())

    @property
    def has_database_server(self) -> bool:
        """Whether the database is on a PostgreSQL server."""
        return self.database_url.drivername == POSTGRESQL

    def require_database_file(self) -> Path:
        """Return the file of the database.

        Raises:
            SettingsError: the database is no ordinary file.
        """
        if self.has_database_server:
            raise SettingsError(
                "BOT_DATABASE_URL: the database is on a PostgreSQL server. Use pg_dump and "
                "pg_restore, which keep the versions of the model, too"
            )
        if self.database_file is None:
            raise SettingsError("BOT_DATABASE_URL: expected a file, like sqlite+aiosqlite:///x.db")
        return self.database_file

    @property
    def env_file(self) -> Path:
        """The file that settings were read from; it need not exist."""
        return self._env_file

    @property
    def trusted_ids(self) -> frozenset[int]:
        """Ids of the users whose corrections count at once: the trusted users and the admins."""
        return self.bot_trusted | self.bot_admins


class Settings(LocalSettings):
    """The settings of the bot, explained in `docs/settings.md`; see `load_settings`."""

    telegram_bot_token: SecretStr
    telegram_api_url: str = "https://api.telegram.org"
    bot_webhook_url: WebhookUrl = None
    bot_webhook_secret: WebhookSecret = None
    bot_webhook_listen: ListenAddress = "127.0.0.1:8443"
    bot_log_user_ids: bool = False
    bot_http_listen: ListenAddress | None = None
    bot_allowed: Annotated[frozenset[int], NoDecode] = frozenset()
    bot_welcome: str = Field(default="", max_length=500)
    bot_workers: int = Field(default_factory=default_workers, ge=1, le=64)
    bot_inference: UsableEngine = InferenceEngine.THREADS
    bot_ray_address: RayAddress = "auto"
    bot_crop_days: int = Field(default=7, ge=1, le=365)
    bot_retrain_after: int | None = Field(default=None, ge=1)
    bot_retrain_at: time | None = None
    bot_backup_at: time | None = None
    bot_backup_dir: Path | None = None
    bot_backup_keep: int = Field(default=7, ge=1)
    bot_photos_a_day: int = Field(default=200, ge=1)
    bot_corrections_a_day: int = Field(default=200, ge=1)
    _proxy: httpx.Proxy | None = PrivateAttr(default=None)

    @field_validator("bot_allowed", mode="before")
    @classmethod
    def _allowed_are_ids(cls, value: object) -> object:
        example = "ids of users and groups with commas between them, like 1000,-1001234567890"
        return parse_ids(value, _USER_OR_GROUP, example) if isinstance(value, str) else value

    @field_validator("telegram_bot_token")
    @classmethod
    def _token_has_its_shape(cls, token: SecretStr) -> SecretStr:
        if not _TOKEN.fullmatch(token.get_secret_value()):
            # The message does not contain the value, which may be a real token with a typo.
            raise ValueError(
                "does not look like a token (digits, a colon, about 35 letters, digits, _ or -)"
            )
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

    @field_validator("bot_backup_dir")
    @classmethod
    def _backup_dir_can_be_written(cls, folder: Path | None) -> Path | None:
        return folder and usable_folder(folder)

    @field_validator("bot_backup_at")
    @classmethod
    def _backups_are_of_a_file(cls, at: time | None, info: ValidationInfo) -> time | None:
        database: SecretStr | None = info.data.get("bot_database_url")
        if at and database and database.get_secret_value().startswith(POSTGRESQL):
            raise ValueError(NO_BACKUPS)
        return at

    @field_validator("bot_retrain_at", "bot_backup_at", mode="before")
    @classmethod
    def _is_a_time_of_day(cls, value: object) -> object:
        return parse_time_of_day(value) if isinstance(value, str) else value

    @property
    def proxy(self) -> httpx.Proxy | None:
        """The proxy through which the Bot API server is reached, if any."""
        return self._proxy

    @property
    def bot_id(self) -> int:
        """Telegram's id of the bot, with which its token begins."""
        return int(self.telegram_bot_token.get_secret_value().partition(":")[0])

    @property
    def webhook(self) -> WebhookAddress | None:
        """Where Telegram delivers updates; None if the bot polls."""
        if self.bot_webhook_url is None:
            return None
        secret = self.bot_webhook_secret.get_secret_value() if self.bot_webhook_secret else None
        token = self.telegram_bot_token.get_secret_value()
        return webhook_address(self.bot_webhook_url, secret, self.bot_webhook_listen, token)

    @property
    def unused(self) -> list[str]:
        """The names of settings that are set but have no effect."""
        if self.bot_webhook_url is not None:
            return []
        given = self.model_fields_set
        return [
            name.upper() for name in ("bot_webhook_secret", "bot_webhook_listen") if name in given
        ]

    def secrets(self) -> list[str]:
        """Return the values that must not appear in a log."""
        proxy = self._proxy.auth[1] if self._proxy and self._proxy.auth else ""
        secret = self.webhook.secret if self.webhook else ""
        database = self.database_url.password or ""
        own = (self.telegram_bot_token.get_secret_value(), proxy, secret, database)
        return [value for value in own if value]


def load_settings(env_file: Path = ENV_FILE, **overrides: object) -> Settings:
    """Read and validate the settings; environment variables take precedence over the file.

    Args:
        env_file: a file with lines `NAME=value`; it need not exist.
        **overrides: values that take precedence over the environment and the file, unless None.

    Raises:
        SettingsError: something is missing or wrong; the message names everything, and what to do.
    """
    with _as_settings_error(Settings, env_file):
        settings = Settings(_env_file=env_file, **_given(overrides))  # type: ignore[call-arg, arg-type]
        settings._env_file = env_file
        proxies = {**proxies_in(env_file), **getproxies()}
    try:
        settings._proxy = find_proxy(settings.telegram_api_url, proxies)
        check_certificates()
    except ValueError as error:
        raise SettingsError(list_problems([str(error)])) from None
    return settings


def load_local_settings(env_file: Path = ENV_FILE, **overrides: object) -> LocalSettings:
    """Read and validate the settings that need no token.

    Args:
        env_file: a file with lines `NAME=value`; it need not exist.
        **overrides: values that take precedence over the environment and the file, unless None.

    Raises:
        SettingsError: something is wrong; the message names everything, and what to do.
    """
    with _as_settings_error(LocalSettings, env_file):
        settings = LocalSettings(_env_file=env_file, **_given(overrides))  # type: ignore[call-arg, arg-type]
        settings._env_file = env_file
        return settings


def _given(overrides: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in overrides.items() if value is not None}


@contextmanager
def _as_settings_error(model: type[BaseSettings], env_file: Path) -> Iterator[None]:
    # `from None`: the original exception contains the values, and so possibly the token.
    try:
        if line := unparsable_line(env_file):
            raise SettingsError(f"{env_file}, line {line}: expected NAME=value or # a comment")
        yield
    except ValidationError as error:
        raise SettingsError(describe(error, model.model_fields)) from None
    except (UnicodeDecodeError, OSError) as error:
        raise SettingsError(f"The file .env cannot be read: {error}") from None
