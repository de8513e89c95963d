"""How long photos wait where they share something: the usual formulas of queueing theory.

Photos arrive at random (a Poisson process) and are served in that order by one or several servers,
each of which takes a time that differs from photo to photo: M/G/c in Kendall's notation. Sources:

- The probability of waiting in M/M/c is Erlang's C formula, from Erlang's B by its recurrence, as
  in L. Kleinrock, "Queueing Systems", volume 1, 1975, section 3.5.
- The mean wait in M/G/c is that of M/M/c times (1 + C²) / 2, C² being the squared coefficient of
  variation of the service times: A. O. Allen, "Probability, Statistics, and Queueing Theory",
  1978, section 5.3, after A. A. Cunneen. For one server, it is exact (Pollaczek and Khinchine).
- Those who wait do so for an exponentially distributed time, as in M/M/c, and approximately in
  GI/G/c: W. Whitt, "Approximations for the GI/G/m queue", Production and Operations Management
  2 (2), 1993.
- A photo passes several such places, which are taken as independent of each other: W. Whitt, "The
  Queueing Network Analyzer", Bell System Technical Journal 62 (9), 1983.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Seconds = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Station:
    """A place that photos pass.

    Attributes:
        seconds: samples of how long one photo occupies a server.
        servers: how many photos are served at the same time.
        rate: photos a second that come here.
    """

    seconds: Seconds
    servers: int
    rate: float

    @property
    def utilization(self) -> float:
        """The share of the time in which a server is busy; from 1 on, the queue grows forever."""
        return self.rate * float(np.mean(self.seconds)) / self.servers

    @property
    def waiting_probability(self) -> float:
        """The probability that a photo waits."""
        return erlang_c(self.servers, self.utilization * self.servers)

    @property
    def mean_wait_s(self) -> float:
        """The mean wait of all photos, those that do not wait included; infinite if overloaded."""
        if self.utilization >= 1:
            return math.inf
        mean = float(np.mean(self.seconds))
        variation = float(np.var(self.seconds)) / mean**2
        exponential = self.waiting_probability * mean / (self.servers * (1 - self.utilization))
        return exponential * (1 + variation) / 2

    def draw(self, photos: int, rng: np.random.Generator) -> Seconds:
        """Draw the times that some photos spend here: the wait, and then the service."""
        times = np.zeros(photos)
        waiting = rng.random(photos) < self.waiting_probability
        times[waiting] = rng.exponential(
            self.mean_wait_s / self.waiting_probability, int(np.count_nonzero(waiting))
        )
        times += rng.choice(self.seconds, photos)
        return times


def erlang_c(servers: int, load: float) -> float:
    """Return the probability of waiting in M/M/c.

    Args:
        servers: how many there are, at least 1.
        load: mean number of busy servers (erlangs); the probability is 1 if it is not below
            `servers`.
    """
    if load >= servers:
        return 1.0
    blocking = 1.0  # Erlang's B
    for busy in range(1, servers + 1):
        blocking = load * blocking / (busy + load * blocking)
    return blocking / (1 - load / servers * (1 - blocking))
