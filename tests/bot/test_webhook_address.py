import pytest

from bot.webhook_address import (
    WebhookAddress,
    checked_listen,
    checked_secret,
    checked_url,
    normalized_url,
    webhook_address,
)
from tests.support.fake_telegram import TOKEN

CLOUD = "https://api.telegram.org"
OWN_SERVER = "http://127.0.0.1:8081"
OTHER_TOKEN = "654321:another-token-for-tests-and-nothing-else"


def address(
    url: str = "https://example.org", secret: str | None = None, token: str = TOKEN
) -> WebhookAddress:
    return webhook_address(checked_url(url, CLOUD), secret, "127.0.0.1:8443", token)


def test_path_and_secret_are_derived_from_the_token() -> None:
    first, second, other = address(), address(), address(token=OTHER_TOKEN)
    assert first == second  # so several processes agree
    assert len({first.path, other.path, "/" + first.secret, "/" + other.secret}) == 4
    assert first.url == f"https://example.org{first.path}"
    assert len(first.path) == 1 + 64
    assert TOKEN.partition(":")[2] not in first.url
    assert checked_secret(first.secret) == first.secret


def test_path_and_secret_can_be_set() -> None:
    given = address("https://example.org/mood%20bot/", "s3cret_-")
    assert (given.path, given.secret) == ("/mood bot/", "s3cret_-")
    assert given.public_host == "example.org"


def test_path_and_secret_do_not_show() -> None:
    shown = repr(address("https://example.org/hidden", "s3cret_-"))
    assert "hidden" not in shown
    assert "s3cret_-" not in shown


@pytest.mark.parametrize(
    ("url", "server", "expected"),
    [
        ("https://Example.org:443/a", CLOUD, "https://example.org/a"),
        ("https://example.org:8443", CLOUD, "https://example.org:8443/"),
        ("https://example.org:9000/a", OWN_SERVER, "https://example.org:9000/a"),
        ("http://127.0.0.1:9000/a", OWN_SERVER, "http://127.0.0.1:9000/a"),
        ("http://[::1]:9000/a", OWN_SERVER, "http://[::1]:9000/a"),
        ("http://10.0.0.7/a", OWN_SERVER, "http://10.0.0.7/a"),
        ("http://bot:8443/a", OWN_SERVER, "http://bot:8443/a"),
        ("https://bücher.example/a", CLOUD, "https://xn--bcher-kva.example/a"),
    ],
)
def test_a_url_that_the_server_accepts(url: str, server: str, expected: str) -> None:
    assert checked_url(url, server) == expected


@pytest.mark.parametrize(
    ("url", "server", "told"),
    [
        ("example.org/hidden", CLOUD, "expected an address like"),
        ("ftp://example.org/hidden", CLOUD, "expected an address like"),
        ("https://example.org/hidden?a=b", CLOUD, "without user name, query"),
        ("https://example.org/hidden#a", CLOUD, "without user name, query"),
        ("https://anna:hidden@example.org/", CLOUD, "without user name, query"),
        ("http://example.org/hidden", CLOUD, "must start with https"),
        ("http://127.0.0.1/hidden", CLOUD, "must start with https"),
        ("http://example.org/hidden", OWN_SERVER, "must start with https"),
        ("http://8.8.8.8/hidden", OWN_SERVER, "must start with https"),
        ("https://example.org:9000/hidden", CLOUD, "443, 80, 88 and 8443"),
    ],
)
def test_a_url_that_the_server_refuses(url: str, server: str, told: str) -> None:
    with pytest.raises(ValueError, match=told) as caught:
        checked_url(url, server)
    assert "hidden" not in str(caught.value)


def test_what_is_not_a_url_cannot_be_compared() -> None:
    assert normalized_url("nonsense") is None


@pytest.mark.parametrize("secret", ["", "with space", "ümlaut", "a" * 257, "a\n"])
def test_a_secret_that_telegram_refuses(secret: str) -> None:
    with pytest.raises(ValueError, match="1 to 256 characters"):
        checked_secret(secret)


@pytest.mark.parametrize(
    ("listen", "host", "port"),
    [
        ("127.0.0.1:8443", "127.0.0.1", 8443),
        ("0.0.0.0:80", "0.0.0.0", 80),  # noqa: S104 - only parsed
        ("localhost:65535", "localhost", 65535),
        ("[::]:8443", "::", 8443),
        ("[fe80::1]:8443", "fe80::1", 8443),
    ],
)
def test_where_to_listen(listen: str, host: str, port: int) -> None:
    given = webhook_address("https://example.org/a", None, checked_listen(listen), TOKEN)
    assert (given.host, given.port) == (host, port)
    assert given.listen == listen


@pytest.mark.parametrize(
    "listen",
    [
        "8443",
        ":8443",
        "localhost",
        "localhost:",
        "localhost:0",
        "localhost:65536",
        "::1:8443",
        "[::1]",
        "[nonsense]:80",
        "http://localhost:80",
        "a b:80",
        "localhost:８４４３",
    ],
)
def test_where_nobody_can_listen(listen: str) -> None:
    with pytest.raises(ValueError, match="expected host:port"):
        checked_listen(listen)
