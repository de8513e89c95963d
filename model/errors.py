"""Everything that `model` raises on purpose.

MoodError
├── ImageError                  an image file cannot be used
│   ├── EmptyImageError             no bytes at all
│   ├── ImageFileTooLargeError      more bytes than allowed
│   ├── TooManyPixelsError          more pixels than allowed, as the header declares
│   ├── ImageTooSmallError          too few pixels to hold a face
│   ├── UnsupportedFormatError      not one of the accepted formats
│   ├── DamagedImageError           an accepted format, but it does not decode
│   ├── UnreadableVideoError        no frame of a video can be decoded
│   ├── VideoTooLongError           a video is longer than allowed
│   └── ImageTimeoutError           it takes too long to decode
├── ModelError                  a model folder cannot be used
│   ├── ModelNotFoundError          a file of it is missing
│   │   └── NoReplayError               it has no replay buffer
│   ├── ModelDamagedError           a file of it is not what its manifest says
│   ├── UnknownVersionError         no version has this name
│   ├── VersionExistsError          a version has this name already
│   ├── NoEarlierVersionError       there is nothing to roll back to
│   └── ActiveVersionChangedError   somebody else activated another version meanwhile
├── TrainingNotInstalledError   TensorFlow, which training needs, is not installed
├── AlreadyRunningError         what may run only once is running already
└── DatasetError                a folder of pictures cannot be trained on
    └── TooFewSamplesError          there are too few samples for a retraining

The texts are for engineers and command lines. What users and admins read is in `bot.replies`.
"""

import copyreg
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path


def pip_command(*arguments: str) -> str:
    """Return the shell command that installs packages for the Python that runs.

    Args:
        *arguments: of `pip install`. An extra of this package is added to the package that is
            installed, whether it came from a wheel or from a clone.
    """
    return shlex.join([sys.executable, "-m", "pip", "install", *arguments])


class MoodError(Exception):
    """Root of all errors raised on purpose here."""

    def __reduce__(self) -> tuple[object, ...]:
        # By default, unpickling passes the text to `__init__`, which here takes something else.
        return copyreg.__newobj__, (type(self), *self.args), vars(self)  # type: ignore[attr-defined]


class ImageError(MoodError):
    """An image file cannot be used."""


class EmptyImageError(ImageError):
    """There are no bytes to decode."""

    def __init__(self) -> None:
        super().__init__("The image file is empty.")


class ImageFileTooLargeError(ImageError):
    """The file has more bytes than allowed.

    Args:
        size: size of the file, in bytes.
        limit: largest size allowed, in bytes.
    """

    def __init__(self, size: int, limit: int) -> None:
        self.size = size
        self.limit = limit
        super().__init__(f"The image file has {size:,} bytes; at most {limit:,} are allowed.")


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
        super().__init__(
            f"The image has {width}×{height} pixels; "
            f"at most {limit / 1e6:.0f} megapixels are allowed."
        )


class ImageTooSmallError(ImageError):
    """The image has too few pixels to show a face.

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
            f"The image has only {width}×{height} pixels; each side needs at least {limit}."
        )


class UnsupportedFormatError(ImageError):
    """The content is in none of the accepted formats, whatever the file is called."""

    def __init__(self) -> None:
        super().__init__("The file is no JPEG, PNG, WebP, HEIC or GIF image.")


class DamagedImageError(ImageError):
    """The content starts like an accepted format but does not decode."""

    def __init__(self) -> None:
        super().__init__("The image is damaged.")


class UnreadableVideoError(ImageError):
    """A video is damaged, its codec is not accepted, or the extra `video` is not installed."""

    def __init__(self) -> None:
        super().__init__("No frame of the video can be decoded.")


class VideoTooLongError(ImageError):
    """A video is longer than allowed.

    Args:
        seconds: its length, in seconds.
        limit: greatest length allowed, in seconds.
    """

    def __init__(self, seconds: int, limit: int) -> None:
        self.seconds = seconds
        self.limit = limit
        super().__init__(f"The video takes {seconds} s; at most {limit} s are allowed.")


class ImageTimeoutError(ImageError):
    """Decoding the content takes longer than allowed."""

    def __init__(self) -> None:
        super().__init__("The image takes too long to decode.")


class ModelError(MoodError):
    """A model folder cannot be used."""


class ModelNotFoundError(ModelError):
    """A model folder lacks a file."""


class NoReplayError(ModelNotFoundError):
    """A model has no replay buffer, which retraining needs.

    Args:
        version: the model's version.
        file: the file that would hold the replay buffer.
    """

    def __init__(self, version: str, file: Path) -> None:
        self.version = version
        self.file = file
        super().__init__(
            f"Expected model {version} to have a replay buffer, but there is no {file}. "
            "Make it with python -m scripts.build_replay."
        )


class ModelDamagedError(ModelError):
    """A file of a model folder is not what its manifest says."""


class UnknownVersionError(ModelError):
    """No version has this name.

    Args:
        name: the unknown name.
        known: the names of all versions.
    """

    def __init__(self, name: str, known: Sequence[str]) -> None:
        self.name = name
        self.known = tuple(known)
        super().__init__(f"There is no version {name!r}. There are: {', '.join(sorted(known))}.")


class VersionExistsError(ModelError):
    """A version has this name already; versions are never changed.

    Args:
        name: name of the version.
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
        name: name of the active version.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"There is no intact version before {name} to roll back to.")


class ActiveVersionChangedError(ModelError):
    """The version to be replaced is not active any more: somebody else was faster.

    Args:
        expected: name of the version that was to be replaced.
        active: name of the version that is active instead.
    """

    def __init__(self, expected: str, active: str) -> None:
        self.active = active
        super().__init__(f"Expected version {expected} to be active, but {active} is.")


class TrainingNotInstalledError(MoodError):
    """The packages of the extra `train` are not installed; predicting needs none of them."""

    def __init__(self) -> None:
        self.command = pip_command("photo-mood-bot[train]")
        super().__init__(
            "Training needs TensorFlow, which is not installed here. "
            f"Install it with: {self.command}"
        )


class AlreadyRunningError(MoodError):
    """What may run only once is running already.

    Args:
        lock: the file that is locked meanwhile.
    """

    def __init__(self, lock: Path) -> None:
        self.lock = lock
        super().__init__(f"Another process holds {lock}. Wait until it has ended.")


class DatasetError(MoodError):
    """A folder of pictures is not what training expects."""


class TooFewSamplesError(DatasetError):
    """There are too few samples to train on some and measure with others.

    Args:
        count: number of all samples, of which nearly the same pictures count once.
        given: number of samples before these were merged; by default as many.
    """

    def __init__(self, count: int, given: int | None = None) -> None:
        self.count = count
        self.given = count if given is None else given
        merged = f", from {given} of which some are alike" if self.given > count else ""
        super().__init__(
            f"Expected at least two samples, and one that is not held out; got {count} in "
            f"all{merged}."
        )
