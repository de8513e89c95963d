"""Downloads pictures, a bounded number of bytes at the same time and a share of them a person."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from math import ceil

from bot.services.attachments import ImageAttachment
from bot.serving.fair_places import FairPlaces
from bot.transport.file_download import FileDownloader
from model.images.validation import MAX_BYTES

# A place stands for so many bytes in memory; a larger file takes up to five.
PLACE_BYTES = MAX_BYTES // 5
PLACES = 16
PLACES_A_PERSON = 6


class Downloads:
    """Downloads pictures into memory; they are never written to disk.

    Args:
        downloader: downloads one file.
    """

    def __init__(self, downloader: FileDownloader) -> None:
        self._downloader = downloader
        self._places = FairPlaces(PLACES, _may_hold)

    @asynccontextmanager
    async def download(self, image: ImageAttachment, person: int) -> AsyncIterator[bytes]:
        """Download a picture, when it is its person's turn, and count its bytes in the block.

        Args:
            image: the picture, not larger than Telegram gives to a bot.
            person: id of the user or chat that asks.

        Raises:
            DownloadError: Telegram does not hand over the file.
        """
        places = max(1, ceil((image.size or MAX_BYTES) / PLACE_BYTES))
        async with self._places.hold(person, places):
            yield await self._downloader.download(image.file_id, places * PLACE_BYTES)


def _may_hold(person: int, places: int, held: Mapping[int, int]) -> bool:
    # Besides the first request of each person, there must be room for others: a picture keeps its
    # places until it is judged, and those of a few people may take long.
    is_first = not held.get(person)
    free = PLACES - sum(held.values())
    return places <= PLACES_A_PERSON and (is_first or places <= free)
