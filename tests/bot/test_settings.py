import asyncio
from pathlib import Path

import pytest

from bot import inference_engine
from bot.errors import SettingsError
from bot.inference_engine import InferenceEngine
from bot.logs import LogLevel
from bot.settings import Settings, load_settings
from bot.storage.database import open_database

TOKEN = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0"


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    proxies = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
    for name in (*Settings.model_fields, *proxies):
        monkeypatch.delenv(name.upper(), raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def env_file(tmp_path: Path) -> Path:
    return tmp_path / ".env"


async def make_database(url: str) -> None:
    async with open_database(url):
        pass


def test_only_the_token_is_required(env_file: Path) -> None:
    env_file.write_text(f"TELEGRAM_BOT_TOKEN={TOKEN}\n")
    settings = load_settings(env_file)
    assert settings.telegram_bot_token.get_secret_value() == TOKEN
    assert settings.telegram_api_url == "https://api.telegram.org"
    assert settings.bot_admins == frozenset()
    assert 1 <= settings.bot_workers <= 4
    database = settings.bot_database_url.get_secret_value()
    assert database == f"sqlite+aiosqlite:///{Path('data/bot.sqlite3').absolute()}"
    assert settings.proxy is None


def test_the_level_of_the_log_may_be_in_capitals(env_file: Path) -> None:
    env_file.write_text(f"TELEGRAM_BOT_TOKEN={TOKEN}\nBOT_LOG_LEVEL=WARNING\n")
    assert load_settings(env_file).bot_log_level is LogLevel.WARNING


def test_all_settings_are_read(env_file: Path, tmp_path: Path) -> None:
    env_file.write_text(
        f"TELEGRAM_BOT_TOKEN={TOKEN}\n"
        "TELEGRAM_API_URL=http://127.0.0.1:8081/\n"
        "BOT_ADMINS=1000, 1001\n"
        "BOT_TRUSTED=1002\n"
        f"BOT_DATA_DIR={tmp_path}\n"
        "BOT_DATABASE_URL=sqlite+aiosqlite:////srv/mood.sqlite3?timeout=5\n"
        "BOT_WORKERS=3\n"
    )
    settings = load_settings(env_file)
    assert settings.telegram_api_url == "http://127.0.0.1:8081"
    assert settings.bot_admins == {1000, 1001}
    assert settings.trusted_ids == {1000, 1001, 1002}
    assert settings.bot_data_dir == tmp_path
    assert settings.bot_workers == 3
    database = settings.bot_database_url.get_secret_value()
    assert database == "sqlite+aiosqlite:////srv/mood.sqlite3?timeout=5"
    assert settings.secrets() == [TOKEN]


def test_the_webhook_is_off_unless_it_has_a_url(env_file: Path) -> None:
    listen = f"TELEGRAM_BOT_TOKEN={TOKEN}\nBOT_WEBHOOK_LISTEN=[::]:8443\n"
    env_file.write_text(listen)
    assert load_settings(env_file).webhook is None
    assert load_settings(env_file).unused == ["BOT_WEBHOOK_LISTEN"]
    env_file.write_text(f"{listen}BOT_WEBHOOK_SECRET=s3cret\nBOT_WEBHOOK_URL=\n")
    assert load_settings(env_file).unused == ["BOT_WEBHOOK_SECRET", "BOT_WEBHOOK_LISTEN"]
    env_file.write_text(f"{listen}BOT_WEBHOOK_URL=https://bot.example.org\n")
    assert load_settings(env_file).unused == []


def test_a_webhook_needs_a_url_only(env_file: Path) -> None:
    env_file.write_text(f"TELEGRAM_BOT_TOKEN={TOKEN}\nBOT_WEBHOOK_URL=https://bot.example.org\n")
    settings = load_settings(env_file)
    assert settings.webhook is not None
    assert settings.webhook.listen == "127.0.0.1:8443"
    assert settings.webhook.secret in settings.secrets()


def test_the_secret_of_a_webhook_does_not_show(env_file: Path) -> None:
    env_file.write_text(
        f"TELEGRAM_BOT_TOKEN={TOKEN}\n"
        "BOT_WEBHOOK_URL=https://bot.example.org/mood\n"
        "BOT_WEBHOOK_SECRET=hunter2\n"
    )
    settings = load_settings(env_file)
    assert settings.webhook is not None
    assert settings.webhook.secret == "hunter2"
    assert settings.secrets() == [TOKEN, "hunter2"]
    assert "hunter2" not in repr(settings)


def test_a_wrong_secret_is_not_repeated(env_file: Path) -> None:
    env_file.write_text(
        f"TELEGRAM_BOT_TOKEN={TOKEN}\n"
        "BOT_WEBHOOK_URL=https://bot.example.org/mood\n"
        "BOT_WEBHOOK_SECRET=hunter 2\n"
    )
    with pytest.raises(SettingsError, match="BOT_WEBHOOK_SECRET: expected 1 to 256") as caught:
        load_settings(env_file)
    assert "hunter" not in str(caught.value)


def test_the_environment_takes_precedence_over_the_file(
    env_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env_file.write_text(f"TELEGRAM_BOT_TOKEN={TOKEN}\nBOT_WORKERS=1\n")
    monkeypatch.setenv("BOT_WORKERS", "2")
    assert load_settings(env_file).bot_workers == 2


def test_an_empty_setting_is_an_unset_one(env_file: Path) -> None:
    env_file.write_text(f"TELEGRAM_BOT_TOKEN={TOKEN}\nBOT_ADMINS=\nBOT_DATABASE_URL=\n")
    settings = load_settings(env_file)
    assert settings.bot_admins == frozenset()
    assert settings.bot_database_url.get_secret_value().startswith("sqlite+aiosqlite:///")


def test_without_a_token_the_operator_learns_how_to_get_one(env_file: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(env_file)
    text = str(caught.value)
    assert "TELEGRAM_BOT_TOKEN: is missing" in text
    assert "https://t.me/BotFather" in text
    assert "make demo" in text


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("TELEGRAM_BOT_TOKEN=hello", "does not look like a token .* letters, digits, _ or -"),
        ("TELEGRAM_API_URL=api.telegram.org", "expected an address"),
        ("TELEGRAM_API_URL=ftp://api.telegram.org", "expected an address"),
        ("TELEGRAM_API_URL=http://localhost:http", "expected an address"),
        ("TELEGRAM_API_URL=https://api.telegram.org/?a=b", "expected an address"),
        ("BOT_WEBHOOK_URL=http://bot.example.org", "must start with https"),
        ("BOT_WEBHOOK_SECRET=s3 cret", "expected 1 to 256"),
        ("BOT_WEBHOOK_LISTEN=8443", "expected host:port"),
        ("BOT_ADMINS=1000,@anna", "got '@anna'"),
        ("BOT_ADMINS=-5", "expected user ids"),
        ("BOT_TRUSTED=ben", "got 'ben'"),
        ("BOT_PHOTOS_A_DAY=0", "expected a whole number of at least 1, got '0'"),
        ("BOT_CORRECTIONS_A_DAY=many", "expected a whole number of at least 1, got 'many'"),
        ("BOT_DATABASE_URL=sqlite:///bot.db", "one of the supported databases"),
        ("BOT_DATABASE_URL=sqlite+aiosqlite://host/bot.db", "one of the supported databases"),
        ("BOT_DATABASE_URL=postgresql://bot@db/mood", "postgresql\\+asyncpg://"),
        ("BOT_DATABASE_URL=postgres://bot@db/mood", "postgresql\\+asyncpg://"),
        ("BOT_DATABASE_URL=postgresql+asyncpg://bot:a@b@db/mood", "password is written %40"),
        ("BOT_DATABASE_URL=postgresql+asyncpg://db/mood?sslmode=require", "\\?ssl=require"),
        ("BOT_DATABASE_URL=postgresql+asyncpg://db/mood?foo=bar", "expected only host, port"),
        ("BOT_DATABASE_URL=postgresql+asyncpg://bot@db", "name of the database is missing"),
        ("BOT_DATABASE_URL=mysql+aiomysql://bot@db/mood", "one of the supported databases"),
        ("BOT_BACKUP_AT=03:30\nBOT_DATABASE_URL=postgresql+asyncpg://bot@db/mood", "pg_dump"),
        ("BOT_DATABASE_URL=nonsense", "one of the supported databases"),
        ("BOT_DATA_DIR=~nobody-has-this-name/data", "no such user"),
        ("ALL_PROXY=socks4://127.0.0.1:1080", "SOCKS4 is not supported"),
        ("BOT_RETRAIN_AFTER=0", "expected a whole number of at least 1, got '0'"),
        ("BOT_RETRAIN_AT=25:00", "time of day in UTC, like 03:30, got '25:00'"),
        ("BOT_RETRAIN_AT=3 am", "time of day in UTC"),
        ("BOT_LOG_LEVEL=loud", "expected 'debug', 'info', 'warning' or 'error'"),
        ("BOT_LOG_USER_IDS=perhaps", "expected true or false"),
        ("BOT_WORKERS=0", "expected a whole number from 1 to 64, got '0'"),
        ("BOT_WORKERS=many", "expected a whole number from 1 to 64, got 'many'"),
        ("BOT_CROP_DAYS=1.5", "expected a whole number from 1 to 365, got '1.5'"),
        ("BOT_RETRAIN_MINUTES=nan", "expected a number above 0 and at most 1440, got 'nan'"),
        ("BOT_RETRAIN_THREADS=65", "expected a whole number from 1 to 64, got '65'"),
    ],
)
def test_a_wrong_setting_is_named_and_explained(env_file: Path, line: str, told: str) -> None:
    env_file.write_text(f"TELEGRAM_BOT_TOKEN={TOKEN}\n{line}\n")
    with pytest.raises(SettingsError, match=told) as caught:
        load_settings(env_file)
    assert line.partition("=")[0] in str(caught.value)
    assert "Input should" not in str(caught.value)
    assert ".env" in str(caught.value)


def test_the_password_of_a_database_is_never_shown(env_file: Path) -> None:
    url = "postgresql+asyncpg://bot:hunter2@db/mood"
    env_file.write_text(f"TELEGRAM_BOT_TOKEN={TOKEN}\nBOT_DATABASE_URL={url}\n")
    settings = load_settings(env_file)
    assert settings.secrets() == [TOKEN, "hunter2"]
    assert "hunter2" not in f"{settings} {settings.database_url}"
    env_file.write_text(f"TELEGRAM_BOT_TOKEN={TOKEN}\nBOT_DATABASE_URL=mysql://a:hunter2@db/mood\n")
    with pytest.raises(SettingsError) as caught:
        load_settings(env_file)
    assert "hunter2" not in str(caught.value)


def test_all_errors_are_reported_at_once(env_file: Path) -> None:
    env_file.write_text("BOT_ADMINS=anna\nBOT_WORKERS=-1\n")
    with pytest.raises(SettingsError) as caught:
        load_settings(env_file)
    for name in ("TELEGRAM_BOT_TOKEN", "BOT_ADMINS", "BOT_WORKERS"):
        assert name in str(caught.value)


def test_a_data_folder_that_cannot_be_made_is_refused(env_file: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    env_file.write_text(f"TELEGRAM_BOT_TOKEN={TOKEN}\nBOT_DATA_DIR={tmp_path}/file/data\n")
    with pytest.raises(SettingsError, match="BOT_DATA_DIR: expected a folder"):
        load_settings(env_file)


def test_a_proxy_is_read_from_the_file_and_the_environment(
    env_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env_file.write_text(
        f"TELEGRAM_BOT_TOKEN={TOKEN}\n"
        "all_proxy=socks://anna:hunter2@127.0.0.1:1080\n"
        "NO_PROXY=::1,fe80::/10,[::1]\n"
    )
    settings = load_settings(env_file)
    assert settings.proxy is not None
    assert str(settings.proxy.url) == "socks5://127.0.0.1:1080"
    assert "hunter2" in settings.secrets()
    monkeypatch.setenv("NO_PROXY", "*")
    assert load_settings(env_file).proxy is None


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_certificates_that_cannot_be_used_are_reported(
    env_file: Path, monkeypatch: pytest.MonkeyPatch, content: str | None
) -> None:
    env_file.write_text(f"TELEGRAM_BOT_TOKEN={TOKEN}\n")
    certificates = env_file.with_name("certificates.pem")
    if content is not None:
        certificates.write_text(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates))
    with pytest.raises(SettingsError, match="SSL_CERT_FILE: no certificates there"):
        load_settings(env_file)


@pytest.mark.parametrize("name", ["a b", "100%20", "why?", "#1", 'it\'s "so"', "ünï;@:&=+"])
def test_any_name_of_a_data_folder_means_that_folder(
    env_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    env_file.write_text(f"TELEGRAM_BOT_TOKEN={TOKEN}\n")
    monkeypatch.setenv("BOT_DATA_DIR", str(tmp_path / name))
    settings = load_settings(env_file)
    asyncio.run(make_database(settings.bot_database_url.get_secret_value()))
    assert (tmp_path / name / "bot.sqlite3").is_file()
    assert {path.name for path in tmp_path.iterdir()} == {name, ".env"}


def test_a_tilde_means_the_home_folder(
    env_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    env_file.write_text(f"TELEGRAM_BOT_TOKEN={TOKEN}\nBOT_DATA_DIR=~/mood\n")
    assert load_settings(env_file).bot_data_dir == tmp_path / "mood"


def test_a_wrong_token_is_not_repeated(env_file: Path) -> None:
    env_file.write_text(f"TELEGRAM_BOT_TOKEN={TOKEN}!\n")
    with pytest.raises(SettingsError) as caught:
        load_settings(env_file)
    assert "AAHdqTcvCH1" not in str(caught.value)


def test_a_token_does_not_show_in_the_settings(env_file: Path) -> None:
    env_file.write_text(f"TELEGRAM_BOT_TOKEN={TOKEN}\n")
    assert "AAHdqTcvCH1" not in repr(load_settings(env_file))


def test_a_binary_file_is_reported(env_file: Path) -> None:
    env_file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match=r"\.env cannot be read"):
        load_settings(env_file)


def test_every_setting_is_in_the_example() -> None:
    example = (Path(__file__).parents[2] / ".env.example").read_text()
    for name in Settings.model_fields:
        assert f"{name.upper()}=" in example


def test_people_and_groups_may_be_allowed(env_file: Path) -> None:
    env_file.write_text(f"TELEGRAM_BOT_TOKEN={TOKEN}\nBOT_ALLOWED= 1000, -1001234567890,\n")
    assert load_settings(env_file).bot_allowed == {1000, -1001234567890}


def test_a_name_is_no_id_and_the_error_says_how_to_find_it(env_file: Path) -> None:
    env_file.write_text(f"TELEGRAM_BOT_TOKEN={TOKEN}\nBOT_ALLOWED=@anna\n")
    with pytest.raises(SettingsError, match=r"BOT_ALLOWED: expected ids.*'@anna'.*/whoami"):
        load_settings(env_file)


def test_a_line_that_is_no_setting_is_named(env_file: Path) -> None:
    env_file.write_text(f"TELEGRAM_BOT_TOKEN={TOKEN}\n# a comment\nFOO BAR\n")
    with pytest.raises(SettingsError, match=f"{env_file}, line 3: expected NAME=value"):
        load_settings(env_file)


def test_photos_are_judged_by_threads_unless_ray_is_asked_for(
    env_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env_file.write_text(f"TELEGRAM_BOT_TOKEN={TOKEN}\n")
    assert load_settings(env_file).bot_inference is InferenceEngine.THREADS
    with env_file.open("a") as file:
        file.write("BOT_INFERENCE=ray\nBOT_RAY_ADDRESS=[fd00::1]:6379\n")
    monkeypatch.setattr(inference_engine, "find_spec", str)
    settings = load_settings(env_file)
    assert settings.bot_inference is InferenceEngine.RAY
    assert settings.bot_ray_address == "[fd00::1]:6379"
    monkeypatch.setattr(inference_engine, "find_spec", dict[str, str]().get)
    with pytest.raises(SettingsError, match="BOT_INFERENCE: ray needs the extra `ray`"):
        load_settings(env_file)
    monkeypatch.setenv("BOT_INFERENCE", "spark")
    with pytest.raises(SettingsError, match="expected 'threads' or 'ray'"):
        load_settings(env_file)


@pytest.mark.parametrize("address", ["ray://head:10001", "head", "head:", "http://head:6379"])
def test_the_address_of_the_cluster_is_checked(env_file: Path, address: str) -> None:
    env_file.write_text(f"TELEGRAM_BOT_TOKEN={TOKEN}\nBOT_RAY_ADDRESS={address}\n")
    with pytest.raises(SettingsError, match="BOT_RAY_ADDRESS: expected auto, or host:port"):
        load_settings(env_file)
