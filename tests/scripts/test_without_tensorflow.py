"""The command lines where the extra `train` is not installed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.no_tensorflow import INSTALL_COMMAND, PYTHONPATH


@pytest.mark.process
@pytest.mark.parametrize("arguments", [["train", "photos"], ["retrain"], ["retrain", "--watch"]])
def test_training_says_in_one_line_what_to_install(arguments: list[str], tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scripts.photo_mood", *arguments],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": PYTHONPATH},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    (line,) = (done.stdout + done.stderr).splitlines()
    assert "needs TensorFlow, which is not installed here" in line
    assert line.endswith(f"Install it with: {INSTALL_COMMAND}")
