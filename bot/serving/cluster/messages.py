"""What the bot and its Ray driver tell each other, through a pair of connected sockets.

Each message is a pickled tuple after its length. Only the bot starts the process at the other end,
and nobody else can connect, so that what is unpickled comes from this program.
"""

import pickle
from asyncio import IncompleteReadError, StreamReader, StreamWriter
from dataclasses import dataclass

from model.errors import ImageError, ModelError
from model.prediction.results import PhotoVerdict

_LENGTH_BYTES = 8


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo to judge.

    Attributes:
        number: tells it from other photos.
        data: the content of the file.
        version: name of the version of the model that shall judge it.
    """

    number: int
    data: bytes
    version: str


@dataclass(frozen=True, slots=True)
class Connected:
    """The application on the cluster answers."""


@dataclass(frozen=True, slots=True)
class Busy:
    """As many photos wait for a replica as may."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The cluster cannot judge a photo, or cannot be reached.

    Attributes:
        reason: for the log.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of a photo.

    Attributes:
        number: number of the photo.
        outcome: its verdict, or why there is none.
    """

    number: int
    outcome: "Outcome"


Outcome = PhotoVerdict | ImageError | ModelError | Busy | Failed
Message = Photo | Connected | Failed | Judged


def send(writer: StreamWriter, message: Message) -> None:
    """Send a message, or drop it if the other end is gone."""
    content = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    if not writer.is_closing():
        writer.write(len(content).to_bytes(_LENGTH_BYTES) + content)


async def receive(reader: StreamReader) -> Message | None:
    """Return the next message; None if the other end is gone."""
    try:
        size = int.from_bytes(await reader.readexactly(_LENGTH_BYTES))
        message: Message = pickle.loads(await reader.readexactly(size))  # noqa: S301 - see above
    except (IncompleteReadError, ConnectionError):
        return None
    return message
