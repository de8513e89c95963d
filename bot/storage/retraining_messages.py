"""The messages that show the progress of a requested retraining."""

from dataclasses import dataclass

from sqlalchemy import delete, insert, select

from bot.storage.database import Database
from bot.storage.schema import retraining_messages as messages
from bot.storage.schema import retraining_requests as requests


@dataclass(frozen=True, slots=True)
class ProgressMessageKey:
    """A message of the bot, and the language of who reads it."""

    chat_id: int
    message_id: int
    language: str


async def store(database: Database, message: ProgressMessageKey) -> None:
    """Store the message that shows the progress in its chat, in place of the one before.

    Without a request to retrain, nothing is stored.

    Raises:
        StorageError: nothing was stored.
    """
    async with database.writing() as connection:
        request = (await connection.execute(select(requests.c.id))).scalar()
        await connection.execute(delete(messages).where(messages.c.chat_id == message.chat_id))
        if request is not None:
            row = {
                "chat_id": message.chat_id,
                "message_id": message.message_id,
                "language": message.language,
                "request_id": request,
            }
            await connection.execute(insert(messages).values(row))


async def load_all(database: Database) -> list[ProgressMessageKey]:
    """Return the messages of all chats.

    Raises:
        StorageError: the database cannot be read.
    """
    columns = (messages.c.chat_id, messages.c.message_id, messages.c.language)
    async with database.reading() as connection:
        found = await connection.execute(select(*columns).order_by(messages.c.chat_id))
        return [ProgressMessageKey(*row) for row in found.all()]
