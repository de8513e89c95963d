"""Whether a detected face really is one.

The face-mesh network of MediaPipe (Kartynnik et al. 2019, "Real-time Facial Surface Geometry from
Monocular Video on Mobile GPUs") has an output for the presence of a face besides its landmarks.
"""

import numpy as np
from PIL import Image

from model.faces.crops import square_crop
from model.faces.weights import weights_file
from model.network.litert import HALF_OF_CORES, LiteRTModel

_INPUT_SIDE = 192
_MARGIN = 1.5  # side of the crop as a multiple of the box, as in MediaPipe's graph
_PRESENCE_OUTPUT = 1


class FacePresence:
    """The network; any number of threads may use it at once.

    Raises:
        ModelNotFoundError: the distribution that contains the weights is not installed.
    """

    def __init__(self) -> None:
        content = weights_file("face_landmark.tflite").read_bytes()
        self._model = LiteRTModel(content, HALF_OF_CORES)

    def score(
        self, photo: Image.Image, centre: tuple[float, float], side: float, tilt: float
    ) -> float:
        """Return the probability that there is a face in a box.

        Args:
            photo: RGB.
            centre: x, y of the centre of the box, in pixels.
            side: side of the box, in pixels.
            tilt: in-plane rotation of the face, in degrees; positive is clockwise.
        """
        crop = square_crop(photo, centre, side * _MARGIN, tilt, _INPUT_SIDE)
        outputs = self._model.run(np.asarray(crop, np.float32)[None] / np.float32(255))
        return float(1 / (1 + np.exp(-outputs[_PRESENCE_OUTPUT].ravel()[0])))
