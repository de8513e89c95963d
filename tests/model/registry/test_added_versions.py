"""Which model folders the registry accepts."""

import json
import os
from pathlib import Path

import pytest

from model.errors import (
    ModelDamagedError,
    ModelNotFoundError,
    UnknownVersionError,
    VersionExistsError,
)
from model.network.manifest import KERAS_FILE, LITERT_FILE
from model.registry.registry import Registry
from tests.support.model_versions import SHIPPED_NAME, model_folder, names


def test_an_added_version_is_complete_and_not_active(
    empty_registry: Registry, tmp_path: Path
) -> None:
    made = model_folder(tmp_path, "new")
    (made / "decision.json").write_text('{"decision": "keep"}')
    added = empty_registry.add(made)
    assert added.name == "new"
    assert added.damaged is None
    assert {file.name: file.read_bytes() for file in added.folder.iterdir()} == {
        file.name: file.read_bytes() for file in made.iterdir()
    }
    assert empty_registry.find("new") == added
    assert empty_registry.active().name == SHIPPED_NAME
    assert empty_registry.verify() == []


def test_versions_are_sorted_newest_first_and_the_shipped_one_last(
    registry: Registry, tmp_path: Path
) -> None:
    registry.add(model_folder(tmp_path, "older", "2026-01-01"))
    assert names(registry) == ["c", "b", "a", "older", SHIPPED_NAME]


def test_of_versions_made_on_one_day_the_one_added_last_comes_first(
    empty_registry: Registry, tmp_path: Path
) -> None:
    for name, added_at in (("b", 1), ("c", 2), ("a", 3)):
        added = empty_registry.add(model_folder(tmp_path, name, "2026-02-01"))
        os.utime(added.folder, ns=(added_at, added_at))
    assert names(empty_registry) == ["a", "c", "b", SHIPPED_NAME]


def test_the_error_for_an_unknown_version_lists_the_known_ones(registry: Registry) -> None:
    for name in ("d", "", "..", "../versions/a", "/etc", ".hidden"):
        with pytest.raises(UnknownVersionError) as caught:
            registry.promote(name)
        assert set(caught.value.known) == {"a", "b", "c", SHIPPED_NAME}
    with pytest.raises(UnknownVersionError, match=f"'d'. There are: {SHIPPED_NAME}, a, b, c"):
        registry.find("d")


def test_an_existing_version_is_never_replaced(
    registry: Registry, tmp_path: Path, folder: Path
) -> None:
    other = model_folder(tmp_path / "other", "b", size=99)
    with pytest.raises(VersionExistsError, match="b already"):
        registry.add(other)
    with pytest.raises(VersionExistsError):
        registry.add(model_folder(tmp_path / "other", SHIPPED_NAME))
    assert len((folder / "versions" / "b" / LITERT_FILE).read_bytes()) < 99
    assert registry.verify() == []


@pytest.mark.parametrize("name", ["../outside", ".hidden", "", "a b", "ä", "x" * 101])
def test_version_names_that_are_unsafe_as_folder_names_are_refused(
    empty_registry: Registry, tmp_path: Path, name: str
) -> None:
    made = model_folder(tmp_path, "new")
    fields = json.loads((made / "manifest.json").read_text())
    (made / "manifest.json").write_text(json.dumps({**fields, "version": name}))
    with pytest.raises(ModelDamagedError, match="letters, digits"):
        empty_registry.add(made)
    assert names(empty_registry) == [SHIPPED_NAME]


def test_incomplete_model_folders_are_not_added(empty_registry: Registry, tmp_path: Path) -> None:
    changed = model_folder(tmp_path, "changed")
    (changed / LITERT_FILE).write_bytes(b"changed")
    with pytest.raises(ModelDamagedError, match=r"mood\.tflite"):
        empty_registry.add(changed)
    lacking = model_folder(tmp_path, "lacking")
    (lacking / KERAS_FILE).unlink()
    with pytest.raises(ModelNotFoundError, match=r"mood\.keras"):
        empty_registry.add(lacking)
    with pytest.raises(ModelNotFoundError, match=r"manifest\.json"):
        empty_registry.add(tmp_path)
    assert names(empty_registry) == [SHIPPED_NAME]
    assert empty_registry.verify() == []
