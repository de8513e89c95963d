"""The packages that training needs and predicting does not."""

import logging
import os
import platform
from importlib import import_module
from importlib.util import find_spec

from model.errors import TrainingNotInstalledError
from model.network.native_noise import without_native_noise

_PACKAGES = ("tensorflow", "keras")
_X86 = ("x86_64", "amd64")


def is_training_installed() -> bool:
    """Return whether training is possible here; imports nothing, which would take seconds."""
    return all(find_spec(name) for name in _PACKAGES)


def require_training() -> None:
    """Check that training is possible here, before anything else is done for it.

    Raises:
        TrainingNotInstalledError: it is not.
    """
    if not is_training_installed():
        raise TrainingNotInstalledError


def load_training() -> None:
    """Import the packages, which takes seconds, without what they say of processors and drivers."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if platform.machine().lower() in _X86:
        # Training takes 0.6 of the time with it. TensorFlow uses it without being told only where
        # there are instructions for neural networks:
        # https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/util/port.cc
        os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    with without_native_noise():
        for name in _PACKAGES:
            import_module(name)
    # It warns where several networks are each used a few times, as if they were one.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
