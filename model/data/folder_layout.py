"""Which pictures of a folder to train on, and which to measure with.

A folder holds either a folder a label, or train/ with such folders and, beside it, validation/
(or val/) and test/, both optional. What starts with "_" or "." is no label.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from model.data.cleaning import list_images
from model.data.image_folder import LabeledImage
from model.errors import DatasetError

SAD, HAPPY, NEUTRAL = "sad", "happy", "neutral"
TRAIN, VALIDATION, TEST = "train", "validation", "test"
_FOLDERS = {TRAIN: (TRAIN,), VALIDATION: (VALIDATION, "val"), TEST: (TEST,)}
# Of happy and of sad pictures each. With fewer to learn from, chance decides what is learned; with
# fewer to measure with, one picture moves the accuracy by a tenth.
MIN_IMAGES = {TRAIN: 20, VALIDATION: 5, TEST: 5}


@dataclass(frozen=True, slots=True)
class FolderLayout:
    """The pictures of a folder, before any of them is opened.

    Args:
        folder: the whole.
        names: the labels: sad, happy, then all others by name.
        parts: the pictures of train and, if the folder has them, of validation and test; label by
            label in the order of `names`, each label's in order of path.
    """

    folder: Path
    names: tuple[str, ...]
    parts: dict[str, tuple[LabeledImage, ...]]


def read_layout(folder: Path) -> FolderLayout:
    """Find out how a folder is laid out, and list its pictures.

    Args:
        folder: to train on.

    Returns:
        Its labels and pictures.

    Raises:
        DatasetError: it is not laid out in one of the known ways, or lacks happy or sad pictures.
    """
    if not folder.is_dir():
        raise DatasetError(f"Expected a folder of pictures at {folder}; there is none.")
    roots = _roots(folder)
    names = label_names(roots[TRAIN])
    parts = {
        part: tuple(
            LabeledImage(root / name / path, name)
            for name in names
            if (root / name).is_dir()
            for path in list_images(root / name)
        )
        for part, root in roots.items()
    }
    for part, root in roots.items():
        require_min_images(Counter(one.label for one in parts[part]), part, f"pictures in {root}")
    return FolderLayout(folder, names, parts)


def _roots(folder: Path) -> dict[str, Path]:
    """The folder with the label folders of each part."""
    found = {
        part: folder / name
        for part, choices in _FOLDERS.items()
        for name in reversed(choices)
        if (folder / name).is_dir()
    }
    if TRAIN in found:
        return found
    if (folder / HAPPY).is_dir() or (folder / SAD).is_dir():
        return {TRAIN: folder}
    held = ", ".join(sorted(one.name for one in folder.iterdir())[:8]) or "nothing"
    raise DatasetError(
        f"Expected {folder} to hold happy/ and sad/, or train/ (and, if you like, validation/ and "
        f"test/) with happy/ and sad/ in each; it holds {held}. Sort the pictures into these "
        "folders and start again."
    )


def label_names(folder: Path) -> tuple[str, ...]:
    """The labels of a folder: sad, happy, then all others by name.

    Args:
        folder: with a folder a label; names that start with _ or . are no labels.

    Returns:
        The names; a face's label is the position of its name.
    """
    folders = [one.name for one in folder.iterdir() if one.is_dir()]
    others = sorted(name for name in folders if name[0] not in "_." and name not in (SAD, HAPPY))
    return (SAD, HAPPY, *others)


def require_min_images(counts: Mapping[str, int], part: str, what: str, advice: str = "") -> None:
    """Refuse a part of a data set that has too few happy or sad pictures.

    Args:
        counts: of pictures, by label.
        part: train, validation or test.
        what: that is counted, for the message.
        advice: what else may help, for the message.

    Raises:
        DatasetError: too few.
    """
    for mood in (HAPPY, SAD):
        if counts.get(mood, 0) < MIN_IMAGES[part]:
            raise DatasetError(
                f"Expected at least {MIN_IMAGES[part]} {mood} {what} for {part}; there are "
                f"{counts.get(mood, 0)}. Add {mood} pictures{advice} and start again."
            )


def count_labels(labels: Iterable[int], names: tuple[str, ...]) -> dict[str, int]:
    """How many there are of each label that occurs, in the order of the names."""
    counted = Counter(labels)
    return {name: counted[label] for label, name in enumerate(names) if counted[label]}
