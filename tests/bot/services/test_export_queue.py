import asyncio
from collections.abc import AsyncGenerator
from io import BytesIO

import pytest

from bot.errors import StorageError
from bot.services.export_queue import ExportQueue
from bot.services.zip_writer import ZipPart


class Exports:
    """Requests whose files are made and sent without work, in an order that is recorded."""

    def __init__(self) -> None:
        self.queue = ExportQueue()
        self.events: list[str] = []
        self.parts: list[ZipPart] = []

    async def make(self, name: str, count: int) -> AsyncGenerator[ZipPart, None]:
        for number in range(1, count + 1):
            self.events.append(f"make {name}{number}")
            self.parts.append(ZipPart(BytesIO(), []))
            yield self.parts[-1]

    async def run(self, name: str, count: int, failure: Exception | None = None) -> int:
        async def send(number: int, _: ZipPart) -> None:
            assert sum(not part.file.closed for part in self.parts) == 1
            await asyncio.sleep(0)
            if failure:
                raise failure
            self.events.append(f"send {name}{number}")

        return await self.queue.run((name, 1), self.make(name, count), send)


async def test_requests_take_turns_and_one_file_is_on_disk() -> None:
    exports = Exports()
    assert await asyncio.gather(exports.run("a", 3), exports.run("b", 1), exports.run("c", 0)) == [
        3,
        1,
        0,
    ]
    order = ["a1", "b1", "a2", "a3"]
    assert exports.events == [f"{what} {one}" for one in order for what in ("make", "send")]
    assert all(part.file.closed for part in exports.parts)


async def test_a_failure_ends_one_request_only() -> None:
    exports = Exports()
    failing = exports.run("a", 2, RuntimeError("blocked"))
    failed, sent = await asyncio.gather(failing, exports.run("b", 2), return_exceptions=True)
    assert isinstance(failed, RuntimeError)
    assert sent == 2
    assert not exports.queue.is_busy()
    assert all(part.file.closed for part in exports.parts)


async def test_a_full_disk_is_a_storage_error() -> None:
    async def files() -> AsyncGenerator[ZipPart, None]:
        raise OSError(28, "No space left on device")
        yield

    async def send(_: int, __: ZipPart) -> None:
        raise AssertionError("there is nothing to send")

    queue = ExportQueue()
    with pytest.raises(StorageError, match="No space left"):
        await queue.run(("a", 1), files(), send)
    assert not queue.is_busy()


async def test_the_same_request_is_recognised_while_it_waits() -> None:
    exports = Exports()
    tasks = [asyncio.create_task(exports.run(name, 1)) for name in "ab"]
    await asyncio.sleep(0)
    assert exports.queue.has(("b", 1))
    assert not exports.queue.has(("b", 2))
    await asyncio.gather(*tasks)
    assert not exports.queue.has(("b", 1))


async def test_a_chat_that_has_to_wait_holds_up_nobody_else() -> None:
    exports, flooded = Exports(), asyncio.Event()
    exports.queue = ExportQueue(turn_s=0.01)

    async def wait(_: int, __: ZipPart) -> None:
        await flooded.wait()

    waiting = asyncio.create_task(exports.queue.run(("a", 1), exports.make("a", 1), wait))
    await asyncio.sleep(0)
    exports.parts.clear()
    assert await exports.run("b", 2) == 2
    flooded.set()
    assert await waiting == 1
    assert await exports.run("c", 1) == 1
