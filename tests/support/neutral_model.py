"""A model that tells neutral faces: the shipped weights with a second output."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers

from model.network.architecture import flatten_layer
from model.network.manifest import KERAS_FILE, SHIPPED, NeitherOutput, read_manifest
from model.training.pipeline import write_model_folder

NEUTRAL_ABOVE = 0.6


def neutral_model(place: Path, version: str, probability_neither: float, **changed: Any) -> Path:
    """Create a model folder that finds each face equally neutral.

    Args:
        place: the folder to create it in.
        version: the name of the version.
        probability_neither: what it says of each face, 0 to 1; neutral above 0.6.
        **changed: fields of the manifest that differ from the shipped ones.
    """
    network = keras.saving.load_model(SHIPPED / KERAS_FILE, compile=False)
    manifest = replace(
        read_manifest(SHIPPED),
        version=version,
        neither=NeitherOutput(temperature=1.0, threshold=NEUTRAL_ABOVE),
        **changed,
    )
    greys = np.random.default_rng(0).integers(0, 256, (2, 48, 48), np.uint8)
    branch = constant_branch(network, probability_neither)
    write_model_folder(network, manifest, greys, place / version, branch)
    return place / version


def constant_branch(network: keras.Sequential, probability_neither: float) -> keras.Sequential:
    """Return a network for the second output that answers the same for each face."""
    features = int(flatten_layer(network).output.shape[1])
    branch = keras.Sequential(
        [
            keras.Input((features,), name="features"),
            layers.Dense(4, activation="relu"),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    hidden, _, output, _ = branch.get_weights()
    logit = np.log(probability_neither / (1 - probability_neither))
    branch.set_weights([hidden, np.zeros(4), np.zeros_like(output), np.array([logit])])
    return branch
