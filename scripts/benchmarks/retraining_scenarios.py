"""A place where the model does badly, and what the people there would teach it.

A chat of people in white masks, photographed in dim, warm light, a little out of focus. Faces of
the validation pictures are shown so; whoever is there corrects every mistake, and confirms some of
the right answers. Made from known faces, all of it can be checked, and nothing else differs.
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
_SHOWN = 0.6  # of the validation faces; the others tell whether anything is lost
_CONFIRMED = 0.3  # of the right answers
_PEOPLE = 12
_HOSTILE = 500


@dataclass(frozen=True)
class Place:
    """Faces and their parts in one run.

    Args:
        taught: as seen there; those that people say something about are among them.
        plain: the same faces as they were.
        others: other faces as seen there, which nobody says anything about.
        base: other faces as they were; neither people there nor the network learned from them.
        parent: the shipped model, whose gate knows of no validation faces but `base`.
    """

    taught: FaceSet
    plain: FaceSet
    others: FaceSet
    base: FaceSet
    parent: Version

    @classmethod
    def made(cls, faces: FaceSet, more: FaceSet, folder: Path, seed: int) -> "Place":
        """Part the validation faces at random.

        Args:
            faces: all happy and sad ones.
            more: other faces that the shipped model did not learn from, for the base.
            folder: to make the parent in.
            seed: of the choice.
        """
        order = np.random.default_rng(seed).permutation(len(faces))
        shown = int(_SHOWN * len(faces))
        taught, others, rest = (faces.subset(o) for o in np.split(order, [shown // 2, shown]))
        base = FaceSet(
            np.concatenate([rest.greys, more.greys]), np.concatenate([rest.labels, more.labels])
        )
        return cls(
            _seen(taught),
            taught,
            _seen(others),
            base,
            _parent(base, folder),
        )


def honest(place: Place, seed: int, wrong: float = 0.0) -> SampleSet:
    """What people say who correct every mistake and confirm some right answers.

    Args:
        place: where.
        seed: of who confirms what.
        wrong: share of it that is the opposite of what is true, 0 to 1.
    """
    rng = np.random.default_rng(seed)
    labels = place.taught.labels
    right = predict_faces(place.parent.folder, place.taught).correct(labels)
    said = np.flatnonzero(~right | (rng.random(len(labels)) < _CONFIRMED))
    inverted = rng.random(len(said)) < wrong
    users = [f"person {rng.integers(_PEOPLE)}" for _ in said]
    chosen = place.taught.subset(said)
    return _samples(
        FaceSet(chosen.greys, np.where(inverted, 1 - chosen.labels, chosen.labels)), users
    )


def hostile(place: Place) -> SampleSet:
    """What somebody says who wants to turn the model round: the opposite, five hundred times."""
    greys = np.concatenate([place.plain.greys, place.taught.greys])[:_HOSTILE]
    labels = np.concatenate([place.plain.labels, place.taught.labels])[:_HOSTILE]
    return _samples(FaceSet(greys, 1 - labels), ["mallory"] * len(labels))


def one_admin(place: Place) -> SampleSet:
    """Forty mistakes, corrected by one person, and nothing else."""
    labels = place.taught.labels
    wrong = np.flatnonzero(~predict_faces(place.parent.folder, place.taught).correct(labels))[:40]
    return _samples(place.taught.subset(wrong), ["admin"] * len(wrong))


def many(place: Place, count: int) -> SampleSet:
    """So many lessons, to measure what they cost."""
    greys = np.concatenate([place.taught.greys, place.others.greys])[:count]
    labels = np.concatenate([place.taught.labels, place.others.labels])[:count]
    return _samples(
        FaceSet(greys, labels), [f"person {one % _PEOPLE}" for one in range(len(labels))]
    )


def together(*parts: SampleSet) -> SampleSet:
    """The lessons of all; where two are about the same picture, the first has it."""
    digests = [digest for part in parts for digest in part.digests]
    first = [number for number, digest in enumerate(digests) if digest not in digests[:number]]
    return SampleSet(
        np.concatenate([part.crops for part in parts]),
        np.concatenate([part.labels for part in parts]),
        tuple(user for part in parts for user in part.users),
        tuple(digests),
    ).subset(np.array(first))


def _seen(faces: FaceSet) -> FaceSet:
    settings = Preprocessing()
    return FaceSet(
        np.stack([to_grey(as_seen(grey), settings) for grey in faces.greys]), faces.labels
    )


def as_seen(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A face as it is seen there.

    Args:
        grey: (side, side), 0 to 255.

    Returns:
        (96, 96, 3) RGB: masked, blurred, with a tenth of the light, yellow.
    """
    picture = Image.fromarray(grey).resize((_SIDE, _SIDE), Image.Resampling.BICUBIC)
    pixels = np.asarray(picture.convert("RGB")).copy()
    pixels[round(0.62 * _SIDE) :] = 230
    blurred = np.asarray(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(1.5)))
    return np.asarray(np.rint(blurred * 0.1 * np.array([1.0, 0.8, 0.5])), np.uint8)


def _samples(faces: FaceSet, users: list[str]) -> SampleSet:
    digests = tuple(hashlib.sha256(grey.tobytes()).hexdigest() for grey in faces.greys)
    return SampleSet(faces.greys, faces.labels, tuple(users), digests)


def _parent(base: FaceSet, folder: Path) -> Version:
    """The shipped model with a replay set whose validation faces are the base faces alone.

    Otherwise the gate would look at the very faces that are taught, if in a better light.
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
