"""Whether the packages are installed that training needs and predicting does not."""

from importlib.util import find_spec

from model.errors import TrainingNotInstalledError

_PACKAGES = ("tensorflow", "keras")


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
