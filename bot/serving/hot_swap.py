"""Hot swap: loads the active version of the model at the start, and whenever it changes.

Any process may promote another version. It is loaded and warmed up in a separate thread; the next
photo gets it. Photos in progress are finished by the version that began them, whose memory is freed
after the last of them. A photo does not wait for any of this, except for the milliseconds in which
each worker thread creates its interpreter of the new network.

A version that cannot be loaded, perhaps because memory is short for a moment, is tried again later.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

from bot.backoff import Backoff
from bot.serving.inference import Inference, PhotoPredictor
from model.errors import ModelError
from model.registry.registry import Registry
from model.registry.version import Version

CHECK_EVERY_S = 1.0

logger = logging.getLogger(__name__)


class ModelLoader:
    """Loads the active version, and remembers which one it loaded last.

    Args:
        registry: says which version is active.
        load: makes a predictor from a model folder.
        clock: a monotonic clock in seconds.
    """

    def __init__(
        self,
        registry: Registry,
        load: Callable[[Path], PhotoPredictor],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._registry = registry
        self._load = load
        self._clock = clock
        self._stamp: object = None
        self._loaded = ""  # name of the version
        self._backoff = Backoff()
        self._retry_at: float | None = None  # when the active version is tried again
        self._logged: set[str] = set()  # since the active version changed

    def may_have_changed(self) -> bool:
        """Return whether there may be another version to load; this only looks at one file.

        Either the active version changed, or it could not be loaded and is to be tried again.
        """
        if self._registry.stamp() != self._stamp:
            return True
        return self._retry_at is not None and self._clock() >= self._retry_at

    def load(self) -> PhotoPredictor:
        """Load the active version, or the next one in the fallback order that can be loaded.

        Raises:
            ModelError: none of them can be loaded.
        """
        for number, version in enumerate(self._candidates()):
            if predictor := self._try(version, is_active=number == 0):
                return predictor
        raise ModelError(f"Not even version {version.name} can be loaded; the log says why.")

    def load_if_changed(self) -> PhotoPredictor | None:
        """Like `load`, but return None if that version is loaded already.

        Raises:
            ModelError: none of them can be loaded.
        """
        for number, version in enumerate(self._candidates()):
            if version.name == self._loaded:
                if number:
                    self._log(logging.INFO, f"Model {version.name} goes on serving")
                return None
            if predictor := self._try(version, is_active=number == 0):
                return predictor
        raise ModelError(f"Not even version {version.name} can be loaded; the log says why.")

    def _candidates(self) -> Iterator[Version]:
        stamp = self._registry.stamp()  # read before the order, so that no change is missed
        if stamp != self._stamp:
            self._stamp = stamp
            self._backoff.reset()
            self._logged.clear()
        self._retry_at = None
        return self._registry.fallback_order()

    def _try(self, version: Version, *, is_active: bool) -> PhotoPredictor | None:
        fault = version.damaged
        if not fault:
            try:
                predictor = self._load(version.folder)
                predictor.warm_up()
            except Exception as error:  # whatever a file can do to the runtime
                why = str(error) or type(error).__name__
                fault = f"Version {version.name} cannot be loaded: {why}"
            else:
                self._loaded = version.name
                return predictor
        self._log(logging.ERROR, fault)
        if is_active:
            self._retry_at = self._clock() + self._backoff.grow()
        return None

    def _log(self, level: int, text: str) -> None:
        """Log a text once, however often loading is tried again."""
        if text not in self._logged:
            self._logged.add(text)
            logger.log(level, "%s", text)


class HotSwapper:
    """Swaps the model while the bot is running.

    Args:
        loader: the loader of the model in use.
        inference: uses the model.
        every_s: seconds between two checks.
    """

    def __init__(
        self, loader: ModelLoader, inference: Inference, every_s: float = CHECK_EVERY_S
    ) -> None:
        self._loader = loader
        self._inference = inference
        self._every_s = every_s

    async def run(self) -> NoReturn:
        """Check for another version until cancelled."""
        logged = ""
        while True:
            await asyncio.sleep(self._every_s)
            try:
                await self.check()
            except ModelError as error:
                if logged != str(error):  # it comes again with every check
                    logged = str(error)
                    logger.error("The model stays as it is: %s", error)
            except Exception:
                logger.exception("The model stays as it is")

    async def check(self) -> None:
        """Swap the model if the active version changed.

        Raises:
            ModelError: neither that version nor any other can be loaded.
        """
        if not await asyncio.to_thread(self._loader.may_have_changed):
            return
        predictor = await asyncio.to_thread(self._loader.load_if_changed)
        if predictor is not None:
            before = self._inference.version
            self._inference.swap(predictor)
            logger.info("Model %s is active now, in place of %s", predictor.version, before)
