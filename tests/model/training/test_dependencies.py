import os
import platform
import subprocess
import sys

import pytest

pytestmark = pytest.mark.training

# In a process of its own: TensorFlow reads the variable once, when its kernels are first needed.
PRINT_ONEDNN = """
from model.training.dependencies import load_training
load_training()
from tensorflow.python.util import _pywrap_util_port
print(_pywrap_util_port.IsMklEnabled())
"""


@pytest.mark.skipif(
    sys.platform != "linux" or platform.machine().lower() not in ("x86_64", "amd64"),
    reason="TensorFlow has oneDNN for x86 on Linux",
)
@pytest.mark.parametrize(("setting", "expected"), [(None, "True"), ("0", "False")])
def test_training_uses_onednn_unless_it_is_turned_off(setting: str | None, expected: str) -> None:
    environment = {name: one for name, one in os.environ.items() if name != "TF_ENABLE_ONEDNN_OPTS"}
    if setting is not None:
        environment["TF_ENABLE_ONEDNN_OPTS"] = setting
    ended = subprocess.run(
        [sys.executable, "-c", PRINT_ONEDNN],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stdout.strip() == expected
