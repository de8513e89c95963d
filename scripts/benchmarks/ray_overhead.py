"""Measure how much longer a photo takes on a Ray cluster than in the bot's own threads.

The cluster must run on this machine with the application of deploy/ray/serve.yaml, as
docs/deployment.md says. The photo is judged here and there in turns, one at a time, and the medians
are printed with the quartiles of the difference. A file of random bytes, which is refused at once,
shows what the call alone takes.
"""

import argparse
import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from statistics import median, quantiles

from bot.serving.cluster.cluster import Cluster, ClusterUnavailableError
from bot.serving.worker_threads import WorkerThreads
from bot.shutdown import in_background
from model.errors import ImageError
from model.prediction.predictor import Predictor

Judge = Callable[[bytes], Awaitable[object]]


def main(arguments: list[str] | None = None) -> int:
    """Run the command line, and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m scripts.benchmarks.ray_overhead", description=__doc__
    )
    parser.add_argument("photo", type=Path)
    parser.add_argument("--address", default="auto", help="as in BOT_RAY_ADDRESS")
    parser.add_argument("--repeat", type=int, default=50, help="how often each is judged")
    options = parser.parse_args(arguments)
    asyncio.run(_measure(options.photo.read_bytes(), options.address, options.repeat))
    return 0


async def _measure(photo: bytes, address: str, repeat: int) -> None:
    predictor, threads, cluster = Predictor(), WorkerThreads(1), Cluster(address)

    async def here(data: bytes) -> object:
        return await threads.run(lambda: predictor.predict(data))

    async def there(data: bytes) -> object:
        return await cluster.predict(data, predictor.version)

    try:
        async with in_background(cluster.run()):
            await _until_connected(there)
            print("| file | bytes | threads, ms | Ray, ms | difference, ms (quartiles) |")
            print("| --- | ---: | ---: | ---: | ---: |")
            for name, data in (("photo", photo), ("no picture", os.urandom(len(photo)))):
                times = [(await _ms(here, data), await _ms(there, data)) for _ in range(repeat)]
                more = quantiles([on_ray - own for own, on_ray in times], n=4)
                print(
                    f"| {name} | {len(data):,} | {median(own for own, _ in times):.1f} "
                    f"| {median(on_ray for _, on_ray in times):.1f} "
                    f"| {more[1]:.1f} ({more[0]:.1f} to {more[2]:.1f}) |"
                )
    finally:
        threads.close()


async def _until_connected(judge: Judge) -> None:
    while True:
        try:
            await _ms(judge, b"")
        except ClusterUnavailableError:
            await asyncio.sleep(0.1)
        else:
            return


async def _ms(judge: Judge, data: bytes) -> float:
    """Return the milliseconds that it takes to judge a file, or to refuse it."""
    start = time.perf_counter()
    with suppress(ImageError):
        await judge(data)
    return 1e3 * (time.perf_counter() - start)


if __name__ == "__main__":
    raise SystemExit(main())
