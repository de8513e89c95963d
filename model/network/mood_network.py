"""The converted network of a model folder, with its calibration."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model.errors import ModelDamagedError
from model.network.litert import HALF_OF_CORES, LiteRTModel
from model.network.manifest import LITERT_FILE, Manifest, read_verified
from model.network.verdict import MoodProbabilities, apply_temperature

# Names of the outputs of a network with two.
HAPPY_OUTPUT, NEITHER_OUTPUT = "happy", "neither"


class MoodNetwork:
    """A loaded network; any number of threads may use it at once.

    Args:
        folder: the model folder.
        manifest: its manifest.

    Raises:
        ModelNotFoundError: the file is missing.
        ModelDamagedError: the file does not match the manifest.
    """

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        file = folder / LITERT_FILE
        self._manifest = manifest
        try:
            content = read_verified(folder, LITERT_FILE, manifest)
            self._network = LiteRTModel(content, HALF_OF_CORES)
        except ValueError as error:
            raise ModelDamagedError(f"{file} is not a LiteRT model: {error}") from error
        names = self._network.output_names
        if manifest.neither is not None and not names >= {HAPPY_OUTPUT, NEITHER_OUTPUT}:
            raise ModelDamagedError(
                f"Expected the outputs {HAPPY_OUTPUT} and {NEITHER_OUTPUT} of {file}; "
                f"got {', '.join(sorted(names)) or 'none'}."
            )

    def probabilities(self, face: NDArray[np.float32]) -> MoodProbabilities:
        """Return the calibrated probabilities of a face.

        Args:
            face: output of `model.network.preprocessing.preprocess`.
        """
        neither = self._manifest.neither
        if neither is None:
            return MoodProbabilities(
                _calibrated(self._network.run(face[None])[0], self._manifest.temperature)
            )
        outputs = self._network.run_by_name(face[None])
        return MoodProbabilities(
            _calibrated(outputs[HAPPY_OUTPUT], self._manifest.temperature),
            _calibrated(outputs[NEITHER_OUTPUT], neither.temperature),
        )


def _calibrated(output: NDArray[np.float32], temperature: float) -> float:
    return float(apply_temperature(output.astype(np.float64), temperature)[0, 0])
