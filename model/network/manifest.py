"""A model folder: the network in two forms, and a manifest that says what they are.

manifest.json     version, data, metrics, preprocessing, hashes of the other files
mood.keras        the Keras network, for training on
mood.tflite       the same compiled to LiteRT, for serving
replay.npz        old faces for retraining (`model.retraining.replay_buffer`); may be missing
"""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from model.errors import ModelDamagedError, ModelNotFoundError
from model.network.preprocessing import Preprocessing

SHIPPED = Path(__file__).parents[1] / "weights"
MANIFEST_FILE = "manifest.json"
KERAS_FILE = "mood.keras"
LITERT_FILE = "mood.tflite"
REPLAY_FILE = "replay.npz"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a model is and how to use it.

    Args:
        version: unique name of the model.
        created: date of its training, as YYYY-MM-DD.
        preprocessing: how crops become the network's input.
        temperature: the network's logit is divided by it before the sigmoid (Guo et al. 2017).
        sure_threshold: least confidence that counts as sure, 0.5 to 1.
        parent: version that it was learned from, if from one.
        network: shape of the network.
        training: recipe and seed of its training.
        data: what it was trained and measured on: names and counts.
        metrics: what was measured (`model.evaluation.metrics.measure`).
        hashes: SHA-256 of each other file of the folder, by name.
    """

    version: str
    created: str
    preprocessing: Preprocessing
    temperature: float
    sure_threshold: float
    parent: str = ""
    network: dict[str, Any] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, Any] = field(default_factory=dict)
    hashes: dict[str, str] = field(default_factory=dict)

    def write(self, folder: Path) -> None:
        """Write it into a model folder."""
        text = json.dumps(asdict(self), indent=2, ensure_ascii=False)
        (folder / MANIFEST_FILE).write_text(text + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a model folder.

    Args:
        folder: of the model.

    Returns:
        The manifest.

    Raises:
        ModelNotFoundError: there is none.
        ModelDamagedError: it is no manifest.
    """
    file = folder / MANIFEST_FILE
    try:
        fields = json.loads(file.read_text(encoding="utf-8"))
        fields["preprocessing"] = Preprocessing(**fields["preprocessing"])
        manifest = Manifest(**fields)
        _check_fields(manifest)
        return manifest
    except FileNotFoundError:
        raise ModelNotFoundError(f"Expected a model manifest at {file}; there is none.") from None
    except (ValueError, TypeError, KeyError) as error:
        raise ModelDamagedError(f"{file} is not a model manifest: {error}") from error


def _check_fields(manifest: Manifest) -> None:
    """Raise ValueError or TypeError for what prediction and registry could not work with."""
    for text in (manifest.version, manifest.created, manifest.parent):
        if not isinstance(text, str):
            raise TypeError(f"expected a text, got {text!r}")
    if not manifest.temperature > 0:
        raise ValueError(f"expected a temperature above 0, got {manifest.temperature}")
    if not 0.5 <= manifest.sure_threshold <= 1:
        raise ValueError(f"expected sure_threshold from 0.5 to 1, got {manifest.sure_threshold}")


def read_verified(folder: Path, name: str, manifest: Manifest) -> bytes:
    """Read a file of a model folder if it is what the manifest says.

    Args:
        folder: of the model.
        name: of the file.
        manifest: of the model.

    Returns:
        The file's bytes.

    Raises:
        ModelNotFoundError: there is no such file.
        ModelDamagedError: its SHA-256 is not the manifest's.
    """
    try:
        content = (folder / name).read_bytes()
    except FileNotFoundError:
        raise ModelNotFoundError(f"Expected {folder / name}; there is no such file.") from None
    expected, got = manifest.hashes.get(name), sha256(content)
    if got != expected:
        raise ModelDamagedError(
            f"{folder / name} is not the file of model {manifest.version}: expected SHA-256 "
            f"{expected}, got {got}. Put the original file back."
        )
    return content


def sha256(content: bytes) -> str:
    """The SHA-256 of some bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()
