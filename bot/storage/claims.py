"""Checks that a replica still has the updates in hand on whose behalf it stores something.

A replica that was silent for too long, for example because its machine was suspended, may not know
yet that another one has taken its updates over. So whatever is stored on behalf of an update is
stored in a transaction that checks this first. M. Kleppmann, "How to do distributed locking", 2016,
calls it fencing: https://martin.kleppmann.com/2016/02/08/how-to-do-distributed-locking.html.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from bot.errors import TakenOverError
from bot.storage.schema import inbox


@dataclass(frozen=True, slots=True)
class Claim:
    """The updates that a replica has in hand together: one, or those of an album.

    Attributes:
        owner: id of the replica.
        row_ids: of the updates' rows in the inbox.
    """

    owner: str
    row_ids: tuple[int, ...]


def is_pending(connection: Connection, claim: Claim | None) -> bool:
    """Return whether what is in hand is still wanted.

    Args:
        connection: in a write transaction.
        claim: what is in hand; None in a bot that has the database for itself.

    Returns:
        False if a sender was erased meanwhile, or it was stored before that it is handled.

    Raises:
        TakenOverError: another replica has it in hand now.
    """
    if claim is None:
        return True
    query = select(inbox.c.owner, inbox.c.state).where(inbox.c.id.in_(claim.row_ids))
    rows = connection.execute(query).all()
    if len(rows) < len(claim.row_ids) or any(row.owner != claim.owner for row in rows):
        raise TakenOverError
    return all(row.state == "pending" for row in rows)
