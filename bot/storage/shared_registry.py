"""The versions of the model for several bots: in the database of a server, copied to each folder.

With SQLite the folder `models` of the data folder is all there is, and nothing here looks into the
database. On a server the database has the last word: every change is made there first, in a
transaction that checks what was active, and then in the folder. Each process follows what others
have changed. What a folder has that the database never had is stored there at the start of a bot.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Iterable
from functools import partial
from pathlib import Path
from typing import NoReturn

from bot.errors import StorageError
from bot.log_limit import LogLimit
from bot.storage import model_versions
from bot.storage.database import Database
from bot.storage.model_versions import StoredVersions
from model.errors import ModelDamagedError, UnknownVersionError, VersionExistsError
from model.registry.active_version import ActiveVersion
from model.registry.registry import Registry
from model.registry.version import Version

FOLLOW_EVERY_S = 2.0

logger = logging.getLogger(__name__)


class SharedRegistry:
    """Changes versions in the database and in a folder, and brings the folder up to date.

    Args:
        database: None if it is known to be SQLite, and not open.
        registry: the versions in the folder.
    """

    def __init__(self, database: Database | None, registry: Registry) -> None:
        self._database = database if database is not None and database.is_shared else None
        self._registry = registry
        self._followed: int | None = None  # the revision that the folder is at
        self._log_limit = LogLimit()

    async def start(self) -> None:
        """Store what only this folder has, and get the version that is active.

        Raises:
            StorageError: the database cannot be used.
            ModelError, OSError: a version cannot be read or written.
        """
        if self._database is None:
            return
        await self.store_own()
        stored = await model_versions.load(self._database)
        for name in stored.choice.fallback_names:
            await self._get_missing(self._database, [name], stored)
            if name is None or await asyncio.to_thread(self._is_intact, name):
                break
        if stored.is_chosen:
            await asyncio.to_thread(self._registry.set_choice, stored.choice)

    async def store_own(self) -> None:
        """Store the versions that the database never had, and the choice if it has none.

        Raises:
            StorageError: the database cannot be used.
            ModelError, OSError: a version cannot be read.
        """
        database = self._database
        if database is None:
            return
        stored = await model_versions.load(database)
        known = {*stored.names, *stored.removed}
        versions = await asyncio.to_thread(self._registry.versions)
        for version in reversed(versions[:-1]):  # the oldest first, without the shipped one
            if version.name in known or version.damaged:
                continue
            name, files = await asyncio.to_thread(self._registry.read, version.folder)
            if await model_versions.add(database, name, files, _now()):
                logger.info("Version %s is in the database now", name)
        choice = await asyncio.to_thread(self._registry.choice)
        if choice == ActiveVersion():
            return  # an empty folder says nothing
        stored = await model_versions.load(database)
        while not stored.is_chosen:
            await model_versions.choose(database, choice, stored.revision, _now())
            stored = await model_versions.load(database)

    async def follow(self) -> None:
        """Bring the folder to what the database has, if that has changed.

        Raises:
            StorageError: the database cannot be read.
            OSError: a version cannot be written or removed.
        """
        if self._database is None:
            return
        if await model_versions.load_revision(self._database) == self._followed:
            return
        stored = await model_versions.load(self._database)
        await self._get_missing(self._database, stored.choice.fallback_names, stored)
        if stored.is_chosen:
            await asyncio.to_thread(self._registry.set_choice, stored.choice)
        await self._get_missing(self._database, stored.names, stored)
        for name in stored.removed:
            await asyncio.to_thread(self._registry.remove, name)
        self._followed = stored.revision

    async def run(self) -> NoReturn:
        """Follow until cancelled."""
        while True:
            try:
                await self.follow()
            except (StorageError, OSError) as error:
                text = "The versions of the model are looked at again later: %s"
                self._log_limit.log(logger, logging.WARNING, "follow", text, error)
            except Exception as error:
                text = "The versions of the model are looked at again later"
                self._log_limit.log(logger, logging.ERROR, "bug", text, exc_info=error)
            await asyncio.sleep(FOLLOW_EVERY_S)

    async def add(self, folder: Path) -> Version:
        """Add a model folder; see `Registry.add`.

        Raises:
            StorageError: nothing was added.
        """
        if self._database is None:
            return await asyncio.to_thread(self._registry.add, folder)
        name, files = await asyncio.to_thread(self._registry.read, folder)
        if not await model_versions.add(self._database, name, files, _now()):
            raise VersionExistsError(name)
        return await asyncio.to_thread(self._registry.install, name, files)

    async def promote(self, name: str, expected_active: str | None = None) -> None:
        """Activate a version everywhere; see `Registry.promote`.

        Raises:
            StorageError: nothing has changed.
        """
        if self._database is None:
            await asyncio.to_thread(self._registry.promote, name, expected_active)
            return
        plan = partial(self._registry.plan_promotion, name=name, expected_active=expected_active)
        await self._choose(self._database, plan)

    async def rollback(self, expected_active: str | None = None) -> str:
        """Activate the version that was active before; see `Registry.rollback`.

        Raises:
            StorageError: nothing has changed.
        """
        if self._database is None:
            return await asyncio.to_thread(self._registry.rollback, expected_active)
        plan = partial(self._registry.plan_rollback, expected_active=expected_active)
        chosen = await self._choose(self._database, plan)
        return await asyncio.to_thread(self._registry.resolve, chosen.name)

    async def prune(self, keep: int, in_use: Collection[str] = ()) -> list[str]:
        """Remove old versions everywhere; see `Registry.prune`.

        Raises:
            StorageError: nothing was removed.
        """
        if self._database is None:
            return await asyncio.to_thread(self._registry.prune, keep, in_use)
        while True:
            stored = await model_versions.load(self._database)
            plan = partial(self._registry.plan_pruning, stored.choice, keep, in_use)
            old = await asyncio.to_thread(plan)
            if not old or await model_versions.remove(self._database, old, stored.revision):
                break
        for name in old:
            await asyncio.to_thread(self._registry.remove, name)
        return old

    async def _choose(
        self, database: Database, plan: Callable[[ActiveVersion], ActiveVersion]
    ) -> ActiveVersion:
        """Store what follows from the choice in the database, and then in the folder."""
        while True:
            stored = await model_versions.load(database)
            current = stored.choice if stored.is_chosen else self._registry.choice()
            chosen = await asyncio.to_thread(plan, current)
            if chosen.name is not None and chosen.name not in stored.names:
                await self.store_own()  # somebody put it into the folder meanwhile
            elif await model_versions.choose(database, chosen, stored.revision, _now()):
                break  # otherwise somebody else was faster, and it may not be right any more
        try:
            await asyncio.to_thread(self._registry.set_choice, chosen)
        except OSError as error:  # the other bots have it; this one follows when it can
            logger.error("The active version cannot be written to the folder: %s", error)
        return chosen

    async def _get_missing(
        self, database: Database, names: Iterable[str | None], stored: StoredVersions
    ) -> None:
        """Copy those versions into the folder that the database has and the folder has not."""
        for name in names:
            if name in stored.names and name not in self._registry.added_names():
                await self._get(database, name)

    async def _get(self, database: Database, name: str) -> None:
        start = time.monotonic()
        files = await model_versions.load_files(database, name)
        try:
            await asyncio.to_thread(self._registry.install, name, files)
        except VersionExistsError:
            return  # another process with the same folder was faster
        except ModelDamagedError as error:
            logger.error("The database has a damaged version: %s", error)
            return
        size, took_s = sum(map(len, files.values())) / 1e6, time.monotonic() - start
        logger.info("Version %s came from the database: %.1f MB in %.1f s", name, size, took_s)

    def _is_intact(self, name: str) -> bool:
        try:
            return not self._registry.find(name).damaged
        except UnknownVersionError:
            return False


def _now() -> int:
    return round(time.time())
