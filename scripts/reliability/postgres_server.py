"""A PostgreSQL server in a temporary folder, without a network port."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

SUPERUSER = "postgres"

_numbers = count(1)


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A running server.

    Attributes:
        folder: of its socket, its data and its log.
        programs: folder of PostgreSQL's own programs.
    """

    folder: Path
    programs: Path

    @property
    def log(self) -> str:
        """What it has logged."""
        return (self.folder / "log").read_text(encoding="utf-8")

    @property
    def pid(self) -> int:
        """The id of its first process, the parent of all others."""
        return int((self.folder / "data" / "postmaster.pid").read_text().splitlines()[0])

    def url(self, name: str) -> str:
        """Return the address of a database, for `BOT_DATABASE_URL`."""
        return f"postgresql+asyncpg://{SUPERUSER}@/{name}?host={self.folder}"

    def sql(self, name: str, *statements: str) -> str:
        """Execute statements in a database; returns the rows of the last, columns tab-separated."""
        command = [str(self.programs / "psql"), "-h", str(self.folder), "-U", SUPERUSER]
        command += ["-d", name, "-qXAt", "-F", "\t", "-v", "ON_ERROR_STOP=1"]
        for statement in statements:
            command += ["-c", statement]
        return subprocess.run(  # noqa: S603 - our own server
            command, check=True, capture_output=True, text=True
        ).stdout

    @contextmanager
    def database(self) -> Iterator[str]:
        """Make an empty database without tables; gives its name."""
        name = f"test_{next(_numbers)}"
        self.sql("postgres", f"CREATE DATABASE {name}")
        yield name
        self.sql("postgres", f"DROP DATABASE {name} WITH (FORCE)")

    def restart(self) -> None:
        """Stop the server without waiting for those who use it, and start it again."""
        _run(*self._control, "-m", "fast", "restart")

    def start(self, options: str) -> None:
        """Start the server; see `running_server`."""
        folders = f"-c listen_addresses='' -c unix_socket_directories='{self.folder}'"
        log, options = self.folder / "log", f"{folders} {options}"
        _run(*self._control, "-l", log, "-o", options, "start")

    def stop(self) -> None:
        """Stop the server at once."""
        _run(*self._control, "-m", "immediate", "stop")

    @property
    def _control(self) -> tuple[str | Path, ...]:
        return (self.programs / "pg_ctl", "-D", self.folder / "data", "-w", "-s")


@contextmanager
def running_server(options: str = "") -> Iterator[PostgresServer]:
    """Start a server, and remove it at the end.

    Args:
        options: of the server, such as `-c fsync=off`.

    Raises:
        FileNotFoundError: PostgreSQL is not installed.
    """
    programs = _programs()
    # The path of a Unix socket may only have 107 characters.
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if os.geteuid() == 0:
            shutil.chown(folder, SUPERUSER)  # the server refuses to run as root
        data = folder / "data"
        _run(programs / "initdb", "-D", data, "-U", SUPERUSER, "-A", "trust", "-N", "-E", "UTF8")
        server = PostgresServer(folder, programs)
        server.start(options)
        try:
            yield server
        finally:
            server.stop()


def _programs() -> Path:
    """Return the folder of the newest version's programs; Debian has one for each version."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_version)
    other = shutil.which("initdb")
    if found:
        return found[-1].parent
    if other is not None:
        return Path(other).parent
    raise FileNotFoundError("PostgreSQL is not installed: apt install postgresql")


def _version(program: Path) -> int:
    return int(program.parts[-3])


def _run(*command: str | Path) -> None:
    texts = [str(part) for part in command]
    user = SUPERUSER if os.geteuid() == 0 else None
    subprocess.run(  # noqa: S603 - our own server
        texts, check=True, user=user, stdout=subprocess.DEVNULL, cwd="/"
    )
