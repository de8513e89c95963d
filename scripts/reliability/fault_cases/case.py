"""A fault, how to bring it about, and what must come of it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from scripts.reliability.fault_cases.scene import Scene

TAP_PATIENCE_S = 5.0

Act = Callable[[Scene], Awaitable[None]]


@dataclass(frozen=True)
class Case:
    """A fault to try.

    Attributes:
        name: for the command line.
        fault: what goes wrong and what people do, for the table.
        act: brings it about, and waits until everything is answered.
        sees: patterns, each of which must match something that people saw.
        logs: patterns, each of which must match a line of the log; the table shows such lines also
            where they are no warnings.
        lines: the most warnings and errors there may be; None for any number.
        may_repeat: whether an answer may come twice.
        unanswered: whether there is nobody whom an answer could reach.
    """

    name: str
    fault: str
    act: Act
    sees: tuple[str, ...] = ()
    logs: tuple[str, ...] = ()
    lines: int | None = None
    may_repeat: bool = False
    unanswered: bool = False


@dataclass(frozen=True)
class Fault:
    """A fault of calls, in the sandbox's words.

    Attributes:
        method: of the Bot API, "file" or "*".
        kind: of `bot.sandbox.state.faults.KINDS`.
        seconds: for how long it lasts; None for `times` calls.
        times: how many calls fail; None for all.
        more: other fields of the sandbox's fault.
    """

    method: str
    kind: str
    seconds: float | None = None
    times: int | None = 1
    more: dict[str, object] = field(default_factory=dict)

    async def order(self, scene: Scene) -> None:
        """Bring it about."""
        times = None if self.seconds is not None else self.times
        await scene.fault(self.method, self.kind, times, **self.more)


def photo_during(fault: Fault, faces: int = 1) -> Act:
    """Return an act in which a photo of so many faces meets a fault."""

    async def act(scene: Scene) -> None:
        scene.begin()
        await fault.order(scene)
        sent = await scene.photo(faces=faces)
        if fault.seconds is not None:
            await asyncio.sleep(fault.seconds)
            await scene.crowd.clear_faults()
        await scene.words(sent)

    return act


def tap_during(fault: Fault, label: str) -> Act:
    """Return an act in which a tap on a button meets a fault."""

    async def act(scene: Scene) -> None:
        answer = await scene.answered()
        await fault.order(scene)
        # Its toast may never come.
        await scene.words(await scene.tap(answer, label), patience=TAP_PATIENCE_S)

    return act
