"""Simulated users in a place where the model does badly, for `retraining_quality`.

The place is a chat of people in white masks, photographed in dim, warm light and slightly out of
focus. Validation faces are altered to look so; the users there correct every mistake and confirm
some of the right answers. As the faces are known, every label can be checked.
"""

import hashlib
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from model.data.face_set import FaceSet
from model.evaluation.comparison import predict_faces
from model.network.manifest import REPLAY_FILE, SHIPPED, read_manifest, sha256
from model.network.preprocessing import Preprocessing, to_grey
from model.registry.version import Version, check_version
from model.retraining.replay_buffer import QuantizedFeatures, read_replay, write_replay
from model.retraining.replay_builder import load_network
from model.retraining.samples import SampleSet
from model.retraining.split_network import SplitNetwork

_SIDE = 96  # of a stored crop, in pixels
_ALTERED = 0.6  # of the validation faces; the others measure forgetting
_CONFIRMED = 0.3  # of the right answers
_USERS = 12
_MAX_HOSTILE = 500


@dataclass(frozen=True)
class Scenario:
    """The faces of one run.

    Attributes:
        labeled: altered faces; users label some of them.
        plain: the same faces, unaltered.
        others: other altered faces, which nobody labels.
        base: other unaltered faces, which no network was trained on.
        parent: the shipped model, with `base` as the only validation faces of its gate.
    """

    labeled: FaceSet
    plain: FaceSet
    others: FaceSet
    base: FaceSet
    parent: Version

    @classmethod
    def create(cls, faces: FaceSet, more: FaceSet, folder: Path, seed: int) -> "Scenario":
        """Split the validation faces at random.

        Args:
            faces: all happy and sad validation faces.
            more: other faces that the shipped model was not trained on, for the base.
            folder: folder to make the parent in.
            seed: seed of the split.
        """
        order = np.random.default_rng(seed).permutation(len(faces))
        shown = int(_ALTERED * len(faces))
        labeled, others, rest = (faces.subset(o) for o in np.split(order, [shown // 2, shown]))
        base = FaceSet(
            np.concatenate([rest.greys, more.greys]), np.concatenate([rest.labels, more.labels])
        )
        return cls(
            _alter_all(labeled),
            labeled,
            _alter_all(others),
            base,
            parent_with(base, folder),
        )


def honest(scenario: Scenario, seed: int, wrong: float = 0.0) -> SampleSet:
    """Return the labels of users who correct every mistake and confirm some right answers.

    Args:
        scenario: the faces.
        seed: seed of who confirms which face.
        wrong: share of the labels that are inverted, 0 to 1.
    """
    rng = np.random.default_rng(seed)
    labels = scenario.labeled.labels
    right = predict_faces(scenario.parent.folder, scenario.labeled).correct(labels)
    said = np.flatnonzero(~right | (rng.random(len(labels)) < _CONFIRMED))
    inverted = rng.random(len(said)) < wrong
    users = [f"person {rng.integers(_USERS)}" for _ in said]
    chosen = scenario.labeled.subset(said)
    return as_samples(
        FaceSet(chosen.greys, np.where(inverted, 1 - chosen.labels, chosen.labels)), users
    )


def hostile(scenario: Scenario) -> SampleSet:
    """Return five hundred inverted labels of one user."""
    greys = np.concatenate([scenario.plain.greys, scenario.labeled.greys])[:_MAX_HOSTILE]
    labels = np.concatenate([scenario.plain.labels, scenario.labeled.labels])[:_MAX_HOSTILE]
    return as_samples(FaceSet(greys, 1 - labels), ["mallory"] * len(labels))


def one_admin(scenario: Scenario) -> SampleSet:
    """Return the corrections of forty mistakes by one user, and nothing else."""
    labels = scenario.labeled.labels
    wrong = np.flatnonzero(
        ~predict_faces(scenario.parent.folder, scenario.labeled).correct(labels)
    )[:40]
    return as_samples(scenario.labeled.subset(wrong), ["admin"] * len(wrong))


def many(scenario: Scenario, count: int) -> SampleSet:
    """Return this number of samples, to measure what a retraining costs."""
    greys = np.concatenate([scenario.labeled.greys, scenario.others.greys])[:count]
    labels = np.concatenate([scenario.labeled.labels, scenario.others.labels])[:count]
    return as_samples(
        FaceSet(greys, labels), [f"person {one % _USERS}" for one in range(len(labels))]
    )


def together(*parts: SampleSet) -> SampleSet:
    """Combine samples; of several about the same picture the first stays."""
    digests = [digest for part in parts for digest in part.digests]
    first = [number for number, digest in enumerate(digests) if digest not in digests[:number]]
    return SampleSet(
        np.concatenate([part.crops for part in parts]),
        np.concatenate([part.labels for part in parts]),
        tuple(user for part in parts for user in part.users),
        tuple(digests),
    ).subset(np.array(first))


def _alter_all(faces: FaceSet) -> FaceSet:
    settings = Preprocessing()
    return FaceSet(np.stack([to_grey(alter(grey), settings) for grey in faces.greys]), faces.labels)


def alter(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Alter a face: masked, blurred, with a tenth of the light, and yellow.

    Args:
        grey: (side, side), grey levels 0 to 255.

    Returns:
        (96, 96, 3), RGB.
    """
    picture = Image.fromarray(grey).resize((_SIDE, _SIDE), Image.Resampling.BICUBIC)
    pixels = np.asarray(picture.convert("RGB")).copy()
    pixels[round(0.62 * _SIDE) :] = 230
    blurred = np.asarray(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(1.5)))
    return np.asarray(np.rint(blurred * 0.1 * np.array([1.0, 0.8, 0.5])), np.uint8)


def as_samples(faces: FaceSet, users: list[str], answered: int = 0) -> SampleSet:
    """Return faces with the labels that users gave them.

    Args:
        faces: the faces and what people say about them.
        users: (count,), who said it.
        answered: how many faces the model judged for these users, labelled or not.
    """
    digests = tuple(hashlib.sha256(grey.tobytes()).hexdigest() for grey in faces.greys)
    return SampleSet(faces.greys, faces.labels, tuple(users), digests, answered)


def parent_with(base: FaceSet, folder: Path) -> Version:
    """Copy the shipped model, with the base faces as the only validation faces of its gate.

    Otherwise the gate would measure on the same faces that users label, unaltered.
    """
    manifest = read_manifest(SHIPPED)
    replay = read_replay(SHIPPED, manifest)
    features = SplitNetwork(load_network(SHIPPED)).features(base.greys, manifest.preprocessing)
    shutil.copytree(SHIPPED, folder)
    chosen = QuantizedFeatures.of(features, replay.validation.step)
    made = replace(replay, validation=chosen, labels=base.labels)
    write_replay(made, folder / REPLAY_FILE)
    hashes = manifest.hashes | {REPLAY_FILE: sha256((folder / REPLAY_FILE).read_bytes())}
    replace(manifest, hashes=hashes).write(folder)
    return check_version(folder, shipped=True)
