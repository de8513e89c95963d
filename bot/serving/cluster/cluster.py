"""The bot's end of the connection to a Ray cluster that judges photos."""

import asyncio
import logging
import os
import socket
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import count
from typing import NoReturn

from bot.backoff import Backoff
from bot.serving.cluster.messages import Busy, Connected, Failed, Judged, Photo, receive, send
from model.errors import ImageError
from model.prediction.results import PhotoVerdict

CONNECT_S = 60.0  # for Ray to start, on a slow machine
# A replica gives a photo up after 10 s of processor time, and there may be others before it.
ANSWER_S = 20.0
DRIVER = (sys.executable, "-m", "bot.serving.cluster.driver")

logger = logging.getLogger(__name__)


class ClusterBusyError(Exception):
    """As many photos wait for a replica of the cluster as may."""


class ClusterUnavailableError(Exception):
    """The cluster cannot judge a photo now."""


class Cluster:
    """Judges photos on a Ray cluster, and finds it again whenever it was gone.

    Args:
        address: of the cluster, as for `ray.init`.
        answer_s: seconds after which a photo without an answer means that the cluster is gone.
        driver: the program that connects to it; two arguments are appended.
    """

    def __init__(
        self, address: str, answer_s: float = ANSWER_S, driver: Sequence[str] = DRIVER
    ) -> None:
        self._address = address
        self._answer_s = answer_s
        self._driver = driver
        self._writer: asyncio.StreamWriter | None = None  # while the cluster is connected
        self._waiting: dict[int, asyncio.Future[Judged]] = {}
        self._numbers = count()
        self._backoff = Backoff()
        self._logged = ""  # why the cluster is not used, since it was used last
        self._refusals: set[str] = set()  # that were logged

    async def predict(self, data: bytes, version: str) -> PhotoVerdict:
        """Find and classify the faces in a picture file.

        Args:
            data: the content of the file.
            version: name of the version of the model that shall judge it.

        Raises:
            ImageError: the picture cannot be used.
            ClusterBusyError: too many photos wait there.
            ClusterUnavailableError: the cluster is gone or cannot judge it.
        """
        outcome = (await self._ask(data, version)).outcome
        if isinstance(outcome, PhotoVerdict):
            return outcome
        if isinstance(outcome, ImageError):
            raise outcome
        if isinstance(outcome, Busy):
            raise ClusterBusyError
        reason = outcome.reason if isinstance(outcome, Failed) else str(outcome)
        if reason not in self._refusals:  # such as a version that replicas cannot read
            self._refusals.add(reason)
            logger.warning("The Ray cluster did not judge a photo, this bot does: %s", reason)
        raise ClusterUnavailableError(reason)

    async def _ask(self, data: bytes, version: str) -> Judged:
        if self._writer is None:
            raise ClusterUnavailableError("not connected")
        writer, number = self._writer, next(self._numbers)
        answer: asyncio.Future[Judged] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        send(writer, Photo(number, data, version))
        try:
            async with asyncio.timeout(self._answer_s):
                return await answer
        except TimeoutError:
            if writer is self._writer:
                self._disconnect(f"no answer for {self._answer_s:.0f} s")
            raise ClusterUnavailableError("no answer") from None
        finally:
            self._waiting.pop(number, None)

    async def run(self) -> NoReturn:
        """Keep the connection until cancelled."""
        try:
            while True:
                self._disconnect(await self._use())
                await asyncio.sleep(self._backoff.grow())
        finally:
            self._release("the bot ends")

    async def _use(self) -> str:
        """Connect, take answers until the connection ends, and return why it did."""
        try:
            async with self._started() as (reader, writer):
                async with asyncio.timeout(CONNECT_S):
                    message = await receive(reader)
                if isinstance(message, Failed):
                    return message.reason
                if not isinstance(message, Connected):
                    return "the driver ended at once"
                self._connect(writer)
                while isinstance(message := await receive(reader), Judged):
                    if (answer := self._waiting.get(message.number)) and not answer.done():
                        answer.set_result(message)
        except TimeoutError:
            return f"not connected within {CONNECT_S:.0f} s"
        except OSError as error:
            return str(error)
        return "the connection ended"

    def _connect(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._backoff.reset()
        self._refusals.clear()
        again = " again" if self._logged else ""
        self._logged = ""
        logger.info("Photos are judged on the Ray cluster at %s%s", self._address, again)

    def _disconnect(self, reason: str) -> None:
        """Let this bot judge what waits and what comes."""
        if not self._logged:
            self._logged = reason
            logger.warning(
                "The Ray cluster at %s is not used, this bot judges photos: %s",
                self._address,
                reason,
            )
        self._release(reason)

    def _release(self, reason: str) -> None:
        if self._writer is not None:
            self._writer.close()  # which ends the driver, and so `_use`
            self._writer = None
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(ClusterUnavailableError(reason))

    @asynccontextmanager
    async def _started(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        """Run the driver while the block runs."""
        own, other = socket.socketpair()
        with other:
            process = await asyncio.create_subprocess_exec(
                *self._driver,
                self._address,
                str(other.fileno()),
                pass_fds=[other.fileno()],
                stdin=DEVNULL,
                stdout=DEVNULL,
                stderr=DEVNULL,  # Ray's own log has it
                env=_environment(),
                start_new_session=True,  # Ctrl-C in a terminal is for the bot
            )
        try:
            reader, writer = await asyncio.open_connection(sock=own)
            try:
                yield reader, writer
            finally:
                writer.close()
        finally:
            await _end(process)


async def _end(process: Process) -> None:
    if process.returncode is None:
        process.kill()  # it holds nothing, and Ray may hang without its cluster
    await process.wait()


def _environment() -> dict[str, str]:
    """Return the environment without the bot's settings, which hold the token."""
    own = ("BOT_", "TELEGRAM_")
    return {name: value for name, value in os.environ.items() if not name.startswith(own)}
