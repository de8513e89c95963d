"""The files of a model folder, and its manifest.

manifest.json     version, data, metrics, preprocessing, hashes of the other files
mood.keras        the Keras network, for retraining
neither.keras     the Keras network that turns the features of the convolutions of
                  mood.keras into the probability of neither happy nor sad; optional
mood.tflite       the same network or both, converted to LiteRT, for serving
replay.npz        features of earlier faces (`model.retraining.replay_buffer`), for
                  retraining; optional
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
NEITHER_FILE = "neither.keras"
LITERT_FILE = "mood.tflite"
REPLAY_FILE = "replay.npz"


@dataclass(frozen=True, slots=True)
class NeitherOutput:
    """How to read a model's second output, the probability of neither happy nor sad.

    Attributes:
        temperature: divisor of its logits (Guo et al. 2017).
        threshold: a probability above it means neutral, 0 to 1.
    """

    temperature: float
    threshold: float


@dataclass(frozen=True, slots=True)
class Manifest:
    """The description of a model.

    Attributes:
        version: unique name of the model.
        created: date of the training, as YYYY-MM-DD.
        preprocessing: parameters of `model.network.preprocessing.preprocess`.
        temperature: divisor of the network's logits (Guo et al. 2017).
        sure_threshold: lowest confidence of a sure verdict, 0.5 to 1.
        neither: of a model that also tells neutral faces; None of one that does not.
        parent: version from which it was retrained; empty unless it was retrained.
        network: configuration of the network.
        training: hyperparameters and seed of the training.
        data: names and sizes of the training and test data.
        metrics: results of `model.evaluation.metrics.compute_metrics`.
        hashes: SHA-256 of each other file in the folder, by name.
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
    neither: NeitherOutput | None = None

    @property
    def files(self) -> tuple[str, ...]:
        """Names of the files that the folder has to have besides the manifest, unless optional."""
        neither = () if self.neither is None else (NEITHER_FILE,)
        return (KERAS_FILE, LITERT_FILE, *neither)

    def write(self, folder: Path) -> None:
        """Write the manifest into a model folder."""
        fields = asdict(self)
        if self.neither is None:
            del fields["neither"]  # earlier programs would refuse a field that they do not know
        text = json.dumps(fields, indent=2, ensure_ascii=False)
        (folder / MANIFEST_FILE).write_text(text + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a model folder.

    Raises:
        ModelNotFoundError: the folder has no manifest.
        ModelDamagedError: the file is not a valid manifest.
    """
    file = folder / MANIFEST_FILE
    try:
        fields = json.loads(file.read_text(encoding="utf-8"))
        fields["preprocessing"] = Preprocessing(**fields["preprocessing"])
        if fields.get("neither") is not None:
            fields["neither"] = NeitherOutput(**fields["neither"])
        manifest = Manifest(**fields)
        _check_fields(manifest)
        return manifest
    except FileNotFoundError:
        raise ModelNotFoundError(f"Expected a model manifest at {file}; there is none.") from None
    except (ValueError, TypeError, KeyError) as error:
        raise ModelDamagedError(f"{file} is not a model manifest: {error}") from error


def _check_fields(manifest: Manifest) -> None:
    """Raise ValueError or TypeError for values that prediction or the registry cannot handle."""
    for text in (manifest.version, manifest.created, manifest.parent):
        if not isinstance(text, str):
            raise TypeError(f"expected a text, got {text!r}")
    if not manifest.temperature > 0:
        raise ValueError(f"expected a temperature above 0, got {manifest.temperature}")
    if not 0.5 <= manifest.sure_threshold <= 1:
        raise ValueError(f"expected sure_threshold from 0.5 to 1, got {manifest.sure_threshold}")
    if (neither := manifest.neither) is not None:
        if not neither.temperature > 0:
            raise ValueError(f"expected a temperature above 0, got {neither.temperature}")
        if not 0 <= neither.threshold <= 1:
            raise ValueError(f"expected a threshold from 0 to 1, got {neither.threshold}")


def read_verified(folder: Path, name: str, manifest: Manifest) -> bytes:
    """Read a file of a model folder and compare it with its hash in the manifest.

    Args:
        folder: the model folder.
        name: name of the file.
        manifest: manifest of the model.

    Returns:
        Content of the file.

    Raises:
        ModelNotFoundError: there is no such file.
        ModelDamagedError: the hash differs.
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
    """Return the SHA-256 hash in hexadecimal."""
    return hashlib.sha256(content).hexdigest()
