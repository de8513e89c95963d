"""All versions of the model, and which of them is active.

versions/<name>/     a version: a model folder as `model.network.manifest` describes, never changed
current.json         the active version and the ones before; without it, the shipped one is active
registry.lock        held while any of this is changed
retrain.lock         held while a new version is being made

The shipped model is always a version, too; it stays in its own folder. Every change happens in one
step, so that a process killed at any moment or a full disk leaves everything intact. Names that
begin with a dot are left by interrupted changes, and `clean_up` removes them.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from model.errors import ModelDamagedError, VersionExistsError
from model.network.manifest import read_manifest
from model.registry import atomic_files
from model.registry.active_version import ActiveVersion
from model.registry.file_lock import wait_for_lock
from model.registry.registry_reader import RegistryReader
from model.registry.version import VERSION_NAME, Version, check_files, check_version


class Registry(RegistryReader):
    """The versions in a folder, which any number of processes may use at once.

    See `RegistryReader` for the arguments.
    """

    def add(self, folder: Path) -> Version:
        """Copy a model folder in as a version, which is not active yet.

        Args:
            folder: holds a manifest, the files that it gives hashes of, and maybe other files; no
                folders.

        Returns:
            The version, named as its manifest says.

        Raises:
            ModelNotFoundError, ModelDamagedError: the folder is not a complete model.
            VersionExistsError: a version has this name already.
            OSError: it cannot be written, for example because the disk is full; nothing was added.
        """
        return self.install(*self.read(folder))

    def read(self, folder: Path) -> tuple[str, dict[str, bytes]]:
        """Return the version's name of a model folder that may be added, and its files by name.

        Raises:
            ModelNotFoundError, ModelDamagedError, VersionExistsError: see `add`.
            OSError: it cannot be read.
        """
        manifest = read_manifest(folder)
        if not VERSION_NAME.fullmatch(manifest.version):
            raise ModelDamagedError(
                f"{folder} calls its version {manifest.version!r}; expected up to 100 letters, "
                "digits, dots, dashes and underscores"
            )
        check_files(folder, manifest)
        if manifest.version == self.resolve(None):
            raise VersionExistsError(manifest.version)
        return manifest.version, {file.name: file.read_bytes() for file in sorted(folder.iterdir())}

    def install(self, name: str, files: Mapping[str, bytes]) -> Version:
        """Add a version whose files are in memory; see `add`.

        Args:
            name: of the version, which is also in its manifest.
            files: content by file name.

        Raises:
            ModelDamagedError: the files are not a complete model of this name; nothing was added.
            VersionExistsError, OSError: see `add`.
        """
        target = self._versions / name
        with wait_for_lock(self._lock):
            atomic_files.make_folders(self._versions)
            if target.exists():
                raise VersionExistsError(name)
            atomic_files.create_folder(target, files)
            added = check_version(target)
            if added.damaged:
                atomic_files.remove_folder(target)
                raise ModelDamagedError(added.damaged)
        return added

    def promote(self, name: str, expected_active: str | None = None) -> None:
        """Activate a version in every process that uses this registry.

        Args:
            name: the version; it may be active already.
            expected_active: name of the version that must be active until now; None: any.

        Raises:
            UnknownVersionError: no version has this name.
            ModelDamagedError: the version is damaged.
            ActiveVersionChangedError: another version than `expected_active` is, and stays, active.
            OSError: the choice cannot be written; nothing has changed.
        """
        with wait_for_lock(self._lock):
            current = self.choice()
            chosen = self.plan_promotion(current, name, expected_active)
            if chosen != current or not self._active_file_is_readable():
                chosen.write(self._active_file)

    def rollback(self, expected_active: str | None = None) -> str:
        """Activate the version that was active before. The one rolled back can be promoted again.

        Args:
            expected_active: name of the version that must be active until now; None: any.

        Returns:
            The name of the version that is active now.

        Raises:
            NoEarlierVersionError: there is none before, or none that is intact.
            ActiveVersionChangedError: another version than `expected_active` is, and stays, active.
            OSError: the choice cannot be written; nothing has changed.
        """
        with wait_for_lock(self._lock):
            chosen = self.plan_rollback(self.choice(), expected_active)
            chosen.write(self._active_file)
        return self.resolve(chosen.name)

    def set_choice(self, chosen: ActiveVersion) -> None:
        """Write the file that names the active version, unless it says the same already.

        Raises:
            OSError: it cannot be written; nothing has changed.
        """
        with wait_for_lock(self._lock):
            if chosen != self.choice():
                chosen.write(self._active_file)

    def prune(self, keep: int, in_use: Collection[str] = ()) -> list[str]:
        """Remove old versions, but never the active one, one a rollback needs, or the shipped one.

        Args:
            keep: how many of the newest stay in any case, at least 0.
            in_use: names of others that stay.

        Returns:
            The names of the removed versions.

        Raises:
            OSError: one could not be removed.
        """
        with wait_for_lock(self._lock):
            removed = self.plan_pruning(self.choice(), keep, in_use)
            for name in removed:
                atomic_files.remove_folder(self._versions / name)
        return removed

    def remove(self, name: str) -> None:
        """Remove a version if it is there and neither active nor needed for a rollback.

        Raises:
            OSError: it could not be removed.
        """
        with wait_for_lock(self._lock):
            if name in self.added_names() and name not in self.choice().fallback_names:
                atomic_files.remove_folder(self._versions / name)

    @contextmanager
    def unchanged(self) -> Iterator[dict[str, Path]]:
        """Let nobody change anything during the block.

        Yields:
            All files that make up the versions and the choice between them, by their path within
            the folder.
        """
        with wait_for_lock(self._lock):
            files = [file for folder in self._folders() for file in sorted(folder.iterdir())]
            if self._active_file.exists():
                files.append(self._active_file)
            yield {file.relative_to(self._folder).as_posix(): file for file in files}

    def clean_up(self) -> list[str]:
        """Remove what interrupted changes left; call it only while holding `retrain_lock`.

        Returns:
            The removed paths.
        """
        with wait_for_lock(self._lock):
            leftovers = self._leftovers()
            for path in leftovers:
                atomic_files.remove(path)
        return [str(path) for path in leftovers]
