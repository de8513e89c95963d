"""Changes of the registry that meet another one, a full disk, or what a killed process left."""

import errno
import os
import threading
from pathlib import Path

import pytest

from model.errors import ActiveVersionChangedError
from model.registry.file_lock import acquire_lock, wait_for_lock
from model.registry.registry import Registry
from tests.support.model_versions import SHIPPED_NAME, model_folder, names


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
