"""Simulated queues, to check the formulas of `queueing` with."""

from heapq import heapify, heapreplace

import numpy as np

from scripts.benchmarks.capacity.queueing import Seconds


def arrivals(rate: float, photos: int, rng: np.random.Generator) -> Seconds:
    """Return the times at which photos arrive at random, in seconds.

    Args:
        rate: photos a second.
        photos: how many.
        rng: the random numbers.
    """
    return np.cumsum(rng.exponential(1 / rate, photos))


def departures(arrived: Seconds, service: Seconds, servers: int) -> Seconds:
    """Return when each photo leaves a queue in which it is served in the order of arrival.

    Args:
        arrived: when each arrives, in seconds, in any order.
        service: how long each is served, in seconds.
        servers: how many serve.
    """
    free = [0.0] * servers  # when each server is free
    heapify(free)
    left = np.empty_like(arrived)
    for photo in np.argsort(arrived, kind="stable"):
        left[photo] = max(arrived[photo], free[0]) + service[photo]
        heapreplace(free, left[photo])
    return left
