"""Faces as the shipped model sees them, computed once for all retrainings of a benchmark."""

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.data.face_set import FaceSet
from model.data.loading import CropReader
from model.data.splits import happy_and_sad, load_dataset
from model.network.manifest import REPLAY_FILE, SHIPPED, read_manifest, sha256
from model.network.preprocessing import Preprocessing
from model.registry.version import Version, check_version
from model.retraining.replay_buffer import QuantizedFeatures, read_replay, write_replay
from model.retraining.replay_builder import load_network
from model.retraining.split_network import SplitNetwork


@dataclass(frozen=True)
class ViewedFaces:
    """Faces, and what the shipped model makes of them.

    Attributes:
        faces: the faces, with the label 1 for happy and 0 for sad.
        features: (count, features), the input of the shipped model's head.
        right: (count,), whether the shipped model is right.
    """

    faces: FaceSet
    features: NDArray[np.float32]
    right: NDArray[np.bool_]

    @classmethod
    def of(cls, faces: FaceSet, network: SplitNetwork) -> "ViewedFaces":
        """Compute features and answers of the shipped network."""
        features = network.features(faces.greys, Preprocessing())
        return cls(faces, features, _is_right(network, features, faces))

    def __len__(self) -> int:
        return len(self.right)

    def subset(self, index: NDArray[Any]) -> "ViewedFaces":
        """Return the faces at the given positions, or where a mask is true."""
        return ViewedFaces(self.faces.subset(index), self.features[index], self.right[index])

    def joined(self, other: "ViewedFaces") -> "ViewedFaces":
        """Return these faces and the other ones."""
        faces = FaceSet(
            np.concatenate([self.faces.greys, other.faces.greys]),
            np.concatenate([self.faces.labels, other.faces.labels]),
        )
        features = np.concatenate([self.features, other.features])
        return ViewedFaces(faces, features, np.concatenate([self.right, other.right]))

    def right_after(self, folder: Path) -> NDArray[np.bool_]:
        """Return whether another version is right, (count,).

        Args:
            folder: a model folder with the convolutions of the shipped model, as mode `head` leaves
                them. Retraining has checked that its LiteRT file answers like the Keras model.
        """
        return _is_right(SplitNetwork(load_network(folder)), self.features, self.faces)


@dataclass(frozen=True)
class Unseen:
    """Happy and sad faces that the shipped model was not trained on, if FER is its data."""

    validation: FaceSet
    calibration: FaceSet


def load_unseen(folder: Path) -> Unseen:
    """Read the faces of FER that the shipped model was not trained on.

    Raises:
        DatasetError: the pictures are not as expected.
    """
    settings = Preprocessing()
    seed = read_manifest(SHIPPED).training["seed"]
    data = load_dataset(folder, CropReader(settings), settings, seed, lambda *_: None)
    return Unseen(happy_and_sad(data.validation), happy_and_sad(data.calibration))


def shipped_network() -> SplitNetwork:
    """Return the shipped network, in two parts."""
    return SplitNetwork(load_network(SHIPPED))


def parent_with(base: ViewedFaces, folder: Path) -> Version:
    """Copy the shipped model, with the base faces as the only validation faces of its gate.

    Otherwise the gate would measure on the same faces that users label, unaltered.
    """
    manifest = read_manifest(SHIPPED)
    replay = read_replay(SHIPPED, manifest)
    shutil.copytree(SHIPPED, folder)
    chosen = QuantizedFeatures.of(base.features, replay.validation.step)
    made = replace(replay, validation=chosen, labels=base.faces.labels)
    write_replay(made, folder / REPLAY_FILE)
    hashes = manifest.hashes | {REPLAY_FILE: sha256((folder / REPLAY_FILE).read_bytes())}
    replace(manifest, hashes=hashes).write(folder)
    return check_version(folder, shipped=True)


def _is_right(
    network: SplitNetwork, features: NDArray[np.float32], faces: FaceSet
) -> NDArray[np.bool_]:
    return np.asarray((network.answers(features) >= 0.5) == (faces.labels == 1))
