"""The layout of a data set: which of its pictures to train on, and which to measure with.

A folder holds either one folder for each label, or train/ with such folders and, beside it,
validation/ (or val/) and test/, both optional. Labels may be in capitals; folders whose names start
with "_" or "." are not labels.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from model.data.cleaning import list_images
from model.data.image_folder import LabeledImage, label_folders
from model.data.votes import Votes, votes_near
from model.errors import DatasetError

SAD, HAPPY, NEUTRAL = "sad", "happy", "neutral"
TRAIN, VALIDATION, TEST = "train", "validation", "test"
_FOLDERS = {TRAIN: (TRAIN,), VALIDATION: (VALIDATION, "val"), TEST: (TEST,)}
# Happy pictures, and as many sad ones. With fewer to learn from, chance decides what is learned;
# with fewer to measure with, one picture changes the accuracy by a tenth.
MIN_IMAGES = {TRAIN: 20, VALIDATION: 5, TEST: 5}


@dataclass(frozen=True, slots=True)
class FolderLayout:
    """The pictures of a folder, none of them opened yet.

    Attributes:
        names: the labels: sad, happy, then all others by name.
        parts: the pictures of train and, if the folder has them, of validation and test; label by
            label in the order of `names`, sorted by path within a label.
    """

    names: tuple[str, ...]
    parts: dict[str, tuple[LabeledImage, ...]]


def read_layout(folder: Path) -> FolderLayout:
    """Recognise the layout of a data set, and list its pictures.

    Raises:
        DatasetError: the layout is none of the known ones, happy or sad pictures are missing, or
            votes.csv is not as expected.
    """
    if not folder.is_dir():
        raise DatasetError(f"Expected a folder of pictures at {folder}; there is none.")
    part_folders = _find_parts(folder)
    names = label_names(part_folders[TRAIN])
    votes = votes_near(folder)
    parts = {part: _list_part(root, names, votes) for part, root in part_folders.items()}
    for part, root in part_folders.items():
        counts = Counter(image.label for image in parts[part])
        require_min_images(counts, part, f"pictures in {root}")
    return FolderLayout(names, parts)


def _list_part(
    root: Path, names: tuple[str, ...], votes: Mapping[Path, Votes]
) -> tuple[LabeledImage, ...]:
    folders = label_folders(root)
    return tuple(
        LabeledImage(one / path, name, votes.get((one / path).absolute()))
        for name in names
        for one in folders.get(name, [])
        for path in list_images(one)
    )


def _find_parts(folder: Path) -> dict[str, Path]:
    """Return the folder of each part, which holds the folders of the labels."""
    found = {
        part: folder / name
        for part, choices in _FOLDERS.items()
        for name in reversed(choices)
        if (folder / name).is_dir()
    }
    if TRAIN in found:
        return found
    if {HAPPY, SAD} & label_folders(folder).keys():
        return {TRAIN: folder}
    content = ", ".join(sorted(one.name for one in folder.iterdir())[:8]) or "nothing"
    raise DatasetError(
        f"Expected {folder} to hold happy/ and sad/, or train/ (and, if you like, validation/ and "
        f"test/) with happy/ and sad/ in each; it holds {content}. Sort the pictures into these "
        "folders and start again."
    )


def label_names(folder: Path) -> tuple[str, ...]:
    """Return the labels of a folder: sad, happy, then all others by name.

    A face's label is the position of its name.
    """
    return (SAD, HAPPY, *(name for name in label_folders(folder) if name not in (SAD, HAPPY)))


def require_min_images(counts: Mapping[str, int], part: str, what: str, advice: str = "") -> None:
    """Raise an error if a part of a data set has too few happy or sad pictures.

    Args:
        counts: number of pictures by label.
        part: train, validation or test.
        what: what was counted, for the message.
        advice: what else may help, for the message.

    Raises:
        DatasetError: there are too few.
    """
    for mood in (HAPPY, SAD):
        if counts.get(mood, 0) < MIN_IMAGES[part]:
            raise DatasetError(
                f"Expected at least {MIN_IMAGES[part]} {mood} {what} for {part}; there are "
                f"{counts.get(mood, 0)}. Add {mood} pictures{advice} and start again."
            )


def count_labels(labels: Iterable[int], names: tuple[str, ...]) -> dict[str, int]:
    """Count each label that occurs, in the order of the names."""
    counted = Counter(labels)
    return {name: counted[label] for label, name in enumerate(names) if counted[label]}
