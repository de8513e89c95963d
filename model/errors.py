"""Everything that `model` raises on purpose.

MoodError
├── ImageError                  the picture that someone sent cannot be used
│   ├── EmptyImageError             no bytes at all
│   ├── ImageFileTooLargeError      more bytes than allowed
│   ├── TooManyPixelsError          more pixels than allowed, as the header declares
│   ├── ImageTooSmallError          too few pixels to hold a face
│   ├── UnsupportedFormatError      not one of the allowed formats
│   └── DamagedImageError           an allowed format, but it does not decode
├── ModelError                  a model folder cannot be used
│   ├── ModelNotFoundError          a file of it is missing
│   │   └── NoReplayError               it has no replay set
│   ├── ModelDamagedError           a file of it is not what its manifest says
│   ├── UnknownVersionError         no version has this name
│   ├── VersionExistsError          a version has this name already
│   ├── NoEarlierVersionError       there is nothing to roll back to
│   └── ActiveVersionChangedError   somebody else activated another version meanwhile
├── AlreadyRunningError         what may run once only is running already
└── DatasetError                a folder of pictures cannot be trained on
    └── TooFewLessonsError          there are too few corrections to learn from

The text of an ImageError is a whole sentence, fit to be shown to the person who sent the picture.
"""

from collections.abc import Sequence
from math import ceil
from pathlib import Path

_MB = 1024 * 1024


class MoodError(Exception):
    """The root of all errors raised on purpose here."""


class ImageError(MoodError):
    """The picture cannot be used; `str(error)` can be shown to whoever sent it."""


class EmptyImageError(ImageError):
    """There are no bytes to decode."""

    def __init__(self) -> None:
        super().__init__("This file is empty. Please send the picture again.")


class ImageFileTooLargeError(ImageError):
    """The file has more bytes than allowed.

    Args:
        size: size of the file, in bytes.
        limit: largest size allowed, in bytes.
    """

    def __init__(self, size: int, limit: int) -> None:
        self.size = size
        self.limit = limit
        self.megabytes = f"{ceil(size / _MB * 10) / 10:.1f}"
        self.most_megabytes = f"{limit / _MB:.0f}"
        super().__init__(
            f"This file has {self.megabytes} MB, I can take up to {self.most_megabytes} MB. "
            "Please send a smaller version."
        )


class TooManyPixelsError(ImageError):
    """The header declares more pixels than allowed.

    Args:
        width: declared width, in pixels.
        height: declared height, in pixels.
        limit: largest number of pixels allowed.
    """

    def __init__(self, width: int, height: int, limit: int) -> None:
        self.width = width
        self.height = height
        self.limit = limit
        self.most_megapixels = f"{limit / 1e6:.0f}"
        super().__init__(
            f"This picture has {width}×{height} pixels, I can take up to "
            f"{self.most_megapixels} megapixels. Please send a smaller version."
        )


class ImageTooSmallError(ImageError):
    """The picture has too few pixels to show a face.

    Args:
        width: width, in pixels.
        height: height, in pixels.
        limit: shortest side allowed, in pixels.
    """

    def __init__(self, width: int, height: int, limit: int) -> None:
        self.width = width
        self.height = height
        self.limit = limit
        super().__init__(
            f"This picture has only {width}×{height} pixels, I need at least {limit} on each "
            "side. Please send a larger version."
        )


class UnsupportedFormatError(ImageError):
    """The content is none of the allowed formats, whatever the file is called."""

    def __init__(self) -> None:
        super().__init__(
            "I cannot read this file as a picture. Please send a JPEG, PNG, WebP, HEIC or GIF."
        )


class DamagedImageError(ImageError):
    """The content starts like an allowed format but does not decode."""

    def __init__(self) -> None:
        super().__init__("This picture seems to be damaged. Please send it again.")


class ModelError(MoodError):
    """A model folder cannot be used."""


class ModelNotFoundError(ModelError):
    """A model folder lacks a file."""


class NoReplayError(ModelNotFoundError):
    """A model has no replay set, which retraining needs.

    Args:
        version: of the model.
        file: that would hold it.
    """

    def __init__(self, version: str, file: Path) -> None:
        super().__init__(
            f"Expected model {version} to have a replay buffer, but there is no {file}. "
            "Make it with python -m scripts.build_replay."
        )
        self.version = version
        self.file = file


class ModelDamagedError(ModelError):
    """A file of a model folder is not what its manifest says."""


class UnknownVersionError(ModelError):
    """No version has this name.

    Args:
        name: that was asked for.
        known: the names there are.
    """

    def __init__(self, name: str, known: Sequence[str]) -> None:
        self.name = name
        self.known = tuple(known)
        super().__init__(f"There is no version {name!r}. There are: {', '.join(sorted(known))}.")


class VersionExistsError(ModelError):
    """A version has this name already; versions are never changed.

    Args:
        name: of the version.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(
            f"There is a version {name} already, and versions are never changed. "
            "Give the new one another name."
        )


class NoEarlierVersionError(ModelError):
    """There is nothing to roll back to.

    Args:
        name: of the version that serves.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"Before version {name} none served that could serve again.")


class ActiveVersionChangedError(ModelError):
    """The version to be replaced is not active any more: somebody else was faster.

    Args:
        expected: name of the version that was to be replaced.
        active: name of the version that is active instead.
    """

    def __init__(self, expected: str, active: str) -> None:
        self.active = active
        super().__init__(f"Expected version {expected} to be active, but {active} is.")


class AlreadyRunningError(MoodError):
    """What may run once only is running already.

    Args:
        lock: the file that is locked meanwhile.
    """

    def __init__(self, lock: Path) -> None:
        self.lock = lock
        super().__init__(f"Another process is at it: it holds {lock}. Wait until it has ended.")


class DatasetError(MoodError):
    """A folder of pictures is not what training expects."""


class TooFewSamplesError(DatasetError):
    """There are too few samples to train on some and measure with others.

    Args:
        count: Samples there are.
    """

    def __init__(self, count: int) -> None:
        super().__init__(
            f"Expected at least two samples, and one that is not held out; got {count} in all."
        )
        self.count = count
