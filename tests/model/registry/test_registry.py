import errno
import json
import logging
import os
import threading
from pathlib import Path

import pytest

from model.errors import (
    ActiveVersionChangedError,
    ModelDamagedError,
    ModelNotFoundError,
    NoEarlierVersionError,
    UnknownVersionError,
    VersionExistsError,
)
from model.network.manifest import KERAS_FILE, LITERT_FILE, SHIPPED, read_manifest
from model.registry.file_lock import acquire_lock, wait_for_lock
from model.registry.registry import Registry
from tests.support.model_versions import model_folder

SHIPPED_NAME = read_manifest(SHIPPED).version


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


def names(registry: Registry) -> list[str]:
    return [version.name for version in registry.versions()]


def damage(folder: Path, name: str) -> None:
    (folder / "versions" / name / LITERT_FILE).write_bytes(b"something else")


def test_at_first_the_shipped_model_is_active(empty_registry: Registry) -> None:
    assert empty_registry.active().folder == SHIPPED
    assert names(empty_registry) == [SHIPPED_NAME]
    assert empty_registry.verify() == []
    with pytest.raises(NoEarlierVersionError, match=SHIPPED_NAME):
        empty_registry.rollback()
    assert empty_registry.prune(keep=0) == []
    assert empty_registry.active().folder == SHIPPED


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


def test_only_a_registry_with_cached_checks_overlooks_later_damage(
    registry: Registry, folder: Path
) -> None:
    cached = registry.with_cached_checks()
    assert cached.active().name == "c"
    damage(folder, "c")
    assert cached.active().name == "c"
    assert registry.active().name == "b"


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


def test_concurrent_rollbacks_of_one_version_happen_once(registry: Registry) -> None:
    outcomes: list[str] = []

    def roll_back() -> None:
        try:
            outcomes.append(registry.rollback(expected_active="c"))
        except ActiveVersionChangedError as error:
            outcomes.append(f"already {error.active}")

    threads = [threading.Thread(target=roll_back) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["already b", "already b", "already b", "b"]
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


def test_a_renamed_folder_is_damaged(registry: Registry, folder: Path) -> None:
    (folder / "versions" / "a").rename(folder / "versions" / "z")
    assert "holds version a" in (registry.find("z").damaged or "")


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


def test_leftovers_are_reported_and_removed(registry: Registry, folder: Path) -> None:
    leftovers = [folder / ".current.json-0a1b", folder / "versions" / ".d-2c3d"]
    leftovers[0].write_text("{")
    leftovers[1].mkdir()
    (leftovers[1] / "mood.keras").write_bytes(b"half of i")
    problems = registry.verify()
    assert [str(path) in line for path, line in zip(leftovers, problems, strict=True)] == [
        True,
        True,
    ]
    assert names(registry) == ["c", "b", "a", SHIPPED_NAME]
    with acquire_lock(registry.retrain_lock):
        assert registry.verify() == []  # they may belong to the holder of the lock
        assert registry.clean_up() == [str(path) for path in leftovers]
    assert registry.verify() == []
    assert registry.active().name == "c"


@pytest.mark.parametrize("free", range(7))
def test_on_a_full_disk_a_change_happens_completely_or_not_at_all(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int
) -> None:
    new = model_folder(tmp_path, "d", "2026-04-01")
    room = [free]
    real = os.fsync

    def fsync(handle: int) -> None:
        """Succeed while there is room, then fail as on a full disk."""
        if not room[0]:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        room[0] -= 1
        real(handle)

    def change() -> None:
        registry.add(new)
        registry.promote("d")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fsync)
        with pytest.raises(OSError, match="No space left"):
            change()
    assert registry.verify() == []
    assert registry.active().name in ("c", "d")
    assert registry.active().name == "c" or free == 6
    if "d" not in names(registry):
        registry.add(new)
    registry.promote("d")
    assert registry.active().name == "d"


def test_concurrent_changes_are_all_made(registry: Registry, tmp_path: Path) -> None:
    made = [model_folder(tmp_path, f"n{number}") for number in range(8)]
    threads = [threading.Thread(target=registry.add, args=(one,)) for one in made]
    threads += [threading.Thread(target=registry.promote, args=(name,)) for name in "abab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(names(registry)) == 12
    assert registry.verify() == []
    assert {version.name for version in registry.fallback_order()} == {
        "a",
        "b",
        "c",
        SHIPPED_NAME,
    }


def test_a_change_waits_for_the_one_in_progress(registry: Registry, folder: Path) -> None:
    change = threading.Thread(target=registry.rollback)
    with wait_for_lock(folder / "registry.lock"):
        change.start()
        assert registry.active().name == "c"  # reading does not wait
    change.join()
    assert registry.active().name == "b"
