"""What /mydata tells about a user, all at once."""

from bot.storage import user_records
from bot.storage.database import Database
from bot.storage.user_records import Row


async def records_of(database: Database, user_id: int) -> dict[str, list[Row]]:
    """Return the rows of each table that are about a user."""
    found: dict[str, list[Row]] = {}
    async for table, rows in user_records.stream(database, user_id):
        found.setdefault(table, []).extend(rows)
    return found
