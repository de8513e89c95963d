"""Which version is active, and how it changes."""

from pathlib import Path

import pytest

from model.errors import ActiveVersionChangedError, NoEarlierVersionError
from model.network.manifest import SHIPPED
from model.registry.registry import Registry
from tests.support.model_versions import SHIPPED_NAME, damage, model_folder, names


def test_at_first_the_shipped_model_is_active(empty_registry: Registry) -> None:
    assert empty_registry.active().folder == SHIPPED
    assert names(empty_registry) == [SHIPPED_NAME]
    assert empty_registry.verify() == []
    with pytest.raises(NoEarlierVersionError, match=SHIPPED_NAME):
        empty_registry.rollback()
    assert empty_registry.prune(keep=0) == []
    assert empty_registry.active().folder == SHIPPED


def test_promoted_versions_are_active_and_are_rolled_back_one_by_one(registry: Registry) -> None:
    assert registry.active().name == "c"
    assert [version.name for version in registry.fallback_order()] == [
        "c",
        "b",
        "a",
        SHIPPED_NAME,
    ]
    for name in ("b", "a", SHIPPED_NAME):
        assert registry.rollback() == name
        assert registry.active().name == name
    with pytest.raises(NoEarlierVersionError):
        registry.rollback()
    registry.promote("c")
    assert registry.active().name == "c"
    assert registry.rollback() == SHIPPED_NAME


def test_the_overview_has_the_versions_the_active_one_and_the_one_before(
    registry: Registry, folder: Path
) -> None:
    overview = registry.overview()
    assert list(overview.versions) == registry.versions()
    assert overview.active == registry.active()
    assert overview.previous == registry.find("b")
    damage(folder, "c")
    overview = registry.overview()
    assert overview.active.name == "b"
    assert overview.previous == registry.find("a")
    while registry.active().folder != SHIPPED:
        registry.rollback()
    assert registry.overview().previous is None


def test_promoting_the_active_version_changes_nothing(registry: Registry) -> None:
    before = registry.stamp()
    registry.promote("c")
    assert registry.stamp() == before
    assert registry.rollback() == "b"
    assert registry.stamp() != before


def test_the_shipped_model_can_be_promoted_too(registry: Registry) -> None:
    registry.promote(SHIPPED_NAME)
    assert registry.active().folder == SHIPPED
    assert registry.rollback() == "c"


def test_after_a_rollback_to_the_shipped_model_a_newer_shipped_one_is_active(
    registry: Registry, folder: Path, tmp_path: Path
) -> None:
    registry.promote(SHIPPED_NAME)
    upgraded = Registry(folder, shipped=model_folder(tmp_path / "release", "2.0"))
    assert upgraded.active().name == "2.0"
    assert upgraded.verify() == []


def test_a_change_that_expects_another_active_version_is_refused(registry: Registry) -> None:
    assert registry.rollback(expected_active="c") == "b"
    before = registry.stamp()
    for choose in (
        lambda: registry.rollback(expected_active="c"),
        lambda: registry.promote("a", "c"),
    ):
        with pytest.raises(ActiveVersionChangedError, match="c to be active, but b is"):
            choose()
    assert registry.stamp() == before
    registry.promote("a", expected_active="b")
    assert registry.active().name == "a"


def test_pruning_keeps_new_versions_those_in_use_and_rollback_targets(
    empty_registry: Registry, tmp_path: Path
) -> None:
    for day in range(1, 10):
        empty_registry.add(model_folder(tmp_path / "made", f"v{day}", f"2026-03-0{day}"))
    empty_registry.promote("v2")
    empty_registry.promote("v4")
    assert empty_registry.prune(keep=2, in_use=["v1"]) == ["v7", "v6", "v5", "v3"]
    assert names(empty_registry) == ["v9", "v8", "v4", "v2", "v1", SHIPPED_NAME]
    assert empty_registry.verify() == []
    assert empty_registry.rollback() == "v2"
    assert empty_registry.prune(keep=0) == ["v9", "v8", "v4", "v1"]
    assert empty_registry.active().name == "v2"


def test_five_rollbacks_are_possible_and_then_one_to_the_shipped_model(
    empty_registry: Registry, tmp_path: Path
) -> None:
    for day in range(1, 10):
        empty_registry.add(model_folder(tmp_path / "made", f"v{day}", f"2026-03-0{day}"))
        empty_registry.promote(f"v{day}")
    rolled_back_to = [empty_registry.rollback() for _ in range(6)]
    assert rolled_back_to == ["v8", "v7", "v6", "v5", "v4", SHIPPED_NAME]
