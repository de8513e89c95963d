"""What the network remembers of old faces without their pictures: latent replay.

Pellegrini et al. 2020, Latent Replay for Real-Time Continual Learning: a few thousand training
faces as the frozen convolutions see them, to be mixed with what is new. The validation faces, seen
so, tell whether a change of the last layers does harm. Nobody can be recognised in either.
"""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from model.errors import ModelDamagedError, NoReplayError
from model.network.manifest import REPLAY_FILE, Manifest, read_verified

MAX_FILE_BYTES = 5_000_000  # bytes
_LEVELS = 63  # of a quantised feature, besides zero
_TOP = 0.9995  # quantile of a channel's values that is the highest level


@dataclass(frozen=True)
class QuantizedFeatures:
    """Features of faces, in few levels.

    Args:
        levels: (count, features), 0 to `_LEVELS`.
        step: (features,), what a level is worth.
    """

    levels: NDArray[np.uint8]
    step: NDArray[np.float32]

    @classmethod
    def of(cls, features: NDArray[np.float32], step: NDArray[np.float32]) -> "QuantizedFeatures":
        """Features (count, features), at least 0, to the nearest levels."""
        return cls(np.clip(np.rint(features / step), 0, _LEVELS).astype(np.uint8), step)

    def restored(self) -> NDArray[np.float32]:
        """The features, (count, features)."""
        return np.asarray(self.levels * self.step, np.float32)


@dataclass(frozen=True)
class ReplayBuffer:
    """Old faces, as the trunk of a network sees them.

    Args:
        trunk: SHA-256 of the weights of that trunk, in hexadecimal.
        learned: faces that the network learned from.
        targets: (count,) probability of happy of each: 1, 0, or 0.5 for neutral ones.
        answers: (count,) what the network that the set was made for gives for each. Later ones are
            to give about the same, however many retrainings lie in between.
        validation: happy and sad faces that it never learned from.
        labels: (count,) of those: 1 for happy, 0 for sad.
    """

    backbone: str
    learned: QuantizedFeatures
    targets: NDArray[np.float32]
    answers: NDArray[np.float32]
    validation: QuantizedFeatures
    labels: NDArray[np.intp]


def quantize(
    backbone: str,
    channels: int,
    learned: tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]],
    validation: tuple[NDArray[np.float32], NDArray[np.intp]],
) -> ReplayBuffer:
    """Make a replay set.

    Args:
        trunk: SHA-256 of the trunk's weights.
        channels: of its last feature maps.
        learned: features (count, features) of training faces, their targets, and the network's
            answers.
        validation: features (count, features) of validation faces, and their labels.

    Returns:
        The replay set; each channel has a step of its own.
    """
    maps = learned[0].reshape(-1, channels)
    top = np.maximum(np.quantile(maps, _TOP, axis=0), 1e-6)
    step = np.tile(top / _LEVELS, learned[0].shape[1] // channels).astype(np.float32)
    return ReplayBuffer(
        backbone,
        QuantizedFeatures.of(learned[0], step),
        learned[1].astype(np.float32),
        learned[2].astype(np.float32),
        QuantizedFeatures.of(validation[0], step),
        validation[1].astype(np.intp),
    )


def write_replay(replay: ReplayBuffer, file: Path) -> int:
    """Write a replay set; of the learned faces only as many as `MAX_FILE_BYTES` has room for.

    Args:
        replay: the learned faces in random order.
        file: to write.

    Returns:
        How many learned faces there are in it.
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
    np.savez_compressed(
        stream,
        trunk=np.array(replay.backbone),
        step=replay.learned.step,
        learned=replay.learned.levels[:count],
        targets=replay.targets[:count],
        answers=replay.answers[:count],
        validation=replay.validation.levels,
        labels=replay.labels.astype(np.uint8),
    )
    return stream.getvalue()


def read_replay(folder: Path, manifest: Manifest) -> ReplayBuffer:
    """Read the replay set of a model folder.

    Args:
        folder: of the model.
        manifest: of the model.

    Returns:
        The replay set.

    Raises:
        NoReplayError: the model has none.
        ModelNotFoundError: its file is missing.
        ModelDamagedError: it is not what the manifest says.
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
            )
    except (ValueError, KeyError, BadZipFile) as error:
        raise ModelDamagedError(f"{folder / REPLAY_FILE} is no replay set: {error}") from error
