"""Which replica handles the updates of a chat; see `bot.storage.replicas`."""

from collections.abc import Sequence
from functools import cache

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Connection,
    Table,
    and_,
    bindparam,
    case,
    delete,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import ReturningInsert

from bot.storage.inbox import IS_PENDING
from bot.storage.schema import chat_owners, inbox, replicas

# A chat without updates for so long may get another owner; longer than anything about a chat is
# remembered in memory.
KEEP_OWNER_S = 600


def owner_of(connection: Connection, replica: str, chat_id: int, now: int) -> str | None:
    """Return the owner of a chat, which is this replica if there was none for some minutes.

    None if there was none and other replicas think that this one is dead.
    """
    values = {"replica": replica, "chat": chat_id, "now": now}
    found = connection.execute(_become_owner(), values).scalar()
    if found is not None:
        return str(found)
    owner = select(chat_owners.c.replica_id).where(chat_owners.c.chat_id == chat_id)
    return connection.execute(owner).scalar()


@cache
def _become_owner() -> ReturningInsert[str]:
    chat, now = bindparam("chat", type_=BigInteger), bindparam("now", type_=BigInteger)
    row = select(chat, replicas.c.id, now).where(replicas.c.id == bindparam("replica"))
    become = insert(chat_owners).from_select(["chat_id", "replica_id", "updated_at"], row)
    owner_id = case((_is_free(now), become.excluded.replica_id), else_=chat_owners.c.replica_id)
    changed = {"updated_at": now, "replica_id": owner_id}
    become = become.on_conflict_do_update(index_elements=["chat_id"], set_=changed)
    return become.returning(chat_owners.c.replica_id)


async def delete_outdated(connection: AsyncConnection, now: int) -> None:
    """Forget the owners of chats that have had no updates for some minutes."""
    await connection.execute(delete(chat_owners).where(_is_free(now)))


def falls_to(table: Table, number: int, heirs: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition for the chats that one of several replicas gets."""
    return func.abs(func.coalesce(table.c.chat_id, 0)) % len(heirs) == number


def _is_free(now: "int | BindParameter[int]") -> ColumnElement[bool]:
    """Return the condition for chats that may get another owner."""
    waiting = select(inbox.c.chat_id).where(IS_PENDING, inbox.c.chat_id.is_not(None))
    is_old = chat_owners.c.updated_at < now - KEEP_OWNER_S
    return and_(is_old, chat_owners.c.chat_id.not_in(waiting))
