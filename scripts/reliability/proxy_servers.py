"""Caddy and nginx as reverse proxies with TLS, each with an authority of its own."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HOST = "localhost"
NGINX_SITE = Path(__file__).parents[2] / "deploy" / "nginx" / "photo-mood.conf"

CADDYFILE = """
{{
    admin off
    http_port {http}
    https_port {https}
    storage file_system {folder}
    skip_install_trust
    local_certs
}}
{host} {{
    reverse_proxy 127.0.0.1:{bot}
}}
"""
NGINX = """
daemon off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{}}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    access_log {folder}/access.log;
    include {folder}/site.conf;
}}
"""


@contextmanager
def caddy(folder: Path, http: int, https: int, bot: int) -> Iterator[Path]:
    """Run Caddy; it makes its own authority.

    Args:
        folder: an empty one.
        http: a free port.
        https: the port to serve.
        bot: the port to pass requests on to.

    Yields:
        The certificate of the authority, which is there once Caddy serves.
    """
    file = folder / "Caddyfile"
    text = CADDYFILE.format(folder=folder, http=http, https=https, bot=bot, host=HOST)
    file.write_text(text, encoding="utf-8")
    command = ["caddy", "run", "--config", str(file), "--adapter", "caddyfile"]
    with _running(command, folder):
        yield folder / "pki" / "authorities" / "local" / "root.crt"


@contextmanager
def nginx(folder: Path, _: int, https: int, bot: int) -> Iterator[Path]:
    """Run nginx with the site in `deploy/nginx`; see `caddy`."""
    authority, certificate, key = _certificates(folder)
    site = NGINX_SITE.read_text(encoding="utf-8")
    for old, new in {
        "listen 443": f"listen {https}",
        "127.0.0.1:8443": f"127.0.0.1:{bot}",
        "/etc/letsencrypt/live/bot.example.org/fullchain.pem": str(certificate),
        "/etc/letsencrypt/live/bot.example.org/privkey.pem": str(key),
        "bot.example.org": HOST,
    }.items():
        site = site.replace(old, new)
    (folder / "site.conf").write_text(site, encoding="utf-8")
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder), encoding="utf-8")
    command = ["nginx", "-p", str(folder), "-e", str(folder / "error.log")]
    with _running([*command, "-c", str(folder / "nginx.conf")], folder):
        yield authority


def _certificates(folder: Path) -> tuple[Path, Path, Path]:
    """Make an authority, a certificate from it for `HOST`, and its key."""
    authority, key = folder / "authority.pem", folder / "key.pem"
    name = ["-subj", f"/CN={HOST}", "-days", "1"]
    new = ["openssl", "req", "-newkey", "rsa:2048", "-nodes"]
    authority_key = folder / "authority-key.pem"
    _openssl([*new, "-x509", *name, "-keyout", str(authority_key), "-out", str(authority)])
    request, certificate = folder / "request.pem", folder / "certificate.pem"
    _openssl([*new, *name[:2], "-keyout", str(key), "-out", str(request)])
    extension = folder / "extension"
    extension.write_text(f"subjectAltName=DNS:{HOST}\n", encoding="utf-8")
    by = ["-CA", str(authority), "-CAkey", str(authority_key), "-CAcreateserial"]
    sign = ["openssl", "x509", "-req", "-in", str(request), *by, "-days", "1"]
    _openssl([*sign, "-extfile", str(extension), "-out", str(certificate)])
    return authority, certificate, key


def _openssl(command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - our own command


@contextmanager
def _running(command: list[str], folder: Path) -> Iterator[None]:
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own command
            command,
            cwd=folder,
            env={**os.environ, "HOME": str(folder)},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            yield
        finally:
            process.terminate()
            process.wait()
