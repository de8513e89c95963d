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


def test_a_lock_has_only_one_holder(lock: Path) -> None:
    assert not is_locked(lock)
    with acquire_lock(lock):
        assert is_locked(lock)
        with pytest.raises(AlreadyRunningError, match=r"retrain\.lock"), acquire_lock(lock):
            pass
        assert is_locked(lock)
    assert not is_locked(lock)
    with acquire_lock(lock):
        assert is_locked(lock)


def test_a_lock_is_released_after_an_error(lock: Path) -> None:
    with pytest.raises(ValueError, match="oops"), acquire_lock(lock):
        raise ValueError("oops")
    assert not is_locked(lock)


def test_a_lock_is_released_when_its_owner_is_killed(lock: Path) -> None:
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


def test_asking_for_a_lock_never_makes_acquiring_it_fail(lock: Path) -> None:
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            is_locked(lock)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(300):
        with acquire_lock(lock):
            pass
    done.set()
    for thread in threads:
        thread.join()


def test_a_waiting_thread_gets_the_lock_next(lock: Path) -> None:
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
