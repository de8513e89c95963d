"""Folders of pictures whose names say what the pictures show."""

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
    """List the files of a folder that holds a folder for each label.

    Args:
        folder: holds happy/ and sad/; other folders, such as neutral/, are labels too, but for
            those whose name starts with "_" or ".".

    Returns:
        All files, happy first, then sad, then the others by name, each label's in order of path;
        hidden files are left out.

    Raises:
        DatasetError: happy/ or sad/ is missing or empty.
    """
    for mood in MOODS:
        if not (folder / mood).is_dir():
            raise DatasetError(
                f"Expected a folder {folder / mood} with {mood} pictures; there is none. "
                f"{folder} must hold happy/ and sad/."
            )
    others = sorted(one.name for one in folder.iterdir() if one.is_dir() and _is_label(one.name))
    names = [*MOODS, *(name for name in others if name not in MOODS)]
    found = [LabeledImage(file, name) for name in names for file in list_files(folder / name)]
    for mood in MOODS:
        if not any(one.label == mood for one in found):
            raise DatasetError(f"Expected pictures in {folder / mood}; it is empty.")
    return found


def list_files(folder: Path) -> list[Path]:
    """All files of a folder and the folders in it, in order of path, but for hidden ones."""
    return sorted(
        file
        for file in folder.rglob("*")
        if file.is_file() and not any(_is_hidden(part) for part in file.relative_to(folder).parts)
    )


def _is_label(name: str) -> bool:
    return not name.startswith(("_", "."))


def _is_hidden(name: str) -> bool:
    return name.startswith(".")
