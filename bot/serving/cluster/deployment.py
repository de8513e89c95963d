"""The Ray Serve application, which judges photos on a cluster; see `deploy/ray/serve.yaml`.

Each photo names the version of the model that shall judge it. So an answer or an album is the work
of one version, even while replicas and bots learn of another one at different moments.
"""

import logging
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Any

from cachetools import LRUCache
from ray import serve

from bot.errors import StuckWorkersError
from bot.serving.large_blocks import return_large_blocks
from bot.serving.worker_threads import WorkerThreads
from model.errors import ImageError, ModelDamagedError, ModelError
from model.faces.detector import FaceDetector
from model.prediction.predictor import Predictor
from model.prediction.results import PhotoVerdict
from model.registry.registry import Registry

MAX_VERSIONS = 2  # in memory: the active one, and the one before for what is still in hand

logger = logging.getLogger(__name__)


class PhotoJudge:
    """A replica, which judges one photo at a time.

    It has one thread because Ray grants processors only by counting (`num_cpus`): so a replica uses
    as many as it was granted.
    """

    def __init__(self) -> None:
        return_large_blocks()
        self._detector = FaceDetector()
        self._threads = WorkerThreads(1)
        self._lock = Lock()
        self._registry: Registry | None = None
        self._predictors: LRUCache[str, Predictor] = LRUCache(MAX_VERSIONS)

    async def reconfigure(self, user_config: Mapping[str, Any]) -> None:
        """Take over another configuration without a restart, as Ray Serve calls it.

        Args:
            user_config: `models` is the folder of the registry, which need not exist: then only the
                shipped version is known. `version` names the version to load now; without it, the
                active one is loaded.

        Raises:
            ModelError: that version cannot be loaded.
        """
        registry, version = Registry(Path(user_config["models"])), user_config.get("version")
        await self._threads.run(lambda: self._use(registry, version))

    async def predict(self, data: bytes, version: str) -> PhotoVerdict | ImageError | ModelError:
        """Find and classify the faces in a picture file.

        Args:
            data: the content of the file.
            version: name of the version of the model that shall judge it.

        Returns:
            The verdict, with the photo itself only if faces are drawn into it: it may be more
            than ten times as many bytes as the file. Or the reason why there is no verdict; it is
            not raised because Ray Serve would log a traceback.
        """
        try:
            return await self._threads.run(lambda: _small(self._load(version).predict(data)))
        except (ImageError, ModelError) as error:
            return error.with_traceback(None)

    async def ready(self) -> None:
        """Do nothing; whoever calls it knows afterwards that a replica answers."""

    def check_health(self) -> None:
        """Let Ray Serve replace this replica when its predictions do not end.

        Raises:
            StuckWorkersError: several do not end.
        """
        if self._threads.too_many_stuck.is_set():
            raise StuckWorkersError

    def __del__(self) -> None:
        self._threads.close()  # Ray Serve calls this at the end; the process waits for its threads

    def _use(self, registry: Registry, version: str | None) -> None:
        with self._lock:
            self._registry = registry
            self._predictors.clear()
        self._load(version).warm_up()

    def _load(self, name: str | None) -> Predictor:
        """Return a version, from memory or from its files; None is the active one."""
        with self._lock:  # a prediction that was given up may still run in another thread
            if self._registry is None:
                raise ModelError("The replica is not configured.")
            if name is not None and (known := self._predictors.get(name)):
                return known
            version = self._registry.active() if name is None else self._registry.find(name)
            if version.damaged:
                raise ModelDamagedError(version.damaged)
            loaded = self._predictors[version.name] = Predictor(version.folder, self._detector)
            logger.info("Model %s loaded", version.name)
            return loaded


def _small(photo: PhotoVerdict) -> PhotoVerdict:
    return photo if photo.needs_boxes else photo.without_photo()


app = serve.deployment(PhotoJudge).bind()
