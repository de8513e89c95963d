"""Where Telegram delivers updates in webhook mode: public URL, secret, local address."""

import hmac
import ipaddress
import re
from dataclasses import dataclass, field
from typing import Annotated
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, AnyHttpUrl, SecretStr, ValidationError, ValidationInfo

TELEGRAM_HOST = "api.telegram.org"
TELEGRAM_PORTS = (443, 80, 88, 8443)  # https://core.telegram.org/bots/api#setwebhook
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")  # the same page, `secret_token`
_LISTEN = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([^\s:/\[\]]+)):(\d{1,5})", re.ASCII)


@dataclass(frozen=True)
class WebhookAddress:
    """Where updates are delivered to, and how a delivery proves that it comes from Telegram.

    Attributes:
        url: the public URL, as `setWebhook` gets it.
        secret: what Telegram sends in the header `X-Telegram-Bot-Api-Secret-Token`.
        host: the local address to listen on.
        port: the local port to listen on.
    """

    url: str = field(repr=False)
    secret: str = field(repr=False)
    host: str
    port: int

    @property
    def path(self) -> str:
        """The path of the URL, percent-decoded."""
        return unquote(urlsplit(self.url).path)

    @property
    def public_host(self) -> str:
        return host_of(self.url)

    @property
    def listen(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def webhook_address(url: str, secret: str | None, listen: str, token: str) -> WebhookAddress:
    """Complete what the settings say about the webhook.

    A path and a secret that are not set are derived from the token. So nobody else can guess them,
    and all processes of one bot agree on them.

    Args:
        url: a checked URL; see `checked_url`.
        secret: a checked secret; see `checked_secret`.
        listen: a checked address; see `checked_listen`.
        token: the bot's token.
    """
    if urlsplit(url).path in ("", "/"):
        url = url.rstrip("/") + "/" + _derive(token, "path")
    host, port = split_listen(listen)
    return WebhookAddress(url, secret or _derive(token, "secret"), host, port)


def normalized_url(url: str) -> str | None:
    """Return a URL in a form that can be compared; None if it is not an HTTP URL."""
    try:
        return str(AnyHttpUrl(url))
    except ValidationError:
        return None


def host_of(url: str) -> str:
    """Return the host of a URL whose path may be secret, with the port if it names one."""
    return urlsplit(url).netloc.rpartition("@")[2] or "an unknown host"


def checked_url(url: str, telegram_api_url: str) -> str:
    """Check and normalize the public URL of the webhook.

    Args:
        url: what the operator set.
        telegram_api_url: the address of the Bot API server, which decides what is allowed.

    Raises:
        ValueError: Telegram would not accept the URL. The message does not repeat the URL, because
            its path may be secret.
    """
    wanted = "expected an address like https://example.org or https://example.org/path"
    normalized = normalized_url(url)
    if normalized is None:
        raise ValueError(wanted)
    parts = urlsplit(normalized)
    if parts.query or parts.fragment or parts.username or parts.password:
        raise ValueError(f"{wanted}, without user name, query and fragment")
    host = parts.hostname or ""
    in_cloud = urlsplit(telegram_api_url).hostname == TELEGRAM_HOST
    if parts.scheme == "http" and (in_cloud or not _is_private(host)):
        raise ValueError(
            "must start with https://; a self-hosted Bot API server also accepts http:// "
            "to a private address"
        )
    if in_cloud and (parts.port or 443) not in TELEGRAM_PORTS:
        raise ValueError("Telegram delivers only to the ports 443, 80, 88 and 8443")
    return normalized


def checked_secret(secret: str) -> str:
    """Check the secret that Telegram is to send with each update.

    Raises:
        ValueError: Telegram would not accept it. The message does not repeat it.
    """
    if not _SECRET.fullmatch(secret):
        raise ValueError("expected 1 to 256 characters, only A-Z, a-z, 0-9, _ and -")
    return secret


def checked_listen(listen: str) -> str:
    """Check the local address.

    Raises:
        ValueError: it is not a host and a port.
    """
    found = _LISTEN.fullmatch(listen)
    if not found or not 1 <= int(found[3]) <= 65535 or not _is_ipv6(found[1] or "::"):
        raise ValueError(
            f"expected host:port, like 127.0.0.1:8443, 0.0.0.0:8443 or [::]:8443, got {listen!r}"
        )
    return listen


def _suits_the_server(url: str | None, settings: ValidationInfo) -> str | None:
    return url and checked_url(url, settings.data.get("telegram_api_url", ""))


def _suits_telegram(secret: SecretStr | None) -> SecretStr | None:
    return secret and SecretStr(checked_secret(secret.get_secret_value()))


def split_listen(listen: str) -> tuple[str, int]:
    """Split a checked local address into host and port."""
    host, _, port = listen.rpartition(":")
    return host.strip("[]"), int(port)


def _is_ipv6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


def _is_private(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        # A name without a dot, like a service of Docker Compose, means nothing on the internet.
        return "." not in host


def _derive(token: str, purpose: str) -> str:
    label = f"photo-mood-bot webhook {purpose}"
    return hmac.digest(token.encode(), label.encode(), "sha256").hex()


WebhookUrl = Annotated[str | None, AfterValidator(_suits_the_server)]
"""The setting; None to poll. Checked against `telegram_api_url`, which must come before it."""

WebhookSecret = Annotated[SecretStr | None, AfterValidator(_suits_telegram)]
"""The setting; None to derive it."""

ListenAddress = Annotated[str, AfterValidator(checked_listen)]
"""A setting, as `host:port`."""
