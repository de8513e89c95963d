"""The proxy between the bot and the Bot API server, as the usual variables name it.

httpx reads these variables by itself, but refuses to start where `NO_PROXY` has an IPv6 network
(https://github.com/encode/httpx/issues/3221), and does not know `socks://`. Since the bot talks to
one server only, one proxy or none is chosen at start.
"""

import re
import ssl
from collections.abc import Mapping
from functools import cache
from ipaddress import ip_address, ip_network
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from dotenv import dotenv_values

_SCHEMES = ("http", "https", "socks5", "socks5h")
_IN_BRACKETS = re.compile(r"\[(.+)\](/\d+)?")


def find_proxy(url: str, variables: Mapping[str, str]) -> httpx.Proxy | None:
    """Return the proxy through which an address is to be reached.

    Args:
        url: an `http://` or `https://` address.
        variables: values of `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` under the names
            `http`, `https`, `all` and `no`, as `urllib.request.getproxies` returns them.

    Returns:
        The proxy, or None if the address is to be reached directly.

    Raises:
        ValueError: the value that applies is no usable proxy. The message does not contain the
            value, which may include a password.
    """
    scheme = urlsplit(url).scheme
    name = scheme if variables.get(scheme) else "all"
    value = variables.get(name, "").strip()
    if not value or _goes_directly(url, variables.get("no", "")):
        return None
    return _parse(f"{name.upper()}_PROXY", value)


def direct_or_through(proxy: httpx.Proxy | None, connections: int) -> httpx.AsyncHTTPTransport:
    """Return a transport that uses this proxy or none, whatever the environment says.

    Args:
        proxy: the proxy; None for none.
        connections: how many connections may be open at the same time.
    """
    limits = httpx.Limits(max_connections=connections)
    return httpx.AsyncHTTPTransport(proxy=proxy, limits=limits, verify=_tls())


@cache
def _tls() -> ssl.SSLContext:
    """Return the settings of TLS for all transports: each of their own takes 27 ms and 1 MB."""
    return httpx.create_ssl_context()


def _parse(variable: str, value: str) -> httpx.Proxy:
    if "://" not in value:
        value = f"http://{value}"
    # GNOME exports `socks://` and does not say which version it means. Like Chromium, take it for 5
    # (https://github.com/chromium/chromium/blob/main/net/docs/proxy.md).
    value = re.sub("^socks://", "socks5://", value, flags=re.IGNORECASE)
    try:
        address = httpx.URL(value)
    except httpx.InvalidURL:
        address = httpx.URL()
    if address.scheme in ("socks4", "socks4a"):
        raise ValueError(f"{variable}: SOCKS4 is not supported; expected a proxy with SOCKS5")
    usable_port = address.port is None or 0 < address.port < 65536
    if address.scheme not in _SCHEMES or not address.host or not usable_port:
        raise ValueError(
            f"{variable}: expected the address of a proxy, like http://127.0.0.1:3128 "
            "or socks5://127.0.0.1:1080"
        )
    return httpx.Proxy(address)


def _goes_directly(url: str, no_proxy: str) -> bool:
    target = urlsplit(url)
    host = target.hostname or ""
    port = target.port or {"http": 80, "https": 443}[target.scheme]
    entries = filter(None, re.split(r"[\s,]+", no_proxy))
    return any(entry == "*" or _covers(entry, host, port) for entry in entries)


def _covers(entry: str, host: str, port: int) -> bool:
    """Return whether an entry of `NO_PROXY` names a host.

    An entry is a host (which includes its subdomains), an IP address or a network, as for curl
    (https://curl.se/libcurl/c/CURLOPT_NOPROXY.html); as for httpx, a host may have a scheme and a
    port.
    """
    bracketed = _IN_BRACKETS.fullmatch(entry)
    network = bracketed.expand(r"\1\2") if bracketed else entry
    try:
        return ip_address(host) in ip_network(network, strict=False)
    except ValueError:
        pass  # the host or the entry is a name, or has a port
    try:
        named = urlsplit(entry if "://" in entry else f"//{entry}")
        same_port = named.port in (None, port)
    except ValueError:
        return False
    name = (named.hostname or "").lstrip("*.")
    if not name or not same_port:
        return False
    return host == name or host.endswith(f".{name}")


def proxies_in(env_file: Path) -> dict[str, str]:
    """Return the proxies that a file names, as `urllib.request.getproxies` does."""
    values = dotenv_values(env_file, encoding="utf-8").items()
    lower = {name.lower(): value for name, value in values if value}
    return {n.removesuffix("_proxy"): v for n, v in lower.items() if n.endswith("_proxy")}
