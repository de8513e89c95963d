"""Which faces the metrics in a manifest were measured on: only equal ones can be compared."""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from model.network.manifest import Manifest

if TYPE_CHECKING:
    from model.data.splits import DatasetSplit

_KEY = "evaluation_set"  # in `Manifest.data`


@dataclass(frozen=True, slots=True)
class EvaluationSet:
    """Faces to measure models on.

    Attributes:
        name: name and part of the data set, such as "faces/validation".
        sha256: of the whole data set and its split, in hexadecimal.
    """

    name: str
    sha256: str

    def as_data(self) -> dict[str, Any]:
        """Return the entry for `Manifest.data`."""
        return {_KEY: asdict(self)}


def evaluation_set_of(name: str, data: "DatasetSplit") -> EvaluationSet:
    """Return the evaluation set of a data set.

    Args:
        name: the name of the data set.
        data: its faces.
    """
    part = "validation" if data.test is None else "test"
    return EvaluationSet(f"{name}/{part}", data.digest())


def read_evaluation_set(manifest: Manifest) -> EvaluationSet | None:
    """Return what the metrics in a manifest were measured on; None if it does not say.

    Manifests of trained models did not always say so, but always named their data set.
    """
    data = manifest.data
    entry = data.get(_KEY)
    if entry is None and not manifest.parent and "name" in data:
        part = "test" if "test" in data else "validation"
        entry = {"name": f"{data['name']}/{part}", "sha256": data.get("sha256")}
    match entry:
        case {"name": str(name), "sha256": str(sha256)}:
            return EvaluationSet(name, sha256)
    return None


def is_comparable(one: Manifest | None, other: Manifest | None) -> bool:
    """Return whether the metrics in two manifests were measured on the same faces."""
    if one is None or other is None:
        return False
    faces = read_evaluation_set(one)
    return faces is not None and faces == read_evaluation_set(other)
