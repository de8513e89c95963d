import asyncio
from collections.abc import Mapping

import pytest

from bot.serving.fair_places import FairPlaces

ANNA, BEN, CLEO = 1, 2, 3


def two_a_person(_person: int, places: int, _held: Mapping[int, int]) -> bool:
    return places <= 2


class Visitors:
    """People who hold places until they may leave.

    Args:
        places: what they want to hold.
    """

    def __init__(self, places: FairPlaces) -> None:
        self._places = places
        self._visits: list[tuple[int, asyncio.Task[None], asyncio.Event]] = []
        self.entered: list[int] = []

    async def come(self, *people: int, places: int = 1) -> None:
        """Let people ask for places, one after another."""
        for person in people:
            leave = asyncio.Event()
            visit = asyncio.create_task(self._visit(person, places, leave))
            self._visits.append((person, visit, leave))
            await self._settle()

    async def leave(self, person: int) -> None:
        """Let a person give back the places that they asked for first."""
        visit = next(visit for visit in self._visits if visit[0] == person)
        self._visits.remove(visit)
        visit[2].set()
        await visit[1]
        await self._settle()

    async def give_up(self, person: int) -> None:
        """Let a person withdraw the latest request."""
        visit = next(visit for visit in reversed(self._visits) if visit[0] == person)
        self._visits.remove(visit)
        visit[1].cancel()
        await asyncio.wait({visit[1]})
        await self._settle()

    async def _visit(self, person: int, places: int, leave: asyncio.Event) -> None:
        async with self._places.hold(person, places):
            self.entered.append(person)
            await leave.wait()

    async def _settle(self) -> None:
        for _ in range(5):
            await asyncio.sleep(0)


@pytest.fixture
def visitors() -> Visitors:
    return Visitors(FairPlaces(3, two_a_person))


async def test_one_person_holds_no_more_than_allowed(visitors: Visitors) -> None:
    await visitors.come(ANNA, ANNA, ANNA, BEN)
    assert visitors.entered == [ANNA, ANNA, BEN]
    await visitors.leave(BEN)
    assert visitors.entered == [ANNA, ANNA, BEN]
    await visitors.leave(ANNA)
    assert visitors.entered == [ANNA, ANNA, BEN, ANNA]


async def test_those_who_wait_take_turns(visitors: Visitors) -> None:
    await visitors.come(ANNA, ANNA, BEN)
    await visitors.come(BEN, BEN, BEN, CLEO, ANNA)
    for person in (ANNA, ANNA, BEN, CLEO):
        await visitors.leave(person)
    # Once in turn, and Anna, who came last, before Ben's second.
    assert visitors.entered[3:] == [BEN, CLEO, ANNA, BEN]


async def test_a_request_for_many_places_is_not_overtaken(visitors: Visitors) -> None:
    await visitors.come(ANNA, ANNA, BEN)
    await visitors.come(CLEO, places=2)
    await visitors.come(BEN)
    await visitors.leave(ANNA)
    assert visitors.entered == [ANNA, ANNA, BEN]
    await visitors.leave(ANNA)
    assert visitors.entered == [ANNA, ANNA, BEN, CLEO]
    await visitors.leave(CLEO)
    assert visitors.entered == [ANNA, ANNA, BEN, CLEO, BEN]


async def test_a_withdrawn_request_is_passed_over(visitors: Visitors) -> None:
    await visitors.come(ANNA, ANNA, BEN)
    await visitors.come(BEN, CLEO)
    await visitors.give_up(BEN)
    await visitors.leave(ANNA)
    assert visitors.entered == [ANNA, ANNA, BEN, CLEO]


async def test_places_are_free_again_after_cancellations_and_failures() -> None:
    places = FairPlaces(1, two_a_person)

    async def fail() -> None:
        async with places.hold(ANNA):
            raise ValueError("oops")

    with pytest.raises(ValueError, match="oops"):
        await fail()
    async with places.hold(ANNA):
        waiting = asyncio.create_task(fail())
        await asyncio.sleep(0)
    # Its request is granted by now, but it does not know yet.
    waiting.cancel()
    await asyncio.wait({waiting})
    assert waiting.cancelled()
    async with asyncio.timeout(5), places.hold(BEN):
        pass


async def test_cancelled_together_no_request_gets_the_place_of_another() -> None:
    places = FairPlaces(1, two_a_person)

    async def stay(person: int) -> None:
        async with places.hold(person):
            await asyncio.Event().wait()

    tasks = [asyncio.create_task(stay(person)) for person in (ANNA, BEN, CLEO)]
    await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    assert all(task.cancelled() for task in tasks)
    async with asyncio.timeout(5), places.hold(ANNA):
        pass
