"""Connects the bot to a Ray cluster, as a process of its own.

Ray's library ends the process that uses it when it has not reached the cluster's head for a minute
(https://github.com/ray-project/ray/issues/45570), replaces its handler of SIGTERM, and takes 100 MB
of memory. The bot must go on answering without the cluster, so it starts this process, and a new
one whenever that has ended. This process ends when the bot does.
"""

import asyncio
import os
import socket
import sys

import ray
from ray import serve
from ray.exceptions import RayActorError
from ray.serve.exceptions import BackPressureError
from ray.serve.handle import DeploymentHandle

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

APPLICATION = "photo-mood"  # as in deploy/ray/serve.yaml
ATTEMPTS = 3  # on different replicas, if they die
# A head that is restarted may come back in time; without one, calls may wait for ever.
HEAD_MISSES = 3  # checks of the head in a row, about a second apart
CHECK_S = 1.0


async def run(address: str, connection: socket.socket) -> None:
    """Pass photos from the bot to the cluster and verdicts back, until the bot closes.

    Args:
        address: of the cluster, as for `ray.init`.
        connection: to the bot.
    """
    reader, writer = await asyncio.open_connection(sock=connection)
    try:
        ray.init(address, configure_logging=False, log_to_driver=False)
        handle = serve.get_app_handle(APPLICATION)
        await handle.ready.remote()  # makes the router, which would slow down the first photo
    except Exception as error:  # whatever Ray raises, the bot logs it and tries again
        send(writer, Failed(_reason(error)))
        await writer.drain()
        return
    send(writer, Connected())
    serving = asyncio.create_task(_serve(reader, writer, handle))
    watching = asyncio.create_task(_watch(ray.get_runtime_context().gcs_address))
    await asyncio.wait({serving, watching}, return_when=asyncio.FIRST_COMPLETED)
    os._exit(0)  # Ray's own way out may wait for the cluster


async def _serve(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, handle: DeploymentHandle
) -> None:
    """Judge photos until the bot closes the connection."""
    judging = set()
    while isinstance(photo := await receive(reader), Photo):
        task = asyncio.create_task(_answer(photo, handle, writer))
        judging.add(task)
        task.add_done_callback(judging.discard)


async def _watch(head: str) -> None:
    """Return when the cluster's head, at host:port, cannot be reached any more."""
    host, _, port = head.rpartition(":")
    misses = 0
    while misses < HEAD_MISSES:
        await asyncio.sleep(CHECK_S)
        try:
            async with asyncio.timeout(CHECK_S):
                _, writer = await asyncio.open_connection(host.strip("[]"), int(port))
        except OSError:  # TimeoutError is one
            misses += 1
        else:
            misses = 0
            writer.close()


async def _answer(photo: Photo, handle: DeploymentHandle, writer: asyncio.StreamWriter) -> None:
    try:
        outcome = await _judge(photo, handle)
    except Exception as error:  # whatever Ray raises, the bot judges the photo itself
        outcome = Failed(_reason(error))
    send(writer, Judged(photo.number, outcome))


async def _judge(photo: Photo, handle: DeploymentHandle) -> Outcome:
    """Let a replica judge a photo, and another one if that dies."""
    died: Exception | None = None
    for _ in range(ATTEMPTS):
        try:
            outcome: Outcome = await handle.predict.remote(photo.data, photo.version)
        except RayActorError as error:
            died = error
        except BackPressureError:
            if died is None:
                return Busy()
            break  # it was accepted once, so that nobody reads now that the bot is busy
        else:
            return outcome
    return Failed(_reason(died))


def _reason(error: Exception | None) -> str:
    return f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1], socket.socket(fileno=int(sys.argv[2]))))
