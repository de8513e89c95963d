"""Which version serves and which served before: one small file, replaced as a whole."""

import json
from dataclasses import dataclass
from pathlib import Path

from model.errors import ModelDamagedError
from model.registry.atomic_files import make_folder, replace_file

MOST_PREVIOUS = 5  # versions that can be gone back to, one by one; then the shipped one


@dataclass(frozen=True, slots=True)
class Pointer:
    """The content of the file.

    Args:
        version: name of the version that was chosen; None for the model that is shipped, whichever
            that is, so that a later release may ship another.
        previous: what was chosen before, latest first; at most `MOST_PREVIOUS` are kept.
    """

    version: str | None = None
    previous: tuple[str | None, ...] = ()

    @property
    def line(self) -> tuple[str | None, ...]:
        """Who is to serve, and who in its place: each once, the shipped model last."""
        return tuple(dict.fromkeys((self.version, *self.previous, None)))

    def write(self, file: Path) -> None:
        """Put it into a file, at once and for good.

        Raises:
            OSError: it cannot be written; the file is as it was.
        """
        fields = {"version": self.version, "previous": self.previous[:MOST_PREVIOUS]}
        make_folder(file.parent)
        replace_file(file, (json.dumps(fields, indent=2) + "\n").encode())


def read_pointer(file: Path) -> Pointer:
    """Read the pointer; without a file the shipped model serves.

    Args:
        file: that holds it.

    Raises:
        ModelDamagedError: it is no pointer.
    """
    try:
        fields = json.loads(file.read_bytes())
        names = [fields["version"], *fields["previous"]]
    except FileNotFoundError:
        return Pointer()
    except (ValueError, TypeError, KeyError, OSError) as error:
        raise ModelDamagedError(f"{file} cannot be read: {error!r}") from error
    if not all(name is None or isinstance(name, str) for name in names):
        raise ModelDamagedError(f"{file} is damaged: expected names of versions, got {names}")
    return Pointer(names[0], tuple(names[1:]))


def stamp(file: Path) -> tuple[int, int, int] | None:
    """Something that differs once the file has been replaced; cheap, as nothing is read.

    Args:
        file: that may be replaced, or not be there.

    Returns:
        Its time of change in ns, its inode and its size; None while it cannot be reached.
    """
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ino, status.st_size
