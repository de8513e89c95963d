"""Simulated users whose camera shakes, for `retraining_quality`.

It is fixed to a bicycle or a car on a rough road: the faces are blurred in a nearly vertical
direction, by a quarter to a third of a face. Validation faces are altered to look so; the users
correct every mistake and confirm some of the right answers. As the faces are known, every label can
be checked.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model.data.face_set import FaceSet
from model.registry.version import Version
from model.retraining.samples import SampleSet
from scripts.benchmarks.shipped_view import Unseen, ViewedFaces, parent_with, shipped_network

_ALTERED = 0.6  # of the validation faces; the others measure forgetting
_CONFIRMED = 0.3  # of the right answers
_USERS = 12
_MAX_HOSTILE = 500
_BLUR = (0.25, 0.33)  # length of the blur, as a share of the side
_TILT = 10.0  # degrees between the blur and the vertical, at most, in either direction


@dataclass(frozen=True)
class Material:
    """All faces, as they are and altered, as the shipped model sees them.

    Attributes:
        plain: the validation faces.
        altered: the same faces, altered.
        more: other unaltered faces that the shipped model was not trained on.
    """

    plain: ViewedFaces
    altered: ViewedFaces
    more: ViewedFaces

    @classmethod
    def of(cls, unseen: Unseen) -> "Material":
        """Alter the validation faces, each in another way, and show all faces to the model."""
        network, rng = shipped_network(), np.random.default_rng(0)
        faces = unseen.validation
        shaken = FaceSet(np.stack([shake(grey, rng) for grey in faces.greys]), faces.labels)
        parts = (faces, shaken, unseen.calibration)
        return cls(*(ViewedFaces.of(part, network) for part in parts))


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

    labeled: ViewedFaces
    plain: ViewedFaces
    others: ViewedFaces
    base: ViewedFaces
    parent: Version

    @classmethod
    def create(cls, material: Material, folder: Path, seed: int) -> "Scenario":
        """Split the validation faces at random.

        Args:
            material: the faces.
            folder: folder to make the parent in.
            seed: seed of the split.
        """
        order = np.random.default_rng(seed).permutation(len(material.plain))
        shown = int(_ALTERED * len(order))
        labeled, others, rest = np.split(order, [shown // 2, shown])
        base = material.plain.subset(rest).joined(material.more)
        return cls(
            material.altered.subset(labeled),
            material.plain.subset(labeled),
            material.altered.subset(others),
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
    right = scenario.labeled.right
    said = np.flatnonzero(~right | (rng.random(len(right)) < _CONFIRMED))
    inverted = rng.random(len(said)) < wrong
    users = [f"person {rng.integers(_USERS)}" for _ in said]
    chosen = scenario.labeled.faces.subset(said)
    return as_samples(
        FaceSet(chosen.greys, np.where(inverted, 1 - chosen.labels, chosen.labels)), users
    )


def hostile(scenario: Scenario) -> SampleSet:
    """Return five hundred inverted labels of one user."""
    faces = scenario.plain.joined(scenario.labeled).faces
    greys, labels = faces.greys[:_MAX_HOSTILE], faces.labels[:_MAX_HOSTILE]
    return as_samples(FaceSet(greys, 1 - labels), ["mallory"] * len(labels))


def one_admin(scenario: Scenario) -> SampleSet:
    """Return the corrections of forty mistakes by one user, and nothing else."""
    wrong = np.flatnonzero(~scenario.labeled.right)[:40]
    return as_samples(scenario.labeled.faces.subset(wrong), ["admin"] * len(wrong))


def many(scenario: Scenario, count: int) -> SampleSet:
    """Return this number of samples, to measure what a retraining costs."""
    faces = scenario.labeled.joined(scenario.others).faces
    faces = faces.subset(np.arange(min(count, len(faces))))
    return as_samples(faces, [f"person {one % _USERS}" for one in range(len(faces))])


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


def shake(grey: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Blur a face as a camera does that moves up or down meanwhile, evenly and along a line.

    Args:
        grey: (side, side), grey levels 0 to 255.
        rng: the source of length and direction.

    Returns:
        An array of the same shape.
    """
    side = len(grey)
    length = round(rng.uniform(*_BLUR) * side)
    tilt = np.deg2rad(rng.uniform(-_TILT, _TILT))
    padded = np.pad(grey.astype(np.float64), length, "edge")
    copies = []
    for distance in np.arange(length) - (length - 1) / 2:
        top = length + round(distance * np.cos(tilt))
        left = length + round(distance * np.sin(tilt))
        copies.append(padded[top : top + side, left : left + side])
    return np.asarray(np.rint(np.mean(copies, axis=0)), np.uint8)


def as_samples(faces: FaceSet, users: list[str], answered: int = 0) -> SampleSet:
    """Return faces with the labels that users gave them.

    Args:
        faces: the faces and what people say about them.
        users: (count,), who said it.
        answered: how many faces the model judged for these users, labelled or not.
    """
    digests = tuple(hashlib.sha256(grey.tobytes()).hexdigest() for grey in faces.greys)
    return SampleSet(faces.greys, faces.labels, tuple(users), digests, answered)
