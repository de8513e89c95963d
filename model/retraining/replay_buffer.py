"""Replay buffer: features of old faces, stored with a model in place of their pictures.

Latent replay (Pellegrini et al. 2020, Latent Replay for Real-Time Continual Learning): a few
thousand training faces as the frozen backbone sees them, to be mixed with new samples. Features of
the validation faces tell whether a change of the head does harm. Nobody can be recognised in them.
"""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from model.errors import ModelDamagedError, NoReplayError
from model.network.manifest import REPLAY_FILE, Manifest, read_verified

MAX_FILE_BYTES = 7_900_000
_LEVELS = 63  # of a quantized feature, besides zero
_TOP_QUANTILE = 0.9995  # of a channel's values; it becomes the highest level


@dataclass(frozen=True)
class QuantizedFeatures:
    """Features of faces, quantized to 64 levels.

    Attributes:
        levels: (count, features), 0 to `_LEVELS`.
        step: (features,), the value of one level.
    """

    levels: NDArray[np.uint8]
    step: NDArray[np.float32]

    @classmethod
    def of(cls, features: NDArray[np.float32], step: NDArray[np.float32]) -> "QuantizedFeatures":
        """Round features (count, features), at least 0, to the nearest levels."""
        return cls(np.clip(np.rint(features / step), 0, _LEVELS).astype(np.uint8), step)

    def restored(self) -> NDArray[np.float32]:
        """Return the features, (count, features)."""
        return np.asarray(self.levels * self.step, np.float32)


@dataclass(frozen=True)
class ReplayBuffer:
    """Old faces as the backbone of a network sees them.

    Attributes:
        backbone: SHA-256 of the backbone's weights, in hexadecimal.
        trained: features of faces that the network was trained on.
        targets: (count,), probability of happy of each: 1, 0, or 0.5 for neutral ones.
        answers: (count,), answer to each by the network that the buffer was made for. Later
            networks are to answer about the same, however many retrainings lie in between.
        validation: features of happy and sad faces that no network was trained on.
        labels: (count,), labels of the validation faces: 1 for happy, 0 for sad.
        neutral: features of neutral faces that no network was trained on; None if there are none,
            as in the buffers of earlier releases.
    """

    backbone: str
    trained: QuantizedFeatures
    targets: NDArray[np.float32]
    answers: NDArray[np.float32]
    validation: QuantizedFeatures
    labels: NDArray[np.intp]
    neutral: QuantizedFeatures | None = None


def quantize(
    backbone: str,
    channels: int,
    trained: tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]],
    validation: tuple[NDArray[np.float32], NDArray[np.intp]],
    neutral: NDArray[np.float32] | None = None,
) -> ReplayBuffer:
    """Make a replay buffer, quantizing the features with a step for each channel.

    Args:
        backbone: SHA-256 of the backbone's weights.
        channels: channels of its last feature maps.
        trained: features (count, features) of training faces, their targets, and the network's
            answers.
        validation: features (count, features) of validation faces, and their labels.
        neutral: features (count, features) of neutral validation faces.
    """
    maps = trained[0].reshape(-1, channels)
    top = np.maximum(np.quantile(maps, _TOP_QUANTILE, axis=0), 1e-6)
    step = np.tile(top / _LEVELS, trained[0].shape[1] // channels).astype(np.float32)
    return ReplayBuffer(
        backbone,
        QuantizedFeatures.of(trained[0], step),
        trained[1].astype(np.float32),
        trained[2].astype(np.float32),
        QuantizedFeatures.of(validation[0], step),
        validation[1].astype(np.intp),
        None if neutral is None else QuantizedFeatures.of(neutral, step),
    )


def write_replay(replay: ReplayBuffer, file: Path) -> int:
    """Write a replay buffer, with as many training faces as fit into `MAX_FILE_BYTES`.

    Args:
        replay: the replay buffer, with the training faces in random order.
        file: the file to write.

    Returns:
        The number of training faces written.
    """
    count = len(replay.targets)
    content = _packed(replay, count)
    while len(content) > MAX_FILE_BYTES:
        count = int(count * 0.9)
        content = _packed(replay, count)
    file.write_bytes(content)
    return count


def _packed(replay: ReplayBuffer, count: int) -> bytes:
    stream = BytesIO()
    # The names in the file are older than those in the code; see docs/glossary.md.
    arrays: dict[str, Any] = {
        "trunk": np.array(replay.backbone),
        "step": replay.trained.step,
        "learned": replay.trained.levels[:count],
        "targets": replay.targets[:count],
        "answers": replay.answers[:count],
        "validation": replay.validation.levels,
        "labels": replay.labels.astype(np.uint8),
    }
    if replay.neutral is not None:
        arrays["neutral"] = replay.neutral.levels
    np.savez_compressed(stream, **arrays)
    return stream.getvalue()


def read_replay(folder: Path, manifest: Manifest) -> ReplayBuffer:
    """Read the replay buffer of a model folder.

    Args:
        folder: the model folder.
        manifest: the model's manifest.

    Raises:
        NoReplayError: the model has none.
        ModelNotFoundError: its file is missing.
        ModelDamagedError: the file is not what the manifest says.
    """
    if REPLAY_FILE not in manifest.hashes:
        raise NoReplayError(manifest.version, folder / REPLAY_FILE)
    content = read_verified(folder, REPLAY_FILE, manifest)
    try:
        with np.load(BytesIO(content), allow_pickle=False) as arrays:
            step = arrays["step"]
            return ReplayBuffer(
                str(arrays["trunk"]),
                QuantizedFeatures(arrays["learned"], step),
                arrays["targets"],
                arrays["answers"],
                QuantizedFeatures(arrays["validation"], step),
                arrays["labels"].astype(np.intp),
                QuantizedFeatures(arrays["neutral"], step) if "neutral" in arrays else None,
            )
    except (ValueError, KeyError, BadZipFile) as error:
        raise ModelDamagedError(f"{folder / REPLAY_FILE} is no replay buffer: {error}") from error
