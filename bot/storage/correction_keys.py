"""Names corrections in buttons, so that a button fits one correction and no other.

Once the database was lost or replaced by a backup, another correction may get the same id. So the
name also holds a digest of what the correction says.
"""

from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.schema import corrections

DIGITS = 8  # of a digest


class CorrectionKey(NamedTuple):
    """What a button repeats of a correction."""

    id: int
    digest: str  # in hexadecimal


def key_of(row: "Row[tuple[object, ...]]") -> CorrectionKey:
    """Return the key of a correction, given its row."""
    said = (row.face_id, row.user_id, row.said, row.said_at, row.crop_digest)
    return CorrectionKey(row.id, sha256(repr(said).encode()).hexdigest()[:DIGITS])


async def load_key(connection: AsyncConnection, correction_id: int) -> CorrectionKey | None:
    """Return the key of a correction; None if there is none with this id."""
    query = select(corrections).where(corrections.c.id == correction_id)
    row = (await connection.execute(query)).first()
    return key_of(row) if row else None


async def exists(connection: AsyncConnection, key: CorrectionKey) -> bool:
    """Return whether the correction is stored that a key was made from."""
    return await load_key(connection, key.id) == key
