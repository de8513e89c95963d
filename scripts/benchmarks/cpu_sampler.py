"""Which Python functions a process spends its processor time in, in all of its threads."""

import sys
import threading
import time
from collections import defaultdict
from types import FrameType

EVERY_S = 0.001
# How soon a waiting thread gets the interpreter lock. With the usual 5 ms, samples would be taken
# mainly where a thread gives the lock up by itself, such as before it waits for the network.
_SWITCH_S = 0.0001

Stack = tuple[str, ...]  # "module:function" from the outermost call to the innermost one


class CpuSampler:
    """Takes samples in a thread of its own, between `start` and `stop`.

    For each thread, the processor time since the last sample counts for the functions that the
    thread is in. The time of the sampler's own thread is left out.
    """

    def __init__(self) -> None:
        self._seconds: defaultdict[Stack, float] = defaultdict(float)
        self._clocks: dict[int, float] = {}  # processor time of each thread at the last sample
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._sample_until_ended)
        self._cpu_s = 0.0
        self._sampler_s = 0.0
        self._usual_switch_s = sys.getswitchinterval()

    def start(self) -> None:
        sys.setswitchinterval(_SWITCH_S)
        self._cpu_s = time.process_time()
        self._thread.start()

    def stop(self) -> dict[Stack, float]:
        """Return the seconds by stack; those with an empty stack are threads without Python."""
        self._ended.set()
        self._thread.join()
        sys.setswitchinterval(self._usual_switch_s)
        whole_s = time.process_time() - self._cpu_s - self._sampler_s
        self._seconds[()] += max(0.0, whole_s - sum(self._seconds.values()))
        return dict(self._seconds)

    def _sample_until_ended(self) -> None:
        own = threading.get_ident()
        while not self._ended.wait(EVERY_S):
            for thread, frame in sys._current_frames().items():
                if thread != own:
                    self._add(thread, frame)
        self._sampler_s = time.thread_time()

    def _add(self, thread: int, frame: FrameType) -> None:
        try:
            now = time.clock_gettime(time.pthread_getcpuclockid(thread))
        except OSError:  # it has ended meanwhile
            return
        used_s = now - self._clocks.get(thread, now)
        self._clocks[thread] = now
        if used_s > 0:
            self._seconds[_stack(frame)] += used_s


def _stack(frame: FrameType | None) -> Stack:
    names: list[str] = []
    while frame is not None:
        code = frame.f_code
        names.append(f"{frame.f_globals.get('__name__', '')}:{code.co_qualname}")
        frame = frame.f_back
    return tuple(reversed(names))
