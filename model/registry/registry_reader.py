"""Reading a registry: which versions there are, and what a change of it would lead to."""

import logging
from collections.abc import Callable, Collection, Iterator
from functools import cache
from pathlib import Path
from typing import Self

from model.errors import (
    ActiveVersionChangedError,
    ModelDamagedError,
    NoEarlierVersionError,
    UnknownVersionError,
)
from model.network.manifest import SHIPPED
from model.registry import atomic_files
from model.registry.active_version import ActiveVersion, file_stamp, read_active_version
from model.registry.file_lock import is_locked
from model.registry.overview import VersionOverview
from model.registry.version import (
    VERSION_NAME,
    Version,
    check_version,
    created_at,
    first_intact,
)

logger = logging.getLogger(__name__)


class RegistryReader:
    """What can be read from the folder of a `Registry`, and planned; nothing is changed.

    Args:
        folder: `models` in the data folder; it need not exist.
        shipped: folder of the model that comes with the program.
        check: reads a version and checks its files, as `check_version` does.
    """

    def __init__(
        self,
        folder: Path,
        shipped: Path = SHIPPED,
        check: Callable[..., Version] = check_version,
    ) -> None:
        self._folder = folder
        self._shipped = shipped
        self._check = check
        self._versions = folder / "versions"
        self._active_file = folder / "current.json"
        self._lock = folder / "registry.lock"

    @property
    def retrain_lock(self) -> Path:
        """The lock to hold (`model.registry.file_lock`) while a new version is being made."""
        return self._folder / "retrain.lock"

    def with_cached_checks(self) -> Self:
        """Return the same registry, which checks each version's files only once.

        Checking reads all files of a version. Use the result for one request only: it does not
        notice damage that happens after its check.
        """
        return type(self)(self._folder, self._shipped, cache(self._check))

    def overview(self) -> VersionOverview:
        """Return all versions, each checked once, and their fallback order."""
        registry = self.with_cached_checks()
        return VersionOverview(registry.versions(), list(registry.fallback_order()))

    def versions(self) -> list[Version]:
        """Return all versions, checked: newest first, the shipped one last."""
        checked = [self._check(folder) for folder in self._folders()]
        # Another process may have removed some meanwhile.
        added = [version for version in checked if version.folder.exists()]
        added.sort(key=created_at, reverse=True)
        return [*added, self._check_shipped()]

    def fallback_order(self) -> Iterator[Version]:
        """Yield the chosen version, then those that take its place, the shipped one last.

        Damaged versions are among them. Each version is checked when it is its turn. If the file
        that names them cannot be read, only the shipped version is in the order.
        """
        return map(self._check_named, self.choice().fallback_names)

    def active(self) -> Version:
        """Return the active version: the first of the fallback order that is intact.

        Raises:
            ModelDamagedError: no version is intact.
        """
        return first_intact(self.fallback_order())

    def stamp(self) -> object:
        """Return a value that changes when another version is chosen; it is cheap to get."""
        return file_stamp(self._active_file)

    def find(self, name: str) -> Version:
        """Return a version by its name.

        Raises:
            UnknownVersionError: no version has this name.
        """
        shipped = self._check_shipped()
        if name == shipped.name:
            return shipped
        if VERSION_NAME.fullmatch(name) and (self._versions / name).is_dir():
            return self._check(self._versions / name)
        known = [folder.name for folder in self._folders()]
        raise UnknownVersionError(name, [*known, shipped.name])

    def plan_promotion(
        self, current: ActiveVersion, name: str, expected_active: str | None = None
    ) -> ActiveVersion:
        """Return what `promote` would write after another content of the file; see there."""
        version = self.find(name)
        if version.damaged:
            raise ModelDamagedError(version.damaged)
        self._require_active(current, expected_active)
        return current.promoting(None if version.folder == self._shipped else name)

    def plan_rollback(
        self, current: ActiveVersion, expected_active: str | None = None
    ) -> ActiveVersion:
        """Return what `rollback` would write after another content of the file; see there."""
        self._require_active(current, expected_active)
        versions = [self._check_named(name) for name in current.fallback_names]
        active = first_intact(versions)
        for position in range(versions.index(active) + 1, len(versions)):
            if not versions[position].damaged:
                return current.back_to(position)
        raise NoEarlierVersionError(active.name)

    def choice(self) -> ActiveVersion:
        """Return the content of the file that names the active version."""
        try:
            return read_active_version(self._active_file)
        except ModelDamagedError as error:
            logger.warning("%s; the shipped version is used until one is promoted", error)
            return ActiveVersion()

    def resolve(self, name: str | None) -> str:
        """Return the name of a version; None stands for the shipped one."""
        return self._check_shipped().name if name is None else name

    def added_names(self) -> list[str]:
        """Return the names of all versions but the shipped one, in any order and unchecked."""
        return [folder.name for folder in self._folders()]

    def verify(self) -> list[str]:
        """Check everything.

        Returns:
            A sentence for each problem. What interrupted changes left counts as one, unless a
            change or a retraining is in progress.
        """
        problems = [version.damaged for version in self.versions() if version.damaged]
        try:
            names = read_active_version(self._active_file).fallback_names
            missing = [name for name in names if name and not (self._versions / name).is_dir()]
            problems += [f"Version {name} was active, but its folder is gone." for name in missing]
        except ModelDamagedError as error:
            problems.append(f"{error}. Promote a version to write it again.")
        if not (is_locked(self._lock) or is_locked(self.retrain_lock)):
            problems += [f"{path} was left by an interrupted change." for path in self._leftovers()]
        return problems

    def plan_pruning(
        self, current: ActiveVersion, keep: int, in_use: Collection[str] = ()
    ) -> list[str]:
        """Return what `prune` would remove with another content of the file; see there."""
        needed = {*current.fallback_names, *in_use}
        old = [version.name for version in self.versions()[keep:-1]]
        return [name for name in old if name not in needed]

    def _require_active(self, current: ActiveVersion, expected: str | None) -> None:
        if expected is None:
            return
        active = first_intact(map(self._check_named, current.fallback_names)).name
        if active != expected:
            raise ActiveVersionChangedError(expected, active)

    def _folders(self) -> list[Path]:
        if not self._versions.is_dir():
            return []
        return [path for path in self._versions.iterdir() if VERSION_NAME.fullmatch(path.name)]

    def _leftovers(self) -> list[Path]:
        folders = [folder for folder in (self._folder, self._versions) if folder.is_dir()]
        pattern = f"{atomic_files.TEMPORARY_PREFIX}*"
        return [path for folder in folders for path in sorted(folder.glob(pattern))]

    def _check_shipped(self) -> Version:
        return self._check(self._shipped, shipped=True)

    def _check_named(self, name: str | None) -> Version:
        return self._check_shipped() if name is None else self._check(self._versions / name)

    def _active_file_is_readable(self) -> bool:
        try:
            read_active_version(self._active_file)
        except ModelDamagedError:
            return False
        return True
