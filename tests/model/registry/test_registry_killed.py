"""After kill -9 at any moment the registry is intact, and leftovers can be removed."""

import random
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from model.registry.file_lock import acquire_lock
from model.registry.registry import Registry
from tests.support import registry_process
from tests.support.model_versions import model_folder
from tests.support.registry_process import MADE

KILLS = 50
FILE_BYTES = 200_000  # so large that some kills happen while a file is written

pytestmark = pytest.mark.process


@pytest.fixture
def made(tmp_path: Path) -> Path:
    for name in MADE:
        model_folder(tmp_path / "made", name, size=FILE_BYTES)
    return tmp_path / "made"


def start(kind: str, *folders: Path) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", registry_process.__name__, kind, *folders]
    return subprocess.Popen(command, stdout=subprocess.PIPE)


def assert_intact(registry: Registry) -> None:
    """Check that all versions are intact, and that no leftovers remain after cleaning up."""
    assert [version.damaged for version in registry.versions() if version.damaged] == []
    assert registry.active() == registry.overview().fallback_order[0]
    problems = registry.verify()
    with acquire_lock(registry.retrain_lock):
        assert len(registry.clean_up()) == len(problems), problems
    assert registry.verify() == []


def round_s(folder: Path, made: Path) -> float:
    """Measure how many seconds a round of changes takes on this machine now."""
    with start("forever", folder, made) as process:
        assert process.stdout is not None
        process.stdout.readline()
        began = time.monotonic()
        for _ in range(8):  # two lines a round
            process.stdout.readline()
        process.kill()
    return (time.monotonic() - began) / 4


@pytest.mark.long
def test_killed_at_50_random_moments(tmp_path: Path, made: Path) -> None:
    rng = random.Random(1)
    promotions = 0
    max_delay_s = round_s(tmp_path / "measured", made)
    for _ in range(KILLS):
        with start("forever", tmp_path / "models", made) as process:
            assert process.stdout is not None
            # A round has two lines; it may take longer by now than when it was measured.
            done = [process.stdout.readline() for _ in range(rng.randint(1, 4))]
            threading.Timer(rng.uniform(0, max_delay_s), process.kill).start()
            done += process.stdout.readlines()
        promotions += b"".join(done).split().count(b"promoted")
        assert_intact(Registry(tmp_path / "models"))
    assert promotions > KILLS / 5


def test_killed_before_every_step(tmp_path: Path) -> None:
    for name in ("shipped", "a"):
        model_folder(tmp_path / "made", name)
    with start("step-by-step", tmp_path / "models", tmp_path / "made") as process:
        process.communicate()
    assert process.returncode == 0
    registries = list((tmp_path / "models").iterdir())
    assert len(registries) > 50
    for registry in registries:
        assert_intact(Registry(registry, shipped=tmp_path / "made" / "shipped"))
