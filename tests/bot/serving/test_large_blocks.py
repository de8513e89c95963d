import platform
import subprocess
import sys

import pytest

PROGRAM = """
import sys
import numpy as np
from bot.serving.large_blocks import return_large_blocks

def resident_mb():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096 / 2**20

if "return" in sys.argv:
    return_large_blocks()
np.ones(30 * 2**20, np.uint8)  # from here on, glibc keeps blocks of this size
before = resident_mb()
for _ in range(3):
    blocks = [np.ones(size, np.uint8) for size in (12 * 2**20, 100_000) * 20]
    small = blocks[1::2]  # what is used lies between what is not
    del blocks
print(round(resident_mb() - before))
"""


def kept_mb(*arguments: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, check=True
    )
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="needs glibc")
def test_the_memory_of_large_pictures_is_returned() -> None:
    assert kept_mb() > 100
    assert kept_mb("return") < 20
