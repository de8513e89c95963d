"""What ends a process that decodes a file of a stranger."""

import subprocess
import sys

from model.images import worker_process

_BUSY = """
from model.images.worker_process import limit_this_process
limit_this_process(450_000_000, 1)
while True:
    pass
"""


def test_a_process_that_computes_too_long_is_recognised_by_its_status() -> None:
    ended = subprocess.run([sys.executable, "-c", _BUSY], cwd=worker_process.FOLDER, check=False)
    assert worker_process.used_up_its_time(ended.returncode)
