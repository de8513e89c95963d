"""The file that says which version is active and which ones were active before."""

import json
from dataclasses import dataclass
from pathlib import Path

from model.errors import ModelDamagedError
from model.registry.atomic_files import make_folders, replace_file

MAX_PREVIOUS = 5  # rollbacks that are possible in a row; the next one activates the shipped model


@dataclass(frozen=True, slots=True)
class ActiveVersion:
    """The content of the file.

    Attributes:
        name: the version that was chosen; None for the shipped model, whichever version that is,
            so that a later release can ship another one.
        previous: the versions chosen before, latest first; only `MAX_PREVIOUS` are written.
    """

    name: str | None = None
    previous: tuple[str | None, ...] = ()

    @property
    def fallback_names(self) -> tuple[str | None, ...]:
        """The chosen version and those that can take its place, each once, the shipped one last."""
        return tuple(dict.fromkeys((self.name, *self.previous, None)))

    def promoting(self, name: str | None) -> "ActiveVersion":
        """Return what follows when a version is activated; the same if it is the chosen one."""
        if name == self.name:
            return self
        previous = tuple(one for one in self.fallback_names if one != name)
        return ActiveVersion(name, previous[:MAX_PREVIOUS])

    def back_to(self, position: int) -> "ActiveVersion":
        """Return what follows when a version of the fallback order is activated again."""
        names = self.fallback_names
        return ActiveVersion(names[position], names[position + 1 :])

    def write(self, file: Path) -> None:
        """Replace the file in one step.

        Raises:
            OSError: it cannot be written, and is as it was.
        """
        fields = {"version": self.name, "previous": self.previous[:MAX_PREVIOUS]}
        make_folders(file.parent)
        replace_file(file, (json.dumps(fields, indent=2) + "\n").encode())


def read_active_version(file: Path) -> ActiveVersion:
    """Read the file; if there is none, the shipped model is active.

    Raises:
        ModelDamagedError: the content is not what `ActiveVersion.write` writes.
    """
    try:
        fields = json.loads(file.read_bytes())
        names = [fields["version"], *fields["previous"]]
    except FileNotFoundError:
        return ActiveVersion()
    except (ValueError, TypeError, KeyError, OSError) as error:
        raise ModelDamagedError(f"{file} cannot be read: {error!r}") from error
    if not all(name is None or isinstance(name, str) for name in names):
        raise ModelDamagedError(f"{file} is damaged: expected names of versions, got {names}")
    return ActiveVersion(names[0], tuple(names[1:]))


def file_stamp(file: Path) -> tuple[int, int, int] | None:
    """Return a value that changes when the file is replaced, without reading the file.

    Returns:
        Modification time in ns, inode and size; None if the file cannot be reached.
    """
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ino, status.st_size
