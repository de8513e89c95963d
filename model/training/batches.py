"""Batches of augmented faces for training."""

import keras
import numpy as np
from numpy.typing import NDArray

from model.network.preprocessing import Preprocessing, standardize
from model.training.augmentation import Augmentation, augment


class Batches(keras.utils.PyDataset):  # type: ignore[misc]
    """Shuffled and augmented batches, different ones in each epoch.

    Args:
        greys: (count, size, size), grey levels 0 to 255.
        targets: (count,) probabilities of happy, or (count, classes).
        settings: the preprocessing.
        variation: the strength of the augmentation.
        seed: seed of shuffling and augmentation.
        batch_size: faces in a batch.
        weights: (count,) sample weights; None: all faces count the same.
    """

    def __init__(
        self,
        greys: NDArray[np.uint8],
        targets: NDArray[np.float32],
        settings: Preprocessing,
        variation: Augmentation,
        seed: int,
        batch_size: int = 64,
        weights: NDArray[np.float32] | None = None,
    ) -> None:
        super().__init__(workers=1, use_multiprocessing=False, max_queue_size=8)
        self._greys = greys
        self._targets = targets
        self._settings = settings
        self._variation = variation
        self._seed = seed
        self._batch_size = batch_size
        self._weights = weights
        self._epoch = 0
        self._order = self._shuffled()

    def _shuffled(self) -> NDArray[np.intp]:
        return np.random.default_rng((self._seed, self._epoch)).permutation(len(self._greys))

    def start_at(self, epoch: int) -> None:
        """Continue as if this many epochs were done, to resume a training."""
        self._epoch = epoch
        self._order = self._shuffled()

    def __len__(self) -> int:
        # The last batch is left out if it is incomplete: it would disturb batch normalization.
        return max(1, len(self._greys) // self._batch_size)

    def __getitem__(self, index: int) -> tuple[NDArray[np.float32], ...]:
        chosen = self._order[index * self._batch_size : (index + 1) * self._batch_size]
        rng = np.random.default_rng((self._seed, self._epoch, index))
        greys = augment(self._greys[chosen].astype(np.float32), self._variation, rng)
        batch = self._prepared(greys, self._targets[chosen], rng)
        return batch if self._weights is None else (*batch, self._weights[chosen])

    def _prepared(
        self,
        greys: NDArray[np.float32],
        targets: NDArray[np.float32],
        rng: np.random.Generator,  # noqa: ARG002 (for subclasses)
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        return standardize(greys[..., None], self._settings), targets

    def on_epoch_end(self) -> None:
        self.start_at(self._epoch + 1)
