"""Command lines whose tests call `main`, as the processes that people start."""

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.process
@pytest.mark.parametrize("script", ["classify", "clean", "evaluate"])
def test_a_mistake_is_the_exit_status_of_the_process(script: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", f"scripts.{script}", tmp_path / "nowhere"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"{script}: " in done.stderr
    assert "Traceback" not in done.stderr
