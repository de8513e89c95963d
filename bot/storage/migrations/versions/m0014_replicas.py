"""Several bots may share a PostgreSQL database; each chat is one bot's at a time."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables, and let an update have an owner."""
    op.create_table(
        "replicas",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("bot_id", _ID, nullable=False),
        sa.Column("seen_at", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replicas")),
    )
    op.create_table(
        "chat_owners",
        sa.Column("chat_id", _ID, autoincrement=False),
        sa.Column("replica_id", sa.Text, nullable=False),
        sa.Column("updated_at", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("chat_id", name=op.f("pk_chat_owners")),
        sa.ForeignKeyConstraint(
            ["replica_id"],
            ["replicas.id"],
            name=op.f("fk_chat_owners_replica_id"),
            ondelete="CASCADE",
        ),
    )
    op.create_index(op.f("ix_chat_owners_replica_id"), "chat_owners", ["replica_id"])
    op.add_column("inbox", sa.Column("owner", sa.Text))
