"""How long models take for a face, in turns, so that a busy machine slows them all alike."""

from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from model.errors import ModelDamagedError
from model.network.litert import LiteRTModel
from model.network.manifest import LITERT_FILE, read_manifest, read_verified
from model.network.preprocessing import preprocess

_CROPS = 10
_ROUNDS = 15


def milliseconds(folders: tuple[Path, Path], crops: NDArray[np.uint8]) -> tuple[float, float]:
    """Load two models, and let them answer ten crops in turns.

    Args:
        folders: of the models.
        crops: (count, size, size), grey levels; at least one.

    Returns:
        The milliseconds that each takes for a crop, in the median over rounds.

    Raises:
        ModelError: one cannot be loaded, or answers with no number.
    """
    chosen = crops[np.arange(_CROPS) % len(crops)]
    models = [_loaded(folder) for folder in folders]
    inputs = [preprocess(crop, read_manifest(folders[0]).preprocessing)[None] for crop in chosen]
    times: list[list[float]] = [[], []]
    for _ in range(_ROUNDS):
        for folder, model, taken in zip(folders, models, times, strict=True):
            start = perf_counter()
            answers = [model.run(one)[0] for one in inputs]
            taken.append(1e3 * (perf_counter() - start) / _CROPS)
            if not np.isfinite(answers).all():
                raise ModelDamagedError(f"{folder / LITERT_FILE} answers with no number.")
    return median(times[0]), median(times[1])


def _loaded(folder: Path) -> LiteRTModel:
    return LiteRTModel(read_verified(folder, LITERT_FILE, read_manifest(folder)))
