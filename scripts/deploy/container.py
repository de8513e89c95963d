"""Runs commands in the root file system of an image as a container engine would.

That file system is read-only except for /data and /tmp, and the user is the image's, without any
privileges. The network is this machine's.
"""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from scripts.deploy.buildah import Buildah

# Its arguments: root file system, data folder, user and group, and a command, with which the mounts
# end.
_ENTER = """
set -e
mount --bind "$1" "$1"
mount -o remount,bind,ro "$1"
mount --bind "$2" "$1/data"
mount -t tmpfs -o size=256m,mode=1777 tmpfs "$1/tmp"
mount -t proc proc "$1/proc"
mount --rbind /dev "$1/dev"
root=$1 user=$3
shift 3
exec setpriv --no-new-privs chroot --userspec="$user" "$root" "$@"
"""


class Container:
    """An image's root file system and configuration.

    Args:
        root: the root file system.
        config: Docker's configuration of the image.
        data: the folder that is mounted at /data; it comes to belong to the image's user.
    """

    def __init__(self, root: Path, config: Mapping[str, Any], data: Path) -> None:
        self.root = root
        self.config = config
        self._data = data

    @classmethod
    @contextmanager
    def of(cls, buildah: Buildah, image: str, data: Path) -> Iterator[Self]:
        """Unpack an image for the time of the block."""
        container = buildah.call("from", "--pull-never", image).strip()
        try:
            root = Path(buildah.call("mount", container).strip())
            described = json.loads(buildah.call("inspect", "--type=image", image))
            yield cls(root, described["Docker"]["config"], data)
        finally:
            buildah.call("rm", container)

    def start(
        self, command: list[str], log: Path, settings: Mapping[str, str]
    ) -> subprocess.Popen[bytes]:
        """Start a command, in place of the shell that prepares its file system.

        Args:
            command: the program and its arguments.
            log: gets what it prints.
            settings: environment variables besides those of the image.
        """
        user, group = map(int, self.config["User"].split(":"))
        self._data.mkdir(mode=0o700, exist_ok=True)
        os.chown(self._data, user, group)
        variables = [*self.config["Env"], *(f"{name}={value}" for name, value in settings.items())]
        enter = ["unshare", "--mount", "--propagation=private", "sh", "-c", _ENTER, "sh"]
        where = [str(self.root), str(self._data), f"{user}:{group}"]
        clean = ["env", "-i", "-C", self.config["WorkingDir"], *variables]
        with log.open("ab") as output:
            return subprocess.Popen(  # noqa: S603
                [*enter, *where, *clean, *command], stdout=output, stderr=subprocess.STDOUT
            )
