"""Which versions of the model there are, which serves, and which would after a rollback."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from model.registry.registry import Registry
from model.registry.version import Version


@dataclass(frozen=True, slots=True)
class Lineup:
    """The versions there are, and what can be done with them."""

    versions: Sequence[Version]  # newest first, the shipped one last
    serving: str  # name of the version that serves
    before: str | None  # name of the one that would serve after a rollback, if there is one


async def look_at(registry: Registry) -> Lineup:
    """Find out what there is; all files are checked, which takes a moment.

    Raises:
        model.errors.ModelDamagedError: no version is whole.
    """
    return await asyncio.to_thread(_look_at, registry)


def _look_at(registry: Registry) -> Lineup:
    serving = registry.current().name
    whole = [version.name for version in registry.lineup() if not version.damaged]
    before = whole[whole.index(serving) + 1 :]
    return Lineup(registry.versions(), serving, before[0] if before else None)
