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
def registry(folder: Path) -> Registry:
    return Registry(folder)


@pytest.fixture
def three(registry: Registry, tmp_path: Path) -> Registry:
    """Versions a, b, c were promoted one after the other."""
    for day, name in enumerate("abc", start=1):
        registry.add(model_folder(tmp_path / "made", name, f"2026-02-0{day}"))
        registry.promote(name)
    return registry


def names(registry: Registry) -> list[str]:
    return [version.name for version in registry.versions()]


def damage(folder: Path, name: str) -> None:
    (folder / "versions" / name / LITERT_FILE).write_bytes(b"something else")


def test_at_first_the_shipped_model_serves(registry: Registry) -> None:
    assert registry.active().folder == SHIPPED
    assert names(registry) == [SHIPPED_NAME]
    assert registry.verify() == []
    with pytest.raises(NoEarlierVersionError, match=SHIPPED_NAME):
        registry.rollback()
    assert registry.prune(keep=0) == []
    assert registry.active().folder == SHIPPED


def test_what_is_added_is_there_whole_but_does_not_serve(
    registry: Registry, tmp_path: Path
) -> None:
    made = model_folder(tmp_path, "new")
    (made / "decision.json").write_text('{"decision": "keep"}')
    added = registry.add(made)
    assert added.name == "new"
    assert added.damaged is None
    assert {file.name: file.read_bytes() for file in added.folder.iterdir()} == {
        file.name: file.read_bytes() for file in made.iterdir()
    }
    assert registry.find("new") == added
    assert registry.active().name == SHIPPED_NAME
    assert registry.verify() == []


def test_the_newest_comes_first_and_the_shipped_one_last(three: Registry, tmp_path: Path) -> None:
    three.add(model_folder(tmp_path, "older", "2026-01-01"))
    assert names(three) == ["c", "b", "a", "older", SHIPPED_NAME]


def test_promoted_versions_serve_and_are_rolled_back_one_by_one(three: Registry) -> None:
    assert three.active().name == "c"
    assert [version.name for version in three.fallback_order()] == ["c", "b", "a", SHIPPED_NAME]
    for name in ("b", "a", SHIPPED_NAME):
        assert three.rollback() == name
        assert three.active().name == name
    with pytest.raises(NoEarlierVersionError):
        three.rollback()
    three.promote("c")
    assert three.active().name == "c"
    assert three.rollback() == SHIPPED_NAME


def test_promoting_what_serves_already_changes_nothing(three: Registry) -> None:
    before = three.stamp()
    three.promote("c")
    assert three.stamp() == before
    assert three.rollback() == "b"
    assert three.stamp() != before


def test_the_shipped_model_can_be_promoted_too(three: Registry) -> None:
    three.promote(SHIPPED_NAME)
    assert three.active().folder == SHIPPED
    assert three.rollback() == "c"


def test_after_going_back_to_the_shipped_model_a_newer_shipped_one_serves(
    three: Registry, folder: Path, tmp_path: Path
) -> None:
    three.promote(SHIPPED_NAME)
    upgraded = Registry(folder, shipped=model_folder(tmp_path / "release", "2.0"))
    assert upgraded.active().name == "2.0"
    assert upgraded.verify() == []


def test_a_choice_made_in_view_of_another_version_changes_nothing(three: Registry) -> None:
    assert three.rollback(expected_active="c") == "b"
    before = three.stamp()
    for choose in (lambda: three.rollback(expected_active="c"), lambda: three.promote("a", "c")):
        with pytest.raises(ActiveVersionChangedError, match="c to be active, but b is"):
            choose()
    assert three.stamp() == before
    three.promote("a", expected_active="b")
    assert three.active().name == "a"


def test_two_who_roll_back_the_same_version_go_back_once(three: Registry) -> None:
    outcomes: list[str] = []

    def roll_back() -> None:
        try:
            outcomes.append(three.rollback(expected_active="c"))
        except ActiveVersionChangedError as error:
            outcomes.append(f"already {error.active}")

    threads = [threading.Thread(target=roll_back) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["already b", "already b", "already b", "b"]
    assert three.active().name == "b"


def test_a_damaged_version_is_refused_by_name_and_the_one_before_serves(
    three: Registry, folder: Path
) -> None:
    damage(folder, "c")
    first, *_ = three.fallback_order()
    assert first.damaged is not None
    assert first.damaged.startswith("Version c is damaged: ")
    assert LITERT_FILE in first.damaged
    assert three.active().name == "b"
    damage(folder, "b")
    assert three.active().name == "a"
    assert len(three.verify()) == 2
    with pytest.raises(ModelDamagedError, match="Version b is damaged"):
        three.promote("b")
    # What is rolled back is what serves, not what should have.
    assert three.rollback() == SHIPPED_NAME


def test_a_version_whose_folder_was_deleted_is_named_and_the_one_before_serves(
    three: Registry, folder: Path
) -> None:
    (folder / "versions" / "c").rename(folder.parent / "c")
    assert three.active().name == "b"
    assert three.verify() == ["Version c was active, but its folder is gone."]


def test_when_nothing_is_whole_the_error_says_so(folder: Path, tmp_path: Path) -> None:
    shipped = model_folder(tmp_path, "1.0")
    (shipped / KERAS_FILE).unlink()
    with pytest.raises(ModelDamagedError, match=r"No version .* 1\.0 is damaged.*mood\.keras"):
        Registry(folder, shipped).active()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 7, "previous": []}', '{"version": 1'])
def test_a_pointer_that_is_none_is_told_and_written_anew(
    three: Registry, folder: Path, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    (folder / "current.json").write_text(text)
    with caplog.at_level(logging.WARNING):
        assert three.active().name == SHIPPED_NAME
    assert "current.json" in caplog.text
    (problem,) = three.verify()
    assert "current.json" in problem
    three.promote("b")
    assert three.active().name == "b"
    assert three.verify() == []
    (folder / "current.json").write_text(text)
    three.promote(SHIPPED_NAME)
    assert three.verify() == []


def test_a_version_that_is_not_known_is_told_with_those_that_are(three: Registry) -> None:
    for name in ("d", "", "..", "../versions/a", "/etc", ".hidden"):
        with pytest.raises(UnknownVersionError) as caught:
            three.promote(name)
        assert set(caught.value.known) == {"a", "b", "c", SHIPPED_NAME}
    with pytest.raises(UnknownVersionError, match=f"'d'. There are: {SHIPPED_NAME}, a, b, c"):
        three.find("d")


def test_versions_are_never_changed(three: Registry, tmp_path: Path, folder: Path) -> None:
    other = model_folder(tmp_path / "other", "b", size=99)
    with pytest.raises(VersionExistsError, match="b already"):
        three.add(other)
    with pytest.raises(VersionExistsError):
        three.add(model_folder(tmp_path / "other", SHIPPED_NAME))
    assert len((folder / "versions" / "b" / LITERT_FILE).read_bytes()) < 99
    assert three.verify() == []


@pytest.mark.parametrize("name", ["../outside", ".hidden", "", "a b", "ä", "x" * 101])
def test_names_that_are_no_names_of_folders_are_refused(
    registry: Registry, tmp_path: Path, name: str
) -> None:
    made = model_folder(tmp_path, "new")
    fields = json.loads((made / "manifest.json").read_text())
    (made / "manifest.json").write_text(json.dumps({**fields, "version": name}))
    with pytest.raises(ModelDamagedError, match="letters, digits"):
        registry.add(made)
    assert names(registry) == [SHIPPED_NAME]


def test_what_is_not_whole_is_not_added(registry: Registry, tmp_path: Path) -> None:
    changed = model_folder(tmp_path, "changed")
    (changed / LITERT_FILE).write_bytes(b"changed")
    with pytest.raises(ModelDamagedError, match=r"mood\.tflite"):
        registry.add(changed)
    lacking = model_folder(tmp_path, "lacking")
    (lacking / KERAS_FILE).unlink()
    with pytest.raises(ModelNotFoundError, match=r"mood\.keras"):
        registry.add(lacking)
    with pytest.raises(ModelNotFoundError, match=r"manifest\.json"):
        registry.add(tmp_path)
    assert names(registry) == [SHIPPED_NAME]
    assert registry.verify() == []


def test_a_folder_that_was_renamed_is_no_version(three: Registry, folder: Path) -> None:
    (folder / "versions" / "a").rename(folder / "versions" / "z")
    assert "holds version a" in (three.find("z").damaged or "")


def test_pruning_keeps_what_is_new_in_use_or_may_be_gone_back_to(
    registry: Registry, tmp_path: Path
) -> None:
    for day in range(1, 10):
        registry.add(model_folder(tmp_path / "made", f"v{day}", f"2026-03-0{day}"))
    registry.promote("v2")
    registry.promote("v4")
    assert registry.prune(keep=2, in_use=["v1"]) == ["v7", "v6", "v5", "v3"]
    assert names(registry) == ["v9", "v8", "v4", "v2", "v1", SHIPPED_NAME]
    assert registry.verify() == []
    assert registry.rollback() == "v2"
    assert registry.prune(keep=0) == ["v9", "v8", "v4", "v1"]
    assert registry.active().name == "v2"


def test_one_can_go_back_five_times_and_then_to_the_shipped_model(
    registry: Registry, tmp_path: Path
) -> None:
    for day in range(1, 10):
        registry.add(model_folder(tmp_path / "made", f"v{day}", f"2026-03-0{day}"))
        registry.promote(f"v{day}")
    gone = [registry.rollback() for _ in range(6)]
    assert gone == ["v8", "v7", "v6", "v5", "v4", SHIPPED_NAME]


def test_leftovers_are_told_and_cleaned_up(three: Registry, folder: Path) -> None:
    leftovers = [folder / ".current.json-0a1b", folder / "versions" / ".d-2c3d"]
    leftovers[0].write_text("{")
    leftovers[1].mkdir()
    (leftovers[1] / "mood.keras").write_bytes(b"half of i")
    told = three.verify()
    assert [str(path) in line for path, line in zip(leftovers, told, strict=True)] == [True, True]
    assert names(three) == ["c", "b", "a", SHIPPED_NAME]
    with acquire_lock(three.retrain_lock):
        assert three.verify() == []  # they may be somebody's work
        assert three.clean_up() == [str(path) for path in leftovers]
    assert three.verify() == []
    assert three.active().name == "c"


@pytest.mark.parametrize("free", range(7))
def test_on_a_full_disk_a_change_is_made_wholly_or_not_at_all(
    three: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int
) -> None:
    new = model_folder(tmp_path, "d", "2026-04-01")
    room = [free]
    real = os.fsync

    def fsync(handle: int) -> None:
        """Room for so many more; then the system says what it says when it is full."""
        if not room[0]:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        room[0] -= 1
        real(handle)

    def change() -> None:
        three.add(new)
        three.promote("d")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fsync)
        with pytest.raises(OSError, match="No space left"):
            change()
    assert three.verify() == []
    assert three.active().name in ("c", "d")
    assert three.active().name == "c" or free == 6
    if "d" not in names(three):
        three.add(new)
    three.promote("d")
    assert three.active().name == "d"


def test_changes_by_several_at_once_do_not_lose_each_other(three: Registry, tmp_path: Path) -> None:
    made = [model_folder(tmp_path, f"n{number}") for number in range(8)]
    threads = [threading.Thread(target=three.add, args=(one,)) for one in made]
    threads += [threading.Thread(target=three.promote, args=(name,)) for name in "abab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(names(three)) == 12
    assert three.verify() == []
    assert {version.name for version in three.fallback_order()} == {"a", "b", "c", SHIPPED_NAME}


def test_a_change_waits_for_the_one_under_way(three: Registry, folder: Path) -> None:
    change = threading.Thread(target=three.rollback)
    with wait_for_lock(folder / "registry.lock"):
        change.start()
        assert three.active().name == "c"  # reading waits for nobody
    change.join()
    assert three.active().name == "b"
