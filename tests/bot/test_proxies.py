import pytest

from bot.proxies import find_proxy

TELEGRAM = "https://api.telegram.org"
OWN_SERVER = "http://10.1.2.3:8081"
OWN_SERVER_6 = "http://[fe80::1]:8081"
SOCKS = "socks5://127.0.0.1:1080"


def address(url: str, **variables: str) -> str | None:
    proxy = find_proxy(url, variables)
    return None if proxy is None else str(proxy.url)


def test_without_variables_there_is_no_proxy() -> None:
    assert address(TELEGRAM) is None
    assert address(TELEGRAM, no="example.org") is None


def test_the_variable_for_the_scheme_takes_precedence() -> None:
    proxies = {"http": "http://plain:1", "https": "http://secure:2", "all": "http://all:3"}
    assert address(TELEGRAM, **proxies) == "http://secure:2"
    assert address(OWN_SERVER, **proxies) == "http://plain:1"
    assert address(TELEGRAM, http="http://plain:1", all="http://all:3") == "http://all:3"
    assert address(TELEGRAM, http="http://plain:1") is None


@pytest.mark.parametrize(
    ("value", "understood"),
    [
        ("socks5://127.0.0.1:1080", "socks5://127.0.0.1:1080"),
        ("socks5h://proxy", "socks5h://proxy"),
        ("socks://127.0.0.1:1080/", "socks5://127.0.0.1:1080/"),
        ("SOCKS://127.0.0.1:1080", "socks5://127.0.0.1:1080"),
        ("socks5://[::1]:1080", "socks5://[::1]:1080"),
        ("127.0.0.1:3128", "http://127.0.0.1:3128"),
        ("https://proxy:3128", "https://proxy:3128"),
    ],
)
def test_addresses_of_proxies(value: str, understood: str) -> None:
    assert address(TELEGRAM, all=value) == understood


def test_a_user_and_a_password_are_understood() -> None:
    proxy = find_proxy(TELEGRAM, {"https": "socks5://anna:p%40ss@127.0.0.1:1080"})
    assert proxy is not None
    assert proxy.auth == ("anna", "p@ss")
    assert "anna" not in str(proxy.url)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("socks4://anna:hunter2@127.0.0.1:1080", "ALL_PROXY: SOCKS4 is not supported"),
        ("socks4a://anna:hunter2@127.0.0.1:1080", "ALL_PROXY: SOCKS4 is not supported"),
        ("ftp://anna:hunter2@127.0.0.1", "ALL_PROXY: expected the address of a proxy"),
        ("socks5://anna:hunter2@127.0.0.1:port", "ALL_PROXY: expected the address of a proxy"),
        ("socks5://anna:hunter2@", "ALL_PROXY: expected the address of a proxy"),
        ("http://anna:hunter2@127.0.0.1:99999", "ALL_PROXY: expected the address of a proxy"),
    ],
)
def test_what_is_no_usable_proxy_is_explained_without_its_password(value: str, told: str) -> None:
    with pytest.raises(ValueError, match=told) as caught:
        find_proxy(TELEGRAM, {"all": value})
    assert "hunter2" not in str(caught.value)


def test_a_proxy_that_is_not_used_is_not_checked() -> None:
    assert address(TELEGRAM, https=SOCKS, all="socks4://127.0.0.1") == SOCKS
    assert address(TELEGRAM, all="socks4://127.0.0.1", no="api.telegram.org") is None


@pytest.mark.parametrize(
    ("url", "no_proxy"),
    [
        (TELEGRAM, "*"),
        (TELEGRAM, "localhost, api.telegram.org"),
        (TELEGRAM, "localhost telegram.org"),
        (TELEGRAM, ".telegram.org"),
        (TELEGRAM, "*.telegram.org"),
        (TELEGRAM, "API.Telegram.org:443"),
        (TELEGRAM, "https://api.telegram.org"),
        (OWN_SERVER, "10.1.2.3"),
        (OWN_SERVER, "10.1.2.3:8081"),
        (OWN_SERVER, "10.0.0.0/8"),
        (OWN_SERVER, "::1,fe80::/10,10.1.2.3"),
        (OWN_SERVER_6, "fe80::1"),
        (OWN_SERVER_6, "[fe80::1]"),
        (OWN_SERVER_6, "[fe80::1]:8081"),
        (OWN_SERVER_6, "127.0.0.1,fe80::/10"),
        (OWN_SERVER_6, "[fe80::]/10"),
        ("http://localhost:8081", "localhost"),
    ],
)
def test_hosts_that_are_reached_directly(url: str, no_proxy: str) -> None:
    assert address(url, all=SOCKS, no=no_proxy) is None


@pytest.mark.parametrize(
    ("url", "no_proxy"),
    [
        (TELEGRAM, "::1,fe80::/10,[::1],10.0.0.0/8"),
        (TELEGRAM, "telegram.or, pi.telegram.org, example.org"),
        (TELEGRAM, "api.telegram.org:8443"),
        (TELEGRAM, "fe80::/999,[,]:x,:,//,.,host:port"),
        (OWN_SERVER, "10.1.2.4,10.1.2.3:80,11.0.0.0/8,fe80::/10"),
        (OWN_SERVER_6, "::1,fc00::/7,10.0.0.0/8,[fe80::1]:80"),
    ],
)
def test_hosts_that_are_reached_through_the_proxy(url: str, no_proxy: str) -> None:
    assert address(url, all=SOCKS, no=no_proxy) == SOCKS
