"""Versions and files of the registry that are damaged."""

import logging
from pathlib import Path

import pytest

from model.errors import ModelDamagedError
from model.network.manifest import KERAS_FILE, LITERT_FILE
from model.registry.registry import Registry
from tests.support.model_versions import SHIPPED_NAME, damage, model_folder


def test_only_a_registry_with_cached_checks_overlooks_later_damage(
    registry: Registry, folder: Path
) -> None:
    cached = registry.with_cached_checks()
    assert cached.active().name == "c"
    damage(folder, "c")
    assert cached.active().name == "c"
    assert registry.active().name == "b"


def test_if_the_active_version_is_damaged_the_one_before_is_used(
    registry: Registry, folder: Path
) -> None:
    damage(folder, "c")
    first, *_ = registry.fallback_order()
    assert first.damaged is not None
    assert first.damaged.startswith("Version c is damaged: ")
    assert LITERT_FILE in first.damaged
    assert registry.active().name == "b"
    damage(folder, "b")
    assert registry.active().name == "a"
    assert len(registry.verify()) == 2
    with pytest.raises(ModelDamagedError, match="Version b is damaged"):
        registry.promote("b")
    # Rolled back is the version in use, not the damaged ones that were chosen.
    assert registry.rollback() == SHIPPED_NAME


def test_if_the_active_version_is_deleted_the_one_before_is_used(
    registry: Registry, folder: Path
) -> None:
    (folder / "versions" / "c").rename(folder.parent / "c")
    assert registry.active().name == "b"
    assert registry.verify() == ["Version c was active, but its folder is gone."]


def test_if_all_versions_are_damaged_the_error_says_so(folder: Path, tmp_path: Path) -> None:
    shipped = model_folder(tmp_path, "1.0")
    (shipped / KERAS_FILE).unlink()
    with pytest.raises(ModelDamagedError, match=r"No version .* 1\.0 is damaged.*mood\.keras"):
        Registry(folder, shipped).active()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 7, "previous": []}', '{"version": 1'])
def test_an_unreadable_file_of_the_active_version_is_reported_and_replaced(
    registry: Registry, folder: Path, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    (folder / "current.json").write_text(text)
    with caplog.at_level(logging.WARNING):
        assert registry.active().name == SHIPPED_NAME
    assert "current.json" in caplog.text
    (problem,) = registry.verify()
    assert "current.json" in problem
    registry.promote("b")
    assert registry.active().name == "b"
    assert registry.verify() == []
    (folder / "current.json").write_text(text)
    registry.promote(SHIPPED_NAME)
    assert registry.verify() == []


def test_a_renamed_folder_is_damaged(registry: Registry, folder: Path) -> None:
    (folder / "versions" / "a").rename(folder / "versions" / "z")
    assert "holds version a" in (registry.find("z").damaged or "")
