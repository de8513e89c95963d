"""The bot, with a sampler: the first SIGUSR1 starts it, the second one writes what it saw.

The file `samples.json` in the working directory then has a list of [stack, seconds].
"""

import json
import signal
from pathlib import Path

from bot.__main__ import main
from scripts.benchmarks.cpu_sampler import CpuSampler

RESULT = "samples.json"


def _start_and_then_write(sampler: CpuSampler) -> None:
    def write(*_: object) -> None:
        rows = [[list(stack), seconds] for stack, seconds in sampler.stop().items()]
        part = Path(f"{RESULT}.part")
        part.write_text(json.dumps(rows))
        part.rename(RESULT)

    def start(*_: object) -> None:
        signal.signal(signal.SIGUSR1, write)
        sampler.start()

    signal.signal(signal.SIGUSR1, start)


if __name__ == "__main__":
    _start_and_then_write(CpuSampler())
    main()
