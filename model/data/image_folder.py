"""Folders of pictures whose names are the labels of the pictures."""

from dataclasses import dataclass
from pathlib import Path

from model.errors import DatasetError
from model.network.verdict import Verdict

MOODS = (Verdict.HAPPY.value, Verdict.SAD.value)


@dataclass(frozen=True, slots=True)
class LabeledImage:
    """A file and the label that its folder gives it."""

    file: Path
    label: str


def list_labeled_images(folder: Path) -> list[LabeledImage]:
    """List the files of a folder that holds one folder for each label.

    Args:
        folder: holds happy/ and sad/; other folders in it, such as neutral/, are labels as well,
            unless their name starts with "_" or ".".

    Returns:
        All files but hidden ones: happy, then sad, then the other labels by name; sorted by path
        within a label.

    Raises:
        DatasetError: happy/ or sad/ is missing or empty.
    """
    for mood in MOODS:
        if not (folder / mood).is_dir():
            raise DatasetError(
                f"Expected a folder {folder / mood} with {mood} pictures; there is none. "
                f"{folder} must hold happy/ and sad/."
            )
    others = sorted(one.name for one in folder.iterdir() if one.is_dir() and is_label(one.name))
    names = [*MOODS, *(name for name in others if name not in MOODS)]
    found = [LabeledImage(file, name) for name in names for file in list_files(folder / name)]
    for mood in MOODS:
        if not any(image.label == mood for image in found):
            raise DatasetError(f"Expected pictures in {folder / mood}; it is empty.")
    return found


def list_files(folder: Path) -> list[Path]:
    """List all files of a folder tree but hidden ones, sorted by path."""
    return sorted(
        file
        for file in folder.rglob("*")
        if file.is_file()
        and not any(part.startswith(".") for part in file.relative_to(folder).parts)
    )


def is_label(name: str) -> bool:
    """Tell whether a folder of this name holds the pictures of a label."""
    return not name.startswith(("_", "."))
