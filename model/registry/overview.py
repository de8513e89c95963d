"""All versions of the model at one moment, with the result of their check."""

from collections.abc import Sequence
from dataclasses import dataclass

from model.registry.version import Version, first_intact


@dataclass(frozen=True, slots=True)
class VersionOverview:
    """All versions, which of them is active, and which one a rollback would activate.

    Attributes:
        versions: newest first, the shipped one last.
        fallback_order: the version that was chosen, then those that take its place if it is
            damaged or rolled back; the shipped one last.
    """

    versions: Sequence[Version]
    fallback_order: Sequence[Version]

    def find(self, name: str) -> Version | None:
        """Return the version with a name, if there is one."""
        return next((version for version in self.versions if version.name == name), None)

    @property
    def intact(self) -> list[Version]:
        """The part of the fallback order that can be used; the first one is active."""
        return [version for version in self.fallback_order if not version.damaged]

    @property
    def active(self) -> Version:
        """The version in use.

        Raises:
            ModelDamagedError: no version is intact.
        """
        return first_intact(self.fallback_order)

    @property
    def previous(self) -> Version | None:
        """The version that a rollback would activate, if there is one."""
        return next(iter(self.intact[1:]), None)
