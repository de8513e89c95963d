"""Puts the version of the model to work that the registry says, at the start and from then on.

Any process may switch the registry's pointer. The new version is loaded and tried out aside, in a
thread of its own; then the next photo gets it. Photos in hand are finished by the version that
began them, whose memory is freed after the last. A photo waits for none of this, but for the
milliseconds in which a thread's first photo makes its interpreter of the new network.

What cannot be loaded, be it for a moment, as memory is short, is tried again from time to time.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from bot.backoff import Backoff
from bot.serving.inference import Inference, MoodPredictor
from model.errors import ModelError
from model.registry.registry import Registry
from model.registry.version import Version

EVERY_S = 1.0

logger = logging.getLogger(__name__)


class ModelLoader:
    """Loads whichever version is to serve; keeps in mind which one it loaded last.

    Args:
        registry: says which that is.
        load: makes a predictor of a model folder.
        clock: a monotonic clock in seconds.
    """

    def __init__(
        self,
        registry: Registry,
        load: Callable[[Path], MoodPredictor],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._registry = registry
        self._load = load
        self._clock = clock
        self._seen: object = None
        self._loaded: Version | None = None
        self._backoff = Backoff()
        self._again_at: float | None = None  # when the version that is to serve is tried again
        self._logged: set[str] = set()  # since the pointer was switched

    def has_news(self) -> bool:
        """Say whether `newest` may have something new; one look at a file.

        The pointer was switched since, or what could not be loaded is to be tried again.
        """
        if self._registry.stamp() != self._seen:
            return True
        return self._again_at is not None and self._clock() >= self._again_at

    def newest(self) -> MoodPredictor | None:
        """Load the version that is to serve, or the next one in line that can be loaded.

        Returns:
            It, ready; None if that is the one that was loaded last.

        Raises:
            ModelError: none can be loaded.
        """
        stamp = self._registry.stamp()  # before the pointer is read: no switch is missed
        if stamp != self._seen:
            self._seen = stamp
            self._backoff.reset()
            self._logged.clear()
        self._again_at = None
        for number, version in enumerate(self._registry.fallback_order()):
            if self._loaded is not None and version.name == self._loaded.name:
                if number:
                    self._log(logging.INFO, f"Model {version.name} goes on serving")
                return None
            predictor = self._try(version)
            if predictor is not None:
                self._loaded = version
                return predictor
            if number == 0:
                self._again_at = self._clock() + self._backoff.grow()
        raise ModelError(f"Not even version {version.name} can be loaded; the log says why.")

    def _try(self, version: Version) -> MoodPredictor | None:
        if version.damaged:
            self._log(logging.ERROR, version.damaged)
            return None
        try:
            predictor = self._load(version.folder)
            predictor.warm_up()
        except Exception as error:  # whatever a file can do to the runtime
            why = str(error) or type(error).__name__
            self._log(logging.ERROR, f"Version {version.name} cannot be loaded: {why}")
            return None
        return predictor

    def _log(self, level: int, text: str) -> None:
        """Say something once, however often it is tried again."""
        if text not in self._logged:
            self._logged.add(text)
            logger.log(level, "%s", text)


class HotSwapper:
    """Swaps the model while the bot works.

    Args:
        loader: that loaded the model at work.
        inference: where it works.
        every_s: seconds between two looks at the pointer.
    """

    def __init__(self, loader: ModelLoader, inference: Inference, every_s: float = EVERY_S) -> None:
        self._loader = loader
        self._inference = inference
        self._every_s = every_s

    async def run(self) -> NoReturn:
        """Look for another version until cancelled."""
        told = ""
        while True:
            await asyncio.sleep(self._every_s)
            try:
                await self.look()
            except ModelError as error:
                if told != str(error):  # it is looked for again and again
                    told = str(error)
                    logger.error("The model stays as it is: %s", error)
            except Exception:
                logger.exception("The model stays as it is")

    async def look(self) -> None:
        """Swap the model if the pointer was switched to another version.

        Raises:
            ModelError: neither that nor any other version can be loaded.
        """
        if not await asyncio.to_thread(self._loader.has_news):
            return
        predictor = await asyncio.to_thread(self._loader.newest)
        if predictor is not None:
            before = self._inference.version
            self._inference.swap(predictor)
            logger.info("Model %s serves now, in place of %s", predictor.version, before)
