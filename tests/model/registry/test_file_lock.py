import subprocess
import sys
import threading
from pathlib import Path

import pytest

from model.errors import AlreadyRunningError
from model.registry.file_lock import acquire_lock, is_locked, wait_for_lock

HOLDER = """
import sys
from pathlib import Path
from model.registry.file_lock import acquire_lock
with acquire_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    return tmp_path / "models" / "retrain.lock"


def test_it_can_be_held_once_only(lock: Path) -> None:
    assert not is_locked(lock)
    with acquire_lock(lock):
        assert is_locked(lock)
        with pytest.raises(AlreadyRunningError, match=r"retrain\.lock"), acquire_lock(lock):
            pass
        assert is_locked(lock)
    assert not is_locked(lock)
    with acquire_lock(lock):
        assert is_locked(lock)


def test_it_is_let_go_of_after_an_error(lock: Path) -> None:
    with pytest.raises(ValueError, match="oops"), acquire_lock(lock):
        raise ValueError("oops")
    assert not is_locked(lock)


def test_it_dies_with_its_owner(lock: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, lock], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        assert is_locked(lock)
        with pytest.raises(AlreadyRunningError), acquire_lock(lock):
            pass
        holder.kill()
        holder.wait()
        assert not is_locked(lock)
        with acquire_lock(lock):
            pass


def test_looking_at_it_never_makes_taking_it_fail(lock: Path) -> None:
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            is_locked(lock)

    curious = [threading.Thread(target=look) for _ in range(3)]
    for thread in curious:
        thread.start()
    for _ in range(300):
        with acquire_lock(lock):
            pass
    done.set()
    for thread in curious:
        thread.join()


def test_whoever_waits_has_it_next(lock: Path) -> None:
    order: list[str] = []

    def wait() -> None:
        with wait_for_lock(lock):
            order.append("second")

    thread = threading.Thread(target=wait)
    with wait_for_lock(lock):
        thread.start()
        order.append("first")
    thread.join()
    assert order == ["first", "second"]
