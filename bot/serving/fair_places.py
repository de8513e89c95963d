"""Places that people get in turn, however many requests each of them has made."""

import asyncio
from collections import Counter, OrderedDict, deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

# Whether a person may hold a number of places now, given how many each person holds already.
MayHold = Callable[[int, int, Mapping[int, int]], bool]


@dataclass(frozen=True, slots=True)
class _Request:
    places: int
    granted: "asyncio.Future[None]"


class FairPlaces:
    """Grants places round robin: the next request of each person who waits, one after another.

    Args:
        places: how many there are.
        may_hold: limits what a person may hold. While nobody holds a place it must allow every
            request, otherwise those who wait may never get one.
    """

    def __init__(self, places: int, may_hold: MayHold) -> None:
        self._free = places
        self._may_hold = may_hold
        self._held: Counter[int] = Counter()
        # By person, in the order of their turns; each person's own requests are served in order.
        self._waiting: OrderedDict[int, deque[_Request]] = OrderedDict()

    @asynccontextmanager
    async def hold(self, person: int, places: int = 1) -> AsyncIterator[None]:
        """Wait for a turn, and hold places while the block runs.

        Args:
            person: id of the user or chat whose turn it has to be.
            places: at most as many as that person may ever hold.
        """
        request = _Request(places, asyncio.get_running_loop().create_future())
        self._waiting.setdefault(person, deque()).append(request)
        self._grant()
        try:
            await request.granted
            yield
        finally:
            # A wait may be cancelled after its request was granted.
            if request.granted.done() and not request.granted.cancelled():
                self._give_back(person, places)
            else:
                self._withdraw(person, request)
            self._grant()

    def _grant(self) -> None:
        """Grant requests until nobody who waits may have what is free."""
        while (person := self._next_person()) is not None:
            requests = self._waiting[person]
            request = requests.popleft()
            if requests:
                self._waiting.move_to_end(person)
            else:
                del self._waiting[person]
            # If its wait was cancelled, the task that waited may not have run since then.
            if not request.granted.cancelled():
                self._free -= request.places
                self._held[person] += request.places
                request.granted.set_result(None)

    def _next_person(self) -> int | None:
        for person, requests in self._waiting.items():
            wanted = requests[0].places
            if self._may_hold(person, self._held[person] + wanted, self._held):
                # Nobody overtakes a request for many places, which else might never be granted.
                return person if wanted <= self._free else None
        return None

    def _give_back(self, person: int, places: int) -> None:
        self._free += places
        self._held[person] -= places
        if not self._held[person]:
            del self._held[person]

    def _withdraw(self, person: int, request: _Request) -> None:
        requests = self._waiting.get(person, deque())
        if request in requests:
            requests.remove(request)
            if not requests:
                del self._waiting[person]
