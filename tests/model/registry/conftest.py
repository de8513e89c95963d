from pathlib import Path

import pytest

from model.registry.registry import Registry
from tests.support.model_versions import model_folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data" / "models"


@pytest.fixture
def empty_registry(folder: Path) -> Registry:
    return Registry(folder)


@pytest.fixture
def registry(empty_registry: Registry, tmp_path: Path) -> Registry:
    """Return a registry in which a, b and c were added and promoted in this order."""
    for day, name in enumerate("abc", start=1):
        empty_registry.add(model_folder(tmp_path / "made", name, f"2026-02-0{day}"))
        empty_registry.promote(name)
    return empty_registry
