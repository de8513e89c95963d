"""Sends files that take a while to make, when it is their turn."""

from collections.abc import AsyncGenerator, Callable

from telegram import InputFile, Message

from bot.context import Context
from bot.replies import account as replies
from bot.services.export_queue import Request
from bot.services.zip_writer import ZipPart

Describe = Callable[[int, ZipPart], tuple[str, str]]
"""Returns the name and the caption of a file, given its number, from 1, and the file."""


async def send_export(
    message: Message,
    context: Context,
    request: Request,
    files: AsyncGenerator[ZipPart, None],
    describe: Describe,
) -> int | None:
    """Reply with files, and say first if they have to wait.

    Returns:
        How many files there were; None if the same request came before and is still worked on.

    Raises:
        StorageError: a file cannot be made.
        telegram.error.TelegramError: a file was not sent.
    """
    exports = context.services.exports
    if exports.is_busy():
        await message.reply_text(replies.being_prepared())
    if exports.has(request):
        return None

    async def send(number: int, part: ZipPart) -> None:
        name, caption = describe(number, part)
        # The library would otherwise read the whole file into memory.
        document = InputFile(part.file, name, read_file_handle=False)
        await message.reply_document(document, caption=caption)

    return await exports.run(request, files, send)
