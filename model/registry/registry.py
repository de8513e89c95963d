"""All versions of the model, and which of them serves.

versions/<name>/     a version: a model folder as `model.network.manifest` describes, never changed
current.json         which version serves, and which did before; without it, the shipped one
registry.lock        held while any of this is changed
retrain.lock         held while a new version is being made

The shipped model is always the first version; it stays where it is. What is added, switched or
removed is so in one step, so that a process killed at any moment, or a full disk, leaves all of it
whole. Names that begin with a dot are leftovers of such moments, and `clean_up` removes them.
"""

import logging
from collections.abc import Collection
from pathlib import Path

from model.errors import (
    ModelDamagedError,
    NoEarlierVersionError,
    OtherVersionServesError,
    UnknownVersionError,
    VersionExistsError,
)
from model.network.manifest import SHIPPED, read_manifest
from model.registry import atomic_files as durable
from model.registry.active_version import Pointer, read_pointer, stamp
from model.registry.file_lock import is_locked, waiting
from model.registry.version import NAME, Version, age, check, examine

logger = logging.getLogger(__name__)


class Registry:
    """The versions in a folder, any number of processes may use it at once.

    Args:
        folder: `models` in the data folder; it need not exist.
        shipped: folder of the model that is there from the start.
    """

    def __init__(self, folder: Path, shipped: Path = SHIPPED) -> None:
        self._folder = folder
        self._shipped = shipped
        self._versions = folder / "versions"
        self._pointer = folder / "current.json"
        self._lock = folder / "registry.lock"

    @property
    def retrain_lock(self) -> Path:
        """To be held (`model.registry.file_lock.exclusive`) while a new version is being made."""
        return self._folder / "retrain.lock"

    def versions(self) -> list[Version]:
        """All versions, newest first, the shipped one last; their files are checked."""
        examined = [examine(folder) for folder in self._folders()]
        # Without those that another process has removed meanwhile.
        added = [version for version in examined if version.folder.exists()]
        added.sort(key=age, reverse=True)
        return [*added, examine(self._shipped, shipped=True)]

    def lineup(self) -> list[Version]:
        """Who is to serve, and who takes its place, in order, the shipped one last.

        Damaged versions are among them, each saying why it must not be used; a pointer that cannot
        be read counts as none.
        """
        return [self._named(name) for name in self._read_pointer().line]

    def current(self) -> Version:
        """The version that serves: the first of the lineup that is whole.

        Raises:
            ModelDamagedError: none is.
        """
        lineup = self.lineup()
        return lineup[_serving(lineup)]

    def stamp(self) -> object:
        """Something that differs once another version was chosen; cheap enough to ask often."""
        return stamp(self._pointer)

    def find(self, name: str) -> Version:
        """A version by its name.

        Raises:
            UnknownVersionError: there is none of that name.
        """
        shipped = examine(self._shipped, shipped=True)
        if name == shipped.name:
            return shipped
        if NAME.fullmatch(name) and (self._versions / name).is_dir():
            return examine(self._versions / name)
        raise UnknownVersionError(
            name, [folder.name for folder in self._folders()] + [shipped.name]
        )

    def add(self, folder: Path) -> Version:
        """Copy a packed model folder in, as a version that does not serve yet.

        Args:
            folder: with a manifest, the files it gives hashes of, and maybe others; no folders.

        Returns:
            The version, of the name in its manifest.

        Raises:
            ModelNotFoundError, ModelDamagedError: the folder is no whole model.
            VersionExistsError: there is a version of that name.
            OSError: it cannot be written, for example as the disk is full; nothing was added.
        """
        manifest = read_manifest(folder)
        if not NAME.fullmatch(manifest.version):
            raise ModelDamagedError(
                f"{folder} calls its version {manifest.version!r}; expected up to 100 letters, "
                "digits, dots, dashes and underscores"
            )
        check(folder, manifest)
        files = {file.name: file.read_bytes() for file in sorted(folder.iterdir())}
        goal = self._versions / manifest.version
        with waiting(self._lock):
            durable.make_folder(self._versions)
            if goal.exists() or manifest.version == examine(self._shipped, shipped=True).name:
                raise VersionExistsError(manifest.version)
            durable.add_folder(goal, files)
            added = examine(goal)
            if added.damaged:  # the disk gives back something else than it was given
                durable.remove_folder(goal)
                raise ModelDamagedError(added.damaged)
        return added

    def promote(self, name: str, instead_of: str | None = None) -> None:
        """Let a version serve, from now on and in every process; it already may.

        Args:
            name: of the version.
            instead_of: name of the version that is to serve until now; None: whichever does.

        Raises:
            UnknownVersionError: there is none of that name.
            ModelDamagedError: it is not whole.
            OtherVersionServesError: not `instead_of` serves; so it stays.
            OSError: the choice cannot be written; the one before stands.
        """
        with waiting(self._lock):
            version = self.find(name)
            if version.damaged:
                raise ModelDamagedError(version.damaged)
            self._expect(instead_of)
            chosen = None if version.folder == self._shipped else name
            line = self._read_pointer().line
            if chosen != line[0] or not self._pointer_is_whole():
                Pointer(chosen, tuple(one for one in line if one != chosen)).write(self._pointer)

    def rollback(self, instead_of: str | None = None) -> str:
        """Let the version serve that did before the one that does.

        Args:
            instead_of: name of the version that is to serve until now; None: whichever does.

        Returns:
            Its name. Nothing is lost: the one that served can be promoted again.

        Raises:
            NoEarlierVersionError: there is none, or none that is whole.
            OtherVersionServesError: not `instead_of` serves; so it stays.
            OSError: the choice cannot be written; the one before stands.
        """
        with waiting(self._lock):
            self._expect(instead_of)
            line = self._read_pointer().line
            lineup = [self._named(name) for name in line]
            for number in range(_serving(lineup) + 1, len(lineup)):
                if not lineup[number].damaged:
                    Pointer(line[number], line[number + 1 :]).write(self._pointer)
                    return lineup[number].name
        raise NoEarlierVersionError(lineup[_serving(lineup)].name)

    def verify(self) -> list[str]:
        """Check everything.

        Returns:
            What is wrong, in plain sentences; nothing if all is whole. Leftovers of interrupted
            changes count, unless a change or a retraining is under way.
        """
        problems = [version.damaged for version in self.versions() if version.damaged]
        try:
            line = read_pointer(self._pointer).line
            missing = [name for name in line if name and not (self._versions / name).is_dir()]
            problems += [f"Version {name} served, but its folder is gone." for name in missing]
        except ModelDamagedError as error:
            problems.append(f"{error}. Promote a version to write it anew.")
        if not (is_locked(self._lock) or is_locked(self.retrain_lock)):
            problems += [f"{path} is left of an interrupted change." for path in self._leftovers()]
        return problems

    def prune(self, keep: int, in_use: Collection[str] = ()) -> list[str]:
        """Remove old versions; never one that serves, that could be gone back to, or the shipped.

        Args:
            keep: how many of the newest stay in any case, at least 0.
            in_use: names of others that stay.

        Returns:
            The names of those removed.

        Raises:
            OSError: one could not be removed.
        """
        with waiting(self._lock):
            needed = {*self._read_pointer().line, *in_use}
            old = [version.name for version in self.versions()[keep:-1]]
            removed = [name for name in old if name not in needed]
            for name in removed:
                durable.remove_folder(self._versions / name)
        return removed

    def clean_up(self) -> list[str]:
        """Remove what interrupted changes left; to be called while holding `retrain_lock`.

        Returns:
            The paths removed.
        """
        with waiting(self._lock):
            leftovers = self._leftovers()
            for path in leftovers:
                durable.remove(path)
        return [str(path) for path in leftovers]

    def _expect(self, serving: str | None) -> None:
        """Make sure, while holding the lock, that nobody else has chosen another version."""
        if serving is not None and (now := self.current().name) != serving:
            raise OtherVersionServesError(serving, now)

    def _folders(self) -> list[Path]:
        if not self._versions.is_dir():
            return []
        return [path for path in self._versions.iterdir() if NAME.fullmatch(path.name)]

    def _leftovers(self) -> list[Path]:
        folders = [folder for folder in (self._folder, self._versions) if folder.is_dir()]
        return [path for folder in folders for path in sorted(folder.glob(f"{durable.TEMPORARY}*"))]

    def _named(self, name: str | None) -> Version:
        if name is None:
            return examine(self._shipped, shipped=True)
        return examine(self._versions / name)

    def _pointer_is_whole(self) -> bool:
        try:
            read_pointer(self._pointer)
        except ModelDamagedError:
            return False
        return True

    def _read_pointer(self) -> Pointer:
        try:
            return read_pointer(self._pointer)
        except ModelDamagedError as error:
            logger.warning("%s; until a version is promoted, the shipped one serves", error)
            return Pointer()


def _serving(lineup: list[Version]) -> int:
    """Which of a lineup serves: the first that is whole."""
    for number, version in enumerate(lineup):
        if not version.damaged:
            return number
    raise ModelDamagedError(f"No version of the model can be used. {lineup[-1].damaged}")
