"""A driver without Ray: what it makes of a photo is what the photo's bytes say."""

import asyncio
import os
import socket
import sys

from bot.serving.cluster.messages import (
    Busy,
    Connected,
    Failed,
    Judged,
    Outcome,
    Photo,
    receive,
    send,
)
from model.errors import ImageTooSmallError, UnknownVersionError
from tests.support.fake_model import verdict_with


def _outcome(photo: Photo) -> Outcome | None:
    match photo.data:
        case b"busy":
            return Busy()
        case b"small":
            return ImageTooSmallError(3, 4, 20)
        case b"unknown version":
            return UnknownVersionError(photo.version, ["other"])
        case b"failure":
            return Failed("RaySystemError: out of memory")
        case b"no answer":
            return None
        case b"end":
            os._exit(1)
    if photo.data.startswith(b"environment "):
        return Failed(str(os.environ.get(photo.data.decode().split()[1])))
    return verdict_with(0.97, version=photo.version)


async def main(address: str, connection: socket.socket) -> None:
    reader, writer = await asyncio.open_connection(sock=connection)
    if address == "nowhere:1":
        send(writer, Failed("ConnectionError: nobody there"))
        await writer.drain()
        return
    send(writer, Connected())
    while isinstance(photo := await receive(reader), Photo):
        if outcome := _outcome(photo):
            send(writer, Judged(photo.number, outcome))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], socket.socket(fileno=int(sys.argv[2]))))
