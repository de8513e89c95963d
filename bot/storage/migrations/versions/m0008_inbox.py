"""Updates are stored before they are handled; command menus are only sent when they changed."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "inbox",
        sa.Column("id", _ID),
        sa.Column("update_id", _ID, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("chat_id", _ID),
        sa.Column("user_id", _ID),
        sa.Column("received_at", sa.Integer, nullable=False),
        sa.Column("content", sa.Text),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint("update_id", name=op.f("uq_inbox_update_id")),
        sa.CheckConstraint(
            "state IN ('pending', 'done', 'set_aside')", name=op.f("ck_inbox_state")
        ),
        sqlite_autoincrement=True,
    )
    is_pending = sa.text("state = 'pending'")
    op.create_index(
        "ix_inbox_pending",
        "inbox",
        ["id"],
        sqlite_where=is_pending,
        postgresql_where=is_pending,
    )
    op.create_index(op.f("ix_inbox_received_at"), "inbox", ["received_at"])
    op.create_table(
        "menus",
        sa.Column("scope", sa.Text),
        sa.Column("language", sa.Text),
        sa.Column("digest", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("scope", "language", name=op.f("pk_menus")),
    )
